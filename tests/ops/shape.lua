--- Shape and dtype: full, to, broadcast and sum_to, t, reshape, stop_gradient.
local sd = require "saddle"
local apply = require "saddle.core".tracing.apply
local lists = require "tests.ops.naive.lists"
local build, rows_of = lists.build, lists.rows

local cases = {}
local function case(c) cases[#cases + 1] = c end

local function same(x) return x end

case { op = "full", args = { "number" },
  f = function(x) return x * apply("full", { p = { 2.5 }, k = { 2, 3, 0, 0 } }) end,
  naive = function(x) return build(2, 3, function() return 2.5 * x end) end }

-- ---- to ----------------------------------------------------------------------------------------

case { op = "to", name = "a number of 1x1", args = { { 1, 1 } },
  f = function(x) return x:item() end, naive = function(x) return x[1][1] end }
case { op = "to", name = "1x1 of a number", args = { "number" }, f = sd.matrix, naive = rows_of }
case { op = "to", name = "f64", args = { { 2, 3 } },
  f = function(x) return x:to "f64", sd.matrix(x), x:clone() end,
  naive = function(x) return x, x, x end }
case { op = "to", name = "f64, empty", args = { { 0, 3 } }, naive = same,
  f = function(x) return x:to "f64" end }
case { op = "to", name = "f32", args = { { 2, 3 } },
  f = function(x) return x:to "f32" end,
  condition = 2 ^ 29, -- it rounds to f32, whose eps is 2^29 times that of f64
  f32 = false, -- both sides are the same there, and the factor says nothing
  naive = function(x)
    return build(2, 3, function(i, j) return (string.unpack("f", string.pack("f", x[i][j]))) end)
  end }

-- ---- broadcast, sum_to -------------------------------------------------------------------------

--- x laid out over m x n, and m x n summed down to p x q: both take any shape that fits.
local function naive_broadcast(m, n)
  return function(x)
    x = rows_of(x)
    return build(m, n, function(i, j)
      local row = x[#x == 1 and 1 or i]
      return row[#row == 1 and 1 or j]
    end)
  end
end
local function naive_sum_to(p, q, n)
  return function(x)
    local out = build(p, q, function() return 0 end)
    for i = 1, #x do
      for j = 1, n do
        local r, c = p == 1 and 1 or i, q == 1 and 1 or j
        out[r][c] = out[r][c] + x[i][j]
      end
    end
    return out
  end
end

local function dtype_of(x) return type(x) ~= "number" and x.dtype == "f32" and 1 or 0 end

local function laid(name, shape, m, n)
  case { op = "broadcast", name = name, args = { shape }, naive = naive_broadcast(m, n),
    f = function(x) return apply("broadcast", { k = { m, n, dtype_of(x) } }, x) end }
end
laid("column", { 3, 1 }, 3, 4)
laid("row", { 1, 4 }, 3, 4)
laid("1x1", { 1, 1 }, 3, 4)
laid("number", "number", 3, 4)
laid("itself", { 3, 4 }, 3, 4)
laid("column over nothing", { 3, 1 }, 3, 0)
laid("1x1 over nothing", { 1, 1 }, 0, 4)
laid("an empty row", { 1, 0 }, 3, 0)

local function summed(name, m, n, p, q)
  case { op = "sum_to", name = name, args = { { m, n } }, naive = naive_sum_to(p, q, n),
    f = function(x) return apply("sum_to", { k = { p, q, dtype_of(x) } }, x) end }
end
summed("column", 3, 4, 3, 1)
summed("row", 3, 4, 1, 4)
summed("1x1", 3, 4, 1, 1)
summed("itself", 3, 4, 3, 4)
summed("column of nothing", 3, 0, 3, 1)
summed("1x1 of nothing", 0, 4, 1, 1)
case { op = "sum_to", name = "number", args = { { 3, 4 } },
  f = function(x) return apply("sum_to", { k = { 1, 1, 0, 1 } }, x) end,
  naive = function(x) return naive_sum_to(1, 1, 4)(x)[1][1] end }
case { op = { "broadcast", "sum_to" }, name = "nonlinear around them",
  args = { { 3, 1 }, { 1, 4 } },
  f = function(x, y) -- x laid out, squared, weighed by y, and summed over the columns
    local k = dtype_of(x)
    local wide = apply("broadcast", { k = { 3, 4, k } }, x)
    return apply("sum_to", { k = { 3, 1, k } }, wide % wide % y)
  end,
  naive = function(x, y)
    return build(3, 1, function(i)
      local s = 0
      for j = 1, 4 do s = s + x[i][1] ^ 2 * y[1][j] end
      return s
    end)
  end }

-- ---- t, reshape --------------------------------------------------------------------------------

local function naive_t(n)
  return function(x) return build(n, #x, function(i, j) return x[j][i] end) end
end
for _, s in ipairs { { 3, 4 }, { 1, 3 }, { 3, 1 }, { 1, 1 }, { 0, 3 }, { 3, 0 } } do
  case { op = "t", name = s[1] .. "x" .. s[2], args = { s }, f = function(x) return x:t() end,
    naive = naive_t(s[2]) }
end
case { op = "t", name = "twice, around exp", args = { { 2, 3 } },
  f = function(x) return sd.exp(x:t()):t() % x, x:t():t() end,
  naive = function(x)
    return build(2, 3, function(i, j) return math.exp(x[i][j]) * x[i][j] end), x
  end }

local function naive_reshape(p, q)
  return function(x)
    return build(p, q, function(i, j)
      local k, m = (j - 1) * p + i - 1, #x
      return x[k % m + 1][k // m + 1]
    end)
  end
end
local function reshape(m, n, p, q)
  case { op = "reshape", name = ("%dx%d to %dx%d"):format(m, n, p, q), args = { { m, n } },
    f = function(x) return x:reshape(p, q) end, naive = naive_reshape(p, q) }
end
reshape(3, 4, 2, 6)
reshape(3, 4, 3, 4)
reshape(1, 6, 6, 1)
reshape(1, 1, 1, 1)
reshape(0, 3, 2, 0)
case { op = "reshape", name = "again, around exp", args = { { 3, 2 } },
  f = function(x) return sd.exp(x:reshape(2, 3)):reshape(6, 1), x:reshape(6, 1):reshape(1, 6) end,
  naive = function(x)
    local e = build(3, 2, function(i, j) return math.exp(x[i][j]) end)
    return naive_reshape(6, 1)(e), naive_reshape(1, 6)(x)
  end }
-- a number symbol has methods too; of a number the same is asked through the table
case { op = { "t", "reshape" }, name = "of a number", args = { "number" },
  f = function(x)
    return apply("t", {}, x) % apply("reshape", { k = { 1, 1 } }, x)
  end,
  naive = function(x) return { { x * x } } end }

-- ---- stop_gradient: what is behind it is not differentiated ------------------------------------

for _, s in ipairs { { 3, 2 }, { 1, 1 }, { 0, 2 } } do
  case { op = "stop_gradient", name = s[1] .. "x" .. s[2], args = { s, s },
    fixed = { [2] = true },
    f = function(x, y) return x % sd.stop_gradient(y:to(x.dtype)) end,
    naive = function(x, y)
      return build(#x, s[2], function(i, j) return x[i][j] * y[i][j] end)
    end }
end
case { op = "stop_gradient", name = "number", args = { "number", "number" }, fixed = { [2] = true },
  f = function(x, y) return x * sd.stop_gradient(y) end, naive = function(x, y) return x * y end }

return cases
