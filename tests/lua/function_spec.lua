-- Element-wise functions, masks, where and reductions as a script sees them.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local inf, nan = math.huge, 0 / 0
local eps = 2 ^ -52

local maps = {
  "abs", "sign", "sqrt", "floor", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sigmoid",
  "log_sigmoid", "relu", "leaky_relu", "softplus", "gelu", "silu", "elu", "erf", "erfc", "erfinv",
  "normcdf", "normppf", "lgamma", "digamma", "isfinite",
}

describe("functions of one element", function()
  it("give a number for a number, and the same for each element of a matrix", function()
    local A = sd.matrix { { 0.125, 0.5, 0.75 }, { 0.25, 0.375, 0.625 } }
    for _, name in ipairs(maps) do
      local B = sd[name](A)
      assert.same({ 2, 3, "f64" }, { B.rows, B.cols, B.dtype })
      for k = 1, #A do
        local v = sd[name](A(k))
        assert.equal("number", type(v))
        assert.equal(v, B(k), name)
      end
    end
  end)

  it("keep f32", function()
    local A = sd.matrix({ 0.25, 0.5 }, { dtype = "f32" })
    for _, name in ipairs(maps) do
      local B = sd[name](A)
      assert.equal("f32", B.dtype)
      -- Correct to 2 ulp of f32, half of one for the comparison; conditioning is below 4 here.
      local C = sd[name](A:to("f64"))
      for k = 1, 2 do near(B(k), C(k), 10 * 2 ^ -24 * math.abs(C(k))) end
    end
  end)

  it("work in place, on views too", function()
    local A = sd.matrix { { 1, 2 }, { 3, 4 } }
    local r = A:row(1)
    assert.equal(r, r:exp_())
    assert.equal(sd.exp(2), A(1, 2))
    assert.equal(3, A(2, 1))
    assert.equal(-3, A:neg_()(2, 1))
    assert.equal(-1, A:clamp_(-1, 1)(2, 1))
    for _, name in ipairs(maps) do
      local B = sd.full(2, 2, 0.5)
      assert.equal(B, B[name .. "_"](B))
      assert.equal(sd[name](0.5), B(2, 2))
    end
  end)

  it("have the values of closed forms", function()
    near(sd.sigmoid(math.log(3)), 0.75, eps)
    near(sd.softplus(0), math.log(2), eps)
    near(sd.gelu(1), 0.8413447460685429, eps) -- Phi(1)
    near(sd.normppf(0.975), 1.959963984540054, 4 * eps)
    near(sd.erfinv(0.5), 0.4769362762044699, eps)
    near(sd.lgamma(5), math.log(24), 4 * eps)
    assert.equal(1, sd.isfinite(1e308))
    assert.equal(0, sd.isfinite(nan))
  end)

  it("take parameters", function()
    assert.equal(-0.02, sd.leaky_relu(-2))
    assert.equal(-1, sd.leaky_relu(-2, 0.5))
    assert.equal(-2, sd.elu(-inf, 2))
    assert.equal(-1, sd.elu(-inf))
    near(sd.polygamma(1, 1), math.pi ^ 2 / 6, 100 * eps)
    assert.equal(sd.polygamma(3, 2), sd.full(2, 2, 3):polygamma_(2)(4))
    assert.equal(0.5, sd.clamp(7, -1, sd.matrix(0.5)))
    assert.equal(-inf, sd.clamp(-inf, -inf, 0))
    local c = sd.clamp(nan, 0, 1)
    assert.is_true(c ~= c)
  end)

  it("accept empty matrices", function()
    assert.equal(3, sd.exp(sd.zeros(0, 3)).cols)
    assert.equal(0, #sd.zeros(2, 0):tanh_())
  end)

  it("refuse what they cannot use", function()
    raises("exp: argument 1 must be a matrix or a number, got nothing", sd.exp)
    raises('tanh: argument 1 must be a matrix or a number, got the string "1"', sd.tanh, "1")
    raises("exp_: argument 1 must be a matrix", sd.zeros(1, 1).exp_, 3)
    raises("clamp: the bounds must satisfy lo <= hi, got lo = 2, hi = 1", sd.clamp, 0, 2, 1)
    local A = sd.zeros(1, 1)
    raises("clamp_: the bounds must satisfy lo <= hi", A.clamp_, A, nan, 1)
    raises("clamp: the upper bound must be a number", sd.clamp, 0, 2)
    raises("leaky_relu: the slope must be a number", sd.leaky_relu, 1, {})
    raises("elu: alpha must be a number", sd.elu, 1, "x")
    raises("no such function", function() return sd.neg end)
  end)
end)

describe("functions of two elements", function()
  it("give masks", function()
    local A, B = sd.matrix { 1, 2, nan }, sd.matrix { 2, 2, nan }
    local want = { lt = { 1, 0, 0 }, le = { 1, 1, 0 }, gt = { 0, 0, 0 }, ge = { 0, 1, 0 },
      eq = { 0, 1, 0 }, ne = { 1, 0, 1 } }
    for name, w in pairs(want) do
      for k = 1, 3 do
        assert.equal(w[k], sd[name](A, B)(k), name)
        assert.equal(w[k], sd[name](A(k), B(k)), name)
      end
    end
    assert.equal(sd.matrix { { 0, 1 }, { 1, 1 } }, sd.ge(sd.matrix { { 1, 2 }, { 3, 4 } }, 2))
    raises("lt: shapes do not fit: A is 3x1, B is 1x2", sd.lt, A, sd.zeros(1, 2))
    raises("eq: dtypes differ", sd.eq, A, A:to("f32"))
  end)

  it("give the larger and the smaller", function()
    local A = sd.matrix { { 1, 5 }, { 3, nan } }
    assert.equal(3, sd.max(A, 3)(1, 1))
    assert.equal(5, sd.max(3, A)(1, 2))
    assert.equal(2, sd.min(A, sd.matrix { { 2, 2 } })(2, 1))
    local m = sd.max(A, 0)(2, 2)
    assert.is_true(m ~= m)
    assert.equal(4, sd.max(3, 4))
    assert.equal("f32", sd.max(A:to("f32"), 0).dtype)
  end)

  it("select by where", function()
    local A = sd.matrix { { 1, -2 }, { -3, 4 } }
    assert.equal(sd.relu(A), sd.where(sd.gt(A, 0), A, 0))
    local mask, nines = sd.matrix { 1, 0 }, sd.full(2, 2, 9)
    assert.equal(sd.matrix { { 1, 1 }, { 9, 9 } }, sd.where(mask, 1, nines))
    assert.equal(7, sd.where(0, 5, 7))
    assert.equal("f32", sd.where(A:to("f32"), 1, 2).dtype)
    raises("where: shapes do not fit: the mask is 2x2, A is 3x1, B is 1x1", sd.where, A,
      sd.zeros(3, 1), 0)
    raises("where: shapes do not fit", sd.where, sd.ones(2, 1), sd.ones(1, 2), 0)
    raises("where: dtypes differ", sd.where, A, A:to("f32"), 0)
    raises("where: argument 3 must be a matrix or a number, got nothing", sd.where, A, A)
  end)
end)

describe("reductions", function()
  local A = sd.matrix { { 1, 2, 6 }, { 4, 5, 3 } }

  it("give a number, a row or a column", function()
    assert.equal(21, sd.sum(A))
    assert.equal(sd.matrix { { 5, 7, 9 } }, sd.sum(A, { dim = 1 }))
    assert.equal(sd.matrix { 9, 12 }, sd.sum(A, { dim = 2 }))
    assert.equal(sd.matrix { 3, 4 }, sd.mean(A, { dim = 2 }))
    assert.equal(sd.matrix { { 4, 5, 6 } }, sd.max(A, { dim = 1 }))
    assert.equal(1, sd.min(A))
    assert.equal(sd.matrix { { 2, 2, 1 } }, sd.argmax(A, { dim = 1 }))
    assert.equal(5, sd.argmax(A)) -- down the columns, as A(k)
    assert.equal("integer", math.type(sd.argmin(A)))
    near(sd.logsumexp(sd.zeros(1, 8)), math.log(8), 4 * eps)
    assert.equal(3, sd.sum(3))
    assert.equal(3, sd.max(3))
  end)

  it("divide the variance by n - ddof", function()
    local x = sd.matrix { 1, 2, 3, 4 }
    near(sd.var(x), 1.25, 2 * eps)
    near(sd.var(x, { ddof = 1 }), 5 / 3, 2 * eps)
    near(sd.std(x, { ddof = 1, dim = 1 })(1), math.sqrt(5 / 3), 2 * eps)
    local v = sd.var(5, { ddof = 1 })
    assert.is_true(v ~= v)
    raises("var: option 'ddof' must be 0 or 1, got 2", sd.var, x, { ddof = 2 })
    raises("std: option 'ddof' must be 0 or 1, got 0.5", sd.std, x, { ddof = 0.5 })
  end)

  it("accumulate f32 in f64", function()
    local x = sd.full(100000, 1, 0.1):to("f32")
    near(sd.sum(x), 100000 * x(1), 1e4 * 40 * eps) -- 40 u of the sum, as in tests/c/test_reduce.c
    assert.equal("f32", sd.sum(x, { dim = 1 }).dtype)
  end)

  it("know what to say of nothing", function()
    assert.equal(0, sd.sum(sd.zeros(0, 3)))
    assert.equal(-inf, sd.logsumexp(sd.zeros(0, 3)))
    assert.equal(sd.zeros(1, 3), sd.sum(sd.zeros(0, 3), { dim = 1 }))
    local m = sd.mean(sd.zeros(3, 0))
    assert.is_true(m ~= m)
    raises("max: the matrix is empty (0x3)", sd.max, sd.zeros(0, 3))
    raises("max: the matrix is empty (0x3)", sd.max, sd.zeros(0, 3), { dim = 1 })
    raises("argmin: the matrix is empty (3x0)", sd.argmin, sd.zeros(3, 0), { dim = 2 })
    raises("argmax: the matrix is empty (0x0)", sd.argmax, sd.zeros(0, 0), { dim = 2 })
    local none = sd.max(sd.zeros(3, 0), { dim = 1 })
    assert.same({ 1, 0 }, { none.rows, none.cols })
  end)

  it("refuse what they cannot use", function()
    raises("sum: argument 1 must be a matrix or a number, got a table", sd.sum, { 1, 2 })
    raises("sum: unknown option 'dims' (did you mean 'dim'?)", sd.sum, A, { dims = 1 })
    raises("sum: unknown option 'ddof'", sd.sum, A, { ddof = 1 })
    raises("mean: option 'dim' must be 1 (down each column) or 2 (along each row), got 3", sd.mean,
      A, { dim = 3 })
    raises("sum: argument 2 must be a table of options", sd.sum, A, 1)
    raises("max: argument 2 must be a table of options", sd.max, A, "1")
  end)
end)

describe("the instruction set", function()
  it("has a name", function()
    assert.is_truthy(({ base = 1, avx2 = 1, avx512 = 1 })[sd.isa()])
  end)
end)
