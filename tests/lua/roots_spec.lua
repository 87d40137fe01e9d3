--- Roots and maxima against known ones; that a root is where the sign changes.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local EPS = 2 ^ -52

--- f with a change of sign in a..b, and the root; steep, flat, far, tiny, at 0, at an end.
local cases = {
  { function(x) return x ^ 3 - 2 end, 0, 5, 2 ^ (1 / 3) },
  { function(x) return math.cos(x) - x end, 0, 1, 0.73908513321516064166 },
  { function(x) return (x - 1) ^ 9 end, 0, 3, 1 },
  { function(x) return math.exp(x) - 1e-10 end, -100, 100, -23.025850929940456840 },
  { function(x) return x - 1e-30 end, -1, 1, 1e-30 },
  { function(x) return x end, -1, 3, 0 },
  { function(x) return x * math.exp(-x * x) end, -10, 9, 0 },
  { function(x) return math.atan(x - 1e8) end, -1e9, 1e12, 1e8 },
  { function(x) return 1 - x end, 1, 2, 1 },
  { function(x) return x - 2 end, 1, 2, 2 },
}

--- How much of x is lost where f is evaluated: the flat one is 0 only at 1, but its sign is that of
-- x - 1 throughout; the others lose an ulp of their terms over the slope.
local function check(found, want)
  near(found, want, 8 * EPS * math.abs(want) + 1e-300)
end

for _, name in ipairs { "bisect", "brent" } do
  describe(name, function()
    it("finds roots to the last digits", function()
      for _, case in ipairs(cases) do
        local x, y = sd[name](case[1], case[2], case[3])
        check(x, case[4])
        assert.are.equal(case[1](x), y)
        check((sd[name](case[1], case[3], case[2])), case[4])
      end
    end)

    it("stops at its tolerance", function()
      local calls = 0
      local function f(x)
        calls = calls + 1
        return x ^ 3 - 2
      end
      near(sd[name](f, 0, 5, { tol = 1e-3 }), 2 ^ (1 / 3), 1e-3)
      assert.is_true(calls < 18) -- log2(5/1e-3) is 12.3
    end)

    it("goes to a jump and past an infinity", function()
      near(sd[name](function(x) return x < 0.3 and -1 or 1 end, 0, 1), 0.3, 4 * EPS)
      near(sd.bisect(function(x) return 1 / (0.25 - x) end, 0, 1), 0.25, 4 * EPS)
    end)

    it("says what is wrong", function()
      raises(name .. ": needs a bracket, at whose ends the signs differ: f(1) = 1, f(3) = 9",
        sd[name], function(x) return x ^ 2 end, 1, 3)
      raises(name .. ": the function is NaN at 0", sd[name], function(x) return x / x end, 0, 1)
      raises(name .. ": a must be a finite number, got -inf", sd[name], math.sin, -math.huge, 1)
      raises(name .. ": option 'tol' must be a finite number from 0, got -1",
        sd[name], math.sin, -1, 1, { tol = -1 })
      raises(name .. ": unknown option 'toll' (did you mean 'tol'?)", sd[name], math.sin, -1, 1,
        { toll = 1 })
      raises(name .. ": argument 1 must be a function, got nil", sd[name], nil, 0, 1)
      raises(name .. ": the function must return a number, at 0 it returned a 2x1 matrix", sd[name],
        function() return sd.ones(2, 1) end, 0, 1)
    end)
  end)
end

it("brent needs fewer calls than halving, and few for smooth functions", function()
  for k, case in ipairs(cases) do
    local calls = { bisect = 0, brent = 0 }
    for name in pairs(calls) do
      sd[name](function(x)
        calls[name] = calls[name] + 1
        return case[1](x)
      end, case[2], case[3])
    end
    if k <= 2 then assert.is_true(calls.brent <= 15, ("case %d: %d"):format(k, calls.brent)) end
    assert.is_true(calls.brent < 3 * calls.bisect) -- Brent's own bound is the square
  end
end)

