-- 2. A gradient. Write the formula as a Lua function; sd.grad gives its derivative as another.
local sd = require "saddle"
local rng = sd.rng(2)

-- A network with one hidden layer. Its parameters are a tree: a table whose leaves are matrices.
local X, y = rng:randn(3, 40), rng:randn(1, 40)
local p = { W = rng:randn(8, 3), v = rng:randn(1, 8) / 8 }
local function net(q) return q.v * sd.tanh(q.W * X) end -- 1 x 40: a prediction for each column
local function loss(q) return sd.mean((net(q) - y) ^ 2) end

-- The function is called once, on symbols that record what is done to them, so loops, tables and
-- helpers are ordinary Lua. A gradient is a tree like p; trees add, and numbers scale them.
local value, g = sd.value_and_grad(loss)(p)
local h = 1e-6
local slope = (loss(p + h * g) - loss(p - h * g)) / (2 * h)
print("loss", value)
print("the slope along g is |g|^2:", math.abs(slope - sd.norm(g) ^ 2) < 1e-8)

-- Descent, a step at a time.
for t = 1, 200 do
  p = p - 0.2 * sd.grad(loss)(p)
  if t % 50 == 0 then print(t, loss(p)) end
end

-- Transforms nest: Hessian products, Jacobians, and the tangent kernel's spectrum.
print("curvature along g", sd.dot(g, sd.hvp(loss, p, g)) / sd.norm(g) ^ 2)
local J = sd.jacobian(net)(p) -- 40 outputs x 32 parameters
print("singular values of J from", sd.svdvals(J)(1), "to", sd.svdvals(J)(-1))

-- Next: 3_a_training_loop.lua, where the loop leaves Lua.
