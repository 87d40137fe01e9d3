--- scripts/normalized_sgda: leaders of the start, runs of nSGDA, exact single steps.
package.path = "scripts/normalized_sgda/?.lua;" .. package.path
local sd = require "saddle"
local support = require "tests.lua.support"
local leaders = require "leaders"
local nsgda = require "nsgda"
local nsgda_path = require "nsgda_path"
local one_step = require "one_step"
local two_modes = require "two_modes"
local near = support.near

--- The share of all maps from n places to m for which f(list) is true.
local function share(m, n, f)
  local hits = 0
  for code = 0, m ^ n - 1 do
    local list, rest = {}, math.tointeger(code)
    for k = 1, n do list[k], rest = rest % m + 1, rest // m end
    if f(list) then hits = hits + 1 end
  end
  return hits / m ^ n
end

local function has(list, v)
  for _, x in ipairs(list) do
    if x == v then return true end
  end
  return false
end

describe("leaders", function()
  it("have the probabilities that counting all maps gives", function()
    for _, case in ipairs { { 3, 3 }, { 3, 5 }, { 4, 4 }, { 2, 6 } } do
      local m, n = case[1], case[2]
      near(leaders.both_hit(m, n), share(m, n, function(l) return has(l, 1) and has(l, 2) end),
        1e-15)
      near(leaders.all_hit(m, n), share(m, n, function(l)
        for i = 1, m do
          if not has(l, i) then return false end
        end
        return true
      end), 1e-14)
    end
  end)

  it("have gaps with the probability of an angle, of two neurons, and 1/2 of one", function()
    -- x_1 > 0 and x_2 <= x_1/(1 + gap) is a sector of the plane; twice that, by symmetry
    for _, gap in ipairs { 0, 0.1, 1 } do
      near(leaders.gap_probability(2, gap),
        (math.pi / 2 + math.atan(1 / (1 + gap))) / math.pi, 1e-9) -- ten times sd.integrate's
    end
    near(leaders.gap_probability(1, 0.3), 0.5, 1e-9)
  end)

  it("are found, with their gaps, by value and by absolute value", function()
    local model = two_modes.new { d = 5, mD = 3, mG = 2, reduced = false }
    local p = { D = { a = 1.0, b = 0.0, W = sd.matrix { { 1, -9, 0, 0, 0 }, { 2, 1, 1, 0, 0 },
      { -3, 4, 0, 1, 0 } } }, G = { V = sd.matrix { { 0, 0, 1, 0, 0 }, { 0, 0, 2, 3, 0 } }:t() } }
    local L = leaders.of(model, p)
    assert.same({ 2, 3 }, L.i)
    assert.same({ 2, 3 }, L.g)
    assert.same({ true, true }, L.hit)
    assert.is_true(L.distinct and L.decided)
    near(L.gap_i, 1, 0) -- 2 against 1; 4 against 1 is more
    near(L.gap_g, 0.5, 0) -- 3 against 2; 1 against 0 is infinite
    assert.same({ 3, 1 }, leaders.of(model, p, sd.abs).i)
  end)

  it("are drawn until they are as wanted, and not for ever", function()
    local model = two_modes.new { d = 50, mD = 3, mG = 2, reduced = true }
    local p, L = leaders.draw(model, sd.rng(1), function(found) return not found.distinct end)
    assert.equal(L.i[1], L.i[2])
    assert.same(L.i, leaders.of(model, p).i)
    support.raises("none of 10000 starts is of that kind", leaders.draw, model, sd.rng(1),
      function() return false end)
  end)
end)

describe("a run of nSGDA", function()
  local model = two_modes.new { d = 1e6, mD = 4, mG = 5, reduced = true }

  local function sum(size, T)
    local s = 0
    for t = 1, T do s = s + size(t) end
    return s
  end

  it("takes the fewest steps that make the path, whatever their sizes", function()
    for _, total in ipairs { 1e-5, 0.3, 5 } do
      for _, warmup in ipairs { true, false } do
        local tr = nsgda.trainer(model, { eta = 0.01, ratio = 0.1, total = total, warmup = warmup })
        assert(tr.path(tr.T) >= total * (1 - 1e-9) and tr.path(tr.T - 1) < total)
        local sizes = function(t) return tr.path(t) - tr.path(t - 1) end
        near(sum(sizes, tr.T), tr.path(tr.T), 1e-12)
        near(sizes(1) / tr.first, 1, 1e-12)
        for t = 2, tr.T do
          local growth = sizes(t) / sizes(t - 1)
          assert(growth < 1.005 + 1e-8 and growth > 0.99 and sizes(t) <= 0.01 + 1e-12)
        end
      end
    end
  end)

  it("begins with steps of a hundredth of the start's scales", function()
    local tr = nsgda.trainer(model, { eta = 0.01, ratio = 0.1, total = 1, warmup = true })
    near(tr.first / math.min(0.01 * 1e-3, 0.01 * 1e-6 / 0.1), 1, 1e-15)
  end)

  it("moves each player by its step size", function()
    local tr = nsgda.trainer(model, { eta = 0.01, ratio = 0.1, total = 0.01, warmup = false })
    assert.equal(1, tr.T)
    local p = model:init(sd.rng(3))
    local q = nsgda.run(tr, p, sd.rng(4))
    -- V has length 0.002, and D 2: some 1e2 roundings of these against 1e-3 and 1e-2
    near(sd.norm(q.G.V - p.G.V) / 1e-3, 1, 1e-12)
    near(sd.norm(sd.vcat(sd.ravel(q.D.W - p.D.W), sd.matrix { { q.D.a - p.D.a },
      { q.D.b - p.D.b } })) / 0.01, 1, 1e-11)
  end)

  it("goes on until G has come far enough, and no longer", function()
    local tr = nsgda.trainer(model, { eta = 0.01, ratio = 0.1, total = 1 })
    local _, path, h = nsgda.run_far(tr, model:init(sd.rng(3)), sd.rng(4), 0.0195, 1000)
    assert.equal(20, h.n) -- steps of G are 0.001
    near(path, 0.02, 1e-12)
    local _, short = nsgda.run_far(tr, model:init(sd.rng(3)), sd.rng(4), 1, 7)
    near(short, 0.007, 1e-12)
  end)

  it("has both modes when a neuron of each is there, and not before", function()
    local V = sd.zeros(model.n, 5)
    V:set(1, 2, 3)
    assert.is_false(nsgda.both(model, V))
    V:set(2, 4, 0.1)
    assert.is_true(nsgda.both(model, V))
    assert.equal(2, nsgda.pure(model, V))
  end)
end)

