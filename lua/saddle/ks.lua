--- sd.ks_test: the Kolmogorov-Smirnov tests, of a sample against a law or a second sample.
--
--   D, p, how = sd.ks_test(sample, cdf or sample2)
--
-- D is the largest distance between the distribution functions, p the probability of one as large
-- if the law is right (the two are one), and how is "exact" or "asymptotic".
--
-- One sample of n: P(D < d) by the matrix power of G. Marsaglia, W. W. Tsang, J. Wang, J. Stat.
-- Software 8 (2003) 18; where p is small, as twice the one-sided probability P(D+ >= d), the sum of
-- N. V. Smirnov (Z. W. Birnbaum, F. H. Tingey, Ann. Math. Statist. 22 (1951) 592-596): below p =
-- 1e-5 the two events meet with a probability below p (p/2)^3. For larger p above n = 200 the limit
-- law, its argument z = d sqrt(n) corrected by 1/(6 sqrt(n)) + (z-1)/(4n), which is right to 1e-4
-- (J. Vrbik, Pioneer J. Theor. Appl. Stat. 15 (2018) 15-23).
--
-- Two samples of m and n: all orders of the pooled sample are equally likely, and P(D >= d) is a
-- recursion over the lattice of how many of each have come (Hodges, Ark. Mat. 3 (1958) 469-486);
-- where elements are equal only the points between different ones count, which makes it exact with
-- ties. For m n above 1e6 the limit law.
local core = require "saddle.core"
local check = require "saddle.check"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local ks = {}
-- Up to which n, n for the one-sided sum, and m n p is exact.
local EXACT <const>, LONGEST <const>, LATTICE <const> = 200, 100000, 1000000

--- P(K > x) of the limit law: 2 sum (-1)^(k-1) exp(-2 k^2 x^2), or by its theta transform, where x
-- is small, 1 - sqrt(2 pi)/x sum exp(-(2k-1)^2 pi^2/(8 x^2)).
local function limit_tail(x)
  if x <= 0 then return 1.0 end
  local sum = 0
  if x < 1 then
    for k = 1, 7, 2 do sum = sum + math.exp(-(k * math.pi / x)^2 / 8) end
    return 1 - math.sqrt(2 * math.pi) / x * sum
  end
  for k = 4, 1, -1 do sum = sum - (-1)^k * math.exp(-2 * (k * x)^2) end
  return 2 * sum
end

--- P(D+ >= d) = d sum_j C(n,j) (1 - d - j/n)^(n-j) (d + j/n)^(j-1)
local function one_sided(n, d)
  local sum = 0
  for j = 0, n do
    local left, right = 1 - d - j / n, d + j / n
    if left <= 0 then
      if j == n and left == 0 then sum = sum + right^(n - 1) end
      break
    end
    sum = sum + math.exp(core.lgamma(n + 1) - core.lgamma(j + 1) - core.lgamma(n - j + 1)
      + (n - j) * math.log(left) + (j - 1) * math.log(right))
  end
  return math.min(1, d * sum)
end

--- P(D < d): n!/n^n times the middle element of H^n, H of 2k-1 rows for k = ceil(n d).
local function two_sided(n, d)
  local k = math.max(math.ceil(n * d), 1)
  local size, h = 2 * k - 1, k - n * d
  local function factorial(i) return math.exp(core.lgamma(i + 1)) end
  local H = core.zeros(size, size)
  for i = 1, size do
    for j = 1, math.min(i + 1, size) do
      local v = 1
      if j == 1 then v = v - h^i end
      if i == size then v = v - h^(size + 1 - j) end
      if i == size and j == 1 then v = v + (2 * h > 1 and (2 * h - 1)^size or 0) end
      H:set(i, j, v / factorial(i - j + 1))
    end
  end
  -- e_k' H^n e_k, a product with a column at a time, divided by n/i on the way: nothing overflows
  local c = core.zeros(size, 1)
  c:set(k, 1, 1)
  for i = 1, n do c = (H * c):mul_(i / n) end
  return math.min(1, math.max(0, c(k)))
end

local function one_sample_p(n, d)
  if d * n <= 0.5 then return 1.0, "exact" end
  local z = d * math.sqrt(n)
  local near = limit_tail(z + 1 / (6 * math.sqrt(n)) + (z - 1) / (4 * n))
  if near < 1e-4 and n <= LONGEST or n <= EXACT then
    local p = 2 * one_sided(n, d)
    if p < 1e-5 then return p, "exact" end
  end
  if n > EXACT then return near, "asymptotic" end
  return 1 - two_sided(n, d), "exact"
end

--- The largest distance of the empirical law of a sorted list to that of cdf.
local function distance_to(sample, cdf)
  local d, n, before = 0, #sample, 0
  for k, x in ipairs(sample) do
    local v = check.call("ks_test", "finite", cdf, x)
    if v < 0 or v > 1 then
      fail("ks_test: the distribution function must be in 0..1, at %g it is %g", x, v)
    end
    if v < before then
      fail("ks_test: the distribution function must not fall, at %g it is %g, before %g", x, v,
        before)
    end
    d, before = math.max(d, k / n - v, v - (k - 1) / n), v
  end
  return d
end

-- ---- two samples -------------------------------------------------------------------------------

--- Walks both sorted lists: the largest |i/m - j/n| as a multiple of 1/(m n), and the set of i + j
-- after which the pooled sample changes its value.
local function merge(a, b)
  local m, n, i, j, largest, ends = #a, #b, 0, 0, 0, {}
  while i < m or j < n do
    local x = math.min(a[i + 1] or math.huge, b[j + 1] or math.huge)
    while a[i + 1] == x do i = i + 1 end
    while b[j + 1] == x do j = j + 1 end
    ends[i + j] = true
    largest = math.max(largest, math.abs(i * n - j * m))
  end
  return largest, ends
end

--- The probability that a random order has |i n - j m| >= least at an end. u[j] is that of paths
-- which came by (i, j); the last of i + j elements is one of a with probability i/(i+j).
local function lattice(m, n, least, ends)
  local u = {}
  for i = 0, m do
    for j = 0, n do
      if ends[i + j] and math.abs(i * n - j * m) >= least then
        u[j] = 1
      elseif i == 0 then
        u[j] = j == 0 and 0 or u[j - 1]
      elseif j > 0 then
        u[j] = (i * u[j] + j * u[j - 1]) / (i + j)
      end
    end
  end
  return u[n]
end

local function two_samples(a, b)
  local m, n = #a, #b
  local largest, ends = merge(a, b)
  local d = largest / (m * n)
  if m * n > LATTICE then return d, limit_tail(d * math.sqrt(m * n / (m + n))), "asymptotic" end
  return d, lattice(m, n, largest, ends), "exact"
end

--- sd.ks_test(sample, cdf or sample2) -> D, p, "exact" or "asymptotic". Samples are lists, rows or
-- columns; cdf(x) is a continuous distribution function of a number.
function ks.ks_test(sample, other)
  local _ <close> = core.tracing.suspend()
  local a = check.list("ks_test", "the sample", sample, 1)
  table.sort(a)
  if core.tracing.callable(other) then
    local d = distance_to(a, other)
    return d, one_sample_p(#a, d)
  end
  if not core.ismatrix(other) and type(other) ~= "table" then
    fail("ks_test: argument 2 must be a distribution function or a sample, got %s",
      core.show(other))
  end
  local b = check.list("ks_test", "the second sample", other, 1)
  table.sort(b)
  return two_samples(a, b)
end

return ks
