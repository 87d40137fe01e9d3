--- The reduction of two_modes.lua: training that commutes with rotations stays in the span of u_1,
-- u_2 and the neurons at the start (appendix B of the normalised-SGDA paper, S. Jelassi, A. Mensch,
-- G. Gidel, Y. Li, 2022, writes all neurons in it), so that k = 2 + m_D + m_G coordinates do.
--
--   path   step for step: with Q the orthonormal basis of that span which begins with those of the
--          u (QR), the run of the full model from (W, V), seen as (W Q, Q' V), is the run of the
--          reduced one from (W Q, Q' V) with the same samples, to rounding, and W, V keep to the
--          span
--   law    the reduced start has the law of the full one (Bartlett: the R of normal columns is
--          normal above the diagonal, chi with d - 2, d - 3, ... on it), so that runs from
--          independent starts agree in law: two-sample Kolmogorov-Smirnov tests of several
--          statistics at the start and after training
--
-- Adam is no such training: not applicable, and a twin. The other twin starts the reduced model at
-- independent normals in all its k coordinates, which is the law of a model with d = k.
local sd = require "saddle"
local equivariant = require "equivariant"
local outcome = require "outcome"
local two_modes = require "two_modes"

local ALPHA <const> = 1e-4 -- of all Kolmogorov-Smirnov tests of a case together

local rules = {
  sgda = function(lr) return sd.optim.sgd { lr = lr } end,
  momentum = function(lr) return sd.optim.momentum { lr = lr / 2, momentum = 0.5 } end,
  nsgda = function(lr) return sd.optim.normalized { lr = lr } end,
  layers = function(lr) return sd.optim.normalized { lr = lr, scope = "layer" } end,
  adam = function(lr) return sd.optim.adam { lr = lr } end,
}

--- The model with the options of a case.
local function build(p, more)
  return two_modes.new { d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = 0.1, a0 = 0.5,
    reduced = more.reduced, modes = more.modes }
end

--- A plan of descent-ascent with this rule, also where the reduction does not allow it.
local function training(m, rule, p)
  return sd.dynamics.gda(m:game(), { optim = { D = rules[rule](p.eta),
    G = rules[rule](p.ratio * p.eta) } })
end

local checks = {}

function checks.path(c, p, rule)
  local full, small = build(p, { modes = c.rng:split "plane" }), build(p, { reduced = true })
  local start = full:init(c.rng:split "start")
  start.G.V = start.G.V * (p.d ^ 0.5) -- larger, so that G moves within the steps
  local Q, R = sd.qr(sd.hcat(full.U, start.D.W:t(), start.G.V))
  Q = Q * sd.diag(sd.sign(sd.diag(R))) -- so that u_1 and u_2 are where the reduced model has them
  local W, V = start.D.W * Q, Q:t() * start.G.V
  local big, little = training(full, rule, p), training(small, rule, p)
  local far = sd.compile(big.step):iterate(big.init(start, c.rng:split "samples"), p.T).p
  local near = sd.compile(little.step):iterate(
    little.init({ D = { a = start.D.a, b = start.D.b, W = W }, G = { V = V } },
      c.rng:split "samples"), p.T).p
  local noise = { tol = c:roundoff(far.D.W, far.G.V, { steps = p.T }) }
  c:conclude("a", far.D.a, "==", near.D.a, noise)
  c:conclude("b", far.D.b, "==", near.D.b, noise)
  c:conclude("W Q", far.D.W * Q, "==", near.D.W, noise)
  c:conclude("Q' V", Q:t() * far.G.V, "==", near.G.V, noise)
  c:conclude("W is in the span", far.D.W, "==", far.D.W * Q * Q:t(), noise)
  c:conclude("V is in the span", far.G.V, "==", Q * (Q:t() * far.G.V), noise)
  c:conclude("D has moved", sd.norm(near.D.W - W), ">", 1e-3)
  c:conclude("G has moved", sd.norm(near.G.V - V), ">", 1e-3)
end

--- What is compared in law: of the start, and after training.
local function statistics(m, before, after)
  local W, V = before.D.W, before.G.V
  local w, v = W:row(m.mD):t(), V:col(m.mG)
  local D, G = outcome.of_discriminator(m, after.D.W), outcome.cosines(m, after.G.V)
  return { ["<w, v> at the start"] = sd.dot(w, v), ["|w| at the start"] = sd.norm(w),
    ["largest <w_i, u_1> at the start"] = sd.max(W * m.U:col(1)),
    ["|W|"] = sd.norm(after.D.W), ["|V|"] = sd.norm(after.G.V), ["b"] = after.D.b,
    ["largest cosine of D"] = sd.max(D), ["largest cosine of G"] = sd.max(G),
    ["least cosine of G with u_2"] = sd.min(G:row(2)) }
end

--- p.runs of a model -> {statistic = list}.
local function sample(m, rule, p, rng, twin)
  local gda = training(m, rule, p)
  local plan, all = sd.compile(gda.step), {}
  for k = 1, p.runs do
    local own = rng:split(k)
    local start = m:init(own:split "start")
    if twin then
      start.D.W = own:split "twin":randn(m.mD, m.n) / m.d ^ 0.5
      start.G.V = own:split "other":randn(m.n, m.mG) / m.d
    end
    local after = plan:iterate(gda.init(start, own:split "samples"), p.T).p
    for name, v in pairs(statistics(m, start, after)) do
      all[name] = all[name] or {}
      all[name][k] = v
    end
  end
  return all
end

function checks.law(c, p, rule)
  local small, large = build(p, { reduced = true }), build(p, {})
  local few = sample(small, rule, p, c.rng:split "reduced", c.broken == "a start of few dimensions")
  local many = sample(large, rule, p, c.rng:split "full")
  local count = 0
  for _ in pairs(few) do count = count + 1 end
  for name, list in pairs(few) do
    local D, probability = sd.ks_test(sd.matrix(list), sd.matrix(many[name]))
    c:conclude(name .. ": p of Kolmogorov-Smirnov", probability, ">=", ALPHA / count)
    c:note(name, D)
  end
end

return sd.claim {
  id = "normalized_sgda.reduction",
  source = "Appendix B, the decomposition of neurons",
  statement = "training that commutes with rotations is that of a model with 2 + m_D + m_G "
    .. "coordinates: path by path from the same start, and in law",
  surrogate = "the same law: not told apart at the level 1e-4, by Bonferroni over the statistics",
  params = { mD = 3, mG = 4, ratio = 0.5, seed = 1, case = { 1, 2 },
    { of = "path", d = 100, rule = { "sgda", "momentum" }, eta = 0.05, T = 300, runs = 1 },
    { of = "path", d = 100, rule = { "nsgda", "layers" }, eta = 0.01, T = 300, runs = 1 },
    { of = "path", d = 100, rule = "adam", eta = 0.01, T = 10, runs = 1,
      expect = "not applicable" },
    { of = "law", d = 40, rule = "nsgda", eta = 0.02, T = 150, runs = 200 },
    { of = "law", d = 40, rule = "sgda", eta = 0.05, T = 300, runs = 200, tier = "quick" },
    { of = "law", d = 300, rule = "nsgda", eta = 0.02, T = 300, runs = 600, tier = "full" } },
  smoke = { case = 2 },
  broken = { "Adam", "a start of few dimensions" },
  check = function(c, p)
    for _, lr in ipairs { p.eta, p.ratio * p.eta } do
      c:assume("the optimiser commutes with rotations", equivariant.defect(rules[p.rule](lr)),
        "<=", 1e-12)
    end
    checks[p.of](c, p, c.broken == "Adam" and "adam" or p.rule)
  end,
}
