--- Which optimisers commute with rotations of the neurons' space, and with more coordinates that
-- are all 0: those whose step for gradients Q g is Q times the step for g, for all Q with
-- orthonormal columns. Plain and normalised descent do, with momentum or without; whatever has a
-- rate for each coordinate (Adam, AdaLR, AdaDir, RMSprop, Adagrad, signs) does not.
local sd = require "saddle"

local equivariant = {}

local NEURONS <const>, FEW <const>, MORE <const>, STEPS <const> = 3, 4, 7, 4

--- What an optimiser does with STEPS gradients of parameters {a, W}, W with a neuron in each
-- column, seen through Q (coordinates x FEW): the last step of a and, turned back, of W.
local function last_step(o, Q, rng)
  local p = { a = 0.5, W = Q * rng:randn(FEW, NEURONS) }
  local state, step = o.init(p), nil
  for t = 1, STEPS do
    step, state = o.update({ a = rng:randn(), W = Q * rng:randn(FEW, NEURONS) }, state, p, t)
    p = { a = p.a + step.a, W = p.W + step.W }
  end
  return sd.vcat(sd.matrix(step.a), (Q:t() * step.W):reshape(FEW * NEURONS, 1)),
    sd.norm(step.W - Q * (Q:t() * step.W))
end

--- How far an optimiser is from commuting with a rotation into more dimensions, in parts of its
-- step: some ulps, or of order 1. Measured on a few random gradients.
function equivariant.defect(o)
  local plain = last_step(o, sd.eye(FEW), sd.rng(1, "gradients"))
  local Q = sd.rng(1, "rotation"):orthogonal(MORE, FEW)
  local turned, outside = last_step(o, Q, sd.rng(1, "gradients"))
  return (sd.norm(turned - plain) + outside) / sd.norm(plain)
end

-- Steps of STEPS gradients are less than 1e3 roundings, each of 2^-53 of its terms.
local LIMIT <const> = 1e-12

--- Raises unless the optimiser of that player commutes with rotations.
function equivariant.check(player, o)
  local defect = equivariant.defect(o)
  if not (defect <= LIMIT) then
    error(("the reduced model needs dynamics that commute with rotations; the optimiser of %s, %s, "
      .. "does not (it is off by %.2g of its step): use the full model"):format(player, tostring(o),
      defect), 3)
  end
end

return equivariant
