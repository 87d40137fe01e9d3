--- Figure 1(a) of the normalised-SGDA paper (S. Jelassi et al., 2022) as statements that can fail,
-- on a mixture of 8 clouds, under Adam with the loss of DCGANs: with eta_D = 100 eta_G it ends
--
--   farther     from the data than with eta_D = eta_G
--   smaller     with smaller gradients, in parts of those at the start, than with eta_D = eta_G
--   converged   with gradients at most half as large as at the start: the sum over both players of
--               these parts, which is 2 at the start (mixtures_ratio.lua), is at most 1
--
-- each in at least 3 of 4 trainings. The last is false here: the samples are bad without that
-- training comes to an end. The step sizes do not fall. How these are trained: duel.lua.
local sd = require "saddle"
local duel = require "duel"

--- n times gradients half as large as at the start.
local function half(n)
  local list = {}
  for i = 1, n do list[i] = { slopes = 1 } end
  return list
end

return sd.claim {
  id = "normalized_sgda.mixtures_ratio_claim",
  source = "Figure 1(a)",
  statement = "with eta_D = 100 eta_G Adam converges, to a worse point than with eta_D = eta_G",
  surrogate = "networks of 2 x 32 on a ring of 8 clouds; true: in at least 3 of 4 trainings",
  unconditional = true,
  level = 0.95,
  params = { trainings = 12, eta = 3.2e-3, ratio = 100,
    { what = { "farther", "smaller" } }, { what = "converged", tier = "quick",
      expect = "violated" } },
  smoke = { trainings = 5 },
  full = { trainings = 40 },
  broken = { "exchanged" },
  check = function(c, p)
    local function results(ratio)
      return duel.results(duel.way { optim = "adam", loss = "log", decay = false, eta = p.eta,
        ratio = ratio }, p.trainings)
    end
    local equal, large = results(1), results(p.ratio)
    if c.broken == "exchanged" then equal, large = large, equal end
    local found = { farther = { equal, large, "fd_features" },
      smaller = { large, equal, "slopes" }, converged = { large, half(p.trainings), "slopes" } }
    c:rate("enough trainings end so", duel.wins(table.unpack(found[p.what])), p.trainings, ">=",
      0.75)
  end,
}
