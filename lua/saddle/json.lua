--- JSON (RFC 8259): texts that name the points of a sweep, and exchange.
--
--   json.encode(value[, {indent=2}]) -> text      json.decode(text) -> value
--
-- A value has one text: keys are sorted bytewise, integers are written as such, floats with the
-- fewest digits that read back exactly, 3.0 as 3.0. So equal texts mean equal values and types.
-- JSON has no NaN and no infinities: they are written as the strings "nan", "inf" and "-inf".
-- A table with keys 1..n, n >= 1, is a list and one with strings for keys an object; an empty one
-- is an object, unless json.list has marked it. null is json.null.
--
-- decode takes what the standard allows, and nothing else: UTF-8, no key twice in an object, no
-- more than 100 levels; numbers without point and exponent are integers as far as 64 bits go. It
-- looks at each byte a bounded number of times. What is wrong with a value or a text is told
-- without a place in the script, for texts come from files: "json: line 3, column 7: ...".
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
tree.module()

local json = {}

local DEPTH <const> = 100
local marked = setmetatable({}, { __mode = "k" }) -- tables that json.list was given

--- What null reads as, and is written for.
json.null = setmetatable({}, { __tostring = function() return "null" end,
  __newindex = function() error("json.null is a constant", 2) end })

--- json.list(t) -> t, which is written as a list even when it is empty.
function json.list(t)
  if type(t) ~= "table" then error("json.list: needs a table, got " .. core.show(t), 2) end
  marked[t] = true
  return t
end

-- ---- writing ------------------------------------------------------------------------------------

--- The text of a number; NaN and infinities as bare words. Of normal numbers, 15 digits are always
-- enough for what has been written with as many, so that a search starts there.
function json.number(x)
  if math.type(x) == "integer" then return ("%d"):format(x) end
  if x ~= x then return "nan" end
  if x - x ~= 0 then return x > 0 and "inf" or "-inf" end
  local digits, text = x ~= 0 and math.abs(x) < 0x1p-1022 and 1 or 15
  repeat
    text = ("%." .. digits .. "g"):format(x)
    digits = digits + 1
  until tonumber(text) == x
  text = text:gsub("[^%d%-+e]+", ".") -- the point of a locale
  return text:find "[.e]" and text or text .. ".0"
end

local short = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n",
  ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(c) return short[c] or ("\\u%04x"):format(c:byte()) end

--- Raises, naming the way to the value that cannot be written.
local function refuse(state, what)
  local path = "the value"
  for _, key in ipairs(state.path) do path = tree.path(path, key) end
  error(("json: %s %s"):format(path, what), 0)
end

local function quote(state, text)
  if not utf8.len(text) then refuse(state, "has a string that is not UTF-8") end
  return '"' .. text:gsub('[%z\1-\31\127"\\]', escape) .. '"'
end

