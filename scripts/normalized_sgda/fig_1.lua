--- Figure 1 of the normalised-SGDA paper on the two-mode model under Adam: convergence, by R_t, the
-- size of the gradients against that at the start (gradient_ratio.lua), and quality, against
-- eta_D / eta_G.
--
--   saddle figure normalized_sgda/fig_1
--
-- Left and middle: a point for each pair of steps, a mean over seeds; a run's R is the mean over
-- the last tenth of its steps, and R/2 is drawn, which is 1 at the start. Right: R_t/2 along the
-- runs of the best pair, and of the best of those with the largest eta_D / eta_G. The paper finds
-- best quality at eta_D / eta_G near 1, without convergence, and convergence with low quality far
-- above. Here quality is best where eta_G is about 1e-4 and eta_D from 10 times that on, and no
-- pair of steps converges: R grows by orders of magnitude from a start near a saddle point. The
-- optimiser is any that sd.optim knows.
local sd = require "saddle"
local contest = require "contest"
local gradient_ratio = require "gradient_ratio"

local RECORDS <const> = 100 -- along a run

local function run(p, log)
  local found = gradient_ratio.follow(p, p.optim, p, p.rng, RECORDS)
  for k = 1, #found.t do log(found.t(k), { half = found.half(k) }) end
  return { steps_apart = 1 / p.ratio, late = found.late, largest = sd.max(found.half),
    modes = found.modes, both = found.both, diverged = found.diverged }
end

local function summary(runs)
  local lines = { "eta_D/eta_G    eta_D  seeds    R/2 at the end   largest R/2   pure modes   both"
    .. "   diverged" }
  for _, g in ipairs(runs:group("steps_apart", "eta")) do
    lines[#lines + 1] = ("%11.3g %8.2g %6d %17.3g %13.3g %12.2f %6.2f %10.2f"):format(g.steps_apart,
      g.eta, g.n, g.mean.late, g.mean.largest, g.mean.modes, g.mean.both, g.mean.diverged)
  end
  return table.concat(lines, "\n")
end

--- The group with the most pure modes, and of those with the largest eta_D / eta_G the same.
local function extremes(groups)
  local best, far = groups[1], groups[#groups]
  for _, g in ipairs(groups) do
    if g.mean.modes > best.mean.modes then best = g end
    if g.steps_apart == far.steps_apart and g.mean.modes > far.mean.modes then far = g end
  end
  return best, far
end

local function plot(runs)
  local groups = runs:group("steps_apart", "eta")
  local convergence = { title = "gradients at the end against those at the start",
    ylabel = "R / 2", ylog = true, xlabel = "eta_D / eta_G", xlog = true, hline = { 1 },
    legend = false }
  local quality = { title = "quality", ylabel = ("pure-mode neurons of %d"):format(runs[1].mG),
    xlabel = "eta_D / eta_G", xlog = true, legend = "outside" }
  for k, own in ipairs(runs:group "eta") do
    local G = own:group "steps_apart"
    local label = ("eta_D = %.2g"):format(own.eta)
    convergence[k] = { x = G.steps_apart, y = G.mean.late, style = "linespoints", label = label }
    quality[k] = { x = G.steps_apart, y = G.mean.modes, style = "linespoints", label = label }
  end
  local along = { title = "along the runs, mean of seeds", xlabel = "t", ylabel = "R_t / 2",
    ylog = true, hline = { 1 }, legend = "below" }
  local best, far = extremes(groups)
  for k, g in ipairs { best, far } do
    local c = g:mean_curve "half"
    along[k] = { x = c.t, y = c.mean, label = ("%s: eta_D / eta_G = %.3g, eta_D = %.2g"):format(
      k == 1 and "best" or "farthest", g.steps_apart, g.eta) }
  end
  return { columns = 3, size = { 1700, 460 }, panels = { convergence, quality, along } }
end

return sd.experiment {
  name = "normalized_sgda.fig_1",
  text = "gradients at the end and quality against eta_D / eta_G, under Adam",
  params = contest.params {
    optim = sd.param("adam,b1=0.5,b2=0.9", "a name for sd.optim"),
    eta = sd.param(1e-3, "eta_D", { above = 0 }),
    ratio = sd.param(0.3, "eta_G / eta_D", { above = 0 }),
  },
  sweep = { eta = { 1e-4, 3e-4, 1e-3, 3e-3, 1e-2 }, ratio = { 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003 },
    seed = sd.seeds(5) },
  quick = { eta = { 3e-4, 3e-3 }, ratio = { 1, 0.3, 0.03, 0.003 }, steps = 6000,
    seed = sd.seeds(2) },
  run = run, summary = summary, plot = plot,
}
