--- The interpolant closest to a starting point: min |theta - theta0| subject to f(theta) = y.
--
-- Steps d = n + t of sequential quadratic programming. With J = J(theta), g = theta - theta0 and
-- the residual c = y - f(theta), the normal part n = J^+ c interpolates the linearised f. The
-- tangential part t, in the kernel of J, shortens the distance: with P the projection on that
-- kernel and the Lagrangian's second derivative B = I - sum_i l_i D^2 f_i, l = J'^+ (g + n),
--
--   P B t = -P (g + B n)
--
-- by conjugate gradients, whose products with B are derivatives. Convergence is quadratic. The
-- plain step has I for B, t = -P g; alone it is the method of Gauss and Newton, which converges
-- linearly, and slowly where f is far from linear. Fixed points of both interpolate and have g in
-- the row space of J: the first-order condition. A step counts when the exact penalty |theta -
-- theta0|^2/2 + mu |y - f(theta)| falls by 1e-4 of what its slope promises, mu above the
-- multipliers (S.-P. Han, J. Optim. Theory Appl. 22 (1977) 297-309): the whole one with B, or this
-- one corrected by J^+ (y - f(theta + d)), or s = 1, 1/2, 1/4, ... times the plain one. Corrected,
-- for near the solution the penalty may rise along a good step that is straight (J. Nocedal and S.
-- Wright, Numerical optimization, 2nd ed., 15.5). A local minimiser, as every such method gives.
local core = require "saddle.core"
local sd = require "saddle"
local check = require "saddle.check"
local tree = require "saddle.tree"
local fail = tree.fail
core.tracing.module()

local interpolant = {}
local NAME = "closest_interpolant"
-- Of B along directions of the kernel; with less it counts as singular.
local LEAST_CURVATURE <const> = 1e-8

--- J^+ as a function, what projects on the kernel of J, J'^+ as a function, the rank.
local function factor(J, rcond)
  local U, s, V = sd.svd(J)
  local rank = 0
  while rank < s.rows and s(rank + 1) > rcond * s(1) do rank = rank + 1 end
  U, s, V = U:col(1, rank), s:row(1, rank), V:col(1, rank)
  return { rank = rank,
    pinv = function(b) return V * ((U:t() * b) / s) end,
    pinv_transpose = function(g) return U * ((V:t() * g) / s) end,
    kernel = function(v) return v - V * (V:t() * v) end }
end

--- t in the kernel with P B t = b, up to a residual of `tol`, or nil when B is not positive enough.
local function conjugate_gradients(B, by, b, tol)
  local t, r = sd.zeros(b.rows, 1), b
  local p, square = r, sd.dot(r, r)
  for _ = 1, b.rows - by.rank do -- no more in exact arithmetic
    if math.sqrt(square) <= tol then break end
    local q = by.kernel(B(p))
    local curvature = sd.dot(p, q)
    if not (curvature > LEAST_CURVATURE * sd.dot(p, p)) then return nil end
    t, r = t + square / curvature * p, r - square / curvature * q
    local last = square
    square = sd.dot(r, r)
    p = by.kernel(r + square / last * p)
  end
  return t
end

--- The steps at a point: `plain`, with B = I, and `newton`, where there is one; and mu, the weight
-- of the residual in the penalty.
local function steps_at(at, offset, by, curve)
  local normal, tangent = by.pinv(at.residual), by.kernel(offset)
  local multipliers = by.pinv_transpose(offset + normal) -- at the point that the step aims at
  local function B(v) return v - curve(at.theta, multipliers, v) end
  local right = -by.kernel(offset + B(normal))
  -- more and more exact, but `right` itself is rounded
  local tol = math.min(0.1, sd.norm(tangent)) * sd.norm(right) + 2 ^ -46 * sd.norm(offset)
  local t = conjugate_gradients(B, by, right, tol)
  at.mu = math.max(at.mu, 2 * sd.norm(multipliers))
  at.plain, at.newton = normal - tangent, t and normal + t
end

