--- Equation (1) of the normalised-SGDA paper (S. Jelassi et al., 2022) has the critic maximise
--
--   E D(G(z)) - E D(x) + lambda E (|D'(y)| - 1)^2
--
-- so that it is paid for slopes far from 1: of the critics c D the value grows like
-- c^2 lambda E |D'|^2, and there is no largest one. With the penalty minimised, as it must be, the
-- slope stays of order 1. Here training on a mixture of 8 clouds with either, by plain
-- descent-ascent and by Adam: the mean slope |D'(y)| at the end, on a batch of 2048, is between 1/4
-- and 4, and nothing diverged.
--
-- The twin of the corrected form has the penalty's sign turned, which is the printed one.
local sd = require "saddle"
local duel = require "duel"
local mixture_gan = require "mixture_gan"

local POINTS <const> = 2048

--- The mean of |D'(y)|, y between data and samples of G.
local function mean_slope(gan, p, rng)
  local x, z = gan.law:draw(rng, POINTS):to "f32", gan:generate(p, POINTS, rng)
  local u = rng:rand(1, POINTS, { dtype = "f32" })
  local slopes = sd.grad(function(y) return sd.sum(gan.D.apply(p.D, y)) end)(x % u + z % (1 - u))
  return sd.mean(sd.norm(slopes, { dim = 1 }))
end

return sd.claim {
  id = "normalized_sgda.mixtures_penalty",
  source = "(1)",
  statement = "the gradient penalty holds the critic's slope near 1",
  surrogate = "near 1: between 1/4 and 4",
  unconditional = true,
  params = { steps = 500, optim = { "sgda", "adam" }, seed = sd.seeds(3),
    { loss = "wgan-gp" }, { loss = "printed", expect = "violated" } },
  smoke = { seed = 1 },
  full = { steps = 3000, seed = sd.seeds(10) },
  broken = { "maximised" },
  check = function(c, p)
    local gan = mixture_gan.of(duel.way { optim = p.optim, steps = p.steps, eta = 3.2e-3,
      loss = c.broken and "printed" or p.loss })
    local s, status = gan:train(c.rng, p.steps)
    local slope = mean_slope(gan, s.p, c.rng:split "slopes")
    c:conclude("training did not diverge", status == "diverged" and 1 or 0, "==", 0)
    c:conclude("the mean slope is not small", slope, ">=", 1 / 4)
    c:conclude("the mean slope is not large", slope, "<=", 4)
    c:note("slope", slope)
  end,
}
