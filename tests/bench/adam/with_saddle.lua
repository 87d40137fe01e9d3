local sd, bench = require "saddle", require "tests.bench.bench"
local h, c, x = bench.load "h", bench.load "c", bench.load "x"

local function loss(u) return sd.sum((0.5 * h % u - c) % u) end
local function adam(g, m, v, t)
  m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g % g
  return 1e-3 * (m / (1 - 0.9 ^ t)) / (sd.sqrt(v / (1 - 0.999 ^ t)) + 1e-8), m, v
end
local plan = sd.compile(function(s)
  local t = s.t + 1
  local step, m, v = adam(sd.grad(loss)(s.x), s.m, s.v, t)
  return { x = s.x - step, m = m, v = v, t = t }
end)

local zero = sd.zeros(bench.p.n, 1)
local s = plan:iterate({ x = x, m = zero, v = zero, t = 0 }, bench.p.steps)
local value = bench.fingerprint(s.x - x)
bench.report("saddle", value, function(n) s = plan:iterate(s, n) end)
