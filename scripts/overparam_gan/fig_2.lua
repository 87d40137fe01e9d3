--- Figure 2 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): the final error
-- |f(W) - xbar|^2 of a one-hidden-layer generator against its hidden width k, on data drawn around
-- a random mean or on the user's own.
--
--   saddle figure overparam_gan/fig_2
--   saddle figure overparam_gan/fig_2 k=5,20,80 seed=1..3 data=points.csv -o mine.png
--
-- What is trained, by which steps, and what the floor is: widths.lua.
local sd = require "saddle"
local widths = require "widths"

--- The mean of the data; `m` counts for data=gaussian.
local function mean_of_data(p)
  if p.data == "gaussian" then
    local centre = p.rng:split "centre":randn(p.m, 1)
    return sd.mean(sd.data.gaussian(p.rng:split "data", p.m, p.n, { mean = centre }), { dim = 2 })
  end
  return sd.mean(sd.data.points(p.data), { dim = 2 })
end

return sd.experiment {
  name = "overparam_gan.fig_2",
  text = "final error of a one-hidden-layer generator against its width",
  params = widths.params {
    m = sd.param(20, "data dimension, for data=gaussian", { from = 1 }),
    n = sd.param(100, "latent points, and data points where they are drawn", { from = 1 }),
    data = sd.param("gaussian", "gaussian (a random mean), or a .csv or .npy file"),
  },
  sweep = { k = { 5, 10, 20, 30, 40, 50, 60, 80, 120, 160, 320, 640 }, seed = sd.seeds(5) },
  quick = { k = { 5, 20, 40, 80, 160 }, seed = sd.seeds(2) },
  run = function(p) return widths.run(p, mean_of_data(p)) end,
  summary = widths.summary, plot = widths.plot,
}
