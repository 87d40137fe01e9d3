import bench
import torch

torch.set_num_threads(1)
A, B = (torch.from_numpy(bench.load(name)) for name in ("A", "B"))
bench.report("torch", bench.fingerprint(A @ B), lambda: A @ B)
