--- The recorder's columns, recomputed by plain formulas from the states that the same run recorded.
--
-- U is 2^-52: both sides are sums of at most a hundred or so terms, so that they agree to a few
-- hundred U of their size; singular values to as much of the largest one.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local U = 2 ^ -52
local TOL = 512 * U

local k, d, n = 6, 4, 5
local function problem(seed)
  local rng = sd.rng(seed)
  local X, y = rng:randn(d, n), rng:randn(1, n)
  local start = { W = rng:randn(k, d), v = rng:randn(1, k) }
  local function f(p) return p.v * sd.relu(p.W * X) end
  local function loss(p) return .5 * sd.sum((f(p) - y) ^ 2) end
  local function step(s)
    return { p = sd.map(function(a, g) return a - .01 * g end, s.p, sd.grad(loss)(s.p)) }
  end
  return { X = X, y = y, f = f, loss = loss, step = step, start = start }
end

local ALL = { "loss", "residual", "misfit", "distance", "relative", "layers", "relative_layers",
  "gradient", "length", "smallest", "largest", "jacobian_change", "ntk_change", "flips" }

--- The states of a run as {W =, v =}, from records of these two.
local function states(h)
  local out = {}
  for j = 1, h.t.cols do
    out[j] = { W = h.W:col(j):reshape(k, d), v = h.v:col(j):reshape(1, k) }
  end
  return out
end

local function apart(p, q)
  return sd.norm(p.W - q.W), sd.norm(p.v - q.v)
end
local function together(a, b) return math.sqrt(a * a + b * b) end

