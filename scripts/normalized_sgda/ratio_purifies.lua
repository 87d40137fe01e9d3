--- Why eta_G = eta_D/polylog(d) in Theorem 4.2 of the normalised-SGDA paper (Jelassi, Mensch,
-- Gidel, Li, 2022): the slower the generator, the more of its neurons are modes at the same length
-- of its path, r T eta_D with r = eta_G/eta_D. (133) says it: v_j follows w_(g_j*)/|w_(g_j*)|, and
-- what it has got before w_(g_j*) is close to a mode stays in it. The discriminator needs a path of
-- some m_D to get there, in which G has gone r m_D.
--
-- Pairs of runs from one start; the mean of the differences is above 0 by Student's interval of
-- level 0.99. (Differences within a factor of 3 of r need some 100 pairs to be seen so.)
local sd = require "saddle"
local nsgda = require "nsgda"
local two_modes = require "two_modes"

local PATH <const> = 18 -- of G

return sd.claim {
  id = "normalized_sgda.ratio_purifies",
  source = "Theorem 4.2, Lemma H.3",
  statement = "under nSGDA a smaller eta_G/eta_D gives more neurons that are modes, at the same "
    .. "path of the generator",
  params = { d = 1000, mD = 7, mG = 13, eta = 5e-3, seeds = 20,
    { slow = 0.3, fast = 1 },
    { slow = 0.1, fast = 1, tier = "quick" },
    { slow = 0.1, fast = 0.3, tier = "full" },
    { slow = 0.03, fast = 0.3, tier = "full" },
    { slow = 0.3, fast = 2, expect = "not applicable" } },
  smoke = { seeds = 10 },
  full = { seeds = 100 },
  broken = { "same path of D" },
  check = function(c, p)
    if not c:assume("eta_G <= eta_D", p.fast, "<=", 1) then return end
    local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, reduced = true }
    local trainers = {}
    for k, ratio in ipairs { p.slow, p.fast } do
      local along = c.broken == "same path of D" and p.fast or ratio
      trainers[k] = nsgda.trainer(model, { eta = p.eta, ratio = ratio, total = PATH / along,
        warmup = true })
    end
    local more = {}
    for seed = 1, p.seeds do
      local rng = c.rng:split(seed)
      local start, pure = model:init(rng), {}
      for k, trainer in ipairs(trainers) do
        pure[k] = nsgda.pure(model, nsgda.run(trainer, start, rng:split "samples").G.V)
      end
      more[seed] = (pure[1] - pure[2]) / p.mG
    end
    local mean, low = sd.mean_ci(more, 0.99)
    c:conclude("more modes, of all neurons: from", low, ">", 0)
    c:note("mean", mean)
  end,
}
