--- Activations of polynomial pieces, Hermite coefficients as the papers state them, exponents.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local act = sd.act
local U = 2 ^ -53

--- rt and its derivatives written out, for numbers.
local function naive_ramp(z, zeta)
  if z < 0 then return 0, 0, 0 end
  if z >= zeta then return z - zeta / 2, 1, 0 end
  local t = z / zeta
  return zeta * (t ^ 3 - t ^ 4 / 2), 3 * t ^ 2 - 2 * t ^ 3, 6 * t * (1 - t) / zeta
end

--- f, f.d, f.dd at the points against three numbers of `naive`: sums of at most four terms.
local function compare(f, naive, points)
  for _, z in ipairs(points) do
    local v, d, dd = naive(z)
    for k, pair in ipairs { { f(z), v }, { f.d(z), d }, { f.dd(z), dd } } do
      local tolerance = 16 * U * math.max(1, math.abs(pair[2]), k == 3 and f.curvature or f.slope)
      near(pair[1], pair[2], tolerance)
    end
  end
end

describe("pieces of polynomials", function()
  local points = { -3, -1, -0.7, -0.55, -0.51, -0.5, -0.1, -1e-9, 0, 1e-9, 0.01, 0.02, 0.05, 0.08,
    0.1, 0.1 + 1e-12, 0.25, 0.5, 0.53, 0.6, 0.61, 1, 1.25, 2, 1e6 }

  it("are their formulas", function()
    for _, zeta in ipairs { 0.1, 1, 0.003 } do
      compare(act.smooth_relu{ zeta = zeta }, function(z) return naive_ramp(z, zeta) end, points)
      compare(act.smooth_leaky_relu{ zeta = zeta }, function(z)
        local v, d, dd = naive_ramp(z, zeta)
        return zeta * z + (1 - zeta) * v, zeta + (1 - zeta) * d, (1 - zeta) * dd
      end, points)
      for _, b in ipairs { 0, 0.5 } do
        compare(act.dead_zone{ width = b, zeta = zeta }, function(z)
          local v, d, dd = naive_ramp(z - b, zeta)
          local v2, d2, dd2 = naive_ramp(-z - b, zeta)
          return v + v2, d - d2, dd + dd2
        end, points)
      end
    end
    for _, c in ipairs { 0.5, 1, 4 } do
      compare(act.cubic{ cutoff = c }, function(z)
        if math.abs(z) < c then return z ^ 3, 3 * z ^ 2, 6 * z end
        local s = z > 0 and 1 or -1
        return s * (3 * c ^ 2 * math.abs(z) - 2 * c ^ 3), 3 * c ^ 2, 0
      end, points)
    end
    compare(act.bent{ left = 1, right = 8 }, function(z)
      return 8 * math.max(z, 0) - math.max(-z, 0), z >= 0 and 8 or 1, 0
    end, points)
  end)

  it("trace to slopes that are right relative to themselves, far below the cutoff, too", function()
    local f = act.cubic{ cutoff = 40 }
    for _, z in ipairs { 1e-150, 1e-9, -1e-3, 39 } do
      local slope = sd.grad(function(x) return sd.sum(f(x)) end)(sd.full(1, 1, z)):item()
      near(slope / (3 * z ^ 2), 1, 14 * U) -- terms of 7 z^2 in all, 6 roundings
    end
  end)

  it("are smooth where their pieces join, and so is what is traced of them", function()
    -- the derivative of the recorded formula, at the joints too, is f.d, and that of f.d is f.dd
    local made = { act.smooth_relu, act.smooth_leaky_relu{ zeta = 0.3 }, act.dead_zone,
      act.cubic{ cutoff = 2 }, act.centred_softplus, act.centred_sigmoid, act.gelu_tanh,
      act.bent{ left = -1, right = 3 } }
    local at = sd.matrix { -50, -2, -1, -0.6, -0.5, 0, 0.05, 0.1, 0.3, 0.5, 0.55, 0.6, 1, 2, 50 }
    for _, f in ipairs(made) do
      local d = sd.grad(function(x) return sd.sum(f(x)) end)(at)
      near(d, f.d(at), 16 * U * f.slope)
      -- at the joints of the cubic f'' jumps, and each side's value is one
      local inside = f.name:find "cubic" and sd.matrix { -1, 0.3, 1 } or at
      local dd = sd.grad(function(x) return sd.sum(f.d(x)) end)(inside)
      near(dd, f.dd(inside), 32 * U * math.min(f.curvature, 1e3))
    end
  end)

  it("reach their bounds", function()
    for _, zeta in ipairs { 0.1, 0.02 } do
      local f = act.smooth_relu{ zeta = zeta }
      near(f.dd(zeta / 2), f.curvature, 4 * U * f.curvature)
      near(f.dd(zeta / 4), 1.125 / zeta, 4 * U * f.curvature)
      near(act.dead_zone{ zeta = zeta, width = 1 }.dd(-1 - zeta / 2), 1.5 / zeta, 1e-12 / zeta ^ 2)
    end
    local g = act.smooth_leaky_relu{ zeta = 0.2 }
    near(g.d(1), g.slope, U)
    near(g.dd(0.1), g.curvature, 8 * U * g.curvature)
    local c = act.cubic{ cutoff = 3 }
    near(c.d(5), c.slope, 0)
    near(c.dd(3 - 1e-9), c.curvature, 7e-9)
    assert.are.same({ 4, math.huge }, { act.bent{ left = -4, right = 3 }.slope,
      act.bent{ left = -4, right = 3 }.curvature })
    assert.are.equal(0, act.bent.curvature)
  end)

  it("keep shape and dtype", function()
    local A = sd.rng(1):randn(2, 3)
    for _, name in ipairs { "smooth_relu", "smooth_leaky_relu", "dead_zone", "cubic" } do
      local f = act[name]
      for _, g in ipairs { f.f, f.d, f.dd } do
        local B = g(A:to "f32")
        assert.are.same({ 2, 3, "f32" }, { B.rows, B.cols, B.dtype })
        -- t = z/zeta is off by 2 u |z|/zeta < 60 u, and f'' of t by the factor 6/zeta = 60
        near(B:to "f64", g(A), 2 ^ -24 * (rawequal(g, f.dd) and 3600 or 180))
      end
    end
  end)

  it("have no NaN at infinity", function()
    for _, f in ipairs { act.smooth_relu, act.cubic, act.dead_zone, act.bent{ left = 0 },
      act.centred_softplus, act.gelu_tanh } do
      assert.are.equal(math.huge, f(math.huge))
      for _, x in ipairs { math.huge, -math.huge } do
        assert.is_true(f(x) == f(x) and f.d(x) == f.d(x) and f.dd(x) == 0, f.name)
      end
    end
    assert.are.equal(-math.log(2), act.centred_softplus(-math.huge))
  end)

  it("keep the digits of small arguments", function()
    -- softplus(x) - log 2 = x/2 + x^2/8 + O(x^4), sigmoid(x) - 1/2 = x/4 + O(x^3)
    for _, x in ipairs { 1e-9, -1e-9 } do
      near(act.centred_softplus(x) / (x / 2 + x * x / 8), 1, 8 * U)
      near(act.centred_sigmoid(x) / (x / 4), 1, 8 * U)
    end
    near(act.centred_softplus(3), math.log((1 + math.exp(3)) / 2), 8 * U * 3)
    near(act.centred_softplus(-3), math.log((1 + math.exp(-3)) / 2), 8 * U)
    near(act.centred_sigmoid(2), 1 / (1 + math.exp(-2)) - 0.5, 4 * U)
    near(act.gelu_tanh(-1.5),
      -0.75 * (1 + (function(u) return (math.exp(2 * u) - 1) / (math.exp(2 * u) + 1) end)(
        math.sqrt(2 / math.pi) * (-1.5 - 0.044715 * 1.5 ^ 3))), 8 * U)
  end)
end)

