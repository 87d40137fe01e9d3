--- Functions of one element. Arguments stay clear of kinks, jumps and the ends of domains by more
-- than the steps of the differences; those points are in tests/lua/derivative_points_spec.lua.
local sd = require "saddle"

-- ---- plain functions of a number ---------------------------------------------------------------

local exp, log, abs, pi = math.exp, math.log, math.abs, math.pi

--- erf by its series of positive terms, 2/sqrt(pi) e^(-x^2) sum 2^k x^(2k+1)/(2k+1)!!
local function erf(x)
  local term, sum = x, 0
  for k = 1, 200 do
    sum = sum + term
    term = term * 2 * x * x / (2 * k + 1)
  end
  return 2 / math.sqrt(pi) * exp(-x * x) * sum
end

local function normcdf(x) return 0.5 * (1 + erf(x / math.sqrt(2))) end

--- The x in [-4, 4] with f(x) = y, f increasing.
local function inverse(f, y)
  local a, b = -4, 4
  for _ = 1, 60 do
    local c = (a + b) / 2
    if f(c) < y then a = c else b = c end
  end
  return (a + b) / 2
end

--- Stirling's series for log Gamma from 8 on (its last term is 1e-15 there) and, from 30 on, those
-- of its derivatives, brought down by the recurrence.
local STIRLING = { 1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156,
  -3617 / 122400 }
local function lgamma(x)
  local product, sum = 1, 0
  while x < 8 do x, product = x + 1, product * x end
  for k = #STIRLING, 1, -1 do sum = sum + STIRLING[k] / x^(2 * k - 1) end
  return sum + ((x - 0.5) * log(x) - x + 0.5 * log(2 * pi) - log(product))
end

local function digamma(x)
  local sum = 0
  while x < 30 do x, sum = x + 1, sum - 1 / x end
  return sum + log(x) - 1 / (2 * x) - 1 / (12 * x^2) + 1 / (120 * x^4) - 1 / (252 * x^6)
end

local function trigamma(x)
  local sum = 0
  while x < 30 do x, sum = x + 1, sum + 1 / x^2 end
  return sum + 1 / x + 1 / (2 * x^2) + 1 / (6 * x^3) - 1 / (30 * x^5) + 1 / (42 * x^7)
end

local function sigmoid(x) return 1 / (1 + exp(-x)) end
local function sign(x) return x > 0 and 1 or x < 0 and -1 or 0 end

local plain = {
  neg = function(x) return -x end,
  abs = abs, sign = sign, sqrt = math.sqrt, floor = function(x) return math.floor(x) + 0.0 end,
  exp = exp, log = log, sin = math.sin, cos = math.cos, sigmoid = sigmoid,
  expm1 = function(x) return 2 * exp(x / 2) * ((exp(x / 2) - exp(-x / 2)) / 2) end,
  log1p = function(x) return log(1 + x) end,
  tanh = function(x) return (exp(x) - exp(-x)) / (exp(x) + exp(-x)) end,
  log_sigmoid = function(x) return -log(1 + exp(-x)) end,
  softplus = function(x) return log(1 + exp(x)) end,
  relu = function(x) return math.max(x, 0) end,
  leaky_relu = function(x) return x >= 0 and x or 0.2 * x end,
  elu = function(x) return x > 0 and x or 0.7 * (exp(x) - 1) end,
  gelu = function(x) return x * normcdf(x) end,
  silu = function(x) return x * sigmoid(x) end,
  erf = erf, normcdf = normcdf,
  erfc = function(x) return 1 - erf(x) end,
  erfinv = function(y) return inverse(erf, y) end,
  normppf = function(p) return inverse(normcdf, p) end,
  lgamma = lgamma, digamma = digamma, polygamma = trigamma,
  clamp = function(x) return math.max(-0.5, math.min(x, 0.75)) end,
  isfinite = function() return 1 end,
}

local more = { leaky_relu = { 0.2 }, elu = { 0.7 }, clamp = { -0.5, 0.75 }, polygamma = { 1 } }

-- ---- arguments ---------------------------------------------------------------------------------

local function uniform(lo, hi)
  return function(rng, m, n) return lo + (hi - lo) * rng:rand(m, n) end
