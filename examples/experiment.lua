-- An experiment is a function of parameters and a seed. Here: how many of k random directions in d
-- dimensions does it take until two of them are nearly parallel? A file that ends with
-- `return angles` instead is what `saddle run` and `saddle sweep` take.
local sd = require "saddle"

local angles = sd.experiment { name = "angles", text = "the closest two of k random directions",
  params = { k = sd.param(50, "directions", { from = 2 }), d = sd.param(10, "dimension") },
  sweep = { d = { 2, 10, 100 }, seed = sd.seeds(3) },
  run = function(p)
    local U = p.rng:sphere(p.d, p.k) -- runs of one seed share their draws
    return { cosine = sd.max(U:t() * U - 2 * sd.eye(p.k)) }
  end }

print(angles:help())
for _, p in ipairs(angles:points()) do
  print(("d=%-4d seed=%d  cosine %.4f"):format(p.d, p.seed, angles:run(p).cosine))
end
