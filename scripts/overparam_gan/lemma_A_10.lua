--- Lemma A.10 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): at a random start
--
--   |f(W0) - xbar| <= (1+delta) sigma_v sigma_w sigma_z sqrt(k d m/(2 pi)) + |xbar|
--
-- for 0 <= delta <= 3, with a probability of at least 1 - (k e^(-c_2 n (delta/27)^2) +
-- e^(-(delta/9)^2 m/2) + e^(-(delta/3)^2 k d/2)). |f(W0)| is |v| |a| in law, v of m elements N(0,
-- sigma_v^2) and a_l the mean over i of relu(w_l . z_i). Given w_l, a_l moves by |w_l|/sqrt n times
-- the z_i at most: it passes 1 + e times its mean with at most exp(-n e^2/(4 pi)) (Gaussian
-- concentration), so that c_2 = 1/(4 pi), and nothing is unnamed. (The elements of a share Z: they
-- are not independent, as the proof says, but a union bound does not ask for that.)
--
-- The proof spends delta in thirds of thirds. With 1 + e the cube root of 1 + delta for each of
-- |v|, |W| and the a_l, the same argument gives 1 - (k e^(-n e^2/(4 pi)) + e^(-e^2 m/2) +
-- e^(-e^2 k d/2)): "cube root" below.
local sd = require "saddle"
local one_hidden = require "one_hidden"
local random = require "random_jacobian"

--- The three e for a_l, |v| and |W|.
local splits = {
  thirds = function(delta) return delta / 27, delta / 9, delta / 3 end,
  ["cube root"] = function(delta)
    local e = (1 + delta) ^ (1 / 3) - 1
    return e, e, e
  end,
}

return sd.claim {
  id = "overparam_gan.lemma_A_10",
  source = "Lemma A.10, c_2 = 1/(4 pi)",
  statement = "the initial misfit is of order sigma_v sigma_w sigma_z sqrt(k d m) + |xbar|",
  params = { sigma_v = 0.7, sigma_w = 2, sigma_z = 1.5, xbar = { 0, 30 }, trials = 40,
    { split = "thirds", m = 60, k = 40, d = 5, n = 8000, delta = 3 },
    { split = "cube root", m = 100, k = 40, d = 5, n = 1600, delta = 1 },
    { split = "thirds", m = 10, k = 1000, d = 10, n = 100, delta = 1 / 3,
      expect = "not applicable" } },
  smoke = { trials = 10, xbar = 30 },
  full = { trials = 400 },
  broken = { "equal columns" },
  check = function(c, p)
    local a, v, w = splits[p.split](p.delta)
    local p0 = 1 - p.k * math.exp(-p.n * a ^ 2 / (4 * math.pi)) - math.exp(-v ^ 2 * p.m / 2)
      - math.exp(-w ^ 2 * p.k * p.d / 2)
    c:assume("delta <= 3", p.delta, "<=", 3)
    if not c:assume("the probability says something", p0, ">", 0) then return end
    local unit = p.sigma_v * p.sigma_w * p.sigma_z * math.sqrt(p.k * p.d * p.m / (2 * math.pi))
    local xbar = p.xbar * c.rng:sphere(p.m)
    local hits, total = 0, 0
    for _ = 1, p.trials do
      local V, Z, W = random.draw(c.rng, p, c.broken)
      local f = one_hidden.new(V, Z).f(W)
      hits = hits + (sd.norm(f - xbar) <= (1 + p.delta) * unit + p.xbar and 1 or 0)
      total = total + sd.norm(f)
    end
    c:rate("|f(W0) - xbar|", hits, p.trials, ">=", p0)
    c:note("probability", p0)
    c:note("mean of |f(W0)| over its unit", total / p.trials / unit)
  end,
}
