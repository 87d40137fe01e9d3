--- Jacobians: all elements of a function's result by all of its parameters, formed or as an
-- operator, and their average between two points.
--
-- Rows are the elements of the result, columns those of x, each in the order of the tree
-- (tree.lua), matrices column-major. The function is traced once, and one of three routes is taken:
--
--   columns  the columns of the result are samples that share the parameters: a sweep for each row
--            of the result gives the derivatives of all samples (blocks.lua)
--   reverse  a pullback for each row of the Jacobian
--   forward  a tangent for each column of the Jacobian
local core = require "saddle.core"
local gauss_legendre = require("saddle.quadrature").gauss_legendre
local options = require "saddle.options"
local tree = require "saddle.tree"
local blocks = require "saddle.blocks"
local derive = require "saddle.derive"
local linearise = derive.linearise
local trace = require "saddle.trace"
local tracing, fail = core.tracing, tree.fail
local common_dtype = trace.common_dtype
tree.module()

local jacobian = {}

local function check_options(name, given, names)
  local wrong = options.wrong(given, names)
  if wrong then fail("%s: %s", name, wrong) end
  return given or {}
end

local function positive(name, given, key, default)
  local v = given[key]
  if v == nil then return default end
  if type(v) ~= "number" or not (v > 0) then
    fail("%s: option '%s' must be a number above 0, got %s", name, key, core.show(v))
  end
  return v
end

-- ---- leaves and columns -------------------------------------------------------------------------

local function convert(v, dtype) return v.dtype == dtype and v or v:to(dtype) end

--- The leaves of list (false: zero, like those of `likes`) as one column.
local function column(list, likes, dtype)
  local out = {}
  for k, like in ipairs(likes) do
    local v = list[k] or trace.zero_like(like)
    if tracing.kind(v) == "matrix" then v = convert(v:reshape(v.rows * v.cols, 1), dtype) end
    out[k] = v
  end
  if #out == 0 then return core.zeros(0, 1, { dtype = dtype }) end
  return convert(core.vcat(out), dtype)
end

--- Column j of V as leaves like those of `likes`.
local function leaves_of(V, j, likes)
  local out, at = {}, 1
  for k, like in ipairs(likes) do
    if tracing.kind(like) == "number" then
      out[k] = tracing.apply("to", { k = { 0, 1 } }, V:block(at, j, 1, 1))
      at = at + 1
    else
      local n = like.rows * like.cols
      out[k] = convert(V:block(at, j, n, 1):reshape(like.rows, like.cols), like.dtype)
      at = at + n
    end
  end
  return out
end

