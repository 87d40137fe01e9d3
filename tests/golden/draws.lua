-- Draws are the same bits on every machine, whatever its instruction set and number of threads.
local sd = require "saddle"

local rng = sd.rng(2021, "golden")
local function show(name, x)
  local words = {}
  for k = 1, #x do words[k] = ("%a"):format(x(k)) end
  print(name, table.concat(words, " "))
end

show("rand", rng:rand(2, 2))
show("randn", rng:randn(2, 2))
show("randint", rng:randint(1000, 1, 4))
show("gamma", rng:gamma(0.3, 1, 3))
show("truncated", rng:truncated_normal(10, 11, 1, 3))
show("permutation", rng:permutation(6))
show("minibatch", rng:minibatch(1000, 4, 300))
show("split", rng:split "child":randn(1, 3))
print(rng)
