--- What fuzz_api.lua calls of derivatives, plans, loops, user ops and trees: with functions that do
-- hostile things to values and symbols, and with what has outlived its trace. Called with the
-- generators of values of fuzz_api.lua; adds its targets.
local sd = require "saddle"
local tracing = require("saddle.core").tracing

return function(from)
  local target, operators, methods, keys = from.target, from.operators, from.methods, from.keys
  local pick, chance, random, value = from.pick, from.chance, from.random, from.value
  local matrix, some_matrix, number, rng = from.matrix, from.some_matrix, from.number, from.rng
  local list, options, maybe_options = from.list, from.options, from.maybe_options

  local function inside(f) -- f given random operands within a trace, whatever it makes of them
    return function(x)
      local y = f(x, chance(0.3) and x or value())
      return type(x) == "table" and sd.norm(x) or sd.ismatrix(y) and sd.sum(y) or y
    end
  end
  local known, known_names = {}, {}
  local function leave_out(name) return name == "save" or name == "load" or name == "threads" end
  local function hostile_function()
    local r = random()
    if r < 0.1 then return value() end
    if r < 0.2 then return function() error("own: error", 0) end end
    if r < 0.3 then return function() return value() end end
    if r < 0.35 then return function(x) return x == x end end
    if r < 0.4 then return function(x) return x, x end end
    if r < 0.45 then return function(x) return sd.grad(function() return sd.sum(x) end)(x) end end
    if r < 0.5 then return function(x) return sd.compile(sd.sum)(x) end end
    if r < 0.55 then return function(x) return { x, x = x } end end
    if r < 0.6 then
      return function(x) return coroutine.wrap(function() return sd.tanh(x) end)() end
    end
    return inside(known[pick(known_names)])
  end
  local function hostile_tree()
    local r = random()
    if r < 0.3 then return some_matrix() end
    if r < 0.4 then return value() end
    if r < 0.5 then
      return { some_matrix(), b = { number(), "static" }, f = sd.frozen(matrix()) }
    end
    if r < 0.6 then return { p = some_matrix(), rng = rng(), t = 1 } end
    if r < 0.7 then return { a = value(), { value() } } end
    if r < 0.8 then return {} end
    return number()
  end
  local escaped = {} -- symbols, rngs and functions that have outlived their traces
  local function let_escape(f)
    return function(x)
      escaped[random(8)] = x
      return f(x)
    end
  end
  for name in ("grad value_and_grad jacobian compile"):gmatch "%S+" do
    target(name, function(f, x, ...)
      local g = sd[name](f)
      return g(x, ...)
    end, { hostile_function, hostile_tree, hostile_tree })
  end
  for _, name in ipairs { "vjp", "linearize" } do
    target(name, function(f, x, v)
      local y, g = sd[name](f, x)
      return g(v), y
    end, { hostile_function, hostile_tree, hostile_tree })
  end
  for _, name in ipairs { "jvp", "hvp", "jbar", "checkgrad", "expect" } do
    target(name, function(...) return sd[name](...) end,
      { name == "expect" and list or hostile_function, name == "expect" and hostile_function
        or hostile_tree, hostile_tree })
  end
  target("iterate", function(f, s, n, o)
    return sd.compile(f):iterate(s, math.type(n) == "integer" and n > 5 and 5 or n, o)
  end, { function()
    return chance(0.5) and function(s) return { p = inside(sd.tanh)(s.p), q = s.q } end
      or hostile_function()
  end, function()
    return chance(0.7) and { p = value(), q = hostile_tree(), rng = rng() } or hostile_tree()
  end, number, function()
    return chance(0.5) and { eager = chance(0.5), every = number(), record = hostile_function(),
      stop = chance(0.3) and hostile_function() or nil, hook = hostile_function() } or options()
  end })
  target("explain", function(f, x)
    local plan = sd.compile(f)
    plan(x)
    return plan:explain()
  end, { hostile_function, hostile_tree })
  target("loop", function(n, f, s, o)
    return sd.loop(type(n) == "number" and n > 5 and 5 or n, f, s, o)
  end, { number, hostile_function, hostile_tree, maybe_options })
  target("schedule", function(f, t) return sd.schedule(f, t) end, { hostile_function, number })
  target("op", function(t, ...) return sd.op(t)(...) end, { function()
    return { name = chance(0.9) and "x" or value(), run = hostile_function(),
      shape = chance(0.3) and function() return value(), value() end or nil,
      vjp = chance(0.5) and hostile_function() or nil,
      jvp = chance(0.2) and hostile_function() or nil, [pick(keys)] = chance(0.1) and 1 or nil }
  end, some_matrix, some_matrix })
  target("op.grad", function(t, x)
    local op = sd.op(t)
    return sd.grad(function(y) return sd.sum(op(y)) end)(x)
  end, { function()
    return { name = "x", run = hostile_function(), vjp = hostile_function() }
  end, some_matrix })
  target("map", sd.map, { hostile_function, hostile_tree, hostile_tree })
  target("frozen", sd.frozen, { hostile_tree })
  target("ravel", function(t, theta)
    local column, unravel = sd.ravel(t)
    return unravel(theta or column), column
  end, { hostile_tree, function() return chance(0.5) and value() or nil end })
  target("norm of a tree", sd.norm, { hostile_tree })
  target("dot of trees", sd.dot, { hostile_tree, hostile_tree })
  target("a tree's operator", function(t, u)
    local s = sd.map(function(x) return x end, t)
    if type(t) == "table" then return (s + u) % s - 2 * s end
  end, { hostile_tree, hostile_tree })
  target("what escaped", function(f, x)
    pcall(sd.grad(let_escape(function(y) return sd.sum(y) end)), x)
    local left = escaped[random(8)]
    if not (sd.ismatrix(left) or tracing.issymbol(left)) then return end
    return pick {
      function() return inside(sd.sin)(left) end, function() return sd.grad(f)(left) end,
      function() return sd.max(left, x) end, function() return left:t() end } ()
  end, { hostile_function, hostile_tree })

  for name, f in pairs(sd) do
    if type(f) == "function" and not leave_out(name) then
      known[name], known_names[#known_names + 1] = f, name
    end
  end
  for name, f in pairs(methods) do
    if name:sub(-1) ~= "_" and name ~= "set" then
      local key = "method " .. name
      known[key], known_names[#known_names + 1] = f, key
    end
  end
  for name, f in pairs(operators) do
    if name ~= "assign" then
      local key = "operator " .. name
      known_names[#known_names + 1] = key
      known[key] = function(a, ...)
        if sd.ismatrix(a) or tracing.issymbol(a) then return f(a, ...) end
      end
    end
  end
  table.sort(known_names)
end
