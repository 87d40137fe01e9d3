--- sd.dynamics against the linear maps that they are on linear games.
local sd = require "saddle"
local near = require("tests.lua.support").near

--- Plain descent of every leaf; `lr` may be a number for each player.
local function descent(lr)
  return { init = function() return {} end,
    update = function(g, state) return sd.map(function(x) return -lr * x end, { g })[1], state end }
end

local function run(dynamics, p, n, o, rng)
  return (sd.compile(dynamics.step):iterate(dynamics.init(p, rng), n, o))
end

-- ---- complex numbers {re, im}, for eigenvalues -------------------------------------------------

local function add(a, b) return { a[1] + b[1], a[2] + b[2] } end
local function mul(a, b) return { a[1] * b[1] - a[2] * b[2], a[1] * b[2] + a[2] * b[1] } end
local function neg(a) return { -a[1], -a[2] } end
local function div(a, b)
  local q = mul(a, { b[1], -b[2] })
  local n = b[1] ^ 2 + b[2] ^ 2
  return { q[1] / n, q[2] / n }
end
local function abs(a) return math.sqrt(a[1] ^ 2 + a[2] ^ 2) end
local function polar(r, angle) return { r * math.cos(angle), r * math.sin(angle) } end
local function power(a, n) return polar(abs(a) ^ n, n * math.atan(a[2], a[1])) end
local function root(a) return polar(math.sqrt(abs(a)), math.atan(a[2], a[1]) / 2) end

-- ---- min_x max_y x'Ay ---------------------------------------------------------------------------
-- In the bases of singular vectors each pair (a, b) = (u'x, v'y) moves by itself. With h = eta s
-- and z = a + ib the field is -+ i s z: descent multiplies z by 1 + ih.

local n, eta, steps = 3, 0.25, 40
local rng = sd.rng(3)
local A = rng:randn(n, n) / 2
local U, S, V = sd.svd(A)
local start = { x = rng:randn(n, 1), y = rng:randn(n, 1) }
local bilinear = sd.game { min = "x", max = "y",
  objective = function(p) return sd.dot(p.x, A * p.y) end }

--- The pairs of p as complex numbers.
local function modes(p)
  local a, b, z = U:t() * p.x, V:t() * p.y, {}
  for i = 1, n do z[i] = { a(i), b(i) } end
  return z
end

-- A step is about 10 operations on numbers of size |z|, the eigenvalues' powers about as many; what
-- errors there are grow with the largest eigenvalue; |z| is below 4 at the start.
local function tolerance(growth) return 20 * steps * 2.3e-16 * 4 * growth ^ steps end

--- Asserts that pair i is `expected(h, z at the start)` after the steps, h = eta s_i; returns the
-- pairs after and before.
local function follows(dynamics, growth, expected)
  local after, before = modes(run(dynamics, start, steps).p), modes(start)
  for i = 1, n do
    local z = expected(eta * S(i), before[i])
    near(after[i][1], z[1], tolerance(growth))
    near(after[i][2], z[2], tolerance(growth))
  end
  return after, before
end

