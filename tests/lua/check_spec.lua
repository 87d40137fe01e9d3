--- The checks that modules in Lua share: what passes, what is returned, what is said.
local sd = require "saddle"
local check = require "saddle.check"
local support = require "tests.lua.support"
local raises = support.raises

describe("a check", function()
  it("gives back what it has checked, or the default in place of nil", function()
    assert.equal("float", math.type(check.number("f", "x", 3)))
    assert.equal("integer", math.type(check.whole("f", "n", 3.0, 1)))
    assert.equal(7, check.whole("f", "n", nil, 1, nil, 7))
    assert.equal(0.5, check.fraction("f", "p", nil, 0.5))
    assert.equal(false, check.flag("f", "b"))
    assert.equal(true, check.flag("f", "b", nil, true))
    assert.equal(false, check.flag("f", "b", false, true))
    assert.equal("b", check.word("f", "w", "b", { "a", "b" }, "a"))
    assert.same({ 1, 2.5 }, check.list("f", "v", sd.matrix { { 1, 2.5 } }, 1))
    assert.equal("f64", check.matrix("f", "A", sd.ones(2, 1, { dtype = "f32" })).dtype)
  end)

  it("has one sentence for each rule", function()
    local nan = 0 / 0
    raises("f: x must be a finite number, got NaN", check.number, "f", "x", nan)
    raises("f: x must be a finite number from 0, got -1", check.number, "f", "x", -1, 0)
    raises("f: x must be a number in [0, 2], got 3", check.number, "f", "x", 3, 0, 2)
    raises("f: x must be a positive number, got 0", check.positive, "f", "x", 0)
    raises("f: x must be above 0 and below 1, got 1", check.fraction, "f", "x", 1)
    raises("f: n must be a whole number from 1, got 1.5", check.whole, "f", "n", 1.5, 1)
    raises("f: n must be a whole number from 1 to 3, got 4", check.whole, "f", "n", 4, 1, 3)
    raises("f: b must be true or false, got 0", check.flag, "f", "b", 0)
    raises("f: w must be 'a', 'b' or 'c', got nil", check.word, "f", "w", nil, { "a", "b", "c" })
    raises("f: element 2 of v must be a finite number, got NaN", check.list, "f", "v", { 1, nan },
      1)
    raises("f: A has NaN or infinite elements", check.matrix, "f", "A", sd.full(2, 2, nan))
    raises("f: A must be symmetric", check.symmetric, "f", "A", sd.matrix { { 1, 2 }, { 3, 4 } })
    raises("f: g must be a function, got 3", check.callable, "f", "g", 3)
    raises("f: r must be an rng, got 3", check.rng, "f", "r", 3)
    raises("f: unknown option 'tool' (did you mean 'tol'?)", check.options, "f", { tool = 1 },
      { "tol" })
  end)

  it("takes false for no default", function()
    raises("option 'power' must be a whole number from 1, got false", sd.bounds.gershgorin,
      sd.eye(2), { power = false })
    raises("option 'method' must be 'rk45' or 'rk4', got false", sd.ode, math.sin, 0, 1, 1,
      { method = false })
  end)

  it("refuses an rng without a value, and symbols where values are needed", function()
    raises("packing: option 'rng' must be an rng with a value", sd.compile(function(rng)
      return sd.packing { dim = 2, radius = 1, eps = 0.1, count = 2, rng = rng }
    end), sd.rng(1))
    raises("bounds.gershgorin: has no traced form", sd.compile(function(A)
      return sd.bounds.gershgorin(A).low
    end), sd.eye(2))
  end)

  it("finds the name that was meant", function()
    local t = check.directory("shop", "fruit", { apple = 1, pear = 2 })
    assert.equal(1, t.apple)
    raises("shop: no fruit 'aple' (did you mean 'apple'?)", function() return t.aple end)
    raises("shop: no fruit 'xyzzyx' (known: 'apple', 'pear')", function() return t.xyzzyx end)
    raises("shop: no fruit has the name 3 (known: 'apple', 'pear')", function() return t[3] end)
  end)
end)
