--- Help on linear algebra (the form of entries: lua/saddle/help.lua).
return {
  title = "Linear algebra",
  text = "Dense factorisations and solutions by LAPACK, in f64 and f32. All arguments must be "
    .. "finite: LAPACK would give NaN for Inf without a word.",
  source = "LAPACK",
  { "sd.svd(A) -> U, s, V",
    "The thin singular value decomposition A = U diag(s) V'. Note that V is not transposed.",
    A = "matrix m x n, finite", U = "matrix m x r with r = min(m, n), orthonormal columns",
    s = "matrix r x 1, singular values, descending", V = "matrix n x r, orthonormal columns",
    errors = "A has NaN or Inf; the iteration did not converge.",
    example = [[
local U, s, V = sd.svd(sd.matrix { { 0, 2 }, { 1, 0 } })
print(s(1), s(2))                          --> 2.0  1.0
print(sd.norm(U % s:t() * V:t() - sd.matrix { { 0, 2 }, { 1, 0 } }) < 1e-15) --> true
]] },
}
