--- Lines through points, eager and traced, and interpolation.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local EPS = 2 ^ -52

describe("fit_line", function()
  it("finds a line", function()
    local slope, intercept, error, r2 = sd.fit_line({ 0, 1, 2, 5 }, { 1, 3, 5, 11 })
    near(slope, 2, 8 * EPS)
    near(intercept, 1, 16 * EPS)
    near(error, 0, 16 * EPS)
    near(r2, 1, 8 * EPS)
  end)

  it("is the normal equations', with the standard error of regression", function()
    -- x = 1..4, y = 1, 3, 2, 5: slope 1.1, residuals -0.1, 0.8, -1.3, 0.6 (sum of squares 2.7)
    for _, x in ipairs { { 1, 2, 3, 4 }, sd.linspace(1, 4, 4), sd.linspace(1, 4, 4):t() } do
      local slope, intercept, error, r2 = sd.fit_line(x, { 1, 3, 2, 5 })
      near(slope, 1.1, 8 * EPS)
      near(intercept, 0, 16 * EPS)
      near(error, math.sqrt(2.7 / 2 / 5), 8 * EPS)
      near(r2, 1 - 2.7 / 8.75, 8 * EPS)
    end
  end)

  it("loses no digits far from the origin", function()
    -- x - mean is exact here, so that the slope does not know of the 2^40
    local x = sd.matrix { 1, 2, 3, 4 } + 2 ^ 40
    near(sd.fit_line(x, { 1, 3, 2, 5 }), 1.1, 8 * EPS)
  end)

  it("covers the slope as often as it says", function()
    -- 2000 samples of 10 normal errors: |slope - 3| <= t error with t the 90% point of 8 degrees;
    -- the share deviates by sqrt(.9 .1/2000) = 0.0067, five of which are allowed
    local rng, hits, x = sd.rng(2), 0, sd.linspace(-1, 2, 10)
    local t = sd.student_t.quantile(0.95, 8)
    for _ = 1, 2000 do
      local slope, _, error = sd.fit_line(x, 3 * x + rng:randn(10, 1))
      if math.abs(slope - 3) <= t * error then hits = hits + 1 end
    end
    near(hits / 2000, 0.9, 0.034)
  end)

  it("knows what two points, and a constant, leave open", function()
    local slope, _, error, r2 = sd.fit_line({ 1, 2 }, { 3, 7 })
    near(slope, 4, 8 * EPS)
    assert.is_true(error ~= error)
    near(r2, 1, 4 * EPS)
    local flat = { sd.fit_line({ 1, 2, 3 }, { 5, 5, 5 }) }
    assert.are.same({ 0, 5, 0, 1 }, flat)
  end)

  it("works traced", function()
    local x, y = sd.matrix { 1, 2, 3, 4 }, sd.matrix { 1, 3, 2, 5 }
    for k = 1, 4 do
      local function result(v) return (select(k, sd.fit_line(x, v))) end
      sd.checkgrad(result, y)
    end
    local g = sd.grad(function(v) return (sd.fit_loglog(x, v)) end)(y)
    local u = sd.log(x) - sd.mean(sd.log(x))
    near(g, u / sd.dot(u, u) / y, 16 * EPS) -- d slope/d log y is u/|u|^2
  end)

  it("says what is wrong", function()
    raises("fit_line: all elements of x are equal", sd.fit_line, { 1, 1 }, { 1, 2 })
    raises("fit_line: x and y must have as many elements, x has 2, y 3", sd.fit_line, { 1, 2 },
      { 1, 2, 3 })
    raises("fit_line: x must have at least 2 elements, it has 1", sd.fit_line, { 1 }, { 1 })
    raises("fit_line: element 1 of y must be a finite number, got inf", sd.fit_line, { 1, 2 },
      { math.huge, 1 })
    raises("fit_loglog: element 2 of y must be above 0, got 0", sd.fit_loglog, { 1, 2 }, { 1, 0 })
    raises("fit_line: y must be a row or a column of at least 2 elements", function()
      sd.grad(function(v) return (sd.fit_line({ 1, 2 }, v)) end)(sd.ones(2, 2))
    end)
  end)
end)

