--- What a step changes of a state: the fields that it returns, checked against the state's leaves.
local core = require "saddle.core"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local changes = {}

--- "a number", "3x4 f32", "an rng", or what the value is.
function changes.describe(value)
  local kind = tree.kind(value)
  if kind == "number" then return "a number" end
  if kind == "rng" then return "an rng" end
  return kind and ("%dx%d %s"):format(value.rows, value.cols, value.dtype) or core.show(value)
end

--- `value` as the new value of `leaf`: of its type, but a 1x1 matrix may stand for a number and the
-- other way round.
local function fit(leaf, value, path)
  local is, was = changes.describe(value), changes.describe(leaf)
  if is == was then return value end
  if was == "a number" and is:find "^1x1 " then return value:item() end
  if is == "a number" and was:find "^1x1 " then
    local code = leaf.dtype == "f32" and 1 or 0
    return tracing.issymbol(value) and tracing.apply("to", { k = { code, 0 } }, value)
      or core.matrix(value):to(leaf.dtype)
  end
  fail("iterate: %s must stay %s, got %s", path, was, is)
end

local function unknown_field(path, key, index)
  local names = {}
  for name in pairs(index) do if type(name) == "string" then names[#names + 1] = name end end
  table.sort(names)
  local near = type(key) == "string" and core.nearest(key, names)
  fail("iterate: the step returns %s, which the state does not have%s", tree.path(path, key),
    near and (" (did you mean %s?)"):format(tree.path(path, near)) or "")
end

--- Calls visit(k, value, path) for each leaf that `changed` gives; `index` is the state with its
-- leaves' numbers k in their places.
local function each_change(index, changed, path, visit)
  if math.type(index) then return visit(index, changed, path) end
  if type(index) ~= "table" then
    if changed ~= index then
      fail("iterate: %s is %s; it is static and cannot change", path, core.show(index))
    end
    return
  end
  if type(changed) ~= "table" then
    fail("iterate: %s must stay a table, got %s", path, changes.describe(changed))
  end
  for key, value in pairs(changed) do
    if type(key) ~= "string" and math.type(key) ~= "integer" then
      fail("iterate: %s: keys are whole numbers or strings, got %s", path, core.show(key))
    end
    if index[key] == nil then unknown_field(path, key, index) end
    each_change(index[key], value, tree.path(path, key), visit)
  end
end

--- Leaf number -> new value, from what the step returned for a state with these leaves.
function changes.of(leaves, index, changed)
  if changed == nil then
    fail "iterate: the step must return the fields of the state that change, got nil"
  end
  local new = {}
  each_change(index, changed, "s", function(k, value, path)
    new[k] = fit(leaves[k], value, path)
  end)
  for k, leaf in ipairs(leaves) do -- draws have moved the state's rngs
    if tree.kind(leaf) == "rng" then new[k] = new[k] or leaf end
  end
  return new
end

--- The structure of the state with 1, 2, ... at its leaves, and the next number. (tree.unflatten
-- would freeze the numbers of frozen leaves.)
function changes.index(spec, at)
  at = at or 1
  if type(spec) == "string" then return at, at + 1 end
  if spec.keys == nil then return spec.static, at end
  local t = {}
  for k, key in ipairs(spec.keys) do t[key], at = changes.index(spec[k], at) end
  return t, at
end

return changes
