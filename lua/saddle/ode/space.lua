--- The states of an ode as columns: numbers, matrices and trees are brought into one column, with
-- the path length below them when it is asked for.
local core = require "saddle.core"
local numbers = require "saddle.numbers"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local function check_leaves(leaves, kinds)
  local size = 0
  for k, leaf in ipairs(leaves) do
    numbers.no_symbol("ode", leaf, "sd.loop records a fixed number of steps")
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

--- The writer of trees like the one with these leaves: write(v, K, j) puts what f returned into
-- column j of K.
local function writer(leaves, spec, kinds)
  return function(v, K, j)
    local list, other = tree.flatten(v, "ode: what the function returns")
    local at, how = tree.difference(spec, other, "it")
    if at then
      fail("ode: what the function returns is not like the state: %s %s", at,
        how:gsub("in one", "in the state"):gsub("in the other", "there")
          :gsub("in the second", "there"):gsub("in the first", "in the state"))
    end
    local row = 1
    for k, leaf in ipairs(list) do
      if kinds[k] == "number" or kinds[k] == "matrix" then
        numbers.no_symbol("ode", leaf, "the function must return values")
        local n = kinds[k] == "number" and 1 or #leaves[k]
        if kinds[k] == "number" and type(leaf) == "number" then
          K:set(row, j, leaf)
        else
          local like = leaves[k]
          local rows, cols = n == 1 and 1 or like.rows, n == 1 and 1 or like.cols
          if type(leaf) == "number" then leaf = core.full(1, 1, leaf) end
          if leaf.rows ~= rows or leaf.cols ~= cols then
            fail("ode: the derivative of a %dx%d matrix is one, the function returned %s", rows,
              cols, numbers.show(leaf))
          end
          K:block(row, j, n, 1):copy_((cols == 1 and leaf or leaf:reshape(n, 1)):to "f64")
        end
        row = row + n
      end
    end
  end
end

--- space(y0, path_length) -> {size = n, length = whether there is one, column = whether y0 is a
-- column or a number, start = the first column (n or n + 1 rows), values(c) = the n elements,
-- read(c) = the state, write(v, K, j)}
return function(y0, path_length)
  if path_length ~= nil and type(path_length) ~= "boolean" then
    fail("ode: path_length must be true or false, got %s", numbers.show(path_length))
  end
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
    c = shape.values(c):clone()
    return single and shape.column and type(y0) ~= "number" and c or unravel(c)
  end
  local write = writer(leaves, spec, kinds)
  function shape.write(v, K, j)
    write(v, K, j)
    if path_length then K:set(n + 1, j, core.norm(K:block(1, j, n, 1))) end
  end
  return shape
end
