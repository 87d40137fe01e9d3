--- gather, scatter_add, one_hot: elements, rows and columns by number.
local sd = require "saddle"
local tracing = require "saddle.core".tracing
local lists = require "tests.ops.naive.lists"
local build, rows_of = lists.build, lists.rows

local function constant(rows) return function() return sd.matrix(rows) end end
local function number(v) return function() return v end end
local function empty(m, n) return function() return sd.zeros(m, n) end end

-- ---- plain loops -------------------------------------------------------------------------------

local function size(x) return #x, x[1] and #x[1] or 0 end

--- The indices in column-major order.
local function list(idx)
  local x, out = rows_of(idx), {}
  local m, n = size(x)
  for j = 1, n do for i = 1, m do out[#out + 1] = x[i][j] end end
  return out
end

local function from_end(k, n) return k < 0 and n + 1 + k or k end

--- Row and column of the column-major position k in m x n.
local function place(k, m, n)
  k = from_end(k, m * n)
  return (k - 1) % m + 1, (k - 1) // m + 1
end

local function naive_elements(x, idx)
  x = rows_of(x)
  local m, n = size(x)
  local v = rows_of(idx)
  return build(#v, v[1] and #v[1] or 0, function(i, j)
    local r, c = place(v[i][j], m, n)
    return x[math.tointeger(r)][math.tointeger(c)]
  end)
end

local function naive_columns(x, idx)
  local m, n = size(x)
  local v = list(idx)
  return build(m, #v, function(i, j) return x[i][from_end(v[j], n)] end)
end

local function naive_rows(x, idx)
  local m, n = size(x)
  local v = list(idx)
  return build(#v, n, function(i, j) return x[from_end(v[i], m)][j] end)
end

local function naive_scatter(dim)
  return function(x, idx, b)
    x = rows_of(x)
    local m, n = size(x)
    local out = build(m, n, function(i, j) return x[i][j] end)
    local rows = rows_of(b)
    local one = #rows == 1 and #rows[1] == 1
    local function entry(i, j) return one and rows[1][1] or rows[i][j] end
    if dim == 0 then
      local v = rows_of(idx)
      for j = 1, v[1] and #v[1] or 0 do
        for i = 1, #v do
          local r, c = place(v[i][j], m, n)
          out[r][c] = out[r][c] + entry(i, j)
        end
      end
    else
      for k, at in ipairs(list(idx)) do
        for q = 1, dim == 1 and n or m do
          local r = dim == 1 and from_end(at, m) or q
          local c = dim == 1 and q or from_end(at, n)
          out[r][c] = out[r][c] + (dim == 1 and entry(k, q) or entry(q, k))
        end
      end
    end
    return out
  end
end

local function product(a, b)
  return build(#a, b[1] and #b[1] or 0, function(i, j)
    local s = 0
    for k = 1, #b do s = s + a[i][k] * b[k][j] end
    return s
  end)
end

local function naive_one_hot(w, idx)
  local v = list(idx)
  return product(w, build(4, #v, function(i, j) return from_end(v[j], 4) == i and 1 or 0 end))
end

-- ---- cases -------------------------------------------------------------------------------------

local cases = {}
local function case(c) cases[#cases + 1] = c end

local second = { [2] = true }

local function elements(x, idx) return sd.gather(x, idx) end
local function rows(x, idx) return sd.gather(x, idx, { dim = 1 }) end
local function columns(x, idx) return sd.gather(x, idx, { dim = 2 }) end

local function gather(name, f, naive, shape, idx)
  case { op = "gather", name = name, f = f, args = { shape, idx }, naive = naive, fixed = second }
end

gather("elements", elements, naive_elements, { 3, 4 }, constant { { 1, 5, -1 }, { 12, 5, 2 } })
gather("elements, a row of indices", elements, naive_elements, { 3, 4 }, constant { { 7, 7, -12 } })
gather("element by number", elements, function(x, k) return naive_elements(x, k)[1][1] end,
  { 3, 4 }, number(-2))
gather("element of 1x1", elements, naive_elements, { 1, 1 }, constant { 1, 1, -1 })
gather("of a number", elements, naive_elements, "number", constant { 1, 1 })
gather("no elements", elements, naive_elements, { 3, 4 }, empty(0, 3))
gather("no elements of none", elements, naive_elements, { 0, 4 }, empty(2, 0))
-- longer than the kernel turns at a time
gather("many elements", elements, naive_elements, { 3, 4 }, function()
  local idx = sd.zeros(2, 150)
  for k = 1, 300 do idx:set(k, k * k % 12 + 1) end
  return idx
end)
gather("rows", rows, naive_rows, { 3, 4 }, constant { 3, 1, 3, -2 })
gather("row of a row", rows, naive_rows, { 1, 4 }, constant { 1, -1 })
gather("no rows", rows, naive_rows, { 3, 4 }, empty(0, 1))
gather("rows of no columns", rows, naive_rows, { 3, 0 }, constant { 2, 2 })
gather("columns", columns, naive_columns, { 3, 4 }, constant { { 4, 1, 4, -3 } })
gather("columns of a column", columns, naive_columns, { 3, 1 }, constant { 1, 1 })
gather("no columns", columns, naive_columns, { 3, 4 }, empty(1, 0))
gather("columns of no rows", columns, naive_columns, { 0, 4 }, constant { 2, 2 })
gather("A:col(indices)", function(x, idx) return x:col(idx) end, naive_columns, { 3, 4 },
  constant { 2, 2, 1 })
gather("A:row(indices)", function(x, idx) return x:row(idx) end, naive_rows, { 3, 4 },
  constant { 2, 2, 1 })
gather("A:col(number)", function(x, idx) return x:col(idx) end, naive_columns, { 3, 4 }, number(2))
gather("A:row(number)", function(x, idx) return x:row(idx) end, naive_rows, { 3, 4 }, number(-1))
gather("A(k)", function(x, k) return x(k) end,
  function(x, k) return naive_elements(x, k)[1][1] end, { 3, 4 }, number(8))
case { op = "gather", name = "lists", args = { { 3, 4 } },
  f = function(x) return x:col { 4, -4, 4 }, x:row { 2, 2 }, sd.gather(x, { 12, -1 }) end,
  naive = function(x)
    return naive_columns(x, { { 4 }, { -4 }, { 4 } }), naive_rows(x, { { 2 }, { 2 } }),
      naive_elements(x, { { 12 }, { -1 } })
  end }
case { op = "gather", name = "nonlinear around it", args = { { 3, 4 }, constant { { 2, 2, 3 } } },
  fixed = second,
  f = function(x, idx) return sd.tanh(x):col(idx) % x:col(idx) end,
  naive = function(x, idx)
    local c = naive_columns(x, idx)
    return build(3, 3, function(i, j)
      local e = math.exp(2 * c[i][j])
      return (e - 1) / (e + 1) * c[i][j]
    end)
  end }

local function scatter(name, dim, shape, idx, b)
  case { op = "scatter_add", name = name, args = { shape, idx, b }, fixed = second,
    f = function(x, i, v) return sd.scatter_add(x, i, v, dim > 0 and { dim = dim } or nil) end,
    naive = naive_scatter(dim) }
end

scatter("elements, one of them twice", 0, { 3, 4 }, constant { { 1, 5 }, { 5, -1 } }, { 2, 2 })
scatter("a number everywhere", 0, { 3, 4 }, constant { 2, 2, 3 }, "number")
scatter("an element everywhere", 0, { 3, 4 }, constant { 2, 2, 3 }, { 1, 1 })
scatter("at a number", 0, { 3, 4 }, number(-1), "number")
scatter("nowhere", 0, { 3, 4 }, empty(0, 1), { 0, 1 })
scatter("1x1", 0, { 1, 1 }, constant { 1, 1 }, { 2, 1 })
scatter("rows", 1, { 3, 4 }, constant { 3, 1, 3 }, { 3, 4 })
scatter("a number to rows", 1, { 3, 4 }, constant { 3, 3 }, "number")
scatter("columns", 2, { 3, 4 }, constant { { 4, 4, 1 } }, { 3, 3 })
scatter("a number to columns", 2, { 3, 4 }, constant { -1 }, "number")
scatter("columns of no rows", 2, { 0, 4 }, constant { 1, 2 }, { 0, 2 })
case { op = "scatter_add", name = "onto a number", args = { "number", constant { 1, 1 }, { 2, 1 } },
  fixed = second,
  f = function(x, i, v) return sd.scatter_add(x, i, v) end,
  f32 = false, -- beside an f32 matrix the number is one, and the result 1x1
  naive = function(x, _, v) return x + v[1][1] + v[2][1] end }

--- X + b + B at one place.
local function spike(name, dim, index, b)
  local function naive(x, c, idx, at)
    local out = naive_scatter(dim)(x, idx, at)
    for _, row in ipairs(out) do for j = 1, #row do row[j] = row[j] + c end end
    return out
  end
  case { op = "add_spike", name = name, args = { { 3, 4 }, "number", number(index), b },
    fixed = { [3] = true }, naive = naive,
    f = function(x, c, idx, at)
      return tracing.apply("add_spike", { k = { dim, 1, 1 } }, x, c, at, idx)
    end }
end
spike("an element", 0, -2, "number")
spike("a row", 1, 2, { 1, 4 })
spike("a number to a row", 1, 3, "number")
spike("a column", 2, -1, { 3, 1 })

local function one_hot(name, idx)
  case { op = "one_hot", name = name, args = { { 2, 4 }, idx }, fixed = second,
    f = function(w, i) return w * sd.one_hot(i, 4, { dtype = w.dtype }) end, naive = naive_one_hot }
end
one_hot("column of labels", constant { 2, 4, 2, -4 })
one_hot("row of labels", constant { { 1, 3 } })
one_hot("one label", number(3))
one_hot("no labels", empty(0, 1))

return cases
