-- From a network written in Lua to the spectrum of its tangent kernel, and a picture.
local sd = require "saddle"
local rng = sd.rng(1)
local X = sd.normalize(rng:randn(10, 200), { dim = 1 })             -- samples are columns
local p = { W = rng:randn(1000, 10), V = rng:randn(1, 1000) / 1000 ^ 0.5 }
local function net(q, x) return q.V * sd.relu(q.W * x) end
local s = sd.spectrum { route = "gram" }(net, p, X)                 -- of the 200x11000 Jacobian
print(s)
print(sd.plot({ { y = s.values ^ 2, style = "points" }, title = "Eigenvalues of the tangent kernel",
  xlabel = "rank", ylog = true, file = "tangent_kernel.svg" }))
