--- Figure 2 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): the final error
-- |f(W) - xbar|^2 of a one-hidden-layer generator against its hidden width k, for gradient
-- descent-ascent and for gradient descent with the optimal discriminator.
--
--   saddle scripts/overparam_gan/fig_2.lua
--   saddle scripts/overparam_gan/fig_2.lua k=5,20,80 seeds=3 data=points.csv out=mine.png
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

local p = sd.args(arg, {
  { "k", { 5, 10, 20, 30, 40, 50, 60, 80, 120, 160, 320, 640 }, "hidden widths",
    whole = true, from = 1 },
  { "m", 20, "data dimension, for data=gaussian", whole = true, from = 1 },
  { "d", 10, "latent dimension", whole = true, from = 1 },
  { "n", 100, "latent points, and data points where they are drawn", whole = true, from = 1 },
  { "mu", 1, "the discriminator's step size, 0 < mu <= 1", above = 0, to = 1 },
  { "steps", 6000, "the largest number of steps", whole = true, from = 0 },
  { "tol", 1e-12, "stop once |f(W) - xbar| is below this", from = 0 },
  { "seeds", 5, "repetitions", whole = true, from = 1 },
  { "data", "gaussian", "gaussian (a random mean), two-moons, or a .csv or .npy file of samples" },
  { "out", "overparam_gan_fig_2.svg", "the figure: .svg, .png or .pdf" },
})

sd.plot.kind(p.out) -- a name that cannot be drawn to fails now, not after the computation

local function mean_of_data(rng)
  if p.data == "gaussian" then
    local centre = rng:split "centre":randn(p.m, 1)
    return sd.mean(sd.data.gaussian(rng:split "data", p.m, p.n, { mean = centre }), { dim = 2 })
  elseif p.data == "two-moons" then
    return sd.mean(sd.data.two_moons(rng:split "data", p.n), { dim = 2 })
  end
  return sd.mean(sd.data.points(p.data), { dim = 2 })
end

--- One point of the figure -> {gda=, gd=, floor= (squared errors), gda_steps=, gd_steps=}.
local function run(k, seed)
  local rng = sd.rng(seed, "overparam_gan.fig_2")
  local xbar = mean_of_data(rng)
  local draws = rng:split("width " .. k)
  local V, Z, W0 = draws:randn(xbar.rows, k), draws:randn(p.d, p.n), draws:randn(k, p.d)
  local net = one_hidden.new(V, Z)
  local sigma = net.singular_values(W0)(1)
  local unit = sigma > 0 and 1 / sigma ^ 2 or 0 -- no latent point active: the gradient stays 0
  local function options(eta) return { eta = eta, mu = p.mu, steps = p.steps, tol = p.tol } end
  local _, gda, gda_steps = one_hidden.gda(net, W0, xbar, options(p.mu / 8 * unit))
  local _, gd, gd_steps = one_hidden.gd(net, W0, xbar, options(unit / 3))
  local _, floor = sd.nnls(V, xbar)
  return { gda = gda ^ 2, gd = gd ^ 2, floor = floor ^ 2, gda_steps = gda_steps,
    gd_steps = gd_steps }
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

local m = mean_of_data(sd.rng(1, "overparam_gan.fig_2")).rows
print(("final |f(W) - xbar|^2: m=%d d=%d n=%d mu=%g data=%s, mean over %d seeds"):format(
  m, p.d, p.n, p.mu, p.data, p.seeds))
print "     k        GDA         GD      floor   GDA at 0  GD at 0   steps GDA/GD   P(floor=0)"

local fields = { "gda", "gd", "floor", "gda_steps", "gd_steps" }
local runs = {} -- field -> matrix: a row a width, a column a seed
for _, field in ipairs(fields) do runs[field] = sd.zeros(#p.k, p.seeds) end
local bar = sd.progress(#p.k * p.seeds, { label = "fig_2" })
local rows = {}
for i, k in ipairs(p.k) do
  for seed = 1, p.seeds do
    local result = run(k, seed)
    for _, field in ipairs(fields) do runs[field]:set(i, seed, result[field]) end
    bar:step()
  end
  local function mean(field) return sd.mean(runs[field]:row(i)) end
  local function at_zero(field) return sd.sum(sd.le(runs[field]:row(i), p.tol ^ 2)) end
  rows[i] = ("%6d %10.3g %10.3g %10.3g %7d/%d %6d/%d %8.0f/%-6.0f %8.3f"):format(k, mean "gda",
    mean "gd", mean "floor", at_zero "gda", p.seeds, at_zero "gd", p.seeds,
    mean "gda_steps", mean "gd_steps", cone_probability(k, m))
end
bar:done()
print(table.concat(rows, "\n"))

--- A curve: the mean over seeds; with `band`, the range over seeds as well.
local function curve(field, label, options)
  local Y, by = runs[field], { dim = 2 }
  local c = { x = p.k, y = sd.mean(Y, by), label = label }
  c.style, c.dash = options.style, options.dash
  if options.band then c.lo, c.hi = sd.min(Y, by), sd.max(Y, by) end
  return c
end

local function panel(ylog)
  return {
    curve("gda", "GDA", { band = true }),
    curve("gd", "GD, best d", { style = "points" }),
    curve("floor", "floor", { dash = "dashed" }),
    title = ylog and "the same, log scale" or "final error, mean and range over seeds",
    xlabel = "hidden width k", xlog = true, ylabel = not ylog and "|f(W) - xbar|^2" or nil,
    ylog = ylog, legend = ylog and "top right", vline = { 2 * m, label = "k = 2m" },
  }
end

local path = sd.plot { panels = { panel(false), panel(true) }, columns = 2, size = { 900, 400 },
  file = p.out }
print("figure: " .. path)
