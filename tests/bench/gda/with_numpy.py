import bench
import numpy as np

Z, V, W, xbar = (bench.load(name) for name in ("Z", "V", "W", "xbar"))
n = Z.shape[1]
W0, delta = W.copy(), np.zeros_like(xbar)


def step():
    global W, delta
    H = W @ Z
    f = V @ np.maximum(H, 0).mean(axis=1)
    W += (1e-4 / n) * (delta @ V)[:, None] * ((H >= 0).astype(float) @ Z.T)
    delta += 0.1 * (xbar - f - delta)


for _ in range(bench.p.steps):
    step()
bench.report("numpy", bench.fingerprint(W - W0, delta), step)
