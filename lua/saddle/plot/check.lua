--- Checks of what a user hands to sd.plot, each failing with a sentence he can act on.
-- All of them run before gnuplot starts. Errors carry no position here; plot.lua adds the caller's.
local core = require "saddle.core"
local options = require "saddle.options"
local check = {}

function check.fail(...)
  error(string.format(...), 0)
end
local fail = check.fail

check.show = core.show

--- Fails with the offending key, and the key that was probably meant.
function check.unknown(where, key, known)
  local names = {}
  for name in pairs(known) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  fail("%s: %s", where, options.unknown(key, names))
end

--- Every key of t must be true in `known`; positions 1..#t are let through when `list` is true.
function check.keys(where, t, known, list)
  local n = list and #t or 0
  for key in pairs(t) do
    local position = math.type(key) == "integer" and key >= 1 and key <= n
    if not known[key] and not position then check.unknown(where, key, known) end
  end
end

--- Text for a label, as typed: UTF-8, newlines allowed, no other control characters.
function check.text(where, v)
  if type(v) == "number" then v = tostring(v) end
  if type(v) ~= "string" then fail("%s must be a string, got %s", where, check.show(v)) end
  if not utf8.len(v) then fail("%s is not valid UTF-8", where) end
  if v:find("[%z\1-\9\11-\31\127]") then
    fail("%s holds a control character (only newlines are drawn)", where)
  end
  return v
end

function check.flag(where, v)
  if v ~= nil and type(v) ~= "boolean" then
    fail("%s must be true or false, got %s", where, check.show(v))
  end
  return v or false
end

--- A finite number in [lo, hi], whole when `whole`.
function check.number(where, v, lo, hi, whole)
  if type(v) ~= "number" or not (v >= lo and v <= hi) or (whole and v % 1 ~= 0) then
    fail("%s must be a %snumber from %g to %g, got %s", where, whole and "whole " or "", lo, hi,
      check.show(v))
  end
  return whole and math.tointeger(v) or v
end

--- One of the words in `list`.
function check.word(where, v, list)
  for _, word in ipairs(list) do
    if v == word then return v end
  end
  fail("%s must be one of %s; got %s", where, table.concat(list, ", "), check.show(v))
end

--- {lo, hi}, either of them nil for "from the data"; hi < lo turns the axis round.
function check.range(where, v, log)
  if v == nil then return {} end
  if type(v) ~= "table" then fail("%s must be {lo, hi}, got %s", where, check.show(v)) end
  check.keys(where, v, { [1] = true, [2] = true, lo = false, hi = false })
  for k = 1, 2 do
    if v[k] ~= nil then
      check.number(where .. "[" .. k .. "]", v[k], -1e300, 1e300)
      if log and v[k] < 1e-300 then
        fail("%s[%d] must be positive on a log axis, got %g", where, k, v[k])
      end
    end
  end
  if v[1] and v[1] == v[2] then fail("%s is empty: both ends are %g", where, v[1]) end
  return { v[1], v[2] }
end

--- Whether v can be a column: a matrix or a list that starts with a number.
function check.columnlike(v)
  return core.ismatrix(v) or (type(v) == "table" and type(v[1]) == "number")
end

local function list_column(where, v)
  local out = {}
  for k = 1, #v do
    local e = v[k]
    if type(e) ~= "number" then
      fail("%s: element %d must be a number, got %s", where, k, check.show(e))
    end
    out[k] = e + 0.0
  end
  for key in pairs(v) do
    if math.type(key) ~= "integer" or key < 1 or key > #v then
      fail("%s: a list of numbers has no key '%s' (a series is {y=list, label=...})", where,
        tostring(key))
    end
  end
  return out
end

--- The columns of v, each a Lua list of floats: a matrix (a 1xn row counts as one column of n), a
-- list of numbers, or a number (one value).
function check.columns(where, v)
  if type(v) == "number" then return { { v + 0.0 } } end
  if not core.ismatrix(v) then
    if type(v) ~= "table" then
      fail("%s must be a matrix or a list of numbers, got %s", where, check.show(v))
    end
    if #v == 0 then fail("%s is empty", where) end
    return { list_column(where, v) }
  end
  local m, n = v.rows, v.cols
  if m * n == 0 then fail("%s is empty (%dx%d)", where, m, n) end
  if m == 1 then m, n = n, 1 end
  local out = {}
  for j = 1, n do
    local column, at = {}, (j - 1) * m
    for i = 1, m do column[i] = v(at + i) end
    out[j] = column
  end
  return out
end

return check
