--- The one-hidden-layer generator of the over-parameterised-GAN paper (Balaji et al., ICLR 2021,
-- section 2) with a linear discriminator D(x) = <d, x>:
--
--   G(z) = V relu(W z),   L(W, d) = <d, xbar - f(W)> - |d|^2/2,   f(W) = (1/n) sum_i G(z_i)
--
-- V (m x k) is random and fixed, W (k x q) is trained, Z (q x n) holds the latent points as
-- columns, and xbar (m x 1) is the mean of the data. No biases; relu'(0) = 1.
local sd = require "saddle"

local one_hidden = {}

--- one_hidden.new(V, Z) -> net with the two functions below.
function one_hidden.new(V, Z)
  local Vt, Zt, n = V:t(), Z:t(), Z.cols
  local net = {}

  --- net.vjp(W) -> f(W) (m x 1), pullback: u (m x 1) -> J(W)'u as a k x q matrix, where
  -- J(W)'u = (1/n) diag(V'u) Phi Z',  Phi(l,i) = relu'(w_l . z_i).
  function net.vjp(W)
    local H = W * Z
    local slopes = sd.ge(H, 0)
    local function pullback(u) return (Vt * u) % (slopes * Zt) / n end
    return V * sd.mean(sd.relu(H), { dim = 2 }), pullback
  end

  --- net.singular_values(W) -> the min(m,k) largest singular values of the m x kq Jacobian, in
  -- closed form (equation (34)): those of V D / n with D(l,l) = |sum_i z_i relu'(w_l . z_i)|.
  function net.singular_values(W)
    local D = sd.norm(sd.ge(W * Z, 0) * Zt, { dim = 2 })
    return sd.svdvals(V % D:t() / n)
  end

  return net
end

--- Descends until |f(W) - xbar| <= tol, or for `steps` steps: W' = W + eta J(W)'d, where
-- discriminator(r) gives d from the residual r = xbar - f(W). Returns W, the last residual's norm
-- and the number of steps taken.
local function descend(net, W, xbar, o, discriminator)
  for t = 0, o.steps do
    local f, pullback = net.vjp(W)
    local r = xbar - f
    local size = sd.norm(r)
    if t == o.steps or size <= o.tol then return W, size, t end
    W = W + o.eta * pullback(discriminator(r))
  end
end

--- Simultaneous gradient descent-ascent (equation (3)) from d = 0: the generator sees the old d,
-- while d' = d + mu (r - d). o = {eta=, mu=, steps=, tol=}; returns as descend.
function one_hidden.gda(net, W, xbar, o)
  local d = sd.zeros(xbar.rows, 1)
  return descend(net, W, xbar, o, function(r)
    local old = d
    d = d + o.mu * (r - d)
    return old
  end)
end

--- Gradient descent with the optimal discriminator d = r, which leaves |f(W) - xbar|^2 / 2 to be
-- minimised. o = {eta=, steps=, tol=}; returns as descend.
function one_hidden.gd(net, W, xbar, o)
  return descend(net, W, xbar, o, function(r) return r end)
end

return one_hidden
