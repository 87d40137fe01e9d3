--- The singular values of the Jacobian of a softplus network's outputs with respect to its weights,
--
--   f(W)_j = V' softplus(W_1 x_j)   or, layers=2,   V' softplus(W_2 softplus(W_1 x_j))
--
-- with n samples of d entries, hidden layers of width k and m outputs, by three ways:
--
--   svd   of the formed Jacobian
--   qr    of its triangular factor by Cholesky-QR, checked; PyTorch has no such thing, and is timed
--         by svd again
--   gram  as roots of the eigenvalues of J J', which resolves only what lies above 1e-8 of the
--         largest. PyTorch forms J; saddle finds J J' from the structure of the network
--
-- The program by hand writes J, or J J' = sum over layers of (H'H) % (D'D), H what enters a layer
-- and D what comes back to it, without differentiating.
local function case(way, n, rest)
  local p = { n = n, d = 50, k = 400, m = 1, layers = 1, way = way }
  for name, value in pairs(rest or {}) do p[name] = value end
  return p
end

local cases, several, deep = {}, { m = 5 }, { layers = 2, k = 100 }
for _, way in ipairs { "svd", "qr", "gram" } do
  for _, n in ipairs { 50, 200, 400 } do cases[#cases + 1] = case(way, n) end
  cases[#cases + 1] = case(way, 40, several)
  cases[#cases + 1] = case(way, 200, deep)
end

return {
  title = "Jacobian, singular values", cases = cases, reference = 2, axis = "n", steps = 1,
  data = function(p, rng)
    local X, V = rng:randn(p.d, p.n), rng:randn(p.k, p.m) / p.k ^ .5
    local W1, W2 = rng:randn(p.k, p.d), rng:randn(p.k, p.k) / p.k ^ .5
    return { X = X, V = V, W1 = W1, W2 = p.layers == 2 and W2 or nil }
  end,
  targets = function(p) return { torch = ({ svd = 4, qr = 6, gram = 50 })[p.way] } end,
}
