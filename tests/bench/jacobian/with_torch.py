import bench
import torch

torch.set_num_threads(1)
p = bench.p
X = torch.from_numpy(bench.rows("X"))
V = torch.from_numpy(bench.load("V")).reshape(p.k, p.m)
W = tuple(torch.from_numpy(bench.load(f"W{i + 1}")) for i in range(p.layers))


def f(*U):
    H = X
    for A in U:
        H = torch.nn.functional.softplus(H @ A.T)
    return H @ V


def step():
    parts = torch.autograd.functional.jacobian(f, W, vectorize=True)
    J = torch.cat([part.reshape(p.n * p.m, -1) for part in parts], 1)
    if p.way == "gram":
        return torch.linalg.eigvalsh(J @ J.T).sqrt()
    return torch.linalg.svdvals(J)


bench.report("torch", bench.fingerprint(step().sort().values), step)
