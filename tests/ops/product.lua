--- Products: matmul and matmul_add with all transposes, kron, khatri_rao and their parts.
local sd = require "saddle"
local apply = require "saddle.core".tracing.apply
local lists = require "tests.ops.naive.lists"
local build, rows_of = lists.build, lists.rows

local cases = {}
local function case(c) cases[#cases + 1] = c end


-- ---- matmul ------------------------------------------------------------------------------------

--- op(A) op(B) of m x inner and inner x n.
local function naive_matmul(ta, tb, m, inner, n)
  return function(a, b)
    return build(m, n, function(i, j)
      local s = 0
      for k = 1, inner do
        s = s + (ta == 1 and a[k][i] or a[i][k]) * (tb == 1 and b[j][k] or b[k][j])
      end
      return s
    end)
  end
end

local function matmul(m, inner, n)
  for ta = 0, 1 do
    for tb = 0, 1 do
      local a = ta == 1 and { inner, m } or { m, inner }
      local b = tb == 1 and { n, inner } or { inner, n }
      local name = ("%dx%dx%d %d%d"):format(m, inner, n, ta, tb)
      case { op = "matmul", name = name, args = { a, b }, naive = naive_matmul(ta, tb, m, inner, n),
        f = function(x, y) return apply("matmul", { k = { ta, tb } }, x, y) end }
      case { op = { "matmul", "t" }, name = name .. " by A:t()", args = { a, b },
        naive = naive_matmul(ta, tb, m, inner, n),
        f = function(x, y)
          return apply("matmul", {}, ta == 1 and x:t() or x, tb == 1 and y:t() or y)
        end }
    end
  end
end
for _, s in ipairs { { 3, 4, 2 }, { 1, 3, 1 }, { 3, 1, 2 }, { 1, 1, 1 }, { 3, 2, 1 }, { 1, 2, 3 },
  { 0, 2, 3 }, { 2, 0, 3 }, { 2, 3, 0 } } do
  matmul(s[1], s[2], s[3])
end
case { op = "matmul", name = "A'A", args = { { 4, 3 } }, f = function(x) return x:t() * x end,
  naive = function(x) return naive_matmul(1, 0, 3, 4, 3)(x, x) end }

-- ---- matmul_add --------------------------------------------------------------------------------

local function matmul_add(m, inner, n)
  for ta = 0, 1 do
    for tb = 0, 1 do
      local a = ta == 1 and { inner, m } or { m, inner }
      local b = tb == 1 and { n, inner } or { inner, n }
      local product = naive_matmul(ta, tb, m, inner, n)
      case { op = "matmul_add", name = ("%dx%dx%d %d%d"):format(m, inner, n, ta, tb),
        args = { { m, n }, a, b },
        naive = function(x, c, d)
          local p = product(c, d)
          return build(m, n, function(i, j) return x[i][j] + p[i][j] end)
        end,
        f = function(x, c, d) return apply("matmul_add", { k = { ta, tb } }, x, c, d) end }
    end
  end
end
for _, s in ipairs { { 3, 4, 2 }, { 1, 3, 1 }, { 3, 1, 2 }, { 2, 0, 3 }, { 2, 3, 0 } } do
  matmul_add(s[1], s[2], s[3])
end

-- ---- kron, khatri_rao --------------------------------------------------------------------------

local function naive_kron(a, b)
  a, b = rows_of(a), rows_of(b)
  local p, q = #b, b[1] and #b[1] or 0
  local n = a[1] and #a[1] or 0
  return build(#a * p, n * q, function(i, j)
    return a[(i - 1) // p + 1][(j - 1) // q + 1] * b[(i - 1) % p + 1][(j - 1) % q + 1]
  end)
end
local function naive_khatri_rao(a, b)
  a, b = rows_of(a), rows_of(b)
  local p, n = #b, a[1] and #a[1] or 0
  return build(#a * p, n, function(i, j)
    return a[(i - 1) // p + 1][j] * b[(i - 1) % p + 1][j]
  end)
end
local function naive_numbers(a, b) return a * b end

local function kron(name, a, b, naive)
  case { op = "kron", name = name, args = { a, b }, f = sd.kron, naive = naive or naive_kron }
end
kron("2x3, 3x2", { 2, 3 }, { 3, 2 })
kron("columns", { 3, 1 }, { 2, 1 })
kron("column and row", { 3, 1 }, { 1, 2 })
kron("1x1", { 1, 1 }, { 1, 1 })
kron("number and matrix", "number", { 2, 3 })
kron("matrix and number", { 2, 3 }, "number")
kron("numbers", "number", "number", naive_numbers)
kron("no rows", { 0, 2 }, { 3, 2 })
kron("no columns", { 2, 3 }, { 2, 0 })
case { op = "kron", name = "with itself", args = { { 2, 2 } },
  f = function(x) return sd.kron(x, x) end, naive = function(x) return naive_kron(x, x) end }

local function khatri_rao(name, a, b, naive)
  case { op = "khatri_rao", name = name, args = { a, b }, f = sd.khatri_rao,
    naive = naive or naive_khatri_rao }
end
khatri_rao("2x3, 4x3", { 2, 3 }, { 4, 3 })
khatri_rao("rows", { 1, 3 }, { 1, 3 })
khatri_rao("columns", { 3, 1 }, { 2, 1 })
khatri_rao("1x1", { 1, 1 }, { 1, 1 })
khatri_rao("number and column", "number", { 2, 1 })
khatri_rao("numbers", "number", "number", naive_numbers)
khatri_rao("no rows", { 2, 3 }, { 0, 3 })
khatri_rao("no columns", { 2, 0 }, { 3, 0 })

--- khatri_rao(A', B')', row by row; and that, which plans run as one of these.
local function khatri_rao_rows(name, a, b)
  local function naive(x, y)
    x, y = rows_of(x), rows_of(y)
    local q = y[1] and #y[1] or 0
    return build(#x, (x[1] and #x[1] or 0) * q, function(i, j)
      return x[i][(j - 1) // q + 1] * y[i][(j - 1) % q + 1]
    end)
  end
  case { op = "khatri_rao_rows", name = name, args = { a, b }, naive = naive,
    f = function(x, y) return apply("khatri_rao_rows", {}, x, y) end }
  case { op = "t", name = "of khatri_rao, " .. name, args = { a, b }, naive = naive,
    f = function(x, y) return sd.khatri_rao(x:t(), y:t()):t() end }
end
khatri_rao_rows("3x2, 3x4", { 3, 2 }, { 3, 4 })
khatri_rao_rows("a column", { 3, 1 }, { 3, 2 })
khatri_rao_rows("rows", { 1, 3 }, { 1, 2 })
khatri_rao_rows("no rows", { 0, 3 }, { 0, 2 })

-- ---- their parts: the derivatives of <C, A kron B> for A and for B -----------------------------

--- sum over what the other factor has of C(ip+r, jq+s) times its element; for A (m,n) and B (p,q).
local function naive_part(side, m, n, p, q)
  return function(c, x)
    local function at(i, j, r, s) return c[(i - 1) * p + r][(j - 1) * q + s] end
    if side == 0 then
      return build(m, n, function(i, j)
        local sum = 0
        for r = 1, p do for s = 1, q do sum = sum + at(i, j, r, s) * x[r][s] end end
        return sum
      end)
    end
    return build(p, q, function(r, s)
      local sum = 0
      for i = 1, m do for j = 1, n do sum = sum + at(i, j, r, s) * x[i][j] end end
      return sum
    end)
  end
end
--- The same column by column.
local function naive_column_part(side, m, n, p)
  return function(c, x)
    return build(side == 0 and m or p, n, function(k, j)
      local sum = 0
      for l = 1, side == 0 and p or m do
        sum = sum + (side == 0 and c[(k - 1) * p + l][j] or c[(l - 1) * p + k][j]) * x[l][j]
      end
      return sum
    end)
  end
end

local function parts(m, n, p, q)
  local A, B = { m, n }, { p, q }
  for side = 0, 1 do
    local out, x = side == 0 and A or B, side == 0 and B or A
    case { op = "kron_part", name = ("%d of %dx%d, %dx%d"):format(side, m, n, p, q),
      args = { { m * p, n * q }, x }, naive = naive_part(side, m, n, p, q),
      f = function(c, y) return apply("kron_part", { k = { side, out[1], out[2] } }, c, y) end }
    if n == q then
      case { op = "khatri_rao_part", name = ("%d of %dx%d, %dx%d"):format(side, m, n, p, q),
        args = { { m * p, n }, x }, naive = naive_column_part(side, m, n, p),
        f = function(c, y)
          return apply("khatri_rao_part", { k = { side, out[1], out[2] } }, c, y)
        end }
    end
  end
end
parts(2, 3, 3, 2)
parts(2, 2, 3, 2)
parts(1, 1, 1, 1)
parts(0, 2, 3, 2)
parts(2, 2, 0, 2)
parts(2, 0, 3, 0)

-- ---- columns scaled, and their inner products ---------------------------------------------------

for _, shape in ipairs { { 3, 4 }, { 1, 1 }, { 1, 3 }, { 3, 1 }, { 0, 2 }, { 2, 0 } } do
  local m, n = shape[1], shape[2]
  case { op = "scale_columns", name = m .. "x" .. n, args = { shape, { n, 1 } },
    f = function(a, w) return apply("scale_columns", {}, a, w) end,
    naive = function(a, w)
      local out = {}
      for i = 1, m do
        out[i] = {}
        for j = 1, n do out[i][j] = a[i][j] * w[j][1] end
      end
      return out
    end }
  case { op = "dot_columns", name = m .. "x" .. n, args = { shape, shape },
    f = function(a, b) return apply("dot_columns", {}, a, b) end,
    naive = function(a, b)
      local out = {}
      for j = 1, n do
        local sum = 0
        for i = 1, m do sum = sum + a[i][j] * b[i][j] end
        out[j] = { sum }
      end
      return out
    end }
end

return cases
