-- sd.model: every model against a plain loop, against the same model written in Lua, in its
-- derivatives, compiled, in f32, and in a game.
local sd = require "saddle"
local support = require "tests.lua.support"
local near = support.near
local model = sd.model

-- ---- plain loops --------------------------------------------------------------------------------

--- The columns of f(column of x as a list), as a matrix.
local function columns(x, f)
  local out = {}
  for j = 1, x.cols do
    local v = {}
    for i = 1, x.rows do v[i] = x(i, j) end
    out[j] = sd.matrix(f(v))
  end
  return sd.hcat(out)
end

--- W v + b of lists, row by row.
local function affine(W, v, b)
  local out = {}
  for i = 1, W.rows do
    out[i] = b and b(i, 1) or 0
    for j = 1, W.cols do out[i] = out[i] + W(i, j) * v[j] end
  end
  return out
end

local function each(v, f)
  local out = {}
  for i, x in ipairs(v) do out[i] = f(x) end
  return out
end

local function relu(u) return math.max(u, 0) end
local function leaky(u) return u >= 0 and u or 0.2 * u end
local function sigmoid(u) return 1 / (1 + math.exp(-u)) end
local function tanh(u) return 1 - 2 / (math.exp(2 * u) + 1) end
local function softplus(u) return math.log(1 + math.exp(u)) end

local function inner(p, v)
  local s = 0
  for i, x in ipairs(v) do s = s + p(i) * x end
  return s
end

-- ---- cases --------------------------------------------------------------------------------------
-- make() gives the model; loop(p, v) one sample, from a list, by a plain loop; hand(p, x) the same
-- model as a user would write it: the same ops.

