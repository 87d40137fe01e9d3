--- The steps of the proofs of Theorems 2.1 and 2.2 of the over-parameterised-GAN paper (Balaji et
-- al., ICLR 2021, sections A.6 and A.7) that are arithmetic: what follows from which constant.
-- proof_chain.lua has the constants. "k >= C m" of the paper is k >= 29 m + 10 here, from which
-- alpha >= sqrt(k) S/8; "k large" in (36) is whatever makes R <= Rmax.
--
-- In print, 3 e^(-eta^2 m/8) at eta = 1/3 is once 3 e^(-m/2) and once 3 e^(-m/72): the latter is
-- right. The exponent of d in the condition on the sigmas is once 3/2 and twice 5/2: both will do
-- for (36), and 5/2 is the most that will.
local sd = require "saddle"
local proof = require "proof_chain"

local checks = {}

--- What holds at any width from some multiple of m on.
function checks.widths(c, p)
  local k = proof.constants(p)
  if not c:assume("k >= 29 m + 10", p.k, ">=", 29 * p.m + 10) then return end
  c:assume("n >= 2", p.n, ">=", 2)
  local root = math.sqrt(p.k)
  -- the twin's step has lost its pi
  local lost = c.broken == "pi" and (p.d + (p.n - 1) / math.pi) / (p.d + p.n - 1) or 1
  local eta = k.eta * lost
  c:conclude("alpha >= sqrt(k) S/8", k.alpha, ">=", root * k.S / 8)
  c:conclude("beta <= 9 sqrt(k) S", k.beta, "<=", 9 * root * k.S)
  c:conclude("S >= sigma_v sigma_z sqrt(1/(4 pi))", k.S, ">=",
    p.sigma_v * p.sigma_z * math.sqrt(1 / (4 * math.pi)))
  c:conclude("eps >= sigma_v sigma_z sqrt(k)/42000", k.eps, ">=",
    p.sigma_v * p.sigma_z * root / 42000)
  c:conclude("R <= 40 beta^2/alpha^3 r0", k.R, "<=", 40 * k.beta ^ 2 / k.alpha ^ 3 * k.r0)
  c:conclude("mu/eta >= 8 beta^2", p.mu / eta, ">=", 8 * k.beta ^ 2)
  c:conclude("eta alpha^2/2 >= 1e-5 etabar mu", eta * k.alpha ^ 2 / 2, ">=", 1e-5 * p.etabar * p.mu)
  c:conclude("eta <= 1/(3 beta^2), descent", k.eta_descent, "<=", 1 / (3 * k.beta ^ 2))
  c:conclude("eta alpha^2/4 >= 4e-6 etabar, descent", k.eta_descent * k.alpha ^ 2 / 4, ">=",
    4e-6 * p.etabar)
end

--- (35) and (36): where each half is below half of sigma_v sigma_z sqrt(k)/42000, the whole is
-- below eps.
checks["(36)"] = function(c, p)
  local k = proof.constants(p)
  c:assume("k >= 210000^2 m d", p.k, ">=", 210000 ^ 2 * p.m * p.d)
  if not c:assume("R <= R_max", k.R, "<=", k.R_max) then return end
  -- at R_max both sides of the second half are equal, to rounding
  c:conclude("(35) at R_max", proof.perturbation(p, k.R_max), "<=", k.eps)
  c:conclude("(35) at R", k.change, "<=", k.eps)
  local s = 3 * (2 * p.k * k.R_max / p.sigma_w) ^ (2 / 3)
  c:conclude("the second half, at R_max", 105000 * math.sqrt(p.d * 2 * s * math.log(p.k / s)),
    "<=", math.sqrt(p.k) * (1 + 1e-12))
end

--- Exponents and numbers, in print and corrected.
function checks.numbers(c, p)
  local printed = p.form == "printed"
  c:assume("d >= 2", p.d, ">=", 2)
  c:conclude("3 e^(-eta^2 m/8) at eta = 1/3", (1 / 3) ^ 2 / 8, ">=", printed and 1 / 2 or 1 / 72,
    { tol = 0x1p-52 })
  c:conclude("4/3/sqrt(2 pi) <= 2/3", 4 / 3 / math.sqrt(2 * math.pi), "<=", 2 / 3)
  -- (d log d)^(3/2) |xbar| <= C k sigma, at the least k and the largest |xbar| that are allowed
  local xbar = p.m * p.d ^ (printed and 3 / 2 or 5 / 2) * math.log(p.d) ^ (3 / 2)
  local width = p.m * p.d ^ 4 * math.log(p.d) ^ 3
  c:conclude("(36), the part of xbar", (p.d * math.log(p.d)) ^ (3 / 2) * xbar, "<=", width,
    { tol = 0x1p-45 * width })
end

return sd.claim {
  id = "overparam_gan.proof_of_theorem_2_1",
  source = "Sections A.6 and A.7",
  statement = "the constants of the proofs of Theorems 2.1 and 2.2 follow from each other",
  params = { mu = { 1, 0.5 }, etabar = 1, sigma_v = 0.7, sigma_w = 2, sigma_z = 1.5, xbar = 30,
    d = { 2, 10, 1000 }, n = { 2, 1000000 }, m = { 1, 50 },
    { part = "widths", k = { 1500.0, 1e6, 1e20 } },
    { part = "widths", k = 30.0, expect = "not applicable" },
    { part = "(36)", k = 1e65 },
    { part = "(36)", k = 1e20, expect = "not applicable" },
    { part = "numbers", form = "corrected", k = 1e20 },
    { part = "numbers", form = "printed", k = 1e20, expect = "violated" } },
  smoke = { mu = 1, n = 1000000 },
  broken = { "pi" },
  check = function(c, p) checks[p.part](c, p) end,
}
