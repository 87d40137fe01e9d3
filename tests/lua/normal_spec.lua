--- sd.normal: quadrature against closed forms, other routes and simulation. Where nothing else is
-- said a tolerance is a few roundings of numbers below 1.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local normal = sd.normal
local INF = math.huge

describe("one variable", function()
  it("has tails with closed forms", function()
    near(normal.sf(sd.matrix{ -1, 0, 2 }), sd.normcdf(sd.matrix{ 1, 0, -2 }), 1e-15)
    near(normal.relu(0), 1 / math.sqrt(2 * math.pi), 1e-15)
    -- E (X-b)+ = phi(b) - b Q(b), which still has 12 digits at b = 3
    local phi = math.exp(-4.5) / math.sqrt(2 * math.pi)
    near(normal.relu(3), phi - 3 * normal.sf(3), 1e-17)
    near(normal.logisf(normal.logsf(sd.linspace(-1, 60, 50))), sd.linspace(-1, 60, 50), 1e-13)
  end)

  it("has truncated moments", function()
    for _, case in ipairs{ { -1, 2 }, { 0.5, INF }, { -INF, INF }, { -INF, -1 }, { -5, -4.5 } } do
      local a, b = case[1], case[2]
      local function phi(x) return math.exp(-x * x / 2) / math.sqrt(2 * math.pi) end
      local function edge(x) return math.abs(x) < INF and x * phi(x) or 0 end
      local t, mass = normal.truncated(a, b), sd.normcdf(b) - sd.normcdf(a)
      local mean = (phi(a) - phi(b)) / mass
      local second = 1 + (edge(a) - edge(b)) / mass
      -- the closed form divides differences of numbers below 1/2 by the mass
      local tolerance = 1e-15 / mass * (1 + mean * mean)
      near(t.mass, mass, 1e-15)
      near(t.mean, mean, tolerance)
      near(t.moments[2], second, 2 * tolerance)
      near(t.variance, second - mean ^ 2, 4 * tolerance)
    end
    -- X - a given X >= a is nearly exponential: mean (1/a)(1 - 2/a^2 + 10/a^4 - 74/a^6 ...)
    local t = normal.truncated(100, INF)
    near(t.mean - 100, (1 - 2e-4 + 10e-8) / 100, 74e-12 / 100 + 1e-14)
    near(t.log_mass, normal.logsf(100), 1e-12)
    -- a narrow interval is uniform up to width^2
    near(normal.truncated(3, 3 + 1e-6).variance / (1e-12 / 12), 1, 1e-9)
  end)

  it("inverts a ReLU's mean and probability", function()
    for _, case in ipairs{ { 1, 0 }, { 0.3, 2 }, { 5, -4 }, { 2, 30 } } do
      local a, u = case[1], case[2]
      local scale, threshold = normal.relu_inverse(a * normal.relu(u), normal.sf(u))
      -- d(mean)/du is -Q: relative conditioning u Q/relu <= u (1 + u) in the tail
      near(scale / a, 1, 1e-15 * 50 * (1 + u * u))
      near(threshold, a * u, 1e-15 * 50 * a * (1 + math.abs(u)) ^ 3)
    end
  end)
end)

