--- Random calls of everything that `sd` offers, with arguments chosen to hurt:
--
--   build/saddle tests/fuzz/fuzz_api.lua [seed [calls [from]]]
--
-- seed 1 and 20000 calls by default; calls from number `from` on are shown
-- before they are made, so that the last line names one that crashed.
--
-- Every call must return or raise an error whose message is one line and starts with a function's
-- name; leave what it does not change in place as it was; give a result of the documented shape;
-- and take less than 2 seconds. What breaks this is printed, and the exit status is then 1. Set
-- SADDLE_MEMORY (2G), so that a size that just fits this machine is refused rather than filled.
local sd = require "saddle"

local seed, calls = math.tointeger(arg[1] or 1), math.tointeger(arg[2] or 20000)
local from = math.tointeger(arg[3] or math.maxinteger)
local LIMIT = 2 -- seconds of processor time for one call
local scratch = os.tmpname()

math.randomseed(seed)
local random = math.random
local function pick(list) return list[random(#list)] end
local function chance(p) return random() < p end

-- ---- values ------------------------------------------------------------------------------------

local numbers = { 0, -0.0, 1, 1.0, 2, 3, 5, -1, -2, 0.5, 1.5, -0.25, 40, 300, 0 / 0, math.huge,
  -math.huge, 2^31, 2^31 - 1, 2^53, 2^53 + 2, 2^63, -2^63, 1e300, 5e-324, 1e-310, 1e12,
  math.maxinteger, math.mininteger, 3.4e38, 200, 201 }
local elements = { 0, 1, -1, 2, 3, 0.5, -0.5, 1e-3, 40, 1e10, -0.0 }
local wild = { 0 / 0, math.huge, -math.huge, 1e308, -1e308, 5e-324, 1e-310, 3.5e38, 1e-40,
  2^53, 2^24 + 1 }
local strings = { "", "f32", "f64", "dim", "fro", "nuc", "2inf", "inf", "gesvd", "posdef", "lower",
  "1", "0x10", "nan", "a\0b", "f32\0", "line\nbreak", ("long"):rep(300), "\27[31m", "%s%n", "k=1",
  "k=", "=", "x.npy\0", "\xff\xfe" }
local keys = { "dim", "dtype", "tol", "rcond", "ddof", "descending", "driver", "assume", "pivot",
  "vectors", "which", "steps", "seed", "maxit", "header", "noise", "mean", "label", "width",
  "clock", "slope", "alpha", "key", "ordinal", "dims", "dim\0", "new\nline" }
local good = { dim = { 1, 2 }, dtype = { "f32", "f64" }, pivot = { true }, vectors = { false },
  ddof = { 1 }, driver = { "gesvd" }, descending = { true }, tol = { 0, 1e-3, 1 },
  which = { "smallest", "both", "magnitude", "real" }, steps = { 1, 2 }, seed = { 1, -1 },
  rcond = { 0, 0.5, 1 }, assume = { "symmetric", "posdef", "lower", "upper" }, maxit = { 1, 50 } }

local value -- any value
local shared, base = {}, nil -- the views among a call's arguments, and their common owner
local kept = {} -- results of earlier calls

local function size() return chance(0.2) and 0 or chance(0.25) and 1 or random(1, 7) end

local function matrix(m, n)
  m, n = m or size(), n or size()
  local A = sd.zeros(m, n, chance(0.25) and { dtype = "f32" } or nil)
  local source = chance(0.25) and wild or elements
  for k = 1, #A do A:set(k, chance(0.8) and pick(source) or random() - 0.5) end
  if m == n and chance(0.3) and source == elements then A = A * A:t() + sd.eye(m):to(A.dtype) end
  return A
end

--- A view of the owner that all views of this call share.
local function view()
  base = base or matrix(random(1, 7), random(1, 7))
  local i, j = random(base.rows), random(base.cols)
  local V = base:block(i, j, random(0, base.rows - i + 1), random(0, base.cols - j + 1))
  shared[V] = true
  return V
end

local function list()
  local t = {}
  for k = 1, random(0, 5) do t[k] = chance(0.7) and random(1, 4) or value(true) end
  if chance(0.1) then t[#t + 2] = 1 end -- a hole
  if chance(0.2) then
    for k = 1, #t do t[k] = { random(3), chance(0.9) and random(3) or value(true) } end
  end
  return t
end

local function options()
  local t = {}
  for _ = 1, random(0, 2) do
    local key = pick(keys)
    t[key] = good[key] and chance(0.7) and pick(good[key]) or value(true)
  end
  if chance(0.03) then
    setmetatable(t, { __index = function() error("an option's __index ran") end })
  end
  return t
end

local function echo(...) return ... end

local function odd()
  local loop = {}
  loop.x, loop[1] = loop, loop
  return pick { true, false, echo, function() return 1 end, coroutine.create(echo), io.stdout,
    sd.rng(1), loop, setmetatable({}, { __len = function() error "len" end }),
    setmetatable({}, { __tostring = function() return "two\nlines" end }), sd.act.relu, sd }
end

function value(leaf)
  local r = random()
  if r < 0.30 then return matrix() end
  if r < 0.38 then return view() end
  if r < 0.44 and #kept > 0 then return pick(kept) end
  if r < 0.66 then return pick(numbers) end
  if r < 0.74 then return pick(strings) end
  if r < 0.80 then return odd() end
  if r < 0.82 then return nil end
  if leaf then return random(5) end
  if r < 0.90 then return list() end
  return options()
end

--- n arguments from a call's usual kinds, one in six replaced by anything.
local function arguments(kinds)
  local out = { n = #kinds }
  for k, kind in ipairs(kinds) do
    if chance(1 / 6) then
      out[k] = value()
    else
      out[k] = kind()
    end
  end
  if chance(0.15) then out.n = random(0, out.n) end -- too few
  if chance(0.15) then -- too many
    out.n = out.n + 1
    out[out.n] = value()
  end
  return out
end

-- ---- calls: {name, function, kinds of arguments, in place, shape} ------------------------------

local function number() return chance(0.6) and random(0, 5) or pick(numbers) end
local function some_matrix() return chance(0.2) and view() or matrix() end
local function square()
  local n = size()
  return matrix(n, n)
end
local function same() return some_matrix() end
local function maybe_options() return chance(0.5) and options() or nil end
local function path()
  if chance(0.1) then return value() end
  return scratch .. pick { ".npy", ".npz", ".csv", ".txt", "", "/x.npy", "\n.npy", ".NPY" }
end
local function saved()
  if chance(0.5) then return some_matrix() end
  return { a = value(), b = matrix(3, 1), c = chance(0.3) and { value(), d = value() } or nil }
end
local function rng() return sd.rng(random(9)) end

local targets = {}
local function target(name, f, kinds, more)
  more = more or {}
  targets[#targets + 1] = { name = name, f = f, kinds = kinds, in_place = more.in_place,
    shape = more.shape, composed = more.composed }
end

--- What is made of several functions: its errors may be theirs.
local function composed(name, f, kinds) target(name, f, kinds, { composed = true }) end

local function same_shape(result, A)
  if not sd.ismatrix(A) then return type(result) == "number" end
  return sd.ismatrix(result) and result.rows == A.rows and result.cols == A.cols
    and result.dtype == A.dtype
end
local function transposed(result, A) return result.rows == A.cols and result.cols == A.rows end
local function reduced(result, A, o)
  local dim = type(o) == "table" and o.dim
  if not dim then return sd.ismatrix(o) or type(o) == "number" or type(result) == "number" end
  if type(A) == "number" then A = { rows = 1, cols = 1 } end
  return result.rows == (dim == 2 and A.rows or 1) and result.cols == (dim == 1 and A.cols or 1)
end

--- What the core's functions want; those not listed take a matrix and options.
local wants = {
  binary = { some_matrix, same, maybe_options }, solve = { square, some_matrix, maybe_options },
  square = { square, maybe_options }, sizes = { number, number, maybe_options },
}
for name in ("lt le gt ge eq ne kron khatri_rao dot lstsq nnls"):gmatch "%S+" do
  wants[name] = wants.binary
end
for name in ("eigh eigvalsh eig cholesky inv logdet sqrtm expm trace"):gmatch "%S+" do
  wants[name] = wants.square
end
for name in ("hutchinson hutchpp spectral_density"):gmatch "%S+" do wants[name] = wants.square end
wants.svds = { some_matrix, number, maybe_options }
wants.eigs = { square, number, maybe_options }
wants.lanczos = wants.eigs
for name in ("zeros ones eye"):gmatch "%S+" do wants[name] = wants.sizes end
wants.full = { number, number, number, maybe_options }
wants.linspace = { number, number, number, maybe_options }
wants.logspace = wants.linspace
wants.where = { some_matrix, same, same }
wants.clamp = { some_matrix, number, number }
wants.leaky_relu = { some_matrix, number }
wants.elu = wants.leaky_relu
wants.matrix = { list, maybe_options }
wants.hcat = { some_matrix, same, same }
wants.vcat = wants.hcat
wants.quantile = { some_matrix, number, maybe_options }
wants.one_hot = { list, number, maybe_options }
wants.gather = { some_matrix, list, maybe_options }
wants.scatter_add = { some_matrix, list, same, maybe_options }
wants.norm = { some_matrix, function() return pick { 1, 2, "fro", "nuc", "inf", "2inf" } end }
for name in ("gauss_legendre gauss_hermite gammainc gammaincinv betainc betaincinv"):gmatch "%S+" do
  wants[name] = { number, number, number, maybe_options }
end
wants.save = { path, saved, maybe_options }
wants.load = { path }
wants.rng = { number, number }
wants.threads = { function() return random(2) end }
wants.memory = {}
wants.isa = {}

local maps = {}
for name in ("abs sign sqrt floor exp expm1 log log1p sin cos tanh sigmoid log_sigmoid relu " ..
  "leaky_relu softplus gelu silu elu erf erfc erfinv normcdf normppf lgamma " ..
  "digamma polygamma isfinite clamp cumsum cumprod softmax normalize stop_gradient " ..
  "sort"):gmatch "%S+" do
  maps[name] = same_shape
end
for name in ("sum mean var std max min argmax argmin logsumexp"):gmatch "%S+" do
  maps[name] = reduced
end
maps.expm, maps.sqrtm, maps.inv, maps.cholesky = nil, nil, nil, nil

local core = {}
for name, f in pairs(require "saddle.core") do
  if type(f) == "function" and rawget(sd, name) then core[#core + 1] = name end
end
table.sort(core)
for _, name in ipairs(core) do
  target(name, sd[name], wants[name] or { some_matrix, maybe_options }, { shape = maps[name] })
end

-- methods of matrices: all, and operators
local method_wants = {
  set = { some_matrix, number, number, number }, to = { some_matrix, function() return "f32" end },
  reshape = { some_matrix, number, number }, col = { some_matrix, number, number },
  row = { some_matrix, list }, block = { some_matrix, number, number, number, number },
  fill_ = { some_matrix, number }, clamp_ = { some_matrix, number, number },
}
for name in ("add_ sub_ mul_ div_ pow_ copy_"):gmatch "%S+" do
  method_wants[name] = { some_matrix, same }
end
local methods = {}
local of_matrix = debug.getmetatable(sd.eye(1))
for name in pairs(of_matrix.methods) do methods[#methods + 1] = name end
table.sort(methods)
for _, name in ipairs(methods) do
  local changes = name == "set" or name:sub(-1) == "_"
  target(name, of_matrix.methods[name], method_wants[name] or { some_matrix },
    { in_place = changes, shape = name == "t" and transposed or
      (changes or name == "clone") and same_shape or nil })
end
local operators = {
  add = function(a, b) return a + b end, sub = function(a, b) return a - b end,
  mul = function(a, b) return a % b end, matmul = function(a, b) return a * b end,
  div = function(a, b) return a / b end, pow = function(a, b) return a ^ b end,
  neg = function(a) return -a end, index = function(a, b) return a[b] end,
  call = function(a, b, c) return a(b, c) end, order = function(a, b) return a < b end,
  equal = function(a, b) return a == b end, length = function(a) return #a end,
  tostring = function(a) return tostring(a) end, assign = function(a, b, c) a[b] = c end,
}
local operator_names = {}
for name in pairs(operators) do operator_names[#operator_names + 1] = name end
table.sort(operator_names)
for _, name in ipairs(operator_names) do
  local f = operators[name]
  composed(name, function(a, ...) -- anything but a matrix there is Lua's own affair
    if sd.ismatrix(a) then return f(a, ...) end
  end, { some_matrix, same, number })
end

-- methods of rngs
local laws = { rand = {}, randn = {}, rademacher = {}, randint = { number },
  bernoulli = { function() return random() end }, categorical = { list }, gamma = { number },
  chi2 = { number }, truncated_normal = { number, number } }
for name, parameters in pairs({ sphere = { number, number }, orthogonal = { number, number },
  permutation = { number }, choice = { number, number }, minibatch = { number, number, number },
  split = { value }, clone = {}, state = {} }) do
  laws[name] = parameters
  parameters.complete = true
end
local law_names = {}
for name in pairs(laws) do law_names[#law_names + 1] = name end
table.sort(law_names)
for _, name in ipairs(law_names) do
  local kinds = { rng, table.unpack(laws[name]) }
  if not laws[name].complete then
    for _, kind in ipairs(wants.sizes) do kinds[#kinds + 1] = kind end
  end
  target(name, sd.rng(1)[name], kinds)
end

-- modules written in Lua
for _, name in ipairs { "identity", "relu", "leaky_relu", "softplus", "tanh", "sigmoid", "gelu",
  "silu", "elu", "sin", "cos", "erf" } do
  local f = sd.act[name]
  local more = { composed = true, shape = same_shape }
  composed("act." .. name, function(x) return f(x) end, { some_matrix })
  target("act." .. name .. ".d", f.d, { some_matrix }, more)
  target("act." .. name .. ".dd", f.dd, { some_matrix }, more)
  composed("act." .. name .. ".hermite", f.hermite, { number })
end
composed("act.mix", sd.act.mix, { number, function() return sd.act.gelu end })
composed("data.two_moons", sd.data.two_moons, { rng, number, maybe_options })
composed("data.gaussian", sd.data.gaussian, { rng, number, number, maybe_options })
composed("data.mixture", sd.data.mixture, { rng, number, maybe_options })
composed("data.digits", sd.data.digits, { rng, number, maybe_options })
composed("data.points", sd.data.points, { path })
composed("args", sd.args, { function() return { "k=1", "m=2,3" } end, function()
  return { { "k", 1, "one" }, { "m", { 1 }, chance(0.9) and "list" or value(true) }, value() }
end })

-- ---- what the other files share ----------------------------------------------------------------

--- Fields of `sd`, which may be an argument and is to stay as it is.
local function load_now(names)
  for _, name in ipairs(names) do local _ = sd[name] end
end

local risk = 0.1 -- that something is not what it should be; what a call begins with sets it
local function careful() risk = pick { 0, 0, 0.1 } end
local function wrong() return chance(risk) end
--- One of the given values, or at times anything.
local function mostly(...)
  if wrong() then return value() end
  return pick(table.pack(...))
end
--- f, whose own mistakes have a name.
local function named(f)
  return function(...)
    local ok, result = pcall(f, ...)
    if ok then return result end
    error(tostring(result):find "attempt to" and "own: error" or result, 0)
  end
end

local generators = {
  target = composed, operators = operators, methods = of_matrix.methods, keys = keys, list = list,
  pick = pick, chance = chance, random = random, value = value, matrix = matrix, rng = rng,
  some_matrix = some_matrix, number = number, options = options, maybe_options = maybe_options,
  load = load_now, careful = careful, wrong = wrong, mostly = mostly, named = named }
require "tests.fuzz.transforms"(generators)
require "tests.fuzz.players"(generators)
require "tests.fuzz.numerics"(generators)
require "tests.fuzz.models"(generators)

composed("progress", function(total, o, n)
  return sd.progress(total, o):step(n):done()
end, { number, maybe_options, number })
composed("sd", function(key) return sd[key] end, { value })

-- ---- one call ----------------------------------------------------------------------------------

local function describe(v)
  if sd.ismatrix(v) then return ("<%dx%d %s>"):format(v.rows, v.cols, v.dtype) end
  if type(v) == "string" then return ("%q"):format(v:sub(1, 40)):gsub("\n", "n") end
  if type(v) == "number" then return tostring(v) end
  if type(v) ~= "table" or getmetatable(v) then return type(v) end
  local parts = {}
  for key, inner in next, v do
    parts[#parts + 1] = ("[%q]="):format(tostring(key)) ..
      (type(inner) == "table" and "{...}" or describe(inner))
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function signature(name, args)
  local parts = {}
  for k = 1, args.n do parts[k] = describe(args[k]) end
  return name .. "(" .. table.concat(parts, ", ") .. ")"
end

--- What a matrix or table holds, to be compared later.
local function contents(v)
  if type(v) == "table" then
    local copy = {}
    for key, inner in next, v do copy[key] = inner end
    return copy
  end
  if not sd.ismatrix(v) or #v > 100 then return nil end
  local parts = { v.rows, v.cols, v.dtype }
  for k = 1, #v do parts[k + 3] = ("%a"):format(v(k)) end
  return table.concat(parts, " ")
end

local function unchanged(v, before)
  if type(before) ~= "table" then return before == contents(v) end
  for key, inner in next, v do
    if not rawequal(before[key], inner) and inner == inner then return false end
  end
  for key in next, before do
    if rawget(v, key) == nil then return false end
  end
  return true
end

--- What is wrong with an error's message, or nil.
local function message_fault(t, message)
  if type(message) ~= "string" then return "an error that is no string" end
  if message:find "not enough memory" then return nil end
  if t.composed and message:find "an option's __index ran$" then return nil end
  if t.composed then message = message:gsub("\nstack traceback:.*", "") end -- of Lua in a kernel
  if message:find "\n" then return "a message of several lines: " .. message end
  local text = message:gsub("^[^ ]*:%d+: ", "")
  if t.name == "sd" and text:find "^sd[.:]" then return nil end
  local prefix = text:match "^([%w_.#%%^*/+-]+):"
  if not prefix or not (t.composed or prefix == t.name) then
    return "a message that does not start with the name: " .. message
  end
end

local faults = 0
local function fault(n, t, args, what)
  faults = faults + 1
  print(("seed %d call %d: %s: %s"):format(seed, n, signature(t.name, args), what))
end

local function check(n, t, args, before, ok, result)
  if not ok then
    local what = message_fault(t, result)
    if what then fault(n, t, args, what) end
  elseif t.shape and not t.shape(result, table.unpack(args, 1, args.n)) then
    fault(n, t, args, "a result of another shape: " .. describe(result))
  end
  for k = 1, args.n do
    local may = ok and t.in_place and (k == 1 or rawequal(args[k], args[1]) or
      shared[args[1]] and shared[args[k]])
    if before[k] and not may and not unchanged(args[k], before[k]) then
      fault(n, t, args, ("argument %d was changed"):format(k))
    end
  end
end

local function keep(result)
  if (sd.ismatrix(result) and #result <= 100) or type(result) == "table" and
    not getmetatable(result) then
    kept[#kept < 30 and #kept + 1 or random(30)] = result
  end
end

local function one(n)
  shared, base = {}, nil
  local t = pick(targets)
  local args, before = arguments(t.kinds), {}
  for k = 1, args.n do before[k] = contents(args[k]) end
  if t.in_place then -- an earlier result may alias another argument
    for k = 2, args.n do
      for _, old in ipairs(kept) do if rawequal(old, args[k]) then before[k] = nil end end
    end
  end
  if n >= from then io.stdout:write("call ", n, ": ", signature(t.name, args), "\n"):flush() end
  local start = os.clock()
  local ok, result
  if chance(0.02) then
    ok, result = coroutine.resume(coroutine.create(t.f), table.unpack(args, 1, args.n))
  else
    ok, result = pcall(t.f, table.unpack(args, 1, args.n))
  end
  local seconds = os.clock() - start
  if seconds > LIMIT then fault(n, t, args, ("took %.1f s"):format(seconds)) end
  check(n, t, args, before, ok, result)
  if ok and not (t.in_place and chance(0.9)) then keep(result) end
  if chance(0.002) then collectgarbage() end
end

rawset(io, "stderr", { write = function() end }) -- of sd.progress
for n = 1, calls do one(n) end
for _, ending in ipairs { "", ".npy", ".npz", ".csv", "\n.npy", ".NPY" } do
  os.remove(scratch .. ending)
end
print(("%d calls of %d functions, seed %d: %d faults"):format(calls, #targets, seed, faults))
os.exit(faults == 0)
