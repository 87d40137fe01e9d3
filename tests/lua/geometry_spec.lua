--- sd.metrics, sd.packing, sd.closest_interpolant.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises

describe("metrics.modes", function()
  it("counts samples near centres", function()
    local C = sd.matrix{ { 0, 10, 0 }, { 0, 0, 10 } }
    local Y = sd.matrix{ { 0.1, 0, 10, 5, 0.2 }, { 0, -0.2, 0.1, 5, 0 } }
    local m = sd.metrics.modes(Y, { centres = C, radius = 0.3 })
    near(m.counts, sd.matrix{ { 3, 1, 0 } }, 0)
    assert.are.equal(2, m.covered)
    near(m.share, 4 / 5, 1e-15)
    near(m.kl, 0.75 * math.log(3 * 0.75) + 0.25 * math.log(3 * 0.25), 1e-15)
    assert.are.equal("2 of 3 modes, 80.0% of the samples within 0.3, reverse KL 0.5363",
      tostring(m))
  end)

  it("knows the ring", function()
    local angle = math.pi / 4 * sd.linspace(1, 8, 8):t()
    local m = sd.metrics.modes(sd.vcat(sd.cos(angle), sd.sin(angle)),
      { centres = 8, radius = 1e-9 })
    near(m.counts, sd.ones(1, 8), 0)
    near(m.kl, 0, 1e-15)
    m = sd.metrics.modes(sd.zeros(2, 5), { centres = 8, radius = 0.1 })
    assert.are.equal(0, m.covered)
    assert(m.kl ~= m.kl)
  end)
end)

describe("metrics.frechet", function()
  it("has closed forms for covariances that commute, singular ones too", function()
    local rng = sd.rng(1)
    local Q = rng:orthogonal(4, 4)
    local a, b = sd.matrix{ 4, 1, 0, 0 }, sd.matrix{ 1, 0, 9, 0 }
    local m = rng:randn(4, 1)
    local function law(d, mean)
      local S = Q * sd.diag(d) * Q:t()
      return { mean = mean, covariance = 0.5 * (S + S:t()) }
    end
    -- sum (sqrt a - sqrt b)^2 = 1 + 1 + 9; eigenvalues are lost below 1e-15, their roots below 3e-8
    near(sd.metrics.frechet(law(a, m), law(b, m + 1)), 4 + 11, 1e-6)
    near(sd.metrics.frechet(law(a, m), law(a, m)), 0, 1e-6)
  end)

  it("agrees with the formula in square roots and takes samples", function()
    local rng = sd.rng(2)
    local X, Y = rng:randn(3, 200), sd.matrix{ 1, 2, 3 } % rng:randn(3, 50) + 0.5
    local function covariance(A)
      local D = A - sd.mean(A, { dim = 2 })
      return D * D:t() * (1 / (A.cols - 1))
    end
    local S, T = covariance(X), covariance(Y)
    local shift = sd.mean(X, { dim = 2 }) - sd.mean(Y, { dim = 2 })
    local root = sd.sqrtm(S)
    local inner = root * T * root
    local want = sd.norm(shift) ^ 2
      + sd.trace(S + T - 2 * sd.sqrtm(0.5 * (inner + inner:t())))
    near(sd.metrics.frechet(X, Y), want, 1e-12)
    near(sd.metrics.frechet(X, X + 2), 12, 1e-12)
    -- fewer samples than dimensions
    local A = rng:randn(20, 3)
    near(sd.metrics.frechet(A, A:col{ 3, 1, 2 }), 0, 1e-12)
  end)
end)

