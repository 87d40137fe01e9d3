--- Neural tangent kernels: the inner products of all rows of Jacobians, K = J(X) J(X2)'. One of
-- these routes is taken:
--
--   columns   products of Gram matrices of the blocks of samples, without a Jacobian (blocks.lua)
--   jacobian  both Jacobians are formed, and multiplied
--   products  for each column of K a pullback at X2 and a tangent at X: memory for one row
--
-- Reference: Jacot, Gabriel and Hongler, Neural tangent kernel, NeurIPS 2018.
local core = require "saddle.core"
local blocks = require "saddle.blocks"
local check = require "saddle.check"
local derive = require "saddle.derive"
local jacobian = require "saddle.jacobian"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local ntk = {}

local ROUTES <const> = { "columns", "jacobian", "products" }
local BYTES <const> = 1e9

--- Two traces of one function in one graph, in the same variables. X and X2 go through as
-- arguments: there may be an rng among them.
local function trace_both(f, params, X, X2)
  if not X2 then
    return derive.trace_at("ntk", function(p, ...) return { f(p, ...) } end, params,
      table.unpack(X, 1, X.n))
  end
  local function both(p, ...)
    local first = table.pack(...)
    return { f(p, table.unpack(first, 1, X.n)), (f(p, select(X.n + 1, ...))) }
  end
  local all = table.move(X2, 1, X2.n, X.n + 1, table.move(X, 1, X.n, 1, {}))
  return derive.trace_at("ntk", both, params, table.unpack(all, 1, X.n + X2.n))
end

--- The part of the trace `at` that has the k-th of two results.
local function half(at, k)
  return setmetatable({ outs = { at.outs[k] } }, { __index = at, __newindex = at })
end

--- K by blocks, or nil and why not.
local function by_columns(at, twice, dtype)
  if #at.outs ~= (twice and 2 or 1) then return nil, "the result is not one matrix" end
  local one, why = blocks.of(half(at, 1))
  if not one then return nil, why end
  local two = one
  if twice then
    two, why = blocks.of(half(at, 2))
    if not two then return nil, why end
  end
  return trace.settle(at, { blocks.gram(one, two, dtype) })[1],
    ("%d samples share the parameters"):format(one.n)
end

--- A B', without a copy of B.
local function times_transpose(A, B) return tracing.apply("matmul", { k = { 0, 1 } }, A, B) end

local function by_jacobians(f, params, X, X2)
  local J = jacobian.jacobian(f)(params, table.unpack(X, 1, X.n))
  local other = X2 and jacobian.jacobian(f)(params, table.unpack(X2, 1, X2.n)) or J
  return times_transpose(J, other)
end

local function by_products(f, params, X, X2)
  local lazy = { lazy = true }
  local J = jacobian.jacobian(f, lazy)(params, table.unpack(X, 1, X.n))
  local other = X2 and jacobian.jacobian(f, lazy)(params, table.unpack(X2, 1, X2.n)) or J
  local columns = {}
  for j = 1, other.rows do
    columns[j] = J.matvec(other.rmatvec(core.zeros(other.rows, 1):set(j, 1)))
  end
  return core.hcat(columns)
end

--- K and how it was found; X and X2 (or nil) are packed arguments of f besides params.
local function kernel(given, f, params, X, X2)
  trace.check_function("ntk", f)
  local route, bytes, reason = given.route, given.bytes or BYTES, "asked for"
  if route == nil or route == "columns" then
    local at = trace_both(f, params, X, X2)
    local scope <close> = at.scope -- luacheck: ignore
    local K
    K, reason = by_columns(at, X2 ~= nil, trace.common_dtype(at.values, at.outs))
    if K then return K, { route = "columns", reason = route and "asked for" or reason } end
    if route then fail("ntk: route 'columns': %s", reason) end
    local size = 8 * at.rows * at.cols
    route = size <= bytes and "jacobian" or "products"
    if size > bytes then reason = ("%s; Jacobians take %.3g bytes"):format(reason, size) end
  end
  local K = (route == "jacobian" and by_jacobians or by_products)(f, params, X, X2)
  return K, { route = route, reason = reason }
end

local function check_given(given)
  check.options("ntk", given, { "bytes", "info", "route" })
  if given.route ~= nil then check.word("ntk", "option 'route'", given.route, ROUTES) end
  if given.bytes ~= nil then check.number("ntk", "option 'bytes'", given.bytes, 0) end
  check.flag("ntk", "option 'info'", given.info)
  return given
end

--- J J' of f(params, ...) in params, and {route=, reason=}: for spectra.
function ntk.gram(given, f, params, ...)
  return kernel(check_given(given), f, params, table.pack(...))
end

--- sd.ntk(f, params, X[, X2]) -> K, of the elements of f(params, X) by those of f(params, X2), or
-- of f(params, X) again. sd.ntk{options}(f, params, X[, X2]) takes options:
--   route   "columns", "jacobian" or "products" (above); the first that serves if not given
--   bytes   what Jacobians may fill before it is done by products (1e9)
--   info    true: a second result {route=, reason=}
function ntk.ntk(f, ...)
  if type(f) == "table" and tree.isplain(f) and not trace.callable(f) then
    local given = check_given(f)
    return function(g, params, X, X2)
      local K, info = kernel(given, g, params, table.pack(X), X2 ~= nil and table.pack(X2) or nil)
      if given.info then return K, info end
      return K
    end
  end
  return ntk.ntk {} (f, ...)
end

return ntk
