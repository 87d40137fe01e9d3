--- Student's t, intervals, histograms, the Kolmogorov-Smirnov tests: closed forms, constants of
-- 30-digit arithmetic, exact enumeration.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local EPS = 2 ^ -52

describe("student_t", function()
  local cdf, quantile = sd.student_t.cdf, sd.student_t.quantile

  it("has the closed forms of 1 and 2 degrees of freedom", function()
    for _, t in ipairs { 1e-9, 0.01, 0.3, 1, 2.5, 40, 1e6 } do
      near(cdf(t, 1), 0.5 + math.atan(t) / math.pi, 4 * EPS)
      near(cdf(t, 1, { upper = true }) / (math.atan(1 / t) / math.pi), 1, 40 * EPS)
      near(cdf(-t, 2), 0.5 - t / (2 * math.sqrt(2 + t * t)), 4 * EPS)
    end
    for _, p in ipairs { 1e-12, 0.01, 0.2, 0.25, 0.4, 0.499 } do
      -- the inverse is right to 50 ulp of p, times p |t'|/|t|, at most 1 away from 1/2
      local t1, t2 = -1 / math.tan(math.pi * p), (2 * p - 1) * math.sqrt(2 / (4 * p * (1 - p)))
      near(quantile(p, 1) / t1, 1, 50 * EPS * math.max(1, 0.5 / (0.5 - p)))
      near(quantile(p, 2) / t2, 1, 50 * EPS * math.max(1, 0.5 / (0.5 - p)))
      near(quantile(1 - p, 2) / -t2, 1, 1e-15 / p) -- 1 - p has lost digits of p
    end
    assert.are.equal(0, quantile(0.5, 7))
    assert.are.same({ -math.huge, math.huge }, { quantile(0, 3), quantile(1, 3) })
    assert.are.same({ 0, 1 }, { cdf(-math.huge, 3), cdf(math.huge, 3) })
  end)

  it("agrees with constants, in the tails too", function()
    local tails = { { 9, 2.5, 0.016930913841492869605 }, { 3, 50, 8.808576020635987078e-6 },
      { 30, 1.25, 1 - 0.88951848789342168041 }, { 1000, 4, 0.000034004959604390788799 },
      { 2.5, 0.001, 0.49963819136039244271 }, { 1e6, 6, 9.8692490617721733495e-10 } }
    for _, case in ipairs(tails) do -- to what numerics.h says of the incomplete beta function
      local tol = (20 - 4 * math.log(case[3]) + 2 * math.sqrt(case[1])) * EPS
      near(cdf(case[2], case[1], { upper = true }) / case[3], 1, tol)
      near(cdf(-case[2], case[1]) / case[3], 1, tol)
    end
    local quantiles = { { 9, 0.975, 2.2621571627982055426 }, { 4, 0.995, 4.6040948713499932254 },
      { 29, 0.95, 1.6991270265334977506 } }
    for _, case in ipairs(quantiles) do -- 1 - p has lost digits of p
      near(quantile(case[2], case[1]) / case[3], 1, 40 * EPS + EPS / (1 - case[2]))
    end
  end)

  it("says what is wrong", function()
    raises("student_t.cdf: t must be a number, got NaN", cdf, 0 / 0, 3)
    raises("student_t.cdf: the degrees of freedom must be above 0 and at most 1e10, got 0", cdf, 1,
      0)
    raises("student_t.cdf: unknown option 'uper' (did you mean 'upper'?)", cdf, 1, 1,
      { uper = true })
    raises("student_t.quantile: p must be in 0..1, got 1.5", quantile, 1.5, 3)
    raises("student_t.cdf: has no traced form: it needs values", function()
      sd.grad(function(x) return cdf(x, 3) end)(1)
    end)
  end)
end)

