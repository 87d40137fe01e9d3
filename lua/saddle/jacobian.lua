--- Jacobians: all elements of a function's result by all of its parameters, formed or as an
-- operator.
--
-- Rows are the elements of the result, columns those of x, each in the order of the tree
-- (tree.lua), matrices column-major. The function is traced once, and one of three routes is taken:
--
--   columns  the columns of the result are samples that share the parameters: a sweep for each row
--            of the result gives the derivatives of all samples (blocks.lua)
--   reverse  a pullback for each row of the Jacobian
--   forward  a tangent for each column of the Jacobian
local core = require "saddle.core"
local check = require "saddle.check"
local tree = require "saddle.tree"
local blocks = require "saddle.blocks"
local derive = require "saddle.derive"
local trace = require "saddle.trace"
local tracing, fail = core.tracing, tree.fail
local common_dtype, convert = trace.common_dtype, trace.convert
tree.module()

local jacobian = {}

local ROUTES <const> = { "columns", "reverse", "forward" }
local BYTES <const> = 64e6 -- of blocks of rows

-- ---- leaves and columns -------------------------------------------------------------------------

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

--- The Jacobian of the trace, and how it was found: {route=, reason=}.
local function by_route(name, route, bytes, at)
  local of, reason = choose_blocks(name, at, route)
  if of then
    local J = blocks.jacobian(of, at, common_dtype(at.values, at.outs))
    return trace.settle(at, { J })[1], { route = "columns", reason = reason }
  end
  local want, side = choose_side(at, route)
  return form(derive.linearise_at(name, at, want), bytes), { route = side, reason = reason }
end

--- J of the trace as an operator on matrices of columns.
local function operator(at)
  derive.linearise_at("jacobian", at, { pull = true, push = true })
  local likes_x, likes_y = at.values, trace.variables(at.yspec, at.yleaves)
  local dtype = common_dtype(likes_x, likes_y)
  local function product(name, map, from, to, size)
    return function(V)
      if tracing.kind(V) ~= "matrix" or V.rows ~= size then
        fail("%s: needs a matrix of %d rows, got %s", name, size, core.show(V))
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

--- sd.jacobian(f[, options])(x, ...) -> J (elements of f(x, ...), elements of x). Options:
--   route   "columns", "reverse" or "forward" (above); the cheapest that serves if not given. An
--           error says why columns cannot
--   info    true: a second result {route=, reason=} tells what was taken and why
--   bytes   what blocks of rows may fill besides J (64 MB), on the route reverse
--   lazy    true: instead of J {rows=, cols=, matvec=, rmatvec=}, whose functions multiply J and
--           its transpose with a matrix (one column or several) without forming J
function jacobian.jacobian(f, given)
  trace.check_function("jacobian", f)
  given = check.options("jacobian", given, { "bytes", "info", "lazy", "route" })
  local bytes = check.positive("jacobian", "option 'bytes'", given.bytes, BYTES)
  local lazy = check.flag("jacobian", "option 'lazy'", given.lazy)
  local told = check.flag("jacobian", "option 'info'", given.info)
  local route = given.route
  if route ~= nil then check.word("jacobian", "option 'route'", route, ROUTES) end
  return function(x, ...)
    local at = derive.trace_at("jacobian", f, x, ...)
    local scope <close> = at.scope -- luacheck: ignore
    if lazy then return operator(at) end
    local J, info = by_route("jacobian", route, bytes, at)
    if told then return J, info end
    return J
  end
end

--- J of f(x, ...) where it takes at most so many bytes, else nil and {rows=, cols=, dtype=}: for
-- spectra.
function jacobian.within(bytes, f, x, ...)
  trace.check_function("jacobian", f)
  local at = derive.trace_at("jacobian", f, x, ...)
  local scope <close> = at.scope -- luacheck: ignore
  if 8 * at.rows * at.cols <= bytes then return (by_route("jacobian", nil, BYTES, at)) end
  return nil, { rows = at.rows, cols = at.cols, dtype = common_dtype(at.values, at.outs) }
end

jacobian.column = column -- for jbar.lua
jacobian.choose_blocks, jacobian.form = choose_blocks, form
return jacobian
