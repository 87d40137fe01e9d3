--- Which neurons can change sides at one latent point when W moves by R, and what that does to the
-- Jacobian there (Lemma A.9 of the over-parameterised-GAN paper, Balaji et al., ICLR 2021).
--
-- Neuron l is active at z when w_l . z >= 0; to flip it w_l must move by c_l = |w_l . z|/|z|, along
-- z. Neurons move independently, so a set S can flip within |W' - W| <= R, Frobenius, iff
--
--   sum over S of c_l^2 <= R^2
--
-- (in the limit for active ones, whose side is closed). The moves are along one z: their matrix has
-- rank 1, and the operator norm allows the same sets. The most flips are those of the smallest c_l,
-- and then J(W'; z) - J(W; z) has the norm |V_S| |z|, V_S being the columns of V in S.
--
-- For many neurons and a small R: the c_l have the density 2/(sqrt(2 pi) sigma_w) near 0, so that
-- the smallest ones up to c number k p, p = 2 c/(sqrt(2 pi) sigma_w), and have squares that add up
-- to k p c^2/3. With the latter R^2, the count is (6/pi)^(1/3) (k R/sigma_w)^(2/3).
local sd = require "saddle"

local flips = {}

--- c (k x 1) of W (k x d) at z (d x 1).
function flips.distances(W, z) return sd.abs(W * z) / sd.norm(z) end

--- How many of the first columns or rows of a list of squared costs fit into R^2.
local function fitting(squares, R)
  local sums = sd.cumsum(squares)
  return math.tointeger(sd.sum(sd.le(sums, R ^ 2)))
end

--- The largest number of neurons that can flip, for c from flips.distances, and they (a column).
function flips.most(c, R)
  local sorted, order = sd.sort(c)
  local count = fitting(sorted ^ 2, R)
  return count, order:block(1, 1, count, 1)
end

--- The expected number, for k neurons (derived above; R small).
function flips.expected(k, R, sigma_w)
  return (6 / math.pi) ^ (1 / 3) * (k * R / sigma_w) ^ (2 / 3)
end

--- What W can move at least before any neuron flips at any column of Z.
function flips.free(W, Z) return sd.min(sd.abs(W * Z) / sd.norm(Z, { dim = 1 })) end

--- A set that can flip with a large |V_S| -> |V_S|. For a direction u the best sum of (v_l . u)^2
-- takes neurons by its ratio to c_l^2 (the greedy solution of a knapsack problem); u is then the
-- direction in which they are largest. It starts from the set of the most flips, and no set that
-- it meets has a larger |V_S|: a lower bound of the supremum over the ball.
function flips.worst(V, c, R)
  local best, last = 0, -1
  local count, S = flips.most(c, R)
  while count > 0 and best > last do
    last = best
    local U, s = sd.svd(V:col(S:t()))
    best = math.max(best, s(1))
    local gain = (U:col(1):t() * V):t() ^ 2 / c ^ 2
    local _, order = sd.sort(gain, { descending = true })
    count = fitting(c:row(order) ^ 2, R)
    S = order:block(1, 1, count, 1)
  end
  return best
end

return flips
