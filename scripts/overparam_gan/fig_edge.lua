--- Past the edge of stability, in the game of the over-parameterised-GAN paper (Balaji et al., ICLR
-- 2021, (2)): descent-ascent at once with mu = 1 and eta = ratio / sigma_max(J0)^2.
--
--   saddle figure overparam_gan/fig_edge
--
-- For the linearised generator z = (r, d) goes to 0 iff ratio < 1, and in the end changes by
-- ratio^(1/2) a step (stability_region.lua; for other mu (1 - mu + mu ratio)^(1/2)). The generator
-- with one hidden layer of relus, from the same start, does not follow past the edge: its Jacobian
-- moves, z swings and stays bounded, and goes to 0 slowly or stalls. The paper's steps, ratio at
-- most mu/8, are far inside. The table has means over seeds and the largest of |z|/|z_0|; growth is
-- (|z_T| / |z_{T/2}|)^(2/T), and a run is at zero where |z_T| < 1e-6 |z_0|. Curves are of one seed.
local sd = require "saddle"
local bilinear = require "bilinear"
local one_hidden = require "one_hidden"

local FAR <const>, NEAR <const> = 1e12, 1e-12 -- runs end there, in parts of |z_0|

local function outside(size) return sd.gt(size, FAR) + sd.lt(size, NEAR) end

--- |z_t| along a run from W0, until it is far away or near 0, and the number of steps.
local function lengths(f, y, W0, p, eta)
  local function length(s) return sd.norm(sd.vcat(f(s.p.theta) - y, s.p.d)) end
  local gda = bilinear.gda(f, y, { eta = eta, mu = p.mu })
  local _, h = sd.compile(gda.step):iterate(gda.init { theta = W0, d = sd.zeros(y.rows, 1) },
    p.steps, { every = 1,
      record = function(s) return { z = length(s) } end,
      stop = function(s) return outside(length(s) / p.r0) end })
  return h.z, h.n
end

local function run(p, log)
  local rng = p.rng:split("sizes " .. p.k)
  local V, Z, W0 = rng:randn(p.m, p.k), rng:randn(p.d, p.n), rng:randn(p.k, p.d)
  local net = one_hidden.new(V, Z)
  local f0, df = sd.linearize(net.f, W0)
  local y = f0 - p.r0 * rng:sphere(p.m)
  local function f(W) return p.generator == "linear" and f0 + df(W - W0) or net.f(W) end
  local eta = p.ratio / net.singular_values(W0)(1) ^ 2
  local z, T = lengths(f, y, W0, p, eta)
  for t = 0, T do log(t, { length = z(t + 1) / p.r0 }) end
  local half = T // 2
  local late = z:block(1, half + 1, 1, T - half + 1)
  return { largest = sd.max(z) / p.r0, last = z(-1) / p.r0, at_zero = z(-1) < 1e-6 * p.r0,
    growth = (z(-1) / z(half + 1)) ^ (1 / (T - half)), late_largest = sd.max(late) / p.r0 }
end

local function summary(runs)
  local lines = {
    "generator  ratio  seeds  growth  linear theory  largest |z|  largest late  at zero" }
  for _, g in ipairs(runs:group("generator", "ratio")) do
    lines[#lines + 1] = ("%-9s %6.3g %6d %7.4f %14.4f %12.3g %13.3g %7.0f%%"):format(
      g.generator, g.ratio, g.n, g.mean.growth,
      math.sqrt(1 - g[1].mu + g[1].mu * g.ratio), g.max.largest,
      g.max.late_largest, 100 * g.mean.at_zero)
  end
  return table.concat(lines, "\n")
end

--- A line for each ratio, of the runs of the first seed.
local function panel(runs, generator, title)
  local spec = { title = title, xlabel = "t", ylabel = "|z_t| / |z_0|", ylog = true,
    yrange = { 1e-8, 1e6 }, legend = "below" }
  for _, g in ipairs(runs:filter(function(r) return r.generator == generator end):group "ratio") do
    local t, z = g[1]:curve "length"
    spec[#spec + 1] = { x = t:t(), y = z:t(), label = ("eta sigma^2 = %g"):format(g.ratio) }
  end
  return spec
end

local function plot(runs)
  return { columns = 2, size = { 1100, 500 }, panels = {
    panel(runs, "linear", "linearised generator"), panel(runs, "relu", "generator with relus") } }
end

return sd.experiment {
  name = "overparam_gan.fig_edge",
  text = "descent-ascent past the edge of stability: linear and with relus",
  params = {
    generator = sd.param("relu", "relu or linear"),
    ratio = sd.param(1.05, "eta sigma_max(J0)^2", { above = 0 }),
    mu = sd.param(1.0, "the discriminator's step size", { above = 0, to = 2 }),
    k = sd.param(200, "hidden width", { from = 1 }),
    m = sd.param(5, "data dimension", { from = 1 }),
    d = sd.param(5, "latent dimension", { from = 1 }),
    n = sd.param(50, "latent points", { from = 1 }),
    r0 = sd.param(1.0, "the distance of y from f(W0)", { above = 0 }),
    steps = sd.param(2000, "steps", { from = 2 }),
  },
  sweep = { generator = { "linear", "relu" }, ratio = { 0.9, 0.98, 1.05, 1.1, 1.2 },
    seed = sd.seeds(10) },
  quick = { seed = sd.seeds(2), steps = 600 },
  run = run, summary = summary, plot = plot,
}
