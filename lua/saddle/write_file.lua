--- Writes a text to a file, whole or not at all; "-" is the standard output. -> true, or nil and
-- what is wrong.
local core = require "saddle.core"

return function(path, text)
  if path == "-" then return io.stdout:write(text) end
  return core.savetext(path, text)
end