describe("incomplete functions", function()
  it("are those of the laws they belong to", function()
    near(sd.gammainc(0.5, 2), sd.erf(math.sqrt(2)), 10 * EPS)
    near(sd.gammainc(1, 3, { upper = true }) / math.exp(-3), 1, 20 * EPS)
    near(sd.betainc(1, 4, 0.3), 1 - 0.7 ^ 4, 10 * EPS)
    near(sd.gammaincinv(1, 0.5), math.log(2), 20 * EPS)
    near(sd.betaincinv(2, 1, 0.25), 0.5, 10 * EPS)
    near(sd.betaincinv(2, 1, 0.25, { upper = true }), math.sqrt(0.75), 10 * EPS)
  end)

  it("say what is wrong", function()
    raises("gammainc: a must be above 0 and at most 1e10, got 0", sd.gammainc, 0, 1)
    raises("gammainc: x must be at least 0, got -1", sd.gammainc, 1, -1)
    raises("betainc: x must be in 0..1, got NaN", sd.betainc, 1, 1, 0 / 0)
    raises("betainc: b must be a number, got nil", sd.betainc, 1, nil, 0.5)
    raises("betaincinv: p must be in 0..1, got 2", sd.betaincinv, 1, 1, 2)
    raises("gammaincinv: option 'upper' must be", sd.gammaincinv, 1, 0.5, { upper = 1 })
  end)
end)

--- C(n,k) p^k (1-p)^(n-k)
local function binomial(n, k, p)
  local c = 1
  for i = 1, k do c = c * (n - k + i) / i end
  return c * p ^ k * (1 - p) ^ (n - k)
end

describe("clopper_pearson", function()
  it("covers every probability at its level, by enumeration", function()
    for _, case in ipairs { { 7, 0.9 }, { 20, 0.95 }, { 33, 0.99 } } do
      local n, level = case[1], case[2]
      local lo, hi, least = {}, {}, 1
      for k = 0, n do lo[k], hi[k] = sd.clopper_pearson(k, n, level) end
      for j = 1, 200 do
        local p, covered = j / 201, 0
        for k = 0, n do
          if lo[k] <= p and p <= hi[k] then covered = covered + binomial(n, k, p) end
        end
        least = math.min(least, covered)
      end
      assert.is_true(least >= level and least < 1)
    end
  end)

  it("leaves the tails their share", function()
    local n, k, side = 20, 6, 0.025
    local lo, hi = sd.clopper_pearson(k, n)
    local above, below = 0, 0
    for j = k, n do above = above + binomial(n, j, lo) end
    for j = 0, k do below = below + binomial(n, j, hi) end
    near(above, side, 100 * EPS)
    near(below, side, 100 * EPS)
    local zero, top = sd.clopper_pearson(0, n)
    assert.are.equal(0, zero)
    near(top, 1 - side ^ (1 / n), 10 * EPS)
    local bottom, one = sd.clopper_pearson(n, n)
    assert.are.equal(1, one)
    near(bottom, side ^ (1 / n), 10 * EPS)
  end)

  it("says what is wrong", function()
    raises("clopper_pearson: there are 5 hits in 4 trials", sd.clopper_pearson, 5, 4)
    raises("clopper_pearson: the number of trials must be a whole number from 1, got 0",
      sd.clopper_pearson, 0, 0)
    raises("clopper_pearson: the number of hits must be a whole number from 0, got 1.5",
      sd.clopper_pearson, 1.5, 4)
    raises("clopper_pearson: the level must be above 0 and below 1, got 95", sd.clopper_pearson, 1,
      4, 95)
  end)
end)

