--- Help on inequalities (the form of entries: lua/saddle/help.lua).
return {
  title = "Bounds",
  text = "Inequalities for matrices and Gaussian processes, as numbers to compare with. A tail is "
    .. "{threshold=, probability=}: the statistic passes the threshold with at most this "
    .. "probability; a bound above 1 says nothing and is given as it is.",
  source = "lua/saddle/bounds.lua",
  { "sd.bounds.gershgorin(A[, {power=1}]) -> interval",
    "Intervals that hold the eigenvalues of a symmetric A, or of its element-wise power.",
    A = "matrix n x n, symmetric", power = "integer from 1",
    interval = "table low, high; lows, highs (columns)", errors = "an A that is not symmetric.",
    source = "S. Gershgorin, 1931",
    example = [[
local I = sd.bounds.gershgorin(sd.matrix { { 2, 1 }, { 1, 5 } })
print(I.low, I.high) --> 1.0 6.0
]] },
  { "sd.bounds.weyl(s, t) -> low, high",
    "Between which the singular values of A + B lie, from those of A and of B.",
    s = "matrix n x 1, descending", t = "matrix n x 1, descending", low = "matrix n x 1",
    high = "matrix n x 1", errors = "different lengths; values that do not descend.",
    source = "R. Horn and C. Johnson, Topics in matrix analysis, theorem 3.3.16",
    example = [[
local low, high = sd.bounds.weyl(sd.matrix { 3, 2 }, sd.matrix { 1, 0 })
print(low(1), high(1)) --> 2.0 4.0
]] },
  { { "sd.bounds.chernoff_min{n=, mean=, each=, delta=} -> tail",
      "sd.bounds.chernoff_max{n=, mean=, each=, delta=} -> tail" },
    "Matrix Chernoff tails of the smallest and largest eigenvalue of a sum of independent "
      .. "matrices 0 <= A_i <= each I.",
    n = "integer size of the matrices", mean = "number the extreme eigenvalue of the expected sum",
    each = "number bound of one matrix", delta = "number relative deviation",
    tail = "table threshold, probability",
    errors = "numbers out of range.",
    source = "J. Tropp, Found. Comput. Math. 12 (2012) 389-434, theorem 1.1",
    example = [[
local tail = sd.bounds.chernoff_min { n = 10, mean = 100, each = 1, delta = 0.5 }
print(tail.threshold, tail.probability < 1e-4) --> 50.0 true
]] },
  { { "sd.bounds.width.sphere(m) -> width", "sd.bounds.width.ball(m) -> width",
      "sd.bounds.width.simplex(n) -> width" },
    "Gaussian widths E sup <g, x>: of the unit sphere or ball of R^m, E |g|; of n orthonormal "
      .. "vectors, the mean of the largest of n normal numbers.",
    m = "integer dimension", n = "integer points", width = "number",
    errors = "a dimension below 1.",
    source = "R. Vershynin, High-dimensional probability, 2018, section 7.5",
    example = [[
print(math.abs(sd.bounds.width.sphere(1) - math.sqrt(2 / math.pi)) < 1e-15) --> true
]] },
  { "sd.bounds.width.finite(X[, {rng=, samples=10000}]) -> width, error",
    "The width of the columns of X: exact where they lie in a plane (the perimeter of their "
      .. "hull), else simulated.",
    X = "matrix m x n", rng = "rng", samples = "integer", width = "number",
    error = "number a standard error; 0 when exact",
    errors = "points that need an rng, without one.",
    source = "A. Cauchy's formula for the perimeter",
    example = [[
local width, error = sd.bounds.width.finite(sd.matrix { { 1, -1 } }) -- E |g|
print(math.abs(width - math.sqrt(2 / math.pi)) < 1e-12, error) --> true 0.0
]] },
  { "sd.bounds.width.support(rng, m, h[, {samples=10000}]) -> width, error",
    "The width of any set of R^m by its support function.",
    rng = "rng", m = "integer",
    h = "function of directions (columns) that gives the row of sup <g, x>", samples = "integer",
    width = "number", error = "number a standard error", errors = "h gives another shape.",
    example = [[
local function h(G) return sd.norm(G, { dim = 1 }) end -- the unit ball
local width, error = sd.bounds.width.support(sd.rng(1), 3, h)
print(math.abs(width - sd.bounds.width.ball(3)) < 5 * error) --> true
]] },
  { "sd.bounds.norm_mean(d) -> mean, low, high",
    "E |D g| for D = diag(d) and a normal g, and the bounds sqrt(|d|^2 - |d|_inf^2) and |d| "
      .. "around it.",
    d = "matrix a column", mean = "number", low = "number", high = "number", errors = "no column.",
    source = "Y. Balaji and others, ICLR 2021, lemma B.1",
    example = [[
local mean, low, high = sd.bounds.norm_mean(sd.ones(3, 1))
print(math.abs(mean - sd.bounds.width.sphere(3)) < 1e-12) --> true
print(low < mean, mean < high)                            --> true true
]] },
  { { "sd.bounds.wendel(n, d) -> p", "sd.bounds.cone(k, m) -> p" },
    "The probability that n random directions in R^d lie in a half-space; that the cone of k "
      .. "directions in R^m holds a fixed point.",
    n = "integer", d = "integer", k = "integer", m = "integer", p = "number",
    errors = "numbers below 1.",
    source = "J. Wendel, Math. Scand. 11 (1962) 109-111",
    example = [[
print(sd.bounds.wendel(3, 2), sd.bounds.cone(4, 2)) --> 0.75 0.6875
]] },
  { { "sd.bounds.tails.chi2{d=, delta=, sigma=1} -> upper, lower",
      "sd.bounds.tails.bernoulli{n=, delta=} -> tail",
      "sd.bounds.tails.operator{rows=, cols=, t=, sigma=1} -> upper, lower",
      "sd.bounds.tails.vector{n=, delta=, sigma=1} -> tail" },
    "Tails of |g|^2, of the number of heads of n tosses, of the extreme singular values and of "
      .. "the norm of a normal matrix, of the length of a normal vector.",
    d = "integer dimension", n = "integer", rows = "integer", cols = "integer",
    delta = "number relative deviation", t = "number deviation",
    sigma = "number deviation of an element",
    upper = "table threshold, probability", lower = "table threshold, probability",
    tail = "table threshold (or low and high), probability",
    errors = "numbers out of range.",
    source = "W. Hoeffding, 1963; K. Davidson and S. Szarek, 2001; Y. Balaji and others, ICLR "
      .. "2021, (40)",
    example = [[
local largest = sd.bounds.tails.operator { rows = 100, cols = 25, t = 0 }
print(largest.threshold, largest.probability) --> 15.0 1.0
]] },
}
