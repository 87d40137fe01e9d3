-- sd.schedule: functions of time in plain functions, plans, iterations and loops.
local sd = require "saddle"
local raises = require("tests.lua.support").raises

--- A schedule that keeps a list of the times it was called with.
local function recording(f)
  local calls = {}
  return function(t)
    calls[#calls + 1] = t
    return f and f(t) or t / 4
  end, calls
end

--- An iteration of n steps from t over f: x is the sum of f(t).
local function sum_of(f, n, t, o)
  local plan = sd.compile(function(s) return { x = s.x + sd.schedule(f, s.t), t = s.t + 1 } end)
  return plan:iterate({ x = 0, t = t or 1 }, n, o)
end

describe("a schedule", function()
  it("is called at once outside traces", function()
    local f, calls = recording()
    assert.same({ 0.75, 0.375 }, { sd.schedule(f, 3), sd.schedule(f, 1.5) })
    assert.same({ 3, 1.5 }, calls)
    local callable = setmetatable({}, { __call = function(_, t) return 2 * t end })
    assert.equal(4.0, sd.schedule(callable, 2))
  end)

  it("is called for each value by a plan", function()
    local f, calls = recording()
    local plan = sd.compile(function(x, t) return x * sd.schedule(f, t) end)
    for _, t in ipairs{ 1, 2, 2, 7, 1.5, -3, 2 ^ 60 } do assert.equal(t / 2, plan(2, t)) end
    assert.same({ 1, 2, 2, 7, 1.5, -3, 2 ^ 60 }, calls)
    assert.equal(math.huge, plan(2, math.huge))
    local nan = plan(2, 0 / 0)
    assert.is_true(nan ~= nan)
    for _, t in ipairs(calls) do assert(t ~= 3) end -- none ahead
  end)

  it("is called once for each t, in order, ahead of the steps of an iteration", function()
    local f, calls = recording()
    local s = sum_of(f, 700)
    assert.equal(700 * 701 / 8, s.x)
    assert(#calls >= 700 and #calls < 1100)
    for k, t in ipairs(calls) do
      assert.equal(k, t)
      assert.equal("integer", math.type(t))
    end
  end)

  it("has a state of its own where the function has", function()
    local v = 1
    local function decay()
      v = v / 2
      return v
    end
    assert.equal(1 - 2 ^ -40, sum_of(decay, 40).x)
  end)

  it("reads what has changed between two iterations and two calls", function()
    local k = 1
    local function f() return k end
    local plan = sd.compile(function(s)
      return { x = s.x + sd.schedule(f, s.t), t = s.t + 1 }
    end)
    for _ = 1, 3 do
      assert.equal(5.0 * k, (plan:iterate({ x = 0, t = 1 }, 5)).x)
      assert.equal(1.0 * k, plan({ x = 0, t = 1 }).x)
      k = k + 1
    end
  end)

  it("serves times that are not whole, large, below 0, repeated or descending", function()
    local f = recording()
    local function total(t, step)
      local plan = sd.compile(function(s)
        return { x = s.x + sd.schedule(f, s.t), t = s.t + step }
      end)
      return (plan:iterate({ x = 0, t = t }, 4)).x
    end
    assert.equal((0.5 + 1.5 + 2.5 + 3.5) / 4, total(0.5, 1))
    assert.equal((1 + 1.25 + 1.5 + 1.75) / 4, total(1, 0.25))
    assert.equal(-(3 + 2 + 1) / 4, total(-3, 1))
    assert.equal(5.0, total(5, 0))
    assert.equal((9 + 8 + 7 + 6) / 4, total(9, -1))
    assert.equal((4 * 1e15 + 6) / 4, total(1e15, 1))
    assert.equal(2.0 ^ 58, total(2 ^ 58, 1)) -- there t + 1 is t
    assert.equal("diverged", select(2, sum_of(f, 3, -math.huge)).status)
  end)

  it("fails when the value is needed, not before", function()
    local calls = 0
    local function f(t)
      calls = calls + 1
      if t > 10 then error("no value at " .. t, 0) end
      return 1
    end
    assert.equal(10.0, sum_of(f, 10).x)
    local plan = sd.compile(function(s) return { x = s.x + sd.schedule(f, s.t), t = s.t + 1 } end)
    raises("no value at 11", plan.iterate, plan, { x = 0, t = 1 }, 20)
    local s, h = plan:last()
    assert.same({ 10.0, 11.0, 10 }, { s.x, s.t, h.n })
    raises("schedule: f(1) must be a number, got the string", sum_of, function() return "2" end, 1)
    raises("schedule: f(1) must be a number, got nil", sum_of, function() end, 1)
    raises("schedule: argument 1 must be a function", sd.schedule, 3, 1)
    raises("schedule: argument 2 must be a number", sd.schedule, f, "x")
    raises("schedule: t must be a number", sd.compile(function(t) return sd.schedule(f, t) end),
      sd.ones(2, 1))
  end)

  it("is the same op by op, and after a pause", function()
    local f = function(t) return 1 / t end
    local s = sum_of(f, 600)
    assert.equal(s.x, (sum_of(f, 600, 1, { eager = true })).x)
    local plan = sd.compile(function(r) return { x = r.x + sd.schedule(f, r.t), t = r.t + 1 } end)
    assert.equal(s.x, (plan:iterate((plan:iterate({ x = 0, t = 1 }, 299)), 301)).x)
    local o = { every = 50, hook = function() end }
    assert.equal(s.x, (plan:iterate({ x = 0, t = 1 }, 600, o)).x)
  end)

  it("works in loops, alone and in iterations, and has derivative 0", function()
    local f = function(t) return t * t end
    local function body(s, t) return { x = s.x + sd.schedule(f, t) * s.y } end
    assert.equal(385.0, (sd.loop(10, body, { x = 0, y = 1 })).x)
    local plan = sd.compile(function(s) return { x = sd.loop(10, body, s).x } end)
    assert.equal(770.0, (plan:iterate({ x = 0, y = 1 }, 2)).x)
    local g = sd.grad(function(p) return sd.loop(3, body, p).x end)({ x = 0, y = 2 })
    assert.same({ 1.0, 14.0 }, { g.x, g.y })
    assert.equal(0.0, sd.grad(function(t) return sd.schedule(f, t) end)(3.0))
  end)

  it("may run other plans, but not read itself", function()
    local inner = sd.compile(function(t) return t * 2 end)
    assert.equal(12.0, sum_of(function(t) return inner(t) end, 3).x)
    local other = function(t) return t end
    local nested = function(t) return (sum_of(other, 1, t)).x end
    assert.equal(6.0, sum_of(nested, 3).x)
    local message = "schedule: the function is being called already; it cannot read its own"
    local self
    function self(t) return (sum_of(self, 1, t)).x end
    raises(message, sum_of, self, 1)
    assert.equal(3.0, sum_of(other, 2).x)
    raises("attempt to yield", coroutine.wrap(function() sum_of(coroutine.yield, 1) end))
  end)

  it("and its function are collected", function()
    local alive = setmetatable({}, { __mode = "k" })
    for _ = 1, 20 do
      local function f(t) return t + 0 * #tostring(alive) end
      alive[f] = true
      assert.equal(3.0, sum_of(f, 2).x)
    end
    collectgarbage() collectgarbage()
    assert.is_nil(next(alive))
  end)
end)
