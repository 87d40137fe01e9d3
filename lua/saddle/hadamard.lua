--- Hadamard powers of Gram matrices and Khatri-Rao powers of their factors. With X^{*t} the matrix
-- whose columns are the t-fold Kronecker products of the columns of X (d x n), G = X'X and G^{o t}
-- the element-wise power,
--
--   (X^{*t})' (X^{*t}) = G^{o t},   rank X^{*t} <= min(n, C(d+t-1, t))
--
-- since X^{*t} has only C(d+t-1, t) different rows: the monomials of degree t, each as often as a
-- multinomial coefficient says. Merging equal rows with weight sqrt(multiplicity) keeps the
-- singular values.
local core = require "saddle.core"
local sd = require "saddle"
local check = require "saddle.check"
local fail = require("saddle.tree").fail
core.tracing.module()

local MOST_ELEMENTS = 2 ^ 24
local hadamard = {}

--- sd.hadamard_power(G, t): every element to the power t, a whole number from 0 (0^0 = 1). Traced
-- too.
function hadamard.hadamard_power(G, t)
  t = check.whole("hadamard_power", "the power", t, 0)
  if not sd.ismatrix(G) and not core.tracing.issymbol(G) then
    fail("hadamard_power: argument 1 must be a matrix, got %s", core.show(G))
  end
  return G ^ t
end

--- sd.khatri_rao_power(X, t) -> X^{*t} (d^t x n), t >= 1, formed: for small sizes, at most 2^24
-- elements.
function hadamard.khatri_rao_power(X, t)
  X = check.matrix("khatri_rao_power", "argument 1", X)
  t = check.whole("khatri_rao_power", "the power", t, 1)
  if X.rows ^ t * X.cols > MOST_ELEMENTS then
    fail("khatri_rao_power: %dx%d to the power %d has %.3g elements, more than %d (its Gram matrix "
      .. "is sd.hadamard_power(X:t()*X, %d))", X.rows, X.cols, t, X.rows ^ t * X.cols,
      MOST_ELEMENTS, t)
  end
  local power = X
  for _ = 2, t do power = sd.khatri_rao(power, X) end
  return power
end

--- C(d+t-1, t), the number of monomials of degree t in d variables; some number above 2^53 where
-- it is above that.
local function monomials(d, t)
  local c, short, long = 1, math.min(t, d - 1), math.max(t, d - 1)
  for i = 1, short do
    c = c * ((long + i) / i)
    if c > 2 ^ 53 then break end
  end
  return math.floor(c + 0.5)
end

--- X^{*t} with equal rows merged: a row for each non-decreasing word i_1 <= ... <= i_t, the product
-- of these rows of X times sqrt(t! / prod multiplicity!).
local function merged(X, t)
  local rows = {}
  local function extend(first, left, product, run, weight)
    if left == 0 then
      rows[#rows + 1] = math.sqrt(weight) * product
      return
    end
    for i = first, X.rows do
      local repeats = i == first and run + 1 or 1
      extend(i, left - 1, product % X:row(i), repeats, weight * (t - left + 1) / repeats)
    end
  end
  extend(1, t, sd.ones(1, X.cols), 0, 1)
  return sd.vcat(rows)
end

--- sd.khatri_rao_spectrum(X, t) -> sigma_min, info: the n-th singular value of X^{*t}, n the number
-- of columns (0 when C(d+t-1, t) < n). info: sigma_max, rank (singular values above resolution),
-- bound = min(n, C(d+t-1, t)), resolution (below it a singular value is rounding), route: "rows",
-- the different rows of X^{*t}, when these are at most 2^20 elements and they and the rows of lower
-- powers, which they are made of, at most 2^14, resolution 1e-15 sigma_max; else "gram",
-- eigenvalues of G^{o t}, resolution 1e-8 sigma_max and the like.
function hadamard.khatri_rao_spectrum(X, t)
  X = check.matrix("khatri_rao_spectrum", "argument 1", X)
  t = check.whole("khatri_rao_spectrum", "the power", t, 1)
  local n = X.cols
  if #X == 0 then
    fail("khatri_rao_spectrum: argument 1 has no elements (it is %dx%d)", X.rows, n)
  end
  local different = monomials(X.rows, t)
  local eps = 2 ^ -52
  local info = { bound = math.min(n, different) }
  local s
  if monomials(X.rows + 1, t) <= 2 ^ 14 and different * n <= 2 ^ 20 then
    s = sd.svdvals(merged(X, t))
    info.route, info.resolution = "rows", math.max(n, different) * eps * s(1)
  else
    local w = sd.eigvalsh(hadamard.hadamard_power(X:t() * X, t))
    s = -sd.sort(-sd.sqrt(sd.clamp(w, 0, math.huge)))
    info.route, info.resolution = "gram", math.sqrt(n * eps) * s(1)
  end
  info.sigma_max = s(1)
  info.rank = math.tointeger(sd.sum(sd.gt(s, info.resolution)))
  return different < n and 0.0 or s(n), info
end

return hadamard
