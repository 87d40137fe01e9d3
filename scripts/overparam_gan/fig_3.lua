--- Figure 3 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021), with what Figures 1 and
-- 5 say of larger ones: GANs made of plain networks get better with their width k, and faster; then
-- this saturates. The paper trains on MNIST, for 300,000 steps at a rate of 1e-4, and shows FIDs in
-- pictures alone. Here two sets of data are drawn, or MNIST is read where there is a file of it;
-- steps are fewer and longer; and the distance is one of random features (wgan_gp.lua):
--
--   digits    images of 16 x 16 (sd.data.digits), in [-1, 1]; the generator ends in tanh
--   mixture   10 normal clouds of deviation 0.2 in 12 dimensions, centres on a sphere of radius 4
--   a file    .idx, also gzipped, .npy or .csv; of an IDX file the columns, else the rows are
--             samples; rescaled to [-1, 1] by the smallest and largest element
--
--   saddle figure overparam_gan/fig_3 --jobs 2
--   saddle figure overparam_gan/fig_3 --quick data=train-images-idx3-ubyte.gz -o mnist.png
--
-- The distance is measured from the `n` samples of training and from as many that were not trained
-- on. It does not reach 0 for samples of the law itself: the dotted line is the distance of the two
-- sets from each other.
local sd = require "saddle"
local wgan_gp = require "wgan_gp"

local MODES <const>, DIMENSION <const>, RADIUS <const>, DEVIATION <const> = 10, 12, 4, 0.2
local RECORDS <const> = 20 -- distances along a run
local SHOWN <const> = 6    -- images of a side of the pictures

-- ---- data ---------------------------------------------------------------------------------------

local sources = {}

--- -> samples (m,2n), activation of the generator's output.
function sources.digits(p) return 2 * sd.data.digits(p.rng:split "data", 2 * p.n) - 1, "tanh" end

local function centres(rng) return RADIUS * rng:split "centres":sphere(DIMENSION, MODES) end

function sources.mixture(p)
  return sd.data.mixture(p.rng:split "data", 2 * p.n, { centres = centres(p.rng), sd = DEVIATION }),
    "identity"
end

local function read(p)
  local X, sides = sd.load(p.data)
  local rows_are_samples = p.data:lower():find "%.npy$" or p.data:lower():find "%.csv$"
  if rows_are_samples then X = sd.data.points(p.data) end
  if not sides and not rows_are_samples then error(p.data .. " holds no matrix of samples", 0) end
  if X.cols < 2 * p.n then
    error(("%s has %d samples; n=%d needs twice as many"):format(p.data, X.cols, p.n), 0)
  end
  X = X:col(p.rng:split "data":choice(X.cols, 2 * p.n)):to "f64"
  local low, high = sd.min(X), sd.max(X)
  if low == high then error(p.data .. " has samples that are all the same", 0) end
  return 2 / (high - low) * (X - low) - 1, "tanh"
end

-- ---- a run --------------------------------------------------------------------------------------

--- The first of the images Y (side^2,n) as one picture, or nil where columns are no images.
local function picture(Y, p)
  local side = math.floor(math.sqrt(Y.rows) + 0.5)
  if p.data == "mixture" or side * side ~= Y.rows then return nil end
  local rows = {}
  for i = 1, SHOWN do
    local images = {}
    for j = 1, SHOWN do
      images[j] = Y:col((i - 1) * SHOWN + j):reshape(side, side):t()
    end
    rows[i] = sd.hcat(table.unpack(images))
  end
  return sd.vcat(table.unpack(rows))
end