local cases = {
  linear = {
    make = function(o) return model.linear { 3, 2, dtype = o } end,
    loop = function(p, v) return affine(p.W, v) end,
    hand = function(p, x) return p.W * x end,
  },
  ["linear with bias"] = {
    make = function(o) return model.linear { 3, 2, bias = true, init = "he", dtype = o } end,
    loop = function(p, v) return affine(p.W, v, p.b) end,
    hand = function(p, x) return p.W * x + p.b end,
  },
  glm = {
    make = function(o) return model.glm { 4, dtype = o } end,
    loop = function(p, v) return { sigmoid(inner(p.theta, v)) } end,
    hand = function(p, x) return sd.sigmoid(p.theta:t() * x) end,
  },
  low_rank = {
    make = function(o) return model.low_rank { 3, 2, vt = 0.5, dtype = o } end,
    loop = function(p, v) -- tr(Theta' X Theta)
      local s = 0
      for a = 1, 3 do
        for b = 1, 3 do
          for r = 1, 2 do s = s + p.Theta(a, r) * v[a + 3 * (b - 1)] * p.Theta(b, r) end
        end
      end
      return { s }
    end,
    hand = function(p, x) return (p.Theta * p.Theta:t()):reshape(9, 1):t() * x end,
  },
  one_hidden = {
    make = function(o) return model.one_hidden { 3, 8, 2, dtype = o } end,
    loop = function(p, v) return affine(p.V, each(affine(p.W, v), relu)) end,
    hand = function(p, x) return p.V * sd.relu(p.W * x) end,
  },
  ["one_hidden, first layer, biases"] = {
    make = function(o)
      return model.one_hidden { 3, 4, 2, act = "tanh", train = "first", bias = true, scale = 0.5,
        dtype = o }
    end,
    loop = function(p, v)
      local h = each(affine(p.V, each(affine(p.W, v, p.b), tanh)), function(u) return u / 2 end)
      return { h[1] + p.c(1), h[2] + p.c(2) }
    end,
    hand = function(p, x) return 0.5 * (p.V * sd.tanh(p.W * x + p.b)) + p.c end,
  },
  ["one_hidden, last layer"] = {
    make = function(o)
      return model.one_hidden { 3, 4, 2, act = sd.act.leaky_relu { slope = 0.2 }, train = "last",
        dtype = o }
    end,
    loop = function(p, v) return affine(p.V, each(affine(p.W, v), leaky)) end,
    hand = function(p, x) return p.V * sd.leaky_relu(p.W * x, 0.2) end,
  },
  deep = {
    make = function(o) return model.deep { 2, 5, 4, 2, act = "tanh", dtype = o } end,
    loop = function(p, v)
      return affine(p[3].W, each(affine(p[2].W, each(affine(p[1].W, v), tanh)), tanh))
    end,
    hand = function(p, x) return p[3].W * sd.tanh(p[2].W * sd.tanh(p[1].W * x)) end,
  },
  mlp = {
    make = function(o)
      return model.mlp { 2, 5, 4, 2, act = "softplus", last_act = "tanh", dtype = o }
    end,
    loop = function(p, v)
      local h = each(affine(p[1].W, v, p[1].b), softplus)
      h = each(affine(p[2].W, h, p[2].b), softplus)
      return each(affine(p[3].W, h, p[3].b), tanh)
    end,
    hand = function(p, x)
      local h = sd.softplus(p[1].W * x + p[1].b)
      h = sd.softplus(p[2].W * h + p[2].b)
      return sd.tanh(p[3].W * h + p[3].b)
    end,
  },
  ["mlp without biases, a function as act"] = {
    make = function(o)
      return model.mlp { 2, 5, 1, bias = false, act = function(u) return u * 2 + sd.sin(u) end,
        dtype = o }
    end,
    loop = function(p, v)
      return affine(p[2].W, each(affine(p[1].W, v), function(u) return 2 * u + math.sin(u) end))
    end,
    hand = function(p, x)
      local u = p[1].W * x
      return p[2].W * (u * 2 + sd.sin(u))
    end,
  },
  random_feature = {
    make = function(o) return model.random_feature { 2, 6, 4, act = "erf", dtype = o } end,
    shift = function(p) return { p[1], p[2], d = p.d + 1 } end, -- it starts at 0
    loop = function(p, v)
      local erf = sd.erf
      return { inner(p.d, each(affine(p[2].W, each(affine(p[1].W, v), erf)), erf)) }
    end,
    hand = function(p, x) return p.d:t() * sd.erf(p[2].W * sd.erf(p[1].W * x)) end,
  },
  linear_discriminator = {
    make = function(o) return model.linear_discriminator { 3, dtype = o } end,
    shift = function(p) return { d = p.d + 0.5 } end,
    loop = function(p, v) return { inner(p.d, v) } end,
    hand = function(p, x) return p.d:t() * x end,
  },
  sparse_generator = {
    make = function(o) return model.sparse_generator { 3, 5, dtype = o } end,
    loop = function(p, v) return affine(p.V, v) end,
    hand = function(p, x) return p.V * x end,
  },
  cubic = {
    make = function(o) return model.cubic { 3, 4, cutoff = 0.5, tau = 0.25, dtype = o } end,
    shift = function(p) return { W = p.W, a = p.a, b = p.b + 2 } end,
    loop = function(p, v)
      local s, L = 0, 0.5
      for _, u in ipairs(affine(p.W, v)) do
        s = s + (math.abs(u) <= L and u ^ 3 or 3 * L ^ 2 * u - (u > 0 and 2 or -2) * L ^ 3)
      end
      return { p.a * s + 0.25 * p.b }
    end,
    hand = function(p, x)
      local u = p.W * x
      local c = sd.clamp(u, -0.5, 0.5)
      return p.a % sd.sum(c % c % (c + 3 * (u - c)), { dim = 1 }) + 0.25 * p.b
    end,
  },
}

local function start(case, dtype)
  local m = case.make(dtype)
  local p = m.init(sd.rng(7))
  p = case.shift and case.shift(p) or p
  return m, p, sd.rng(8):randn(m.inputs, 6, { dtype = dtype })
end

--- The leaves of a gradient as one column.
local function flat(t) return (sd.ravel(t)) end

for name, case in pairs(cases) do
  describe("sd.model, " .. name .. ",", function()
    local m, p, x = start(case)

    it("gives what a plain loop gives", function()
      -- Sums of at most 9 products, three times in a row, of numbers below 10, through functions of
      -- slope at most 3: 3 * 9 * 10 * 3^3 roundings of 2^-53, relative to values of order 1.
      near(m.apply(p, x), columns(x, function(v) return case.loop(p, v) end), 7290 * 2 ^ -53)
    end)

    it("is, to the bit, the model that one writes in Lua: value, gradient, compiled", function()
      local function loss(apply)
        return function(q) return sd.sum(sd.sin(apply(q, x))) end
      end
      assert(m.apply(p, x) == case.hand(p, x), "eager calls differ")
      local ours, theirs = sd.grad(loss(m.apply))(p), sd.grad(loss(case.hand))(p)
      assert(flat(ours) == flat(theirs), "gradients differ")
      local plan = sd.compile(m.apply)
      assert(plan(p, x) == m.apply(p, x), "compiled and eager differ")
      local by_hand = sd.compile(case.hand)
      by_hand(p, x)
      local recorded = "(%d+) nodes?, of (%d+) that were recorded"
      local nodes, all = plan:explain():match(recorded)
      local few, hand = by_hand:explain():match(recorded)
      assert.equal(few, nodes)
      assert(tonumber(all) <= tonumber(hand), all .. " nodes recorded, by hand " .. hand)
    end)

    it("has the derivatives that differences give", function()
      assert(sd.checkgrad(function(q) return m.apply(q, x) end, p).ok)
      assert(sd.checkgrad(function(v) return m.apply(p, v) end, x).ok)
    end)

    it("takes batches of any size, samples apart", function()
      local y = m.apply(p, x)
      assert.equal(6, y.cols)
      assert.equal(0, m.apply(p, sd.zeros(m.inputs, 0)).cols)
      for j = 1, 6 do near(m.apply(p, x:col(j)), y:col(j), 7290 * 2 ^ -53) end
    end)

    it("works in f32", function()
      local single, q, v = start(case, "f32")
      local y = single.apply(q, v)
      assert.equal("f32", y.dtype)
      -- As for the plain loop, in f32.
      near(y:to "f64", columns(v, function(u) return case.loop(q, u) end), 7290 * 2 ^ -24)
      local g = sd.grad(function(t) return sd.sum(single.apply(t, v)) end)(q)
      for k = 1, #flat(g) do assert(flat(g)(k) - flat(g)(k) == 0) end
    end)

    it("starts from the same draws eagerly and traced, and moves the rng on", function()
      local one, two = sd.rng(3), sd.rng(3)
      local first, second = m.init(one), m.init(one)
      local both = sd.compile(function(rng) return { m.init(rng), m.init(rng) } end)(two)
      assert.same(support.bits { first, second }, support.bits(both))
      assert.equal(one:state().ordinal, two:state().ordinal)
    end)

    it("takes one step of descent-ascent", function()
      local y = m.apply(p, x)
      local game = sd.game { min = "G", max = "D", objective = function(q)
        return sd.sum(q.D.d % (m.apply(q.G, x) - 1)) - sd.sum(q.D.d ^ 2) / 2
      end }
      local gda = sd.dynamics.gda(game, { optim = sd.optim.sgd { lr = 0.125 } })
      local s = gda.init({ G = p, D = { d = 0.5 * y } }, sd.rng(1))
      local after = sd.compile(gda.step):iterate(s, 1)
      near(after.p.D.d, 0.5 * y + 0.125 * (y - 1 - 0.5 * y), 16 * 2 ^ -53 * (1 + sd.max(sd.abs(y))))
      local g = sd.grad(function(q) return sd.sum(0.5 * y % case.hand(q, x)) end)(p)
      local moved = p - 0.125 * g
      -- The same sums as for the value, backwards.
      near(flat(after.p.G), flat(moved), 7290 * 2 ^ -53 * (1 + sd.norm(y)))
    end)
  end)
end

-- ---- what is particular -------------------------------------------------------------------------

describe("sd.model", function()
  it("has the Jacobian (X + X') Theta of low_rank", function()
    local m = model.low_rank { 4, 2 }
    local p, X = m.init(sd.rng(1)), sd.rng(2):randn(16, 5)
    local J = sd.jacobian(function(q) return m.apply(q, X) end)(p)
    for i = 1, 5 do
      local Xi = X:col(i):reshape(4, 4)
      near(J:row(i), ((Xi + Xi:t()) * p.Theta):reshape(1, 8), 64 * 2 ^ -53 * 10)
    end
  end)

  it("has the Jacobian of equation (33) of one_hidden", function()
    local m = model.one_hidden { 3, 4, 2, train = "first" }
    local p, z = m.init(sd.rng(1)), sd.rng(2):randn(3, 1)
    local J = sd.jacobian(function(q) return m.apply(q, z) end)(p)
    assert.equal(12, J.cols) -- V is frozen
    local on = p.W * z
    for k = 1, 4 do
      for j = 1, 3 do -- column of W(k, j), column-major
        local want = (on(k) >= 0 and 1 or 0) * z(j) * p.V:col(k)
        near(J:col(k + 4 * (j - 1)), want, 4 * 2 ^ -53 * 10)
      end
    end
  end)

  it("freezes what is not trained", function()
    local x = sd.ones(2, 3)
    for train, frozen in pairs { first = "V", last = "W" } do
      local m = model.one_hidden { 2, 4, 1, train = train }
      local p = m.init(sd.rng(1))
      local g = sd.grad(function(q) return sd.sum(m.apply(q, x)) end)(p)
      assert(rawequal(g[frozen], p[frozen]), "a gradient has frozen leaves as they are")
      assert(m.law[frozen].frozen)
      assert((p - g)[frozen] == p[frozen])
    end
  end)

  it("gives the features that the last weights read", function()
    local x = sd.rng(2):randn(3, 4)
    local one = model.one_hidden { 3, 5, 2, act = "tanh" }
    local p = one.init(sd.rng(1))
    assert(one.features(p, x) == sd.tanh(p.W * x))
    local deep = model.mlp { 3, 5, 4, 2 }
    local q = deep.init(sd.rng(1))
    assert(deep.apply(q, x) == q[3].W * deep.features(q, x) + q[3].b)
    local rf = model.random_feature { 3, 5, 4 }
    local r = rf.init(sd.rng(1))
    assert(rf.features(r, x) == sd.relu(r[2].W * sd.relu(r[1].W * x)))
    local J = sd.jacobian(function(s) return rf.apply(s, x) end)(r)
    assert(J == rf.features(r, x):t())
  end)

  it("is within an inner transform and a loop", function()
    local m, rng = model.mlp { 2, 4, 1, act = "tanh" }, sd.rng(5)
    local p, x = m.init(rng), rng:randn(2, 3)
    local function penalty(q)
      local slope = sd.grad(function(v) return sd.sum(m.apply(q, v)) end)(x)
      return sd.sum(sd.norm(slope, { dim = 1 }) ^ 2)
    end
    assert(sd.checkgrad(penalty, p).ok)
    local function loop(q)
      return sd.loop(3, function(s) return { v = s.v + 0.1 * m.apply(q, s.v) } end, { v = x }).v
    end
    local v = x
    for _ = 1, 3 do v = v + 0.1 * m.apply(p, v) end
    assert(loop(p) == v)
    assert(sd.checkgrad(function(q) return sd.sum(loop(q) ^ 2) end, p).ok)
  end)

  it("sees writes to parameters, and to what an activation captures", function()
    local slope = sd.full(1, 1, 0.5)
    local m = model.mlp { 2, 3, 1, bias = false, act = function(u)
      return sd.where(sd.ge(u, 0), u, slope * u)
    end }
    local p, x = m.init(sd.rng(1)), sd.rng(2):randn(2, 4)
    local before = m.apply(p, x)
    slope:set(1, 1, 1)
    near(m.apply(p, x), p[2].W * (p[1].W * x), 20 * 2 ^ -53 * 10)
    assert(m.apply(p, x) ~= before)
    p[1].W:mul_(0)
    assert(m.apply(p, x) == sd.zeros(1, 4))
  end)

  it("gives new matrices, and takes numbers for 1x1", function()
    local m = model.mlp { 1, 3, 1, act = "tanh" }
    local p = m.init(sd.rng(1))
    local y = m.apply(p, sd.ones(1, 1))
    local kept = y:clone()
    m.apply(p, sd.zeros(1, 1))
    assert(y == kept)
    near(m.apply(p, 1.0):item(), y:item(), 0)
    local line = model.linear_discriminator { 1 }
    for _ = 1, 2 do
      assert.equal(6.0, line.apply({ d = 2.0 }, 3.0):item())
      assert(line.apply({ d = sd.full(1, 1, 2) }, sd.full(1, 1, 3)) == sd.full(1, 1, 6))
    end
  end)

  it("follows whatever the parameters are: tables, trees, numbers for 1x1", function()
    local m = model.cubic { 2, 3 }
    local p, x = m.init(sd.rng(1)), sd.ones(2, 2)
    local y = m.apply(p, x)
    assert(m.apply({ W = p.W, a = sd.full(1, 1, p.a), b = p.b }, x) == y)
    assert(m.apply({ W = sd.frozen(p.W), a = p.a, b = p.b }, x) == y)
  end)

  it("says what it is", function()
    assert.equal("one_hidden 10 -> 512 -> 5, relu", tostring(model.one_hidden { 10, 512, 5 }))
    assert.equal("mlp 2 -> 3 -> 1, silu, last tanh, bias=no",
      tostring(model.mlp { 2, 3, 1, act = "silu", last_act = "tanh", bias = false }))
    assert.equal("low_rank 4 x 2, vt=0.5", tostring(model.low_rank { 4, 2, vt = 0.5 }))
    local m = model.one_hidden { 3, 4, 2, act = sd.act.elu { alpha = 2 } }
    assert.equal("one_hidden 3 -> 4 -> 2, elu{alpha=2}", tostring(m))
    assert.equal("V act(W x)", m.formula)
    assert.same({ 3, 4, 2 }, m.sizes)
  end)

  it("takes every activation of sd.act by name", function()
    local x = sd.rng(2):randn(3, 4)
    for _, name in ipairs { "identity", "relu", "leaky_relu", "softplus", "tanh", "sigmoid", "gelu",
      "silu", "elu", "sin", "cos", "erf" } do
      local m = model.one_hidden { 3, 4, 2, act = name }
      local p = m.init(sd.rng(1))
      assert(m.apply(p, x) == p.V * sd.act[name](p.W * x), name)
    end
  end)
end)

describe("sparse_generator against cubic", function()
  it("plays the game of single samples as one writes it by hand", function()
    local d, k, l = 8, 4, 3
    local U, modes = sd.eye(d, 2), sd.matrix { { 1, 0, 1 }, { 0, 1, 1 } }
    local G, D = model.sparse_generator { k, d }, model.cubic { d, l }
    local cut, tau = d ^ 0.2, 1 / math.sqrt(d * math.log(d))
    local q = (k - 1) / (2 * k * math.log(d))
    local function f(p, x)
      local u = p.W * x
      local c = sd.clamp(u, -cut, cut)
      return p.a % sd.sum(c % c % (c + 3 * (u - c)), { dim = 1 }) + tau * p.b
    end
    local function latent(rng)
      local i, j, both = rng:randint(k, 1, 1), rng:randint(k - 1, 1, 1), rng:bernoulli(q, 1, 1)
      return sd.one_hot(i, k) + both * sd.one_hot(j + sd.ge(j, i), k)
    end
    local function run(score, make, draw)
      local game = sd.game { max = "D", min = "G",
        sample = function(rng)
          return U * modes:col(rng:categorical { 0.45, 0.45, 0.1 }), draw(rng)
        end,
        objective = function(p, x, z)
          return sd.mean(sd.log_sigmoid(score(p.D, x)) + sd.log_sigmoid(-score(p.D, make(p.G, z))))
        end }
      local optim = sd.optim.normalized { lr = 0.01 }
      local gda = sd.dynamics.gda(game, { optim = optim })
      local rng = sd.rng(12)
      local s = gda.init({ D = D.init(rng), G = G.init(rng) }, rng)
      return sd.compile(gda.step):iterate(s, 50).p
    end
    local ours = run(D.apply, G.apply, function(rng) return G.sample(rng, 1) end)
    local theirs = run(f, function(p, z) return p.V * z end, latent)
    assert(flat(ours) == flat(theirs))
    assert(flat(ours) - flat(ours) == 0 * flat(ours))
  end)
end)

describe("the slope of cubic", function()
  it("is 3 min(u^2, cutoff^2) to some ulps of itself, however far below the cutoff u is", function()
    local L = 40
    local m = model.cubic { 1, 1, cutoff = L }
    for _, u in ipairs { 1e-150, 1e-12, 1e-8, 0.5, L, 41, 1e6 } do
      local exact = 3 * math.min(u, L) ^ 2
      for _, slope in ipairs { sd.grad, sd.jacobian } do
        for _, sign in ipairs { 1, -1 } do
          local g = slope(function(x) return m.apply({ W = sd.eye(1), a = 1.0, b = 0.0 }, x) end)(
            sd.full(1, 1, sign * u)):item()
          -- 2 c (c + 3 (u - c)) - 2 c^2 + 3 c^2: terms of 7 c^2 in all, 6 roundings
          near(g / exact, 1, 14 * 2 ^ -53)
        end
      end
    end
  end)
end)

describe("the law of sparse_generator's inputs", function()
  -- n samples; each frequency within 5 deviations, P(a false alarm) < 6e-7 for each of the 6.
  local m, n, count = model.sparse_generator { 4, 50, polylog = 2 }, 40000, 4
  local q = (count - 1) / (2 * count * 2)

  it("is that of (8): one entry or, rarely, two", function()
    local z = m.sample(sd.rng(11), n)
    assert.same({ count, n }, { z.rows, z.cols })
    local ones = sd.sum(z, { dim = 1 })
    assert(sd.min(ones) == 1 and sd.max(ones) == 2)
    local function close(hits, p)
      assert(math.abs(hits - n * p) <= 5 * math.sqrt(n * p * (1 - p)), hits .. " hits")
    end
    close(sd.sum(ones) - n, q)
    for i = 1, count do close(sd.sum(z:row(i)), (1 + q) / count) end
    close(sd.dot(z:row(2), z:row(4)), 1 / (count ^ 2 * 2))
  end)

  it("is the same traced, has no pairs of one, and one column unless told", function()
    local z = sd.compile(function(rng) return m.sample(rng, 9) end)(sd.rng(11))
    local rng = sd.rng(11)
    assert(z == m.sample(rng, 9))
    assert.equal(3, rng:state().ordinal)
    assert(model.sparse_generator { 1, 5 }.sample(sd.rng(1), 3) == sd.ones(1, 3))
    assert.equal(1, m.sample(sd.rng(1)).cols)
    assert.equal("f32", model.sparse_generator { 2, 5, dtype = "f32" }.sample(sd.rng(1), 3).dtype)
  end)
end)
