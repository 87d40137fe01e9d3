--- Lipschitz constants of Jacobians, extreme singular values over balls: closed forms, grids,
-- and bounds from theory.
--
-- A search stops when a step gains less than 1e-13 of the value. Near a maximum value is quadratic
-- in the place, and steps shrink the distance by a factor, so 1e-9 is ample for what is left.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local U, LEFT = 2 ^ -52, 1e-9

local function bends(z) local s = 1 / (1 + math.exp(-z)); return s * (1 - s) end -- softplus''

--- The largest f over a grid of angles.
local function over_circle(count, f)
  local best = -math.huge
  for i = 0, count - 1 do best = math.max(best, f(2 * math.pi * i / count)) end
  return best
end

describe("lipschitz", function()
  it("of quadratics is their tensor's norm", function()
    local rng = sd.rng(1)
    local A, B = rng:randn(4, 4), rng:randn(4, 4)
    A, B = A + A:t(), B + B:t()
    local function one(x) return .5 * sd.dot(x, A * x) end
    local L, info = sd.lipschitz(one, rng:randn(4, 1), 2)
    near(L, sd.svdvals(A)(1), LEFT * L)
    assert.equal("lower", info.bound)
    assert.equal(false, info.kinks)
    -- J changes by A h: the direction found is where it changes most
    near(sd.norm(A * info.direction), L, LEFT * L)
    near(sd.norm(info.direction), 1, 8 * U)

    local function two(x) return .5 * sd.vcat(sd.dot(x, A * x), sd.dot(x, B * x)) end
    -- |J(u) - J(v)| is |c1 A + c2 B| times |u - v| at best; the norm's slope in the angle is at
    -- most |A| + |B|, and a grid point is within pi/4000 of the best
    local best = over_circle(4000, function(t)
      return sd.svdvals(math.cos(t) * A + math.sin(t) * B)(1)
    end)
    local slack = (sd.svdvals(A)(1) + sd.svdvals(B)(1)) * math.pi / 4000
    local found = sd.lipschitz(two, rng:randn(4, 1), 2)
    assert(found <= best + slack and found >= best - LEFT * best, found)
  end)

  it("climbs to where the curvature is, inside the ball or at its end", function()
    local x = sd.matrix { 1, -2, .5 }
    local x2 = sd.dot(x, x)
    local function f(w) return sd.softplus(sd.dot(w, x)) end
    for _, case in ipairs { { 0.4, 1 }, { 3, 1 }, { -9, 2 } } do
      local z0, r = case[1], case[2]
      local w = (z0 / x2) * x -- dot(w, x) is z0, and z0 -+ r |x| in the ball
      local nearest = math.max(0, math.abs(z0) - r * math.sqrt(x2))
      local L, info = sd.lipschitz(f, w, r)
      near(L, bends(nearest) * x2, LEFT * L)
      near(math.abs(sd.dot(info.at, x)), nearest, 1e-4) -- value is quadratic in the place
      assert(sd.norm(info.at - w) <= r * (1 + 8 * U))
      assert.equal("climb", info.from)
    end
  end)

  it("stays below what theory allows to networks", function()
    -- L = M |X|_{2,inf} |X| for v'phi(W x), |v| = 1, |phi''| <= M
    local rng = sd.rng(2)
    local X, v = rng:randn(3, 4), sd.frozen(rng:sphere(5):t())
    local bound = .25 * sd.svdvals(X)(1) * math.sqrt(sd.max(sd.sum(X ^ 2, { dim = 1 })))
    local L, info = sd.lipschitz(function(p) return p.v * sd.softplus(p.W * X) end,
      { W = rng:randn(5, 3), v = v }, 1, { starts = 2, samples = 8 })
    assert(L <= bound and L > .1 * bound, L / bound)
    -- and is the rate at which J really changes there: by differences of step h, to h |D^3 f|
    local h = 1e-4
    local function J(W) return sd.jacobian(function(w) return v * sd.softplus(w * X) end)(W) end
    local change = J(info.at.W + h * info.direction.W) - J(info.at.W)
    near(sd.svdvals(change)(1) / h, L, .01 * L)
  end)

  it("says that kinks leave no constant, and is 0 of linear functions", function()
    local rng = sd.rng(3)
    local A = rng:randn(3, 4)
    local L, info = sd.lipschitz(function(x) return sd.relu(A * x) end, sd.zeros(4, 1), 1)
    assert(L > 0 and info.kinks and info.from == "pair")
    assert.equal(0, (sd.lipschitz(function(x) return A * x end, sd.zeros(4, 1), 1)))
  end)

  it("gives the same again, and more for more samples", function()
    local function f(x) return sd.abs(x) % sd.sin(x) end
    local x = sd.rng(4):randn(3, 1)
    local a, b = sd.lipschitz(f, x, 1), (sd.lipschitz(f, x, 1))
    assert.equal(a, b)
    assert((sd.lipschitz(f, x, 1, { samples = 200 })) >= a)
  end)
end)

