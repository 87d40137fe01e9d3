--- sd.procrustes: the orthogonal matrix that brings one set of points nearest to another.
--
--   R, fit = sd.procrustes(A, B[, {rotation=false, scale=false, translate=false}])
--
-- Columns are points: A and B are m x n, R is the orthogonal m x m matrix for which
-- |s R A + t 1' - B| (Frobenius) is least; rotation=true asks for det R = 1. scale lets s > 0 be
-- other than 1, translate the column t other than 0. fit has the fields scale, shift (m,1),
-- residual (that norm) and values (the singular values of B A', of the centred points with
-- translate: R is unique when none is 0, a rotation when only the last is).
--
-- With U S V' = B A', R = U V', for a rotation U diag(1, ..., 1, det) V', and s is the sum of S
-- (with that sign) over |A|^2. P. H. Schonemann, Psychometrika 31 (1966) 1-10; S. Umeyama, IEEE
-- Trans. PAMI 13 (1991) 376-380.
local core = require "saddle.core"
local check = require "saddle.check"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local procrustes = {}

local function check_points(what, X)
  check.no_symbol("procrustes", X, "of full rank R is the factor U of sd.polar(B*A:t())")
  if not core.ismatrix(X) or #X == 0 then
    fail("procrustes: %s must be a matrix whose columns are points, got %s", what, core.show(X))
  end
  if core.min(core.isfinite(X)) == 0 then
    fail("procrustes: %s has NaN or infinite elements", what)
  end
  return X:to "f64"
end

--- sd.procrustes(A (m,n), B (m,n)[, options]) -> R (m,m), fit.
function procrustes.procrustes(A, B, given)
  local _ <close> = core.tracing.suspend()
  A, B = check_points("A", A), check_points("B", B)
  if A.rows ~= B.rows or A.cols ~= B.cols then
    fail("procrustes: shapes differ: A is %dx%d, B is %dx%d", A.rows, A.cols, B.rows, B.cols)
  end
  given = check.options("procrustes", given, { "rotation", "scale", "translate" })
  local function flag(key)
    return check.flag("procrustes", ("option '%s'"):format(key), given[key])
  end
  local m = A.rows
  local a, b = core.zeros(m, 1), core.zeros(m, 1)
  if flag "translate" then
    a, b = core.mean(A, { dim = 2 }), core.mean(B, { dim = 2 })
  end
  local P, Q = A - a, B - b
  local U, s, V = core.svd(Q * P:t())
  local sign = core.ones(m, 1)
  if flag "rotation" then
    local _, det = core.logdet(U * V:t())
    sign:set(m, 1, det)
  end
  local R, scale = (U % sign:t()) * V:t(), 1.0
  if flag "scale" then
    local size = core.dot(P, P)
    if size == 0 then fail "procrustes: all points of A are equal, nothing to scale" end
    scale = math.max(core.dot(s, sign), 0.0) / size
  end
  return R, { scale = scale, shift = b - scale * (R * a), values = s,
    residual = core.norm(scale * (R * P) - Q) }
end

return procrustes
