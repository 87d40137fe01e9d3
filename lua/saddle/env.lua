--- Lua's globals and libraries as they were when saddle was loaded: the environment of the modules
-- that the prompt lives on. `table = {}` or `type = "sgd"` at the prompt, names that a user may
-- well want, must not end the session: such a module begins _ENV = require "saddle.env".globals. _G
-- is the table of globals itself.
local env = {}
for name, v in next, _G do
  if type(v) == "table" and v ~= _G and package.loaded[name] == v then
    env[name] = {}
    for key, member in next, v do env[name][key] = member end
  else
    env[name] = v
  end
end
return { globals = env } -- one level down, where tracebacks do not look for names of functions
