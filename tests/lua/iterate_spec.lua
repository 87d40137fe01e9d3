-- plan:iterate: what a step may return, records, ends of runs; compiled and op by op.
local sd = require "saddle"
local tracing = require("saddle.core").tracing
local support = require "tests.lua.support"
local raises = support.raises

--- The same test twice: f(options) for a compiled run and an eager one.
local function both(name, f)
  it(name, function() f(function(o) return o or {} end) end)
  it(name .. " (eager)", function()
    f(function(o)
      o = o or {}
      o.eager = true
      return o
    end)
  end)
end

--- Trees as plain Lua values, to the bit: numbers as %a, rngs by state.
local function plain(t)
  if sd.ismatrix(t) then
    local list = { t.rows, t.cols, t.dtype }
    for k = 1, #t do list[#list + 1] = ("%a"):format(t(k)) end
    return table.concat(list, " ")
  elseif type(t) == "number" then
    return ("%a"):format(t)
  elseif type(t) == "table" then
    local out = {}
    for key, value in pairs(t) do out[key] = plain(value) end
    return out
  end
  return type(t) == "userdata" and t:state() or t
end

describe("a step", function()
  both("changes the fields that it returns, at once; the others persist", function(o)
    local plan = sd.compile(function(s)
      return { a = s.b, b = s.a, p = { s.p[1] + s.k, [3] = { x = s.p[3].x * 2 } } }
    end)
    local s, h = plan:iterate({ a = sd.matrix{ 1, 2 }, b = sd.matrix{ 3, 4 }, k = 3, name = "n",
      p = { 1, 2, { x = sd.ones(2, 2), y = true } } }, 3, o())
    assert.same(plain{ a = sd.matrix{ 3, 4 }, b = sd.matrix{ 1, 2 }, k = 3.0, name = "n",
      p = { 10.0, 2.0, { x = sd.full(2, 2, 8), y = true } } }, plain(s))
    assert.same({ 3, "done" }, { h.n, h.status })
  end)

  both("works on a state that is a leaf, a list, or empty", function(o)
    assert.equal(8.0, (sd.compile(function(s) return s * 2 end):iterate(1, 3, o())))
    local list = sd.compile(function(s) return { s[1] + s[2], s[1] } end):iterate({ 1, 1 }, 5, o())
    assert.same({ 13.0, 8.0 }, { list[1], list[2] })
    local s, h = sd.compile(function() return {} end):iterate({}, 4, o())
    assert.same({ {}, 4 }, { plain(s), h.n })
  end)

  both("lets 1x1 matrices and numbers stand for each other", function(o)
    local plan = sd.compile(function(s)
      return { a = s.A * 2, A = sd.sum(s.A) + 1, F = s.a + 1, G = 7, b = 5 }
    end)
    local s = plan:iterate({ a = 1, b = 0, A = sd.ones(1, 1), F = sd.ones(1, 1, { dtype = "f32" }),
      G = sd.ones(1, 1) }, 2, o())
    assert.same(plain{ a = 4.0, b = 5.0, A = sd.full(1, 1, 3), F = sd.full(1, 1, 3):to "f32",
      G = sd.full(1, 1, 7) }, plain(s))
  end)

  both("is told by path what does not fit", function(o)
    local state = { p = { W = sd.ones(2, 3), name = "net" }, k = 1, rng = sd.rng(1) }
    local function wrong(changed, message)
      raises(message, function()
        sd.compile(function() return changed end):iterate(state, 1, o())
      end)
    end
    local X = sd.ones(2, 1)
    wrong({ p = { w = 1 } },
      "iterate: the step returns s.p.w, which the state does not have (did you mean s.p.W?)")
    wrong({ [1] = 1 }, "iterate: the step returns s[1], which the state does not have")
    wrong({ p = { W = sd.ones(3, 2) } }, "iterate: s.p.W must stay 2x3 f64, got 3x2 f64")
    wrong({ p = { W = sd.ones(2, 3, { dtype = "f32" }) } },
      "iterate: s.p.W must stay 2x3 f64, got 2x3 f32")
    wrong({ k = sd.ones(2, 1) }, "iterate: s.k must stay a number, got 2x1 f64")
    wrong({ p = 3 }, "iterate: s.p must stay a table, got a number")
    wrong({ p = { name = "other" } }, 'iterate: s.p.name is the string "net"; it is static')
    wrong({ rng = 1 }, "iterate: s.rng must stay an rng, got a number")
    wrong({ k = print }, "iterate: s.k must stay a number, got a function")
    wrong(3, "iterate: s must stay a table, got a number")
    wrong(nil, "iterate: the step must return the fields of the state that change, got nil")
    state["a b"] = { [-1] = 0 }
    wrong({ ["a b"] = { [-1] = X } }, 's["a b"][-1] must stay a number, got 2x1 f64')
    wrong({ [1.5] = 1 }, "iterate: s: keys are whole numbers or strings, got 1.5")
  end)

  both("keeps what is frozen constant for derivatives", function(o)
    local plan = sd.compile(function(s)
      local g = sd.grad(function(p) return sd.sum(p.A % p.A) + sd.sum(p.B % p.B) end)(s.p)
      return { p = s.p - 0.25 * g }
    end)
    local s = plan:iterate({ p = { A = sd.ones(2, 2), B = sd.frozen(sd.ones(2, 2)) } }, 2, o())
    assert.same(plain{ A = sd.full(2, 2, 0.25), B = sd.ones(2, 2) }, plain(s.p))
  end)

  both("advances rngs, returned or not", function(o)
    local plan = sd.compile(function(s)
      local other = s.r:split "branch"
      local copy = s.r:clone()
      return { x = s.x + s.r:randn(2, 1) + other:randn(2, 1), y = copy:randn(), q = s.q }
    end)
    local r, x, y = sd.rng(3), sd.zeros(2, 1), 0
    for _ = 1, 3 do
      local other, copy = r:split "branch", r:clone()
      x = x + r:randn(2, 1) + other:randn(2, 1)
      y = copy:randn()
    end
    local given = sd.rng(3)
    local s = plan:iterate({ r = given, q = sd.rng(4), x = sd.zeros(2, 1), y = 0 }, 3, o())
    assert.same(plain{ r = r, q = sd.rng(4), x = x, y = y }, plain(s))
    assert.same(sd.rng(3):state(), given:state()) -- the caller's own stays
  end)
end)

