--- Help on sorting, indexing and arranging (the form of entries: lua/saddle/help.lua).
return {
  title = "Sorting, indexing, arranging",
  text = "Indices are whole numbers from 1, held in f64, and checked when they are used, also in "
    .. "compiled functions. What is gathered is a copy; its derivative adds up where indices "
    .. "repeat.",
  source = "include/saddle/arrange.h",
  { "sd.sort(A[, {dim=1, descending=false}]) -> S, I",
    "Each column (or row) sorted, and the places that its elements had. Stable; NaN comes last.",
    A = "matrix m x n", dim = "integer 1: along columns, 2: along rows",
    descending = "boolean the largest first", S = "matrix m x n", I = "matrix m x n, indices",
    errors = "another dim.",
    example = [[
local S, I = sd.sort(sd.matrix { 3, 1, 2 })
print(S(1), I(1), S(3), I(3)) --> 1.0 2.0 3.0 1.0
]] },
  { { "sd.cumsum(A[, {dim=1}]) -> B", "sd.cumprod(A[, {dim=1}]) -> B" },
    "Running sums and products down each column, or along each row.",
    A = "matrix m x n", dim = "integer 1 or 2", B = "matrix m x n", errors = "another dim.",
    example = [[
print(sd.cumsum(sd.matrix { 1, 2, 3 })(3), sd.cumprod(sd.matrix { 1, 2, 3, 4 })(4)) --> 6.0 24.0
]] },
  { "sd.diff(A[, {dim=1}]) -> B", "Differences of neighbours; of a single row none are left.",
    A = "matrix m x n", dim = "integer 1: down columns, 2: along rows",
    B = "matrix (m - 1) x n, or m x (n - 1)", errors = "another dim.",
    example = [[
print(sd.diff(sd.matrix { 1, 4, 9 })(2)) --> 5.0
]] },
  { "sd.softmax(A[, {dim=1}]) -> B",
    "e^A divided by its sum in each column (or row), without overflow.",
    A = "matrix m x n", dim = "integer 1: columns, 2: rows", B = "matrix m x n, columns of sum 1",
    errors = "another dim.",
    example = [[
print(sd.softmax(sd.matrix { 1000, 1000 })(1)) --> 0.5
]] },
  { "sd.normalize(A[, {dim=}]) -> B",
    "Divided by the Euclidean norm: of all elements, of each column, or of each row. A norm that "
      .. "cannot underflow; zero stays zero.",
    A = "matrix m x n", dim = "integer 1: each column, 2: each row; none: all together",
    B = "matrix m x n", errors = "another dim.",
    example = [[
local B = sd.normalize(sd.matrix { { 3, 0 }, { 4, 0 } }, { dim = 1 })
print(B(1, 1), B(2, 1), B(1, 2)) --> 0.6 0.8 0.0
]] },
  { "sd.one_hot(index, m[, {dtype=\"f64\"}]) -> B",
    "A column for each index, with a 1 in that row.",
    index = "integer|matrix|table 1 .. m", m = "integer rows", dtype = "string \"f64\" or \"f32\"",
    B = "matrix m x count", errors = "an index outside 1 .. m.",
    example = [[
print(sd.one_hot({ 2, 1 }, 3))
--> 3x2 f64
--> 0  1
--> 1  0
--> 0  0
]] },
  { "sd.gather(A, index[, {dim=}]) -> B",
    "Elements at places counted down the columns, in the shape of the index; with dim whole rows "
      .. "(1) or columns (2), as A:row and A:col give them.",
    A = "matrix m x n", index = "integer|matrix|table places, rows or columns",
    dim = "integer 1: rows, 2: columns; none: elements",
    B = "matrix|number of the index's shape, count x n, or m x count",
    errors = "an index outside the matrix.",
    example = [[
local A = sd.matrix { { 1, 2 }, { 3, 4 } }
print(sd.gather(A, 3), sd.gather(A, { 2, 2 }, { dim = 1 })(2, 2)) --> 2.0 4.0
]] },
  { "sd.scatter_add(A, index, B[, {dim=}]) -> C",
    "A copy of A with B added at these places; where places repeat, all of it. The transpose of "
      .. "gather.",
    A = "matrix m x n", index = "integer|matrix|table as for gather",
    B = "matrix|number what gather of A would give, or a number", dim = "integer as for gather",
    C = "matrix m x n", errors = "an index outside the matrix; another shape of B.",
    example = [[
print(sd.scatter_add(sd.zeros(3, 1), { 2, 2 }, sd.matrix { 5, 6 })(2)) --> 11.0
]] },
  { "sd.kron(A, B) -> C", "The Kronecker product: a block A(i, j) B for each element of A.",
    A = "matrix m x n", B = "matrix p x q", C = "matrix m p x n q",
    errors = "f32 with f64; a size beyond memory.",
    example = [[
print(sd.kron(sd.matrix { { 1, 2 } }, sd.eye(2)))
--> 2x4 f64
--> 1  0  2  0
--> 0  1  0  2
]] },
  { "sd.khatri_rao(A, B) -> C", "The Kronecker products of columns: column j is kron(a_j, b_j).",
    A = "matrix m x n", B = "matrix p x n", C = "matrix m p x n",
    errors = "numbers of columns that differ.",
    example = [[
local C = sd.khatri_rao(sd.matrix { { 1, 2 } }, sd.matrix { { 3, 4 }, { 5, 6 } })
print(C(1, 1), C(2, 2)) --> 3.0 12.0
]] },
}
