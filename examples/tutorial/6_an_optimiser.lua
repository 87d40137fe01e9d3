-- 6. An optimiser of your own, in one small function: it is compiled into the loop like those that
-- are built in. This one, for play, steps along the sign of a momentum that forgets on a reversal.
local sd = require "saddle"

local forgetful = sd.optim.rule { name = "forgetful", hyper = { lr = 1e-3, b = 0.9 },
  init = function(p) return { m = 0 * p } end, -- what it keeps: a tree like p
  step = function(g, s, _, h)                  -- what is added to p, and what is kept
    local m = sd.map(function(gi, mi) return sd.where(sd.lt(gi % mi, 0), gi, h.b * mi + gi) end,
      g, s.m)
    return -h.lr * sd.sign(m), { m = m }
  end }

-- Against the others: Rosenbrock's valley, from the usual start. Any hyper-parameter may be a
-- function of the step, here one that falls to 0.
local function valley(p) return (1 - p.x) ^ 2 + 100 * (p.y - p.x ^ 2) ^ 2 end
local function last(optimiser, n)
  local function step(s)
    local move, o = optimiser.update(sd.grad(valley)(s.p), s.o, s.p, s.t)
    return { p = s.p + move, o = o, t = s.t + 1 }
  end
  local p = { x = -1.2, y = 1.0 }
  return valley(sd.compile(step):iterate({ p = p, o = optimiser.init(p), t = 1 }, n).p)
end
local n = 20000
local lr = sd.optim.linear { from = 0.01, to = 0, steps = n }
for _, optimiser in ipairs { forgetful { lr = lr }, sd.optim.adam { lr = lr },
  sd.optim.normalized { lr = lr } } do
  print(optimiser.name, ("%.1e"):format(last(optimiser, n)))
end

-- The same text, from `sd.optim.rule` on, in a file saddle/optim/forgetful.lua on package.path that
-- returns it: then it is sd.optim.forgetful, and "forgetful,lr=0.01" where an optimiser is named.
