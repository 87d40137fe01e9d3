--- sd.dynamics: how the players of a game (lua/saddle/game.lua) move.
--
--   gda(game, {optim =, mode =, order =, k =})      descent-ascent, at once or taking turns
--   extragradient(game, {optim =, fresh =})         a look ahead, then the step from there
--   optimistic(game, {optim =})                     the last gradient foretells the next
--   consensus(game, {optim =, gamma =})             descent on the field's length as well
--   best_response(game, {optim =, respond =, k =})  some players answer, the others descend
--
-- Each gives {init = function(p, rng) -> s, step = function(s) -> changed fields, game =}; a file
-- of that name in lua/saddle/dynamics has the equations, where F is the game's field and U_j(g) the
-- step that player j's optimiser makes of a gradient: -eta g for plain descent. `optim` is an
-- optimiser, or the name of one, for all players, or a table {player = one}.
--
--   local gda = sd.dynamics.gda(game, {optim = sd.optim.sgd{lr = 0.1}})
--   local s, h = sd.compile(gda.step):iterate(gda.init(p, rng), 1000)
--
-- With every gradient goes one sample, the same for value and derivatives. Frozen leaves stay.
local check = require "saddle.check"
require("saddle.tree").module()

local names = { "best_response", "consensus", "extragradient", "gda", "optimistic" }
local known = {}
for _, name in ipairs(names) do known[name] = true end

return setmetatable({}, { __names = names, __index = function(t, name)
  if not known[name] then check.unknown("dynamics", "dynamics", name, names) end
  rawset(t, name, require("saddle.dynamics." .. name))
  return rawget(t, name)
end })
