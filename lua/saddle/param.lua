--- Parameters of a script: their names, types, defaults, and the values that they allow.
--
--   params = { d = sd.param(1000, "dimension", { from = 1 }), gamma = 0.05, optim = "adam" }
--
-- An entry is {name=, default=, text=, type=, from=, above=, to=, below=, choices=}. The type is
-- that of the default: "integer" (whole numbers alone), "real" (finite floats; 1 becomes 1.0),
-- "string" or "boolean"; "number", a finite number as it was written, is for sd.args alone. Limits
-- and choices hold for the default, for sweeps and on the command line alike.
--
-- Of a claim, entries that not all cases have are `optional`, too: a point may lack them.
--
-- Every script has a `seed`, of which p.rng is made, whether it declares one or not.
--
-- Functions that check return nil and a sentence when something is wrong: who calls knows whether
-- a line of a script or a word of the command line is to blame.
local core = require "saddle.core"
local json = require "saddle.json"
local options = require "saddle.options"
local tree = require "saddle.tree"
tree.module()

local param = {}

local LIMITS <const> = { "above", "below", "choices", "from", "to" }
local Param = {} -- metatable of what sd.param returns: an entry that waits for its name

--- What cannot be the name of a parameter: p.rng is the generator, `broken` names a claim's twin,
-- and `expect` the verdict that one of its alternatives should come to.
local RESERVED <const> = { rng = true, broken = true, expect = true }

--- param.at_script(where, f, ...) -> what f(...) returns. An error of it, a sentence, becomes one
-- at the line of the script that called, and begins with `where`.
function param.at_script(where, f, ...)
  local ok, result = pcall(f, ...)
  if not ok then tree.fail("%s: %s", where, result) end
  return result
end

-- ---- texts --------------------------------------------------------------------------------------

