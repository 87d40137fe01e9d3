--- sd.hermite, Hadamard and Khatri-Rao powers: recurrences, quadrature, series, simulation.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local hermite = sd.hermite

describe("polynomials", function()
  local X = sd.linspace(-3, 3, 13)
  it("are He_4 = x^4 - 6 x^2 + 3 and its like, with symbols too", function()
    near(hermite.He(4, X), X ^ 4 - 6 * X ^ 2 + 3, 1e-13) -- terms up to 81 + 54
    near(hermite.h(4, X), (X ^ 4 - 6 * X ^ 2 + 3) * (1 / math.sqrt(24)), 1e-13)
    assert.are.equal(1, hermite.He(0, 2))
    -- He_i' = i He_{i-1}
    local slope = sd.grad(function(x) return sd.sum(hermite.He(5, x)) end)(X)
    near(slope, 5 * hermite.He(4, X), 1e-12)
  end)
end)

describe("coefficients", function()
  it("are those of activations, kinked or not", function()
    for _, name in ipairs{ "gelu", "relu", "tanh", "elu" } do
      local a, info = hermite.coefficients(sd.act[name], 12)
      for i = 0, 12 do near(a(i + 1), sd.act[name].hermite(i), 1e-14) end
      assert(info.error < 1e-13)
    end
  end)

  it("meet jumps anywhere", function()
    -- E 1{g >= c} He_i = He_{i-1}(c) phi(c)
    local c = 0.3
    local a, info = hermite.coefficients(function(x) return sd.ge(x, c) end, 6,
      { normalised = false })
    local phi = math.exp(-c * c / 2) / math.sqrt(2 * math.pi)
    near(a(1), sd.normal.sf(c), 1e-14)
    for i = 1, 6 do near(a(i + 1), hermite.He(i - 1, c) * phi, 1e-13) end
    near(info.square, sd.normal.sf(c), 1e-14)
  end)

  it("are local to a scale, and sum to the square", function()
    -- exp(s g) = e^{s^2/2} sum s^i / i! He_i; sum of squares beyond 20 is below s^42/21!
    local s = 0.5
    local a, info = hermite.coefficients(sd.exp, 20, { scale = s, normalised = false })
    -- E exp(s g) He_i = s^i e^{s^2/2}; h_i has an error of 1e-13, He_i sqrt(i!) of that
    for i = 0, 20 do
      near(a(i + 1), math.exp(s * s / 2) * s ^ i, 1e-13 * sd.exp(0.5 * sd.lgamma(i + 1)))
    end
    near(info.square, math.exp(2 * s * s), 1e-13)
    assert(info.tail < 1e-13)
    near(hermite.expand(hermite.coefficients(sd.exp, 20, { scale = s }), 1), math.exp(s), 1e-12)
  end)
end)

describe("kernels", function()
  it("of ReLU: the series and the closed forms", function()
    local R = sd.linspace(-0.9, 0.9, 7)
    for order, f in pairs{ [0] = sd.act.relu.d, [1] = sd.relu } do
      local a, info = hermite.coefficients(f, 200)
      near(hermite.kernel(a, R), hermite.arccos(order, R), info.tail * 0.9 ^ 201 + 1e-13)
    end
    for k = 1, #R do
      local t = math.acos(R(k))
      near(hermite.arccos(0, R(k)), (math.pi - t) / (2 * math.pi), 1e-15)
      near(hermite.arccos(1, R(k)),
        (math.sin(t) + (math.pi - t) * R(k)) / (2 * math.pi), 1e-15)
    end
  end)

  it("of two functions and by quadrature", function()
    local a, b = hermite.coefficients(sd.tanh, 120), hermite.coefficients(sd.sin, 60)
    -- what degree 120 leaves out has weight 0.6^121
    near(hermite.kernel(a, 0.6, b), (sd.normal.expect(sd.tanh, sd.sin, 0.6)), 1e-13)
  end)

  it("make the expected Gram matrix, columns of any length", function()
    local X = sd.rng(1):randn(3, 5)
    local K, info = hermite.gram(sd.relu, X, { rows = 10, scale = 2 })
    local r = sd.norm(X, { dim = 1 })
    local L = r:t() * r
    local cosines = sd.clamp((X:t() * X) / L, -1, 1)
    -- ReLU is homogeneous: 10 * 2^2 |x| |y| kernel(cos)
    near(K, 40 * L % hermite.arccos(1, cosines), info.error + 1e-12)
    assert(info.error < 1e-3)
  end)

  it("agree with simulation", function()
    local X = sd.rng(2):sphere(4, 6)
    local K = hermite.gram(sd.tanh, X, { rows = 1, scale = 1.5 })
    local n = 40000
    local F = sd.tanh(1.5 * sd.rng(3):randn(n, 4) * X)
    -- |tanh tanh| <= 1: 36 means with deviation below 1/200; 6 of these, a false alarm in 1e7
    near(F:t() * F * (1 / n), K, 6 / math.sqrt(n))
  end)
end)

