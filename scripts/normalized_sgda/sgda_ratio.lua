--- Theorem 4.1 of the normalised-SGDA paper (Jelassi et al., 2022) over the ratio of the steps:
-- what the columns of V become under plain descent-ascent (SGDA) and with normalised gradients.
--
--   saddle figure normalized_sgda/sgda_ratio
--
-- Shares of columns over all seeds (classes of outcome.lua): one mode alone, the mixture, noise,
-- other (mostly a lopsided mixture). Top: SGDA where a <= 0, which is where the proof ends, or at
-- the end of the run if that comes first, and SGDA at the end of the run, past it. Bottom: nSGDA
-- after T_1 = nsgda_time/eta_D steps, for ratios up to NSGDA_RATIO; and the share of runs with a
-- mode in some column, with exact intervals. Runs that blow up (SGDA past a <= 0, at long steps)
-- are counted and left out.
--
-- What it shows: up to a <= 0 hardly any column of SGDA is a mode. The exceptions, at ratios about
-- 3, are starts in which two neurons of D learn, one each mode (theorem_4_1.lua). Past a <= 0, at
-- ratios of 10 to 50, one column in some dozens is, also with shorter steps: the theorem's T_0, by
-- the length of the gradient, is not reached by then. Most columns are noise because with single
-- samples the first that grows turns a alone (sgda_batch.lua). nSGDA has modes up to ratios of
-- about 1, beyond which G is too fast for it, too.
local sd = require "saddle"
local descent = require "descent"
local outcome = require "outcome"
local two_modes = require "two_modes"

local CLASSES <const> = { "mode", "mix", "noise", "other" }
local NSGDA_RATIO <const> = 30 -- beyond it nSGDA's steps have to be so short that runs take minutes
local STAGES <const> = { "sgda", "past", "nsgda" }

local function put(found, stage, model, V)
  local classes = outcome.classes(model, V)
  for _, class in ipairs(CLASSES) do found[stage .. " " .. class] = classes[class] end
  found[stage .. " some"] = classes.mode > 0
  found[stage .. " both"] = classes.both
end

local function run(p)
  local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
    a0 = p.a0, reduced = true }
  local eta_D = p.eta_D * math.min(1, 100 / p.ratio)
  local plain = descent.new(model, { eta_D = eta_D, ratio = p.ratio, steps = p.time // p.eta_D,
    records = 1, beyond = true })(p.rng:split "run")
  local found = { diverged = plain.status == "diverged",
    fooled_at = plain.zero and plain.zero.t * eta_D or -1 }
  if plain.zero or not found.diverged then
    put(found, "sgda", model, (plain.zero or plain).p.G.V)
  end
  if not found.diverged then put(found, "past", model, plain.p.G.V) end
  if p.ratio <= NSGDA_RATIO then
    eta_D = p.nsgda_eta / math.max(1, p.ratio)
    local other = descent.new(model, { eta_D = eta_D, ratio = p.ratio, method = "nsgda",
      records = 1, steps = p.nsgda_time // eta_D })(p.rng:split "run")
    put(found, "nsgda", model, other.p.G.V)
  end
  return found
end

--- Share of columns of a class at a stage, over the runs of g that have it.
local function share(g, stage, class)
  local count, of = 0, 0
  for k = 1, #g do
    local v = g[k].metrics[stage .. " " .. class]
    if v then count, of = count + v, of + g[k].mG end
  end
  return of > 0 and count / of or 0 / 0
end

--- Runs with some column at a mode: share, and the exact interval.
local function some(g, stage, name)
  local hits, of = 0, 0
  for k = 1, #g do
    local v = g[k].metrics[stage .. " " .. name]
    if v ~= nil then hits, of = hits + (v and 1 or 0), of + 1 end
  end
  if of == 0 then return 0 / 0, 0 / 0, 0 / 0 end
  return hits / of, sd.clopper_pearson(hits, of)
end

local function line(g, stage)
  local rate, low, high = some(g, stage, "some")
  if rate ~= rate then return nil end
  local shares = {}
  for k, class in ipairs(CLASSES) do shares[k] = ("%6.3f"):format(share(g, stage, class)) end
  return ("%-6s %4d %8g %6d %6.0f %s   %4.2f [%.2f, %.2f] %14.2f"):format(stage, g.case, g.ratio,
    g.n, stage == "past" and g.n * g.mean.diverged or 0, table.concat(shares, " "), rate, low, high,
    (some(g, stage, "both")))
end

local function summary(runs)
  local lines = { "stage  case    ratio  seeds  blown   mode    mix  noise  other  runs with a mode"
    .. " (95%)    with both" }
  for _, stage in ipairs(STAGES) do
    for _, g in ipairs(runs:group("case", "ratio")) do lines[#lines + 1] = line(g, stage) end
  end
  return table.concat(lines, "\n")
end

--- Shares as bands that add up to 1.
local function stack(groups, stage, title)
  local spec = { title = title, xlabel = "eta_G / eta_D", ylabel = "share of columns", xlog = true,
    xrange = { groups[1].ratio, groups[#groups].ratio },
    yrange = { 0, 1 }, legend = "below" }
  local base = sd.zeros(#groups, 1)
  for k, class in ipairs(CLASSES) do
    local list = {}
    for j, g in ipairs(groups) do list[j] = share(g, stage, class) end
    local top = base + sd.matrix(list)
    spec[k] = { x = groups.ratio, lo = base, hi = top, label = class, colour = k }
    base = top
  end
  return spec
end

local NAMES <const> = { sgda = "SGDA to a <= 0", past = "SGDA past it", nsgda = "nSGDA" }

local function rates(groups)
  local spec = { title = "runs with a mode in some column (95%)", xlabel = "eta_G / eta_D",
    xlog = true, yrange = { 0, 1.02 }, legend = "below" }
  for k, stage in ipairs(STAGES) do
    local y, lo, hi = {}, {}, {}
    for j, g in ipairs(groups) do y[j], lo[j], hi[j] = some(g, stage, "some") end
    spec[k] = { x = groups.ratio, y = y, lo = lo, hi = hi, label = NAMES[stage], colour = k }
  end
  return spec
end

local function plot(runs)
  local groups = runs:filter(function(r) return r.case == runs[1].case end):group "ratio"
  return { columns = 2, size = { 1200, 900 }, panels = {
    stack(groups, "sgda", "SGDA where a <= 0"), stack(groups, "past", "SGDA at the end, past it"),
    stack(groups, "nsgda", "nSGDA at T_1"), rates(groups) } }
end

return sd.experiment {
  name = "normalized_sgda.sgda_ratio",
  text = "what the generator's columns become, against the ratio of the steps",
  params = two_modes.params {
    ratio = sd.param(1.0, "eta_G/eta_D", { above = 0 }),
    eta_D = sd.param(0.001, "SGDA's step, up to ratios of 100", { above = 0 }),
    time = sd.param(300.0, "t eta_D of SGDA, up to ratios of 100", { above = 0 }),
    nsgda_eta = sd.param(0.005, "nSGDA's longest step", { above = 0 }),
    nsgda_time = sd.param(60.0, "t eta_D of nSGDA", { above = 0 }),
    a0 = sd.param(0.3, "a at the start", { above = 0 }),
  },
  sweep = { ratio = { 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000 }, case = { 1, 2 },
    seed = sd.seeds(20) },
  quick = { case = 2, eta_D = 0.002, ratio = { 0.1, 1, 10, 100, 1000 }, seed = sd.seeds(3) },
  run = run, summary = summary, plot = plot,
}
