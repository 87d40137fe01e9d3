--- scripts/overparam_gan: the game of f and y, functions with certified Jacobians, the linearised
-- step.
package.path = "scripts/overparam_gan/?.lua;" .. package.path
local sd = require "saddle"
local support = require "tests.lua.support"
local bilinear = require "bilinear"
local families = require "families"
local linearised = require "linearised"
local near = support.near

local SIZES <const> = {
  linear = { m = 3, size = 9 },
  tanh = { m = 3, size = 9, c = 0.7 },
  relu = { m = 3, k = 12, d = 4, n = 5 },
  mlp = { m = 2, k = 8, d = 3, n = 3 },
  deep = { m = 3, q = 4, k = 8, d = 3, n = 3 },
}

describe("the functions with certified Jacobians", function()
  -- |J - J0| at random points of a ball, near its edge, is at most eps(R), for small and large R;
  -- 1e-13 is the rounding of two Jacobians of norms below 10 with some hundred elements a row.
  for name, sizes in pairs(SIZES) do
    it("keep within eps(R): " .. name, function()
      local rng = sd.rng(3, name)
      local f, theta, eps = families[name](sizes, rng)
      assert(f(theta).rows == sizes.m and f(theta).cols == 1)
      local J0, moved = sd.jacobian(f)(theta), 0
      for _, R in ipairs { 1e-3, 0.1, 1, 10 } do
        for _ = 1, 4 do
          local at = theta + 0.999 * R * rng:sphere(#theta):reshape(theta.rows, theta.cols)
          local change = sd.norm(sd.jacobian(f)(at) - J0, 2)
          assert(change <= eps(R) + 1e-13, ("%s: %g > %g"):format(name, change, eps(R)))
          moved = math.max(moved, change)
        end
      end
      assert((moved > 1e-3) == (name ~= "linear"), name .. ": moved " .. moved)
    end)
  end

  it("know the ball in which no relu changes its sign", function()
    local f, W, eps = families.relu(SIZES.relu, sd.rng(5))
    local low, high = 0, 10 -- bisect for where eps turns infinite
    for _ = 1, 60 do
      local middle = (low + high) / 2
      if eps(middle) == 0 then low = middle else high = middle end
    end
    -- straight towards the nearest kink, a step short of it and a step beyond it
    local J0, found = sd.jacobian(f)(W), false
    local rng = sd.rng(5) -- draws V first, then Z
    rng:randn(3, 12)
    local Z = rng:randn(4, 5)
    for l = 1, W.rows do
      for i = 1, Z.cols do
        local z = Z:col(i)
        local u = sd.dot(W:row(l):t(), z)
        if math.abs(math.abs(u) / sd.norm(z) - low) < 1e-9 then
          local function at(scale)
            local moved = W:clone()
            local row = W:row(l) - scale * u / sd.norm(z) ^ 2 * z:t()
            for j = 1, W.cols do moved:set(l, j, row(j)) end
            return sd.norm(sd.jacobian(f)(moved) - J0)
          end
          assert(at(0.999) == 0 and at(1.001) > 1e-3)
          found = true
        end
      end
    end
    assert(found)
  end)
end)

describe("the game of f and y", function()
  -- f = B theta + a square of theta, so that J is B + 2 diag(theta)
  local rng = sd.rng(7)
  local B, y = rng:randn(3, 3), rng:randn(3, 1)
  local start = { theta = 0.3 * rng:randn(3, 1), d = rng:randn(3, 1) }
  local function f(theta) return B * theta + theta % theta end
  local function pull(theta, d) return B:t() * d + 2 * (theta % d) end
  local eta, mu, T = 0.05, 0.4, 7

  --- theta_T and d_T by the rules, written out; 7 steps of sums of some ten numbers of size 1.
  local function by_hand(ascents)
    local theta, d = start.theta, start.d
    for _ = 1, T do
      local old = d
      for _ = 1, ascents or 1 do d = (1 - mu) * d + mu * (f(theta) - y) end
      theta = theta - eta * pull(theta, ascents and d or old)
    end
    return theta, d
  end

  for _, ascents in ipairs { false, 1, 3 } do
    it("is played by the rules, ascents = " .. tostring(ascents), function()
      local gda = bilinear.gda(f, y, { eta = eta, mu = mu, ascents = ascents or nil })
      local h = bilinear.run(gda, start, T, function(q) return { theta = q.theta, d = q.d } end)
      local theta, d = by_hand(ascents)
      near(h.theta:col(T + 1), theta, 1e-14)
      near(h.d:col(T + 1), d, 1e-14)
    end)
  end

  it("leaves descent on |f - y|^2/2 when d is the best", function()
    local h = bilinear.run(bilinear.gd(f, y, { eta = eta }), start, T,
      function(q) return { theta = q.theta } end)
    local theta = start.theta
    for _ = 1, T do theta = theta - eta * pull(theta, f(theta) - y) end
    near(h.theta:col(T + 1), theta, 1e-14)
  end)
end)

describe("the linearised step", function()
  it("is that of its blocks, and has the singular values asked for", function()
    local rng = sd.rng(11)
    local values = linearised.values(rng, 4, 0.3, 1.2)
    local J = linearised.jacobian(rng, values, 6)
    table.sort(values, function(a, b) return a > b end)
    near(sd.svdvals(J), sd.matrix(values), 1e-14)
    assert(values[1] == 1.2 and values[4] == 0.3)
    local A, radius = linearised.step(J, 0.2, 0.9), 0
    for _, sigma in ipairs(values) do
      local block = sd.stability.bilinear { eta = 0.2, mu = 0.9, s = sigma ^ 2 }
      radius = math.max(radius, block.radius)
    end
    near(sd.stability.radius(A), radius, 1e-13)
    local r, d = rng:randn(4, 1), rng:randn(4, 1)
    near(A * sd.vcat(r, d), sd.vcat(r - 0.2 * (J * (J:t() * d)), 0.1 * d + 0.9 * r), 1e-14)
  end)

  -- the limit of the powers, by powers: the smaller eigenvalue's share is (1 - q)/(1 + q) a step at
  -- mu = 1, at most 0.78 here, and 1e-16 after 200
  it("has the gain that its powers have", function()
    for _, a in ipairs { 0, 0.01, 1 / 8, 0.2, 0.246 } do
      local C = sd.matrix { { 1, -a }, { 1, 0 } }
      near(sd.stability.growth(C, 200), linearised.gain(a), 1e-10)
    end
  end)
end)

describe("the figures of the dynamics", function()
  --- The table and the picture that the command makes of them, at small sizes.
  local function draw(name, arguments)
    local base = os.tmpname()
    os.remove(base)
    local pipe = io.popen(("%s figure overparam_gan/%s --store %s.db -o %s.svg %s 2>&1"):format(
      support.saddle, name, base, base, arguments))
    local text = pipe:read "a"
    local ok, file = pipe:close(), io.open(base .. ".svg")
    local svg = file and file:read "a"
    if file then file:close() end
    for _, ending in ipairs { ".svg", ".db", ".db-locks" } do os.remove(base .. ending) end
    assert(ok and svg, text)
    return text, svg
  end

  it("fig_stability: no grid point contradicts the closed form", function()
    local text, svg = draw("fig_stability", "cells=15")
    for _, dynamics in ipairs { "at once", "in turn" } do
      local stable, wrong = text:match(dynamics .. "%s+225%s+(%d+)%s+(%d+)")
      assert(wrong == "0" and tonumber(stable) > 40 and tonumber(stable) < 180, text)
    end
    assert(svg:find("edge, closed form", 1, true))
  end)

  it("fig_kappa: the measured transient has the limit for its bound", function()
    local text, svg = draw("fig_kappa", "points=6")
    -- ((7/8)^2 + 1)^(1/2) / (1/2)^(1/2) and Lemma A.3's kappa at a = 1/8
    assert(text:find("limit 1.8792 +kappa 3.6123"), text)
    assert(tonumber(text:match "mu = 1: (%S+)") <= 1.000001, text)
    assert(svg:find("measured, mu = 1.9", 1, true))
  end)

  it("fig_edge: the linear generator changes by ratio^(1/2) a step, relus stay", function()
    local text, svg = draw("fig_edge", "k=40 steps=400 ratio=0.9,1.2 seed=1")
    local growth = tonumber(text:match "linear%s+1%.2%s+1%s+(%S+)")
    -- one mode leads in the second half, over 100 steps, in which turning changes |z| by a factor
    -- below 3 besides
    assert(math.abs(growth / math.sqrt(1.2) - 1) < 3 ^ (1 / 100) - 1, text)
    local largest = tonumber(text:match "relu%s+1%.2%s+1%s+%S+%s+%S+%s+(%S+)")
    assert(largest < 300, text)
    assert(svg:find("generator with relus", 1, true))
  end)
end)
