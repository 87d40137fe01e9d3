--- Derivatives of Lua functions of trees (tree.lua): the function is called once on symbols, which
-- records a graph; reverse and forward mode add to it; a plan runs it.
--
-- At top level each call traces anew into a graph of its own. Within a trace the same graph is used:
-- the leaves of x get names of their own (aliases), which are what is differentiated, and symbols
-- from around are constants of the inner transform and stay variables of the outer one. Where
-- nothing depends on an input of the graph, the results are values at once.
--
-- Only x is differentiated. Frozen leaves and rngs in it are constants: a gradient has them
-- unchanged in their places, a tangent's leaf there is not read.
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local derive = {}

local function callable(f) return type(f) == "function" or (getmetatable(f) or {}).__call end

local function check_function(name, f)
  if type(f) == "string" or not callable(f) then
    fail("%s: argument 1 must be a function, got %s", name, core.show(f))
  end
end

--- The plan for outs of a graph: the one place where plans are found or made.
local function plan_for(graph, outs) return tracing.plan(graph, outs) end

-- ---- leaves --------------------------------------------------------------------------------------

local code = { f64 = 0, f32 = 1 }

local function is_variable(kind) return kind == "number" or kind == "matrix" end

local function describe(v)
  if tracing.kind(v) == "number" then return "a number" end
  if tracing.kind(v) == "matrix" then return ("%dx%d %s"):format(v.rows, v.cols, v.dtype) end
  return core.show(v)
end

--- The leaf v as a leaf of the type of `like`, or nil when shape or dtype differ.
local function as(v, like)
  local number = tracing.kind(like) == "number"
  if tracing.kind(v) == "number" then
    if number then return v end
    return like.rows == 1 and like.cols == 1 and
      tracing.apply("to", { k = { code[like.dtype], 0 } }, v) or nil
  elseif number then
    return v.rows == 1 and v.cols == 1 and tracing.apply("to", { k = { 0, 1 } }, v) or nil
  end
  return v.rows == like.rows and v.cols == like.cols and v.dtype == like.dtype and v or nil
end

local function zero_like(v)
  if tracing.kind(v) == "number" then return 0.0 end
  return core.zeros(v.rows, v.cols, { dtype = v.dtype })
end

--- How many elements the leaves have.
local function count(list)
  local n = 0
  for _, v in ipairs(list) do n = n + (tracing.kind(v) == "number" and 1 or v.rows * v.cols) end
  return n
end

