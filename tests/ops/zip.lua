--- Functions of two elements and where, with every way to broadcast. Where a function has a kink or
-- jump at equal arguments, these stay apart.
local sd = require "saddle"
local apply = require("saddle.core").tracing.apply

local function number(b) return b and 1 or 0 end

local plain = {
  add = function(a, b) return a + b end, sub = function(a, b) return a - b end,
  mul = function(a, b) return a * b end, div = function(a, b) return a / b end,
  pass = function(a, b) return a == 0 and 0 or b end,
  pow = function(a, b) return a^b end, max = math.max, min = math.min,
  lt = function(a, b) return number(a < b) end, le = function(a, b) return number(a <= b) end,
  gt = function(a, b) return number(a > b) end, ge = function(a, b) return number(a >= b) end,
  eq = function(a, b) return number(a == b) end, ne = function(a, b) return number(a ~= b) end,
}

-- ---- arguments ---------------------------------------------------------------------------------

local function normal(rng, m, n) return rng:randn(m, n) end
local function positive(rng, m, n) return 0.5 + 2 * rng:rand(m, n) end
local function quarters(rng, m, n) return 0.25 * sd.floor(8 * rng:rand(m, n) - 4) end
local function between(rng, m, n) return quarters(rng, m, n) + 0.125 end -- 1/8 from any quarter

local apart, safe = { quarters, between }, { normal, positive }
local draws = { div = safe, pow = { positive, normal }, pass = safe }
for name in ("max min lt le gt ge eq ne"):gmatch "%a+" do draws[name] = apart end

--- Element (i, j) of a value laid over a larger one.
local function at(A, i, j)
  if type(A) == "number" then return A end
  local row = A[#A == 1 and 1 or i]
  return row[#row == 1 and 1 or j]
end

--- f over the shape m x n, or of numbers alone.
local function over(f, m, n, ...)
  local args = { ... }
  local function value(i, j)
    local x = {}
    for k, A in ipairs(args) do x[k] = at(A, i, j) end
    return f(table.unpack(x))
  end
  if m == nil then return value() end
  local out = {}
  for i = 1, m do
    out[i] = {}
    for j = 1, n do out[i][j] = value(i, j) end
  end
  return out
end

local function label(shapes)
  local parts = {}
  for k, s in ipairs(shapes) do parts[k] = s[1] and ("%dx%d"):format(s[1], s[2]) or "number" end
  return table.concat(parts, ", ")
end

--- The size of the result: in each direction what is not 1; nil of numbers alone.
local function size(shapes)
  local m, n
  for _, s in ipairs(shapes) do
    if s[1] and (m == nil or m == 1) then m = s[1] end
    if s[1] and (n == nil or n == 1) then n = s[2] end
  end
  return m, n
end

local function arguments(shapes, draw)
  local args = {}
  for k, s in ipairs(shapes) do
    args[k] = function(rng)
      local A = draw[k](rng, s[1] or 1, s[2] or 1)
      return s[1] and A or A:item()
    end
  end
  return args
end

-- ---- cases -------------------------------------------------------------------------------------

local N = {} -- a number
local pairs_of_shapes = {
  { { 3, 4 }, { 3, 4 } }, { { 3, 1 }, { 3, 4 } }, { { 3, 4 }, { 3, 1 } }, { { 1, 4 }, { 3, 4 } },
  { { 3, 4 }, { 1, 4 } }, { { 1, 1 }, { 3, 4 } }, { { 3, 4 }, { 1, 1 } }, { N, { 3, 4 } },
  { { 3, 4 }, N }, { N, N }, { { 1, 1 }, N }, { N, { 1, 1 } }, { { 1, 1 }, { 1, 1 } },
  { { 1, 5 }, { 1, 5 } }, { { 5, 1 }, { 5, 1 } }, { { 0, 3 }, { 1, 3 } }, { { 3, 1 }, { 3, 0 } },
  { { 0, 3 }, N }, { { 0, 0 }, { 0, 0 } },
}

local cases = {}
local names = {}
for name in pairs(plain) do names[#names + 1] = name end
table.sort(names)

for _, name in ipairs(names) do
  for _, shapes in ipairs(pairs_of_shapes) do
    local m, n = size(shapes)
    cases[#cases + 1] = {
      op = name, name = label(shapes),
      f = function(a, b) return apply(name, {}, a, b) end,
      args = arguments(shapes, draws[name] or { normal, normal }),
      naive = function(a, b) return over(plain[name], m, n, a, b) end,
    }
  end
end

--- Whole powers of bases of both signs.
for _, p in ipairs { 0, 1, 2, 3, -1, -2 } do
  cases[#cases + 1] = {
    op = "pow", name = "exponent " .. p,
    f = function(a) return a ^ p end,
    args = { function(rng) return between(rng, 3, 4) end },
    naive = function(a) return over(function(x) return x^p end, 3, 4, a) end,
  }
end

--- where, its mask made from an argument; a column meets a row beside a full matrix.
local triples = {
  { { 3, 4 }, { 3, 4 }, { 3, 4 } }, { { 3, 1 }, { 1, 4 }, { 3, 4 } },
  { { 3, 1 }, { 3, 4 }, { 1, 4 } },
  { { 1, 4 }, { 3, 1 }, { 3, 4 } }, { { 3, 4 }, { 3, 1 }, { 1, 4 } }, { { 3, 4 }, N, { 1, 1 } },
  { N, { 3, 4 }, { 3, 1 } }, { { 1, 1 }, N, { 3, 4 } }, { N, N, N }, { { 1, 1 }, { 1, 1 }, N },
  { { 0, 3 }, { 1, 3 }, N }, { { 3, 0 }, { 3, 0 }, { 3, 1 } },
}
for _, shapes in ipairs(triples) do
  local m, n = size(shapes)
  cases[#cases + 1] = {
    op = { "where", "gt" }, name = label(shapes),
    f = function(x, a, b) return sd.where(sd.gt(x, 0), a, b) end,
    args = arguments(shapes, { between, normal, normal }),
    naive = function(x, a, b)
      return over(function(u, v, w) return u > 0 and v or w end, m, n, x, a, b)
    end,
  }
end

return cases
