--- saddle: the table `sd`. Matrices, functions and files come from the C core; modules written in
-- Lua are loaded when first named (`sd.plot` is lua/saddle/plot.lua).
local core = require "saddle.core"

local lazy = { "act", "args", "data", "plot", "progress" }

local sd = {}
for name, value in pairs(core) do sd[name] = value end
core.printer(require("saddle.format").matrix)
for _, name in ipairs { "nearest", "now", "printer", "stderr_terminal", "terminal" } do
  sd[name] = nil -- services for the modules alone
end
local is_lazy = {}
for _, name in ipairs(lazy) do is_lazy[name] = true end

-- An unknown name is an error here and not a nil that fails somewhere else.
return setmetatable(sd, { __index = function(t, name)
  if not is_lazy[name] then
    error(("sd.%s: no such function or module"):format(tostring(name)), 2)
  end
  local module = require("saddle." .. name)
  rawset(t, name, module)
  return module
end })
