--- Help on the normal law and Hermite expansions (the form of entries: lua/saddle/help.lua).
return {
  title = "The normal law and Hermite expansions",
  text = "Probabilities and moments of standard normal numbers X and Y with correlation rho, of "
    .. "rectified ones, in all tails; expansions in Hermite polynomials, and the kernels of "
    .. "random features that they give. He_i are the probabilists' polynomials, h_i = He_i / "
    .. "sqrt(i!) the orthonormal ones.",
  source = "lua/saddle/normal.lua, lua/saddle/hermite.lua",
  { { "sd.normal.sf(x) -> q", "sd.normal.logsf(x) -> l", "sd.normal.logisf(l) -> x",
      "sd.normal.relu(b) -> m" },
    "Q(x) = P(X >= x), its logarithm, the x of a logarithm, and E (X - b)+.",
    x = "number|matrix", q = "number|matrix", l = "number|matrix", b = "number|matrix",
    m = "number|matrix", errors = "shapes that differ; symbols.",
    example = [[
print(sd.normal.sf(0), sd.normal.logsf(50) < -1250)             --> 0.5 true
print(("%.6f"):format(sd.normal.relu(0) ^ 2 * 2 * math.pi))     --> 1.000000
]] },
  { { "sd.normal.orthant(h, k, rho) -> p", "sd.normal.log_orthant(h, k, rho) -> l",
      "sd.normal.relu_relu(h, k, rho) -> m", "sd.normal.log_relu_relu(h, k, rho) -> l",
      "sd.normal.step_relu(h, k, rho) -> m" },
    "P(X >= h, Y >= k) and its logarithm; E (X - h)+ (Y - k)+ and its logarithm; E 1{X >= h} (Y - "
      .. "k)+. Relative errors of some 1e-15 in all tails, up to rho = -1 and 1.",
    h = "number|matrix", k = "number|matrix", rho = "number|matrix -1 .. 1", p = "number|matrix",
    l = "number|matrix", m = "number|matrix", errors = "rho outside [-1, 1]; shapes that differ.",
    source = "src/core/orthant.c",
    example = [[
print(("%.6f"):format(sd.normal.orthant(0, 0, 0.5))) -- 1/4 + asin(rho)/(2 pi)
--> 0.333333
]] },
  { "sd.normal.expect(f, g, rho[, {kinks_f=, kinks_g=}]) -> value, error",
    "E f(X) g(Y), for functions that are smooth but for kinks at places that are listed.",
    f = "function of matrices, element by element", g = "function of matrices", rho = "number",
    kinks_f = "table {0} unless given", kinks_g = "table {0} unless given", value = "number",
    error = "number the change from a coarser rule", errors = "values that are not finite.",
    example = [[
local value = sd.normal.expect(sd.relu, sd.relu, 0)
print(math.abs(value - 1 / (2 * math.pi)) < 1e-12) --> true
]] },
  { "sd.normal.truncated(a, b) -> law",
    "X given that it lies between a and b: its mass and moments.",
    a = "number or minus infinity", b = "number or infinity",
    law = "table mass, log_mass, mean, variance, moments (1..4)", errors = "a above b.",
    example = [[
local law = sd.normal.truncated(0, math.huge)
print(law.mass, math.abs(law.mean - math.sqrt(2 / math.pi)) < 1e-14) --> 0.5 true
]] },
  { "sd.normal.relu_inverse(mean, probability) -> a, b",
    "The scale a and threshold b of a rectified normal number (a X - b)+ with that mean and "
      .. "probability of being positive.",
    mean = "number positive", probability = "number in (0, 1)", a = "number", b = "number",
    errors = "numbers out of range.",
    example = [[
local a, b = sd.normal.relu_inverse(1, 0.5)
print(math.abs(a - math.sqrt(2 * math.pi)) < 1e-14, b) --> true 0.0
]] },
  { "sd.normal.orthant_mc(rng, b, S[, {samples=10000}]) -> estimate",
    "P(Z >= b) for a normal Z with covariance S, by sequential simulation.",
    rng = "rng", b = "matrix n x 1", S = "matrix n x n, positive definite", samples = "integer",
    estimate = "table p, se, log, relative", errors = "an S that is not positive definite.",
    source = "J. Geweke, Econometrica 57 (1989) 1317-1339",
    example = [[
local e = sd.normal.orthant_mc(sd.rng(1), sd.zeros(3, 1), sd.eye(3))
print(math.abs(e.p - 1 / 8) < 1e-12) --> true
]] },
  -- ---- Hermite
  { { "sd.hermite.He(i, x) -> y", "sd.hermite.h(i, x) -> y" },
    "The polynomials: He_0 = 1, He_1 = x, He_{i+1} = x He_i - i He_{i-1}; h_i has E h_i(g)^2 = 1.",
    i = "integer from 0; He to 170, h to 200", x = "matrix|number", y = "matrix|number",
    errors = "a degree out of range.",
    source = "NIST DLMF, chapter 18",
    example = [[
print(sd.hermite.He(2, 3), ("%.6f"):format(sd.hermite.h(2, 3))) --> 8.0 5.656854
]] },
  { "sd.hermite.coefficients(f, n[, {scale=1, normalised=true}]) -> a, info",
    "a_i = E f(scale g) h_i(g), i = 0 .. n, of any function; kinks and jumps are found.",
    f = "function of a column, element by element", n = "integer up to 200", scale = "number",
    normalised = "boolean false: E f He_i, n up to 170", a = "matrix n + 1 x 1",
    info = "table error, square, tail", errors = "values that are not finite.",
    example = [[
local a = sd.hermite.coefficients(sd.relu, 2)
print(math.abs(a(1) - 1 / math.sqrt(2 * math.pi)) < 1e-12, ("%.6f"):format(a(2))) --> true 0.500000
]] },
  { { "sd.hermite.expand(a, x) -> y", "sd.hermite.kernel(a, R[, b]) -> K" },
    "sum a_i h_i(x); and sum a_i b_i R^i, which is E f(w'x) g(w'y) for unit vectors with x'y = R "
      .. "and a normal w.",
    a = "matrix coefficients", b = "matrix coefficients; a unless given", x = "matrix|number",
    R = "matrix|number -1 .. 1", y = "matrix|number", K = "matrix|number",
    errors = "no column of coefficients.",
    source = "F. Mehler, 1866",
    example = [[
print(sd.hermite.kernel(sd.matrix { 1, 2 }, 0.5)) --> 3.0
]] },
  { "sd.hermite.arccos(order, R) -> K",
    "The kernels of the step (0) and of relu (1), in closed form.",
    order = "integer 0 or 1", R = "matrix|number -1 .. 1", K = "matrix|number",
    errors = "another order.",
    source = "Y. Cho and L. Saul, NIPS 2009",
    example = [[
print(sd.hermite.arccos(0, 1), ("%.6f"):format(sd.hermite.arccos(1, 1))) --> 0.5 0.500000
]] },
  { "sd.hermite.gram(f, X[, {rows=1, scale=1, degree=60}]) -> K, info",
    "K = E f(WX)' f(WX) for a normal matrix W, columns of X of any length.",
    f = "function element by element", X = "matrix d x n", rows = "integer of W",
    scale = "number deviation of W", degree = "integer of the expansion", K = "matrix n x n",
    info = "table error", errors = "values that are not finite.",
    source = "C. Song and others, Subquadratic overparameterization for shallow neural networks, "
      .. "NeurIPS 2021, (56)",
    example = [[
local K = sd.hermite.gram(sd.relu, sd.eye(2))
print(math.abs(K(1, 2) - 1 / (2 * math.pi)) < 1e-9) --> true
]] },
}