describe("on a bilinear game", function()
  it("simultaneous descent-ascent spirals out, by sqrt(1 + h^2)", function()
    local gda, h1 = sd.dynamics.gda(bilinear, { optim = descent(eta) }), eta * S(1)
    local growth = math.sqrt(1 + h1 ^ 2)
    local after, before = follows(gda, growth, function(h, z)
      return mul(power({ 1, h }, steps), z)
    end)
    near(abs(after[1]) / abs(before[1]), growth ^ steps, tolerance(growth) / abs(before[1]))
  end)

  it("extragradient multiplies by 1 + ih - h^2, of length < 1", function()
    local eg = sd.dynamics.extragradient(bilinear, { optim = descent(eta) })
    local after, before = follows(eg, 1, function(h, z)
      return mul(power({ 1 - h ^ 2, h }, steps), z)
    end)
    for i = 1, n do
      local h = eta * S(i)
      near(abs(after[i]), abs(before[i]) * math.sqrt((1 - h ^ 2) ^ 2 + h ^ 2) ^ steps, tolerance(1))
    end
  end)

  it("consensus optimisation multiplies by 1 + ih - gamma h s", function()
    local gamma = 0.7
    local co = sd.dynamics.consensus(bilinear, { optim = descent(eta), gamma = gamma })
    follows(co, 1, function(h, z)
      return mul(power({ 1 - gamma * h ^ 2 / eta, h }, steps), z)
    end)
  end)

  it("the optimistic one follows the roots of l^2 - (1 + 2ih) l + ih", function()
    local og = sd.dynamics.optimistic(bilinear, { optim = descent(eta) })
    follows(og, 1, function(h, z)
      local trace, det = { 1, 2 * h }, { 0, h }
      local d = root(add(mul(trace, trace), mul({ -4, 0 }, det)))
      local l1, l2 = mul({ 0.5, 0 }, add(trace, d)), mul({ 0.5, 0 }, add(trace, neg(d)))
      local z1 = mul({ 1, h }, z) -- the first step is a plain one
      local c1 = div(add(z1, neg(mul(l2, z))), add(l1, neg(l2)))
      return add(mul(c1, power(l1, steps)), mul(add(z, neg(c1)), power(l2, steps)))
    end)
  end)

  it("the optimistic one converges when h < 1/sqrt(3), and not above", function()
    local scalar = sd.game { min = "x", max = "y", objective = function(p) return p.x * p.y end }
    local function length(h, count)
      local og = sd.dynamics.optimistic(scalar, { optim = descent(h) })
      local p = run(og, { x = 1, y = 0 }, count).p
      return math.sqrt(p.x ^ 2 + p.y ^ 2)
    end
    -- beyond 1000 steps the largest root alone is left, of length about 1 -+ 0.01 here
    assert(length(0.99 / math.sqrt(3), 2000) < length(0.99 / math.sqrt(3), 1000))
    assert(length(1.01 / math.sqrt(3), 2000) > length(1.01 / math.sqrt(3), 1000))
  end)

  -- y first, x sees the new y: the map [[1 - h^2, -h], [h, 1]] has determinant 1 and trace 2 - h^2
  -- in [-2, 2], hence eigenvalues on the circle; it keeps a^2 + h a b + b^2.
  it("taking turns keeps a^2 + h a b + b^2, for steps up to h = 2", function()
    for _, h1 in ipairs { 0.1, 1, 1.9 } do
      local lr = h1 / S(1)
      local gda = sd.dynamics.gda(bilinear, { optim = descent(lr), mode = "alternating" })
      local before, after = modes(start), modes(run(gda, start, steps).p)
      for i = 1, n do
        local function kept(z) return z[1] ^ 2 + lr * S(i) * z[1] * z[2] + z[2] ^ 2 end
        -- |z|^2 is at most kept / (1 - h/2) along the orbit, 20 times as much
        near(kept(after[i]), kept(before[i]), 20 * tolerance(1) * (1 + kept(before[i])))
      end
    end
  end)
end)

-- ---- a linear generator against a regularised linear discriminator -----------------------------
-- L(theta, d) = <d, J theta - y> - |d|^2/2, steps eta and mu; r = J theta - y. Per singular value
-- of J, with e = eta s^2, the pair (r, d) is multiplied by [[1, -e], [mu, 1 - mu]], or when d moves
-- first by [[1 - mu e, -e (1 - mu)], [mu, 1 - mu]] (Balaji et al., ICLR 2021, appendix A).

