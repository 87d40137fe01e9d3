--- One entry of a table of options that is a number.
local core = require "saddle.core"
local tree = require "saddle.tree"
tree.module()

local RULES <const> = {
  finite = { "a finite number", function() return true end },
  from_zero = { "a finite number from 0", function(v) return v >= 0 end },
  positive = { "a positive finite number", function(v) return v > 0 end },
  count = { "a whole number from 1", function(v) return v >= 1 and v % 1 == 0 end },
}

--- given[key], or `default` where there is none: a number of the rule "finite", "from_zero",
-- "positive" or "count". `where` begins the message.
return function(where, given, key, rule, default)
  local v = given[key]
  if v == nil and default ~= nil then return default end
  local words, holds = table.unpack(RULES[rule])
  if type(v) ~= "number" or v - v ~= 0 or not holds(v) then
    tree.fail("%s: '%s' must be %s, got %s", where, key, words,
      v == nil and "nothing" or core.show(v))
  end
  return v
end
