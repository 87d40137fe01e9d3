-- An optimiser of one's own: the formula of a paper as a Lua function, which is compiled into the
-- loop like the built-in ones. Here AMSGrad (Reddi, Kale, Kumar 2018): Adam whose second moment
-- never falls.
local sd = require "saddle"

local amsgrad = sd.optim.rule { name = "amsgrad", hyper = { lr = 1e-3, b1 = .9, b2 = .99 },
  init = function(p) return { m = 0 * p, v = 0 * p, most = 0 * p } end,
  step = function(g, s, _, h)
    local m, v = h.b1 * s.m + (1 - h.b1) * g, h.b2 * s.v + (1 - h.b2) * g ^ 2
    local most = sd.map(sd.max, s.most, v)
    return -h.lr * m / (sd.sqrt(most) + 1e-8), { m = m, v = v, most = most }
  end }

local function loss(p) return sd.sum((p.W * p.W:t() - sd.eye(3)) ^ 2) + (p.a - 2) ^ 2 end
local decay = sd.optim.cosine { from = 0.1, steps = 2000 } -- a hyper-parameter may be f(t)

for _, optimiser in ipairs { amsgrad { lr = decay }, sd.optim.adam { lr = decay } } do
  local function step(s)
    local move, o = optimiser.update(sd.grad(loss)(s.p), s.o, s.p, s.t)
    return { p = s.p + move, o = o, t = s.t + 1 }
  end
  local p = { W = sd.rng(1):randn(3, 4), a = 0 }
  local s = sd.compile(step):iterate({ p = p, o = optimiser.init(p), t = 1 }, 2000)
  print(optimiser, loss(s.p) < 1e-12)
end
