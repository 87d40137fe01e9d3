--- The game of the over-parameterised-GAN paper's general results (Balaji et al., ICLR 2021, (7),
-- (10), (12)), for a function f with m outputs and y (m x 1):
--
--   min over theta, max over d of   h(theta, d) = <d, f(theta) - y> - |d|^2/2
--
-- The best d is f(theta) - y, which leaves |f(theta) - y|^2/2 to descend, (9). With J the Jacobian
-- of f, r = f(theta) - y, and steps eta of theta and mu of d, descent-ascent (8) is
--
--   at once   d+ = (1 - mu) d + mu r(theta),   theta+ = theta - eta J(theta)' d
--   in turn   d first, K times, and theta then sees the new d
--
-- What a generator and a discriminator need to be this game: f is the mean of psi(G(z_i)) and y
-- that of psi(x_i), for the discriminator <d, psi(x)>, with psi the identity or fixed features.
local sd = require "saddle"

local bilinear = {}

--- The game of f and y: players "theta" and "d", with the best d in closed form.
function bilinear.game(f, y)
  return sd.game { min = "theta", max = "d",
    objective = function(q) return sd.dot(q.d, f(q.theta) - y) - sd.dot(q.d, q.d) / 2 end,
    best = { d = function(q) return f(q.theta) - y end } }
end

local function plain(o)
  return { theta = sd.optim.sgd { lr = o.eta }, d = sd.optim.sgd { lr = o.mu } }
end

--- Descent-ascent with steps o.eta and o.mu: at once, or in turn after o.ascents steps of d.
function bilinear.gda(f, y, o)
  local turns = o.ascents and { mode = "alternating", k = { d = o.ascents } } or {}
  turns.optim = plain(o)
  return sd.dynamics.gda(bilinear.game(f, y), turns)
end

--- Descent with the best d: theta+ = theta - o.eta J(theta)' r(theta).
function bilinear.gd(f, y, o)
  return sd.dynamics.best_response(bilinear.game(f, y),
    { optim = { theta = sd.optim.sgd { lr = o.eta } } })
end

--- T steps of the dynamics from `start` = {theta =, d =} -> history: what record(p) gives of the
-- parameters, a column for each t = 0, ..., T.
function bilinear.run(dynamics, start, T, record)
  local _, h = sd.compile(dynamics.step):iterate(dynamics.init(start), T,
    { every = 1, record = function(s) return record(s.p) end })
  return h
end

return bilinear
