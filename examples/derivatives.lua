-- Derivatives of any order of ordinary Lua functions: the function is called once on symbols.
local sd = require "saddle"
local rng = sd.rng(2)
local X, y = rng:randn(3, 20), rng:randn(1, 20)

-- A network as a tree of parameters; columns of X are samples.
local p = { W = rng:randn(8, 3), b = sd.zeros(8, 1), v = rng:randn(1, 8) / 8 }
local function predict(q) return q.v * sd.tanh(q.W * X + q.b) end
local function loss(q) return sd.mean((predict(q) - y) ^ 2) end

local value, g = sd.value_and_grad(loss)(p)
print(("loss %.4f, |gradient| %.4f"):format(value, sd.norm(g)))

-- A Hessian product, against the difference of two gradients.
local h = 1e-5
local Hg = sd.hvp(loss, p, g)
local difference = (sd.grad(loss)(p + h * g) - sd.grad(loss)(p - h * g)) / (2 * h)
print(("curvature along it %.4f, off the differences by %.0e"):format(
  sd.dot(g, Hg) / sd.dot(g, g), sd.norm(Hg - difference)))

-- The Jacobian of all predictions in all parameters, and the NTK's spectrum.
local J = sd.jacobian(predict)(p)
print("Jacobian", J.rows .. "x" .. J.cols, "condition of J J'", sd.cond(J * J:t()))

-- Transforms nest: f(x) = x d/dt (x t^2) at t = x, which is 2 x^3.
local f = function(x) return x * sd.grad(function(t) return x * t ^ 2 end)(x) end
print(f(3), sd.grad(f)(3), sd.grad(sd.grad(f))(3)) -- 54, 6 x^2 = 54, 12 x = 36
