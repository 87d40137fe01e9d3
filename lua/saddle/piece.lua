--- The piece of a line that a number is in, by bisection.

--- For ascending marks x1 < ... < xn, n >= 2: the k from 1 to n - 1 with x_k <= x < x_k+1; 1 below
-- all and for NaN, n - 1 from x_n on.
return function(marks, x)
  local lo, hi = 1, #marks
  while hi - lo > 1 do
    local middle = (lo + hi) // 2
    if x >= marks[middle] then lo = middle else hi = middle end
  end
  return lo
end
