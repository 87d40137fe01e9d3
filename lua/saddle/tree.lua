--- Trees: parameters and states as nested tables, and what works on them leaf by leaf.
--
-- A leaf is a matrix, a number or an rng, or a symbol for one. Strings and booleans are static: a
-- part of the structure. A leaf alone is a tree. The order is the same everywhere: integer keys
-- ascending, then strings bytewise. A table that occurs in two places counts as two.
--
-- Trees made here carry a metatable with the operators + - * % / ^ and unary -, leaf by leaf (and
-- so do functions of one element such as sd.sqrt); an argument that is no table goes with every
-- leaf. Rngs are passed over, and so is a place where any argument has a frozen leaf (sd.frozen):
-- the result has the first frozen leaf there, unchanged. So p - lr*g keeps what is frozen in p, and
-- a gradient, whose leaf for a frozen parameter is that parameter, may be added to p as it is.
local core = require "saddle.core"
local tracing = core.tracing

local tree, meta = {}, {}

--- The chunk that calls this is one of saddle's own: errors and recorded ops are said to come from
-- whoever called it.
tree.module = tracing.module
tree.module()

--- Raises the message at the place of the script that called into these modules.
function tree.fail(format, ...)
  local message = select("#", ...) > 0 and format:format(...) or format
  error(tracing.place() .. message, 0)
end
local fail = tree.fail

-- ---- structure ----------------------------------------------------------------------------------
-- The spec of a leaf is its kind, "matrix", "number", "rng" or "frozen" (a matrix made by
-- sd.frozen); of a static {static = value}; of a table {keys = list, [k] = the spec at keys[k]}
-- (src/lua/flatten.c).

--- tree.kind(v) -> the kind of a leaf, or nil when the value is none.
tree.kind = tracing.leaf
local kind = tree.kind

local show = core.show

--- The path of what is at that key, in words: p.W, p[2], p["a b"].
function tree.path(path, key)
  if math.type(key) then return ("%s[%d]"):format(path, key) end
  return key:match "^[%a_][%w_]*$" and path .. "." .. key or ("%s[%q]"):format(path, key)
end
local path_to = tree.path

--- Whether a table is one that trees are made of: without a metatable of its own.
function tree.isplain(t)
  local mt = getmetatable(t)
  return mt == nil or mt == meta
end

--- tree.flatten(t[, name, ...]) -> list of leaves, spec. `name` is what errors call the tree, with
-- more arguments a format for them.
function tree.flatten(t, name, ...)
  local leaves, spec, keys = tracing.flatten(t)
  if leaves then return leaves, spec end
  local path = select("#", ...) > 0 and name:format(...) or name or "tree"
  for _, key in ipairs(keys) do path = path_to(path, key) end
  fail("%s%s", path, spec)
end

--- tree.unflatten(spec, leaves) -> tree, with operators; what was frozen is frozen again.
tree.unflatten = tracing.unflatten

--- tree.kinds(spec) -> the kinds of the leaves, in order: "matrix", "number", "rng" or "frozen".
tree.kinds = tracing.kinds

