-- sd.compile: calls of compiled functions, signatures, traces within traces, reports.
local sd = require "saddle"
local raises = require("tests.lua.support").raises

--- A compiled function and a count of its traces.
local function counted(f)
  local count = { 0 }
  return sd.compile(function(...)
    count[1] = count[1] + 1
    return f(...)
  end), count
end

describe("a compiled function", function()
  local X = sd.rng(1):randn(2, 3)

  it("gives what the function gives: several results, nil, trees, statics, none", function()
    local plan = sd.compile(function(a, b, c)
      return a + 1, nil, { sum = a + (c or 0), name = "n", deep = { b, true } }, "text", nil
    end)
    local r = table.pack(plan(2, X, 5))
    assert.same({ 5, 3.0, "text" }, { r.n, r[1], r[4] })
    assert.is_nil(r[2])
    assert.same({ 7.0, "n", true }, { r[3].sum, r[3].name, r[3].deep[2] })
    assert.same(X:totable(), r[3].deep[1]:totable())
    r = table.pack(plan(2, nil, 5))
    assert.same({ 5, 7.0 }, { r.n, r[3].sum })
    assert.equal(2.0, (select(3, plan(2))).sum)
    assert.equal(0, select("#", sd.compile(function() end)(1)))
    assert.equal(1, select("#", sd.compile(function() return nil end)()))
    assert.same({ { 1 } }, sd.compile(function() return sd.ones(1, 1) end)():totable())
  end)

  it("is traced once for a signature", function()
    local plan, count = counted(function(s, flag) return flag and s.x * s.k or s.x end)
    for k = 1, 4 do assert.equal(2.0 * k, plan({ x = 2, k = k }, true)) end
    assert.equal(1, count[1])
    assert.equal(2.0, plan({ x = 2, k = 9 }, false))
    assert.equal(2.0, plan({ x = 2, k = 9 }))
    plan({ x = X, k = 1 }, true)
    plan({ x = X:to "f32", k = 1 }, true)
    plan({ x = X:t(), k = 1 }, true)
    assert.equal(6, count[1])
    plan({ x = 1, k = 1 }, true)
    plan({ x = X * 2, k = 1 }, true)
    assert.equal(6, count[1])
  end)

  it("tells signatures apart that are written alike", function()
    local plan, count = counted(function(s) return s.x end)
    for _, s in ipairs{ { x = 1, s = "1" }, { x = 1, s = "true" }, { x = 1, s = true },
      { x = 1, ["s"] = "a]=" }, { x = 1, [1] = "s" }, { x = 1, ["1"] = "s" },
      { x = 1, a = { b = "c" } }, { x = 1, a = {}, b = "c" }, { x = 1, s = sd.frozen(X) } } do
      assert.equal(1.0, plan(s))
    end
    assert.equal(9, count[1])
  end)

  it("reads captured matrices when it runs, and numbers when it is traced", function()
    local k, C = 3, sd.ones(2, 3)
    local plan = sd.compile(function(x) return sd.sum(x % C) * k end)
    local before = plan(X)
    k = 100
    assert.equal(before, plan(X))
    C:col(2):set(1, 1, 7)
    C:row(2):block(1, 3, 1, 1):set(1, 1, -2)
    assert(math.abs(3 * sd.sum(X % C) - plan(X)) < 1e-13) -- sums of 6 products below 30
    C:set(1, 1, 0 / 0)
    assert(plan(X) ~= plan(X))
  end)

  it("moves rngs on as the function does", function()
    local function f(r, n) return r:randn() + r:rand() * n, r end
    local a, b, plan = sd.rng(3), sd.rng(3), sd.compile(f)
    for n = 1, 3 do
      local x, ra = f(a, n)
      local y, rb = plan(b, n)
      assert(math.abs(x - y) < 1e-14)
      assert.same(ra:state(), rb:state())
      assert.same(a:state(), b:state())
    end
  end)

  it("draws on where an rng occurs twice", function()
    local function f(s, r) return s.a:randn(), r:randn(), s.b:randn() end
    local plan = sd.compile(f)
    local function draws(g, a, b, r) return { g({ a = a, b = b }, r) } end
    for _, g in ipairs{ f, plan } do
      local one, two = sd.rng(1), sd.rng(2)
      local alike = draws(g, one, one, one)
      local own = sd.rng(1)
      assert.same({ own:randn(), own:randn(), own:randn() }, alike)
      assert.same(own:state(), one:state())
      assert.same({ own:randn(), two:clone():randn(), own:randn() }, draws(g, one, one, two))
      assert.same({ 1, 4 }, { two:state().ordinal, one:state().ordinal - 1 })
    end
  end)

  it("is traced through by other traces", function()
    local inner, count = counted(function(x, r) return x * x + (r and r:randn() or 0) end)
    assert.equal(6.0, sd.grad(function(x) return inner(x) end)(3.0))
    assert.equal(6.0, sd.grad(inner)(3.0))
    local traces = count[1]
    local outer = sd.compile(function(x) return inner(inner(x)) end)
    assert.equal(81.0, outer(3))
    assert.equal(traces + 2, count[1])
    local draws = sd.compile(function(x, r) return inner(x, r) + inner(1, r) end)
    local rng = sd.rng(1)
    local wanted = 4 + rng:randn() + 1 + rng:randn()
    local own = sd.rng(1)
    assert(math.abs(draws(2, own) - wanted) < 1e-14)
    assert.same(rng:state(), own:state())
    local step = sd.compile(function(s) return { x = inner(s.x) / 2 } end)
    assert.equal(2.0, (step:iterate({ x = 2 }, 10)).x)
    assert.equal(16.0, (sd.loop(2, function(s) return inner(s) end, 2)))
  end)

  it("refuses rngs that it captures, and what is no value", function()
    local rng, inner = sd.rng(1), sd.compile(function(r) return r:randn() end)
    local message = "this rng was captured by a function that is being compiled; pass it as an"
    raises(message, sd.compile(function(x) return x + rng:randn() end), 1)
    raises(message, sd.compile(function(x) return x + inner(rng) end), 1)
    raises(message, function() sd.compile(function(x) return x + rng:randn() end):iterate(1, 1) end)
    local plan = sd.compile(function(x) return x end)
    raises("the arguments[1] must be a matrix, a number or an rng, got a function", plan, print)
    raises("the results[1] must be a matrix, a number or an rng, got a function",
      sd.compile(function() return print end), 1)
    raises("compile: argument 1 must be a function, got 3", sd.compile, 3)
    raises("compile: argument 1 must be a function, got the string", sd.compile, "f")
    local kept
    sd.compile(function(x) kept = x return x end)(1)
    raises("is a symbol of a function that has been traced", function() return kept + 1 end)
  end)

  it("is none the worse for errors", function()
    local plan = sd.compile(function(A, fail)
      if fail == "trace" then error("in the trace", 0) end
      return sd.cholesky(A)
    end)
    raises("in the trace", plan, sd.eye(2), "trace")
    raises("cholesky: 2x2 matrix is not positive definite (leading minor 1)", plan, -sd.eye(2))
    local ok, text = pcall(plan, -sd.eye(2))
    assert.is_false(ok)
    assert.matches("^cholesky: .* %(at [^ ]*compile_spec.lua:%d+%)$", text)
    assert.same({ { 1, 0 }, { 0, 1 } }, plan(sd.eye(2)):totable())
    assert.same({ { 1, 0 }, { 0, 1 } }, sd.cholesky(sd.eye(2)):totable()) -- no trace is open
  end)

  it("explains what was made of the last call or iteration", function()
    local C = sd.ones(2, 3)
    local plan = sd.compile(function(s) return { x = sd.tanh(s.x * 0.125) % C } end)
    raises("explain: call the plan, or iterate it, first", plan.explain, plan)
    plan{ x = X }
    local text = plan:explain()
    assert.matches("tanh", text)
    assert.matches("0.125", text, 1, true)
    assert.matches("captured matrices", text)
    plan:iterate({ x = X }, 1, {
      stop = function(s) return sd.gt(sd.norm(s.x), 9) end })
    text = plan:explain()
    assert.matches("^step\n", text)
    assert.matches("\nstop\n", text)
    assert.matches("norm", text)
    local long = sd.compile(function(x)
      for _ = 1, 300 do x = C:t() * (C * x) / 6 end
      return x
    end)
    assert.equal(1.0, long(sd.ones(3, 1))(2))
    local lines = 0
    for line in long:explain():gmatch "[^\n]+" do
      lines = lines + 1
      assert(#line <= 100, line)
    end
    assert(lines >= 300, "a line for each of the steps")
  end)
end)
