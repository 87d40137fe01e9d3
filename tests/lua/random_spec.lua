--- Random numbers from Lua: sd.rng, its draws, their arguments and messages. The laws are tested in
-- C (tests/c/test_rng*.c); here a draw's mean and range show that the right one was called.
local sd = require "saddle"
local support = require "tests.lua.support"
local raises = support.raises

local function values(A)
  local t = {}
  for k = 1, #A do t[k] = A(k) end
  return t
end

local function mean(A)
  local s = 0
  for k = 1, #A do s = s + A(k) end
  return s / #A
end

local function distinct(A, n)
  local seen = {}
  for k = 1, #A do
    local v = A(k)
    assert(v >= 1 and v <= n and v == math.floor(v) and not seen[v])
    seen[v] = true
  end
  return seen
end

-- Every draw with the mean and standard deviation of one number; six standard errors of a mean of
-- 20000 numbers are passed with probability 2e-9.
local laws = {
  { "rand", {}, 1 / 2, 12 ^ -.5, 0, 1 },
  { "randn", {}, 0, 1, -9, 9 },
  { "rademacher", {}, 0, 1, -1, 1 },
  { "randint", { 6 }, 3.5, (35 / 12) ^ .5, 1, 6 },
  { "categorical", { { 1, 0, 3 } }, 2.5, .75 ^ .5, 1, 3 },
  { "categorical", { sd.matrix { { 1, 0, 3 } } }, 2.5, .75 ^ .5, 1, 3 },
  { "bernoulli", { .25 }, .25, .1875 ^ .5, 0, 1 },
  { "gamma", { 2.5 }, 2.5, 2.5 ^ .5, 0, math.huge },
  { "gamma", { .3 }, .3, .3 ^ .5, 0, math.huge },
  { "chi2", { 3 }, 3, 6 ^ .5, 0, math.huge },
  { "truncated_normal", { 0, math.huge }, (2 / math.pi) ^ .5, (1 - 2 / math.pi) ^ .5, 0, 9 },
  { "truncated_normal", { -math.huge, 0 }, -(2 / math.pi) ^ .5, (1 - 2 / math.pi) ^ .5, -9, 0 },
}

