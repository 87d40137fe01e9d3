--- Help on objectives (the form of entries: lua/saddle/help.lua).
return {
  title = "Objectives",
  text = "Functions of what models give, and of parameters, to be minimised, maximised or played "
    .. "for. They take matrices or symbols and give a number. bilinear, power, bent and simplex "
    .. "are maxima in closed form: tables of a function of the maximising variable (value), of "
    .. "the point where it is largest (best), and of its largest value (max).",
  source = "lua/saddle/objective.lua and its directory",
  { "sd.objective.least_squares(f, y[, {scale=1/2}]) -> loss",
  "scale times the sum of squares of f - y.",
    f = "matrix|number", y = "matrix|number of the same shape", scale = "number", loss = "number",
    errors = "shapes that differ.",
    source = "S. Oymak and M. Soltanolkotabi, ICML 2019, (2.1)",
    example = [[
print(sd.objective.least_squares(sd.matrix { 3, 4 }, sd.zeros(2, 1))) --> 12.5
]] },
  { { "sd.objective.log_loss(real, fake) -> gain", "sd.objective.non_saturating(fake) -> loss" },
    "E log S(real) + E log S(-fake) of logits, which a discriminator ascends; and -E log S(fake), "
      .. "which a generator descends, with a slope that does not vanish.",
    real = "matrix logits of data", fake = "matrix logits of samples", gain = "number",
    loss = "number", errors = "no matrices.",
    source = "I. Goodfellow and others, NeurIPS 2014",
    example = [[
local gain = sd.objective.log_loss(sd.zeros(1, 3), sd.zeros(1, 3))
print(math.abs(gain + 2 * math.log(2)) < 1e-15) --> true
]] },
  { "sd.objective.wasserstein(real, fake) -> gain", "E real - E fake, which a critic ascends.",
    real = "matrix", fake = "matrix", gain = "number", errors = "no matrices.",
    source = "M. Arjovsky, S. Chintala and L. Bottou, ICML 2017",
    example = [[
print(sd.objective.wasserstein(sd.ones(1, 4), sd.zeros(1, 4))) --> 1.0
]] },
  { "sd.objective.gradient_penalty(D, x, g, u[, {weight=10, length=1}]) -> penalty",
    "weight times the mean of (|D'(z)| - length)^2 at z = u x + (1 - u) g, a column each; "
      .. "differentiable through the slopes.",
    D = "function of columns d x n that gives 1 x n, each of its own column alone",
    x = "matrix d x n, data", g = "matrix d x n, samples", u = "matrix 1 x n, in [0, 1]",
    weight = "number", length = "number", penalty = "number", errors = "shapes that differ.",
    source = "I. Gulrajani and others, NeurIPS 2017",
    example = [[
local function D(z) return 3 * z end -- slope 3 everywhere
print(sd.objective.gradient_penalty(D, sd.ones(1, 2), sd.zeros(1, 2), sd.full(1, 2, 0.5))) --> 40.0
]] },
  { "sd.objective.bilinear -> inner",
    "<d, E a - E b> - weight |d|^2/2 over all d: value(d, a, b), best(a, b), max(a, b) = |E a - E "
      .. "b|^2 / (2 weight); each takes {weight=1} last.",
    inner = "quadratic", errors = "shapes that do not fit.",
    source = "Y. Balaji and others, ICLR 2021, (2), (5), (7)",
    example = [[
local inner = sd.objective.bilinear
local a, b = sd.matrix { { 2, 4 } }, sd.matrix { { 0 } } -- means 3 and 0
print(inner.best(a, b)(1), inner.max(a, b)) --> 3.0 4.5
]] },
  { { "sd.objective.power -> inner", "sd.objective.bent -> inner",
      "sd.objective.simplex -> inner" },
    "power: <V, G> - sum |v_r|^(1+c), with log_max and penalty besides; bent: sum g o(v) - v^2, "
      .. "o(v) = K v above 0; simplex: <u, g> - sum u log u over the simplex, whose maximum is "
      .. "log sum e^g, with entropy besides.",
    inner = "quadratic", errors = "shapes that do not fit; c that is not positive.",
    source = "Z. Allen-Zhu and Y. Li, Forward super-resolution, 2021, (B.2), (C.2), (C.13)",
    example = [[
local inner, g = sd.objective.simplex, sd.matrix { 0, 0 }
print(math.abs(inner.max(g) - math.log(2)) < 1e-15, inner.best(g)(1)) --> true 0.5
]] },
  { "sd.objective.barrier(V, {steepness=, tau=}) -> penalty",
    "Keeps the directions of the rows of V apart: about 1 for a pair whose cosine comes to 1 - "
      .. "tau, 0 inside.",
    V = "matrix k x d", steepness = "number", tau = "number in (0, 1)", penalty = "number",
    errors = "fewer than two rows; options that are missing.",
    source = "Z. Allen-Zhu and Y. Li, Forward super-resolution, 2021, section C.3",
    example = [[
print(sd.objective.barrier(sd.eye(2), { steepness = 100, tau = 0.1 }) < 1e-30) --> true
]] },
}
