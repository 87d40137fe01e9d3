-- Random numbers: streams that do not disturb one another, numbers that stay where they are.
local sd = require "saddle"
local rng = sd.rng(1)
local data, weights = rng:split "data", rng:split "weights" -- children; rng itself does not move

local X = data:randn(2, 1000)
print("mean and deviation:", sd.mean(X), sd.std(X))
print("weights:", weights:rand() == sd.rng(1):split("weights"):rand()) -- whatever data has drawn

-- A larger draw begins with the smaller one: 10 more samples do not change the first 5.
local few, more = sd.rng(7):randn(2, 5), sd.rng(7):randn(2, 15)
print("the first five:", few == more:col(1, 5))

-- Five minibatches of 200 cover an epoch of 1000, each sample once.
local seen = sd.zeros(1, 1000)
for t = 1, 5 do seen = sd.scatter_add(seen, data:minibatch(1000, 200, t), 1) end
print("covered:", sd.min(seen), sd.max(seen))
