--- sd.stability of runs: transients, linear runs, maps over parameters.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local stability = sd.stability
local EPS <const> = 2.0 ^ -52

describe("transients", function()
  local defective = stability.bilinear { eta = 0.25, mu = 1, s = 1 }.A

  it("grow without bound where the block is defective", function()
    local times = { 0, 1, 10, 20, 40 }
    local growth = stability.growth(defective, times)
    near(growth, sd.matrix { 1, 2.85, 25, 50, 100 }, 0.05)
    for i, t in ipairs(times) do -- C = (I + N)/2 with N^2 = 0, so (2C)^t = I + t N, exactly
      near(growth(i), sd.norm(sd.eye(2) + t * (2 * defective - sd.eye(2)), 2), 8 * EPS * (t + 1))
    end
    local r = stability.transient(defective, { steps = 50 })
    assert(not r.settled and r.at == 50 and r.bound > 1e6)
    near(r.peak, stability.growth(defective, 50), 1e-12)
  end)

  it("are 1 for normal matrices", function()
    local Q = sd.rng(4):orthogonal(5)
    local r = stability.transient(Q * sd.diag(sd.matrix { 0.9, 0.5, -0.3, 0.2, 0.1 }) * Q:t())
    assert.is_true(r.settled)
    near(r.peak, 1, 1e-13)
    near(r.radius, 0.9, 1e-14)
    assert(r.bound <= 1.001)
    assert.is_true(stability.transient(sd.eye(4)).settled)
  end)

  it("are bounded by what a scan ends with, for all later times", function()
    local rng = sd.rng(6)
    for _ = 1, 6 do
      local A = rng:randn(5, 5)
      local r = stability.transient(A)
      local P, largest, at = sd.eye(5), 1, 0
      for t = 1, 400 do
        P = P * A / r.radius
        local size = sd.norm(P, 2)
        -- rounding in 400 products of matrices below `bound`
        assert(size <= r.bound * (1 + 400 * 25 * EPS * r.bound))
        if size > largest then largest, at = size, t end
      end
      assert(largest <= r.bound * (1 + 1e-10))
      if r.settled then
        assert(r.bound <= 1.001 * r.peak * (1 + 1e-12))
      end
      if r.at <= 400 then assert(at >= r.at and largest >= r.peak * (1 - 1e-10)) end
    end
  end)

  it("stay below kappa for the blocks of descent-ascent", function()
    -- measured suprema of |C^t| / rho^t at a = eta s / mu; kappa is not attained
    for a, known in pairs { [1e-6] = 1.4142, [1 / 16] = 1.583, [1 / 8] = 1.879 } do
      local r = stability.transient(stability.bilinear { eta = a, mu = 1, s = 1 }.A,
        { tol = 1e-4 })
      assert.is_true(r.settled)
      assert(r.peak <= stability.kappa(a) and r.peak <= r.bound)
      near(r.peak, known, 6e-4)
    end
  end)

  it("refuse", function()
    raises("stability.growth: the spectral radius is 0", stability.growth,
      sd.matrix { { 0, 1 }, { 0, 0 } }, 3)
    raises("stability.growth: t must be a whole number in 0..2^40 or a list of such, got 1.5",
      stability.growth, sd.eye(2), 1.5)
    raises("stability.transient: unknown option 'step' (did you mean 'steps'?)",
      stability.transient, sd.eye(2), { step = 3 })
    raises("stability.transient: option 'tol' must be a positive number, got 0",
      stability.transient, sd.eye(2), { tol = 0 })
  end)
end)

