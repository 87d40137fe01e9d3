-- A training loop without Lua in it: the step is traced once and runs in C. Here one player fits
-- the ring of eight points that a sampler draws, by Adam, which is four lines.
local sd = require "saddle"

local function ring(rng, n) -- 2 x n
  local a = math.pi / 4 * rng:randint(8, 1, n)
  return sd.vcat(sd.cos(a), sd.sin(a)) + 0.05 * rng:randn(2, n)
end
local function logits(p, x) return p.v * sd.relu(p.W * x + p.b) + p.c end
local function loss(p, real, noise)
  return -sd.mean(sd.log_sigmoid(logits(p, real)) + sd.log_sigmoid(-logits(p, noise)))
end

local function adam(g, m, v, t)
  m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g % g
  return m / (1 - 0.9 ^ t) / (sd.sqrt(v / (1 - 0.99 ^ t)) + 1e-8), m, v
end

local function step(s)
  local value, g = sd.value_and_grad(loss)(s.p, ring(s.rng, 64), s.rng:randn(2, 64))
  local update, m, v = adam(g, s.m, s.v, s.t)
  return { p = s.p - s.lr * update, m = m, v = v, t = s.t + 1, value = value }
end

local rng = sd.rng(1)
local p = { W = rng:randn(32, 2), b = rng:randn(32, 1), v = rng:randn(1, 32) / 32, c = 0 }
local zero = sd.map(function(x) return 0 * x end, p)
local s, h = sd.compile(step):iterate(
  { p = p, m = zero, v = zero, t = 1, lr = 3e-3, value = 0, rng = rng }, 2000,
  { every = 500, record = function(s) return { loss = s.value } end })

print(h.status, h.n)
for k = 2, #h.t do print(("step %4d  loss %.3f"):format(h.t(k), h.loss(k))) end
local test = sd.rng(2)
print(("told apart: %.0f%%"):format(50 * (sd.mean(sd.gt(logits(s.p, ring(test, 1000)), 0))
  + sd.mean(sd.lt(logits(s.p, test:randn(2, 1000)), 0)))))
