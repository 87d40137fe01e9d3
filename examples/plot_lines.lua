-- Lines on a log axis, a reference line, a marked iteration: the figure of most convergence runs.
-- Run it with: build/saddle examples/plot_lines.lua
local sd = require "saddle"

local t, descent, momentum = {}, {}, {}
for k = 1, 300 do
  t[k] = k
  descent[k] = 0.98 ^ k
  momentum[k] = 0.95 ^ k + 1e-6
end

local path = sd.plot {
  { x = t, y = descent, label = "gradient descent" },
  { x = t, y = momentum, label = "momentum" },
  title = "Distance to the solution", xlabel = "iteration", ylabel = "distance", ylog = true,
  hline = { 1e-6, label = "round-off in f32" }, vline = { 90, label = "momentum at 1e-2" },
  file = "plot_lines.svg",
}
print(path)
