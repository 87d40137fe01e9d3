--- Gauss rules (whose constants are tested in tests/c/test_numerics.c) and sd.integrate.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local EPS = 2 ^ -52

describe("gauss_legendre", function()
  it("integrates polynomials over any interval", function()
    local x, w = sd.gauss_legendre(8, -1, 3)
    assert.are.same({ 8, 1, 8, 1 }, { x.rows, x.cols, w.rows, w.cols })
    for k = 0, 15 do
      -- every term carries k + 3 roundings; |x| < 3, weights sum to 4
      near(sd.dot(w, x ^ k), (3 ^ (k + 1) - (-1) ^ (k + 1)) / (k + 1), (k + 3) * EPS * 4 * 3 ^ k)
    end
    local back, minus = sd.gauss_legendre(8, 3, -1)
    near(back, x:row { 8, 7, 6, 5, 4, 3, 2, 1 }, 4 * EPS)
    assert.is_true(sd.max(minus) < 0)
  end)

  it("converges geometrically", function()
    -- for exp over (-1,1) the error of n nodes is 2^(2n+1) n!^4/((2n+1) (2n)!^3) f^(2n)(s), s in
    -- between (Abramowitz and Stegun 25.4.30), with f^(2n) in 1/e..e
    local factor = 2
    for n = 1, 5 do
      local x, w = sd.gauss_legendre(n)
      factor = factor * 4 * n ^ 4 / ((2 * n) * (2 * n - 1)) ^ 3
      local off = math.exp(1) - math.exp(-1) - sd.dot(w, sd.exp(x))
      local ratio = off / (factor / (2 * n + 1))
      assert.is_true(ratio > math.exp(-1) and ratio < math.exp(1), ("n %d: %g"):format(n, ratio))
    end
  end)

  it("says what is wrong", function()
    raises("gauss_legendre: the number of nodes must be in 1..2000, got 0", sd.gauss_legendre, 0)
    raises("gauss_legendre: a must be finite (sd.integrate takes infinite ends)",
      sd.gauss_legendre, 3, -math.huge, 0)
    raises("gauss_legendre: b must be a number, got the string \"x\"", sd.gauss_legendre, 3, 0, "x")
  end)
end)

describe("gauss_hermite", function()
  it("takes expectations under the standard normal law", function()
    local x, w = sd.gauss_hermite(40)
    near(sd.sum(w), 1, 4 * EPS)
    -- E cos(a g) = exp(-a^2/2); the remainder is below a^80/80! E|H_40|^2 = a^80 40!/80! < 1e-71
    near(sd.dot(w, sd.cos(x)), math.exp(-0.5), 8 * EPS)
    near(sd.dot(w, sd.exp(x)) / math.exp(0.5), 1, 30 * EPS) -- exp(x) carries |x| < 12 roundings
    raises("gauss_hermite: the number of nodes must be in 1..2000", sd.gauss_hermite, 2001)
  end)
end)

local inf = math.huge
--- f, a, b, the integral, the integral of |f|, options
local known = {
  { math.exp, 0, 1, math.exp(1) - 1, math.exp(1) - 1 },
  { math.sin, 0, 100, 1 - math.cos(100), 64 },
  { function(x) return x ^ 3 end, -1, 1, 0, 0.5 },
  { math.abs, -1, 2, 2.5, 2.5, { points = { 0 } } },
  { math.abs, -1, 2, 2.5, 2.5 },
  { function(x) return x < 0.3 and 1 or 0 end, 0, 1, 0.3, 0.3, { points = { 0.3 } } },
  { function(x) return x ^ -0.5 end, 0, 1, 2, 2 },
  { math.log, 0, 1, -1, 1 },
  { function(x) return 1e-6 / (1e-12 + x * x) end, -1, 1, 2 * math.atan(1e6), math.pi },
  { function(x) return math.exp(-x * x / 2) end, -inf, inf, math.sqrt(2 * math.pi), 2.51 },
  { function(x) return math.exp(-x) end, 2, inf, math.exp(-2), math.exp(-2) },
  { function(x) return 1 / (1 + x * x) end, -inf, 0, math.pi / 2, math.pi / 2 },
  { function(x) return 1 / (1 + x * x) end, inf, -inf, -math.pi, math.pi },
  { function(x) return math.exp(-(x - 1000) ^ 2) end, -inf, inf, math.sqrt(math.pi), 1.78,
    { points = { 990, 1000, 1010 } } },
  { function() return 0 end, -1, 1, 0, 0 },
}

