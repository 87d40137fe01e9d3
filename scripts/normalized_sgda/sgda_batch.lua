--- Whether the outcome of Theorem 4.1 (Jelassi et al., 2022) hangs on single samples or on the
-- step: plain descent-ascent (SGDA) with batches of 1 and 64, with the exact gradient of E L (batch
-- 0), and with half the step.
--
--   saddle figure normalized_sgda/sgda_batch
--
-- Means over seeds, at a <= 0, of the classes of the columns and of what the longest has learned
-- (regimes.lua), with Student's intervals; drawn is the share of columns at the mixture.
--
-- What it shows: the longest column is the mixture in all rows alike, at the same t eta_D: mode
-- collapse is no matter of noise, and for that column the steps are short enough. The others are
-- not alike: with the exact gradient all columns come to the mixture together (now and then to a
-- lopsided one), with batches of 64 fewer, and more as the step gets shorter, with single samples
-- few at all these steps. At the end the longest column grows so fast that it turns a before the
-- other z_i have been drawn often enough.
local sd = require "saddle"
local descent = require "descent"
local outcome = require "outcome"
local regimes = require "regimes"
local two_modes = require "two_modes"

local CLASSES <const> = { "mode", "mix", "noise", "other" }

local function run(p)
  local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
    a0 = p.a0, reduced = true }
  local ended = descent.new(model, { eta_D = p.eta_D, ratio = p.ratio, steps = p.time // p.eta_D,
    batch = p.batch, records = 1 })(p.rng:split "run")
  local V, found = ended.p.G.V, outcome.classes(model, ended.p.G.V)
  local longest = V:col(sd.argmax(sd.norm(V, { dim = 1 })))
  found.inside, found.even, found.along =
    regimes.learned(model, model:init(p.rng:split "run"), longest)
  found.fooled, found.fooled_at = ended.zero ~= nil, ended.t * p.eta_D
  return found
end

local function summary(runs)
  local lines = { " batch   eta_D  seeds  a <= 0   t eta_D   mode    mix  noise  other"
    .. "     in the plane        even (95%)" }
  for _, g in ipairs(runs:group("batch", "eta_D")) do
    local shares = {}
    for k, class in ipairs(CLASSES) do shares[k] = ("%6.3f"):format(g.mean[class] / g[1].mG) end
    lines[#lines + 1] = ("%6d %7.4g %6d %7.2f %9.1f %s %9.3f +- %.3f %8.3f +- %.3f"):format(
      g.batch, g.eta_D, g.n, g.mean.fooled, g.mean.fooled_at, table.concat(shares, " "),
      g.mean.inside, g.ci95.inside, g.mean.even, g.ci95.even)
  end
  return table.concat(lines, "\n")
end

local function plot(runs)
  local spec = { title = "columns at the mixture where a <= 0", xlabel = "eta_D", xlog = true,
    ylabel = "share of columns, mean over seeds (95%)", yrange = { 0, 1.05 }, legend = "below" }
  for k, of_batch in ipairs(runs:group "batch") do
    local g, mG = of_batch:group "eta_D", of_batch[1].mG
    spec[k] = { x = g.eta_D, y = sd.matrix(g.mean.mix) / mG, err = sd.matrix(g.ci95.mix) / mG,
      style = "linespoints",
      label = of_batch.batch == 0 and "exact gradient" or ("batch %d"):format(of_batch.batch) }
  end
  return spec
end

return sd.experiment {
  name = "normalized_sgda.sgda_batch",
  text = "plain descent-ascent with batches, exact gradients and shorter steps",
  params = two_modes.params {
    batch = sd.param(1, "samples a step; 0: the exact gradient of E L", { from = 0 }),
    ratio = sd.param(10.0, "eta_G/eta_D", { above = 0 }),
    eta_D = sd.param(0.004, "step of the discriminator", { above = 0 }),
    time = sd.param(400.0, "t eta_D at the end, unless a <= 0 before", { above = 0 }),
    a0 = sd.param(0.3, "a at the start", { above = 0 }),
  },
  sweep = { batch = { 0, 1, 64 }, eta_D = { 0.0005, 0.001, 0.002, 0.004 },
    seed = sd.seeds(10) },
  quick = { seed = sd.seeds(3), eta_D = { 0.004, 0.008 } },
  run = run, summary = summary, plot = plot,
}
