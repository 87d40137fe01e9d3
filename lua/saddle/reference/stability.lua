--- Help on stability (the form of entries: lua/saddle/help.lua).
return {
  title = "Stability",
  text = "Whether the steps of a game come to rest: by eigenvalues with errors, and in closed "
    .. "form for games of two numbers, into which quadratic games fall apart. For any game and "
    .. "dynamics see game:stability.",
  source = "lua/saddle/stability.lua and the files of its directory",
  { { "sd.stability.step(A) -> verdict", "sd.stability.radius(A) -> radius" },
    "Eigenvalues of a step z -> A z with what each may be off by, the spectral radius, and a "
      .. "verdict: stable, unstable, or open where rounding leaves it so. radius alone is faster.",
    A = "matrix n x n",
    verdict = "result re, im, error, radius, margin, verdict, period, condition", radius = "number",
    errors = "A that is not square or not finite.",
    source = "G. Golub and C. Van Loan, Matrix computations, 2013, 7.2.2; L. Elsner, 1985",
    example = [[
local s = sd.stability.step(sd.matrix { { 0.5, 1 }, { 0, 0.25 } })
print(s.radius, s.verdict) --> 0.5 stable
]] },
  { { "sd.stability.growth(A, t) -> factor",
      "sd.stability.transient(A, {steps=, tol=}) -> result" },
    "|A^t| / rho^t, and its largest value over t with a bound: how far a stable step may go "
      .. "before it comes to rest.",
    A = "matrix n x n", t = "integer|matrix from 0", steps = "integer", tol = "number",
    factor = "number|matrix", result = "result", errors = "A that is not square; a radius of 0.",
    source = "L. Trefethen and M. Embree, Spectra and pseudospectra, 2005",
    example = [[
print(("%.4f"):format(sd.stability.growth(sd.matrix { { 0.5, 0 }, { 0, 0.25 } }, 3))) --> 1.0000
]] },
  { "sd.stability.mode{eta=, mu=, s=, a=0, c=0, dynamics=\"simultaneous\", k=1, gamma=, "
    .. "momentum=0} -> step",
    "The step of any dynamics on min_x max_y s x y + a x^2/2 - c y^2/2, in closed form.",
    eta = "number step of x", mu = "number step of y; eta unless given", s = "number", a = "number",
    c = "number",
    dynamics = "string simultaneous, alternating, extragradient, optimistic or consensus",
    k = "integer inner steps of y", gamma = "number of consensus", momentum = "number",
    step = "result A, re, im, radius, field", errors = "options that do not go together.",
    source = "G. Gidel and others, AISTATS 2019",
    example = [[
local m = sd.stability.mode { eta = 0.1, s = 1 }
print(("%.6f"):format(m.radius ^ 2)) --> 1.010000
]] },
  { "sd.stability.dirac{eta=, mu=, penalty=0, noise=0, slope=0.5, curvature=-0.25, "
    .. "dynamics=\"simultaneous\", k=1, gamma=, momentum=0} -> step",
    "The Dirac GAN: a mode with the slope of f, a gradient penalty, instance noise.",
    eta = "number", mu = "number", penalty = "number", noise = "number deviation",
    slope = "number f'(0)", curvature = "number f''(0)", dynamics = "string", k = "integer",
    gamma = "number", momentum = "number", step = "result as of mode",
    errors = "options that do not go together.",
    source = "L. Mescheder, A. Geiger and S. Nowozin, ICML 2018",
    example = [[
print(sd.stability.dirac { eta = 0.1, penalty = 1 }.radius < 1) --> true
]] },
  { "sd.stability.bilinear{eta=, mu=, s=, dynamics=\"simultaneous\", k=1} -> step",
    "The block of descent-ascent on <d, r> - |d|^2/2 for an eigenvalue s of J J': eigenvalues, "
      .. "and by Jury's conditions whether it is stable.",
    eta = "number", mu = "number", s = "number", dynamics = "string simultaneous or alternating",
    k = "integer ascents", step = "result A, re, im, radius, slack, stable",
    errors = "numbers out of range.",
    source = "Y. Balaji and others, ICLR 2021, lemmas A.1 to A.3",
    example = [[
print(sd.stability.bilinear { eta = 0.9, mu = 1, s = 1 }.stable) --> true
print(sd.stability.bilinear { eta = 1.1, mu = 1, s = 1 }.stable) --> false
]] },
  { { "sd.stability.largest_mu(x[, dynamics]) -> mu", "sd.stability.kappa(a) -> kappa",
      "sd.stability.gamma{eta=, mu=, s=} -> kappa, bound" },
    "The mu below which the block is stable at eta s = x; the condition of its eigenvectors at a "
      .. "= eta s / mu < 1/4; and the largest of these over eigenvalues s, with the paper's bound.",
    x = "number positive", dynamics = "string", a = "number 0 .. 1/4", eta = "number",
    mu = "number", s = "number|table|matrix", kappa = "number", bound = "number",
    errors = "numbers out of range.",
    source = "Y. Balaji and others, ICLR 2021, lemma A.3",
    example = [[
print(("%.6f"):format(sd.stability.largest_mu(0.5)))                 --> 2.666667
local golden = (1 + math.sqrt(5)) / 2 -- of the vectors (1, 1), (0, 1)
print(math.abs(sd.stability.kappa(0) - golden ^ 2) < 1e-14)          --> true
]] },
  { "sd.stability.power(C, t) -> P",
  "The t-th power of a 2 x 2 matrix by Cayley and Hamilton, without squaring.",
    C = "matrix 2 x 2", t = "integer from 0", P = "matrix 2 x 2", errors = "another shape.",
    source = "A. Cayley, 1858",
    example = [[
print(sd.stability.power(sd.matrix { { 1, 1 }, { 0, 1 } }, 100)(1, 2)) --> 100.0
]] },
  { { "sd.stability.lti(J, z, {eta=, mu=, steps=, every=1}) -> run",
      "sd.stability.ltv(J, z, {eta=, mu=, steps=, every=1}) -> run",
      "sd.stability.along(r, path) -> J, n" },
    "Residual and discriminator of descent-ascent with one Jacobian, the linear twin of a run; "
      .. "with Jacobians that change, the run itself; and these Jacobians of a path.",
    J = "matrix|operator|table|function of ltv pairs {J_t, average}, or a function of t",
    z = "table r, d (columns)", eta = "number", mu = "number", steps = "integer", every = "integer",
    r = "function", path = "matrix|table points", run = "result r, d, t", n = "integer steps",
    errors = "shapes that do not fit.",
    source = "Y. Balaji and others, ICLR 2021, (15) to (21)",
    example = [[
local run = sd.stability.lti(sd.eye(1), { r = sd.ones(1, 1), d = sd.zeros(1, 1) },
  { eta = 0.5, mu = 1, steps = 2 })
print(run.r(1, 3), run.d(1, 3)) --> 0.5 1.0
]] },
  { "sd.stability.map{x=, y=, of=, show=\"radius\"} -> M",
    "Radius or verdict over two numbers, a row for each y and a column for each x, for "
      .. "sd.plot.heat.",
    x = "table|matrix numbers", y = "table|matrix numbers",
    of = "function of x, y that gives a step matrix, a radius, or a table with one",
    show = "string \"radius\" or \"verdict\"", M = "matrix", errors = "of gives something else.",
    source = "lua/saddle/stability/map.lua",
    example = [[
local M = sd.stability.map { x = { 0.5, 1.5 }, y = { 1 }, of = function(eta, mu)
  return sd.stability.bilinear { eta = eta, mu = mu, s = 1 }
end }
print(M(1, 1) < 1, M(1, 2) > 1) --> true true
]] },
}
