--- Help on matrix-free spectra (the form of entries: lua/saddle/help.lua).
return {
  title = "Matrix-free spectra",
  text = "Spectra of what is only known by its products: a matrix, or an operator {rows=, cols=, "
    .. "matvec=f, rmatvec=g} with f(X) = A X and g(X) = A' X of columns. sd.jacobian(f, "
    .. "{lazy=true}) and sd.linearize give such operators. Each result comes with a residual, "
    .. "which bounds its distance from the spectrum, so that what has not converged shows.",
  source = "ARPACK, and include/saddle/spectral.h",
  { "sd.svds(A, k[, {which=\"largest\", tol=1e-12, maxiter=1000, seed=0}]) -> U, s, V, info",
    "The k extreme singular values with vectors, the most extreme first: A V = U diag(s).",
    A = "matrix|operator m x n", k = "integer how many", which = "string \"largest\" or "
      .. "\"smallest\"", tol = "number relative to the largest",
    maxiter = "integer restarts", seed = "integer of the start",
    U = "matrix m x found", s = "matrix found x 1", V = "matrix n x found", info = "table "
      .. "residuals, converged, found, iterations, applications, route",
    errors = "k outside 1 .. min(m, n); an operator without rmatvec, or whose products are not "
      .. "finite.",
    example = [[
local A = sd.diag(sd.linspace(1, 100, 100))
local _, s, _, info = sd.svds({ rows = 100, cols = 100, matvec = function(X) return A * X end,
  rmatvec = function(X) return A:t() * X end }, 2)
print(("%.6f %.6f"):format(s(1), s(2)), info.converged) --> 100.000000 99.000000 true
]] },
  { "sd.eigs(A, k[, {which=, symmetric=, tol=1e-12, maxiter=1000, seed=0}]) -> w, V, info",
    "k extreme eigenvalues with vectors. Symmetric: \"largest\" (unless said), \"smallest\", "
      .. "\"both\" ends, or \"magnitude\". Others: \"magnitude\" (unless said) or \"real\", the "
      .. "largest real part; then w and V are tables {re=, im=}, and conjugate pairs are not "
      .. "split.",
    A = "matrix|operator n x n", k = "integer how many", which = "string which end",
    symmetric = "boolean found out unless said: of a matrix by its elements, of an operator by "
      .. "one random pair",
      tol = "number relative",
    maxiter = "integer restarts", seed = "integer of the start", w = "matrix|table found x 1",
    V = "matrix|table n x found", info = "table as of svds, and symmetric",
    errors = "k outside 1 .. n; products that are not finite.",
    example = [[
local D = sd.diag(sd.linspace(1, 60, 60))
local w = sd.eigs(D, 2, { which = "smallest" })
print(("%.6f %.6f"):format(w(1), w(2))) --> 1.000000 2.000000
]] },
  { "sd.lanczos(A, steps[, {start=, basis=false, seed=0}]) -> alpha, beta, Q",
    "The Lanczos process of a symmetric A, reorthogonalised: A Q = Q T + beta(j) q e', T "
      .. "tridiagonal with diagonal alpha and beta beside it. It ends early, with beta 0, when "
      .. "the space closes.",
    A = "matrix|operator n x n, symmetric", steps = "integer", start = "matrix n x 1",
    basis = "boolean whether Q is wanted", seed = "integer of the start",
    alpha = "matrix j x 1", beta = "matrix j x 1", Q = "matrix|nil n x j",
    errors = "an A that is not symmetric; a start that is 0.",
    example = [[
local alpha, beta = sd.lanczos(2 * sd.eye(50), 5)
print(alpha.rows, alpha(1), beta(1) < 1e-14) --> 1 2.0 true
]] },
  { "sd.spectral_norm(A[, {tol=1e-8, maxiter=10000, seed=0}]) -> value, info",
    "The largest singular value by Lanczos steps: never above it but for rounding, and within "
      .. "info.residual of some singular value.",
    A = "matrix|operator m x n", tol = "number relative", maxiter = "integer steps",
    seed = "integer of the start",
    value = "number", info = "table residual, converged, iterations", errors = "products that are "
      .. "not finite.",
    example = [[
local value = sd.spectral_norm(sd.diag(sd.linspace(1, 9, 40)))
print(("%.6f"):format(value)) --> 9.000000
]] },
  { "sd.spectral_density(A[, {steps=, probes=10, kind=\"rademacher\", rng=, points=200, width=}]) "
    .. "-> density",
    "How the eigenvalues of a symmetric A lie, by stochastic Lanczos quadrature: nodes and "
      .. "weights, of which the sum of weights f(nodes) estimates trace f(A) / n; and these "
      .. "smoothed on a grid.",
    A = "matrix|operator n x n, symmetric", steps = "integer by default min(n, 50)",
    probes = "integer random vectors", kind = "string \"rademacher\" or \"gaussian\"", rng = "rng "
      .. "of the probes",
    points = "integer of the grid", width = "number deviation of the smoothing",
    density = "table nodes, weights, grid, density, cumulative (columns), width, applications",
    errors = "an A that is not symmetric; counts below 1.", source = "L. Lin, Y. Saad and C. "
      .. "Yang, SIAM Review 58 (2016) 34-65",
    example = [[
local D = sd.spectral_density(sd.diag(sd.linspace(0, 1, 80)))
print(("%.3f"):format(sd.sum(D.weights)))                     --> 1.000
print(math.abs(sd.dot(D.weights, D.nodes) - 0.5) < 0.01)      --> true
]] },
  { { "sd.hutchinson(A[, {probes=100, kind=\"rademacher\", rng=}]) -> value, error",
  "sd.hutchpp(A[, {probes=99, kind=\"rademacher\", rng=}]) -> value, error" },
    "Unbiased estimates of the trace with their standard errors, each of that many products. "
      .. "Hutch++ spends a third on a sketch of the range: better where few eigenvalues make up "
      .. "the trace.",
    A = "matrix|operator n x n", probes = "integer products", kind = "string \"rademacher\" or "
      .. "\"gaussian\"", rng = "rng of the probes", value = "number", error = "number a standard "
        .. "deviation",
    errors = "an A that is not square; probes below 2.", source = "R. Meyer, C. Musco, C. Musco "
      .. "and D. Woodruff, Hutch++, SOSA 2021",
    example = [[
local A = sd.diag(sd.vcat(sd.full(3, 1, 100), sd.zeros(97, 1))) -- rank 3, trace 300
print(("%.3f"):format((sd.hutchpp(A)))) --> 300.000
]] },
}
