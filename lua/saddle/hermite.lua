--- sd.hermite: probabilists' Hermite polynomials, expansions in them, and kernels of random
-- features.
--
-- He_{i+1} = x He_i - i He_{i-1}, E He_i(g)^2 = i!, g standard normal; h_i = He_i / sqrt(i!) are
-- orthonormal. A function has coefficients a_i = E[f(g) h_i(g)] (the papers' c_i = E[f(g) He_i(g)]
-- are sqrt(i!) a_i), f = sum a_i h_i, E f(g)^2 = sum a_i^2 (Parseval), and for unit vectors x, y
-- and normal w, E[f(w'x) f(w'y)] = sum a_i^2 (x'y)^i (Mehler).
--
--   He(i, X) h(i, X)             the polynomials, element by element
--   coefficients(f, n[, opts])   a_0..a_n of any function, with an error estimate
--   expand(a, X)                 sum a_i h_i(X)
--   kernel(a, R[, b])            sum a_i b_i R^i, element by element; b = a when left out
--   arccos(order, R)             the kernels of the step (order 0) and of ReLU (1), exactly
--   gram(f, X[, opts])           E[f(WX)' f(WX)] for a normal matrix W
--
-- He, h, expand and kernel take matrices, numbers and, in traced functions, symbols.
local core = require "saddle.core"
local sd = require "saddle"
local check = require "saddle.check"
local fail = require("saddle.tree").fail
core.tracing.module()

local HIGHEST = 200
local hermite = {}

--- X as something with matrix operations, and how to hand back what was made of it.
local function operand(fn, what, X)
  if type(X) == "number" then return sd.matrix(X), function(Y) return Y:item() end end
  if not sd.ismatrix(X) and not core.tracing.issymbol(X) then
    fail("%s: %s must be a matrix or a number, got %s", fn, what, core.show(X))
  end
  return X, function(Y) return Y end
end

--- h_0(X), h_1(X), ... h_n(X) given to visit(i, value): sqrt(i+1) h_{i+1} = X h_i - sqrt(i)
-- h_{i-1}.
local function each(n, X, visit)
  local before, now = nil, 0 * X + 1
  for i = 0, n do
    visit(i, now)
    if i == n then return now end
    local next = X % now
    if i > 0 then next = next - math.sqrt(i) * before end
    before, now = now, next * (1 / math.sqrt(i + 1))
  end
end

--- h_i(X), the normalised polynomial, 0 <= i <= 200.
function hermite.h(i, X)
  i = check.whole("hermite.h", "the degree", i, 0, HIGHEST)
  local Y, back = operand("hermite.h", "argument 2", X)
  return back(each(i, Y, function() end))
end

--- He_i(X), 0 <= i <= 170 (170! is the last factorial that is a double).
function hermite.He(i, X)
  i = check.whole("hermite.He", "the degree", i, 0, 170)
  local Y, back = operand("hermite.He", "argument 2", X)
  local before, now = nil, 0 * Y + 1
  for k = 0, i - 1 do
    local next = Y % now
    if k > 0 then next = next - k * before end
    before, now = now, next
  end
  return back(now)
end

-- ---- coefficients ------------------------------------------------------------------------------
-- Gauss-Legendre with 16 points on panels of [-40, 40], at first of length 1, whose ends are the
-- whole numbers. A panel is done when its halves agree with it in every coefficient; kinks and
-- jumps anywhere are met by bisection. The density is 0 at +-40 beside any h_i with i <= 200.

local NODES, REACH, ROUNDS = 16, 40, 48

--- For panels (lists a and b of ends): a matrix with a column a panel, rows E over the panel of
-- f h_0, ..., f h_n, f^2.
local function over(f, scale, n, a, b)
  local x, w = sd.gauss_legendre(NODES)
  local low, high = sd.matrix(a):t(), sd.matrix(b):t()
  local half = 0.5 * (high - low)
  local g = x * half + 0.5 * (high + low)
  local column = (scale * g):reshape(#g, 1)
  local v = f(column)
  if type(v) == "number" then v = sd.full(#g, 1, v) end
  v = check.matrix("hermite.coefficients", "f on numbers in [-40, 40] times scale", v)
  if v.rows ~= #g or v.cols ~= 1 then
    fail("hermite.coefficients: f must work element by element: of %dx1 it makes %dx%d", #g, v.rows,
      v.cols)
  end
  v = v:reshape(NODES, #a)
  local weight = w * half % sd.exp(-0.5 * (g % g)) * (1 / math.sqrt(2 * math.pi))
  local rows, weighted = {}, v % weight
  each(n, g, function(_, h) rows[#rows + 1] = sd.sum(h % weighted, { dim = 1 }) end)
  rows[#rows + 1] = sd.sum(v % weighted, { dim = 1 })
  return sd.vcat(rows)
end

--- One round: panels a..b with values; what is settled is added to sum, the rest comes back in
-- halves.
local function refine(state, f, scale, n)
  local low, high = {}, {}
  for k, a in ipairs(state.a) do
    local b = state.b[k]
    local middle = (a + b) / 2
    low[2 * k - 1], high[2 * k - 1], low[2 * k], high[2 * k] = a, middle, middle, b
  end
  local halves = over(f, scale, n, low, high)
  local next = { a = {}, b = {}, sum = state.sum, error = state.error }
  local columns = {}
  local last = state.round == ROUNDS
  for k = 1, #state.a do
    local pair = halves:col(2 * k - 1, 2 * k)
    local both = sd.sum(pair, { dim = 2 })
    local wrong = sd.max(sd.abs(both - state.values:col(k)))
    if last or wrong <= 1e-15 * math.max(1, state.scale) then
      next.sum, next.error = next.sum + both, next.error + wrong
    else
      for j = 2 * k - 1, 2 * k do
        next.a[#next.a + 1], next.b[#next.b + 1] = low[j], high[j]
        columns[#columns + 1] = j
      end
    end
  end
  next.scale, next.round = math.max(state.scale, sd.max(sd.abs(next.sum))), state.round + 1
  if #columns > 0 then next.values = halves:col(columns) end
  return next
end

--- sd.hermite.coefficients(f, n[, {scale=1, normalised=true}]) -> a, info: the column of
-- a_i = E[f(scale g) h_i(g)], i = 0..n <= 200, or of E[f(scale g) He_i(g)] with normalised=false
-- (n <= 170). f maps a column to a column, element by element; it may have kinks and jumps. info:
-- error (an estimate for each normalised coefficient), square = E f(scale g)^2, tail = square -
-- sum a_i^2, what of it lies beyond degree n.
function hermite.coefficients(f, n, given)
  local fn = "hermite.coefficients"
  check.callable(fn, "f", f)
  given = check.options(fn, given, { "scale", "normalised" })
  local plain = not check.flag(fn, "option 'normalised'", given.normalised, true)
  n = check.whole(fn, "the degree", n, 0, plain and 170 or HIGHEST)
  local scale = check.number(fn, "option 'scale'", given.scale, nil, nil, 1)
  local state = { a = {}, b = {}, sum = sd.zeros(n + 2, 1), error = 0, round = 1 }
  for k = -REACH, REACH - 1 do
    state.a[#state.a + 1], state.b[#state.b + 1] = k, k + 1
  end
  state.values = over(f, scale, n, state.a, state.b)
  state.scale = sd.max(sd.abs(sd.sum(state.values, { dim = 2 })))
  while #state.a > 0 do state = refine(state, f, scale, n) end
  local a, square = state.sum:block(1, 1, n + 1, 1):clone(), state.sum(n + 2)
  local info = { error = state.error, square = square, tail = math.max(0, square - sd.dot(a, a)) }
  if plain then
    local root = 1
    for i = 2, n do
      root = root * math.sqrt(i)
      a:set(i + 1, 1, root * a(i + 1))
    end
  end
  return a, info
end

local function coefficient_column(fn, what, a)
  a = check.matrix(fn, what, a)
  if a.cols ~= 1 or a.rows == 0 or a.rows > HIGHEST + 1 then
    fail("%s: %s must be a column of 1 to %d coefficients, got %dx%d", fn, what, HIGHEST + 1,
      a.rows, a.cols)
  end
  return a
end

--- sum a_i h_i(X), a the column of normalised coefficients.
function hermite.expand(a, X)
  a = coefficient_column("hermite.expand", "a", a)
  local Y, back = operand("hermite.expand", "argument 2", X)
  local sum
  each(a.rows - 1, Y, function(i, h)
    local term = a(i + 1) * h
    sum = sum and sum + term or term
  end)
  return back(sum)
end

--- sum a_i b_i R^i by Horner's rule: E[f(w'x) g(w'y)] for unit vectors with x'y = R, up to what the
-- columns a and b leave out: at most sqrt(tail_f tail_g) |R|^(n+1).
function hermite.kernel(a, R, b)
  a = coefficient_column("hermite.kernel", "a", a)
  b = b == nil and a or coefficient_column("hermite.kernel", "b", b)
  local Y, back = operand("hermite.kernel", "argument 2", R)
  local n = math.min(a.rows, b.rows)
  local sum = 0 * Y + a(n) * b(n)
  for i = n - 1, 1, -1 do sum = sum % Y + a(i) * b(i) end
  return back(sum)
end

--- Cho and Saul's arc-cosine kernels (NIPS 2009) for unit vectors with x'y = R, per feature:
-- order 0: P(w'x >= 0, w'y >= 0) = (pi - t)/(2 pi), order 1: E relu(w'x) relu(w'y) =
-- (sin t + (pi - t) cos t)/(2 pi), cos t = R.
function hermite.arccos(order, R)
  order = check.whole("hermite.arccos", "the order", order, 0, 1)
  if order == 0 then return sd.normal.orthant(0, 0, R) end
  return sd.normal.relu_relu(0, 0, R)
end

-- ---- the expected Gram matrix ------------------------------------------------------------------

--- sd.hermite.gram(f, X[, {rows=1, scale=1, degree=60}]) -> K (n x n), info: K = E[f(WX)' f(WX)]
-- for W of `rows` rows of independent N(0, scale^2), X d x n with columns of any length: with r_a
-- the length of column a and a_i(r) the coefficients of f(scale r g),
--   K_ab = rows sum_i a_i(r_a) a_i(r_b) cos(a,b)^i
-- (Song et al., equation (56), for unit columns). The diagonal is rows E f(scale r_a g)^2. info:
-- error, a bound on what the degrees left out and the quadrature add to an element off it. Lengths
-- are expanded one by one; equal ones once.
function hermite.gram(f, X, given)
  local fn = "hermite.gram"
  check.callable(fn, "f", f)
  X = check.matrix(fn, "X", X)
  given = check.options(fn, given, { "rows", "scale", "degree" })
  local rows = check.whole(fn, "option 'rows'", given.rows, 1, nil, 1)
  local scale = check.positive(fn, "option 'scale'", given.scale, 1)
  local degree = check.whole(fn, "option 'degree'", given.degree, 0, HIGHEST, 60)
  local n = X.cols
  if n == 0 then return sd.zeros(0, 0), { error = 0 } end
  local lengths = sd.norm(X, { dim = 1 })
  local known, columns, squares = {}, {}, sd.zeros(n, 1)
  local tail, wrong = 0, 0
  for a = 1, n do
    local key = ("%.13g"):format(lengths(a)) -- unit columns differ by rounding
    if not known[key] then
      local c, info = hermite.coefficients(f, degree, { scale = scale * lengths(a) })
      known[key] = { c = c, square = info.square }
      tail = math.max(tail, info.tail)
      wrong = math.max(wrong, info.error * math.sqrt(info.square) * 2 * (degree + 1))
    end
    columns[a] = known[key].c
    squares:set(a, 1, known[key].square)
  end
  local A = sd.hcat(columns)
  local U = X / sd.where(sd.gt(lengths, 0), lengths, 1)
  local C = sd.clamp(U:t() * U, -1, 1)
  local K, power = sd.zeros(n, n), sd.ones(n, n)
  for i = 0, degree do
    local row = A:row(i + 1)
    K = K + (row:t() * row) % power
    power = power % C
  end
  local off = sd.abs(C) - sd.diag(sd.diag(sd.abs(C)))
  K = K - sd.diag(sd.diag(K)) + sd.diag(squares)
  return rows * K, { error = rows * (tail * sd.max(off) ^ (degree + 1) + wrong) }
end

return hermite