local function draw(rng, law, ...)
  local arguments = { table.unpack(law[2]) }
  for _, v in ipairs { ... } do arguments[#arguments + 1] = v end
  return rng[law[1]](rng, table.unpack(arguments))
end

describe("draws", function()
  it("have the right mean and range, as matrices and as numbers", function()
    for i, law in ipairs(laws) do
      local rng = sd.rng(i)
      local A = draw(rng, law, 200, 100)
      assert.are.same({ 200, 100, "f64" }, { A.rows, A.cols, A.dtype })
      support.near(mean(A), law[3], 6 * law[4] / 20000 ^ .5)
      for k = 1, #A do assert(A(k) >= law[5] and A(k) <= law[6]) end
      local first = draw(sd.rng(i), law)
      assert.are.equal("number", type(first))
      assert.are.equal(A(1), first)
    end
  end)

  it("take one ordinal each, whatever their size", function()
    for i, law in ipairs(laws) do
      local rng = sd.rng(i)
      draw(rng, law)
      draw(rng, law, 30, 20)
      draw(rng, law, 0, 5)
      assert.are.equal(3, rng:state().ordinal)
    end
  end)

  it("begin alike when their sizes differ", function()
    for i, law in ipairs(laws) do
      local small, large = draw(sd.rng(i), law, 3, 50), draw(sd.rng(i), law, 3, 100)
      assert(small == large:col(1, 50))
    end
  end)

  it("come in f32", function()
    for i, law in ipairs(laws) do
      local double = draw(sd.rng(i), law, 40, 5)
      local single = draw(sd.rng(i), law, 40, 5, { dtype = "f32" })
      assert.are.equal("f32", single.dtype)
      for k = 1, #double do -- rounded, or for rand cut, to 24 bits
        assert(math.abs(single(k) - double(k)) <= 2 ^ -24 * math.max(math.abs(double(k)), 1))
      end
    end
  end)

  it("allow empty matrices", function()
    for _, law in ipairs(laws) do
      local A = draw(sd.rng(1), law, 0, 7)
      assert.are.same({ 0, 7 }, { A.rows, A.cols })
    end
  end)

  it("give indices as integers", function()
    assert.are.equal("integer", math.type(sd.rng(1):randint(6)))
    assert.are.equal("integer", math.type(sd.rng(1):categorical { 1, 2 }))
  end)

  it("do not depend on the machine", function()
    local rng = sd.rng(2024, "pinned")
    assert.are.equal("rng(key 0x68a052a4f16dac8e, draw 0)", tostring(rng))
    assert.are.equal(0x1.c0cef86ec1a34p-3, rng:rand())
    assert.are.equal(-0x1.30b49113304fap-1, rng:randn())
    assert.are.equal(0x1.dd40949550092p+1, rng:gamma(2))
    assert.are.same({ 4, 2, 3, 1, 5 }, values(rng:permutation(5)))
    assert.are.same({ 894, 49, 184, 246 }, values(rng:minibatch(1000, 4, 3)))
  end)

  it("take probabilities from a matrix", function()
    local P = sd.matrix { { 0, 1, .5 }, { 1, 0, .5 } }
    for i = 1, 50 do
      local B = sd.rng(i):bernoulli(P)
      assert.are.same({ 0, 1, 1, 0 }, values(B:col(1, 2)))
      assert(B(1, 3) == 0 or B(1, 3) == 1)
    end
    assert.are.equal("f32", sd.rng(1):bernoulli(P:to "f32").dtype)
    assert.are.equal(1, sd.rng(1):bernoulli(sd.matrix(1), 2, 2)(2, 2))
  end)

  it("reach far tails", function()
    local A = sd.rng(1):truncated_normal(10, 11, 50, 50)
    for k = 1, #A do assert(A(k) >= 10 and A(k) <= 11) end
    -- beyond 38 the excess is nearly exponential with rate 38.03, mean and deviation 0.0263
    support.near(mean(sd.rng(1):truncated_normal(38, math.huge, 50, 50)), 38.02628, 6 * .0263 / 50)
  end)
end)

describe("columns and matrices", function()
  it("lie on the sphere", function()
    local S = sd.rng(3):sphere(5, 40)
    for j = 1, 40 do
      local s = 0
      for i = 1, 5 do s = s + S(i, j) ^ 2 end
      support.near(s, 1, 14 * 2 ^ -53) -- seven roundings, each counted twice in the square
    end
    local one = sd.rng(3):sphere(5)
    assert(one == S:col(1))
    assert.are.equal("f32", sd.rng(3):sphere(5, { dtype = "f32" }).dtype)
  end)

  it("are orthonormal", function()
    for _, shape in ipairs { { 6, 6 }, { 9, 4 }, { 1, 1 }, { 3, 0 } } do
      local Q = sd.rng(3):orthogonal(table.unpack(shape))
      support.near(Q:t() * Q, sd.eye(shape[2]), 10 * 2 ^ -52 * (shape[1] * shape[2]) ^ .5)
    end
    assert.are.same(7, sd.rng(3):orthogonal(7).cols)
    assert.are.equal("f32", sd.rng(3):orthogonal(3, { dtype = "f32" }).dtype)
    raises("orthogonal: a 2x3 matrix cannot have orthonormal columns; rng:orthogonal(3, 2):t()",
      function() sd.rng(1):orthogonal(2, 3) end)
  end)
end)

describe("indices", function()
  it("form permutations and choices", function()
    local rng = sd.rng(8)
    local p = rng:clone():permutation(100)
    assert.are.same({ 1, 100 }, { p.rows, p.cols })
    distinct(p, 100)
    assert(rng:clone():choice(100, 7) == p:col(1, 7))
    distinct(rng:choice(2 ^ 53, 20), 2 ^ 53)
    assert.are.equal(0, #rng:permutation(0))
    assert.are.equal(0, #rng:choice(5, 0))
    local A = sd.zeros(1, 100)
    for k = 1, 100 do A:set(k, k) end
    assert(A:col(p) == p)
  end)

  it("form minibatches that share no index within an epoch", function()
    local rng = sd.rng(8)
    local before = rng:state()
    local seen = {}
    for t = 1, 25 do -- one epoch of 1000 in batches of 40
      for v in pairs(distinct(rng:minibatch(1000, 40, t), 1000)) do
        assert(not seen[v])
        seen[v] = true
      end
    end
    assert.are.same(before, rng:state())
    local ahead = rng:minibatch(1000, 40, 26)
    assert(ahead ~= rng:minibatch(1000, 40, 1))
    assert(ahead == rng:minibatch(1000, 40, 26))
    assert(ahead ~= sd.rng(9):minibatch(1000, 40, 26))
  end)

  it("visit each index once an epoch when the batch does not divide it", function()
    local counts, rng = {}, sd.rng(8)
    for t = 1, 25 do -- 100 indices: ten epochs of 10
      for v in pairs(distinct(rng:minibatch(10, 4, t), 10)) do counts[v] = (counts[v] or 0) + 1 end
    end
    for v = 1, 10 do assert.are.equal(10, counts[v]) end
  end)
end)

describe("rng objects", function()
  it("repeat themselves from a seed, a state and a clone", function()
    local a = sd.rng(5, "data")
    a:randn(3, 3)
    local b, c = sd.rng(a:state()), a:clone()
    local A = a:randn(4, 4)
    assert(A == b:randn(4, 4))
    assert(A == c:randn(4, 4))
    assert.are.equal("integer", math.type(a:state().key))
    assert.are.same(a:state(), sd.rng(a:state()):state())
  end)

  it("differ between seeds, streams and children", function()
    local seen = {}
    for _, rng in ipairs {
      sd.rng(0), sd.rng(1), sd.rng(-1), sd.rng(0, 1), sd.rng(0, "1"), sd.rng(0, "a"),
      sd.rng(0):split "a", sd.rng(0):split(1), sd.rng(0):split "1", sd.rng(1):split "a",
      sd.rng(0, "a"):split "a" } do
      local key = rng:state().key
      assert(not seen[key])
      seen[key] = true
    end
    assert.are.same(sd.rng(0):state(), sd.rng(0, 0):state())
    assert.are.same(sd.rng(3):state(), sd.rng(3.0):state())
  end)

  it("do not advance when they are split", function()
    local rng = sd.rng(4)
    local child = rng:split "init"
    rng:randn(2, 2)
    assert.are.same(child:state(), rng:split("init"):state())
    assert.are.equal(1, rng:state().ordinal)
  end)
end)

describe("errors", function()
  local rng = sd.rng(1)
  local nan = 0 / 0
  local cases = {
    { "rng: the seed must be a number, got nothing", function() sd.rng() end },
    { "rng: the seed must be a whole number, got 1.5", function() sd.rng(1.5) end },
    { "rng: the seed must be a whole number", function() sd.rng(nan) end },
    { "rng: the stream must be a whole number or a string, got a table",
      function() sd.rng(1, {}) end },
    { "'ordinal' is nil", function() sd.rng { key = 1 } end },
    { "'key' is a float", function() sd.rng { key = 1.5, ordinal = 0 } end },
    { "rng: unknown option 'draw'", function() sd.rng { key = 1, ordinal = 0, draw = 1 } end },
    { "rng: no method 'rnd' (did you mean 'rand'?)", function() rng:rnd() end },
    { "rng: fields cannot be assigned", function() rng.key = 1 end },
    { "randn: call it as rng:randn(...)", function() rng.randn(2, 3) end },
    { "randn: the number of columns must be a number, got nothing", function() rng:randn(3) end },
    { "randn: the number of rows must be a number, got nil", function() rng:randn(nil, 3) end },
    { "randn: the number of rows must not be negative, got -1",
      function() rng:randn(-1, 3) end },
    { "randn: the number of columns must be a whole number, got 2.5",
      function() rng:randn(1, 2.5) end },
    { "randn: a 1000000000x1000000000 f64 matrix is larger than any memory",
      function() rng:randn(1e9, 1e9) end },
    { "randn: not enough memory", function() rng:randn(1e6, 1e6) end },
    { "randn: options come after the sizes", function() rng:randn { dtype = "f32" } end },
    { "randn: unknown option 'dtpye' (did you mean 'dtype'?)",
      function() rng:randn(1, 1, { dtpye = "f32" }) end },
    { "randn: too many arguments (4, at most 3)", function() rng:randn(1, 1, {}, 1) end },
    { "randint: the upper end must be in 1..9007199254740992, got 0",
      function() rng:randint(0) end },
    { "randint: the upper end must be in 1..9007199254740992", function() rng:randint(2 ^ 54) end },
    { "randint: f32 holds whole numbers up to 16777216",
      function() rng:randint(2 ^ 25, 1, 1, { dtype = "f32" }) end },
    { "bernoulli: p must be in 0..1, got 1.5", function() rng:bernoulli(1.5) end },
    { "bernoulli: p must be in 0..1", function() rng:bernoulli(nan) end },
    { "bernoulli: p must be in 0..1, got -1", function() rng:bernoulli(sd.matrix { .5, -1 }) end },
    { "bernoulli: p must be a number or a matrix of probabilities, got nothing",
      function() rng:bernoulli() end },
    { "bernoulli: a matrix p (2x1) gives the shape",
      function() rng:bernoulli(sd.matrix { .5, 1 }, 2, 1) end },
    { "categorical: the weights must be a matrix or a list, got nothing",
      function() rng:categorical() end },
    { "categorical: needs at least one weight", function() rng:categorical {} end },
    { "categorical: all 2 weights are 0", function() rng:categorical { 0, 0 } end },
    { "categorical: weight 2 must be finite and not negative, got -1",
      function() rng:categorical { 1, -1 } end },
    { "categorical: weight 1 must be finite", function() rng:categorical { math.huge } end },
    { "categorical: weight 2 must be a number, got the string \"2\"",
      function() rng:categorical { 1, "2" } end },
    { "gamma: the shape must be above 0 and at most 1e12, got 0", function() rng:gamma(0) end },
    { "gamma: the shape must be above 0", function() rng:gamma(nan) end },
    { "gamma: the shape must be a number, got the string", function() rng:gamma("1") end },
    { "chi2: the degrees of freedom must be above 0 and at most 1e12, got 2000000000000",
      function() rng:chi2(2e12) end },
    { "truncated_normal: needs lo < hi, got [1, 1]", function() rng:truncated_normal(1, 1) end },
    { "truncated_normal: needs lo < hi", function() rng:truncated_normal(nan, 1) end },
    { "truncated_normal: the upper end must be a number, got nothing",
      function() rng:truncated_normal(1) end },
    { "sphere: the number of rows must be a number, got nothing", function() rng:sphere() end },
    { "permutation: the length must not be negative", function() rng:permutation(-1) end },
    { "permutation: too many arguments (2, at most 1)", function() rng:permutation(3, 4) end },
    { "choice: cannot choose 4 distinct of 3", function() rng:choice(3, 4) end },
    { "minibatch: a batch of 10 does not fit in 5 samples",
      function() rng:minibatch(5, 10, 1) end },
    { "minibatch: the batch number must be in 1..", function() rng:minibatch(5, 1, 0) end },
    { "split: the name must be a whole number or a string, got nothing",
      function() rng:split() end },
  }

  it("say what is wrong", function()
    for _, case in ipairs(cases) do raises(case[1], case[2]) end
  end)

  it("leave the rng where it was", function()
    for _, case in ipairs(cases) do pcall(case[2]) end
    assert.are.equal(0, rng:state().ordinal)
  end)
end)

-- include/saddle/rng.h once more, in Lua integers, from its text alone.
local function finalise(x)
  x = (x ~ x >> 30) * 0xbf58476d1ce4e5b9
  x = (x ~ x >> 27) * 0x94d049bb133111eb
  return x ~ x >> 31
end

local function mix(key, word)
  return finalise(finalise(key + 0x9e3779b97f4a7c15) ~ finalise(word + 0xd1b54a32d192ed03))
end

local function hash(name)
  local h = 0xcbf29ce484222325
  for i = 1, #name do h = (h ~ name:byte(i)) * 0x100000001b3 end
  return h
end

local LOW = 0xffffffff

local function word(key, ordinal, k)
  local block = k // 16 * 8 + k % 8
  local c = { block & LOW, block >> 32, ordinal & LOW, ordinal >> 32 }
  local k0, k1 = key & LOW, key >> 32
  for _ = 1, 10 do
    local p0, p1 = c[1] * 0xD2511F53, c[3] * 0xCD9E8D57
    c = { p1 >> 32 ~ c[2] ~ k0, p1 & LOW, p0 >> 32 ~ c[4] ~ k1, p0 & LOW }
    k0, k1 = k0 + 0x9E3779B9 & LOW, k1 + 0xBB67AE85 & LOW
  end
  local half = k // 8 % 2 * 2
  return c[half + 1] | c[half + 2] << 32
end

describe("the contract of saddle/rng.h", function()
  it("suffices to make the same numbers", function()
    local root = mix(mix(hash "root", -7), hash "a stream")
    local key = mix(mix(root, hash "child"), 3)
    local rng = sd.rng(-7, "a stream"):split(3)
    rng:rand(2, 2) -- ordinal 0
    local U, R, N, S = rng:rand(7, 9), rng:randint(10, 7, 9), rng:randn(7, 9), rng:rademacher(7, 9)
    for k = 0, 62 do
      assert.equal((word(key, 1, k) >> 11) * 2^-53, U(k + 1))
      -- the upper half of 10 w; w is rejected when the lower one is below 6, once in 3e18
      local w = word(key, 2, k)
      assert.equal(1 + (10 * (w >> 32) + (10 * (w & LOW) >> 32) >> 32), R(k + 1))
      w = word(key, 3, k)
      local p = sd.normcdf(-math.abs(N(k + 1)))
      -- normcdf to a few ulp, and what an ulp of its argument costs: 1 + x^2 < 70 ulp
      support.near(p / (((w >> 12) + 0.5) * 2^-53), 1, 100 * 2^-52)
      assert.equal(w & 1 == 1, N(k + 1) < 0)
      assert.equal(word(key, 4, k) < 0, S(k + 1) < 0) -- as signed integers
    end
  end)
end)
