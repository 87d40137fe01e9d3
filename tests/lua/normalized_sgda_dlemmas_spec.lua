--- scripts/normalized_sgda: the systems behind the lemmas on scalars and on the end of training.
package.path = "scripts/normalized_sgda/?.lua;" .. package.path
local sd = require "saddle"
local endgame = require "endgame"
local one_neuron = require "one_neuron"
local scalar_systems = require "scalar_systems"
local two_modes = require "two_modes"
local near = require("tests.lua.support").near

describe("endgame", function()
  it("has the cube up to Lam and its tangents beyond", function()
    local s, slope = endgame.cube(sd.matrix { -3, -1, 0.5, 2, 5 }, 2)
    near(s, sd.matrix { -20, -1, 0.125, 8, 44 }, 1e-14)
    near(slope, sd.matrix { 12, 3, 0.75, 12, 12 }, 1e-14)
  end)

  -- In one dimension with all arguments beyond Lam and Lam's cube negligible the system is linear:
  -- with k = 3 Lam^2, a' = -k p q, p' = -k a q, q' = Gamma k a p. In tau = integral of k q dt,
  -- a = a0 cosh(tau) - p0 sinh(tau), p = p0 cosh - a0 sinh: at a = 0, p^2 = p0^2 - a0^2.
  it("rotates a into nothing where all is linear", function()
    local Lam = 1e-3
    local path = endgame.balanced { p = sd.matrix { 1 }, Q = sd.matrix { 1 }, a = 0.6, Lam = Lam,
      Gamma = 4, G = 1, H = 1, coupling = 0 }
    -- 2 Lam^3 in s against 3 Lam^2 z: 1e-3 of it, and z stays above 0.8
    near(path.last.p, sd.matrix { 0.8 }, 1e-3)
    near(path.last.Q ^ 2, sd.matrix { 1 + 4 * 0.36 }, 1e-2)
  end)

  it("ends the dominant system with a = 0", function()
    local path = endgame.dominant { P = sd.eye(2), Q = sd.matrix { { 1, 0 }, { 0, 1 } }, a = 0.5,
      Lam = 1e-3, Gamma = 4, G = 1, H = sd.ones(2, 2) }
    near(path.last.a, 0, 1e-9)
    -- each q_j meets one p_i only: q' = 4 k a and a' = -2 k q, so that 2 q^2 + 4 a^2 is conserved
    near(sd.norm(path.last.Q, { dim = 1 }) ^ 2, sd.full(1, 2, 1.5), 1e-2)
  end)
end)

describe("scalar_systems", function()
  local start = { a = 0.5, c = 0.7, d = 0.4, b = 0.2 }

  -- Euler's steps of h: off by O(h), here within 1e-3 at h = 1e-4.
  it("solves the equations that it states", function()
    local S, tau, h = scalar_systems.sigmoid, 0.3, 1e-4
    local a, c, d, b, pull = start.a, start.c, start.d, start.b, 0
    for _ = 1, 20000 do
      local Sc, Sd = S(-a * c ^ 3 - b), S(-a * d ^ 3 - b)
      a, c, d, b, pull = a + h * (Sc * c ^ 3 + Sd * d ^ 3) / 2, c + h * 1.5 * Sc * c ^ 2 * a,
        d + h * 1.5 * Sd * d ^ 2 * a, b - h * tau * S(b), pull + h * a * c ^ 3 * S(b)
    end
    local y = scalar_systems.solve(start, sd.matrix { 2 }, { tau_b = tau })
    near(sd.vcat(y.a, y.c, y.d, y.b, y.pull), sd.matrix { a, c, d, b, pull }, 1e-3)
  end)

  it("conserves a^2 - (c^2 + d^2)/3", function()
    local y = scalar_systems.solve(start, sd.matrix { 1, 100, 1e4 }, {})
    for k = 1, 3 do
      near(scalar_systems.invariant { a = y.a(k), c = y.c(k), d = y.d(k) },
        scalar_systems.invariant(start), 1e-6) -- some hundred steps of 1e-9 each
    end
  end)

  it("has v blow up where 1/v_0 is used up", function()
    near(scalar_systems.generator(0.5, sd.matrix { 0, 1 }), sd.matrix { { 0.5, 1 } }, 1e-15)
    assert.equal(math.huge, scalar_systems.generator(0.5, sd.matrix { 2 })(1))
  end)
end)

describe("one_neuron", function()
  local o = { d = 1000, mD = 5, mG = 5, a0 = 0.3, gamma = 0.05, ratio = 1, eta = 0.02,
    steps = 20000, every = 50, seed = 4 }

  it("follows the neuron that is first, up to T_B3", function()
    local run = one_neuron.run(o)
    assert(run.first < run.third)
    assert(run.c(-1) > 1 and run.d(-1) > 1 and run.others < run.c(-1))
    -- the same run by the model alone
    local model = two_modes.new { d = o.d, mD = 5, mG = 5, a0 = 0.3, gamma = 0.05, reduced = true }
    local rng = sd.rng(o.seed, "normalized_sgda.one_neuron")
    local gda = model:gda({ D = sd.optim.sgd { lr = o.eta }, G = sd.optim.sgd { lr = o.eta } },
      model:population())
    local s = sd.compile(gda.step):iterate(gda.init(model:init(rng), rng),
      math.tointeger((run.t(-1) + 1e-9) // o.eta))
    near(run.a(-1), s.p.D.a, 0)
    near(run.b(-1), s.p.D.b * model.lambda, 0)
    near(run.beta(-1), sd.max(sd.sum(model.U, { dim = 2 }):t() * s.p.G.V), 1e-14)
    assert(sd.max(model.U:t() * s.p.G.V) >= o.d ^ -0.49)
  end)

  it("says that T_B3 was not reached", function()
    local short = {}
    for key, value in pairs(o) do short[key] = value end
    short.steps = 100
    local run = one_neuron.run(short)
    assert.is_nil(run.third)
    assert.is_nil(run.first)
  end)
end)
