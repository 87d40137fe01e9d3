--- index(n): the positions, column-major, of the pairs p < q of 1..n in an n x n matrix, n >= 2: a
-- column in the order (1,2), (1,3), (2,3), (1,4), ..., that of the strict upper triangle, column by
-- column.
local sd = require "saddle"

return function(n)
  local list = {}
  for q = 2, n do
    for p = 1, q - 1 do list[#list + 1] = p + n * (q - 1) end
  end
  return sd.matrix(list)
end