--- f on each basis vector of the space of these leaves, a list of leaves. With `fresh` each vector
-- is a matrix of its own, as a trace needs; else one is written to again and again.
local function each_basis(likes, fresh, f)
  local list = {}
  for k, like in ipairs(likes) do list[k] = trace.zero_like(like) end
  for k, like in ipairs(likes) do
    local zero = list[k]
    if type(zero) == "number" then
      list[k] = 1.0
      f(table.move(list, 1, #list, 1, {}))
    else
      for i = 1, like.rows * like.cols do
        local e = (fresh and zero:clone() or zero):set(i, 1)
        list[k] = e
        f(fresh and table.move(list, 1, #list, 1, {}) or list)
        if not fresh then zero:set(i, 0) end
      end
    end
    list[k] = zero
  end
end

-- ---- forming it ---------------------------------------------------------------------------------

local function cheaper(rows, cols) return rows <= cols and { pull = true } or { push = true } end

--- The Jacobian in a trace, of symbols.
local function record(at, likes_x, likes_y, dtype)
  local from, to, map = likes_x, likes_y, at.push
  if at.across then from, to, map = likes_y, likes_x, at.pull end
  local columns = {}
  each_basis(from, true, function(e) columns[#columns + 1] = column(map(e), to, dtype) end)
  local J = core.hcat(columns)
  return trace.settle(at, { at.across and J:t() or J })[1]
end

--- The Jacobian at the point where `at` is, row by row (at.across) or column by column; blocks of
-- rows fill at most `bytes`.
local function form(at, bytes)
  local likes_x, likes_y = at.values, trace.variables(at.yspec, at.yleaves)
  local dtype = common_dtype(likes_x, likes_y)
  if at.rows == 0 or at.cols == 0 then return core.zeros(at.rows, at.cols, { dtype = dtype }) end
  if at.outer then return record(at, likes_x, likes_y, dtype) end
  local J = core.zeros(at.rows, at.cols, { dtype = dtype })
  if not at.across then
    local j = 0
    each_basis(likes_x, false, function(e)
      j = j + 1
      J:col(j):copy_(column(at.push(e), likes_y, dtype))
    end)
    return J
  end
  local wide = math.max(1, math.floor(bytes / (8 * at.cols))) -- rows are turned a block at a time
  local block, done = {}, 0
  local function flush()
    if #block == 0 then return end
    J:block(done + 1, 1, #block, at.cols):copy_(core.hcat(block):t())
    block, done = {}, done + #block
  end
  each_basis(likes_y, false, function(e)
    block[#block + 1] = column(at.pull(e), likes_x, dtype)
    if #block >= wide then flush() end
  end)
  flush()
  return J
end

-- ---- routes -------------------------------------------------------------------------------------

--- The blocks of the trace if the route is columns, or open (nil) and they pay; else nil; and why.
local function choose_blocks(name, at, route)
  if route and route ~= "columns" then return nil, "asked for" end
  local of, why = blocks.of(at)
  if route and not of then fail("%s: route 'columns': %s", name, why) end
  if not of then return nil, why end
  if route then return of, "asked for" end
  if at.cols < of.m then return nil, "there are fewer parameters than rows of the result" end
  return of, ("%d samples share the parameters"):format(of.n)
end

--- Row by row or column by column, as the route says, or as is cheaper.
local function choose_side(at, route)
  at.across = route == "reverse" or route == nil and at.rows <= at.cols
  return at.across and { pull = true } or { push = true }, at.across and "reverse" or "forward"
end

--- The Jacobian of the function, and how it was found: {route=, reason=}.
local function by_route(name, route, bytes, f, x, ...)
  local at = derive.trace_at(name, f, x, ...)
  local scope <close> = at.scope -- luacheck: ignore
  local of, reason = choose_blocks(name, at, route)
  if of then
    local J = blocks.jacobian(of, at, common_dtype(at.values, at.outs))
    return trace.settle(at, { J })[1], { route = "columns", reason = reason }
  end
  local want, side = choose_side(at, route)
  return form(derive.linearise_at(name, at, want), bytes), { route = side, reason = reason }
end

--- J as an operator on matrices of columns.
local function operator(at)
  local likes_x, likes_y = at.values, trace.variables(at.yspec, at.yleaves)
  local dtype = common_dtype(likes_x, likes_y)
  local function product(name, map, from, to, size)
    return function(V)
      if tracing.kind(V) ~= "matrix" or V.rows ~= size then
        fail("%s: needs a matrix of %d rows, got %s", name, size,
          tracing.issymbol(V) and tostring(V) or core.show(V))
      end
      local columns = {}
      for j = 1, V.cols do columns[j] = column(map(leaves_of(V, j, from)), to, dtype) end
      if #columns == 0 then return core.zeros(trace.count(to), 0, { dtype = dtype }) end
      return #columns == 1 and columns[1] or core.hcat(columns)
    end
  end
  return { rows = at.rows, cols = at.cols,
    matvec = product("matvec", at.push, likes_x, likes_y, at.cols),
    rmatvec = product("rmatvec", at.pull, likes_y, likes_x, at.rows) }
end

local routes = { columns = true, reverse = true, forward = true }

--- sd.jacobian(f[, options])(x, ...) -> J (elements of f(x, ...), elements of x). Options:
--   route   "columns", "reverse" or "forward" (above); the cheapest that serves if not given. An
--           error says why columns cannot
--   info    true: a second result {route=, reason=} tells what was taken and why
--   bytes   what blocks of rows may fill besides J (64 MB), on the route reverse
--   lazy    true: instead of J {rows=, cols=, matvec=, rmatvec=}, whose functions multiply J and
--           its transpose with a matrix (one column or several) without forming J
function jacobian.jacobian(f, given)
  trace.check_function("jacobian", f)
  given = check_options("jacobian", given, { "bytes", "info", "lazy", "route" })
  local bytes, route = positive("jacobian", given, "bytes", 64e6), given.route
  for _, key in ipairs { "lazy", "info" } do
    if given[key] ~= nil and type(given[key]) ~= "boolean" then
      fail("jacobian: option '%s' must be true or false, got %s", key, core.show(given[key]))
    end
  end
  if route ~= nil and not routes[route] then
    fail("jacobian: option 'route' must be 'columns', 'reverse' or 'forward', got %s",
      core.show(route))
  end
  return function(x, ...)
    if given.lazy then
      return operator(linearise("jacobian", { pull = true, push = true }, f, x, ...))
    end
    local J, info = by_route("jacobian", route, bytes, f, x, ...)
    if given.info then return J, info end
    return J
  end
end

-- ---- its average --------------------------------------------------------------------------------

local MOST, LEAST_WIDTH = 20000, 2 ^ -45

--- The integral of J over 0..1 by bisection of 7-point rules: a piece is done when its two halves
-- agree with it to tol |J| / 64.
local function integrate(J, tol)
  local nodes, weights = gauss_legendre(7)
  local calls = 0
  local function rule(a, b)
    local sum
    for i, x in ipairs(nodes) do
      local term = (weights[i] * (b - a) / 2) * J((a + b) / 2 + (b - a) / 2 * x)
      sum = sum and sum:add_(term) or term
    end
    calls = calls + #nodes
    return sum
  end
  local scale
  local function piece(a, b, whole)
    local middle = (a + b) / 2
    local left, right = rule(a, middle), rule(middle, b)
    local both = left + right
    local wrong = core.norm(both - whole)
    if wrong ~= wrong then fail "jbar: the Jacobian is not finite between y and x" end
    if wrong <= tol * scale / 64 or b - a < LEAST_WIDTH then return both end
    if calls > MOST then
      fail("jbar: %d Jacobians do not settle the average to %g; pieces still differ by %g (give a "
        .. "larger option 'tol')", calls, tol, wrong / scale)
    end
    return piece(a, middle, left) + piece(middle, b, right)
  end
  local whole = rule(0, 1)
  scale = core.norm(whole)
  return piece(0, 1, whole)
end

--- sd.jbar(f, x, y[, options]) -> the average of the Jacobian on the line from y to x, and by how
-- much it misses jbar (x - y) = f(x) - f(y), relative to |jbar| |x - y|. Option tol: the error
-- aimed at, relative to the Frobenius norm (1e-10; 1e-5 in f32). A kink costs some 500 Jacobians.
-- The identity fails where f has jumps or stopped gradients, which is what the second result is
-- for.
function jacobian.jbar(f, x, y, given)
  trace.check_function("jbar", f)
  if tracing.current() then
    fail "jbar: chooses its nodes by values, which a traced function does not have yet"
  end
  given = check_options("jbar", given, { "tol" })
  local at = linearise("jbar", cheaper, f, x)
  at.across = at.rows <= at.cols
  local other, spec = tree.flatten(y, "jbar: y")
  local where, why = tree.difference(at.spec, spec, "y")
  if where then fail("jbar: x and y are built differently: %s %s", where, why) end
  local X, Y, difference = at.values, trace.variables(spec, other), {}
  for k, v in ipairs(X) do
    if tracing.kind(v) ~= tracing.kind(Y[k]) or trace.count { v } ~= trace.count { Y[k] } then
      fail("jbar: x and y differ in shape: %s and %s", core.show(v), core.show(Y[k]))
    end
    difference[k] = v - Y[k]
  end
  local dtype = common_dtype(X)
  local function move(t)
    local point = {}
    for k, v in ipairs(Y) do point[k] = t == 1 and X[k] or v + t * difference[k] end
    at.move(point)
  end
  local function value(t)
    move(t)
    local leaves = trace.variables(at.yspec, at.yleaves)
    return column(leaves, leaves, "f64")
  end
  local J = integrate(function(t)
    move(t)
    return form(at, 64e6)
  end, positive("jbar", given, "tol", dtype == "f32" and 1e-5 or 1e-10))
  local step = column(difference, difference, "f64")
  local miss = core.norm(convert(J, "f64") * step - (value(1) - value(0)))
  local size = core.norm(J) * core.norm(step)
  return J, size > 0 and miss / size or miss
end

return jacobian
