--- Lemma A.9 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): let W0 have elements
-- N(0, sigma_w^2), V N(0, sigma_v^2), and J(W; z) = (V diag relu'(W z)) (x) z' for one latent point
-- z. With x = 2 k R/sigma_w, for all W with |W - W0| <= R,
--
--   |J(W; z) - J(W0; z)| <= sigma_v |z| (2 sqrt m + sqrt(6 x^(2/3) log(k/(3 x^(2/3)))))
--
-- with a probability of at least 1 - e^(-m/2) - e^(-x^(2/3)). The exponent of the last term is
-- hardly legible in print. As it stands here it is what the proof gives: at most s = 3 x^(2/3)
-- neurons flip. Of s that do, s/2 have c_l <= R sqrt(2/s), for the squares add up to R^2 at most;
-- the number of such neurons is binomial with a mean of at most x^(2/3)/sqrt(3 pi), and passes
-- s/2, 4.6 times that, with at most exp(-1.11 x^(2/3)) (Chernoff).
--
-- The logarithm is undefined past 3 x^(2/3) = k, and past k/e the bound falls as R grows: there
-- nothing is claimed. Nor does it vanish with R: below the smallest c_l nothing flips and J is
-- the same, but 2 sqrt m stays.
--
-- For all W in the ball: sets that can flip are known exactly (flips.lua), the largest |V_S| among
-- them is searched for.
local sd = require "saddle"
local flips = require "flips"

local SPEED <const> = 20 -- the twin flips what a ball so many times larger flips

--- The side of the bound, for |z| = sigma_v = 1.
local function bound(p, s) return 2 * math.sqrt(p.m) + math.sqrt(2 * s * math.log(p.k / s)) end

--- That the search speaks of Jacobians: W is moved to where S has flipped, and the two Jacobians
-- of (33) are subtracted.
local function jacobians(c, p, V, W, z)
  local distances = flips.distances(W, z)
  local count, S = flips.most(distances, p.R)
  local side = W * z
  local step = sd.zeros(p.k, 1)
  for j = 1, count do -- a hair beyond 0
    step:set(S(j), 1, -side(S(j)) * (1 + 0x1p-40) / sd.dot(z, z))
  end
  local moved = W + step * z:t()
  local function J(U) return sd.kron(V % sd.ge(U * z, 0):t(), z:t()) end
  local change = sd.norm(J(moved) - J(W), 2)
  local V_S = count > 0 and sd.norm(V:col(S:t()), 2) or 0
  c:conclude("|J(W) - J(W0)| = |V_S| |z|", change, "==", V_S * sd.norm(z),
    { tol = c:roundoff(V:col(S:t()), z, { steps = 1 }) * (1 + change) })
  c:conclude("the flips are within R", sd.norm(moved - W), "<=", p.R * (1 + 0x1p-30))
end

return sd.claim {
  id = "overparam_gan.lemma_A_9",
  source = "Lemma A.9, and the exponent of its proof",
  statement = "at one latent point, J moves by (2 sqrt m + sqrt(2 s log(k/s))) sigma_v |z| at most "
    .. "in a ball of radius R, s = 3 (2 k R/sigma_w)^(2/3)",
  params = { m = 5, d = 5, sigma_v = 0.7, sigma_w = 2, trials = 20,
    { k = 20000, R = { 0.1, 0.5 } },
    { k = 500, R = 0.01 },
    { k = 100000, R = 0.6, tier = "full" },
    { k = 2000, R = 5, expect = "not applicable" } },
  smoke = { trials = 10 },
  full = { trials = 50, m = { 2, 5 } },
  broken = { "radius" },
  check = function(c, p)
    local x = 2 * p.k * p.R / p.sigma_w
    local s = 3 * x ^ (2 / 3)
    if not c:assume("the bound grows with R: 3 x^(2/3) <= k/e", s, "<=", p.k / math.exp(1)) then
      return
    end
    local R = (c.broken == "radius" and SPEED or 1) * p.R
    local few, near, total = 0, 0, 0
    for _ = 1, p.trials do
      local V, W = p.sigma_v * c.rng:randn(p.m, p.k), p.sigma_w * c.rng:randn(p.k, p.d)
      local z = c.rng:randn(p.d, 1)
      local distances = flips.distances(W, z)
      local count = flips.most(distances, R)
      total = total + count
      few = few + (count <= s and 1 or 0)
      near = near + (flips.worst(V, distances, R) <= p.sigma_v * bound(p, s) and 1 or 0)
      c:conclude("nothing flips below the smallest c_l",
        flips.most(distances, 0.999 * flips.free(W, z)), "<", 1)
      if p.k <= 1000 then jacobians(c, p, V, W, z) end
    end
    local rare = math.exp(-x ^ (2 / 3))
    c:rate("at most 3 x^(2/3) flips", few, p.trials, ">=", 1 - rare)
    c:rate("|J(W; z) - J(W0; z)|", near, p.trials, ">=", 1 - math.exp(-p.m / 2) - rare)

    -- the count has the variance 8/15 of its mean (points of a Poisson process, to first order);
    -- beyond 0 the density falls by less than c^2/(2 sigma_w^2), and a count is whole
    local mean = flips.expected(p.k, p.R, p.sigma_w)
    local last = mean / p.k * math.sqrt(math.pi / 2)
    c:conclude("mean flips (6/pi)^(1/3) (k R/sigma_w)^(2/3)", total / p.trials, "==", mean,
      { tol = 5 * math.sqrt(8 / 15 * mean / p.trials) + mean * last ^ 2 / 2 + 1 })
  end,
}
