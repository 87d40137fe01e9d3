--- sd.bounds: closed forms, direct counts, and simulation with stated false-alarm levels.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local bounds = sd.bounds

describe("spectra", function()
  it("Gershgorin's intervals hold the eigenvalues, of powers too", function()
    local X = sd.rng(1):sphere(30, 8)
    local G = X:t() * X
    for t = 1, 3 do
      local w = sd.eigvalsh(G ^ t)
      local b = bounds.gershgorin(G, { power = t })
      assert(b.low <= w(1) and w(8) <= b.high)
      local worst = 0
      for i = 1, 8 do
        local sum = 0
        for j = 1, 8 do if j ~= i then sum = sum + math.abs(G(i, j)) ^ t end end
        worst = math.max(worst, sum)
      end
      near(b.low, 1 - worst, 1e-14)
    end
  end)

  it("Weyl's interval holds the singular values and is attained", function()
    local rng = sd.rng(2)
    for _ = 1, 20 do
      local A, B = rng:randn(4, 6), 0.5 * rng:randn(4, 6)
      local low, high = bounds.weyl(sd.svdvals(A), sd.svdvals(B))
      local s = sd.svdvals(A + B)
      for k = 1, 4 do assert(low(k) <= s(k) + 1e-14 and s(k) <= high(k) + 1e-14) end
    end
    -- A + B = 4 I from diagonals 3, 1 and 1, 3
    local low, high = bounds.weyl(sd.matrix{ 3, 1 }, sd.matrix{ 3, 1 })
    near(low, sd.matrix{ 0, 0 }, 0)
    near(high, sd.matrix{ 6, 4 }, 0)
  end)

  it("matrix Chernoff: the formula, and rank-one sums stay below it", function()
    local t = bounds.chernoff_min{ n = 3, mean = 20, each = 1, delta = 0.5 }
    near(t.probability, 3 * (math.exp(-0.5) / 0.5 ^ 0.5) ^ 20, 1e-14)
    near(bounds.chernoff_min{ n = 3, mean = 2, each = 1, delta = 1 }.probability,
      3 * math.exp(-2), 1e-15)
    near(bounds.chernoff_max{ n = 3, mean = 2, each = 0.5, delta = 1 }.probability,
      3 * (math.exp(1) / 4) ^ 4, 1e-14)
    -- coordinate projections: counts of 60 throws into 3 boxes, smallest mean 20; the frequency in
    -- 2000 trials lies below p + 5 sqrt(p/2000) but for one time in a million
    local rng, hits = sd.rng(3), 0
    for _ = 1, 2000 do
      local throws = rng:randint(3, 1, 60)
      local least = math.huge
      for k = 1, 3 do least = math.min(least, sd.sum(sd.eq(throws, k))) end
      if least <= t.threshold then hits = hits + 1 end
    end
    assert(hits / 2000 <= t.probability + 5 * math.sqrt(t.probability / 2000))
  end)
end)

describe("Gaussian widths", function()
  local width = bounds.width
  it("have closed forms", function()
    near(width.sphere(1), math.sqrt(2 / math.pi), 1e-15)
    near(width.sphere(3), 2 * math.sqrt(2 / math.pi), 1e-14)
    near(width.ball(2), math.sqrt(math.pi / 2), 1e-14)
    near(width.simplex(2), 1 / math.sqrt(math.pi), 1e-14)
    near(width.simplex(3), 1.5 / math.sqrt(math.pi), 1e-14)
    near(width.simplex(1), 0, 1e-15)
    -- |x - y| / sqrt(2 pi); three orthonormal points are a triangle; a square around 0, shifted
    near(width.finite(sd.matrix{ { 3, 0 }, { 0, 4 } }), 5 / math.sqrt(2 * math.pi), 1e-14)
    near(width.finite(sd.eye(3)), width.simplex(3), 1e-14)
    local square = sd.matrix{ { 1, 1, -1, -1, 0 }, { 1, -1, 1, -1, 0 } }
    near(width.finite(square + sd.matrix{ 7, -3 }), 2 * math.sqrt(2 / math.pi), 1e-13)
    near(width.finite(sd.matrix{ 2, 5 }), 0, 0)
  end)

  it("are simulated otherwise: 5 standard errors, a false alarm in 1.7 million", function()
    local w, se = width.finite(sd.eye(6), { rng = sd.rng(1) })
    near(w, width.simplex(6), 5 * se)
    assert(se > 0 and se < 0.02)
    w, se = width.support(sd.rng(2), 5, function(g) return sd.norm(g, { dim = 1 }) end)
    near(w, width.sphere(5), 5 * se)
  end)
end)