describe("newton", function()
  it("converges quadratically with the derivative of sd.grad", function()
    local calls = 0
    local function f(x)
      calls = calls + 1
      return x ^ 3 - 2
    end
    near(sd.newton(f, 1.3), 2 ^ (1 / 3), 4 * EPS)
    assert.is_true(calls <= 6) -- 1e-2, 1e-4, 1e-8, 1e-16, and one to see it
    near(sd.newton(function(x) return sd.exp(x) - 2 end, 5), math.log(2), 4 * EPS)
  end)

  it("takes a given slope, and plain functions with it", function()
    near(sd.newton(math.sin, 3, { slope = math.cos }), math.pi, 4 * EPS)
  end)

  it("halves steps that lead up or out of the domain", function()
    near(sd.newton(sd.log, 3), 1, 4 * EPS) -- the first step would end at -0.3
    near(sd.newton(math.atan, 3, { slope = function(x) return 1 / (1 + x * x) end }), 0, 1e-15)
  end)

  it("stays in a bracket where it would not converge without", function()
    local function f(x) return x ^ 3 - 2 * x + 2 end -- from 0 it goes to 1, and back to 0
    local x = sd.newton(f, 0, { lo = -3, hi = 1 })
    near(f(x), 0, 20 * EPS * 5)
    near(sd.newton(function(y) return y ^ 9 end, 1, { lo = -1, hi = 2, steps = 2000 }), 0, 1e-30)
    assert.are.equal(2, (sd.newton(function(y) return y - 2 end, 3, { lo = 2, hi = 4 })))
  end)

  it("says what is wrong", function()
    raises("newton: |f| has a minimum near ", sd.newton, function(x) return x ^ 2 + 1 end, 3)
    raises("newton: f is 1 and its slope 0 at 0", sd.newton, function(x) return x ^ 2 + 1 end, 0)
    raises("newton: no root after 3 steps; f(", sd.newton, function(x) return x ^ 3 end, 1,
      { steps = 3 })
    raises("newton: no root after 2 steps; it is in ", sd.newton, function(x) return x ^ 3 end, 1,
      { steps = 2, lo = -1, hi = 2 })
    raises("newton: x0 must be between lo and hi, got lo = -1, x0 = 5, hi = 2", sd.newton,
      function(x) return x end, 5, { lo = -1, hi = 2 })
    raises("newton: b must be a finite number, got nil", sd.newton, math.sin, 1, { lo = 0 })
    raises("newton: has no traced form: sd.loop records", function()
      sd.grad(function(a) return (sd.newton(function(x) return x ^ 2 - a end, a)) end)(2)
    end)
    raises("newton: the function must return a number, at 1", function()
      sd.grad(function(a) return (sd.newton(function(x) return x ^ 2 - a end, 1)) end)(2)
    end)
  end)
end)

describe("maximize1d", function()
  -- Near a maximum f falls by f''(x) d^2/2: points closer than sqrt(eps) are equal to f.
  it("finds maxima inside and at the ends", function()
    local x, y = sd.maximize1d(math.sin, 0, 3)
    near(x, math.pi / 2, 4e-8)
    near(y, 1, 4 * EPS)
    near(sd.maximize1d(function(z) return -(z - 1e-3) ^ 2 end, -1, 1), 1e-3, 1e-9)
    assert.are.same({ 2, 4 }, { sd.maximize1d(function(z) return z * z end, -1, 2) })
    assert.are.same({ -1, 1 }, { sd.maximize1d(function(z) return -z end, -1, 2) })
    near(sd.maximize1d(function(z) return z < 0.7 and z or 1.4 - z end, 0, 1), 0.7, 1e-7) -- a kink
  end)

  it("is local, or global over a grid", function()
    local function f(x) return math.exp(-(x - 1) ^ 2) + 2 * math.exp(-50 * (x - 9) ^ 2) end
    near(sd.maximize1d(f, 0, 10), 1, 1e-6) -- the broad one; the other's share there is e^-3200
    near(sd.maximize1d(f, 0, 10, { grid = 40 }), 9, 1e-6)
  end)

  it("says what is wrong", function()
    raises("maximize1d: a must be below b, got a = 1, b = 1", sd.maximize1d, math.sin, 1, 1)
    raises("maximize1d: the function is NaN at 0", sd.maximize1d,
      function(x) return x / x end, 0, 1)
    raises("maximize1d: option 'grid' must be a whole number from 1 to 16777216, got 0",
      sd.maximize1d, math.sin, 0, 1, { grid = 0 })
    raises("maximize1d: option 'tol' must be above 0 and below 1, got 0",
      sd.maximize1d, math.sin, 0, 1, { tol = 0 })
  end)
end)
