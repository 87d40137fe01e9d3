--- Figures 4 and 7 of the normalised-SGDA paper (S. Jelassi et al., 2022) on mixtures of normal
-- clouds: the distance from the data against the batch. The paper says: in small batches normalised
-- descent-ascent is the best; in large ones it gets much worse and Adam does not; plain
-- descent-ascent is worse than normalised throughout.
--
--   saddle figure normalized_sgda/mixtures_batch --jobs 2
--   saddle figure normalized_sgda/mixtures_batch --quick loss=log
--
-- What is kept while the batch grows the paper does not say. Both possibilities are here: budget =
-- "steps", all runs take `steps` steps; budget = "samples", all see as many samples, those of
-- `steps` steps of 64. An epoch is a number of samples: with "100 epochs" a batch of 256 takes 4
-- times fewer steps than one of 64, and normalised steps cannot make up for it by their length.
-- Each point is at its best step size (step_search.lua); what is trained: mixture_gan.lua.
--
-- Found on the ring, in 11 minutes of one core: with as many samples l-nSGDA is the best in batches
-- of 1 (FD 0.064, Adam 0.094) and far behind Adam in those of 64 (0.64, 0.081), as in the paper;
-- with as many steps Adam is the best throughout. g-nSGDA and SGDA are erratic: of the latter up to
-- a half of the trainings diverge at the step size that suited others best.
local sd = require "saddle"
local mixture_gan = require "mixture_gan"
local step_search = require "step_search"

local METRIC <const>, REFERENCE <const> = "fd_features", 64

local function run(p, log)
  local steps = p.steps
  if p.budget == "samples" then
    steps = math.max(10, steps * REFERENCE // p.batch)
  elseif p.budget ~= "steps" then
    error("budget must be 'steps' or 'samples', got '" .. p.budget .. "'", 0)
  end
  local result = mixture_gan.run(setmetatable({ steps = steps }, { __index = p }), log)
  result.taken = steps
  return result
end

local function summary(runs)
  local lines = { "budget   optimiser   batch   steps  eta     seeds  FD of features         modes"
    .. "  within" }
  for _, set in ipairs(runs:group("budget", "optim", "batch")) do
    local eta, best = step_search.best(set, METRIC)
    lines[#lines + 1] = ("%-8s %-10s %6d %7d  %-8.3g %4d  %-22s %5.4g %6.1f%%  %s"):format(
      set.budget, set.optim, set.batch, best[1].taken, eta, #best, step_search.text(best, METRIC),
      step_search.median(best:column "covered"), 100 * step_search.median(best:column "share"),
      step_search.ended(best))
  end
  lines[#lines + 1] = "medians [least, largest]; eta is chosen by other seeds"
  return table.concat(lines, "\n")
end

local function panel(runs)
  local spec = { title = "as many " .. runs.budget, xlabel = "batch", xlog = true,
    ylabel = "FD of features", ylog = true, legend = "outside" }
  for _, set in ipairs(runs:group "optim") do
    local batches, medians = {}, {}
    for k, g in ipairs(set:group "batch") do
      local _, best = step_search.best(g, METRIC)
      batches[k], medians[k] = g.batch, step_search.median(best:column(METRIC))
    end
    spec[#spec + 1] = { x = batches, y = medians, label = set.optim, style = "linespoints" }
  end
  return spec
end

local function plot(runs)
  local panels = {}
  for k, set in ipairs(runs:group "budget") do panels[k] = panel(set) end
  return { columns = #panels, size = { 620 * #panels, 440 }, panels = panels }
end

return sd.experiment {
  name = "normalized_sgda.mixtures_batch",
  text = "GANs on mixtures of clouds: optimisers against the batch",
  params = mixture_gan.params {
    budget = sd.param("steps", "what runs of all batches have as many of: steps or samples") },
  sweep = { optim = { "sgda", "g-nsgda", "l-nsgda", "adam" }, budget = { "steps", "samples" },
    batch = { 1, 4, 16, 64, 256 }, eta = { 3.2e-3, 1e-2, 3.2e-2 }, steps = { 1000 },
    seed = sd.seeds(9) },
  quick = { optim = { "sgda", "l-nsgda", "adam" }, batch = { 4, 32, 256 }, eta = { 1e-2, 3.2e-2 },
    seed = sd.seeds(3), k = { 32 }, steps = { 400 } },
  run = run, summary = summary, plot = plot,
}
