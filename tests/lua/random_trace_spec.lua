--- Random numbers in graphs: the same numbers eager and planned, one place each whatever is
-- dropped, constants for derivatives.
local sd = require "saddle"
local tracing = require "saddle.core".tracing
local support = require "tests.lua.support"
local raises, near = support.raises, support.near

--- f(rng, ...) traced once, planned and run; also the rng that comes out.
local function planned(f, rng, ...)
  local inputs, symbols = { rng, ... }, {}
  local g <close> = tracing.graph()
  for k, x in ipairs(inputs) do symbols[k] = g:input(x) end
  local y = f(table.unpack(symbols))
  local out = tracing.plan(g, { y, tracing.rng_state(symbols[1]) }):run(inputs)
  return out[1], out[2], y
end

local P = sd.matrix { { 0, 1, .5 }, { .25, .75, .5 } }
local laws = {
  { "rand" }, { "randn" }, { "rademacher" }, { "randint", 6 }, { "bernoulli", .25 },
  { "categorical", { 1, 0, 3 } }, { "categorical", sd.matrix { { 1, 0, 3 } } }, { "gamma", 2.5 },
  { "gamma", .3 }, { "chi2", 3 }, { "truncated_normal", 0, math.huge },
}
local whole = { -- these have their sizes among their arguments
  { "bernoulli", P }, { "bernoulli", P:to "f32" }, { "bernoulli", sd.matrix(.5) },
  { "sphere", 4 }, { "sphere", 4, 3 }, { "sphere", 4, { dtype = "f32" } }, { "orthogonal", 4 },
  { "orthogonal", 5, 2 }, { "orthogonal", 5, 2, { dtype = "f32" } }, { "permutation", 9 },
  { "choice", 1000, 7 }, { "minibatch", 100, 7, 3 },
}

