-- Mean and spread of several runs as a line in a band, and their last values as a histogram.
-- Run it with: build/saddle examples/plot_spread.lua   (the picture goes to /tmp)
local sd = require "saddle"

local runs, steps = 200, 60
local A = sd.zeros(steps, runs) -- one run per column: a contraction with a random start
for j = 1, runs do
  local start = math.cos(7 * j) + 2
  for k = 1, steps do A:set(k, j, start * 0.95 ^ k) end
end

local mean, low, high, last = {}, {}, {}, {}
for k = 1, steps do
  local s, q = 0, 0
  for j = 1, runs do
    s, q = s + A(k, j), q + A(k, j) ^ 2
  end
  mean[k] = s / runs
  local deviation = math.sqrt(math.max(0, q / runs - mean[k] ^ 2))
  low[k], high[k] = mean[k] - deviation, mean[k] + deviation
end
for j = 1, runs do last[j] = A(steps, j) end

print(sd.plot {
  panels = {
    { { y = mean, lo = low, hi = high, label = "mean and one deviation" }, xlabel = "step" },
    { histogram = last, bins = 20, xlabel = "last value" },
  },
  title = "200 runs", columns = 2, file = "/tmp/plot_spread.svg",
})
