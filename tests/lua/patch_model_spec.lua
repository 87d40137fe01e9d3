--- Images of patches and their discriminators: formulas by naive loops, laws, inner maxima.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local U = 2 ^ -53
local model, objective = sd.model, sd.objective

--- The slopes of f at x agree with central differences, whose error bounds sd.checkgrad finds.
local function check_slopes(f, x, elements)
  local report = sd.checkgrad(f, x, { elements = elements })
  assert(report.ok, ("an error of %g tolerances at %s"):format(report.worst, report.path))
end

--- A V - b with V (m,n), x (n,1) and b (m,1), by loops.
local function affine(V, x, b)
  local y = sd.zeros(V.rows, 1)
  for i = 1, V.rows do
    local sum = 0
    for k = 1, V.cols do sum = sum + V(i, k) * x(k) end
    y:set(i, 1, sum - (b and b(i) or 0))
  end
  return y
end

local function naive_ramp(z, zeta)
  if z < 0 then return 0, 0 end
  if z >= zeta then return z - zeta / 2, 1 end
  local t = z / zeta
  return zeta * (t ^ 3 - t ^ 4 / 2), 3 * t ^ 2 - 2 * t ^ 3
end
local function naive_leaky(z, zeta) return zeta * z + (1 - zeta) * naive_ramp(z, zeta) end

local function elementwise(f, x)
  local y = sd.zeros(x.rows, x.cols)
  for i = 1, x.rows do
    for j = 1, x.cols do y:set(i, j, (f(x(i, j)))) end
  end
  return y
end

--- Random biases, so that nothing hides behind zeros.
local function with_biases(p, rng)
  for _, level in ipairs(p) do
    for j, b in ipairs(level.b) do level.b[j] = 0.3 * rng:randn(b.rows, 1) end
  end
  return p
end

