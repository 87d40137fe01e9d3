--- Figure 4 of the normalised-SGDA paper on the two-mode model: what the size of batches does, by
-- the number of pure-mode neurons at the end of training, with the steps that the rule of
-- contest.lua chose at batches of 1. Starts are the same for both sides of a comparison.
--
--   nSGDA gets worse   with batches of 1 more pure modes than with 64, in at least half of the
--                      starts, layer by layer and globally
--   Adam does not      with batches of 64 no fewer than with 1, in at least half of the starts
--   above SGDA         nSGDA has no fewer than SGDA, at 1 and at 64
--   above Adam         nSGDA has no fewer than Adam with batches of 1, as the paper finds at small
--                      batches
local sd = require "saddle"
local contest = require "contest"

-- Of each optimiser its name for sd.optim, and its steps.
local optimisers = {
  ["l-nSGDA"] = { "normalized,scope=layer,momentum=0.5", eta = 0.1, ratio = 0.03 },
  ["g-nSGDA"] = { "normalized,momentum=0.5", eta = 0.0316, ratio = 0.03 },
  Adam = { "adam,b1=0.5,b2=0.9", eta = 1e-3, ratio = 0.03 },
  SGDA = { "momentum,momentum=0.5", eta = 0.0316, ratio = 0.3 },
}

--- Pure modes of each start: a row. The twin has the two batch sizes, or the optimisers, exchanged.
local function modes(c, p, name, batch)
  if c.broken == "batch" then batch = batch == 1 and p.large or 1 end
  if c.broken == "optimiser" then name = name == "SGDA" and "l-nSGDA" or "SGDA" end
  local q = setmetatable({ batch = batch }, { __index = p })
  local own = optimisers[name]
  return contest.many(q, own[1], own, c.rng, p.trials).modes
end

--- In how many starts rel(x, y).
local function count(rel, x, y) return sd.sum(rel(x, y)) end

local forms = {}

forms["nSGDA gets worse"] = function(c, p)
  local found = count(sd.gt, modes(c, p, p.optim, 1), modes(c, p, p.optim, p.large))
  c:rate("more pure modes with batches of 1", found, p.trials, ">=", 0.5)
end

forms["Adam does not"] = function(c, p)
  local found = count(sd.ge, modes(c, p, "Adam", p.large), modes(c, p, "Adam", 1))
  c:rate("no fewer with large batches", found, p.trials, ">=", 0.5)
end

forms["above SGDA"] = function(c, p)
  for _, batch in ipairs { 1, p.large } do
    local found = count(sd.ge, modes(c, p, "l-nSGDA", batch), modes(c, p, "SGDA", batch))
    c:rate("nSGDA has no fewer than SGDA", found, p.trials, ">=", 0.5)
  end
end

forms["above Adam"] = function(c, p)
  local found = count(sd.ge, modes(c, p, "l-nSGDA", 1), modes(c, p, "Adam", 1))
  c:rate("nSGDA has no fewer than Adam", found, p.trials, ">=", 0.5)
end

return sd.claim {
  id = "normalized_sgda.fig_4_claim",
  source = "Figure 4",
  statement = "nSGDA has fewer pure modes with larger batches, and more than SGDA",
  surrogate = "large batches are 64; comparisons hold in at least half of the starts",
  params = { d = 200, mD = 7, mG = 13, case = 2, gamma = 0.05, a0 = 0.3, decay = false, large = 64,
    steps = 8000, trials = 8,
    { form = "nSGDA gets worse", optim = "l-nSGDA" },
    { form = "nSGDA gets worse", optim = "g-nSGDA", tier = "quick" },
    { form = "Adam does not", tier = "quick" },
    { form = "above SGDA", tier = "quick" },
    { form = "above Adam", tier = "quick" } },
  smoke = { steps = 3000 },
  full = { trials = 30, steps = 12000 },
  broken = { "batch", "optimiser" },
  check = function(c, p)
    c:assume("a large batch is larger than 1", p.large, ">", 1)
    forms[p.form](c, p)
  end,
}
