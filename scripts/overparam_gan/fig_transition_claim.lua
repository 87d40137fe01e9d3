--- Where the errors of Figures 2 and 9 of the over-parameterised-GAN paper (Balaji et al., ICLR
-- 2021) become 0. The paper shows that they do as k grows; this says at which k, and how often:
--
--   P(the mean xbar lies in the cone of V's columns) = P(Bin(k, 1/2) >= m)
--
-- by Wendel's count of half-spaces (cone.lua), for V (m x k) with independent columns, each of a
-- law with a density that is the same for v and -v, and xbar <> 0. Nothing else of the law counts:
-- columns with Cauchy's tails do as well as the normal ones of the paper. Columns with a mean are
-- no such columns.
--
-- "=" is tested from both sides, each by an exact interval at the level 1 - 1e-4.
local sd = require "saddle"
local cone = require "cone"

local LEVEL <const> = 0.9999

local laws = {}
function laws.normal(rng, m, k) return rng:randn(m, k) end

--- Normal columns over the size of one more normal number each: Cauchy's law in m dimensions.
function laws.cauchy(rng, m, k)
  local N = rng:randn(m, k)
  return N / sd.abs(rng:randn(1, k))
end

return sd.claim {
  id = "overparam_gan.fig_transition_claim",
  source = "Figures 2 and 9; Wendel 1962",
  statement = "the error that training can reach is 0 with probability P(Bin(k, 1/2) >= m)",
  params = { trials = 400, shift = 0,
    { law = "normal", m = 2, k = { 2, 3, 4, 6 } },
    { law = "normal", m = 6, k = { 8, 12, 16 } },
    { law = "cauchy", m = 6, k = { 9, 12 } },
    { law = "normal", m = 20, k = { 35, 40, 45 } },
    { law = "normal", m = 6, k = 12, shift = 1, expect = "not applicable" } },
  smoke = { trials = 200 },
  full = { trials = 4000 },
  broken = { "one row more", "one column less", "all positive" },
  check = function(c, p)
    c:assume("the law of a column is that of its negative: its mean is 0", math.abs(p.shift), "<=",
      0)
    local m = p.m + (c.broken == "one row more" and 1 or 0)
    local k = p.k - (c.broken == "one column less" and 1 or 0)
    local inside = 0
    for trial = 1, p.trials do
      local rng = c.rng:split(trial)
      local V, xbar = laws[p.law](rng, m, k) + p.shift, rng:randn(m, 1)
      if c.broken == "all positive" then V = sd.abs(V) end
      if cone.distance(V, xbar) == 0 then inside = inside + 1 end
    end
    local probability = cone.probability(p.k, p.m)
    c:rate("the floor is 0 often enough", inside, p.trials, ">=", probability, { level = LEVEL })
    c:rate("and not too often", inside, p.trials, "<=", probability, { level = LEVEL })
    c:note("share", inside / p.trials)
    c:note("probability", probability)
  end,
}
