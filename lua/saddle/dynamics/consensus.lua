--- sd.dynamics.consensus: besides its own loss every player descends the squared length of the
-- field, on which all agree:
--
--   p(t+1) = p(t) + U(F(p(t)) + gamma J(p(t))' F(p(t))),    J = dF/dp,
--
-- for all players at once, both terms of the same sample; J'F is the gradient of |F|^2/2, a
-- derivative of second order.
--
-- With plain steps eta on the bilinear game min_x max_y s x y the eigenvalues are
-- 1 - eta gamma s^2 -+ i eta s. L. Mescheder, S. Nowozin, A. Geiger, The numerics of GANs, NeurIPS
-- 2017, equation (8) and algorithm 2.
local core = require "saddle.core"
local derive = require "saddle.derive"
local play = require "saddle.dynamics.play"
local tree = require "saddle.tree"
tree.module()

--- sd.dynamics.consensus(game, {optim =, gamma =}) -> {init =, step =}; gamma >= 0.
return function(game, given)
  local self = play.new("consensus", game, given, { "gamma", "optim" })
  local gamma = given.gamma
  if type(gamma) ~= "number" or not (gamma >= 0 and gamma < math.huge) then
    tree.fail("consensus: option 'gamma' must be a finite number from 0, got %s", core.show(gamma))
  end
  return self:dynamics(function(p, o, t, rng)
    local sample = self:sample(rng)
    local F, pullback = derive.vjp(function(q) return self:field(q, sample) end, p)
    return self:move(F + gamma * pullback(F), p, o, t)
  end)
end
