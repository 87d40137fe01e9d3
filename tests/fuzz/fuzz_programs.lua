--- Random programs over the ops, in every way that they can be run:
--
--   saddle tests/fuzz/fuzz_programs.lua [SEED [PROGRAMS [FIRST]]]
--
-- A program is a list of instructions over registers that start with a tree of parameters. Each is
-- run eagerly, compiled, as one step of an iteration (compiled, and with {eager=true}), and its
-- gradient is taken by reverse mode, forward mode and finite differences; in half of the programs the
-- gradient of a function of the gradient as well. Rngs in the state draw in every one of these.
--
-- Bounds. Every register is multiplied by 1 + delta r, r uniform on (-1,1) and fixed, delta = 2^-26;
-- what that changes, over delta, is how much one relative rounding error per register matters.
-- Runs may differ by ROUNDINGS eps of it. Finite differences with steps h and h/2 are extrapolated and
-- may be off by |D(h) - D(h/2)| and by the roundings of the values over h.
local sd = require "saddle"

local DELTA, EPS, ROUNDINGS, STEP <const> = 2^-26, 2^-52, 4096, 2^-9
local LENGTH <const> = 20

-- ---- making programs ---------------------------------------------------------------------------
-- A register is {m, n} or "number". An instruction is {name, operands = register numbers, value =
-- function(operand values...) -> value, shape}. pick(fits) gives a register or nil.

local function same(a, b) return a ~= "number" and b ~= "number" and a[1] == b[1] and a[2] == b[2] end

local bounded = function(x) return sd.tanh(x) end
local positive = function(x) return 1 + x ^ 2 end
local function like(s) return s == "number" and "number" or { s[1], s[2] } end

