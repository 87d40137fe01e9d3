--- Theorem A.11 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021; S. Oymak and M.
-- Soltanolkotabi, 2020): descent on |f(theta) - y|^2/2, which is what the best discriminator
-- leaves of the game, with J the Jacobian of f, J0 that at the start, and r = f(theta) - y.
--
--   1, 2, 3   sigma_min(J0) >= 2 alpha, and on the ball of radius R = 3 |r_0| / alpha, (37),
--             |J - J0| <= alpha/3 and |J| <= beta
--   (38)      with eta <= 1/(3 beta^2), |r_t| <= (1 - eta alpha^2)^t |r_0|: no constant in front,
--             hence also a fall at every step
--
-- alpha here is half of what Theorem A.4 calls alpha; the change of J that is allowed is larger, as
-- alpha/3 against alpha^2/(4 gamma beta). The ball is the Euclidean one, which lies within those of
-- smaller norms that the theorem allows.
local sd = require "saddle"
local bilinear = require "bilinear"
local families = require "families"

return sd.claim {
  id = "overparam_gan.theorem_A_11",
  source = "Theorem A.11, (37), (38)",
  statement = "descent with the best discriminator contracts by 1 - eta alpha^2 at every step "
    .. "where J changes by alpha/3 at most",
  params = { m = 5, T = 300, seed = sd.seeds(3),
    { family = "linear", size = 60, r0 = 1 },
    { family = "linear", size = 3, r0 = 1, expect = "not applicable" },
    { family = "tanh", size = 200, c = { 0.02, 0.1 }, r0 = { 0.1, 10 } },
    { family = "tanh", size = 200, c = 3, r0 = 1, expect = "not applicable" },
    { family = "relu", k = 60, d = 6, n = 8, r0 = 1e-5 },
    { family = "relu", k = 60, d = 6, n = 8, r0 = 1, expect = "not applicable" },
    { family = "mlp", m = 3, k = 64, d = 10, n = 2, r0 = 1e-3 },
    { family = "deep", m = 2, q = 8, k = 64, d = 8, n = 2, r0 = 1e-5 },
    { family = "deep", m = 2, q = 8, k = 64, d = 8, n = 2, r0 = 1e-2, expect = "not applicable" } },
  smoke = { seed = 1 },
  full = { T = 1000, seed = sd.seeds(6) },
  broken = { "step", "residual" },
  check = function(c, p)
    local f, theta, eps = families[p.family](p, c.rng)
    local f0, J0 = f(theta), sd.jacobian(f)(theta)
    local sv = sd.svdvals(J0)
    local alpha = p.m <= J0.cols and sv(-1) / 2 or 0
    if not c:assume("alpha > 0, beyond rounding", alpha, ">", #J0 * 0x1p-52 * sv(1)) then return end
    local change = eps(3 * p.r0 / alpha)
    if not c:assume("|J - J0| <= alpha/3", change, "<=", alpha / 3) then return end
    local eta = 1 / (3 * (sv(1) + change) ^ 2)

    local y = f0 - p.r0 * c.rng:sphere(p.m)
    local played = eta * (c.broken == "step" and 10 or 1)
    local h = bilinear.run(bilinear.gd(f, c.broken == "residual" and y + 0.1 * p.r0 or y,
      { eta = played }), { theta = theta, d = sd.zeros(p.m, 1) }, p.T,
      function(q) return { r = sd.norm(f(q.theta) - y) } end)
    local rate = 1 - eta * alpha ^ 2
    local noise = { tol = c:roundoff(f0, theta, { steps = math.ceil(1 / (1 - rate)) }) }
    c:conclude("(38)", h.r, "<=", rate ^ h.t * p.r0, noise)
    c:conclude("(38), each step", h.r:block(1, 2, 1, p.T), "<=", rate * h.r:block(1, 1, 1, p.T),
      noise)
    c:note("change of J / allowed", change / (alpha / 3))
  end,
}
