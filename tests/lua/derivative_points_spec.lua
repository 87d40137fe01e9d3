--- Derivatives of element-wise functions where they are special: kinks, ends of domains,
-- infinities, branches that where does not select. Values are closed forms, orders one to three,
-- all modes.
local sd = require "saddle"
local tracing = require "saddle.core".tracing
local support = require "tests.lua.support"
local raises = support.raises
local inf, nan = math.huge, 0 / 0
local EPS = 2^-52

--- A derivative of f at x, its order and modes in a word of "r" and "f": "fr" is forward over
-- reverse. x is a number or a matrix; directions and cotangents are ones.
local function derivative(f, x, modes)
  local g <close> = tracing.graph()
  local s = g:input(x)
  local one = type(x) == "number" and 1 or sd.ones(x.rows, x.cols, { dtype = x.dtype })
  local y = f(s)
  for k = #modes, 1, -1 do
    local d
    if modes:sub(k, k) == "r" then d = g:reverse({ y }, { one }, { s })[1]
    else d = g:forward({ s }, { one }, { y })[1] end
    if not d then return 0 end
    y = d
  end
  return tracing.plan(g, { y }):run { x } [1]
end

local function same(a, b) return a == b or (a ~= a and b ~= b) end

local MODES = { { "r", "f" }, { "rr", "fr", "rf", "ff" }, { "rrr", "fff", "frr", "ffr", "rfr" } }

--- f', f'', ... at x are `want`, within `tol` relative to max(1, |want|), in every mode, of a
-- number and of a matrix.
local function check(name, f, x, want, tol)
  for order, value in ipairs(want) do
    for _, modes in ipairs(MODES[order]) do
      local A = derivative(f, sd.full(3, 3, x), modes)
      for _, got in ipairs { derivative(f, x, modes), type(A) == "number" and A or A(2, 3) } do
        local limit = (tol or 0) * math.max(1, math.abs(value))
        local near = same(got, value) or math.abs(got - value) <= limit
        assert(near, ("%s at %g, %s: %.17g, not %.17g"):format(name, x, modes, got, value))
      end
    end
  end
end

describe("kinks", function()
  it("follow the conventions", function()
    check("relu", sd.relu, 0, { 1, 0, 0 })
    check("relu", sd.relu, -0.0, { 1, 0, 0 })
    check("abs", sd.abs, 0, { 0, 0, 0 })
    check("leaky_relu", function(x) return sd.leaky_relu(x, 0.2) end, 0, { 1, 0, 0 })
    check("leaky_relu", function(x) return sd.leaky_relu(x, 0.2) end, -1, { 0.2, 0, 0 })
    check("elu", function(x) return sd.elu(x, 3) end, 0, { 1, 0, 0 })
    check("sign", sd.sign, 0, { 0 })
    check("floor", sd.floor, 2, { 0 })
    check("isfinite", sd.isfinite, inf, { 0 })
    local function clamp(x) return sd.clamp(x, -1, 2) end
    for x, d in pairs { [-1] = 1, [2] = 1, [-1.5] = 0, [2.5] = 0, [0] = 1 } do
      check("clamp", clamp, x, { d, 0 })
    end
  end)

  it("give ties to the first", function()
    for _, fn in ipairs { "max", "min" } do
      local g <close> = tracing.graph()
      local a, b = g:input(1), g:input(1)
      local bar = g:reverse({ sd[fn](a, b) }, { 1 }, { a, b })
      assert.are.same({ 1, 0 }, tracing.plan(g, bar):run { 2, 2 })
    end
  end)

  it("are the same with a parameter that is a symbol", function()
    local function with(f, p, x)
      local g <close> = tracing.graph()
      local s, t = g:input(x), g:input(p)
      local bar = g:reverse({ f(s, t) }, { 1 }, { s, t })
      return tracing.plan(g, { f(s, t), bar[1], bar[2] }):run { x, p }
    end
    assert.are.same({ 0, 1, 0 }, with(sd.leaky_relu, 0.25, 0))
    assert.are.same({ -1, 0.25, -4 }, with(sd.leaky_relu, 0.25, -4))
    assert.are.same({ 3, 1, 0 }, with(sd.elu, 0.25, 3))
    assert.are.same({ -2, 0, -1 }, with(sd.elu, 2, -inf))
    assert.are.same({ 1, 1, 0 }, with(function(x, lo) return sd.clamp(x, lo, 2) end, 1, 1))
    assert.are.same({ 1, 0, 1 }, with(function(x, lo) return sd.clamp(x, lo, 2) end, 1, 0))
    assert.are.same({ 2, 0, 1 }, with(function(x, hi) return sd.clamp(x, -1, hi) end, 2, 5))
  end)
end)

