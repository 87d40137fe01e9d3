local sd, bench = require "saddle", require "tests.bench.bench"
local h, c, x = bench.load "h", bench.load "c", bench.load "x"

local function loss(u) return sd.sum((0.5 * h % u - c) % u) end

local written = sd.optim.rule { name = "written", hyper = { lr = 1e-3 },
  init = function(p) return { m = 0 * p, v = 0 * p, a = 0, b = 0 } end, -- a is 1 - 0.9^t, b so too
  step = function(g, s, _, hyper)
    local m, v = 0.9 * s.m + 0.1 * g, 0.999 * s.v + 0.001 * (g % g)
    local a, b = 0.9 * s.a + 0.1, 0.999 * s.b + 0.001
    return -hyper.lr * sd.sqrt(b) / a * (m / (sd.sqrt(v) + sd.sqrt(b) * 1e-8)),
      { m = m, v = v, a = a, b = b }
  end }

local function contestant(who, optimiser)
  local plan = sd.compile(function(s)
    local step, o = optimiser.update(sd.grad(loss)(s.x), s.o, s.x, s.t)
    return { x = s.x + step, o = o, t = s.t + 1 }
  end)
  local s = plan:iterate({ x = x, o = optimiser.init(x), t = 1 }, bench.p.steps)
  local value = bench.fingerprint(s.x - x)
  bench.report(who, value, function(n) s = plan:iterate(s, n) end, plan)
end

contestant("saddle", written {})
contestant("built-in", sd.optim.adam { lr = 1e-3 })
