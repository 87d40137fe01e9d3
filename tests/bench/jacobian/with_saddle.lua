local sd, bench = require "saddle", require "tests.bench.bench"
local p, X, V = bench.p, bench.load "X", bench.load "V"
local W = { bench.load "W1", p.layers == 2 and bench.load "W2" or nil }

local function f(U)
  local H = X
  for _, A in ipairs(U) do H = sd.softplus(A * H) end
  return V:t() * H
end

local function step() return sd.spectrum { route = p.way } (f, W).values end

local value = bench.fingerprint((sd.sort(step())))
bench.report("saddle", value, function(n) for _ = 1, n do step() end end)
