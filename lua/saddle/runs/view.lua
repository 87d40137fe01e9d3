--- Tables of runs as text.
--
--   468 runs of nsgda_modes: 456 done, 12 failed
--   d = 1000  mD = 7                       the parameters that do not vary
--
--   ratio  seed  both   loss
--    0.03     1  true  0.125
--   ...
--
-- Columns that do not fit the width are left out from the right, and named below.
local tabulate = require "saddle.runs.tabulate"
require("saddle.tree").module()

local view = {}

local GAP <const>, LONG <const> = "  ", tabulate.LONG

--- A value in a table: numbers with six digits, of a text the first line.
function view.cell(v)
  if v == nil then return "-" end
  if math.type(v) == "integer" then return ("%d"):format(v) end
  if type(v) == "number" then
    if v ~= v then return "nan" end
    return ("%.6g"):format(v)
  end
  return (tostring(v):match "^[^\r\n]*":gsub("%c", " "))
end

local function width_of(text) return utf8.len(text) or #text end

--- At most n characters of a text.
local function cut(text, n)
  if width_of(text) <= n then return text end
  local stop = utf8.offset(text, n - 2)
  return (stop and text:sub(1, stop - 1) or text:sub(1, n - 3)) .. "..."
end

--- Words side by side in lines of the width.
local function wrap(words, width)
  local lines = {}
  for _, word in ipairs(words) do
    local last = lines[#lines]
    if last and width_of(last) + #GAP + width_of(word) <= width then
      lines[#lines] = last .. GAP .. word
    else
      lines[#lines + 1] = word
    end
  end
  return table.concat(lines, "\n")
end

--- "480 runs of modes: 468 done, 12 failed" from how many there are of each status.
function view.summary(name, counts)
  local words, total = {}, 0
  for _, status in ipairs { "done", "failed", "running", "pending" } do
    local n = counts[status]
    if n then words[#words + 1], total = ("%d %s"):format(n, status), total + n end
  end
  return ("%d run%s of %s%s"):format(total, total == 1 and "" or "s", name,
    total > 0 and ": " .. table.concat(words, ", ") or "")
end

--- "d = 1000  mD = 7" of those constants that are no column.
local function constants_line(constants, width, columns)
  local words, is_column = {}, {}
  for _, name in ipairs(columns or {}) do is_column[name] = true end
  for _, c in ipairs(constants) do
    if not is_column[c[1]] then
      words[#words + 1] = ("%s = %s"):format(c[1], cut(view.cell(c[2]), LONG))
    end
  end
  return wrap(words, width)
end

--- The cells of a column below its title, all of one width, and that width. Texts stand left.
local function aligned(title, values, n, long)
  local cells, width, left = { [0] = title }, width_of(title), false
  for k = 1, n do
    local cell = view.cell(values[k])
    cells[k] = long and cut(cell, long) or cell
    width = math.max(width, width_of(cells[k]))
    left = left or type(values[k]) == "string" and not values.numbers
  end
  for k = 0, n do
    local space = (" "):rep(width - width_of(cells[k]))
    cells[k] = left and cells[k] .. space or space .. cells[k]
  end
  return cells, width
end

--- The lines of a table (runs/tabulate.lua), at most `limit` rows. With a width, columns beyond it
-- are left out, the first never, and long texts are cut.
function view.lines(t, limit, width)
  local n, used, lines, left_out = math.min(t.n, limit or t.n), -#GAP, {}, {}
  for k = 0, n do lines[k + 1] = {} end
  for c, title in ipairs(t.titles) do
    local cells, wide = aligned(title, t.columns[c], n, width and LONG)
    if not width or c == 1 or #left_out == 0 and used + #GAP + wide <= width then
      used = used + #GAP + wide
      for k = 0, n do table.insert(lines[k + 1], cells[k]) end
    else
      left_out[#left_out + 1] = title
    end
  end
  for k, cells in ipairs(lines) do lines[k] = table.concat(cells, GAP):gsub(" +$", "") end
  if n < t.n then lines[#lines + 1] = ("... and %d more"):format(t.n - n) end
  return lines, left_out
end

local function put_together(parts)
  local out = {}
  for _, part in ipairs(parts) do if part and part ~= "" then out[#out + 1] = part end end
  return table.concat(out, "\n")
end

--- The text of a table below its headings.
local function whole(t, o, headings)
  if t.n == 0 then return put_together(headings) end
  local lines, left_out = view.lines(t, o.limit, o.fixed and nil or o.width)
  headings[#headings + 1] = #headings > 1 and "\n" .. lines[1] or lines[1]
  table.move(lines, 2, #lines, #headings + 1, headings)
  if #left_out > 0 then
    headings[#headings + 1] = wrap({ "without room:", table.unpack(left_out) }, o.width)
  end
  return put_together(headings)
end

local function counts_of(source, rows)
  local counts = {}
  for _, row in ipairs(rows) do
    local status = source.rows[row].status
    counts[status] = (counts[status] or 0) + 1
  end
  return counts
end

--- Runs as text: o = {show = names (then all are shown, as wide as they are), limit=, width=,
-- counts = of each status (default: of these rows)}. Or nil and what is wrong.
function view.text(source, rows, o)
  local shown, constants = tabulate.interesting(source, rows, o.limit)
  local t, wrong = tabulate.runs(source, rows, o.show or shown, o.limit)
  if not t then return nil, wrong end
  if o.show then o = { limit = o.limit, width = o.width, counts = o.counts, fixed = true } end
  return whole(t, o, { view.summary(source.name, o.counts or counts_of(source, rows)),
    constants_line(constants, o.width, t.titles) })
end

--- Pairs of columns "x mean", "x ci95" made one: "0.52 ± 0.013".
local function with_errors(t, first, names)
  local out = { titles = table.move(t.titles, 1, first, 1, {}),
    columns = table.move(t.columns, 1, first, 1, {}), n = t.n }
  for k, name in ipairs(names) do
    local mean, half, cells = t.columns[first + 2 * k - 1], t.columns[first + 2 * k],
      { numbers = true }
    for g = 1, t.n do
      cells[g] = half[g] == half[g] and ("%.4g ± %.2g"):format(mean[g], half[g])
        or view.cell(mean[g])
    end
    out.titles[first + k], out.columns[first + k] = name, cells
  end
  return out
end

--- Groups as text: o = {by = names, show = names (default: all that are numbers), stats = names
-- (default: mean ± ci95), limit=, width=, counts=}. Or nil and what is wrong.
function view.grouped(source, rows, o)
  local names = o.show or tabulate.numeric(source, rows)
  local t, wrong = tabulate.groups(source, rows, o.by, names, o.stats or { "mean", "ci95" })
  if not t then return nil, wrong end
  if not o.stats then t = with_errors(t, #o.by + 1, names) end
  local _, constants = tabulate.interesting(source, rows, 0)
  return whole(t, { limit = o.limit, width = o.width, fixed = o.show },
    { view.summary(source.name, o.counts or counts_of(source, rows)),
      constants_line(constants, o.width),
      not o.stats and "mean ± half the width of its 95 % interval" or nil })
end

return view
