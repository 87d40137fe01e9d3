local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local objective = sd.objective
local U = 2 ^ -53

--- The slopes of f at x agree with central differences, whose error bounds sd.checkgrad finds.
local function check_slopes(f, x)
  local report = sd.checkgrad(f, x)
  assert(report.ok, ("an error of %g tolerances"):format(report.worst))
end

describe("least squares", function()
  it("is a scaled sum of squares", function()
    local f, y = sd.matrix { { 1, 2 }, { 3, 4 } }, sd.matrix { { 0, 2 }, { 1, 7 } }
    assert.are.equal(7, objective.least_squares(f, y))
    assert.are.equal(14, objective.least_squares(f, y, { scale = 1 }))
    assert.are.equal(3.5, objective.least_squares(f, y, { scale = 1 / 4 }))
    near(sd.grad(objective.least_squares)(f, y), f - y, 0)
    raises("objective.least_squares: shapes differ: f is 2x2, y is 2x1",
      objective.least_squares, f, y:col(1))
    raises("objective.least_squares: unknown option 'scal' (did you mean 'scale'?)",
      objective.least_squares, f, y, { scal = 1 })
    raises("objective.least_squares: scale must be a positive number, got 0",
      objective.least_squares, f, y, { scale = 0 })
    raises("objective.least_squares: y must be a matrix, got nil", objective.least_squares, f)
  end)
end)

describe("losses of adversarial nets", function()
  local rng = sd.rng(3)
  local real, fake = rng:randn(1, 7), rng:randn(1, 5)

  it("are means over what the discriminator says", function()
    local sum = 0
    for k = 1, 7 do sum = sum - math.log(1 + math.exp(-real(k))) / 7 end
    for k = 1, 5 do sum = sum - math.log(1 + math.exp(fake(k))) / 5 end
    near(objective.log_loss(real, fake), sum, 32 * U)
    sum = 0
    for k = 1, 5 do sum = sum + math.log(1 + math.exp(-fake(k))) / 5 end
    near(objective.non_saturating(fake), sum, 32 * U)
    near(objective.wasserstein(real, fake), sd.mean(real) - sd.mean(fake), 0)
  end)

  it("stay finite where the logistic function is 0 or 1", function()
    local far = sd.matrix { -800 }
    assert.are.equal(-800, objective.log_loss(far, far))
    assert.are.equal(800, objective.non_saturating(far))
    assert.are.equal(-1, sd.grad(objective.non_saturating)(far)(1)) -- no vanishing slope
    assert.are.equal(0, sd.grad(function(x) return objective.log_loss(-x, x) end)(far)(1))
    assert.are.equal(-2, sd.grad(function(x) return objective.log_loss(-x, x) end)(-far)(1))
  end)

  it("have the slopes of differences", function()
    check_slopes(function(x) return objective.log_loss(x, fake) end, real)
    check_slopes(function(x) return objective.log_loss(real, x) end, fake)
    check_slopes(objective.non_saturating, fake)
    check_slopes(function(x) return objective.wasserstein(real, x) end, fake)
  end)

  describe("gradient penalty", function()
    local penalty = objective.gradient_penalty
    local x, g, u = rng:randn(3, 6), rng:randn(3, 6), rng:rand(1, 6)

    it("of a linear function does not depend on the samples", function()
      local w = sd.matrix { 2, -1, 2 }
      local function D(z) return w:t() * z end
      near(penalty(D, x, g, u), 10 * (3 - 1) ^ 2, 64 * U * 40)
      near(penalty(D, x, g, u, { weight = 2, length = 5 }), 2 * (3 - 5) ^ 2, 64 * U * 40)
    end)

    it("measures the slope of each sample between its two ends", function()
      local A = rng:randn(3, 3)
      A = A + A:t()
      local function D(z) return 0.5 * sd.sum(z % (A * z), { dim = 1 }) end -- slope A z
      local want = 0
      for i = 1, 6 do
        local z = u(i) * x:col(i) + (1 - u(i)) * g:col(i)
        want = want + 10 * (sd.norm(A * z) - 1) ^ 2 / 6
      end
      near(penalty(D, x, g, u), want, 1e-14 * want)
    end)

    it("is differentiated through the slopes", function()
      local v, b = rng:randn(1, 4), rng:randn(4, 1)
      local function loss(W)
        return penalty(function(z) return v * sd.tanh(W * z + b) end, x, g, u, { weight = 1 })
      end
      check_slopes(loss, rng:randn(4, 3))
      check_slopes(function(h)
        return penalty(function(z) return v * sd.tanh(b % (b * sd.ones(1, 3) * z)) end, x, h, u,
          { weight = 0.1 })
      end, g)
    end)

    it("has slopes 0 where the discriminator is flat", function()
      local function loss(w) return penalty(function(z) return w:t() * z end, x, g, u) end
      near(sd.grad(loss)(sd.zeros(3, 1)), sd.zeros(3, 1), 0)
    end)

    it("says what does not fit", function()
      local function D(z) return sd.sum(z, { dim = 1 }) end
      raises("objective.gradient_penalty: argument 1 must be a function, got a 3x6 matrix",
        penalty, x)
      raises("objective.gradient_penalty: shapes differ: x is 3x6, g is 3x5", penalty, D, x,
        g:col(1, 5), u)
      raises("objective.gradient_penalty: u is 6x1, it needs a weight for each of 6 columns (1x6)",
        penalty, D, x, g, u:t())
      raises("objective.gradient_penalty: D gives 3x6 for 6 columns, it must give 1x6", penalty,
        sd.tanh, x, g, u)
      raises("objective.gradient_penalty: weight must be a finite number from 0, got -1",
        penalty, D, x, g, u, { weight = -1 })
    end)
  end)
end)

