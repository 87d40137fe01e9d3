--- Theorem 2.3 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021), which is Theorem A.4
-- told informally: where the Jacobian of f has alpha > 0 for its least singular value at the start,
-- and hardly changes, descent-ascent (8) "with sufficiently small step sizes eta and mu" obeys
--
--   |f(theta_t) - y| <= gamma (1 - eta alpha^2/2)^t (|f(theta_0) - y|^2 + |d_0|^2)^(1/2).
--
--   related   the steps of Theorem A.4, mu/eta >= 8 beta^2 and mu <= 1: holds, for all f here
--   small     eta and mu as small as one likes, but each by itself: false. With mu far below
--             eta alpha^2 the eigenvalues are pairs of modulus (1 - mu + mu eta s)^(1/2), about
--             1 - mu/2: slower than 1 - eta alpha^2/2 by any factor, also for linear f
--
-- gamma is 5, the constant of Lemma A.3; "certain assumptions" on J are read as f staying where its
-- Jacobian changes by alpha^2/(4 gamma beta) at most, along the run, which the bounds of
-- families.lua certify.
local sd = require "saddle"
local bilinear = require "bilinear"
local families = require "families"

local GAMMA <const> = 5

--- eta and mu, by what they are to be.
local steps = {}

function steps.related(beta) return 1 / (8 * beta ^ 2), 1 end

function steps.small(beta) return 0.1 / beta ^ 2, 1e-5 end

return sd.claim {
  id = "overparam_gan.theorem_2_3",
  source = "Theorem 2.3",
  statement = "where J is well conditioned and hardly changes, descent-ascent contracts by "
    .. "1 - eta alpha^2/2 if eta is small against mu, not only if both are small",
  surrogate = "gamma = 5, and Theorem A.4's steps for \"sufficiently small\"",
  params = { m = 4, T = 300, d0 = { 0, 2 }, steps = "related", seed = sd.seeds(2),
    { family = "linear", size = 60, r0 = 1 },
    { family = "linear", size = 3, r0 = 1, expect = "not applicable" },
    { family = "linear", size = 60, r0 = 1, steps = "small", T = 3000, expect = "violated" },
    { family = "tanh", size = 60, c = { 0.1, 1 }, r0 = 0.003 },
    { family = "relu", k = 60, d = 6, n = 8, r0 = 1e-5 },
    { family = "mlp", m = 3, k = 64, d = 10, n = 2, r0 = 1e-4 },
    { family = "deep", m = 2, q = 8, k = 64, d = 8, n = 2, r0 = 1e-6 } },
  smoke = { seed = 1 },
  full = { T = 1000, seed = sd.seeds(3) },
  broken = { "step" },
  check = function(c, p)
    local f, theta, eps = families[p.family](p, c.rng)
    local f0, J0 = f(theta), sd.jacobian(f)(theta)
    local sv = sd.svdvals(J0)
    local alpha = p.m <= J0.cols and sv(-1) or 0
    if not c:assume("alpha > 0, beyond rounding", alpha, ">", #J0 * 0x1p-52 * sv(1)) then return end
    local r, d = p.r0 * c.rng:sphere(p.m), p.d0 * p.r0 * c.rng:sphere(p.m)

    -- the ball that the theorem's proof needs is not known before the run; how far the run went is
    local allowed = alpha ^ 2 / (4 * GAMMA * 2 * sv(1))
    local eta, mu = steps[p.steps](2 * sv(1))
    local played = (c.broken == "step" and 40 or 1) * eta
    local h = bilinear.run(bilinear.gda(f, f0 - r, { eta = played, mu = mu }),
      { theta = theta, d = d }, p.T, function(q)
        return { r = sd.norm(f(q.theta) - f0 + r), moved = sd.norm(q.theta - theta) }
      end)
    c:assume("J changes by alpha^2/(4 gamma beta) at most", eps(sd.max(h.moved)), "<=", allowed)
    local rate = 1 - eta * alpha ^ 2 / 2
    c:conclude("|r_t| <= gamma (1 - eta alpha^2/2)^t |z_0|", h.r, "<=",
      GAMMA * rate ^ h.t * sd.norm(sd.vcat(r, d)),
      { tol = c:roundoff(f0, theta, r, d, { steps = math.ceil(GAMMA / (1 - rate)) }) })
    c:note("rate", rate)
    c:note("late rate", (h.r(-1) / h.r(p.T // 2)) ^ (1 / (p.T - p.T // 2)))
  end,
}