describe("norms and cones", function()
  it("E |D g| has its closed forms and sandwich", function()
    near(bounds.norm_mean(3 * sd.ones(7, 1)), 3 * bounds.width.sphere(7), 1e-13)
    near(bounds.norm_mean(sd.matrix{ 0, -1e150, 0 }) / 1e150, math.sqrt(2 / math.pi), 1e-14)
    local d = sd.rng(1):rand(50, 1)
    local b, low, high = bounds.norm_mean(d)
    assert(low < b and b < high)
    near(low, math.sqrt(sd.norm(d) ^ 2 - sd.max(d) ^ 2), 1e-14)
    -- 20000 lengths with deviation at most |d|_inf < 1 (Poincare): 5 standard errors
    near(sd.mean(sd.norm(d % sd.rng(2):randn(50, 20000), { dim = 1 })), b, 5 / math.sqrt(20000))
    near(bounds.norm_mean(sd.zeros(2, 1)), 0, 0)
  end)

  it("Wendel: few points, and what random cones hold", function()
    assert.are.equal(1, bounds.wendel(3, 3))
    near(bounds.wendel(3, 2), 3 / 4, 1e-14)
    near(bounds.wendel(5, 2), 5 / 16, 1e-14)
    near(bounds.wendel(9, 6) + bounds.cone(8, 6), 1, 1e-13)
    near(bounds.cone(8, 6), (28 + 8 + 1) / 256, 2e-15)
    assert.are.equal(0, bounds.cone(5, 6))
    -- half of the numbers of heads; betainc is good to 2 sqrt(n) ulps
    near(bounds.wendel(2e9, 1e9), 0.5, 2 * math.sqrt(2e9) * 2 ^ -52)
    local rng, hits = sd.rng(4), 0
    for _ = 1, 400 do
      local _, r = sd.nnls(rng:randn(3, 5), sd.matrix{ 1, 0, 0 })
      if r < 1e-9 then hits = hits + 1 end
    end
    near(hits / 400, bounds.cone(5, 3), 5 * 0.5 / math.sqrt(400))
  end)

  it("tails bound what happens", function()
    local n = 4000 -- frequencies pass p by 5 sqrt(p/n) once in a million
    local function below(rate, p) assert(rate <= p + 5 * math.sqrt(p / n)) end
    local up, down = bounds.tails.chi2{ d = 40, delta = 0.5, sigma = 2 }
    local q = sd.norm(2 * sd.rng(1):randn(40, n), { dim = 1 }) ^ 2
    below(sd.mean(sd.ge(q, up.threshold)), up.probability)
    below(sd.mean(sd.le(q, down.threshold)), down.probability)
    near(up.probability, math.exp(-10 / 6), 1e-15)
    local t = bounds.tails.vector{ n = 40, delta = 0.2, sigma = 2 }
    below(sd.mean(sd.ge(q, t.threshold ^ 2)), t.probability)
    local heads = sd.sum(sd.rng(2):bernoulli(0.5, 50, n), { dim = 1 })
    t = bounds.tails.bernoulli{ n = 50, delta = 0.2 }
    below(sd.mean(sd.le(heads, t.low)) + sd.mean(sd.ge(heads, t.high)), t.probability)
    local most, least = bounds.tails.operator{ rows = 20, cols = 5, t = 0.5 }
    local rng, over, under = sd.rng(3), 0, 0
    for _ = 1, n / 10 do
      local s = sd.svdvals(rng:randn(20, 5))
      over = over + (s(1) >= most.threshold and 1 or 0)
      under = under + (s(5) <= least.threshold and 1 or 0)
    end
    below(over / (n / 10), most.probability)
    below(under / (n / 10), least.probability)
  end)
end)

describe("errors", function()
  it("name the function and the rule", function()
    raises("bounds.gershgorin: A must be square, got a 2x3 matrix",
      bounds.gershgorin, sd.ones(2, 3))
    raises("bounds.weyl: s must be non-negative and descending", bounds.weyl, sd.matrix{ 1, 2 },
      sd.matrix{ 2, 1 })
    raises("option 'delta' must be a number in [0, 1], got 2", bounds.chernoff_min,
      { n = 2, mean = 1, each = 1, delta = 2 })
    raises("option 'each' must be a positive number, got nil", bounds.chernoff_max,
      { n = 2, mean = 1, delta = 2 })
    raises("these points span more than a plane", bounds.width.finite, sd.eye(5))
    raises("h must give a 1x10 row for 10 directions, got 3x10", bounds.width.support, sd.rng(1), 3,
      function(g) return g end, { samples = 10 })
    raises("bounds.norm_mean: d must be a column, got 1x3", bounds.norm_mean, sd.ones(1, 3))
    raises("bounds.wendel: the dimension must be a whole number from 1 to 10000000000, got 0",
      bounds.wendel, 3, 0)
    raises("unknown option 'sigm' (did you mean 'sigma'?)", bounds.tails.chi2,
      { d = 1, delta = 0.1, sigm = 1 })
  end)
end)
