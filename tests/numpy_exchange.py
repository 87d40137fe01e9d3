"""The other side of tests/lua/numpy_spec.lua: NumPy writes files for sd.load, and reads and
compares what sd.save wrote.

    numpy_exchange.py write DIR     arrays of every dtype, order and byte order, and an index
    numpy_exchange.py read DIR      what the Lua side saved there; exits with 0 when all agree
"""

import sys
import zipfile

import numpy as np


def element(i, j, dtype):
    """Element (i, j), counted from 1, as the Lua side knows it."""
    if dtype.kind == "b":
        return (i + j) % 2
    if dtype.kind == "f":
        return i - j / 4
    return 10 * i + j - (40 if dtype.kind == "i" else 0)


def write(directory):
    index = open(directory + "/index", "w")
    archive = {}
    for name in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split():
        for byteorder in "<>":
            dtype = np.dtype(byteorder + name)
            for order in "CF":
                for shape in [(3, 4), (1, 5), (5, 1), (4,), (0,), (0, 3), ()]:
                    m, n = (shape + (1, 1))[:2]
                    a = np.array([[element(i, j, dtype) for j in range(1, n + 1)]
                                  for i in range(1, m + 1)], dtype=dtype, order=order)
                    a = np.array(a.reshape(shape), order=order)
                    key = "_".join([name, "le" if byteorder == "<" else "be", order,
                                    "x".join(map(str, shape)) or "scalar"])
                    np.save(f"{directory}/{key}.npy", a)
                    archive[key] = a
                    index.write(f"{key} {name} {m} {n} {len(shape)}\n")
    np.savez(directory + "/stored.npz", **archive)
    np.savez_compressed(directory + "/deflated.npz", **archive)
    with open(directory + "/version2.npy", "wb") as f:
        np.lib.format.write_array(f, np.arange(3.0), version=(2, 0))
    np.save(directory + "/cube.npy", np.zeros((2, 3, 4)))
    np.save(directory + "/complex.npy", np.zeros(3, complex))
    np.save(directory + "/text.npy", np.array(["a", "b"]))
    np.save(directory + "/object.npy", np.array([{}, None], dtype=object))
    np.save(directory + "/record.npy", np.zeros(2, dtype=[("x", "f8"), ("y", "i4")]))
    rng = np.random.default_rng(1)
    np.savetxt(directory + "/text.csv", rng.standard_normal((20, 3)), delimiter=",", fmt="%.17g",
               header="x,y,z", comments="")


def same(a, b, dtype):
    b = np.array(b, dtype=dtype)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes("F") == b.tobytes("F")


def read(directory):
    special = [[0.0, -0.0, 5e-324], [np.inf, -np.inf, 0.1]]
    checks = {}
    checks["f64"] = same(np.load(directory + "/f64.npy"), special, "<f8")
    checks["f32"] = same(np.load(directory + "/f32.npy"), special, "<f4")
    checks["number"] = same(np.load(directory + "/number.npy"), 0.1, "<f8")
    checks["empty"] = np.load(directory + "/empty.npy").shape == (0, 3)
    checks["order"] = np.load(directory + "/f64.npy").flags.f_contiguous
    z = np.load(directory + "/tree.npz")
    checks["names"] = sorted(z.files) == sorted(["W", "layers/1", "layers/2/b", "lr", "\u00fc"])
    checks["W"] = same(z["W"], special, "<f8")
    checks["b"] = same(z["layers/2/b"], special, "<f4")
    checks["lr"] = z["lr"].shape == () and float(z["lr"]) == 0.1
    checks["zip"] = zipfile.ZipFile(directory + "/tree.npz").testzip() is None
    a = np.genfromtxt(directory + "/table.csv", delimiter=",", names=True)
    checks["csv names"] = a.dtype.names == ("p", "q")
    checks["csv"] = a["p"].tolist() == [0.0, 1 / 3] and a["q"].tolist() == [5e-324, -1e300]
    a = np.loadtxt(directory + "/text.csv", delimiter=",", skiprows=1)
    checks["csv copy"] = same(np.load(directory + "/copy.npy"), a, "<f8")
    bad = [name for name, good in checks.items() if not good]
    print("differs: " + ", ".join(bad) if bad else "all agree")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit({"write": write, "read": read}[sys.argv[1]](sys.argv[2]))
