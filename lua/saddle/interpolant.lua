--- The interpolant closest to a starting point: min |theta - theta0| subject to f(theta) = y.
--
-- Gauss-Newton linearises the constraint and keeps the objective,
--
--   theta+ = theta0 + J^+ (y - f(theta) + J (theta - theta0)),   J = J(theta)
--
-- whose fixed points interpolate and have theta - theta0 in the row space of J: the first-order
-- condition. The step d = theta+ - theta is shortened to s d, s = 1, 1/2, 1/4, ..., until the exact
-- penalty |theta - theta0|^2/2 + mu |y - f(theta)| falls by 1e-4 s of what its slope promises, mu
-- above the multipliers (S.-P. Han, J. Optim. Theory Appl. 22 (1977) 297-309). A local minimiser,
-- as every such method gives.
local core = require "saddle.core"
local sd = require "saddle"
local check = require "saddle.check"
local tree = require "saddle.tree"
local fail = tree.fail
core.tracing.module()

local interpolant = {}
local NAME = "closest_interpolant"

--- The value of f as a column.
local function column(v)
  v = check.matrix(NAME, "the value of f", v)
  return v:reshape(#v, 1)
end

--- J^+ b, the multipliers' norm |J'^+ J^+ b|, the rank.
local function solve(J, b, rcond)
  local U, s, V = sd.svd(J)
  local rank = 0
  while rank < s.rows and s(rank + 1) > rcond * s(1) do rank = rank + 1 end
  if rank == 0 then return sd.zeros(J.cols, 1), 0, 0 end
  local c = (U:col(1, rank):t() * b) / s:row(1, rank)
  return V:col(1, rank) * c, sd.norm(c / s:row(1, rank)), rank
end

--- The largest s among 1, 1/2, ... 2^-30 whose point is acceptable: s, point, residual; else nil.
local function search(value, start, at, damping)
  local distance = sd.norm(at.theta - start)
  local merit = distance ^ 2 / 2 + at.mu * sd.norm(at.residual)
  local slope = sd.dot(at.theta - start, at.step) - at.mu * sd.norm(at.residual)
  -- what rounding alone may add to the merit
  local noise = 2 ^ -48 * (distance ^ 2 + at.mu * (sd.norm(at.residual) + at.scale))
  for k = 0, damping and 30 or 0 do
    local s = 2.0 ^ -k
    local theta = at.theta + s * at.step
    local residual = value(theta)
    if not damping then return s, theta, residual end
    local new = sd.norm(theta - start) ^ 2 / 2 + at.mu * sd.norm(residual)
    if new <= merit + 1e-4 * s * slope + noise then return s, theta, residual end
  end
end

--- sd.closest_interpolant(f, theta0, y[, options]) -> theta, report. f maps a tree of parameters
-- like theta0 to a matrix of the shape of y (or a number). Options: tol (1e-10), maxit (50),
-- damping (true; false takes whole steps), rcond (1e-12, singular values below rcond sigma_1 count
-- as 0). report: converged, reason, iterations, residual = |y - f(theta)|, distance = |theta -
-- theta0|, step = the last |d|, rank of J, and history, a list of {residual=, distance=, step=,
-- damping=}. Converged: |d| <= tol (1 + distance) and residual <= tol (1 + |y|). A report that has
-- not converged says why; theta is the last iterate then.
function interpolant.closest_interpolant(f, theta0, y, given)
  check.callable(NAME, "f", f)
  given = check.options(NAME, given, { "tol", "maxit", "damping", "rcond" })
  local tol = check.positive(NAME, "option 'tol'", given.tol, 1e-10)
  local maxit = check.whole(NAME, "option 'maxit'", given.maxit, 1, nil, 50)
  local rcond = check.number(NAME, "option 'rcond'", given.rcond, 0, 1, 1e-12)
  local damping = check.flag(NAME, "option 'damping'", given.damping, true)
  y = check.matrix(NAME, "y", y)
  local target = y:reshape(#y, 1)
  local start, unravel = sd.ravel(theta0)
  local jacobian = sd.jacobian(f)
  local function value(theta)
    local v = f(unravel(theta))
    local rows, cols = 1, 1
    if sd.ismatrix(v) then rows, cols = v.rows, v.cols end
    if rows ~= y.rows or cols ~= y.cols then
      fail("%s: f gives %dx%d, y is %dx%d", NAME, rows, cols, y.rows, y.cols)
    end
    return target - column(v)
  end
  local scale = 1 + sd.norm(target)
  local at = { theta = start, residual = value(start), mu = 0, scale = scale }
  local report = { converged = false, reason = "maxit reached", history = {} }
  for k = 1, maxit do
    local J = jacobian(unravel(at.theta))
    local offset = at.theta - start
    local whole, multipliers, rank = solve(J, at.residual + J * offset, rcond)
    at.step = whole - offset
    at.mu = math.max(at.mu, 2 * multipliers)
    report.rank, report.step = rank, sd.norm(at.step)
    report.iterations = k - 1
    if report.step <= tol * (1 + sd.norm(offset)) then
      report.converged = sd.norm(at.residual) <= tol * scale
      report.reason = report.converged and "converged" or "stationary, but f(theta) is not y: y is "
        .. "out of reach of the linearised f"
      break
    end
    local s, theta, residual = search(value, start, at, damping)
    if not s then
      report.reason = "no step along the Gauss-Newton direction lowers the penalty"
      break
    end
    at.theta, at.residual = theta, residual
    report.iterations = k
    report.history[k] = { residual = sd.norm(residual), distance = sd.norm(theta - start),
      step = report.step, damping = s }
  end
  report.residual, report.distance = sd.norm(at.residual), sd.norm(at.theta - start)
  return unravel(at.theta), report
end

return interpolant
