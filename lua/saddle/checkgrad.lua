--- sd.checkgrad: a gradient against central differences, with a tolerance that the differences give
-- themselves.
--
-- For an element x with step h, D(h) = (f(x+h) - f(x-h)) / 2h differs from the derivative by a
-- truncation error of order h^2, of which |D(2h) - D(h)| is three times the size, and by rounding:
-- the two values of f carry errors of some `slack` units in the last place each, the quotient at
-- most slack u max|f| / h. The step u^(1/3) max(1, |x|) balances the two (Nocedal and Wright,
-- Numerical Optimization, 2nd ed., 8.1). The tolerance is |D(2h) - D(h)| + 4 slack u max|f| / h:
-- three times the first error, and room for those of D(2h) and of the gradient itself.
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
local derive = require "saddle.derive"
local trace = require "saddle.trace"
local tracing, fail = core.tracing, tree.fail
tree.module()

local names = { "step", "slack", "elements" }
local unit = { f64 = 2 ^ -53, f32 = 2 ^ -24 }

local function option(given, key, default, whole)
  local v = given[key]
  if v == nil then return default end
  if type(v) ~= "number" or not (v > 0) or whole and v % 1 ~= 0 then
    fail("checkgrad: option '%s' must be a %snumber above 0, got %s", key, whole and "whole " or "",
      core.show(v))
  end
  return v
end

--- f as a function with one number as result: other results are weighted, the same way each time.
local function scalar(f, x)
  local y = f(x)
  local kind = tracing.kind(y)
  if kind == "number" then return f end
  if kind == "matrix" and y.rows == 1 and y.cols == 1 then
    return function(p) return core.sum((f(p))) end
  end
  local leaves, spec = tree.flatten(y, "checkgrad: the result of the function")
  local rng, weights = core.rng(0x5add1e, "checkgrad"), {}
  for k, what in ipairs(tree.kinds(spec)) do
    local v = leaves[k]
    weights[k] = v
    if what == "number" then weights[k] = rng:randn() end
    if what == "matrix" then weights[k] = rng:randn(v.rows, v.cols, { dtype = v.dtype }) end
  end
  local kinds = table.concat(tree.kinds(spec), " ")
  return function(p)
    local total, list, now = 0.0, tree.flatten((f(p)))
    if table.concat(tree.kinds(now), " ") ~= kinds then
      fail "checkgrad: the function gives another tree than before"
    end
    for k, v in ipairs(list) do
      local what = tracing.kind(v)
      if what == "number" then
        total = total + weights[k] * v
      elseif what == "matrix" and not tracing.isfrozen(v) then
        total = total + core.sum(weights[k] % v)
      end
    end
    return total
  end
end

--- The central difference at element i of leaf k, and the tolerance for it.
local function difference(evaluate, leaves, k, i, settings)
  local leaf = leaves[k]
  local number = type(leaf) == "number"
  local x, u = number and leaf or leaf(i), unit[number and "f64" or leaf.dtype]
  if settings.single then u = unit.f32 end
  local h = (settings.step or u ^ (1 / 3)) * math.max(1, math.abs(x))
  local most = 0
  local function at(v)
    leaves[k] = number and v or leaf:clone():set(i, v)
    local reached = number and v or leaves[k](i) -- as the dtype holds it
    local y = evaluate()
    leaves[k] = leaf
    most = math.max(most, math.abs(y))
    return y, reached
  end
  local function central(step)
    local above, x2 = at(x + step)
    local below, x1 = at(x - step)
    return (above - below) / (x2 - x1)
  end
  local near, far = central(h), central(2 * h)
  return near, math.abs(far - near) + 4 * settings.slack * u * most / h
end

--- sd.checkgrad(f, x[, options]) -> {ok=, worst=, path=, leaves=}: whether sd.grad(f)(x) agrees
-- with central differences; worst is the largest ratio of error to tolerance, path where it is;
-- leaves has for each leaf {path=, ok=, worst=, element=, gradient=, difference=, tolerance=}, the
-- numbers of its worst element. A result that is no number is weighted by fixed normal numbers.
-- Options: step (relative), slack (rounding of f in units in the last place: 16), elements (how
-- many of a leaf are tried, evenly spaced: all).
local function checkgrad(f, x, given)
  trace.check_function("checkgrad", f)
  local wrong = options.wrong(given, names)
  if wrong then fail("checkgrad: %s", wrong) end
  given = given or {}
  local settings = { step = option(given, "step"), slack = option(given, "slack", 16) }
  local limit = option(given, "elements", math.huge, true)
  local leaves, spec = tree.flatten(x, "checkgrad: x")
  local paths, kinds = tree.paths(spec, "x"), tree.kinds(spec)
  for k, leaf in ipairs(leaves) do
    if kinds[k] == "matrix" and leaf.dtype == "f32" then settings.single = true end
    if tracing.issymbol(leaf) then fail("checkgrad: needs values, and %s is a symbol", paths[k]) end
  end
  local g = scalar(f, x)
  local gradient = tree.flatten((derive.grad(g)(x)))
  local function evaluate()
    local y = g(tree.unflatten(spec, leaves))
    if tracing.issymbol(y) then fail "checkgrad: the function gives a symbol of an outer trace" end
    return type(y) == "number" and y or y:item()
  end
  local report = { ok = true, worst = 0, leaves = {} }
  for k, kind in ipairs(kinds) do
    if kind == "number" or kind == "matrix" then
      local size = kind == "number" and 1 or #leaves[k]
      local stride = math.max(1, math.ceil(size / limit))
      local entry = { path = paths[k], ok = true, worst = 0 }
      for i = 1, size, stride do
        local exact = kind == "number" and gradient[k] or gradient[k](i)
        local near, tolerance = difference(evaluate, leaves, k, i, settings)
        local ratio = near == exact and 0 or math.abs(near - exact) / tolerance
        if not (ratio <= entry.worst) or entry.element == nil then -- NaN is the worst
          entry.worst, entry.element, entry.gradient = ratio, i, exact
          entry.difference, entry.tolerance = near, tolerance
          if ratio ~= ratio then break end
        end
      end
      entry.ok = entry.worst <= 1
      report.leaves[#report.leaves + 1] = entry
      report.ok = report.ok and entry.ok
      if not (entry.worst <= report.worst) and report.worst == report.worst then
        report.worst, report.path = entry.worst, entry.path
      end
    end
  end
  return report
end

return { checkgrad = checkgrad }
