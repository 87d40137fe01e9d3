--- Figure 9 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): Figure 2 on the two
-- moons, points in the plane.
--
--   saddle figure overparam_gan/fig_9
--   saddle figure overparam_gan/fig_9 --quick noise=0.3 -o moons.png
--
-- With m = 2 the floor vanishes at a width of 4, for half of the seeds at 3: the figure is one of
-- small widths, and of many seeds. What is trained, and by which steps: widths.lua.
local sd = require "saddle"
local widths = require "widths"

return sd.experiment {
  name = "overparam_gan.fig_9",
  text = "final error of a one-hidden-layer generator against its width, on the two moons",
  params = widths.params {
    n = sd.param(500, "points of the moons, and latent points", { from = 1 }),
    noise = sd.param(0.1, "deviation of the noise on the moons", { from = 0 }),
  },
  sweep = { k = { 1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128 }, seed = sd.seeds(20) },
  quick = { k = { 1, 2, 4, 8, 16, 32 }, seed = sd.seeds(6), n = { 100 }, steps = { 2000 } },
  run = function(p)
    local X = sd.data.two_moons(p.rng:split "data", p.n, { noise = p.noise })
    return widths.run(p, sd.mean(X, { dim = 2 }))
  end,
  summary = widths.summary, plot = widths.plot,
}
