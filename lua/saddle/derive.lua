--- Derivatives of Lua functions of trees (tree.lua): the function is called once on symbols, which
-- records a graph; reverse and forward mode add to it; a plan runs it.
--
-- At top level each call traces anew into a graph of its own. Within a trace the same graph is
-- used: the leaves of x get names of their own (aliases), which are what is differentiated, and
-- symbols from around are constants of the inner transform and stay variables of the outer one.
-- Where nothing depends on an input of the graph, the results are values at once.
--
-- Only x is differentiated. Frozen leaves and rngs in it are constants: a gradient has them
-- unchanged in their places, a tangent's leaf there is not read.
--
-- Singular points. At kinks derivatives follow conventions, at every order: relu'(0) = 1,
-- abs'(0) = 0, |x|' = 0 at x = 0, of equal elements max takes the first; so the second derivative
-- of |x|^2 by way of sd.norm or sd.abs is 0 at 0, not 2. What does not exist is inf or NaN: sqrt at
-- 0, vectors of equal eigenvalues or singular values, var of too few elements. A slope of 0 times
-- an infinite one is NaN: sd.exp(sd.log(x)) and sd.sqrt(x)^2 have no derivative at 0 here, although
-- the limit is 1. Functions of log p or sqrt(v) need p and v above 0: bound them away from it, or
-- stay in logarithms. sd.where(sd.gt(x, 0), f(x), 0) needs no care about f where it is not
-- selected.
local core = require "saddle.core"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local derive = {}

local as, assemble, directions = trace.as, trace.assemble, trace.directions
local variables, count, pick_symbols = trace.variables, trace.count, trace.pick_symbols
local check_function, enter = trace.check_function, trace.enter
local call, settle = trace.call, trace.settle

-- ---- gradients ----------------------------------------------------------------------------------

--- y as a number or 1x1, or an error that names the way out.
local function check_scalar(name, y)
  local kind = tracing.kind(y)
  if kind == "number" then return y end
  if kind ~= "matrix" then
    fail("%s: the function must return a number, got %s", name, core.show(y))
  end
  if y.rows ~= 1 or y.cols ~= 1 then
    fail("%s: the function must return a number or a 1x1 matrix, got %dx%d (sd.jacobian "
      .. "differentiates all elements)", name, y.rows, y.cols)
  end
  return y
end

local function gradient_of(at, y)
  if not tracing.issymbol(y) then
    local none = {}
    for k = 1, #at.wrt do none[k] = false end
    return none
  end
  return at.graph:reverse({ y }, { as(1.0, y) }, at.wrt)
end