--- n steps of ascent on value(v): v + step * slope, and what `keep` makes of it.
local function ascend(value, v, step, n, keep)
  local run = sd.compile(function(w)
    w = w + step * sd.grad(value)(w)
    return keep and keep(w) or w
  end)
  return run:iterate(v, n)
end

describe("bilinear", function()
  local rng = sd.rng(11)
  local a, b = rng:randn(4, 6), rng:randn(4, 9)
  local f = objective.bilinear

  it("is largest where it says", function()
    local gap = sd.mean(a, { dim = 2 }) - sd.mean(b, { dim = 2 })
    for _, weight in ipairs { 1, 0.3 } do
      local o = { weight = weight }
      local d = f.best(a, b, o)
      near(d, gap / weight, 8 * U)
      near(f.value(d, a, b, o), f.max(a, b, o), 16 * U * f.max(a, b, o))
      near(f.max(a, b, o), sd.dot(gap, gap) / 2 / weight, 16 * U * f.max(a, b, o))
      for _ = 1, 20 do
        assert.is_true(f.value(d + 0.1 * rng:randn(4, 1), a, b, o) < f.max(a, b, o))
      end
      -- each step of 1/2 takes the distance times 1 - weight/2: 0.85^400 = 6e-29
      local function value(e) return f.value(e, a, b, o) end
      near(ascend(value, sd.zeros(4, 1), 0.5, 400), d, 1e-14)
    end
  end)

  it("gives games their best response", function()
    local V = rng:randn(4, 5)
    local game = sd.game { min = "W", max = "d",
      objective = function(p, x, z) return f.value(p.d, x, V * sd.relu(p.W * z)) end,
      best = { d = function(_, x, z) return f.best(x, z) end } }
    local z, W, d = rng:randn(3, 8), rng:randn(5, 3), rng:randn(4, 1)
    local F = game:field({ W = W, d = d }, a, z)
    -- slopes written out: d-player descends -(xbar - f - d), W-player -(1/8) (V'd % mask) z'
    local fake = sd.mean(V * sd.relu(W * z), { dim = 2 })
    near(F.d, d - sd.mean(a, { dim = 2 }) + fake, 1e-14)
    near(F.W, -((V:t() * d) % sd.ge(W * z, 0)) * z:t() / 8, 1e-14)
    near(game:respond("d", { W = W, d = d }, a, b), f.best(a, b), 0)
  end)

  it("says what does not fit", function()
    raises("objective.bilinear.value: shapes differ: d is 3x1, a's mean is 4x1", f.value,
      sd.zeros(3, 1), a, b)
    raises("objective.bilinear.best: b is 3x9, it needs 4 rows as a", f.best, a, b:row(1, 3))
    raises("objective.bilinear.max: weight must be a positive number", f.max, a, b,
      { weight = 0 })
  end)
end)

describe("power", function()
  local rng = sd.rng(12)
  local G = rng:randn(5, 4)
  local f = objective.power

  it("is largest where it says", function()
    for _, c in ipairs { 1, 0.3, 0.1 } do
      local V, log_length = f.best(G, c)
      local want, sizes = 0, 0
      for r = 1, 4 do
        local n = sd.norm(G:col(r))
        want = want + c * (1 + c) ^ (-1 - 1 / c) * n ^ (1 + 1 / c)
        sizes = sizes + n * sd.norm(V:col(r))
        near(log_length(r), math.log(n / (1 + c)) / c, 64 * U / c)
        near(V:col(r) / sd.norm(V:col(r)), G:col(r) / n, 16 * U)
      end
      -- logarithms below 3 times 1 + 1/c <= 11 are off by 4 u of 33, and the power by that factor
      near(f.max(G, c), want, 256 * U * want)
      -- the value is a difference of terms of size `sizes`
      near(f.value(V, G, c), want, 512 * U * sizes)
      for _ = 1, 20 do
        assert.is_true(f.value(V + 0.1 * rng:randn(5, 4), G, c) < f.max(G, c))
      end
      check_slopes(function(H) return f.log_max(H, c) end, G)
      check_slopes(function(W) return f.value(W, G, c) end, 0.7 * G)
    end
    near(f.max(G, 1), sd.dot(G, G) / 4, 64 * U * sd.dot(G, G))
  end)

  it("is where ascent comes to", function()
    -- columns of length 1 to 1.8, so that best lengths are in [0.4, 3] and curvatures between
    -- c (1+c) 3^(c-1) = 0.18 and 1.3 * 0.4^(c-1) = 2.5 for c = 0.3, 2 for c = 1: a step of 0.5
    -- takes the distance times 0.91 at most, and 0.91^600 = 3e-25
    local H = sd.normalize(G, { dim = 1 }) % sd.matrix { { 1, 1.2, 1.5, 1.8 } }
    for _, c in ipairs { 1, 0.3 } do
      local V = ascend(function(V) return f.value(V, H, c) end, 0.1 * H, 0.5, 600)
      near(V, (f.best(H, c)), 1e-12)
      near(f.value(V, H, c), f.max(H, c), 1e-14)
    end
  end)

  it("has a logarithm where its powers are no numbers", function()
    local c = 0.001
    for _, scale in ipairs { 1e-3, 1, 50 } do
      local H = scale * G
      local longest, sum = 0, 0
      for r = 1, 4 do longest = math.max(longest, sd.norm(H:col(r))) end
      for r = 1, 4 do sum = sum + (sd.norm(H:col(r)) / longest) ^ 1001 end
      local log_K = math.log(c) - (1 + 1 / c) * math.log(1 + c)
      near(math.exp(log_K), 3.677e-4, 1e-7)
      local want = log_K + 1001 * math.log(longest) + math.log(sum)
      near(f.log_max(H, c), want, 8 * U * 1001 * 8)
      local slope = sd.grad(function(W) return f.log_max(W, c) end)(H)
      for r = 1, 4 do -- d log max / d g_r = 1001 (|g_r|/longest)^1001 / sum g_r / |g_r|^2
        local n = sd.norm(H:col(r))
        -- the exponent 1001 log(|g_r|/longest) has an error of 1001 times a few u of logarithms < 8
        local weight = 1001 * (n / longest) ^ 1001 / sum / n ^ 2
        near(slope:col(r), weight * H:col(r), 64 * U * 1001 * 8 * weight * n)
      end
    end
    assert.are.equal(0, f.max(1e-3 * G, c))
    assert.are.equal(math.huge, f.max(1e3 * G, c))
    local V, log_length = f.best(1e-3 * G, c)
    assert.are.equal(0, sd.norm(V))
    assert.is_true(sd.max(log_length) > -10000 and sd.max(log_length) < -4000)
    assert(f.best(sd.matrix { 3, 0 }, c) == sd.matrix { math.huge, 0 })
  end)

  it("leaves columns of zeros alone", function()
    local H = G:clone()
    for i = 1, 5 do H:set(i, 2, 0) end
    for _, c in ipairs { 1, 0.001 } do
      local V, log_length = f.best(H, c)
      near(V:col(2), sd.zeros(5, 1), 0)
      assert.are.equal(-math.huge, log_length(2))
      local slope = sd.grad(function(W) return f.log_max(W, c) end)(H)
      near(slope:col(2), sd.zeros(5, 1), 0)
      assert.is_true(sd.norm(slope) > 0.1 and sd.norm(slope) < math.huge)
      local from = sd.grad(function(W) return f.value(W, H, c) end)(sd.zeros(5, 4))
      near(from, H, 0) -- |v|^(1+c) has no slope at 0
    end
    local none = sd.zeros(5, 4)
    assert.are.equal(-math.huge, f.log_max(none, 0.1))
    assert.are.equal(0, sd.norm(sd.grad(function(W) return f.log_max(W, 0.1) end)(none)))
    assert.are.equal(0, f.max(none, 0.1))
    local unknown = f.max(sd.full(2, 2, 0 / 0), 1)
    assert.is_true(unknown ~= unknown)
  end)

  it("says what does not fit", function()
    raises("objective.power.value: shapes differ: V is 5x3, G is 5x4", f.value, G:col(1, 3), G, 1)
    raises("objective.power.best: c must be a positive number, got 0", f.best, G, 0)
    raises("objective.power.log_max: c must be a positive number, got nil", f.log_max, G)
    raises("objective.power.penalty: V must be a matrix, got 1", f.penalty, 1, 1)
  end)
end)

describe("bent", function()
  local f = objective.bent
  local g, K = sd.matrix { 0.7, -0.4, 0, 2, -3 }, 4

  it("is largest where it says", function()
    near(f.best(g, K), sd.matrix { 1.4, -0.2, 0, 4, -1.5 }, U)
    near(f.max(g, K), 1.4 ^ 2 + 0.2 ^ 2 + 4 ^ 2 + 1.5 ^ 2, 64 * U)
    near(f.value(f.best(g, K), g, K), f.max(g, K), 64 * U * 40)
    for k = 1, 5 do -- a grid in each variable: no value is above the maximum
      local grid = sd.linspace(-5, 5, 1001)
      for i = 1, 1001 do
        local v = grid:row(i)
        assert.is_true(f.value(v, g:row(k), K) <= f.max(g:row(k), K) + 32 * U)
      end
    end
  end)

  it("is where ascent comes to", function()
    -- from the origin; steps of 1/4 halve the distance on the side of the best v: 0.5^80 = 1e-24
    local v = ascend(function(v) return f.value(v, g, K) end, 0.01 * sd.sign(g), 0.25, 80)
    near(v, f.best(g, K), 1e-14)
    check_slopes(function(h) return f.max(h, K) end, sd.matrix { 0.7, -0.4, 2, -3 })
    raises("objective.bent.value: shapes differ: v is 2x1, g is 5x1", f.value, g:row(1, 2), g, K)
    raises("objective.bent.best: K must be a positive number, got -1", f.best, g, -1)
  end)
end)

describe("simplex", function()
  local f = objective.simplex
  local g = sd.matrix { 1, -2, 0.5, 3, 0 }

  it("is largest where it says", function()
    local sum = 0
    for k = 1, 5 do sum = sum + math.exp(g(k)) end
    near(f.max(g), math.log(sum), 16 * U)
    local u = f.best(g)
    for k = 1, 5 do near(u(k), math.exp(g(k)) / sum, 16 * U) end
    near(f.value(u, g), f.max(g), 32 * U)
    near(f.max(1000 * g), 3000, 3000 * U)
    assert.are.equal(0, f.entropy(sd.matrix { 1, 0, 0 }))
    local rng = sd.rng(4)
    for _ = 1, 50 do
      local w = rng:rand(5, 1)
      assert.is_true(f.value(w * (1 / sd.sum(w)), g) < f.max(g))
    end
    check_slopes(f.max, g)
  end)

  it("is where ascent comes to", function()
    -- multiplicative steps: log u + (g - log u - 1)/2, normalised, halves the distance of log u
    local u = sd.compile(function(w)
      local v = w % sd.exp(0.5 * sd.grad(function(x) return f.value(x, g) end)(w))
      return v * (1 / sd.sum(v))
    end):iterate(sd.full(5, 1, 0.2), 120)
    near(u, f.best(g), 1e-14)
    -- additive steps, normalised each time: curvatures are 1/u_k, at most 1/min u = 192 and in all
    -- directions at least 1, so that steps of 0.005 take the distance times 0.995 at most
    local v = ascend(function(x) return f.value(x * (1 / sd.sum(x)), g) end, sd.full(5, 1, 0.2),
      0.005, 8000, function(x) return x * (1 / sd.sum(x)) end)
    near(f.value(v * (1 / sd.sum(v)), g), f.max(g), 1e-12)
  end)

  it("of no more than an empty place is finite", function()
    local slope = sd.grad(f.entropy)(sd.matrix { 0.5, 0, 0.5 })
    assert.are.equal(0, slope(2))
    local negative = f.entropy(sd.matrix { 1.5, -0.5 })
    assert.is_true(negative ~= negative)
    raises("objective.simplex.value: shapes differ: u is 5x1, g is 1x5", f.value, g, g:t())
    raises("objective.simplex.max: g must be a matrix, got 1", f.max, 1)
  end)
end)

describe("barrier", function()
  local V = sd.rng(6):randn(5, 3)

  it("is a sum over pairs of rows", function()
    local K, tau, want = 6, 0.2, 0
    for p = 1, 4 do
      for q = p + 1, 5 do
        local a, b = V:row(p), V:row(q)
        local s = sd.dot(a, b) / (sd.norm(a) * sd.norm(b))
        want = want + math.exp(K * (-(1 - tau) - s)) + math.exp(K * (-(1 - tau) + s))
      end
    end
    local o = { steepness = K, tau = tau }
    near(objective.barrier(V, o), want, 64 * K * U * want)
    near(objective.barrier(3 * V, o), want, 64 * K * U * want)
    check_slopes(function(W) return objective.barrier(W, o) end, V)
    assert.are.equal(0, objective.barrier(V:row(1), o))
  end)

  it("says what does not fit", function()
    raises("objective.barrier: needs {steepness=, tau=}", objective.barrier, V)
    raises("objective.barrier: steepness must be a positive number, got nil",
      objective.barrier, V, { tau = 0.1 })
    raises("objective.barrier: tau must be below 1, got 1.5", objective.barrier, V,
      { steepness = 1, tau = 1.5 })
    raises("objective.barrier: exp(steepness tau) passes the largest number", objective.barrier, V,
      { steepness = 1e4, tau = 0.5 })
  end)
end)

describe("all of them", function()
  it("compile to what they are eagerly, in both types", function()
    local rng = sd.rng(21)
    for _, dtype in ipairs { "f64", "f32" } do
      local A, B = rng:randn(3, 4):to(dtype), rng:randn(3, 4):to(dtype)
      local list = {
        function(x, y) return objective.least_squares(x, y) end,
        function(x, y) return objective.log_loss(x, y) end,
        function(x) return objective.non_saturating(x) end,
        function(x, y) return objective.wasserstein(x, y) end,
        function(x, y)
          return objective.gradient_penalty(function(z) return sd.sum(sd.tanh(z), { dim = 1 }) end,
            x, y, x:row(1))
        end,
        function(x, y) return objective.bilinear.value(x:col(1), x, y) end,
        function(x, y) return objective.power.value(x, y, 0.5) end,
        function(x) return objective.power.log_max(x, 0.001) end,
        function(x, y) return objective.bent.value(x, y, 3) end,
        function(x, y) return objective.simplex.value(sd.exp(x), y) end,
        function(x) return objective.barrier(x, { steepness = 3, tau = 0.1 }) end,
      }
      for k, f in ipairs(list) do
        local eager, compiled = f(A, B), sd.compile(f)(A, B)
        local u = dtype == "f32" and 2 ^ -24 or U
        -- sums of 12 terms in another order; log_max multiplies errors of logarithms by 1001
        local factor = k == 8 and 1001 * 64 or 64
        assert.is_true(math.abs(eager - compiled) <= factor * u * (1 + math.abs(eager)),
          ("%d: %g and %g"):format(k, eager, compiled))
        local one = f(A:to("f64"), B:to("f64"))
        assert.is_true(math.abs(eager - one) <= factor * u * (1 + math.abs(one)) * 8,
          ("%d: %g and %g"):format(k, eager, one))
      end
    end
  end)

  it("are named", function()
    raises("objective: no objective 'logloss' (did you mean 'log_loss'?)",
      function() return objective.logloss end)
  end)
end)
