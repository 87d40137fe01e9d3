--- The tails that the proofs of the over-parameterised-GAN paper use (Balaji et al., ICLR 2021,
-- appendices A.6 and B): each statistic passes a threshold with at most a stated probability.
--
--   chi-square   (40)   |g|^2 of g in R^d, above (1+delta) d with at most e^(-d delta^2/6), below
--                       (1-delta) d with at most e^(-d delta^2/4), 0 < delta <= 1/2
--   coins        B.1    the heads of n fair coins leave n/2 (1 -+ delta), at most
--                       2 e^(-n delta^2/2)
--   vector       B.4    |v| > (1+delta) sigma sqrt m, v in R^m: at most e^(-delta^2 m/2); this
--                       also is |W|_F
--   Frobenius    A.6    |Z|_F > 5/4 sigma sqrt(nd), Z n x d: at most e^(-nd/24)
--   operator     B.3    |V| > sigma (sqrt k + 2 sqrt m), V m x k: at most e^(-m/2)
--
-- All but the last are probabilities of chi-square and binomial laws, which are known: they are
-- compared with the stated ones, and no draws are needed. (40) is not for all delta: in 40
-- dimensions it is false at delta = 2.
local sd = require "saddle"

--- P(|g|^2 > t), or P(|g|^2 <= t), of g in R^d with the deviation sigma.
local function chi_square(d, t, sigma, upper)
  return sd.gammainc(d / 2, t / (2 * sigma ^ 2), { upper = upper })
end

--- P(heads > h), or P(heads <= h), of n coins that show heads with the probability p; 0 <= h < n.
local function heads(n, h, p, upper) return sd.betainc(n - h, h + 1, 1 - p, { upper = upper }) end

--- Each tail: the list of {name, probability, its bound}, where normal numbers have the deviation
-- sigma in the place of 1.
local tails = {}

function tails.chi_square(c, p, sigma)
  c:assume("delta > 0", p.delta, ">", 0)
  if p.range == "stated" then c:assume("delta <= 1/2", p.delta, "<=", 1 / 2) end
  local d, delta = p.d, p.delta
  local high = chi_square(d, (1 + delta) * d, sigma, true)
  local low = chi_square(d, math.max(0, 1 - delta) * d, sigma, false)
  return { { "(40), above", high, math.exp(-d * delta ^ 2 / 6) },
    { "(40), below", low, math.exp(-d * delta ^ 2 / 4) } }
end

function tails.coins(c, p, sigma)
  c:assume("0 < delta < 1", math.abs(p.delta - 0.5), "<", 0.5)
  local low, high = (1 - p.delta) * p.n / 2, (1 + p.delta) * p.n / 2
  local fair = sigma / 2 -- but for the twin
  local outside = heads(p.n, math.floor(high), fair, true)
    + heads(p.n, math.ceil(low) - 1, fair, false)
  return { { "heads", outside, 2 * math.exp(-p.n * p.delta ^ 2 / 2) } }
end

function tails.vector(c, p, sigma)
  c:assume("delta >= 0", p.delta, ">=", 0)
  return { { "|v|", chi_square(p.m, (1 + p.delta) ^ 2 * p.m, sigma, true),
    math.exp(-p.delta ^ 2 * p.m / 2) } }
end

function tails.Frobenius(c, p, sigma)
  local nd = p.n * p.d
  c:assume("n d >= 1", nd, ">=", 1)
  return { { "|Z|_F", chi_square(nd, (5 / 4) ^ 2 * nd, sigma, true), math.exp(-nd / 24) } }
end

--- The only one that is drawn.
local function operator(c, p, sigma)
  c:assume("m >= 1", p.m, ">=", 1)
  local beyond, threshold = 0, math.sqrt(p.k) + 2 * math.sqrt(p.m)
  for _ = 1, p.trials do
    if sd.norm(sigma * c.rng:randn(p.m, p.k), 2) > threshold then beyond = beyond + 1 end
  end
  c:rate("|V|", beyond, p.trials, "<=", math.exp(-p.m / 2))
end

return sd.claim {
  id = "overparam_gan.tails",
  source = "(40), sections A.6, B.1, B.3, B.4",
  statement = "the thresholds of the proofs are passed with at most the stated probabilities",
  params = { trials = 1000,
    { tail = "chi_square", range = "stated", d = { 1, 4, 40, 1000 }, delta = { 0.1, 0.5 } },
    { tail = "chi_square", range = "stated", d = 40, delta = 2, expect = "not applicable" },
    { tail = "chi_square", range = "any", d = 40, delta = 2, expect = "violated" },
    { tail = "coins", n = { 5, 20, 1000 }, delta = { 0.1, 0.5, 0.9 } },
    { tail = "vector", m = { 1, 3, 30, 1000 }, delta = { 0.1, 1 / 3 } },
    { tail = "Frobenius", n = { 1, 30 }, d = { 1, 50 } },
    { tail = "operator", m = { 1, 4 }, k = { 1, 40 } } },
  smoke = { trials = 300 },
  full = { trials = 30000, seed = sd.seeds(3) },
  broken = { "deviation" },
  check = function(c, p)
    local sigma = c.broken == "deviation" and 1.4 or 1
    if p.tail == "operator" then return operator(c, p, sigma) end
    for _, row in ipairs(tails[p.tail](c, p, sigma)) do
      local name, probability, bound = table.unpack(row)
      c:conclude(name, probability, "<=", bound)
    end
  end,
}
