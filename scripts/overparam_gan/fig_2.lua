--- Figure 2 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): the final error
-- |f(W) - xbar|^2 of a one-hidden-layer generator against its hidden width k, for gradient
-- descent-ascent and for gradient descent with the optimal discriminator.
--
--   saddle figure overparam_gan/fig_2
--   saddle figure overparam_gan/fig_2 k=5,20,80 seed=1..3 data=points.csv -o mine.png
--
-- The paper gives neither sizes nor step sizes for this figure. Here the sizes are parameters; the
-- steps come from the largest singular value of the Jacobian at the start, as Theorems A.4 and A.11
-- ask: eta = mu / (8 sigma_max^2) for descent-ascent, 1 / (3 sigma_max^2) for descent.
--
-- The floor is what no training can beat: f(W) = V a with a >= 0 (a_l is a mean of relu's), so the
-- error is at least the squared distance of xbar from the cone of V's columns, a non-negative least
-- squares problem. For Gaussian V the cone holds xbar with probability P(Bin(k, 1/2) >= m): the
-- floor vanishes at k of about 2m.
local sd = require "saddle"
local one_hidden = require "one_hidden"

--- The mean of the data; `m` counts for data=gaussian.
local function mean_of_data(p)
  if p.data == "gaussian" then
    local centre = p.rng:split "centre":randn(p.m, 1)
    return sd.mean(sd.data.gaussian(p.rng:split "data", p.m, p.n, { mean = centre }), { dim = 2 })
  elseif p.data == "two-moons" then
    return sd.mean(sd.data.two_moons(p.rng:split "data", p.n), { dim = 2 })
  end
  return sd.mean(sd.data.points(p.data), { dim = 2 })
end

--- The squared errors at the end of both dynamics, their floor, and what it took.
local function run(p)
  local xbar = mean_of_data(p)
  local draws = p.rng:split("width " .. p.k)
  local V, Z, W0 = draws:randn(xbar.rows, p.k), draws:randn(p.d, p.n), draws:randn(p.k, p.d)
  local net = one_hidden.new(V, Z)
  local sigma = net.singular_values(W0)(1)
  local unit = sigma > 0 and 1 / sigma ^ 2 or 0 -- no latent point active: the gradient stays 0
  local function options(eta) return { eta = eta, mu = p.mu, steps = p.steps, tol = p.tol } end
  local _, gda, gda_steps = one_hidden.gda(net, W0, xbar, options(p.mu / 8 * unit))
  local _, gd, gd_steps = one_hidden.gd(net, W0, xbar, options(unit / 3))
  local _, floor = sd.nnls(V, xbar)
  return { gda = gda ^ 2, gd = gd ^ 2, floor = floor ^ 2, gda_steps = gda_steps,
    gd_steps = gd_steps, gda_at_zero = gda <= p.tol, gd_at_zero = gd <= p.tol, rows = xbar.rows }
end

--- P(Bin(k, 1/2) >= m), summed in the log domain.
local function cone_probability(k, m)
  local total = 0
  for j = m, k do
    local log_choose = sd.lgamma(k + 1) - sd.lgamma(j + 1) - sd.lgamma(k - j + 1)
    total = total + math.exp(log_choose - k * math.log(2))
  end
  return total
end

--- A row for each width: means over seeds, and how many seeds are at zero (below tol).
local function summary(runs)
  local lines = { "     k seeds        GDA         GD      floor   GDA at 0  GD at 0   " ..
    "steps GDA/GD   P(floor=0)" }
  for _, g in ipairs(runs:group "k") do
    local mean = g.mean
    lines[#lines + 1] = ("%6d %5d %10.3g %10.3g %10.3g %9.0f%% %7.0f%% %8.0f/%-6.0f %8.3f")
      :format(g.k, g.n, mean.gda, mean.gd, mean.floor, 100 * mean.gda_at_zero,
        100 * mean.gd_at_zero, mean.gda_steps, mean.gd_steps, cone_probability(g.k, g[1].rows))
  end
  return table.concat(lines, "\n")
end

local function plot(runs)
  local G = runs:group "k"
  local function panel(title, options)
    return {
      { x = G.k, y = G.mean.gda, lo = G.min.gda, hi = G.max.gda, label = "GDA" },
      { x = G.k, y = G.mean.gd, label = "GD, best d", style = "points" },
      { x = G.k, y = G.mean.floor, label = "floor", dash = "dashed" },
      title = title, xlabel = "hidden width k", xlog = true, ylabel = options.ylabel,
      ylog = options.ylog, legend = options.legend,
      vline = { 2 * runs[1].rows, label = "k = 2m" },
    }
  end
  return { columns = 2, size = { 900, 400 }, panels = {
    panel("final error, mean and range over seeds", { ylabel = "|f(W) - xbar|^2", legend = false }),
    panel("the same, log scale", { ylog = true, legend = "top right" }) } }
end

return sd.experiment {
  name = "overparam_gan.fig_2",
  text = "final error of a one-hidden-layer generator against its width",
  params = {
    k = sd.param(80, "hidden width", { from = 1 }),
    m = sd.param(20, "data dimension, for data=gaussian", { from = 1 }),
    d = sd.param(10, "latent dimension", { from = 1 }),
    n = sd.param(100, "latent points, and data points where they are drawn", { from = 1 }),
    mu = sd.param(1.0, "the discriminator's step size", { above = 0, to = 1 }),
    steps = sd.param(6000, "the largest number of steps", { from = 0 }),
    tol = sd.param(1e-12, "stop once |f(W) - xbar| is below this", { from = 0 }),
    data = sd.param("gaussian", "gaussian (a random mean), two-moons, or a .csv or .npy file"),
  },
  sweep = { k = { 5, 10, 20, 30, 40, 50, 60, 80, 120, 160, 320, 640 }, seed = sd.seeds(5) },
  quick = { k = { 5, 20, 40, 80, 160 }, seed = sd.seeds(2) },
  run = run, summary = summary, plot = plot,
}
