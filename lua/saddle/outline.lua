--- How tables print: outline(t) -> text, without a newline at its end.
--
-- A tree (lua/saddle/tree.lua), or any table with a matrix somewhere inside, line by line:
--
--   tree of 3 leaves, 50 numbers
--     G
--       W  8x4 f64
--       b  8x1 f64
--     lr  0.1
--
-- Other plain tables one level deep, as { 1, 2, name = "x", more = {3 entries} }, with at most
-- SHORT entries. Nothing of the table's is called but __tostring of what is in it; integer keys
-- come first, ascending, then strings bytewise. Lines are as wide as the terminal.
_ENV = require "saddle.env".globals
local core = require "saddle.core"
local kind = core.tracing.leaf

local SHORT <const>, LINES <const>, DEEP <const>, MANY <const> = 20, 60, 8, 1000
local LEAVES <const> = { matrix = true, frozen = true, rng = true }

--- The first `most` keys in order and how many there are; beyond MANY the order is that of next.
local function keys_of(t, most)
  local list, n = {}, 0
  for key in next, t do
    n = n + 1
    if n <= MANY then list[n] = key end
  end
  local function rank(key) return math.type(key) and 1 or type(key) == "string" and 2 or 3 end
  table.sort(list, function(a, b)
    local x, y = rank(a), rank(b)
    if x ~= y then return x < y end
    return x < 3 and a < b
  end)
  return table.move(list, 1, math.min(#list, most), 1, {}), n
end

--- At most `width` characters of a text, on one line, cut between characters.
local function cut(text, width)
  text = text:gsub("%c", "?")
  if #text <= width then return text end
  local stop = width - 3
  while stop > 0 and (text:byte(stop + 1) or 0) & 0xC0 == 0x80 do stop = stop - 1 end
  return text:sub(1, stop) .. "..."
end

local function plural(n, one, many) return ("%d %s"):format(n, n == 1 and one or many) end

local function key_text(key)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" then return key end
  return ("[%s]"):format(type(key) == "string" and ("%q"):format(cut(key, 30)) or tostring(key))
end

--- Whether a table prints as one here: without a metatable that says how.
local function is_ours(v)
  local meta = debug.getmetatable(v)
  return type(v) == "table"
    and (type(meta) ~= "table" or rawget(meta, "__tostring") == nil or rawget(meta, "outline"))
end

local outline = {}

--- outline.brief(v, width) -> a value in one line: shapes of matrices, sizes of tables, short
-- strings in quotes.
function outline.brief(v, width)
  local what = kind(v)
  if what == "matrix" or what == "frozen" then
    return ("%dx%d %s%s"):format(v.rows, v.cols, v.dtype, what == "frozen" and " frozen" or "")
  elseif type(v) == "string" then
    return ('"%s"'):format(cut(v, width - 2))
  elseif is_ours(v) then
    local _, n = keys_of(v, 0)
    return n == 0 and "{}" or ("{%s}"):format(plural(n, "entry", "entries"))
  end
  return cut(tostring(v), width)
end

--- Whether there is a matrix or an rng in a table, not too deep.
local function has_leaves(t, depth)
  local seen = 0
  for _, v in next, t do
    seen = seen + 1
    if seen > MANY then return false end
    if LEAVES[kind(v)] then return true end
    if depth < DEEP and is_ours(v) and has_leaves(v, depth + 1) then return true end
  end
  return false
end

--- The leaves of a tree, and the numbers in them.
local function count(t, depth)
  local leaves, numbers = 0, 0
  for _, v in next, t do
    local what = kind(v)
    if what then
      leaves = leaves + 1
      numbers = numbers + ((what == "matrix" or what == "frozen") and v.rows * v.cols
        or what == "number" and 1 or 0)
    elseif is_ours(v) and depth < DEEP then
      local below, more = count(v, depth + 1)
      leaves, numbers = leaves + below, numbers + more
    end
  end
  return leaves, numbers
end

--- Appends the lines of what is in t, indented for its depth, until there are LINES of them.
local function add_lines(lines, t, depth, width)
  local keys, n = keys_of(t, LINES)
  local indent, longest = ("  "):rep(depth), 0
  for _, key in ipairs(keys) do longest = math.max(longest, math.min(#key_text(key), 20)) end
  for k, key in ipairs(keys) do
    if #lines > LINES then return end
    if #lines == LINES then
      lines[#lines + 1] = ("%s... (%d more)"):format(indent, n - k + 1)
      return
    end
    local v, name = rawget(t, key), key_text(key)
    if is_ours(v) and depth < DEEP and next(v) ~= nil then
      lines[#lines + 1] = cut(indent .. name, width)
      add_lines(lines, v, depth + 1, width)
    else
      lines[#lines + 1] = cut(("%s%s%s  %s"):format(indent, name,
        (" "):rep(longest - #name), outline.brief(v, 40)), width)
    end
  end
end

local function tree_text(t, width)
  local leaves, numbers = count(t, 1)
  local lines = { ("tree of %s, %s"):format(plural(leaves, "leaf", "leaves"),
    plural(numbers, "number", "numbers")) }
  add_lines(lines, t, 1, width)
  return table.concat(lines, "\n")
end

local function list_text(t, width)
  local keys, n = keys_of(t, SHORT)
  if n == 0 then return "{}" end
  local parts, place = {}, 1
  for k, key in ipairs(keys) do
    local v = rawget(t, key)
    local text = outline.brief(v, 40)
    if math.type(key) and key == place then
      place = place + 1
    else
      text = key_text(key) .. " = " .. text
    end
    parts[k] = text .. ((k < #keys or n > #keys) and "," or "")
  end
  if n > #keys then parts[#parts + 1] = ("... %d more"):format(n - #keys) end
  parts[#parts] = parts[#parts] .. " }"
  local lines, line = {}, "{"
  for _, part in ipairs(parts) do
    if #line + 1 + #part > width and line ~= "{" then
      lines[#lines + 1] = line
      line = " "
    end
    line = line .. " " .. part
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local function is_tree(t)
  local meta = debug.getmetatable(t)
  return type(meta) == "table" and rawget(meta, "outline") or has_leaves(t, 1)
end

--- outline.text(t[, width]) -> how the table prints; width is that of the terminal.
function outline.text(t, width)
  return (is_tree(t) and tree_text or list_text)(t, width or (core.terminal()))
end

--- outline.size(t) -> "3 leaves" of a tree, "20 entries" of another table.
function outline.size(t)
  if is_tree(t) then return plural((count(t, 1)), "leaf", "leaves") end
  local _, n = keys_of(t, 0)
  return plural(n, "entry", "entries")
end

--- Whether the prompt prints a value by outline.text.
outline.serves = is_ours

return outline
