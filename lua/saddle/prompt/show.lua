--- How the prompt prints results: one below the other. Matrices and whatever has a __tostring print
-- as that says, other tables by lua/saddle/outline.lua; a string of one line is quoted, so that "1"
-- is not 1, one of several lines is printed as it is. Only the first characters of a very long text
-- and the first of very many results are shown.
_ENV = require "saddle.env".globals
local outline = require "saddle.outline"

local LONGEST <const>, MOST <const> = 20000, 100

local show = {}

local function escape(c) return c == "\t" and c or ("\\%d"):format(c:byte()) end

--- show.value(v) -> text without a newline at its end; what __tostring raises goes on upwards.
function show.value(v)
  local text
  if type(v) == "string" then
    text = v:find "\n." and v or ("%q"):format(v):gsub("\\\n", "\\n")
  else
    text = outline.serves(v) and outline.text(v) or tostring(v)
  end
  local length = #text
  if length > LONGEST then
    local stop = LONGEST
    while text:byte(stop + 1) & 0xC0 == 0x80 do stop = stop - 1 end
    text = ("%s\n... (%d more bytes)"):format(text:sub(1, stop), length - stop)
  end
  return (text:gsub("\n$", ""):gsub("[%z\1-\8\11-\31\127]", escape)) -- the terminal stays as it is
end

--- Writes the first n of the values of a list to standard output.
function show.results(list, n)
  for k = 1, math.min(n, MOST) do io.stdout:write(show.value(list[k]), "\n") end
  if n > MOST then io.stdout:write(("... (%d more results)\n"):format(n - MOST)) end
end

return show