local function law_of(law, ...)
  local arguments = { table.unpack(law, 2) }
  for _, v in ipairs { ... } do arguments[#arguments + 1] = v end
  return function(rng) return rng[law[1]](rng, table.unpack(arguments)) end
end

describe("draws in a graph", function()
  local function same(f, what)
    local rng = sd.rng(7, what)
    rng:randn()
    local eager = rng:clone()
    local value, after = planned(function(r) r:rand(); return f(r) end, rng)
    eager:rand()
    local expected = f(eager)
    if sd.ismatrix(expected) then
      assert.are.equal(expected.dtype, value.dtype)
      assert.are.same({ expected.rows, expected.cols }, { value.rows, value.cols })
      near(value, expected, 0)
    else
      assert.are.equal(expected, value)
    end
    assert.are.same(eager:state(), after:state())
    assert.are.equal(1, rng:state().ordinal)
  end

  it("give the numbers of eager ones", function()
    for _, law in ipairs(laws) do
      same(law_of(law), law[1])
      same(law_of(law, 3, 4), law[1])
      same(law_of(law, 3, 4, { dtype = "f32" }), law[1])
      same(law_of(law, 0, 4), law[1])
    end
    for _, law in ipairs(whole) do same(law_of(law), law[1]) end
  end)

  it("have probabilities, weights and batch numbers from the graph", function()
    local p, batch = .3, 5
    local rng = sd.rng(3)
    local eager = rng:clone()
    assert(planned(function(r, q) return r:bernoulli(q, 4, 5) end, rng, p) ==
      eager:clone():bernoulli(p, 4, 5))
    assert.are.equal(eager:clone():bernoulli(p), (planned(function(r, q)
      return r:bernoulli(q) end, rng, p)))
    assert(planned(function(r, q) return r:bernoulli(q % q) end, rng, P) ==
      eager:clone():bernoulli(P % P))
    assert(planned(function(r, w) return r:categorical(sd.exp(w), 3, 5) end, rng, P) ==
      eager:clone():categorical(sd.exp(P), 3, 5))
    assert(planned(function(r, t) return r:minibatch(50, 4, t + 1) end, rng, batch) ==
      eager:clone():minibatch(50, 4, batch + 1))
  end)

  it("do not move when others are dropped", function()
    local function f(r)
      r:gamma(2, 30, 30)
      local a = r:randn(2, 2)
      r:categorical({ 1, 2 }, 9, 9)
      return a + r:rand(2, 2)
    end
    local value, after = planned(f, sd.rng(5))
    assert(value == f(sd.rng(5)))
    assert.are.equal(4, after:state().ordinal)
  end)

  it("split and clone", function()
    local function f(r)
      local child, twin = r:split "init", r:clone()
      local a = child:randn(2, 2) - r:split(3):rand(2, 2)
      local b = r:randn(2, 2)
      return a + sd.exp(b) - twin:randn(2, 2) + child:randn(2, 2) % child:split "x":randn(2, 2)
    end
    assert(planned(f, sd.rng(5)) == f(sd.rng(5)))
    local moved = sd.rng(5)
    moved:rand()
    assert(planned(f, moved) == f(moved:clone()))
  end)

  it("are one node when they are the same draw", function()
    local g <close> = tracing.graph()
    local r = g:input(sd.rng(1))
    local a, b = r:clone():randn(2, 2), r:clone():randn(2, 2)
    local difference = a - b
    assert.are.equal(0, sd.sum(tracing.plan(g, { difference }):run { sd.rng(1) }[1]))
    assert.are.equal("rng(traced, draw 0)", tostring(r))
    r:randn()
    assert.are.equal("rng(traced, draw 1)", tostring(r))
  end)

  it("come from inputs that may be rngs or traced rngs", function()
    local g = tracing.graph()
    local r = g:input(sd.rng(1))
    assert.are.same({ true, true }, { tracing.isrng(r) })
    assert.are.same({ true, false }, { tracing.isrng(sd.rng(1)) })
    assert.are.same({ false, false }, { tracing.isrng(3) })
    r:randn(3, 3)
    local alias, state = g:alias(r), tracing.rng_state(r)
    assert.are.same({ true, true }, { tracing.isrng(alias) })
    local out = tracing.plan(g, { alias:randn(), state:randn(), r }):run { sd.rng(1) }
    g:close()
    local eager = sd.rng(1)
    eager:randn()
    local after = eager:state()
    local x = eager:randn()
    assert.are.same({ x, x }, { out[1], out[2] })
    assert.are.same(after, out[3]:state())
  end)
end)

describe("derivatives of draws", function()
  it("take them as constants, and draw them again", function()
    local X, rng = sd.matrix { { 1, 2 }, { 3, 4 } }, sd.rng(9)
    local g = tracing.graph()
    local x, r = g:input(X), g:input(rng)
    r:rand()
    local noise = r:randn(2, 2)
    local mask = r:bernoulli(sd.sigmoid(x))
    local loss = sd.sum(x % x % noise % mask)
    local bar = g:reverse({ loss }, { 1 }, { x })
    local tan = g:forward({ x }, { sd.ones(2, 2) }, { loss, noise })
    assert.is_false(tan[2])
    local out = tracing.plan(g, { bar[1], tan[1] }):run { X, rng }
    g:close()
    local eager = rng:clone()
    eager:rand()
    local n = eager:randn(2, 2)
    local expected = 2 * X % n % eager:bernoulli(sd.sigmoid(X))
    near(out[1], expected, 0)
    near(out[2], sd.sum(expected), 8 * 2 ^ -52 * sd.sum(sd.abs(expected)))
  end)
end)

describe("an rng of a transformed function", function()
  it("advances as if the function had been called", function()
    local X, rng = sd.matrix { { 1, 2 }, { 3, 4 } }, sd.rng(9)
    local function f(x, r) return sd.sum(x % x % r:randn(2, 2)) end
    local eager = rng:clone()
    local y, dx = sd.value_and_grad(f)(X, rng)
    local noise = eager:clone():randn(2, 2)
    assert.are.equal(f(X, eager), y)
    near(dx, 2 * X % noise, 0)
    assert.are.same(eager:state(), rng:state())
    local z = sd.grad(function(x, r) return sd.sum(sd.grad(f)(x, r) % x) + r:rand() end)(X, rng)
    near(z, 4 * X % eager:randn(2, 2), 0)
    eager:rand()
    assert.are.same(eager:state(), rng:state())
  end)

  it("is drawn from by a loop, too", function()
    local x, rng = sd.matrix { .5, 2 }, sd.rng(9)
    local function f(v, r)
      local s = sd.loop(3, function(q) return { x = q.x % q.rng:randn(2, 1) } end,
        { x = v, rng = r })
      return sd.sum(s.x)
    end
    local eager, product = rng:clone(), sd.ones(2, 1)
    for _ = 1, 3 do product = product % eager:randn(2, 1) end
    near(sd.grad(f)(x, rng), product, 3 * 2 ^ -52 * sd.max(sd.abs(product)))
    near(f(x, sd.rng(9)), sd.sum(product % x), 6 * 2 ^ -52 * sd.sum(sd.abs(product % x)))
  end)
end)

describe("what draws in a graph refuse", function()
  local g, r, x, t

  before_each(function()
    g = tracing.graph()
    r, x, t = g:input(sd.rng(1)), g:input(sd.ones(2, 2)), g:input(2)
  end)
  after_each(function() g:close() end)

  it("is an rng from outside", function()
    local eager = sd.rng(1)
    local captured = ": this rng was captured by a function that is being compiled; pass it as an"
    raises("randn" .. captured, function() eager:randn(2, 2) end)
    raises("minibatch" .. captured, function() eager:minibatch(5, 2, 1) end)
    raises("bernoulli" .. captured, function() eager:bernoulli(x) end)
    assert.are.equal(0, eager:state().ordinal)
    raises("plan" .. captured, tracing.plan, g, { eager })
    eager:split("a")
    g:close()
    eager:randn(2, 2)
    raises("randn: this rng belongs to a function that has been traced", function() r:randn() end)
  end)

  it("is a symbol where a plain number is due", function()
    local plain = ": sizes and parameters must be plain numbers; a symbol has no value until"
    for _, law in ipairs {
      { "randn", t, 2 }, { "rand", 2, t }, { "randint", t }, { "randint", 6, t, 1 },
      { "gamma", t }, { "chi2", t, 2, 2 }, { "truncated_normal", 0, t }, { "sphere", t },
      { "orthogonal", 2, t }, { "permutation", t }, { "choice", 5, t }, { "minibatch", t, 2, 3 },
      { "minibatch", 9, t, 3 }, { "bernoulli", .5, t, 2 }, { "categorical", { 1, 2 }, t, 2 } } do
      raises(law[1] .. plain, function() law_of(law)(r) end)
    end
    raises("randn" .. plain, function() sd.rng(1).randn(r, x) end)
  end)

  it("is what has no value yet", function()
    raises("state: needs a value, which a traced rng does not have yet", function() r:state() end)
    raises("exp: argument 1 is an rng", sd.exp, r)
    raises("add: argument 2 is an rng", function() return x + r end)
  end)

  it("is a shape or static parameter that eager draws refuse", function()
    for _, case in ipairs {
      { "randn: the number of rows must not be negative, got -1", "randn", -1, 2 },
      { "randint: f32 holds whole numbers up to 16777216, not 33554432", "randint", 2 ^ 25, 1, 1,
        { dtype = "f32" } },
      { "randn: a 0x9007199254740992 f64 matrix is empty, and its other side is above 2147483647",
        "randn", 0, 2 ^ 53 },
      { "bernoulli: a matrix p (2x2) gives the shape; leave the sizes out", "bernoulli", x, 2, 2 },
      { "categorical: needs at least one weight", "categorical", {} },
      { "orthogonal: a 2x3 matrix cannot have orthonormal columns", "orthogonal", 2, 3 },
      { "minibatch: the batch number must be a number, got a 2x2 matrix", "minibatch", 5, 2, x },
      { "choice: cannot choose 4 distinct of 3", "choice", 3, 4 },
    } do
      raises(case[1], function() law_of { table.unpack(case, 2) }(r) end)
    end
  end)

  it("is a value outside its domain, when the plan runs", function()
    for _, case in ipairs {
      { "bernoulli: p must be in 0..1, got 2 (at ", function() return r:bernoulli(t) end },
      { "bernoulli: p must be in 0..1, got NaN", function() return r:bernoulli(0 * (x / 0)) end },
      { "categorical: weight 1 must be finite and not negative, got -1",
        function() return r:categorical(-x) end },
      { "categorical: all 4 weights are 0", function() return r:categorical(x - x) end },
      { "minibatch: the batch number must be a whole number, got 1.5",
        function() return r:minibatch(9, 2, t - .5) end },
      { "minibatch: the batch number must be in 1..9007199254740992, got 0",
        function() return r:minibatch(9, 2, t - 2) end } } do
      local plan = tracing.plan(g, { case[2]() })
      raises(case[1], plan.run, plan, { sd.rng(1), sd.ones(2, 2), 2 })
    end
  end)
end)
