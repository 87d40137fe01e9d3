-- Gaussian elimination without rounding: the integers stay exact, so the output is one and the same
-- on every machine.
local sd = require "saddle"

local A = sd.matrix{ { 1, 2, 3 }, { 2, 5, 8 }, { 3, 8, 14 } }
for k = 1, A.rows - 1 do
  for i = k + 1, A.rows do
    local factor = A(i, k) / A(k, k)
    A:row(i):sub_(factor * A:row(k))
  end
end
for i = 1, A.rows do
  local row = A:row(i):totable()[1]
  print(("%d %d %d"):format(row[1] // 1 | 0, row[2] // 1 | 0, row[3] // 1 | 0))
end
print(pcall(function() return A * sd.ones(2, 2) end))
