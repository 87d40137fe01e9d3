--- Help on matrices (the form of entries: lua/saddle/help.lua).
return {
  title = "Matrices",
  text = "Everything is a matrix: m x n numbers, column by column, f64 unless f32 is asked for. A "
    .. "batch is a matrix whose columns are samples. A 1x1 matrix acts as a number, and every "
    .. "function takes numbers too. Indices are whole numbers from 1; negative ones count from "
    .. "the end. col, row and block are views, which share memory with the matrix; all else is a "
    .. "copy. A trailing _ means in place.",
  source = "include/saddle/matrix.h",
  classes = { A = "matrix" },
  -- ---- making them
  { "sd.matrix(values[, {dtype=\"f64\"}]) -> A",
    "A matrix from rows as written; a flat list makes a column, a number 1x1, a matrix a copy.",
    values = "table|number|matrix a list of rows, a list of numbers, a number, or a matrix",
    dtype = "string \"f64\" or \"f32\"", A = "matrix",
    errors = "rows of different lengths; an element that is no number (its place is named).",
    example = [[
print(sd.matrix { { 1, 2 }, { 3, 4 } })
--> 2x2 f64
--> 1  2
--> 3  4
print(sd.matrix { 1, 2, 3 }.rows) --> 3
]] },
  { { "sd.zeros(m, n[, {dtype=\"f64\"}]) -> A", "sd.ones(m, n[, {dtype=\"f64\"}]) -> A",
      "sd.full(m, n, v[, {dtype=\"f64\"}]) -> A" },
    "Matrices of one value: 0, 1 or v.",
    m = "integer rows, from 0", n = "integer columns, from 0", v = "number",
    dtype = "string \"f64\" or \"f32\"", A = "matrix m x n",
    errors = "a size that is no whole number from 0; more memory than there is.",
    example = [[
print(sd.sum(sd.ones(3, 4)), sd.full(2, 2, 0.5)(1, 2)) --> 12.0  0.5
]] },
  { { "sd.eye(n[, {dtype=\"f64\"}]) -> A", "sd.eye(m, n[, {dtype=\"f64\"}]) -> A" },
    "Ones on the diagonal, zeros elsewhere.",
    m = "integer rows", n = "integer columns; alone, rows too", dtype = "string \"f64\" or \"f32\"",
    A = "matrix n x n or m x n", errors = "a size that is no whole number from 0.",
    example = [[
print(sd.eye(2, 3))
--> 2x3 f64
--> 1  0  0
--> 0  1  0
]] },
  { { "sd.linspace(a, b, n) -> x", "sd.logspace(a, b, n) -> x" },
    "n values from a to b in equal steps, both ends exact; logspace from 10^a to 10^b, in equal "
      .. "ratios.",
    a = "number", b = "number", n = "integer how many", x = "matrix n x 1",
    errors = "n that is no whole number from 0.",
    example = [[
print(sd.linspace(0, 1, 5)(2), sd.logspace(0, 3, 4)(3)) --> 0.25  100.0
]] },
  { "sd.diag(A) -> D",
    "Of a column the square matrix with it on the diagonal, of a square matrix its diagonal.",
    A = "matrix n x 1, or n x n", D = "matrix n x n, or n x 1",
    errors = "another shape.",
    example = [[
local D = sd.diag(sd.matrix { 2, 3 })
print(D(2, 2), D(1, 2), sd.diag(D)(1)) --> 3.0  0.0  2.0
]] },
  { { "sd.hcat(A, B, ...) -> C", "sd.vcat(A, B, ...) -> C" },
    "Matrices side by side, or on top of each other; of one list, those in it.",
    A = "matrix|number|list the first", B = "matrix|number the next",
    C = "matrix",
    errors = "numbers of rows (hcat) or columns (vcat) that differ; f32 with f64.",
    example = [[
local C = sd.vcat(sd.hcat(1, 2), sd.hcat(3, 4))
print(C.rows, C.cols, C(2, 1)) --> 2 2 3.0
]] },
  { "sd.ismatrix(v) -> answer", "Whether a value is a matrix.", v = "any", answer = "boolean",
    errors = "a call without an argument.",
    example = [[
print(sd.ismatrix(sd.eye(2)), sd.ismatrix(1)) --> true  false
]] },
  -- ---- fields and elements
  { { "A.rows -> m", "A.cols -> n", "A.dtype -> name", "#A -> count" },
    "The shape, the type of the elements, and how many there are.",
    A = "matrix m x n", m = "integer", n = "integer", name = "string \"f64\" or \"f32\"",
    count = "integer m n", errors = "assigning to a field.",
    example = [[
local A = sd.zeros(2, 3, { dtype = "f32" })
print(A.rows, A.cols, A.dtype, #A) --> 2  3  f32  6
]] },
  { { "A(i, j) -> x", "A(k) -> x" },
    "An element; with one index, down the columns.",
    A = "matrix", i = "integer row; negative from the end", j = "integer column",
    k = "integer place, 1 .. m n", x = "number",
    errors = "an index outside the matrix, or not whole.",
    example = [[
local A = sd.matrix { { 1, 2 }, { 3, 4 } }
print(A(1, 2), A(2), A(-1, -1)) --> 2.0  3.0  4.0
]] },
  { { "A:set(i, j, v) -> A", "A:set(k, v) -> A" },
    "Writes one element, and gives the matrix.",
    A = "matrix", i = "integer row", j = "integer column", k = "integer place, down the columns",
    v = "number", errors = "an index outside the matrix; a symbol, which has no elements yet.",
    example = [[
local A = sd.zeros(2, 2):set(1, 2, 5)
print(A(1, 2), A(3)) --> 5.0  5.0
]] },
  { "A:item() -> x", "The element of a 1x1 matrix as a number.", A = "matrix 1 x 1", x = "number",
    errors = "another shape.",
    example = [[
print((sd.ones(1, 3) * sd.ones(3, 1)):item()) --> 3.0
]] },
  { "A:totable() -> rows", "The elements as a list of rows, each a list of numbers.",
    A = "matrix m x n", rows = "table m lists of n numbers", errors = "a symbol.",
    example = [[
print(sd.matrix { { 1, 2 }, { 3, 4 } }:totable()[2][1]) --> 3.0
]] },
  -- ---- views and copies
  { { "A:col(j[, j2]) -> B", "A:row(i[, i2]) -> B" },
    "One column or row, or those up to a second: views, so writing to them changes A. With a list "
      .. "or matrix of indices, in which some may repeat, it is a copy (a gather).",
    A = "matrix m x n", j = "integer|table|matrix column, or indices",
    j2 = "integer the last column", i = "integer|table|matrix row, or indices",
    i2 = "integer the last row", B = "matrix m x count, or count x n",
    errors = "an index outside the matrix; an empty range backwards.",
    example = [[
local A = sd.matrix { { 1, 2, 3 }, { 4, 5, 6 } }
A:col(2):fill_(0)
print(A:row(1))
--> 1x3 f64
--> 1  0  3
print(A:col { 3, 1, 1 }.cols) --> 3
]] },
  { "A:block(i, j, m, n) -> B", "The m x n block whose first element is A(i, j): a view.",
    A = "matrix", i = "integer first row", j = "integer first column", m = "integer rows",
    n = "integer columns", B = "matrix m x n", errors = "a block that leaves the matrix.",
    example = [[
local A = sd.zeros(3, 3)
A:block(2, 2, 2, 2):fill_(1)
print(sd.sum(A)) --> 4.0
]] },
  { "A:clone() -> B", "A copy that shares nothing.", A = "matrix", B = "matrix", errors = "more "
    .. "memory than there is.",
    example = [[
local A = sd.ones(1, 1)
local B = A:clone():fill_(2)
print(A(1), B(1)) --> 1.0  2.0
]] },
  { "A:t() -> B", "The transpose, a copy.", A = "matrix m x n", B = "matrix n x m",
    errors = "more memory than there is.",
    example = [[
print(sd.matrix { { 1, 2 }, { 3, 4 } }:t()(1, 2)) --> 3.0
]] },
  { "A:reshape(m, n) -> B", "The same elements, down the columns, in another shape: a copy.",
    A = "matrix", m = "integer rows", n = "integer columns", B = "matrix m x n",
    errors = "another number of elements.",
    example = [[
print(sd.matrix { 1, 2, 3, 4 }:reshape(2, 2))
--> 2x2 f64
--> 1  3
--> 2  4
]] },
  { "A:to(dtype) -> B", "A copy of another type. f32 and f64 do not mix: this converts.",
    A = "matrix", dtype = "string \"f64\" or \"f32\"", B = "matrix", errors = "another word.",
    example = [[
print(sd.matrix { 0.1 }:to "f32":to "f64"(1) == 0.1) --> false
]] },
  -- ---- operators
  { { "A + B -> C", "A - B -> C", "A % B -> C", "A / B -> C", "A ^ B -> C", "-A -> C" },
    "Element by element: sum, difference, product, quotient, power. A column, a row or a number "
      .. "is spread over the other side.",
    A = "matrix|number m x n", B = "matrix|number of the same shape, m x 1, 1 x n, or a number",
    C = "matrix m x n",
    errors = "shapes that do not fit; a column with a row (transpose one); f32 with f64.",
    example = [[
local A = sd.matrix { { 1, 2 }, { 3, 4 } }
print((A % A - A / 2)(2, 2), (A + sd.matrix { 10, 20 })(2, 1)) --> 14.0  23.0
]] },
  { "A * B -> C", "The matrix product; a number on either side scales.",
    A = "matrix|number m x k", B = "matrix|number k x n", C = "matrix m x n",
    errors = "inner dimensions that differ (with a hint when % was meant).",
    example = [[
print(sd.matrix { { 1, 2 }, { 3, 4 } } * sd.matrix { 1, 1 })
--> 2x1 f64
--> 3
--> 7
]] },
  -- ---- in place
  { { "A:add_(B) -> A", "A:sub_(B) -> A", "A:mul_(B) -> A", "A:div_(B) -> A", "A:pow_(B) -> A" },
    "A changed in place: A + B, A - B, A % B, A / B, A ^ B. B is spread over A, not A over B.",
    A = "matrix m x n", B = "matrix|number as for operators",
    errors = "shapes; f32 with f64; a symbol (write x = x + y); a matrix that a trace has used.",
    example = [[
local A = sd.ones(2, 2):add_(1):mul_(sd.matrix { 1, 10 })
print(A(1, 1), A(2, 1)) --> 2.0  20.0
]] },
  { { "A:fill_(v) -> A", "A:copy_(B) -> A" },
    "All elements set to v, or taken from B.",
    A = "matrix m x n", v = "number", B = "matrix of A's shape and dtype",
    errors = "another shape or dtype; a symbol.",
    example = [[
print(sd.sum(sd.zeros(2, 2):fill_(3)), sd.zeros(1, 1):copy_(sd.ones(1, 1))(1)) --> 12.0  1.0
]] },
  { { "A:abs_() -> A", "A:neg_() -> A", "A:sign_() -> A", "A:floor_() -> A", "A:sqrt_() -> A",
      "A:exp_() -> A", "A:expm1_() -> A", "A:log_() -> A", "A:log1p_() -> A", "A:sin_() -> A",
      "A:cos_() -> A", "A:tanh_() -> A", "A:sigmoid_() -> A", "A:log_sigmoid_() -> A",
      "A:relu_() -> A", "A:leaky_relu_([slope]) -> A", "A:softplus_() -> A", "A:gelu_() -> A",
      "A:silu_() -> A", "A:elu_([alpha]) -> A", "A:erf_() -> A", "A:erfc_() -> A",
      "A:erfinv_() -> A", "A:normcdf_() -> A", "A:normppf_() -> A", "A:lgamma_() -> A",
      "A:digamma_() -> A", "A:polygamma_(order) -> A", "A:clamp_(lo, hi) -> A",
      "A:isfinite_() -> A" },
    "The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.",
    A = "matrix", slope = "number as for sd.leaky_relu", alpha = "number as for sd.elu",
    order = "integer as for sd.polygamma", lo = "number", hi = "number",
    errors = "as for sd.exp and so on; a symbol; a matrix that a trace has used.",
    example = [[
local A = sd.matrix { -1, 4 }
print(A:relu_():sqrt_()(2), A(1)) --> 2.0  0.0
]] },
}
