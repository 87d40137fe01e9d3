local sd, bench = require "saddle", require "tests.bench.bench"
local p = bench.p
local Z, V, W, xbar = bench.load "Z", bench.load "V", bench.load "W", bench.load "xbar"

local function f(U) return V * sd.mean(sd.relu(U * Z), { dim = 2 }) end
local function L(s) return sd.dot(s.delta, xbar - f(s.W)) - sd.norm(s.delta) ^ 2 / 2 end
local plan = sd.compile(function(s)
  local g = sd.grad(L)(s)
  return { W = s.W - 1e-4 * g.W, delta = s.delta + 0.1 * g.delta }
end)

local s = plan:iterate({ W = W, delta = sd.zeros(p.m, 1) }, p.steps)
local value = bench.fingerprint(s.W - W, s.delta)
bench.report("saddle", value, function(n) s = plan:iterate(s, n) end, plan)
