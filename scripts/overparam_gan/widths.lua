--- What Figures 2 and 9 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021) share: the
-- final error |f(W) - xbar|^2 of a one-hidden-layer generator against its hidden width k, for
-- gradient descent-ascent and for gradient descent with the optimal discriminator.
--
-- The paper gives neither sizes nor step sizes for these figures. Here the sizes are parameters;
-- the steps come from the largest singular value of the Jacobian at the start, as Theorems A.4 and
-- A.11 ask: eta = mu / (8 sigma_max^2) for descent-ascent, 1 / (3 sigma_max^2) for descent.
--
-- With the errors goes their floor, the squared distance of xbar from the cone of V's columns
-- (cone.lua). Just below the width at which it vanishes, and just above, training is slow, and an
-- error says less than what is left of it above the floor.
local sd = require "saddle"
local cone = require "cone"
local one_hidden = require "one_hidden"

local widths = {}

--- The parameters that both figures have, and these more.
function widths.params(more)
  local params = {
    k = sd.param(80, "hidden width", { from = 1 }),
    d = sd.param(10, "latent dimension", { from = 1 }),
    mu = sd.param(1.0, "the discriminator's step size", { above = 0, to = 1 }),
    steps = sd.param(6000, "the largest number of steps", { from = 0 }),
    tol = sd.param(1e-12, "stop once |f(W) - xbar| is below this", { from = 0 }),
  }
  for name, entry in pairs(more) do params[name] = entry end
  return params
end

--- 1 / sigma_max^2 of the Jacobian at W0, times o.stretch where that is given.
local function unit(net, W0, o)
  local sigma = net.singular_values(W0)(1)
  if sigma == 0 then return 0 end -- no latent point active: the gradient stays 0
  return (o.stretch or 1) / sigma ^ 2
end

--- widths.gda(net, W0, xbar, o), widths.gd(...) -> |f(W) - xbar| at the end, steps taken. o =
-- {mu=, steps=, tol=[, stretch=1]}, mu for descent-ascent alone.
function widths.gda(net, W0, xbar, o)
  local _, size, steps = one_hidden.gda(net, W0, xbar,
    { eta = o.mu / 8 * unit(net, W0, o), mu = o.mu, steps = o.steps, tol = o.tol })
  return size, steps
end

function widths.gd(net, W0, xbar, o)
  local _, size, steps = one_hidden.gd(net, W0, xbar,
    { eta = unit(net, W0, o) / 3, steps = o.steps, tol = o.tol })
  return size, steps
end

--- widths.draw(rng, m, p) -> V (m,k), Z (d,n), W0 (k,d), with k, d and n of p. The units of a net
-- are the first of every wider one of the same rng, hence the floor falls with k for every seed.
function widths.draw(rng, m, p)
  return rng:randn(m, p.k), rng:randn(p.d, p.n), rng:randn(p.d, p.k):t()
end

--- The metrics of a run of an experiment with parameters p: squared errors at the end of both
-- dynamics, their floor, what is left above it, and what it took.
function widths.run(p, xbar)
  local V, Z, W0 = widths.draw(p.rng:split "start", xbar.rows, p)
  local net = one_hidden.new(V, Z)
  local o = { mu = p.mu, steps = p.steps, tol = p.tol }
  local gda, gda_steps = widths.gda(net, W0, xbar, o)
  local gd, gd_steps = widths.gd(net, W0, xbar, o)
  local floor = cone.distance(V, xbar)
  return { gda = gda ^ 2, gd = gd ^ 2, floor = floor ^ 2, rows = xbar.rows,
    gda_gap = math.max(gda ^ 2 - floor ^ 2, 0), gd_gap = math.max(gd ^ 2 - floor ^ 2, 0),
    gda_steps = gda_steps, gd_steps = gd_steps, gda_at_zero = gda <= p.tol,
    gd_at_zero = gd <= p.tol, floor_at_zero = floor == 0 }
end

--- A row for each width: means over seeds, and how many seeds are at zero (below tol).
function widths.summary(runs)
  local lines = { "     k seeds        GDA         GD      floor   GDA at 0  GD at 0   " ..
    "steps GDA/GD   P(floor=0)" }
  for _, g in ipairs(runs:group "k") do
    local mean = g.mean
    lines[#lines + 1] = ("%6d %5d %10.3g %10.3g %10.3g %9.0f%% %7.0f%% %8.0f/%-6.0f %8.3f")
      :format(g.k, g.n, mean.gda, mean.gd, mean.floor, 100 * mean.gda_at_zero,
        100 * mean.gd_at_zero, mean.gda_steps, mean.gd_steps, cone.probability(g.k, g[1].rows))
  end
  return table.concat(lines, "\n")
end

--- Three panels: the errors with their floor, what is left above it, the share of seeds at zero.
function widths.plot(runs)
  local G, m = runs:group "k", runs[1].rows
  local probability = {}
  for k, g in ipairs(G) do probability[k] = cone.probability(g.k, m) end
  local function panel(series, options)
    series.xlabel, series.xlog, series.vline = "hidden width k", true, { 2 * m }
    for name, v in pairs(options) do series[name] = v end
    return series
  end
  return { columns = 3, size = { 1300, 400 }, panels = {
    panel({
      { x = G.k, y = G.mean.gda, lo = G.min.gda, hi = G.max.gda, label = "GDA" },
      { x = G.k, y = G.mean.gd, label = "GD, best d", style = "points" },
      { x = G.k, y = G.mean.floor, label = "floor", dash = "dashed" } },
      { title = "final error, mean and range over seeds", ylabel = "|f(W) - xbar|^2",
        legend = "top right" }),
    panel({
      { x = G.k, y = G.mean.gda_gap, lo = G.min.gda_gap, hi = G.max.gda_gap, label = "GDA" },
      { x = G.k, y = G.mean.gd_gap, label = "GD, best d", style = "points" } },
      { title = "what is left above the floor", ylog = true, legend = "bottom left" }),
    panel({
      { x = G.k, y = G.mean.gda_at_zero, label = "GDA", style = "linespoints" },
      { x = G.k, y = G.mean.gd_at_zero, label = "GD, best d", style = "points" },
      { x = G.k, y = G.mean.floor_at_zero, label = "floor", dash = "dashed" },
      { x = G.k, y = probability, label = "Wendel's law", colour = "#000000" } },
      { title = "share of seeds at zero; dotted: k = 2m", yrange = { -0.05, 1.05 } }),
  } }
end

return widths
