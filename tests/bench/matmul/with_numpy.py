import bench

A, B = bench.load("A"), bench.load("B")
bench.report("numpy", bench.fingerprint(A @ B), lambda: A @ B)
