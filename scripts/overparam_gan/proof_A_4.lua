--- The numbered steps in the proof of Theorem A.4 of the over-parameterised-GAN paper (Balaji et
-- al., ICLR 2021, section A.3.1), along a run z = (r, d) of descent-ascent, with J, J0, alpha,
-- beta, eps, gamma as in theorem_A_4.lua, lambda = 1 - eta alpha^2, and z' the linear game's run:
--
--   (29)   |(J0'r_0, J0'd_0)| <= beta^2 |(J0+ r_0, J0+ d_0)|
--   (30)   |J0'd'_t| <= gamma lambda^t |(J0'r_0, J0'd_0)|
--   z'     |z'_t| <= |z_0| in print, under (i) of part I: false, it grows at first; what is used is
--          |z'_t| <= gamma |z_0|
--   (32)   |J0 J0' - Jbar_t J_t'| <= 2 beta eps, Jbar_t the average of J from theta_t to theta_t+1
--   (31)   |z_t| <= gamma lambda^t |z_0| + 2 eta gamma beta eps sum over i < t of
--          lambda^(t-1-i) |z_i|
--   e      |e_t| <= sum over i < t of gamma lambda^(t-1-i) |Delta_i| for e = z - z' and Delta_i =
--          (eta (J0 J0' - Jbar_i J_i') d_i, 0); print has another eta in front, with which it is
--          false: e_1 is Delta_0
local sd = require "saddle"
local bilinear = require "bilinear"
local families = require "families"

local GAMMA <const> = 5

local function columns(A) return sd.norm(A, { dim = 1 }) end

--- The sums over i < t of lambda^(t-1-i) w_i, for t = 0, ..., T; w is a row.
local function fading(w, lambda)
  local out, sum = sd.zeros(1, #w), 0
  for t = 1, #w - 1 do
    sum = lambda * sum + w(t)
    out:set(1, t + 1, sum)
  end
  return out
end

local lines = {} -- each takes c, the setting s, and whether it is the printed form

lines["(29)"] = function(c, s)
  local inverse = sd.pinv(s.J0)
  c:conclude("(29)", sd.norm(s.J0:t() * s.start), "<=", s.beta ^ 2 * sd.norm(inverse * s.start))
end

lines["(30)"] = function(c, s)
  local h = s.linear
  c:conclude("(30)", columns(s.J0:t() * h.d), "<=",
    GAMMA * s.lambda ^ h.t * sd.norm(s.J0:t() * s.start), { tol = s.noise })
end

lines["z'"] = function(c, s, printed)
  local h = s.linear
  c:conclude(printed and "|z'_t| <= |z_0|" or "|z'_t| <= gamma |z_0|",
    columns(sd.vcat(h.r, h.d)), "<=", (printed and 1 or GAMMA) * s.z0, { tol = s.noise })
end

lines["(32)"] = function(c, s)
  local tol = 1e-12 * s.beta ^ 2 * math.sqrt(s.J0.rows) -- sd.jbar's accuracy, in Frobenius norm
  for _, difference in ipairs(s.differences) do
    c:conclude("(32)", sd.norm(difference, 2), "<=", 2 * s.beta * s.eps, { tol = tol })
  end
end

lines["(31)"] = function(c, s)
  local z = columns(sd.vcat(s.real.r, s.real.d))
  c:conclude("(31)", z, "<=", GAMMA * s.lambda ^ s.real.t * s.z0
    + 2 * s.eta * GAMMA * s.beta * s.eps * fading(z, s.lambda), { tol = s.noise })
end

lines.e = function(c, s, printed)
  local e = columns(sd.vcat(s.real.r - s.linear.r, s.real.d - s.linear.d))
  local deltas = sd.zeros(1, #e)
  for i, difference in ipairs(s.differences) do
    deltas:set(1, i, s.eta * sd.norm(difference * s.real.d:col(i)))
  end
  c:conclude("e", e, "<=", (printed and s.eta or 1) * GAMMA * fading(deltas, s.lambda),
    { tol = s.noise })
end

--- J0 J0' - Jbar_t J_t' for t = 0, ..., T - 1, of the path in the columns of `theta`.
local function differences_of(f, theta, J0)
  local jacobians, n = sd.stability.along(f, theta)
  local list = {}
  for t = 0, n - 1 do
    local J, average = jacobians(t)
    list[t + 1] = J0 * J0:t() - average * J:t()
  end
  return list
end

return sd.claim {
  id = "overparam_gan.proof_A_4",
  source = "(29)-(32) and part III",
  statement = "the steps of the proof of Theorem A.4 hold along a run, but for a gamma and an eta "
    .. "that print has wrong",
  params = { m = 3, T = 20, mu = 1, d0 = 1, form = "right", seed = sd.seeds(2),
    { line = { "(29)", "(30)", "z'", "(32)", "(31)", "e" },
      family = "tanh", size = 60, c = 0.5, r0 = 0.01 },
    { line = { "(29)", "(30)", "z'", "(32)", "(31)", "e" },
      family = "mlp", k = 32, d = 10, n = 2, r0 = 1e-4 },
    { line = "z'", form = "printed", family = "tanh", size = 60, c = 0.5, r0 = 0.01, d0 = 0,
      expect = "violated" },
    { line = "e", form = "printed", family = "tanh", size = 60, c = 0.5, r0 = 0.01,
      expect = "violated" } },
  smoke = { seed = 1, T = 8 },
  full = { T = 100, seed = sd.seeds(5) },
  broken = { "linear step", "ball" },
  check = function(c, p)
    local f, theta, eps = families[p.family](p, c.rng)
    local f0, J0 = f(theta), sd.jacobian(f)(theta)
    local sv = sd.svdvals(J0)
    local r, d = p.r0 * c.rng:sphere(p.m), p.d0 * p.r0 * c.rng:sphere(p.m)
    local function record(g)
      return function(q) return { theta = q.theta, r = g(q.theta) - f0 + r, d = q.d } end
    end
    local eta = p.mu / (8.8 * sv(1) ^ 2)
    local function play(g, step)
      return bilinear.run(bilinear.gda(g, f0 - r, { eta = step, mu = p.mu }),
        { theta = theta, d = d }, p.T, record(g))
    end
    local s = { J0 = J0, start = sd.hcat(r, d), z0 = sd.norm(sd.vcat(r, d)), eta = eta,
      lambda = 1 - eta * sv(-1) ^ 2, real = play(f, eta),
      linear = play(function(q) return f0 + J0 * (q - theta) end,
        (c.broken == "linear step" and 20 or 1) * eta) }
    local moved = sd.max(columns(s.real.theta - theta))
    s.eps = eps(c.broken == "ball" and moved / 10 or moved)
    s.beta = sv(1) + s.eps
    c:assume("mu/eta >= 8 beta^2", 8 * eta * s.beta ^ 2, "<=", p.mu)
    s.noise = c:roundoff(f0, r, d, J0, { steps = p.T })
    if p.line == "(32)" or p.line == "e" then
      s.differences = differences_of(f, s.real.theta, J0)
    end
    lines[p.line](c, s, p.form == "printed")
  end,
}
