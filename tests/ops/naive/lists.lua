--- Lists of rows, and lists of numbers: what naive functions are written in.
local lists = {}

--- A number as a 1x1 list of rows.
function lists.rows(x) return type(x) == "number" and { { x } } or x end

--- m rows of f(i, j), j = 1..n.
function lists.build(m, n, f)
  local out = {}
  for i = 1, m do
    out[i] = {}
    for j = 1, n do out[i][j] = f(i, j) end
  end
  return out
end

--- The sum of a list, or of f of its elements.
function lists.total(line, f)
  local s = 0
  for _, x in ipairs(line) do s = s + (f and f(x) or x) end
  return s
end

return lists
