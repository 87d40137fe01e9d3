--- Where the errors of Figures 2 and 9 of the over-parameterised-GAN paper (Balaji et al., ICLR
-- 2021) become 0, for data of several dimensions m: the share of runs at zero against the width.
--
--   saddle figure overparam_gan/fig_transition
--   saddle figure overparam_gan/fig_transition m=4,40 trials=2000 -o mine.png
--
-- Two shares, and the law of the first, P(Bin(k, 1/2) >= m) (cone.lua):
--
--   floor     of `trials` draws of V and xbar, those whose xbar lies in the cone of V's columns,
--             with the exact interval of Clopper and Pearson at 99%
--   trained   of the first `runs` of them, those that gradient descent with the optimal
--             discriminator brings to zero in `steps` steps: at most the floor's share, and less
--             close to the edge of the cone, where training is slow
local sd = require "saddle"
local cone = require "cone"
local one_hidden = require "one_hidden"
local widths = require "widths"

local LEVEL <const> = 0.99

--- How often the floor is 0, and how often training gets there.
local function run(p)
  local k = math.max(1, math.floor(p.ratio * p.m + 0.5))
  local inside, trained = 0, 0
  for trial = 1, p.trials do
    local draws = p.rng:split(("%d %d %d"):format(p.m, k, trial))
    local xbar = draws:randn(p.m, 1)
    local V, Z, W0 = widths.draw(draws, p.m, { k = k, d = p.d, n = p.n })
    local at_zero = cone.distance(V, xbar) == 0
    inside = inside + (at_zero and 1 or 0)
    if trial <= p.runs and at_zero then -- elsewhere nothing is to be reached
      local size = widths.gd(one_hidden.new(V, Z), W0, xbar, { steps = p.steps, tol = p.tol })
      trained = trained + (size <= p.tol and 1 or 0)
    end
  end
  local low, high = sd.clopper_pearson(inside, p.trials, LEVEL)
  return { k = k, inside = inside / p.trials, low = low, high = high,
    trained = trained / math.min(p.runs, p.trials), expected = cone.probability(k, p.m) }
end

local function summary(runs)
  local lines = { "     m      k   floor=0   interval (99%)     P(Bin >= m)   trained to 0" }
  for _, g in ipairs(runs:group("m", "ratio")) do
    local r = g.mean
    lines[#lines + 1] = ("%6d %6d %8.3f   [%.3f, %.3f] %1s %13.3f %14.2f"):format(g.m, r.k,
      r.inside, r.low, r.high, (r.expected < r.low or r.expected > r.high) and "!" or "",
      r.expected, r.trained)
  end
  return table.concat(lines, "\n")
end

local function plot(runs)
  local panels = {}
  for _, of_m in ipairs(runs:group "m") do
    local m, G = of_m.m, of_m:group "ratio"
    local k, law = {}, {}
    for j = 1, math.max(table.unpack(G.mean.k)) // 1 do
      k[j], law[j] = j, cone.probability(j, m)
    end
    local low, high = sd.matrix(G.mean.low), sd.matrix(G.mean.high)
    panels[#panels + 1] = {
      { x = k, y = law, label = "P(Bin(k, 1/2) >= m)", colour = "#000000" },
      { x = G.mean.k, y = 0.5 * (low + high), err = 0.5 * (high - low), label = "floor, 99%",
        colour = 1 },
      { x = G.mean.k, y = G.mean.trained, label = "trained", style = "points", colour = 2 },
      title = ("m = %d; dotted: k = 2m"):format(m), xlabel = "hidden width k",
      ylabel = #panels == 0 and "share of runs at zero" or nil, yrange = { -0.05, 1.05 },
      vline = { 2 * m }, legend = "bottom right",
    }
  end
  return { columns = #panels, size = { 430 * #panels, 380 }, panels = panels }
end

return sd.experiment {
  name = "overparam_gan.fig_transition",
  text = "the width at which a one-hidden-layer generator reaches the mean of the data",
  params = {
    m = sd.param(6, "data dimension", { from = 1 }),
    ratio = sd.param(2.0, "hidden width / m", { above = 0 }),
    d = sd.param(10, "latent dimension", { from = 1 }),
    n = sd.param(50, "latent points", { from = 1 }),
    trials = sd.param(400, "draws of V and xbar", { from = 1 }),
    runs = sd.param(30, "of these are trained", { from = 1 }),
    steps = sd.param(4000, "the largest number of steps", { from = 0 }),
    tol = sd.param(1e-6, "trained to zero: |f(W) - xbar| is below this", { from = 0 }),
  },
  sweep = { m = { 2, 6, 20 }, ratio = { 0.5, 1, 1.5, 2, 2.5, 3, 4, 6 } },
  quick = { m = { 2, 6 }, ratio = { 0.5, 1, 1.5, 2, 2.5, 3, 4 }, trials = { 200 }, runs = { 10 },
    steps = { 2000 } },
  run = run, summary = summary, plot = plot,
}