describe("metrics.random_features", function()
  it("are relus or cosines of random combinations, by a loop", function()
    local X = sd.rng(3):randn(3, 4)
    for act, f in pairs{ relu = function(v) return math.max(v, 0) end, cos = math.cos } do
      local F = sd.metrics.random_features(sd.rng(4), 3, { count = 5, act = act, length = 0.5 })(X)
      local rng = sd.rng(4)
      local A = rng:randn(5, 3)
      local b = act == "relu" and rng:randn(5, 1) or 2 * math.pi * rng:rand(5, 1)
      assert.same({ 5, 4 }, { F.rows, F.cols })
      for k = 1, 5 do
        for j = 1, 4 do
          local v = b(k)
          for i = 1, 3 do v = v + A(k, i) * X(i, j) / (0.5 * math.sqrt(3)) end
          near(F(k, j), f(v), 1e-14) -- 4 roundings of numbers up to 20, and of the argument of cos
        end
      end
    end
    assert.are.equal(64, sd.metrics.random_features(sd.rng(1), 2)(sd.ones(2, 1)).rows)
  end)
end)

describe("packing", function()
  it("of lattices is as dense as it should be and keeps its distances", function()
    -- kissing numbers: with eps = radius the centre and its neighbours
    for dim, neighbours in ipairs{ 2, 6, 12, 24 } do
      local P, info = sd.packing{ dim = dim, radius = 1.0000001, eps = 1 }
      assert.are.equal(1 + neighbours, P.cols)
      assert(info.distance >= 1 and info.radius <= 1.0000001)
      for i = 1, P.cols do
        for j = 1, i - 1 do assert(sd.norm(P:col(i) - P:col(j)) >= 1) end
      end
    end
    assert.are.equal(10, sd.packing{ dim = 3, radius = 1, eps = 0.3, count = 10 }.cols)
  end)

  it("at random is verified and repeatable", function()
    local P, info = sd.packing{ dim = 60, radius = 2, eps = 1.5, count = 9, rng = sd.rng(1) }
    assert(info.distance >= 1.5 and info.radius <= 2 and info.proposals >= 9)
    near(P, (sd.packing{ dim = 60, radius = 2, eps = 1.5, count = 9, rng = sd.rng(1) }), 0)
  end)
end)

