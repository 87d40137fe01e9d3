--- Lines through points: rates and exponents.
--
--   slope, intercept, error, r2 = sd.fit_line(x, y)
--   slope, intercept, error, r2 = sd.fit_loglog(x, y)     of log y against log x
--
-- Least squares. `error` is the standard error of the slope, for independent errors of one variance
-- (NaN for two points, which leave nothing to estimate it from); r2 the part of the variance of y
-- that the line explains (1 where y is constant). fit_loglog gives the exponent and the logarithm
-- of the factor: y is about exp(intercept) x^slope. x and y are rows or columns of one length, or
-- lists; in a traced function they may be symbols.
local core = require "saddle.core"
local check = require "saddle.check"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local fit = {}

--- v as a column; values are checked, symbols only for their shape.
local function column(name, what, v, above)
  if not tracing.issymbol(v) then
    local list = check.list(name, what, v, 2)
    for k, x in ipairs(list) do
      if above and x <= 0 then
        fail("%s: element %d of %s must be above 0, got %g", name, k, what, x)
      end
    end
    return core.ismatrix(v) and v:reshape(#list, 1):to "f64" or core.matrix(list)
  end
  if v.rows ~= 1 and v.cols ~= 1 or v.rows * v.cols < 2 then
    fail("%s: %s must be a row or a column of at least 2 elements, got %s", name, what,
      core.show(v))
  end
  return v:reshape(v.rows * v.cols, 1):to "f64"
end

local function line(name, x, y)
  local n = x.rows
  if y.rows ~= n then
    fail("%s: x and y must have as many elements, x has %d, y %d", name, n, y.rows)
  end
  local xm, ym = core.mean(x), core.mean(y)
  local u, v = x - xm, y - ym
  local xx, yy = core.dot(u, u), core.dot(v, v)
  if type(xx) == "number" and xx == 0 then fail("%s: all elements of x are equal", name) end
  local slope = core.dot(u, v) / xx
  local rest = v - slope * u
  local left = core.dot(rest, rest)
  local flat = type(yy) == "number" and yy == 0
  return slope, ym - slope * xm, n > 2 and (left / ((n - 2) * xx)) ^ 0.5 or 0 / 0,
    flat and 1.0 or 1 - left / yy
end

--- sd.fit_line(x, y) -> slope, intercept, standard error of the slope, r2.
function fit.fit_line(x, y)
  return line("fit_line", column("fit_line", "x", x), column("fit_line", "y", y))
end

--- sd.fit_loglog(x, y) -> exponent, logarithm of the factor, standard error of the exponent, r2;
-- all elements are above 0.
function fit.fit_loglog(x, y)
  x, y = column("fit_loglog", "x", x, true), column("fit_loglog", "y", y, true)
  return line("fit_loglog", core.log(x), core.log(y))
end

return fit
