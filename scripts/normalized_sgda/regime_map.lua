--- The three cases of Lemma C.1 of the normalised-SGDA paper (Jelassi et al., 2022) against what
-- plain descent-ascent comes to (Section C, "we have the following learning process").
--
--   saddle figure normalized_sgda/regime_map
--
-- Each run has rho = eta_G B/(eta_D A) from its own start (regimes.lua), and ends where a <= 0 or
-- after `time`/eta_D steps. Of the longest column v of V there, over rho:
--
--   left     the part of v in the plane of u_1 and u_2
--   middle   where that is more than half of v, its cosine with u_1 + u_2: 1 is the mixture, 0.71
--            a mode
--   right    its largest cosine with a neuron w_i of D as it was at the start
--
-- Where D is too fast (rho < 1/P, P = (log d)^2) nothing is learned in the time that there is, or
-- the mixture late; where G is too fast (rho > 1) it is a w_i, that is noise; between them the
-- mixture, which becomes uneven towards rho = 1, where a turns before D has learned both modes.
local sd = require "saddle"
local descent = require "descent"
local outcome = require "outcome"
local regimes = require "regimes"
local two_modes = require "two_modes"

local function run(p)
  local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
    a0 = p.a0, reduced = true }
  local start = model:init(p.rng:split "start")
  local A, B = regimes.heads(model, start)
  local eta_D = p.eta_D * math.min(1, 100 / p.ratio)
  local ended = descent.new(model, { eta_D = eta_D, ratio = p.ratio, steps = p.time // p.eta_D,
    records = 1 })(p.rng:split "start")
  local V = ended.p.G.V
  local longest = sd.argmax(sd.norm(V, { dim = 1 }))
  local inside, even, along = regimes.learned(model, start, V:col(longest))
  local rho = p.ratio * B / A
  return { rho = rho, regime = regimes.case(rho, math.log(p.d) ^ 2, 0), status = ended.status,
    inside = inside, even = even, along = along,
    grown = sd.norm(V:col(longest)) / sd.norm(start.G.V:col(longest)),
    modes = outcome.classes(model, V).mode, fooled_at = ended.zero and ended.zero.t * eta_D or -1 }
end

local NAMES <const> = { "1: D too fast", "2: balanced", "3: G too fast" }

local function summary(runs)
  local lines = {
    "case             runs  fooled  diverged  in the plane  even     along a w  grown     modes" }
  for _, g in ipairs(runs:group "regime") do
    local fooled = g:filter(function(r) return r.fooled_at >= 0 end)
    local blown = g:filter(function(r) return r.status == "diverged" end)
    lines[#lines + 1] = ("%-15s %5d %7d %9d %13.2f %7.2f %9.2f %9.3g %6d"):format(
      NAMES[g.regime] or "gap", g.n, #fooled, #blown, g.median.inside, g.median.even,
      g.median.along, g.median.grown, math.floor(g.n * g.mean.modes + 0.5))
  end
  lines[#lines + 1] = "medians of the longest column; modes: columns of all runs near one mode"
  return table.concat(lines, "\n")
end

local function panel(runs, name, title)
  local spec = { title = title, xlabel = "rho = eta_G B / (eta_D A)", xlog = true, legend = "below",
    vline = { { 1, label = "1" } }, yrange = { 0, 1.05 } }
  for _, g in ipairs(runs:group "regime") do
    spec[#spec + 1] = { x = g:column "rho", y = g:column(name), style = "points",
      label = NAMES[g.regime] }
  end
  return spec
end

local function plot(runs)
  local P = math.log(runs[1].d) ^ 2
  local learned = runs:filter(function(r) return r.inside > 0.5 end)
  local panels = { panel(runs, "inside", "part in the plane of the modes"),
    panel(learned, "even", "there: cosine with u_1 + u_2"),
    panel(runs, "along", "largest cosine with a w_i of the start") }
  for _, each in ipairs(panels) do each.vline[2] = { 1 / P, label = "1/P" } end
  return { columns = 3, size = { 1500, 480 }, panels = panels }
end

return sd.experiment {
  name = "normalized_sgda.regime_map",
  text = "the cases of Lemma C.1 at the start, and what the generator learns",
  params = two_modes.params {
    mD = sd.param(5, "neurons of the discriminator", { from = 1 }),
    mG = sd.param(5, "neurons of the generator", { from = 1 }),
    ratio = sd.param(10.0, "eta_G/eta_D", { above = 0 }),
    eta_D = sd.param(0.002, "step of the discriminator, up to ratios of 100", { above = 0 }),
    time = sd.param(400.0, "t eta_D at the end, up to ratios of 100", { above = 0 }),
    a0 = sd.param(0.3, "a at the start", { above = 0 }),
  },
  sweep = { ratio = { 0.1, 0.3, 1, 3, 10, 20, 30, 50, 70, 100, 200, 500, 1000 },
    seed = sd.seeds(16) },
  quick = { seed = sd.seeds(4) },
  run = run, summary = summary, plot = plot,
}