local function run(p, log)
  local X, last = (sources[p.data] or read)(p)
  local seen, unseen = X:col(1, p.n):clone(), X:col(p.n + 1, 2 * p.n)
  local gan = wgan_gp.new(seen, { k = p.k, latent = p.latent, batch = p.batch, lr = p.lr,
    last = last })
  local train, test = wgan_gp.features(seen), wgan_gp.features(unseen)
  local z = p.rng:split "evaluation":randn(p.latent, p.n, { dtype = "f32" })
  local state, plan = gan.init(p.rng:split "training"), sd.compile(gan.dynamics.step)
  local fakes, result
  for record = 0, RECORDS do
    local from, to = p.steps * (record - 1) // RECORDS, p.steps * record // RECORDS
    if record > 0 and to > from then state = plan:iterate(state, to - from) end
    if record == 0 or to > from then
      fakes = gan.generate(state.p.G, z)
      local F = wgan_gp.features(fakes)
      result = { train = wgan_gp.distance(train, F), test = wgan_gp.distance(test, F) }
      log(to, { distance = result.train })
    end
  end
  result.apart = wgan_gp.distance(train, test)
  result.fakes = picture(fakes:to "f64", p)
  result.pictured = result.fakes ~= nil
  if p.data == "mixture" then
    local found = sd.metrics.modes(fakes:to "f64",
      { centres = centres(p.rng), radius = 3 * DEVIATION * math.sqrt(DIMENSION) })
    result.modes = found.covered
  end
  return result
end

-- ---- what came of it ----------------------------------------------------------------------------

--- A file without the folders above it.
local function name_of(data) return data:match "[^/]*$" end

local function summary(runs)
  local lines = { "data            k seeds   train (sd)         test      test-train  of the law" }
  for _, g in ipairs(runs:group("data", "k")) do
    local mean = g.mean
    lines[#lines + 1] = ("%-10s %6d %5d %8.4f (%.4f) %8.4f %12.4f %10.4f"):format(
      name_of(g.data), g.k, g.n, mean.train, g.n > 1 and g.sd.train or 0, mean.test,
      mean.test - mean.train, mean.apart)
    if g[1].data == "mixture" then
      lines[#lines] = ("%s   modes %.1f of %d"):format(lines[#lines], mean.modes, MODES)
    end
  end
  return table.concat(lines, "\n")
end

local function sizes(set)
  local G = set:group "k"
  local apart = G.mean.apart[1]
  return {
    { x = G.k, y = G.mean.train, lo = G.min.train, hi = G.max.train, label = "training data" },
    { x = G.k, y = G.mean.test, label = "unseen data", style = "points" },
    title = name_of(set.data) .. ": distance at the end, mean and range", xlabel = "width k",
    xlog = true, ylog = true, ylabel = "Frechet distance / variance", hline = { apart },
    legend = "top right",
  }
end

local function curves(set)
  local G = set:group "k"
  local panel = { title = name_of(set.data) .. ": distance along training", ylog = true,
    xlabel = "steps of the generator", legend = "outside" }
  for _, g in ipairs(G) do
    local curve = g:mean_curve "distance"
    panel[#panel + 1] = { x = curve.t, y = curve.mean, label = "k = " .. g.k }
  end
  return panel
end

local function plot(runs)
  local panels = {}
  for _, set in ipairs(runs:group "data") do
    panels[#panels + 1], panels[#panels + 2] = sizes(set), curves(set)
    local G = set:group "k"
    for _, g in ipairs { G[1], G[#G] } do
      if g[1].pictured then
        panels[#panels + 1] = { heat = g[1]:array "fakes", palette = "grey", equal = true,
          title = ("%s, generated at k = %d"):format(name_of(set.data), g.k) }
      end
    end
  end
  return { columns = 2, size = { 1000, 400 * ((#panels + 1) // 2) }, panels = panels }
end

return sd.experiment {
  name = "overparam_gan.fig_3",
  text = "WGAN-GP of plain networks: distance from the data against their width",
  params = {
    k = sd.param(32, "width of the hidden layers of both networks", { from = 1 }),
    data = sd.param("digits", "digits, mixture, or a file"),
    latent = sd.param(16, "latent dimension", { from = 1 }),
    n = sd.param(2000, "samples to train on, and as many unseen ones", { from = 64 }),
    batch = sd.param(64, "samples of a step", { from = 1 }),
    lr = sd.param(1e-3, "the rate of Adam", { above = 0 }),
    steps = sd.param(2500, "steps of the generator", { from = 1 }),
  },
  sweep = { data = { "digits", "mixture" }, k = { 2, 4, 8, 16, 32, 64, 128, 256 },
    seed = sd.seeds(3) },
  quick = { k = { 4, 16, 64 }, seed = sd.seeds(1), steps = { 600 } },
  run = run, summary = summary, plot = plot,
}
