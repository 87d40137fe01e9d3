--- Lemma A.8 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): at a random start the
-- largest singular value of the generator's Jacobian is
--
--   |J(W0)| <= (1+delta)(sqrt k + 2 sqrt m) S,   0 <= delta <= 3/2
--
-- with a probability of at least 1 - e^(-m/2) - k(e^(-n delta^2/18) + e^(-d delta^2/54) +
-- e^(-c_1 n delta)). zeta is this at delta = 1/2. The probability that is checked has no unnamed
-- constant (random_jacobian.lua): D_l^2 is bounded by (1+delta)^2 E D_l^2 and not, as the proof
-- goes on, by the smaller (1+delta) E D_l^2; this is for (1+delta)^2 <= 5/2.
local sd = require "saddle"
local random = require "random_jacobian"

return sd.claim {
  id = "overparam_gan.lemma_A_8",
  source = "Lemma A.8",
  statement = "|J(W0)| is of order (sqrt k + sqrt m) S at most",
  params = { sigma_v = 0.7, sigma_w = 2, sigma_z = 1.5, trials = 20,
    { m = 10, k = 200, d = 400, n = 500, delta = 0.5 },
    { m = 10, k = 1000, d = 10, n = 100, delta = 0.5, expect = "not applicable" },
    { m = 10, k = 200, d = 400, n = 500, delta = 1.25, expect = "not applicable" } },
  smoke = { trials = 5 },
  full = { trials = 200 },
  broken = { "equal rows" },
  check = function(c, p)
    if not c:assume("(1 + delta)^2 <= 5/2", (1 + p.delta) ^ 2, "<=", 5 / 2) then return end
    local bound, p0 = random.largest(p, p.delta)
    if not c:assume("the probability says something", p0, ">", 0) then return end
    local _, largest = random.extremes(c.rng, p, p.trials, c.broken)
    c:rate("|J(W0)| <= the bound", sd.sum(sd.le(largest, bound)), p.trials, ">=", p0)
    c:note("bound", bound)
    c:note("probability", p0)
    c:note("mean", sd.mean(largest))
    c:note("(sqrt k + sqrt m) S", (math.sqrt(p.k) + math.sqrt(p.m)) * random.scale(p))
  end,
}