describe("hermite", function()
  -- E[f He_i] = c_i sqrt(i!), five decimals each: Song et al., Subquadratic overparameterization
  -- for shallow neural networks, compute them for these.
  local stated = {
    gelu = { 0.28209, 0.5, 0.42314, 0, -0.35262, 0, 0.74050 },
    centred_softplus = { 0.11291, 0.5, 0.20662, 0, -0.06240, 0, 0.06438 },
    tanh = { 0, 0.60571, 0, -0.36360, 0, 0.68517, 0 },
    centred_sigmoid = { 0, 0.20662, 0, -0.06240, 0, 0.06438, 0 },
    elu = { 0.16052, 0.76158, 0.26158, -0.13736, -0.13736, 0.26158, 0.26158 },
    silu = { 0.20662, 0.5, 0.35085, 0, -0.18521, 0, 0.26370 },
  }

  it("has the values that are stated", function()
    for name, list in pairs(stated) do
      local factorial = 1
      for i = 0, 6 do
        factorial = factorial * math.max(i, 1)
        near(act[name].hermite(i) * math.sqrt(factorial), list[i + 1], 0.5e-5)
      end
    end
    near(act.softplus.hermite(0), 0.80606, 0.5e-5)
  end)

  -- Half-line moments m_k(a) = int_a^inf x^k phi(x) dx: m_0 = Phi(-a), m_1 = phi(a),
  -- m_k = a^(k-1) phi(a) + (k-1) m_{k-2}.
  local function half_moments(a)
    local phi = math.exp(-a * a / 2) / math.sqrt(2 * math.pi)
    local m = { [0] = sd.normcdf(-a), phi }
    for k = 2, 6 do m[k] = a ^ (k - 1) * phi + (k - 1) * m[k - 2] end
    return m
  end

  it("of pieces is exact, however short they are", function()
    -- the difference of moments over [0, zeta] loses a factor 1/zeta^3 of rounding
    for _, zeta in ipairs { 0.7, 0.1, 0.3 } do
      local m, M = half_moments(0), half_moments(zeta)
      local function inner(k) -- int_0^zeta x^k (x^3/zeta^2 - x^4/(2 zeta^3)) phi
        return (m[k + 3] - M[k + 3]) / zeta ^ 2 - (m[k + 4] - M[k + 4]) / (2 * zeta ^ 3)
      end
      local f = act.smooth_relu{ zeta = zeta }
      local tolerance = 1e-14 + 16 * U / zeta ^ 3
      near(f.hermite(0), inner(0) + M[1] - zeta / 2 * M[0], tolerance)
      near(f.hermite(1), inner(1) + M[2] - zeta / 2 * M[1], tolerance)
      near(f.hermite(2), (inner(2) + M[3] - zeta / 2 * M[2]
        - (inner(0) + M[1] - zeta / 2 * M[0])) / math.sqrt(2), tolerance)
      local g = act.smooth_leaky_relu{ zeta = zeta }
      near(g.hermite(1), zeta + (1 - zeta) * f.hermite(1), 4 * U)
    end
    for _, c in ipairs { 0.8, 1.3 } do -- odd: only odd coefficients, twice the half line
      local m, M = half_moments(0), half_moments(c)
      local f = act.cubic{ cutoff = c }
      local outer = 3 * c ^ 2 * M[2] - 2 * c ^ 3 * M[1]
      near(f.hermite(1), 2 * (m[4] - M[4] + outer), 1e-13)
      near(f.hermite(2), 0, 1e-13)
    end
    local b = 0.37
    local f, M = act.dead_zone{ width = b, zeta = 1e-6 }, half_moments(b)
    -- |x| - b beyond b, but for a layer of 1e-6 where it differs by at most 1e-6/2 throughout
    near(f.hermite(0), 2 * (M[1] - b * M[0]), 1e-6)
    near(act.bent{ left = 2, right = 5 }.hermite(1), 3.5, 1e-12)
  end)
end)

