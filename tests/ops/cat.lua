--- Blocks: slice and pad, hcat and vcat, sd.matrix of symbols, diag.
local sd = require "saddle"
local apply = require "saddle.core".tracing.apply
local lists = require "tests.ops.naive.lists"
local build, rows_of = lists.build, lists.rows

local cases = {}
local function case(c) cases[#cases + 1] = c end
local function number(v) return function() return v end end

--- The m x n block of x at (i, j).
local function block(x, i, j, m, n)
  return build(m, n, function(r, c) return x[i + r - 1][j + c - 1] end)
end

-- ---- slice, pad --------------------------------------------------------------------------------

local function slice(name, f, naive, shape)
  case { op = "slice", name = name, f = f, naive = naive, args = { shape or { 3, 4 } } }
end
slice("A:col(j)", function(x) return x:col(2) end, function(x) return block(x, 1, 2, 3, 1) end)
slice("A:col(j, j2)", function(x) return x:col(-3, 4) end,
  function(x) return block(x, 1, 2, 3, 3) end)
slice("A:row(i)", function(x) return x:row(-1) end, function(x) return block(x, 3, 1, 1, 4) end)
slice("A:row(i, i2)", function(x) return x:row(1, 2) end,
  function(x) return block(x, 1, 1, 2, 4) end)
slice("A:block", function(x) return x:block(2, 3, 2, 2) end,
  function(x) return block(x, 2, 3, 2, 2) end)
slice("all", function(x) return x:block(1, 1, 3, 4) end, function(x) return x end)
slice("none", function(x) return x:col(3, 2), x:row(1, 0) end,
  function() return { {}, {}, {} }, {} end)
slice("of no rows", function(x) return x:col(2, 3) end, function() return {} end, { 0, 4 })
slice("of a slice", function(x) return x:block(2, 2, 2, 3):block(2, 2, 1, 2) end,
  function(x) return block(x, 3, 3, 1, 2) end)
slice("of 1x1", function(x) return x:col(1), x(1), x(1, 1), x:item() end,
  function(x) return x, x[1][1], x[1][1], x[1][1] end, { 1, 1 })
slice("A(i,j), A(k)", function(x) return x(2, -1) * x(5) end,
  function(x) return x[2][4] * x[2][2] end)
slice("nonlinear around it", function(x) return x:col(1, 2) % sd.exp(x:col(3, 4)) end, function(x)
  return build(3, 2, function(i, j) return x[i][j] * math.exp(x[i][j + 2]) end)
end)

local places = { [2] = true, [3] = true }
case { op = "slice", name = "A:block at a run-time place", fixed = places,
  args = { { 3, 4 }, number(2), number(-2) },
  f = function(x, i, j) return x:block(i, j, 2, 2) end,
  naive = function(x) return block(x, 2, 3, 2, 2) end }
case { op = "slice", name = "all rows at a run-time place", fixed = places,
  args = { { 3, 4 }, number(1), number(3) },
  f = function(x, i, j) return sd.tanh(x):block(i, j, 3, 1) end,
  naive = function(x)
    return build(3, 1, function(i)
      local e = math.exp(2 * x[i][3])
      return (e - 1) / (e + 1)
    end)
  end }
case { op = "slice", name = "A(i,j) at a run-time place", fixed = places,
  args = { { 3, 4 }, number(3), number(2) },
  f = function(x, i, j) return x(i, j) * x(1, j) end,
  naive = function(x) return x[3][2] * x[1][2] end }
case { op = "slice", name = "nothing at a run-time place", fixed = places,
  args = { { 3, 4 }, number(7), number(2) },
  f = function(x, i, j) return x:block(i, j, 0, 2) end,
  naive = function() return {} end }

local function naive_pad(i0, j0, m, n)
  return function(x)
    return build(m, n, function(i, j) return x[i - i0] and x[i - i0][j - j0] or 0 end)
  end
end
case { op = "pad", name = "static", args = { { 2, 2 } }, naive = naive_pad(1, 2, 3, 5),
  f = function(x) return apply("pad", { k = { 1, 2, 3, 5 } }, x) end }
case { op = "pad", name = "run-time place", fixed = places,
  args = { { 2, 2 }, number(2), number(3) },
  f = function(x, i, j) return apply("pad", { k = { 0, 0, 3, 5 } }, x, i, j) end,
  naive = naive_pad(1, 2, 3, 5) }
case { op = "pad", name = "nothing", args = { { 0, 2 } }, naive = naive_pad(0, 0, 3, 2),
  f = function(x) return apply("pad", { k = { 0, 0, 3, 2 } }, x) end }
case { op = "pad", name = "and sliced again", args = { { 2, 2 } }, naive = function(x) return x end,
  f = function(x)
    return apply("slice", { k = { 1, 2, 2, 2 } }, apply("pad", { k = { 1, 2, 3, 5 } }, x))
  end }

-- ---- hcat, vcat --------------------------------------------------------------------------------

local function naive_hcat(...)
  local out = {}
  for _, x in ipairs { ... } do
    for i, row in ipairs(rows_of(x)) do
      out[i] = out[i] or {}
      for _, v in ipairs(row) do out[i][#out[i] + 1] = v end
    end
  end
  return out
end
local function naive_vcat(...)
  local out = {}
  for _, x in ipairs { ... } do
    for _, row in ipairs(rows_of(x)) do out[#out + 1] = row end
  end
  return out
end

local function cat(name, ...)
  local across, down = {}, {}
  for k, a in ipairs { ... } do
    across[k], down[k] = a, type(a) == "table" and { a[2], a[1] } or a
  end
  case { op = "hcat", name = name, args = across, naive = naive_hcat, f = sd.hcat }
  case { op = "vcat", name = name, args = down, naive = naive_vcat, f = sd.vcat }
end
cat("two", { 3, 2 }, { 3, 1 })
cat("one", { 3, 2 })
cat("one number", "number")
cat("numbers and matrices", "number", { 1, 3 }, "number")
cat("with an empty one", { 3, 2 }, { 3, 0 }, { 3, 1 })
cat("without rows", { 0, 2 }, { 0, 1 })
cat("more than a few", { 2, 1 }, { 2, 1 }, { 2, 2 }, { 2, 1 }, { 2, 1 }, { 2, 1 }, { 2, 0 },
  { 2, 1 }, { 2, 1 }, { 2, 3 })
case { op = { "hcat", "vcat" }, name = "the same again, sliced", args = { { 2, 2 }, { 2, 2 } },
  f = function(a, b)
    local s = sd.vcat(sd.hcat(a, sd.exp(b)), sd.hcat { b, a })
    return s:col(2, 3), s:block(3, 3, 2, 2), s:row(2) % s:row(3), s(1, 4)
  end,
  naive = function(a, b)
    local e = build(2, 2, function(i, j) return math.exp(b[i][j]) end)
    local s = naive_vcat(naive_hcat(a, e), naive_hcat(b, a))
    local squares = build(1, 4, function(_, j) return s[2][j] * s[3][j] end)
    return block(s, 1, 2, 4, 2), a, squares, s[1][4]
  end }
case { op = "vcat", name = "sd.matrix of rows", args = { "number", "number", { 2, 2 } },
  f = function(a, b, c) return sd.matrix { { a, 2, a * b }, { c(2, 1), b, -1 } } end,
  naive = function(a, b, c) return { { a, 2, a * b }, { c[2][1], b, -1 } } end }
case { op = "vcat", name = "sd.matrix of a list", args = { "number", "number" },
  f = function(a, b) return sd.matrix { a, b, a, 3 } end,
  naive = function(a, b) return { { a }, { b }, { a }, { 3 } } end }

-- ---- diag --------------------------------------------------------------------------------------

local function naive_diag(x)
  x = rows_of(x)
  if #x > 1 and #x[1] == 1 then
    return build(#x, #x, function(i, j) return i == j and x[i][1] or 0 end)
  end
  return build(#x, 1, function(i) return x[i][i] end)
end
for _, shape in ipairs { { 4, 1 }, { 3, 3 }, { 1, 1 }, { 0, 0 }, { 0, 1 } } do
  case { op = "diag", name = shape[1] .. "x" .. shape[2], args = { shape }, f = sd.diag,
    naive = naive_diag }
end
case { op = "diag", name = "of a number", args = { "number" }, f = sd.diag, naive = naive_diag }
case { op = "diag", name = "nonlinear around it", args = { { 3, 1 } },
  f = function(x) return sd.diag(x) * x, sd.diag(x * x:t()) end,
  naive = function(x)
    local squares = build(3, 1, function(i) return x[i][1] ^ 2 end)
    return squares, squares
  end }

return cases
