--- Tables of runs (runs/tabulate.lua) as text for other programs: CSV and JSON.
local json = require "saddle.json"
require("saddle.tree").module()

local export = {}

--- Whether a reader would take the bare text for something else, as src/io/csvwrite.c has it; here
-- a boolean, too.
local function needs_quotes(text)
  return text == "" or text:find '[",;\t\r\n]' or text:find "^ " or text:find " $"
    or tonumber(text) or text:find "^\xEF\xBB\xBF" or text == "true" or text == "false"
    or text:lower():find "^[+-]?nan$" or text:lower():find "^[+-]?inf" ~= nil
end

local function quoted(text)
  if not needs_quotes(text) then return text end
  return '"' .. text:gsub('"', '""') .. '"'
end

local function field(v)
  if v == nil then return "" end
  if type(v) == "string" then return quoted(v) end
  if math.type(v) == "integer" then return ("%d"):format(v) end
  if type(v) == "number" then
    if v ~= v then return "nan" end
    if v - v ~= 0 then return v > 0 and "inf" or "-inf" end
    return (("%.17g"):format(v):gsub("[^%d%-+e]+", ".")) -- the point of a locale
  end
  return tostring(v)
end

--- The table as CSV: a line of titles, then numbers that read back as they were, true and false,
-- texts (in quotes where they need them), nan and inf; what a run does not have is empty.
function export.csv(t)
  local lines, cells = {}, {}
  for c, title in ipairs(t.titles) do cells[c] = quoted(title) end
  lines[1] = table.concat(cells, ",")
  for k = 1, t.n do
    for c, column in ipairs(t.columns) do cells[c] = field(column[k]) end
    lines[k + 1] = table.concat(cells, ",")
  end
  lines[#lines + 1] = ""
  return table.concat(lines, "\n")
end

--- The table as a JSON list of objects, without entries for what a run does not have.
function export.json(t)
  local list = json.list {}
  for k = 1, t.n do
    local object = {}
    for c, title in ipairs(t.titles) do object[title] = t.columns[c][k] end
    list[k] = object
  end
  return json.encode(list, { indent = 2 }) .. "\n"
end

return export