--- The variable leaves of `given`, which must be built as a tree of these leaves and spec.
local function directions(name, what, given, leaves, spec)
  local list, other = tree.flatten(given, ("%s: %s"):format(name, what))
  local at, why = tree.difference(spec, other, what)
  if at then fail("%s: %s is not built as what it belongs to: %s %s", name, what, at, why) end
  local paths, out = tree.paths(spec, what), {}
  for k, kind in ipairs(tree.kinds(spec)) do
    if is_variable(kind) then
      local v = as(list[k], leaves[k])
      if v == nil then
        fail("%s: %s must be %s, got %s", name, paths[k], describe(leaves[k]), describe(list[k]))
      end
      out[#out + 1] = v
    end
  end
  return out
end

--- A tree of spec: the variable leaves from `list`, in order (false: zero), the others from leaves.
local function assemble(spec, leaves, list)
  local out, n = {}, 0
  for k, kind in ipairs(tree.kinds(spec)) do
    if is_variable(kind) then
      n = n + 1
      out[k] = list[n] or zero_like(leaves[k])
    else
      out[k] = leaves[k]
    end
  end
  return tree.unflatten(spec, out)
end

local function variables(spec, leaves)
  local out = {}
  for k, kind in ipairs(tree.kinds(spec)) do
    if is_variable(kind) then out[#out + 1] = leaves[k] end
  end
  return out
end

-- ---- a trace -------------------------------------------------------------------------------------

-- graph -> how many transforms within its trace are calling their functions now. Values are made of
-- symbols only when there are none: what does not depend on an input may yet depend on an alias.
local busy = setmetatable({}, { __mode = "k" })

--- Calls f(x, ...) as the function of the transform at `at`.
local function call(at, f, ...)
  if not at.outer then return f(at.x, ...) end
  local graph = at.graph
  local done <close> = setmetatable({}, { __close = function() -- luacheck: ignore
    busy[graph] = busy[graph] - 1
  end })
  busy[graph] = (busy[graph] or 0) + 1
  return f(at.x, ...) -- no tail call: `done` is closed after it
end

--- The point where f is differentiated: its graph, the symbols of the variable leaves (wrt) and their
-- values, and x as f is called on it. `scope` is to be closed when the trace is over.
local function enter(name, x)
  local leaves, spec = tree.flatten(x, name .. ": x")
  local outer = tracing.current()
  local graph = outer or tracing.graph()
  local at = { graph = graph, scope = not outer and graph or nil, outer = outer, leaves = leaves,
    spec = spec, wrt = {}, values = {} }
  local ins = {}
  for k, kind in ipairs(tree.kinds(spec)) do
    ins[k] = leaves[k]
    if is_variable(kind) then
      ins[k] = outer and graph:alias(leaves[k]) or graph:input(leaves[k])
      at.wrt[#at.wrt + 1], at.values[#at.values + 1] = ins[k], leaves[k]
    end
  end
  at.x = tree.unflatten(spec, ins)
  return at
end

local function pick_symbols(list, n)
  local symbols, place = {}, {}
  for k = 1, n or #list do
    if tracing.issymbol(list[k]) then
      symbols[#symbols + 1], place[#place + 1] = list[k], k
    end
  end
  return symbols, place
end

--- list, of n entries, with its symbols replaced by their values; within a trace only where none of
-- them depends on an input.
local function settle(at, list, n)
  local symbols, place = pick_symbols(list, n)
  if #symbols == 0 then return list end
  if at.outer then
    if (busy[at.graph] or 0) > 0 then return list end
    for _, s in ipairs(symbols) do
      if at.graph:varies(s) then return list end
    end
  end
  local part, outs = at.graph:extract(at.outer and {} or at.wrt, symbols)
  local values = plan_for(part, outs):run(at.outer and {} or at.values)
  for j, k in ipairs(place) do list[k] = values[j] end
  return list
end

-- ---- gradients -----------------------------------------------------------------------------------

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
  local at = enter(name, x)
  local scope <close> = at.scope -- luacheck: ignore
  local results = table.pack(call(at, f, ...))
  local y = check_scalar(name, results[1])
  local list, n = gradient_of(at, y), #at.wrt + 1
  list[n] = y
  local specs, from = {}, {}
  for k = 2, results.n do
    from[k] = n
    if type(results[k]) == "table" then
      local leaves, spec = tree.flatten(results[k], ("%s: result %d"):format(name, k))
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

-- ---- linear maps ---------------------------------------------------------------------------------

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
    map.plan = map.plan or plan_for(map.part, map.outs)
    results = map.plan:run(ins)
  end
  local out = {}
  for k = 1, map.n do out[k] = false end
  for j, k in ipairs(map.place) do out[k] = results[j] end
  return out
end

local function inputs_like(graph, list)
  local out = {}
  for k, v in ipairs(list) do out[k] = graph:input(v) end
  return out
end

--- f at x, with its tangent map (push) and its adjoint (pull) as asked for: want, or want(number of
-- results, number of variables). Both act on lists of variable leaves. At top level at:move(values) goes to another point without a new trace.
local function linearise(name, want, f, x, ...)
  local at = enter(name, x)
  local scope <close> = at.scope -- luacheck: ignore
  local y = call(at, f, ...)
  local yleaves, yspec = tree.flatten(y, name .. ": the result of the function")
  local graph, outs = at.graph, variables(yspec, yleaves)
  local symbols, place = pick_symbols(outs)
  at.rows, at.cols = count(outs), count(at.values)
  if type(want) == "function" then want = want(at.rows, at.cols) end
  local function select_symbols(list)
    local out = {}
    for j, k in ipairs(place) do out[j] = list[k] end
    return out
  end
  local function spread(list)
    local out = {}
    for k = 1, #outs do out[k] = false end
    for j, k in ipairs(place) do out[k] = list[j] end
    return out
  end
  if at.outer then
    local function check_open()
      if tracing.current() ~= graph then
        fail("%s: the function around it has been traced; its closures end with it", name)
      end
    end
    function at.pull(list)
      check_open()
      return settle(at, graph:reverse(symbols, select_symbols(list), at.wrt))
    end
    function at.push(list)
      check_open()
      return settle(at, spread(graph:forward(at.wrt, list, symbols)))
    end
    settle(at, yleaves)
  else
    local maps, first = {}, {}
    if want.pull then
      local cots = inputs_like(graph, outs)
      maps.pull = linear_part(at, cots, graph:reverse(symbols, select_symbols(cots), at.wrt))
    end
    if want.push then
      local dots = inputs_like(graph, at.wrt)
      maps.push = linear_part(at, dots, spread(graph:forward(at.wrt, dots, symbols)))
    end
    for _, leaf in ipairs(symbols) do first[#first + 1] = leaf end
    for _, map in pairs(maps) do
      map.from = #first
      for _, s in ipairs(map.cut) do first[#first + 1] = s end
    end
    local part, wanted = graph:extract(at.wrt, first)
    local plan = plan_for(part, wanted)
    local _, yplace = pick_symbols(yleaves)
    function at.move(values)
      local results = plan:run(values)
      for j, k in ipairs(yplace) do yleaves[k] = results[j] end
      for key, map in pairs(maps) do
        local residuals = table.move(results, map.from + 1, map.from + #map.cut, 1, {})
        at[key] = function(list) return apply_part(map, residuals, list) end
      end
    end
    at.move(at.values)
  end
  at.yleaves, at.yspec, at.outs = yleaves, yspec, variables(yspec, yleaves)
  at.y = tree.unflatten(yspec, yleaves)
  return at
end

--- sd.vjp(f, x, ...) -> y = f(x, ...), pullback; pullback(cotangent, a tree like y) -> a tree like x.
-- The pullback keeps what it needs of the point x, and is cheap to call again.
function derive.vjp(f, x, ...)
  check_function("vjp", f)
  local at = linearise("vjp", { pull = true }, f, x, ...)
  return at.y, function(cotangent)
    local list = directions("pullback", "cotangent", cotangent, at.yleaves, at.yspec)
    return assemble(at.spec, at.leaves, at.pull(list))
  end
end

--- sd.linearize(f, x, ...) -> y = f(x, ...), df; df(v, a tree like x) -> a tree like y, linear in v.
function derive.linearize(f, x, ...)
  check_function("linearize", f)
  local at = linearise("linearize", { push = true }, f, x, ...)
  return at.y, function(v)
    local list = directions("df", "v", v, at.leaves, at.spec)
    return assemble(at.yspec, at.yleaves, at.push(list))
  end
end

--- sd.jvp(f, x, v, ...) -> y = f(x, ...), its derivative in direction v, a tree like y
function derive.jvp(f, x, v, ...)
  check_function("jvp", f)
  local at = linearise("jvp", { push = true }, f, x, ...)
  local list = directions("jvp", "v", v, at.leaves, at.spec)
  return at.y, assemble(at.yspec, at.yleaves, at.push(list))
end

--- sd.hvp(f, x, v, ...) -> the derivative of f's gradient at x in direction v, a tree like x
function derive.hvp(f, x, v, ...)
  check_function("hvp", f)
  local extra = table.pack(...)
  local function gradient(p)
    return (select(2, differentiate("hvp", f, p, table.unpack(extra, 1, extra.n))))
  end
  local at = linearise("hvp", { push = true }, gradient, x)
  local list = directions("hvp", "v", v, at.leaves, at.spec)
  return assemble(at.spec, at.leaves, at.push(list))
end

--- sd.expect(w, f) -> sum over k of w_k f(k): the expectation of f under the weights w (a list or a
-- matrix of them), exactly. f(k) is a number, a matrix or a tree; it is not called where w_k is the
-- number 0.
function derive.expect(w, f)
  if type(f) == "string" or not callable(f) then
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
      if type(value) == "table" then value = tree.map(function(x) return x end, value) end
      local term = weight * value
      if total == nil then total = term else total = total + term end
    end
  end
  if total == nil then fail "expect: there is no weight other than 0" end
  return total
end

-- For the modules that are made of these.
derive.parts = { linearise = linearise, variables = variables, settle = settle,
  check_function = check_function, zero_like = zero_like, count = count }
return derive