describe("the recorder", function()
  local P = problem(1)
  local path = sd.path.recorder { f = P.f, y = P.y, start = P.start, fields = ALL }
  local own = { every = 1, record = function(s) return { W = s.p.W, v = s.p.v } end }
  local s, h = path.iterate(P.step, { p = P.start }, 40, own)
  local all = states(h)

  it("has a column for each record", function()
    assert.same({ "p.W", "p.v" }, path.layers)
    for _, name in ipairs(ALL) do
      assert.equal(41, h[name].cols)
      assert.equal(name:find "layers" and 2 or 1, h[name].rows)
    end
  end)

  it("measures residuals and distances", function()
    local first = all[1]
    local r0 = sd.norm(P.f(first) - P.y)
    local W0, v0 = sd.norm(first.W), sd.norm(first.v)
    for j, p in ipairs(all) do
      local r = sd.norm(P.f(p) - P.y)
      local w, v = apart(p, first)
      near(h.residual(j), r, TOL * r0)
      near(h.misfit(j), r / r0, TOL)
      near(h.loss(j), r * r / 2, TOL * r0 * r0)
      near(h.distance(j), together(w, v), TOL * W0)
      near(h.relative(j), together(w, v) / together(W0, v0), TOL)
      near(h.layers:col(j), sd.matrix { w, v }, TOL * W0)
      near(h.relative_layers:col(j), sd.matrix { w / W0, v / v0 }, TOL)
      local g = sd.grad(P.loss)(p)
      near(h.gradient(j), together(sd.norm(g.W), sd.norm(g.v)), TOL * h.gradient(1))
    end
  end)

  it("adds up the length of every step", function()
    local length = 0
    for j = 2, #all do
      length = length + together(apart(all[j], all[j - 1]))
      near(h.length(j), length, TOL * length)
    end
    assert(h.length(41) > h.distance(41)) -- the way bends
    near(s.travelled, h.length(41), 0)
    local _, sparse = path.iterate(P.step, { p = P.start }, 40, { every = 17 })
    near(sparse.length, sd.matrix { { 0, h.length(18), h.length(35), h.length(41) } }, 0)
  end)

  it("follows the Jacobian, its kernel and the signs of the units", function()
    local function J(p) return sd.jacobian(P.f)(p) end
    local J0 = J(all[1])
    local K0 = J0 * J0:t()
    local flips = 0
    for j, p in ipairs(all) do
      local Jt = J(p)
      local values = sd.svdvals(Jt)
      near(h.largest(j), values(1), TOL * values(1))
      near(h.smallest(j), values(n), TOL * values(1))
      -- |A| is the root of the largest eigenvalue of A A'
      local D = Jt - J0
      near(h.jacobian_change(j) ^ 2, sd.max(sd.eigvalsh(D * D:t())), TOL * values(1) ^ 2)
      near(h.ntk_change(j), sd.norm(Jt * Jt:t() - K0) / sd.norm(K0), TOL)
      local A, B, count = all[1].W * P.X, p.W * P.X, 0
      for e = 1, #A do
        if (A(e) >= 0) ~= (B(e) >= 0) then count = count + 1 end
      end
      near(h.flips(j), count / (k * n), U)
      flips = math.max(flips, count)
    end
    assert(flips > 0) -- something to count
  end)

  it("goes on where it stopped: parts, eager steps and checkpoints give the same", function()
    local a = path.iterate(P.step, { p = P.start }, 25)
    local b, tail = path.iterate(P.step, a, 15, { every = 5 })
    assert.same(support.bits(s), support.bits(b))
    near(tail.length, sd.hcat(h.length:block(1, 26, 1, 1), h.length:block(1, 31, 1, 1),
      h.length:block(1, 36, 1, 1), h.length:block(1, 41, 1, 1)), 0)
    near(tail.smallest(4), h.smallest(41), 0) -- the columns of this run alone

    local slow, eager = path.iterate(P.step, { p = P.start }, 40, { every = 20, eager = true })
    near(slow.travelled, s.travelled, TOL * s.travelled)
    near(eager.flips, sd.hcat(h.flips:col(1), h.flips:col(21), h.flips:col(41)), 0)

    local file = os.tmpname() .. ".npz"
    local c, resumed
    for _, steps in ipairs { 20, 40 } do -- the second as another process would
      local again = sd.path.recorder { f = P.f, y = P.y, start = P.start,
        fields = { "length", "largest" } }
      c, resumed = again.iterate(P.step, { p = P.start }, steps, { every = 10, checkpoint = file })
    end
    os.remove(file)
    near(c.travelled, s.travelled, 0)
    near(resumed.length(5), h.length(41), 0)
    assert(resumed.largest(2) ~= resumed.largest(2)) -- recorded before, in another run
    near(resumed.largest(5), h.largest(41), 0)
  end)

  it("calls hooks and records of one's own", function()
    local seen = {}
    local _, mine = path.iterate(P.step, { p = P.start }, 4, { every = 2,
      record = function(t) return { first = t.p.W(1, 1) } end,
      hook = function(_, t, newest) seen[#seen + 1] = { t, newest.first } end })
    assert.same({ { 0, mine.first(1) }, { 2, mine.first(2) }, { 4, mine.first(3) } }, seen)
    assert.equal(3, mine.smallest.cols)
  end)
end)

describe("the recorder of other states", function()
  it("takes parameters from anywhere, some of them frozen, numbers or f32", function()
    local frozen = sd.frozen(sd.ones(2, 2))
    local start = { a = 1, B = sd.full(2, 1, 2, { dtype = "f32" }), F = frozen }
    local path = sd.path.recorder { start = start, fields = { "distance", "layers", "length" },
      params = function(s) return s.net.inner end }
    local s, h = path.iterate(function(s)
      return { net = { inner = { a = s.net.inner.a + 3 } } } -- B stays, by not being returned
    end, { net = { inner = start, other = 7 }, t = 0 }, 5)
    near(h.distance, sd.matrix { { 0, 15 } }, 0)
    near(h.layers, sd.matrix { { 0, 0 }, { 0, 15 } }, 0)
    near(h.length, sd.matrix { { 0, 15 } }, 0)
    assert.same({ "p.B", "p.a" }, path.layers)
    assert.equal(16, s.net.inner.a)
    assert.equal(7, s.net.other)
  end)

  it("does not form large Jacobians, and says so", function()
    -- of W X the Jacobian, 32 x 1200000, is X' times the identity of 4 rows
    local wide = 300000
    local X = sd.rng(3):randn(wide, 8)
    local path = sd.path.recorder { start = { W = sd.zeros(4, wide) },
      f = function(p) return p.W * X end, fields = { "smallest", "largest", "ntk_change" } }
    local _, h = path.iterate(function(s) return { p = { W = s.p.W + 1 } } end,
      { p = { W = sd.zeros(4, wide) } }, 1)
    local values = sd.svdvals(X:t() * X)
    assert.equal("gram", path.spectrum.route)
    assert(h.smallest(2) > path.spectrum.resolution)
    -- eigenvalues of Gram matrices are off by n eps of the largest, sums over n random roundings
    near(h.largest(2) ^ 2, values(1), wide * U * values(1))
    near(h.smallest(2) ^ 2, values(8), wide * U * values(1))
    near(h.ntk_change, sd.zeros(1, 2), 0)
  end)

  it("goes with the dynamics of games", function()
    local game = sd.game { min = "x", max = "y", objective = function(p) return p.x * p.y end }
    local gda = sd.dynamics.gda(game, { optim = sd.optim.sgd { lr = .1 } })
    local start = { x = 1, y = 0 }
    local path = sd.path.recorder { start = start, fields = { "distance", "length" } }
    local s, h = path.iterate(gda.step, gda.init(start), 10, { every = 10 })
    -- |(x, y)| grows by sqrt(1 + eta^2) a step, each step eta times as long
    local length, radius = 0, 1
    for _ = 1, 10 do length, radius = length + .1 * radius, radius * math.sqrt(1.01) end
    near(h.length(2), length, TOL)
    near(h.distance(2), together(s.p.x - 1, s.p.y), TOL)
  end)

  it("has its own loss, and stays defined where a run diverges", function()
    local path = sd.path.recorder { start = { w = 1 }, loss = function(p) return p.w ^ 4 end,
      f = function(p) return sd.relu(p.w) * sd.ones(2, 1) end,
      fields = { "loss", "gradient", "largest" } }
    local _, h = path.iterate(function(s) return { p = { w = s.p.w * -1e60 } } end,
      { p = { w = 1 } }, 8, { every = 1 })
    assert.equal("diverged", h.status)
    near(h.loss(1), 1, 0)
    near(h.gradient(1), 4, 0)
    near(h.largest(1), math.sqrt(2), 4 * U)
    assert.equal(h.t.cols, h.largest.cols)
  end)
end)

describe("the recorder refuses", function()
  local f = function(p) return sd.relu(p.w) end
  local function recorder(fields, more)
    local o = { f = f, start = { w = sd.ones(2, 1) }, fields = fields }
    for name, value in pairs(more or {}) do o[name] = value end
    return sd.path.recorder(o)
  end

  it("what it does not know or cannot tell", function()
    raises("recorder: no field 'lenght' (did you mean 'length'?)", recorder,
      { "lenght" })
    raises("recorder: no field has the name 3 (known: 'distance', 'flips', 'gradient', ", recorder,
      { 3 })
    raises("recorder: option 'fields' must be a list of names, got 3", recorder, 3)
    raises("recorder: unknown option 'feilds' (did you mean 'fields'?)", sd.path.recorder,
      { feilds = {} })
    raises("recorder: argument 1 must be a table of options, got nothing", sd.path.recorder)
    raises("recorder: option 'start' is missing", sd.path.recorder, { f = f })
    raises("recorder: the field 'smallest' needs option 'f'", sd.path.recorder,
      { start = { w = 1 }, fields = { "smallest" } })
    raises("recorder: the field 'flips' needs an f with kinks; this one is smooth", recorder,
      { "flips" }, { f = function(p) return sd.tanh(p.w) end })
    raises("recorder: the field 'flips' cannot be told: max has pieces that no sign tells apart",
      recorder, { "flips" }, { f = function(p) return sd.max(p.w) end })
    raises("recorder: option 'f' must be a function, got 1", recorder, {}, { f = 1 })
    raises("recorder: option 'y' must be a matrix or a number, got the string", recorder, {},
      { y = "data" })
    local narrow = recorder({ "residual" }, { f = function(p) return p.w * sd.ones(1, 3) end,
      y = sd.ones(2, 1) })
    raises("recorder: f gives 2x3, y is 2x1", narrow.iterate, function(s) return { p = s.p } end,
      { p = { w = sd.ones(2, 1) } }, 1)
  end)

  it("states that do not fit", function()
    local path = recorder { "length" }
    raises("recorder: the state has no field 'p'; option 'params' says where the parameters are",
      path.init, { q = 1 })
    raises("recorder: the state's p.w is 3x1 f64, and start.w is 2x1 f64", path.init,
      { p = { w = sd.ones(3, 1) } })
    raises("recorder: the state must be a table, got 3", path.init, 3)
    raises("recorder: the step must return the fields that change, got nil",
      path.iterate, function() end, { p = { w = sd.ones(2, 1) } }, 1)
    raises("recorder: the state has no field 'travelled'; path.init(s) makes one", path.record,
      { p = { w = sd.ones(2, 1) } })
    raises("recorder: two fields of the record have the name length", path.iterate,
      function(s) return { p = s.p } end, { p = { w = sd.ones(2, 1) } }, 1,
      { record = function() return { length = 1 } end })
  end)
end)
