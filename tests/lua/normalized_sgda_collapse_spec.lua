--- scripts/normalized_sgda: who leads at the start, runs and where they end, activations of lower
-- degree.
package.path = "scripts/normalized_sgda/?.lua;" .. package.path
local sd = require "saddle"
local support = require "tests.lua.support"
local degree = require "degree"
local descent = require "descent"
local outcome = require "outcome"
local regimes = require "regimes"
local two_modes = require "two_modes"
local near = support.near

local function small(more)
  local o = { d = 50, mD = 3, mG = 4, a0 = 0.3, reduced = true }
  for name, v in pairs(more or {}) do o[name] = v end
  return two_modes.new(o)
end

describe("the correlations at the start", function()
  it("have maxima that a loop finds", function()
    local model = small()
    local p = model:init(sd.rng(1))
    local function dot(x, y)
      local s = 0
      for k = 1, model.n do s = s + x(k) * y(k) end
      return s
    end
    local A, B, C = -math.huge, -math.huge, -math.huge
    for i = 1, 3 do
      for l = 1, 2 do A = math.max(A, dot(p.D.W:row(i), model.U:col(l)) / 2) end
      for j = 1, 4 do B = math.max(B, dot(p.D.W:row(i), p.G.V:col(j)) / 4) end
    end
    for j = 1, 4 do
      for l = 1, 2 do C = math.max(C, dot(p.G.V:col(j), model.U:col(l))) end
    end
    local a, b, c = regimes.heads(model, p)
    near(a, A, 1e-14) -- sums of 9 terms below 1
    near(b, B, 1e-14)
    near(c, C, 1e-14)
    -- x -> 3 x |x| is increasing: maxima stay where they are
    near((regimes.heads(model, p, "printed")), 3 * 2 * A * math.abs(2 * A) / 2, 1e-13)
  end)

  it("fall into the cases of Lemma C.1", function()
    assert.same({ 1, 1, 2, 2, 0, 0, 3 }, {
      regimes.case(0.01, 10, 0.5), regimes.case(0.1, 10, 0.5), regimes.case(0.11, 10, 0.5),
      regimes.case(0.66, 10, 0.5), regimes.case(0.67, 10, 0.5), regimes.case(2, 10, 0.5),
      regimes.case(2.01, 10, 0.5) })
  end)

  it("lead by what is between the first and the second", function()
    near(regimes.lead(sd.matrix { { 1, -7 }, { 2, 3 } }), 0.5, 1e-15)
    assert.equal(math.huge, regimes.lead(sd.matrix { { 1, -7 }, { -2, -3 } }))
    assert.is_true(regimes.lead(sd.matrix { { -1, -2 } }) < 0)
  end)

  it("lead with the exact probability of two normal numbers", function()
    -- P(X >= c Y and Y >= c X) for c = 1 + delta, X the larger and positive: the angle of (X, Y) is
    -- within atan(1/c) + pi/2 of the axis of X, on either side of the diagonal
    local c = 1.25
    near(regimes.lead_probability(2, 0.25), 2 * (math.atan(1 / c) + math.pi / 2) / (2 * math.pi),
      1e-9) -- ten times the tolerance of sd.integrate
  end)

  it("have widths log d and log d loglog d", function()
    assert.same({ 7, 13 }, { regimes.widths(1000) })
  end)
end)

describe("what a column has learned", function()
  it("is told in the plane of the modes", function()
    local model = small { case = 1, gamma = 0.2 }
    local p = model:init(sd.rng(2))
    local u1, u2 = model.U:col(1), model.U:col(2)
    local away = sd.eye(model.n):col(5)
    local inside, even = regimes.learned(model, p, 2 * (u1 + u2) + 0 * away)
    near(inside, 1, 1e-14)
    near(even, 1, 1e-14)
    inside, even = regimes.learned(model, p, 3 * u1 + 4 * away)
    near(inside, 0.6, 1e-14)
    near(even, math.sqrt((1 + 0.2) / 2), 1e-14) -- the cosine of u_1 with u_1 + u_2
    local _, _, along = regimes.learned(model, p, 5 * p.D.W:row(2):t())
    near(along, 1, 1e-14)
  end)
end)

