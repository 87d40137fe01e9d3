--- Intervals, Student's t and histograms.
--
--   lo, hi = sd.clopper_pearson(hits, trials[, level=0.95])   exact, for a probability
--   mean, lo, hi = sd.mean_ci(sample[, level=0.95])           Student's, for a mean
--   value, lo, hi = sd.bootstrap_ci(X, f, rng[, {level=0.95, samples=1000}])
--   sd.student_t.cdf(t, dof[, {upper=false}])    sd.student_t.quantile(p, dof)
--   counts, edges, outside = sd.histogram(sample[, {bins=n} or {edges={...}}])
--
-- A level is the probability that the interval covers. sd.normcdf and sd.normppf are the normal
-- distribution; sd.betainc and sd.gammainc give the beta, binomial, gamma, Poisson and chi-square
-- ones.
local core = require "saddle.core"
local check = require "saddle.check"
local piece_of = require "saddle.piece"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local stats = { student_t = {} }

-- ---- Student's t --------------------------------------------------------------------------------

--- P(T > t) for t >= 0: half the probability that y = t^2/(dof + t^2), of law beta(1/2, dof/2), is
-- passed, by y or by 1 - y, whichever is known to more digits.
local function tail(t, dof)
  local ratio = t / math.sqrt(dof)
  if ratio < 1 then
    local y = ratio^2 / (1 + ratio^2)
    return core.betainc(0.5, dof / 2, y, { upper = true }) / 2
  end
  return core.betainc(dof / 2, 0.5, 1 / (1 + ratio^2)) / 2
end

local function check_dof(name, dof)
  check.no_symbol(name, dof, "it needs values")
  if type(dof) ~= "number" or not (dof > 0 and dof <= 1e10) then
    fail("%s: the degrees of freedom must be above 0 and at most 1e10, got %s", name,
      core.show(dof))
  end
end

--- sd.student_t.cdf(t, dof[, {upper=}]) -> P(T <= t), upper: P(T > t) with its own digits.
function stats.student_t.cdf(t, dof, given)
  check.no_symbol("student_t.cdf", t, "it needs values")
  if type(t) ~= "number" or t ~= t then
    fail("student_t.cdf: t must be a number, got %s", core.show(t))
  end
  check_dof("student_t.cdf", dof)
  given = check.options("student_t.cdf", given, { "upper" })
  local beyond = tail(math.abs(t), dof)
  if (t > 0) == check.flag("student_t.cdf", "option 'upper'", given.upper) then return beyond end
  return 1 - beyond
end

--- sd.student_t.quantile(p, dof) -> t with P(T <= t) = p; -inf at 0, inf at 1.
function stats.student_t.quantile(p, dof)
  check.no_symbol("student_t.quantile", p, "it needs values")
  if type(p) ~= "number" or not (p >= 0 and p <= 1) then
    fail("student_t.quantile: p must be in 0..1, got %s", core.show(p))
  end
  check_dof("student_t.quantile", dof)
  local both = 2 * math.min(p, 1 - p) -- P(|T| > t)
  local t
  if both >= 0.5 then
    local y = core.betaincinv(0.5, dof / 2, 1 - both)
    t = math.sqrt(dof * (y / (1 - y)))
  else
    local y = core.betaincinv(0.5, dof / 2, both, { upper = true })
    local x = y > 0.5 and core.betaincinv(dof / 2, 0.5, both) or 1 - y
    t = math.sqrt(dof * ((y > 0.5 and 1 - x or y) / x))
  end
  return p < 0.5 and -t or t
end

-- ---- intervals ----------------------------------------------------------------------------------

--- sd.clopper_pearson(hits, trials[, level=0.95]) -> lo, hi: covers the probability of a hit with
-- at least that level, whatever it is. C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404-413.
function stats.clopper_pearson(hits, trials, level)
  trials = check.whole("clopper_pearson", "the number of trials", trials, 1)
  hits = check.whole("clopper_pearson", "the number of hits", hits, 0)
  if hits > trials then
    fail("clopper_pearson: there are %d hits in %d trials", hits, trials)
  end
  local side = (1 - check.fraction("clopper_pearson", "the level", level, 0.95)) / 2
  local lo = hits == 0 and 0.0 or core.betaincinv(hits, trials - hits + 1, side)
  local hi = hits == trials and 1.0
    or core.betaincinv(hits + 1, trials - hits, side, { upper = true })
  return lo, hi
end

