--- The measure of convergence in Figure 1 of the normalised-SGDA paper, on the two-mode model:
--
--   R_t = |g_G(t)|/|g_G(0)| + |g_D(t)|/|g_D(0)|
--
-- |.| being the sum of the norms of a player's parameters, and g the gradients of the exact
-- expectation of the loss, without the noise of samples. R_0 is 2, not 1: what the paper says stays
-- near 1 can only be R_t / 2. In this model R rises before it can fall, by orders of magnitude: the
-- start is close to the saddle point 0, where the gradients are small.
local sd = require "saddle"
local contest = require "contest"
local minibatch = require "minibatch"
local outcome = require "outcome"

local gradient_ratio = {}

--- |g_G| and |g_D| of the expected loss at p: numbers, or symbols of them.
function gradient_ratio.sizes(model, p)
  local of_s, of_z = sd.matrix(model.weights), model.latent_weights:t()
  local g = sd.grad(function(q) return minibatch.gain(model, q, of_s, of_z) end)(p)
  return sd.norm(g.G.V), sd.norm(g.D.W) + sd.abs(g.D.a) + sd.abs(g.D.b)
end

--- A run of contest.start with about `records` records: t and R_t / 2 (rows), `late`, the mean of
-- R_t / 2 over the last tenth, and what outcome.classes says of the end. All of a run that diverged
-- is there but for `late`, which is NaN, and its modes, of which it has none.
function gradient_ratio.follow(p, optim, at, rng, records)
  local start = contest.start(p, optim, at, rng)
  local s, h = start.plan:iterate(start.state, p.steps, {
    every = math.max(1, p.steps // records),
    record = function(s)
      local G, D = gradient_ratio.sizes(start.model, s.p)
      return { G = G, D = D }
    end })
  local half = 0.5 * (h.G / h.G(1) + h.D / h.D(1))
  local found = { t = h.t, half = half, diverged = h.status == "diverged" }
  local classes = outcome.classes(start.model, s.p.G.V)
  found.modes = found.diverged and 0 or classes.mode
  found.both = not found.diverged and classes.both
  found.late = found.diverged and 0 / 0 or sd.mean(half:col(-math.max(1, #half // 10), -1))
  return found
end

return gradient_ratio
