--- What all models have in common: how their sizes are read, what is checked of their parameters,
-- that they draw from an rng, how they are printed.
local check = require "saddle.check"
local core = require "saddle.core"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local object = {}
local show = core.show

--- The sizes of `given`, a list of whole numbers, and its other keys, which are options with these
-- names. row has the model's name and the names of its sizes, "d, m".
function object.split(row, given, names)
  if type(given) ~= "table" then
    fail("%s: needs a table of sizes and options, %s{%s}, got %s", row.name, row.name, row.sizes,
      show(given))
  end
  local sizes, named = {}, {}
  for k, v in ipairs(given) do
    sizes[k] = check.whole(row.name, ("size %d of {%s}"):format(k, row.sizes), v, 1)
  end
  for key, v in next, given do
    if not (math.type(key) == "integer" and sizes[key]) then named[key] = v end
  end
  return sizes, check.options(row.name, named, names)
end

--- Raises where the structure of parameters p, of the spec `given`, is not that of `spec`.
function object.check_structure(name, given, spec)
  local at, how = tree.difference(given, spec, "p")
  if not at then return end
  how = how:gsub(" in the first", ""):gsub("is missing in the second", "is no parameter of it")
  how = how:gsub("in one", "in it"):gsub("in the other", "in what init gives")
  fail("%s: %s %s", name, at, how)
end

local meta = { __name = "model", __tostring = function(m) return m.text end }
function meta.__index(m, key)
  local names = {}
  for name in next, m do names[#names + 1] = name end
  table.sort(names)
  fail("model: %s has no field '%s' (it has %s)", m.text, type(key) == "string"
    and key:gsub("%c", "?") or show(key), table.concat(names, " "))
end

--- A model of these fields, `text` being what tostring says of it.
function object.new(fields) return setmetatable(fields, meta) end

--- build(traced rng) run on an rng: on a value by a plan of its own, which is not kept.
function object.drawing(name, build)
  return function(rng, ...)
    local isrng, traced = tracing.isrng(rng)
    if not isrng then fail("%s: argument 1 must be an rng, got %s", name, show(rng)) end
    if traced then return build(rng, ...) end
    local more = table.pack(...)
    return require "saddle.compile"(function(r)
      return build(r, table.unpack(more, 1, more.n))
    end)(rng)
  end
end

return object