describe("intervals of samples", function()
  it("mean_ci is Student's", function()
    local mean, lo, hi = sd.mean_ci { 1, 2, 3, 4, 5 } -- sd sqrt(2.5), t 2.776445105198
    near(mean, 3, 0)
    near(hi - 3, 2.7764451051977934 * math.sqrt(0.5), 20 * EPS)
    near(3 - lo, hi - 3, 4 * EPS)
    raises("mean_ci: the sample must have at least 2 elements, it has 1", sd.mean_ci, { 1 })
    raises("mean_ci: element 2 of the sample must be a finite number, got NaN", sd.mean_ci,
      { 1, 0 / 0 })
    raises("mean_ci: the sample must be a list, a row or a column, got a 2x2 matrix", sd.mean_ci,
      sd.ones(2, 2))
  end)

  it("bootstrap_ci is reproducible and near the normal interval of a mean", function()
    local X = sd.rng(5):randn(1, 200)
    local value, lo, hi = sd.bootstrap_ci(X, sd.mean, sd.rng(1), { samples = 2000 })
    assert.are.equal(sd.mean(X), value)
    -- an end is a quantile of 2000 values: its deviation is sqrt(.025 .975/2000)/phi(1.96), 0.06 of
    -- a standard error; five of them, and a tenth for the skewness of 200
    local half = sd.std(X) / math.sqrt(200)
    near((hi - value) / half, 1.96, 0.4)
    near((value - lo) / half, 1.96, 0.4)
    local again = { sd.bootstrap_ci(X, sd.mean, sd.rng(1), { samples = 2000 }) }
    assert.are.same({ value, lo, hi }, again)
    raises("bootstrap_ci: argument 3 must be an rng, got nil", sd.bootstrap_ci, X, sd.mean)
    raises("bootstrap_ci: the function must return a number", sd.bootstrap_ci, X,
      function(Y) return Y end, sd.rng(1))
    raises("bootstrap_ci: the function is NaN at a 1x200 matrix", sd.bootstrap_ci, X,
      function() return 0 / 0 end, sd.rng(1))
  end)
end)

describe("histogram", function()
  it("counts what is in each bin", function()
    local sample = sd.rng(3):randn(500, 1)
    local edges = { -2, -0.5, 0, 0.1, 3 }
    local counts, used, outside = sd.histogram(sample, { edges = edges })
    local missed = 500
    for k = 1, 4 do
      local inside = sd.ge(sample, edges[k]) % sd.lt(sample, edges[k + 1])
      assert.are.equal(sd.sum(inside), counts(k))
      missed = missed - counts(k)
    end
    near(used, sd.matrix(edges), 0)
    assert.are.equal(missed, outside)
  end)

  it("puts all into bins of equal width", function()
    local counts, edges, outside = sd.histogram({ 0, 1, 1.5, 2, 4 }, { bins = 4 })
    assert.are.same({ { 1 }, { 2 }, { 1 }, { 1 } }, counts:totable())
    assert.are.same({ { 0 }, { 1 }, { 2 }, { 3 }, { 4 } }, edges:totable())
    assert.are.equal(0, outside)
    assert.are.equal(11, (sd.histogram(sd.linspace(0, 1, 1000))).rows) -- ceil(log2 1000) + 1
    local one, at = sd.histogram { 3, 3 }
    assert.are.equal(2, sd.sum(one))
    near(at(1), 2.5, 0)
  end)

  it("says what is wrong", function()
    raises("histogram: give bins or edges, not both", sd.histogram, { 1 },
      { bins = 1, edges = { 0, 1 } })
    raises("histogram: edges must ascend, number 2 is 0 after 1", sd.histogram, { 1 },
      { edges = { 1, 0 } })
    raises("histogram: option 'bins' must be a whole number from 1 to 16777216, got 0",
      sd.histogram, { 1 }, { bins = 0 })
    raises("histogram: the sample must have at least 1 elements, it has 0", sd.histogram, {})
  end)
end)

