--- Functions f for the game of bilinear.lua, whose Jacobians J are known not to change much.
--
-- The theorems of the over-parameterised-GAN paper (A.4, A.11) ask for eps >= |J(theta) - J0| on a
-- whole ball around the start, which no search proves. Each family here has a bound in closed form:
--
--   families[name](p, rng) -> f, theta0, eps     f(theta) is (m,1); eps(R) >= |J - J0|, spectral,
--                                                for all theta within R of theta0
local sd = require "saddle"
local one_hidden = require "one_hidden"

local families = {}

--- f = B theta: J is B everywhere. p has m and size.
function families.linear(p, rng)
  local B = rng:randn(p.m, p.size) / math.sqrt(p.size)
  return function(theta) return B * theta end, sd.zeros(p.size, 1), function() return 0 end
end

--- f = B theta + c C tanh(D theta) with C and the rows of D orthonormal, from theta = 0: J - J0 is
-- -c C diag(tanh^2) D, and |tanh u| <= min(|u|, 1). p has m, size and c.
function families.tanh(p, rng)
  local B = rng:randn(p.m, p.size) / math.sqrt(p.size)
  local C, D = rng:orthogonal(p.m), rng:orthogonal(p.size, p.m):t()
  return function(theta) return B * theta + p.c * (C * sd.tanh(D * theta)) end,
    sd.zeros(p.size, 1), function(R) return p.c * math.min(R, 1) ^ 2 end
end

--- The one-hidden-layer generator: linear in W as long as no w_l z_i changes its sign, for which W
-- must move by |w_l z_i| / |z_i| at least. Beyond that nothing is known. p has m, k, d and n.
function families.relu(p, rng)
  local V, Z = rng:randn(p.m, p.k), rng:randn(p.d, p.n)
  local W = rng:randn(p.k, p.d)
  local safe = sd.min(sd.abs(W * Z) / sd.norm(Z, { dim = 1 }))
  return one_hidden.new(V, Z).f, W, function(R) return R < safe and 0 or math.huge end
end

-- ---- networks of tanh ---------------------------------------------------------------------------
-- Along a chain h = W_L tanh(... tanh(W_1 z)) three numbers bound, for all weights within R of the
-- start: `size` the length of h, `slope` that of its derivative in a unit direction of the weights,
-- `bend` that of its second derivative. With w = |W| + R for a trained matrix, and directions that
-- share their length between W and what is below it,
--
--   W h       size w,   slope (size^2 + (w slope)^2)^(1/2),   bend slope + w bend
--   tanh h    size at most root of rows,   slope as it is,   bend + slope^2 max |tanh''|
--
-- and R times the bend of the whole bounds the change of J.

local TANH_BEND <const> = 4 / (3 * math.sqrt(3)) -- max |tanh''|, where tanh^2 = 1/3

--- The bend of the chain `layers` at a latent point of that length.
local function bend_of(layers, length, R)
  local size, slope, bend = length, 0, 0
  for _, layer in ipairs(layers) do
    if layer.trained then
      local w = layer.norm + R
      size, slope, bend = w * size, math.sqrt(size ^ 2 + (w * slope) ^ 2), slope + w * bend
    else
      size, slope, bend = layer.norm * size, layer.norm * slope, layer.norm * bend
    end
    if layer.bounded then
      size, bend = math.min(size, math.sqrt(layer.rows)), bend + TANH_BEND * slope ^ 2
    end
  end
  return bend
end

--- The weights of a network as layers; `last` says whether tanh comes after the last one, too.
local function layers_of(weights, trained, last, list)
  for l, layer in ipairs(weights) do
    list[#list + 1] = { norm = sd.norm(layer.W, 2), rows = layer.W.rows, trained = trained,
      bounded = last or l < #weights }
  end
  return list
end

--- f(theta) = the mean of psi(G(z_i)), theta the weights of the network G in a column; psi = nil is
-- the identity. Z holds the z_i.
local function network(G, weights, psi, Z, layers)
  local theta, unravel = sd.ravel(weights)
  local function f(q)
    local x = G.apply(unravel(q), Z)
    return sd.mean(psi and psi(x) or x, { dim = 2 })
  end
  return f, theta, function(R)
    local total = 0
    for i = 1, Z.cols do total = total + bend_of(layers, sd.norm(Z:col(i)), R) end
    return R * total / Z.cols
  end
end

--- A network of two layers of tanh, all weights trained, and a linear discriminator: p has m, k, d
-- and n.
function families.mlp(p, rng)
  local G = sd.model.deep { p.d, p.k, p.k, p.m, act = "tanh" }
  local weights = G.init(rng)
  return network(G, weights, nil, rng:randn(p.d, p.n), layers_of(weights, true, false, {}))
end

--- A deep generator of images with q elements, and a discriminator of m deep random features
-- (section 2.4): p has m, q, k, d and n.
function families.deep(p, rng)
  local G = sd.model.deep { p.d, p.k, p.q, act = "tanh" }
  local D = sd.model.random_feature { p.q, p.k, p.m, act = "tanh" }
  local weights, features = G.init(rng), D.init(rng)
  local layers = layers_of(weights, true, false, {})
  layers_of(features, false, true, layers)
  return network(G, weights, function(x) return D.features(features, x) end, rng:randn(p.d, p.n),
    layers)
end

return families
