--- sd.bounds: inequalities for matrices and Gaussian processes, as numbers to compare with.
--
--   gershgorin(A[, {power=1}])         intervals that hold the eigenvalues
--   weyl(s, t)                         singular values of A + B from those of A and B
--   chernoff_min, chernoff_max         matrix Chernoff tails
--   width.sphere ball simplex finite support   Gaussian widths E sup <g, x>
--   norm_mean(d)                       E |D g|, D = diag(d), and its sandwich
--   wendel(n, d)                       probability that n random directions lie in a half-space
--   cone(k, m)                         probability that the cone of k directions holds a point
--   tails.*                            chi2 bernoulli operator vector
--
-- A tail is {threshold=, probability=}: the statistic passes the threshold with at most this
-- probability. Where a probability bound exceeds 1 it says nothing, and is given as it is.
local core = require "saddle.core"
local sd = require "saddle"
local check = require "saddle.check"
local quadrature = require "saddle.quadrature"
local fail = require("saddle.tree").fail
core.tracing.module()

local bounds = { width = {}, tails = {} }

-- ---- spectra -----------------------------------------------------------------------------------

--- Gershgorin: every eigenvalue of A (n x n, symmetric) lies in some interval a_ii -+ sum of |a_ij|
-- over j ~= i. {low=, high=} of their union and the columns {lows=, highs=}. With power = t, a
-- whole number from 1, of the element-wise power A^{o t}.
function bounds.gershgorin(A, given)
  A = check.symmetric("bounds.gershgorin", "A", A)
  given = check.options("bounds.gershgorin", given, { "power" })
  local t = check.whole("bounds.gershgorin", "option 'power'", given.power, 1, nil, 1)
  if #A == 0 then fail("bounds.gershgorin: A has no elements") end
  A = A ^ t
  local centre = sd.diag(A)
  local radius = sd.sum(sd.abs(A - sd.diag(centre)), { dim = 2 })
  local lows, highs = centre - radius, centre + radius
  return { low = sd.min(lows), high = sd.max(highs), lows = lows, highs = highs }
end

local function spectrum(fn, what, s)
  s = check.matrix(fn, what, s)
  if s.cols ~= 1 or s.rows == 0 then
    fail("%s: %s must be a column of singular values, got %dx%d", fn, what, s.rows, s.cols)
  end
  for k = 1, s.rows do
    if s(k) < 0 or k > 1 and s(k) > s(k - 1) then
      fail("%s: %s must be non-negative and descending", fn, what)
    end
  end
  return s
end

--- Weyl: columns low, high with low_k <= sigma_k(A + B) <= high_k, from the singular values s of A
-- and t of B (columns of one length, descending): sigma_{i+j-1}(A+B) <= s_i + t_j, and the same for
-- A = (A+B) - B and for B.
function bounds.weyl(s, t)
  s, t = spectrum("bounds.weyl", "s", s), spectrum("bounds.weyl", "t", t)
  local n = s.rows
  if t.rows ~= n then
    fail("bounds.weyl: s and t must have the same length, got %d and %d", n, t.rows)
  end
  local low, high = sd.zeros(n, 1), sd.zeros(n, 1)
  for k = 1, n do
    local least, most = 0, math.huge
    for i = 1, k do most = math.min(most, s(i) + t(k + 1 - i)) end
    for j = 1, n + 1 - k do
      least = math.max(least, s(k + j - 1) - t(j), t(k + j - 1) - s(j))
    end
    low:set(k, 1, least)
    high:set(k, 1, most)
  end
  return low, high
end

local function chernoff(fn, given, sign)
  given = check.options(fn, given, { "n", "mean", "each", "delta" })
  local n = check.whole(fn, "option 'n'", given.n, 1)
  local mean = check.number(fn, "option 'mean'", given.mean, 0)
  local each = check.positive(fn, "option 'each'", given.each)
  local delta = check.number(fn, "option 'delta'", given.delta, 0, sign < 0 and 1 or nil)
  local base = 1 + sign * delta
  local log = sign * delta - (base > 0 and base * math.log(base) or 0)
  return { threshold = base * mean, probability = n * math.exp(log * mean / each) }
