-- Gradient descent-ascent on the bilinear game min_x max_y x'By - |y|^2/2: the least-squares
-- problem in disguise. It contracts when eta |B|^2 < 1; past that it diverges.
local sd = require "saddle"
local rng = sd.rng(7)
local B = rng:randn(5, 5)
local beta = sd.norm(B, 2)

local function residual_after(steps, eta, mu)
  local x, y = sd.ones(5, 1), sd.zeros(5, 1)
  for _ = 1, steps do
    x, y = x - eta * (B * y), y + mu * (B:t() * x - y) -- simultaneous: both read the old values
  end
  return sd.norm(B:t() * x)
end

for _, ratio in ipairs { 0.125, 0.9, 1.1 } do
  local residual = residual_after(2000, ratio / beta ^ 2, 1)
  print(("eta |B|^2 = %.3f: |B'x| after 2000 steps = %.3g"):format(ratio, residual))
end
