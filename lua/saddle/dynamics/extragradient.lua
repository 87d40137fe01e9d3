--- sd.dynamics.extragradient: the step from p is the one that is right a step ahead of p.
--
--   q(t)   = p(t) + U(F(p(t); xi))
--   p(t+1) = p(t) + U(F(q(t); xi'))
--
-- for all players at once. Both halves see the same sample, xi' = xi, or with fresh = true a new
-- one in the second. The look ahead is a trial: what it does to the optimisers' states is dropped,
-- both halves start from those of step t, and the second's are kept.
--
-- With plain steps eta on the bilinear game min_x max_y s x y the eigenvalues are
-- 1 -+ i eta s - eta^2 s^2, so it contracts when eta s < 1. G. M. Korpelevich, The extragradient
-- method for finding saddle points and other problems, Matecon 12, 1976. For samples: G. Gidel et
-- al., A variational inequality perspective on GANs, ICLR 2019 (there the look ahead's optimiser
-- state is kept).
local core = require "saddle.core"
local play = require "saddle.dynamics.play"
local tree = require "saddle.tree"
tree.module()

--- sd.dynamics.extragradient(game, {optim =[, fresh =]}) -> {init =, step =}
return function(game, given)
  local self = play.new("extragradient", game, given, { "fresh", "optim" })
  local fresh = given.fresh
  if fresh ~= nil and type(fresh) ~= "boolean" then
    tree.fail("extragradient: option 'fresh' must be true or false, got %s", core.show(fresh))
  end
  return self:dynamics(function(p, o, t, rng)
    local sample = self:sample(rng)
    local ahead = self:move(self:field(p, sample), p, o, t)
    if fresh then sample = self:sample(rng) end
    return self:move(self:field(ahead, sample), p, o, t)
  end)
end
