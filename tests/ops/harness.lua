--- Tests of ops in six ways. A case (tests/ops/*.lua return lists of them) is
--
--   { op = "tanh" (or a list: the rows it covers), name = "3x4",
--     f = function(x, ...) ... end,    on matrices, numbers or symbols; may give several results
--     args = { {3, 4}, "number", function(rng) return A end },   normal draws, or the function's
--     naive = function(x, ...) ... end,   on lists of rows and numbers, in plain loops
--     fixed = { [2] = true },   arguments that are not differentiated
--     order2 = false, f32 = false,   left out, with the reason beside it
--     condition = 10 }   a factor on the bounds below, with its derivation beside it
--
-- Bounds. A computed f is taken as exact for arguments that are off by c eps relative, and its
-- result as rounded once more: |error_i| <= c eps (|f_i| + sum_j |J_ij| |x_j|), J the computed
-- Jacobian and c = condition (8 + the number of elements that take part): sums of n terms err by at
-- most n eps, and the kernels by 4. Finite differences are taken with steps h and h/2 and
-- extrapolated; their own error is at most |D(h) - D(h/2)|, and rounding adds the bound above
-- over h.
local sd = require "saddle"
local tracing = require "saddle.core".tracing

local harness = {}

local EPS = { f64 = 2^-52, f32 = 2^-23 }
local STEP = 2^-10
local TINY = 2^-1000 -- below this underflow is an error of its own

-- ---- values as flat lists ----------------------------------------------------------------------

local function each(value, visit)
  if type(value) == "number" then return visit(value) end
  for k = 1, #value do visit(value(k)) end
end

--- All elements of all results, column-major.
local function flat(values)
  local out = {}
  for _, value in ipairs(values) do each(value, function(x) out[#out + 1] = x end) end
  return out
end

--- The same for results of a naive function: lists of rows.
local function flat_rows(values, like)
  local out = {}
  for k, value in ipairs(values) do
    if type(value) == "number" then
      assert(type(like[k]) == "number" or #like[k] == 1, "the naive result is a number")
      out[#out + 1] = value
    else
      local m, n = #value, like[k].cols
      assert(m == like[k].rows, ("result %d has %d rows, naive %d"):format(k, like[k].rows, m))
      for j = 1, n do for i = 1, m do out[#out + 1] = assert(value[i][j]) end end
    end
  end
  return out
end

--- x + t v for the arguments that move.
local function moved(args, v, t)
  local out = {}
  for k, x in ipairs(args) do
    out[k] = v[k] == nil and x or type(x) == "number" and x + t * v[k] or x + t * v[k]
  end
  return out
end

local function draw(rng, like)
  if type(like) == "number" then return rng:randn() end
  return rng:randn(like.rows, like.cols, { dtype = like.dtype })
end

local function convert(value, dtype)
  return type(value) == "number" and value or value:to(dtype)
end

-- ---- traced functions --------------------------------------------------------------------------

local function zero_like(x) return type(x) == "number" and 0 or 0 * x end

--- A function of lists of values, made by tracing build(graph, symbols) -> list of results. Turned:
-- as the record of an iteration whose matrices live turned where they can; results are columns.
local function traced(like, build, turned)
  local g <close> = tracing.graph()
  local symbols = {}
  for k, x in ipairs(like) do symbols[k] = g:input(x) end
  local outs = build(g, symbols)
  if not turned then
    local plan = tracing.plan(g, outs)
    return function(values) return plan:run(values) end
  end
  local it = tracing.iteration(g, {}, {}, outs, nil, true)
  return function(values)
    it:begin(values, 0, 0, 1)
    it:run(0)
    local columns = it:records()
    return { table.unpack(columns, 1, #columns - 1) }
  end
end

local function select_moving(case, list)
  local out = {}
  for k, x in ipairs(list) do if not (case.fixed or {})[k] then out[#out + 1] = x end end
  return out
end

local function call(case, args) return { case.f(table.unpack(args)) } end

--- false, a zero, as a value of x's type.
local function filled(list, likes)
  for k, x in ipairs(likes) do
    if not list[k] then list[k] = zero_like(x) end
  end
  return list
end

--- The functions that a case is tested through: of (args), (args, v), (args, u) and so on, with v a
-- list of directions of the moving arguments and u one of cotangents of the results. Turned: of the
-- first two kinds.
local function derive(case, args, results, turned)
  local n, moving = #args, select_moving(case, args)
  local function concat(...)
    local out = {}
    for _, list in ipairs { ... } do
      for _, x in ipairs(list) do out[#out + 1] = x end
    end
    return out
  end
  local function split(symbols, from, count)
    return { table.unpack(symbols, from, from + count - 1) }
  end
  local nm, nr = #moving, #results
  local function gradient(g, s, u)
    local x = split(s, 1, n)
    local wrt = select_moving(case, x)
    return filled(g:reverse(call(case, x), u, wrt), moving), wrt, x
  end
  local d = {}
  d.concat = concat
  d.value = traced(args, function(_, s) return call(case, s) end, turned)
  d.vjp = traced(concat(args, results), function(g, s)
    return (gradient(g, s, split(s, n + 1, nr)))
  end, turned)
  if turned then return d end
  d.jvp = traced(concat(args, moving), function(g, s)
    local x = split(s, 1, n)
    return filled(g:forward(select_moving(case, x), split(s, n + 1, nm), call(case, x)), results)
  end)
  if case.order2 ~= false then
    d.forward_reverse = traced(concat(args, results, moving), function(g, s)
      local grad, wrt = gradient(g, s, split(s, n + 1, nr))
      return filled(g:forward(wrt, split(s, n + nr + 1, nm), grad), moving)
    end)
    d.reverse_reverse = traced(concat(args, results, moving), function(g, s)
      local grad, wrt = gradient(g, s, split(s, n + 1, nr))
      return filled(g:reverse(grad, split(s, n + nr + 1, nm), wrt), moving)
    end)
  end
  return d
end

-- ---- bounds ------------------------------------------------------------------------------------

--- J as a list of rows, one per element of the results, by reverse mode.
local function jacobian(d, args, results)
  local rows = {}
  for r, value in ipairs(results) do
    for k = 1, type(value) == "number" and 1 or #value do
      local u = {}
      for q, other in ipairs(results) do u[q] = zero_like(other) end
      if type(value) == "number" then u[r] = 1 else u[r] = u[r]:clone():set(k, 1) end
      rows[#rows + 1] = flat(d.vjp(d.concat(args, u)))
    end
  end
  return rows
end

--- sum_j |J_ij| |x_j| for each i.
local function spread(J, x)
  local out = {}
  for i, row in ipairs(J) do
    local sum = 0
    for j, v in ipairs(row) do
      if v ~= 0 then sum = sum + math.abs(v) * math.abs(x[j]) end
    end
    out[i] = sum
  end
  return out
end

local function constant(case, lists)
  local n = 8
  for _, list in ipairs(lists) do n = n + #list end
  return n * (case.condition or 1)
end

local function worst(list)
  local m = 0
  for _, x in ipairs(list) do m = math.max(m, math.abs(x)) end
  return m
end

--- Asserts |a_i - b_i| <= bound(i); infinities must agree, NaN never does.
local function close(what, case, a, b, bound)
  assert(#a == #b, ("%s: %d values against %d"):format(what, #a, #b))
  for i = 1, #a do
    local limit = type(bound) == "table" and bound[i] or bound
    if not (a[i] == b[i] or math.abs(a[i] - b[i]) <= limit + TINY) then
      error(("%s %s: %s, element %d: %.17g against %.17g, off by %.3g, bound %.3g"):format(
        type(case.op) == "table" and table.concat(case.op, "+") or case.op, case.name or "", what,
        i, a[i], b[i], math.abs(a[i] - b[i]), limit), 0)
    end
  end
end

-- ---- the six ways ------------------------------------------------------------------------------

--- (F(x + h v) - F(x - h v)) / 2h extrapolated, and a bound on its error beyond rounding.
local function difference(F, args, v, h)
  local function central(t)
    local a, b, out = flat(F(moved(args, v, t))), flat(F(moved(args, v, -t))), {}
    for i = 1, #a do out[i] = (a[i] - b[i]) / (2 * t) end
    return out
  end
  local coarse, fine = central(h), central(h / 2)
  local value, err = {}, {}
  for i = 1, #fine do
    value[i] = (4 * fine[i] - coarse[i]) / 3
    err[i] = math.abs(coarse[i] - fine[i])
  end
  return value, err
end

--- The directions v by argument number, for `moved`.
local function by_argument(case, args, v)
  local out, k = {}, 0
  for i in ipairs(args) do
    if not (case.fixed or {})[i] then
      k = k + 1
      out[i] = v[k]
    end
  end
  return out
end

local function directions(rng, likes)
  local out = {}
  for k, like in ipairs(likes) do out[k] = draw(rng, like) end
  return out
end

local function rows_of(value) return type(value) == "number" and value or value:totable() end

--- Builds the arguments of a case.
function harness.arguments(case, rng)
  local args = {}
  for k, a in ipairs(case.args) do
    if a == "number" then args[k] = rng:randn()
    elseif type(a) == "function" then args[k] = a(rng)
    else args[k] = rng:randn(a[1], a[2]) end
  end
  return args
end

function harness.run(case, seed)
  local rng = sd.rng(seed or 1, "ops")
  local args = harness.arguments(case, rng)
  local results = call(case, args)
  local moving = select_moving(case, args)
  local d = derive(case, args, results)
  local x, f = flat(moving), flat(results)
  local J = jacobian(d, args, results)
  local sensitivity, c = spread(J, x), constant(case, { x, f })
  local bound = {}
  for i = 1, #f do bound[i] = c * EPS.f64 * (math.abs(f[i]) + sensitivity[i]) end

  -- a naive loop; eager against traced and planned, with matrices as they are and turned
  local naive = {}
  for k, a in ipairs(args) do naive[k] = rows_of(a) end
  close("naive loop", case, f, flat_rows({ case.naive(table.unpack(naive)) }, results), bound)
  close("plan", case, flat(d.value(args)), f, bound)
  local turned = derive(case, args, results, true)
  close("turned", case, flat(turned.value(args)), f, bound)
  if #x == 0 or #f == 0 then return end

  -- finite differences
  local v = directions(rng, moving)
  local value, err = difference(function(at) return call(case, at) end, args,
    by_argument(case, args, v), STEP)
  local Jv = flat(d.jvp(d.concat(args, v)))
  for i = 1, #f do err[i] = err[i] + 8 * bound[i] / STEP + c * EPS.f64 * math.abs(Jv[i]) end
  close("finite differences", case, Jv, value, err)

  -- <Jv, u> = <v, J'u>
  local u = directions(rng, results)
  local flat_u, flat_v = flat(u), flat(v)
  local Jtu = flat(d.vjp(d.concat(args, u)))
  local left, right, scale = 0, 0, 0
  for i = 1, #f do
    left = left + Jv[i] * flat_u[i]
    for j = 1, #x do scale = scale + math.abs(J[i][j] * flat_u[i] * flat_v[j]) end
  end
  for j = 1, #x do right = right + Jtu[j] * flat_v[j] end
  close("adjoint", case, { left }, { right }, c * EPS.f64 * scale)

  -- second order
  local curvature = 0
  if case.order2 ~= false then
    local both = d.concat(args, u, v)
    local fr, rr = flat(d.forward_reverse(both)), flat(d.reverse_reverse(both))
    value, err = difference(function(at)
      return d.vjp(d.concat({ table.unpack(at, 1, #args) }, u))
    end, args, by_argument(case, args, v), STEP)
    curvature = worst(fr)
    local rounding = c * EPS.f64 * (worst(Jtu) + curvature * (1 + worst(x)))
    for j = 1, #x do err[j] = err[j] + 8 * rounding / STEP end
    close("second order, forward over reverse", case, fr, value, err)
    close("second order, reverse over reverse", case, rr, value, err)
  end

  close("turned gradient", case, flat(turned.vjp(d.concat(args, u))), Jtu,
    c * EPS.f64 * (worst(Jtu) + worst(x) * curvature + worst(flat_u)))

  -- f32 against f64, from the same arguments
  if case.f32 == false then return end
  local single, double = {}, {}
  for k, a in ipairs(args) do
    single[k] = (case.fixed or {})[k] and a or convert(a, "f32")
    double[k] = convert(single[k], "f64")
  end
  local low, high = call(case, single), call(case, double)
  for i = 1, #f do bound[i] = c * EPS.f32 * (math.abs(f[i]) + sensitivity[i]) end
  close("f32", case, flat(low), flat(high), bound)
  local cot = {}
  for k, value32 in ipairs(low) do
    cot[k] = type(value32) == "number" and u[k] or u[k]:to(value32.dtype)
  end
  local d32 = derive(case, single, low)
  local grad = d32.vjp(d.concat(single, cot))
  for k, a in ipairs(select_moving(case, single)) do
    assert(type(a) == "number" or grad[k].dtype == "f32", "a gradient of f32 is f32")
  end
  close("f32 gradient", case, flat(grad), Jtu,
    c * EPS.f32 * (worst(Jtu) + worst(x) * curvature + worst(flat_u)))
end

return harness
