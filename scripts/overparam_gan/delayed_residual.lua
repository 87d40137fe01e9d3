--- Descent-ascent at once with mu = 1, on the game of bilinear.lua (over-parameterised-GAN paper,
-- Balaji et al., ICLR 2021, (8)): d_{t+1} = r_t, so theta descends along the residual of one step
-- ago,
--
--   theta_{t+1} = theta_t - eta J(theta_t)' r_{t-1},   r_{-1} = d_0,
--
-- and for linear f r_{t+1} = r_t - eta J J' r_{t-1}, whose modes are the roots of l^2 - l + eta s:
-- stable iff eta s < 1, where descent itself is stable up to eta s < 2, and defective at eta s =
-- 1/4, where it converges fastest, by 1/2 a step.
local sd = require "saddle"
local bilinear = require "bilinear"
local families = require "families"

--- theta_{t+1} by that rule, from the state of the rule.
local function delayed(f, y, eta)
  return function(s)
    local f_t, pull = sd.vjp(f, s.theta)
    return { theta = s.theta - eta * pull(s.last), last = f_t - y }
  end
end

return sd.claim {
  id = "overparam_gan.delayed_residual",
  source = "derived, for (8) with mu = 1",
  statement = "descent-ascent at once with mu = 1 is descent with a residual one step old",
  unconditional = true,
  params = { m = 3, T = 40, step = { 0.1, 0.25, 0.8 }, seed = sd.seeds(2),
    { family = "linear", size = 20, r0 = 1 },
    { family = "tanh", size = 20, c = 1, r0 = 3 },
    { family = "relu", k = 12, d = 4, n = 6, r0 = 1 },
    { family = "mlp", m = 2, k = 6, d = 4, n = 3, r0 = 0.1 },
    { family = "deep", m = 2, q = 4, k = 6, d = 4, n = 3, r0 = 0.1 } },
  smoke = { seed = 1, step = 0.25 },
  full = { seed = sd.seeds(10), T = 200 },
  broken = { "no delay", "mu" },
  check = function(c, p)
    local f, theta = families[p.family](p, c.rng)
    local J = sd.jacobian(f)(theta)
    local y, d = f(theta) - p.r0 * c.rng:sphere(p.m), c.rng:sphere(p.m)
    local eta = p.step / sd.norm(J, 2) ^ 2
    local gda = bilinear.gda(f, y, { eta = eta, mu = c.broken == "mu" and 0.99 or 1,
      ascents = c.broken == "no delay" and 1 or nil })
    local h = bilinear.run(gda, { theta = theta, d = d }, p.T, function(q)
      return { theta = sd.ravel(q.theta), r = f(q.theta) - y }
    end)
    local _, own = sd.compile(delayed(f, y, eta)):iterate({ theta = theta, last = d }, p.T,
      { every = 1, record = function(s) return { theta = sd.ravel(s.theta) } end })
    local noise = { tol = c:roundoff(theta, J, y, d, { steps = p.T }) }
    c:conclude("theta_t", h.theta, "==", own.theta, noise)
    if p.family == "linear" then
      local r, n = h.r, p.T - 1
      c:conclude("r_{t+1} = r_t - eta J J' r_{t-1}", r:block(1, 3, p.m, n), "==",
        r:block(1, 2, p.m, n) - eta * (J * (J:t() * r:block(1, 1, p.m, n))), noise)
    end
  end,
}
