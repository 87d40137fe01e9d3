--- How matrices print: tostring(A).
--
--   2x3 f64
--    1.0000   2.5000  -3.0000
--   10.0000   0.0000      nan
--
-- Whole numbers below 1e15 print without decimals. Otherwise four decimals, when every magnitude
-- but 0 lies in 1e-3 .. 1e5, else d.dddde+dd; one notation for all that is shown. Above 1000
-- elements only the first and last three rows and columns are shown; columns that do not fit the
-- terminal are left out of the middle. Only elements that may be shown are read.
_ENV = require "saddle.env".globals
local core = require "saddle.core"

local format = {}

local SUMMARISE, EDGE = 1000, 3 -- elements; rows and columns at each edge
local GAP, BETWEEN = "...", "  "

--- 1..n, or with a gap (0) in the middle when only `keep` of them are wanted.
local function selection(n, keep)
  local list = {}
  for k = 1, n do
    if n <= keep or k <= (keep + 1) // 2 then
      list[k] = k
    else
      list[k] = 0
      for tail = n - keep // 2 + 1, n do list[#list + 1] = tail end
      break
    end
  end
  return list
end

--- The printf format that suits all finite numbers of values[column][row].
local function notation(values)
  local whole, least, most = true, math.huge, 0
  for _, column in pairs(values) do
    for _, x in pairs(column) do
      local size = math.abs(x)
      if size < math.huge then -- neither infinite nor NaN
        whole = whole and size < 1e15 and x == math.floor(x)
        if size > 0 then least = math.min(least, size) end
        most = math.max(most, size)
      end
    end
  end
  if whole then return "%.0f" end
  return least >= 1e-3 and most < 1e5 and "%.4f" or "%.4e"
end

local function text(spec, x)
  if x ~= x then return "nan" end -- whatever its sign bit
  if x == math.huge then return "inf" end
  if x == -math.huge then return "-inf" end
  return spec:format(x)
end

--- The cells of the selected rows and columns as text, and the width of the widest.
local function cells(values, rows, cols)
  local shown, width = {}, 0
  for _, j in ipairs(cols) do shown[j] = values[j] end
  local spec, out = notation(shown), {}
  for r, i in ipairs(rows) do
    out[r] = {}
    for c, j in ipairs(cols) do
      local cell = (i == 0 or j == 0) and GAP or text(spec, values[j][i])
      out[r][c] = cell
      if j ~= 0 then width = math.max(width, #cell) end
    end
  end
  return out, width
end

--- How many columns of that width fit beside a gap.
local function fitting(width, terminal)
  return math.max(2, (terminal - #GAP) // (width + #BETWEEN))
end

--- A as text, at most `width` characters wide (the terminal's width when absent) where two columns
-- fit at all.
function format.matrix(A, width)
  local m, n = A.rows, A.cols
  local header = ("%dx%d %s"):format(m, n, A.dtype)
  if m == 0 or n == 0 then return header end
  width = width or core.terminal()
  local keep = m * n > SUMMARISE and 2 * EDGE or math.huge
  local rows = selection(m, keep)
  local most = math.min(n, keep, math.max(2, (width + #BETWEEN) // (1 + #BETWEEN)))
  local cols = selection(n, most)
  local values = {} -- of as many columns as fit when each is one character wide
  for _, j in ipairs(cols) do
    if j ~= 0 then
      values[j] = {}
      for _, i in ipairs(rows) do
        if i ~= 0 then values[j][i] = A(i, j) end
      end
    end
  end
  local out, cell = cells(values, rows, cols)
  local gap = most < n and #GAP + #BETWEEN or 0
  while most > 2 and most * (cell + #BETWEEN) - #BETWEEN + gap > width do
    most = math.min(most - 1, fitting(cell, width)) -- fewer columns may be narrower, never wider
    gap = #GAP + #BETWEEN
    cols = selection(n, most)
    out, cell = cells(values, rows, cols)
  end
  local lines = { header }
  for r, row in ipairs(out) do
    for c, j in ipairs(cols) do
      if j ~= 0 then row[c] = (" "):rep(cell - #row[c]) .. row[c] end
    end
    lines[r + 1] = table.concat(row, BETWEEN)
  end
  return table.concat(lines, "\n")
end

return format
