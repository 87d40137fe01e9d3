--- Help on numerical routines (the form of entries: lua/saddle/help.lua).
return {
  title = "Numerical routines",
  text = "Integrals, differential equations, roots, maxima, interpolation, assignment, of plain "
    .. "Lua functions of numbers. They end with an answer and an estimate of its error, or with "
    .. "an error that says what is missing.",
  source = "lua/saddle/quadrature.lua and its neighbours",
  { { "sd.gauss_legendre(n[, a, b]) -> x, w", "sd.gauss_hermite(n) -> x, w" },
    "Nodes and weights: sum w f(x) is the integral of f from a to b (-1 to 1 unless given), or E "
      .. "f(g) for a standard normal g; exact for polynomials of degree 2n - 1.",
    n = "integer 1 .. 2000", a = "number", b = "number", x = "matrix n x 1, ascending",
    w = "matrix n x 1",
    errors = "n out of range.", source = "G. Golub and J. Welsch, Math. Comp. 23 (1969) 221-230",
    example = [[
local x, w = sd.gauss_hermite(5)
print(("%.10f"):format(sd.dot(w, x ^ 4))) --> 3.0000000000
]] },
  { "sd.integrate(f, a, b[, {tol=1e-10, points=, vector=false, panels=1000}]) -> value, error",
    "The integral of f, by adaptive bisection with 15-point Kronrod rules; ends may be infinite, "
      .. "and f infinite at them. A rule sees f at its points only: say where kinks and narrow "
      .. "peaks are.",
    f = "function of a number (with vector: of a row) that gives the value",
    a = "number or infinity", b = "number or infinity",
    tol = "number relative to the integral of |f|, from 1e-13", points = "table where to split",
    vector = "boolean", panels = "integer at most",
    value = "number", error = "number an estimate, as a rule from above",
    errors = "no convergence; f that gives no number.",
    source = "R. Piessens and others, QUADPACK, 1983",
    example = [[
local value = sd.integrate(function(x) return math.exp(-x * x) end, -math.huge, math.huge)
print(math.abs(value - math.sqrt(math.pi)) < 1e-9) --> true
]] },
  { { "sd.ode(f, t0, y0, t1[, {method=\"rk45\", rtol=1e-6, atol=1e-9, h=, hmax=, at=, events=, "
    .. "path_length=false, steps=100000}]) -> sol",
      "sd.gradient_flow(f, y0, t1[, {method=\"rk45\", rtol=1e-6, atol=1e-9, h=, hmax=, at=, "
        .. "events=, path_length=true, steps=100000}]) -> sol" },
    "The solution of y' = f(t, y), or of y' = -grad f(y) with the length of its path. States are "
      .. "numbers, matrices or trees. Events are zeros of g(t, y, length), sought between steps; "
      .. "a terminal one ends the solution.",
    f = "function of t, y that gives y'; of gradient_flow a function that sd.grad differentiates",
    t0 = "number", y0 = "tree the start", t1 = "number the end, which may be before t0",
    method = "string \"rk45\" chooses its steps, \"rk4\" takes equal ones of h", rtol = "number",
    atol = "number", h = "number the step of rk4; of rk45 the first", hmax = "number",
    at = "table times where the solution is wanted; else after every step",
    events = "table of g or {g, terminal=, direction=\"up\" or \"down\"}", path_length = "boolean",
    steps = "integer at most",
    sol = "table t, y, length, last, reached, events, steps, rejected, calls, stiff",
    errors = "what cannot be gone on with, and where.",
    source = "J. Dormand and P. Prince, J. Comput. Appl. Math. 6 (1980) 19-26",
    example = [[
local sol = sd.ode(function(_, y) return -y end, 0, 1, 2, { rtol = 1e-10, atol = 1e-12 })
print(math.abs(sol.last - math.exp(-2)) < 1e-8) --> true
local flow = sd.gradient_flow(function(x) return x ^ 2 / 2 end, 3.0, 50)
print(("%.4f"):format(flow.length(-1))) --> 3.0000
]] },
  { { "sd.bisect(f, a, b[, {tol=0}]) -> x, y", "sd.brent(f, a, b[, {tol=0}]) -> x, y" },
    "A root in a bracket where f changes its sign, to tol + 4 eps |x|: by halving, which serves "
      .. "any f, or by secants and parabolas within the bracket, which is faster.",
    f = "function of a number", a = "number one end", b = "number the other", tol = "number",
    x = "number", y = "number f(x)",
    errors = "no change of sign; f that is NaN.",
    source = "R. Brent, Algorithms for minimization without derivatives, 1973, chapter 4",
    example = [[
print(("%.12f"):format(sd.brent(math.cos, 1, 2)))                 --> 1.570796326795
print(math.abs(sd.bisect(math.cos, 1, 2) - math.pi / 2) < 1e-14)  --> true
]] },
  { "sd.newton(f, x0[, {slope=, lo=, hi=, tol=0, steps=100}]) -> x, y",
    "Newton's method, kept in a bracket when there is one; the slope is sd.grad's unless given.",
    f = "function of a number", x0 = "number the start", slope = "function the derivative",
    lo = "number bracket", hi = "number bracket", tol = "number", steps = "integer at most",
    x = "number", y = "number f(x)",
    errors = "no convergence; a slope of 0.",
    source = "W. Press and others, Numerical recipes, section 9.4",
    example = [[
print(("%.12f"):format(sd.newton(function(x) return x ^ 2 - 2 end, 1))) --> 1.414213562373
]] },
  { "sd.maximize1d(f, a, b[, {grid=, tol=1e-8}]) -> x, y",
    "A local maximum between a and b, ends included; with grid=n around the best of n + 1 equally "
      .. "spaced points.",
    f = "function of a number", a = "number", b = "number", grid = "integer", tol = "number",
    x = "number", y = "number f(x)",
    errors = "f that is NaN.", source = "R. Brent, 1973, chapter 5",
    example = [[
local x, y = sd.maximize1d(math.sin, 0, 3)
print(math.abs(x - math.pi / 2) < 1e-7, y) --> true 1.0
]] },
  { "sd.interp1(x, y[, {method=\"linear\", outside=\"error\"}]) -> g",
    "A function through points: lines, or cubics that rise and fall with the points and have no "
      .. "bumps between them.",
    x = "matrix|table ascending", y = "matrix|table of the same length",
    method = "string \"linear\" or \"cubic\"",
    outside = "string \"error\", \"clamp\" or \"extend\"",
    g = "function of a number or, element by element, a matrix",
    errors = "x that does not ascend; an argument outside, unless allowed.",
    source = "F. Fritsch and J. Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300-304",
    example = [[
print(sd.interp1({ 0, 1, 2 }, { 0, 10, 40 })(1.5)) --> 25.0
]] },
  { "sd.hungarian(C) -> columns, cost, dual",
    "The assignment of least cost: a column for each row, no two equal, 0 for rows without one; "
      .. "and the dual that proves it.",
    C = "matrix m x n, costs", columns = "matrix m x 1", cost = "number",
    dual = "table u (m x 1), v (n x 1): u_i + v_j <= c_ij, summing to the cost",
    errors = "NaN or infinity; a symbol.",
    source = "R. Jonker and A. Volgenant, Computing 38 (1987) 325-340",
    example = [[
local columns, cost = sd.hungarian(sd.matrix { { 4, 1 }, { 2, 8 } })
print(columns(1), columns(2), cost) --> 2.0 1.0 3.0
]] },
  { "sd.procrustes(A, B[, {rotation=false, scale=false, translate=false}]) -> R, fit",
    "The orthogonal R that brings the columns of A nearest to those of B, if asked for with det R "
      .. "= 1, a scale, a shift.",
    A = "matrix m x n", B = "matrix m x n", rotation = "boolean det R = 1", scale = "boolean",
    translate = "boolean", R = "matrix m x m", fit = "table scale, shift, residual, values",
    errors = "shapes.",
    source = "P. Schonemann, Psychometrika 31 (1966) 1-10; S. Umeyama, IEEE Trans. PAMI 13 (1991) "
      .. "376-380",
    example = [[
local Q = sd.rng(1):orthogonal(3)
local A = sd.rng(2):randn(3, 10)
local R, fit = sd.procrustes(A, Q * A)
print(sd.norm(R - Q) < 1e-13, fit.residual < 1e-13) --> true true
]] },
}
