--- Derivatives of reductions and functions of lines where differences do not reach: ties, zeros,
-- NaN, infinities, empty matrices, tiny and huge elements; and what symbols are told.
local sd = require "saddle"
local tracing = require "saddle.core".tracing
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local inf, nan, eps = math.huge, 0 / 0, 2^-52

--- f at the values, traced and planned.
local function run(f, ...)
  local g <close> = tracing.graph()
  local symbols = {}
  for k, x in ipairs { ... } do symbols[k] = g:input(x) end
  return table.unpack(tracing.plan(g, f(g, table.unpack(symbols))):run { ... })
end

--- The gradient of a number f(x), as a function of symbols of g.
local function gradient(g, f, x)
  return g:reverse({ f(x) }, { 1 }, { x })[1] or 0 * x
end

local function grad(f, X)
  return run(function(g, x) return { gradient(g, f, x) } end, X)
end

--- The derivative of the gradient in direction V, by forward and by reverse mode.
local function hvp(f, X, V)
  return run(function(g, x, v)
    local d = gradient(g, f, x)
    local fr, rr = g:forward({ x }, { v }, { d })[1], g:reverse({ d }, { v }, { x })[1]
    return { fr or 0 * x, rr or 0 * x }
  end, X, V)
end

--- The third derivative in directions V, V: the gradient of <gradient, V> once more, times V.
local function third(f, X, V)
  return run(function(g, x, v)
    local d = gradient(g, f, x)
    local dd = g:forward({ x }, { v }, { d })[1] or 0 * x
    return { g:forward({ x }, { v }, { dd })[1] or 0 * x }
  end, X, V)
end

local function forward(f, X, V)
  return run(function(g, x, v) return { g:forward({ x }, { v }, { f(x) })[1] or 0 } end, X, V)
end

local function is_nan(A)
  for k = 1, #A do if A(k) == A(k) then return false end end
  return true
end

