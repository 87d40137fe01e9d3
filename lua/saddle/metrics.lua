--- sd.metrics: how far samples are from what they should be. Columns are samples.
--
--   modes(Y, {centres=, radius=})   which modes of a mixture the samples cover
--   frechet(P, Q)                   the squared Frechet distance of two normal laws
--   random_features(rng, d)         a fixed function that makes features of samples, for frechet
local core = require "saddle.core"
local sd = require "saddle"
local check = require "saddle.check"
local fail = require("saddle.tree").fail
core.tracing.module()

local metrics = {}

-- ---- modes -------------------------------------------------------------------------------------

--- K points on the unit circle, the first at angle 2 pi/K.
local function ring(K)
  local angle = 2 * math.pi / K * sd.linspace(1, K, K):t()
  return sd.vcat(sd.cos(angle), sd.sin(angle))
end

local report = { __tostring = function(t)
  return ("%d of %d modes, %.1f%% of the samples within %g, reverse KL %.4g"):format(t.covered,
    t.counts.cols, 100 * t.share, t.radius, t.kl)
end }

--- sd.metrics.modes(Y, {centres=, radius=}) -> {covered=, share=, kl=, counts=, radius=}, which
-- prints as one line. Y d x n; centres d x K, or a whole number K for that many on the unit circle.
-- A sample belongs to its nearest centre (the first of several) when that is within the radius:
-- counts (1 x K) says how many each has, covered how many have any, share their part of all
-- samples, and kl is the Kullback-Leibler divergence sum p_k log(K p_k), p = counts / sum of
-- counts, of the histogram from the uniform law: 0 for equal counts, log K for a single mode; NaN
-- when no sample belongs anywhere.
function metrics.modes(Y, given)
  local fn = "metrics.modes"
  Y = check.matrix(fn, "Y", Y)
  given = check.options(fn, given, { "centres", "radius" })
  local radius = check.positive(fn, "option 'radius'", given.radius)
  local C = given.centres
  if type(C) == "number" then C = ring(check.whole(fn, "option 'centres'", C, 1)) end
  C = check.matrix(fn, "option 'centres'", C)
  if C.rows ~= Y.rows or C.cols == 0 then
    fail("%s: samples have %d rows, centres are %dx%d", fn, Y.rows, C.rows, C.cols)
  end
  if Y.cols == 0 then fail("%s: there are no samples (they are %dx0)", fn, Y.rows) end
  local best, index = sd.full(1, Y.cols, math.huge), sd.zeros(1, Y.cols)
  for k = 1, C.cols do
    local d = sd.norm(Y - C:col(k), { dim = 1 })
    local nearer = sd.lt(d, best)
    best, index = sd.where(nearer, d, best), sd.where(nearer, k, index)
  end
  local inside = sd.le(best, radius)
  local counts, covered, kl = sd.zeros(1, C.cols), 0, 0
  local total = sd.sum(inside)
  for k = 1, C.cols do
    local count = sd.dot(inside, sd.eq(index, k))
    counts:set(1, k, count)
    if count > 0 then
      covered = covered + 1
      kl = kl + count / total * math.log(C.cols * count / total)
    end
  end
  return setmetatable({ covered = covered, share = total / Y.cols, counts = counts, radius = radius,
    kl = total > 0 and math.max(0, kl) or 0 / 0 }, report)
end

-- ---- the Frechet distance ----------------------------------------------------------------------