describe("linear runs", function()
  local rng = sd.rng(8)
  local m, p, steps, eta, mu = 3, 5, 16, 0.2, 0.7
  local A, B, y = rng:randn(m, 6) / 3, rng:randn(6, p) / 2, rng:randn(m, 1)
  local function residual(theta) return A * sd.tanh(B * theta) - y end

  --- Simultaneous descent-ascent: the path and its z.
  local function run(r, theta)
    local d, path, R, D = sd.zeros(m, 1), { theta }, { r(theta) }, { sd.zeros(m, 1) }
    for _ = 1, steps do
      local _, pullback = sd.vjp(r, theta)
      theta, d = theta - eta * pullback(d), (1 - mu) * d + mu * r(theta)
      path[#path + 1], R[#R + 1], D[#D + 1] = theta, r(theta), d
    end
    return path, sd.hcat(R), sd.hcat(D)
  end

  local path, R, D = run(residual, rng:randn(p, 1))
  local start = { r = R:col(1):clone(), d = D:col(1):clone() }
  -- jbar aims at 1e-10 |Jbar|; each of the steps adds eta |theta' - theta| / eta times that, below
  -- 1e-9 here, and the map contracts
  local tolerance = steps * 1e-9

  it("with averaged Jacobians are the run itself", function()
    local J, n = stability.along(residual, path)
    assert.equal(steps, n)
    local h = stability.ltv(J, start, { eta = eta, mu = mu, steps = n })
    near(h.r, R, tolerance)
    near(h.d, D, tolerance)
    local pairs_of, first = {}, {}
    for t = 1, n do
      pairs_of[t] = table.pack(J(t - 1))
      first[t] = { pairs_of[t][1], pairs_of[t][1] }
    end
    local again = stability.ltv(pairs_of, start, { eta = eta, mu = mu, every = 7 })
    assert(again.t == sd.matrix { { 0, 7, 14, 16 } })
    assert(again.r:col(4) == h.r:col(steps + 1) and again.d:col(2) == h.d:col(8))
    local frozen = stability.ltv(first, start, { eta = eta, mu = mu })
    assert(support.distance(frozen.r, R) > 1e-4) -- without the average they are not
  end)

  it("take the path as a matrix as well", function()
    local J = stability.along(residual, sd.hcat(path))
    local one, two, miss = J(3)
    local K, L = stability.along(residual, path)(3)
    assert(one == K and two == L and miss < 1e-9)
  end)

  it("with one Jacobian are powers of the blocks", function()
    local J = sd.jacobian(residual)(path[1])
    local U, s = sd.svd(J)
    local h = stability.lti(J, start, { eta = eta, mu = mu, steps = steps, every = 5 })
    assert(h.t == sd.matrix { { 0, 5, 10, 15, 16 } })
    local r, d = U:t() * start.r, U:t() * start.d
    for k = 1, 5 do
      local rows, columns = U:t() * h.r:col(k), U:t() * h.d:col(k)
      for i = 1, m do
        local C = stability.bilinear { eta = eta, mu = mu, s = s(i) ^ 2 }.A
        local z = stability.power(C, h.t(k)) * sd.matrix { r(i), d(i) }
        -- 16 steps of about 2m operations on vectors below 4, and as many in the closed form
        near(rows(i), z(1), 16 * 4 * m * EPS * 4)
        near(columns(i), z(2), 16 * 4 * m * EPS * 4)
      end
    end
    local lazy = sd.jacobian(residual, { lazy = true })(path[1])
    local same = stability.lti(lazy, start, { eta = eta, mu = mu, steps = steps, every = 5 })
    near(same.r, h.r, 16 * 4 * p * EPS * 4)
    assert(same.t == h.t)
  end)

  it("refuse", function()
    local o = { eta = 1, mu = 1, steps = 2 }
    local lti, ltv = stability.lti, stability.ltv
    raises("stability.lti: J must have 3 rows, as r has, and has 2", lti, sd.ones(2, 2), start, o)
    raises("stability.lti: z must be {r = column, d = column}, z.r is nil", lti, sd.eye(3), {}, o)
    raises("stability.lti: r and d must have the same length, got 3 and 2", lti, sd.eye(3),
      { r = start.r, d = sd.ones(2, 1) }, o)
    raises("stability.lti: option 'steps' must be a whole number from 1, got nil", lti, sd.eye(3),
      start, { eta = 1, mu = 1 })
    raises("stability.lti: needs a table of options with eta, mu and steps", lti, sd.eye(3), start)
    raises("stability.lti: J must be a matrix or an operator {rows=, cols=, matvec=, rmatvec=}, "
      .. "got 4", lti, 4, start, o)
    raises("stability.lti: matvec must give a column of 3, got a 2x1 matrix", lti, { rows = 3,
      cols = 2, matvec = function(x) return x end, rmatvec = function() return sd.ones(2, 1) end },
      start, o)
    raises("stability.ltv: 2 steps need as many pairs {J_t, Jbar_t}, there are 1", ltv,
      { { sd.eye(3), sd.eye(3) } }, start, o)
    raises("stability.ltv: Jbar at t = 0 must be a matrix or an operator", ltv,
      { { sd.eye(3) }, {} }, start, o)
    raises("stability.ltv: J must be a function of t or a list of pairs {J_t, Jbar_t}, got 1", ltv,
      1, start, o)
    raises("stability.along: path must be a matrix with a column, or a list", stability.along,
      residual, { path[1] })
    raises("stability.along: t must be in 0..15, got 16", (stability.along(residual, path)), 16)
  end)
end)

describe("stability.map", function()
  local xs, ys = sd.linspace(0.1, 1.4, 9), { 0.5, 1.5, 2.5, 3.5 }
  local function of(x, y) return stability.bilinear { eta = x, mu = y, s = 1 } end

  it("has a row for each y and a column for each x", function()
    local M = stability.map { x = xs, y = ys, of = of }
    assert(M.rows == 4 and M.cols == 9)
    for i, y in ipairs(ys) do
      for j = 1, 9 do assert.equal(of(xs(j), y).radius, M(i, j)) end
    end
    local numbers = stability.map { x = xs, y = ys, of = function(x, y) return of(x, y).radius end }
    assert(numbers == M)
    local matrices = stability.map { x = xs, y = ys, of = function(x, y) return of(x, y).A end }
    near(matrices, M, 16 * math.sqrt(EPS))
  end)

  it("shows verdicts", function()
    local M = stability.map { x = xs, y = ys, of = of, show = "verdict" }
    for i, y in ipairs(ys) do
      for j = 1, 9 do assert.equal(of(xs(j), y).stable and -1 or 1, M(i, j)) end
    end
    local words = stability.map { x = { 0.5, 1, 2 }, y = { 1 }, show = "verdict",
      of = function(x) return stability.step(sd.matrix { { x } }) end }
    assert(words == sd.matrix { { -1, 0, 1 } })
  end)

  it("refuses", function()
    local map = stability.map
    raises("stability.map: option 'y' must be a list or a matrix of numbers, got nil",
      map, { x = xs })
    raises("stability.map: x[2] must be a finite number, got NaN", map, { x = { 1, 0 / 0 } })
    raises("stability.map: option 'of' must be a function of x and y, got nil",
      map, { x = xs, y = ys })
    raises("stability.map: of(0.1, 0.5) must give a radius, a table with one, or a square matrix",
      map, { x = xs, y = ys, of = function() return "x" end })
    raises("stability.map: unknown option 'shw' (did you mean 'show'?)", map,
      { x = xs, y = ys, of = of, shw = "radius" })
    raises("stability.map: option 'show' must be 'radius' or 'verdict', got",
      map, { x = xs, y = ys, of = of, show = "x" })
  end)
end)
