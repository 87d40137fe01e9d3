local sd, bench = require "saddle", require "tests.bench.bench"
local d = bench.p.d
local X, y, T = bench.load "X", bench.load "y", bench.load "T"

local function loss(A) return sd.norm(y - X:t() * (A * A:t()):reshape(d * d, 1)) ^ 2 / 2 end
local plan = sd.compile(function(s) return { T = s.T - 1e-6 * sd.grad(loss)(s.T) } end)

local s = plan:iterate({ T = T }, bench.p.steps)
local value = bench.fingerprint(s.T - T)
bench.report("saddle", value, function(n) s = plan:iterate(s, n) end, plan)
