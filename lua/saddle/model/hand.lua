--- Models whose functions are written in Lua, of ops and activations: what is checked of their
-- arguments, and their activations.
local sd = require "saddle"
local core = require "saddle.core"
local object = require "saddle.model.object"
local options = require "saddle.options"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local hand = {}

local function show(v) return tracing.issymbol(v) and tostring(v) or core.show(v) end

--- The sizes and options of a model of this name with exactly #size_names sizes.
function hand.sizes(name, size_names, given, option_names)
  local row = { name = name, sizes = table.concat(size_names, ", ") }
  local sizes, named = object.split(row, given, option_names)
  if #sizes ~= #size_names then
    fail("%s: needs sizes {%s}, got %d", name, row.sizes, #sizes)
  end
  return sizes, named
end

--- The numbers among the options `named` for entries of options.number, in their order.
function hand.numbers(name, named, entries)
  local own = {}
  for _, entry in ipairs(entries) do own[entry.name] = named[entry.name] end
  local values, wrong = options.numbers(own, entries)
  if not values then fail("%s: %s", name, wrong) end
  return table.unpack(values)
end

--- The activation v, one of sd.act, the name of one, or a function of matrices; and its name.
function hand.act(name, v)
  if type(v) == "string" then return sd.act[v], v end
  if tracing.callable(v) then
    return v, type(v) == "table" and type(rawget(v, "name")) == "string" and v.name or "a function"
  end
  fail("%s: act must be the name of an activation, one of sd.act or a function, got %s", name,
    show(v))
end

--- The dtype that is asked for, by default f64.
function hand.dtype(name, v)
  if v == nil then return "f64" end
  if v ~= "f64" and v ~= "f32" then
    fail("%s: dtype must be \"f64\" or \"f32\", got %s", name, show(v))
  end
  return v
end

--- Raises unless m columns of d elements can be orthonormal.
function hand.check_columns(name, d, m)
  if m > d then
    fail("%s: %d channels: orthonormal columns of %d elements are %d at most", name, m, d, d)
  end
end

--- Raises unless the tree p is like the template {spec=, rows=, cols=}, what init gives.
local function check_parameters(where, p, template)
  if type(p) ~= "table" then fail("%s: p must be a table of parameters, got %s", where, show(p)) end
  local leaves, spec = tree.flatten(p, where)
  if not rawequal(spec, template.fitting) then
    object.check_structure(where, spec, template.spec)
    template.fitting = spec -- the structure of the last call is mostly that of the next
  end
  for k, leaf in ipairs(leaves) do
    local rows, cols = 1, 1
    if tracing.kind(leaf) ~= "number" then rows, cols = leaf.rows, leaf.cols end
    if rows ~= template.rows[k] or cols ~= template.cols[k] then
      fail("%s: %s must be %dx%d, got %dx%d", where, tree.paths(spec, "p")[k], template.rows[k],
        template.cols[k], rows, cols)
    end
  end
end

--- {spec=, rows=, cols=} of parameters p, whose leaves are matrices.
local function template_of(p)
  local leaves, spec = tree.flatten(p)
  local t = { spec = spec, rows = {}, cols = {} }
  for k, leaf in ipairs(leaves) do t.rows[k], t.cols[k] = leaf.rows, leaf.cols end
  return t
end

--- A model of these fields, of init(rng) -> p, a tree of matrices, and of functions of (p, x) in
-- the table `functions`: x has `inputs` rows, and its columns are samples.
function hand.new(fields, init, functions)
  local name, inputs, template = fields.name, fields.inputs, nil
  fields.init = object.drawing(name .. ".init", init)
  local function like_init()
    if not template then
      local _ <close> = tracing.suspend() -- kept: values, never symbols
      template = template_of(fields.init(sd.rng(0)))
    end
    return template
  end
  for key, f in next, functions do
    local where = name .. "." .. key
    fields[key] = function(p, x, ...)
      check_parameters(where, p, like_init())
      if tracing.kind(x) ~= "matrix" or x.rows ~= inputs then
        fail("%s: x must have %d rows (its columns are samples), got %s", where, inputs,
          tracing.kind(x) == "matrix" and ("%dx%d"):format(x.rows, x.cols) or show(x))
      end
      return f(p, x, ...)
    end
  end
  return object.new(fields)
end

return hand
