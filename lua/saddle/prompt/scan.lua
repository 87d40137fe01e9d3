--- The words of a Lua text, for what the prompt must know before it compiles: which locals a
-- statement declares, whether it ends in `;`, what stands left of the cursor. The text need not be
-- complete or right: what is no word of Lua is a symbol.
--
--   scan(text) -> list of { kind, text, at }, open
--
-- kind is "name", "keyword", "number", "string" or "symbol"; comments are left out. `open` is what
-- the text ends in the middle of: nil, "comment", or "string", which then is the last of the list.

_ENV = require "saddle.env".globals
local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do KEYWORDS[word] = true end

local NUMBERS <const> = { "^0[xX][%x.]+[pP][+-]?%d+", "^0[xX][%x.]+", "^%.?%d[%d.]*[eE][+-]?%d+",
  "^%.?%d[%d.]*" }
local SYMBOLS <const> = { "^%.%.%.?", "^::", "^[=~<>]=", "^." }

local function first(text, at, patterns)
  for _, pattern in ipairs(patterns) do
    local found = text:match(pattern, at)
    if found then return found end
  end
end

--- The last byte of a string in quotes that starts there; nil when it has no end in its line.
local function quoted_end(text, at)
  local quote, k = text:sub(at, at), at + 1
  while true do
    local stop = text:find("[\\\n" .. quote .. "]", k)
    local what = stop and text:sub(stop, stop)
    if what == quote then return stop end
    if what ~= "\\" then return nil end
    k = stop + 2
  end
end

--- The last byte of a long string or comment whose bracket starts there: nil when there is no such
-- bracket, false when it is not closed.
local function long_end(text, at)
  local level = text:match("^%[(=*)%[", at)
  if not level then return nil end
  local _, stop = text:find("]" .. level .. "]", at, true)
  return stop or false
end

return function(text)
  local words, at = {}, 1
  local function add(kind, last)
    words[#words + 1] = { kind = kind, text = text:sub(at, last), at = at }
    at = last + 1
  end
  while true do
    at = text:find("%S", at)
    if not at then return words end
    if text:find("^%-%-", at) then
      local stop = long_end(text, at + 2)
      if stop == nil then stop = text:find("\n", at, true) end
      if not stop then return words, "comment" end
      at = stop + 1
    elseif text:find("^['\"]", at) or text:find("^%[=*%[", at) then
      local stop = long_end(text, at)
      if stop == nil then stop = quoted_end(text, at) end
      add("string", stop or #text)
      if not stop then return words, "string" end
    else
      local name, number = text:match("^[%a_][%w_]*", at), first(text, at, NUMBERS)
      if name then
        add(KEYWORDS[name] and "keyword" or "name", at + #name - 1)
      elseif number then
        add("number", at + #number - 1)
      else
        add("symbol", at + #first(text, at, SYMBOLS) - 1)
      end
    end
  end
end
