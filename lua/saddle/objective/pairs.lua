--- Pairs p < q of the numbers 1..n, in the order (1,2), (1,3), (2,3), (1,4), ...: the order of the
-- strict upper triangle of a matrix, column by column.
local sd = require "saddle"

local pairs_of = {}

--- The positions, column-major, of the pairs in an n x n matrix: a column; n >= 2.
function pairs_of.index(n)
  local list = {}
  for q = 2, n do
    for p = 1, q - 1 do list[#list + 1] = p + n * (q - 1) end
  end
  return sd.matrix(list)
end

return pairs_of
