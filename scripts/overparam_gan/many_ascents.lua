--- "Infinitely many ascent steps" (section 2.3 of the over-parameterised-GAN paper, Balaji et al.,
-- ICLR 2021): descent with the best discriminator is descent-ascent in turn with K -> infinity
-- ascents a step. For the game of bilinear.lua, where d+ = (1 - mu) d + mu r, exactly:
--
--   gap    after K ascents d_{t+1} - r_t = (1 - mu)^K (d_t - r_t): what is left of the last d
--   K = 1  with mu = 1 this is 0: taking turns is then the descent (9), step by step
--   limit  for linear f with eta |J|^2 <= 2, where descent does not expand, theta is within
--          eta |J| |1 - mu|^K (sum over the steps so far of |d_t - r_t|) of descent's; this goes to
--          0 for 0 < mu < 2. For mu > 2 more ascents make it worse
local sd = require "saddle"
local bilinear = require "bilinear"
local families = require "families"

--- r, d and theta of T steps from d_0 = d; r_t is that of theta_t.
local function trajectory(dynamics, f, y, start, T)
  return bilinear.run(dynamics, start, T, function(q)
    return { r = f(q.theta) - y, d = q.d, theta = sd.ravel(q.theta) }
  end)
end

return sd.claim {
  id = "overparam_gan.many_ascents",
  source = "section 2.3, (9)",
  statement = "K ascents for each descent leave |1 - mu|^K of the discriminator's distance to its "
    .. "best, and tend to descent with the best one",
  params = { m = 3, T = 40, K = { 1, 4, 16 }, mu = { 0.3, 1, 1.6 }, seed = sd.seeds(2),
    { family = "linear", size = 20, r0 = 1 },
    { family = "linear", size = 20, r0 = 1, mu = 2.5, expect = "not applicable" },
    { family = "tanh", size = 20, c = 1, r0 = 3 },
    { family = "relu", k = 12, d = 4, n = 6, r0 = 1 },
    { family = "deep", m = 2, q = 4, k = 6, d = 4, n = 3, r0 = 0.1 } },
  smoke = { seed = 1, K = { 1, 4 }, mu = { 0.3, 1 } },
  full = { seed = sd.seeds(10), K = { 1, 2, 4, 8, 16, 32 } },
  broken = { "one more" },
  check = function(c, p)
    local f, theta = families[p.family](p, c.rng)
    local J0, f0 = sd.jacobian(f)(theta), f(theta)
    local norm = sd.norm(J0, 2)
    c:assume("mu < 2", p.mu, "<", 2)
    local o = { eta = 0.4 / norm ^ 2, mu = p.mu, ascents = p.K + (c.broken and 1 or 0) }
    c:assume("eta |J0|^2 <= 2", o.eta * norm ^ 2, "<=", 2)
    local y = f0 - p.r0 * c.rng:sphere(p.m)
    local start = { theta = theta, d = c.rng:sphere(p.m) }
    local h = trajectory(bilinear.gda(f, y, o), f, y, start, p.T)
    local best = trajectory(bilinear.gd(f, y, o), f, y, start, p.T)

    local before = h.d:block(1, 1, p.m, p.T) - h.r:block(1, 1, p.m, p.T)
    local after = h.d:block(1, 2, p.m, p.T) - h.r:block(1, 1, p.m, p.T)
    local left = (1 - p.mu) ^ p.K
    local noise = c:roundoff(theta, J0, y, start.d, { steps = p.T })
    c:conclude("d_{t+1} - r_t = (1 - mu)^K (d_t - r_t)", after, "==", left * before,
      { tol = noise })
    local gap = sd.norm(h.theta - best.theta, { dim = 1 })
    if p.mu == 1 then
      c:conclude("mu = 1: the descent itself", gap, "<=", 0, { tol = noise })
    elseif p.family == "linear" then
      local sums = sd.cumsum(sd.norm(before, { dim = 1 }):t()):t()
      c:conclude("theta tends to descent's", gap:block(1, 2, 1, p.T), "<=",
        o.eta * norm * math.abs(left) * sums, { tol = noise })
    end
    c:note("largest distance from descent", sd.max(gap))
  end,
}
