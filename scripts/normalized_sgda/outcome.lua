--- What training came to, in the model of two_modes.lua: which modes the generator has.
--
-- Of a column v_j of V with c_l = <v_j, u_l>/|v_j|, in this order:
--
--   mode    c_1 > 0.95 or c_2 > 0.95
--   mix     c_1 > 0.4 and c_2 > 0.4
--   noise   |c_1| < 0.3 and |c_2| < 0.3
--   other   the rest: mostly a lopsided mixture
local sd = require "saddle"

local outcome = {}

outcome.MODE = 0.95 -- the cosine from which a neuron is a mode

--- <v_j, u_l>/|v_j| (2 x m_G); 0 of a column that is 0.
function outcome.cosines(model, V)
  return model.U:t() * V / sd.max(sd.norm(V, { dim = 1 }), 0x1p-1022)
end

--- The same of the discriminator: <w_i, u_l>/|w_i| (2 x m_D).
function outcome.of_discriminator(model, W) return outcome.cosines(model, W:t()) end

--- The number of neurons of each class: {mode=, mix=, noise=, other=}, and of these modes, those of
-- u_1 and of u_2, `first` and `second`; `both`: whether there are some of either.
function outcome.classes(model, V)
  local C = outcome.cosines(model, V)
  local pure = sd.gt(C, outcome.MODE)
  local is_mode = sd.max(pure, { dim = 1 })
  local is_mix = sd.min(sd.gt(C, 0.4), { dim = 1 }) % (1 - is_mode)
  local is_noise = sd.min(sd.lt(sd.abs(C), 0.3), { dim = 1 })
  local first, second = sd.sum(pure:row(1)), sd.sum(pure:row(2))
  local found = { mode = sd.sum(is_mode), mix = sd.sum(is_mix), noise = sd.sum(is_noise),
    first = first, second = second, both = first > 0 and second > 0 }
  found.other = V.cols - found.mode - found.mix - found.noise
  return found
end

--- The number of columns of V that are a mode, as classes counts them; V may be a symbol.
function outcome.pure(model, V)
  return sd.sum(sd.max(sd.gt(outcome.cosines(model, V), outcome.MODE), { dim = 1 }))
end

--- P over z that |G(z)/|G(z)| - u_l| <= radius, for l = 1, 2: exact (10). A radius of 0.3 is a
-- cosine of 0.955.
function outcome.hits(model, V, radius)
  local C = outcome.cosines(model, V * model.Z)
  -- |g - u|^2 = 2 - 2 <g, u> of unit vectors
  local near = sd.ge(C, 1 - radius ^ 2 / 2) * model.latent_weights:t()
  return near(1), near(2)
end

--- G(z) = alpha(z) (u_1 + u_2) + xi(z) of Theorem 4.1, for the columns of Z: alpha, |xi| (1 x count
-- each), and |<xi, u_l>|/|xi| (2 x count).
function outcome.mixture(model, V, Z)
  local G, both = V * (Z or model.Z), model.U:col(1) + model.U:col(2)
  local alpha = both:t() * G / sd.norm(both) ^ 2
  local xi = G - both * alpha
  local size = sd.norm(xi, { dim = 1 })
  return alpha, size, sd.abs(model.U:t() * xi) / size
end

--- What a run ended as: "diverged" (blown up), "stalled" (over its last tenth, in which it went
-- from `before` to `after`, no player's parameters moved by 1e-6 of their length), else "moving".
function outcome.status(history, before, after)
  if history.status == "diverged" then return "diverged" end
  for player in pairs(after) do
    if sd.norm(after[player] - before[player]) > 1e-6 * sd.norm(after[player]) then
      return "moving"
    end
  end
  return "stalled"
end

return outcome
