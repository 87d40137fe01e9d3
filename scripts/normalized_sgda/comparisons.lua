--- What Figures 3, 6 and Figures 4, 7 of the normalised-SGDA paper have in common: nSGDA layer by
-- layer and global, Adam and SGDA with momentum 0.5, each at its best steps (contest.lua), on
-- several data sets and on batches of several sizes.
--
-- In place of CIFAR-10, LSUN, STL-10 and CelebA-HQ there are four laws of two modes, in place of a
-- FID score the number of pure-mode neurons and of starts with both modes; in place of another
-- architecture other widths.
local sd = require "saddle"
local contest = require "contest"

local comparisons = {}

local MOMENTUM <const> = 0.5

comparisons.optimisers = {
  { "l-nSGDA", ("normalized,scope=layer,momentum=%g"):format(MOMENTUM) },
  { "g-nSGDA", ("normalized,momentum=%g"):format(MOMENTUM) },
  { "Adam", ("adam,b1=%g,b2=0.9"):format(MOMENTUM) },
  { "SGDA", ("momentum,momentum=%g"):format(MOMENTUM) },
}

local names, by_name = {}, {}
for k, pair in ipairs(comparisons.optimisers) do
  names[k], by_name[pair[1]] = pair[1], pair[2]
end

--- What sd.optim calls the one of that name; other names are its own.
local function optim_of(name) return by_name[name] or name end

--- A line of the table for each group of runs by the key, and for each optimiser.
local function summary_by(key, title)
  return function(runs)
    local lines = { ("%-28s %-10s"):format(title, "optimiser") .. contest.HEADER }
    for _, g in ipairs(runs:group(key, "optim")) do
      for k = 1, #g do
        lines[#lines + 1] = ("%-28s %-10s"):format(g[key], g.optim) .. contest.line(g[k])
      end
    end
    lines[#lines + 1] = contest.FOOTER
    return table.concat(lines, "\n")
  end
end

--- The runs of that optimiser.
local function of(runs, optim)
  return runs:filter(function(r) return r.optim == optim end)
end

-- ---- Figures 3 and 6 ----------------------------------------------------------------------------

-- The laws: name -> case, gamma.
local laws = {
  ["both at once, 0.05"] = { case = 2, gamma = 0.05 },
  ["both at once, 0.2"] = { case = 2, gamma = 0.2 },
  ["correlated, 0.05"] = { case = 1, gamma = 0.05 },
  ["correlated, 0.2"] = { case = 1, gamma = 0.2 },
}
local law_names = {}
for name in pairs(laws) do law_names[#law_names + 1] = name end
table.sort(law_names)

local function run_on_law(p)
  local law = laws[p.law]
  if not law then
    error(("there is no law '%s'; there are '%s'"):format(p.law,
      table.concat(law_names, "', '")), 0)
  end
  local q = setmetatable({ case = law.case, gamma = law.gamma }, { __index = p })
  return contest.run(q, optim_of(p.optim))
end

--- A point with its interval for each optimiser, side by side at each law.
local function plot_laws(runs)
  local places, words, list = {}, {}, {}
  for k, name in ipairs(runs:values "law") do
    places[name], words[k] = k, ("%d: %s"):format(k, name)
  end
  local optims = runs:values "optim"
  for k, optim in ipairs(optims) do
    local own, at = of(runs, optim), {}
    for j = 1, #own do at[j] = places[own[j].law] + 0.15 * (k - (#optims + 1) / 2) end
    list[k] = { at = at, runs = own, label = optim }
  end
  return contest.figure(list, runs[1].mG, { legend = "below", xlabel = table.concat(words, ",  "),
    xrange = { 0.5, #words + 0.5 } }, { columns = 2, size = { 1300, 500 } })
end

--- The experiment of Figure 3 with generators and discriminators of these widths.
function comparisons.by_law(name, text, widths)
  return sd.experiment { name = name, text = text,
    params = contest.params {
      mD = sd.param(widths.mD, "neurons of the discriminator", { from = 1 }),
      mG = sd.param(widths.mG, "neurons of the generator", { from = 1 }),
      law = sd.param(law_names[1], "a law of the data: " .. table.concat(law_names, "; ")),
      optim = sd.param("Adam", table.concat(names, ", ") .. " or a name for sd.optim"),
    },
    sweep = { law = law_names, optim = names, seed = 1 },
    quick = { points = 2, low = 1e-3, high = 1e-2, ratio = 0.3, ratios = 2, choice = 1, score = 2,
      steps = 4000 },
    run = run_on_law, summary = summary_by("law", "law"), plot = plot_laws }
end

-- ---- Figures 4 and 7 ----------------------------------------------------------------------------

--- A point with its interval for each optimiser, side by side at each size of batches.
local function plot_batches(runs)
  local list, optims = {}, runs:values "optim"
  for k, optim in ipairs(optims) do
    local own, at = of(runs, optim):sort "batch", {}
    for j = 1, #own do at[j] = own[j].batch * 1.12 ^ (k - (#optims + 1) / 2) end
    list[k] = { at = at, runs = own, label = optim }
  end
  return contest.figure(list, runs[1].mG, { legend = "below", xlabel = "batch size", xlog = true },
    { columns = 2, size = { 1300, 500 } })
end

--- The experiment of Figure 4 with these widths.
function comparisons.by_batch(name, text, widths)
  return sd.experiment { name = name, text = text,
    params = contest.params {
      mD = sd.param(widths.mD, "neurons of the discriminator", { from = 1 }),
      mG = sd.param(widths.mG, "neurons of the generator", { from = 1 }),
      optim = sd.param("Adam", table.concat(names, ", ") .. " or a name for sd.optim"),
      ratio = sd.param(0.3, "the largest eta_G / eta_D of the grid", { above = 0 }),
      ratios = sd.param(3, "eta_G / eta_D in the grid, each 10^(1/2) times the next", { from = 1 }),
    },
    sweep = { batch = { 1, 4, 16, 64, 256 }, optim = names, seed = 1 },
    quick = { batch = { 1, 64 }, points = 2, low = 1e-3, high = 1e-2, ratios = 2,
      choice = 1, score = 2, steps = 3000 },
    run = function(p) return contest.run(p, optim_of(p.optim)) end,
    summary = summary_by("batch", "batch"), plot = plot_batches }
end

return comparisons
