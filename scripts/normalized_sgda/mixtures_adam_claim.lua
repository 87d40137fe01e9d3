--- Figure 2(a) of the normalised-SGDA paper (S. Jelassi et al., 2022) as statements that can fail,
-- on a mixture of 8 clouds: AdaLR, which takes steps as long as Adam's along the momentum, does at
-- least as well as Adam; AdaDir, which takes steps along Adam's as long as the momentum, does
-- very badly. Layer-wise both, each at its best step size (duel.lua), with the loss of WGAN-GP, as
-- in the figure, and that of DCGANs.
--
-- "Badly" is: farther from the data in at least 3 of 4 trainings; "at least as well": nearer in at
-- least half. These were fixed before running.
--
-- Found in 40 trainings of each, medians: with the loss of WGAN-GP Adam 0.17, AdaLR 0.43, AdaDir
-- 1.8: it is the lengths that count, but AdaLR is behind Adam, in 3 of 4 trainings. With that of
-- DCGANs 0.051, 0.068 and 0.087: AdaDir is far from bad there.
local sd = require "saddle"
local duel = require "duel"

return sd.claim {
  id = "normalized_sgda.mixtures_adam_claim",
  source = "Figure 2(a)",
  statement = "AdaLR does slightly better than Adam, AdaDir does very badly",
  surrogate = "networks of 2 x 32 on a ring of 8 clouds; badly: behind in 3 of 4 trainings; "
    .. "better: ahead in half of them",
  unconditional = true,
  level = 0.95,
  params = { trainings = 12,
    { loss = "wgan-gp", than = "l-adadir", share = 0.75 },
    { loss = "wgan-gp", than = "adam", share = 0.5, tier = "quick", expect = "violated" },
    { loss = "log", than = "l-adadir", share = 0.75, tier = "full" },
    { loss = "log", than = "adam", share = 0.5, tier = "full", expect = "violated" } },
  smoke = { trainings = 6 },
  full = { trainings = 40 },
  broken = { "exchanged" },
  check = function(c, p)
    local first = duel.results(duel.way { optim = "l-adalr", loss = p.loss }, p.trainings)
    local second = duel.results(duel.way { optim = p.than, loss = p.loss }, p.trainings)
    if c.broken == "exchanged" then first, second = second, first end
    c:rate("AdaLR is nearer in enough trainings", duel.wins(first, second, "fd_features"),
      p.trainings, ">=", p.share)
  end,
}
