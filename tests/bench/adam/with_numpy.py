import bench
import numpy as np

h, c, x = (bench.load(name) for name in ("h", "c", "x"))
x0, m, v, t = x.copy(), np.zeros_like(x), np.zeros_like(x), 0


def step():
    global t, m, v, x
    t += 1
    g = h * x - c
    m += 0.1 * (g - m)
    v += 0.001 * (g * g - v)
    x -= 1e-3 / (1 - 0.9**t) * m / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)


for _ in range(bench.p.steps):
    step()
bench.report("numpy", bench.fingerprint(x - x0), step)
