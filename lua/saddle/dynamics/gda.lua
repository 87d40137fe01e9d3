--- sd.dynamics.gda: gradient descent-ascent, each player descending its own loss.
--
-- mode = "simultaneous" (the default): all gradients at the same point, of the same sample xi_t,
--
--   p_j(t+1) = p_j(t) + U_j(F_j(p(t); xi_t))                       for every player j.
--
-- mode = "alternating": players take turns in the order `order` (default game.players, hence those
-- that maximise first), k[j] steps each (k = n for all, or a table; default 1), each step at the
-- newest parameters of all and with a sample of its own:
--
--   for j in order: k[j] times: p_j <- p_j + U_j(F_j(p; xi)), xi fresh.
--
-- On the bilinear game min_x max_y s x y with plain steps eta the first multiplies |(x, y)| by
-- sqrt(1 + eta^2 s^2) a step, the second keeps it bounded when eta s < 2: G. Gidel et al.,
-- Negative momentum for improved game dynamics, AISTATS 2019. More steps for one player: I.
-- Goodfellow et al., Generative adversarial nets, NeurIPS 2014, algorithm 1.
local core = require "saddle.core"
local play = require "saddle.dynamics.play"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local function simultaneous(self)
  return self:dynamics(function(p, o, t, rng)
    return self:move(self:field(p, self:sample(rng)), p, o, t)
  end)
end

local function alternating(self, order, k)
  return self:dynamics(function(p, o, t, rng)
    local after = {}
    for _, j in ipairs(order) do
      local own
      own, after[j], rng = self:turn(j, k[j], p, o, t, rng)
      p = tree.with(p, j, own)
    end
    return p, after, rng
  end)
end

--- Every player, once.
local function check_order(self, order)
  if order == nil then return self.game.players end
  local names, seen = self:listed("order", order)
  for _, j in ipairs(self.game.players) do
    if not seen[j] then fail("gda: order lacks the player '%s'", j) end
  end
  return table.move(names, 1, #names, 1, {})
end

--- sd.dynamics.gda(game, {optim =[, mode =, order =, k =]}) -> {init =, step =}
return function(game, given)
  local self = play.new("gda", game, given, { "k", "mode", "optim", "order" })
  local mode = given.mode
  if mode == nil or mode == "simultaneous" then
    for _, option in ipairs { "order", "k" } do
      if given[option] ~= nil then
        fail("gda: option '%s' is for mode = \"alternating\"; in the simultaneous mode all players "
          .. "take one step at once", option)
      end
    end
    return simultaneous(self)
  elseif mode == "alternating" then
    return alternating(self, check_order(self, given.order), self:counts(given.k, 1))
  end
  fail("gda: option 'mode' must be \"simultaneous\" or \"alternating\", got %s", core.show(mode))
end
