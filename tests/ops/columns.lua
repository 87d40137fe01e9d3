--- The column rules of the op table (include/saddle/op.h) against what happens: columns of
-- arguments are changed and swapped, and results must change as the rules say. "mixes" says
-- nothing.
--
-- A case (harness.lua) is traced for the ops that it applies, with the values that meet them.
local sd = require "saddle"
local tracing = require "saddle.core".tracing

local columns = {}

-- A column that is left alone is computed by the same operations on the same numbers, but where it
-- lies in a block decides which kernel does them: rounding of sums of at most a few dozen terms.
local TOLERANCE = 2 ^ -40

local function each_column(v) return type(v) == "number" and 1 or v.cols end

local function column(v, j) return type(v) == "number" and sd.matrix(v) or v:col(j) end

local function same(a, b)
  for k = 1, #a do
    local x, y = a(k), b(k)
    if not (x == y or x ~= x and y ~= y or math.abs(x - y) <= TOLERANCE * (1 + math.abs(x))) then
      return false
    end
  end
  return true
end

--- The results of node with these values, nil where they are refused (indices that do not exist).
local function results(node, values)
  local list = table.pack(pcall(tracing.apply, node.op, node, table.unpack(values)))
  return list[1] and table.move(list, 2, list.n, 1, {}) or nil
end

local function with(values, k, v)
  local out = table.move(values, 1, #values, 1, {})
  out[k] = v
  return out
end

--- v with column j replaced by a copy of column i, or halved where i is j.
local function changed(v, j, i)
  if type(v) == "number" then return v / 2 end
  local out = v:clone()
  out:col(j):copy_(i == j and v:col(j) / 2 or v:col(i))
  return out
end

local function swapped(v)
  if type(v) == "number" or v.cols < 2 then return v end
  local out = v:clone()
  out:col(1):copy_(v:col(v.cols))
  out:col(v.cols):copy_(v:col(1))
  return out
end

--- A change of column j of argument k shows in column j of results with as many columns alone.
local function check_aligned(node, values, k, before)
  local v, tried = values[k], 0
  for j = 1, each_column(v) do
    for i = 1, each_column(v) do
      local after = results(node, with(values, k, changed(v, j, i)))
      for r, old in ipairs(after and before or {}) do
        for c = 1, each_column(old) do
          assert(c == j and each_column(old) == each_column(v)
            or same(column(old, c), column(after[r], c)),
            ("%s: column %d of result %d depends on column %d of argument %d"):format(node.op, c, r,
              j, k))
        end
        tried = tried + 1
      end
    end
  end
  return tried
end

--- Swapping columns of what is aligned swaps those of the results, if nothing mixes: all columns
-- see the rest in the same way.
local function check_shared(node, values, before)
  local other, width = {}, nil
  for k, v in ipairs(values) do
    other[k] = v
    if node.columns[k] == "aligned" then other[k], width = swapped(v), each_column(v) end
  end
  local after = results(node, other)
  for r, old in ipairs(after or {}) do
    local expected = before[r]
    if width and each_column(expected) == width then expected = swapped(expected) end
    for c = 1, each_column(old) do
      assert(same(column(expected, width and c or 1), column(old, c)),
        ("%s: column %d of result %d is another function of the arguments"):format(node.op, c, r))
    end
  end
end

--- Checks all ops that f applies; counts them by name in `seen`. With `rule` all arguments are
-- taken to follow that one.
function columns.check(f, args, seen, rule)
  local g <close> = tracing.graph()
  local symbols = {}
  for k, x in ipairs(args) do symbols[k] = g:input(x) end
  f(table.unpack(symbols))
  for _, node in ipairs(g:nodes()) do
    local values = #node.args > 0 and tracing.plan(g, node.args):run(args) or {}
    local before, mixes = results(node, values), 0
    assert(before, node.op)
    for k in ipairs(node.columns) do
      node.columns[k] = rule or node.columns[k]
      if node.columns[k] == "mixes" then mixes = mixes + 1 end
      if node.columns[k] == "aligned" then
        seen[node.op] = (seen[node.op] or 0) + check_aligned(node, values, k, before)
      end
    end
    if mixes == 0 and #values > 0 then check_shared(node, values, before) end
  end
end

return columns
