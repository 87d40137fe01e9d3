--- Theorem 2.2 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): gradient descent on
-- |f(W) - xbar|^2/2, which the best discriminator leaves, in the set-up of Theorem 2.1, with
--
--   eta = 2 etabar/(243 k (d + (n-1)/pi)/n sigma_v^2 sigma_z^2),   etabar <= 1
--   (6)  |f(W_t) - xbar| <= (1 - 4e-6 etabar)^t |f(W_0) - xbar|
--
-- with no factor in front. width_theorems.lua says what is made of the hypotheses. Where f is
-- linear along the way the error falls by 1 - eta s^2 a step in the direction of the singular value
-- s, which is 1 - etabar/243 for k >> m: a thousand times what (6) says.
local sd = require "saddle"
local proof = require "proof_chain"
local theorem = require "width_theorems"

return sd.claim {
  id = "overparam_gan.theorem_2_2",
  source = "Theorem 2.2, (6)",
  statement = "descent with the best discriminator brings the error of a wide generator to 0",
  surrogate = "k >= 100 m for C m d^4 log(d)^3; every run obeys, whatever the probability",
  params = { m = 3, d = 5, n = 50, k = 600, T = 1500, mu = 1, etabar = { 1, 0.25 },
    sigma_v = 0.7, sigma_w = 2, sigma_z = 1.5, constants = "surrogate",
    { data = "far", r0 = 20 },
    { data = "near", r0 = 1e-5, T = 80 },
    { data = "far", r0 = 20, m = { 1, 10 }, k = 2000, tier = "full" },
    { data = "far", r0 = 20, k = 60, expect = "not applicable" },
    { data = "far", r0 = 20, constants = "proof", expect = "not applicable" } },
  smoke = { etabar = 1, T = 600 },
  full = { T = 3000, seed = sd.seeds(2) },
  broken = { "sign", "length" },
  check = function(c, p)
    local start = theorem.start(c.rng, p)
    if not theorem.audit(c, p, start, proof.descent) then return end
    local eta = proof.descent_step(p)
    local own = eta * (c.broken == "sign" and -1 or c.broken == "length" and 0.0005 or 1)

    local net, xbar = start.net, start.xbar
    local function loss(W) return sd.norm(net.f(W) - xbar) ^ 2 / 2 end
    local size, t = theorem.run(start, function(s)
      return { W = s.W - own * sd.grad(loss)(s.W) }
    end, { W = start.W }, p.T)

    -- t = 0 is an equality
    c:conclude("(6)", size:col(2, p.T + 1), "<=",
      (1 - 4e-6 * p.etabar) ^ t:col(2, p.T + 1) * size(1))
    if p.data == "near" then
      theorem.late(c, p, start, size, function(s) return 1 - eta * s ^ 2 end)
      c:conclude("(6), all t: the slowest mode", eta * start.s(-1) ^ 2, ">=", 4e-6 * p.etabar)
    end
    c:note("late rate over eta sigma_min^2", (1 - theorem.fitted(size)) / (eta * start.s(-1) ^ 2))
    c:note("eta sigma_min^2", eta * start.s(-1) ^ 2)
  end,
}
