--- What claims compare with: margins, probabilities by exact intervals, floors of rounding.
local sd = require "saddle"
local json = require "saddle.json"
local margin = require "saddle.claim.margin"
local support = require "tests.lua.support"
local near = support.near
local INF, NAN <const> = math.huge, 0 / 0

--- The outcome of the one case of a claim without hypotheses.
local function case(check)
  return sd.claim { id = "paper.lemma", source = "Lemma 1", statement = "it shrinks",
    broken = { "step" }, unconditional = true, check = check }:case()
end

describe("margins", function()
  it("are dimensionless, exact in sign, and know zeros, infinities and denormals", function()
    local tiny, huge = 0x1p-1074, 0x1.fffffffffffffp1023
    for _, row in ipairs { { 0, 0, 0 }, { 1, 4, 0.75 }, { 4, 1, -0.75 }, { -1, 1, 2 }, { 0, 1, 1 },
      { 1, 0, -1 }, { -4, -1, 0.75 }, { tiny, 2 * tiny, 0.5 }, { 2 * tiny, tiny, -0.5 },
      { 0, tiny, 1 }, { -huge, huge, 2 }, { huge, -huge, -2 }, { tiny, huge, 1 }, { 5, INF, 1 },
      { INF, 5, -1 }, { -INF, 5, 1 }, { 5, -INF, -1 }, { -INF, INF, 2 }, { INF, -INF, -2 },
      { INF, INF, -INF }, { -INF, -INF, -INF }, { NAN, 1, -INF }, { INF, NAN, -INF } } do
      assert.are.equal(row[3], margin.room(row[1], row[2]))
    end
    local rng = sd.rng(1, "margins")
    for _ = 1, 1000 do -- neighbours in any binade
      local x = (1 + rng:rand()) * 2.0 ^ (rng:randint(2000) - 1000)
      local next_up = x * (1 + 0x1p-52)
      assert(next_up > x and margin.room(x, next_up) > 0 and margin.room(next_up, x) < 0)
    end
  end)

  it("of relations with a tolerance are those of the definition", function()
    for _, row in ipairs { { 3, "<=", 2, 2, 0.25, true }, { 2, ">=", 3, 1, 0, true },
      { 2, ">", 3, 1, 0, false }, { 3, "<", 2, 1, 0, false }, { 1, "==", 1, 0, 0, true },
      { 1, "==", 3, 4, 0.5, true }, { 1, "==", 3, 1, -0.5, false }, { 0, "==", -0.0, 0, 0, true },
      { 1, "==", 1 + 0x1p-52, 0, -1, false } } do
      local found = margin.compare("f", "n", row[1], row[2], row[3], row[4])
      assert.are.same({ row[5], row[6] }, { found.margin, found.holds })
    end
  end)

  it("take numbers, 1x1 and matrices, and find the worst element", function()
    local A = sd.matrix { { 1, 2, 3 }, { 4, 9, 6 } }
    local found = margin.compare("f", "n", A, "<=", sd.matrix { 10 })
    assert.are.same({ 2, 2 }, found.at)
    assert.are.equal(9, found.x)
    assert.are.same({ 1, 1 }, margin.compare("f", "n", A:to "f32", ">=", 1).at)
    assert.are.same({ 2, 3 }, margin.compare("f", "n", A, "<",
      sd.matrix { { 9, 9, 9 }, { 9, 99, 7 } }).at)
    assert.is_nil(margin.compare("f", "n", sd.matrix { 1 }, "<", 2).at)
  end)
end)

