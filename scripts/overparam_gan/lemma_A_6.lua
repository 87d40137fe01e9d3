--- Lemma A.6 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): for a fixed w and
-- latent points z_i with elements N(0, sigma_z^2), the number D = |sum_i z_i relu'(w . z_i)| has
--
--   E D^2 = sigma_z^2 (n d/2 + n(n-1)/(2 pi)),   |D^2 - E D^2| <= delta E D^2
--
-- the latter with a probability of at least 1 - 2(e^(-n delta^2/18) + e^(-d delta^2/54) +
-- e^(-c_1 n delta)), 0 <= delta <= 3/2; hence E[J J' | V] = (E D^2/n^2) V V'.
--
-- Corrected here: the probability has no unnamed constant (random_jacobian.lua), and d - 1 in the
-- place of d, for the part across w has d - 1 dimensions. In print the part along w, B = (sum_i
-- relu(g_i))^2, is said to obey P(|B - E B| >= t) <= 2 exp(-c t/(n sigma_z^2)) for a constant c,
-- from a sub-Gaussian norm of order sqrt n. That is the norm of the sum less its mean. B is off by
-- E B times about 2 sqrt((pi-1)/n), so that t = a n^(3/2) is passed with a probability that does
-- not depend on n, while the bound falls like e^(-c a sqrt n): it is violated for each c from some
-- n on. The lemma survives, as e^(-n delta^2/18) covers such t.
local sd = require "saddle"
local random = require "random_jacobian"

--- Squares of the parts of sum_i z_i relu'(w . z_i) across w and along w: a column each, an element
-- for each of the draws of Z.
local function parts(rng, p, twin)
  local w = rng:sphere(p.d)
  local across, along = sd.zeros(p.trials, 1), sd.zeros(p.trials, 1)
  for t = 1, p.trials do
    local Z = p.sigma_z * rng:randn(p.d, p.n)
    local active = sd.ge(w:t() * Z, 0):t()
    if twin == "half active" then active = sd.le(rng:permutation(p.n):reshape(p.n, 1), p.n // 2) end
    local v = Z * active
    local b = sd.dot(w, v)
    along:set(t, 1, b ^ 2)
    across:set(t, 1, sd.norm(v - b * w) ^ 2)
  end
  return across, along
end

--- E[J J' | V], by draws of Z and W: less what it should be; a mean of 0 is checked to five of its
-- errors.
local function gram_mean(c, p)
  local V = p.sigma_v * c.rng:randn(2, p.k)
  local mean = p.sigma_z ^ 2 * random.mean_square(p.d, p.n) * (V * V:t()) / p.n ^ 2
  local list = {}
  for t = 1, p.trials do
    local Z, W = p.sigma_z * c.rng:randn(p.d, p.n), p.sigma_w * c.rng:randn(p.k, p.d)
    local D = sd.norm(sd.ge(W * Z, 0) * Z:t(), { dim = 2 })
    list[t] = ((V % D:t() ^ 2) * V:t() / p.n ^ 2 - mean):reshape(4, 1)
  end
  local G = sd.hcat(table.unpack(list))
  for j = 1, 4 do
    local x = G:row(j):t()
    c:conclude("E[J J' | V]", sd.mean(x), "==", 0, { tol = random.five_errors(x) })
  end
end

local checks = {}

function checks.mean(c, p)
  local both, across, along = random.mean_square(p.d, p.n)
  local A, B = parts(c.rng, p, c.broken)
  local unit = p.sigma_z ^ 2
  for name, pair in pairs { ["E D^2"] = { A + B, both }, ["E A"] = { A, across },
    ["E B"] = { B, along } } do
    c:conclude(name, sd.mean(pair[1]), "==", unit * pair[2], { tol = random.five_errors(pair[1]) })
  end
  gram_mean(c, p)
end

function checks.tail(c, p)
  local p0 = 1 - random.above(p.d, p.n, p.delta) - random.below(p.d, p.n, p.delta)
  c:assume("delta <= 3/2", p.delta, "<=", 3 / 2)
  if not c:assume("the probability says something", p0, ">", 0) then return end
  local A, B = parts(c.rng, p, c.broken)
  local mean = p.sigma_z ^ 2 * random.mean_square(p.d, p.n)
  local inside = sd.le(sd.abs(A + B - mean), p.delta * mean)
  c:rate("D^2 within delta of its mean", sd.sum(inside), p.trials, ">=", p0)
  c:note("probability", p0)
end

checks["B in print"] = function(c, p)
  local _, _, mean = random.mean_square(2, p.n)
  local t = p.a * p.n ^ 1.5
  c:assume("t >= 0", t, ">=", 0)
  local far = 0
  for _ = 1, p.trials do
    local B = sd.sum(sd.relu(c.rng:randn(1, p.n))) ^ 2
    if math.abs(B - mean) >= t then far = far + 1 end
  end
  c:rate("P(|B - E B| >= t)", far, p.trials, "<=", 2 * math.exp(-p.c * t / p.n))
end

return sd.claim {
  id = "overparam_gan.lemma_A_6",
  source = "Lemma A.6 and its proof, section B.1",
  statement = "D^2 has mean sigma_z^2 (n d/2 + n(n-1)/(2 pi)), and is near it",
  params = { sigma_v = 0.7, sigma_w = 2, sigma_z = 1.5, trials = 200,
    { part = "mean", d = { 2, 5 }, n = { 1, 50 }, k = 10 },
    { part = "mean", d = 20, n = 200, k = 10 },
    { part = "tail", d = 200, n = 100, delta = 1.5 },
    { part = "tail", d = 400, n = 600, delta = 1, trials = 80 },
    { part = "tail", d = 400, n = 600, delta = 0.75, tier = "full" },
    { part = "tail", d = 10, n = 100, delta = 0.5, expect = "not applicable" },
    { part = "B in print", a = 0.5, c = 1, n = 1000, expect = "violated" },
    { part = "B in print", a = 0.5, c = 0.1, n = 20000, expect = "violated" } },
  smoke = { trials = 100 },
  full = { trials = 2000, seed = sd.seeds(3) },
  broken = { "half active" },
  check = function(c, p)
    if p.part == "mean" then c:assume("n >= 1", p.n, ">=", 1) end
    checks[p.part](c, p)
  end,
}
