-- A sweep over two step sizes as a heat map on log axes: the spectral radius of one step of
-- simultaneous descent-ascent on min_x max_y x y + (x^2 - y^2) / 2; below 1 the step contracts.
-- Run it with: build/saddle examples/plot_heat.lua
local sd = require "saddle"

local n = 25
local eta = sd.logspace(-2, 1, n)
local radius = sd.zeros(n, n)
for i = 1, n do
  for j = 1, n do
    local a, b = eta(j), eta(i) -- steps of x and of y; the step is [1-a, -a; b, 1-b]
    local half_trace, det = 1 - (a + b) / 2, (1 - a) * (1 - b) + a * b
    local disc = half_trace ^ 2 - det
    local r = disc < 0 and math.sqrt(det) or math.abs(half_trace) + math.sqrt(disc)
    radius:set(i, j, r)
  end
end

print(sd.plot.heat(radius, {
  x = eta, y = eta, xlog = true, ylog = true, zlog = true, zlabel = "spectral radius",
  title = "One step of descent-ascent", xlabel = "step of x", ylabel = "step of y",
  file = "plot_heat.svg",
}))
