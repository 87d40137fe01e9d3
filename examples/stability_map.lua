-- Where descent-ascent comes to rest: the spectral radius of a step of min_theta max_d <d, r> -
-- |d|^2/2 over both step sizes, players moving at once or in turn. Stable is what lies left of and
-- below the closed condition: mu < 4/(2 - eta s) and eta s < 1 at once, mu < 4/(2 + eta s) in turn.
-- Run it with: build/saddle examples/stability_map.lua
local sd = require "saddle"

local etas, mus = sd.linspace(0.02, 1.6, 80), sd.linspace(0.05, 4, 80)

local function panel(dynamics, title)
  local radii = sd.stability.map { x = etas, y = mus, of = function(eta, mu)
    return sd.stability.bilinear { eta = eta, mu = mu, s = 1, dynamics = dynamics }
  end }
  local edge = { x = {}, y = {}, colour = "#000000", width = 2, label = "closed condition" }
  for k = 1, #etas do
    edge.x[k], edge.y[k] = etas(k), sd.stability.largest_mu(etas(k), dynamics)
  end
  return { { heat = radii, x = etas, y = mus }, edge, title = title, xlabel = "eta s",
    ylabel = "mu", zlabel = "spectral radius", palette = "diverging", zrange = { 0, 2 },
    legend = "below" }
end

print(sd.plot { panels = { panel("simultaneous", "At once"), panel("alternating", "In turn") },
  columns = 2, file = "stability_map.png" })

-- The same number from a real game: its field and a step of its dynamics, differentiated.
local game = sd.game { min = "G", max = "D", objective = function(p)
  return p.G * p.D - p.D ^ 2 / 2
end }
local dynamics = sd.dynamics.gda(game, { optim = { G = sd.optim.sgd { lr = 0.5 },
  D = sd.optim.sgd { lr = 1.5 } } })
local found = game:stability({ G = 0, D = 0 }, dynamics)
print(("%s: radius %.4f, a turn in %.1f steps"):format(found.verdict, found.radius, found.period))