describe("one step", function()
  local model = two_modes.new { d = 30, mD = 3, mG = 4, gamma = 0.1, a0 = 0.4, reduced = true }
  local p = model:init(sd.rng(7))
  p.D.b, p.G.V = 0.5, 5 * p.G.V

  local function sigmoid(x) return 1 / (1 + math.exp(-x)) end

  --- The gradients of L as one writes them by hand, and their steps.
  local function by_hand(X, z)
    local G = p.G.V * z
    local function parts(x)
      local u = p.D.W * x
      return p.D.a * sd.sum(u ^ 3) + model.lambda * p.D.b, 3 * u % u, sd.sum(u ^ 3)
    end
    local fX, sX, hX = parts(X)
    local fG, sG, hG = parts(G)
    local a, b = sigmoid(-fX), sigmoid(fG)
    local W = p.D.a * (a * sX * X:t() - b * sG * G:t())
    local length = (sd.norm(W) ^ 2 + (a * hX - b * hG) ^ 2
      + (model.lambda * (a - b)) ^ 2) ^ 0.5
    local V = b * p.D.a * (p.D.W:t() * sG) * z:t() -- G descends on L, which falls with f(G)
    return W / length, V / sd.norm(V)
  end

  it("is that of the gradients written by hand", function()
    for _, z in ipairs { 1, 4, 6 } do
      local X, Z = model.X:col(z == 6 and 3 or 1), model.Z:col(z)
      local W, V = one_step.of(model, p, X, Z)
      local W2, V2 = by_hand(X, Z)
      near(W, W2, 1e-12) -- sums of 9 terms, relative to a length of 1
      near(V, V2, 1e-12)
    end
  end)

  it("has the mean that the law gives", function()
    local W, V = one_step.expected(model, p)
    local W2, V2 = sd.zeros(3, model.n), sd.zeros(model.n, 4)
    for x = 1, 3 do
      for k = 1, 10 do
        local w, v = by_hand(model.X:col(x), model.Z:col(k))
        local weight = (x == 3 and 0.1 or 0.45)
          * (k <= 4 and (1 - model.pair) / 4 or model.pair / 6)
        W2, V2 = W2 + weight * w, V2 + weight * v
      end
    end
    near(W, W2, 1e-12)
    near(V, V2, 1e-12)
  end)

  it("is off by what no multiple within the bounds explains", function()
    local x = sd.matrix { { 2, 2, 2, 0 }, { 0, 0, 0, 0 } }
    local y = sd.matrix { { 2.1, 3, -1, 3 }, { 0.5, 0, 0, 4 } }
    near(one_step.off(y, x, 0.1), sd.matrix { { 0.5, 0.8, 2.8, 5 } }, 1e-15)
  end)
end)

describe("coefficients along a path", function()
  it("rebuild the neurons: least squares over the start finds the same", function()
    local path = nsgda_path.new({ d = 1e4, mD = 4, mG = 5, gamma = 0.01, eta = 0.01, ratio = 0.2,
      total = 0.5 }, sd.rng(2))
    local start, L = path.start, path.leaders
    local N = sd.hcat(start.D.W:t(), start.G.V)
    local basis = sd.hcat(path.model.U, N / sd.norm(N, { dim = 1 }))
    local times = 0
    path.visit(3, function(q, s, at)
      times = times + 1
      local A, B = sd.lstsq(basis, q.D.W:t()), sd.lstsq(basis, q.G.V)
      for l = 1, 2 do near(at.a(l), A(l, L.i[l]), 1e-11) end -- n cond(basis) 2^-53, cond < 100
      for j = 1, 5 do near(at.b(j), B(2 + L.g[j], j), 1e-11) end
      local worst = 0
      for i = 1, 4 do
        for k = 3, 11 do
          local before = k == 2 + i and sd.norm(start.D.W:row(i)) or 0
          worst = math.max(worst, math.abs(A(k, i) - before))
        end
      end
      near(at.rest_w, worst, 1e-11)
      near(at.alpha, math.max(at.a(1), at.a(2)), 0)
      assert(s <= 0.5 * 1.02)
    end)
    assert.equal(3, times)
  end)
end)
