--- What the cases of Lemma C.1 lead to, in Section C of the normalised-SGDA paper (Jelassi et al.,
-- 2022): a prediction from the start alone, by rho = eta_G B/(eta_D A) (regimes.lua). Of the
-- longest column of V where a <= 0, over starts at several ratios of the steps:
--
--   1/P < rho < 1/2   the mixture: at least 0.7 of it in the plane of the modes, and there within a
--                     cosine of 0.9 of u_1 + u_2
--   rho > 2           noise: a w_i of the start, to a cosine of 0.9
--
-- P is (log d)^2. Below 1/P nothing is said of what is learned, for D saturates and time runs out;
-- near 1 either may come. For correlated modes (case 1) d has to be larger than 1000: there G is
-- soon enough to meet a D that has learned one mode alone. What G has to catch up takes longer as d
-- grows, about sqrt(d), the second mode takes D about 1/gamma, and the mixture becomes even.
local sd = require "saddle"
local descent = require "descent"
local regimes = require "regimes"
local two_modes = require "two_modes"

local verdicts = {}
function verdicts.mixture(inside, even) return inside >= 0.7 and even >= 0.9 end
function verdicts.noise(_, _, along) return along >= 0.9 end

--- What rho says, "mixture" or "noise", or nil.
local function predicted(rho, P)
  if rho > 2 then return "noise" end
  return rho > 1 / P and rho < 0.5 and "mixture" or nil
end

--- Runs at that ratio of the steps.
local function runs_at(p, model, ratio)
  local eta_D = p.eta_D * math.min(1, 100 / ratio)
  return descent.new(model, { eta_D = eta_D, ratio = ratio, steps = p.time // eta_D, records = 1 })
end

--- rho of a start, and what its run has learned: inside, even, along (regimes.learned).
local function play(c, model, go, ratio, seed)
  local name = ("%s %d"):format(ratio, seed)
  local start, run = model:init(c.rng:split(name)), go(c.rng:split(name))
  local A, B = regimes.heads(model, start)
  c:assume("the run does not blow up", run.status == "diverged" and 1 or 0, "<=", 0)
  local V, rho = run.p.G.V, ratio * B / A
  return c.broken == "upside down" and 1 / rho or rho,
    regimes.learned(model, start, V:col(sd.argmax(sd.norm(V, { dim = 1 }))))
end

return sd.claim {
  id = "normalized_sgda.regime_claim",
  source = "Section C, cases 2 and 3",
  statement = "the balanced case learns the mixture of the modes, a generator that is too fast "
    .. "learns a neuron of the discriminator's start",
  surrogate = "polylog(d) is (log d)^2, the gap is a factor of 2 on either side of rho = 1, w.h.p. "
    .. "is 9 of 10",
  params = { mD = 5, mG = 5, gamma = 0.05, a0 = 0.3, time = 1500, seeds = 6,
    { d = 1000, eta_D = 0.002, ratios = "10 150", case = 2 },
    { d = 1000, eta_D = 0.002, ratios = "10 20", case = 1, expect = "violated" },
    { d = 10000, eta_D = 0.01, ratios = "60 800", case = { 1, 2 } },
    { d = 1000, eta_D = 0.002, ratios = "10", case = 1, gamma = 0.4, expect = "not applicable" },
    { d = 100000, eta_D = 0.01, ratios = "30 100 200 1500", case = { 1, 2 }, time = 5000,
      tier = "full" } },
  smoke = { seeds = 2 },
  full = { seeds = 20 },
  broken = { "upside down" },
  check = function(c, p)
    if not c:assume("gamma <= 1/log d", p.gamma, "<=", 1 / math.log(p.d)) then return end
    local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
      a0 = p.a0, reduced = true }
    local right, of = 0, { mixture = 0, noise = 0 }
    for word in p.ratios:gmatch "%S+" do
      local ratio = tonumber(word)
      local go = runs_at(p, model, ratio)
      for seed = 1, p.seeds do
        local rho, inside, even, along = play(c, model, go, ratio, seed)
        local said = predicted(rho, math.log(p.d) ^ 2)
        if said then
          of[said] = of[said] + 1
          right = right + (verdicts[said](inside, even, along) and 1 or 0)
        end
      end
    end
    c:rate("what comes is what rho says", right, of.mixture + of.noise, ">=", 0.9)
    c:note("right", right)
    c:note("said to be the mixture", of.mixture)
    c:note("said to be noise", of.noise)
  end,
}
