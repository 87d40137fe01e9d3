--- Parameters of a script from its command line, as name=value: typed, documented, checked.
--
--   local p = sd.args(arg, {
--     { "k", { 5, 10, 20 }, "hidden widths" },      -- a list: k=16,32 or k=16..20
--     { "data", "gaussian", "gaussian, two-moons or a file" },
--     { "steps", 6000, "descent steps" } })
--
-- A value takes the type of its default: number, list of numbers, string or boolean. Numbers are
-- finite; { "mu", 1, "a step size", above = 0, to = 1 } and { "k", { 5 }, "widths", whole = true,
-- from = 1 } say which are allowed (of a list, each): from and to are themselves, above and below
-- are not; choices = { ... } lists them. An unknown name, a value that is not allowed or a word
-- without `=` is an error that names what is known; `--help` prints the parameters with their
-- defaults and ends the script. lua/saddle/points.lua says how lists are written. A script that is
-- run at many points is better an experiment (lua/saddle/experiment.lua).
local core = require "saddle.core"
local options = require "saddle.options"
local param = require "saddle.param"
local points = require "saddle.points"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local KEYS <const> = { "above", "below", "choices", "from", "to", "whole" }

--- The type of an entry with that default, or nil.
local function type_of(default, whole)
  local kind = type(default)
  if kind == "number" or kind == "table" then return whole and "integer" or "number" end
  return (kind == "string" or kind == "boolean") and kind or nil
end

--- The entries (lua/saddle/param.lua) of the parameters of sd.args; `list` marks those of lists.
local function entries_of(parameters)
  if type(parameters) ~= "table" then
    fail("args: the parameters must be a list, got %s", core.show(parameters))
  end
  local entries = {}
  for k, p in ipairs(parameters) do
    local kind = type(p) == "table" and type_of(p[2], p.whole)
    if not kind or type(p[1]) ~= "string" or type(p[3]) ~= "string" then
      fail("args: parameter %d must be {name, default, text}, the default a number, a list of " ..
        "numbers, a string or a boolean", k)
    end
    local limits = {}
    for key, v in pairs(p) do
      if type(key) == "string" then limits[key] = v end
    end
    local wrong = options.wrong(limits, KEYS)
    if not wrong then
      entries[k], wrong = param.limits({ name = p[1], default = p[2], text = p[3], type = kind,
        list = type(p[2]) == "table" }, limits)
    end
    if wrong then fail("args: parameter %s: %s", p[1], wrong) end
  end
  return entries
end

local function help(entries)
  print "parameters, as name=value:"
  for _, line in ipairs(param.table(entries)) do print(line) end
  os.exit(0, true)
end

--- sd.args(words, parameters) -> table name -> value. `words` is a list of strings such as `arg`;
-- `parameters` a list of {name, default, text[, whole=, from=, above=, to=, below=, choices=]}.
return function(words, parameters)
  if type(words) ~= "table" then
    fail("args: the words must be a list, got %s", core.show(words))
  end
  for k, word in ipairs(words) do
    if type(word) ~= "string" then
      fail("args: word %d must be a string, got %s", k, core.show(word))
    end
  end
  local entries = entries_of(parameters)
  for _, word in ipairs(words) do
    if word == "--help" or word == "-h" then help(entries) end
  end
  return param.at_script("args", points.one, entries, words)
end
