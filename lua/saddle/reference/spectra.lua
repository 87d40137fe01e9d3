--- Help on spectra of Jacobians, kernels, paths (the form of entries: lua/saddle/help.lua).
return {
  title = "Jacobians along the way: spectra, kernels, paths",
  text = "What theories of wide models ask of a Jacobian: its singular values with what they "
    .. "resolve, its Gram matrix (the tangent kernel), its average on a line, how fast it "
    .. "changes, and what a run does to it. Jacobians are not formed where samples share the "
    .. "parameters.",
  source = "lua/saddle/spectrum.lua",
  classes = { spectrum = "spectrum" },
  { { "sd.spectrum(f, params, ...) -> spectrum", "sd.spectrum(A) -> spectrum",
      "sd.spectrum{route=\"auto\", bytes=256e6, k=6, tol=1e-10, maxiter=1000, seed=0} -> with" },
    "The singular values of the Jacobian of f(params, ...) by params, or of a matrix or operator, "
      .. "by the route that fits: svd or qr of the formed matrix, gram of its smaller side, or "
      .. "extremes by ARPACK. With options alone, the function with these options.",
    f = "function", params = "tree", A = "matrix|operator",
    route = "string \"auto\", \"svd\", \"qr\", \"gram\" or \"extremes\"",
    bytes = "number what a formed matrix may take",
    k = "integer of extremes, how many of the largest", tol = "number of extremes",
    maxiter = "integer of extremes", seed = "integer of extremes",
    spectrum = "spectrum", with = "function as sd.spectrum, with the options",
    errors = "as for jacobian and svd; a route that does not serve.",
    example = [[
local s = sd.spectrum(sd.diag(sd.matrix { 3, 2, 1 }))
print(s.max, s.min, s.cond, s.route, s.resolved) --> 3.0 1.0 3.0 svd true
]] },
  { { "spectrum.values -> s", "spectrum.max -> x", "spectrum.min -> x", "spectrum.cond -> x",
      "spectrum.resolution -> x", "spectrum.resolved -> answer", "spectrum.below -> count",
      "spectrum.route -> word", "spectrum.reason -> words" },
    "The values, descending; the ends and their ratio (with an unresolved min, max / resolution, "
      .. "which it is at least); the size below which a value cannot be told from 0, whether min "
      .. "is above it, and how many values are below; the route and why. It prints as two lines.",
    spectrum = "spectrum", s = "matrix r x 1", x = "number", answer = "boolean", count = "integer",
    word = "string", words = "string", errors = "none of its own.",
    example = [[
local s = sd.spectrum { route = "gram" }(sd.diag(sd.matrix { 1, 1e-10 }))
print(s.values.rows, s.resolved, s.below) --> 2 false 1
]] },
  { "sd.ntk(f, params, X[, X2]) -> K",
    "The tangent kernel: products of the gradients of all outputs at the columns of X with those "
      .. "at the columns of X2 (or X). Where samples share the parameters it is made of Gram "
      .. "matrices, and no Jacobian is formed. sd.ntk{route=, bytes=1e9, info=} gives the "
      .. "function with options.",
    f = "function of params, X", params = "tree", X = "matrix samples as columns", X2 = "matrix",
    K = "matrix",
    errors = "as for jacobian.", source = "A. Jacot, F. Gabriel and C. Hongler, NeurIPS 2018",
    example = [[
local X = sd.matrix { { 1, 0 }, { 0, 2 } }
local K = sd.ntk(function(w, x) return w:t() * x end, sd.ones(2, 1), X) -- X'X
print(K(1, 1), K(1, 2), K(2, 2)) --> 1.0 0.0 4.0
]] },
  { "sd.jbar(f, x, y[, {tol=1e-12}]) -> J, info",
    "The average of the Jacobian on the line from y to x, for which J (x - y) = f(x) - f(y) "
      .. "exactly. The line is cut where relus and their like change sign; each smooth piece has "
      .. "a Gauss rule.",
    f = "function", x = "tree", y = "tree like x", tol = "number relative to the norm; 1e-5 in f32",
    J = "matrix outputs x parameters", info = "table miss, pieces, nodes, looks, route",
    errors = "as for jacobian; within a traced function.",
    source = "S. Oymak and M. Soltanolkotabi, ICML 2019, definition 9.1",
    example = [[
local J = sd.jbar(function(x) return x ^ 3 end, sd.matrix { 2 }, sd.matrix { 0 }) -- (8 - 0)/(2 - 0)
print(("%.9f"):format(J:item())) --> 4.000000000
]] },
  { { "sd.lipschitz(f, x, radius[, {samples=32, starts=4, steps=50, rng=}]) -> L, info",
      "sd.ball_extremes(f, x, radius[, {samples=32, starts=4, steps=50, rng=}]) -> info" },
    "Over the ball of that radius around x: how fast the Jacobian changes, a lower bound L of its "
      .. "Lipschitz constant; and bounds for its singular values and for its change, found by "
      .. "climbing. Estimates from one side: no search proves that there is no worse point.",
    f = "function", x = "tree the centre", radius = "number Euclidean, over all leaves",
    samples = "integer random pairs or points", starts = "integer points to climb from",
    steps = "integer uphill steps from each", rng = "rng sd.rng(1) unless given",
    L = "number at most the constant",
    info = "table bound, at, from, direction, kinks; largest, smallest, change, at, bound",
    errors = "a radius that is not positive.",
    source = "L. De Lathauwer and others, SIAM J. Matrix Anal. Appl. 21 (2000) 1324-1342",
    example = [[
local L = sd.lipschitz(function(x) return x ^ 2 end, sd.matrix { 1 }, 0.5) -- J(x) = 2 x
print(("%.6f"):format(L)) --> 2.000000
]] },
  { "sd.path.recorder{f=, y=, start=, params=, loss=, fields=} -> path",
    "What theories of training say about the way of the parameters, as columns of a history: "
      .. "residual, misfit, loss, gradient, distance, relative, layers, length of the path; of "
      .. "the Jacobian smallest, largest, jacobian_change, ntk_change, flips. path.iterate(step, "
      .. "s, n, options) runs and records.",
    f = "function of the parameters: the outputs", y = "matrix|number targets; 0 unless given",
    start = "tree from where all is measured",
    params = "function picks the parameters from the state; s.p unless given",
    loss = "function of the parameters; |r|^2/2 unless given", fields = "table names, as above",
    path = "table iterate, init, step, record, hook, history, spectrum, layers",
    errors = "an unknown field.",
    source = "S. Oymak and M. Soltanolkotabi, ICML 2019; L. Chizat and others, NeurIPS 2019",
    example = [[
local A, y = sd.diag(sd.matrix { 1, 0.5 }), sd.ones(2, 1)
local path = sd.path.recorder { f = function(p) return A * p end, y = y, start = sd.zeros(2, 1),
  fields = { "residual", "distance" } }
local function step(s) return { p = s.p - A * (A * s.p - y) } end
local _, h = path.iterate(step, { p = sd.zeros(2, 1) }, 100, { every = 100 })
print(h.residual(2) < 1e-10, ("%.6f"):format(h.distance(2) ^ 2)) --> true 5.000000
]] },
  -- ---- powers of kernels
  { { "sd.hadamard_power(G, t) -> P", "sd.khatri_rao_power(X, t) -> P" },
    "Every element to the power t; and the matrix whose columns are the t-fold Kronecker products "
      .. "of those of X, whose Gram matrix is the Hadamard power of X'X.",
    G = "matrix", X = "matrix d x n", t = "integer from 0; of khatri_rao_power from 1",
    P = "matrix of G's shape, or d^t x n",
    errors = "more than 2^24 elements.", source = "lua/saddle/hadamard.lua",
    example = [[
local X = sd.matrix { { 1, 2 }, { 3, 4 } }
local P = sd.khatri_rao_power(X, 2)
print(sd.norm(P:t() * P - sd.hadamard_power(X:t() * X, 2)) < 1e-10) --> true
]] },
  { "sd.khatri_rao_spectrum(X, t) -> smallest, info",
    "The n-th singular value of the power, n the number of columns of X, without forming it: "
      .. "merged rows, or the kernel's eigenvalues.",
    X = "matrix d x n", t = "integer from 1", smallest = "number 0 when the rank cannot be n",
    info = "table sigma_max, rank, bound, resolution, route",
    errors = "t below 1.", source = "lua/saddle/hadamard.lua",
    example = [[
print((sd.khatri_rao_spectrum(sd.eye(3), 2))) --> 1.0
]] },
  -- ---- geometry
  { "sd.packing{dim=, radius=, eps=, count=, rng=, tries=} -> P, info",
    "Points of a ball with all distances at least eps: random with rejection, or without an rng "
      .. "those of the densest lattice (dim up to 4).",
    dim = "integer", radius = "number of the ball", eps = "number least distance",
    count = "integer points", rng = "rng", tries = "integer proposals at most",
    P = "matrix dim x count", info = "table distance, radius, proposals",
    errors = "a packing that cannot be found.",
    source = "J. Conway and N. Sloane, Sphere packings, lattices and groups",
    example = [[
local _, info = sd.packing { dim = 2, radius = 1, eps = 0.3, count = 10, rng = sd.rng(1) }
print(info.distance >= 0.3, info.radius <= 1) --> true true
]] },
  { "sd.closest_interpolant(f, theta0, y[, {tol=1e-10, maxit=50, damping=true, rcond=1e-12}]) -> "
    .. "theta, report",
    "The nearest parameters to theta0 with f(theta) = y, by damped Gauss-Newton steps of least "
      .. "norm.",
    f = "function of a tree", theta0 = "tree", y = "matrix|number", tol = "number",
    maxit = "integer", damping = "boolean",
    rcond = "number singular values below it, relative, count as 0",
    theta = "tree",
    report = "table converged, reason, iterations, residual, distance, step, rank, history",
    errors = "shapes; a report that has not converged says why.",
    source = "J. Nocedal and S. Wright, Numerical optimization, 2006, chapter 18",
    example = [[
local theta, report = sd.closest_interpolant(function(x) return sd.sum(x) end, sd.zeros(2, 1), 2)
print(report.converged, ("%.6f %.6f"):format(theta(1), theta(2))) --> true 1.000000 1.000000
]] },
}
