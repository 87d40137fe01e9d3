local sd, bench = require "saddle", require "tests.bench.bench"
local p = bench.p
local U, V, W, x, j = bench.load "U", bench.load "V", bench.load "W", bench.load "x", bench.load "j"
local width, tau = p.d ^ 0.2, p.d ^ -0.5

local function sigma(z)
  local a = sd.abs(z)
  return sd.where(sd.le(a, width), z ^ 3, sd.sign(z) % (3 * width ^ 2 * a - 2 * width ^ 3))
end
local function f(D, y) return D.a * sd.sum(sigma(D.W * y)) + tau * D.b end

local lion = sd.optim.rule { name = "lion", hyper = { lr = 1e-3 },
  init = function(q) return { m = 0 * q } end,
  step = function(g, s, _, hyper)
    return -hyper.lr * sd.sign(0.9 * s.m + 0.1 * g), { m = 0.99 * s.m + 0.01 * g }
  end }
local optimisers = { sgd = sd.optim.sgd, adam = sd.optim.adam, lion = lion }
local optimiser = optimisers[p.way] or sd.optim.normalized

--- Descent-ascent on samples (a column of U, the number of a column of V) that `sample` draws.
local function dynamics(sample)
  local game = sd.game { min = "V", max = "D", sample = sample,
    objective = function(q, y, k)
      return sd.log_sigmoid(f(q.D, y)) + sd.log_sigmoid(-f(q.D, q.V:col(k)))
    end }
  return sd.dynamics.gda(game, { optim = optimiser { lr = 1e-5 } })
end

local drawn = dynamics(function(rng) return U:col(rng:randint(2)), rng:randint(p.m) end)
local start = drawn.init({ D = { a = 0.3, b = 0, W = W }, V = V }, sd.rng(1))
local s = start
for t = 1, p.steps do
  local given = dynamics(function() return U:col(x(t)), j(t) end)
  s = sd.compile(given.step):iterate(s, 1)
end
local value = bench.fingerprint(s.p.D.a - 0.3, s.p.D.b, s.p.D.W - W, s.p.V - V)

local plan = sd.compile(drawn.step)
s = start
bench.report("saddle", value, function(n) s = plan:iterate(s, n) end, plan)