end

--- Matrix Chernoff for independent n x n matrices 0 <= A_i <= each I (J. Tropp, Found. Comput.
-- Math. 12 (2012) 389-434, theorem 1.1): with mean = lambda_min(E sum A_i), 0 <= delta <= 1,
--   P{lambda_min(sum A_i) <= (1-delta) mean} <= n [e^-delta / (1-delta)^(1-delta)]^(mean/each).
-- bounds.chernoff_min{n=, mean=, each=, delta=} -> the tail.
function bounds.chernoff_min(given) return chernoff("bounds.chernoff_min", given, -1) end

--- The other end, mean = lambda_max(E sum A_i), delta >= 0:
--   P{lambda_max(sum A_i) >= (1+delta) mean} <= n [e^delta / (1+delta)^(1+delta)]^(mean/each).
function bounds.chernoff_max(given) return chernoff("bounds.chernoff_max", given, 1) end

-- ---- Gaussian widths ---------------------------------------------------------------------------
-- E sup over x in T of <g, x>. That of a set and of its convex hull are the same.

--- Of the unit sphere in R^m: E |g| = sqrt 2 Gamma((m+1)/2) / Gamma(m/2), below sqrt m.
function bounds.width.sphere(m)
  m = check.whole("bounds.width.sphere", "the dimension", m, 1)
  return math.sqrt(2) * math.exp(sd.lgamma((m + 1) / 2) - sd.lgamma(m / 2))
end

--- Of the unit ball in R^m: the same.
function bounds.width.ball(m)
  m = check.whole("bounds.width.ball", "the dimension", m, 1)
  return bounds.width.sphere(m)
end

--- Of n orthonormal vectors: the mean of the largest of n normal numbers,
-- int_0^inf 1 - Phi(x)^n - Phi(-x)^n dx.
function bounds.width.simplex(n)
  n = check.whole("bounds.width.simplex", "the number of points", n, 1)
  local x, w = quadrature.composite(quadrature.even_edges(0, 40, 1), 16)
  local tail = sd.normcdf(-x)
  return sd.dot(w, -sd.expm1(n * sd.log1p(-tail)) - tail ^ n)
end

