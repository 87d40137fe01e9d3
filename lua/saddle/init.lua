--- saddle: the table `sd`. Matrices, functions and files come from the C core; modules written in
-- Lua are loaded when first named (`sd.plot` is lua/saddle/plot.lua).
local core = require "saddle.core"

local lazy = { "act", "args", "data", "plot", "progress" }

local sd = {}
for name, value in pairs(core) do sd[name] = value end
core.printer(require("saddle.format").matrix)
for _, name in ipairs { "nearest", "now", "printer", "show", "stderr_terminal", "terminal",
  "tracing" } do
  sd[name] = nil -- services for the modules alone
end
local is_lazy, names = {}, {}
for _, name in ipairs(lazy) do is_lazy[name], names[#names + 1] = true, name end
for name in pairs(sd) do names[#names + 1] = name end
table.sort(names)

-- An unknown name is an error here and not a nil that fails somewhere else.
return setmetatable(sd, { __index = function(t, name)
  if type(name) ~= "string" then error("sd: no function has the name " .. core.show(name), 2) end
  if not is_lazy[name] then
    name = name:gsub("%c", "?")
    local near = core.nearest(name, names)
    error(("sd.%s: no such function or module%s"):format(name,
      near and (" (did you mean sd.%s?)"):format(near) or ""), 2)
  end
  local module = require("saddle." .. name)
  rawset(t, name, module)
  return module
end })
