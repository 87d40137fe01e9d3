--- Cases for the reductions (see harness.lua), each over everything, columns and rows.
local sd = require "saddle"
local total = require "tests.ops.naive.lists".total
local cases = {}

--- The columns (dim 1), the rows (2) or all elements (nil) of a list of rows or number, as lists.
local function lines(A, dim)
  local out = {}
  if type(A) == "number" then return { { A } } end
  if dim == 2 then return A end
  for _, row in ipairs(A) do
    for j, x in ipairs(row) do
      local line = dim == 1 and j or 1
      out[line] = out[line] or {}
      table.insert(out[line], x)
    end
  end
  return out
end

--- The reduction of a matrix that has elements by a function of a list.
local function naive(of, dim)
  return function(A)
    local out = {}
    for k, line in ipairs(lines(A, dim)) do out[k] = of(line) end
    if dim == nil then return out[1] end
    if dim == 1 then return { out } end
    for k, v in ipairs(out) do out[k] = { v } end
    return out
  end
end

local function mean(line) return total(line) / #line end
local function var(ddof)
  return function(line)
    local m = mean(line)
    return total(line, function(x) return (x - m) ^ 2 end) / (#line - ddof)
  end
end
local function extreme(better, position)
  return function(line)
    local best = 1
    for k, x in ipairs(line) do if better(x, line[best]) then best = k end end
    return position and best or line[best]
  end
end
local function larger(a, b) return a > b end
local function smaller(a, b) return a < b end

local reductions = {
  sum = total,
  mean = mean,
  var = var(0),
  std = function(line) return var(0)(line) ^ 0.5 end,
  max = extreme(larger),
  min = extreme(smaller),
  norm = function(line) return total(line, function(x) return x * x end) ^ 0.5 end,
  logsumexp = function(line) return math.log(total(line, math.exp)) end,
}
local names = { "sum", "mean", "var", "std", "max", "min", "norm", "logsumexp" }
local shapes = { { 3, 4 }, { 1, 1 }, { 1, 5 }, { 5, 1 } }
-- what a reduction of no elements gives as a value: max and min refuse
local of_nothing = { sum = 0, norm = 0, logsumexp = -math.huge }

--- Distinct elements 1/8 apart, in random order: differences are not to meet a change of order.
local function apart(shape)
  return function(rng)
    local m, n = shape[1], shape[2]
    local _, order = sd.sort(rng:randn(m * n, 1))
    return order:reshape(m, n) / 8
  end
end

local function title(shape, dim)
  return ("%dx%d%s"):format(shape[1], shape[2], dim and ", dim " .. dim or "")
end

for _, name in ipairs(names) do
  for _, dim in ipairs { false, 1, 2 } do
    dim = dim or nil
    local options = dim and { dim = dim }
    for _, shape in ipairs(shapes) do
      local length = dim == 1 and shape[1] or dim == 2 and shape[2] or shape[1] * shape[2]
      if not (name == "std" and length == 1) then -- at its kink: reduce_derivative_spec.lua
        local ordered = name == "max" or name == "min"
        cases[#cases + 1] = { op = name, name = title(shape, dim),
          args = { ordered and apart(shape) or shape },
          f = function(A) return sd[name](A, options) end, naive = naive(reductions[name], dim) }
      end
    end
    if of_nothing[name] then
      for _, shape in ipairs { { 0, 3 }, { 3, 0 }, { 0, 0 } } do
        cases[#cases + 1] = { op = name, name = title(shape, dim), args = { shape },
          f = function(A) return sd[name](A, options) end,
          naive = function()
            local v, row = of_nothing[name], {}
            if dim == nil then return v end
            for j = 1, shape[2] do row[j] = v end
            if dim == 1 then return { row } end
            local out = {}
            for i = 1, shape[1] do out[i] = { v } end
            return out
          end }
      end
    end
  end
  if name ~= "std" then
    cases[#cases + 1] = { op = name, name = "a number", args = { "number" },
      f = function(x) return sd[name](x) end,
      naive = function(x) return reductions[name] { x } end }
    cases[#cases + 1] = { op = name, name = "a number, dim 1", args = { "number" },
      f = function(x) return sd[name](x, { dim = 1 }) end,
      naive = function(x) return { { reductions[name] { x } } } end }
  end
end

-- lines that take more than one block of the kernels, and rows more than one group of 64
for _, name in ipairs { "var", "std", "norm", "max", "logsumexp" } do
  cases[#cases + 1] = { op = name, name = "70x3, dim 2",
    args = { name == "max" and apart { 70, 3 } or { 70, 3 } },
    f = function(A) return sd[name](A, { dim = 2 }) end, naive = naive(reductions[name], 2) }
end

for _, name in ipairs { "var", "std" } do
  for _, dim in ipairs { false, 1, 2 } do
    dim = dim or nil
    cases[#cases + 1] = { op = name, name = "ddof 1, " .. title({ 3, 4 }, dim), args = { { 3, 4 } },
      f = function(A) return sd[name](A, { dim = dim, ddof = 1 }) end,
      naive = naive(function(line)
        local v = var(1)(line)
        return name == "std" and v ^ 0.5 or v
      end, dim) }
  end
end

-- positions: their derivative is 0, and f32 has the same ones
for name, better in pairs { argmax = larger, argmin = smaller } do
  for _, dim in ipairs { 1, 2 } do
    for _, shape in ipairs(shapes) do
      cases[#cases + 1] = { op = name, name = title(shape, dim), args = { apart(shape) },
        f = function(A) return sd[name](A, { dim = dim }) end,
        naive = naive(extreme(better, true), dim) }
    end
  end
end

-- ---- sd.norm in all its kinds ------------------------------------------------------------------

local function columns(A) return lines(A, 1) end
local function absolute(line) return total(line, math.abs) end
local function largest(list, of)
  local best = 0
  for _, line in ipairs(list) do best = math.max(best, of(line)) end
  return best
end
local kinds = {
  [1] = function(A) return largest(columns(A), absolute) end,
  inf = function(A) return largest(A, absolute) end,
  ["2inf"] = function(A) return largest(A, reductions.norm) end,
  fro = function(A) return total(A, function(row) return reductions.norm(row) ^ 2 end) ^ 0.5 end,
}
for kind, of in pairs(kinds) do
  for _, shape in ipairs { { 3, 4 }, { 1, 1 }, { 1, 5 }, { 5, 1 }, { 0, 3 }, { 3, 0 } } do
    cases[#cases + 1] = { op = "norm", name = ("of kind %s, %s"):format(kind, title(shape)),
      args = { shape }, f = function(A) return sd.norm(A, kind) end, naive = of }
  end
end

return cases