describe("powers", function()
  local function power(p) return function(x) return x ^ p end end
  it("of a constant exponent are those of a polynomial", function()
    for _, x in ipairs { 0, -2, 3, -0.5 } do
      check("x^0", power(0), x, { 0, 0, 0 })
      check("x^1", power(1), x, { 1, 0, 0 })
      check("x^2", power(2), x, { 2 * x, 2, 0 })
      check("x^3", power(3), x, { 3 * x * x, 6 * x, 6 }, 4 * EPS)
    end
    check("x^-1", power(-1), -2, { -0.25, -0.25, -0.375 }, 4 * EPS)
    check("x^0.5", power(0.5), 0, { inf })
    check("x^1.5", power(1.5), 0, { 0, inf })
  end)

  it("of an exponent that is a value have the same", function()
    local wants = { [0] = { 0, 0, 0 }, { 1, 0, 0 }, { 0, 2, 0 }, { 0, 0, 6 } }
    for p, want in pairs(wants) do
      local P = sd.full(3, 3, p)
      local function f(x) return x.rows == 3 and x ^ P or x ^ P(1) end
      check("x^P", f, 0, want)
    end
    check("x^P", function(x) return x.rows == 3 and x ^ sd.full(3, 3, 3) or x ^ 3 end, -2,
      { 12, -12, 6 }, 4 * EPS)
  end)

  it("are differentiated by the exponent", function()
    local function by(a) return function(p) return a ^ p end end
    check("2^p", by(2), 3, { 8 * math.log(2), 8 * math.log(2)^2, 8 * math.log(2)^3 }, 8 * EPS)
    check("0^p", by(0), 2, { 0, 0, 0 }) -- 0 in a neighbourhood
    check("0^p", by(0), 0, { -inf }) -- falls from 1 to 0
    check("1^p", by(1), 5, { 0, 0, 0 })
    check("x^x", function(x) return x ^ x end, 1, { 1, 2, 3 }, 8 * EPS)
  end)
end)

describe("large arguments", function()
  it("have the limits", function()
    local left = { sigmoid = 0, tanh = 0, softplus = 0, log_sigmoid = 1, gelu = 0, silu = 0,
      erf = 0, erfc = 0, normcdf = 0, exp = 0, expm1 = 0, elu = 0, relu = 0 }
    local right = { sigmoid = 0, tanh = 0, softplus = 1, log_sigmoid = 0, gelu = 1, silu = 1,
      erf = 0, erfc = 0, normcdf = 0, elu = 1, relu = 1 }
    for _, x in ipairs { 1e4, 1e100 } do -- x^3 does not overflow
      for name, d in pairs(left) do check(name, sd[name], -x, { d, 0, 0 }) end
      for name, d in pairs(right) do check(name, sd[name], x, { d, 0, 0 }) end
    end
    check("expm1", sd.expm1, -50, { math.exp(-50), math.exp(-50) }, 0)
    check("log1p", sd.log1p, 1e300, { 1e-300, 0, 0 })
    check("log1p", sd.log1p, -1, { inf })
    check("exp", sd.exp, inf, { inf, inf, inf })
    check("log", sd.log, inf, { 0, 0, 0 })
    check("sqrt", sd.sqrt, 0, { inf })
    check("sqrt", sd.sqrt, inf, { 0, 0, 0 })
    check("erfinv", sd.erfinv, 1, { inf })
    check("normppf", sd.normppf, 0, { inf })
  end)

  it("are exact in the tail of expm1, sigmoid and softplus", function()
    -- relative: e^-40 within the errors of two factors and a product, 2 + 2 + 1 ulp
    for _, f in ipairs { sd.sigmoid, sd.softplus, sd.expm1 } do
      local d = derivative(f, -40, "r")
      assert.is_true(math.abs(d / math.exp(-40) - 1) <= 5 * EPS)
    end
    assert.is_true(math.abs(derivative(sd.sigmoid, 40, "r") / math.exp(-40) - 1) <= 5 * EPS)
  end)
end)

