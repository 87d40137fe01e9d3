-- A theorem as a test of everything at once: gradient descent-ascent on
-- <d, f(theta) - y> - |d|^2/2, for f of three families, contracts as fast as the singular values of
-- f's Jacobian at the start say, and stays close to the run of its linearisation. linearize, vjp,
-- jacobian, svdvals, pinv, compile and iterate with records work together as in a script.
local sd = require "saddle"

local RUNS <const> = 400

-- Each family: f, theta_0, and eps(R), a bound of |J - J_0| on the ball of radius R about theta_0.
local fam = {
  linear = function(p, g)
    local B = g:randn(p.m, p.p) / p.p ^ .5
    return function(th) return B * th end, sd.zeros(p.p, 1), function() return 0 end
  end,
  sine = function(p, g)
    local B, C, D = g:randn(p.m, p.p) / p.p ^ .5, g:orthogonal(p.m), g:orthogonal(p.p, p.m):t()
    return function(th) return B * th + p.c * (C * sd.sin(D * th)) end, sd.zeros(p.p, 1),
      function(R) return math.min(p.c * R, 2 * p.c) end
  end,
  relu = function(p, g)
    local V, W0, Z = g:randn(p.m, p.k), g:randn(p.k, p.d), g:randn(p.d, p.n)
    local safe = sd.min(sd.abs(W0 * Z) / sd.norm(Z, { dim = 1 })) -- no activation flips inside
    return function(W) return sd.mean(V * sd.relu(W * Z), { dim = 2 }) end, W0,
      function(R) return R < safe and 0 or math.huge end
  end }

local function check(c, p)
  local f, th0, epsR = fam[p.family](p, c.rng)
  local f0, df = sd.linearize(f, th0)
  local _, pull0 = sd.vjp(f, th0)
  local J0 = sd.jacobian(f)(th0)
  local sv, r0, d0 = sd.svdvals(J0), p.r0 * c.rng:randn(p.m, 1), sd.zeros(p.m, 1)
  local g, alpha, z0, y, R = 5, sv(-1), sd.norm(r0), f0 - r0, 0
  local eps, beta, last
  repeat -- R and eps(R) fix one another
    last, eps = R, epsR(R)
    beta = sv(1) + eps
    R = 2 * g * (beta / alpha) ^ 2 * sd.norm(sd.pinv(J0) * r0)
      + 18 * eps * beta ^ 2 * g ^ 2 / alpha ^ 4 * z0
  until R <= last * (1 + 1e-12) or R > 1e9
  if not c:assume("4 gamma beta eps(R) <= alpha^2", 4 * g * beta * eps, "<=", alpha ^ 2) then
    return
  end
  local eta = p.mu / (8 * beta ^ 2)
  local e = eta * (c.broken == "step" and 20 or 1)
  local function lin(s) return f0 + df(s.tl - th0) - y end
  local _, h = sd.compile(function(s)
    local fx, pull = sd.vjp(f, s.th)
    return { th = s.th - e * pull(s.d), d = s.d + p.mu * (fx - y - s.d),
      tl = s.tl - e * pull0(s.dl), dl = s.dl + p.mu * (lin(s) - s.dl) }
  end):iterate({ th = th0, d = d0, tl = th0, dl = d0 }, p.T, { every = 1, record = function(s)
    local z, zl = sd.vcat(f(s.th) - y, s.d), sd.vcat(lin(s), s.dl)
    return { z = sd.norm(z), gap = sd.norm(z - zl), twin = sd.norm(s.tl - s.th),
      dist = sd.norm(s.th - th0) }
  end })
  local rho, tol = 1 - eta * alpha ^ 2 / 2, { tol = c:roundoff(f0, th0) }
  c:conclude("decay", h.z, "<=", g * rho ^ h.t * z0)
  c:conclude("gap", h.gap, "<=", 2 * eta * g ^ 2 * beta * eps * z0 * h.t % rho ^ (h.t - 1), tol)
  c:conclude("twin", h.twin, "<=", 9 * eps * beta ^ 2 * g ^ 2 / alpha ^ 4 * z0, tol)
  c:conclude("dist", h.dist, "<=", R / 2, tol)
  assert.same({ p.T, "done", p.T + 1 }, { h.n, h.status, #h.t })
end

--- What check speaks to: it keeps the verdicts by name.
local function judge(seed, broken)
  local c = { rng = sd.rng(seed), verdicts = {}, broken = broken }
  function c:assume(name, x, _, y)
    self.verdicts[name] = x <= y
    return x <= y
  end
  function c:conclude(name, x, _, y, o)
    local slack = y - x + (o and o.tol or 0) -- NaN is never enough
    self.verdicts[name] = sd.sum(sd.ge(slack, 0)) == #x
  end
  --- Both runs round f and theta at each step, by some eps of their size (64 covers the sums in
  -- them); the errors have either sign and the dynamics contract, so that after T steps they have
  -- grown like a random walk, by sqrt(T), at most.
  function c:roundoff(f0, th0) -- luacheck: ignore self
    return 64 * 2 ^ -52 * (sd.norm(f0) + sd.norm(th0)) * RUNS ^ .5
  end
  return c
end

local function verdicts(case, mu, seed, broken)
  local p = { m = 5, p = 200, mu = mu, T = RUNS }
  for key, value in pairs(case) do p[key] = value end
  local c = judge(seed, broken)
  check(c, p)
  return c.verdicts
end

describe("gradient descent-ascent near its linearisation", function()
  local ASSUMED <const> = "4 gamma beta eps(R) <= alpha^2"
  local all = { [ASSUMED] = true, decay = true, gap = true, twin = true, dist = true }
  for _, case in ipairs{ { family = "linear", r0 = .01 }, { family = "sine", c = .01, r0 = .01 },
    { family = "relu", k = 40, d = 6, n = 8, r0 = 1e-6 } } do
    it("contracts: " .. case.family, function()
      for _, mu in ipairs{ 1, .5 } do
        for seed = 1, 2 do assert.same(all, verdicts(case, mu, seed)) end
        local broken = verdicts(case, mu, 1, "step") -- too long a step must be noticed
        assert.is_false(broken.decay and broken.gap and broken.twin and broken.dist)
      end
    end)
  end
  it("is not promised where f is too far from linear", function()
    for _, mu in ipairs{ 1, .5 } do
      assert.same({ [ASSUMED] = false },
        verdicts({ family = "sine", c = .05, r0 = .01 }, mu, 1))
    end
  end)
end)
