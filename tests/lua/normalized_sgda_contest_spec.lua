--- scripts/normalized_sgda: batches by their shares, the contest's rule, Algorithm 1 by hand, the
-- tables as commands, and an optimiser of the user's in them.
package.path = "scripts/normalized_sgda/?.lua;" .. package.path
local sd = require "saddle"
local support = require "tests.lua.support"
local algorithm_1 = require "algorithm_1"
local contest = require "contest"
local gradient_ratio = require "gradient_ratio"
local magnitude = require "magnitude"
local minibatch = require "minibatch"
local two_modes = require "two_modes"
local near = support.near

local SMALL <const> = { d = 24, mD = 3, mG = 4, case = 2, gamma = 0.3, a0 = 0.4, batch = 1,
  decay = false, steps = 60 }

local function with(fields)
  return setmetatable(fields, { __index = SMALL })
end

describe("a batch by its shares", function()
  local model = two_modes.new { d = 24, mD = 3, mG = 4, gamma = 0.3, a0 = 0.4,
    modes = sd.rng(1, "plane") }
  local p = model:init(sd.rng(2))
  p.D.W, p.G.V = 3 * p.D.W, 20 * p.G.V -- so that sigma is not all but 0

  it("counts", function()
    local shares = minibatch.shares(sd.matrix { { 1, 3, 3, 1, 1 } }, 4)
    near(shares, sd.matrix { 0.6, 0, 0.4, 0 }, 1e-15)
  end)

  it("has the loss and the gradients of the batch, sample by sample", function()
    local s, z = sd.rng(3):categorical(model.weights, 1, 12),
      sd.rng(4):categorical(model.latent_weights, 1, 12)
    local function plain(q)
      return sd.mean(model:gain(q, model.X:col(s), model.Z:col(z)))
    end
    local function quick(q)
      return minibatch.gain(model, q, minibatch.shares(s, #model.weights),
        minibatch.shares(z, model.Z.cols))
    end
    -- sums of at most 24 x 12 terms of size 1, added in two orders
    near(quick(p), plain(p), 24 * 12 * 2 ^ -52)
    local a, b = sd.grad(plain)(p), sd.grad(quick)(p)
    local size = sd.norm(a)
    assert(size > 1e-3)
    near(sd.ravel(b), sd.ravel(a), 24 * 12 * 2 ^ -52 * (1 + size))
  end)

  it("tends to the population", function()
    local game = minibatch.game(model, 100000)
    local of_s, of_z = game:sample(sd.rng(5))
    -- 5 standard errors of a share are at most 5 / (2 sqrt(1e5)): 1 in 1.7 million each
    near(of_s, sd.matrix(model.weights), 2.5 / 1e5 ^ 0.5)
    near(of_z, model.latent_weights:t(), 2.5 / 1e5 ^ 0.5)
    local exact = model:population():value(p)
    near(minibatch.gain(model, p, sd.matrix(model.weights), model.latent_weights:t()), exact, 1e-13)
  end)
end)

describe("the gradient ratio", function()
  it("has the gradients of the population's game", function()
    local model = two_modes.new { d = 24, mD = 3, mG = 4, gamma = 0.3, a0 = 0.4 }
    local p, game = model:init(sd.rng(2)), model:population()
    local G, D = gradient_ratio.sizes(model, p)
    local own = game:gradient("D", p)
    near(G, sd.norm(game:gradient("G", p)), 1e-15)
    near(D, math.abs(own.a) + math.abs(own.b) + sd.norm(own.W), 1e-14)
  end)

  it("is 2 at the start, whose half is 1", function()
    local found = gradient_ratio.follow(with { steps = 20 }, "adam",
      { eta = 1e-3, ratio = 1 }, sd.rng(1), 10)
    near(found.half(1), 1, 0)
    assert.equal(11, #found.half)
    assert(math.abs(found.half(-1) - 1) > 1e-3)
  end)
end)

describe("Algorithm 1 by hand", function()
  it("is its recurrence in plain numbers", function()
    local stream, M, V = { sd.matrix { 2 }, sd.matrix { -1 }, sd.matrix { 0.5 } }, 0, 0
    local own = algorithm_1.run(stream, { b1 = 0.5, b2 = 0.9, eps = 1e-3 })
    for t, g in ipairs { 2, -1, 0.5 } do
      M, V = 0.5 * M + g, 0.9 * V + g * g
      near(own.M[t](1), M, 1e-15)
      near(own.A[t](1), M / math.sqrt(V + 1e-3), 1e-15)
    end
  end)

  it("leaves a coordinate without a gradient where it is", function()
    local own = algorithm_1.run({ sd.matrix { 0, 3 } }, { b1 = 0.5, b2 = 0.9, eps = 0 })
    assert(own.A[1] == sd.matrix { 0, 1 })
  end)
end)

describe("magnitude.follow", function()
  it("starts at the first step, where |A| counts the gradients that are not 0", function()
    local p = with { b1 = 0.5, b2 = 0.9, eps = 1e-60, early = 12 }
    for _, name in ipairs { "adam_raw", "adalr", "adadir" } do
      local found = magnitude.follow(p, name, { eta = 1e-3, ratio = 0.1 }, sd.rng(1), 4)
      assert.equal(1, found.t(1))
      assert.equal(60, found.t(-1))
      assert.equal(#found.t, found.A.cols)
      near(found.A:block(1, 1, 3, 1), sd.matrix { 1, 1, (3 * 24) ^ 0.5 }, 1e-12)
      local columns = found.A(4, 1) ^ 2 / 24 -- one latent unit or two
      assert(math.abs(columns - 1) < 1e-12 or math.abs(columns - 2) < 1e-12)
    end
  end)
end)

describe("the contest", function()
  local grid = with { low = 1e-3, high = 1e-1, points = 3, ratio = 1, ratios = 2, choice = 1,
    score = 3 }

  it("has a grid of both steps", function()
    local list = contest.grid(grid)
    assert.equal(6, #list)
    near(list[1].eta, 1e-3, 1e-15)
    near(list[3].eta, 0.1, 1e-13)
    near(list[4].ratio, 10 ^ -0.5, 1e-15)
    assert.equal(1, #contest.grid(with { low = 1e-3, points = 1, ratio = 1, ratios = 1 }))
  end)

  it("chooses by the rule: both modes, then pure modes, then noise, then the first", function()
    local real, wanted, seen = contest.many, nil, {}
    local function fake(_, _, at, rng, count)
      seen[#seen + 1] = { at = at, rng = tostring(rng), count = count }
      local key = ("%.3g %.1g"):format(at.eta, at.ratio)
      local v = wanted[key] or { 0, 0, 5 }
      return { both = v[1] * count, modes = sd.full(1, count, v[2]), noise = v[3] * count,
        diverged = 0, stalled = 0 }
    end
    finally(function() contest.many = real end)
    contest.many = fake
    local function chosen(values)
      wanted = values
      local at = contest.choose(grid, "sgd", sd.rng(1))
      return ("%.3g %.1g"):format(at.eta, at.ratio)
    end
    assert.equal("0.1 1", chosen { ["0.1 1"] = { 1, 2, 5 }, ["0.01 1"] = { 0, 9, 0 } })
    assert.equal("0.01 0.3", chosen { ["0.1 1"] = { 1, 2, 0 }, ["0.01 0.3"] = { 1, 3, 5 } })
    assert.equal("0.01 1", chosen { ["0.1 1"] = { 1, 2, 3 }, ["0.01 1"] = { 1, 2, 1 } })
    assert.equal("0.001 1", chosen {})
    assert.equal(4 * (6 + 4), #seen) -- all of the grid, then four finalists
    assert.equal(4, seen[10].count)
  end)

  it("scores other starts than it chooses on, the same for all optimisers", function()
    local real, seen = contest.train, {}
    finally(function() contest.train = real end)
    contest.train = function(_, optim, _, rng)
      seen[optim] = seen[optim] or {}
      table.insert(seen[optim], rng:rand())
      return { both = true, mode = 2, noise = 0, status = "moving" }
    end
    local p = setmetatable({ rng = sd.rng(7) }, { __index = grid })
    local result = contest.run(p, "sgd")
    contest.run(p, "adam")
    assert.same(seen.sgd, seen.adam)
    assert.equal(3, result.both)
    local count, last = {}, #seen.sgd
    for k, v in ipairs(seen.sgd) do count[v] = k > last - 3 and (count[v] or 0) + 1 or 1 end
    for k = last - 2, last do assert.equal(1, count[seen.sgd[k]]) end
    for k = 1, last - 3 do
      for j = last - 2, last do assert(seen.sgd[k] ~= seen.sgd[j]) end
    end
  end)

  it("calls a run that blows up diverged, without modes", function()
    local found = contest.train(with { steps = 300 }, "sgd", { eta = 1e3, ratio = 1 }, sd.rng(1))
    assert.equal("diverged", found.status)
    assert(found.mode == 0 and not found.both)
  end)

  it("calls a run that does not move stalled", function()
    local found = contest.train(SMALL, "sgd", { eta = 1e-9, ratio = 1 }, sd.rng(1))
    assert.equal("stalled", found.status)
  end)

  it("decays to 0 when told to", function()
    local run = contest.start(with { decay = true, steps = 10 }, "normalized",
      { eta = 1e-2, ratio = 1 }, sd.rng(1))
    local before = run.plan:iterate(run.state, 9)
    local after = run.plan:iterate(before, 1)
    assert(sd.norm(after.p.G.V - before.p.G.V) == 0)
    assert(sd.norm(before.p.G.V - run.state.p.G.V) > 1e-3)
  end)

  it("names an optimiser that there is not", function()
    local ok, why = pcall(contest.train, SMALL, "adamm", { eta = 1, ratio = 1 }, sd.rng(1))
    assert(not ok and why:find("optim: no optimiser has the name 'adamm'", 1, true), why)
  end)
end)

--- What a command prints, and whether it went well.
local function command(text)
  local pipe = io.popen(text .. " 2>&1")
  local said = pipe:read "a"
  return said, pipe:close()
end

describe("the table as a command", function()
  local store = os.tmpname()
  os.remove(store)
  local picture = store .. ".svg"
  teardown(function()
    for _, ending in ipairs { ".svg", ".db", ".db-locks" } do os.remove(store .. ending) end
  end)

  it("takes an optimiser of the user's by its name", function()
    local said, ok = command(('LUA_PATH="examples/?.lua;;" %s figure normalized_sgda/optimisers '
      .. "optim=half_sign,sgd d=24 mD=3 mG=4 steps=40 points=1 ratios=1 score=2 --jobs 1 "
      .. "--store %s.db -o %s"):format(support.saddle, store, picture))
    assert(ok and said:find "\nhalf_sign +0%.00032 " and said:find "\nsgd ", said)
    local f = assert(io.open(picture))
    local svg = f:read "a"
    f:close()
    assert(svg:find("half_sign", 1, true))
  end)

  it("says which law there is not", function()
    local fig_3 = dofile "scripts/normalized_sgda/fig_3.lua"
    local ok, why = pcall(fig_3.run, fig_3, { law = "three modes" })
    assert(not ok and why:find("there is no law 'three modes'; there are 'both at once, 0.05'", 1,
      true), why)
  end)
end)

describe("the example of an optimiser", function()
  it("takes steps of the length that it says", function()
    local path = package.path
    finally(function() package.path = path end)
    package.path = "examples/?.lua;" .. path
    local o = sd.optim("half_sign", { lr = 0.5 })
    local p = { a = 1.0, W = sd.zeros(2, 2) }
    local step = o.update({ a = -3.0, W = sd.matrix { { 3, 0 }, { 0, 4 } } }, o.init(p), p, 1)
    near(step.a, 0.5, 1e-15)
    -- (0.6, 0.8) and (1, 1)/sqrt(2), half of each, times 0.5
    near(step.W(1, 1), -0.25 * (0.6 + 0.5 ^ 0.5), 1e-15)
    near(step.W(2, 2), -0.25 * (0.8 + 0.5 ^ 0.5), 1e-15)
    local still = o.update({ a = 0.0, W = sd.zeros(2, 2) }, o.init(p), p, 1)
    assert(still.a == 0 and sd.norm(still.W) == 0)
  end)
end)
