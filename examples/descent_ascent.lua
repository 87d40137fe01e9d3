-- Descent-ascent on an over-parameterised generator G(z) = V relu(W z) with a linear discriminator
-- d: does |f(W) - xbar| fall at the rate that Theorem A.4 (Balaji et al., ICLR 2021) promises?
local sd = require "saddle"
local rng, m, k, q, n = sd.rng(1), 5, 400, 10, 50
local V, Z, W, xbar = rng:randn(m, k), rng:randn(q, n), rng:randn(k, q), 2 * rng:randn(m, 1)
local function f(U) return V * sd.mean(sd.relu(U * Z), { dim = 2 }) end -- the mean of G(z), m x 1
local function L(p) return sd.dot(p.d, xbar - f(p.W)) - sd.norm(p.d) ^ 2 / 2 end
local sv = sd.svdvals(sd.jacobian(f)(W))                                -- J is m x kq
local eta = 1 / (8 * sv(1) ^ 2)
local function step(s)                                                  -- traced once, run in C
  local g = sd.grad(L)(s)
  return { W = s.W - eta * g.W, d = s.d + g.d }
end
local _, h = sd.compile(step):iterate({ W = W, d = sd.zeros(m, 1) }, 300,
  { every = 100, record = function(s) return { error = sd.norm(xbar - f(s.W)) } end })
for j = 2, #h.t do
  print(("step %d: error %.1e, falls by %.4f a step, promised %.4f"):format(h.t(j), h.error(j),
    (h.error(j) / h.error(j - 1)) ^ (1 / 100), 1 - eta * sv(-1) ^ 2 / 2))
end
