-- An op of one's own, with a rule for its derivative: it works on matrices and symbols, under all
-- transforms and in compiled loops. Here Lambert's function W, w e^w = x for x >= 0, by Newton's
-- method; W' = 1 / (e^w (1 + w)).
local sd = require "saddle"

local lambert = sd.op {
  name = "lambert",
  run = function(x)
    local w = sd.log1p(x)
    for _ = 1, 20 do
      local e = sd.exp(w)
      w = w - (w % e - x) / (e % (1 + w))
    end
    return w
  end,
  vjp = function(dy, w) return dy / (sd.exp(w) % (1 + w)) end,
}

local x = sd.matrix { 0, 1, math.exp(1), 10 }
print(lambert(x):t())
print(sd.checkgrad(function(v) return sd.sum(lambert(v)) end, x).ok)

-- Second derivatives follow, since the rule is written in functions of sd.
print(sd.hvp(function(v) return sd.sum(lambert(v)) end, x, sd.ones(4, 1)):t())

-- In a compiled loop: solve w e^w = 5 for the argument whose W is 2, by gradient descent.
local step = function(s)
  return { x = s.x - 4 * sd.grad(function(v) return (lambert(v) - 2) ^ 2 end)(s.x) }
end
print(sd.compile(step):iterate({ x = 5 }, 500).x, 2 * math.exp(2))
