-- Extreme singular values of a Jacobian with 1000 rows and ten million columns, which would fill
-- 80 GB: the kernel of its rows is made of products of Gram matrices, without it.
local sd = require "saddle"
local d, k, n = 1000, 10000, 1000
local rng = sd.rng(1)
local X, V, W = rng:randn(d, n) / d ^ 0.5, rng:randn(1, k) / k ^ 0.5, rng:randn(k, d)

local start = os.clock()
local s = sd.spectrum(function(U) return V * sd.relu(U * X) end, W)
print(s)
local peak = io.open("/proc/self/status"):read("a"):match "VmHWM:%s*(%d+)"
print(("%.1f seconds of processor time, at most %d MB"):format(os.clock() - start, peak // 1000))
