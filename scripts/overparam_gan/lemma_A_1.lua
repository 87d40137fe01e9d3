--- Definition 1 and Lemma A.1 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021; after
-- W. J. Rugh, Linear system theory, theorem 22.11): z+ = A z is uniformly exponentially stable,
-- |z_t| <= gamma lambda^t |z_0| with some lambda < 1, if and only if the spectral radius rho of A
-- is less than 1; and then, the lemma adds, |A^t| <= gamma rho^t.
--
-- The first half is right. The addition is wrong for defective A: the block C of the linearised
-- game at eta s = mu/4 has the one eigenvalue 1 - mu/2, and C^t / rho^t grows like t (2.85, 25, 50,
-- 100 at t = 1, 10, 20, 40 with mu = 1). No gamma will do, not even one that depends on A; here it
-- is a number that the powers are past before t = 2^20. What is right:
--
--   any rate       |A^t| <= kappa(P)^(1/2) lambda^t for every lambda > rho, P = sum of
--                  (A/lambda)^k' (A/lambda)^k, since z'Pz falls by lambda^2 a step
--   eigenvectors   |A^t| <= kappa(X) rho^t where A = X L X^-1 with L diagonal
--   converse       |A^t| >= rho^t: from rho = 1 on there is no stability
local sd = require "saddle"
local linearised = require "linearised"

local GAMMA <const> = 1e6 -- in place of "an absolute constant"

--- The norms of A^t / rate^t for t = 1, ..., T, a row.
local function powers(A, rate, T)
  local B, list = A / rate, {}
  local P = B
  for t = 1, T do
    list[t] = sd.norm(P, 2)
    P = P * B
  end
  return sd.matrix { list }
end

--- P = sum over k of (B^k)' B^k, by doubling: the sum of twice as many terms is S + (B^n)' S B^n.
local function lyapunov(B)
  local S, power = sd.eye(B.rows), B
  while sd.norm(power) ^ 2 > 2 ^ -60 do
    S, power = S + power:t() * S * power, power * power
  end
  return S
end

--- What rounding does to |A^t| / rho^t, t <= T, where that is at most gamma: rho is as exact as n
-- eps kappa(X), relatively (Bauer and Fike), and each product as n eps.
local function rounding(A, condition, gamma, T) return gamma * T * #A * 2 ^ -52 * condition end

--- What is claimed of the step A with radius rho; each takes (c, A, rho, p).
local forms = {}

function forms.printed(c, A, _, p)
  local times = { 1, 10, 20, 40, 1000, 2 ^ 20 }
  local growth = sd.stability.growth(A, times)
  c:conclude("|A^t| <= gamma rho^t", growth, "<=", GAMMA)
  for k, t in ipairs(times) do c:note(("|A^t| / rho^t at t = %.0f"):format(t), growth(k)) end
  c:note("mu", p.mu)
end

forms["any rate"] = function(c, A, rho, p)
  local lambda = (1 + rho) / 2
  local w = sd.eigh(lyapunov(A / lambda))
  local gamma = c.broken == "constant" and 1 or math.sqrt(w(-1) / w(1))
  c:conclude("|A^t| <= gamma lambda^t, rho < lambda < 1", powers(A, lambda, p.T), "<=", gamma,
    { tol = c:roundoff(A, { steps = p.T }) })
end

function forms.eigenvectors(c, A, rho, p)
  local at = sd.stability.step(A)
  if not c:assume("A is diagonalisable, beyond rounding", at.condition, "<", 1e6) then return end
  local gamma = c.broken == "constant" and 1 or at.condition
  c:conclude("|A^t| <= kappa(X) rho^t", powers(A, rho, p.T), "<=", gamma,
    { tol = rounding(A, at.condition, gamma, p.T) })
end

function forms.converse(c, A, rho, p)
  local least = c.broken == "constant" and 100 or 1
  c:conclude("|A^t| >= rho^t", powers(A, rho, p.T), ">=", least,
    { tol = rounding(A, sd.stability.step(A).condition, 1, p.T) })
end

return sd.claim {
  id = "overparam_gan.lemma_A_1",
  source = "Definition 1 and Lemma A.1",
  statement = "a linear step is exponentially stable just where its radius is below 1; that its "
    .. "powers keep to the radius itself is false where it is defective",
  surrogate = ("gamma = %g in place of \"an absolute constant\", for t up to 2^20"):format(GAMMA),
  params = { alpha = 1, beta = 2, T = 300, seed = sd.seeds(2),
    { form = "printed", m = 1, mu = 1, ratio = 4, expect = "violated" },
    { form = "any rate", m = { 1, 4 }, mu = { 0.3, 1, 1.9 }, ratio = { 2, 4, 8 } },
    { form = "eigenvectors", m = { 1, 4 }, mu = { 0.3, 1, 1.9 }, ratio = { 3, 8, 100 } },
    { form = "eigenvectors", m = 2, mu = 1, ratio = 4, expect = "not applicable" },
    { form = "converse", m = { 1, 4 }, mu = { 0.5, 1.5 }, ratio = { 0.25, 0.4 } } },
  smoke = { seed = 1, T = 100 },
  full = { seed = sd.seeds(5), T = 2000 },
  broken = { "constant" },
  check = function(c, p)
    local eta = p.mu / (p.ratio * p.beta ^ 2)
    local A
    if p.m == 1 then -- the block itself, which at ratio = 4 is defective to the last bit
      A = sd.matrix { { 1, -eta * p.beta ^ 2 }, { p.mu, 1 - p.mu } }
    else
      A = linearised.step(linearised.jacobian(c.rng,
        linearised.values(c.rng, p.m, p.alpha, p.beta), p.m + 3), eta, p.mu)
    end
    local rho = sd.stability.radius(A)
    if p.form == "converse" then
      c:assume("rho >= 1", rho, ">=", 1)
    else
      c:assume("rho < 1", rho, "<", 1)
    end
    forms[p.form](c, A, rho, p)
    c:note("rho", rho)
  end,
}
