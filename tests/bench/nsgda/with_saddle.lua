local sd, bench = require "saddle", require "tests.bench.bench"
local p = bench.p
local U, V, W, x, j = bench.load "U", bench.load "V", bench.load "W", bench.load "x", bench.load "j"
local width, tau, rate = p.d ^ 0.2, p.d ^ -0.5, 1e-5

local function sigma(z)
  local a = sd.abs(z)
  return sd.where(sd.le(a, width), z ^ 3, sd.sign(z) % (3 * width ^ 2 * a - 2 * width ^ 3))
end
local function f(D, y) return D.a * sd.sum(sigma(D.W * y)) + tau * D.b end
local function L(q, i, k)
  return sd.log_sigmoid(f(q.D, U:col(i))) + sd.log_sigmoid(-f(q.D, q.V:col(k)))
end
local function update(q, i, k)
  local g = sd.grad(L)(q, i, k)
  return { D = q.D + rate * g.D / sd.norm(g.D), V = q.V - rate * g.V / sd.norm(g.V) }
end

local start = { D = { a = 0.3, b = 0, W = W }, V = V }
local q, once = start, sd.compile(function(s, i, k) return { q = update(s.q, i, k) } end)
for t = 1, p.steps do q = once({ q = q }, x(t), j(t)).q end
local value = bench.fingerprint(q.D.a - 0.3, q.D.b, q.D.W - W, q.V - V)

local plan = sd.compile(function(s)
  return { q = update(s.q, s.rng:randint(2), s.rng:randint(p.m)) }
end)
local state = { q = start, rng = sd.rng(1) }
bench.report("saddle", value, function(n) state = plan:iterate(state, n) end)
