--- Figure 5 of the normalised-SGDA paper (S. Jelassi, A. Mensch, G. Gidel, Y. Li, 2022): how fast
-- discriminator and generator move, and what their neurons learn, under SGDA and under nSGDA.
--
--   saddle figure normalized_sgda/fig_5
--   saddle figure normalized_sgda/fig_5 mD=7 mG=13 neurons=best seed=3
--   saddle figure normalized_sgda/fig_5 reduced=true d=1000000 seed=1..20
--
-- A row for each training, the panels being (a) the relative update speeds eta |g_Y| / |Y| of D
-- and G, (b) <w_i, u_l> / |w_i|, (c) <v_j, u_l> / |v_j|, against t eta_D; a colour for each neuron,
-- solid lines for u_1 and dashed ones for u_2. The trainings start from the same parameters:
--
--   sgda      D moves slightly faster than G at first. Its leading neuron finds one mode, at a
--             speed that keeps growing, then the other: a mixture. Only then does G move, into it
--   nsgda     both move at a constant pace: G follows while D's neurons are still apart, and its
--             own end at the modes; at both where each of D's leaders has neurons of G nearest to
--             it, which five neurons have in some half of the seeds, and thirteen of seven in 3/4
--   coarse    SGDA in steps a hundred times as large. Once G has learned the mixture it throws D
--             about, and in most runs the parameters grow without bound: "diverged"
--
-- The paper gives no step sizes and no unit of its iterations; a(0) = 0.3 is fixed: SGDA's times
-- go like 1/a(0). `eta` and `ratio` (eta_G/eta_D), where they are not 0, replace those of the
-- training, and `span` its length in t eta_D. The table is of all seeds. The picture is of one that
-- its start picks: of those where the neurons of D that are nearest to u_1 and to u_2 are two, and
-- each of them is nearest to some neuron of G (leaders.lua), the one with the largest cosine, whose
-- D learns first. With one neuron nearest to both, which is as likely as 1/m_D, D never knows
-- anything but the mixture, whatever the steps.
local sd = require "saddle"
local leaders = require "leaders"
local learning = require "learning"
local outcome = require "outcome"
local two_modes = require "two_modes"

local trainings = {
  sgda = { rule = "sgda", eta = 5e-4, ratio = 10, span = 200 },
  nsgda = { rule = "nsgda", eta = 1e-3, ratio = 0.3, span = 30 },
  coarse = { rule = "sgda", eta = 0.05, ratio = 10, span = 200 },
}
local ORDER <const> = { "sgda", "nsgda", "coarse" }

local RECORDS <const> = 400
local NEVER <const> = 0 / 0

-- ---- runs ---------------------------------------------------------------------------------------

local CURVES <const> = { "w_1", "w_2", "v_1", "v_2", "gone_D", "gone_G" }

--- The records of a run up to the last that is finite.
local function write_down(h, log)
  for k = 1, h.t.cols do
    local record, all = {}, 0
    for _, name in ipairs(CURVES) do
      record[name] = h[name]:col(k)
      all = all + sd.sum(record[name])
    end
    if all - all ~= 0 then return end
    log(h.t(k), record)
  end
end