describe("closest_interpolant", function()
  local rng = sd.rng(1)
  local A, y = rng:randn(3, 8), rng:randn(3, 1)

  it("is one pseudo-inverse step for a linear f", function()
    local start = rng:randn(8, 1)
    local theta, report = sd.closest_interpolant(function(p) return A * p end, start, y)
    near(theta, start + sd.pinv(A) * (y - A * start), 1e-13)
    assert(report.converged and report.iterations == 1 and report.rank == 3)
  end)

  it("meets the first-order condition on a tree of parameters", function()
    local function f(p) return sd.tanh(A * p.w) + p.b * p.w:block(1, 1, 3, 1) end
    local theta, report = sd.closest_interpolant(f, { w = sd.zeros(8, 1), b = 0.1 },
      sd.matrix{ 0.5, 0.9, -0.3 })
    assert(report.converged and report.residual < 1e-10)
    near(f(theta), sd.matrix{ 0.5, 0.9, -0.3 }, 1e-10)
    -- theta - theta0 is in the row space of J
    local J = sd.jacobian(f)(theta)
    local d = sd.vcat(theta.b - 0.1, theta.w)
    if J.cols ~= 9 then error "one column a parameter" end
    near(J:t() * (sd.pinv(J):t() * d), d, 1e-8)
  end)

  it("finds the nearest point of a circle, also from far", function()
    local function f(p) return sd.dot(p, p) end
    local theta, report = sd.closest_interpolant(f, sd.matrix{ 0.03, 0.04 }, 25)
    near(theta, sd.matrix{ 3, 4 }, 1e-9)
    assert(report.converged)
  end)

  -- f_i = tr(Theta' X_i Theta) is so far from linear that the plain steps alone (Gauss-Newton)
  -- need some 90 rounds and stop improving at 1e-8: the second derivatives must be right for this.
  it("converges quadratically where f is quadratic", function()
    local draws, d, r, n = sd.rng(1), 20, 3, 40
    local X = draws:randn(d * d, n)
    local model = sd.model.low_rank { d, r }
    local start, signs = model.init(sd.rng(2)), sd.sign(draws:randn(1, n))
    local function f(p) return model.apply(p, X) end
    local theta, report = sd.closest_interpolant(f, start, signs)
    assert.are.equal("converged", report.reason)
    near(f(theta), signs, 1e-9)
    local J = sd.jacobian(f)(theta)
    local offset = (theta.Theta - start.Theta):reshape(d * r, 1)
    near(J:t() * (sd.pinv(J):t() * offset), offset, 1e-9 * sd.norm(offset))
    local h = report.history -- the last step: at most a constant times the square of the one before
    assert.is_true(h[#h].step < 100 * h[#h - 1].step ^ 2)
  end)

  it("does not take steps to where f overflows", function()
    local theta, report = sd.closest_interpolant(function(p) return sd.exp(p) end, 0.0, 1e-3)
    assert.is_true(report.converged)
    near(theta, math.log(1e-3), 1e-7) -- residual 1e-10 over the slope 1e-3
    raises("closest_interpolant: the value of f has NaN or infinite elements",
      sd.closest_interpolant, function(p) return sd.log(p) end, -1.0, 0)
    raises("closest_interpolant: the parameters are f32", sd.closest_interpolant,
      function(p) return p end, sd.ones(2, 1):to "f32", sd.ones(2, 1))
  end)

  it("says when y is out of reach", function()
    local theta, report = sd.closest_interpolant(function(p) return sd.sin(p) end, 0.1,
      2)
    assert(not report.converged and report.residual > 0.99 and report.reason ~= "converged")
    assert(theta == theta)
  end)
end)

describe("errors", function()
  it("name the function and the rule", function()
    local modes, frechet = sd.metrics.modes, sd.metrics.frechet
    raises("metrics.modes: samples have 3 rows, centres are 2x8", modes, sd.ones(3, 4),
      { centres = 8, radius = 0.1 })
    raises("metrics.modes: option 'radius' must be a positive number, got nil",
      modes, sd.ones(2, 4), { centres = 8 })
    raises("metrics.modes: Y has NaN or infinite elements", modes,
      sd.full(2, 2, 0 / 0), { centres = 8, radius = 1 })
    raises("unknown option 'centers' (did you mean 'centres'?)", modes, sd.ones(2, 2),
      { centers = 8, radius = 1 })
    raises("metrics.frechet: P needs at least 2 samples", frechet, sd.ones(2, 1), sd.ones(2, 2))
    raises("metrics.frechet: P has dimension 2, Q has 3", frechet, sd.ones(2, 2), sd.ones(3, 2))
    raises("P.covariance has the negative eigenvalue -1", frechet,
      { mean = sd.zeros(2, 1), covariance = sd.diag(sd.matrix{ 1, -1 }) }, sd.ones(2, 2))
    local features = sd.metrics.random_features
    raises("metrics.random_features: argument 1 must be an rng, got 1", features, 1, 2)
    raises("metrics.random_features: argument 2, the dimension, must be a whole number from 1",
      features, sd.rng(1), 0)
    raises("option 'act' must be", features, sd.rng(1), 2, { act = "sin" })
    raises("unknown option 'lenght' (did you mean 'length'?)", features, sd.rng(1), 2,
      { lenght = 1 })
    raises("metrics.random_features: X has 3 rows, it must have 2", features(sd.rng(1), 2),
      sd.ones(3, 1))
    raises("packing: the fixed construction is for dimensions up to 4, not 5", sd.packing,
      { dim = 5, radius = 1, eps = 0.1 })
    raises("packing: 100 proposals placed 2 of 9 points", sd.packing,
      { dim = 1, radius = 1, eps = 1, count = 9, rng = sd.rng(1), tries = 100 })
    raises("packing: random placement needs option 'count'", sd.packing,
      { dim = 1, radius = 1, eps = 1, rng = sd.rng(1) })
    raises("closest_interpolant: f gives 2x1, y is 3x1", sd.closest_interpolant,
      function(p) return p end, sd.ones(2, 1), sd.ones(3, 1))
    raises("closest_interpolant: f must be a function", sd.closest_interpolant, 1, 1, 1)
  end)
end)
