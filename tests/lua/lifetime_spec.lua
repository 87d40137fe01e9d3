-- Symbols, graphs, plans, iterations and ops that are used when they should be gone: after their
-- trace, in finalisers, from coroutines, after errors. Errors may come of it, never a crash or a
-- wrong number. Under the sanitizers these tests see what happens to work.
local sd = require "saddle"
local tracing = require("saddle.core").tracing

local function collect() for _ = 1, 3 do collectgarbage() end end

--- Runs f as the finaliser of an object that dies with what `make` returns; what f returns.
local function finalised(make, f)
  local result
  do
    local guard = setmetatable({}, { __gc = function(t) result = table.pack(pcall(f, t.held)) end })
    guard.held = make() -- finalised before the guard is
    collectgarbage "stop" -- or a cycle that has met what is held, and not the guard, goes on
  end
  collect()
  collectgarbage "restart"
  return table.unpack(result, 1, result.n)
end

local function message(f, ...)
  local ok, text = pcall(f, ...)
  assert.is_false(ok)
  return tostring(text)
end

local double = sd.op { name = "double", run = function(A) return 2 * A end,
  vjp = function(dY) return 2 * dY end }

describe("what has been finalised", function()
  local function traced()
    local g = tracing.graph()
    local x = g:input(sd.ones(2, 2))
    local y = x + 1
    g:close()
    return { g = g, x = x, y = y }
  end

  it("is refused: symbols", function()
    for _, f in ipairs { function(t) return t.x.rows end, function(t) return tostring(t.x) end,
      function(t) return #t.y end, function(t) return t.x + t.y end, function(t) return t.x:t() end,
      function(t) return tracing.kind(t.x) end } do
      local ok, text = finalised(traced, f)
      assert.is_false(ok)
      assert.matches("traced", text)
    end
  end)

  it("is refused: graphs", function()
    for _, f in ipairs { function(t) return t.g:input(1) end,
      function(t) return t.g:varies(t.x) end, function(t) return tracing.key(t.g, {}) end,
      function(t) return tracing.plan(t.g, { t.x }) end,
      function(t) return tracing.iteration(t.g, {}, {}) end,
      function(t) return tracing.loop(t.g, 1, {}, {}, {}) end } do
      local ok, text = finalised(traced, f)
      assert.is_false(ok)
      assert.matches("collected", (text:gsub("a closed graph", "collected")))
    end
  end)

  it("is refused: ops and schedules of a plan", function()
    local function plan()
      local g <close> = tracing.graph()
      local op = sd.op { name = "own", run = function(A) return A end }
      local own = op(g:input(sd.ones(1, 1)))
      return tracing.plan(g, { own + sd.schedule(function(t) return t end, g:input(1)) })
    end
    local ok, text = finalised(plan, function(p) return p:run { sd.ones(1, 1), 1 } end)
    assert.is_false(ok)
    assert.matches("was not made", text)
    ok, text = finalised(function() -- weak references are cleared before finalisers run
      local op = sd.op { name = "own", run = function(A) return A end }
      return { __call = op, f = function(A) return op(A) end }
    end, function(t) return t.f(sd.ones(1, 1)) end)
    assert.is_false(ok)
    assert.matches("collected", text)
  end)
end)

