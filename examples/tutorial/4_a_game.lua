-- 4. A game. Two players move on one tree of parameters: G descends what D ascends.
local sd = require "saddle"

-- The Dirac GAN (L. Mescheder and others, 2018): the data are at 0, the generator's point at p.G,
-- the discriminator is x -> p.D x. With r > 0 its slope at the data is penalised.
local function dirac(r)
  return sd.game { min = "G", max = "D",
    objective = function(p) return p.D * p.G - r / 2 * p.D ^ 2 end }
end

-- Descent-ascent with an optimiser for each player: by table, by name, or one of your own.
local function play(game, n)
  local gda = sd.dynamics.gda(game, { optim = sd.optim.sgd { lr = 0.1 } })
  local p = { G = 1.0, D = 0.0 }
  local s = sd.compile(gda.step):iterate(gda.init(p), n)
  return math.sqrt(s.p.G ^ 2 + s.p.D ^ 2), game:stability(p, gda).radius
end

-- Whether it comes to rest is told by the eigenvalues of a step. Without penalty they are
-- 1 +- 0.1i: the distance from the equilibrium grows by sqrt(1.01) a step.
for _, r in ipairs { 0, 1 } do
  local distance, radius = play(dirac(r), 200)
  print(("penalty %g: spectral radius %.5f, after 200 steps at distance %.3g (radius^200 = %.3g)")
    :format(r, radius, distance, radius ^ 200))
end

-- Other dynamics are one word away: here a look ahead, and then the step from there.
local game = dirac(0)
local ahead = sd.dynamics.extragradient(game, { optim = sd.optim.sgd { lr = 0.1 } })
print(("extragradient: spectral radius %.5f"):format(
  game:stability({ G = 1.0, D = 0.0 }, ahead).radius))

-- Next: 5_a_claim.lua, which turns the sentence above into something that can fail.
