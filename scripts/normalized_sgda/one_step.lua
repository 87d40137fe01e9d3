--- One normalised step of the model of two_modes.lua, per unit of step size: of given X and z, and
-- its expectation, by the sum over all of them.
local sd = require "saddle"

local one_step = {}

--- What the players' steps over their sizes are, for samples X (n x 1) and z (m_G x 1):
-- W (m_D x n) and V (n x m_G).
function one_step.of(model, p, X, z)
  local g = sd.grad(function(q) return sd.sum(model:gain(q, X, z)) end)(p)
  local unit = sd.optim.normalized { lr = 1 }
  local up = { a = -g.D.a, b = -g.D.b, W = -g.D.W } -- D ascends
  return unit.update(up, unit.init(p.D), p.D, 1).W, unit.update(g.G, unit.init(p.G), p.G, 1).V
end

--- E of these over X and z.
function one_step.expected(model, p)
  local W, V = sd.zeros(p.D.W.rows, p.D.W.cols), sd.zeros(p.G.V.rows, p.G.V.cols)
  for x = 1, model.X.cols do
    for k = 1, model.Z.cols do
      local weight = model.weights[x] * model.latent_weights(k)
      if weight > 0 then
        local w, v = one_step.of(model, p, model.X:col(x), model.Z:col(k))
        W, V = W + weight * w, V + weight * v
      end
    end
  end
  return W, V
end

--- How far y is from the nearest (1 + r) x with |r| <= near, for columns of one size, columnwise:
-- |y - (1 + r) x|. That is what "y = (1 +- near) x +- e" bounds by e.
function one_step.off(y, x, near)
  local along = sd.sum(x % y, { dim = 1 }) / sd.max(sd.sum(x % x, { dim = 1 }), 0x1p-1022)
  return sd.norm(y - x % sd.clamp(along, 1 - near, 1 + near), { dim = 1 })
end

return one_step
