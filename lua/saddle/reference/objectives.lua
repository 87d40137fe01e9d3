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
  -- ---- inner maxima
  { { "sd.objective.bilinear.value(d, a, b[, {weight=1}]) -> gain",
      "sd.objective.bilinear.best(a, b[, {weight=1}]) -> d",
      "sd.objective.bilinear.max(a, b[, {weight=1}]) -> gain" },
    "<d, E a - E b> - weight |d|^2/2; the d where it is largest, and its largest value |E a - E "
      .. "b|^2 / (2 weight).",
    d = "matrix m x 1", a = "matrix m x n, samples", b = "matrix m x n2, samples",
    weight = "number", gain = "number",
    errors = "shapes that do not fit.", source = "Y. Balaji and others, ICLR 2021, (2), (5), (7)",
    example = [[
local inner = sd.objective.bilinear
local a, b = sd.matrix { { 2, 4 } }, sd.matrix { { 0 } } -- means 3 and 0
print(inner.best(a, b)(1), inner.max(a, b)) --> 3.0 4.5
]] },
  { { "sd.objective.power.value(V, G, c) -> gain", "sd.objective.power.best(G, c) -> V",
      "sd.objective.power.max(G, c) -> gain", "sd.objective.power.log_max(G, c) -> log",
      "sd.objective.power.penalty(V, c) -> penalty" },
    "<V, G> - sum over columns of |v|^(1+c), c > 0; its best V, its largest value and that one's "
      .. "logarithm, which does not overflow for a small c; and the sum alone.",
    V = "matrix d x m", G = "matrix d x m, differences of moments", c = "number positive",
    gain = "number", log = "number", penalty = "number",
    errors = "shapes that do not fit; c that is not positive.",
    source = "Z. Allen-Zhu and Y. Li, Forward super-resolution, 2021, (B.2)",
    example = [[
local inner, G = sd.objective.power, sd.matrix { { 3 }, { 4 } }
print(("%.6f %.6f"):format(inner.max(G, 1), inner.value(inner.best(G, 1), G, 1))) -- |g|^2/4
--> 6.250000 6.250000
]] },
  { { "sd.objective.bent.value(v, g, K) -> gain", "sd.objective.bent.best(g, K) -> v",
      "sd.objective.bent.max(g, K) -> gain" },
    "sum g o(v) - v^2 with o(v) = K v for v >= 0 and v below; its best v, and its largest value "
      .. "sum o(g)^2 / 4.",
    v = "matrix", g = "matrix of v's shape", K = "number positive", gain = "number",
    errors = "shapes that differ; K that is not positive.",
    source = "Z. Allen-Zhu and Y. Li, Forward super-resolution, 2021, (C.2)",
    example = [[
print(sd.objective.bent.max(sd.matrix { 1, -2 }, 2)) -- (2^2 + 2^2) / 4
--> 2.0
]] },
  { { "sd.objective.simplex.value(u, g) -> gain", "sd.objective.simplex.best(g) -> u",
      "sd.objective.simplex.max(g) -> gain", "sd.objective.simplex.entropy(u) -> h" },
    "<u, g> - sum u log u over the simplex; its best u, softmax(g), its largest value log sum "
      .. "e^g; and sum u log u alone.",
    u = "matrix not negative, of sum 1", g = "matrix of u's shape", gain = "number", h = "number",
    errors = "shapes that differ.",
    source = "Z. Allen-Zhu and Y. Li, Forward super-resolution, 2021, (C.13)",
    example = [[
local inner, g = sd.objective.simplex, sd.matrix { 0, 0 }
print(math.abs(inner.max(g) - math.log(2)) < 1e-15, inner.best(g)(1)) --> true 0.5
]] },
  { "sd.objective.barrier(V, {steepness=, tau=}) -> penalty",
    "Keeps the directions of the rows of V apart: about 1 for a pair whose cosine comes to 1 - "
      .. "tau, 0 inside.",
    V = "matrix k x d", steepness = "number", tau = "number in (0, 1)", penalty = "number",
    errors = "options that are missing or out of range.",
    source = "Z. Allen-Zhu and Y. Li, Forward super-resolution, 2021, section C.3",
    example = [[
print(sd.objective.barrier(sd.eye(2), { steepness = 100, tau = 0.1 }) < 1e-30) --> true
]] },
}
