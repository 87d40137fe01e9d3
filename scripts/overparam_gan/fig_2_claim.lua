--- Figures 2 and 9 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): the final error
-- |f(W) - xbar|^2 of a one-hidden-layer generator falls with its width k, to 0, for gradient
-- descent-ascent and for gradient descent with the optimal discriminator.
--
-- Figure 2 has normal data around a random mean, Figure 9 the two moons (m = 2). The widths are
-- m/2, 2m and 12m; at the last the errors' floor (cone.lua) is 0 for all but two starts in a
-- million at m = 2, and for all but one in 10^14 at m = 6. Of each start the units of a net are the
-- first of every wider one, so that its floor falls with k: that the mean of the trained errors
-- does as well is what is claimed.
--
-- The errors themselves need not be near the floor: close to the width at which it vanishes
-- training is slow, and the one unit of a net with k = 1 dies under descent in some starts. Widths
-- next to each other may therefore change places. The notes have the means of all three, as parts
-- of |xbar|^2.
local sd = require "saddle"
local cone = require "cone"
local one_hidden = require "one_hidden"
local widths = require "widths"

local ZERO <const> = 1e-12 -- of |xbar|^2; tol leaves 1e-16 / |xbar|^2

--- xbar of a start.
local data = {}
function data.gaussian(p, rng)
  local centre = rng:randn(p.m, 1)
  return sd.mean(sd.data.gaussian(rng, p.m, p.n, { mean = centre }), { dim = 2 })
end

data["two-moons"] = function(p, rng) return sd.mean(sd.data.two_moons(rng, p.n), { dim = 2 }) end

--- Squared errors and floor at one width of one start, as parts of |xbar|^2.
local function train(c, p, k, rng)
  local xbar = data[p.data](p, rng:split "data")
  local V, Z, W0 = widths.draw(rng:split "start", p.m, { k = k, d = p.d, n = p.n })
  if c.broken == "signs" then V = sd.abs(V) end
  local net = one_hidden.new(V, Z)
  local o = { mu = p.mu, steps = p.steps, tol = p.tol, stretch = c.broken == "step" and 40 or 1 }
  local gda, gd = widths.gda(net, W0, xbar, o), widths.gd(net, W0, xbar, o)
  c:assume("xbar is not 0", sd.norm(xbar), ">", 0)
  local floor, size = cone.distance(V, xbar), sd.norm(xbar)
  local noise = c:roundoff(V, xbar, { steps = 1 })
  c:conclude("no descent-ascent ends below the floor", gda, ">=", floor, { tol = noise })
  c:conclude("no descent ends below the floor", gd, ">=", floor, { tol = noise })
  return { gda = (gda / size) ^ 2, gd = (gd / size) ^ 2, floor = (floor / size) ^ 2 }
end

return sd.claim {
  id = "overparam_gan.fig_2_claim",
  source = "Figures 2 and 9",
  statement = "the final error falls with the width of the generator, to 0",
  surrogate = "means over starts; 0 is 1e-12 |xbar|^2",
  params = { starts = 8, mu = { 1, 0.5 }, tol = 1e-8, steps = 1000,
    { data = "gaussian", m = 6, d = 5, n = 40 },
    { data = "two-moons", m = 2, d = 5, n = 40 } },
  smoke = { mu = 1, steps = 600 },
  full = { starts = 20, steps = 3000, seed = sd.seeds(2) },
  broken = { "step", "signs" },
  check = function(c, p)
    c:assume("0 < mu", p.mu, ">", 0)
    c:assume("mu <= 1", p.mu, "<=", 1)
    local means = { gda = {}, gd = {}, floor = {} }
    local multiples = { 0.5, 2, 12 }
    for j, multiple in ipairs(multiples) do
      local sums = { gda = 0, gd = 0, floor = 0 }
      for start = 1, p.starts do
        for name, v in pairs(train(c, p, multiple * p.m // 1, c.rng:split(start))) do
          sums[name] = sums[name] + v / p.starts
        end
      end
      for name, v in pairs(sums) do means[name][j] = v end
    end
    for _, name in ipairs { "gda", "gd" } do
      local e = means[name]
      for j = 2, #multiples do
        c:conclude(name .. ": a wider net ends lower", e[j], "<=", math.max(e[j - 1], ZERO))
      end
      c:conclude(name .. ": the widest ends at 0", e[#e], "<=", ZERO)
      c:note(name, sd.matrix(e))
    end
    c:note("floor", sd.matrix(means.floor))
  end,
}
