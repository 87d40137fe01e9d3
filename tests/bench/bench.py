"""What a NumPy or PyTorch program of a benchmark needs; bench.lua says what such a program does."""
import math
import sys
import time
import types

import numpy as np


def _value(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


p = types.SimpleNamespace(**{k: _value(v) for k, v in (w.split("=", 1) for w in sys.argv[1:])})


def load(name):
    """The matrix of that name, in C order as NumPy's own matrices are; a column as a vector."""
    a = np.ascontiguousarray(np.load(f"{p.data}/{name}.npy"))
    return a[:, 0] if a.shape[1] == 1 else a


def rows(name):
    """The same transposed: what saddle has in columns, samples above all, has Python in rows."""
    return np.load(f"{p.data}/{name}.npy").T


def fingerprint(*parts):
    """sum_k sin(k) x_k over all elements, column by column, k counting on."""
    x = np.concatenate([np.asarray(part, dtype=np.float64).ravel(order="F") for part in parts])
    return float(x @ np.sin(np.arange(1, x.size + 1)))


BLOCKS = 3


def _measure(step):
    def block(n):
        start = time.process_time()
        for _ in range(n):
            step()
        return time.process_time() - start

    n, least = 1, p.seconds
    t = block(n)
    while t < least:
        n = math.ceil(n * min(max(1.2 * least / (t + 1e-9), 2), 100))
        t = block(n)
    times = [t]
    while len(times) < BLOCKS and sum(times) < 2 * BLOCKS * least:
        times.append(block(n))
    return sorted(times)[(len(times) - 1) // 2] / n


def report(who, value, step):
    """Prints the result of a contestant; step() does one step."""
    seconds = _measure(step) if p.seconds > 0 else 0.0
    print(f"{who}\t{seconds:.17g}\t{value:.17g}")