describe("ks_test of one sample", function()
  local function identity(x) return x end

  --- A sample of n with D = d against the uniform law, for d above 1/n.
  local function at_distance(n, d)
    local sample = {}
    for k = 1, n do sample[k] = math.max(k / n - d, 0) end
    return sample
  end

  it("has the closed forms of n = 1 and 2", function()
    local D, p, how = sd.ks_test({ 0.9 }, identity)
    near(D, 0.9, EPS)
    near(p, 0.2, 1e-13)
    assert.are.equal("exact", how)
    D, p = sd.ks_test({ 0.2, 0.1 }, identity)
    near(D, 0.8, EPS)
    near(p, 2 * 0.2 ^ 2, 1e-13)
    D, p = sd.ks_test({ 0.3, 0.6 }, identity)
    near(D, 0.4, EPS)
    near(p, 1 - 2 * (2 * 0.4 - 0.5) ^ 2, 1e-13)
  end)

  --- P(D < d) = n! det[(b_i - a_j)_+^(j-i+1)/(j-i+1)!], a_i = (i/n - d)+, b_i = min((i-1)/n + d, 1)
  -- (G. P. Steck, Ann. Math. Statist. 42 (1971) 1-11).
  local function steck(n, d)
    local A, factorial = sd.zeros(n, n), { [0] = 1 }
    for k = 1, n do factorial[k] = factorial[k - 1] * k end
    for i = 1, n do
      for j = math.max(i - 1, 1), n do
        local reach = math.min((i - 1) / n + d, 1) - math.max(j / n - d, 0)
        A:set(i, j, math.max(reach, 0) ^ (j - i + 1) / factorial[j - i + 1])
      end
    end
    local log, sign = sd.logdet(A)
    return factorial[n] * sign * math.exp(log)
  end

  it("agrees with a determinant", function()
    for n = 3, 9 do
      for _, d in ipairs { 0.13, 0.22, 0.3, 0.41, 0.5, 0.7 } do
        if d > 1 / n then
          local D, p = sd.ks_test(at_distance(n, d), identity)
          near(D, d, 4 * EPS)
          near(p, 1 - steck(n, D), 1e-11) -- the determinant cancels: 9! of 9^9
        end
      end
    end
    -- the value that Marsaglia, Tsang and Wang print for n = 10
    local _, p = sd.ks_test(at_distance(10, 0.274), identity)
    near(1 - p, 0.62847961545650, 1e-13)
  end)

  it("keeps its digits in the tail", function()
    -- for d >= 1 - 1/n all are in one end: p = 2 (1-d)^n
    local d = 0.90625
    local _, p = sd.ks_test(at_distance(8, d), identity)
    near(p / (2 * (1 - d) ^ 8), 1, 1e-13)
    -- where the two ways of computing it meet, p = 1e-5, they agree, though one has lost digits
    local before
    for k = 0, 40 do
      local _, q = sd.ks_test(at_distance(100, 0.244 + k * 0.0002), identity)
      if before then
        assert.is_true(q < before)
        -- log p falls by about 4 n d = 99 per unit of d
        near(math.log(before / q) / 0.0002, 99, 8)
      end
      before = q
    end
    assert.is_true(before < 1e-5)
  end)

  --- The limit law with Vrbik's argument.
  local function limit(n, d)
    local z, sum = d * math.sqrt(n), 0
    local x = z + 1 / (6 * math.sqrt(n)) + (z - 1) / (4 * n)
    for k = 1, 60 do sum = sum - (-1) ^ k * math.exp(-2 * (k * x) ^ 2) end
    return 2 * sum
  end

  it("goes to the limit law for large samples", function()
    local n = 5000
    for _, d in ipairs { 0.005, 0.012, 0.016, 0.023 } do
      local D, p, how = sd.ks_test(at_distance(n, d), identity)
      assert.are.equal("asymptotic", how)
      near(p, limit(n, d), 1e-9) -- D is d to 1e-15, times n
      near(D, d, 1e-14)
    end
    local _, tail, way = sd.ks_test(at_distance(n, 0.05), identity) -- far out it is exact again
    assert.are.equal("exact", way)
    near(tail / limit(n, 0.05), 1, 0.03) -- the correction's own is of order 1/n times z^4
    -- which the exact one has come near at n = 200: Vrbik's argument is right to 1e-4
    for _, d in ipairs { 0.05, 0.08, 0.11 } do
      local _, p, how = sd.ks_test(at_distance(200, d), identity)
      assert.are.equal("exact", how)
      near(p, limit(200, d), 1e-4)
    end
  end)

  it("takes samples that are what they should be as such", function()
    local _, p = sd.ks_test(sd.rng(1):randn(1, 150), sd.normcdf)
    assert.is_true(p > 0.01)
    local _, q = sd.ks_test(sd.rng(1):randn(1, 150) + 0.5, sd.normcdf)
    assert.is_true(q < 1e-3)
  end)

  it("says what is wrong", function()
    raises("ks_test: the distribution function must be in 0..1, at 3 it is 3", sd.ks_test, { 3 },
      identity)
    raises("ks_test: the distribution function must not fall, at 0.5 it is 0.5, before 0.9",
      sd.ks_test, { 0.1, 0.5 }, function(x) return 1 - x end)
    raises("ks_test: the sample must have at least 1 elements, it has 0", sd.ks_test, {}, identity)
    raises("ks_test: argument 2 must be a distribution function or a sample, got 3", sd.ks_test,
      { 1 }, 3)
    raises("ks_test: the function is NaN at 1", sd.ks_test, { 1 }, function() return 0 / 0 end)
  end)
end)

