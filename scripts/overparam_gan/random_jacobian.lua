--- What the over-parameterised-GAN paper (Balaji et al., ICLR 2021, appendix B) proves of the
-- generator's Jacobian at a random start: V (m x k) has elements N(0, sigma_v^2), W (k x d)
-- N(0, sigma_w^2), and the latent points, columns of Z (d x n), N(0, sigma_z^2).
--
-- Its singular values are those of V D / n, with D_l = |sum_i z_i relu'(w_l . z_i)| (34), and
--
--   E D_l^2 = sigma_z^2 (n d/2 + n(n-1)/(2 pi)),   S = sigma_v sqrt(E D_l^2) / n
--
-- so that they are about S (sqrt k -+ sqrt m). The paper's tail of D^2 has an unnamed constant,
-- which is not needed. Let w be of length 1, and D^2 = A + B its parts across w and along w:
--
--   A   is |sum_i g_i u_i|^2, g_i normal in d-1 dimensions and u_i fair coins, independent: a
--       chi-square times the number of heads. Each passes 1 +- delta/3 with at most (40) and
--       Hoeffding's bound, and (1 + delta/3)^2 <= 1 + delta, (1 - delta/3)^2 >= 1 - delta.
--   B   is X^2, X = sum_i relu(g_i), which moves by sqrt(n) times its argument at most: X leaves
--       its mean sigma_z n/sqrt(2 pi) by more than s sigma_z, on one side, with at most
--       exp(-s^2/(2n)). E B = (E X)^2 (1 + (pi - 1)/n).
local sd = require "saddle"
local one_hidden = require "one_hidden"

local random = {}

--- E D^2 for sigma_z = 1 (Lemma A.6), and its parts across w and along w.
function random.mean_square(d, n)
  local across, along = n * (d - 1) / 2, n / 2 + n * (n - 1) / (2 * math.pi)
  return across + along, across, along
end

--- S, of p = {d=, n=, sigma_v=, sigma_z=}.
function random.scale(p)
  return p.sigma_v * p.sigma_z * math.sqrt((random.mean_square(p.d, p.n))) / p.n
end

--- An upper bound of P(D^2 >= (1 + delta) E D^2), 0 < delta <= 3/2; it may exceed 1.
function random.above(d, n, delta)
  assert(delta > 0 and delta <= 1.5, "above: delta is from 0 to 3/2")
  local along = math.sqrt(1 + delta) - 1
  return math.exp(-n * delta ^ 2 / 18) + math.exp(-(d - 1) * delta ^ 2 / 54)
    + math.exp(-n * along ^ 2 / (4 * math.pi))
end

--- An upper bound of P(D^2 <= (1 - delta) E D^2), delta > 0. From delta = 1 on that is D = 0: no
-- latent point is active.
function random.below(d, n, delta)
  assert(delta > 0, "below: delta is above 0")
  if delta >= 1 then return 2.0 ^ -n end
  local along = math.max(0, 1 - math.sqrt((1 - delta) * (1 + (math.pi - 1) / n)))
  return math.exp(-n * delta ^ 2 / 18) + math.exp(-(d - 1) * delta ^ 2 / 36)
    + math.exp(-n * along ^ 2 / (4 * math.pi))
end

--- The bound of Lemma A.7 on the least singular value of J(W0), and the probability it has at
-- least; p = {m=, k=, d=, n=, sigma_v=, sigma_z=}. The squares of D_l are held between (1 -+
-- delta)^2 of their mean, k of them from either side.
function random.smallest(p, delta, eta)
  local square = (1 - delta) ^ 2 * p.k - (1 + delta) ^ 2
  local root = square >= 0 and math.sqrt(square) or -math.huge
  return (root - math.sqrt(p.m) * (1 + eta) * (1 + delta)) * random.scale(p),
    1 - 3 * math.exp(-eta ^ 2 * p.m / 8)
      - p.k * (random.above(p.d, p.n, (1 + delta) ^ 2 - 1)
        + random.below(p.d, p.n, 1 - (1 - delta) ^ 2))
end

--- The bound of Lemma A.8 on the largest one, and the probability it has at least.
function random.largest(p, delta)
  return (1 + delta) * (math.sqrt(p.k) + 2 * math.sqrt(p.m)) * random.scale(p),
    1 - math.exp(-p.m / 2) - p.k * random.above(p.d, p.n, (1 + delta) ^ 2 - 1)
end

--- V, Z, W of one draw; twin = "equal rows" or "equal columns" makes those of V equal.
function random.draw(rng, p, twin)
  local V = p.sigma_v * rng:randn(p.m, p.k)
  if twin == "equal rows" then V = sd.ones(p.m, 1) * V:row(1) end
  if twin == "equal columns" then V = V:col(1) * sd.ones(1, p.k) end
  return V, p.sigma_z * rng:randn(p.d, p.n), p.sigma_w * rng:randn(p.k, p.d)
end

--- The extreme singular values of J(W0) for `trials` draws: columns smallest, largest.
function random.extremes(rng, p, trials, twin)
  local smallest, largest = sd.zeros(trials, 1), sd.zeros(trials, 1)
  for t = 1, trials do
    local V, Z, W = random.draw(rng, p, twin)
    local s = one_hidden.new(V, Z).singular_values(W)
    smallest:set(t, 1, s(-1))
    largest:set(t, 1, s(1))
  end
  return smallest, largest
end

--- Five standard errors of the mean of the column x: where the mean is as stated, that of so many
-- draws is further off once in two million times.
function random.five_errors(x) return 5 * sd.std(x) / math.sqrt(#x) end

return random
