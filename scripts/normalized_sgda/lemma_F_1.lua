--- Lemma F.1 of the normalised-SGDA paper, (49)-(56): until T_B1 (stage_log.lua) a step on the
-- sample (X, z) is, in parts of eta_D and of eta_G,
--
--   (49)  w_i += a_0 (3/2) (1 +- 1/polylog) <w_i, X>^2 X +- O~(d^-1.5)
--   (51)  v_i += a_0 (3/2) (1 +- 1/polylog) sum_j (<w_j0, G> +- C^-0.5/d)^2 w_j0 +- C^-0.5 d^-2
--
-- for z_i = 1, and in the mean the largest <w, u> = Ups and <v, w_0> = zeta grow by
--
--   (55)  a_0 (3/4) Ups^2 (1 +- 1/polylog)        (56)  a_0 3/(2 m_G) zeta^2 (1 +- 1/polylog).
--
-- Tested on exact gradients, of all samples, at six states of stage 1. Surrogates: 1/polylog is
-- 1/C, and what the law adds: up to 8 gamma in (55), of X = u_1 + u_2 when <w, u_2> = <w, u_1>, and
-- in (56) 4 P(z has two ones); O~(d^-1.5) is log(d)^2 d^-1.5. The errors of (51) are those that are
-- printed, with the constant 1 for O; all of it is of order d^-2.
--
--   "f(X)"   the proof has |f(X)| = O~(d^-1.5) in stage 1. At T_B1 it is at least a_0/C^3.
local sd = require "saddle"
local stage_log = require "stage_log"

local C <const> = stage_log.C

--- (49) and (51), of one state and sample; `a0` is the a that the formulas get.
local function conclude_sample(c, log, p, X, z, a0)
  local model, d = log.model, log.model.d
  local step = log:one_step(p, X, z)
  local main = 1.5 * a0 * (p.D.W * X) ^ 2 * X:t()
  c:conclude("(49)", sd.norm(step.W - main, { dim = 2 }), "<=",
    sd.norm(main, { dim = 2 }) / C + math.log(d) ^ 2 * d ^ -1.5)
  local W0 = log.start.D.W
  local inner, each = W0 * (p.G.V * z), C ^ -0.5 / d
  local v = 1.5 * a0 * W0:t() * inner ^ 2
  local off = 1.5 * a0 * (2 * each * sd.abs(inner) + each ^ 2) -- of each square
  for j = 1, model.mG do
    if z(j) == 1 then
      c:conclude("(51)", sd.norm(step.V:col(j) - v), "<=",
        sd.norm(v) / C + sd.dot(off, sd.norm(W0, { dim = 2 })) + each / d)
    end
  end
end

--- (55) and (56), of one state.
local function conclude_growth(c, log, p, a0)
  local model, start = log.model, log.start
  local F = model:population():field(p)
  local function growth(A, dA)
    local k = math.tointeger(sd.argmax(A:reshape(#A, 1)))
    return dA(k) / A(k) ^ 2
  end
  local W0 = start.D.W
  c:conclude("(55)", math.abs(growth(p.D.W * model.U, -(F.D.W * model.U)) / (0.75 * a0) - 1), "<=",
    8 * model.gamma + 1 / C)
  c:conclude("(56)", math.abs(growth(W0 * p.G.V, -(W0 * F.G.V)) / (1.5 * a0 / model.mG) - 1), "<=",
    4 * model.pair + 1 / C)
end

return sd.claim {
  id = "normalized_sgda.lemma_F_1",
  source = "Lemma F.1, (49)-(51), (55), (56)",
  statement = "in stage 1 squares of inner products drive each neuron, up to powers of d",
  surrogate = "1/polylog: 1/C = 0.1, 8 gamma, 4 P(two ones); O~: log(d)^2",
  params = { rho = 0.1, gamma = 0.02, d = { 1e4, 1e8, 1e12 }, seed = sd.seeds(2),
    { form = "step" },
    { form = "f(X)", d = 1e12, expect = "violated" },
    { form = "step", rho = 4, d = 1e6, expect = "not applicable" } },
  smoke = { seed = 1, d = { 1e4, 1e12 } },
  full = { seed = sd.seeds(10), d = { 1e4, 1e6, 1e8, 1e10, 1e12 } },
  broken = { "sigma'", "a_0" },
  check = function(c, p)
    if not c:assume("case 2 of Lemma C.1: rho < 1 - 1/C", p.rho, "<", 1 - 1 / C) then return end
    local log = stage_log.new("balanced", c.rng, { d = p.d, rho = p.rho, gamma = p.gamma,
      last = "B1" })
    local model = log.model
    local a0 = model.a0 * (c.broken == "a_0" and 2 or c.broken == "sigma'" and 1 / 3 or 1)
    for _, state in ipairs(log:states("B1", 6)) do
      for k = 1, model.X.cols do
        for l = 1, model.Z.cols do
          conclude_sample(c, log, state, model.X:col(k), model.Z:col(l), a0)
        end
      end
      conclude_growth(c, log, state, a0)
      if p.form == "f(X)" then
        c:conclude("|f(X)| <= log(d)^2 d^-1.5", sd.abs(model:logit(state.D, model.X)), "<=",
          math.log(p.d) ^ 2 * p.d ^ -1.5)
      end
    end
  end,
}
