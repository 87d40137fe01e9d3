-- An experiment is a function of parameters and a seed. Here: how many of k random directions in d
-- dimensions does it take until two of them are nearly parallel? One point, its sweep, the means:
--
--   saddle run examples/experiment.lua k=20
--   saddle sweep examples/experiment.lua k=10,20,40
--   saddle results angles.db --by d,k
local sd = require "saddle"

return sd.experiment { name = "angles", text = "the closest two of k random directions",
  params = { k = sd.param(50, "directions", { from = 2 }), d = sd.param(10, "dimension") },
  sweep = { d = { 2, 10, 100 }, seed = sd.seeds(3) },
  run = function(p)
    local U = p.rng:sphere(p.d, p.k) -- runs of one seed share their draws
    return { cosine = sd.max(U:t() * U - 2 * sd.eye(p.k)) }
  end }