describe("a run", function()
  it("ends at the first a <= 0, and goes on past it when told to", function()
    local model = small()
    local o = { eta_D = 0.02, ratio = 30, steps = 4000 }
    local short = descent.new(model, o)(sd.rng(3))
    assert.equal("stopped", short.status)
    assert.is_true(short.zero.p.D.a <= 0)
    assert.equal(short.t, short.zero.t)
    for _, point in ipairs(descent.up_to_zero(short)) do
      assert.is_true(point.t == short.t or point.a > 0)
    end
    o.beyond = true
    local long = descent.new(model, o)(sd.rng(3))
    assert.equal(short.zero.t, long.zero.t)
    assert.is_true(long.zero.p.G.V == short.zero.p.G.V)
    assert.is_true(long.t > short.t)
  end)

  it("records the length of the exact gradient, which finite differences give", function()
    local model = small()
    local run = descent.new(model, { eta_D = 0.02, ratio = 1, steps = 10, records = 2 })(sd.rng(4))
    local p, population = model:init(sd.rng(4)), model:population()
    local theta, back = sd.ravel(p)
    local square, h = 0, 1e-5
    for k = 1, #theta do
      local up, down = theta:clone(), theta:clone()
      up:set(k, 1, theta(k) + h)
      down:set(k, 1, theta(k) - h)
      square = square + ((population:value(back(up)) - population:value(back(down))) / (2 * h)) ^ 2
    end
    -- h^2 of a third derivative of order 1, and 1e-16/h of rounding, in each of 66 entries
    near(run.points[1].gradient, math.sqrt(square), 1e-9)
  end)

  it("has a T_0 at the first point with a short gradient", function()
    local points = { { t = 0, gradient = 1 }, { t = 5, gradient = 0.1 }, { t = 9, gradient = 0.2 } }
    local list, T0 = descent.up_to_T0(points, 0.1)
    assert.same({ 2, 5 }, { #list, T0 })
    list, T0 = descent.up_to_T0(points, 0.05)
    assert.equal(3, #list)
    assert.is_nil(T0)
  end)
end)

describe("activations of lower degree", function()
  it("are u, and u^2 with its tangents beyond Lam", function()
    local U = sd.matrix { { -3, -1, 0.5, 3 } }
    assert.is_true(degree.sigma(1, 2)(U) == U)
    -- 2 Lam |u| - Lam^2 beyond Lam = 2
    assert.is_true(degree.sigma(2, 2)(U) == sd.matrix { { 8, 1, 0.25, 8 } })
    assert.is_nil(degree.sigma(3, 2))
  end)

  it("make f, by a loop", function()
    local model = degree.model({ d = 50, mD = 3, mG = 4, a0 = 0.3, reduced = true }, 2)
    local p = model:init(sd.rng(5))
    p.D.b = 2.0
    local f = model:logit(p.D, model.X)
    for k = 1, 3 do
      local s = 0
      for i = 1, 3 do s = s + sd.dot(p.D.W:row(i):t(), model.X:col(k)) ^ 2 end -- far below Lam
      near(f(k), 0.3 * s + 2 * model.lambda, 1e-14)
    end
  end)

  it("come with generators that match moments and have no mode", function()
    for _, case in ipairs { 1, 2 } do
      local model = degree.model({ d = 100, mD = 3, mG = 6, case = case, reduced = true }, 2)
      local function moments(X, w) -- by a loop over atoms
        local mean, square = sd.zeros(model.n, 1), sd.zeros(model.n, model.n)
        for k = 1, X.cols do
          mean, square = mean + w(k) * X:col(k), square + w(k) * X:col(k) * X:col(k):t()
        end
        return mean, square
      end
      local mean, square = moments(model.X, sd.matrix(model.weights))
      local V = degree.matching_mean(model)
      near(sd.norm((moments(V * model.Z, model.latent_weights)) - mean), 0, 1e-14)
      assert.is_true(sd.max(outcome.cosines(model, V)) < 0.95)
      V = degree.matching_second(model)
      local _, of_G = moments(V * model.Z, model.latent_weights)
      near(sd.norm(of_G - square), 0, 1e-13)
      assert.is_true(sd.max(outcome.cosines(model, V)) < 0.95)
    end
  end)
end)