describe("patch_generator", function()
  local rng = sd.rng(7)
  local from = { [2] = { { 1 }, { 2, 1 }, { 2 } } }
  local function make(options)
    options[1], options[2] = 6, 5
    options.patches, options.channels = { 2, 3 }, { 4, 3 }
    return model.patch_generator(options)
  end

  it("is its formula, patch by patch", function()
    for _, shared in ipairs { false, true } do
      for _, act in ipairs { "relu", sd.act.smooth_leaky_relu { zeta = 0.2 } } do
        local G = make { from = from, shared = shared, act = act }
        local p, z = with_biases(G.init(rng), rng), rng:randn(6, 3)
        local f = act == "relu" and function(v) return math.max(v, 0) end
          or function(v) return naive_leaky(v, 0.2) end
        local X, S = G.apply(p, z), G.hidden(p, z)
        assert.are.same({ 25, 3, 25 }, { X.rows, X.cols, G.outputs })
        for i = 1, 3 do
          local before
          for l = 1, 2 do
            local now = {}
            for j = 1, l == 1 and 2 or 3 do
              local below = l == 1 and z:col(i)
              if l == 2 then
                local list = {}
                for k, source in ipairs(from[2][j]) do list[k] = before[source] end
                below = sd.vcat(list)
              end
              now[j] = elementwise(f, affine(p[l].V[j], below, p[l].b[j]))
              -- sums of at most 8 terms of size below 4, twice
              near(S[l][j]:col(i), now[j], 512 * U)
              local W = shared and p[l].W or p[l].W[j]
              near(G.patch(X, l, j):col(i), affine(W, now[j]), 1024 * U)
            end
            before = now
          end
        end
      end
    end
  end)

  it("hangs each patch on the one that it lies in, unless told", function()
    local G = model.patch_generator { 4, 6, patches = { 2, 4, 3 }, channels = { 3, 3, 2 } }
    assert.are.same({ { 1 }, { 1 }, { 2 }, { 2 } }, G.from[2])
    assert.are.same({ { 1 }, { 2 }, { 3 } }, G.from[3])
    assert.are.same({ 13, 36 }, { G.rows(2) })
    assert.are.same({ 43, 48 }, { G.rows(3, 2) })
    assert.are.equal("patch_generator 4 -> 2 of 3 -> 4 of 3 -> 3 of 2, patches of 6, relu",
      tostring(G))
    raises("patch_generator: level 2 has patches 1..4, got 5", G.rows, 2, 5)
    raises("patch_generator: there is no level 4", G.rows, 4)
    raises("patch_generator.patch: argument 1 must be images, columns of 54 elements, got 3",
      G.patch, 3, 1, 1)
  end)

  it("has slopes, and is compiled what it is eagerly, in both types", function()
    local G = make { from = from, act = sd.act.smooth_leaky_relu { zeta = 0.5 } }
    local p, z = with_biases(G.init(rng), rng), rng:randn(6, 4)
    check_slopes(function(q) return sd.sum(sd.sin(G.apply(q, z))) end, p, 6)
    check_slopes(function(y) return sd.sum(sd.sin(G.apply(p, y))) end, z)
    local compiled = sd.compile(G.apply)(p, z)
    near(compiled, G.apply(p, z), 64 * U * sd.max(sd.abs(compiled))) -- chains may sum elsewhere
    local H = make { from = from, act = sd.act.smooth_leaky_relu { zeta = 0.5 }, dtype = "f32" }
    local single = sd.map(function(x) return x:to "f32" end, p)
    local X = H.apply(single, z:to "f32")
    assert.are.equal("f32", X.dtype)
    assert.are.equal("f32", H.init(sd.rng(1))[1].V[1].dtype)
    near(X:to "f64", G.apply(p, z), 2 ^ -24 * 256)
  end)

  it("starts with orthonormal columns of W and normal V", function()
    local G = model.patch_generator { 50, 20, patches = { 4 }, channels = { 20 } }
    local p = G.init(sd.rng(2))
    local sum = 0
    for j = 1, 4 do
      near(p[1].W[j]:t() * p[1].W[j], sd.eye(20), 64 * U)
      sum = sum + sd.dot(p[1].V[j], p[1].V[j])
      near(p[1].b[j], sd.zeros(20, 1), 0)
    end
    -- 50 times the sum of squares is chi squared with 4000 degrees: 6 deviations, 2e-9
    near(sum * 50 / 4000, 1, 6 * math.sqrt(2 / 4000))
    assert.are.same(support.bits(G.init(sd.rng(3))), support.bits(sd.compile(G.init)(sd.rng(3))))
  end)

  describe("as a target with disjoint supports", function()
    local q, a, n = 0.2, 1.5, 40000
    local G = model.patch_generator { 20, 8, patches = { 2, 3 }, channels = { 8, 4 },
      init = { disjoint = q, scale = a } }
    local p = G.init(sd.rng(4))

    it("has rows that share no element, of the length asked for", function()
      for j = 1, 2 do
        near(sd.norm(p[1].V[j], { dim = 2 }), sd.full(8, 1, a), 8 * U)
        near(p[1].b[j], sd.full(8, 1, -a * sd.normppf(q)), 8 * U)
        assert.are.equal(2, sd.max(sd.sum(sd.ne(p[1].V[j], 0), { dim = 2 })))
        assert.are.equal(1, sd.max(sd.sum(sd.ne(p[1].V[j], 0), { dim = 1 })))
      end
      -- which elements they are is drawn for each patch: 20!/2^10 ways, or 8!/2^4 above
      assert.is_false(sd.ne(p[1].V[1], 0) == sd.ne(p[1].V[2], 0))
      assert.is_false(p[2].V[1] == p[2].V[2])
      for j = 1, 3 do
        near(sd.sum(p[2].V[j], { dim = 2 }), sd.full(4, 1, 2), 0)
        near(sd.sum(p[2].V[j], { dim = 1 }), sd.ones(1, 8), 0)
      end
    end)

    it("is as active as its law says, channels of a patch independently", function()
      local S = G.hidden(p, sd.rng(5):randn(20, n))
      near(G.law.activity[1], q, 0)
      near(G.law.activity[2], 1 - (1 - q) ^ 2, U)
      local function frequency(mask, chance) -- 6 deviations: false alarms 2e-9 each, 96 of them
        near(sd.mean(mask), chance, 6 * math.sqrt(chance * (1 - chance) / n))
      end
      for l = 1, 2 do
        for j = 1, l + 1 do
          local active, chance = sd.gt(S[l][j], 0), G.law.activity[l]
          for r = 1, active.rows do
            frequency(active:row(r), chance)
            if r > 1 then frequency(active:row(r) % active:row(r - 1), chance ^ 2) end
            -- E S^2 is at most 2 a^2 q on level 1 and four times that above
            near(sd.mean(S[l][j]:row(r)), G.law.mean[l], 6 * math.sqrt(2 * a * a * q * l * l / n))
          end
        end
      end
    end)

    it("has the mean of a cut normal variable", function()
      -- E (g - u)+ by the trapezoidal rule on [u, u + 12], step 1e-3: error h^2/12 phi(u) < 3e-8
      local u, sum, h = -sd.normppf(q), 0, 1e-3
      for k = 1, 12000 do
        sum = sum + h * k * h * math.exp(-(u + k * h) ^ 2 / 2) / math.sqrt(2 * math.pi)
      end
      near(G.law.mean[1], a * sum, 3e-8 * a)
      near(G.law.threshold, a * u, 0)
    end)
  end)

  it("with aligned rows starts as the identity", function()
    local G = model.patch_generator { 9, 5, patches = { 2, 2 }, channels = { 4, 3 },
      from = { [2] = { { 2, 1 }, { 1 } } }, init = { aligned = 0.1, scale = 3 } }
    local p, z = G.init(sd.rng(1)), sd.rng(2):randn(9, 6)
    local S = G.hidden(p, z)
    for j = 1, 2 do
      near(S[1][j], sd.relu(3 * z:row(4 * j - 3, 4 * j) - G.law.threshold), 16 * U)
      near(S[2][j], S[1][3 - j]:row(1, 3), 0)
    end
    near(G.law.activity[2], 0.1, U)
    assert.are.equal(G.law.mean[1], G.law.mean[2])
  end)

  it("says what does not fit", function()
    local function wrong(text, o)
      o[1], o[2] = o[1] or 6, o[2] or 5
      o.patches, o.channels = o.patches or { 2, 4 }, o.channels or { 4, 3 }
      raises("patch_generator: " .. text, model.patch_generator, o)
    end
    raises("patch_generator: needs sizes {z, d}, got 1", model.patch_generator, { 3 })
    raises("patch_generator: patches must be a list of sizes, one for each level",
      model.patch_generator, { 6, 5 })
    wrong("channels[2] must be a whole number from 1, got 0", { channels = { 4, 0 } })
    wrong("patches are of 2 levels, channels of 1", { channels = { 4 } })
    wrong("6 channels: orthonormal columns of 5 elements are 5 at most", { channels = { 6, 3 } })
    wrong("unknown option 'chanels' (did you mean 'channels'?)", { chanels = {} })
    wrong("from has an entry 1, the levels with connections are 2..2", { from = { { { 1 } } } })
    wrong("from[2] must have a list for each of 4 patches", { from = { [2] = { { 1 } } } })
    wrong("from[2][1][2] must be a patch in 1..2 that is not there yet, got 3",
      { from = { [2] = { { 1, 3 }, { 1 }, { 1 }, { 1 } } } })
    wrong("from[2][2][2] must be a patch in 1..2 that is not there yet, got 1",
      { from = { [2] = { { 1 }, { 1, 1 }, { 1 }, { 1 } } } })
    wrong([[init must be "lecun", {disjoint=, scale=} or {aligned=, scale=}, got the string "he"]],
      { init = "he" })
    wrong("init: disjoint must be a probability between 0 and 1, got 1",
      { init = { disjoint = 1 } })
    wrong("init: aligned or disjoint, not both", { init = { disjoint = 0.1, aligned = 0.1 } })
    wrong("init: aligned needs 8 elements of z at least, got 6", { init = { aligned = 0.1 } })
    wrong("init: disjoint needs no more channels than below, level 2 has 4, level 1 3",
      { init = { disjoint = 0.1 }, channels = { 3, 4 } })
    wrong("init: disjoint needs a single patch below each, from[2][1] has 2",
      { init = { disjoint = 0.1 }, from = { [2] = { { 1, 2 }, { 1 }, { 1 }, { 1 } } } })
    wrong("init: scale must be a positive number, got -1",
      { init = { disjoint = 0.1, scale = -1 } })
    wrong("shared must be true or false, got 2", { shared = 2 })
    wrong("dtype must be \"f64\" or \"f32\", got the string \"f16\"", { dtype = "f16" })
    raises("patch_generator: no activation 'rellu' (did you mean 'relu'?)", model.patch_generator,
      { 6, 5, patches = { 2 }, channels = { 2 }, act = "rellu" })
    local G = model.patch_generator { 6, 5, patches = { 1 }, channels = { 2 } }
    local p = G.init(sd.rng(1))
    raises("patch_generator: x must have 6 rows (its columns are samples), got 5x1", G.apply,
      p, sd.ones(5, 1))
    raises("patch_generator: p must be a table of parameters, got nil", G.apply, nil,
      sd.ones(6, 1))
    raises("patch_generator: p[1].W is missing", G.hidden, { { V = p[1].V, b = p[1].b } },
      sd.ones(6, 1))
    raises("patch_generator: p[1].V[1] must be 2x6, got 6x2", G.apply,
      { { V = { sd.ones(6, 2) }, W = p[1].W, b = p[1].b } }, sd.ones(6, 1))
    raises("patch_generator: p[1].b[1] must be 2x1, got", G.apply,
      { { V = p[1].V, W = p[1].W, b = { 0.5 } } }, sd.ones(6, 1))
    raises("patch_generator.init: argument 1 must be an rng, got 1", G.init, 1)
    raises("model: patch_generator 6 -> 1 of 2, patches of 5, relu has no field 'law'",
      function() return G.law end)
  end)
end)

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
      assert.are.equal("gated_linear 5 x 3, threshold=0.2", tostring(D))
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
          local value = naive_ramp(s(r, i) - 0.2, 0.5)
          local _, slope = naive_ramp(s(r, i) - 0.1, 0.5)
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
            a[#a + 1] = naive_ramp(sd.dot(p.W[j]:col(r), Y:block(4 * j - 3, i, 4, 1)) - 0.05, 0.4)
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
              h = h + q.V(r, 3 * (j - 1) + k) * naive_leaky(below, 0.3)
            end
          end
          local x = sd.dot(q.W:col(r), Y:block(1, i, 5, 1)) - naive_leaky(h, 0.3)
          near(y(r, i), naive_ramp(x - 0.1, 0.3) + naive_ramp(-x - 0.1, 0.3), 512 * U)
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
    raises("patch_link: x must have 12 rows (its columns are samples), got 8x1", D.apply,
      D.init(sd.rng(1)), sd.ones(8, 1))
    raises("model: no model 'patch_lynk' (did you mean 'patch_link'?)",
      function() return model.patch_lynk end)
  end)
end)
