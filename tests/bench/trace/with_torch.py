import bench
import torch

torch.set_num_threads(1)
W, b, x = (torch.from_numpy(bench.load(name)) for name in ("W", "b", "x"))
b = b[:, None]
made = 0


def first_run():
    global made
    made += 1
    scale = 1 + 1e-9 * made

    def f(W, b, u):
        for _ in range(bench.p.ops // 4):
            u = scale * torch.tanh(W @ u + b)
        return u

    return torch.jit.trace(f, (W, b, x), check_trace=False)(W, b, x)


bench.report("torch", bench.fingerprint(first_run()), first_run)