end
local function normal(rng, m, n) return rng:randn(m, n) end
--- Between two multiples of 1/4, at least 1/16 away from both.
local function between(rng, m, n)
  return 0.25 * sd.floor(8 * rng:rand(m, n) - 4) + 1 / 16 + 0.125 * rng:rand(m, n)
end

local domain = {
  sqrt = uniform(0.5, 3), log = uniform(0.5, 3), log1p = uniform(-0.5, 2),
  abs = between, sign = between, floor = between, relu = between, leaky_relu = between,
  elu = between, clamp = between,
  erf = uniform(-1, 1), erfc = uniform(-1, 1), gelu = uniform(-1, 1), normcdf = uniform(-1, 1),
  erfinv = uniform(-0.8, 0.8), normppf = uniform(0.1, 0.9),
  lgamma = uniform(0.5, 5), digamma = uniform(0.5, 5), polygamma = uniform(0.5, 5),
}

-- erfinv, normppf, digamma and polygamma err by 16 (include/saddle/kernel.h), twice the harness's
-- 8.
-- The naive digamma adds 30 terms; the naive lgamma cancels numbers up to 9 log 9 = 20.
local condition = { erfinv = 2, normppf = 2, digamma = 4, polygamma = 4, lgamma = 4 }

-- ---- cases -------------------------------------------------------------------------------------

local function each(f)
  return function(A)
    if type(A) == "number" then return f(A) end
    local out = {}
    for i, row in ipairs(A) do
      out[i] = {}
      for j, x in ipairs(row) do out[i][j] = f(x) end
    end
    return out
  end
end

local shapes = { { 3, 4 }, { 1, 1 }, { 1, 5 }, { 4, 1 }, { 0, 3 }, { 3, 0 } }
local cases = {}

local names = {}
for name in pairs(plain) do names[#names + 1] = name end
table.sort(names)

for _, name in ipairs(names) do
  local draw, extra = domain[name] or normal, more[name] or {}
  local f = name == "neg" and function(x) return -x end
    or function(x) return sd[name](x, table.unpack(extra)) end
  local function add(label, arg)
    cases[#cases + 1] = { op = name, name = label, f = f, args = { arg }, naive = each(plain[name]),
      condition = condition[name] }
  end
  for _, s in ipairs(shapes) do
    add(("%dx%d"):format(s[1], s[2]), function(rng) return draw(rng, s[1], s[2]) end)
  end
  add("number", function(rng) return draw(rng, 1, 1):item() end)
end

--- Below 0 trigamma is pi^2/sin(pi x)^2 - trigamma(1 - x).
cases[#cases + 1] = {
  op = "polygamma", name = "below 0",
  f = function(x) return sd.polygamma(x, 1) end,
  args = { function(rng) return between(rng, 3, 3) end },
  naive = each(function(x)
    return x > 0 and trigamma(x) or (pi / math.sin(pi * x))^2 - trigamma(1 - x)
  end),
  condition = 4, -- as above
}

-- Parameters that are differentiated: the functions in terms of others.
local function both(A, s, f)
  return each(function(x) return f(x, s) end)(A)
end
local parameter = function(rng) return 0.25 + 0.5 * rng:rand() end
for _, shape in ipairs { { 3, 4 }, { 0, 2 } } do
  local function draw(rng) return between(rng, shape[1], shape[2]) end
  local label = ("trained parameter, %dx%d"):format(shape[1], shape[2])
  cases[#cases + 1] = {
    op = { "leaky_relu", "mul", "where" }, name = label, f = sd.leaky_relu,
    args = { draw, parameter },
    naive = function(A, s) return both(A, s, function(x, v) return x >= 0 and x or v * x end) end,
  }
  cases[#cases + 1] = {
    op = { "elu", "expm1", "where" }, name = label, f = sd.elu, args = { draw, parameter },
    naive = function(A, s)
      return both(A, s, function(x, v) return x > 0 and x or v * plain.expm1(x) end)
    end,
  }
  cases[#cases + 1] = {
    op = { "clamp", "max", "min" }, name = label, f = sd.clamp,
    args = { draw, function() return -0.5 end, function() return 0.75 end },
    naive = function(A, lo, hi)
      return each(function(x) return math.max(lo, math.min(x, hi)) end)(A)
    end,
  }
end

return cases
