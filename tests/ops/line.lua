--- Cases for functions of lines (see harness.lua): scans, order, scaling, inner products, and the
-- ops that their derivatives are made of.
local sd = require "saddle"
local tracing = require "saddle.core".tracing
local total = require "tests.ops.naive.lists".total
local cases = {}

local function add(case) cases[#cases + 1] = case end
local function title(shape, dim) return ("%dx%d, dim %s"):format(shape[1], shape[2], dim or 0) end

--- A naive function of lists applied to the lines of a list of rows: each list gives one.
local function by_line(of, dim, shape)
  return function(A)
    if type(A) == "number" then return of({ A })[1] end
    if dim == 2 then
      local out = {}
      for i, row in ipairs(A) do out[i] = of(row) end
      return out
    end
    local m, n, lines = shape[1], shape[2], {}
    for j = 1, n do
      local line = {}
      for i = 1, m do line[i] = A[i][j] end
      lines[j] = of(line)
    end
    local out = {}
    for i = 1, lines[1] and #lines[1] or m do
      out[i] = {}
      for j = 1, n do out[i][j] = lines[j][i] end
    end
    return out
  end
end

--- The whole matrix as one line, column-major.
local function whole(of, shape)
  local m, n = shape[1], shape[2]
  return function(A)
    if type(A) == "number" then return of({ A })[1] end
    local line, out = {}, {}
    for j = 1, n do for i = 1, m do line[#line + 1] = A[i][j] end end
    line = of(line)
    for i = 1, m do
      out[i] = {}
      for j = 1, n do out[i][j] = line[i + (j - 1) * m] end
    end
    return out
  end
end

local function each(line, f)
  local out = {}
  for k, x in ipairs(line) do out[k] = f(x, k) end
  return out
end

local shapes = { { 3, 4 }, { 1, 1 }, { 1, 5 }, { 5, 1 }, { 70, 2 }, { 0, 3 }, { 3, 0 } }

--- Cases for a function of lists, over all shapes and dims 1 and 2, and on a number.
local function line_function(op, f, of, more)
  more = more or {}
  for dim = 1, 2 do
    for _, shape in ipairs(shapes) do
      if not (more.skip and more.skip(shape, dim)) then
        add { op = op, name = title(shape, dim), args = { more.draw and more.draw(shape) or shape },
          f = function(A) return f(A, { dim = dim }) end, naive = by_line(of, dim, shape),
          condition = more.condition, order2 = more.order2 }
      end
    end
  end
  if not more.skip_number then
    add { op = op, name = "a number", args = { "number" }, f = function(x) return f(x) end,
      naive = by_line(of) }
  end
end

-- ---- softmax, normalize, centre ----------------------------------------------------------------

line_function("softmax", sd.softmax, function(line)
  local s = total(line, math.exp)
  return each(line, function(x) return math.exp(x) / s end)
end)

local function unit(line)
  local r = total(line, function(x) return x * x end) ^ 0.5
  return each(line, function(x) return x / r end)
end
line_function("normalize", sd.normalize, unit, { skip_number = true })
add { op = "normalize", name = "a number", args = { "number" },
  naive = function(x) return x > 0 and 1 or -1 end,
  f = function(x) return sd.normalize(x) end }
for _, shape in ipairs(shapes) do
  add { op = "normalize", name = title(shape), args = { shape },
    f = function(A) return sd.normalize(A) end, naive = whole(unit, shape) }
end

local function centre(A, options)
  return tracing.apply("centre", { k = { options and options.dim or 0 } }, A)
end
local function centred(line)
  local m = total(line) / #line
  return each(line, function(x) return x - m end)
end
line_function("centre", centre, centred)
for _, shape in ipairs(shapes) do
  add { op = "centre", name = title(shape), args = { shape }, f = function(A) return centre(A) end,
    naive = whole(centred, shape) }
end

-- ---- scans -------------------------------------------------------------------------------------

local function running(start, step)
  return function(line)
    local s = start
    return each(line, function(x)
      s = step(s, x)
      return s
    end)
  end
end
local function reversed(line)
  local out = {}
  for k = #line, 1, -1 do out[#out + 1] = line[k] end
  return out
end
local function plus(s, x) return s + x end
local function times(s, x) return s * x end

line_function("cumsum", sd.cumsum, running(0, plus))
line_function("cumsum", function(A, options)
  return tracing.apply("cumsum", { k = { options and options.dim or 1, 1 } }, A)
end, function(line) return reversed(running(0, plus)(reversed(line))) end)

-- products of 70 normal draws span many orders of magnitude, which finite differences of the
-- largest bury: they are drawn near 1
line_function("cumprod", sd.cumprod, running(1, times), { draw = function(shape)
  return function(rng) return 1 + rng:randn(shape[1], shape[2]) / 16 end
end })
add { op = "cumprod", name = "with zeros", naive = by_line(running(1, times), 1, { 5, 3 }),
  args = { function()
    return sd.matrix { { 2, 0, 3 }, { 0, 0, -1 }, { 3, 2, 0.5 }, { 0.5, -1, 0 }, { 4, 3, 2 } }
  end },
  f = function(A) return sd.cumprod(A) end }

line_function("diff", sd.diff, function(line)
  local out = {}
  for k = 1, #line - 1 do out[k] = line[k + 1] - line[k] end
  return out
end, {
  skip_number = true,
  skip = function(shape, dim) return shape[dim] < 2 or shape[3 - dim] == 0 end })
for _, shape in ipairs { { 1, 1 }, { 1, 5 }, { 0, 3 }, { 3, 0 }, { 3, 1 } } do
  for dim = 1, 2 do
    local left = math.max(shape[1] - (dim == 1 and 1 or 0), 0)
    if left == 0 or shape[2] - (dim == 2 and 1 or 0) <= 0 then
      add { op = "diff", name = title(shape, dim) .. ", nothing", args = { shape },
        f = function(A) return sd.diff(A, { dim = dim }) end,
        naive = function()
          local out = {}
          for i = 1, left do out[i] = {} end
          return out
        end }
    end
  end
end
add { op = "diff", name = "a number", args = { "number" }, f = function(x) return sd.diff(x) end,
  naive = function() return {} end }

for dim = 1, 2 do
  for _, shape in ipairs(shapes) do
    local m, n = shape[1], shape[2]
    local long = { dim == 1 and m + 1 or m, dim == 2 and n + 1 or n }
    local differences = function(line)
      local out = {}
      for k = 1, #line + 1 do out[k] = (line[k - 1] or 0) - (line[k] or 0) end
      return out
    end
    if m > 0 and n > 0 then
      add { op = "undiff", name = title(shape, dim), args = { shape },
        naive = by_line(differences, dim, shape),
        f = function(A) return tracing.apply("undiff", { k = { dim, long[1], long[2] } }, A) end }
    end
    for back = 0, 1 do
      local step, name = back == 1 and 1 or -1, title(shape, dim) .. (back == 1 and ", back" or "")
      add { op = "shift", name = name, args = { shape },
        f = function(A) return tracing.apply("shift", { p = { 7 }, k = { dim, back } }, A) end,
        naive = by_line(function(line)
          return each(line, function(_, k) return line[k + step] or 7 end)
        end, dim, shape) }
      local function turned(A)
        return function(of)
          return by_line(function(line)
            return back == 1 and reversed(of(reversed(line))) or of(line)
          end, dim, shape)(A)
        end
      end
      -- factors near 1, for the same reason as above
      local near_one = function(rng) return 1 + rng:randn(m, n) / 16 end
      add { op = "recur", name = name,
        args = { near_one, shape },
        f = function(A, B) return tracing.apply("recur", { k = { dim, back } }, A, B) end,
        naive = function(A, B) -- line by line of B, with the factors found by counting lines
          local l = 0
          return turned(B)(function(line)
            l = l + 1
            local factors, y, out = {}, 0, {}
            for k = 1, #line do factors[k] = dim == 1 and A[k][l] or dim == 2 and A[l][k] end
            if back == 1 then factors = reversed(factors) end
            for k, b in ipairs(line) do
              y = k == 1 and b or factors[k] * y + b
              out[k] = y
            end
            return out
          end)
        end }
    end
  end
end

-- ---- order -------------------------------------------------------------------------------------

--- Distinct elements 1/8 apart, in random order: differences are not to meet a change of order.
local function apart(shape)
  return function(rng)
    local m, n = shape[1], shape[2]
    local _, order = sd.sort(rng:randn(m * n, 1))
    return order:reshape(m, n) / 8
  end
end

for _, descending in ipairs { false, true } do
  local function order(line)
    local at = each(line, function(_, k) return k end)
    table.sort(at, function(a, b)
      if descending then return line[a] > line[b] end
      return line[a] < line[b]
    end)
    return at
  end
  local function sorted(line) return each(order(line), function(k) return line[k] end) end
  for dim = 1, 2 do
    for _, shape in ipairs(shapes) do
      add { op = "sort", name = title(shape, dim) .. (descending and ", descending" or ""),
        args = { apart(shape) },
        f = function(A) return sd.sort(A, { dim = dim, descending = descending }) end,
        naive = function(A)
          return by_line(sorted, dim, shape)(A), by_line(order, dim, shape)(A)
        end }
    end
  end
end
add { op = "sort", name = "a number", args = { "number" }, f = function(x) return sd.sort(x) end,
  naive = function(x) return x, 1 end }

local function quantile_of(q)
  return function(line)
    local s, place = { table.unpack(line) }, q * (#line - 1)
    table.sort(s)
    local k = math.floor(place)
    local t = place - k
    return { s[k + 1] * (1 - t) + (s[k + 2] or 0) * t }
  end
end
for _, q in ipairs { 0, 0.3, 0.5, 1 } do
  for _, shape in ipairs { { 3, 4 }, { 1, 1 }, { 1, 5 }, { 5, 1 }, { 70, 2 } } do
    for dim = 1, 2 do
      add { op = "quantile", name = ("%g, %s"):format(q, title(shape, dim)),
        args = { apart(shape) },
        f = function(A) return sd.quantile(A, q, { dim = dim }) end,
        naive = by_line(quantile_of(q), dim, shape) }
    end
    add { op = "quantile", name = ("%g, %s"):format(q, title(shape)), args = { apart(shape) },
      f = function(A) return sd.quantile(A, q) end,
      naive = function(A)
        local line = {}
        for _, row in ipairs(A) do for _, x in ipairs(row) do line[#line + 1] = x end end
        return quantile_of(q)(line)[1]
      end }
  end
end
add { op = "quantile", name = "3x0, dim 1", args = { { 3, 0 } },
  f = function(A) return sd.quantile(A, 0.5, { dim = 1 }) end,
  naive = function() return { {} } end }
add { op = "quantile", name = "0x3, dim 2", args = { { 0, 3 } },
  f = function(A) return sd.quantile(A, 0.5, { dim = 2 }) end, naive = function() return {} end }
add { op = "quantile", name = "a number", args = { "number" },
  f = function(x) return sd.quantile(x, 0.3) end, naive = function(x) return x end }
for dim = 1, 2 do
  add { op = "quantile_at", name = title({ 4, 5 }, dim), args = { { 4, 5 } },
    f = function(A) return tracing.apply("quantile_at", { p = { 0.4 }, k = { dim } }, A) end,
    naive = function(A)
      local function nth(offset)
        return by_line(function(line)
          local at = each(line, function(_, k) return k end)
          table.sort(at, function(a, b) return line[a] < line[b] end)
          return { at[math.floor(0.4 * (#line - 1)) + offset] }
        end, dim, { 4, 5 })(A)
      end
      return nth(1), nth(2)
    end }
end

-- ---- pick, put ---------------------------------------------------------------------------------

--- {shape of A, positions} for each dim, with repeated ones, and nothing picked from nothing.
local picks = {
  [0] = { { { 3, 4 }, { { 12, 1 }, { 5, 5 } } }, { { 1, 1 }, { { 1 } } } },
  { { { 3, 2 }, { { 3, 1 }, { 1, 1 }, { 3, 2 }, { 2, 2 } } }, { { 4, 1 }, { { 2 } } } },
  { { { 2, 3 }, { { 3, 3, 1, 2 }, { 1, 2, 2, 1 } } }, { { 1, 4 }, { { 2 } } } },
}
for dim = 0, 2 do
  for _, pick in ipairs(picks[dim]) do
    local shape, at = pick[1], pick[2]
    local function locate(i, j)
      local p = math.tointeger(at[i][j])
      if dim == 0 then return (p - 1) % shape[1] + 1, (p - 1) // shape[1] + 1 end
      if dim == 1 then return p, j end
      return i, p
    end
    local function positions() return sd.matrix(at) end
    add { op = "pick", name = title(shape, dim), args = { shape, positions },
      fixed = { [2] = true },
      f = function(A, at_) return tracing.apply("pick", { k = { dim } }, A, at_) end,
      naive = function(A)
        local out = {}
        for i = 1, #at do
          out[i] = {}
          for j = 1, #at[1] do
            local r, c = locate(i, j)
            out[i][j] = A[r][c]
          end
        end
        return out
      end }
    add { op = "put", name = title(shape, dim), args = { { #at, #at[1] }, positions },
      fixed = { [2] = true }, f32 = false, -- its result has a dtype of its own
      f = function(X, at_)
        return tracing.apply("put", { k = { dim, shape[1], shape[2], 0, 0 } }, X, at_)
      end,
      naive = function(X)
        local out = {}
        for i = 1, shape[1] do
          out[i] = {}
          for j = 1, shape[2] do out[i][j] = 0 end
        end
        for i = 1, #at do
          for j = 1, #at[1] do
            local r, c = locate(i, j)
            out[r][c] = out[r][c] + X[i][j]
          end
        end
        return out
      end }
  end
end
add { op = "pick", name = "nothing", args = { { 3, 0 }, function() return sd.zeros(2, 0) end },
  fixed = { [2] = true }, naive = function() return { {}, {} } end,
  f = function(A, at) return tracing.apply("pick", { k = { 1 } }, A, at) end }
add { op = "put", name = "nothing", args = { { 0, 2 }, function() return sd.zeros(0, 2) end },
  fixed = { [2] = true }, naive = function() return { { 0, 0 }, { 0, 0 }, { 0, 0 } } end,
  f = function(A, at) return tracing.apply("put", { k = { 1, 3, 2, 0, 0 } }, A, at) end }

-- ---- inner products ----------------------------------------------------------------------------

local function dot(A, B)
  if type(A) == "number" then A = { { A } } end
  if type(B) == "number" then B = { { B } } end
  local s = 0
  for i, row in ipairs(A) do for j, x in ipairs(row) do s = s + x * B[i][j] end end
  return s
end
for _, args in ipairs { { { 3, 4 }, { 3, 4 } }, { { 1, 1 }, { 1, 1 } }, { { 5, 1 }, { 5, 1 } },
  { { 1, 5 }, { 1, 5 } }, { { 0, 3 }, { 0, 3 } }, { { 3, 0 }, { 3, 0 } }, { "number", "number" },
  { "number", { 1, 1 } }, { { 1, 1 }, "number" } } do
  local function show(a) return type(a) == "string" and a or ("%dx%d"):format(a[1], a[2]) end
  add { op = "dot", name = show(args[1]) .. " and " .. show(args[2]), args = args, f = sd.dot,
    naive = dot }
end
add { op = "dot", name = "with itself", args = { { 3, 4 } },
  f = function(A) return sd.dot(A, A) end,
  naive = function(A) return dot(A, A) end }

for _, n in ipairs { 0, 1, 4 } do
  add { op = "trace", name = n .. "x" .. n, args = { { n, n } }, f = sd.trace,
    naive = function(A)
      return total(A, function(row)
        local i = 1
        while A[i] ~= row do i = i + 1 end
        return row[i]
      end)
    end }
  add { op = "scaled_eye", name = n .. "x" .. n, args = { "number" },
    f = function(x) return tracing.apply("scaled_eye", { k = { n, n, 0, 0 } }, x) end,
    naive = function(x)
      local out = {}
      for i = 1, n do
        out[i] = {}
        for j = 1, n do out[i][j] = i == j and x or 0 end
      end
      return out
    end }
end
add { op = "trace", name = "a number", args = { "number" }, f = sd.trace,
  naive = function(x) return x end }
add { op = "trace", name = "of a product", args = { { 3, 4 }, { 4, 3 } },
  f = function(A, B) return sd.trace(A * B) end,
  naive = function(A, B)
    local s = 0
    for i = 1, 3 do for k = 1, 4 do s = s + A[i][k] * B[k][i] end end
    return s
  end }

return cases
