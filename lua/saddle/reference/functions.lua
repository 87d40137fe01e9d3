--- Help on functions of elements (the form of entries: lua/saddle/help.lua).
return {
  title = "Functions of elements",
  text = "They take a matrix, a number, or a tree that sd.map, grad or init gave, whose leaves "
    .. "they map; numbers give numbers. f32 stays f32. All but isfinite and the masks have "
    .. "derivatives of any order; the slopes at kinks are fixed: relu'(0) = 1, abs'(0) = 0. "
    .. "Errors are a few units in the last place (tests/c/test_accuracy.c). Activations as "
    .. "objects, with bounds and expansions, are in sd.act.",
  source = "SLEEF, and the formulas in src/core/isa/map.inc",
  { { "sd.exp(x) -> y", "sd.expm1(x) -> y", "sd.log(x) -> y", "sd.log1p(x) -> y",
      "sd.sqrt(x) -> y" },
    "Exponential, e^x - 1, natural logarithm, log(1 + x), square root; expm1 and log1p keep their "
      .. "digits near 0. Outside their domain they give NaN, log(0) is minus infinity.",
    x = "matrix|number", y = "matrix|number of x's shape", errors = "what is no matrix or number.",
    example = [[
print(sd.exp(0), sd.expm1(1e-20) == 1e-20, sd.sqrt(sd.matrix { 4, 9 })(2)) --> 1.0  true  3.0
print(sd.grad(sd.log)(4)) --> 0.25
]] },
  { { "sd.abs(x) -> y", "sd.sign(x) -> y", "sd.floor(x) -> y" },
    "Absolute value, sign (-1, 0 or 1), and the largest whole number not above.",
    x = "matrix|number", y = "matrix|number of x's shape", errors = "what is no matrix or number.",
    example = [[
print(sd.abs(-2), sd.sign(-2), sd.floor(-1.5), sd.grad(sd.abs)(0)) --> 2.0 -1.0 -2.0 0.0
]] },
  { { "sd.sin(x) -> y", "sd.cos(x) -> y", "sd.tanh(x) -> y" },
    "Sine and cosine, of radians, and hyperbolic tangent.",
    x = "matrix|number radians", y = "matrix|number of x's shape",
    errors = "what is no matrix or number.",
    example = [[
local x = 0.3
print(math.abs(sd.sin(x) ^ 2 + sd.cos(x) ^ 2 - 1) < 1e-15, sd.tanh(0)) --> true  0.0
]] },
  { { "sd.sigmoid(x) -> y", "sd.log_sigmoid(x) -> y", "sd.softplus(x) -> y" },
    "The logistic function S(x) = 1/(1 + e^-x), log S(x), and log(1 + e^x) = -log S(-x), without "
      .. "overflow: what the losses of GANs are made of.",
    x = "matrix|number logits", y = "matrix|number of x's shape",
    errors = "what is no matrix or number.",
    example = [[
print(sd.sigmoid(0), sd.log_sigmoid(-1000), sd.softplus(-1000)) --> 0.5  -1000.0  0.0
]] },
  { { "sd.relu(x) -> y", "sd.leaky_relu(x[, slope]) -> y", "sd.elu(x[, alpha]) -> y",
      "sd.gelu(x) -> y", "sd.silu(x) -> y" },
    "Activations: max(x, 0), with slope 1 at 0; x or slope x; x or alpha (e^x - 1); x Phi(x), "
      .. "with Phi the normal distribution function; x S(x).",
    x = "matrix|number", slope = "number below 0, by default 0.01", alpha = "number by default 1",
    y = "matrix|number of x's shape", errors = "what is no matrix or number.",
    source = "gelu: D. Hendrycks and K. Gimpel, 2016; silu: P. Ramachandran and others, 2017",
    example = [[
print(sd.relu(-1), sd.leaky_relu(-1, 0.2), sd.silu(0), sd.grad(sd.relu)(0)) --> 0.0 -0.2 0.0 1.0
]] },
  { { "sd.erf(x) -> y", "sd.erfc(x) -> y", "sd.erfinv(x) -> y" },
    "The error function, one minus it with all its digits, and its inverse.",
    x = "matrix|number of erfinv in [-1, 1]", y = "matrix|number of x's shape",
    errors = "what is no matrix or number.",
    example = [[
print(math.abs(sd.erf(sd.erfinv(0.3)) - 0.3) < 1e-15, sd.erfc(10) > 0) --> true  true
]] },
  { { "sd.normcdf(x) -> p", "sd.normppf(p) -> x" },
    "The standard normal distribution function and its inverse, the quantile; tails keep their "
      .. "digits. More of this law is in sd.normal.",
    x = "matrix|number", p = "matrix|number probabilities", errors = "what is no matrix or number.",
    example = [[
print(sd.normcdf(0), ("%.6f"):format(sd.normppf(0.975))) --> 0.5  1.959964
]] },
  { { "sd.lgamma(x) -> y", "sd.digamma(x) -> y", "sd.polygamma(x, order) -> y" },
    "log |Gamma(x)|, its first derivative, and those that follow: polygamma(x, 0) is digamma(x).",
    x = "matrix|number", order = "integer from 0", y = "matrix|number of x's shape",
    errors = "an order that is no whole number from 0.",
    source = "NIST Digital Library of Mathematical Functions, chapter 5",
    example = [[
print(("%.6f"):format(sd.exp(sd.lgamma(5)))) --> 24.000000
print(math.abs(sd.polygamma(1, 1) - math.pi ^ 2 / 6) < 1e-14) --> true
]] },
  { "sd.clamp(x, lo, hi) -> y",
    "x where it lies between the bounds, else the nearer bound. The slope is 1 inside and on the "
      .. "bounds, 0 outside.",
    x = "matrix|number", lo = "number", hi = "number", y = "matrix|number of x's shape",
    errors = "lo above hi.",
    example = [[
print(sd.clamp(5, -1, 1), sd.clamp(0.5, -1, 1)) --> 1.0  0.5
]] },
  { "sd.isfinite(x) -> mask", "1 where an element is neither infinite nor NaN, else 0.",
    x = "matrix|number", mask = "matrix|number of 0 and 1", errors = "what is no matrix or number.",
    example = [[
print(sd.isfinite(0 / 0), sd.isfinite(sd.matrix { 1, math.huge })(2)) --> 0.0  0.0
]] },
  -- ---- masks
  { { "sd.lt(x, y) -> mask", "sd.le(x, y) -> mask", "sd.gt(x, y) -> mask", "sd.ge(x, y) -> mask",
      "sd.eq(x, y) -> mask", "sd.ne(x, y) -> mask" },
    "Comparisons element by element: 1 where they hold, else 0. Symbols have them in place of < "
      .. "and ==; their derivative is 0, so a mask is a constant in a gradient.",
    x = "matrix|number", y = "matrix|number spread as for operators",
    mask = "matrix|number of 0 and 1", errors = "shapes that do not fit; f32 with f64.",
    example = [[
print(sd.sum(sd.gt(sd.matrix { 1, -2, 3 }, 0)), sd.le(1, 1)) --> 2.0  1.0
]] },
  { "sd.where(mask, x, y) -> z",
    "x where the mask is not 0, else y; spread as for operators. A branch that is not taken adds "
      .. "nothing to a derivative, even where it is infinite.",
    mask = "matrix|number", x = "matrix|number", y = "matrix|number", z = "matrix|number",
    errors = "shapes that do not fit; f32 with f64.",
    example = [[
local function f(x) return sd.where(sd.gt(x, 0), sd.sqrt(x), 0) end
print(f(4), f(-1), sd.grad(f)(-1)) --> 2.0  0.0  0.0
]] },
  { "sd.stop_gradient(x) -> y",
    "The same value, which derivatives take as a constant.",
    x = "matrix|number", y = "matrix|number", errors = "what is no matrix or number.",
    example = [[
print(sd.grad(function(x) return x * sd.stop_gradient(x) end)(3)) --> 3.0
]] },
}