describe("finalisers that run in the midst of things", function()
  --- Calls f while garbage with the finaliser hook dies all the time.
  local function bothered(hook, f)
    local on, mode = true, collectgarbage("incremental")
    local pause = collectgarbage("setpause", 0)
    local function again()
      setmetatable({}, { __gc = function()
        if on then
          pcall(hook)
          again()
        end
      end })
    end
    again()
    local ok, err = pcall(f)
    on = false
    collectgarbage("setpause", pause)
    collectgarbage(mode)
    if not ok then error(err, 0) end
  end

  it("do not change the results of the plan they run", function()
    local g <close> = tracing.graph()
    local x = g:input(sd.ones(40, 40))
    local plan = tracing.plan(g, { x + 1, x * 2, sd.sum(x), x - 1 })
    local mine, other = sd.ones(40, 40), sd.full(40, 40, 7)
    bothered(function() plan:run { other } end, function()
      for _ = 1, 12 do
        local out = plan:run { mine }
        assert.equal(2, out[1](40, 40))
        assert.equal(2, out[2](40, 40))
        assert.equal(1600, out[3])
        assert.equal(0, out[4](40, 40))
      end
    end)
  end)

  it("do not tear the state of the iteration they run", function()
    local g <close> = tracing.graph()
    local x, y = g:input(sd.ones(30, 30)), g:input(sd.ones(30, 30))
    local it = tracing.iteration(g, { x + 1, y + 1 }, { 1, 2 }, {}, nil)
    it:begin({ sd.zeros(30, 30), sd.zeros(30, 30) }, 0, 1e6 // 1 | 0, 0)
    bothered(function() it:run(it:t() + 1) end, function()
      for _ = 1, 12 do
        local s = it:state()
        assert.equal(s[1](1, 1), s[2](30, 30))
      end
    end)
  end)
end)

describe("symbols that outlive what they were made for", function()
  it("are refused after a rule of sd.op has returned", function()
    local leaked
    local leaky = sd.op { name = "leaky", run = function(A) return A + 1 end,
      vjp = function(dY, Y) leaked = leaked or { dY, Y } return dY end }
    local f = function(x)
      return sd.sum(sd.loop(3, function(s) return { x = leaky(s.x) } end, { x = x }).x)
    end
    assert.equal(1, sd.grad(f)(sd.ones(2, 2))(1, 1))
    collect()
    for _, s in ipairs(leaked) do
      assert.matches("traced", message(function() return s.rows end))
      assert.matches("traced", message(function() return s + 1 end))
      assert.matches("traced", message(tostring, s))
    end
    assert.equal(1, sd.grad(f)(sd.ones(2, 2))(1, 1))
  end)

  it("and captures live as long as plans of graphs they were copied to", function()
    local function part()
      local g <close> = tracing.graph()
      local x = g:input(sd.ones(50, 50))
      return g, double(x + sd.full(50, 50, 3))
    end
    local g <close> = tracing.graph()
    local x = g:input(sd.ones(50, 50))
    local plan
    do
      local from, out = part()
      plan = tracing.plan(g, g:inline(from, { x }, { out }))
    end
    collect()
    for _ = 1, 20 do sd.full(50, 50, 9) end
    assert.equal(8, plan:run { sd.ones(50, 50) }[1](50, 50))
  end)
end)

describe("coroutines", function()
  local function square(x) return sd.sum(x % x) end

  it("left in mid-trace trouble nobody", function()
    local co = coroutine.create(function()
      return sd.grad(function(x) coroutine.yield() return square(x) end)(sd.ones(2, 1))
    end)
    assert.is_true(coroutine.resume(co))
    assert.is_nil(tracing.current())
    assert.equal(6, sd.grad(square)(sd.full(2, 1, 3))(1))
    local _, g = coroutine.resume(co) -- and goes on
    assert.equal(2, g(2))
    assert.is_nil(tracing.current())
  end)

  it("that end in an error leave no trace behind", function()
    local co = coroutine.create(function() sd.grad(function() error {} end)(1) end)
    assert.is_false(coroutine.resume(co))
    assert.is_nil(tracing.current())
    assert.equal(4, sd.grad(function(x) return x * x end)(2))
  end)

  it("may trace in turns", function()
    local function worker(k)
      return coroutine.wrap(function()
        return sd.grad(function(x)
          coroutine.yield()
          local inner = sd.grad(function(y) coroutine.yield() return k * y ^ 3 end)(x)
          coroutine.yield()
          return inner
        end)(2)
      end)
    end
    local a, b = worker(1), worker(10)
    for _ = 1, 3 do a() b() end
    assert.equal(12, a()) -- (k x^3)'' = 6 k x
    assert.equal(120, b())
    assert.is_nil(tracing.current())
  end)

  it("within a traced function are part of its trace", function()
    local g = sd.grad(function(x)
      local inner = coroutine.wrap(function() return sd.grad(function(y) return y ^ 3 end)(x) end)
      return inner()
    end)(2)
    assert.equal(12, g)
  end)

  it("are not needed any more for what was traced in them", function()
    local g, y
    local co = coroutine.create(function()
      g = tracing.graph()
      y = double(g:input(sd.ones(2, 2)))
      g:close()
    end)
    coroutine.resume(co)
    co = nil -- luacheck: ignore
    collect()
    assert.equal(2, tracing.plan(g, { y }):run { sd.ones(2, 2) }[1](1, 1))
    assert.equal(16, #tracing.key(g, { y }))
    assert.equal(1, #g:split({}, { y }))
  end)

  it("are collected with their open traces", function()
    local weak = setmetatable({}, { __mode = "k" })
    do
      local co = coroutine.create(function()
        local g <close> = tracing.graph()
        coroutine.yield(g)
      end)
      weak[co] = true
      coroutine.resume(co)
    end
    collect()
    collect()
    assert.is_nil(next(weak))
  end)
end)

describe("errors in a traced function", function()
  it("of any type come out as they are, and the next trace works", function()
    for _, e in ipairs { {}, 12, false, print, sd.ones(1, 1) } do
      local ok, err = pcall(sd.grad(function() error(e, 0) end), 1)
      assert.is_false(ok)
      assert.is_true(rawequal(e, err))
      assert.is_nil(tracing.current())
    end
    local ok, err = pcall(sd.grad(function() error() end), 1)
    assert.is_false(ok)
    assert.is_nil(err)
    assert.equal(4, sd.grad(function(x) return x * x end)(2))
  end)

  it("may be caught within it", function()
    local g = sd.grad(function(x)
      pcall(sd.grad(function(y) return y .. "" end), x)
      pcall(sd.loop, 2, function() error "no" end, { x = x })
      pcall(function() return x < 1 end)
      return x * x
    end)(3)
    assert.equal(6, g)
  end)

  it("of a step free the iteration for the next run", function()
    local fails = true
    local op = sd.op { name = "once", run = function(A) if fails then error {} end return A end }
    local plan = sd.compile(function(s) return { x = op(s.x) + 1 } end)
    local s = { x = sd.ones(1, 1) }
    assert.is_false(pcall(plan.iterate, plan, s, 2))
    local latest = plan.latest
    fails = false
    assert.equal(3, plan:iterate(s, 2).x(1, 1))
    assert.is_true(rawequal(latest, plan.latest))
  end)
end)
