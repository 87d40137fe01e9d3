--- Help on activations (the form of entries: lua/saddle/help.lua).
return {
  title = "Activations",
  text = "Functions of elements as objects that carry what theory asks of them: derivatives, "
    .. "their bounds, Hermite coefficients, exponents. They take matrices, numbers and symbols, "
    .. "and models take them by name (\"gelu\") or as they are. Those with parameters may be used "
    .. "without: sd.act.leaky_relu(x), sd.act.leaky_relu{slope=0.2}(x). At a kink the derivative "
    .. "is that of the right side.",
  source = "lua/saddle/act.lua and the files in lua/saddle/act",
  classes = { f = "activation" },
  { { "sd.act.identity -> f", "sd.act.tanh -> f", "sd.act.sigmoid -> f",
      "sd.act.centred_sigmoid -> f", "sd.act.softplus -> f", "sd.act.centred_softplus -> f",
      "sd.act.gelu -> f", "sd.act.gelu_tanh -> f", "sd.act.silu -> f", "sd.act.sin -> f",
      "sd.act.cos -> f", "sd.act.erf -> f" },
    "Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x "
      .. "Phi(x), gelu_tanh its approximation, silu x S(x).",
    f = "activation", errors = "none of its own.",
    source = "D. Hendrycks and K. Gimpel, Gaussian error linear units, 2016",
    example = [[
local f = sd.act.tanh
print(f(0), f.d(0), f.slope == 1, f.dd(0) == 0) --> 0.0 1.0 true true
]] },
  { { "sd.act.relu -> f", "sd.act.leaky_relu{slope=0.01} -> f", "sd.act.bent{left=1, right=1} -> f",
      "sd.act.elu{alpha=1} -> f" },
    "Activations with a kink at 0: max(x, 0); slope x below 0; left x below and right x above; "
      .. "alpha (e^x - 1) below.",
    slope = "number", left = "number", right = "number", alpha = "number", f = "activation",
    errors = "a parameter that is no finite number; an unknown one.",
    example = [[
local f = sd.act.leaky_relu { slope = 0.2 }
print(f(-1), f.d(0), sd.act.relu.curvature) --> -0.2 1.0 inf
]] },
  { { "sd.act.smooth_relu{zeta=0.1} -> f", "sd.act.smooth_leaky_relu{zeta=0.1} -> f",
      "sd.act.dead_zone{width=0.5, zeta=0.1} -> f", "sd.act.cubic{cutoff=1} -> f" },
    "Pieces of polynomials whose slopes join: relu rounded over [0, zeta]; the same with slope "
      .. "zeta below 0; |x| with a flat floor; x^3 continued by its tangents beyond the cutoff.",
    zeta = "number width of the rounding", width = "number half the floor", cutoff = "number",
    f = "activation", errors = "a parameter that is not positive.",
    source = "Z. Allen-Zhu and Y. Li, Forward super-resolution, 2021, section 2; S. Jelassi and "
      .. "others, 2022, (9)",
    example = [[
local f = sd.act.smooth_relu { zeta = 0.5 }
print(f.d(0), f.d(0.5), f(2)) --> 0.0 1.0 1.75
]] },
  { "sd.act.mix(g, f) -> mixed", "The activation g x + (1 - g) f(x).",
    g = "number", f = "activation", mixed = "activation", errors = "what is no activation.",
    example = [[
print(sd.act.mix(0.5, sd.act.relu)(-2)) --> -1.0
]] },
  { { "f(x) -> y", "f.d -> slope_at", "f.dd -> curvature_at" },
    "The value, and functions that give the first and second derivative, element by element.",
    f = "activation", x = "matrix|number", y = "matrix|number", slope_at = "function",
    curvature_at = "function", errors = "what is no matrix or number.",
    example = [[
print(sd.act.sigmoid(0), sd.act.sigmoid.d(0)) --> 0.5 0.25
]] },
  { { "f.slope -> bound", "f.curvature -> bound", "f.name -> word" },
    "sup |f'| and sup |f''| (infinite where there is a kink), and what it is called.",
    f = "activation", bound = "number", word = "string", errors = "none of its own.",
    example = [[
print(sd.act.sigmoid.slope, sd.act.relu.name) --> 0.25 relu
]] },
  { "f.hermite(i) -> a",
    "E f(g) h_i(g), g standard normal, h_i the i-th normalised Hermite polynomial.",
    f = "activation", i = "integer 0 .. 200", a = "number", errors = "a degree out of range.",
    example = [[
print(math.abs(sd.act.relu.hermite(1) - 0.5) < 1e-12) --> true
]] },
  { "f.exponents() -> r1, r2",
    "sup and inf of a f'(a)/f(a), which bound f between powers: t^r1 |f(a)| <= |f(ta)| <= t^r2 "
      .. "|f(a)| for 0 < t < 1.",
    f = "activation", r1 = "number", r2 = "number", errors = "none of its own.",
    source = "C. Song and others, Subquadratic overparameterization for shallow neural networks, "
      .. "NeurIPS 2021, theorem 3",
    example = [[
print(sd.act.relu.exponents()) --> 1.0 1.0
]] },
}
