local sd, bench = require "saddle", require "tests.bench.bench"
local X, W, v = bench.load "X", bench.load "W", bench.load "v"

local function f(U) return v:t() * sd.softplus(U * X) end
local ways = {}
function ways.svd() return sd.svdvals(sd.jacobian(f)(W)) end
function ways.gram()
  local J = sd.jacobian(f)(W)
  return sd.sqrt(sd.eigvalsh(J * J:t()))
end

local way = ways[bench.p.way]
local value = bench.fingerprint((sd.sort(way())))
bench.report("saddle", value, function(n) for _ = 1, n do way() end end)