--- Element-wise functions that are smooth and finite everywhere on what bounded registers hold.
local maps = {
  exp = function(x) return sd.exp(bounded(x)) end,
  expm1 = function(x) return sd.expm1(bounded(x)) end,
  log = function(x) return sd.log(positive(x)) end,
  log1p = function(x) return sd.log1p(x ^ 2) end,
  sqrt = function(x) return sd.sqrt(positive(x)) end,
  abs = function(x) return sd.abs(x + 0.37) end,
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
  clamp = function(x) return sd.clamp(x, -0.73, 0.81) end,
  neg = function(x) return -x end,
  cube = function(x) return x ^ 3 / 8 end,
  power = function(x) return positive(x) ^ 0.7 end,
  mask = function(x) return sd.gt(x, 0.13) + sd.le(x, -0.4) % x end,
  stop = function(x) return sd.stop_gradient(x) + x end,
}
local map_names = {}
for name in pairs(maps) do map_names[#map_names + 1] = name end
table.sort(map_names)

local zips = {
  add = function(a, b) return a + b end,
  sub = function(a, b) return a - b end,
  mul = function(a, b) return a % b end,
  div = function(a, b) return a / positive(b) end,
  pow = function(a, b) return positive(a) ^ bounded(b) end,
  max = function(a, b) return sd.max(a + 0.0371, b) end,
  min = function(a, b) return sd.min(a, b + 0.0419) end,
  where = function(a, b) return sd.where(sd.gt(a, b), a, 2 * b) end,
}
local zip_names = {}
for name in pairs(zips) do zip_names[#zip_names + 1] = name end
table.sort(zip_names)

--- a % b for numbers too.
local function guard(f, name)
  if name ~= "mul" and name ~= "mask" then return f end
  return f
end

local function spd(a) return a * a:t() + a.rows * sd.eye(a.rows) end

--- Kinds of instructions: make(random, pick) -> name, operands, shape, value; nil when nothing fits.
local kinds = {}

function kinds.map(random, pick)
  local k, s = pick(function() return true end)
  local name = map_names[random(#map_names)]
  return name, { k }, like(s), guard(maps[name], name)
end

function kinds.zip(random, pick)
  local a, s = pick(function() return true end)
  local b, t = pick(function(t)
    return s == "number" or t == "number" or same(s, t) or t[2] == 1 and t[1] == s[1]
      or t[1] == 1 and t[2] == s[2]
  end)
  if not b then return nil end
  local shape = s == "number" and t or s
  local name = zip_names[random(#zip_names)]
  if s == "number" and t == "number" and name == "mul" then name = "add" end
  return name, { a, b }, like(shape), zips[name]
end

local function product(name, f, fits, shape)
  return function(_, pick)
    local a, s = pick(function(s) return s ~= "number" end)
    if not a then return nil end
    local b, t = pick(function(t) return t ~= "number" and fits(s, t) end)
    if not b then return nil end
    return name, { a, b }, shape(s, t), f
  end
end
local function one(s) return s[1] == 1 and s[2] == 1 end
kinds.matmul = product("matmul", function(a, b) return a * b end,
  function(s, t) return s[2] == t[1] and not one(s) and not one(t) end,
  function(s, t) return { s[1], t[2] } end)
kinds.matmul_tn = product("matmul_tn", function(a, b) return a:t() * b end,
  function(s, t) return s[1] == t[1] and not one(s) and not one(t) end,
  function(s, t) return { s[2], t[2] } end)
kinds.matmul_nt = product("matmul_nt", function(a, b) return a * b:t() end,
  function(s, t) return s[2] == t[2] and not one(s) and not one(t) end,
  function(s, t) return { s[1], t[1] } end)
kinds.khatri_rao = product("khatri_rao", function(a, b) return sd.khatri_rao(a, b) end,
  function(s, t) return s[2] == t[2] and s[1] * t[1] <= 12 end,
  function(s, t) return { s[1] * t[1], s[2] } end)
kinds.kron = product("kron", function(a, b) return sd.kron(a, b) end,
  function(s, t) return s[1] * t[1] <= 8 and s[2] * t[2] <= 8 end,
  function(s, t) return { s[1] * t[1], s[2] * t[2] } end)
kinds.hcat = product("hcat", function(a, b) return sd.hcat(a, b) end,
  function(s, t) return s[1] == t[1] and s[2] + t[2] <= 8 end,
  function(s, t) return { s[1], s[2] + t[2] } end)
kinds.vcat = product("vcat", function(a, b) return sd.vcat(a, b, a) end,
  function(s, t) return s[2] == t[2] and 2 * s[1] + t[1] <= 9 end,
  function(s, t) return { 2 * s[1] + t[1], s[2] } end)
kinds.dot = product("dot", function(a, b) return sd.dot(a, b) end, same,
  function() return "number" end)
kinds.solve = product("solve", function(a, b) return (sd.solve(spd(a), b)) end,
  function(s, t) return s[1] == t[1] end, function(_, t) return { t[1], t[2] } end)

local function unary(name, f, shape, fits)
  return function(random, pick)
    local k, s = pick(function(s) return s ~= "number" and (not fits or fits(s)) end)
    if not k then return nil end
    local g, t = f, shape
    if type(f) == "table" then
      local i = random(#f)
      g, t = f[i], shape[i]
    end
    return name, { k }, t(s), g
  end
end
local function whole() return "number" end
local function row(s) return { 1, s[2] } end
local function column(s) return { s[1], 1 } end
local function square(s) return { s[1], s[1] } end

for _, name in ipairs { "sum", "mean", "var", "std", "max", "min", "logsumexp", "norm" } do
  local f = sd[name]
  if name == "std" then
    kinds[name] = unary(name, { function(a) return sd.sqrt(0.1 + sd.var(a)) end,
      function(a) return sd.sqrt(0.1 + sd.var(a, { dim = 1 })) end }, { whole, row })
  else
    kinds[name] = unary(name, { function(a) return f(a) end,
      function(a) return f(a, { dim = 1 }) end, function(a) return f(a, { dim = 2 }) end },
      { whole, row, column })
  end
end
kinds.line = unary("line", {
  function(a) return sd.softmax(a) end, function(a) return sd.softmax(a, { dim = 2 }) end,
  function(a) return sd.cumsum(a) end, function(a) return sd.cumprod(bounded(a), { dim = 2 }) end,
  function(a) return sd.normalize(a, { dim = 1 }) end, function(a) return (sd.sort(a)) end,
}, { like, like, like, like, like, like })
kinds.trace = unary("trace", function(a) return sd.trace(a * a:t()) end, whole)
kinds.transpose = unary("t", function(a) return a:t() end, function(s) return { s[2], s[1] } end)
kinds.reshape = unary("reshape", function(a) return a:reshape(1, #a) end,
  function(s) return { 1, s[1] * s[2] } end, function(s) return s[1] * s[2] <= 8 end)
kinds.slice = unary("slice", {
  function(a) return a:col(1) end, function(a) return a:row(-1) end,
  function(a) return a:col { a.cols, 1, 1 } end, function(a) return a(1, a.cols) end,
}, { column, row, function(s) return { s[1], 3 } end, whole })
kinds.gather = unary("gather", function(a)
  return sd.scatter_add(a, sd.matrix { { 1, 1 } }, sd.gather(a, sd.matrix { { 1, #a } }))
end, like)
kinds.diag = unary("diag", function(a) return sd.diag(a * a:t()) end, column)
kinds.cholesky = unary("cholesky", function(a) return sd.cholesky(spd(a)) end, square)
kinds.inv = unary("inv", function(a) return sd.inv(spd(a)) end, square)
kinds.logdet = unary("logdet", function(a) return (sd.logdet(spd(a))) end, whole)
kinds.svdvals = unary("svdvals", function(a)
  return sd.sum(sd.svdvals(a + sd.eye(a.rows, a.cols)) ^ 2)
end, whole)
kinds.eigh = unary("eigh", function(a)
  local w, V = sd.eigh(spd(a))
  return (V % sd.log(w):t()) * V:t()
end, square)

local kind_names = {}
for name in pairs(kinds) do kind_names[#kind_names + 1] = name end
table.sort(kind_names)
-- element-wise instructions are the most frequent, so that chains form
for _ = 1, 8 do kind_names[#kind_names + 1] = "map"; kind_names[#kind_names + 1] = "zip" end

--- A program: {shapes of the parameters, instructions}; random(n) is uniform on 1..n.
local function make(random)
  local shapes = { { random(3), random(4) }, { random(4), random(3) }, "number",
    { random(3), 1 }, { random(3), random(3) } }
  local registers, code = { table.unpack(shapes) }, {}
  while #code < LENGTH do
    local function pick(fits)
      local found = {}
      for k, s in ipairs(registers) do if fits(s) then found[#found + 1] = k end end
      if #found == 0 then return nil end
      local late = math.max(1, #found - random(#found + 2)) -- later registers are likelier
      local k = found[math.min(#found, late + random(#found - late + 1) - 1)]
      return k, registers[k]
    end
    local name, operands, shape, value = kinds[kind_names[random(#kind_names)]](random, pick)
    if name then
      code[#code + 1] = { name = name, operands = operands, value = value, shape = shape }
      registers[#registers + 1] = shape
    end
  end
  return { shapes = shapes, code = code }
end

-- ---- running them ------------------------------------------------------------------------------

local names = { "A", "B", "c", "d", "E" } -- the parameters: {net = {A, B}, c, d, more = {E}}

local function tree_of(values)
  return { net = { values[1], values[2] }, c = values[3], d = values[4], more = { E = values[5] } }
end

local function list_of(p) return { p.net[1], p.net[2], p.c, p.d, p.more.E } end

--- The last registers brought to numbers and added. noise: a factor for each register, or nil.
local function evaluate(program, p, noise)
  local r = list_of(p)
  for i, instruction in ipairs(program.code) do
    local operands = {}
    for k, o in ipairs(instruction.operands) do operands[k] = r[o] end
    local v = instruction.value(table.unpack(operands))
    r[#r + 1] = noise and v * noise[i] or v
  end
  local total = 0
  for k = #r - 5, #r do total = total + sd.mean(sd.tanh(r[k] / 4)) * (k % 3 + 1) end
  return total
end

--- With rng: every parameter is shaken by draws first.
local function shaken(program, p, rng)
  local values = {}
  for k, x in ipairs(list_of(p)) do
    local shape = program.shapes[k]
    values[k] = x + 0.01 * (shape == "number" and rng:randn() or rng:randn(shape[1], shape[2]))
  end
  return tree_of(values)
end

local function listing(program)
  local lines = {}
  for k, s in ipairs(program.shapes) do
    lines[k] = ("  r%d = %s %s"):format(k, names[k], s == "number" and s or table.concat(s, "x"))
  end
  for i, instruction in ipairs(program.code) do
    local s = instruction.shape
    lines[#lines + 1] = ("  r%d = %s(r%s) -> %s"):format(#program.shapes + i, instruction.name,
      table.concat(instruction.operands, ", r"), s == "number" and s or table.concat(s, "x"))
  end
  return table.concat(lines, "\n")
end

-- ---- checking one ------------------------------------------------------------------------------

--- The largest difference of two trees of equal structure, leaf by leaf.
local function distance(a, b)
  local worst = 0
  local x, y = sd.ravel(a), sd.ravel(b)
  for k = 1, #x do
    local d = math.abs(x(k) - y(k))
    if d ~= d then return d end
    worst = math.max(worst, d)
  end
  return worst
end

local function check(what, off, bound)
  if not (off <= bound) then error(("%s: off by %.3g, bound %.3g"):format(what, off, bound), 0) end
end

local function run(program, rng, random)
  local values = {}
  for k, s in ipairs(program.shapes) do
    values[k] = s == "number" and rng:randn() or rng:randn(s[1], s[2])
  end
  local p, noise = tree_of(values), {}
  for i = 1, #program.code do noise[i] = 1 + DELTA * (2 * rng:rand() - 1) end
  local function f(q) return evaluate(program, q) end
  local function noisy(q) return evaluate(program, q, noise) end
  if random(2) == 1 then -- a function of the gradient instead
    local inner = f
    local inner_noisy = noisy
    f = function(q) return sd.tanh(sd.dot(sd.grad(inner)(q), q)) + inner(q) end
    noisy = function(q) return sd.tanh(sd.dot(sd.grad(inner_noisy)(q), q)) + inner_noisy(q) end
  end

  -- values: eager, compiled, one step of an iteration
  local value = f(p)
  local rounding = ROUNDINGS * EPS * (math.abs(value) + math.abs(noisy(p) - value) / DELTA + 1e-3)
  local plan = sd.compile(f)
  check("compiled", math.abs(plan(p) - value), rounding)
  check("compiled again", math.abs(plan(p) - plan(p)), 0)

  -- gradients: reverse, forward, finite differences
  local v, g = sd.value_and_grad(f)(p)
  check("value of value_and_grad", math.abs(v - value), rounding)
  local near = sd.grad(noisy)(p)
  local grad_rounding = ROUNDINGS * EPS * (sd.norm(g) + distance(near, g) / DELTA + 1e-3)
  local direction = sd.map(function(x)
    return type(x) == "number" and rng:randn() or rng:randn(x.rows, x.cols)
  end, p)
  local _, slope = sd.jvp(f, p, direction)
  local along = sd.dot(g, direction)
  check("forward against reverse", math.abs(slope - along), 8 * grad_rounding * sd.norm(direction))
  check("compiled gradient", distance(sd.compile(sd.grad(f))(p), g), grad_rounding)
  local function central(h) return (f(p + h * direction) - f(p - h * direction)) / (2 * h) end
  local coarse, fine = central(STEP), central(STEP / 2)
  check("finite differences", math.abs((4 * fine - coarse) / 3 - slope),
    2 * math.abs(coarse - fine) + 8 * rounding / STEP + grad_rounding * sd.norm(direction))

  -- descent with draws, in three ways
  local function step(s)
    local q = shaken(program, s.p, s.rng)
    return { p = s.p - 0.01 * sd.grad(f)(q), loss = f(q) }
  end
  local s0 = { p = p, rng = sd.rng(7, "step"), loss = 0 }
  local a = sd.compile(step):iterate(s0, 1)
  local b = sd.compile(step):iterate(s0, 1, { eager = true })
  check("step, compiled against eager", distance(a.p, b.p), grad_rounding)
  local c = sd.compile(step)
  local s2 = c:iterate(s0, 3)
  local s1 = c:iterate(c:iterate(s0, 1), 2)
  check("1 + 2 steps against 3", distance(s2, s1), 0)
end

-- ---- main --------------------------------------------------------------------------------------

local seed, count, first = tonumber(arg[1]) or 1, tonumber(arg[2]) or 100, tonumber(arg[3]) or 1
local faults = 0
for k = first, first + count - 1 do
  local rng = sd.rng(seed, "program " .. k)
  local choices = rng:split "choices"
  local function random(n) return choices:randint(n) end
  local program = make(random)
  local ok, message = xpcall(run, debug.traceback, program, rng:split "values", random)
  if not ok then
    faults = faults + 1
    print(("seed %d program %d: %s\n%s"):format(seed, k, message, listing(program)))
    if faults >= 10 then break end
  end
end
print(("%d programs, seed %d: %d faults"):format(count, seed, faults))
os.exit(faults == 0)
