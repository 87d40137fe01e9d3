--- sd.dynamics.best_response: some players answer what the others chose, the others descend:
--
--   for j in respond: p_j <- the best choice of player j for the newest p;
--   then, at once, for every other player i: p_i(t+1) = p_i(t) + U_i(F_i(p)),
--
-- all with one sample: an answer is the best one to the loss of this sample. In a game with an
-- objective the others' step is then that of gradient descent on max_y L(., y), by the envelope
-- theorem; with other losses F_i leaves out how the answer depends on p_i.
--
-- `respond` is a player or a list (default: those whom the game gives a closed form, best.<j>).
-- The others of the list answer by k steps of their optimiser from where they are (k = n or
-- {player = n}); players with a closed form need no optimiser.
--
-- "GD with optimal discriminator": Y. Balaji et al., Understanding overparameterization in GANs,
-- ICLR 2021, section 2; J. M. Danskin, The theory of max-min, 1967.
local play = require "saddle.dynamics.play"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

--- The list of the players that respond, and the set of them.
local function responders(self, given)
  if given.respond ~= nil then return self:listed("respond", given.respond) end
  local names = {}
  for _, j in ipairs(self.game.players) do
    if self.game.best[j] then names[#names + 1] = j end
  end
  if #names == 0 then
    fail "best_response: the game has no `best`: name in `respond` who responds, and give k"
  end
  return self:listed("respond", names)
end

--- The set of those that respond in closed form.
local function closed_forms(self, given)
  local closed = {}
  for _, j in ipairs(responders(self, given)) do closed[j] = self.game.best[j] end
  return closed
end

--- For each that responds without closed form, how many steps.
local function inner_steps(self, list, k)
  for _, j in ipairs(list) do
    if not self.game.best[j] and (k == nil or type(k) == "table" and k[j] == nil) then
      fail("best_response: '%s' has no closed form and responds by steps: say how many in k", j)
    end
  end
  return self:counts(k, 1)
end

--- sd.dynamics.best_response(game, {optim =[, respond =, k =]}) -> {init =, step =}
return function(game, given)
  local self = play.new("best_response", game, given, { "k", "optim", "respond" }, closed_forms)
  local list, responds = responders(self, given)
  local k = inner_steps(self, list, given.k)
  return self:dynamics(function(p, o, t, rng)
    local sample, after = self:sample(rng), {}
    for _, j in ipairs(list) do
      local own
      if game.best[j] then
        own = game:respond(j, p, table.unpack(sample, 1, sample.n))
      else
        own, after[j] = self:turn(j, k[j], p, o, t, rng, sample)
      end
      p = tree.with(p, j, own)
    end
    local moved = p
    for _, i in ipairs(game.players) do
      if not responds[i] then
        local own
        own, after[i] = self:apply(i, self:gradient(i, p, sample), p[i], o[i], t)
        moved = tree.with(moved, i, own)
      end
    end
    return moved, after, rng
  end)
end
