-- Steps that fail after many that did not: the state is that of the last completed step, to the
-- bit, wherever a plan keeps it (written over in place, in memory that changes places, turned).
local sd = require "saddle"
local bits = require("tests.lua.support").bits

local FAILS <const> = 1000 -- the step that does; t counts completed ones

local function randn(seed, m, n) return sd.rng(seed, "failing"):randn(m, n) end

--- Steps over a state with the field t: {what fails, its message, what explain() says of the
-- state, step, start}.
local cases = {
  { "a solve that becomes singular, beside values in place", "solve: ", { "state" }, function(s)
    local x = sd.solve(sd.eye(3) * sd.lt(s.t, FAILS - 1), s.x)
    return { x = 0.999 * x + 0.001, y = s.y + sd.sum(s.x), V = sd.tanh(s.V) + s.y, t = s.t + 1 }
  end, { x = sd.ones(3, 2), y = 0, V = randn(1, 40, 40) } },

  { "an index out of range, beside memory that changes places", "is not an index into 1..1000",
    { "swaps" }, function(s)
    local e = s.D(s.t + 2, 1)
    return { A = 0.5 * s.B + 0.1 * sd.tanh(s.A) + e, B = s.K * s.A, t = s.t + 1 }
  end, { A = randn(1, 30, 30), B = randn(2, 30, 30), K = 0.05 * randn(3, 30, 30),
    D = randn(4, 1000, 1) } },

  { "one of two rows that are added to in place", "is not an index into 1..1000", { "state" },
    function(s)
    return { W = sd.scatter_add(s.W, s.t + 1, sd.ones(1, 50), { dim = 1 }),
      V = sd.scatter_add(s.V, s.t + 2, sd.ones(1, 50), { dim = 1 }), X = s.Y, Y = s.X + 1,
      t = s.t + 1 }
  end, { W = randn(1, 1000, 50), V = randn(2, 1000, 50), X = randn(3, 40, 40),
    Y = randn(4, 40, 40) } },

  { "a factor that is indefinite, beside a turned matrix", "cholesky: ",
    { "lives as its transpose", "state" }, function(s)
    return { W = 0.99 * s.W + sd.cholesky(sd.eye(4) * (FAILS - 1.5 - s.t)), c = s.c + 0.001,
      U = 0.99 * s.U + s.c * s.r, r = 0.999 * s.r, t = s.t + 1 }
  end, { W = randn(1, 4, 4), U = randn(2, 5, 1000), c = randn(3, 5, 1), r = randn(4, 1, 1000) } },

  { "a column of a turned matrix, out of range", "is not an index into 1..1000",
    { "lives as its transpose" }, function(s)
    local e = s.W:col(s.t + 2)
    return { W = s.W - 0.1 * s.c * s.r, c = s.c + 0.001 * e, t = s.t + 1 }
  end, { W = randn(1, 5, 1000), c = randn(2, 5, 1), r = randn(3, 1, 1000) } },

  { "an op of the script, with draws", "of my own", { "state" }, function(s)
    local fragile = sd.op { name = "fragile", run = function(T)
      if T(1) == FAILS - 1 then error "of my own" end
      return T
    end }
    return { A = 0.9 * s.A + s.rng:randn(30, 30), B = sd.tanh(s.A), T = fragile(s.T) + 1 }
  end, { A = randn(1, 30, 30), B = randn(2, 30, 30), T = sd.zeros(1, 1), rng = sd.rng(7) } },

  { "a schedule", "no rate", { "state" }, function(s)
    local rate = sd.schedule(function(t)
      if t == FAILS then error "no rate" end
      return 1 / t
    end, s.t + 1)
    return { A = s.B + rate, B = sd.tanh(s.A * s.A), t = s.t + 1 }
  end, { A = randn(1, 20, 20), B = randn(2, 20, 20) } },
}

describe("a step that fails, after 999 that did not,", function()
  for _, case in ipairs(cases) do
    it("leaves their state: " .. case[1], function()
      local step, start = case[4], case[5]
      start.t = 0
      local plan = sd.compile(step)
      local ok, message = pcall(plan.iterate, plan, start, 2 * FAILS)
      local s, h = plan:last()
      assert.is_false(ok)
      assert.truthy(message:find(case[2], 1, true), message)
      assert.same({ FAILS - 1, "failed" }, { h.n, h.status })
      local report = plan:explain()
      for _, word in ipairs(case[3]) do assert.truthy(report:find(word, 1, true), report) end
      assert.same(bits((plan:iterate(start, FAILS - 1))), bits(s))
      assert.same(bits((sd.compile(step):iterate(start, FAILS - 1, { eager = true }))), bits(s))
    end)
  end
end)