describe("extrema", function()
  it("give everything to the first of equals, down the columns", function()
    local A = sd.matrix { { 1, 3 }, { 3, 3 } }
    assert.equal(sd.matrix { { 0, 0 }, { 1, 0 } }, grad(sd.max, A))
    assert.equal(sd.matrix { { 1, 0 }, { 0, 0 } }, grad(sd.min, A))
    local function by(dim, name)
      return grad(function(x) return sd.sum(sd[name](x, { dim = dim })) end, A)
    end
    assert.equal(sd.matrix { { 0, 1 }, { 1, 0 } }, by(1, "max"))
    assert.equal(sd.matrix { { 0, 1 }, { 1, 0 } }, by(2, "max"))
    assert.equal(sd.matrix { { 1, 1 }, { 0, 0 } }, by(1, "min"))
    assert.equal(sd.matrix { { 1, 0 }, { 1, 0 } }, by(2, "min"))
    assert.equal(5, forward(sd.max, A, sd.matrix { { 1, 7 }, { 5, 9 } }))
  end)

  it("go to the first NaN, and leave infinities alone", function()
    assert.equal(sd.matrix { 0, 1, 0 }, grad(sd.max, sd.matrix { 1, nan, nan }))
    assert.equal(sd.matrix { 0, 1, 0 }, grad(sd.max, sd.matrix { -inf, inf, 2 }))
    assert.equal(2, forward(sd.max, sd.matrix { 1, 5 }, sd.matrix { inf, 2 }))
  end)

  it("have no curvature, and positions no derivative", function()
    local A, V = sd.matrix { 1, 3, 3 }, sd.matrix { 1, 1, 1 }
    local fr, rr = hvp(function(x) return sd.max(x) ^ 2 end, A, V)
    assert.equal(sd.matrix { 0, 2, 0 }, fr)
    assert.equal(fr, rr)
    assert.equal(sd.zeros(3, 1), grad(sd.argmax, A))
    assert.equal(0, forward(sd.argmin, A, V))
  end)

  it("find positions beyond what f32 counts", function() -- 2^24 + 2 of them
    local A = sd.zeros(2^24 + 2, 1, { dtype = "f32" })
    A:set(#A, 1, 1)
    local g = grad(function(x) return sd.sum(sd.max(x, { dim = 1 })) end, A)
    assert.equal(1, g(#A))
    assert.equal(1, sd.sum(g))
  end)

  it("refuse empty matrices when they are traced", function()
    local g <close> = tracing.graph()
    local x = g:input(sd.zeros(0, 3))
    raises("max: the matrix is empty (0x3)", sd.max, x)
    raises("argmin: the matrix is empty (0x3)", sd.argmin, x, { dim = 1 })
    raises("min: the matrix is empty (0x3)", sd.min, x, { dim = 1 })
    raises("quantile: no elements to take it of, A is 0x3", sd.quantile, x, 0.5)
    assert.equal(0, sd.max(x, { dim = 2 }).rows) -- no lines of three elements
  end)
end)

describe("the norm", function()
  local function of_kind(kind)
    return function(x) return sd.norm(x, kind) end
  end
  local function norms(dim)
    return function(x) return sd.sum(sd.norm(x, { dim = dim })) end
  end

  it("has derivative 0 at 0, at every order", function()
    local Z, V = sd.zeros(2, 2), sd.ones(2, 2)
    for _, f in ipairs { function(x) return sd.norm(x) end, norms(1), norms(2) } do
      assert.equal(Z, grad(f, Z))
      assert.equal(Z, (hvp(f, Z, V)))
      assert.equal(Z, select(2, hvp(f, Z, V)))
      assert.equal(Z, third(f, Z, V))
      assert.equal(0, forward(f, Z, V))
    end
  end)

  it("keeps a column of zeros apart from the others", function()
    local A, V = sd.matrix { { 0, 3 }, { 0, 4 } }, sd.matrix { { 1, 1 }, { 1, 0 } }
    near(grad(norms(1), A), sd.matrix { { 0, 0.6 }, { 0, 0.8 } }, 4 * eps)
    -- (v - y <y, v>)/r with y = (0.6, 0.8), r = 5, v = (1, 0): (0.64, -0.48)/5
    near((hvp(norms(1), A, V)), sd.matrix { { 0, 0.128 }, { 0, -0.096 } }, 4 * eps)
  end)

  it("neither overflows nor underflows", function()
    for _, scale in ipairs { 1e-200, 1e200, 1e-300, 1e300 } do
      local A = sd.matrix { 3, 4 } * scale
      near(grad(function(x) return sd.norm(x) end, A), sd.matrix { 0.6, 0.8 }, 8 * eps)
      local fr, rr = hvp(function(x) return sd.norm(x) end, A, sd.matrix { 1, 0 })
      near(fr * scale, sd.matrix { 0.128, -0.096 }, 8 * eps)
      near(rr * scale, sd.matrix { 0.128, -0.096 }, 8 * eps)
      near(grad(function(x) return sd.sum(sd.normalize(x)) end, A) * scale,
        sd.matrix { (1 - 0.6 * 1.4) / 5, (1 - 0.8 * 1.4) / 5 }, 8 * eps)
    end
    local A = sd.matrix({ 3, 4 }, { dtype = "f32" }) * 2^-100
    near(grad(function(x) return sd.norm(x) end, A):to "f64", sd.matrix { 0.6, 0.8 }, 2^-22)
  end)

  it("has its other kinds on symbols", function()
    local A = sd.matrix { { 1, -2 }, { 3, 4 } }
    assert.equal(sd.matrix { { 0, -1 }, { 0, 1 } }, grad(of_kind(1), A))
    assert.equal(sd.matrix { { 0, 0 }, { 1, 1 } }, grad(of_kind("inf"), A))
    near(grad(of_kind("2inf"), A), sd.matrix { { 0, 0 }, { 0.6, 0.8 } }, 4 * eps)
    near(grad(of_kind("fro"), A), A / sd.norm(A), 4 * eps)
    assert.equal("f32", grad(of_kind(1), A:to "f32").dtype)
    for _, kind in ipairs { 1, "inf", "2inf", "fro" } do
      assert.equal(sd.zeros(0, 3), grad(of_kind(kind), sd.zeros(0, 3)))
    end
    assert.equal(-1, grad(of_kind(1), -3))
  end)

  it("has spectral kinds", function()
    local A = sd.diag(sd.matrix { 3, -1 })
    for kind, want in pairs { [2] = { 1, 0 }, nuc = { 1, -1 } } do -- u v', U V'
      near(grad(of_kind(kind), A), sd.diag(sd.matrix(want)), 8 * eps)
      assert.equal(sd.zeros(0, 3), grad(of_kind(kind), sd.zeros(0, 3)))
    end
  end)

  it("tells a symbol what is wrong", function()
    local g <close> = tracing.graph()
    local x = g:input(sd.ones(2, 2))
    raises('norm: argument 2 must be 1, 2, "fro", "nuc", "inf", "2inf" or {dim=}, got 3', sd.norm,
      x, 3)
    raises("norm: unknown option 'axis'", sd.norm, x, { axis = 1 })
  end)
end)

describe("spread", function()
  it("of equal elements has derivative 0, whatever their mean rounds to", function()
    for _, v in ipairs { 0.1, 1 / 3, 1e200, 1e-300, 0 } do
      for _, n in ipairs { 3, 7, 11 } do
        local A = sd.full(n, 1, v)
        assert.equal(sd.zeros(n, 1), grad(sd.std, A))
        assert.equal(sd.zeros(n, 1), grad(sd.var, A))
        assert.equal(sd.zeros(n, 1), (hvp(sd.std, A, sd.ones(n, 1))))
      end
    end
  end)

  it("has the closed form (x - mean)/(n std), at any scale", function()
    for _, scale in ipairs { 1, 1e-200, 1e200 } do
      local A = sd.matrix { 1, 2, 6 } * scale -- mean 3, deviations -2 -1 3, std sqrt(14/3)
      local want = sd.matrix { -2, -1, 3 } / (3 * math.sqrt(14 / 3))
      near(grad(sd.std, A), want, 8 * eps)
      want = sd.matrix { -2, -1, 3 } / (2 * math.sqrt(7))
      near(grad(function(x) return sd.std(x, { ddof = 1 }) end, A), want, 8 * eps)
    end
    -- 2/(n - 1) (x - mean)
    near(grad(function(x) return sd.var(x, { ddof = 1 }) end, sd.matrix { 1, 2, 6 }),
      sd.matrix { -2, -1, 3 }, 16 * eps)
    -- second derivative of the variance: 2/n (v - mean v)
    local fr = hvp(sd.var, sd.matrix { 1, 2, 6 }, sd.matrix { 3, 0, 0 })
    near(fr, sd.matrix { 2, -1, -1 } * (2 / 3), 8 * eps)
  end)

  it("is NaN where it is not defined, and nothing where there is nothing", function()
    assert.is_true(is_nan(grad(function(x) return sd.var(x, { ddof = 1 }) end, sd.ones(1, 1))))
    assert.is_true(is_nan(grad(function(x) return sd.std(x, { ddof = 1 }) end, sd.ones(1, 1))))
    for _, name in ipairs { "var", "std", "mean", "sum", "norm", "logsumexp" } do
      for dim = 1, 2 do
        local function f(x) return sd.sum(sd[name](x, { dim = dim })) end
        for _, shape in ipairs { { 0, 3 }, { 3, 0 }, { 0, 0 } } do
          local Z = sd.zeros(shape[1], shape[2])
          assert.equal(Z, grad(f, Z))
          assert.equal(0, forward(f, Z, Z))
        end
      end
    end
  end)
end)

describe("logsumexp and softmax", function()
  it("have softmax weights, and none at -inf", function()
    local A = sd.matrix { { 0, -inf }, { math.log(3), 1 } }
    near(grad(sd.logsumexp, sd.matrix { 0, math.log(3), -inf }), sd.matrix { 0.25, 0.75, 0 },
      4 * eps)
    near(grad(function(x) return sd.sum(sd.logsumexp(x, { dim = 1 })) end, A),
      sd.matrix { { 0.25, 0 }, { 0.75, 1 } }, 4 * eps)
    -- y_i (v_i - <y, v>), v = (1, 0, 0): 0.25 * 0.75, -0.75 * 0.25, 0
    local fr, rr = hvp(sd.logsumexp, sd.matrix { 0, math.log(3), -inf }, sd.matrix { 1, 0, 0 })
    near(fr, sd.matrix { 0.1875, -0.1875, 0 }, 4 * eps)
    near(rr, fr, 4 * eps)
    assert.equal(sd.matrix { 0, 1 }, grad(sd.logsumexp, sd.matrix { -1e300, 1e300 }))
  end)

  it("are NaN where softmax is: at +inf, and at -inf alone", function()
    assert.is_true(is_nan(grad(sd.logsumexp, sd.matrix { inf, 0 })))
    assert.is_true(is_nan(grad(sd.logsumexp, sd.matrix { -inf, -inf })))
    -- an infinite line keeps to itself
    local g = grad(function(x) return sd.sum(sd.logsumexp(x, { dim = 1 })) end,
      sd.matrix { { inf, 1 }, { 0, 1 } })
    assert.equal(sd.matrix { 0.5, 0.5 }, g:col(2):clone())
  end)
end)

describe("normalize", function()
  it("has derivative 0 at a line of zeros, at every order", function()
    local A, V = sd.matrix { { 0, 3 }, { 0, 4 } }, sd.ones(2, 2)
    local w = sd.matrix { { 1, 2 }, { 3, 4 } }
    local function f(x) return sd.sum(sd.normalize(x, { dim = 1 }) % w) end
    local g, fr, t = grad(f, A), hvp(f, A, V), third(f, A, V)
    for i = 1, 2 do
      assert.equal(0, g(i, 1))
      assert.equal(0, fr(i, 1))
      assert.equal(0, t(i, 1))
      assert.is_true(g(i, 2) ~= 0 and fr(i, 2) ~= 0 and t(i, 2) ~= 0)
    end
    assert.equal(0, grad(sd.normalize, 0))
    assert.equal(0, grad(sd.normalize, 5))
  end)
end)

describe("running products", function()
  it("are derived right at zeros, to third order", function()
    -- y = (a, ab, abc), at a = 2, b = 0, c = 0, weights 1, 1, 1: a + ab + abc
    local A = sd.matrix { 2, 0, 0 }
    local function f(x) return sd.sum(sd.cumprod(x)) end
    assert.equal(sd.matrix { 1, 2, 0 }, grad(f, A))
    -- Hessian: ab: 1 + c = 1, ac: b = 0, bc: a = 2; times (1, 1, 1)
    local fr, rr = hvp(f, A, sd.ones(3, 1))
    assert.equal(sd.matrix { 1, 3, 2 }, fr)
    assert.equal(fr, rr)
    -- abc alone has a third derivative: each of its components is 1 at two of the directions
    assert.equal(sd.matrix { 2, 2, 2 }, third(f, A, sd.ones(3, 1)))
    assert.equal(sd.matrix { { 1, 2, 0 } },
      grad(function(x) return sd.sum(sd.cumprod(x, { dim = 2 })) end, sd.matrix { { 2, 0, 0 } }))
  end)
end)

describe("order", function()
  it("takes equal elements in their order", function()
    local A, w = sd.matrix { 3, 1, 3, 1 }, sd.matrix { 1, 2, 3, 4 }
    local function f(x)
      local S, I = sd.sort(x)
      return sd.dot(S, w) + 0 * sd.sum(I)
    end
    assert.equal(sd.matrix { 3, 1, 4, 2 }, grad(f, A))
    local function down(x) return sd.dot((sd.sort(x, { descending = true })), w) end
    assert.equal(sd.matrix { 1, 3, 2, 4 }, grad(down, A))
    local S, I = sd.sort(2)
    assert.equal(2, S)
    assert.equal(1, I)
  end)

  it("gives a quantile to its two order statistics", function()
    local A = sd.matrix { 4, 1, 3, 2 }
    local function at(q, X) return grad(function(x) return sd.quantile(x, q) end, X or A) end
    assert.equal(sd.matrix { 0, 0, 0.5, 0.5 }, at(0.5))
    assert.equal(sd.matrix { 0, 1, 0, 0 }, at(0))
    assert.equal(sd.matrix { 1, 0, 0, 0 }, at(1))
    assert.equal(sd.matrix { 0, 0.25, 0, 0.75 }, at(0.25))
    assert.equal(sd.matrix { 0.5, 0.5, 0 }, at(0.25, sd.matrix { 1, 1, 1 }))
    assert.equal(sd.matrix { 0, 1, 0 }, at(0.3, sd.matrix { 1, nan, nan }))
    -- the median of an odd number is one of them: an infinite neighbour does not matter
    assert.equal(sd.matrix { 0, 1, 0 }, at(0.5, sd.matrix { -inf, 1, inf }))
    local by_row = grad(function(x) return sd.sum(sd.quantile(x, 0.5, { dim = 2 })) end,
      sd.matrix { { 1, 2, 3 }, { 6, 4, 5 } })
    assert.equal(sd.matrix { { 0, 1, 0 }, { 0, 0, 1 } }, by_row)
  end)

  it("checks the positions of pick and put when they are run", function()
    local A = sd.matrix { { 1, 2 }, { 3, 4 } }
    for _, at in ipairs { 0, 3, 1.5, nan, -1, inf } do
      raises("pick: a position is not one of the matrix", tracing.apply, "pick", { k = { 1 } }, A,
        sd.matrix { { at, 1 } })
      raises("put: a position is not one of the matrix", tracing.apply, "put",
        { k = { 1, 2, 2, 0, 0 } }, sd.ones(1, 2), sd.matrix { { 1, at } })
    end
    raises("pick: positions of 1x3 do not go with 2x2", tracing.apply, "pick", { k = { 1 } }, A,
      sd.ones(1, 3))
    raises("put: 1x2 at positions of 1x3 do not go into 2x2", tracing.apply, "put",
      { k = { 1, 2, 2, 0, 0 } }, sd.ones(1, 2), sd.ones(1, 3))
  end)
end)

-- The derivative of the second derivative, by forward and reverse mode, against differences of the
-- second: extrapolated from steps h and h/2, whose difference bounds what is left beyond rounding;
-- that is 64 eps of the largest second derivative (12 elements, kernels of 4), over h.
describe("third derivatives", function()
  local W = sd.rng(7, "weights"):randn(4, 3)
  local functions = {
    var = function(x) return sd.var(x) ^ 2 end,
    std = function(x) return sd.sum(sd.std(x, { dim = 1 })) end,
    norm = function(x) return sd.sum(sd.norm(x, { dim = 2 })) end,
    max = function(x) return sd.sum(sd.max(x, { dim = 1 }) ^ 3) end,
    logsumexp = function(x) return sd.logsumexp(x) end,
    softmax = function(x) return sd.dot(sd.softmax(x, { dim = 2 }), W) end,
    normalize = function(x) return sd.dot(sd.normalize(x), W) end,
    cumsum = function(x) return sd.sum(sd.cumsum(x, { dim = 2 }) ^ 3) end,
    cumprod = function(x) return sd.dot(sd.cumprod(x), W) end,
    diff = function(x) return sd.sum(sd.diff(x) ^ 3) end,
    sort = function(x) return sd.dot(sd.sort(x) ^ 3, W) end,
    quantile = function(x) return sd.sum(sd.quantile(x, 0.3, { dim = 1 }) ^ 3) end,
    dot = function(x) return sd.dot(x, x % x) end,
    trace = function(x) return sd.trace(W:t() * x) ^ 3 end,
  }
  local function fwd(g, x, v, y) return g:forward({ x }, { v }, { y })[1] end
  local function rev(g, x, v, y) return g:reverse({ y }, { v }, { x })[1] end
  local nestings = { { fwd, fwd }, { rev, fwd }, { fwd, rev }, { rev, rev } }
  for name, f in pairs(functions) do
    it("of " .. name, function()
      local rng, h = sd.rng(7, name), 2^-10
      local X, V = rng:randn(4, 3), rng:randn(4, 3)
      local function central(t)
        return ((hvp(f, X + t * V, V)) - (hvp(f, X - t * V, V))) / (2 * t)
      end
      local coarse, fine, size = central(h), central(h / 2), sd.max(sd.abs((hvp(f, X, V))))
      local want = (4 * fine - coarse) / 3
      for _, nest in ipairs(nestings) do
        local got = run(function(g, x, v)
          return { nest[2](g, x, v, nest[1](g, x, v, gradient(g, f, x))) }
        end, X, V)
        for k = 1, #X do
          near(got(k), want(k), math.abs(coarse(k) - fine(k)) + 64 * eps * size / h)
        end
      end
    end)
  end
end)

describe("functions of lines on symbols", function()
  it("say the same as on matrices", function()
    local g <close> = tracing.graph()
    local x, y = g:input(sd.ones(2, 3)), g:input(sd.ones(3, 2))
    local single = g:input(sd.ones(2, 3, { dtype = "f32" }))
    raises("trace: A must be square, got 2x3", sd.trace, x)
    raises("dot: shapes differ: A is 2x3, B is 3x2", sd.dot, x, y)
    raises('dot: dtypes differ: A is 2x3 f64, B is 2x3 f32 (convert one with A:to("f64"))', sd.dot,
      x, single)
    raises("dot: argument 2 must be a matrix or a number, got nil", sd.dot, x)
    raises("quantile: q must be in 0..1, got 2", sd.quantile, x, 2)
    raises("cumsum: option 'dim' must be 1", sd.cumsum, x, { dim = 3 })
    raises("softmax: unknown option 'axis'", sd.softmax, x, { axis = 1 })
    raises("sort: argument 1 must be", sd.sort, "x", { dim = 3 })
  end)

  it("keep whole results f64 and the others in the argument's dtype", function()
    local A = sd.ones(2, 2, { dtype = "f32" })
    for _, f in ipairs { sd.trace, sd.norm, sd.std, sd.logsumexp, sd.max,
      function(x) return sd.dot(x, x) end, function(x) return sd.quantile(x, 0.3) end } do
      assert.equal("f32", grad(f, A).dtype)
      assert.equal("number", type(run(function(_, x) return { f(x) } end, A)))
    end
  end)
end)
