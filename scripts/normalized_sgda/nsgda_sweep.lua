--- How often nSGDA finds both modes, and how many neurons of G become one, against all that Theorem
-- 4.2 of the normalised-SGDA paper speaks of (Jelassi, Mensch, Gidel, Li, 2022).
--
--   saddle figure normalized_sgda/nsgda_sweep
--
-- Panels: the ratio eta_G/eta_D at one path of G; d up to 1e12 at one width; gamma; d with the
-- widths m_D = log d, m_G = log d loglog d. Shares of seeds are given with exact intervals of level
-- 0.95, shares of neurons with Student's over seeds. Lines: the probability that the leaders of the
-- start differ and lead neurons of G, which the proof needs, and that they differ, without which
-- only one mode is found (theorem_4_2_start.lua). Step sizes are small throughout (nsgda.lua,
-- `warmup`). `from` = "sgda" has plain steps of the same sizes: nothing is found.
local sd = require "saddle"
local leaders = require "leaders"
local nsgda = require "nsgda"
local two_modes = require "two_modes"

local PATH <const> = 18 -- of G

local DEFAULT <const> = { d = 1000, mD = 7, mG = 13, gamma = 0.05, ratio = 0.3 }

local panels = {
  ratio = { values = { 0.03, 0.1, 0.3, 0.5, 1 }, label = "eta_G / eta_D" },
  d = { values = { 1e2, 1e3, 1e6, 1e9, 1e12 }, label = "d, at m_D = 7, m_G = 13" },
  gamma = { values = { 0.01, 0.03, 0.05, 0.1, 0.2 }, label = "gamma" },
  width = { values = { 1e2, 1e3, 1e4, 1e5, 1e6 }, label = "d, m_D = log d" },
}
local ORDER <const> = { "ratio", "d", "gamma", "width" }

--- The settings at a place of a panel.
local function settings(name, place)
  local all = {}
  for key, v in pairs(DEFAULT) do all[key] = v end
  local value = panels[name].values[place]
  if name == "width" then
    local log = math.log(value)
    all.d, all.mD = value, math.floor(log + 0.5)
    all.mG = math.floor(log * math.log(log) + 0.5)
  else
    all[name] = value
  end
  return all, value
end

local function run(p)
  if not panels[p.panel] then error("panel is one of ratio, d, gamma, width", 0) end
  local o, value = settings(p.panel, p.place)
  local model = two_modes.new { d = o.d, mD = o.mD, mG = o.mG, gamma = o.gamma, reduced = true }
  local trainer = nsgda.trainer(model, { eta = p.eta, ratio = o.ratio, total = PATH / o.ratio,
    warmup = true, D = p.from, G = p.from })
  local last = nsgda.run(trainer, model:init(p.rng), p.rng)
  return { value = value, mD = o.mD, mG = o.mG, both = nsgda.both(model, last.G.V),
    pure = nsgda.pure(model, last.G.V) / o.mG }
end

--- Of the runs of a panel, a group for each place: value, share with both and its interval, share
-- of pure neurons and its interval, the two probabilities.
local function rows(runs, name)
  local list = {}
  for _, g in ipairs(runs:filter(function(r) return r.panel == name end):group "place") do
    local first, hits, pure = g[1], 0, {}
    for k = 1, #g do
      hits, pure[k] = hits + (g[k].both and 1 or 0), g[k].pure
    end
    local row = { value = first.value, mD = first.mD, mG = first.mG, n = #g, share = hits / #g }
    row.low, row.high = sd.clopper_pearson(hits, #g)
    row.pure, row.pure_low, row.pure_high = pure[1], pure[1], pure[1]
    if #g > 1 then
      local mean, low, high = sd.mean_ci(pure)
      row.pure, row.pure_low, row.pure_high = mean, math.max(low, 0), math.min(high, 1)
    end
    row.differ = 1 - 1 / row.mD
    row.decided = row.differ * leaders.both_hit(row.mD, row.mG)
    list[#list + 1] = row
  end
  return list
end

local function summary(runs)
  local lines = { "panel      value  m_D  m_G  seeds   both   exact 95 %       of neurons   95 %"
    .. "           P(decided)  P(differ)" }
  for _, name in ipairs(ORDER) do
    for _, r in ipairs(rows(runs, name)) do
      lines[#lines + 1] = ("%-7s %8.3g %4d %4d %6d  %5.2f   %.2f .. %.2f %11.2f   %.2f .. %.2f"
        .. " %11.2f %10.2f"):format(name, r.value, r.mD, r.mG, r.n, r.share, r.low, r.high, r.pure,
        r.pure_low, r.pure_high, r.decided, r.differ)
    end
  end
  return table.concat(lines, "\n")
end

local function panel(runs, name)
  local list = rows(runs, name)
  local function column(field)
    local v = {}
    for k, r in ipairs(list) do v[k] = r[field] end
    return v
  end
  local x = column "value"
  return { xlabel = panels[name].label, xlog = true, yrange = { 0, 1 },
    legend = name == "ratio" and "bottom left" or false,
    { x = x, y = column "share", lo = column "low", hi = column "high", colour = 1,
      label = "seeds with both modes" },
    { x = x, y = column "pure", lo = column "pure_low", hi = column "pure_high", colour = 2,
      label = "neurons that are a mode" },
    { x = x, y = column "differ", dash = "dashed", colour = 3, label = "P(i_1* and i_2* differ)" },
    { x = x, y = column "decided", dash = "dotted", colour = 4, label = "and lead neurons of G" } }
end

local function plot(runs)
  local list = {}
  for k, name in ipairs(ORDER) do list[k] = panel(runs, name) end
  return { columns = 2, size = { 1100, 860 }, panels = list }
end

return sd.experiment {
  name = "normalized_sgda.nsgda_sweep",
  text = "how often normalised descent-ascent finds both modes: ratio, d, gamma, width",
  params = {
    panel = sd.param("ratio", "ratio, d, gamma or width"),
    place = sd.param(3, "which of its values", { from = 1, to = 5 }),
    from = sd.param("nsgda", "steps: nsgda or sgda"),
    eta = sd.param(1e-2, "eta_D", { above = 0 }),
  },
  sweep = { panel = ORDER, place = { 1, 2, 3, 4, 5 }, seed = sd.seeds(60) },
  quick = { seed = sd.seeds(6) },
  run = run, summary = summary, plot = plot,
}