describe("integrate", function()
  it("meets its tolerance, and its estimate is one", function()
    for k, case in ipairs(known) do
      local f, a, b, want, size, given = table.unpack(case, 1, 6)
      for _, tol in ipairs { 1e-4, 1e-8, 1e-12 } do
        local set = { tol = tol }
        for key, v in pairs(given or {}) do set[key] = v end
        local value, off = sd.integrate(f, a, b, set)
        local name = ("case %d, tol %g: %.17g +- %g"):format(k, tol, value, off)
        assert.is_true(off <= (tol + 4 * EPS) * size * 1.01, name)
        assert.is_true(math.abs(value - want) <= off, name)
      end
    end
  end)

  it("takes f on rows of points", function()
    local calls = 0
    local function f(x)
      calls = calls + 1
      return sd.exp(-x * 3) % sd.cos(x)
    end
    local value = sd.integrate(f, 0, 2, { vector = true })
    near(value, sd.integrate(function(x) return math.exp(-3 * x) * math.cos(x) end, 0, 2), 1e-15)
    assert.is_true(calls < 10)
    raises("integrate: with vector=true the function gets a row and must return one, of 1x15 it "
      .. "made a 15x1 matrix", sd.integrate, function(x) return x:t() end, 0, 1, { vector = true })
  end)

  it("gives 0 over nothing and changes sign with the ends", function()
    assert.are.equal(0, (sd.integrate(math.exp, 2, 2)))
    assert.are.equal(-sd.integrate(math.exp, 1, 3), (sd.integrate(math.exp, 3, 1)))
  end)

  it("gives up in words", function()
    raises("integrate: no convergence to 1e-10 of the integral of |f|: ", sd.integrate,
      function(x) return 1 / x end, 0, 1)
    raises("most of it near 0.", sd.integrate, function(x) return 1 / (x - 0.31) end, 0, 1)
    raises("50 panels give", sd.integrate, function(x) return math.sin(1 / x) end, 0, 1,
      { panels = 50 })
    raises("integrate: the function is NaN at ", sd.integrate, function() return 0 / 0 end, 0, 1)
    raises("integrate: the function is inf at 0.5", sd.integrate,
      function(x) return 1 / math.abs(x - 0.5) end, 0, 1)
    raises("integrate: the function must return a number, at 0.00427", sd.integrate,
      function() end, 0, 1)
  end)

  it("says what is wrong with its arguments", function()
    raises("integrate: argument 1 must be a function, got 3", sd.integrate, 3, 0, 1)
    raises("integrate: a must be a number, got NaN", sd.integrate, math.exp, 0 / 0, 1)
    raises("integrate: option 'tol' must be above 0 and below 1, got 1",
      sd.integrate, math.exp, 0, 1, { tol = 1 })
    raises("integrate: option 'tol' must be from 1e-13, below it is rounding: got 1e-14",
      sd.integrate, math.exp, 0, 1, { tol = 1e-14 })
    raises("integrate: points must be different and between the ends, got 2", sd.integrate,
      math.exp, 0, 1, { points = { 2 } })
    raises("integrate: unknown option 'tols' (did you mean 'tol'?)", sd.integrate, math.exp, 0, 1,
      { tols = 1 })
    raises("integrate: option 'vector' must be true or false, got 1", sd.integrate, math.exp, 0, 1,
      { vector = 1 })
    raises("integrate: a must be a number", function()
      sd.grad(function(x) return sd.integrate(math.exp, x, 1) end)(0.5)
    end)
  end)
end)
