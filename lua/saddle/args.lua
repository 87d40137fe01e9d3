--- Parameters of a script from its command line, as name=value: typed, documented, checked.
--
--   local p = sd.args(arg, {
--     { "k", { 5, 10, 20 }, "hidden widths" },      -- a list: k=16,32
--     { "data", "gaussian", "gaussian, two-moons or a file" },
--     { "steps", 6000, "descent steps" } })
--
-- A value takes the type of its default: number, list of numbers, string or boolean. Numbers are
-- finite; { "mu", 1, "a step size", above = 0, to = 1 } and { "k", { 5 }, "widths", whole = true,
-- from = 1 } say which are allowed (of a list, each). An unknown name, a value that is not allowed
-- or a word without `=` is an error that names what is known; `--help` prints the parameters with
-- their defaults and ends the script.
local core = require "saddle.core"

--- Text as messages show it.
local function line(text) return (text:gsub("%c", "?")) end

local function number(text)
  local value = tonumber(text)
  if value and value - value == 0 then return math.tointeger(value) or value end
end

local function list(text)
  local values = {}
  for item in (text .. ","):gmatch "([^,]*)," do
    values[#values + 1] = number(item)
    if not number(item) then return nil end
  end
  return values
end

local parsers = {
  number = { number, "a number" },
  table = { list, "a list of numbers such as 16,32,64" },
  string = { function(text) return text end, "a word" },
  boolean = { function(text) return ({ ["true"] = true, ["false"] = false })[text] end,
    "true or false" },
}

--- Whether a number, or each of a list, is what the parameter allows.
local function allowed(parameter, value)
  for _, x in ipairs(type(value) == "table" and value or { value }) do
    if parameter.whole and math.type(x) ~= "integer" then return false end
    if parameter.from and x < parameter.from or parameter.above and x <= parameter.above
      or parameter.to and x > parameter.to then
      return false
    end
  end
  return true
end

--- What `allowed` demands, in words.
local function demand(parameter)
  local words = parameter.whole and "a whole number" or "a number"
  for _, limit in ipairs { "from", "above", "to" } do
    if parameter[limit] then words = ("%s %s %g"):format(words, limit, parameter[limit]) end
  end
  return type(parameter[2]) == "table" and "a list, each " .. words or words
end

local function show(value)
  return type(value) == "table" and table.concat(value, ",") or tostring(value)
end

local function help(parameters)
  print "parameters, as name=value:"
  for _, parameter in ipairs(parameters) do
    print(("  %-10s %s (default %s)"):format(parameter[1], parameter[3], show(parameter[2])))
  end
  os.exit(0, true)
end

--- Raises unless the arguments of sd.args are what it says below.
local function check(words, parameters)
  if type(words) ~= "table" then
    error("args: the words must be a list, got " .. core.show(words), 3)
  end
  for k, word in ipairs(words) do
    if type(word) ~= "string" then
      error(("args: word %d must be a string, got %s"):format(k, core.show(word)), 3)
    end
  end
  if type(parameters) ~= "table" then
    error("args: the parameters must be a list, got " .. core.show(parameters), 3)
  end
  for k, p in ipairs(parameters) do
    if type(p) ~= "table" or type(p[1]) ~= "string" or not parsers[type(p[2])]
      or type(p[3]) ~= "string" then
      error(("args: parameter %d must be {name, default, text}, the default a number, a list of " ..
        "numbers, a string or a boolean"):format(k), 3)
    end
  end
end

--- sd.args(words, parameters) -> table name -> value. `words` is a list of strings such as `arg`;
-- `parameters` a list of {name, default, text[, whole=, from=, above=, to=]}.
return function(words, parameters)
  check(words, parameters)
  local values, known, names = {}, {}, {}
  for _, parameter in ipairs(parameters) do
    local name, default = parameter[1], parameter[2]
    values[name], known[name] = default, parameter
    names[#names + 1] = name
  end
  for _, word in ipairs(words) do
    if word == "--help" or word == "-h" then help(parameters) end
    local name, text = word:match "^([%w_]+)=(.*)$"
    if not name then error(("args: '%s' is not of the form name=value"):format(line(word)), 2) end
    local parameter = known[name]
    if not parameter then
      local near = core.nearest(name, names)
      error(("args: unknown parameter '%s'%s; known: %s"):format(name,
        near and (" (did you mean '%s'?)"):format(near) or "", table.concat(names, ", ")), 2)
    end
    local parse, what = table.unpack(parsers[type(parameter[2])])
    values[name] = parse(text)
    if values[name] == nil then
      error(("args: %s must be %s, got '%s'"):format(name, what, line(text)), 2)
    end
    if not allowed(parameter, values[name]) then
      error(("args: %s must be %s, got '%s'"):format(name, demand(parameter), line(text)), 2)
    end
  end
  return values
end
