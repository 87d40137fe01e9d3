local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local act = sd.act
local U = 2 ^ -53

local smooth = { "identity", "softplus", "centred_softplus", "tanh", "sigmoid", "centred_sigmoid",
  "gelu", "gelu_tanh", "silu", "sin", "cos", "erf" }
local kinked = { "relu", "leaky_relu", "bent", "elu" }
local all = {}
for _, name in ipairs(smooth) do all[#all + 1] = name end
for _, name in ipairs(kinked) do all[#all + 1] = name end

--- Points on both sides of the kink, none nearer to it than the step of a difference.
local X = sd.vcat(sd.linspace(-6, -0.05, 120), sd.linspace(0.05, 6, 120))

describe("derivatives", function()
  -- Fourth-order central differences with h = 1e-3: truncation h^4/30 |f^(5)| with |f^(5)| < 50 for
  -- all of them, 2e-12; rounding of values below 7 within 4 ulp, 1.5 * 4 * 7 * 2u / h < 1e-11.
  local h, tolerance = 1e-3, 1.5e-11
  local function difference(f)
    return (8 * (f(X + h) - f(X - h)) - (f(X + 2 * h) - f(X - 2 * h))) / (12 * h)
  end

  it("agree with central differences", function()
    for _, name in ipairs(all) do
      local f = act[name]
      near(f.d(X), difference(f), tolerance)
      near(f.dd(X), difference(f.d), tolerance)
    end
    local made = { act.elu{ alpha = 0.5 }, act.leaky_relu{ slope = -0.2 }, act.mix(0.3, act.gelu) }
    for _, f in ipairs(made) do
      near(f.d(X), difference(f), tolerance)
      near(f.dd(X), difference(f.d), tolerance)
    end
  end)

  it("keep their digits in the tails", function()
    -- tanh'(20) = 4 e^-40 (1 + O(e^-40)), sigmoid'(40) = e^-40: arguments are exact, two sigmoids
    -- and two products, 8 u
    local e = math.exp(-40)
    near(act.tanh.d(20) / (4 * e), 1, 8 * U)
    near(act.sigmoid.d(40) / e, 1, 8 * U)
    near(act.sigmoid.dd(-40) / e, 1, 12 * U)
    near(act.softplus.dd(-40) / e, 1, 8 * U)
    -- at -30 silu' = s (1 + x s(-x)) with s = e^-30 to 1e-13
    near(act.silu.d(-30) / (-29 * math.exp(-30)), 1, 2e-13)
  end)

  it("have limits at infinity and at huge arguments", function()
    for _, name in ipairs(all) do
      if name ~= "sin" and name ~= "cos" then
        for _, x in ipairs{ math.huge, 1e300, 1e4 } do
          local left, right = act[name].d(-x), act[name].d(x)
          local want = (name:find "sigmoid" or name == "tanh" or name == "erf") and 0 or 1
          assert.are.equal(want, right, name)
          local other = (name == "identity" or name == "bent") and 1
              or name == "leaky_relu" and 0.01 or 0
          assert.are.equal(other, left, name)
          assert.are.equal(0, act[name].dd(x), name)
          assert.are.equal(0, act[name].dd(-x), name)
        end
      end
    end
  end)

  it("take the right side at a kink", function()
    assert.are.equal(1, act.relu.d(0))
    assert.are.equal(1, act.leaky_relu.d(-0.0))
    assert.are.equal(1, act.elu{ alpha = 2 }.d(0))
    assert.are.equal(3, act.bent{ left = 2, right = 3 }.d(0))
    for _, name in ipairs(kinked) do assert.are.equal(0, act[name].dd(0)) end
  end)

  it("keep shape and dtype and return new matrices", function()
    local A = sd.ones(2, 3, { dtype = "f32" })
    for _, name in ipairs(all) do
      for _, g in ipairs{ act[name].f, act[name].d, act[name].dd } do
        local B = g(A)
        assert.are.same({ 2, 3, "f32" }, { B.rows, B.cols, B.dtype })
        assert.is_false(rawequal(A, B))
      end
    end
  end)
end)

describe("bounds", function()
  -- sup by a grid of step h = 1e-4: a maximum lies within h/2 of a grid point, where the value is
  -- lower by at most (h/2)^2/2 |g''|; |g''| < 6 for every f' and f'' here.
  local h = 1e-4
  local grid = sd.linspace(-12, 12, 240001)

  it("are the suprema of the derivatives", function()
    for _, name in ipairs(all) do
      local f = act[name]
      local slope = sd.max(sd.abs(f.d(grid)))
      assert.is_true(slope <= f.slope * (1 + 8 * U), name)
      -- softplus' only tends to 1: at 12 it is e^-12 below
      near(slope, f.slope, name:find "softplus" and 7e-6 or 6 * h * h / 8)
      if f.curvature < math.huge and name ~= "elu" then
        local curvature = sd.max(sd.abs(f.dd(grid)))
        assert.is_true(curvature <= f.curvature * (1 + 8 * U), name)
        near(curvature, f.curvature, 6 * h * h / 8)
      end
    end
    assert.are.equal(1, act.elu.curvature) -- approached from the left of 0, where elu'' = e^x
    near(act.elu.dd(-1e-9), 1, 2e-9)
  end)

  it("of silu and gelu are roots to the last digits", function()
    -- at a maximum the value does not depend on the root's error to first order
    local function sup(f, a, b) -- bisection of f''
      for _ = 1, 60 do
        local c = (a + b) / 2
        if f.dd(c) > 0 then a = c else b = c end
      end
      return f.d(a)
    end
    near(act.silu.slope, sup(act.silu, 2, 3), 8 * U)
    near(act.gelu.slope, sup(act.gelu, 1, 2), 8 * U)
    near(act.gelu_tanh.slope, sup(act.gelu_tanh, 1, 2), 8 * U)
  end)

  it("are infinite for kinks", function()
    assert.are.equal(math.huge, act.relu.curvature)
    assert.are.equal(math.huge, act.leaky_relu.curvature)
    assert.are.equal(math.huge, act.elu{ alpha = 0.5 }.curvature)
    assert.are.equal(2, act.elu{ alpha = -2 }.slope)
  end)
end)

describe("hermite", function()
  -- 1e-12 is the promise for i <= 20; the sums below have 1280 terms and absolute value below 1, so
  -- rounding stays under 1280 u = 1.5e-13 and the rest is for the rule
  local promise = 1e-12

  it("of relu is known", function()
    local c = act.relu.hermite
    near(c(0), 1 / math.sqrt(2 * math.pi), promise)
    near(c(1), 1 / 2, promise)
    near(c(2), 1 / (2 * math.sqrt(math.pi)), promise)
    local factorial, double = 2, 1 -- (2k)! and (2k-3)!!
    for k = 2, 10 do
      near(c(2 * k - 1), 0, promise)
      factorial = factorial * (2 * k - 1) * (2 * k)
      double = double * math.max(2 * k - 3, 1)
      local sign = k % 2 == 0 and -1 or 1
      near(c(2 * k), sign * double / math.sqrt(2 * math.pi * factorial), promise)
    end
  end)

  it("of sin, cos and identity is known", function()
    local factorial = 1
    for i = 0, 20 do
      if i > 0 then factorial = factorial * i end
      local size = math.exp(-0.5) / math.sqrt(factorial) -- the i-th derivative's mean over sqrt(i!)
      local phase = ({ [0] = 0, 1, 0, -1 })
      near(act.sin.hermite(i), phase[i % 4] * size, promise)
      near(act.cos.hermite(i), phase[(i + 1) % 4] * size, promise)
      near(act.identity.hermite(i), i == 1 and 1 or 0, promise)
    end
  end)

  it("of erf and softplus agrees with closed forms", function()
    near(act.erf.hermite(1), 2 / math.sqrt(3 * math.pi), promise) -- E erf'(g)
    near(act.softplus.hermite(1), 1 / 2, promise)                 -- E sigmoid(g)
    near(act.gelu.hermite(0), 1 / (2 * math.sqrt(math.pi)), promise)
  end)

  it("satisfies Parseval's identity", function()
    local function energy(f, n)
      local sum = 0
      for i = 0, n do sum = sum + f.hermite(i) ^ 2 end
      return sum
    end
    near(energy(act.sin, 40), (1 - math.exp(-2)) / 2, promise)
    near(energy(act.cos, 40), (1 + math.exp(-2)) / 2, promise)
    near(energy(act.identity, 40), 1, promise)
    -- E erf(g)^2 = 2/pi asin(2/3); the coefficients fall as (2/3)^(i/2), (2/3)^200 = 6e-36
    near(energy(act.erf, 200), 2 / math.pi * math.asin(2 / 3), promise)
  end)

  it("is cached and checks its degree", function()
    assert.are.equal(act.tanh.hermite(3), act.tanh.hermite(3.0))
    for _, bad in ipairs{ -1, 1.5, 201, "x", 0 / 0 } do
      raises("act.tanh.hermite: the degree must be a whole number in 0..200", act.tanh.hermite, bad)
    end
    raises("act.tanh.hermite: the degree", act.tanh.hermite, nil)
  end)
end)

describe("families", function()
  it("leaky_relu and elu take their parameter", function()
    local f = act.leaky_relu{ slope = 0.2 }
    assert.are.equal(-0.2, f(-1))
    assert.are.equal(0.2, f.d(-1))
    assert.are.equal("leaky_relu{slope=0.2}", f.name)
    assert.are.equal(-0.01, act.leaky_relu(-1))
    assert.are.equal(0.5 * act.elu(-2), act.elu{ alpha = 0.5 }(-2))
    -- by symmetry E[f(g) g] = (1 + slope)/2
    near(f.hermite(1), 0.6, 1e-12)
    raises("act.leaky_relu: unknown option 'alpha' (known: 'slope')", act.leaky_relu, { alpha = 1 })
    raises("act.elu: alpha must be a finite number, got inf", act.elu,
      { alpha = math.huge })
  end)

  it("mix is linear in both parts", function()
    local f = act.mix(0.25, act.relu)
    assert.are.equal("mix(0.25, relu)", f.name)
    assert.are.equal(f.name, act.mix(0.25, act.relu, { "a third argument is not a name" }).name)
    assert.are.equal(-0.5, f(-2))
    assert.are.equal(2, f(2))
    assert.are.equal(0.25, f.d(-2))
    near(f.hermite(1), 0.25 + 0.75 / 2, 1e-12)
    near(f.hermite(2), 0.75 * act.relu.hermite(2), 1e-15)
    assert.are.equal(1, f.slope)
    assert.are.equal(math.huge, f.curvature)
    assert.are.equal(0, act.mix(1, act.relu).curvature)
    assert.are.equal(0.5 * act.tanh.curvature, act.mix(0.5, act.tanh).curvature)
    raises("act.mix: the weight must be a finite number", act.mix, 0 / 0, act.relu)
    raises("act.mix: argument 2 must be an activation", act.mix, 0.5, sd.relu)
  end)

  it("names what is unknown or wrong", function()
    raises("act: no activation 'gelo' (did you mean 'gelu'?)", function() return act.gelo end)
    raises("act: an activation has no field 'slop'", function() return act.relu.slop end)
    raises("act.gelu.d: argument 1 must be a matrix or a number, got nil", act.gelu.d)
    raises("act.tanh: argument 1 must be a matrix or a number, got the string \"x\"", act.tanh, "x")
    assert.are.equal("sd.act.gelu", tostring(act.gelu))
  end)
end)
