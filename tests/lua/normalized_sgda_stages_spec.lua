--- scripts/normalized_sgda: coefficients in the span of the start, the flow, the log of stages.
package.path = "scripts/normalized_sgda/?.lua;" .. package.path
local sd = require "saddle"
local support = require "tests.lua.support"
local exponents = require "exponents"
local flow = require "flow"
local span = require "span"
local stage_log = require "stage_log"
local two_modes = require "two_modes"
local near, raises = support.near, support.raises

local function full(more)
  local o = { d = 60, mD = 3, mG = 4, a0 = 0.3, modes = sd.rng(5) }
  for name, v in pairs(more or {}) do o[name] = v end
  return two_modes.new(o)
end

describe("coefficients in the span of the start", function()
  for _, case in ipairs { 1, 2 } do
    it("are those that neurons were made with, case " .. case, function()
      local model = full { case = case, gamma = 0.2 }
      local p = model:init(sd.rng(1))
      local W, V = p.D.W:t(), p.G.V
      local s = span.new(model, p)
      local known = sd.rng(2):randn(9, 6)
      local A = model.U * known:row(1, 2)
      for i = 1, 3 do A = A + W:col(i) / sd.norm(W:col(i)) * known:row(2 + i) end
      for j = 1, 4 do A = A + V:col(j) / sd.norm(V:col(j)) * known:row(5 + j) end
      -- sums of 60 terms of about 1, divided by the least eigenvalue of E'E, above 0.1
      near(s:of(A), known, 1e-12)
      near(s:outside(A), sd.zeros(1, 6), 1e-12)
      near(s:of(W), sd.vcat(sd.zeros(2, 3), sd.diag(sd.norm(W, { dim = 1 }):t()),
        sd.zeros(4, 3)), 1e-13)
    end)
  end

  it("tell what has left the span", function()
    local model = full()
    local p = model:init(sd.rng(1))
    local s = span.new(model, p)
    local off = sd.rng(3):randn(60, 1)
    off = off - s.E * sd.lstsq(s.E, off)
    local inside = model.U:col(1)
    local a = sd.norm(off)
    near(s:outside(inside + off), sd.matrix { { a / math.sqrt(1 + a * a) } }, 1e-12)
  end)

  -- 300 steps, each of some 60 roundings: 300 * 60 * 2^-53 = 2e-12
  it("describe descent-ascent, plain and normalised, and not Adam", function()
    local model = full()
    local p = model:init(sd.rng(1))
    local s = span.new(model, p)
    local function left(o)
      local gda = model:gda { D = o, G = o }
      local last = sd.compile(gda.step):iterate(gda.init(p, sd.rng(4)), 300)
      return math.max(sd.max(s:outside(last.p.D.W:t())), sd.max(s:outside(last.p.G.V)))
    end
    assert(left(sd.optim.sgd { lr = 0.05 }) < 2e-12)
    assert(left(sd.optim.normalized { lr = 0.01, scope = "global" }) < 2e-12)
    assert(left(sd.optim.adam { lr = 0.01 }) > 0.1)
  end)

  it("are not unique of too many vectors", function()
    local model = full { d = 8 }
    raises("9 vectors have no unique coefficients in 8 coordinates", span.new, model,
      model:init(sd.rng(1)))
  end)
end)

