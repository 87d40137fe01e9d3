-- sd.model: the laws that parameters are drawn from, and what wrong calls say.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local model = sd.model

--- Checks the n >= 20000 elements of A against N(0, s^2) or the uniform law of deviation s: the
-- first, second and fourth moment are within 5.5 of their own deviations; the law misses each
-- with probability 4e-8 in the normal approximation. Of x/s, E x^4 = 3 and Var x^4 = 96, or 9/5 and
-- 9 - (9/5)^2.
local function check_moments(A, s, kurtosis)
  local n = #A
  local function check(got, want, deviation)
    assert(math.abs(got - want) <= 5.5 * deviation / math.sqrt(n),
      ("%g is not near %g"):format(got, want))
  end
  check(sd.mean(A), 0, s)
  check(sd.mean(A ^ 2), s ^ 2, s ^ 2 * math.sqrt(kurtosis - 1))
  check(sd.mean(A ^ 4), kurtosis * s ^ 4, s ^ 4 * (kurtosis == 3 and math.sqrt(96) or 2.4))
end

describe("the initial law", function()
  local d, k, m = 100, 400, 50
  local product = { init = { product = 0.02, ratio = 4 } }
  local laws = {
    { {}, 1 / math.sqrt(d), 1 / math.sqrt(k) },
    { { init = "lecun" }, 1 / math.sqrt(d), 1 / math.sqrt(k) },
    { { init = "he" }, math.sqrt(2 / d), math.sqrt(2 / k) },
    { { init = "glorot" }, math.sqrt(2 / (d + k)), math.sqrt(2 / (k + m)) },
    { { init = { sd = { 0.25, 3 } } }, 0.25, 3 },
    { product, math.sqrt(0.02 / 4), math.sqrt(0.02 * 4) },
    { { init = { product = 0.01 } }, 0.1, 0.1 },
    { { init = { law = "he" }, dtype = "f32" }, math.sqrt(2 / d), math.sqrt(2 / k) },
    { { init = "he_uniform" }, math.sqrt(2 / d), math.sqrt(2 / k), 9 / 5 },
    { { init = "lecun_uniform" }, 1 / math.sqrt(d), 1 / math.sqrt(k), 9 / 5 },
    { { init = "glorot_uniform" }, math.sqrt(2 / (d + k)), math.sqrt(2 / (k + m)), 9 / 5 },
  }

  for number, law in ipairs(laws) do
    it("has the deviations it says, " .. number, function()
      local options, first, second, kurtosis = table.unpack(law, 1, 4)
      local given = { d, k, m, bias = true }
      for key, v in pairs(options) do given[key] = v end
      local one = model.one_hidden(given)
      near(one.law.W.sd, first, first * 4 * 2 ^ -53)
      near(one.law.V.sd, second, second * 4 * 2 ^ -53)
      local p = one.init(sd.rng(20 + number))
      check_moments(p.W:to "f64", first, kurtosis or 3)
      check_moments(p.V:to "f64", second, kurtosis or 3)
      assert.equal(options.dtype or "f64", p.W.dtype)
      assert(sd.norm(p.b) == 0 and sd.norm(p.c) == 0)
      if kurtosis then
        near(one.law.W.bound, first * math.sqrt(3), first * 4 * 2 ^ -53)
        assert(sd.max(sd.abs(p.W)) <= one.law.W.bound)
      end
    end)
  end

  it("is the draw that one writes by hand, in the order of the tree", function()
    local p = model.one_hidden { 3, 4, 2, init = "he" }.init(sd.rng(1))
    local rng = sd.rng(1)
    assert(p.V == math.sqrt(2 / 4) * rng:randn(2, 4))
    assert(p.W == math.sqrt(2 / 3) * rng:randn(4, 3))
    local q = model.mlp { 3, 4, 2 }.init(sd.rng(1))
    rng = sd.rng(1)
    assert(q[1].W == 1 / math.sqrt(3) * rng:randn(4, 3) and q[1].b == sd.zeros(4, 1))
    assert(q[2].W == 1 / math.sqrt(4) * rng:randn(2, 4))
  end)

  it("counts the layers of mlp and random_feature, the first first", function()
    local deep = model.mlp { 100, 200, 150, 1, init = { sd = { 1, 2, 3 } } }
    local p = deep.init(sd.rng(2))
    check_moments(p[1].W, 1, 3)
    check_moments(p[2].W, 2, 3)
    assert.equal(3, deep.law[3].W.sd)
    assert.equal(0, deep.law[3].b.value)
    local rf = model.random_feature { 100, 200, 150, init = "he" }
    local r = rf.init(sd.rng(2))
    check_moments(r[2].W, math.sqrt(2 / 200), 3)
    assert(sd.norm(r.d) == 0 and rf.law[1].W.frozen and not rf.law.d.frozen)
  end)

  it("is that of the papers for the models of their own", function()
    local sparse = model.sparse_generator { 60, 400 }
    check_moments(sparse.init(sd.rng(3)).V, 1 / 400, 3)
    near(sparse.law.V.sd, 1 / 400, 2 ^ -60)
    local cubic = model.cubic { 400, 60 }
    local p = cubic.init(sd.rng(3))
    check_moments(p.W, 1 / math.sqrt(400), 3)
    assert.equal(0, p.b)
    near(cubic.law.a.sd, 1 / math.sqrt(60 * math.log(400)), 2 ^ -53)
    local sum, rng = 0, sd.rng(4)
    for _ = 1, 100 do sum = sum + cubic.init(rng).a ^ 2 end
    -- a chi-square of 100 degrees: 5.5 of its deviations sqrt(200), as above
    assert(math.abs(sum / cubic.law.a.sd ^ 2 - 100) <= 5.5 * math.sqrt(200))
    assert(model.linear_discriminator { 5 }.init(sd.rng(1)).d == sd.zeros(5, 1))
    local glm = model.glm { 4, init = "he" }
    near(glm.law.theta.sd, math.sqrt(2 / 4), 2 ^ -53)
  end)

  it("puts the singular values of low_rank in [vt, 2 vt]", function()
    local low = model.low_rank { 9, 4, vt = 0.3 }
    local s = sd.svdvals(low.init(sd.rng(5)).Theta)
    -- Products of orthonormal columns: some dozens of roundings each of numbers up to 0.6.
    near(s, sd.matrix { 0.6, 0.5, 0.4, 0.3 }, 100 * 2 ^ -53)
    assert(low.law.Theta.largest == 0.6 and low.law.Theta.smallest == 0.3)
    near(sd.svdvals(model.low_rank { 3, 1 }.init(sd.rng(1)).Theta), sd.full(1, 1, 2), 2 ^ -50)
  end)

  it("has the spectrum that is given", function()
    local first, second = { 5, 4, 0.5 }, sd.matrix { 2, 1 }
    local one = model.one_hidden { 3, 6, 2, init = { spectrum = { first, second } } }
    local p = one.init(sd.rng(6))
    near(sd.svdvals(p.W), sd.matrix(first), 500 * 2 ^ -53)
    near(sd.svdvals(p.V), second, 200 * 2 ^ -53)
    assert(one.law.V.singular_values == second)
    local W = model.linear { 4, 2, dtype = "f32", init = { spectrum = { 3, 1 } } }.init(sd.rng(6)).W
    near(sd.svdvals(W):to "f64", sd.matrix { 3, 1 }, 300 * 2 ^ -24)
  end)

  it("has uniform singular vectors", function()
    -- With s = (1, 0) the matrix is u v', u uniform on the circle: E u_1^2 = 1/2, Var = 1/8; 5.5
    -- deviations of the mean of 100.
    local linear, rng, sum = model.linear { 3, 2, init = { spectrum = { 1, 0 } } }, sd.rng(7), 0
    for _ = 1, 100 do sum = sum + sd.norm(linear.init(rng).W:row(1)) ^ 2 end
    assert(math.abs(sum / 100 - 0.5) <= 5.5 * math.sqrt(1 / 8 / 100))
  end)

  it("comes in pairs that cancel", function()
    local x = sd.rng(9):randn(3, 5)
    for _, law in ipairs { "he", "glorot_uniform" } do
      local init = { antisymmetric = true, law = law }
      local one = model.one_hidden { 3, 6, 2, bias = true, init = init }
      local p = one.init(sd.rng(8))
      assert(p.W:row(1, 3) == p.W:row(4, 6) and p.V:col(1, 3) == -p.V:col(4, 6))
      assert(sd.norm(p.W) > 0)
      -- sums of 6 products of numbers below 10, which cancel
      near(one.apply(p, x), sd.zeros(2, 5), 6 * 6 * 100 * 2 ^ -53)
      local deep = model.mlp { 3, 5, 4, 2, act = "tanh", init = init }
      local q = deep.init(sd.rng(8))
      near(deep.apply(q, x), sd.zeros(2, 5), 4 * 4 * 10 * 2 ^ -53)
      assert(q[2].W:row(1, 2) == q[2].W:row(3, 4) and sd.norm(q[1].W:row(1) - q[1].W:row(2)) > 0)
    end
  end)
end)

