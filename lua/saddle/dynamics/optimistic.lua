--- sd.dynamics.optimistic: the next gradient is taken to differ from this one as this one did from
-- the last,
--
--   g(t)   = F(p(t); xi_t)
--   p(t+1) = p(t) + U(2 g(t) - g(t-1)),    g(-1) = g(0), so that the first step is a plain one,
--
-- for all players at once. One gradient a step where extragradient needs two; the state has the
-- field g besides, the last gradient.
--
-- With plain steps eta on the bilinear game min_x max_y s x y the eigenvalues are the roots of
-- l^2 - (1 -+ 2 i eta s) l -+ i eta s = 0; all lie inside the circle when eta s < 1/sqrt(3).
-- L. D. Popov, A modification of the Arrow-Hurwicz method for search of saddle points, Math. Notes
-- 28, 1980; C. Daskalakis et al., Training GANs with optimism, ICLR 2018 (there g(-1) = 0).
local core = require "saddle.core"
local play = require "saddle.dynamics.play"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
tree.module()

--- sd.dynamics.optimistic(game, {optim =}) -> {init =, step =}
return function(game, given)
  local self = play.new("optimistic", game, given, { "optim" })
  local function rule(p, o, t, rng, s)
    local g = self:field(p, self:sample(rng))
    local foretold = g + core.gt(t, 1) * (g - s.g)
    local moved, after = self:move(foretold, p, o, t)
    return moved, after, rng, { g = g }
  end
  return self:dynamics(rule, function(p) return { g = tree.map(trace.zero_like, p) } end)
end
