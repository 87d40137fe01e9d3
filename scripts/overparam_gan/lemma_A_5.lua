--- Lemma A.5 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021; W. J. Rugh, Linear
-- system theory, lemma 24.5), the discrete inequality of Gronwall: for p >= 0 and eta >= 0,
--
--   phi(0) <= psi,   phi(t) <= psi + eta sum over i < t of p(i) phi(i)
--
-- imply phi(t) <= psi times the product over i < t of 1 + eta p(i). Sequences that use all that
-- they are allowed attain it, at all t; psi may be negative. p >= 0 is needed: with p < 0 a phi
-- that stays below its allowance once may rise above the product later.
local sd = require "saddle"

--- phi of T + 1 elements, which leaves the share `slack`, drawn from 0..slack, of |psi| + |sum|
-- unused at each t; and what it may be at most.
local function sequence(p, rng, weights)
  local phi, allowed, sum = sd.zeros(p.T + 1, 1), sd.zeros(p.T + 1, 1), 0
  for t = 1, p.T + 1 do
    local most = p.psi + p.eta * sum
    allowed:set(t, 1, most)
    phi:set(t, 1, most - p.slack * rng:rand() * (math.abs(p.psi) + math.abs(p.eta * sum)))
    if t <= p.T then sum = sum + weights(t) * phi(t) end
  end
  return phi, allowed
end

return sd.claim {
  id = "overparam_gan.lemma_A_5",
  source = "Lemma A.5",
  statement = "what is at most psi plus a weighted sum of its past is at most psi times a product",
  params = { T = 60, eta = { 0, 0.01, 0.5 }, psi = { 1, -1 }, seed = sd.seeds(3),
    { law = "uniform", slack = { 0, 0.3 } },
    { law = "sparse", slack = { 0, 0.3 } },
    { law = "normal", eta = 0.5, slack = 0, expect = "not applicable" } },
  smoke = { seed = 1 },
  full = { T = 300, seed = sd.seeds(20) },
  broken = { "last factor" },
  check = function(c, p)
    local weights = c.rng:rand(p.T, 1)
    if p.law == "sparse" then weights = weights % c.rng:bernoulli(0.1, p.T, 1) end
    if p.law == "normal" then weights = c.rng:randn(p.T, 1) end
    local phi, allowed = sequence(p, c.rng, weights)
    c:assume("p >= 0", weights, ">=", 0)
    c:assume("eta >= 0", p.eta, ">=", 0)
    c:assume("phi(t) <= psi + eta sum of p phi", phi, "<=", allowed)

    local factors = 1 + p.eta * weights
    if c.broken == "last factor" then factors:set(p.T, 1, 1 - p.eta) end
    local bound = p.psi * sd.vcat(sd.ones(1, 1), sd.cumprod(factors))
    -- With p >= 0 and without slack all terms have the sign of psi. Three roundings a step then
    -- make a relative error of 3 t u in the sum, two a step 2 t u in the product.
    local tol = 5 * (p.T + 1) * 2 ^ -53
    local size = sd.abs(bound)
    c:conclude("phi(t) <= psi prod of 1 + eta p", phi / size, "<=", bound / size, { tol = tol })
    if p.slack == 0 then
      c:conclude("equality attains it", phi / size, "==", bound / size, { tol = tol })
    end
  end,
}
