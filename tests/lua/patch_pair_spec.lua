--- Discriminators of patches and what links them: formulas by naive loops, laws, inner maxima.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises, check_slopes = support.near, support.raises, support.check_slopes
local naive = require "tests.lua.ramp"
local U = 2 ^ -53
local model, objective = sd.model, sd.objective

describe("discriminators of patches", function()
  local rng = sd.rng(17)

  --- E over the columns of apply, for parameters p.
  local function mean(D, p, Y) return sd.sum(D.apply(p, Y)) * (1 / Y.cols) end

  describe("gated_linear", function()
    local D = model.gated_linear { 5, 3, threshold = 0.2 }
    local p, Y, X = D.init(rng), rng:randn(5, 60), rng:randn(5, 50) + 0.3
    local q = { V = rng:randn(5, 3), W = p.W, b = p.b }

    it("is its formula", function()
      near(p.W:t() * p.W, sd.eye(3), 32 * U)
      near(p.V, sd.zeros(5, 3), 0)
      local R = sd.zeros(5, 3)
      for i = 1, 60 do
        local sum = 0
        for r = 1, 3 do
          if sd.dot(p.W:col(r), Y:col(i)) >= 0.2 then
            sum = sum + sd.dot(Y:col(i), q.V:col(r))
            for k = 1, 5 do R:set(k, r, R(k, r) + Y(k, i) / 60) end
          end
        end
        near(D.apply(q, Y)(i), sum, 512 * U)
      end
      near(D.moments(q, Y), R, 64 * U)
      near(D.apply({ V = q.V, W = q.W, b = 0.2 }, Y), D.apply(q, Y), 0) -- a number for 1x1
      near(mean(D, q, Y), sd.dot(q.V, R), 256 * U)
      assert.are.equal("gated_linear 5 x 3, threshold 0.2", tostring(D))
    end)

    it("has slopes in V and Y, and none in what is frozen", function()
      check_slopes(function(t) return sd.sum(sd.sin(D.apply(t, Y))) end, q)
      local slope = sd.grad(function(y) return sd.sum(D.apply(q, y)) end)(Y)
      near(slope, q.V * sd.ge(q.W:t() * Y, 0.2), 64 * U) -- the indicator passes nothing
    end)

    it("ascends to the maximum in closed form", function()
      for _, c in ipairs { 1, 0.3 } do
        local G = D.moments(p, Y) - D.moments(p, X)
        local function value(V)
          local t = { V = V, W = p.W, b = p.b }
          return mean(D, t, Y) - mean(D, t, X) - objective.power.penalty(V, c)
        end
        -- lengths of best columns are (n/(1+c))^(1/c), curvatures along and across them
        -- c (1+c) and (1+c) times length^(c-1): a step that is 1 over the largest of these, until
        -- the smallest has taken the distance down to e^-40
        local best = objective.power.best(G, c)
        local lengths = sd.norm(best, { dim = 1 })
        local stiff = (1 + c) * sd.min(lengths) ^ (c - 1)
        local slack = c * (1 + c) * sd.max(lengths) ^ (c - 1)
        local V = sd.compile(function(V) return V + (1 / stiff) * sd.grad(value)(V) end)
          :iterate(0.9 * best, math.ceil(40 * stiff / slack))
        near(V, best, 1e-13)
        near(value(V), objective.power.max(G, c), 1e-14)
      end
    end)
  end)

  describe("threshold_pair", function()
    local D = model.threshold_pair { 4, 3, threshold = 0.1, K = 3, zeta = 0.5 }
    local p, Y, X = D.init(rng), rng:randn(4, 40), 0.7 * rng:randn(4, 30)
    local q = { v = sd.matrix { 0.5, -0.4, 0.3 }, w = sd.matrix { -0.7, 0.2, 0.1 }, W = p.W,
      b = p.b }

    it("is its formula", function()
      local function o(v) return v >= 0 and 3 * v or v end
      local s, y, M = p.W:t() * Y, D.apply(q, Y), sd.zeros(3, 2)
      for i = 1, 40 do
        for r = 1, 3 do
          local value = naive.ramp(s(r, i) - 0.2, 0.5)
          local _, slope = naive.ramp(s(r, i) - 0.1, 0.5)
          near(y(r, i), value * o(q.v(r)) + slope * o(q.w(r)), 64 * U)
          M:set(r, 1, M(r, 1) + value / 40)
          M:set(r, 2, M(r, 2) + slope / 40)
        end
      end
      near(D.moments(q, Y), M, 64 * U)
    end)

    it("has slopes, through rt' too", function()
      check_slopes(function(t) return sd.sum(sd.sin(D.apply(t, Y))) end, q)
      check_slopes(function(y) return sd.sum(sd.sin(D.apply(q, y))) end, Y)
    end)

    it("ascends to the maximum in closed form", function()
      local gap = D.moments(p, Y) - D.moments(p, X)
      local function value(u)
        local t = { v = u:col(1), w = u:col(2), W = p.W, b = p.b }
        return mean(D, t, Y) - mean(D, t, X) - sd.dot(u, u)
      end
      -- from the side of the kink where the maximum is; steps of 1/4 halve the distance: 2^-90
      local u = sd.compile(function(u) return u + 0.25 * sd.grad(value)(u) end)
        :iterate(1e-3 * sd.sign(gap), 90)
      near(u, objective.bent.best(gap, 3), 1e-14)
      near(value(u), objective.bent.max(gap, 3), 1e-14)
    end)
  end)

  describe("product_pair", function()
    local D = model.product_pair { 2, 4, 2, threshold = 0.05, zeta = 0.4, within = 3, across = 0.5 }
    local p, Y, X = D.init(rng), rng:randn(8, 40), rng:randn(8, 30) % 1.3
    local function with(plus, minus) return { W = p.W, b = p.b, plus = plus, minus = minus } end
    local q = with(rng:rand(6, 1), rng:rand(6, 1))

    it("is its formula, pair by pair", function()
      local y, M = D.apply(q, Y), sd.zeros(6, 1)
      for i = 1, 40 do
        local a, sum, k = {}, 0, 0
        for j = 1, 2 do
          for r = 1, 2 do
            a[#a + 1] = naive.ramp(sd.dot(p.W[j]:col(r), Y:block(4 * j - 3, i, 4, 1)) - 0.05, 0.4)
          end
        end
        for later = 2, 4 do
          for former = 1, later - 1 do
            k = k + 1
            local C = (former <= 2) == (later <= 2) and 3 or 0.5
            sum = sum + C * (q.plus(k) - q.minus(k)) * a[former] * a[later]
            M:set(k, 1, M(k, 1) + C * a[former] * a[later] / 40)
          end
        end
        near(y(i), sum, 512 * U)
      end
      near(D.moments(q, Y), M, 256 * U)
      near(mean(D, q, Y), sd.dot(q.plus - q.minus, M), 512 * U)
      near(sd.sum(p.plus) + sd.sum(p.minus), 1, 16 * U)
      assert.are.equal(6, D.pairs)
    end)

    it("has slopes", function()
      check_slopes(function(t) return sd.sum(sd.sin(D.apply(t, Y))) end, q)
      check_slopes(function(y) return sd.sum(sd.sin(D.apply(q, y))) end, Y, 40)
    end)

    it("ascends to the maximum in closed form", function()
      local gap = D.moments(p, Y) - D.moments(p, X)
      local both = sd.vcat(gap, -gap)
      local function value(u)
        local t = with(u:row(1, 6), u:row(7, 12))
        return mean(D, t, Y) - mean(D, t, X) - objective.simplex.entropy(u)
      end
      -- multiplicative steps, which halve the distance of log u
      local u = sd.compile(function(u)
        local v = u % sd.exp(0.5 * sd.grad(value)(u))
        return v * (1 / sd.sum(v))
      end):iterate(sd.vcat(p.plus, p.minus), 120)
      near(u, objective.simplex.best(both), 1e-14)
      near(value(u), objective.simplex.max(both), 1e-14)
    end)
  end)

  describe("patch_link", function()
    local D = model.patch_link { 2, 5, 3, 2, zeta = 0.3, width = 0.1 }
    local p, Y = D.init(rng), rng:randn(15, 30)
    local q = { V = rng:randn(2, 6), b = rng:randn(2, 1), W = p.W, from = p.from }

    it("is its formula", function()
      local y = D.apply(q, Y)
      for i = 1, 30 do
        for r = 1, 2 do
          local h = -q.b(r)
          for j = 1, 2 do
            for k = 1, 3 do
              local below = sd.dot(q.from[j]:col(k), Y:block(5 * j + 1, i, 5, 1))
              h = h + q.V(r, 3 * (j - 1) + k) * naive.leaky(below, 0.3)
            end
          end
          local x = sd.dot(q.W:col(r), Y:block(1, i, 5, 1)) - naive.leaky(h, 0.3)
          near(y(r, i), naive.ramp(x - 0.1, 0.3) + naive.ramp(-x - 0.1, 0.3), 512 * U)
        end
      end
      near(p.V, sd.matrix { { 1, 0, 0, 0, 0, 0 }, { 0, 1, 0, 0, 0, 0 } }, 0)
    end)

    it("has slopes", function()
      check_slopes(function(t) return sd.sum(sd.sin(D.apply(t, Y))) end, q)
    end)

    it("is 0 for images that the generator makes, and not for others", function()
      -- lk(S) is within zeta/2 below S for S >= 0, and each channel adds two of these before
      -- another lk: s and h differ by at most 3/2 zeta = 0.03
      local G = model.patch_generator { 12, 8, patches = { 2, 3 }, channels = { 6, 3 },
        init = { disjoint = 0.3 } }
      local g = G.init(sd.rng(9))
      local images = G.apply(g, sd.rng(10):randn(12, 50))
      local E = model.patch_link { 1, 8, 6, 3, zeta = 0.02, width = 0.03 }
      for j = 1, 3 do
        local source = G.from[2][j][1]
        local t = { V = g[2].V[j], b = g[2].b[j], W = sd.frozen(g[2].W[j]),
          from = { sd.frozen(g[1].W[source]) } }
        local pair = sd.vcat(G.patch(images, 2, j), G.patch(images, 1, source))
        assert.are.equal(0, sd.max(E.apply(t, pair)))
        t.V = g[2].V[j]:row { 2, 3, 1 }
        assert.is_true(sd.max(E.apply(t, pair)) > 0.1)
        local s, h = E.link(t, pair)
        near(E.apply(t, pair), sd.act.dead_zone { width = 0.03, zeta = 0.02 }(s - h), 0)
      end
    end)
  end)

  it("play with a generator", function()
    local G = model.patch_generator { 6, 5, patches = { 1 }, channels = { 3 },
      act = sd.act.smooth_leaky_relu }
    local D = model.gated_linear { 5, 3 }
    local c, lr = 1, 0.1
    local function value(p, real, z)
      return mean(D, p.D, real) - mean(D, p.D, G.apply(p.G, z)) - objective.power.penalty(p.D.V, c)
    end
    local game = sd.game { min = "G", max = "D", objective = value,
      sample = function(r) return r:randn(5, 16), r:randn(6, 16) end }
    local dynamics = sd.dynamics.gda(game, { optim = { G = sd.optim.sgd { lr = lr },
      D = sd.optim.sgd { lr = lr } } })
    local p = { G = G.init(sd.rng(1)), D = D.init(sd.rng(2)) }
    p.D.V = sd.rng(3):randn(5, 3)
    local s = sd.compile(dynamics.step)(dynamics.init(p, sd.rng(4)))
    local real, z = game:sample(sd.rng(4))
    local slope = sd.grad(value)(p, real, z)
    near(s.p.D.V, p.D.V + lr * slope.D.V, 64 * U)
    near(s.p.G[1].V[1], p.G[1].V[1] - lr * slope.G[1].V[1], 64 * U)
    near(s.p.D.W, p.D.W, 0) -- frozen
  end)

  it("say what does not fit", function()
    raises("gated_linear: 6 channels: orthonormal columns of 5 elements are 5 at most",
      model.gated_linear, { 5, 6 })
    raises("gated_linear: threshold must be a finite number, got NaN", model.gated_linear,
      { 5, 3, threshold = 0 / 0 })
    raises("threshold_pair: K must be a positive number, got 0", model.threshold_pair,
      { 5, 3, K = 0 })
    raises("threshold_pair: unknown option 'zetta' (did you mean 'zeta'?)", model.threshold_pair,
      { 5, 3, zetta = 0 })
    raises("product_pair: has no pairs: one channel of one patch", model.product_pair, { 1, 4, 1 })
    raises("product_pair: needs sizes {patches, d, m}, got 2", model.product_pair, { 4, 1 })
    raises("patch_link: 5 channels: orthonormal columns of 4 elements are 4 at most",
      model.patch_link, { 1, 4, 5, 2 })
    local D = model.patch_link { 2, 4, 3, 2 }
    raises("patch_link.apply: x must have 12 rows (its columns are samples), got 8x1", D.apply,
      D.init(sd.rng(1)), sd.ones(8, 1))
    raises("model: no model 'patch_lynk' (did you mean 'patch_link'?)",
      function() return model.patch_lynk end)
  end)
end)