--- A law as mean and factor F with F F' its covariance: of samples (columns), or of {mean=,
-- covariance=}.
local function law(what, P)
  local fn = "metrics.frechet"
  if type(P) == "table" and not getmetatable(P) then
    P = check.options(fn, P, { "mean", "covariance" })
    local mean = check.matrix(fn, what .. ".mean", P.mean)
    local S = check.symmetric(fn, what .. ".covariance", P.covariance)
    if mean.cols ~= 1 or mean.rows ~= S.rows or #S == 0 then
      fail("%s: %s has a mean of %dx%d and a covariance of %dx%d", fn, what, mean.rows, mean.cols,
        S.rows, S.cols)
    end
    local w, V = sd.eigh(0.5 * (S + S:t()))
    local n = w.rows
    if w(1) < -1e-12 * n * math.max(math.abs(w(1)), w(n)) then
      fail("%s: %s.covariance has the negative eigenvalue %.6g", fn, what, w(1))
    end
    return mean, V % sd.sqrt(sd.clamp(w, 0, math.huge)):t()
  end
  P = check.matrix(fn, what, P)
  if P.cols < 2 or P.rows == 0 then
    fail("%s: %s needs at least 2 samples (columns), it is %dx%d", fn, what, P.rows, P.cols)
  end
  local mean = sd.mean(P, { dim = 2 })
  return mean, (P - mean) * (1 / math.sqrt(P.cols - 1))
end

--- sd.metrics.frechet(P, Q): |m_P - m_Q|^2 + tr(S_P + S_Q - 2 (S_P^1/2 S_Q S_P^1/2)^1/2), the
-- squared 2-Wasserstein distance of normal laws (D. Dowson and B. Landau, J. Multivariate Anal. 12
-- (1982) 450-455). P and Q are samples (d x n; covariances divide by n - 1) or {mean=,
-- covariance=}. With S = F F' the last trace is the nuclear norm of F_P' F_Q, so that singular
-- covariances need no care and no square root of a rounding error is taken. The result is exact to
-- some ulps of the traces.
function metrics.frechet(P, Q)
  local mean_p, F = law("P", P)
  local mean_q, H = law("Q", Q)
  if mean_p.rows ~= mean_q.rows then
    fail("metrics.frechet: P has dimension %d, Q has %d", mean_p.rows, mean_q.rows)
  end
  -- of wide factors the triangular ones, with the same product F F'
  local function slim(A) return A.cols > A.rows and select(2, sd.qr(A:t())):t() or A end
  F, H = slim(F), slim(H)
  local common = sd.sum(sd.svdvals(F:t() * H))
  return math.max(0, sd.norm(mean_p - mean_q) ^ 2 + sd.norm(F) ^ 2 + sd.norm(H) ^ 2 - 2 * common)
end

-- ---- random features ----------------------------------------------------------------------------

--- sd.metrics.random_features(rng, d[, {count=64, act="relu", length=1}]) -> psi, for samples X
-- (d x n) act(A X / (length sqrt(d)) + b), count x n. A is standard normal, drawn first, and b is
-- standard normal for "relu", uniform on [0, 2 pi] for "cos" [A. Rahimi and B. Recht, Random
-- features for large-scale kernel machines, 2007]. The Frechet distance of features sees more of
-- two laws than their means and covariances: of "cos" whatever differs over such a length in the
-- elements of X; relus see no smaller scale than that of X itself.
function metrics.random_features(rng, d, given)
  local fn = "metrics.random_features"
  if not core.tracing.isrng(rng) then
    fail("%s: argument 1 must be an rng, got %s", fn, core.show(rng))
  end
  d = check.whole(fn, "argument 2, the dimension,", d, 1)
  given = check.options(fn, given, { "act", "count", "length" })
  local count = check.whole(fn, "option 'count'", given.count, 1, nil, 64)
  local act = check.word(fn, "option 'act'", given.act, { "cos", "relu" }, "relu")
  local length = check.positive(fn, "option 'length'", given.length, 1)
  local A = rng:randn(count, d) / (length * math.sqrt(d))
  local b = act == "cos" and 2 * math.pi * rng:rand(count, 1) or rng:randn(count, 1)
  return function(X)
    X = check.matrix(fn, "X", X)
    if X.rows ~= d then fail("%s: X has %d rows, it must have %d", fn, X.rows, d) end
    return sd[act](A * X + b)
  end
end

return metrics
