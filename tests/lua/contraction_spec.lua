--- A theorem as a test of everything at once (Balaji et al., ICLR 2021, Theorem A.4): simultaneous
-- gradient descent-ascent on <d, f(w) - y> - |d|^2/2 contracts at 1 - eta alpha^2/2 and stays
-- close to the run of its linearisation, if f's Jacobian moves little within reach. linearize, vjp,
-- jacobian, svdvals, pinv, compile and iterate with records work together as in a script.
local sd = require "saddle"

local OUT <const>, STEPS <const>, GAMMA <const> = 5, 400, 5

-- Families of problems: maker(rng) -> f, start w0, drift(R): a bound of |J - J0| within R of w0.
local function straight(rng)
  local A = rng:randn(OUT, 200) / math.sqrt(200)
  return function(w) return A * w end, sd.zeros(200, 1), function() return 0 end
end

--- A w + c Q sin(P w), Q orthogonal and P with orthonormal rows: the second part's Jacobian is a
-- contraction times c, and moves by at most c |w - w0|.
local function rippled(c)
  return function(rng)
    local A, Q, P = rng:randn(OUT, 200) / math.sqrt(200), rng:orthogonal(OUT),
      rng:orthogonal(200, OUT):t()
    return function(w) return A * w + c * (Q * sd.sin(P * w)) end, sd.zeros(200, 1),
      function(R) return c * math.min(R, 2) end
  end
end

--- A one-hidden-layer generator: linear until the first activation flips.
local function hinged(rng)
  local V, W0, Z = rng:randn(OUT, 40), rng:randn(40, 6), rng:randn(6, 8)
  local margin = sd.min(sd.abs(W0 * Z) / sd.norm(Z, { dim = 1 }))
  return function(W) return V * sd.mean(sd.relu(W * Z), { dim = 2 }) end, W0,
    function(R) return R < margin and 0 or math.huge end
end

--- The constants of the theorem: the radius R of the ball is the least that its own drift allows.
local function constants(J0, residual, drift)
  local s, size, R = sd.svdvals(J0), sd.norm(residual), 0
  local k = { alpha = s(-1), size = size, reach = sd.norm(sd.pinv(J0) * residual) }
  for _ = 1, 200 do
    k.eps, k.R = drift(R), R
    k.beta = s(1) + k.eps
    local wanted = 2 * GAMMA * (k.beta / k.alpha) ^ 2 * k.reach
      + 18 * k.eps * k.beta ^ 2 * GAMMA ^ 2 / k.alpha ^ 4 * size
    if not (wanted > R * (1 + 1e-12)) or wanted > 1e9 then break end
    R = wanted
  end
  k.applies = 4 * GAMMA * k.beta * k.eps <= k.alpha ^ 2
  return k
end

--- Both dynamics from the same start, with step e: sizes of state, gap, difference and distance.
local function runs(f, w0, y, residual, mu, e)
  local f0, differential = sd.linearize(f, w0)
  local _, adjoint = sd.vjp(f, w0)
  local zero = sd.zeros(#residual, 1)
  local function affine(w) return f0 + differential(w - w0) - y end
  local plan = sd.compile(function(s)
    local value, pullback = sd.vjp(f, s.w)
    return {
      w = s.w - e * pullback(s.d), d = s.d + mu * (value - y - s.d),
      lw = s.lw - e * adjoint(s.ld), ld = s.ld + mu * (affine(s.lw) - s.ld),
    }
  end)
  local _, h = plan:iterate({ w = w0, d = zero, lw = w0, ld = zero }, STEPS, { every = 1,
    record = function(s)
      local state = sd.vcat(f(s.w) - y, s.d)
      return { state = sd.norm(state), gap = sd.norm(state - sd.vcat(affine(s.lw), s.ld)),
        twins = sd.norm(s.lw - s.w), moved = sd.norm(s.w - w0) }
    end })
  assert.same({ STEPS, "done", STEPS + 1 }, { h.n, h.status, #h.t })
  return h
end

--- Which conclusions hold; nil when the theorem does not apply. stretch: a factor on the step.
local function conclusions(make, size, mu, seed, stretch)
  local rng = sd.rng(seed, "contraction")
  local f, w0, drift = make(rng)
  local residual = size * rng:randn(OUT, 1)
  local k = constants(sd.jacobian(f)(w0), residual, drift)
  if not k.applies then return nil end
  local eta = mu / (8 * k.beta ^ 2)
  local h = runs(f, w0, f(w0) - residual, residual, mu, (stretch or 1) * eta)
  local rho = 1 - eta * k.alpha ^ 2 / 2
  -- Both runs round f and w at each step, by some eps of their size (64 covers the sums in them);
  -- the errors have either sign and the dynamics contract: after T steps they have grown like a
  -- random walk, by sqrt(T), at most.
  local floor = 64 * 2 ^ -52 * (sd.norm(f(w0)) + sd.norm(w0)) * math.sqrt(STEPS)
  local function below(x, bound) return sd.sum(sd.le(x, bound + floor)) == #x end -- NaN is not
  return {
    contracts = sd.sum(sd.le(h.state, GAMMA * rho ^ h.t * k.size)) == #h.state,
    gap = below(h.gap, 2 * eta * GAMMA ^ 2 * k.beta * k.eps * k.size * h.t % rho ^ (h.t - 1)),
    twins = below(h.twins, 9 * k.eps * k.beta ^ 2 * GAMMA ^ 2 / k.alpha ^ 4 * k.size),
    moved = below(h.moved, k.R / 2),
  }
end

describe("gradient descent-ascent near its linearisation", function()
  local all <const> = { contracts = true, gap = true, twins = true, moved = true }
  for name, case in pairs { straight = { straight, 0.01 }, rippled = { rippled(0.01), 0.01 },
    hinged = { hinged, 1e-6 } } do
    it("keeps what the theorem promises: " .. name, function()
      for _, mu in ipairs { 1, 0.5 } do
        for seed = 1, 2 do assert.same(all, conclusions(case[1], case[2], mu, seed)) end
        local broken = conclusions(case[1], case[2], mu, 1, 20) -- too long a step must be noticed
        assert.is_false(broken.contracts and broken.gap and broken.twins and broken.moved)
      end
    end)
  end

  it("is promised nothing where f is too far from linear", function()
    for _, mu in ipairs { 1, 0.5 } do assert.is_nil(conclusions(rippled(0.05), 0.01, mu, 1)) end
  end)
end)