describe("two variables", function()
  it("are element by element, numbers with matrices", function()
    local P = normal.orthant(sd.matrix{ { 0, 1 }, { 2, 3 } }, 0.5, sd.full(2, 2, 0.3))
    near(P(2, 1), normal.orthant(2, 0.5, 0.3), 0)
    assert.are.equal("2x2", P.rows .. "x" .. P.cols)
    near(normal.relu_relu(1, 1, 0), normal.relu(1) ^ 2, 1e-16)
    near(normal.step_relu(1, 2, 0), normal.sf(1) * normal.relu(2), 1e-16)
  end)

  it("agree with quadrature in two dimensions", function()
    local h, k = 0.7, -0.4
    local function relu_h(x) return sd.relu(x - h) end
    local function relu_k(x) return sd.relu(x - k) end
    local function step_h(x) return sd.ge(x, h) end
    local function step_k(x) return sd.ge(x, k) end
    local kinks = { kinks_f = { h }, kinks_g = { k } }
    for _, rho in ipairs{ -1, -0.999, -0.6, 0, 0.9999999, 1 } do
      -- the estimate of the error plus the roundings of a thousand terms below 1
      local p, wrong = normal.expect(step_h, step_k, rho, kinks)
      near(p, normal.orthant(h, k, rho), wrong + 1e-13)
      p, wrong = normal.expect(relu_h, relu_k, rho, kinks)
      near(p, normal.relu_relu(h, k, rho), wrong + 1e-13)
      p, wrong = normal.expect(step_h, relu_k, rho, kinks)
      near(p, normal.step_relu(h, k, rho), wrong + 1e-13)
      assert(wrong < 1e-9)
    end
  end)

  it("satisfy Price's theorem", function()
    -- d/drho E (X-h)+ (Y-k)+ = P(X>=h, Y>=k): central differences, f''' < 10, h = 1e-4
    for _, rho in ipairs{ -0.7, 0, 0.5 } do
      local slope = (normal.relu_relu(1, 0.5, rho + 1e-4)
        - normal.relu_relu(1, 0.5, rho - 1e-4)) / 2e-4
      near(slope, normal.orthant(1, 0.5, rho), 10 / 6 * 1e-8 + 1e-11)
    end
  end)
end)

describe("more variables", function()
  it("are simulated without bias", function()
    -- 5 standard errors: a false alarm in 1.7 million for each normal estimate; two variables are
    -- known, equal correlations 1/2 at 0 have 1/(n+1)
    local r = normal.orthant_mc(sd.rng(1), sd.matrix{ 2, 2 }, sd.matrix{ { 1, 0.5 }, { 0.5, 1 } })
    near(r.p, normal.orthant(2, 2, 0.5), 5 * r.se)
    assert(r.relative < 0.01)
    local S = 0.5 * sd.eye(6) + 0.5 * sd.ones(6, 6)
    r = normal.orthant_mc(sd.rng(2), sd.zeros(6, 1), S, { samples = 20000 })
    near(r.p, 1 / 7, 5 * r.se)
    -- scales: P(Z >= b) is that of Z / sigma
    r = normal.orthant_mc(sd.rng(3), sd.matrix{ 60, 3 }, sd.matrix{ { 400, -3 }, { -3, 1 } })
    near(r.log, normal.log_orthant(3, 3, -0.15), 5 * r.relative + 1e-3)
  end)

  it("are exact for independent variables, however small", function()
    local r = normal.orthant_mc(sd.rng(1), sd.matrix{ 50, 60 }, sd.eye(2))
    near(r.log, normal.logsf(50) + normal.logsf(60), 1e-11)
    assert.are.equal(0, r.p)
  end)
end)

describe("errors", function()
  it("name the function and the rule", function()
    local rng, f = sd.rng(1), sd.relu
    raises("normal.orthant_mc: b must be a column with a bound for each of the 2 rows of S, got "
      .. "1x1", normal.orthant_mc, rng, 1, sd.eye(2))
    raises("normal.orthant_mc: S must be symmetric", normal.orthant_mc, rng, sd.ones(2, 1),
      sd.matrix{ { 1, 0.5 }, { 0, 1 } })
    raises("cholesky", normal.orthant_mc, rng, sd.ones(2, 1), sd.ones(2, 2))
    raises("a correlation must be in [-1, 1], got 1.5", normal.orthant, 0, 0, 1.5)
    raises("normal.log_orthant: argument 2 has a NaN", normal.orthant, 0, 0 / 0, 0)
    raises("normal.log_orthant: shapes differ: 2x1 and 3x1", normal.orthant, sd.ones(2, 1),
      sd.ones(3, 1), 0)
    raises("a finite threshold must be at most 1e+10 in size", normal.orthant, 1e11, 0, 0)
    raises("the threshold of a ReLU must not be -inf", normal.relu_relu, -INF, 0, 0)
    raises("must be a matrix or a number, got the string", normal.orthant, "1", 0, 0)
    raises("normal.truncated: needs a < b", normal.truncated, 2, 1)
    raises("normal.truncated: needs a < b", normal.truncated, INF, INF)
    raises("the probability must be below 1", normal.relu_inverse, 1, 1)
    raises("normal.expect: rho must be a number in [-1, 1], got 2", normal.expect, f, f,
      2)
    raises("unknown option 'kinks' (did you mean 'kinks_f'?)", normal.expect, f, f, 0,
      { kinks = {} })
    raises("normal.expect: f must work element by element", normal.expect,
      function(x) return x:t() end, f, 0)
    raises("the result of g has NaN or infinite elements", normal.expect, f, sd.log, 0)
  end)
end)