--- What is acceptable, as s, step, point, residual, or nil: the whole Newton step, as it is or
-- corrected, or s = 1, 1/2, ... 2^-30 times the plain one.
local function search(value, start, at, by, damping)
  local offset, size = at.theta - start, sd.norm(at.residual)
  local distance = sd.norm(offset)
  local merit = distance ^ 2 / 2 + at.mu * size
  -- what rounding alone may add to the merit
  local noise = 2 ^ -48 * (distance ^ 2 + at.mu * (size + at.scale))
  local function try(s, step, correct)
    local theta = at.theta + s * step
    local residual = value(theta)
    if correct then
      theta = theta + by.pinv(residual)
      residual = value(theta)
    end
    local slope = sd.dot(offset, step) - at.mu * size
    local new = sd.norm(theta - start) ^ 2 / 2 + at.mu * sd.norm(residual)
    if not damping or slope <= noise and new <= merit + 1e-4 * s * slope + noise then
      return s, step, theta, residual
    end
  end
  if not damping then return try(1.0, at.newton or at.plain) end
  for k = -2, 30 do
    local s, step, theta, residual
    if k >= 0 then
      s, step, theta, residual = try(2.0 ^ -k, at.plain)
    elseif at.newton then
      s, step, theta, residual = try(1.0, at.newton, k == -1)
    end
    if s then return s, step, theta, residual end
  end
end

--- sd.closest_interpolant(f, theta0, y[, options]) -> theta, report. f maps a tree of parameters
-- like theta0 to a matrix of the shape of y (or a number). Options: tol (1e-10), maxit (50),
-- damping (true; false takes whole steps), rcond (1e-12, singular values below rcond sigma_1 count
-- as 0). report: converged, reason, iterations, residual = |y - f(theta)|, distance = |theta -
-- theta0|, step = |n - P g|, by which the first-order condition is missed, rank of J, and history,
-- a list of {residual=, distance=, step = |d|, damping = s}. Converged: step <= tol (1 + distance)
-- and residual <= tol (1 + |y|). A report that has not converged says why; theta is the last
-- iterate then.
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
  if start.dtype ~= "f64" then
    fail("%s: the parameters are %s, it works in f64 (convert them with sd.map)", NAME, start.dtype)
  end
  local jacobian = sd.jacobian(f)
  -- sum_i l_i D^2 f_i(theta) v
  local curve = sd.compile(function(theta, l, v)
    l = l:reshape(y.rows, y.cols)
    return sd.hvp(function(p) return sd.sum(l % f(unravel(p))) end, theta, v)
  end)
  local function value(theta) -- y - f(theta); a step to where that is not finite is not taken
    local v = f(unravel(theta))
    if type(v) == "number" then v = core.matrix(v) end
    if not sd.ismatrix(v) then fail("%s: f gives %s, not a matrix", NAME, core.show(v)) end
    if v.rows ~= y.rows or v.cols ~= y.cols then
      fail("%s: f gives %dx%d, y is %dx%d", NAME, v.rows, v.cols, y.rows, y.cols)
    end
    return target - v:reshape(#v, 1):to "f64"
  end
  local at = { theta = start, residual = value(start), mu = 0, scale = 1 + sd.norm(target) }
  local report = { converged = false, reason = "maxit reached", history = {} }
  for k = 1, maxit do
    check.matrix(NAME, "the value of f", at.residual)
    local J = jacobian(unravel(at.theta))
    local offset = at.theta - start
    local by = factor(J, rcond)
    steps_at(at, offset, by, curve)
    report.rank, report.step = by.rank, sd.norm(at.plain)
    report.iterations = k - 1
    if report.step <= tol * (1 + sd.norm(offset)) then
      report.converged = sd.norm(at.residual) <= tol * at.scale
      report.reason = report.converged and "converged" or "stationary, but f(theta) is not y: y is "
        .. "out of reach of the linearised f"
      break
    end
    local s, step, theta, residual = search(value, start, at, by, damping)
    if not s then
      report.reason = "no step lowers the penalty"
      break
    end
    at.theta, at.residual = theta, residual
    report.iterations = k
    report.history[k] = { residual = sd.norm(residual), distance = sd.norm(theta - start),
      step = sd.norm(step), damping = s }
  end
  report.residual, report.distance = sd.norm(at.residual), sd.norm(at.theta - start)
  return unravel(at.theta), report
end

return interpolant
