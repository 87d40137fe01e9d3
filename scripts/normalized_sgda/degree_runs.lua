--- Training with activations of degree 1 and 2 in place of the cube (section 4.1 of the
-- normalised-SGDA paper; degree.lua, and degree_claim.lua for what G can fool).
--
--   saddle figure normalized_sgda/degree_runs
--
-- What nSGDA and SGDA make of the columns of V, in shares over all seeds, and the runs with both
-- modes among them, with exact intervals. `dispersion` is the deviation of the columns' angles
-- within the plane of the modes, in degrees, over columns mostly in it: modes and mixtures are
-- angles of 0, 90 and 45.
--
-- What it shows: with degree 1 all columns are the mixture, as said. With degree 2 they are spread
-- over the whole circle, -u_1 and -u_2 as often as u_1 and u_2, for only second moments count; but
-- not evenly: nSGDA on single samples, whose steps are along u_1 or u_2, still comes near +-u_l
-- in many columns, and many runs have a column at either mode. What is lost is the sign, and the
-- columns at other angles, which fit the second moments as well, rather than the modes altogether.
-- With the cube the columns are at u_1 and u_2.
local sd = require "saddle"
local degree = require "degree"
local descent = require "descent"
local outcome = require "outcome"

local CLASSES <const> = { "mode", "mix", "noise", "other" }

--- Angles (degrees, of case 2) of the columns, NaN of those that are not mostly in the plane, and
-- one NaN more, so that it is a matrix for one column, too.
local function angles(model, V)
  local C, list = outcome.cosines(model, V), { 0 / 0 }
  for j = 1, V.cols do
    local x, y = C(1, j), C(2, j)
    list[j + 1] = x * x + y * y > 0.25 and math.deg(math.atan(y, x)) or 0 / 0
  end
  return sd.matrix(list)
end

--- All angles of the runs of a group, as a list.
local function gathered(g)
  local all = {}
  for k = 1, #g do
    local list = g[k]:array "angles"
    for j = 1, #list do if list(j) == list(j) then all[#all + 1] = list(j) end end
  end
  return all
end

local function kept(g) return g:filter(function(r) return r.status_of ~= "diverged" end) end

local function run(p)
  local model = degree.model({ d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
    a0 = p.a0, reduced = true }, p.degree)
  local plain = p.method == "sgda"
  local eta_D = plain and p.sgda_eta or p.eta_D
  local time = plain and p.sgda_time or p.time
  local ended = descent.new(model, { method = p.method, eta_D = eta_D, ratio = p.ratio,
    steps = time // eta_D, records = 1, beyond = not plain })(p.rng:split "run")
  local found = { status_of = ended.status }
  if ended.status == "diverged" then return found end
  for name, v in pairs(outcome.classes(model, ended.p.G.V)) do found[name] = v end
  found.angles = angles(model, ended.p.G.V)
  return found
end

local function line(g)
  local finite, shares, both = kept(g), {}, 0
  for k, class in ipairs(CLASSES) do
    shares[k] = ("%6.3f"):format(#finite > 0 and finite.mean[class] / finite[1].mG or 0 / 0)
  end
  for k = 1, #finite do both = both + (finite[k].both and 1 or 0) end
  local low, high = sd.clopper_pearson(both, math.max(1, #finite))
  local all = gathered(finite)
  return ("%-6s %7d %6d %6d  %s   %4.2f [%.2f, %.2f] %12s"):format(g.method, g.degree, g.n,
    g.n - #finite, table.concat(shares, " "), both / math.max(1, #finite), low, high,
    #all > 1 and ("%.1f"):format(sd.std(sd.matrix(all))) or "-")
end

local function summary(runs)
  local lines = { "method  degree  seeds  blown    mode    mix  noise  other   both modes (95%)"
    .. "   dispersion" }
  for _, g in ipairs(runs:group("method", "degree")) do lines[#lines + 1] = line(g) end
  return table.concat(lines, "\n")
end

--- How the angles are spread, nSGDA, a panel for each degree.
local function plot(runs)
  local panels, edges = {}, {}
  for k = 0, 36 do edges[k + 1] = 10.0 * k - 180 end
  local shown = runs:filter(function(r) return r.method == "nsgda" end)
  for _, g in ipairs(kept(shown):group "degree") do
    local all = gathered(g)
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