describe("lgamma", function()
  it("has digamma and the polygamma functions as derivatives", function()
    local gamma, zeta3 = 0.57721566490153286, 1.2020569031595942
    -- 16 (1 + |x f'/f|) ulp, below 100 at 1 and 1/2 (see include/saddle/kernel.h)
    check("lgamma", sd.lgamma, 1, { -gamma, math.pi^2 / 6, -2 * zeta3 }, 100 * EPS)
    check("digamma", sd.digamma, 1, { math.pi^2 / 6, -2 * zeta3, math.pi^4 / 15 }, 100 * EPS)
    check("digamma", sd.digamma, 0.5, { math.pi^2 / 2, -14 * zeta3, math.pi^4 }, 100 * EPS)
    assert.are.equal(sd.digamma(0.75), sd.polygamma(0.75, 0))
    check("lgamma", sd.lgamma, inf, { inf, 0, 0 })
  end)

  it("says what orders there are", function()
    raises("polygamma: the order must be in 0..100, got 101", sd.polygamma, 1, 101)
    raises("polygamma: the order must be a whole number, got 0.5", sd.polygamma, 1, 0.5)
    raises("polygamma: the order must be a number, got nothing", sd.polygamma, 1)
    raises("polygamma: the order must be a whole number in 0..100, got 101", derivative,
      function(x) return sd.polygamma(x, 100) end, 1, "r")
    raises("polygamma: the order must be a", derivative, function(x) return sd.polygamma(x, x) end,
      1, "r")
  end)
end)

describe("a branch that where does not select", function()
  it("meets the other one in a where again", function()
    local function f(u) return sd.sum(sd.where(sd.le(u, 1), u ^ 3, sd.sin(u))) end
    local plan = sd.compile(function(s) return { x = s.x, d = sd.grad(f)(s.x) } end)
    local x = sd.matrix { { -2, 0.5, 1, 1.5, 4, nan } }
    local s = plan:iterate({ x = x, d = x }, 1)
    for k = 1, 5 do -- a cube's slope is exact but for a rounding; cos is within 2 ulp of at most 1
      local want = x(k) <= 1 and 3 * x(k) ^ 2 or math.cos(x(k))
      assert(math.abs(s.d(k) - want) <= 4 * EPS * math.max(1, want))
    end
    assert(s.d(6) ~= s.d(6)) -- of a NaN the mask is 0, and cos of it is NaN
    local text = plan:explain()
    assert(text:find "where:%d", text)
    assert(not text:find "pass" and not text:find "eq:" and not text:find "max:", text)
  end)

  local zero = { 0, 0, 0 }
  it("contributes 0, whatever happens in it", function()
    local branches = {
      log = sd.log, sqrt = sd.sqrt, lgamma = sd.lgamma,
      log1p = function(x) return sd.log1p(x - 1) end,
      ["1/x"] = function(x) return 1 / x end,
      ["x/x"] = function(x) return x / x end,
      ["x^-2"] = function(x) return x ^ -2 end,
      ["x^0.5"] = function(x) return x ^ 0.5 end,
      ["x^x"] = function(x) return x ^ x end,
      ["log(sqrt)"] = function(x) return sd.log(sd.sqrt(x)) end,
      ["exp(1/x)"] = function(x) return sd.exp(1 / x) end,
      ["x log x"] = function(x) return x % sd.log(x) end,
      ["sqrt(x)/x"] = function(x) return sd.sqrt(x) / x end,
      ["exp(exp(1000 - x))"] = function(x) return sd.exp(sd.exp(1000 - x)) end,
      normppf = sd.normppf, erfinv = function(x) return sd.erfinv(1 + x % x) end,
    }
    for name, f in pairs(branches) do
      for _, x in ipairs { 0, -1, -inf } do
        check(name, function(s) return sd.where(sd.gt(s, 0), f(s), 0) end, x, zero)
        check(name, function(s) return sd.where(sd.le(s, 0), 2 * s, f(s)) end, x, { 2, 0, 0 })
        check(name, function(s) return 3 * s + sd.where(sd.gt(s, 0), 5 * f(s), s % s) end, x,
          { 3 + 2 * x, 2, 0 })
      end
    end
  end)

  it("contributes 0 for missing data, too", function()
    local X = sd.matrix { { 1, nan }, { inf, 2 } }
    local g <close> = tracing.graph()
    local w = g:input(sd.ones(2, 1))
    local loss = sd.sum(sd.where(sd.isfinite(X), sd.sin(X % w), 0))
    local bar = tracing.plan(g, g:reverse({ loss }, { 1 }, { w })):run { sd.ones(2, 1) }
    support.near(bar[1], sd.matrix { math.cos(1), 2 * math.cos(2) }, 4 * EPS)
  end)

  it("does not hide what is selected", function()
    -- a slope that vanishes meets one that is infinite: the limits are 1, and no rule knows them
    check("exp(log)", function(s) return sd.exp(sd.log(s)) end, 0, { nan })
    check("sqrt^2", function(s) return sd.sqrt(s) ^ 2 end, 0, { nan })
    check("sigmoid(log)", function(s) return sd.sigmoid(sd.log(s)) end, 0, { nan })
    check("sqrt", function(s) return sd.where(sd.ge(s, 0), sd.sqrt(s), 0) end, 0, { inf })
    check("log", function(s) return sd.where(sd.ge(s, 0), sd.log(s), 0) end, 0, { inf, -inf })
    check("sin", sd.sin, inf, { nan })
    -- the slope of a cotangent that happens to be 0: (sin x - sin 1)^2/2 at 1 has f'' = cos(1)^2
    local t = math.sin(1)
    check("square", function(s) local e = sd.sin(s) - t; return 0.5 * (e % e) end, 0 + 1,
      { 0, math.cos(1)^2 }, 4 * EPS)
    check("quotient", function(s) return (s - 1) % (s - 1) / s end, 1, { 0, 2, -6 }, 8 * EPS)
  end)
end)

describe("operators on symbols", function()
  --- f of symbols against f of values: the same type, shape and dtype, and the same bits.
  local function agrees(f, ...)
    local g <close> = tracing.graph()
    local args, symbols = { ... }, {}
    for k, x in ipairs(args) do symbols[k] = g:input(x) end
    local out = tracing.plan(g, { f(table.unpack(symbols)) }):run(args)[1]
    local want = f(...)
    assert.are.equal(type(want), type(out))
    if type(want) ~= "number" then assert.are.equal(want.dtype, out.dtype) end
    assert.is_true(want == out)
  end

  it("mix with matrices and numbers in both dtypes", function()
    for _, dtype in ipairs { "f64", "f32" } do
      local A = sd.rng(1):randn(3, 4):to(dtype)
      local row = A:row(2)
      local functions = {
        function(x) return x + 1 end, function(x) return 2 - x end, function(x) return x % A end,
        function(x) return A / x end, function(x) return 2 ^ x end, function(x) return x ^ 2 end,
        function(x) return -x end, function(x) return row + x end, function(x) return x * 3 end,
        function(x) return sd.lt(x, 0.5) end, function(x) return sd.ne(A, x) end,
        function(x) return sd.isfinite(x) end, function(x) return sd.max(x, 0) end,
        function(x) return sd.min(0, x) end, function(x) return sd.where(sd.gt(x, 0), x, row) end,
        function(x) return sd.where(1, 2, x) end, function(x) return sd.where(0, row, x) end,
      }
      for _, f in ipairs(functions) do agrees(f, A) end
      agrees(function(x, v) return x * v + v ^ 2 end, A, 1.5)
      agrees(function(v, w) return v / w - v % w end, sd.matrix(3), sd.matrix(2))
    end
    agrees(function(v, w) return sd.max(v, w) + sd.where(sd.lt(v, w), v, 7) end, 3, 2)
  end)

  it("say what does not fit", function()
    local g <close> = tracing.graph()
    local A, B = g:input(sd.ones(3, 1)), g:input(sd.ones(1, 2))
    raises("add: shapes do not fit: A is 3x1, B is 1x2 (a column does not broadcast", function()
      return A + B
    end)
    raises("mul: dtypes differ: A is 3x1 f64, B is 3x1 f32", function()
      return A % sd.ones(3, 1, { dtype = "f32" })
    end)
    raises("clamp: the upper bound must be a number, got a 3x1 symbol", sd.clamp, A, 0, A)
    raises("leaky_relu: the slope must be a number, got a 1x2 symbol", sd.leaky_relu, A, B)
    raises("elu: alpha must be a number, got a 3x1 symbol", sd.elu, 1, A)
    raises("clamp: the upper bound must be a number", sd.clamp, 1, g:input(1))
    raises("elu: argument 1 must be a matrix or a number, got nil", sd.elu, nil, g:input(1))
    raises("symbol: exp_ would write in place", function() return A:exp_() end)
    raises("symbol: add_ would write in place", function() return A:add_(1) end)
    raises("act.gelu.d: argument 1 must be a matrix or a number, got nil", sd.act.gelu.d)
  end)
end)

describe("activations on symbols", function()
  local act = sd.act
  local all = { act.identity, act.relu, act.leaky_relu, act.softplus, act.tanh, act.sigmoid,
    act.gelu, act.silu, act.elu, act.sin, act.cos, act.erf, act.elu { alpha = 0.5 },
    act.leaky_relu { slope = -0.2 }, act.mix(0.3, act.gelu), act.mix(0.3, act.elu) }
  local X = sd.vcat(sd.linspace(-6, 6, 97), sd.matrix { 0, -0.0, 0.5 })

  it("have the values of matrices", function()
    for _, f in ipairs(all) do
      for _, h in ipairs { f.f, f.d, f.dd } do
        for _, x in ipairs { X, X:to "f32", sd.matrix(0.5), 0.75 } do
          local g <close> = tracing.graph()
          local y = h(g:input(x))
          local out = tracing.plan(g, { y }):run { x } [1]
          assert.are.equal(type(h(x)), type(out))
          if type(x) ~= "number" then assert.are.equal(x.dtype, out.dtype) end
          assert(h(x) == out, f.name)
        end
      end
    end
  end)

  it("differentiate to their own derivatives", function()
    -- The rules use the formulas of d and dd or, for tanh, 1 - y^2, whose absolute error is 3 ulp
    -- of 1; values and coefficients are below 2, intermediate factors below 40: 64 eps covers them.
    local tolerance = 64 * EPS
    for _, f in ipairs(all) do
      support.near(derivative(f, X, "r") + 0 * X, f.d(X), tolerance)
      support.near(derivative(f, X, "f") + 0 * X, f.d(X), tolerance)
      support.near(derivative(f, X, "fr") + 0 * X, f.dd(X), tolerance)
      support.near(derivative(f, X, "rr") + 0 * X, f.dd(X), tolerance)
      support.near(derivative(f.d, X, "r") + 0 * X, f.dd(X), tolerance)
    end
  end)
end)
