--- A sentence on what is wrong with a table of options, or nil: the one check that modules written
-- in Lua make of their last argument. `names` lists the known keys.
local core = require "saddle.core"
local show = require "saddle.show"

return function(options, names)
  if options == nil then return nil end
  if type(options) ~= "table" then return "options must be a table, got " .. type(options) end
  local meta = getmetatable(options)
  if meta ~= nil and (type(meta) ~= "table" or rawget(meta, "__index") ~= nil) then
    return "options must be a plain table, this one inherits from another"
  end
  local known = {}
  for _, name in ipairs(names) do known[name] = true end
  for key in pairs(options) do
    if not known[key] then
      local near = type(key) == "string" and core.nearest(key, names)
      return ("unknown option '%s' (%s)"):format(type(key) == "string" and key:gsub("%c", "?")
        or show(key), near
        and ("did you mean '%s'?"):format(near) or "known: " .. table.concat(names, ", "))
    end
  end
end