describe("exponents", function()
  local function check(f, r1, r2, tolerance)
    local a, b = f.exponents()
    if math.abs(r1) < math.huge then near(a, r1, tolerance or 8 * U) end
    if math.abs(r2) < math.huge then near(b, r2, tolerance or 8 * U) end
    if math.abs(r1) == math.huge then assert.are.equal(r1, a, f.name) end
    if math.abs(r2) == math.huge then assert.are.equal(r2, b, f.name) end
  end
  local inf = math.huge

  it("are known in closed form", function()
    check(act.identity, 1, 1)
    check(act.relu, 1, 1)
    check(act.leaky_relu{ slope = -0.3 }, 1, 1)
    check(act.bent{ left = 1, right = 9 }, 1, 1)
    check(act.tanh, 1, 0)
    check(act.erf, 1, 0)
    check(act.elu, 1, 0)
    check(act.centred_sigmoid, 1, 0)
    check(act.smooth_relu{ zeta = 0.3 }, 3, 1) -- t^3 at 0, a slope of 1 at the end
    check(act.cubic{ cutoff = 2 }, 3, 1)
    check(act.sigmoid, 0.27846454276107379511, -inf) -- W(1/e); e^a in the left tail
    check(act.sin, inf, -inf)
    check(act.cos, inf, -inf)
    check(act.dead_zone, inf, 1) -- flat up to the width, and from there a power of a - b
    check(act.mix(1, act.tanh), 1, 1)
  end)

  it("are the maxima that were found in 30 digits", function()
    check(act.gelu, 1.29452821901141394667, -inf)
    check(act.gelu_tanh, 1.29430032623389474770, -inf)
    check(act.silu, 1 + 0.27846454276107379511, -inf)
    check(act.centred_softplus, 1.22893510067774111747, 0)
  end)

  it("bound the function between powers", function()
    local rng = sd.rng(5)
    for _, f in ipairs { act.tanh, act.elu, act.centred_softplus, act.smooth_leaky_relu,
      act.cubic } do
      local r1, r2 = f.exponents()
      for _ = 1, 200 do
        local a, t = 3 * rng:randn(), rng:rand()
        local whole, part = math.abs(f(a)), math.abs(f(t * a))
        assert.is_true(part >= t ^ r1 * whole * (1 - 1e-13), f.name)
        assert.is_true(part <= t ^ r2 * whole * (1 + 1e-13), f.name)
      end
    end
  end)

  it("are numbers inside a traced function", function()
    local y = sd.compile(function(x) return x * (act.silu.exponents()) end)(sd.matrix { 2 })
    near(y(1), 2 * 1.27846454276107379511, 16 * U)
  end)
end)

describe("parameters", function()
  it("are checked and named", function()
    assert.are.equal("dead_zone{width=0.25, zeta=0.1}", act.dead_zone{ width = 0.25 }.name)
    assert.are.equal("smooth_leaky_relu{zeta=0.2}", act.smooth_leaky_relu{ zeta = 0.2 }.name)
    raises("act.smooth_relu: zeta must be a positive number, got 0",
      act.smooth_relu, { zeta = 0 })
    raises("act.dead_zone: width must be a finite number from 0, got -1", act.dead_zone,
      { width = -1 })
    raises("act.cubic: unknown option 'cutof' (did you mean 'cutoff'?)", act.cubic, { cutof = 1 })
    raises("act.bent: left must be a finite number, got NaN", act.bent, { left = 0 / 0 })
    raises("act: no activation 'smooth_rely' (did you mean 'smooth_relu'?)",
      function() return act.smooth_rely end)
  end)
end)