describe("Hadamard and Khatri-Rao powers", function()
  it("(X^{*t})' X^{*t} = G^{o t}", function()
    local X = sd.rng(1):sphere(4, 6)
    for t = 1, 4 do
      local P = sd.khatri_rao_power(X, t)
      assert.are.equal(4 ^ t, P.rows)
      near(P:t() * P, sd.hadamard_power(X:t() * X, t), 1e-14)
      local s, info = sd.khatri_rao_spectrum(X, t)
      local values = sd.svdvals(P)
      near(s, P.rows >= 6 and values(6) or 0, 1e-13)
      near(info.sigma_max, values(1), 1e-13)
      assert.are.equal(sd.rank(P), info.rank)
    end
  end)

  it("have rank at most C(d+t-1, t)", function()
    local s, info = sd.khatri_rao_spectrum(sd.rng(1):sphere(3, 15), 2)
    assert.are.equal(0, s)
    assert.are.equal(6, info.rank)
    assert.are.equal(6, info.bound)
  end)

  it("take the Gram matrix where the rows are too many", function()
    local X = sd.rng(1):sphere(40, 30)
    local s, info = sd.khatri_rao_spectrum(X, 4) -- C(43, 4) = 123410 rows
    assert.are.equal("gram", info.route)
    near(s, math.sqrt(sd.eigvalsh(sd.hadamard_power(X:t() * X, 4))(1)), 1e-7)
    assert.are.equal(30, info.rank)
    -- (x, y)^{*t} of any degree at once: a Gram matrix of |x|^2t, here of unit columns
    s, info = sd.khatri_rao_spectrum(sd.eye(2), 2 ^ 40)
    assert.same({ 1, 1, 2, "gram" }, { s, info.sigma_max, info.bound, info.route })
    assert.are.equal(1, (sd.khatri_rao_spectrum(sd.ones(1, 1), 2 ^ 52)))
  end)
end)

describe("errors", function()
  it("name the function and the rule", function()
    raises("hermite.h: the degree must be a whole number from 0 to 200, got -1", hermite.h, -1, 0)
    raises("hermite.He: argument 2 must be a matrix or a number, got the string", hermite.He, 1,
      "x")
    raises("hermite.coefficients: f must be a function, got 3", hermite.coefficients, 3, 4)
    raises("f on numbers in [-40, 40] times scale has NaN or infinite elements",
      hermite.coefficients, sd.log, 4)
    raises("f must work element by element: of 1280x1 it makes 1x1280", hermite.coefficients,
      function(x) return x:t() end, 2)
    raises("unknown option 'scal' (did you mean 'scale'?)", hermite.coefficients, sd.relu, 2,
      { scal = 1 })
    raises("hermite.kernel: a must be a column", hermite.kernel, sd.ones(2, 2), 0.5)
    raises("hermite.gram: X has NaN or infinite elements", hermite.gram, sd.relu, 0 / 0)
    raises("hadamard_power: the power must be a whole number from 0, got 1.5", sd.hadamard_power,
      sd.eye(2), 1.5)
    raises("khatri_rao_power: 100x5 to the power 6 has 5e+12 elements", sd.khatri_rao_power,
      sd.ones(100, 5), 6)
    raises("khatri_rao_spectrum: argument 1 must be a matrix, got nil", sd.khatri_rao_spectrum)
  end)
end)
