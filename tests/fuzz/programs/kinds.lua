--- The instructions of random programs. A register is "number" or {m, n, dtype=}.
--
-- A kind is make(random, pick) -> {name=, operands= register numbers, shape=, f=}, or nil when no
-- registers fit; held= and narrows= mark those that program.lua runs in another way. random(n) is
-- uniform on 1..n; pick(fits) gives a register's number and shape.
--
-- Instructions are regular by construction: arguments are brought to where a function is smooth and
-- well conditioned (positive, spd, full_rank, spread: gaps between eigenvalues and between singular
-- values, so that vectors have derivatives). Kinks stay, away from round values, where ties of
-- unrelated numbers would be.
local sd = require "saddle"

local kinds = {}

-- ---- where functions are smooth ----------------------------------------------------------------

local function bounded(x) return sd.tanh(x) end
local function positive(x) return 1 + x ^ 2 end
local function eye(a, m, n) return sd.eye(m, n, { dtype = a.dtype }) end
local function ladder(a, n)
  local d = sd.zeros(n, 1, { dtype = a.dtype })
  for k = 1, n do d:set(k, k) end
  return d
end

--- Positive definite; smallest eigenvalue at least 1, and the condition at most 1 + rows*cols.
local function spd(a)
  local b = bounded(a)
  return b * b:t() + eye(a, a.rows, a.rows)
end