--- y, gradient, and what f returned besides.
local function differentiate(name, f, x, ...)
  local at = enter(name, x, ...)
  local scope <close> = at.scope -- luacheck: ignore
  local results = table.pack(call(at, f))
  local y = check_scalar(name, results[1])
  local list, n = gradient_of(at, y), #at.wrt + 1
  list[n] = y
  local specs, from = {}, {}
  for k = 2, results.n do
    from[k] = n
    if type(results[k]) == "table" then
      local leaves, spec = tree.flatten(results[k], "%s: result %d", name, k)
      specs[k] = spec
      for j, leaf in ipairs(leaves) do list[n + j] = leaf end
      n = n + #leaves
    else
      n = n + 1
      list[n] = results[k]
    end
  end
  settle(at, list, n)
  for k = 2, results.n do
    results[k] = specs[k] and tree.unflatten(specs[k], table.move(list, from[k] + 1, n, 1, {}))
    if not specs[k] then results[k] = list[from[k] + 1] end
  end
  return list[#at.wrt + 1], assemble(at.spec, at.leaves, list), table.unpack(results, 2, results.n)
end

--- sd.value_and_grad(f)(x, ...) -> y, gradient, and what f(x, ...) returns after y
function derive.value_and_grad(f)
  check_function("value_and_grad", f)
  return function(x, ...) return differentiate("value_and_grad", f, x, ...) end
end

--- sd.grad(f)(x, ...) -> gradient, a tree like x, and what f(x, ...) returns after its number
function derive.grad(f)
  check_function("grad", f)
  return function(x, ...) return select(2, differentiate("grad", f, x, ...)) end
end

-- ---- linear maps --------------------------------------------------------------------------------

--- The entries of list at the places `place`.
local function select_places(place, list)
  local out = {}
  for j, k in ipairs(place) do out[j] = list[k] end
  return out
end

--- A list of n with the entries of list at the places `place`, false elsewhere.
local function spread(place, list, n)
  local out = {}
  for k = 1, n do out[k] = false end
  for j, k in ipairs(place) do out[k] = list[j] end
  return out
end

--- The linear part of a trace at top level: outs depend linearly on the symbols `moving`. What they
-- need besides (the cut) is computed once; the rest is a graph whose inputs are the cut and moving.
local function linear_part(at, moving, outs)
  local symbols, place = pick_symbols(outs)
  local cut = at.graph:split(moving, symbols)
  local inputs = table.move(moving, 1, #moving, #cut + 1, table.move(cut, 1, #cut, 1, {}))
  local part, linear = at.graph:extract(inputs, symbols)
  return { cut = cut, part = part, outs = linear, place = place, n = #outs }
end

--- The results of the map on `list` of values or symbols; false stands for zero.
local function apply_part(map, residuals, list)
  local ins = table.move(list, 1, #list, #residuals + 1,
    table.move(residuals, 1, #residuals, 1, {}))
  local results
  if #pick_symbols(list) > 0 then
    local graph = tracing.current()
    if not graph then fail "derivative: a symbol of a function that has been traced" end
    results = graph:inline(map.part, ins, map.outs)
  else
    map.plan = map.plan or tracing.plan(map.part, map.outs)
    results = map.plan:run(ins)
  end
  return spread(map.place, results, map.n)
end

local function inputs_like(graph, list)
  local out = {}
  for k, v in ipairs(list) do out[k] = graph:input(v) end
  return out
end

--- Within a trace: at.pull and at.push add to the graph, which must still be open.
local function linearise_within(name, at, outs)
  local graph, symbols, place = at.graph, pick_symbols(outs)
  local function check_open()
    if tracing.current() ~= graph then
      fail("%s: the function around it has been traced; its closures end with it", name)
    end
  end
  function at.pull(list)
    check_open()
    return settle(at, graph:reverse(symbols, select_places(place, list), at.wrt))
  end
  function at.push(list)
    check_open()
    return settle(at, spread(place, graph:forward(at.wrt, list, symbols), #outs))
  end
end

--- At top level: the maps that `want` asks for are graphs of their own, and at.move runs what they
-- and the values need of the point.
local function linearise_at_top(at, want, outs, yleaves)
  local graph, symbols, place = at.graph, pick_symbols(outs)
  local maps, first = {}, {}
  at.extended = true -- by the cotangents and tangents
  if want.pull then
    local cots = inputs_like(graph, outs)
    local bars = graph:reverse(symbols, select_places(place, cots), at.wrt)
    maps.pull = linear_part(at, cots, bars)
  end
  if want.push then
    local dots = inputs_like(graph, at.wrt)
    local tangents = graph:forward(at.wrt, dots, symbols)
    maps.push = linear_part(at, dots, spread(place, tangents, #outs))
  end
  for _, map in pairs(maps) do
    map.from = #first
    for _, s in ipairs(map.cut) do first[#first + 1] = s end
  end
  local yrest, yplace = pick_symbols(yleaves)
  local nmaps = #first
  for k, s in ipairs(yrest) do first[nmaps + k] = s end
  local run = trace.runner(at, first)
  function at.move(values)
    local results = run(values)
    for j, k in ipairs(yplace) do yleaves[k] = results[nmaps + j] end
    for key, map in pairs(maps) do
      local residuals = table.move(results, map.from + 1, map.from + #map.cut, 1, {})
      at[key] = function(list) return apply_part(map, residuals, list) end
    end
  end
  at.move(at.values)
end

--- The trace of f at x: what trace.enter gives, and the leaves of the result (yleaves, yspec),
-- those of them that are variable (outs), and how many elements these and the variables have
-- (rows, cols). at.scope is the caller's to close.
local function trace_at(name, f, x, ...)
  local at = enter(name, x, ...)
  local guard <close> = setmetatable({ at = at }, { __close = function(t) -- luacheck: ignore
    if t.at and t.at.scope then t.at.scope:close() end
  end })
  at.yleaves, at.yspec = tree.flatten(call(at, f), name .. ": the result of the function")
  at.outs = variables(at.yspec, at.yleaves)
  at.rows, at.cols = count(at.outs), count(at.values)
  guard.at = nil
  return at
end

--- The value of the result, and the tangent map (push) and its adjoint (pull) as `want` asks for
-- them, of a trace. Both act on lists of variable leaves. At top level at.move(values) goes to
-- another point without a new trace.
local function linearise_at(name, at, want)
  if at.outer then
    linearise_within(name, at, at.outs)
    settle(at, at.yleaves)
  else
    linearise_at_top(at, want, at.outs, at.yleaves)
  end
  at.y = tree.unflatten(at.yspec, at.yleaves)
  return at
end

--- f at x, linearised: want is as above, or want(number of results, number of variables).
local function linearise(name, want, f, x, ...)
  local at = trace_at(name, f, x, ...)
  local scope <close> = at.scope -- luacheck: ignore
  if type(want) == "function" then want = want(at.rows, at.cols) end
  return linearise_at(name, at, want)
end

--- sd.vjp(f, x, ...) -> y = f(x, ...), pullback; pullback(cotangent, a tree like y) -> a tree like
-- x. The pullback keeps what it needs of the point x, and is cheap to call again.
function derive.vjp(f, x, ...)
  check_function("vjp", f)
  local at = linearise("vjp", { pull = true }, f, x, ...)
  return at.y, function(cotangent)
    local list = directions("pullback", "cotangent", cotangent, "y", at.yleaves, at.yspec)
    return assemble(at.spec, at.leaves, at.pull(list))
  end
end

--- sd.linearize(f, x, ...) -> y = f(x, ...), df; df(v, a tree like x) -> a tree like y, linear in
-- v.
function derive.linearize(f, x, ...)
  check_function("linearize", f)
  local at = linearise("linearize", { push = true }, f, x, ...)
  return at.y, function(v)
    local list = directions("df", "v", v, "x", at.leaves, at.spec)
    return assemble(at.yspec, at.yleaves, at.push(list))
  end
end

--- sd.jvp(f, x, v, ...) -> y = f(x, ...), its derivative in direction v, a tree like y
function derive.jvp(f, x, v, ...)
  check_function("jvp", f)
  local at = linearise("jvp", { push = true }, f, x, ...)
  local list = directions("jvp", "v", v, "x", at.leaves, at.spec)
  return at.y, assemble(at.yspec, at.yleaves, at.push(list))
end

--- sd.hvp(f, x, v, ...) -> the derivative of f's gradient at x in direction v, a tree like x
function derive.hvp(f, x, v, ...)
  check_function("hvp", f)
  local function gradient(p, ...) return (select(2, differentiate("hvp", f, p, ...))) end
  local at = linearise("hvp", { push = true }, gradient, x, ...)
  local list = directions("hvp", "v", v, "x", at.leaves, at.spec)
  return assemble(at.spec, at.leaves, at.push(list))
end

--- sd.expect(w, f) -> sum over k of w_k f(k): the expectation of f under the weights w (a list or a
-- matrix of them), exactly. f(k) is a number, a matrix or a tree; it is not called where w_k is the
-- number 0.
function derive.expect(w, f)
  if type(f) == "string" or not trace.callable(f) then
    fail("expect: argument 2 must be a function, got %s", core.show(f))
  end
  local list, total = type(w) == "table" and w, nil
  if not list and tracing.kind(w) ~= "matrix" then
    fail("expect: the weights must be a list or a matrix, got %s", core.show(w))
  end
  for k = 1, #w do
    local weight
    if list then weight = list[k] else weight = w(k) end
    if tracing.kind(weight) ~= "number" then
      fail("expect: weight %d must be a number, got %s", k, core.show(weight))
    end
    if tracing.issymbol(weight) or weight ~= 0 then
      local value = f(k)
      if type(value) == "table" then
        value = tree.map(function(x) return x end, value)
      elseif tree.kind(value) ~= "matrix" and tree.kind(value) ~= "number" then
        fail("expect: the function must return a number, a matrix or a tree, got %s",
          core.show(value))
      end
      local term = weight * value
      if total == nil then total = term else total = total + term end
    end
  end
  if total == nil then fail "expect: there is no weight other than 0" end
  return total
end

derive.trace_at, derive.linearise_at, derive.linearise = trace_at, linearise_at, linearise
return derive
