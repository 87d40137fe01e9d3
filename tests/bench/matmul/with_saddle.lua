local bench = require "tests.bench.bench"
local A, B = bench.load "A", bench.load "B"
local C = A * B
bench.report("saddle", bench.fingerprint(C), function(n) for _ = 1, n do C = A * B end end)
