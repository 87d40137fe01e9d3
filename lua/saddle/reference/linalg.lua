--- Help on linear algebra (the form of entries: lua/saddle/help.lua).
return {
  title = "Linear algebra",
  text = "Dense factorisations, systems and functions of matrices. Everything is computed in f64; "
    .. "results of an f32 argument are rounded at the end. Arguments must be finite, since LAPACK "
    .. "answers NaN to infinity without a word. All have derivatives but eig, rank, nnls and qr "
    .. "with pivots. For matrices too large to form see `? matrixfree`, for Jacobians `? spectra`.",
  source = "LAPACK; the routines are named in include/saddle/linalg.h and matfun.h",
  -- ---- singular values
  { "sd.svd(A[, {driver=\"gesdd\"}]) -> U, s, V",
    "The thin singular value decomposition A = U diag(s) V', r = min(m, n); V is not transposed. "
      .. "Derivatives of U and V are NaN where singular values are equal, those of s alone never.",
    A = "matrix m x n",
    driver = "string \"gesdd\" (divide and conquer) or \"gesvd\" (QR iteration: slower, in less "
      .. "memory, converges where the other may not)",
    U = "matrix m x r, orthonormal columns", s = "matrix r x 1, descending",
    V = "matrix n x r, orthonormal columns",
    errors = "NaN or infinity in A; no convergence.",
    example = [[
local A = sd.matrix { { 0, 2 }, { 1, 0 } }
local U, s, V = sd.svd(A)
print(s(1), s(2))                             --> 2.0  1.0
print(sd.norm(U % s:t() * V:t() - A) < 1e-15) --> true
]] },
  { "sd.svdvals(A[, {driver=\"gesdd\"}]) -> s",
    "Singular values alone, which is faster than svd and takes less memory.",
    A = "matrix m x n", driver = "string as for svd", s = "matrix min(m, n) x 1, descending",
    errors = "NaN or infinity in A; no convergence.",
    example = [[
print(sd.svdvals(sd.matrix { { 3, 0, 0 }, { 0, 0, 4 } }))
--> 2x1 f64
--> 4
--> 3
]] },
  { "sd.cond(A) -> kappa",
    "The condition number: the largest singular value over the smallest.",
    A = "matrix m x n, not empty", kappa = "number infinite when A has not full rank exactly",
    errors = "an empty A; NaN or infinity in it.",
    example = [[
print(sd.cond(sd.diag(sd.matrix { 10, 5, 2 }))) --> 5.0
]] },
  { "sd.rank(A[, {rcond=eps*max(m, n)}]) -> r",
    "How many singular values exceed rcond times the largest.",
    A = "matrix m x n", rcond = "number the threshold, relative to the largest singular value",
    r = "integer 0 .. min(m, n)",
    errors = "NaN or infinity in A; a symbol (a rank jumps and has no derivative).",
    example = [[
local u = sd.matrix { 1, 2, 3 }
print(sd.rank(u * u:t()), sd.rank(sd.eye(3))) --> 1  3
]] },
  { "sd.pinv(A[, {rcond=eps*max(m, n)}]) -> X",
    "The Moore-Penrose inverse. Derivatives take the rank as constant.",
    A = "matrix m x n", rcond = "number singular values at or below rcond s(1) count as zero",
    X = "matrix n x m",
    errors = "NaN or infinity in A; no convergence.",
    example = [[
local A = sd.matrix { { 1, 1 } }
print(sd.pinv(A):t())
--> 1x2 f64
--> 0.5000  0.5000
]] },
  -- ---- eigenvalues
  { { "sd.eigh(A[, B][, {tol=1e-10}]) -> w, V", "sd.eigvalsh(A[, B][, {tol=1e-10}]) -> w" },
    "Eigenvalues, and vectors, of a symmetric matrix: A V = V diag(w), V'V = I; with a positive "
      .. "definite B the generalised ones, A V = B V diag(w), V'BV = I. Derivatives of V are NaN "
      .. "where eigenvalues are equal.",
    A = "matrix n x n, symmetric up to tol max|A|; its symmetric part is used",
    B = "matrix n x n, symmetric, positive definite", tol = "number how far from symmetric",
    w = "matrix n x 1, ascending", V = "matrix n x n, a vector in each column",
    errors = "A is not symmetric (the worst pair is named) or not finite; B is not positive.",
    example = [[
local w, V = sd.eigh(sd.matrix { { 2, 1 }, { 1, 2 } })
print(("%.4f %.4f"):format(w(1), w(2)))  --> 1.0000 3.0000
print(math.abs(V(1, 2) - V(2, 2)) < 1e-15) --> true
]] },
  { "sd.eig(A[, {vectors=true}]) -> w, V",
    "Eigenvalues, and right vectors, of any square matrix; complex numbers are tables of real and "
      .. "imaginary parts. Conjugate pairs stand side by side, the positive imaginary part first; "
      .. "the order is otherwise that of LAPACK.",
    A = "matrix n x n", vectors = "boolean whether V is wanted",
    w = "table {re=, im=}, n x 1 each",
    V = "table {re=, im=}, n x n each: columns of norm 1",
    errors = "A is not square or not finite; no convergence; a symbol (eigh has derivatives).",
    example = [[
local w = sd.eig(sd.matrix { { 0, -2 }, { 2, 0 } }) -- a rotation by 90 degrees, times 2
print(w.re(1), w.im(1), w.im(2)) --> 0.0  2.0  -2.0
]] },
  -- ---- factorisations
  { "sd.cholesky(A[, {tol=1e-10}]) -> L",
    "The lower triangular factor of a positive definite matrix, A = L L'.",
    A = "matrix n x n, symmetric up to tol max|A|", tol = "number how far from symmetric",
    L = "matrix n x n, lower triangular, positive diagonal",
    errors = "A is not symmetric or not positive definite (the leading minor is named).",
    example = [[
print(sd.cholesky(sd.matrix { { 4, 2 }, { 2, 5 } }))
--> 2x2 f64
--> 2  0
--> 1  2
]] },
  { "sd.qr(A[, {pivot=false}]) -> Q, R, p",
    "A = Q R by Householder reflections, r = min(m, n); with pivots A:col(p) = Q R, |R(j, j)| "
      .. "descending. The diagonal of R may have either sign. Differentiable for m >= n, without "
      .. "pivots.",
    A = "matrix m x n", pivot = "boolean whether columns are ordered, p given",
    Q = "matrix m x r, orthonormal columns", R = "matrix r x n, upper triangular",
    p = "matrix|nil 1 x n, the order of the columns",
    errors = "NaN or infinity in A.",
    example = [[
local A = sd.matrix { { 3, 1 }, { 4, 2 } }
local Q, R = sd.qr(A)
print(math.abs(R(1, 1)), R(2, 1))  --> 5.0  0.0
print(sd.norm(Q * R - A) < 1e-14)  --> true
]] },
  -- ---- systems
  { "sd.solve(A, B[, {assume=\"general\", tol=1e-10}]) -> X, rcond",
    "X with A X = B, and how well A is conditioned. What is known of A makes it faster: LU, "
      .. "Bunch-Kaufman, Cholesky, or substitution.",
    A = "matrix n x n", B = "matrix n x p",
    assume = "string \"general\", \"symmetric\", \"posdef\", \"lower\" or \"upper\"",
    tol = "number how far from symmetric A may be where it is assumed to be",
    X = "matrix n x p", rcond = "number an estimate of 1/(|A| |A^-1|) in the 1-norm",
    errors = "A is singular, or singular to working precision; it is not what it is assumed to be.",
    example = [[
local X = sd.solve(sd.matrix { { 2, 0 }, { 0, 4 } }, sd.matrix { 2, 2 })
print(X(1), X(2)) --> 1.0  0.5
]] },
  { "sd.inv(A) -> X",
    "The inverse, by LU. To solve a system sd.solve is faster and more accurate.",
    A = "matrix n x n", X = "matrix n x n",
    errors = "A is singular, or singular to working precision.",
    example = [[
local A = sd.matrix { { 1, 2 }, { 3, 4 } }
print(sd.norm(A * sd.inv(A) - sd.eye(2)) < 1e-14) --> true
]] },
  { "sd.logdet(A) -> value, sign",
    "log |det A| and the sign of det A, by LU; minus infinity and 0 of a singular matrix.",
    A = "matrix n x n", value = "number", sign = "integer -1, 0 or 1",
    errors = "A is not square or not finite.",
    example = [[
local value, sign = sd.logdet(sd.matrix { { 0, 1 }, { 1, 0 } })
print(value, sign) --> 0.0  -1
]] },
  { "sd.lstsq(A, B[, {rcond=eps*max(m, n)}]) -> X, rank, s",
    "Least squares: of the minimisers of |A x - b|, for each column b of B, the one of least "
      .. "norm. Derivatives take the rank as constant.",
    A = "matrix m x n", B = "matrix m x p",
    rcond = "number singular values at or below rcond s(1) count as zero",
    X = "matrix n x p", rank = "integer the rank that was found",
    s = "matrix min(m, n) x 1, the singular values of A",
    errors = "numbers of rows that differ; NaN or infinity.",
    example = [[
local t = sd.matrix { 0, 1, 2 }
local X = sd.lstsq(sd.hcat(sd.ones(3, 1), t), 1 + 2 * t) -- a line through three points
print(("%.4f %.4f"):format(X(1), X(2))) --> 1.0000 2.0000
]] },
  { "sd.nnls(A, B[, {tol=2^-52, maxit=3*n}]) -> X, residual",
    "Least squares with x >= 0, column by column: the nearest point of the cone of A's columns, "
      .. "by the active sets of Lawson and Hanson.",
    A = "matrix m x n", B = "matrix m x p", tol = "number the relative dual that counts as zero",
    maxit = "integer how many columns may enter", X = "matrix n x p, not negative",
    residual = "matrix|number 1 x p, |A x - b|; a number when p is 1",
    errors = "shapes; NaN or infinity; maxit reached; a symbol.",
    source = "C. Lawson and R. Hanson, Solving least squares problems, 1974, chapter 23",
    example = [[
local X, residual = sd.nnls(sd.eye(2), sd.matrix { 3, -4 })
print(X(1), X(2), residual) --> 3.0  0.0  4.0
]] },
  -- ---- norms
  { { "sd.norm(A[, kind]) -> value", "sd.norm(A, {dim=1}) -> values", "sd.norm(tree) -> value" },
    "Norms: \"fro\", of all elements; 2, the largest singular value, and \"nuc\", their sum; 1 "
      .. "and \"inf\", the largest sum of absolute values of a column, of a row; \"2inf\", the "
      .. "largest norm of a row. With dim the Euclidean norms of columns or rows; of a tree, of "
      .. "all its leaves together. Nothing overflows or underflows on the way. The slope at 0 is "
      .. "0.",
    A = "matrix m x n", kind = "string|number the norm, \"fro\" unless given",
    dim = "integer 1: of each column, 2: of each row", tree = "tree of matrices and numbers",
    value = "number", values = "matrix 1 x n, or m x 1",
    errors = "another kind; NaN or infinity where singular values are needed.",
    example = [[
local A = sd.matrix { { 3, 0 }, { 4, 0 } }
print(sd.norm(A), sd.norm(A, 2), sd.norm(A, 1), sd.norm(A, "2inf")) --> 5.0 5.0 7.0 4.0
print(sd.norm(A, { dim = 1 })(1), sd.norm { a = A, b = 12 })        --> 5.0 13.0
]] },
  -- ---- functions of matrices
  { "sd.expm(A) -> E",
    "The exponential of a square matrix, by scaling and squaring of a rational approximation.",
    A = "matrix n x n", E = "matrix n x n",
    errors = "A is not square or not finite; the result overflows.",
    source = "N. Higham, SIAM J. Matrix Anal. Appl. 26 (2005) 1179-1193",
    example = [[
local R = sd.expm(sd.matrix { { 0, -1 }, { 1, 0 } } * math.pi / 2) -- a rotation by 90 degrees
print(math.abs(R(1, 1)) < 1e-15, ("%.12f"):format(R(2, 1))) --> true 1.000000000000
]] },
  { "sd.sqrtm(A) -> X",
    "The principal square root, X * X = A: of a symmetric positive semi-definite matrix the one "
      .. "of that kind, of others the one whose eigenvalues have positive real parts.",
    A = "matrix n x n", X = "matrix n x n",
    errors = "A has no real principal root (a negative eigenvalue, or a defective zero).",
    source = "A. Bjorck and S. Hammarling, Linear Algebra Appl. 52/53 (1983) 127-140",
    example = [[
local X = sd.sqrtm(sd.matrix { { 5, 4 }, { 4, 5 } }) -- eigenvalues 1 and 9
print(("%.6f %.6f"):format(X(1, 1), X(1, 2))) --> 2.000000 1.000000
]] },
  { "sd.polar(A) -> U, P",
    "The polar factors, A = U P, U the nearest matrix with orthonormal columns (m < n: rows).",
    A = "matrix m x n", U = "matrix m x n", P = "matrix n x n, symmetric, positive semi-definite",
    errors = "NaN or infinity in A; a symbol.",
    source = "N. Higham, Functions of matrices, SIAM 2008, chapter 8",
    example = [[
local U, P = sd.polar(sd.matrix { { 0, -3 }, { 2, 0 } })
print(("%.4f %.4f %.4f %.4f"):format(U(1, 2), U(2, 1), P(1, 1), P(2, 2)))
--> -1.0000 1.0000 2.0000 3.0000
]] },
}