describe("ks_test of two samples", function()
  --- D of two lists by definition.
  local function distance(a, b)
    local worst = 0
    for _, list in ipairs { a, b } do
      for _, x in ipairs(list) do
        local i, j = 0, 0
        for _, y in ipairs(a) do if y <= x then i = i + 1 end end
        for _, y in ipairs(b) do if y <= x then j = j + 1 end end
        worst = math.max(worst, math.abs(i * #b - j * #a))
      end
    end
    return worst
  end

  --- The share of all choices of #a of the pooled elements whose D is as large.
  local function enumerate(a, b)
    local pool = {}
    for _, list in ipairs { a, b } do for _, x in ipairs(list) do pool[#pool + 1] = x end end
    local least, hits, all = distance(a, b), 0, 0
    for mask = 0, 2 ^ #pool - 1 do
      local one, other = {}, {}
      for k = 1, #pool do
        local list = mask >> (k - 1) & 1 == 1 and one or other
        list[#list + 1] = pool[k]
      end
      if #one == #a then
        all = all + 1
        if distance(one, other) >= least then hits = hits + 1 end
      end
    end
    return least / (#a * #b), hits / all
  end

  it("is exact, with ties too, by enumeration", function()
    local samples = {
      { { 1, 2, 3 }, { 1.5, 4, 5, 6 } }, { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } },
      { { 1, 1, 2 }, { 1, 2, 2, 3 } }, { { 5 }, { 1, 2, 9 } }, { { 1, 1 }, { 1, 1 } },
      { { 0.3, 2, 2, 7, 8 }, { 2, 3, 3, 9 } }, { { 1, 4, 6, 8, 9 }, { 2, 3, 5, 7 } },
    }
    for _, pair in ipairs(samples) do
      local D, p = enumerate(pair[1], pair[2])
      local got, q, how = sd.ks_test(pair[1], sd.matrix(pair[2]))
      near(got, D, EPS)
      near(q, p, 20 * EPS)
      assert.are.equal("exact", how)
      near(select(2, sd.ks_test(pair[2], pair[1])), p, 20 * EPS)
    end
  end)

  it("keeps its digits where nothing overlaps", function()
    local a, b = {}, {}
    for k = 1, 60 do a[k], b[k] = k, 100 + k end
    local _, p = sd.ks_test(a, b)
    local log = sd.lgamma(121) - 2 * sd.lgamma(61) -- 2 of C(120,60)
    near(math.log(p / 2), -log, 1e-12)
  end)

  it("meets the limit law", function()
    local a, b = sd.rng(7):randn(1001, 1), sd.rng(8):randn(1000, 1) * 1.05
    local D, p, how = sd.ks_test(a, b)
    assert.are.equal("asymptotic", how)
    local _, q = sd.ks_test(a:block(1, 1, 1000, 1), b)
    assert.is_true(D < 0.1)
    near(p, q, 0.05)
  end)
end)
