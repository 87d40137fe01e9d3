--- sd.act.mix(g, f): the activation g x + (1-g) f(x). Its slope is an upper bound, |g| + |1-g|
-- f.slope; its curvature and Hermite coefficients are exact.
local core = require "saddle.core"
local object = require "saddle.act.object"
local options = require "saddle.options"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local WEIGHT <const> = options.number "the weight"
local mix = {}

--- The mixture of a number and an activation under another name, for families that are one.
function mix.named(name, g, f)
  local h = 1 - g
  return object.new {
    name = name,
    slope = math.abs(g) + math.abs(h) * f.slope,
    curvature = h == 0 and 0 or math.abs(h) * f.curvature,
    f = function(x) return g * x + h * f(x) end,
    d = function(x) return g + h * f.d(x) end,
    dd = function(x) return h * f.dd(x) end,
    hermite = function(i) return (i == 1 and g or 0) + h * f.hermite(i) end,
  }
end

function mix.mix(g, f)
  local wrong = options.wrong_number(WEIGHT, g)
  if wrong then fail("act.mix: %s", wrong) end
  if not object.is(f) then
    fail("act.mix: argument 2 must be an activation of sd.act, got %s", core.show(f))
  end
  return mix.named(("mix(%.14g, %s)"):format(g, f.name), g, f)
end

return mix
