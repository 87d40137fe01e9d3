--- What a value is, for messages: short and on one line whatever it holds.
local core = require "saddle.core"

return function(value)
  if core.ismatrix(value) then return ("a %dx%d matrix"):format(value.rows, value.cols) end
  if type(value) == "string" then
    return ('the string "%s"'):format((value:sub(1, 40):gsub("%c", "?")))
  end
  if type(value) ~= "number" then return type(value) end
  return value == value and tostring(value) or "nan"
end