describe("an iteration", function()
  it("is traced once for a signature, whatever the numbers are", function()
    local traces = 0
    local plan = sd.compile(function(s)
      traces = traces + 1
      return { x = s.x - s.lr * s.x }
    end)
    for k = 1, 5 do
      local s = plan:iterate({ x = sd.ones(2, 1), lr = k / 8 }, 2)
      assert.equal((1 - k / 8) ^ 2, s.x(1))
    end
    assert.equal(1, traces)
    plan:iterate({ x = sd.ones(3, 1), lr = 1 }, 1)
    plan:iterate({ x = sd.ones(2, 1, { dtype = "f32" }), lr = 1 }, 1)
    plan:iterate({ x = sd.ones(2, 1), lr = 1, name = "a" }, 1)
    assert.equal(4, traces)
    plan:iterate({ x = sd.ones(2, 1), lr = 2 }, 1) -- the first is still there
    assert.equal(4, traces)
  end)

  it("takes captured numbers as constants and reads captured matrices when it runs", function()
    local k, C = 2, sd.ones(2, 1)
    local plan = sd.compile(function(s) return { x = s.x + C % (s.x * 0 + k) } end)
    local state = { x = sd.zeros(2, 1) }
    assert.equal(6.0, (plan:iterate(state, 3)).x(1))
    k = 100
    C:row(1):set(1, 1, 5) -- through a view
    assert.same({ { 30.0 }, { 6.0 } }, (plan:iterate(state, 3)).x:totable())
    local s = plan:iterate(state, 4, { every = 2, hook = function(_, t)
      if t == 2 then C:set(2, 1, 0) end
    end })
    assert.same({ { 40.0 }, { 4.0 } }, s.x:totable())
    assert.matches("captured matrices", plan:explain(), 1, true)
  end)

  both("has records at 0, every, ..., n, one column each", function(o)
    local plan = sd.compile(function(s) return { x = s.x + 1 } end)
    local function record(s)
      return { x = s.x, total = sd.sum(s.x), f = (s.x * 2):to "f32", c = 7 }
    end
    local start = { x = sd.matrix{ { 0, 10 }, { 20, 30 } } }
    local _, h = plan:iterate(start, 5, o{ every = 2, record = record })
    assert.same({ { 0, 2, 4, 5 } }, h.t:totable())
    assert.same({ { 0, 2, 4, 5 }, { 20, 22, 24, 25 }, { 10, 12, 14, 15 }, { 30, 32, 34, 35 } },
      h.x:totable())
    assert.same({ { 60, 68, 76, 80 } }, h.total:totable())
    assert.same({ "f32", "f64", 4, 1 }, { h.f.dtype, h.x.dtype, h.f.rows, h.c.rows })
    assert.same({ 5, "done" }, { h.n, h.status })
    local function times(n, options)
      return select(2, plan:iterate(start, n, o(options))).t:totable()
    end
    assert.same({ { 0, 3, 6 } }, times(6, { every = 3 }))
    assert.same({ { 0, 6 } }, times(6, { every = 7 }))
    assert.same({ { 0, 6 } }, times(6, { record = record }))
    assert.same({ { 0 } }, times(0, { every = 3, record = record }))
    assert.same({ {} }, times(6))
  end)

  both("shows records to log and hook, and states to hook", function(o)
    local plan = sd.compile(function(s) return { x = s.x + 1, A = s.A * 2 } end)
    local logged, hooked = {}, {}
    plan:iterate({ x = 0, A = sd.ones(1, 2) }, 3, o{ every = 2,
      record = function(s) return { x = s.x, A = s.A } end,
      log = function(t, r) logged[#logged + 1] = { t, r.x, r.A:totable() } end,
      hook = function(s, t, r)
        hooked[#hooked + 1] = { t, s.x, s.A:totable(), r.x }
        s.A:set(1, 1, 99) -- a copy
      end })
    assert.same({ { 0, 0, { { 1 }, { 1 } } }, { 2, 2, { { 4 }, { 4 } } },
      { 3, 3, { { 8 }, { 8 } } } }, logged)
    assert.same({ { 0, 0, { { 1, 1 } }, 0 }, { 2, 2, { { 4, 4 } }, 2 }, { 3, 3, { { 8, 8 } }, 3 } },
      hooked)
    local calls = {}
    plan:iterate({ x = 0, A = sd.ones(1, 2) }, 4, o{ hook = function(_, t, r)
      calls[#calls + 1] = t
      assert.same({}, r)
    end })
    assert.same({ 0, 4 }, calls)
  end)

  both("ends when stop says so", function(o)
    local plan = sd.compile(function(s) return { x = s.x + 1 } end)
    local function stop(s) return sd.ge(s.x, 7) end
    local s, h = plan:iterate({ x = 0 }, 100, o{ stop = stop, every = 5,
      record = function(s) return { x = s.x } end })
    assert.same({ 7.0, 7, "stopped" }, { s.x, h.n, h.status })
    assert.same({ { { 0, 5, 7 } }, { { 0, 5, 7 } } }, { h.t:totable(), h.x:totable() })
    s, h = plan:iterate({ x = 9 }, 100, o{ stop = stop })
    assert.same({ 9.0, 0, "stopped" }, { s.x, h.n, h.status })
    local _, small = plan:iterate({ x = sd.zeros(1, 1, { dtype = "f32" }) }, 100, o{ stop = stop })
    assert.equal(7, small.n)
    raises("iterate: stop must return a number, got 2x1 f64", function()
      plan:iterate({ x = 0 }, 1, o{ stop = function() return sd.ones(2, 1) end })
    end)
  end)

  both("ends when it diverges, at the record that shows it", function(o)
    local plan = sd.compile(function(s) return { x = s.x * 1e100 } end)
    local function record(s) return { x = s.x } end
    local _, h = plan:iterate({ x = 1 }, 100, o{ every = 2, record = record })
    assert.same({ 4, "diverged", { { 0, 2, 4 } } }, { h.n, h.status, h.t:totable() })
    _, h = plan:iterate({ x = 1 }, 10, o())
    assert.same({ 10, "diverged" }, { h.n, h.status })
    _, h = plan:iterate({ x = 1, best = math.huge }, 2, o{ every = 1, record = record })
    assert.same({ 2, "done" }, { h.n, h.status }) -- an infinity from the beginning is meant
    _, h = plan:iterate({ x = 0 / 0 }, 2, o{ every = 1, record = record })
    assert.same({ 0, "diverged" }, { h.n, h.status })
  end)

  both("draws in records and in stop that do not move the state's rngs", function(o)
    local plan = sd.compile(function(s) return { x = s.r:randn() } end)
    local function run(options)
      return plain((plan:iterate({ x = 0, r = sd.rng(1) }, 5, options)))
    end
    assert.same(run(o()), run(o{ every = 1, record = function(s) return { u = s.r:rand(3, 1) } end,
      stop = function(s) return sd.lt(s.r:rand(), -1) end }))
  end)

  it("gives the same bits compiled and op by op", function()
    local X, rng = sd.rng(9):randn(4, 12), sd.rng(5)
    local plan = sd.compile(function(s)
      local k = s.rng:randint(12, 1, 3)
      local g = sd.grad(function(W) return sd.mean(sd.abs(W * X:col(k))) + sd.sum(W % W) end)(s.W)
      return { W = s.W - 0.01 * g, m = 0.9 * s.m + g }
    end)
    local start = { W = sd.ones(2, 4), m = sd.zeros(2, 4), rng = rng }
    local options = { every = 3, record = function(s) return { W = s.W, m = sd.norm(s.m) } end }
    local s, h = plan:iterate(start, 20, options)
    options.eager = true
    local e, he = plan:iterate(start, 20, options)
    assert.same(plain(s.rng), plain(e.rng))
    assert.same(plain(h.t), plain(he.t))
    -- rounding: each of 20 steps adds a few products of at most 12 terms of size about 1
    support.near(s.W, e.W, 20 * 12 * 2.3e-16)
    support.near(h.m, he.m, 100 * 20 * 12 * 2.3e-16)
  end)

  it("keeps f32 states f32", function()
    local plan = sd.compile(function(s) return { x = s.x + 0.1, n = sd.sum(s.x) } end)
    local s, h = plan:iterate({ x = sd.zeros(2, 1, { dtype = "f32" }), n = 0 }, 3,
      { every = 1, record = function(s) return { x = s.x } end })
    assert.same({ "f32", "f32" }, { s.x.dtype, h.x.dtype })
    local tenth = sd.full(1, 1, 0.1, { dtype = "f32" })
    assert.equal((tenth + tenth + tenth)(1), s.x(1))
  end)

  it("goes on where another ended, to the bit", function()
    local function f(t) return 0.5 / t end
    local plan = sd.compile(function(s)
      local x = s.x - sd.schedule(f, s.t) * (sd.tanh(s.x) + s.rng:randn(3, 1))
      return { x = x, t = s.t + 1 }
    end)
    local function start() return { x = sd.ones(3, 1), t = 1, rng = sd.rng(2) } end
    local whole = plan:iterate(start(), 1000)
    local part = plan:iterate((plan:iterate(start(), 300)), 700)
    assert.same(plain(whole), plain(part))
  end)

  it("refuses what it cannot run", function()
    local plan = sd.compile(function(s) return s + 1 end)
    local function refuses(message, ...) raises(message, plan.iterate, plan, ...) end
    refuses("iterate: the number of steps must be a whole number, got nil", 1)
    refuses("iterate: the number of steps must be a whole number, got 1.5", 1, 1.5)
    refuses("iterate: the number of steps must be a whole number, got NaN", 1, 0 / 0)
    refuses("iterate: the number of steps must not be negative, got -1", 1, -1)
    refuses("iterate: options must be a table, got 3", 1, 1, 3)
    refuses("iterate: unknown option 'evry' (did you mean 'every'?)", 1, 1, { evry = 2 })
    refuses("iterate: option 'every' must be a whole number from 1, got 0", 1, 1, { every = 0 })
    refuses("iterate: option 'stop' must be a function, got 3", 1, 1, { stop = 3 })
    refuses("iterate: record must return a table {name = number or matrix}, got a number", 1, 1,
      { record = function(s) return s end })
    refuses("iterate: the names of records are strings, got 1", 1, 1,
      { record = function(s) return { s } end })
    refuses("iterate: a record cannot have the name 't': h.t is a field of every history", 1, 1,
      { record = function(s) return { t = s } end })
    refuses("must be a matrix, a number or an rng, got a function", { f = print }, 1)
    raises("iterate: the state must hold values; within a traced function use sd.loop", function()
      sd.grad(function(x) return plan:iterate(x, 2) end)(1.0)
    end)
    assert.equal(2.0, (plan:iterate(1, 1)))
  end)
end)

describe("what interrupts an iteration", function()
  local function failing() -- cholesky of A fails when A has come down to 0
    return sd.compile(function(s)
      return { A = s.A - sd.eye(2), L = sd.cholesky(s.A), t = s.t + 1 }
    end), { A = 3 * sd.eye(2), L = sd.eye(2), t = 0 }
  end

  it("is an error of a step: it is raised, and the state is that before the step", function()
    local plan, state = failing()
    local options = { every = 2, record = function(s) return { at = s.t } end }
    raises("iterate: step 4: cholesky: 2x2 matrix is not positive definite", plan.iterate, plan,
      state, 10, options)
    local s, h = plan:last()
    assert.same({ 3.0, 3, "failed" }, { s.t, h.n, h.status })
    assert.same({ { 0, 2 } }, h.t:totable())
    s, h = plan:iterate(state, 2, options) -- the plan is as good as new
    assert.same({ 2.0, 2, "done" }, { s.t, h.n, h.status })
    options.eager = true
    raises("not positive definite", plan.iterate, plan, state, 10, options)
    s, h = plan:last()
    assert.same({ 3.0, 3, "failed" }, { s.t, h.n, h.status })
  end)

  it("names the line of the script", function()
    local plan, state = failing()
    local ok, message = pcall(plan.iterate, plan, state, 10)
    assert.is_false(ok)
    assert.matches("^iterate: step 4: .* %(at [^ ]*iterate_spec.lua:%d+%)$", message)
    raises("iterate: after step 3: cholesky", function()
      sd.compile(function(s) return { A = s.A - sd.eye(2) } end):iterate({ A = 3 * sd.eye(2) }, 5,
        { every = 1, record = function(s) return { d = sd.sum(sd.cholesky(s.A)) } end })
    end)
  end)

  both("is an error of a hook", function(o)
    local plan = sd.compile(function(s) return { x = s.x + 1 } end)
    local function run(fails)
      return plan:iterate({ x = 0 }, 6, o{ every = 2, hook = function(_, t)
        if t == fails then error("at " .. t, 0) end
      end })
    end
    raises("at 4", run, 4)
    local s, h = plan:last()
    assert.same({ 4.0, 4, "failed", { { 0, 2, 4 } } }, { s.x, h.n, h.status, h.t:totable() })
    assert.equal(6.0, (run(5)).x)
  end)

  it("traces no more after errors than before", function()
    local traces = 0
    local plan = sd.compile(function(s)
      traces = traces + 1
      return { x = s.x + 1 }
    end)
    for _ = 1, 3 do
      raises("no", plan.iterate, plan, { x = 0 }, 2, { hook = function() error "no" end })
    end
    assert.equal(1, traces)
  end)

  both("may be a hook that uses the plan itself", function(o)
    local plan = sd.compile(function(s) return { x = s.x + 1 } end)
    local seen = {}
    local s = plan:iterate({ x = 0 }, 4, o{ every = 2, hook = function(now, t)
      local inner = plan:iterate({ x = 100 }, 3, o{ hook = function(deep)
        seen[#seen + 1] = (plan:iterate(deep, 1, o())).x
      end })
      seen[#seen + 1] = inner.x
      seen[#seen + 1] = plan(now).x
      assert.equal(t, now.x)
    end })
    assert.equal(4.0, s.x)
    assert.same({ 101, 104, 103, 1, 101, 104, 103, 3, 101, 104, 103, 5 }, seen)
    assert.equal(4.0, (plan:last()).x)
  end)

  it("leaves nothing to last before the first run", function()
    raises("last: nothing has been iterated", function() sd.compile(print):last() end)
  end)
end)

describe("the memory of an iteration", function()
  --- Blocks from the system, and bytes of Lua's, that n steps take.
  local function cost(plan, state, n)
    collectgarbage()
    collectgarbage "stop"
    local lua, blocks = collectgarbage "count", tracing.mallocs()
    plan:iterate(state, n)
    local used = { collectgarbage "count" - lua, tracing.mallocs() - blocks }
    collectgarbage "restart"
    return used
  end

  local rng = sd.rng(4)
  local X, S = rng:randn(5, 20), rng:randn(4, 4)
  S = S * S:t() + sd.eye(4)
  local steps = {
    draws = function(s) return { x = s.x + s.r:randn(4, 1) + s.r:gamma(2, 4, 1) } end,
    gathers = function(s)
      return { x = s.x + sd.mean(X:col(s.r:randint(20, 1, 4)), { dim = 1 }):t() }
    end,
    softmax = function(s) return { x = sd.softmax(s.x + 1) } end,
    cholesky = function(s) return { x = sd.cholesky(S + s.x * s.x:t()) * s.x * .1 } end,
    solve = function(s) return { x = sd.solve(S, s.x) } end,
    sort = function(s) return { x = sd.sort(sd.cos(s.x)) } end,
    eigh = function(s) return { x = sd.eigh(S + s.x * s.x:t()) * .1 } end,
    svd = function(s) local _, v = sd.svd(S + s.x * s.x:t()) return { x = v * .1 } end,
    loop = function(s) return { x = sd.loop(5, function(x) return x * .9 end, s.x) } end,
    grad = function(s)
      return { x = s.x - .1 * sd.grad(function(x) return sd.sum(sd.tanh(S * x)) end)(s.x) }
    end,
  }
  for name, f in pairs(steps) do
    it("does not grow with the number of steps: " .. name, function()
      local plan, state = sd.compile(f), { x = rng:randn(4, 1), r = sd.rng(1) }
      cost(plan, state, 3) -- makes the plan and its workspaces
      local few, many = cost(plan, state, 10), cost(plan, state, 2000)
      assert.equal(few[2], many[2])
      assert.near(few[1], many[1], 2) -- kB; a step that left one value would add 80
    end)
  end
end)
