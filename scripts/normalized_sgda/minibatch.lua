--- Batches of the two-mode model (two_modes.lua) at a price that hardly depends on their size.
--
-- X and z take few values: a batch of B is how often each of them occurred. The mean of the loss
-- over the batch is then the sum over the values, weighted by their shares, and with
-- <w_i, X> = (W U) s and <w_i, G(z)> = (W V) z nothing of it has both d and B elements:
--
--   L = sum over s of share(s) log S(f(s)) + sum over z of share(z) log(1 - S(f(z)))
--
-- It is the loss of model:game(batch) on the same batch, added in another order.
local sd = require "saddle"

local minibatch = {}

--- f at points whose inner products with the neurons are P S (m_D x count): 1 x count.
local function logit(model, D, P, S)
  local cubic = sd.model.cubic { P.cols, model.mD, cutoff = model.Lam, tau = model.lambda }
  return cubic.apply({ a = D.a, b = D.b, W = P }, S)
end

--- The shares of the values 1..count among the indices (1 x B): count x 1.
function minibatch.shares(indices, count)
  return sd.scatter_add(sd.zeros(count, 1), indices:t(), sd.full(#indices, 1, 1 / #indices))
end

--- L of the shares of the values of s and of those of z (columns).
function minibatch.gain(model, p, of_s, of_z)
  local real = sd.log_sigmoid(logit(model, p.D, p.D.W * model.U, model.S))
  local fake = sd.log_sigmoid(-logit(model, p.D, p.D.W * p.G.V, model.Z))
  return sd.dot(real:t(), of_s) + sd.dot(fake:t(), of_z)
end

--- The game (6), each step on a fresh batch.
function minibatch.game(model, batch)
  return sd.game { min = "G", max = "D",
    sample = function(rng)
      return minibatch.shares(rng:categorical(model.weights, 1, batch), #model.weights),
        minibatch.shares(rng:categorical(model.latent_weights, 1, batch), model.Z.cols)
    end,
    objective = function(p, of_s, of_z) return minibatch.gain(model, p, of_s, of_z) end }
end

return minibatch
