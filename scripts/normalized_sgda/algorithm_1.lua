--- Algorithm 1 of the normalised-SGDA paper by hand, on a given stream of gradients: a witness for
-- the optimisers of the library.
--
--   M_1 <- b1 M_1 + g,   M_2 <- b2 M_2 + g^2,   A = M_1 / sqrt(M_2 + eps),   M_1 = M_2 = 0 at first
--
-- In print M_2 gets g, as M_1 does; the text beside it speaks of g^2, and with g the root is one of
-- negative numbers. 0/0 is 0: a coordinate without a gradient so far stays.
--
-- Rounding. After t steps, u = 2^-53, M_1 is off by at most 2 t u S, S <- b1 S + |g|, for each term
-- of its sum has been rounded 2 t times at most, and M_2, whose terms are positive, by 2 (t + 1) u
-- of itself. A is then off by (3 t + 4) u S / sqrt(M_2 + eps) at most, to first order; a relative
-- u^2 is left out throughout.
local sd = require "saddle"

local algorithm_1 = {}

local UNIT <const> = 2 ^ -53

--- Streams of gradients by name: f(rng, rows, cols, T) -> a list of T matrices.
algorithm_1.streams = {}

function algorithm_1.streams.normal(rng, m, n, T)
  local list = {}
  for t = 1, T do list[t] = rng:randn(m, n) end
  return list
end

--- Sizes from 1e-8 to 1e8, each coordinate's own.
function algorithm_1.streams.scaled(rng, m, n, T)
  local list, size = {}, 10 ^ (16 * rng:rand(m, n) - 8)
  for t = 1, T do list[t] = size % rng:randn(m, n) end
  return list
end

--- Three in four coordinates without a gradient at each step, and at every third step all.
function algorithm_1.streams.sparse(rng, m, n, T)
  local list = {}
  for t = 1, T do
    list[t] = rng:randn(m, n) % rng:bernoulli(0.25, m, n) * (t % 3 == 0 and 0 or 1)
  end
  return list
end

--- {M =, A =, M_off =, A_off =}: lists over t = 1..T, the last two of bounds on the rounding of
-- each element. `square(g)` is what M_2 gets, g^2 unless given.
function algorithm_1.run(stream, o, square)
  local M, V, S = 0 * stream[1], 0 * stream[1], 0 * stream[1]
  local own = { M = {}, A = {}, M_off = {}, A_off = {} }
  for t, g in ipairs(stream) do
    M, S = o.b1 * M + g, o.b1 * S + sd.abs(g)
    V = o.b2 * V + (square and square(g) or g ^ 2)
    local root = sd.sqrt(V + o.eps)
    local idle = sd.eq(root, 0)
    own.M[t], own.A[t] = M, M / (root + idle)
    own.M_off[t] = 2 * t * UNIT * S
    own.A_off[t] = (3 * t + 4) * UNIT * S / (root + idle)
  end
  return own
end

--- The steps of an optimiser of the library on the stream: a list.
function algorithm_1.steps(optimiser, stream)
  local p, steps = 0 * stream[1], {}
  local state = optimiser.init(p)
  for t, g in ipairs(stream) do steps[t], state = optimiser.update(g, state, p, t) end
  return steps
end

return algorithm_1
