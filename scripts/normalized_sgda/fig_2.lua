--- Figure 2 of the normalised-SGDA paper on the two-mode model.
--
--   saddle figure normalized_sgda/fig_2
--
-- (a) pure-mode neurons along training with Adam (Algorithm 1), AdaLR and AdaDir, layer by layer;
-- (b), (c) |A_t| / |A_1| of each parameter of the discriminator and of the generator, along the
-- runs of AdaLR (magnitude.lua): flat after about 1/(1 - b2) steps. Means over seeds, in (a) with
-- Student's intervals of 95%. Steps are those that the rule of contest.lua chooses for each.
local sd = require "saddle"
local contest = require "contest"
local magnitude = require "magnitude"

local RECORDS <const> = 150 -- after the first steps, which are all recorded

-- What the rule of contest.lua chose of eta_D = 1e-3, 3e-3, 1e-2 (AdaDir: 1e-2, 3e-2, 0.1) and
-- eta_G/eta_D = 0.1, 0.03, trying each on one start, the finalists on four more.
local CHOSEN <const> = {
  adam_raw = { eta = 3.16e-3, ratio = 0.0316 },
  adalr = { eta = 0.01, ratio = 0.0316 },
  adadir = { eta = 0.0316, ratio = 0.1 },
}

local function run(p, log)
  local at = p.eta > 0 and p or CHOSEN[p.optim]
  local found = magnitude.follow(p, p.optim, at, p.rng, RECORDS)
  local A = found.A / found.A:col(1)
  for k = 1, #found.t do
    log(found.t(k), { modes = found.modes(k), a = A(1, k), b = A(2, k), W = A(3, k), V = A(4, k) })
  end
  local late, over = A:col(-50, -1), found.status == "diverged"
  return { step = at.eta, step_ratio = at.ratio, end_modes = over and 0 or found.modes(-1),
    diverged = over, W_late = sd.mean(late:row(3)), V_late = sd.mean(late:row(4)),
    W_tenth = A(3, 10), V_tenth = A(4, 10) }
end

local function summary(runs)
  local lines = { "optimiser  eta_D  ratio seeds div.  pure modes +- 95%   |A_10|/|A_1|: W, V   "
    .. "late: W, V" }
  for _, g in ipairs(runs:group("optim", "step", "step_ratio")) do
    local m, late = g.mean, g:filter(function(r) return not r.diverged end)
    local W, V = 0 / 0, 0 / 0
    if late.n > 0 then W, V = late.mean.W_late, late.mean.V_late end
    lines[#lines + 1] = ("%-9s %7.2g %6.2g %5d %4.0f %10.2f +- %-5.2f"):format(g.optim, g.step,
      g.step_ratio, g.n, g.n * m.diverged, m.end_modes, g.ci95.end_modes)
      .. ("%13.3f %6.3f %12.3f %6.3f"):format(m.W_tenth, m.V_tenth, W, V)
  end
  return table.concat(lines, "\n")
end

local function plot(runs)
  local quality = { title = "(a) pure-mode neurons", xlabel = "t", legend = "top left",
    ylabel = ("of %d"):format(runs[1].mG), yrange = { -0.5, runs[1].mG + 1 } }
  for k, g in ipairs(runs:group "optim") do
    local c = g:mean_curve "modes"
    quality[k] = { x = c.t, y = c.mean, lo = c.lo, hi = c.hi, label = g.optim }
  end
  local own = runs:filter(function(r) return r.optim == "adalr" end)
  local function panel(title, names)
    local spec = { title = title, xlabel = "t", xlog = true, ylabel = "|A_t| / |A_1|",
      hline = { 1 }, yrange = { 0, 2 }, vline = { { 10, label = "10" } }, legend = "top left" }
    for k, name in ipairs(names) do
      local c = own:mean_curve(name)
      spec[k] = { x = c.t, y = c.mean, label = name }
    end
    return spec
  end
  local panels = { quality }
  if #own > 0 then
    panels[2] = panel("(b) discriminator, AdaLR", { "a", "b", "W" })
    panels[3] = panel("(c) generator, AdaLR", { "V" })
  end
  return { columns = #panels, size = { 550 * #panels, 460 }, panels = panels }
end

return sd.experiment {
  name = "normalized_sgda.fig_2",
  text = "Adam, AdaLR and AdaDir along training, and the length of Adam's steps",
  params = contest.params {
    optim = sd.param("adalr", "adam_raw, adalr or adadir"),
    b1 = sd.param(0.5, "first moment", { from = 0, below = 1 }),
    b2 = sd.param(0.9, "second moment", { above = 0, to = 1 }),
    eps = sd.param(1e-16, "below the root", { from = 0 }),
    eta = sd.param(0.0, "eta_D; 0: both steps as the rule chose them", { from = 0 }),
    ratio = sd.param(0.1, "eta_G / eta_D, where eta is not 0", { above = 0 }),
    early = sd.param(60, "steps recorded one by one", { from = 11 }),
  },
  sweep = { optim = { "adam_raw", "adalr", "adadir" }, seed = sd.seeds(10) },
  quick = { eta = { 1e-3 }, ratio = 0.1, steps = 5000, seed = sd.seeds(2) },
  run = run, summary = summary, plot = plot,
}