describe("c:rate", function()
  --- sum of Bin(n, p) over hits a..b, term by term.
  local function binomial(n, p, a, b)
    local total = 0
    for j = a, b do
      local log = sd.lgamma(n + 1) - sd.lgamma(j + 1) - sd.lgamma(n - j + 1)
      total = total + math.exp(log + j * math.log(p) + (n - j) * math.log(1 - p))
    end
    return total
  end

  local function rate(hits, trials, rel, p0, o)
    local outcome = case(function(c) c:rate("P", hits, trials, rel, p0, o) end)
    return outcome.metrics.verdict, json.decode(outcome.metrics.detail).conclusions[1],
      outcome.error
  end

  it("violates when the exact test rejects, and says when it certifies", function()
    -- The sums have rounding errors below 1e-12: tails that near the level do not occur here.
    for _, level in ipairs { 0.9, 0.99 } do
      local tail, n = (1 - level) / 2, 60
      for hits = 0, n do
        for _, p0 in ipairs { 0.2, 0.55, 0.9 } do
          local below = binomial(n, p0, 0, hits) -- P(at most as many hits), were it p0
          local above = binomial(n, p0, hits, n)
          assert(math.abs(below - tail) > 1e-9 and math.abs(above - tail) > 1e-9)
          local verdict, s = rate(hits, n, ">=", p0, { level = level })
          assert.are.equal(below < tail and "violated" or "holds", verdict)
          assert.are.equal(above < tail, s.rate.certified)
          verdict, s = rate(hits, n, "<=", p0, { level = level })
          assert.are.equal(above < tail and "violated" or "holds", verdict)
          assert.are.equal(below < tail, s.rate.certified)
        end
      end
    end
  end)

  it("refuses what can never be violated", function()
    for _, p0 in ipairs { 0.001, 0.1, 0.5, 0.99 } do
      local n = 1 -- the least number of trials of which none is a hit with probability < 0.005
      while (1 - p0) ^ n >= 0.005 do n = n + 1 end
      assert.are.equal("violated", (rate(0, n, ">=", p0)))
      assert.are.equal("violated", (rate(n, n, "<=", 1 - p0)))
      if n > 1 then
        local verdict, _, message = rate(0, n - 1, ">=", p0)
        assert.are.equal("error", verdict)
        assert(message:find(("'P' can never be violated by %d trials: it needs at least %d")
          :format(n - 1, n), 1, true), message)
        assert(select(3, rate(n - 1, n - 1, "<=", 1 - p0)):find("at least " .. n, 1, true))
      end
    end
    assert.are.equal("violated", (rate(9, 10, ">=", 1)))
    for _, row in ipairs { { 0, 10, ">=", 0, "a probability >= 0 says nothing" },
      { 0, 10, ">=", -2, "says nothing: it can never be violated" },
      { 0, 10, "<=", 1, "a probability <= 1 says nothing" },
      { 0, 10, ">=", 1.5, "no probability is >= 1.5" },
      { 0, 10, "==", 0.5, "a probability is '>=' or '<=' p0" },
      { 11, 10, ">=", 0.5, "hits of 'P' must be a whole number from 0 to 10, got 11" },
      { 1, 0, ">=", 0.5, "the number of trials of 'P' must be a whole number from 1, got 0" },
      { 1, 9, ">=", NAN, "p0 of 'P' must be a finite number, got NaN" } } do
      local verdict, _, message = rate(table.unpack(row, 1, 4))
      assert.are.equal("error", verdict)
      assert(message:find(row[5], 1, true), message)
    end
  end)
end)

describe("c:roundoff", function()
  local function floor_of(...)
    local args, value = table.pack(...), nil
    local outcome = case(function(c)
      value = c:roundoff(table.unpack(args, 1, args.n))
      c:conclude("x", value, ">", 0)
    end)
    return value, outcome.error
  end

  it("is gamma_N (1 + norms)", function()
    local N = 1000 * 205 * 0x1p-53
    near(floor_of(sd.zeros(5, 1), sd.zeros(200, 1)) / (N / (1 - N)), 1, 4 * 2 ^ -52)
    N = 10 * 4 * 0x1p-24
    near(floor_of(sd.full(2, 2, 3):to "f32", { steps = 10 }) / (N / (1 - N) * 7), 1, 4 * 2 ^ -52)
  end)

  it("covers the rounding of a contracting run, measured against more digits", function()
    -- The run in f32 and in f64 from the same numbers: the difference is the rounding of f32.
    for seed = 1, 5 do
      local rng = sd.rng(seed, "roundoff")
      local A = (0.9 * rng:orthogonal(30)):to "f32"
      local b, x = rng:randn(30, 1):to "f32", rng:randn(30, 1):to "f32"
      local X, worst = x:to "f64", 0
      local wide, fixed = A:to "f64", b:to "f64"
      local size = 0
      for _ = 1, 200 do
        x, X = A * sd.tanh(x) + b, wide * sd.tanh(X) + fixed
        worst, size = math.max(worst, sd.norm(x:to "f64" - X)), math.max(size, sd.norm(X))
      end
      -- The map contracts by 0.9: errors die out after 1/(1 - 0.9) steps. x is no longer than size.
      local top = sd.full(30, 1, size / math.sqrt(30)):to "f32"
      local floor = floor_of(A, b, top, { steps = 10 })
      assert(worst > 0 and worst <= floor, ("%g, floor %g"):format(worst, floor))
    end
  end)

  it("refuses what it cannot bound", function()
    for _, row in ipairs { { "argument 1 has NaN or infinite elements", sd.matrix { NAN, 1 } },
      { "needs the quantities whose rounding it is to bound", { steps = 3 } },
      { "unknown option 'step' (did you mean 'steps'?)", 1, { step = 3 } },
      { "leave no digit certain", sd.ones(10, 10):to "f32", { steps = 1000000 } } } do
      local _, message = floor_of(table.unpack(row, 2))
      assert(message and message:find(row[1], 1, true), message)
    end
  end)
end)
