-- Where errors and recorded ops are said to come from: the script's line, not one of the modules
-- in between.
local sd = require "saddle"
local tracing = require("saddle.core").tracing
local here = debug.getinfo(1, "S").short_src

local function line() return debug.getinfo(2, "l").currentline end

--- The message that f(...) raises.
local function message(f, ...)
  local ok, text = pcall(f, ...)
  assert.is_false(ok)
  return tostring(text)
end

local function starts(place, text)
  assert.equal(("%s:%d: "):format(here, place), text:match "^.-:%d+: ")
end

describe("a place", function()
  it("of an op that operators of trees record is the script's", function()
    local at
    local plan = sd.compile(function(s)
      at = line() + 1
      return { p = s.p + sd.tanh(s.p), n = sd.norm(s.p) }
    end)
    plan:iterate({ p = { sd.ones(3, 1), sd.ones(2, 2) }, n = 0 }, 1)
    local report = plan:explain()
    assert.matches(("add:%d"):format(at), report, 1, true)
    assert.not_matches("tree.lua", report, 1, true)
  end)

  it("of an optimiser's and a dynamics' ops is where the script iterates", function()
    local game = sd.game { min = "x", max = "y", objective = function(p) return p.x * p.y end }
    local gda = sd.dynamics.gda(game, { optim = "adam" })
    local plan = sd.compile(gda.step)
    plan:iterate(gda.init { x = 1, y = 1 }, 1)
    local report = plan:explain()
    for _, own in ipairs { "optim", "play", "game", "tree", "derive", "iterate", "rule" } do
      assert.not_matches(own .. ".lua:", report, 1, true)
    end
  end)

  it("of a kernel that fails in a plan is the script's", function()
    local at
    local plan = sd.compile(function(s)
      at = line() + 1
      return { A = sd.map(sd.cholesky, s.A) }
    end)
    local text = message(plan.iterate, plan, { A = { -sd.eye(2) } }, 1)
    assert.matches(("cholesky: .*%s:%d"):format(here:match "[^/]*$":gsub("%p", "%%%0"), at), text)
  end)

  it("of an error in a call that a module makes is the script's", function()
    local t = sd.map(sd.abs, { sd.ones(2, 2) })
    starts(line() + 1, message(function()
      return (t * { sd.ones(3, 1) })
    end))
    starts(line() + 1, message(function()
      return (sd.map(function(x) return x end))
    end))
  end)

  it("is left out without a script", function()
    assert.equal("map: needs a tree", message(coroutine.wrap(sd.map), print))
    assert.equal("", coroutine.wrap(tracing.place)())
  end)
end)