it("fit_loglog finds an exponent and a factor", function()
  local slope, intercept, _, r2 = sd.fit_loglog({ 1, 10, 100 }, { 5, 0.05, 0.0005 })
  near(slope, -2, 16 * EPS)
  near(intercept, math.log(5), 32 * EPS)
  near(r2, 1, 8 * EPS)
end)

describe("interp1", function()
  local x, y = { 0, 1, 3, 4, 6 }, { 0, 2, 2.5, 2.5, 9 }

  it("goes through the points, by lines", function()
    local g = sd.interp1(x, y)
    for k = 1, 5 do near(g(x[k]), y[k], 0) end
    near(g(0.25), 0.5, 0)
    near(g(2), 2.25, 0)
    near(g(sd.matrix { { 0.5, 5 } }), sd.matrix { { 1, 5.75 } }, 0)
    assert.are.equal("f32", g(sd.ones(1, 1, { dtype = "f32" })).dtype)
  end)

  it("rises and falls with the points, by cubics with one slope at each", function()
    local g = sd.interp1(x, y, { method = "cubic" })
    for k = 1, 5 do near(g(x[k]), y[k], 0) end
    local before = g(0)
    for t = 0.01, 6, 0.01 do
      assert.is_true(g(t) >= before - 4 * EPS * 9)
      before = g(t)
    end
    for k = 2, 4 do -- one-sided differences of a cubic with slopes below 20 agree to O(h)
      local h = 1e-6
      near((g(x[k] + h) - g(x[k])) / h, (g(x[k]) - g(x[k] - h)) / h, 1e-4)
    end
    -- at x = 1 the harmonic mean of 2 and 0.25 with weights 5 and 4
    near((g(1 + 1e-6) - g(1 - 1e-6)) / 2e-6, 9 / (5 / 2 + 4 / 0.25), 1e-5)
    near(sd.interp1({ 0, 2 }, { 1, 5 }, { method = "cubic" })(0.5), 2, 4 * EPS)
  end)

  it("has orders 2 and, for monotone data, 3 and above", function()
    for _, case in ipairs { { "linear", 2, 0.1 }, { "cubic", 3, 1.1 } } do
      local h, worst = {}, {}
      for k = 1, 4 do
        local n = 10 * 2 ^ k
        local xs = sd.linspace(0, 1, n + 1)
        local g = sd.interp1(xs, sd.exp(xs), { method = case[1] })
        local at = sd.linspace(0.5 / n, 1 - 0.5 / n, n)
        h[k], worst[k] = 1 / n, support.distance(g(at), sd.exp(at))
      end
      local slope = sd.fit_loglog(h, worst)
      assert.is_true(slope > case[2] - 0.1 and slope < case[2] + case[3])
    end
  end)

  it("goes beyond the ends only when told", function()
    raises("interp1: 6.5 is outside 0..6; outside=\"clamp\" or \"extend\" allows it",
      sd.interp1(x, y), 6.5)
    near(sd.interp1(x, y, { outside = "clamp" })(-3), 0, 0)
    near(sd.interp1(x, y, { outside = "clamp" })(7), 9, 0)
    near(sd.interp1(x, y, { outside = "extend" })(-1), -2, 0)
    near(sd.interp1(x, y, { outside = "extend" })(8), 15.5, 0)
  end)

  it("says what is wrong", function()
    raises("interp1: x must ascend, element 2 is 1 after 1", sd.interp1, { 1, 1 }, { 1, 2 })
    raises("interp1: x and y must have as many elements, x has 2, y 3", sd.interp1, { 1, 2 },
      { 1, 2, 3 })
    raises("interp1: option 'method' must be 'linear' or 'cubic', got the string \"spline\"",
      sd.interp1, { 1, 2 }, { 1, 2 }, { method = "spline" })
    raises("interp1: needs a number or a matrix, got NaN", sd.interp1(x, y), 0 / 0)
    raises("interp1: has no traced form: evaluate it outside the traced function", function()
      sd.grad(sd.interp1(x, y))(0.5)
    end)
  end)
end)
