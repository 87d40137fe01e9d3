--- sd.objective: functions of what models give and of parameters, to be minimised, maximised or
-- played for. They take matrices or symbols and give a number; their derivatives are those of the
-- ops they are made of.
--
--   least_squares(f, y[, {scale=1/2}])               scale |f - y|^2
--   log_loss(real, fake)  non_saturating(fake)       of logits (objective/gan.lua)
--   wasserstein(real, fake)  gradient_penalty(D, x, g, u[, {weight=10, length=1}])
--   bilinear power bent simplex                      maxima in closed form (objective/inner.lua):
--     tables of a function of the maximising variable, `value`, of where it is largest, `best`, and
--     of its largest value, `max`
--   barrier(V, {steepness=, tau=})                   keeps rows of V apart (objective/barrier.lua)
--
-- In a game:
--   local inner = sd.objective.bilinear
--   sd.game{min = "W", max = "d",
--     objective = function(p, x, z) return inner.value(p.d, x, V * sd.relu(p.W * z)) end,
--     best = {d = function(p, x, z) return inner.best(x, V * sd.relu(p.W * z)) end}}
local sd = require "saddle"
local check = require "saddle.objective.check"
local options = require "saddle.options"
local tree = require "saddle.tree"
tree.module()

local objective = { barrier = require "saddle.objective.barrier" }
for _, part in ipairs { "gan", "inner" } do
  for name, f in pairs(require("saddle.objective." .. part)) do objective[name] = f end
end

local SCALE = { options.number("scale", 1 / 2, options.POSITIVE) }

--- least_squares(f, y[, {scale=1/2}]) -> scale |f - y|^2, over all elements. 1/2: Oymak and
-- Soltanolkotabi, Overparameterized nonlinear learning, (2.1); 1: Song et al., Subquadratic
-- overparameterization for shallow neural networks, (16); 1/(2n): the mean over n samples.
function objective.least_squares(f, y, given)
  local scale = check.options("least_squares", given, SCALE)
  check.same("least_squares", "f", f, "y", y)
  local r = f - y
  return scale * sd.dot(r, r)
end

return require("saddle.check").directory("objective", "objective", objective)