--- The keys of an object in order, or nil for a list.
local function keys_of(state, t)
  local names, count, n = {}, 0, rawlen(t)
  for key in next, t do
    if type(key) == "string" then
      names[#names + 1] = key
    elseif math.type(key) == "integer" and key >= 1 and key <= n then
      count = count + 1
    else
      refuse(state, "has the key " .. core.show(key) .. ": neither a string nor of a list 1..n")
    end
  end
  if count > 0 and #names > 0 then refuse(state, "is a list and has names, too") end
  if count ~= n then refuse(state, "is a list with gaps") end
  if n > 0 or #names == 0 and marked[t] then return nil end
  table.sort(names)
  return names
end

local write -- by type of value

--- The parts of a list or an object t between its brackets.
local function write_table(state, t)
  local path, out = state.path, state.out
  if t == json.null then out[#out + 1] = "null" return end
  if state.open[t] then refuse(state, "contains itself") end
  if #path == DEPTH then refuse(state, ("lies deeper than %d levels"):format(DEPTH)) end
  local names = keys_of(state, t)
  local n, depth = names and #names or rawlen(t), #path + 1
  local line = state.indent and "\n" .. state.indent:rep(depth) or ""
  state.open[t] = true
  out[#out + 1] = names and "{" or "["
  for k = 1, n do
    local key = names and names[k] or k
    out[#out + 1] = (k > 1 and "," or "") .. line
    if names then out[#out + 1] = quote(state, key) .. (state.indent and ": " or ":") end
    path[depth] = key
    local item = rawget(t, key)
    local writer = write[type(item)]
    if not writer then refuse(state, "is " .. core.show(item) .. ", which JSON has no text for") end
    writer(state, item)
    path[depth] = nil
  end
  state.open[t] = nil
  if n > 0 and state.indent then out[#out + 1] = "\n" .. state.indent:rep(depth - 1) end
  out[#out + 1] = names and "}" or "]"
end

write = {
  table = write_table,
  string = function(state, v) state.out[#state.out + 1] = quote(state, v) end,
  boolean = function(state, v) state.out[#state.out + 1] = tostring(v) end,
  number = function(state, v)
    local text = json.number(v)
    state.out[#state.out + 1] = text:find "[nf]" and '"' .. text .. '"' or text
  end,
}

--- json.encode(value[, {indent=spaces}]) -> text: on one line, or with a line for each entry.
function json.encode(value, given)
  local wrong = options.wrong(given, { "indent" })
  local indent = given and not wrong and given.indent or nil
  if indent and not (math.type(indent) == "integer" and indent >= 0 and indent <= 16) then
    wrong = "indent must be a whole number from 0 to 16, got " .. core.show(indent)
  end
  if wrong then tree.fail("json.encode: %s", wrong) end
  local state = { out = {}, path = {}, open = {}, indent = indent and (" "):rep(indent) }
  local writer = write[type(value)]
  if not writer then refuse(state, "is " .. core.show(value) .. ", which JSON has no text for") end
  writer(state, value)
  return table.concat(state.out)
end

-- ---- reading ------------------------------------------------------------------------------------
-- Each reader gets the text and where its value begins, and returns the value and where the rest
-- begins.

--- Raises with line and column, in characters, of the position.
local function complain(text, at, what)
  local before = text:sub(1, at - 1)
  local _, breaks = before:gsub("\n", "")
  local line = before:match "[^\n]*$"
  error(("json: line %d, column %d: %s"):format(breaks + 1, (utf8.len(line) or #line) + 1, what), 0)
end

local function skip(text, at) return text:match("^[ \t\r\n]*()", at) end

--- What is there, for messages.
local function there(text, at)
  if at > #text then return "the end of the text" end
  local word = text:match("^[%w_.+-]+", at) or text:match("^" .. utf8.charpattern, at)
  return "'" .. (#word > 20 and word:sub(1, 20) .. "..." or word):gsub("%c", "?") .. "'"
end

local unescaped = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r",
  t = "\t" }

--- The character of the escape at its backslash. A pair of surrogates is one character.
local function read_escape(text, at)
  local c = text:sub(at + 1, at + 1)
  if unescaped[c] then return unescaped[c], at + 2 end
  local hex = text:match("^u(%x%x%x%x)", at + 1)
  if not hex then complain(text, at, "no such escape in a string") end
  local code = tonumber(hex, 16)
  if code < 0xd800 or code > 0xdfff then return utf8.char(code), at + 6 end
  local low = text:match("^\\u([dD][c-fC-F]%x%x)", at + 6)
  if code > 0xdbff or not low then complain(text, at, "half of a pair of surrogates") end
  return utf8.char(0x10000 + (code - 0xd800 << 10) + (tonumber(low, 16) - 0xdc00)), at + 12
end

local function read_string(text, start)
  local at, parts = start + 1, {}
  while true do
    local stop = text:find('[%z\1-\31"\\]', at)
    local c = stop and text:byte(stop)
    if not c then complain(text, start, "this string has no end") end
    parts[#parts + 1] = text:sub(at, stop - 1)
    if c == 34 then return table.concat(parts), stop + 1 end
    if c ~= 92 then complain(text, stop, "a control character in a string; write an escape") end
    parts[#parts + 1], at = read_escape(text, stop)
  end
end

local words = { ["true"] = true, ["false"] = false, null = json.null }

--- A number or one of the words.
local function read_word(text, start)
  local word, after = text:match("^([%w_.+-]+)()", start)
  if not word then complain(text, start, "a value should be here, not " .. there(text, start)) end
  if words[word] ~= nil then return words[word], after end
  local plain = word:match "^(.-)[eE][+-]?%d+$" or word
  local good = (plain:find "^-?%d+$" or plain:find "^-?%d+%.%d+$") and not plain:find "^-?0%d"
  local x = good and tonumber(word)
  if not x then complain(text, start, there(text, start) .. " is no value") end
  if x - x ~= 0 then complain(text, start, there(text, start) .. " is beyond the doubles") end
  return x, after
end

local read_value

--- After an entry: the position of the next, or nil and that after the closing bracket.
local function continue(text, at, close)
  at = skip(text, at)
  local c = text:sub(at, at)
  if c == "," then return skip(text, at + 1) end
  if c == close then return nil, at + 1 end
  complain(text, at, ("',' or '%s' should be here, not %s"):format(close, there(text, at)))
end

local function read_list(text, start, depth)
  local list, at = {}, skip(text, start + 1)
  if text:sub(at, at) == "]" then return json.list(list), at + 1 end
  local rest
  repeat
    list[#list + 1], rest = read_value(text, at, depth)
    at, rest = continue(text, rest, "]")
  until not at
  return list, rest
end

local function read_object(text, start, depth)
  local object, at = {}, skip(text, start + 1)
  if text:sub(at, at) == "}" then return object, at + 1 end
  local rest
  repeat
    if text:byte(at) ~= 34 then
      complain(text, at, "a key in quotes should be here, not " .. there(text, at))
    end
    local key, colon = read_string(text, at)
    if object[key] ~= nil then complain(text, at, "this key was there before") end
    colon = skip(text, colon)
    if text:sub(colon, colon) ~= ":" then
      complain(text, colon, "':' should be here, not " .. there(text, colon))
    end
    object[key], rest = read_value(text, skip(text, colon + 1), depth)
    at, rest = continue(text, rest, "}")
  until not at
  return object, rest
end

function read_value(text, at, depth)
  local c = text:byte(at)
  if c == 34 then return read_string(text, at) end
  if c ~= 91 and c ~= 123 then return read_word(text, at) end
  if depth == DEPTH then complain(text, at, ("deeper than %d levels"):format(DEPTH)) end
  if c == 91 then return read_list(text, at, depth + 1) end
  return read_object(text, at, depth + 1)
end

--- json.decode(text) -> value.
function json.decode(text)
  if type(text) ~= "string" then
    tree.fail("json.decode: the text must be a string, got %s", core.show(text))
  end
  local good, bad = utf8.len(text)
  if not good then complain(text, bad, "a byte that is not UTF-8") end
  local value, at = read_value(text, skip(text, 1), 0)
  at = skip(text, at)
  if at <= #text then complain(text, at, "after the value there is " .. there(text, at)) end
  return value
end

return json
