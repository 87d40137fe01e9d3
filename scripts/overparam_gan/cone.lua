--- What no training of the one-hidden-layer generator can beat. f(W) = V a with a >= 0, a_l being a
-- mean of relu's, and every such a is reached by some W where a latent point is not 0. So the least
-- error is the distance of xbar from the cone of V's columns, and it is 0 where xbar lies in it.
--
-- xbar is outside where the k + 1 vectors v_1, ..., v_k, -xbar fit into one open half-space. Where
-- the columns are independent, each with the same law as its negative, and no m of them are
-- dependent, J. G. Wendel (A problem in geometric probability, Math. Scand. 11, 1962) counts how
-- many of the signs of k + 1 vectors do:
--
--   P(xbar in the cone) = P(Bin(k, 1/2) >= m)    for every xbar except 0
--
-- which is 1/2 at k = 2m - 1 and rises from 0 to 1 within some sqrt(m) of it.
local sd = require "saddle"

local cone = {}

-- Below this part of |xbar| a distance is rounding. An xbar outside has a distance with a bounded
-- density at 0, so that calling it 0 by mistake has a probability of this order.
local ROUNDING <const> = 1e-10

--- cone.distance(V, xbar) -> the distance of xbar (m,1) from {V a, a >= 0}, V (m,k).
function cone.distance(V, xbar)
  local _, distance = sd.nnls(V, xbar)
  return distance <= ROUNDING * sd.norm(xbar) and 0 or distance
end

--- cone.probability(k, m) -> P(Bin(k, 1/2) >= m), summed in the log domain.
function cone.probability(k, m)
  local total = 0
  for j = m, k do
    local log_choose = sd.lgamma(k + 1) - sd.lgamma(j + 1) - sd.lgamma(k - j + 1)
    total = total + math.exp(log_choose - k * math.log(2))
  end
  return math.min(total, 1)
end

return cone
