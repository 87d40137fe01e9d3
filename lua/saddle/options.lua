--- The checks that modules written in Lua make of a table of options, and their sentences. `names`
-- lists the known keys.
--
-- An entry describes a hyper-parameter, as the tables of the core do: {name=, default=, least=,
-- most=, open=, words=} (include/saddle/hyper.h).
local core = require "saddle.core"

local options = {}

--- The name that was meant by one that is not among names, or all there are.
function options.hint(name, names)
  local near = type(name) == "string" and core.nearest(name, names)
  return near and ("did you mean '%s'?"):format(near)
    or ("known: '%s'"):format(table.concat(names, "', '"))
end

--- What is wrong with the key that is not among names.
function options.unknown(key, names)
  if type(key) ~= "string" then return "options have names; there is an entry without one" end
  return ("unknown option '%s' (%s)"):format((key:gsub("%c", "?")), options.hint(key, names))
end

--- A sentence on what is wrong with `given` (a table or nil), or nil.
function options.wrong(given, names)
  if given == nil then return nil end
  if type(given) ~= "table" then return "options must be a table, got " .. core.show(given) end
  local meta = getmetatable(given)
  if meta ~= nil and (type(meta) ~= "table" or rawget(meta, "__index") ~= nil) then
    return "options must be a plain table, this one inherits from another"
  end
  local known = {}
  for _, name in ipairs(names) do known[name] = true end
  for key in pairs(given) do
    if not known[key] then return options.unknown(key, names) end
  end
end

-- ---- hyper-parameters ---------------------------------------------------------------------------

options.POSITIVE = 0x1p-1022 -- as `least`: the least normal number

--- The entry of a number in [least, most]: by default any.
function options.number(name, default, least, most)
  return { name = name, default = default, least = least or -math.huge, most = most or math.huge }
end

--- What a number of the entry must be, in words.
function options.demand(entry)
  if entry.most < math.huge then
    return ("a number in [%g, %g%s"):format(entry.least, entry.most, entry.open and ")" or "]")
  end
  return entry.least == options.POSITIVE and "a positive number"
    or entry.least > -math.huge and ("a finite number from %g"):format(entry.least)
    or "a finite number"
end

--- Whether v is a number that the entry allows.
function options.allows(entry, v)
  return type(v) == "number" and v - v == 0 and v >= entry.least
    and (v < entry.most or v == entry.most and not entry.open)
end

--- A sentence on what is wrong with v as a number of the entry, or nil.
function options.wrong_number(entry, v)
  if options.allows(entry, v) then return nil end
  return ("%s must be %s, got %s"):format(entry.name, options.demand(entry), core.show(v))
end

--- The numbers of a list of entries that `given` (a table or nil) has, or their defaults, in order;
-- or nil and a sentence.
function options.numbers(given, entries)
  local names, values = {}, {}
  for k, entry in ipairs(entries) do names[k] = entry.name end
  local wrong = options.wrong(given, names)
  for k, entry in ipairs(entries) do
    local v = given and not wrong and given[entry.name]
    if v == nil then v = entry.default end
    wrong = wrong or options.wrong_number(entry, v)
    values[k] = v
  end
  if wrong then return nil, wrong end
  return values
end

-- What else the words of a flag are called.
local flags = { [true] = "yes", [false] = "no", [1] = "yes", [0] = "no", ["true"] = "yes",
  ["false"] = "no" }

--- The word of the entry that v stands for; nil and what it must be.
function options.choose(entry, v)
  local words = entry.words
  local flag = words[1] == "no" and words[2] == "yes"
  if flag and flags[v] then v = flags[v] end
  for _, word in ipairs(words) do if v == word then return v end end
  return nil, flag and "true or false" or "'" .. table.concat(words, "' or '") .. "'"
end

return options