describe("a wrong call of a model", function()
  local one = model.one_hidden { 3, 4, 2 }
  local p, x = one.init(sd.rng(1)), sd.ones(3, 5)
  local calls = {
    { function() return model.mlpp end, "model: no model 'mlpp' (did you mean 'mlp'?)" },
    { function() return model.mlp(3) end,
      "mlp: needs a table of sizes and options, mlp{d, k1, ..., m}, got 3" },
    { function() return model.mlp { 3 } end, "mlp: needs sizes {d, k1, ..., m}, got 1" },
    { function() return model.glm { 3, 4 } end, "glm: needs sizes {d}, got 2" },
    { function() return model.mlp { 3, 2.5, 1 } end,
      "mlp: size 2 of {d, k1, ..., m} must be a whole number from 1, got 2.5" },
    { function() return model.linear { 3, 0 } end,
      "linear: size 2 of {d, m} must be a whole number from 1, got 0" },
    { function() return model.one_hidden { 3, 4, 2, trian = "first" } end,
      "one_hidden: unknown option 'trian' (did you mean 'train'?)" },
    { function() return model.linear { 3, 4, act = "relu" } end,
      "linear: unknown option 'act' (known:" },
    { function() return model.mlp { 3, 4, [4] = 1 } end, "mlp: options have names" },
    { function() return model.one_hidden { 3, 4, 2, train = "none" } end,
      "one_hidden: train must be 'both' or 'first' or 'last', got the string \"none\"" },
    { function() return model.mlp { 3, 4, bias = "maybe" } end,
      "mlp: bias must be true or false, got the string \"maybe\"" },
    { function() return model.one_hidden { 3, 4, 2, scale = 0 / 0 } end,
      "one_hidden: scale must be a finite number, got NaN" },
    { function() return model.cubic { 3, 4, cutoff = 0 } end,
      "cubic: cutoff must be a positive number, got 0" },
    { function() return model.low_rank { 3, 4, vt = -1 } end,
      "low_rank: vt must be a finite number from 0, got -1" },
    { function() return model.mlp { 3, 4, act = "sigmiod" } end,
      "mlp: no activation 'sigmiod' (did you mean 'sigmoid'?)" },
    { function() return model.mlp { 3, 4, act = 3 } end,
      "mlp: act must be the name of an activation, one of sd.act or a function, got 3" },
    { function() return model.mlp { 3, 4, dtype = "f16" } end,
      "mlp: dtype must be \"f64\" or \"f32\", got the string \"f16\"" },
    { function() return model.mlp { 3, 4, init = "lecum" } end,
      "mlp: no init 'lecum' (did you mean 'lecun'?)" },
    { function() return model.mlp { 3, 4, init = 3 } end,
      "mlp: init: options must be a table, got 3" },
    { function() return model.mlp { 3, 4, init = { spectum = { 1 } } } end,
      "mlp: init: unknown option 'spectum' (did you mean 'spectrum'?)" },
    { function() return model.mlp { 3, 4, init = { sd = { 1, 2 } } } end,
      "mlp: init.sd needs 1 deviations, one a layer, got 2" },
    { function() return model.mlp { 3, 4, init = { sd = { -1 } } } end,
      "mlp: init.sd[1] must be a finite number from 0, got -1" },
    { function() return model.mlp { 3, 4, init = { sd = 1 } } end,
      "mlp: init.sd must be a list of numbers, got 1" },
    { function() return model.mlp { 3, 4, 2, init = { sd = { 1, 1 }, product = 1 } } end,
      "mlp: init: product and sd exclude each other" },
    { function() return model.mlp { 3, 4, 2, init = { ratio = 1 } } end,
      "mlp: init: ratio goes with product" },
    { function() return model.mlp { 3, 4, 2, init = { product = 0 } } end,
      "mlp: init.product must be a positive number, got 0" },
    { function() return model.mlp { 3, 4, 2, init = { product = 1e300, ratio = 1e300 } } end,
      "mlp: a deviation cannot be inf" },
    { function() return model.linear { 3, 4, init = { product = 1 } } end,
      "linear: init.product is of two layers of weights, this has 1" },
    { function() return model.mlp { 3, 4, 2, init = { spectrum = { 1, 2, 3 } } } end,
      "mlp: init.spectrum needs a column for each of 2 layers, got 1" },
    { function() return model.linear { 3, 4, init = { spectrum = { 1, 2 } } } end,
      "linear: init.spectrum of layer 1 must be a column of 3 values (the weight is 4x3)" },
    { function() return model.linear { 1, 4, init = { spectrum = sd.full(1, 1, -1) } } end,
      "linear: init.spectrum of layer 1: singular values are finite and not negative, got -1" },
    { function() return model.linear { 3, 4, init = { antisymmetric = true } } end,
      "linear: has no hidden layer that could come in pairs" },
    { function() return model.mlp { 3, 5, 1, init = { antisymmetric = true } } end,
      "mlp: antisymmetric pairs need an even width, got 5" },
    { function() return model.mlp { 3, 5, 1, init = { antisymmetric = 1 } } end,
      "mlp: init.antisymmetric must be true or false, got 1" },
    { function()
      return model.linear { 3, 4, init = { antisymmetric = true, spectrum = { 1, 1, 1 } } }
    end, "linear: antisymmetric pairs have no prescribed spectrum" },
    { function() return one.init() end, "one_hidden.init: argument 1 must be an rng, got nil" },
    { function() return one.init(3) end, "one_hidden.init: argument 1 must be an rng, got 3" },
    { function() return one.apply(p) end,
      "one_hidden: x must be a matrix whose columns are samples, got nil" },
    { function() return one.apply(p.W, x) end,
      "one_hidden: p must be a table of parameters, got a 4x3 matrix" },
    { function() return one.apply({ W = p.W }, x) end, "one_hidden: p.V is missing" },
    { function() return one.apply({ W = p.W, V = p.V, b = 1 }, x) end,
      "one_hidden: p.b is no parameter of it" },
    { function() return one.apply({ W = p.W, V = { p.V } }, x) end,
      "one_hidden: p.V is a table in it and a matrix in what init gives" },
    { function() return one.apply({ W = p.W, V = sd.zeros }, x) end,
      "one_hidden: p.V must be a matrix, a number or an rng, got a function" },
    { function() return one.apply(p, sd.ones(2, 5)) end,
      "one_hidden: x must have 3 rows (its columns are samples), got 2x5" },
    { function() return one.apply({ W = sd.ones(3, 4), V = p.V }, x) end,
      "one_hidden: p.W must be 4x3, got 3x4" },
    { function() return one.apply(p, x:to "f32") end,
      "one_hidden: dtypes differ: p.V is f64, x is f32" },
    { function() return sd.compile(one.apply)(p, sd.ones(2, 5)) end,
      "one_hidden: x must have 3 rows (its columns are samples), got 2x5" },
    { function()
      local q = model.mlp { 2, 3, 1 }.init(sd.rng(1))
      return model.mlp { 2, 4, 1 }.apply(q, sd.ones(2, 1))
    end, "mlp: p[1].W must be 4x2, got 3x2" },
    { function() return one.aply end, "model: one_hidden 3 -> 4 -> 2, relu has no field 'aply'" },
    { function() return model.one_hidden { 3, 4, 2, act = sd.diag }.apply(p, x) end, "diag: " },
    { function()
      return model.one_hidden { 3, 4, 2, act = function(u) return u:t() end }.apply(p, x)
    end, "act: an activation gives as many elements as it takes: of 4x5 it made 5x4" },
    { function()
      return model.one_hidden { 3, 4, 2, act = function() return "u" end }.apply(p, x)
    end, "act: an activation must give a matrix, got the string \"u\"" },
    { function()
      return model.one_hidden { 3, 4, 2, act = function() error "not today" end }.apply(p, x)
    end, "not today" },
    { function() return model.sparse_generator { 3, 4 }.sample(sd.rng(1), -1) end,
      "sparse_generator: the number of samples must not be negative, got -1" },
    { function() return model.sparse_generator { 3, 4 }.sample(5) end,
      "sparse_generator.sample: argument 1 must be an rng, got 5" },
  }

  for _, call in ipairs(calls) do
    it("says: " .. call[2], function() raises(call[2], call[1]) end)
  end

  it("leaves the model as it was", function()
    local y = one.apply(p, x)
    for _, call in ipairs(calls) do pcall(call[1]) end
    assert(one.apply(p, x) == y)
  end)

  it("is blamed on the line of the script", function()
    local _, message = pcall(function()
      return (one.apply({ W = p.W }, x)) -- this line
    end)
    assert.truthy(message:find "model_init_spec.lua:%d+: one_hidden: p.V is missing")
  end)
end)
