import bench
import torch
from torch import nn

torch.set_num_threads(1)
B = 64


def net(names, dtype):
    """A network without biases with the stored weights, and its optimiser."""
    layers = []
    for name in names:
        W = torch.from_numpy(bench.load(name)).to(dtype)
        W = W.reshape(-1, bench.p.k) if W.dim() == 1 else W
        layer = nn.Linear(W.shape[1], W.shape[0], bias=False, dtype=dtype)
        with torch.no_grad():
            layer.weight.copy_(W)
        layers += [layer, nn.LeakyReLU(0.2)]
    model = nn.Sequential(*layers[:-1])
    return model, torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.5, 0.9))


class Gan:
    def __init__(self, dtype):
        self.G, self.oG = net(("G1", "G2", "G3"), dtype)
        self.D, self.oD = net(("D1", "D2", "D3"), dtype)
        self.X = torch.from_numpy(bench.rows("X")).to(dtype)

    def step(self, z1, z2, e):
        G, D, X = self.G, self.D, self.X
        with torch.no_grad():
            fake = G(z1)
        between = (e * X + (1 - e) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(D(between).sum(), between, create_graph=True)
        penalty = ((slope.norm(2, dim=1) - 1) ** 2).mean()
        loss = D(fake).mean() - D(X).mean() + 10 * penalty
        self.oD.zero_grad(set_to_none=True)
        loss.backward()
        self.oD.step()

        D.requires_grad_(False)  # the generator's step needs no gradient of the critic
        loss = -D(G(z2)).mean()
        self.oG.zero_grad(set_to_none=True)
        loss.backward()
        self.oG.step()
        D.requires_grad_(True)

    def weights(self):
        return [w.detach() for w in (*self.G.parameters(), *self.D.parameters())]


gan = Gan(torch.float64)
before = [w.clone() for w in gan.weights()]
z = torch.from_numpy(bench.rows("z")).split(B)
e = torch.from_numpy(bench.rows("e")).split(B)
for t in range(bench.p.steps):
    gan.step(z[2 * t], z[2 * t + 1], e[t])
value = bench.fingerprint(*(w - w0 for w, w0 in zip(gan.weights(), before)))

gan = Gan(torch.float32)
bench.report(
    "torch", value, lambda: gan.step(torch.randn(B, 64), torch.randn(B, 64), torch.rand(B, 1))
)
