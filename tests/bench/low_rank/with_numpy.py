import bench

X, y, T = bench.rows("X"), bench.load("y"), bench.load("T")
d, T0 = bench.p.d, T.copy()


def step():
    global T
    g = ((X @ (T @ T.T).ravel() - y) @ X).reshape(d, d)
    T -= 1e-6 * ((g + g.T) @ T)


for _ in range(bench.p.steps):
    step()
bench.report("numpy", bench.fingerprint(T - T0), step)
