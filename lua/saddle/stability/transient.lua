--- How far powers rise above the rate of their spectral radius: |A^t| / rho^t, in 2-norm.
--
-- The supremum over t is 1 for normal A and infinite for defective ones: A = [1 -1/4; 1 0], rho =
-- 1/2, gives some 2.5 t. "|A^t z| <= gamma rho^t |z|" with a fixed gamma for all A of a radius, as
-- lemma A.1 of Y. Balaji et al. (ICLR 2021) has it, is therefore false at eta s = mu/4.
--
-- How a scan of t knows when to end. With B = A / rho = X L X^-1 and the eigenvalues divided into
-- those on the circle (D) and the others (R, at most q in modulus), B^t = X_D L_D^t Y_D + X_R L_R^t
-- Y_R, Y being X^-1 by rows, so
--
--   |B^t| <= |X_D| |Y_D| + |X_R| |Y_R| q^t,
--
-- for every later t as well. When this is no more than what has been seen, nothing larger can come.
-- One real eigenvalue on the circle, or one pair of a 2x2 matrix at angles that are no fractions of
-- the circle, attain |X_D| |Y_D| in the limit.
local check = require "saddle.check"
local core = require "saddle.core"
local eigen = require "saddle.stability.eigen"
local modes = require "saddle.stability.modes"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local transient = {}

local CIRCLE <const> = 1e-9 -- eigenvalues nearer to the largest modulus than this count as on it

--- A / rho in f64 and rho; of 2x2 matrices by the characteristic polynomial.
local function scaled(where, A)
  eigen.check(where, A)
  if A.dtype ~= "f64" then A = A:to "f64" end
  local radius
  if A.rows == 2 then radius = modes.radius(A) else radius = eigen.radius(A) end
  if radius == 0 then
    fail("%s: the spectral radius is 0: the powers vanish, and there is no rate to compare with",
      where)
  end
  return A / radius, radius
end

--- B^t, by squaring.
local function power(B, t)
  local P = core.eye(B.rows)
  while t > 0 do
    if t % 2 == 1 then P = P * B end
    t = t // 2
    if t > 0 then B = B * B end
  end
  return P
end

local LATEST <const> = 2 ^ 40

--- sd.stability.growth(A, t) -> |A^t| / rho^t; t is a whole number in 0..2^40, or a list of them,
-- which gives a column. A power takes about 2 log2(t) products. rho^t is off by t times what rho is
-- (about eps times the eigenvalue's condition), relatively: at 2^40 by 2e-4 at best.
function transient.growth(A, t)
  local where = "stability.growth"
  local B = scaled(where, A)
  local list, out = type(t) == "table" and t or { t }, {}
  if rawlen(list) == 0 then fail("%s: the list of times is empty", where) end
  for i, at in ipairs(list) do
    local whole = type(at) == "number" and math.tointeger(at)
    if not whole or whole < 0 or whole > LATEST then
      fail("%s: t must be a whole number in 0..2^40 or a list of such, got %s", where,
        core.show(at))
    end
    out[i] = core.norm(power(B, whole), 2)
  end
  return type(t) == "table" and core.matrix(out) or out[1]
end

--- The two products |X| |Y| of the bound, and q.
local function bounds(B)
  local at, on, off, q = eigen.of(B, eigen.by_modulus), {}, {}, 0.0
  for i, modulus in ipairs(at.modulus) do
    if modulus >= at.modulus[1] * (1 - CIRCLE) then
      on[#on + 1] = at.from[i]
    else
      off[#off + 1], q = at.from[i], math.max(q, modulus)
    end
  end
  local function size(group)
    if #group == 0 then return 0.0 end
    return core.norm(at.W:col(group), 2) * core.norm(at.Z:row(group), 2)
  end
  return size(on), size(off), q, at.condition
end

--- sd.stability.transient(A[, {steps = 10000, tol = 1e-3}]) -> {radius =, peak =, at =, bound =,
-- settled =}: the largest |A^t| / rho^t that a scan of t met and where, and what it is at most for
-- all t. The scan ends when the bound is at most (1 + tol) peak, which is `settled`, or after
-- `steps`. It is not settled where the powers outgrow rho^t (bound is then huge or infinite, and
-- the peak is at the last step) and where rounding, n eps times the condition of the eigenvectors,
-- is above tol.
function transient.transient(A, given)
  local where = "stability.transient"
  given = check.options(where, given, { "steps", "tol" })
  local steps = check.whole(where, "option 'steps'", given.steps, 1, nil, 10000)
  local tol = check.positive(where, "option 'tol'", given.tol, 1e-3)
  local B, radius = scaled(where, A)
  local limit, rest, q, condition = bounds(B)
  local trusted = B.rows * 2.0 ^ -52 * condition <= tol
  local peak, at, P, tail = 1.0, 0, B, limit + rest * q
  for t = 1, steps do
    if trusted and tail <= (1 + tol) * peak then break end
    if core.norm(P) > peak then -- the Frobenius norm is the larger one, and cheap
      local size = core.norm(P, 2)
      if size > peak then peak, at = size, t end
    end
    tail = limit + rest * q ^ (t + 1)
    if t < steps then P = P * B end
  end
  return { radius = radius, peak = peak, at = at, bound = math.max(peak, tail),
    settled = trusted and tail <= (1 + tol) * peak }
end

return transient