describe("on the game of a linear discriminator", function()
  local m, q = 2, 4
  local J, y = rng:randn(m, q), rng:randn(m, 1)
  local left, sigma = sd.svd(J)
  local p0 = { theta = rng:randn(q, 1), d = rng:randn(m, 1) }
  local game = sd.game { min = "theta", max = "d",
    best = { d = function(p) return J * p.theta - y end },
    objective = function(p) return sd.dot(p.d, J * p.theta - y) - sd.norm(p.d) ^ 2 / 2 end }

  local function pairs_of(p)
    local r, d = left:t() * (J * p.theta - y), left:t() * p.d
    return r, d
  end

  --- A dynamics with steps e/sigma(1)^2 and mu.
  local function gda(e, mu, mode, k)
    return sd.dynamics.gda(game, { mode = mode, k = k,
      optim = { theta = descent(e / sigma(1) ^ 2), d = descent(mu) } })
  end

  local function map_of(mode, e, mu)
    if mode == "simultaneous" then return { { 1, -e }, { mu, 1 - mu } } end
    return { { 1 - mu * e, -e * (1 - mu) }, { mu, 1 - mu } }
  end

  for _, mode in ipairs { "simultaneous", "alternating" } do
    it(("the %s trajectory is that of the 2x2 maps"):format(mode), function()
      local e1, mu = 0.6, 0.8
      local r0, d0 = pairs_of(p0)
      local r, d = pairs_of(run(gda(e1, mu, mode), p0, steps).p)
      for i = 1, m do
        local C = map_of(mode, e1 * (sigma(i) / sigma(1)) ^ 2, mu)
        local a, b = r0(i), d0(i)
        for _ = 1, steps do
          a, b = C[1][1] * a + C[1][2] * b, C[2][1] * a + C[2][2] * b
        end
        near(r(i), a, 1e-12) -- contracting; r itself is rounded at size |J theta|, about 10
        near(d(i), b, 1e-12)
      end
    end)
  end

  -- Simultaneous: e < 1 and mu (2 - e) < 4 for all e; alternating: mu < 2 and mu e < 2 (2 - mu).
  it("is stable where the maps are", function()
    local least = 0.5 * (sigma(2) / sigma(1)) ^ 2 -- when the largest e is 0.5
    local function size_after(mode, e, mu)
      local r, d = pairs_of(run(gda(e, mu, mode), p0, 2000).p)
      return sd.norm(sd.vcat(r, d))
    end
    for _, limit in ipairs {
      { "simultaneous", 1, 1, "e" }, { "simultaneous", 0.5, 4 / (2 - least), "mu" },
      { "alternating", 2, 1, "e" }, { "alternating", 0.5, 4 / (2 + 0.5), "mu" } } do
      local mode, e, mu, moved = table.unpack(limit)
      for _, factor in ipairs { 0.98, 1.02 } do -- det = e, or an eigenvalue near -1: 1% off or more
        local size = size_after(mode, moved == "e" and factor * e or e,
          moved == "mu" and factor * mu or mu)
        assert(factor < 1 and size < 1e-2 or factor > 1 and size > 1e2,
          ("%s, %g of the limit of %s: %g"):format(mode, factor, moved, size))
      end
    end
  end)

  --- Gradient descent on |r|^2/2, the objective with d eliminated: r_i <- (1 - e_i) r_i.
  local function is_descent(p, e1, count)
    local r0, r = pairs_of(p0), pairs_of(p)
    for i = 1, m do
      near(r(i), r0(i) * (1 - e1 * (sigma(i) / sigma(1)) ^ 2) ^ count, 1e-12)
    end
  end

  it("the best response makes it gradient descent on what is left", function()
    local optim = { theta = descent(0.3 / sigma(1) ^ 2) }
    is_descent(run(sd.dynamics.best_response(game, { optim = optim }), p0, steps).p, 0.3, steps)
  end)

  it("so does one whole step of ascent, by turns or as a response", function()
    is_descent(run(gda(0.3, 1, "alternating"), p0, steps).p, 0.3, steps)
    local inner = sd.game { min = "theta", max = "d", objective = game.objective }
    local optim = { theta = descent(0.3 / sigma(1) ^ 2), d = descent(1) }
    local by_steps = sd.dynamics.best_response(inner, { optim = optim, respond = "d", k = 1 })
    is_descent(run(by_steps, p0, steps).p, 0.3, steps)
  end)

  it("k steps of ascent are k times the scalar recurrence d <- d + mu (r - d)", function()
    local mu = 0.3
    local r = J * p0.theta - y
    for _, k in ipairs { 1, 5, 8, 9, 30 } do
      local d = run(gda(0.1, mu, "alternating", { d = k }), p0, 1).p.d
      near(d, r + (1 - mu) ^ k * (p0.d - r), 1e-14 * k)
    end
  end)

  it("many of them are a best response", function()
    is_descent(run(gda(0.3, 0.5, "alternating", { d = 60 }), p0, 10).p, 0.3, 10) -- 2^-60 is left
  end)
end)

-- ---- the GAN of one parameter each --------------------------------------------------------------
-- L = f(theta psi) + f(0), f(t) = -log(1 + exp(-t)): L. Mescheder et al., Which training methods
-- for GANs do actually converge?, ICML 2018, section 2.

describe("the DiracGAN", function()
  local dirac = sd.game { min = "theta", max = "psi",
    objective = function(p) return sd.log_sigmoid(p.theta * p.psi) + sd.log_sigmoid(0) end }

  it("is left by simultaneous descent-ascent: |p|^2 grows by 1 + h^2 f'^2 each step", function()
    local h, theta, psi = 0.1, 1, 0.5
    local growth = 1
    for _ = 1, 100 do
      local slope = 1 / (1 + math.exp(theta * psi))
      growth = growth * (1 + (h * slope) ^ 2)
      theta, psi = theta - h * slope * psi, psi + h * slope * theta
    end
    local p = run(sd.dynamics.gda(dirac, { optim = descent(h) }), { theta = 1, psi = 0.5 }, 100).p
    near(p.theta, theta, 1e-13) -- 100 steps, 10 roundings each of numbers below 2
    near(p.psi, psi, 1e-13)
    near((p.theta ^ 2 + p.psi ^ 2) / 1.25, growth, 2e-13)
  end)

  -- Near 0 the field is that of x y / 2 and |F|^2/2 = (theta^2 + psi^2)/8, to relative order |p|.
  it("is a stable point of consensus optimisation, at the rate of its linear part", function()
    local h, gamma, size = 0.1, 2, 1e-7
    local co = sd.dynamics.consensus(dirac, { optim = descent(h), gamma = gamma })
    local p = run(co, { theta = size, psi = 0 }, 50).p
    local rate = abs { 1 - h * gamma / 4, h / 2 }
    near(math.sqrt(p.theta ^ 2 + p.psi ^ 2) / size, rate ^ 50, 50 * size)
  end)
end)
