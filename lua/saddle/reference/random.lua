--- Help on random numbers (the form of entries: lua/saddle/help.lua).
return {
  title = "Random numbers",
  text = "A generator is a key, made of a seed and a stream, and a count of draws. A draw depends "
    .. "on these alone: never on threads, instruction set, the size of other draws, or on whether "
    .. "it is compiled. So independent parts of an experiment take a child each (split), and what "
    .. "one draws does not disturb the others. Without sizes a draw is a number, with them a "
    .. "matrix. In a compiled function the generator is part of the state or an argument. "
    .. "Derivatives take draws as constants.",
  source = "Philox4x32-10: J. Salmon and others, SC 2011; the laws in include/saddle/rng.h",
  classes = { rng = "rng" },
  { "sd.rng(seed[, stream]) -> rng",
    "A generator. The same seed and stream give the same numbers everywhere; other streams of a "
      .. "seed are independent of it. Of what rng:state() gave, the generator as it was then.",
    seed = "integer|table any whole number, or a state", stream = "integer|string by default 0",
    rng = "rng",
    errors = "a seed that is no whole number.",
    example = [[
print(sd.rng(7):rand() == sd.rng(7):rand())         --> true
print(sd.rng(7):rand() == sd.rng(7, "test"):rand()) --> false
]] },
  { "rng:split(name) -> child",
    "A generator of its own for a part of the work. The parent does not move on: children of "
      .. "other names, and the order in which they are made, change nothing.",
    rng = "rng", name = "integer|string", child = "rng", errors = "a name of another type.",
    example = [[
local rng = sd.rng(1)
local data, init = rng:split "data", rng:split "init"
print(data:randn() == init:randn())                               --> false
print(rng:split "data":randn() == sd.rng(1):split "data":randn()) --> true
]] },
  { { "rng:clone() -> copy", "rng:state() -> state" },
    "A generator that draws what this one would; and what makes it again with sd.rng, as two "
      .. "whole numbers that a file can hold.",
    rng = "rng", copy = "rng", state = "table {key=, ordinal=}", errors = "none of its own.",
    example = [[
local rng = sd.rng(3)
rng:randn(4, 4)
local again = sd.rng(rng:state())
print(rng:clone():rand() == again:rand()) --> true
]] },
  { { "rng:randn([m, n[, {dtype=\"f64\"}]]) -> x", "rng:rand([m, n[, {dtype=\"f64\"}]]) -> x",
      "rng:rademacher([m, n[, {dtype=\"f64\"}]]) -> x" },
    "Standard normal; uniform on [0, 1); -1 or 1 with equal probability.",
    rng = "rng", m = "integer rows", n = "integer columns", dtype = "string \"f64\" or \"f32\"",
    x = "number|matrix m x n",
    errors = "sizes that are no whole numbers from 0; a generator from outside a function that is "
      .. "being traced.",
    example = [[
local X = sd.rng(1):randn(100, 1000)
print(math.abs(sd.mean(X)) < 5 / 1e5 ^ 0.5)             --> true
print(math.abs(sd.var(X) - 1) < 5 * (2 / 1e5) ^ 0.5)    --> true
]] },
  { "rng:randint(hi[, m, n]) -> k",
    "Whole numbers, uniform on 1 .. hi.",
    rng = "rng", hi = "integer from 1", m = "integer rows", n = "integer columns",
    k = "number|matrix m x n",
    errors = "hi below 1.",
    example = [[
local k = sd.rng(1):randint(6, 1, 1000)
print(sd.min(k), sd.max(k)) --> 1.0 6.0
]] },
  { "rng:bernoulli(p[, m, n]) -> x",
    "1 with probability p, else 0; of a matrix of probabilities, an element each.",
    rng = "rng", p = "number|matrix 0 .. 1", m = "integer rows", n = "integer columns",
    x = "number|matrix of 0 and 1",
    errors = "a probability outside [0, 1].",
    example = [[
print(sd.sum(sd.rng(1):bernoulli(sd.matrix { 0, 1, 1 }))) --> 2.0
]] },
  { "rng:categorical(w[, m, n]) -> k",
    "Indices: k with probability w(k) / sum of w. With A:col(k) it draws columns of A.",
    rng = "rng", w = "matrix|table weights, not negative", m = "integer rows", n = "integer "
      .. "columns", k = "number|matrix m x n",
    errors = "a negative weight; weights that sum to 0.",
    example = [[
print(sd.sum(sd.eq(sd.rng(1):categorical({ 0, 3, 0 }, 1, 10), 2))) --> 10.0
]] },
  { { "rng:gamma(shape[, m, n]) -> x", "rng:chi2(df[, m, n]) -> x" },
    "The gamma law of that shape and scale 1, whose mean is the shape, and chi-squared with df "
      .. "degrees of freedom.",
    rng = "rng", shape = "number positive", df = "number positive", m = "integer rows",
    n = "integer columns", x = "number|matrix m x n",
    errors = "a parameter that is not positive.", source = "G. Marsaglia and W. Tsang, ACM Trans. "
      .. "Math. Softw. 26 (2000) 363-372",
    example = [[
local x = sd.rng(1):chi2(3, 1, 10000) -- mean 3, variance 6
print(math.abs(sd.mean(x) - 3) < 5 * (6 / 10000) ^ 0.5) --> true
]] },
  { "rng:truncated_normal(lo, hi[, m, n]) -> x",
    "The standard normal law, given that it falls between the bounds, however far out these are.",
    rng = "rng", lo = "number", hi = "number", m = "integer rows", n = "integer columns",
    x = "number|matrix m x n",
    errors = "lo above hi.",
    example = [[
local x = sd.rng(1):truncated_normal(10, 11, 1, 100)
print(sd.min(x) >= 10, sd.max(x) <= 11) --> true true
]] },
  { { "rng:sphere(m[, n]) -> X", "rng:orthogonal(m[, n]) -> Q" },
    "Columns uniform on the unit sphere of R^m; orthonormal columns with the law of Haar, the one "
      .. "that no rotation changes.",
    rng = "rng", m = "integer rows", n = "integer columns: 1 of sphere, m of orthogonal, unless "
      .. "given", X = "matrix m x n", Q = "matrix m x n, n <= m",
    errors = "more orthonormal columns than rows.",
    example = [[
local Q = sd.rng(1):orthogonal(5, 3)
print(sd.norm(Q:t() * Q - sd.eye(3)) < 1e-14) --> true
]] },
  { { "rng:permutation(n) -> p", "rng:choice(n, k) -> p" },
    "1 .. n in random order, and the first k of it: k different ones.",
    rng = "rng", n = "integer", k = "integer at most n", p = "matrix 1 x n, or 1 x k",
    errors = "k above n.",
    example = [[
local p = sd.rng(1):permutation(5)
print(sd.sum(p), sd.max(p)) --> 15.0 5.0
]] },
  { "rng:minibatch(n, B, t) -> indices",
    "Batch t = 1, 2, ... of different indices, from epochs of 1 .. n that are each shuffled anew. "
      .. "It depends on the key and t alone, and the generator does not move on: batches can be "
      .. "had in any order.",
    rng = "rng", n = "integer points", B = "integer batch size, at most n", t = "integer which "
      .. "batch, from 1", indices = "matrix 1 x B",
    errors = "B above n.",
    example = [[
local rng = sd.rng(1)
local epoch = sd.hcat(rng:minibatch(6, 3, 1), rng:minibatch(6, 3, 2))
print(sd.sum(epoch)) --> 21.0
]] },
}
