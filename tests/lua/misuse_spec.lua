-- Graphs, plans, iterations and ops of scripts used in ways that nobody should: errors may come of
-- it, never a crash or a wrong number. Under the sanitizers these tests see what happens to work.
local sd = require "saddle"
local tracing = require("saddle.core").tracing

local function collect() for _ = 1, 3 do collectgarbage() end end

local function message(f, ...)
  local ok, text = pcall(f, ...)
  assert.is_false(ok)
  return tostring(text)
end

describe("graphs", function()
  it("that are not closed are gone when nobody has them", function()
    do local _ = tracing.graph() end
    collect()
    assert.is_nil(tracing.current())
    local outer <close> = tracing.graph()
    do local _ = tracing.graph() end
    collect()
    assert.is_true(rawequal(outer, (tracing.current())))
  end)

  it("closed out of order leave the others", function()
    local a, b, c = tracing.graph(), tracing.graph(), tracing.graph()
    b:close()
    assert.is_true(rawequal(c, (tracing.current())))
    c:close()
    assert.is_true(rawequal(a, (tracing.current())))
    a:close()
    a:close()
    assert.is_nil(tracing.current())
  end)

  it("are not traced without end", function()
    local function body(s) return sd.loop(1, body, s) end
    assert.matches("one within the other", message(sd.loop, 1, body, { x = 1 }))
    assert.is_nil(tracing.current())
  end)

  it("check what they are given", function()
    local g <close> = tracing.graph()
    local x, y = g:input(sd.ones(2, 2)), g:input(sd.ones(3, 3))
    assert.matches("must be a matrix", message(g.extract, g, { false }, { x }))
    assert.matches("must be a matrix", message(g.split, g, { x }, { false }))
    assert.matches("must be a matrix", message(g.reverse, g, { false }, { x }, { x }))
    assert.matches("must be a matrix", message(g.forward, g, { false }, { x }, { x }))
    assert.matches("type of its value", message(g.reverse, g, { x }, { y }, { x }))
    assert.matches("type of its value", message(g.forward, g, { x }, { y }, { x }))
    local h <close> = tracing.graph()
    local u = h:input(sd.ones(2, 2))
    assert.matches("not of the type", message(g.inline, g, h, { y }, { u }))
    assert.matches("must be a matrix", message(g.inline, g, h, { false }, { u }))
    assert.matches("part of itself", message(g.inline, g, g, { x, y }, { x }))
    for _, f in ipairs { g.reverse, g.forward, g.split, g.extract, g.inline, tracing.plan,
      tracing.key, tracing.iteration, tracing.loop } do
      for _, arguments in ipairs { {}, { 1, 2, 3 }, { {}, {}, {}, {} }, { "ab", "ab", "ab", "ab" },
        { { g }, { g }, { g } }, { { 1, 2 }, { 1 }, { 1, 2, 3 } }, { h, {}, { 1 } } } do
        pcall(f, g, table.unpack(arguments))
        pcall(f, table.unpack(arguments))
      end
    end
  end)
end)

describe("plans", function()
  it("serve no graph of other captures", function()
    local function make(A)
      local g = tracing.graph()
      local y = g:input(sd.ones(2, 2)) + A
      g:close()
      return g, tracing.plan(g, { y })
    end
    local _, plan = make(sd.ones(2, 2))
    assert.matches("not one that it serves", message(plan.run, plan, { sd.ones(2, 2) },
      (make(sd.ones(2, 1)))))
    assert.equal(2, plan:run({ sd.ones(2, 2) })[1](1, 1))
  end)

  it("never hand out memory of theirs", function()
    local A = sd.ones(2, 2)
    local g <close> = tracing.graph()
    local x = g:input(A)
    local plan = tracing.plan(g, { x, A, x:reshape(4, 1), x + 1, x + 1, sd.full(2, 2, 3) })
    local out = plan:run { A }
    for _, m in ipairs(out) do m:fill_(99) end
    assert.same({ { 1, 1 }, { 1, 1 } }, A:totable())
    out = plan:run { A }
    assert.same({ 1, 1, 1, 2, 2, 3 }, { out[1](1), out[2](1), out[3](1), out[4](1), out[5](1),
      out[6](1) })
  end)
end)