--- A text from outside as messages show it: in quotes, on one line, not too long.
function param.quote(text)
  text = text:gsub("%c", "?")
  return "'" .. (#text > 60 and text:sub(1, 57) .. "..." or text) .. "'"
end
local quote = param.quote

--- A value as the command line takes it: numbers with the digits that read back exactly.
function param.text(value)
  return type(value) == "number" and json.number(value) or tostring(value)
end

local NOUNS <const> = { integer = "a whole number", real = "a number", number = "a number",
  string = "a word", boolean = "true or false" }

--- What a value of the entry must be, in words.
function param.demand(entry)
  if entry.choices then
    local list = {}
    for k, choice in ipairs(entry.choices) do
      list[k] = type(choice) == "string" and quote(choice) or param.text(choice)
    end
    local last = table.remove(list)
    return #list > 0 and table.concat(list, ", ") .. " or " .. last or last
  end
  local words = { NOUNS[entry.type] }
  for _, limit in ipairs { "from", "above", "to", "below" } do
    if entry[limit] then words[#words + 1] = limit .. " " .. param.text(entry[limit]) end
  end
  return table.concat(words, " ")
end

-- ---- values -------------------------------------------------------------------------------------

local function finite(v) return type(v) == "number" and v - v == 0 end

--- Of a type: what a value becomes, or nil.
local convert = {
  integer = function(v) return finite(v) and math.tointeger(v) or nil end,
  real = function(v) return finite(v) and v + 0.0 or nil end, -- also -0.0 becomes 0.0
  number = function(v) return finite(v) and (math.tointeger(v) or v) or nil end,
  string = function(v) return type(v) == "string" and utf8.len(v) and v or nil end,
  boolean = function(v) if type(v) == "boolean" then return v end end,
}

local function allowed(entry, v)
  if entry.from and v < entry.from or entry.above and v <= entry.above
    or entry.to and v > entry.to or entry.below and v >= entry.below then
    return false
  end
  for _, choice in ipairs(entry.choices or {}) do
    if v == choice then return true end
  end
  return entry.choices == nil
end

local function checked(entry, v, shown)
  local value = convert[entry.type](v)
  if value ~= nil and allowed(entry, value) then return value end
  local hint = type(v) == "string" and not utf8.len(v) and " (this is not UTF-8)" or ""
  if value == nil and entry.declared and entry.type == "integer" and finite(v) then
    hint = (" (its default is whole; write %d.0 for a real parameter)"):format(entry.default)
  end
  return nil, ("%s must be %s, got %s%s"):format(entry.name, param.demand(entry), shown, hint)
end

--- param.value(entry, v) -> v as a value of the entry's type; or nil and a sentence.
function param.value(entry, v) return checked(entry, v, core.show(v)) end

local flags = { ["true"] = true, ["false"] = false }

--- param.parse(entry, text) -> the value that the text means; or nil and a sentence. Of a string
-- parameter the whole text is the value.
function param.parse(entry, text)
  local v = text
  if entry.type == "boolean" then v = flags[text] elseif entry.type ~= "string" then
    v = tonumber(text)
  end
  return checked(entry, v, quote(text))
end

-- ---- entries ------------------------------------------------------------------------------------

--- What is wrong with the limits of an entry, or nil.
local function wrong_limits(entry)
  local numeric = entry.type ~= "string" and entry.type ~= "boolean"
  for _, limit in ipairs { "from", "above", "to", "below" } do
    local v = entry[limit]
    if v ~= nil and not numeric then return ("'%s' is for numbers"):format(limit) end
    if v ~= nil and not finite(v) then
      return ("'%s' must be a finite number, got %s"):format(limit, core.show(v))
    end
  end
  if entry.choices == nil then return nil end
  if type(entry.choices) ~= "table" or #entry.choices == 0 then
    return "'choices' must be a list of values, got " .. core.show(entry.choices)
  end
  local list = {}
  for k, choice in ipairs(entry.choices) do
    list[k] = convert[entry.type](choice)
    if list[k] == nil then
      return ("choice %d must be %s, got %s"):format(k, NOUNS[entry.type], core.show(choice))
    end
  end
  entry.choices = list
end

--- param.limits(entry, given) -> entry with the limits and choices of a table; or nil and a
-- sentence. The default, or each of a list of them, is checked.
function param.limits(entry, given)
  for _, limit in ipairs(LIMITS) do entry[limit] = given[limit] end
  local wrong = wrong_limits(entry)
  if wrong then return nil, wrong end
  local list, many, name = {}, type(entry.default) == "table", entry.name
  entry.name = "the default"
  for k, default in ipairs(many and entry.default or { entry.default }) do
    list[k], wrong = param.value(entry, default)
    if wrong then return nil, wrong end
  end
  entry.default, entry.name = many and list or list[1], name
  return entry
end

--- The type of an entry with that default, or nil.
local function type_of(default)
  local kind = math.type(default) or type(default)
  return kind == "float" and "real" or convert[kind] and kind or nil
end

--- An entry without a name; or nil and a sentence.
local function make(default, text, given)
  local entry = { default = default, text = text, type = type_of(default), declared = true }
  if type(default) == "string" and not utf8.len(default) then
    return nil, "the default must be UTF-8, got " .. core.show(default)
  elseif not entry.type then
    return nil, "the default must be a number, a string or a boolean, got " .. core.show(default)
  end
  if text ~= nil and not (type(text) == "string" and utf8.len(text)) then
    return nil, "the text must be a string, got " .. core.show(text)
  end
  local wrong = options.wrong(given, LIMITS)
  if wrong then return nil, wrong end
  return param.limits(entry, given or {})
end

--- sd.param(default[, text[, {from=, above=, to=, below=, choices={...}}]]) -> an entry of
-- `params=`: from and to are allowed themselves, above and below are not.
function param.param(default, text, given)
  local entry, wrong = make(default, text, given)
  if not entry then tree.fail("param: %s", wrong) end
  return setmetatable(entry, Param)
end

--- What is wrong with the name of a parameter, or nil.
local function wrong_name(name)
  if type(name) ~= "string" then
    return "parameters have names; there is an entry with the key " .. core.show(name)
  end
  if not name:find "^[%a_][%w_]*$" then
    return quote(name) .. " is no name of a parameter: letters, digits and _ make one"
  end
  if RESERVED[name] then return quote(name) .. " cannot be a parameter: the name is taken" end
end

local function before(a, b)
  if (a.name == "seed") ~= (b.name == "seed") then return b.name == "seed" end
  return a.name < b.name
end

--- param.entries(params) -> the entries of a table of defaults and of what sd.param makes, bytewise
-- by name and `seed` last; or nil and a sentence.
function param.entries(params)
  if type(params) ~= "table" then
    return nil, "params must be a table, got " .. core.show(params)
  end
  local entries, seeded = {}, false
  for name, value in pairs(params) do
    local wrong, entry = wrong_name(name), value
    if wrong then return nil, wrong end
    if getmetatable(value) ~= Param then entry, wrong = make(value) end
    if wrong then return nil, ("parameter %s: %s"):format(name, wrong) end
    local named = {}
    for key, field in pairs(entry) do named[key] = field end
    named.name, seeded = name, seeded or name == "seed"
    entries[#entries + 1] = named
  end
  if not seeded then
    entries[#entries + 1] = { name = "seed", default = 1, text = "seed of p.rng", type = "integer",
      from = 0 }
  end
  table.sort(entries, before)
  if entries[#entries].type ~= "integer" then
    return nil, "parameter seed: the default must be a whole number"
  end
  return entries
end

--- param.unknown(name, names) -> the sentence on a name that is not among them.
function param.unknown(name, names)
  local near = core.nearest(name, names)
  return ("unknown parameter %s%s; known: %s"):format(quote(name),
    near and (" (did you mean '%s'?)"):format(near) or "", table.concat(names, ", "))
end

--- param.find(entries, name) -> the entry of that name; or nil and a sentence.
function param.find(entries, name)
  local names = {}
  for k, entry in ipairs(entries) do
    if entry.name == name then return entry end
    names[k] = entry.name
  end
  return nil, param.unknown(name, names)
end

--- param.word(entries, word) -> entry, text of a word "name=text"; or nil and a sentence.
function param.word(entries, word)
  local name, text = word:match "^([%w_]+)=(.*)$"
  if not name then return nil, quote(word) .. " is not of the form name=value" end
  local entry, wrong = param.find(entries, name)
  return entry, wrong or text
end

local WIDEST <const> = 24 -- cell that a column of the table makes room for

--- param.table(entries) -> a line for each parameter: name, default, what it must be, text.
function param.table(entries)
  local rows, widths, lines = {}, { 0, 0, 0 }, {}
  for k, entry in ipairs(entries) do
    local list = type(entry.default) == "table" and entry.default or { entry.default }
    local shown = {}
    for j, v in ipairs(list) do shown[j] = param.text(v) end
    rows[k] = { entry.name, table.concat(shown, ","), param.demand(entry), entry.text or "" }
    for c, width in ipairs(widths) do
      local cell = #rows[k][c]
      widths[c] = cell <= WIDEST and math.max(width, cell) or width -- others move their own line
    end
  end
  for k, row in ipairs(rows) do
    for c, width in ipairs(widths) do row[c] = row[c] .. (" "):rep(width - #row[c]) end
    lines[k] = ("  " .. table.concat(row, "  ")):gsub(" +$", "")
  end
  return lines
end

return param
