--- Theorem A.4 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): descent-ascent on a
-- generator with a linear discriminator contracts, and stays near the descent-ascent of its
-- linearisation.
--
-- The game is min over theta, max over d of <d, f(theta) - y> - |d|^2/2, both players moving at
-- once, theta by eta and d by mu. With J the Jacobian of f, J0 that at the start, alpha its least
-- singular value, and z = (f(theta) - y, d):
--
--   A1, A2   alpha > 0, and |J| <= beta on the ball of radius R around the start
--   A3       |J - J0| <= eps there, and 4 gamma beta eps <= alpha^2
--   (24)     R = 2 gamma (beta/alpha)^2 |(J0+ r0, J0+ d0)| + 18 eps beta^2 gamma^2/alpha^4 |z0|
--
-- gamma bounds the powers of the linear system; that of Lemma A.3 is 5 at most, and is taken as 5.
-- beta and eps need bounds on a ball, which no search proves: each family of f (families.lua) has
-- its own, in closed form.
local sd = require "saddle"
local bilinear = require "bilinear"
local families = require "families"

local GAMMA <const> = 5

-- ---- hypotheses ---------------------------------------------------------------------------------

--- R of (24) with the beta and eps of its own ball. Both grow with R: the least solution is reached
-- from below, and a ball somewhat larger than the R that it needs proves it. Infinite when there is
-- none.
local function ball(s, eps)
  local R = 0
  while true do
    local e = eps(R)
    local beta = s.largest + e
    local need = 2 * GAMMA * (beta / s.alpha) ^ 2 * s.reach
      + 18 * e * beta ^ 2 * GAMMA ^ 2 / s.alpha ^ 4 * s.z0
    if need <= R or not (need < math.huge) then return need, beta, e end
    R = need * (1 + 0x1p-20)
  end
end

-- ---- the two systems ----------------------------------------------------------------------------

--- T steps of f and of its linearisation side by side -> |z|, |z - z'|, |theta - theta'| and
-- |theta - theta_0|, a column for each t.
local function run(f, linear, y, start, o)
  local function z(g, s) return sd.vcat(g(s.p.theta) - y, s.p.d) end
  local real, twin = bilinear.gda(f, y, o), bilinear.gda(linear, y, o)
  local _, h = sd.compile(function(s)
    return { real = real.step(s.real), twin = twin.step(s.twin) }
  end):iterate({ real = real.init(start), twin = twin.init(start) }, o.T, { every = 1,
    record = function(s)
      local a, b = z(f, s.real), z(linear, s.twin)
      return { size = sd.norm(a), gap = sd.norm(a - b),
        apart = sd.norm(s.real.p.theta - s.twin.p.theta),
        moved = sd.norm(s.real.p.theta - start.theta) }
    end })
  return h
end

return sd.claim {
  id = "overparam_gan.theorem_A_4",
  source = "Theorem A.4, (24)-(28)",
  statement = "where J is well conditioned and hardly changes on a ball, descent-ascent contracts "
    .. "by 1 - eta alpha^2/2, keeps to its linearisation and stays in the ball",
  params = { m = 5, T = 400, mu = { 1, 0.25 }, d0 = { 0, 1 }, seed = sd.seeds(2),
    { family = "linear", size = 200, r0 = 1 },
    { family = "tanh", size = 200, c = { 0.1, 1 }, r0 = 0.001 },
    { family = "tanh", size = 200, c = 1, r0 = 0.1, expect = "not applicable" },
    { family = "relu", k = 40, d = 6, n = 8, r0 = 1e-6 },
    { family = "relu", k = 40, d = 6, n = 8, r0 = 1, expect = "not applicable" },
    { family = "relu", k = 400, d = 10, n = 20, r0 = 1e-8, tier = "full" },
    { family = "mlp", m = 3, k = 64, d = 10, n = 2, r0 = 1e-5 },
    { family = "deep", m = 2, q = 8, k = 64, d = 8, n = 2, r0 = 1e-8 },
    { family = "deep", m = 2, q = 8, k = 64, d = 8, n = 2, r0 = 0.1, expect = "not applicable" } },
  smoke = { seed = 1, T = 200 },
  full = { m = { 2, 5, 20 }, T = 1000, seed = sd.seeds(3) },
  broken = { "step", "linearisation" },
  check = function(c, p)
    local f, theta, eps = families[p.family](p, c.rng)
    local f0, df = sd.linearize(f, theta)
    local J0 = sd.jacobian(f)(theta)
    local sv, inverse = sd.svdvals(J0), sd.pinv(J0)
    local r, d = p.r0 * c.rng:sphere(p.m), p.d0 * p.r0 * c.rng:sphere(p.m)
    local s = { largest = sv(1), alpha = sv(-1), z0 = sd.norm(sd.vcat(r, d)),
      reach = sd.norm(sd.vcat(inverse * r, inverse * d)) }

    c:assume("A1: alpha > 0, beyond rounding", s.alpha, ">", #J0 * 0x1p-52 * s.largest)
    c:assume("mu <= 1", p.mu, "<=", 1)
    local R, beta, e = ball(s, eps)
    if not c:assume("A3: 4 gamma beta eps <= alpha^2", 4 * GAMMA * beta * e, "<=", s.alpha ^ 2)
    then
      return
    end
    local eta = p.mu / (8 * beta ^ 2) -- the largest that the theorem allows

    local slope = c.broken == "linearisation" and 0.9 or 1
    local function linear(q) return f0 + slope * df(q - theta) end
    local h = run(f, linear, f0 - r, { theta = theta, d = d },
      { eta = eta * (c.broken == "step" and 20 or 1), mu = p.mu, T = p.T })

    local rho = 1 - eta * s.alpha ^ 2 / 2
    local settled = math.ceil(GAMMA / (1 - rho)) -- steps after which an error has died out
    local noise = { tol = c:roundoff(f0, theta, r, d, { steps = settled }) }
    local drift = e * beta ^ 2 * GAMMA ^ 2 / s.alpha ^ 4 * s.z0
    c:conclude("(25)", h.size, "<=", GAMMA * rho ^ h.t * s.z0, noise)
    c:conclude("(26)", h.gap, "<=",
      2 * eta * GAMMA ^ 2 * beta * e * s.z0 * h.t % rho ^ (h.t - 1), noise)
    c:conclude("(26), for all t", h.gap, "<=", 4 * GAMMA ^ 2 * beta * e * s.z0
      / (math.exp(1) * 15 * math.log(16 / 15) * s.alpha ^ 2), noise)
    c:conclude("(27)", h.apart, "<=", 9 * drift, noise)
    c:conclude("(28)", h.moved, "<=", R / 2, noise)
    c:note("R", R)
    c:note("rho", rho)
  end,
}