--- The perimeter of the convex hull of the columns of P (2 x n), a segment counting twice: Andrew's
-- monotone chain.
local function perimeter(P)
  local order = {}
  for j = 1, P.cols do order[j] = { P(1, j), P(2, j) } end
  table.sort(order, function(a, b) return a[1] < b[1] or a[1] == b[1] and a[2] < b[2] end)
  local total = 0
  for side = 1, -1, -2 do
    local hull = {}
    for _, p in ipairs(order) do
      while #hull >= 2 do
        local a, b = hull[#hull - 1], hull[#hull]
        if side * ((b[1] - a[1]) * (p[2] - a[2]) - (b[2] - a[2]) * (p[1] - a[1])) > 0 then break end
        hull[#hull] = nil
      end
      hull[#hull + 1] = p
    end
    for k = 2, #hull do
      local dx, dy = hull[k][1] - hull[k - 1][1], hull[k][2] - hull[k - 1][2]
      total = total + math.sqrt(dx * dx + dy * dy)
    end
  end
  return total
end

local function simulate(rng, samples, m, support)
  local values = support(rng:randn(m, samples))
  return sd.mean(values), sd.std(values) / math.sqrt(samples)
end

--- bounds.width.finite(X[, {rng=, samples=10000}]) -> width, standard error: of the columns of X
-- (m x n). Points of an affine plane (always when n <= 3) have it exactly, standard error 0: the
-- perimeter of their hull over 2 sqrt(2 pi) (Cauchy's formula); others are simulated, which needs
-- the rng.
function bounds.width.finite(X, given)
  local fn = "bounds.width.finite"
  X = check.matrix(fn, "X", X)
  given = check.options(fn, given, { "rng", "samples" })
  if #X == 0 then fail("%s: X has no points (it is %dx%d)", fn, X.rows, X.cols) end
  local centred = X - sd.mean(X, { dim = 2 }) -- a shift c adds E <g, c> = 0
  local U, s = sd.svd(centred)
  if s.rows < 3 or s(3) <= 1e-14 * math.max(X.rows, X.cols) * s(1) then
    local P = U:col(1, math.min(2, s.rows)):t() * centred
    if P.rows == 1 then P = sd.vcat(P, sd.zeros(1, P.cols)) end
    return perimeter(P) / (2 * math.sqrt(2 * math.pi)), 0.0
  end
  if given.rng == nil then
    fail("%s: these points span more than a plane, where the width is simulated: give option 'rng'",
      fn)
  end
  check.rng(fn, "option 'rng'", given.rng)
  local samples = check.whole(fn, "option 'samples'", given.samples, 2, nil, 10000)
  return simulate(given.rng, samples, X.rows, function(g)
    return sd.max(centred:t() * g, { dim = 1 })
  end)
end

--- bounds.width.support(rng, m, h[, {samples=10000}]) -> width, standard error: of any set in R^m
-- with the support function h: for a matrix whose columns are directions g, h gives the row of
-- sup <g, x>.
function bounds.width.support(rng, m, h, given)
  local fn = "bounds.width.support"
  check.rng(fn, "argument 1", rng)
  m = check.whole(fn, "the dimension", m, 1)
  check.callable(fn, "h", h)
  given = check.options(fn, given, { "samples" })
  local samples = check.whole(fn, "option 'samples'", given.samples, 2, nil, 10000)
  return simulate(rng, samples, m, function(g)
    local v = check.matrix(fn, "what h gives", h(g))
    if v.rows ~= 1 or v.cols ~= samples then
      fail("%s: h must give a 1x%d row for %d directions, got %dx%d", fn, samples, samples, v.rows,
        v.cols)
    end
    return v
  end)
end

-- ---- norms -------------------------------------------------------------------------------------

--- bounds.norm_mean(d) -> b, low, high: b = E |D g|, D = diag(d), g normal, and the sandwich
-- sqrt(|d|^2 - |d|_inf^2) <= b <= |d| (Balaji et al., lemma B.1). With psi(t) = E exp(-t |D g|^2) =
-- prod (1 + 2 t d_i^2)^(-1/2), b = int_0^inf (1 - psi(t)) t^(-3/2) dt / (2 sqrt pi); in log t the
-- integrand is analytic in a strip of half width pi and the trapezoidal rule with step 1/4 exact to
-- rounding.
function bounds.norm_mean(d)
  d = check.matrix("bounds.norm_mean", "d", d)
  if d.cols ~= 1 or d.rows == 0 then
    fail("bounds.norm_mean: d must be a column, got %dx%d", d.rows, d.cols)
  end
  local top, length = sd.max(sd.abs(d)), sd.norm(d)
  if top == 0 then return 0.0, 0.0, 0.0 end
  local squares = 2 * (d * (1 / top)) ^ 2
  local step, sum = 1 / 4, 0
  for k = -320, 320 do -- e^-40 of the largest value is left out on either side
    local t = math.exp(step * k)
    local log = -0.5 * sd.sum(sd.log1p(t * squares))
    sum = sum - sd.expm1(log) * math.exp(-0.5 * step * k)
  end
  local ratio = length / top
  return top * step * sum / (2 * math.sqrt(math.pi)), top * math.sqrt(math.max(0, ratio ^ 2 - 1)),
    length
end

local LARGEST <const> = 1e10 -- of the incomplete beta function's parameters

--- Wendel's probability that n independent directions in R^d, of a law symmetric about 0 with a
-- density, lie in a half-space: 2^(1-n) sum_{k<d} C(n-1, k) (Math. Scand. 11 (1962) 109-111), which
-- is P(Bin(n-1, 1/2) < d) = I_{1/2}(n-d, d).
function bounds.wendel(n, d)
  n = check.whole("bounds.wendel", "the number of points", n, 1, LARGEST)
  d = check.whole("bounds.wendel", "the dimension", d, 1, LARGEST)
  return n <= d and 1.0 or sd.betainc(n - d, d, 0.5)
end

--- The probability that a fixed point lies in the cone of k random directions in R^m (of a law as
-- above): P(Bin(k, 1/2) >= m), Wendel's theorem for the directions and the point's opposite.
function bounds.cone(k, m)
  k = check.whole("bounds.cone", "the number of directions", k, 1, LARGEST)
  m = check.whole("bounds.cone", "the dimension", m, 1, LARGEST)
  return k < m and 0.0 or sd.betainc(m, k - m + 1, 0.5)
end

-- ---- tails -------------------------------------------------------------------------------------

--- |g|^2 for g in R^d with deviation sigma (0 < delta <= 1/2, equation (40) of Balaji et al.):
-- above (1 + delta) d sigma^2 with at most exp(-d delta^2/6), below (1 - delta) d sigma^2 with at
-- most exp(-d delta^2/4). tails.chi2{d=, delta=, sigma=1} -> upper tail, lower tail.
function bounds.tails.chi2(given)
  local fn = "bounds.tails.chi2"
  given = check.options(fn, given, { "d", "delta", "sigma" })
  local d = check.whole(fn, "option 'd'", given.d, 1)
  local delta = check.number(fn, "option 'delta'", given.delta, 0, 0.5)
  local mean = d * check.positive(fn, "option 'sigma'", given.sigma, 1) ^ 2
  return { threshold = (1 + delta) * mean, probability = math.exp(-d * delta ^ 2 / 6) },
    { threshold = (1 - delta) * mean, probability = math.exp(-d * delta ^ 2 / 4) }
end

--- The number of heads in n fair tosses leaves n/2 (1 -+ delta), 0 <= delta <= 1, with at most
-- 2 exp(-n delta^2/2) (Hoeffding). tails.bernoulli{n=, delta=} -> {low=, high=, probability=}.
function bounds.tails.bernoulli(given)
  local fn = "bounds.tails.bernoulli"
  given = check.options(fn, given, { "n", "delta" })
  local n = check.whole(fn, "option 'n'", given.n, 1)
  local delta = check.number(fn, "option 'delta'", given.delta, 0, 1)
  return { low = n / 2 * (1 - delta), high = n / 2 * (1 + delta),
    probability = 2 * math.exp(-n * delta ^ 2 / 2) }
end

--- The largest singular value of a rows x cols matrix of N(0, sigma^2): above sigma (sqrt rows +
-- sqrt cols + t) with at most exp(-t^2/2), t >= 0; t = sqrt cols gives sqrt rows + 2 sqrt cols with
-- exp(-cols/2). The smallest (rows >= cols) is below sigma (sqrt rows - sqrt cols - t) with at most
-- the same (Davidson and Szarek 2001). tails.operator{rows=, cols=, t=, sigma=1} -> largest,
-- smallest.
function bounds.tails.operator(given)
  local fn = "bounds.tails.operator"
  given = check.options(fn, given, { "rows", "cols", "t", "sigma" })
  local rows = math.sqrt(check.whole(fn, "option 'rows'", given.rows, 1))
  local cols = math.sqrt(check.whole(fn, "option 'cols'", given.cols, 1))
  local t = check.number(fn, "option 't'", given.t, 0)
  local sigma = check.positive(fn, "option 'sigma'", given.sigma, 1)
  local p = math.exp(-t * t / 2)
  return { threshold = sigma * (rows + cols + t), probability = p },
    { threshold = sigma * (math.max(rows, cols) - math.min(rows, cols) - t), probability = p }
end

--- The length of n independent N(0, sigma^2), also the Frobenius norm of a matrix with n elements:
-- above (1 + delta) sigma sqrt n, delta >= 0, with at most exp(-delta^2 n/2) (the norm is
-- 1-Lipschitz and its mean at most sigma sqrt n). tails.vector{n=, delta=, sigma=1} -> the tail.
function bounds.tails.vector(given)
  local fn = "bounds.tails.vector"
  given = check.options(fn, given, { "n", "delta", "sigma" })
  local n = check.whole(fn, "option 'n'", given.n, 1)
  local delta = check.number(fn, "option 'delta'", given.delta, 0)
  local sigma = check.positive(fn, "option 'sigma'", given.sigma, 1)
  return { threshold = (1 + delta) * sigma * math.sqrt(n),
    probability = math.exp(-delta ^ 2 * n / 2) }
end

return bounds
