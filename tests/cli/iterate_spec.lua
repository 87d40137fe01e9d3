--- Ctrl-C in iterations: the state is that of the last completed step, and a run goes on from it.
local shell = require "tests.cli.shell"
local interrupted, expect = shell.interrupted, shell.expect

--- A run too long to end, its state, and what shows two trees to the bit.
local RUN <const> = [[
  local sd = require "saddle"
  local function rate(t) return 1 / (1 + t) end
  local plan = sd.compile(function(s)
    local x = s.x - sd.schedule(rate, s.t) * (sd.sin(s.x) + s.rng:randn(60, 60))
    return { x = x * 0.5, y = s.y + sd.sum(x), t = s.t + 1 }
  end)
  local function start() return { x = sd.ones(60, 60), y = 0, t = 1, rng = sd.rng(5) } end
  local function same(a, b)
    return a.t == b.t and a.y == b.y and sd.sum(sd.ne(a.x, b.x)) == 0
      and a.rng:state().ordinal == b.rng:state().ordinal
  end
  plan:iterate(start(), 1) -- what comes now has been loaded and traced
  announce()
]]

describe("Ctrl-C", function()
  it("in an iteration ends it after a completed step, and it goes on to the same bits", function()
    local out, status, err = interrupted(RUN .. [[
      local o = { every = 100, record = function(s) return { y = s.y } end }
      local s, h = plan:iterate(start(), 1e9, o)
      print(h.status, h.n == s.t - 1, h.t(-1) == h.n, h.y(-1) == s.y)
      print(same(s, (plan:iterate(start(), h.n))), same((plan:iterate(s, 5)),
        (plan:iterate(start(), h.n + 5))))]], 1)
    assert.equal("interrupted\ttrue\ttrue\ttrue\ntrue\ttrue\n", out, err)
    assert.equal(0, status)
  end)

  it("leaves a checkpoint, from which the next run goes on", function()
    local dir = shell.directory()
    local body = RUN .. [[
      local file = arg[1] .. "/run.npz"
      local o = { every = 100, record = function(s) return { y = s.y } end, checkpoint = file }
      local _, first = plan:iterate(start(), 1e9, o)
      local n = first.n + 150
      local s, h = plan:iterate(start(), n, o)
      o.checkpoint = nil
      local whole, hw = plan:iterate(start(), n, o)
      print(first.status, h.status, same(s, whole), #h.t == #hw.t and sd.sum(sd.ne(h.t, hw.t)),
        sd.sum(sd.ne(h.y, hw.y)))]]
    local out, status, err = interrupted(body, 1, dir)
    shell.remove(dir)
    assert.equal("interrupted\tdone\ttrue\t0.0\t0.0\n", out, err)
    assert.equal(0, status)
  end)

  it("in a script's own op or schedule is an interrupt too", function()
    for _, f in ipairs{ "sd.op{ name = 'slow', run = wait }(s.x)", "sd.schedule(wait, s.x)" } do
      local out, status, err = interrupted([[
        local sd = require "saddle"
        local ready = false
        local function wait(x)
          while ready do end
          return x
        end
        local plan = sd.compile(function(s) return { x = s.x + 0 * ]] .. f .. [[ + 1 } end)
        print((plan:iterate({ x = 0 }, 3)).x)
        ready = true
        announce()
        local s, h = plan:iterate({ x = 0 }, 3)
        print(s.x, h.n, h.status)
        ready = false
        s, h = plan:iterate(s, 3)
        print(s.x, h.n, h.status, pcall(function() for _ = 1, 1000 do ready = false end end))]], 1)
      assert.equal("3.0\n0.0\t0\tinterrupted\n3.0\t3\tdone\ttrue\n", out, err)
      assert.equal(0, status)
    end
  end)

  it("in a hook, or op by op, is an error after which plan:last() has the state", function()
    local hook = "hook = function() while true do end end, every = 1"
    for _, option in ipairs{ hook, "eager = true" } do
      local out, status, err = interrupted(RUN .. [[
        local ok, message = pcall(plan.iterate, plan, start(), 1e5, { ]] .. option .. [[ })
        local s, h = plan:last()
        print(ok, message:match "interrupted", h.status, h.n == s.t - 1)
        print(same(s, (plan:iterate(start(), h.n, { eager = ]] .. tostring(option ~= hook)
        .. [[ }))))]], 1)
      assert.equal(0, status, err)
      expect(out, "false\tinterrupted\tfailed\ttrue\ntrue\n")
    end
  end)
end)