describe("ball_extremes", function()
  it("of an affine Jacobian are exact", function()
    -- J(u) = 3 u', of length 3 |u|, over the ball of radius r around x
    local x, r = sd.matrix { 2, -1, 2 }, 1.25
    local e = sd.ball_extremes(function(u) return 1.5 * sd.dot(u, u) end, x, r)
    near(e.largest, 3 * (3 + r), LEFT)
    near(e.smallest, 3 * (3 - r), LEFT)
    near(e.change, 3 * r, LEFT)
    near(e.at.largest, (3 + r) / 3 * x, 1e-4)
    assert.same({ largest = "lower", smallest = "upper", change = "lower" }, e.bound)
  end)

  it("are those of a grid, in the plane", function()
    local function f(u)
      return sd.vcat(sd.sin(u(1) + 2 * u(2)), u(1) * u(2), sd.exp(.5 * u(1)))
    end
    local x, r = sd.matrix { .3, -.4 }, .5
    local J = sd.jacobian(f)
    local J0, largest, smallest, change = J(x), 0, math.huge, 0
    for i = 0, 79 do
      for j = 0, 10 do
        local t = 2 * math.pi * i / 80
        local A = J(x + (r * j / 10) * sd.matrix { math.cos(t), math.sin(t) })
        local S = sd.svdvals(A)
        largest, smallest = math.max(largest, S(1)), math.min(smallest, S(2))
        change = math.max(change, sd.svdvals(A - J0)(1))
      end
    end
    local e = sd.ball_extremes(f, x, r)
    -- better than every point of the grid, but by no more than |D^2 f| (7 at most here) times half
    -- of its mesh, .05
    local slack = 7 * .05 / 2
    assert(e.largest >= largest and e.largest <= largest + slack)
    assert(e.smallest <= smallest and e.smallest >= smallest - slack)
    assert(e.change >= change and e.change <= change + slack)
    near(sd.svdvals(J(e.at.smallest))(2), e.smallest, 8 * U * largest)
  end)
end)

describe("searches over balls refuse", function()
  it("what they cannot use", function()
    for _, name in ipairs { "lipschitz", "ball_extremes" } do
      local function call(...) return sd[name](...) end
      raises(name .. ": the radius must be a positive number, got 0", call, sd.sin, 1, 0)
      raises(name .. ": the radius must be a positive number, got a 1x1 matrix", call, sd.sin, 1,
        sd.ones(1, 1))
      raises(name .. ": argument 1 must be a function, got 3", call, 3, 1, 1)
      raises(name .. ": unknown option 'start' (did you mean 'starts'?)", call, sd.sin, 1, 1,
        { start = 1 })
      raises(name .. ": option 'starts' must be a whole number from 1, got 0", call, sd.sin, 1, 1,
        { starts = 0 })
      raises(name .. ": option 'rng' must be an rng, got 3", call, sd.sin, 1, 1, { rng = 3 })
      raises(name .. ": x has no elements that vary", call, function() return 1 end,
        { sd.frozen(1) }, 1)
      raises(name .. ": the Jacobian is not finite in the ball", call, sd.sqrt, 1, 2)
      raises(name .. ": searches by values", sd.grad(function(x)
        call(sd.sin, x, 1)
        return x
      end), 1)
    end
  end)
end)
