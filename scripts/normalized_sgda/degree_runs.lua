--- Training with activations of degree 1 and 2 in place of the cube (section 4.1 of the
-- normalised-SGDA paper; degree.lua, and degree_claim.lua for what G can fool).
--
--   saddle figure normalized_sgda/degree_runs
--
-- What nSGDA and SGDA make of the columns of V, in shares over all seeds, and the runs with both
-- modes among them, with exact intervals. `dispersion` is the deviation of the columns' angles
-- within the plane of the modes, in degrees, over columns mostly in it: modes and mixtures are
-- angles of 0, 90 and 45.
local sd = require "saddle"
local degree = require "degree"
local descent = require "descent"
local outcome = require "outcome"

local CLASSES <const> = { "mode", "mix", "noise", "other" }

--- Angles (degrees, of case 2) of the columns that are mostly in the plane, as a list.
local function angles(model, V)
  local C, list = outcome.cosines(model, V), {}
  for j = 1, V.cols do
    local x, y = C(1, j), C(2, j)
    if x * x + y * y > 0.25 then list[#list + 1] = math.deg(math.atan(y, x)) end
  end
  return list
end

local function run(p)
  local model = degree.model({ d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
    a0 = p.a0, reduced = true }, p.degree)
  local plain = p.method == "sgda"
  local eta_D = plain and p.sgda_eta or p.eta_D
  local time = plain and p.sgda_time or p.time
  local ended = descent.new(model, { method = p.method, eta_D = eta_D, ratio = p.ratio,
    steps = time // eta_D, records = 1, beyond = not plain })(p.rng:split "run")
  local found = { status = ended.status }
  if ended.status == "diverged" then return found end
  for name, v in pairs(outcome.classes(model, ended.p.G.V)) do found[name] = v end
  local list = angles(model, ended.p.G.V)
  found.angles = sd.matrix(#list > 0 and list or { 0 / 0 })
  return found
end

local function summary(runs)
  local lines = { "method  degree  seeds  blown    mode    mix  noise  other   both modes (95%)"
    .. "   dispersion" }
  for _, g in ipairs(runs:group("method", "degree")) do
    local kept = g:filter(function(r) return r.status ~= "diverged" end)
    local shares, both, all = {}, 0, {}
    for k, class in ipairs(CLASSES) do
      shares[k] = ("%6.3f"):format(#kept > 0 and kept.mean[class] / kept[1].mG or 0)
    end
    for k = 1, #kept do
      both = both + (kept[k].both and 1 or 0)
      local list = kept[k]:array "angles"
      for j = 1, #list do if list(j) == list(j) then all[#all + 1] = list(j) end end
    end
    local low, high = sd.clopper_pearson(both, math.max(1, #kept))
    lines[#lines + 1] = ("%-6s %7d %6d %6d  %s   %4.2f [%.2f, %.2f] %12s"):format(g.method,
      g.degree, g.n, g.n - #kept, table.concat(shares, " "), both / math.max(1, #kept), low, high,
      #all > 1 and ("%.1f"):format(sd.std(sd.matrix(all))) or "-")
  end
  return table.concat(lines, "\n")
end

--- How the angles are spread, nSGDA, a panel for each degree.
local function plot(runs)
  local panels = {}
  for _, g in ipairs(runs:filter(function(r)
    return r.method == "nsgda" and r.status ~= "diverged"
  end):group "degree") do
    local all = {}
    for k = 1, #g do
      local list = g[k]:array "angles"
      for j = 1, #list do if list(j) == list(j) then all[#all + 1] = list(j) end end
    end
    local edges = {}
    for k = 0, 36 do edges[k + 1] = 10.0 * k - 180 end
    panels[#panels + 1] = { { histogram = sd.matrix(#all > 0 and all or { 0 }), bins = edges },
      title = ("degree %d, nSGDA"):format(g.degree), ylabel = "columns", legend = false,
      xlabel = "angle of a column in the plane of u_1 (0) and u_2 (90)", xrange = { -180, 180 },
      vline = { 0, 45, 90 } }
  end
  return { columns = #panels, size = { 500 * #panels, 420 }, panels = panels }
end

return sd.experiment {
  name = "normalized_sgda.degree_runs",
  text = "activations of degree 1, 2 and 3: what the generator learns",
  params = require("two_modes").params {
    degree = sd.param(3, "degree of the activation", { from = 1, to = 3 }),
    method = sd.param("nsgda", "nsgda or sgda"),
    ratio = sd.param(0.3, "eta_G/eta_D", { above = 0 }),
    eta_D = sd.param(0.005, "nSGDA's step", { above = 0 }),
    time = sd.param(60.0, "t eta_D of nSGDA", { above = 0 }),
    sgda_eta = sd.param(0.002, "SGDA's step", { above = 0 }),
    sgda_time = sd.param(200.0, "t eta_D of SGDA, unless a <= 0 before", { above = 0 }),
    a0 = sd.param(0.3, "a at the start", { above = 0 }),
  },
  sweep = { degree = { 1, 2, 3 }, method = { "nsgda", "sgda" }, seed = sd.seeds(40) },
  quick = { seed = sd.seeds(8) },
  run = run, summary = summary, plot = plot,
}
