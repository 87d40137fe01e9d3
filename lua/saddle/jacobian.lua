--- Jacobians: all elements of a function's result by all of its parameters, formed or as an
-- operator.
--
-- Rows are the elements of the result, columns those of x, each in the order of the tree
-- (tree.lua), matrices column-major. The cheaper side is taken: with at most as many rows as
-- columns a pullback a row, else a tangent a column. The function is traced once.
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
local linearise = require("saddle.derive").linearise
local trace = require "saddle.trace"
local tracing, fail = core.tracing, tree.fail
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

--- f32 when all matrices are, else f64.
local function common_dtype(...)
  local dtype
  for _, list in ipairs { ... } do
    for _, v in ipairs(list) do
      if tracing.kind(v) == "matrix" and dtype ~= "f64" then dtype = v.dtype end
    end
  end
  return dtype or "f64"
end

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
  local across = at.rows <= at.cols
  if across then from, to, map = likes_y, likes_x, at.pull end
  local columns = {}
  each_basis(from, true, function(e) columns[#columns + 1] = column(map(e), to, dtype) end)
  local J = core.hcat(columns)
  return trace.settle(at, { across and J:t() or J })[1]
end

--- The Jacobian at the point where `at` is; blocks of columns or rows fill at most `bytes`.
local function form(at, bytes)
  local likes_x, likes_y = at.values, trace.variables(at.yspec, at.yleaves)
  local dtype = common_dtype(likes_x, likes_y)
  if at.rows == 0 or at.cols == 0 then return core.zeros(at.rows, at.cols, { dtype = dtype }) end
  if at.outer then return record(at, likes_x, likes_y, dtype) end
  local J = core.zeros(at.rows, at.cols, { dtype = dtype })
  if at.rows > at.cols then
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

--- sd.jacobian(f[, options])(x, ...) -> J (elements of f(x, ...), elements of x). Options: bytes,
-- what blocks of rows may fill besides (64 MB); lazy = true gives {rows=, cols=, matvec=,
-- rmatvec=}, whose functions multiply J and its transpose with a matrix (one column or several)
-- without forming J.
function jacobian.jacobian(f, given)
  trace.check_function("jacobian", f)
  given = check_options("jacobian", given, { "bytes", "lazy" })
  local bytes = positive("jacobian", given, "bytes", 64e6)
  if given.lazy ~= nil and type(given.lazy) ~= "boolean" then
    fail("jacobian: option 'lazy' must be true or false, got %s", core.show(given.lazy))
  end
  return function(x, ...)
    if given.lazy then
      return operator(linearise("jacobian", { pull = true, push = true }, f, x, ...))
    end
    return form(linearise("jacobian", cheaper, f, x, ...), bytes)
  end
end

-- for jbar.lua and path.lua
jacobian.common_dtype, jacobian.convert, jacobian.column = common_dtype, convert, column
jacobian.form = form
return jacobian
