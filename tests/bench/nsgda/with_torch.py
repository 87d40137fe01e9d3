import sys

import bench
import numpy as np
import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
p = bench.p
if hasattr(p, "way"):  # the normalised step alone
    sys.exit()
U = torch.from_numpy(bench.rows("U"))
V = torch.from_numpy(bench.rows("V")).requires_grad_()
W = torch.from_numpy(bench.load("W")).requires_grad_()
W0, V0 = W.detach().clone(), V.detach().clone()
a = torch.tensor(0.3, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
width, tau, rate = p.d**0.2, p.d**-0.5, 1e-5
rng = np.random.default_rng(1)


def sigma(z):
    return torch.where(
        z.abs() <= width, z**3, 3 * width**2 * z - 2 * width**3 * torch.sign(z)
    )


def f(x):
    return a * sigma(W @ x).sum() + tau * b


def update(i, j):
    logsigmoid = torch.nn.functional.logsigmoid
    loss = logsigmoid(f(U[i])) + logsigmoid(-f(V[j]))
    gW, ga, gb, gV = torch.autograd.grad(loss, (W, a, b, V))
    with torch.no_grad():
        up = rate / torch.sqrt((gW * gW).sum() + ga * ga + gb * gb)
        W.add_(up * gW)
        a.add_(up * ga)
        b.add_(up * gb)
        V.sub_(rate / gV.norm() * gV)


for i, j in zip(bench.load("x")[0], bench.load("j")[0]):
    update(int(i) - 1, int(j) - 1)
value = bench.fingerprint(
    [a.item() - 0.3], [b.item()], (W - W0).detach(), (V - V0).detach().T
)
bench.report("torch", value, lambda: update(rng.integers(2), rng.integers(p.m)))
