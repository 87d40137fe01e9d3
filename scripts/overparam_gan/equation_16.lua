--- Equations (15) and (16) of the over-parameterised-GAN paper (Balaji et al., ICLR 2021):
-- descent-ascent on the game of f is, exactly, a linear system that changes with time,
--
--   z_{t+1} = A_t z_t,   A_t = [I, -eta Jbar_t J_t'; mu I, (1 - mu) I],   z = (f(theta) - y, d),
--
-- J_t being the Jacobian at theta_t and Jbar_t its average on the line from theta_t to theta_{t+1}.
-- That asks nothing of f but that it be the integral of its Jacobian: relus are allowed, whose
-- average is taken piece by piece as the line crosses their kinks.
local sd = require "saddle"
local bilinear = require "bilinear"
local families = require "families"

local ACCURACY <const> = 1e-12 -- of Jbar, relative to its Frobenius norm, as sd.jbar aims at

--- A_t z_t for the pair of Jacobians.
local function step(J, average, r, d, o)
  return sd.vcat(r - o.eta * (average * (J:t() * d)), (1 - o.mu) * d + o.mu * r)
end

return sd.claim {
  id = "overparam_gan.equation_16",
  source = "(15), (16)",
  statement = "descent-ascent is a linear system that changes with time, by Jacobians averaged "
    .. "along the steps, for smooth f and for relus alike",
  params = { m = 4, T = 8, mu = { 0.5, 1 }, step = 0.9, seed = sd.seeds(2),
    { family = "linear", size = 20, r0 = 1 },
    { family = "tanh", size = 20, c = 1, r0 = { 1, 10 } },
    { family = "relu", k = 12, d = 4, n = 6, r0 = { 0.1, 10 } },
    { family = "mlp", m = 2, k = 6, d = 4, n = 3, r0 = 1 },
    { family = "deep", m = 2, q = 4, k = 6, d = 4, n = 3, r0 = 1 } },
  smoke = { seed = 1, mu = 0.5 },
  full = { T = 20, step = { 0.1, 0.9 }, seed = sd.seeds(3) },
  broken = { "average" },
  check = function(c, p)
    local f, theta = families[p.family](p, c.rng)
    local f0 = f(theta)
    local y = f0 - p.r0 * c.rng:sphere(p.m)
    local o = { mu = p.mu, eta = p.step * p.mu / sd.norm(sd.jacobian(f)(theta), 2) ^ 2 }
    local h = bilinear.run(bilinear.gda(f, y, o), { theta = theta, d = c.rng:sphere(p.m) }, p.T,
      function(q) return { theta = sd.ravel(q.theta), d = q.d, r = f(q.theta) - y } end)

    local path = {}
    for t = 0, p.T do path[t + 1] = h.theta:col(t + 1):reshape(theta.rows, theta.cols) end
    local jacobians, n = sd.stability.along(f, path)
    local largest, crossed = 0, 0
    for t = 0, n - 1 do
      local J, average, miss = jacobians(t)
      local length = sd.norm(path[t + 2] - path[t + 1])
      largest = math.max(largest, miss)
      c:assume("f is the integral of its Jacobian", miss, "<=", 1e-9)
      local next = step(J, c.broken and J or average, h.r:col(t + 1), h.d:col(t + 1), o)
      -- the error of Jbar over the length of the step, and the rounding of one step
      local size = sd.norm(average) + sd.norm(J)
      c:conclude("(16)", next, "==", sd.vcat(h.r:col(t + 2), h.d:col(t + 2)),
        { tol = ACCURACY * size * length + c:roundoff(path[t + 1], y, J, { steps = 1 }) })
      crossed = crossed + (sd.norm(average - J) > 1e-6 * size and 1 or 0)
    end
    c:note("steps on which the average differs", crossed)
    c:note("largest miss of the averages", largest)
  end,
}
