--- The checks that modules written in Lua make of options, and their sentences. `names` lists the
-- known keys.
local core = require "saddle.core"

local options = {}

--- What is wrong with the key that is not among names.
function options.unknown(key, names)
  if type(key) ~= "string" then return "options have names; there is an entry without one" end
  local near = core.nearest(key, names)
  local hint = near and ("did you mean '%s'?"):format(near)
    or "known: '" .. table.concat(names, "', '") .. "'"
  return ("unknown option '%s' (%s)"):format((key:gsub("%c", "?")), hint)
end

--- A sentence on what is wrong with `given` (a table or nil), or nil.
function options.wrong(given, names)
  if given == nil then return nil end
  if type(given) ~= "table" then return "options must be a table, got " .. core.show(given) end
  local meta = getmetatable(given)
  if meta ~= nil and (type(meta) ~= "table" or rawget(meta, "__index") ~= nil) then
    return "options must be a plain table, this one inherits from another"
  end
  local known = {}
  for _, name in ipairs(names) do known[name] = true end
  for key in pairs(given) do
    if not known[key] then return options.unknown(key, names) end
  end
end

--- A sentence on what is wrong with v as a finite number, greater than range.above or at least
-- range.from; nil when it is one.
function options.wrong_number(what, v, range)
  local above, from = range and range.above, range and range.from
  if type(v) == "number" and v - v == 0 and not (above and v <= above) and not (from and v < from)
  then
    return nil
  end
  local limit = above and (" above %g"):format(above) or from and (" from %g"):format(from) or ""
  return ("%s must be a finite number%s, got %s"):format(what, limit, core.show(v))
end

return options