--- The paths of the leaves, in order.
function tree.paths(spec, name, list)
  list = list or {}
  if type(spec) == "string" then
    list[#list + 1] = name
  else
    for k, below in ipairs(spec) do tree.paths(below, path_to(name, spec.keys[k]), list) end
  end
  return list
end

local function sign(spec, leaves, at, out)
  if spec == "matrix" or spec == "frozen" then
    local A = leaves[at]
    out[#out + 1] = ("%s %dx%d %s"):format(spec, A.rows, A.cols, A.dtype)
    return at + 1
  elseif type(spec) == "string" then
    out[#out + 1] = spec
    return at + 1
  elseif spec.keys == nil then
    out[#out + 1] = type(spec.static) == "string" and ("%q"):format(spec.static)
      or tostring(spec.static)
    return at
  end
  out[#out + 1] = "{"
  for k, key in ipairs(spec.keys) do
    out[#out + 1] = math.type(key) and ("[%d]="):format(key) or ("[%q]="):format(key)
    at = sign(spec[k], leaves, at, out)
    out[#out + 1] = ","
  end
  out[#out + 1] = "}"
  return at
end

--- tree.key(spec, leaves) -> the signature: keys, shapes, dtypes, statics; of numbers no values.
function tree.key(spec, leaves)
  local out = {}
  sign(spec, leaves, 1, out)
  return table.concat(out)
end

--- tree.with(t, key, below) -> a tree like t with `below` at that key.
function tree.with(t, key, below)
  local copy = {}
  for name, own in next, t do copy[name] = own end
  copy[key] = below
  return setmetatable(copy, meta)
end

-- ---- leaf by leaf -------------------------------------------------------------------------------

local function same_keys(a, b)
  if #a ~= #b then return false end
  for k = 1, #a do if a[k] ~= b[k] then return false end end
  return true
end

local function is_number(spec) return spec == "number" or spec == "matrix" or spec == "frozen" end

--- Where two specs differ: a path and a sentence; nil when they fit.
local function difference(a, b, path)
  if tracing.alike(a, b) then return nil end
  if type(a) == "string" and type(b) == "string" then
    if is_number(a) ~= is_number(b) then
      return path, ("is %s in one and %s in the other"):format(a, b)
    end
  elseif type(a) == "string" or type(b) == "string" or not a.keys ~= not b.keys then
    local function name(s)
      return type(s) == "string" and "a " .. s or s.keys and "a table" or core.show(s.static)
    end
    return path, ("is %s in one and %s in the other"):format(name(a), name(b))
  elseif not a.keys then
    if a.static ~= b.static then
      return path, ("is %s in one and %s in the other"):format(core.show(a.static),
        core.show(b.static))
    end
  elseif not same_keys(a.keys, b.keys) then
    local has = {}
    for _, key in ipairs(b.keys) do has[key] = true end
    for _, key in ipairs(a.keys) do
      if not has[key] then return path_to(path, key), "is missing in the second" end
      has[key] = nil
    end
    return path_to(path, next(has)), "is missing in the first"
  else
    for k, key in ipairs(a.keys) do
      local at, what = difference(a[k], b[k], path_to(path, key))
      if at then return at, what end
    end
  end
end
tree.difference = difference

--- f on each leaf; `name` begins the messages.
local function map(name, f, ...)
  local n, lists, spec, kinds = select("#", ...), {}, nil, nil
  local given = { ... }
  for k = 1, n do
    if type(given[k]) == "table" then
      local leaves, other = tree.flatten(given[k], "%s: tree %d", name, k)
      lists[k] = leaves
      if spec then
        local at, what = difference(spec, other, "tree")
        if at then fail("%s: the structures differ: %s %s", name, at, what) end
        for j, what_there in ipairs(tree.kinds(other)) do
          if what_there == "frozen" and kinds[j] ~= "frozen" then kinds[j] = leaves[j] end
        end
      else
        spec, kinds = other, tree.kinds(other)
      end
    end
  end
  if not spec then return f(...) end
  local first = 1
  while not lists[first] do first = first + 1 end
  local out, args = {}, table.pack(...)
  for j, what in ipairs(kinds) do
    if what == "rng" or what == "frozen" then
      out[j] = lists[first][j]
    elseif type(what) ~= "string" then
      out[j] = what -- the frozen leaf of a later tree
    else
      for k, list in pairs(lists) do args[k] = list[j] end
      out[j] = f(table.unpack(args, 1, n))
    end
  end
  return tree.unflatten(spec, out)
end

--- sd.map(f, tree, ...) -> tree of f(leaf, ...): all trees of one structure, other arguments go
-- with every leaf. Rngs and frozen leaves stay as they are.
function tree.map(f, ...)
  if not tracing.callable(f) then
    fail("map: argument 1 must be a function, got %s", show(f))
  end
  if select("#", ...) == 0 then fail "map: needs a tree" end
  return map("map", f, ...)
end

local function operator(name, f)
  return function(a, b)
    for k = 1, 2 do
      local x
      if k == 1 then x = a else x = b end
      local what = type(x) == "table" and "tree" or kind(x)
      if what == nil or what == "rng" then
        fail("%s: argument %d must be a tree, a matrix or a number, got %s", name, k, show(x))
      end
    end
    return map(name, f, a, b)
  end
end
meta.__add = operator("+", function(a, b) return a + b end)
meta.__sub = operator("-", function(a, b) return a - b end)
meta.__mul = operator("*", function(a, b) return a * b end)
meta.__mod = operator("%", function(a, b)
  if type(a) == "number" and type(b) == "number" then return a * b end -- as for 1x1 matrices
  return a % b
end)
meta.__div = operator("/", function(a, b) return a / b end)
meta.__pow = operator("^", function(a, b) return a ^ b end)
meta.__unm = function(a) return map("-", function(x) return -x end, a) end
meta.__name = "tree"
meta.outline = true
meta.__tostring = function(t) return require("saddle.outline").text(t) end
tracing.trees(meta, function(f, ...) return map("tree", f, ...) end)

--- sd.frozen(A) or sd.frozen(tree): constant for derivatives and optimisers; numbers become 1x1.
function tree.frozen(t)
  if type(t) ~= "table" then return tracing.freeze(t) end
  local leaves, spec = tree.flatten(t, "frozen: tree")
  local function freeze(s)
    if s == "number" or s == "matrix" then return "frozen" end
    if type(s) == "string" or s.keys == nil then return s end
    local out = { keys = s.keys }
    for k, below in ipairs(s) do out[k] = freeze(below) end
    return out
  end
  return tree.unflatten(freeze(spec), leaves)
end

-- ---- as one column ------------------------------------------------------------------------------

local function to_number(x) return tracing.apply("to", { k = { 0, 1 } }, x) end

--- sd.ravel(tree) -> theta (n,1), unravel; unravel(theta) -> tree. Rngs and frozen leaves are no
-- part of theta; unravel puts them back.
function tree.ravel(t)
  local leaves, spec = tree.flatten(t, "ravel: tree")
  local kinds, columns, spans, size = tree.kinds(spec), {}, {}, 0
  for k, leaf in ipairs(leaves) do
    if is_number(kinds[k]) and kinds[k] ~= "frozen" then
      local number = kinds[k] == "number"
      local rows, cols = number and 1 or leaf.rows, number and 1 or leaf.cols
      columns[#columns + 1] = number and leaf or leaf:reshape(rows * cols, 1)
      spans[k] = { size + 1, size + rows * cols, rows, cols, number }
      size = size + rows * cols
    end
  end
  local function unravel(theta)
    if tracing.kind(theta) ~= "matrix" or theta.rows ~= size or theta.cols ~= 1 then
      fail("unravel: needs a column of %d elements, got %s", size, show(theta))
    end
    local out = {}
    for k, leaf in ipairs(leaves) do
      local s = spans[k]
      if s == nil then
        out[k] = leaf
      elseif s[5] then
        out[k] = to_number(theta:row(s[1]))
      else
        out[k] = theta:row(s[1], s[2]):reshape(s[3], s[4])
      end
    end
    return tree.unflatten(spec, out)
  end
  if #columns == 0 then return core.zeros(0, 1), unravel end
  return core.vcat(columns), unravel
end

-- ---- over all leaves ----------------------------------------------------------------------------

--- sd.norm(tree) -> number: the Euclidean norm over all leaves; it neither over- nor underflows on
-- the way. Rngs and frozen leaves are left out.
function tree.norm(t, ...)
  if select("#", ...) > 0 then fail "norm: of a tree takes no kind and no options" end
  local leaves, spec = tree.flatten(t, "norm: tree")
  local norms = {}
  for k, what in ipairs(tree.kinds(spec)) do
    if what == "number" then norms[#norms + 1] = leaves[k] end
    if what == "matrix" then norms[#norms + 1] = core.norm(leaves[k]) end
  end
  return #norms == 0 and 0.0 or core.norm(core.vcat(norms))
end

--- sd.dot(tree, tree) -> number: the sum of the leaves' dot products. Rngs and places where either
-- is frozen are left out.
function tree.dot(a, b, ...)
  if select("#", ...) > 0 then fail "dot: takes two trees" end
  local total = 0.0
  if type(b) ~= "table" then
    fail("dot: argument 2 must be a tree like the first, got %s", show(b))
  end
  map("dot", function(x, y)
    local one = tracing.kind(x) == "number" and tracing.kind(y) == "number"
    total = total + (one and x * y or core.dot(x, y))
    return x
  end, a, b)
  return total
end

return tree
