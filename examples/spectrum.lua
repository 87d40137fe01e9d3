-- The Jacobian of a one-hidden-layer generator f(W) = (1/n) sum_i V relu(W z_i), and how well
-- random-matrix theory predicts its extreme singular values (sqrt(k) +- sqrt(m)) S.
local sd = require "saddle"
local rng = sd.rng(1)
local m, k, d, n = 10, 1000, 10, 100
local V, W, Z = rng:randn(m, k), rng:randn(k, d), rng:randn(d, n)

local slopes = sd.ge(W * Z, 0)                      -- relu'(W Z), k x n
local D = sd.norm(slopes * Z:t(), { dim = 2 })      -- |sum_i z_i relu'(w_l . z_i)|, k x 1
local s = sd.svdvals(V % D:t() / n)                 -- those of the m x kd Jacobian, unformed

local S = math.sqrt((d + (n - 1) / math.pi) / (2 * n))
print(("largest   %.3f   predicted %.3f"):format(s(1), (math.sqrt(k) + math.sqrt(m)) * S))
print(("smallest  %.3f   predicted %.3f"):format(s(-1), (math.sqrt(k) - math.sqrt(m)) * S))

local J = (sd.khatri_rao(Z * slopes:t(), V) / n):reshape(m, k * d) -- the Jacobian itself
print(("formed: %dx%d, largest %.3f"):format(m, k * d, sd.norm(J, 2)))
