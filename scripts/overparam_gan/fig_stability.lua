--- For which steps descent-ascent on the linearised game of the over-parameterised-GAN paper
-- (Balaji et al., ICLR 2021, (21)) is stable: the spectral radius of a mode's step over eta s and
-- mu, s an eigenvalue of J0 J0', with both players moving at once and with d moving first.
--
--   saddle figure overparam_gan/fig_stability
--
-- The radius is LAPACK's. The edges are the closed forms of stability_region.lua: mu (2 - eta s) =
-- 4 with eta s = 1, and mu (2 + eta s) = 4. At once, the paper's Lemmas A.2 and A.3 ask for eta s
-- up to mu/4 and mu/8, left of the lines: above the edge, where mu is over 2, they are wrong there.
-- On the line eta s = mu/4 eigenvalues meet, and the radius is least. The table counts grid points
-- whose radius contradicts the closed form, and has the largest difference from the radius of the
-- eigenvalues in closed form, which near that line is about the root of the rounding.
local sd = require "saddle"

local LARGEST <const> = { ["at once"] = 1.3, ["in turn"] = 3 } -- eta s of the picture
local TITLE <const> = { ["at once"] = "both players at once", ["in turn"] = "d first, then theta" }

--- The centres of n cells of 0..to.
local function cells(n, to) return sd.linspace(to / (2 * n), to - to / (2 * n), n) end

local function run(p)
  local name = p.dynamics == "in turn" and "alternating" or "simultaneous"
  local xs, mus = cells(p.cells, p.largest > 0 and p.largest or LARGEST[p.dynamics]),
    cells(p.cells, 4.4)
  local wrong, apart, best = 0, 0, { radius = math.huge }
  local map = sd.stability.map { x = xs, y = mus, of = function(x, mu)
    local closed = sd.stability.bilinear { eta = x, mu = mu, s = 1, dynamics = name }
    local at = sd.stability.step(closed.A)
    if at.verdict ~= "marginal" and (at.verdict == "stable") ~= closed.stable then
      wrong = wrong + 1
    end
    apart = math.max(apart, math.abs(at.radius - closed.radius))
    if at.radius < best.radius then best = { radius = at.radius, x = x, mu = mu } end
    return at
  end }
  return { radius = map, x = xs, mu = mus, wrong = wrong, apart = apart, fastest = best.radius,
    fastest_x = best.x, fastest_mu = best.mu, stable = sd.sum(sd.lt(map, 1)) }
end

local function summary(runs)
  local lines = { "dynamics   points  stable  contradictions  largest difference  fastest: radius  "
    .. "eta s     mu" }
  for _, r in ipairs(runs) do
    lines[#lines + 1] = ("%-9s %7d %7d %15d %19.1e %16.4f %6.3f %6.3f"):format(r.dynamics,
      r.cells ^ 2, r.stable, r.wrong, r.apart, r.fastest, r.fastest_x, r.fastest_mu)
  end
  return table.concat(lines, "\n")
end

--- The closed form of the edge, as a series.
local function edge(dynamics, most)
  local x = sd.linspace(0, math.min(most, dynamics == "in turn" and most or 1), 200)
  local y = sd.full(200, 1, 4) / (dynamics == "in turn" and 2 + x or 2 - x)
  if dynamics == "at once" then
    x, y = sd.vcat(x, sd.ones(1, 1)), sd.vcat(y, sd.zeros(1, 1))
  end
  return { x = x, y = y, label = "edge, closed form", colour = "#000000", width = 2 }
end

local function panel(r)
  local x, mu = r:array "x", r:array "mu"
  local most = x(-1) + x(1)
  local spec = { { heat = r:array "radius", x = x, y = mu }, edge(r.dynamics, most),
    title = TITLE[r.dynamics], xlabel = "eta s", ylabel = "mu", zlabel = "radius",
    zrange = { 0, 2 }, palette = "diverging", xrange = { 0, most }, yrange = { 0, 4.4 },
    legend = "below" }
  if r.dynamics == "at once" then
    for factor, dash in pairs { [4] = "dashed", [8] = "dotted" } do
      local to = math.min(most, 4.4 / factor)
      spec[factor == 4 and 3 or 4] = { x = { 0, to }, y = { 0, factor * to }, dash = dash,
        label = ("eta s = mu/%d"):format(factor), colour = "#000000" }
    end
  end
  return spec
end

local function plot(runs)
  local panels = {}
  for _, r in ipairs(runs:sort "dynamics") do panels[#panels + 1] = panel(r) end
  return { columns = 2, size = { 1100, 520 }, panels = panels }
end

return sd.experiment {
  name = "overparam_gan.fig_stability",
  text = "the spectral radius of linear descent-ascent over eta s and mu",
  params = {
    dynamics = sd.param("at once", "\"at once\", or \"in turn\", d first"),
    cells = sd.param(150, "grid points a side", { from = 2 }),
    largest = sd.param(0.0, "the largest eta s; 0: as suits the dynamics", { from = 0 }),
  },
  sweep = { dynamics = { "at once", "in turn" } },
  quick = { cells = 50 },
  run = run, summary = summary, plot = plot,
}
