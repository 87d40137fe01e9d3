--- Theorem 2.1 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): descent-ascent from
-- random V, W0, z_i and d_0 = 0, simultaneous, with 0 < mu <= 1, etabar <= 1 and
--
--   eta = etabar mu/(324 k (d + (n-1)/pi)/n sigma_v^2 sigma_z^2)
--
-- obeys, if sigma_v sigma_w sigma_z >= |xbar|/(m d^(5/2) log(d)^(3/2)) and k >= C m d^4 log(d)^3,
--
--   (4)  |f(W_t) - xbar| <= 5 (1 - 1e-5 etabar mu)^t |f(W_0) - xbar|
--
-- with a probability of at least 1 - (n+5)e^(-m/1500) - 5k e^(-c_1 n) - (2k+2)e^(-d/216) - ....
-- width_theorems.lua says what is made of C. The step has lost its pi in some copies of the paper
-- and reads etabar mu/(n-1) over 324 k (d + (n-1)/n)/n ...: step = "garbled". That is about pi
-- (d+1) times shorter, too short for (4) from d = 60 on.
--
-- Where f is linear along the way the error falls in the direction of the singular value s by
--
--   lambda(s) = 1 - mu/2 + sqrt(mu^2/4 - mu eta s^2)
--
-- a step: about 1 - eta s^2, hence 1 - etabar mu/648 for k >> m, 150 times what (4) says.
local sd = require "saddle"
local proof = require "proof_chain"
local theorem = require "width_theorems"

local steps = { corrected = proof.ascent_step }

function steps.garbled(p)
  return p.etabar * p.mu / (p.n - 1)
    / (324 * p.k * (p.d + (p.n - 1) / p.n) / p.n * p.sigma_v ^ 2 * p.sigma_z ^ 2)
end

return sd.claim {
  id = "overparam_gan.theorem_2_1",
  source = "Theorem 2.1, (4)",
  statement = "descent-ascent on a wide generator brings the error to 0 geometrically",
  surrogate = "k >= 100 m for C m d^4 log(d)^3; every run obeys, whatever the probability",
  params = { m = 3, d = 5, n = 50, k = 600, T = 1500, mu = { 1, 0.5 }, etabar = 1,
    sigma_v = 0.7, sigma_w = 2, sigma_z = 1.5, step = "corrected", constants = "surrogate",
    { data = "far", r0 = 20 },
    { data = "near", r0 = 1e-5, T = 80 },
    { data = "far", r0 = 20, etabar = 0.25, m = { 1, 10 }, k = 2000, tier = "full" },
    { data = "near", r0 = 1e-9, n = 2000, d = 60, T = 10, step = "garbled", expect = "violated" },
    { data = "far", r0 = 20, k = 60, expect = "not applicable" },
    { data = "far", r0 = 20, constants = "proof", expect = "not applicable" } },
  smoke = { mu = 1, T = 600 },
  full = { T = 3000, seed = sd.seeds(2) },
  broken = { "sign", "length" },
  check = function(c, p)
    local start = theorem.start(c.rng, p)
    c:assume("0 < mu <= 1", math.abs(p.mu - 0.5), "<=", 0.5)
    if not theorem.audit(c, p, start, proof.ascent) then return end
    local eta = steps[p.step](p)
    local own = eta * (c.broken == "sign" and -1 or c.broken == "length" and 0.005 or 1)

    local net, xbar = start.net, start.xbar
    local function loss(q) return sd.dot(q.d, xbar - net.f(q.W)) - sd.dot(q.d, q.d) / 2 end
    local size, t = theorem.run(start, function(s)
      local g = sd.grad(loss)(s)
      return { W = s.W - own * g.W, d = s.d + p.mu * g.d }
    end, { W = start.W, d = sd.zeros(p.m, 1) }, p.T)

    c:conclude("(4)", size, "<=", 5 * (1 - 1e-5 * p.etabar * p.mu) ^ t * size(1))
    if p.data == "near" then
      local function lambda(s)
        return 1 - p.mu / 2 + math.sqrt(p.mu ^ 2 / 4 - p.mu * eta * s ^ 2)
      end
      if p.step == "corrected" then theorem.late(c, p, start, size, lambda) end
      c:conclude("(4), all t: the slowest mode", 1 - lambda(start.s(-1)), ">=",
        1e-5 * p.etabar * p.mu)
    end
    c:note("late rate over eta sigma_min^2", (1 - theorem.fitted(size)) / (eta * start.s(-1) ^ 2))
    c:note("eta sigma_min^2", eta * start.s(-1) ^ 2)
  end,
}