describe("iterations", function()
  local function make()
    local g <close> = tracing.graph()
    local x = g:input(sd.ones(2, 1))
    return tracing.iteration(g, { x + 1 }, { 1 }, { sd.sum(x) }, { sd.sum(x) })
  end

  it("must have begun", function()
    for _, name in ipairs { "run", "state", "record", "records" } do
      local it = make()
      assert.matches("has not begun", message(it[name], it, 1))
    end
  end)

  it("check their ranges", function()
    local it, x = make(), { sd.zeros(2, 1) }
    assert.matches("are none", message(it.begin, it, x, -1, 3, 1))
    assert.matches("are none", message(it.begin, it, x, 4, 3, 1))
    assert.matches("are none", message(it.begin, it, x, 0, 3, -1))
    assert.matches("are none", message(it.begin, it, x, math.mininteger, math.maxinteger, 1))
    it:begin(x, 0, 3, 1)
    assert.matches("count from 1", message(it.records, it, -5))
    assert.equal(0, it:records(100)[1].cols)
    local g <close> = tracing.graph()
    local s = g:input(1)
    assert.matches("needs its leaf", message(tracing.iteration, g, { s }, {}))
    assert.matches("a leaf", message(tracing.iteration, g, { s }, { 2 }))
    assert.is_false(pcall(tracing.iteration, g, "abc", "abc", "abc", "abc"))
  end)

  it("refuse records that no memory holds", function()
    local plan = sd.compile(function(s) return { x = s.x + 1 } end)
    local record = function(s) return { x = s.x } end
    local s = { x = sd.ones(3, 3) }
    assert.matches("memory", message(plan.iterate, plan, s, 2 ^ 53, { every = 1, record = record }))
    assert.matches("at most 2^53", message(plan.iterate, plan, s, math.maxinteger), 1, true)
  end)
end)

describe("loops", function()
  it("check their bodies", function()
    local body = tracing.body()
    local t, x = body:input(1), body:input(sd.ones(2, 2))
    assert.matches("closed graph", message(tracing.loop, body, 1, { 1 }, { "x" }, { x }))
    body:close()
    local A = sd.ones(2, 2)
    for _, arguments in ipairs { { 1, {}, {}, {} }, { 1, { A }, { "x" }, {} },
      { 1, { A, A }, { "x", "y" }, { x, x } } } do
      assert.matches("inputs and results", message(tracing.loop, body, table.unpack(arguments)))
    end
    assert.matches("0 to 2^53", message(tracing.loop, body, -1, { A }, { "x" }, { x }), 1, true)
    assert.is_false(pcall(tracing.loop, body, 1, { A }, {}, { t }))
    assert.is_false(pcall(tracing.loop, body, 1, { sd.ones(3, 3) }, { "x" }, { x }))
    assert.equal(1, tracing.loop(body, 1, { A }, { "x" }, { x })[1](1, 1))
  end)

  it("refuse tapes that no memory holds", function()
    local f = function(s) return { x = s.x * 2 } end
    local x = { x = sd.ones(2, 2) }
    assert.matches("memory", message(sd.loop, 2 ^ 53, f, x, { tape = { "x" } }))
    assert.matches("0 to 2^53", message(sd.loop, math.maxinteger, f, x), 1, true)
    assert.is_false(pcall(sd.loop, -1, f, { x = 1 }))
  end)

  it("free the ops in their bodies after an error", function()
    for _ = 1, 50 do
      local op = sd.op { name = "failing", run = function() error "no" end }
      pcall(sd.loop, 2, function(s) return { x = op(s.x) } end, { x = sd.ones(2, 2) })
      collectgarbage "step"
    end
    collect()
  end)
end)