--- Half the width of Student's interval for the mean of n numbers (or matrices of them) whose
-- standard deviation is sd, n >= 2.
function stats.half_width(sd, n, level)
  return stats.student_t.quantile((1 + level) / 2, n - 1) / math.sqrt(n) * sd
end

--- sd.mean_ci(sample[, level=0.95]) -> mean, lo, hi: exact for normal samples.
function stats.mean_ci(sample, level)
  local list = check.list("mean_ci", "the sample", sample, 2)
  level = check.fraction("mean_ci", "the level", level, 0.95)
  local _ <close> = core.tracing.suspend()
  local column = core.matrix(list)
  local mean, spread = core.mean(column), core.std(column, { ddof = 1 })
  local half = stats.half_width(spread, #list, level)
  return mean, mean - half, mean + half
end

--- sd.bootstrap_ci(X (m,n), f, rng[, options]) -> f(X), lo, hi: quantiles of f over samples of n
-- columns drawn from those of X with replacement (the percentile method: B. Efron, Ann. Statist. 7
-- (1979) 1-26; its level is approximate). f gives a number. Options: level=0.95, samples=1000.
function stats.bootstrap_ci(X, f, rng, given)
  if type(X) == "table" then X = core.matrix(check.list("bootstrap_ci", "X", X, 1)):t() end
  check.no_symbol("bootstrap_ci", X, "it needs values")
  if not core.ismatrix(X) or X.cols < 1 then
    fail("bootstrap_ci: X must be a matrix whose columns are samples, got %s", core.show(X))
  end
  check.callable("bootstrap_ci", "argument 2", f)
  check.rng("bootstrap_ci", "argument 3", rng)
  given = check.options("bootstrap_ci", given, { "level", "samples" })
  local side = (1 - check.fraction("bootstrap_ci", "option 'level'", given.level, 0.95)) / 2
  local count = check.whole("bootstrap_ci", "option 'samples'", given.samples, 1, 2^24, 1000)
  local function value(Y)
    return check.call("bootstrap_ci", "finite", function() return f(Y) end, Y)
  end
  local values = core.zeros(count, 1)
  for k = 1, count do values:set(k, value(X:col(rng:randint(X.cols, 1, X.cols)))) end
  return value(X), core.quantile(values, side), core.quantile(values, 1 - side)
end

-- ---- histograms ---------------------------------------------------------------------------------

--- Edges of n bins of equal width from the least to the largest element.
local function equal_edges(sample, n)
  local lo, hi = math.huge, -math.huge
  for _, x in ipairs(sample) do lo, hi = math.min(lo, x), math.max(hi, x) end
  if lo == hi then lo, hi = lo - 0.5, hi + 0.5 end
  local edges = {}
  for k = 0, n do edges[k + 1] = lo * ((n - k) / n) + hi * (k / n) end
  return edges
end

--- The bin of x: edges[bin] <= x < edges[bin + 1], the last one closed; nil outside.
local function bin_of(x, edges)
  if x < edges[1] or x > edges[#edges] then return nil end
  return piece_of(edges, x)
end

--- sd.histogram(sample[, {bins=n} or {edges=list}]) -> counts (a column), edges (one more), how
-- many elements are outside. By default ceil(log2 n) + 1 bins of equal width (H. A. Sturges, J.
-- Amer. Statist. Assoc. 21 (1926) 65-66). Bins contain their left edge, the last one both.
function stats.histogram(sample, given)
  local list = check.list("histogram", "the sample", sample, 1)
  given = check.options("histogram", given, { "bins", "edges" })
  if given.bins ~= nil and given.edges ~= nil then
    fail "histogram: give bins or edges, not both"
  end
  local edges
  if given.edges ~= nil then
    edges = check.list("histogram", "option 'edges'", given.edges, 2)
    for k = 2, #edges do
      if not (edges[k] > edges[k - 1]) then
        fail("histogram: edges must ascend, number %d is %g after %g", k, edges[k], edges[k - 1])
      end
    end
  else
    local sturges = math.ceil(math.log(#list, 2)) + 1
    local bins = check.whole("histogram", "option 'bins'", given.bins, 1, 2^24, sturges)
    edges = equal_edges(list, bins)
  end
  local _ <close> = core.tracing.suspend()
  local counts, outside = {}, 0
  for k = 1, #edges - 1 do counts[k] = 0 end
  for _, x in ipairs(list) do
    local bin = bin_of(x, edges)
    if bin then counts[bin] = counts[bin] + 1 else outside = outside + 1 end
  end
  return core.matrix(counts), core.matrix(edges), outside
end

return stats
