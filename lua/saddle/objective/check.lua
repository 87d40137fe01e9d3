--- What objectives check of their arguments. `where` is the name of the function, as in
-- "bilinear.best".
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local check = {}

--- x, which must be a matrix or a symbol for one.
function check.matrix(where, name, x)
  if tracing.kind(x) ~= "matrix" then
    fail("objective.%s: %s must be a matrix, got %s", where, name,
      core.show(x))
  end
  return x
end

--- Two matrices of the same shape.
function check.same(where, name, x, other, y)
  check.matrix(where, name, x)
  check.matrix(where, other, y)
  if x.rows ~= y.rows or x.cols ~= y.cols then
    fail("objective.%s: shapes differ: %s is %dx%d, %s is %dx%d", where, name, x.rows, x.cols,
      other, y.rows, y.cols)
  end
end

--- Raises unless matrix x has so many rows; `why` says what they are.
function check.rows(where, name, x, rows, why)
  check.matrix(where, name, x)
  if x.rows ~= rows then
    fail("objective.%s: %s is %dx%d, it needs %d rows%s", where, name, x.rows, x.cols, rows, why)
  end
end

--- v, which must be a number as the entry (options.number) says.
function check.number(where, entry, v)
  local wrong = options.wrong_number(entry, v)
  if wrong then fail("objective.%s: %s", where, wrong) end
  return v
end

--- The numbers that `given` (a table or nil) has for the entries, in their order.
function check.options(where, given, entries)
  local values, wrong = options.numbers(given, entries)
  if not values then fail("objective.%s: %s", where, wrong) end
  return table.unpack(values)
end

return check
