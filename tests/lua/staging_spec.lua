--- Compiled functions follow writes to what they captured; the order of uses and writes within a
-- trace is not lost in silence.
local sd = require "saddle"
local core = require "saddle.core"
local support = require "tests.lua.support"
local raises = support.raises

describe("a compiled function", function()
  it("sees writes to a captured matrix through whatever was computed of it", function()
    local W = sd.matrix { { 1, 2 }, { 3, 4 } }
    local plan = sd.compile(function(x) return sd.sum(sd.exp(W * W:t()) % x) end)
    local function now(x) return sd.sum(sd.exp(W * W:t()) % x) end
    local x = sd.matrix { { 1, -1 }, { 0.5, 2 } }
    for _, change in ipairs {
      function() end,
      function() W:set(1, 2, 0.1) end,
      function() W:col(1):fill_(0.2) end, -- through a view
      function() W:row(2):mul_(0.5) end,
    } do
      change()
      assert.equal(now(x), plan(x))
    end
  end)

  it("follows them in an iteration, between runs and in a hook", function()
    local drift = sd.zeros(2, 1)
    local plan = sd.compile(function(s) return { x = s.x + 2 * drift } end)
    local s0 = { x = sd.zeros(2, 1) }
    local s = plan:iterate(s0, 4, { every = 2, hook = function(_, t) drift:fill_(t) end })
    assert.is_true(s.x == sd.full(2, 1, 2 * (0 + 0 + 2 + 2))) -- steps 1, 2 then 3, 4
    assert.is_true(plan:iterate(s0, 1).x == sd.full(2, 1, 8))
  end)

  it("records what matrices alone give, also around a loop's body and inside a gradient", function()
    local A = sd.matrix { { 0.5, 0 }, { 0, 0.25 } }
    local plan = sd.compile(function(x)
      return sd.loop(2, function(s) return { x = (A * A) * s.x } end, { x = x }).x
    end)
    local slope = sd.compile(sd.grad(function(x) return sd.dot((A * A) * x, x) end))
    local x = sd.ones(2, 1)
    for _ = 1, 2 do
      local square = A * A
      assert.is_true(plan(x) == square * (square * x))
      assert.is_true(slope(x) == square * x + square:t() * x)
      A:mul_(2)
    end
  end)

  it("refuses to lose a write in the middle of its trace", function()
    local sentence = "a 2x2 matrix was written to after the function had used it"
    local function broken(x)
      local M = sd.eye(2)
      local y = M * x
      M:fill_(7)
      return y
    end
    raises(sentence, sd.compile(broken), sd.ones(2, 2))
    raises(sentence, function()
      return sd.grad(function(x) return sd.sum(broken(x)) end)(sd.ones(2, 2))
    end)
    local built = sd.compile(function(x) -- writes first, uses later: nothing is lost
      local M = sd.zeros(2, 2):set(1, 2, 3)
      return M * x
    end)
    assert.is_true(built(sd.ones(2, 2)) == sd.matrix { { 3, 3 }, { 0, 0 } })
  end)

  it("leaves values that modules keep for later alone", function()
    local plan = sd.compile(function(x) return x * sd.act.gelu.hermite(3) end)
    local c = plan(1)
    assert.equal(sd.act.gelu.hermite(3), c)
    assert.is_nil(core.tracing.current())
  end)
end)

describe("a plain transform", function()
  it("computes what matrices alone give at once", function()
    local W = sd.matrix { { 3, 0 }, { 0, 4 } }
    local g = sd.grad(function(x)
      assert(sd.norm(W) == 5 and (W * W)(1, 1) > 8) -- values: they can be compared
      return sd.sum(W * x)
    end)
    assert.is_true(g(sd.ones(2, 1)) == sd.matrix { 3, 4 })
  end)
end)
