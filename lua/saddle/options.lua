--- The one check that modules written in Lua make of a table of options, and its sentences. `names`
-- lists the known keys.
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

return options
