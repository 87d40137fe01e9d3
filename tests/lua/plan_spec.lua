-- Plans from Lua: what is kept between runs, captures of another trace, reports.
local sd = require "saddle"
local tracing = require("saddle.core").tracing

--- f traced on X: its plan, graph and outputs.
local function trace(f, X)
  local g = tracing.graph()
  local outs = { f(g:input(X)) }
  g:close()
  return g, outs
end

describe("a plan", function()
  local X = sd.matrix{{1, 2}, {3, 4}}

  it("sees writes to captured matrices, through any view", function()
    local C = sd.matrix{{1, 0}, {0, 1}}
    local g, outs = trace(function(x) return sd.sum(C % x) end, X)
    local plan = tracing.plan(g, outs)
    local function expected() return sd.sum(C % X) end
    assert.equal(expected(), plan:run{X}[1])
    C:set(1, 2, 3)
    assert.equal(expected(), plan:run{X}[1])
    C:col(2):set(2, 1, -1)
    assert.equal(expected(), plan:run{X}[1])
  end)

  it("takes other inputs at each run", function()
    local g, outs = trace(function(x) return x + 1, sd.sum(x) end, X)
    local plan = tracing.plan(g, outs)
    for k = 1, 3 do
      local out = plan:run{X * k}
      assert.same((X * k + 1):totable(), out[1]:totable())
      assert.equal(10 * k, out[2])
    end
  end)

  it("refuses inputs of other types", function()
    local g, outs = trace(function(x) return x + 1 end, X)
    local plan = tracing.plan(g, outs)
    assert.error_matches(function() plan:run{sd.ones(2, 3)} end,
      "plan: input 1 must be a 2x2 f64 matrix, got a 2x3 f64 matrix", 1, true)
    assert.error_matches(function() plan:run{X:to("f32")} end,
      "plan: input 1 must be a 2x2 f64 matrix, got a 2x2 f32 matrix", 1, true)
  end)

  it("serves the captures of a trace of equal key", function()
    local function f(C, c) return function(x) return sd.tanh(C * x) % C + c end end
    local A, B = sd.matrix{{1, 2}, {0, 1}}, sd.matrix{{-1, .5}, {2, 0}}
    local g, outs = trace(f(A, 2), X)
    local plan, key = tracing.plan(g, outs), tracing.key(g, outs)
    local g2, outs2 = trace(f(B, 2), X)
    local g3, outs3 = trace(f(B, 3), X)
    assert.equal(key, tracing.key(g2, outs2))
    assert.not_equal(key, tracing.key(g3, outs3))
    local function value(C) return (sd.tanh(C * X) % C + 2):totable() end
    assert.same(value(A), plan:run{X}[1]:totable())
    assert.same(value(B), plan:run({X}, g2)[1]:totable())
    g, outs, g2, outs2 = nil, nil, nil, nil -- luacheck: ignore
    collectgarbage()
    assert.same(value(B), plan:run{X}[1]:totable()) -- from now on
    local none = trace(function(x) return x end, X)
    assert.error_matches(function() plan:run({X}, none) end,
      "plan: the graph is not one that it serves")
  end)

  it("says what it does, in lines of at most 100 characters", function()
    local W = sd.rng(1):randn(3, 2)
    local g, outs = trace(function(x) return 0.25 * sd.tanh(W * x + 1) end, X)
    local text = tracing.plan(g, outs):explain()
    assert.matches("loop of 3", text, 1, true)
    assert.matches("add:%d+ tanh:%d+ mul:%d+", text)
    assert.matches("plan_spec.lua:%d+", text)
    assert.matches("captured matrices", text, 1, true)
    assert.matches("0.25", text, 1, true)
    for line in text:gmatch("[^\n]*") do assert.is_true(#line <= 100, line) end
  end)
end)

describe("the joint norm of a tree's leaves", function()
  local function of(p, k) return sd.map(function(x) return k * x end, p) end
  local few = { a = 3, b = -4, W = sd.matrix { { 12, 0 }, { 0, 84 } } } -- 3, 4, 12, 84: norm 85
  local many = {}
  for k = 1, 40 do many[k] = (-1) ^ k * k end

  it("is that of the eager call bit by bit, at every scale", function()
    local plan = sd.compile(function(p) return (sd.norm(p)) end)
    for _, p in ipairs { few, many } do
      for _, k in ipairs { 1, 0, 1e-310, 2 ^ -1000, 1e-170, 1e160, 2 ^ 1000 } do
        assert.equal(sd.norm(of(p, k)), plan(of(p, k)))
      end
    end
    for _, k in ipairs { 2 ^ -1000, 1, 2 ^ 1000 } do assert.equal(85 * k, plan(of(few, k))) end
    assert.equal(1 / 0, plan { a = 1 / 0, b = 2, W = few.W })
    local nan = plan { a = 0 / 0, b = 2, W = few.W }
    assert.not_equal(nan, nan)
  end)

  it("is a norm of each matrix and one of all numbers", function()
    local plan = sd.compile(function(p) return (sd.norm(p)) end)
    plan(few)
    assert.matches("2 steps", plan:explain(), 1, true)
    assert.not_matches("vcat", plan:explain(), 1, true)
  end)

  it("has the derivative p/|p|, and 0 at 0", function()
    local plan = sd.compile(function(p) return (sd.grad(sd.norm)(p)) end)
    local g = plan(few)
    for k = 1, 2 do
      local x, want = ({ g.a, g.b })[k], ({ 3 / 85, -4 / 85 })[k]
      assert.is_true(math.abs(x - want) <= 4 * 2 ^ -52 * math.abs(want)) -- three quotients
    end
    g = plan(of(few, 0))
    assert.same({ 0, 0, 0 }, { math.abs(g.a), math.abs(g.b), sd.norm(g.W) })
  end)
end)
