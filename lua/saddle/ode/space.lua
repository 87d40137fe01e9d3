--- The states of an ode as columns: numbers, matrices and trees are brought into one column, with
-- the path length below them when it is asked for.
local core = require "saddle.core"
local check = require "saddle.check"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local function check_leaves(leaves, kinds)
  local size = 0
  for k, leaf in ipairs(leaves) do
    check.no_symbol("ode", leaf, "sd.loop records a fixed number of steps")
    if kinds[k] == "matrix" then
      if leaf.dtype ~= "f64" then
        fail "ode: the state must be f64: the tolerances mean little in f32 (convert it with :to)"
      end
      size = size + #leaf
    elseif kinds[k] == "number" then
      size = size + 1
    end
  end
  if size == 0 then fail "ode: the state has no elements" end
  return size
end

--- Puts one leaf of what the function returned, v, which is for a leaf `like` of the state, into
-- column j of K from row `row` on; -> the row after it.
local function put(v, like, K, row, j)
  check.no_symbol("ode", v, "the function must return values")
  local rows, cols = 1, 1
  if type(like) ~= "number" then rows, cols = like.rows, like.cols end
  if type(v) == "number" and rows * cols == 1 then
    K:set(row, j, v)
  elseif not core.ismatrix(v) or v.rows ~= rows or v.cols ~= cols then
    fail("ode: the function must return the derivative of the state, here %s, it returned %s",
      type(like) == "number" and "a number" or ("%dx%d"):format(rows, cols), core.show(v))
  else
    v = v.dtype == "f64" and v or v:to "f64"
    K:block(row, j, rows * cols, 1):copy_(cols == 1 and v or v:reshape(rows * cols, 1))
  end
  return row + rows * cols
end

--- The writer for states with these leaves: write(v, K, j) puts what the function returned into
-- column j of K.
local function writer(leaves, spec, kinds)
  if type(spec) == "string" then
    return function(v, K, j) put(v, leaves[1], K, 1, j) end
  end
  return function(v, K, j)
    local list, other = tree.flatten(v, "ode: what the function returns")
    local at, how = tree.difference(spec, other, "it")
    if at then
      how = how:gsub("in one", "in the state"):gsub("in the other", "there")
      how = how:gsub("in the second", "there"):gsub("in the first", "in the state")
      fail("ode: what the function returns is not like the state: %s %s", at, how)
    end
    local row = 1
    for k, leaf in ipairs(list) do
      if kinds[k] == "number" or kinds[k] == "matrix" then row = put(leaf, leaves[k], K, row, j) end
    end
  end
end

--- space(y0, path_length) -> {size = n, length = whether there is one, column = whether y0 is a
-- column or a number, start = the first column (n or n + 1 rows), values(c) = the n elements,
-- read(c) = the state, write(v, K, j)}
return function(y0, path_length)
  path_length = check.flag("ode", "option 'path_length'", path_length)
  local leaves, spec = tree.flatten(y0, "ode: the state")
  local kinds = tree.kinds(spec)
  local n = check_leaves(leaves, kinds)
  local theta, unravel = tree.ravel(y0)
  if core.min(core.isfinite(theta)) == 0 then fail "ode: the state y0 must be finite" end
  local single = type(spec) == "string"
  local shape = { size = n, length = path_length or false,
    column = single and (type(y0) == "number" or y0.cols == 1) }
  shape.start = path_length and core.vcat(theta, core.zeros(1, 1)) or theta
  function shape.values(c) return path_length and c:block(1, 1, n, 1) or c end
  function shape.read(c)
    if type(y0) == "number" then return c(1) end
    c = shape.values(c):clone()
    return shape.column and c or unravel(c)
  end
  local write = writer(leaves, spec, kinds)
  function shape.write(v, K, j)
    write(v, K, j)
    if path_length then K:set(n + 1, j, core.norm(K:block(1, j, n, 1))) end
  end
  return shape
end
