--- Help on reductions (the form of entries: lua/saddle/help.lua).
return {
  title = "Reductions",
  text = "Of a whole matrix they give a number; with {dim=1} a value for each column (1 x n), "
    .. "with {dim=2} one for each row (m x 1). Sums are made pairwise, so that their rounding "
    .. "grows with the logarithm of the length; a NaN makes them NaN. Norms: `? norm`.",
  source = "include/saddle/kernel.h",
  { { "sd.sum(A[, {dim=}]) -> s", "sd.mean(A[, {dim=}]) -> s" },
    "The sum and the arithmetic mean.",
    A = "matrix|number m x n", dim = "integer 1: of each column, 2: of each row; none: of all",
    s = "number|matrix", errors = "dim other than 1 and 2; the mean of nothing is NaN.",
    example = [[
local A = sd.matrix { { 1, 2 }, { 3, 4 } }
print(sd.sum(A), sd.mean(A, { dim = 1 })(2), sd.sum(A, { dim = 2 })(1)) --> 10.0  3.0  3.0
]] },
  { { "sd.var(A[, {dim=, ddof=0}]) -> s", "sd.std(A[, {dim=, ddof=0}]) -> s" },
    "The variance and its square root: mean squared deviations from the mean, in two passes. ddof "
      .. "is taken off the divisor: 1 gives the unbiased variance.",
    A = "matrix|number m x n", dim = "integer as for sum", ddof = "integer 0 or 1",
    s = "number|matrix", errors = "another ddof.",
    example = [[
local x = sd.matrix { 1, 3 }
print(sd.var(x), sd.var(x, { ddof = 1 })) --> 1.0  2.0
]] },
  { { "sd.max(A[, {dim=}]) -> x", "sd.min(A[, {dim=}]) -> x", "sd.max(A, B) -> C",
      "sd.min(A, B) -> C" },
    "The largest or smallest element; of two arguments, the larger or smaller element by element. "
      .. "Ties have their slope at the first.",
    A = "matrix|number m x n", B = "matrix|number spread as for operators",
    dim = "integer as for sum", x = "number|matrix", C = "matrix|number",
    errors = "the largest element of nothing; shapes that do not fit.",
    example = [[
print(sd.max(sd.matrix { 3, 7, 5 }), sd.max(sd.matrix { -1, 2 }, 0)(1)) --> 7.0  0.0
]] },
  { { "sd.argmax(A[, {dim=}]) -> k", "sd.argmin(A[, {dim=}]) -> k" },
    "Where the largest or smallest element is, the first of several: its place down the columns, "
      .. "or with dim its row in each column, its column in each row.",
    A = "matrix m x n", dim = "integer as for sum", k = "integer|matrix from 1",
    errors = "a matrix without elements.",
    example = [[
local A = sd.matrix { { 1, 9 }, { 8, 2 } }
print(sd.argmax(A), sd.argmax(A, { dim = 1 })(1)) --> 3  2.0
]] },
  { "sd.logsumexp(A[, {dim=}]) -> x",
    "log of the sum of e^A, without overflow.",
    A = "matrix|number m x n", dim = "integer as for sum", x = "number|matrix",
    errors = "dim other than 1 and 2.",
    example = [[
print(math.abs(sd.logsumexp(sd.matrix { 1000, 1000 }) - 1000 - math.log(2)) < 1e-12) --> true
]] },
  { "sd.quantile(A, q[, {dim=}]) -> x",
    "The q-quantile, interpolated linearly between order statistics: 0.5 is the median.",
    A = "matrix m x n", q = "number 0 .. 1", dim = "integer as for sum", x = "number|matrix",
    errors = "q outside [0, 1]; nothing to choose from; a NaN among the elements gives NaN.",
    source = "R. Hyndman and Y. Fan, Amer. Statist. 50 (1996) 361-365, definition 7",
    example = [[
print(sd.quantile(sd.matrix { 1, 2, 4, 8 }, 0.5)) --> 3.0
]] },
  { { "sd.dot(A, B) -> x", "sd.dot(tree, other) -> x" },
    "The sum of the products of elements; of trees, of all their leaves.",
    A = "matrix m x n", B = "matrix m x n", tree = "tree", other = "tree of the same structure",
    x = "number", errors = "shapes or structures that differ.",
    example = [[
print(sd.dot(sd.matrix { 1, 2 }, sd.matrix { 3, 4 }), sd.dot({ a = 2 }, { a = 5 })) --> 11.0 10.0
]] },
  { "sd.trace(A) -> x", "The sum of the diagonal.", A = "matrix n x n", x = "number",
    errors = "a matrix that is not square.",
    example = [[
print(sd.trace(sd.matrix { { 1, 2 }, { 3, 4 } })) --> 5.0
]] },
}
