--- Lemma A.7 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): at a random start the
-- least singular value of the generator's Jacobian is, with 0 < eta free,
--
--   sigma_min(J(W0)) >= (sqrt((1-delta)^2 k - (1+delta)^2) - sqrt m (1+eta)(1+delta)) S
--
-- with a probability of at least 1 - 3 e^(-eta^2 m/8) - 2k(e^(-n delta^2/18) + e^(-d delta^2/54) +
-- e^(-c_1 n delta)). At delta = 1/2, eta = 1/3 that is alpha = (sqrt(k-9)/2 - 2 sqrt m) S, which is
-- above 0 iff k > 16 m + 9.
--
-- Corrected here: delta < 1, where the paper has delta <= 3/2 ((1-delta)^2 grows again beyond 1,
-- and (43), of which it comes, then bounds a norm by a negative number); and the probability has no
-- unnamed constant (random_jacobian.lua). The one with c_1 is nothing at ordinary sizes, and so is
-- ours: it wants d and n of some hundreds.
local sd = require "saddle"
local random = require "random_jacobian"

return sd.claim {
  id = "overparam_gan.lemma_A_7",
  source = "Lemma A.7, (41)-(43)",
  statement = "sigma_min(J(W0)) is of order (sqrt k - sqrt m) S at the least",
  params = { sigma_v = 0.7, sigma_w = 2, sigma_z = 1.5, trials = 12,
    { m = 2, k = 600, d = 700, n = 600, delta = 0.5, eta = 4 },
    { m = 8, k = 1000, d = 700, n = 700, delta = 0.5, eta = 2, tier = "full" },
    { m = 200, k = 3400, d = 1000, n = 800, delta = 0.5, eta = 1 / 3, trials = 12, tier = "full" },
    { m = 10, k = 1000, d = 10, n = 100, delta = 0.5, eta = 1 / 3, expect = "not applicable" },
    { m = 10, k = 169, d = 700, n = 600, delta = 0.5, eta = 1 / 3, expect = "not applicable" },
    { m = 2, k = 600, d = 700, n = 600, delta = 1.25, eta = 4, expect = "not applicable" } },
  smoke = { trials = 5 },
  full = { trials = 30 },
  broken = { "equal rows" },
  check = function(c, p)
    if not c:assume("delta < 1", p.delta, "<", 1) then return end
    local bound, p0 = random.smallest(p, p.delta, p.eta)
    c:assume("the bound is above 0", bound, ">", 0)
    if not c:assume("the probability says something", p0, ">", 0) then return end
    local smallest = random.extremes(c.rng, p, p.trials, c.broken)
    c:rate("sigma_min(J(W0)) >= the bound", sd.sum(sd.ge(smallest, bound)), p.trials, ">=", p0)
    c:note("bound", bound)
    c:note("probability", p0)
    c:note("mean", sd.mean(smallest))
    c:note("(sqrt k - sqrt m) S", (math.sqrt(p.k) - math.sqrt(p.m)) * random.scale(p))
  end,
}
