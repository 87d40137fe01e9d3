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
  local net = {}

  --- net.f(W) -> f(W) (m x 1)
  function net.f(W) return V * sd.mean(sd.relu(W * Z), { dim = 2 }) end

  --- net.singular_values(W) -> the min(m,k) largest singular values of the m x kq Jacobian, in
  -- closed form (equation (34)): those of V D / n with D(l,l) = |sum_i z_i relu'(w_l . z_i)|.
  function net.singular_values(W)
    local D = sd.norm(sd.ge(W * Z, 0) * Z:t(), { dim = 2 })
    return sd.svdvals(V % D:t() / Z.cols)
  end

  return net
end

--- Takes `step` until |f(W) - xbar| <= o.tol, or o.steps times. Returns W, the last residual's norm
-- and the number of steps taken.
local function descend(net, state, xbar, o, step)
  local function size(s) return sd.norm(xbar - net.f(s.W)) end
  local s, h = sd.compile(step):iterate(state, o.steps,
    { stop = function(s) return sd.le(size(s), o.tol) end })
  return s.W, size(s), h.n
end

--- Simultaneous gradient descent-ascent (equation (3)) from d = 0: both players read the old
-- values. o = {eta=, mu=, steps=, tol=}; returns as descend.
function one_hidden.gda(net, W, xbar, o)
  local function loss(p) return sd.dot(p.d, xbar - net.f(p.W)) - sd.norm(p.d) ^ 2 / 2 end
  return descend(net, { W = W, d = sd.zeros(xbar.rows, 1) }, xbar, o, function(s)
    local g = sd.grad(loss)(s)
    return { W = s.W - o.eta * g.W, d = s.d + o.mu * g.d }
  end)
end

--- Gradient descent on |f(W) - xbar|^2 / 2, which the optimal discriminator leaves.
-- o = {eta=, steps=, tol=}; returns as descend.
function one_hidden.gd(net, W, xbar, o)
  local function loss(U) return sd.norm(xbar - net.f(U)) ^ 2 / 2 end
  return descend(net, { W = W }, xbar, o, function(s)
    return { W = s.W - o.eta * sd.grad(loss)(s.W) }
  end)
end

return one_hidden