describe("ops of scripts", function()
  it("take very many arguments", function()
    local n = 500
    local op = sd.op { name = "many", run = function(...)
      local sum = 0
      for k = 1, select("#", ...) do sum = sum + select(k, ...) end
      return sum
    end, shape = function(...) return select(n, ...).rows, 1 end,
      vjp = function(dY, _, ...)
        local out = {}
        for k = 1, select("#", ...) do out[k] = k * dY end
        return table.unpack(out)
      end }
    local args = {}
    for k = 1, n do args[k] = sd.ones(2, 1) end
    assert.equal(n, op(table.unpack(args))(1))
    assert.equal(n * (n + 1) / 2, sd.grad(function(x)
      for k = 1, n do args[k] = x end
      return sd.sum(op(table.unpack(args)))
    end)(sd.ones(2, 1))(2))
    local tangent = sd.op { name = "tangents", run = function(A) return A end,
      jvp = function(d) return d[1] end }
    assert.is_true(pcall(sd.grad(function(x)
      for k = 1, n do args[k] = x end
      return sd.sum(tangent(table.unpack(args)))
    end), sd.ones(2, 1)))
  end)

  it("may collect garbage and run other plans while they run", function()
    local inner = sd.compile(function(x) return x + 1 end)
    local op = sd.op { name = "busy", run = function(A)
      collectgarbage "step"
      local B = inner(A)
      collectgarbage()
      return B
    end, vjp = function(dY) collectgarbage() return dY end }
    local f = function(x) return sd.sum(op(op(x) % x)) end
    assert.equal(5, sd.grad(f)(sd.full(2, 2, 2))(1, 1)) -- (x^2 + x + 1)' at 2
    local plan = sd.compile(function(s)
      return { x = op(s.x) + sd.schedule(function(t) collectgarbage "step" return t end, s.t),
        t = s.t + 1 }
    end)
    assert.equal(3 + 0 + 1 + 2, plan:iterate({ x = sd.zeros(1, 1), t = 0 }, 3).x(1, 1))
  end)

  it("do not see their arguments' memory", function()
    local op = sd.op { name = "writer", run = function(A) A:fill_(5) return A + 1 end }
    local plan = sd.compile(function(x) return op(x), x + 1 end)
    local x = sd.ones(2, 2)
    local y, z = plan(x)
    assert.same({ 6, 2, 1 }, { y(1, 1), z(1, 1), x(1, 1) })
  end)
end)

describe("schedules", function()
  it("take NaN, infinity and huge times", function()
    local plan = sd.compile(function(t)
      return sd.schedule(function(at) return at == at and 1 or 2 end, t)
    end)
    assert.equal(2, plan(0 / 0))
    assert.equal(1, plan(math.huge))
    assert.equal(1, plan(-math.huge))
    assert.equal(1, plan(2.0 ^ 53))
    assert.equal(1, plan(1e300))
    assert.equal(2, plan(0 / 0))
  end)

  it("cannot be read by their own function", function()
    local plan, deep
    local function f(t)
      if not deep then
        deep = true
        plan { t = t + 1000 }
      end
      return t
    end
    local function at(s) return sd.schedule(f, s.t) end
    plan = sd.compile(at)
    local other = sd.compile(function(s) return at(s) + 0 end)
    local ok, text = pcall(other, { t = 1.0 })
    assert.is_false(ok)
    assert.matches("cannot read its own schedule", text)
    assert.equal(1, other { t = 1 })
    assert.equal(7, plan { t = 7 })
  end)
end)

describe("attributes of ops", function()
  it("that say nothing sensible are refused", function()
    local A, huge = sd.ones(2, 2), math.maxinteger
    local function refused(name, p, k, ...)
      assert.is_false(pcall(tracing.apply, name, { p = p, k = k }, ...))
    end
    refused("full", {}, { 2, 2, 7 })
    refused("full", {}, { 2, 2, 2 })
    refused("full", {}, { 2, 2, 0, 1 })
    refused("full", {}, { -1, -1, 0, 0 })
    refused("full", {}, { huge, huge, 0, 0 })
    refused("to", {}, { 2 }, A)
    refused("to", {}, { 0, 1 }, A)
    refused("slice", {}, { huge, huge, 1, 1 }, A)
    refused("slice", {}, { huge, 0, huge, huge }, A)
    refused("pad", {}, { 1, 1, math.mininteger, 3 }, A)
    refused("kron_part", {}, { 0, huge, 3 }, A, A)
    refused("randn", {}, { 2, 2, 2 }, sd.rng(1))
    for _, tol in ipairs { 0 / 0, -1 } do
      pcall(tracing.apply, "cholesky", { p = { tol } }, A)
      pcall(tracing.apply, "eigh", { p = { tol } }, sd.zeros(0, 0))
      pcall(tracing.apply, "solve", { p = { tol }, k = { 1 } }, sd.zeros(0, 0), sd.zeros(0, 1))
    end
  end)
end)
