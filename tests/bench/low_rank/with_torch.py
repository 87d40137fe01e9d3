import bench
import torch

torch.set_num_threads(1)
X, y, T = map(torch.from_numpy, (bench.rows("X"), bench.load("y"), bench.load("T")))
T0 = T.clone()
T.requires_grad_()


def step():
    loss = 0.5 * ((y - X @ (T @ T.T).reshape(-1)) ** 2).sum()
    (gT,) = torch.autograd.grad(loss, T)
    with torch.no_grad():
        T.sub_(gT, alpha=1e-6)


for _ in range(bench.p.steps):
    step()
bench.report("torch", bench.fingerprint((T - T0).detach()), step)
