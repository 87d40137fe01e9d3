--- Lemma A.3 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): for singular values of
-- J0 between alpha and beta and mu/eta >= 8 beta^2 the linearised game contracts,
--
--   |z_t| <= gamma (1 - eta alpha^2)^t |z_0|   with   gamma = max kappa_i <= 5,
--
-- kappa_i = (3 - 2a + ((1 + 2a)^2 + 4)^(1/2)) / (2 (1 - 4a)^(1/2)), a = eta sigma_i^2 / mu <= 1/8,
-- the condition of the eigenvectors ((1 +- q)/2, 1) of the block C_i, q = (1 - 4a)^(1/2).
--
--   printed     as it stands: false where mu is large, as Lemma A.2 is (mu = 2.5)
--   mu <= 2     holds. kappa is 3.6123 at most, and the paper's bound 6/(2 (1 - 4a)^(1/2)) is
--               4.2427: 5 is never reached
--   gamma = 1   false: from d_0 = 0 the length grows at first
--   best        gamma = max ((1 - a)^2 + 1)^(1/2) / (1 - 4a)^(1/2) <= 1.8793 where all eigenvalues
--               are >= 0, that is 1 - mu + mu eta s >= 0: the limit of |C^t| / rho^t, and its
--               least upper bound (linearised.lua)
--
-- The lemma is on z_t; in the proof of Theorem A.4, (30), it is used with J0'J0, whose zero
-- eigenvalues it does not allow: what makes that right is that J0'r and J0'd stay in the range of
-- J0'.
local sd = require "saddle"
local linearised = require "linearised"

local function largest(f, list)
  local best = -math.huge
  for _, v in ipairs(list) do best = math.max(best, f(v)) end
  return best
end

--- gamma of each form; `list` has the a of all blocks. What is assumed of mu comes first.
local forms = {}

function forms.printed(_, _, list) return largest(sd.stability.kappa, list) end

forms["mu <= 2"] = function(c, mu, list)
  c:assume("mu <= 2", mu, "<=", 2)
  return largest(sd.stability.kappa, list)
end

forms["gamma = 1"] = function(c, mu)
  c:assume("mu <= 2", mu, "<=", 2)
  return 1
end

function forms.best(c, mu, list)
  c:assume("mu <= 2", mu, "<=", 2)
  c:assume("all eigenvalues are >= 0", 1 - mu + mu ^ 2 * math.min(table.unpack(list)), ">=", 0)
  return largest(linearised.gain, list)
end

--- max |A^t| / rate^t over t <= T, by the blocks, A being diag(C_1, ...) in orthonormal bases.
local function powers(values, eta, mu, rate, T)
  local out = sd.zeros(1, T)
  for _, sigma in ipairs(values) do
    local B = sd.stability.bilinear { eta = eta, mu = mu, s = sigma ^ 2 }.A / rate
    local P = B
    for t = 1, T do
      out:set(1, t, math.max(out(t), sd.norm(P, 2)))
      P = P * B
    end
  end
  return out
end

--- What is said of kappa: it is the condition of the eigenvectors, and 5 is above it.
local function conclude_kappa(c, a)
  local q = math.sqrt(1 - 4 * a)
  local vectors = sd.matrix { { (1 + q) / 2, (1 - q) / 2 }, { 1, 1 } }
  local kappa = sd.stability.kappa(a) * (c.broken == "kappa" and 1.01 or 1)
  -- a condition number is off by its square times n eps, here by 13 * 4 * 2^-52
  c:conclude("kappa is the condition of the eigenvectors", kappa, "==", sd.cond(vectors),
    { tol = 1e-13 })
  c:conclude("kappa <= 6 / (2 sqrt(1 - 4a))", kappa, "<=", 3 / q)
  c:conclude("6 / (2 sqrt(1 - 4a)) < 5", 3 / q, "<", 5)
end

return sd.claim {
  id = "overparam_gan.lemma_A_3",
  source = "Lemma A.3",
  statement = "for mu/eta >= 8 beta^2 and mu <= 2 the linearised game contracts by "
    .. "1 - eta alpha^2, up to a constant below 5, which is 1.8793 where no eigenvalue is negative",
  params = { m = 5, alpha = { 0.1, 1 }, beta = 1, ratio = { 8, 16, 1000 }, T = 150,
    seed = sd.seeds(2),
    { form = "printed", alpha = 1, mu = 2.5, expect = "violated" },
    { form = "mu <= 2", mu = { 0.05, 1, 1.5, 2 } },
    { form = "mu <= 2", mu = 1, ratio = 7, expect = "not applicable" },
    { form = "mu <= 2", mu = 2.5, expect = "not applicable" },
    { form = "gamma = 1", mu = 1, expect = "violated" },
    { form = "best", mu = { 0.05, 0.5, 1 } },
    { form = "best", mu = 1.5, expect = "not applicable" } },
  smoke = { seed = 1, ratio = { 8, 1000 }, T = 60 },
  full = { m = { 1, 5, 20 }, T = 300 },
  broken = { "step", "kappa" },
  check = function(c, p)
    local values = linearised.values(c.rng, p.m, p.alpha, p.beta)
    c:assume("mu/eta >= 8 beta^2", p.ratio, ">=", 8)
    local eta, a = p.mu / (p.ratio * p.beta ^ 2), {}
    for i, sigma in ipairs(values) do
      a[i] = eta * sigma ^ 2 / p.mu
      conclude_kappa(c, a[i])
    end
    local gamma = forms[p.form](c, p.mu, a)

    local played = (c.broken == "step" and 4 or 1) * eta
    local rate = 1 - eta * p.alpha ^ 2
    local growth = powers(values, played, p.mu, rate, p.T)
    c:conclude("|A^t| <= gamma (1 - eta alpha^2)^t", growth, "<=", gamma,
      { tol = c:roundoff(sd.eye(2), { steps = p.T }) * gamma })
    local J = linearised.jacobian(c.rng, values, p.m + 2)
    local r = c.rng:sphere(p.m)
    local run = sd.stability.lti(J, { r = r, d = sd.zeros(p.m, 1) },
      { eta = played, mu = p.mu, steps = p.T })
    c:conclude("|z_t| <= gamma (1 - eta alpha^2)^t |z_0|",
      sd.norm(sd.vcat(run.r, run.d), { dim = 1 }), "<=", gamma * rate ^ run.t,
      { tol = c:roundoff(J, r, { steps = p.T }) })
    c:note("gamma", gamma)
    c:note("largest |A^t| / (1 - eta alpha^2)^t", sd.max(growth))
  end,
}