--- Symmetric, eigenvalues at least 0.6 apart: those of diag(1..m), moved by a positive matrix of a
-- norm of at most 0.4.
local function spread(a)
  local b = bounded(a)
  return sd.diag(ladder(a, a.rows)) + (0.4 / #a) * (b * b:t())
end

--- Singular values at least 0.4 apart and from 0: those of diag(1..), moved by at most 0.3.
local function full_rank(a)
  local m, n = a.rows, a.cols
  local scaled = m >= n and eye(a, m, n) % ladder(a, n):t() or eye(a, m, n) % ladder(a, m)
  return scaled + (0.3 / #a) * bounded(a)
end

--- A whole number of 1..n that depends on all of a.
local function place(a, n) return sd.floor(sd.sigmoid(sd.sum(a) + 0.137) * (n - 0.001)) + 1 end

--- Positions 1..n, as many as a has columns.
local function places(a, n)
  return sd.floor(sd.sigmoid(sd.sum(a, { dim = 1 }) + 0.137) * (n - 0.001)) + 1
end

-- ---- element by element ------------------------------------------------------------------------

local cube = sd.op { name = "fuzz_cube", run = function(X) return X % X % X / 8 end,
  vjp = function(dY, _, X) return dY % (X % X) * 0.375 end }
local wave = sd.op { name = "fuzz_wave", run = function(X) return sd.sin(2 * X) end,
  jvp = function(d, _, X) return 2 * d[1] % sd.cos(2 * X) end }
local blend = sd.op { name = "fuzz_blend", run = function(X, Y) return X % sd.tanh(Y) end,
  vjp = function(dZ, _, X, Y)
    local y = sd.tanh(Y)
    return dZ % y, dZ % X % (1 - y % y)
  end }

local maps = {
  exp = function(x) return sd.exp(bounded(x)) end,
  expm1 = function(x) return sd.expm1(bounded(x)) end,
  log = function(x) return sd.log(positive(x)) end,
  log1p = function(x) return sd.log1p(x ^ 2) end,
  sqrt = function(x) return sd.sqrt(positive(x)) end,
  abs = function(x) return sd.abs(x + 0.37) end,
  sign = function(x) return sd.sign(x - 0.333) + x end,
  floor = function(x) return sd.floor(x + 0.0713) - x end,
  sin = function(x) return sd.sin(x) end,
  cos = function(x) return sd.cos(x) end,
  tanh = function(x) return sd.tanh(x) end,
  sigmoid = function(x) return sd.sigmoid(x) end,
  log_sigmoid = function(x) return sd.log_sigmoid(x) end,
  relu = function(x) return sd.relu(x + 0.21) end,
  leaky_relu = function(x) return sd.leaky_relu(x - 0.17, 0.2) end,
  softplus = function(x) return sd.softplus(x) end,
  gelu = function(x) return sd.gelu(x) end,
  silu = function(x) return sd.silu(x) end,
  elu = function(x) return sd.elu(x + 0.11) end,
  erf = function(x) return sd.erf(x) end,
  erfc = function(x) return sd.erfc(x) end,
  erfinv = function(x) return sd.erfinv(0.9 * bounded(x)) end,
  normcdf = function(x) return sd.normcdf(x) end,
  normppf = function(x) return sd.normppf(0.5 + 0.4 * bounded(x)) end,
  lgamma = function(x) return sd.lgamma(positive(x)) end,
  digamma = function(x) return sd.digamma(positive(x)) end,
  polygamma = function(x) return sd.polygamma(positive(x), 2) end,
  clamp = function(x) return sd.clamp(x, -0.73, 0.81) end,
  neg = function(x) return -x end,
  cube = function(x) return bounded(x) ^ 3 end,
  power = function(x) return positive(x) ^ 0.7 end,
  base = function(x) return 2 ^ bounded(x) end,
  inverse = function(x) return 1 / positive(x) end,
  mask = function(x) return sd.where(sd.le(x, -0.4), 0.5 * x, 0.3) + sd.gt(x, 0.13) end,
  finite = function(x) return sd.where(sd.isfinite(x), x, 0) end,
  safe_log = function(x) return sd.where(sd.gt(x, 0.21), sd.log(sd.max(x, 0.2)), 0) end,
  gelu_slope = function(x) return sd.act.gelu.d(x) end,
  user_vjp = function(x) return cube(bounded(x)) end,
  user_jvp = function(x) return wave(x) end,
}

local zips = {
  add = function(a, b) return a + b end,
  sub = function(a, b) return a - b end,
  mul = function(a, b) return bounded(a) % b end,
  div = function(a, b) return a / positive(b) end,
  pow = function(a, b) return positive(a) ^ bounded(b) end,
  max = function(a, b) return sd.max(a + 0.0371, b) end,
  min = function(a, b) return sd.min(a, b + 0.0419) end,
  where = function(a, b) return sd.where(sd.gt(a, b + 0.0117), a, 2 * b) end,
}

local function sorted(t)
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return names
end
local map_names, zip_names = sorted(maps), sorted(zips)

local function copy(s, m, n)
  if s == "number" then return s end
  return { m or s[1], n or s[2], dtype = s.dtype }
end
local function any() return true end
local function matrix(s) return s ~= "number" end

function kinds.map(random, pick)
  local k, s = pick(any)
  local name = map_names[random(#map_names)]
  if s == "number" and name:find "^user" then name = "tanh" end -- an sd.op of a number is 1x1
  return { name = name, operands = { k }, shape = copy(s), f = maps[name] }
end

--- Of two numbers a % b would be Lua's remainder.
function kinds.zip(random, pick)
  local a, s = pick(any)
  local b, t = pick(function(t)
    if s == "number" or t == "number" then return true end
    local function fits(x, y)
      return y[1] == x[1] and y[2] == x[2] or y[2] == 1 and y[1] == x[1]
        or y[1] == 1 and y[2] == x[2]
    end
    return s.dtype == t.dtype and (fits(s, t) or fits(t, s))
  end)
  if not b then return nil end
  local name = zip_names[random(#zip_names)]
  local shape = copy(s == "number" and t or s)
  if s ~= "number" and t ~= "number" then
    shape[1], shape[2] = math.max(s[1], t[1]), math.max(s[2], t[2])
  elseif s == t and name == "mul" then
    name = "add"
  end
  return { name = name, operands = { a, b }, shape = shape, f = zips[name] }
end

function kinds.stop(_, pick)
  local k, s = pick(any)
  return { name = "stop_gradient", operands = { k }, shape = copy(s), held = true,
    f = function(x, held) return 0.7 * (held or sd.stop_gradient(x)) + x end }
end

--- Narrowing, only where a program has f32 already; `wide` programs (f64 throughout) pass it by.
function kinds.to(random, pick)
  local k, s = pick(matrix)
  local narrow = random(2) == 1 and pick(function(t) return t ~= "number" and t.dtype == "f32" end)
  local dtype = narrow and "f32" or "f64"
  return { name = "to " .. dtype, operands = { k }, shape = { s[1], s[2], dtype = dtype },
    f = function(x) return x:to(dtype) end, narrows = narrow ~= nil and narrow ~= false }
end

-- ---- two matrices ------------------------------------------------------------------------------

local function pair(name, f, fits, shape)
  kinds[name] = function(random, pick)
    local a, s = pick(matrix)
    local b, t = pick(function(t)
      return t ~= "number" and s.dtype == t.dtype and fits(s, t)
    end)
    if not b then return nil end
    local g = type(f) == "table" and f[random(#f)] or f
    local to = shape(s, t)
    if matrix(to) then to.dtype = s.dtype end
    return { name = name, operands = { a, b }, shape = to, f = g }
  end
end
local function one(s) return s[1] == 1 and s[2] == 1 end
local function of_second(_, t) return { t[1], t[2] } end
local function same_rows(s, t) return s[1] == t[1] end
local function same(s, t) return s[1] == t[1] and s[2] == t[2] end
local function number() return "number" end

-- A 1x1 matrix would count as a number; products are of bounded factors, so that chains of them
-- stay within what finite differences resolve.
pair("matmul", function(a, b) return bounded(a) * b end,
  function(s, t) return s[2] == t[1] and not one(s) and not one(t) end,
  function(s, t) return { s[1], t[2] } end)
pair("matmul_tn", function(a, b) return a:t() * bounded(b) end,
  function(s, t) return s[1] == t[1] and not one(s) and not one(t) end,
  function(s, t) return { s[2], t[2] } end)
pair("matmul_nt", function(a, b) return bounded(a) * b:t() end,
  function(s, t) return s[2] == t[2] and not one(s) and not one(t) end,
  function(s, t) return { s[1], t[1] } end)
pair("khatri_rao", function(a, b) return sd.khatri_rao(bounded(a), b) end,
  function(s, t) return s[2] == t[2] and s[1] * t[1] <= 12 end,
  function(s, t) return { s[1] * t[1], s[2] } end)
pair("kron", function(a, b) return sd.kron(a, bounded(b)) end,
  function(s, t) return s[1] * t[1] <= 8 and s[2] * t[2] <= 8 end,
  function(s, t) return { s[1] * t[1], s[2] * t[2] } end)
pair("hcat", function(a, b) return sd.hcat(a, b) end,
  function(s, t) return s[1] == t[1] and s[2] + t[2] <= 8 end,
  function(s, t) return { s[1], s[2] + t[2] } end)
pair("vcat", function(a, b) return sd.vcat(a, b, a) end,
  function(s, t) return s[2] == t[2] and 2 * s[1] + t[1] <= 9 end,
  function(s, t) return { 2 * s[1] + t[1], s[2] } end)
pair("dot", function(a, b) return sd.dot(bounded(a), b) end, same, number)
pair("user_two", function(a, b) return blend(a, b) end, same, of_second)
pair("solve", {
  function(a, b) return (sd.solve(spd(a), b)) end,
  function(a, b) return (sd.solve(spd(a), b, { assume = "posdef" })) end,
  function(a, b) return (sd.solve(spread(a), b, { assume = "symmetric" })) end,
  function(a, b) return (sd.solve(sd.cholesky(spd(a)), b, { assume = "lower" })) end,
  function(a, b) return (sd.solve(sd.cholesky(spd(a)):t(), b, { assume = "upper" })) end,
}, same_rows, of_second)
pair("lstsq", function(a, b) return (sd.lstsq(full_rank(a), b)) end, same_rows,
  function(s, t) return { s[2], t[2] } end)
pair("eigh_two", function(a, b)
  -- B within 0.1 of the identity: of at most 3 eigenvalues, 0.6 apart, none meet
  local c = bounded(b)
  local w, V = sd.eigh(spread(a), eye(a, a.rows, a.rows) + (0.05 / #b) * (c * c:t()))
  return (V % sd.log(w):t()) * V:t()
end, function(s, t) return s[1] == t[1] and s[1] <= 3 end,
  function(s) return { s[1], s[1] } end)

-- Run-time indices: positions computed from the first operand; no derivative goes to it there.
pair("take", {
  function(a, b) return b:col(places(a, b.cols)) end,
  function(a, b) return sd.gather(b, places(a, b.cols), { dim = 2 }) end,
}, function(s) return s[2] <= 8 end, function(s, t) return { t[1], s[2] } end)
pair("positions", function(a, b) return sd.gather(b, places(a, #b)) end, any,
  function(s) return { 1, s[2] } end)
pair("add_at", {
  function(a, b) return sd.scatter_add(b, places(a, #b), sd.sin(a:row(1))) end,
}, any, of_second)
pair("add_columns", function(a, b)
  return sd.scatter_add(b, places(a, b.cols), bounded(a), { dim = 2 })
end, same_rows, of_second)
pair("hot", function(a, b) return bounded(b) * sd.one_hot(places(a, b.cols), b.cols,
  { dtype = b.dtype }) end, function(s, t) return not one(t) and s[2] > 1 end,
  function(s, t) return { t[1], s[2] } end)
pair("corner", function(a, b)
  return b:block(place(a, b.rows), place(a, b.cols), 1, 1) + 0 * b
end, any, of_second)
pair("line_at", function(a, b) return b:row(place(a, b.rows)) % b end, any, of_second)
pair("element", function(a, b) return b(place(a, b.rows), place(a, b.cols)) end, any, number)

-- ---- one matrix --------------------------------------------------------------------------------

local function unary(name, forms, shapes, fits)
  kinds[name] = function(random, pick)
    local k, s = pick(function(s) return s ~= "number" and (not fits or fits(s)) end)
    if not k then return nil end
    local i = random(#forms)
    local shape = shapes[math.min(i, #shapes)](s)
    if matrix(shape) then shape.dtype = s.dtype end
    return { name = name .. (#forms > 1 and "#" .. i or ""), operands = { k }, shape = shape,
      f = forms[i] }
  end
end
local function row(s) return { 1, s[2] } end
local function column(s) return { s[1], 1 } end
local function square(s) return { s[1], s[1] } end
local function small(s) return s[1] <= 5 end

for _, name in ipairs { "sum", "mean", "max", "min", "logsumexp" } do
  local f = sd[name]
  unary(name, { function(a) return f(a) end, function(a) return f(a, { dim = 1 }) end,
    function(a) return f(a, { dim = 2 }) end }, { number, row, column })
end
unary("var", { function(a) return sd.var(a) end, function(a) return sd.var(a, { dim = 1 }) end,
  function(a) return sd.sqrt(0.1 + sd.var(a, { dim = 2 })) end }, { number, row, column })
-- away from 0, where std and norm have a kink
unary("std", { function(a) return sd.std(sd.vcat(a + 1, bounded(a) - 4)) end,
  function(a) return sd.std(sd.vcat(bounded(a), bounded(a) + 3), { dim = 1 }) end },
  { number, row })
unary("norm", { function(a) return sd.norm(sd.vcat(a, 0 * a + 0.5)) end,
  function(a) return sd.norm(full_rank(a), 2) end,
  function(a) return sd.norm(full_rank(a), "nuc") end }, { number })
unary("quantile", { function(a) return sd.quantile(a, 0.3) end,
  function(a) return sd.quantile(a, 0.8, { dim = 1 }) end,
  function(a) return sd.quantile(a, 0.45, { dim = 2 }) end }, { number, row, column })
unary("line", {
  function(a) return sd.softmax(a) end, function(a) return sd.softmax(a, { dim = 2 }) end,
  function(a) return sd.cumsum(bounded(a)) end,
  function(a) return sd.cumsum(a, { dim = 2 }) / 4 end,
  function(a) return sd.cumprod(bounded(a), { dim = 2 }) end,
  function(a) return sd.cumprod(bounded(a)) end,
  function(a) return sd.normalize(positive(a), { dim = 1 }) end,
  function(a) return sd.normalize(positive(a)) end, function(a) return (sd.sort(a)) end,
  function(a) return (sd.sort(a, { dim = 2, descending = true })) end,
}, { copy })
unary("diff", { function(a) return sd.diff(sd.vcat(a, a:row(1) % a:row(-1))) end,
  function(a) return sd.diff(sd.hcat(a:col(-1), a), { dim = 2 }) end }, { copy })
unary("trace", { function(a) return sd.trace(bounded(a) * a:t()) end }, { number })
unary("t", { function(a) return a:t() end }, { function(s) return { s[2], s[1] } end })
unary("reshape", { function(a) return a:reshape(1, #a) end },
  { function(s) return { 1, s[1] * s[2] } end }, function(s) return s[1] * s[2] <= 8 end)
unary("slice", {
  function(a) return a:col(1) end, function(a) return a:row(-1) end,
  function(a) return a:col { a.cols, 1, 1 } end, function(a) return a(1, a.cols) end,
  function(a) return a:block(a.rows, 1, 1, a.cols) end,
}, { column, row, function(s) return { s[1], 3 } end, number, row })
unary("gather", { function(a)
  return sd.scatter_add(a, sd.matrix { { 1, 1 } }, sd.gather(a, sd.matrix { { 1, #a } }))
end }, { copy })
unary("diag", { function(a) return sd.diag(spd(a)) end }, { column })
unary("diag_of", { function(a) return sd.diag(a:col(1)) end }, { square }, small)
unary("cholesky", { function(a) return sd.cholesky(spd(a)) end }, { square })
unary("inv", { function(a) return sd.inv(spd(a)) end }, { square })
unary("pinv", { function(a) return sd.pinv(full_rank(a)) end },
  { function(s) return { s[2], s[1] } end })
unary("qr", { function(a)
  local Q, R = sd.qr(full_rank(a))
  return Q * sd.sin(R)
end }, { copy }, function(s) return s[1] >= s[2] end)
unary("logdet", { function(a) return (sd.logdet(spd(a))) end }, { number })
unary("svdvals", { function(a) return sd.sum(sd.log(sd.svdvals(full_rank(a)))) end,
  function(a) return sd.cond(full_rank(a)) end }, { number })
unary("svd", { function(a) -- what does not change with the signs of the vectors
  local U, s, V = sd.svd(full_rank(a))
  return (U % sd.log(s):t()) * V:t()
end }, { copy })
unary("eigh", { function(a)
  local w, V = sd.eigh(spread(a))
  return (V % sd.log(w):t()) * V:t()
end }, { square })
unary("eigvalsh", { function(a) return sd.eigvalsh(spread(a)) end }, { column })
unary("expm", { function(a) return sd.expm(0.3 * spread(a)) end }, { square }, small)
unary("sqrtm", { function(a) return sd.sqrtm(spread(a)) end }, { square }, small)

-- ---- whole functions ---------------------------------------------------------------------------

unary("loop", { function(a)
  return sd.loop(3, function(s, t) return { x = sd.tanh(s.x + a / t), y = s.x } end,
    { x = 0.5 * a, y = a }).y
end, function(a)
  return sd.loop(2, function(s) return { x = 0.5 * s.x + sd.mean(s.x), n = s.n * 0.9 } end,
    { x = a, n = 1.5 }).x
end }, { copy })
unary("inner_grad", { function(a)
  return sd.grad(function(x) return sd.sum(sd.softplus(x) % sd.sin(a)) end)(a)
end, function(a)
  local _, df = sd.linearize(function(x) return sd.tanh(x) % a end, a)
  return df(sd.cos(a))
end, function(a)
  local _, pull = sd.vjp(function(x) return sd.sigmoid(x) % a end, a)
  return pull(sd.sin(a))
end, function(a)
  return (select(2, sd.jvp(function(x) return sd.gelu(x) end, a, a:clone())))
end }, { copy })
local call_me = sd.compile(function(x) return sd.tanh(x) + sd.mean(x) end)
unary("compiled", { function(a) return call_me(a) end }, { copy })
unary("schedule", { function(a)
  return sd.schedule(function(t) return 1 / t end, 3) * a
end }, { copy })
unary("expect", { function(a)
  return sd.expect({ 0.25, 0.75 }, function(k) return sd.sin(k * a) end)
end }, { copy })

return { kinds = kinds, names = sorted(kinds) }