describe("the flow", function()
  local model = two_modes.new { d = 500, mD = 3, mG = 3, a0 = 0.3, reduced = true }
  local start = model:init(sd.rng(3))

  -- Its steps change each of a few quantities by 1% at most: errors of order 1% a doubling, of
  -- which there are about 6; an error of twice that, 0.12, would be one of the method.
  it("has the solutions of the differential equation", function()
    local ratio = 20
    local run = flow.new(model, start, ratio)
    run:to(function(p) return sd.max(p.D.W * model.U) - 0.3 end)
    local game = model:population()
    local sol = sd.ode(function(_, p)
      local F = game:field(p)
      return { D = { a = -F.D.a, b = -F.D.b, W = -F.D.W }, G = { V = -ratio * F.G.V } }
    end, 0, start, 1e4, { rtol = 1e-7, atol = 1e-11,
      events = { { function(_, p) return sd.max(p.D.W * model.U) - 0.3 end, terminal = true } } })
    near(run.t / sol.reached, 1, 0.12)
    near(run.p.D.a / sol.last.D.a, 1, 0.12)
    near(sd.max(run.p.D.W * run.p.G.V) / sd.max(sol.last.D.W * sol.last.G.V), 1, 0.12)
  end)

  -- a da = h(X) S a and w dw = 3 h(X) S a while <w, u> is below Lam and G(z) is of order 1/d: a^2
  -- minus |W|^2/3 is off by the squares of steps, which are 1% of what has changed.
  it("conserves a^2 - |W|^2/3 while the generator sleeps", function()
    local run = flow.new(model, start, 0)
    run:to(function(p) return sd.max(p.D.W * model.U) - 1 end)
    local function charge(p) return p.D.a ^ 2 - sd.norm(p.D.W) ^ 2 / 3 end
    local changed = run.p.D.a ^ 2 - start.D.a ^ 2
    assert(changed > 0.1)
    near(charge(run.p), charge(start), 0.02 * changed)
  end)

  it("gives paths whose columns are states", function()
    local run = flow.new(model, start, 20)
    local path = run:to(function(_, t) return t - 5 end, 3)
    local count = path.t.cols
    assert.equal(3 * count, path.W.cols)
    near(path.W:col(1, 3), start.D.W:t(), 0)
    near(path.V:col(-3, -1), run.p.G.V, 0)
    assert.equal(run.t, path.t(-1))
  end)

  -- Once the generator has learnt, a relaxes at the rate J = E S(f)(1 - S(f)) h^2, above 1e3 here,
  -- while the rest moves by parts of itself a unit of time. The explicit method takes J steps for
  -- that; the flow some 300, to a point 1% of a step away.
  it("follows a where it is stiff", function()
    local stiff = two_modes.new { d = 1e5, mD = 3, mG = 2, a0 = 0.3, polylog = 2, reduced = true }
    local run, game = flow.new(stiff, stiff:init(sd.rng(1)), 20), stiff:population()
    run:to(function(p) return -p.D.a end)
    local from, at = run.p, run.t
    local path = run:to(function(_, t) return t - at - 3 end)
    local sol = sd.ode(function(_, p)
      local F = game:field(p)
      return { D = { a = -F.D.a, b = -F.D.b, W = -F.D.W }, G = { V = -20 * F.G.V } }
    end, 0, from, run.t - at, { rtol = 1e-7, atol = 1e-11 })
    local f = stiff:logit(sol.last.D, sol.last.G.V * stiff.Z)
    local h = flow.sums(stiff, sol.last.D.W, sol.last.G.V * stiff.Z)
    assert(sd.dot(stiff.latent_weights, sd.sigmoid(f) % sd.sigmoid(-f) % h ^ 2) > 1e3)
    assert(sol.last.D.a < 0 and path.n < 1000)
    near(run.p.D.a / sol.last.D.a, 1, 0.05)
    near(sd.norm(run.p.G.V) / sd.norm(sol.last.G.V), 1, 0.05)
  end)

  it("ends where the gradient has vanished", function()
    local run = flow.new(model, start, 0)
    local path = run:to(function() return -1 end)
    assert(run.converged and path.t(-1) == run.t)
    local length = sd.norm(model:population():field(run.p))
    -- the gradient is that of the step before, 1% away
    near(length * 500 ^ 2, 1, 0.05)
  end)

  it("says so when it does not arrive", function()
    raises("flow: done after 200000 steps", function()
      flow.new(model, start, 20):to(function(p) return p.D.a - 1e9 end, 100000)
    end)
  end)
end)

