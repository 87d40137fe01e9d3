--- Lemma A.2 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): for singular values of
-- J0 between alpha and beta and mu/eta >= 4 beta^2, the step A of the linearised game has the
-- radius rho(A) <= 1 - eta alpha^2.
--
-- As printed it is false for large mu: its proof takes 1 - mu/2 for its modulus. At mu = 2.5 and
-- eta beta^2 = mu/8 with alpha = beta, rho is 1.134, and 1 - eta alpha^2 is 0.6875. With mu <= 2
-- (Theorem A.4 has mu <= 1) it holds. The best condition is
--
--   mu <= (2 - x)^2 / (2 (1 - x)),   x = eta alpha^2 < 1,
--
-- which is 2 and somewhat more: the smaller eigenvalue of the block of alpha, 1 - mu (1 + q)/2, is
-- the least of all, and is at least -(1 - x) just then, if alpha is one of the singular values.
--
-- Also concluded: the eigenvalues are those of the paper's formula, by LAPACK.
local sd = require "saddle"
local linearised = require "linearised"

--- What is assumed of mu by each form, at x = eta alpha^2.
local forms = {}

function forms.printed() end

forms["mu <= 2"] = function(c, mu) return c:assume("mu <= 2", mu, "<=", 2) end

function forms.best(c, mu, x)
  c:assume("eta alpha^2 < 1", x, "<", 1)
  return c:assume("mu <= (2-x)^2/(2(1-x))", mu, "<=", (2 - x) ^ 2 / (2 * (1 - x)))
end

--- All eigenvalues by the formula, which are real, in rising order.
local function formula(values, eta, mu, broken)
  local list = {}
  for _, sigma in ipairs(values) do
    local s = (broken == "formula" and 1.1 or 1) * sigma ^ 2
    local root = math.sqrt(math.max(mu ^ 2 / 4 - mu * eta * s, 0))
    list[#list + 1], list[#list + 2] = 1 - mu / 2 + root, 1 - mu / 2 - root
  end
  table.sort(list)
  return sd.matrix(list)
end

return sd.claim {
  id = "overparam_gan.lemma_A_2",
  source = "Lemma A.2",
  statement = "for mu/eta >= 4 beta^2 the linearised step has a radius of at most 1 - eta alpha^2, "
    .. "if mu <= 2, which print leaves out",
  params = { m = 5, alpha = { 0.1, 1 }, beta = 1, ratio = { 4, 4.5, 8, 100 }, seed = sd.seeds(2),
    { form = "printed", alpha = 1, mu = 2.5, ratio = { 4.5, 8, 100 }, expect = "violated" },
    { form = "printed", alpha = 1, mu = 2.05, ratio = { 8, 100 }, expect = "violated" },
    { form = "mu <= 2", mu = { 0.01, 0.5, 1, 1.5, 2 } },
    { form = "mu <= 2", mu = 1, ratio = 2, expect = "not applicable" },
    { form = "mu <= 2", mu = 2.5, expect = "not applicable" },
    { form = "best", alpha = 1, ratio = { 4.5, 8 }, mu = { 1, 2.02, 2.04 } },
    { form = "best", alpha = 1, ratio = { 4.5, 8 }, mu = 2.5, expect = "not applicable" } },
  smoke = { seed = 1 },
  full = { m = { 1, 5, 40 }, seed = sd.seeds(5) },
  broken = { "step", "formula" },
  check = function(c, p)
    local values = linearised.values(c.rng, p.m, p.alpha, p.beta)
    c:assume("mu/eta >= 4 beta^2", p.ratio, ">=", 4)
    local eta = p.mu / (p.ratio * p.beta ^ 2)
    forms[p.form](c, p.mu, eta * p.alpha ^ 2)
    if c.broken == "step" then eta = 10 * eta end

    local A = linearised.step(linearised.jacobian(c.rng, values, p.m + 2), eta, p.mu)
    local at = sd.stability.step(A)
    c:conclude("rho(A) <= 1 - eta alpha^2", at.radius, "<=", 1 - eta * p.alpha ^ 2,
      { tol = sd.max(at.error) })
    c:conclude("the eigenvalues are those of the formula", sd.sort(at.re), "==",
      formula(values, eta, p.mu, c.broken), { tol = sd.max(at.error) })
    c:note("rho(A)", at.radius)
    c:note("1 - eta alpha^2", 1 - eta * p.alpha ^ 2)
  end,
}
