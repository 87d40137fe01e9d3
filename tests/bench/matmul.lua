--- C = A * B for 500x500 matrices, one product, the new matrix included.
local sd = require "saddle"

local n, products = 500, 20
local A, B = sd.full(n, n, 0.5), sd.full(n, n, 0.25)
local C = A * B -- threads and pages are there
local start = os.clock() -- processor time, that is wall time of one thread
for _ = 1, products do C = A * B end
print(("matmul 500x500\tsaddle\t%.9f"):format((os.clock() - start) / products))
assert(C(n, n) == n / 8)