local function run(p, log)
  local training = trainings[p.training]
  local function own(name) return p[name] > 0 and p[name] or training[name] end
  local eta, span = own "eta", own "span"
  local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
    a0 = p.a0, reduced = p.reduced }
  local play = learning.plan(model, { rule = training.rule, eta_D = eta,
    eta_G = eta * own "ratio" })
  local T = math.max(1, math.floor(span / eta))
  local last, h = play(p.rng:split "run", T, math.max(1, T // RECORDS))
  write_down(h, log)
  local D, G = learning.events(h, "w"), learning.events(h, "v")
  local function when(k) return k and h.t(k) * eta or NEVER end
  local found = outcome.classes(model, last.G.V)
  local start = leaders.of(model, model:init(p.rng:split "run"))
  return { outcome = h.status, ended = h.n * eta, step = eta, D_one = when(D.one),
    D_both = when(D.both), G_one = when(G.one), G_both = when(G.both),
    apart = G.one ~= nil and not (D.both and D.both <= G.one), both_modes = found.both,
    mode = found.mode, mix = found.mix, purest = G.purest, decided = start.decided,
    lead = math.max(sd.max(h.w_1:col(1)), sd.max(h.w_2:col(1))) }
end

-- ---- the table ----------------------------------------------------------------------------------

--- "12.3 (10)": the median of those that are finite, and how many these are.
local function median(group, name)
  local list = {}
  for k = 1, #group do
    local v = group[k][name]
    if v == v then list[#list + 1] = v end
  end
  if #list == 0 then return "- (0)" end
  return ("%.1f (%d)"):format(sd.quantile(sd.matrix(list), 0.5), #list)
end

local function share(group, test)
  local hits = 0
  for k = 1, #group do
    if test(group[k]) then hits = hits + 1 end
  end
  local low, high = sd.clopper_pearson(hits, #group)
  return ("%d/%d [%.2f, %.2f]"):format(hits, #group, low, high)
end

local function summary(runs)
  local row = "%-9s %5s  %-11s %-11s %-11s %-11s %-18s %-18s %s"
  local lines = { "times t eta_D: median over the seeds in which it happened (how many they are)",
    row:format("training", "seeds", "D, a mode", "D, mixture", "G, a mode", "G, mixture",
      "G while D is apart", "both modes", "diverged") }
  for _, g in ipairs(runs:group "training") do
    lines[#lines + 1] = row:format(g.training, #g, median(g, "D_one"), median(g, "D_both"),
      median(g, "G_one"), median(g, "G_both"), share(g, function(r) return r.apart end),
      share(g, function(r) return r.both_modes end),
      share(g, function(r) return r.outcome == "diverged" end))
  end
  return table.concat(lines, "\n")
end

-- ---- the picture --------------------------------------------------------------------------------

--- The neurons that are drawn: all, or for each mode the one that ends nearest to it. C has the
-- cosines with u_1 and those with u_2.
local function chosen(C, which)
  local m, list = C[1].rows, {}
  if which == "all" then
    for i = 1, m do list[i] = i end
    return list
  end
  for l = 1, 2 do
    local best = math.tointeger(sd.argmax(C[l]:col(-1)))
    if list[1] ~= best then list[#list + 1] = best end
  end
  return list
end

--- The line at which a run has blown up.
local function blown_up(r)
  return r.outcome == "diverged" and { r.ended, label = "diverged" } or nil
end

local function cosines(r, name, title)
  local C, t = {}, nil
  for l = 1, 2 do t, C[l] = r:curve(name .. "_" .. l) end
  local spec = { title = title, xlabel = "t eta_D", yrange = { -1, 1 }, legend = "below",
    vline = blown_up(r) }
  for k, i in ipairs(chosen(C, r.neurons)) do
    for l = 1, 2 do
      spec[#spec + 1] = { x = r.step * t:t(), y = C[l]:row(i):t(),
        colour = (i - 1) % 7 + 1, dash = l == 2 and "dashed" or "solid",
        label = r.neurons == "best" and ("%s_%d, u_%d"):format(name, i, l)
          or k == 1 and ("u_%d"):format(l) or nil }
    end
  end
  return spec
end

local function speeds(r)
  local spec = { title = ("%s, eta_D = %g: eta |g| / |Y|"):format(r.training, r.step),
    xlabel = "t eta_D", ylog = true, legend = "below", vline = blown_up(r) }
  for k, player in ipairs { "D", "G" } do
    local t, gone = r:curve("gone_" .. player)
    local at, speed = learning.speed({ t = t, ["gone_" .. player] = gone }, player)
    spec[k] = { x = r.step * at:t(), y = speed:t(), label = player }
  end
  return spec
end

local function plot(runs)
  local panels = {}
  for _, name in ipairs(ORDER) do
    local all = runs:filter(function(r) return r.training == name end)
    local r = all:sort("-decided", "-lead")[1]
    if r then
      panels[#panels + 1] = speeds(r)
      panels[#panels + 1] = cosines(r, "w", ("%s: D, seed %d"):format(name, r.seed))
      panels[#panels + 1] = cosines(r, "v", ("%s: G, seed %d"):format(name, r.seed))
    end
  end
  return { columns = 3, size = { 1500, 130 * #panels }, panels = panels }
end

return sd.experiment {
  name = "normalized_sgda.fig_5",
  text = "who learns what when, under descent-ascent and under its normalised form",
  params = two_modes.params {
    training = sd.param("sgda", "sgda, nsgda or coarse (sgda in large steps)",
      { choices = ORDER }),
    mD = sd.param(5, "neurons of the discriminator", { from = 1 }),
    mG = sd.param(5, "neurons of the generator", { from = 1 }),
    a0 = sd.param(0.3, "a at the start", { above = 0 }),
    eta = sd.param(0.0, "eta_D, where it is not 0", { from = 0 }),
    ratio = sd.param(0.0, "eta_G/eta_D, where it is not 0", { from = 0 }),
    span = sd.param(0.0, "the length of the run in t eta_D, where it is not 0", { from = 0 }),
    reduced = sd.param(false, "the reduced model, of the same law"),
    neurons = sd.param("all", "which are drawn", { choices = { "all", "best" } }),
  },
  sweep = { training = ORDER, seed = sd.seeds(10) },
  quick = { seed = sd.seeds(2), reduced = true },
  run = run, summary = summary, plot = plot,
}
