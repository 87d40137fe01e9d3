-- Mean and spread of several runs as a line in a band, and their last values as a histogram.
-- Run it with: build/saddle examples/plot_spread.lua
local sd = require "saddle"

local runs, steps = 200, 60
local start = 2 + sd.rng(1):randn(1, runs)
local A = 0.95 ^ sd.linspace(1, steps, steps) * start -- a run a column: a contraction

local mean, deviation = sd.mean(A, { dim = 2 }), sd.std(A, { dim = 2 })

print(sd.plot {
  panels = {
    { { y = mean, lo = mean - deviation, hi = mean + deviation, label = "mean and one deviation" },
      xlabel = "step" },
    { histogram = A:row(-1), bins = 20, xlabel = "last value" },
  },
  title = "200 runs", columns = 2, file = "plot_spread.svg",
})