describe("the log of stages", function()
  local log = stage_log.new("balanced", sd.rng(1), { d = 1e10, rho = 0.1 })

  it("ends each stage where it should", function()
    local model, d = log.model, 1e10
    assert(log.B1.T < log.B2.T and log.B2.T < log.B3.T and log.B3.T < log.B4.T)
    local function in_1_percent(x, target)
      assert(x >= target and x <= 1.02 * target, ("%g is not %g"):format(x, target))
    end
    in_1_percent(sd.max(log.B1.p.D.W * model.U), 0.1)
    in_1_percent(sd.max(model.U:t() * log.B3.p.G.V), d ^ -0.49)
    assert(log.B4.p.D.a <= model.Lam ^ -2 * d ^ -0.25)
  end)

  it("has no stages after T_0, and infinity for their times", function()
    local none = stage_log.new("balanced", sd.rng(1), { d = 1e10, ratio = 1e-8, last = "B3" })
    assert(none.B2.T < none.T0.T)
    assert(none.B3 == nil and none:time "B3" == math.huge and none:time "T0" == none.T0.T)
    assert(log:time "T0" == math.huge)
  end)

  it("has lambda b move by 1/(d log d)^(1/2) where lambda is as reckoned", function()
    local other = stage_log.new("balanced", sd.rng(1), { d = 1e10, rho = 0.1, last = "B1",
      lambda = "as reckoned" })
    near(other.model.lambda ^ 2, log.model.lambda, 1e-15)
    near(other.model.pair, log.model.pair, 0)
  end)

  -- What lemma_F_15.lua says of d <= 1e12, seen without the flow: from T_B4 on one neuron of the
  -- generator goes back. Some hundred steps of 1%, hence 5%.
  it("has the generator go back when the differential equation has it", function()
    local turned = stage_log.new("balanced", sd.rng(3), { d = 1e3, rho = 0.1, mG = 2, polylog = 2,
      last = "B5" })
    local model, from = turned.model, turned.B4.p
    local function least(p) return sd.min(p.D.W:row(turned.star) * p.G.V) end
    local half = least(from) / 2
    assert(half > 0)
    local game, length = model:population(), turned.B5.T - turned.B4.T
    local sol = sd.ode(function(_, p)
      local F = game:field(p)
      return { D = { a = -F.D.a, b = -F.D.b, W = -F.D.W }, G = { V = -turned.ratio * F.G.V } }
    end, 0, from, 2 * length, { rtol = 1e-5, atol = 1e-9,
      events = { { function(_, p) return least(p) - half end, terminal = true } } })
    near(length / sol.reached, 1, 0.05)
  end)

  it("has one neuron of D alone", function()
    local p = log.B3.p
    local D = log:alone(p, log.star)
    near(log.model:logit(D, log.model.X), p.D.a * (p.D.W:row(log.star) * log.model.X) ^ 3
      + log.model.lambda * p.D.b, 1e-13)
  end)

  it("has changes that a loop over neurons has", function()
    local moved = log:changes("B3", "V", function(row, j) return row == 1 and j == 2 end)
    local most = 0
    for _, p in ipairs(log:states("B3", log.B3.path.t.cols)) do
      local now = log.span:of(p.G.V) - log.span:of(log.start.G.V)
      most = math.max(most, math.abs(now(1, 2)))
    end
    near(sd.max(moved) / most, 1, 1e-12)
  end)

  -- Each of 3 x 15 gradients is right to some 100 roundings of terms of its size
  it("has steps whose mean is the field of the population", function()
    local model, p = log.model, log.B3.p
    local sum = { W = 0 * p.D.W, V = 0 * p.G.V, a = 0, b = 0 }
    for k = 1, 3 do
      for l = 1, model.Z.cols do
        local weight = model.weights[k] * model.latent_weights(l)
        local step = log:one_step(p, model.X:col(k), model.Z:col(l))
        for name, v in pairs(sum) do sum[name] = v + weight * step[name] end
      end
    end
    local F = model:population():field(p)
    near(sum.W, -F.D.W, 1e-13 * sd.norm(F.D.W))
    near(sum.V, -F.G.V, 1e-13 * sd.norm(F.G.V))
    near(sum.a, -F.D.a, 1e-13 * math.abs(F.D.a))
    near(sum.b, -F.D.b, 1e-13 * math.abs(F.D.b))
  end)

  -- The flow is the limit of small steps: with eta_D = 0.002 single samples arrive at T_B1 but for
  -- their noise, of which there are T_B1/eta_D, above 2e4, draws: 3/sqrt(2e4) = 2%, amplified by
  -- the doublings before (5), and the resolution of the flow, 5% (above).
  it("has the times of plain descent-ascent on single samples", function()
    local one = stage_log.new("balanced", sd.rng(2), { d = 3000, rho = 0.1, last = "B1" })
    local model, eta = one.model, 0.002
    local gda = model:gda { D = sd.optim.sgd { lr = eta },
      G = sd.optim.sgd { lr = eta * one.ratio } }
    local _, h = sd.compile(gda.step):iterate(gda.init(one.start, sd.rng(7)), 200000, {
      stop = function(s) return sd.ge(sd.max(s.p.D.W * model.U), 0.1) end })
    near(eta * h.n / one.B1.T, 1, 0.15)
  end)
end)

it("two logarithms are worth 0.088 in a slope from 1e8 to 1e12, 0.016 from 1e48 to 1e60", function()
  near(exponents.slack(exponents.DIMENSIONS), 2 * math.log(1.5) / math.log(1e4), 1e-15)
  near(exponents.slack(exponents.FAR), 2 * math.log(1.25) / math.log(1e12), 1e-15)
  for _, ds in ipairs { exponents.DIMENSIONS, exponents.FAR } do
    local values, slack = {}, exponents.slack(ds)
    for k, d in ipairs(ds) do values[k] = d ^ -0.5 * math.log(d) ^ 2 end
    -- the fit over the points is not the chord between the ends: they differ by 2%
    near(sd.fit_loglog(ds, values), -0.5 + slack, 0.02 * slack)
  end
end)
