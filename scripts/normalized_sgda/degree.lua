--- Activations of degree 1 and 2 in place of the cube, in the model of two_modes.lua, and the
-- generators that they cannot tell from the data (section 4.1 of the normalised-SGDA paper: "the
-- generator can fool the discriminator by only matching the first and second moments").
--
--   degree 1   sigma(u) = u: f(X) is linear in X
--   degree 2   sigma(u) = u^2 up to |u| = Lam, and its tangents beyond: f is a quadratic form in X
--   degree 3   that of the model
--
-- For a D of degree 1 (2), f is linear in theta = (a sum_i w_i, b) (in (a sum_i w_i w_i', b)), and
-- E L concave in theta, with the gradient (E X - E G)/2 ((E X X' - E G G')/2) at theta = 0, where D
-- is 1/2 and E L = -2 log 2. So a G with those moments fools all such D at once: none has E L above
-- -2 log 2, and none is better than no D at all.
local sd = require "saddle"
local two_modes = require "two_modes"

local degree = {}

--- sigma of degree 1 or 2, for two_modes.new; nil for the model's own of degree 3.
function degree.sigma(k, Lam)
  if k == 1 then return function(u) return u end end
  if k == 2 then
    return function(u)
      local c = sd.clamp(u, -Lam, Lam)
      return c % (2 * u - c)
    end
  end
end

--- two_modes.new(o) with an activation of that degree.
function degree.model(o, k)
  local all = { sigma = degree.sigma(k, o.d ^ 0.2) }
  for name, v in pairs(o) do all[name] = v end
  return two_modes.new(all)
end

--- E X X' of the columns of X with these weights (a row).
local function second(X, weights) return X * (X % weights):t() end

--- V (n x m_G) of a generator whose columns are all along E X, and E G = E X.
function degree.matching_mean(model)
  local mean = model.X * sd.matrix(model.weights)
  local count = sd.sum(model.Z * model.latent_weights:t()) -- E |z|
  return (mean / count) * sd.ones(1, model.mG)
end

--- V of a generator with E G G' = E X X', whose columns are half way between +-u_1 and +-u_2 (in
-- case 2; for correlated modes nearly so): S_X^(1/2) R S_z^(-1/2) with rows of R orthonormal. The
-- columns of R are along (1, 1) and (1, -1) in turn; m_G is even, else they are not orthonormal.
function degree.matching_second(model)
  local m = model.mG
  local R = sd.zeros(2, m)
  for j = 1, m do
    R:set(1, j, 1 / math.sqrt(m))
    R:set(2, j, (j % 2 == 1 and 1 or -1) / math.sqrt(m))
  end
  local Q = sd.qr(model.U) -- an orthonormal basis of the plane of the modes
  local plane = second(Q:t() * model.X, sd.matrix { model.weights })
  return Q * (sd.sqrtm(plane) * R * sd.inv(sd.sqrtm(second(model.Z, model.latent_weights))))
end

return degree
