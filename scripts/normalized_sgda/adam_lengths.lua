--- How long Adam's steps are, layer by layer: |A| of Algorithm 1 of the normalised-SGDA paper, of
-- each weight matrix, A = m/sqrt(v + eps), along a run whose optimiser keeps m and v (adam, or an
-- AdaLR, whose length they make).
--
-- A of step 0 is 0/sqrt(eps): the paper's ratio |A_t|/|A_0| can only mean the first step for A_0.
-- There |g/sqrt(g^2 + eps)| is the root of the number of elements that have a gradient. With sums
-- in place of averages, as in print, a constant gradient g gives sum 0.5^i / sqrt(sum 0.9^i): 1,
-- 1.088, 1.063, 1.01, ... down to 2/sqrt(10) = 0.632; gradients without memory give about
-- sqrt(4/3)/sqrt(10) = 0.365. So lengths go from 1 to about these within some 1/(1 - 0.9) = 10
-- steps, whatever the gradients' size. At no time is an element of A above
-- (1 - 0.25/0.9)^(-1/2) = 1.1767: Cauchy and Schwarz of sum 0.5^i g_i, with weights 0.9^i.
--
-- Biases are left out: the last one of a Wasserstein critic has the gradient 0, and Adam divides
-- rounding errors by their own size.
local sd = require "saddle"

local adam_lengths = {}

local EPS <const> = 1e-8 -- the default of adam_raw

--- |A| of the weight matrices, the first layer's first (a column), from a player's optimiser state.
-- With `plain` that of m alone.
local function lengths(o, plain)
  local moments, list = o.length or o, {}
  for l, layer in ipairs(moments.m) do
    list[l] = sd.norm(plain and layer.W or layer.W / sd.sqrt(moments.v[l].W + EPS))
  end
  return sd.vcat(table.unpack(list))
end

--- follow(gan, rng, steps[, plain]) -> {D =, G = |A_t|/|A_1| (layers x steps), first = {D =, G =
-- |A_1|}} of a run of mixture_gan.lua; with `plain` of m in place of A.
function adam_lengths.follow(gan, rng, steps, plain)
  local s = gan.plan:iterate(gan:init(rng), 1)
  local _, h = gan.plan:iterate(s, steps - 1, { every = 1, record = function(state)
    return { D = lengths(state.o.D, plain), G = lengths(state.o.G, plain) }
  end })
  local first = { D = h.D:col(1), G = h.G:col(1) }
  return { first = first, D = h.D / first.D, G = h.G / first.G }
end

return adam_lengths
