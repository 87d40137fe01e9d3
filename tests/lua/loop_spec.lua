--- sd.loop: equal to the loop written out, in value and derivatives; rngs; errors; speed.
local sd = require "saddle"
local tracing = require "saddle.core".tracing
local support = require "tests.lua.support"
local raises, near = support.raises, support.near

-- A few dozen operations, each on numbers below 10, err by less than this.
local TOLERANCE = 1000 * 2 ^ -52

local A = sd.matrix { { .5, .1, .2 }, { -.2, .3, .1 }, { .4, -.6, .2 } }
local x0, v0 = sd.matrix { .3, -.7, .5 }, sd.matrix { 1, 2, -1 }

--- Momentum descent of a potential, written out and as a loop: parameters move through both leaves.
local function force(W, x) return W:t() * sd.tanh(W * x) end
local function unrolled(p)
  local x, m = p.x, 0 * p.x
  for t = 1, 7 do x, m = x - p.lr * (m + force(p.W, x)) / t, .5 * m + force(p.W, x) end
  return sd.sum(x % x) + sd.sum(m % x)
end
local function looped(p)
  local s = sd.loop(7, function(s, t)
    return { x = s.x - p.lr * (s.m + force(p.W, s.x)) / t, m = .5 * s.m + force(p.W, s.x) }
  end, { x = p.x, m = 0 * p.x, unused = 3 })
  return sd.sum(s.x % s.x) + sd.sum(s.m % s.x)
end

local function same_tree(a, b, tolerance)
  for key, value in pairs(a) do near(value, b[key], tolerance) end
end

describe("a loop", function()
  it("is the loop written out", function()
    local p = { x = x0, W = A, lr = .3 }
    near(looped(p), unrolled(p), TOLERANCE)
    local y, dy = sd.value_and_grad(looped)(p)
    local z, dz = sd.value_and_grad(unrolled)(p)
    near(y, z, TOLERANCE)
    same_tree(dz, dy, TOLERANCE)
  end)

  it("has second derivatives, in every order of modes", function()
    local p, v = { x = x0, W = A, lr = .3 }, { x = v0, W = A:t(), lr = -1 }
    local function along(f) -- d/dp <grad f(p), v>, reverse over reverse
      return sd.grad(function(q)
        local g = sd.grad(f)(q)
        return sd.sum(g.x % v.x) + sd.sum(g.W % v.W) + g.lr * v.lr
      end)(p)
    end
    local function slope(f) -- the same, reverse over forward
      return sd.grad(function(q) return (select(2, sd.jvp(f, q, v))) end)(p)
    end
    local expected = along(unrolled)
    same_tree(expected, along(looped), 10 * TOLERANCE)
    same_tree(expected, sd.hvp(looped, p, v), 10 * TOLERANCE)
    same_tree(expected, slope(looped), 10 * TOLERANCE)
    near(select(2, sd.jvp(looped, p, v)), select(2, sd.jvp(unrolled, p, v)), TOLERANCE)
  end)

  it("has third derivatives", function()
    -- x -> x^2 / 2 + x three times; d^3/dx^3 against the loop written out
    local function f(x)
      return sd.loop(3, function(s) return { x = s.x * s.x / 2 + s.x } end, { x = x }).x
    end
    local function g(x)
      for _ = 1, 3 do x = x * x / 2 + x end
      return x
    end
    local function third(h) return sd.grad(sd.grad(sd.grad(h)))(.7) end
    near(third(f), third(g), 100 * TOLERANCE)
  end)

  it("keeps trees, persisting fields, and the order of a parallel assignment", function()
    local s = sd.loop(5, function(s, t)
      return { net = { b = s.net.a, a = s.net.b }, count = s.count + t }
    end, { net = { a = x0, b = v0, name = "n" }, count = 0, lr = .1 })
    assert(s.net.a == v0 and s.net.b == x0)
    assert.are.same({ "n", 15, .1 }, { s.net.name, s.count, s.lr })
    local three = sd.loop(4, function(q) return { a = q.b, b = q.c, c = q.a } end,
      { a = 1, b = 2, c = 3 })
    assert.are.same({ 2, 3, 1 }, { three.a, three.b, three.c })
    assert.are.equal(8, sd.loop(3, function(x) return x + x end, 1))
    assert.are.equal(1, sd.loop(0, function(x) return x + x end, 1))
    local constant = sd.loop(3, function() return { x = v0 } end, { x = x0 }).x
    assert(constant == v0)
    constant:fill_(0) -- results are nobody else's memory
    assert.are.equal(1, v0(1))
  end)

  it("works in f32", function()
    local y = sd.loop(5, function(s) return { x = s.x % s.x } end, { x = x0:to "f32" }).x
    assert.are.equal("f32", y.dtype)
    local z = x0:to "f32"
    for _ = 1, 5 do z = z % z end
    assert(y == z)
  end)

  it("writes a tape", function()
    local s, tape = sd.loop(4, function(s, t) return { x = s.x / 2, loss = sd.sum(s.x) * t } end,
      { x = x0, loss = 0 }, { tape = { "loss", "x" } })
    assert.are.same({ 1, 4, 3, 4 }, { tape.loss.rows, tape.loss.cols, tape.x.rows, tape.x.cols })
    local x = x0
    for t = 1, 4 do
      near(tape.loss(t), sd.sum(x) * t, 0)
      x = x / 2
      assert(tape.x:col(t) == x)
    end
    assert(s.x == x)
  end)

  it("takes symbols and matrices from outside, from any depth", function()
    local function f(p)
      local twice = 2 * p
      return sd.sum(sd.loop(3, function(s, i)
        local shifted = s.x + twice / i
        return sd.loop(2, function(q, j)
          return { x = sd.tanh(A * q.x + shifted * j) + p }
        end, { x = s.x })
      end, { x = x0 }).x)
    end
    local function g(p)
      local x = x0
      for i = 1, 3 do
        local shifted = x + 2 * p / i
        for j = 1, 2 do x = sd.tanh(A * x + shifted * j) + p end
      end
      return sd.sum(x)
    end
    near(f(v0), g(v0), TOLERANCE)
    near(sd.grad(f)(v0), sd.grad(g)(v0), TOLERANCE)
    near(sd.hvp(f, v0, x0), sd.hvp(g, v0, x0), 10 * TOLERANCE)
  end)

  it("may differentiate inside", function()
    local function potential(x) return sd.sum(sd.tanh(A * x)) end
    local function f(x)
      return sd.sum(sd.loop(4, function(s) return { x = s.x - .1 * sd.grad(potential)(s.x) } end,
        { x = x }).x)
    end
    local function g(x)
      for _ = 1, 4 do x = x - .1 * sd.grad(potential)(x) end
      return sd.sum(x)
    end
    near(f(x0), g(x0), TOLERANCE)
    near(sd.grad(f)(x0), sd.grad(g)(x0), TOLERANCE)
  end)

  it("sees writes to a captured matrix when it is run again", function()
    local M = sd.eye(3)
    local g = tracing.graph()
    local x = g:input(x0)
    local y = sd.loop(2, function(s) return { x = M * (M * s.x) } end, { x = x }).x
    local plan = tracing.plan(g, { y })
    g:close()
    assert(plan:run { x0 }[1] == x0)
    M:mul_(2)
    near(plan:run { x0 }[1], 16 * x0, 0)
    near(plan:run { v0 }[1], 16 * v0, 0)
  end)
end)

describe("an rng in a loop", function()
  it("draws as it would eagerly", function()
    local function body(s)
      local z = s.rng:randn(3, 1)
      s.rng:rand(2, 2)
      return { x = s.x / 2 + z % s.rng:bernoulli(.5, 3, 1), rng = s.rng }
    end
    local rng = sd.rng(4)
    local eager = { x = x0, rng = rng:clone() }
    for _ = 1, 5 do eager.x = body(eager).x end
    local s = sd.loop(5, body, { x = x0, rng = rng })
    assert(s.x == eager.x)
    assert.are.same(eager.rng:state(), s.rng:state())
    assert.are.equal(0, rng:state().ordinal)
  end)

  it("advances though it is not returned, and goes back where a clone is", function()
    local s = sd.loop(3, function(s) return { x = s.rng:rand() } end, { x = 0, rng = sd.rng(4) })
    local rng = sd.rng(4)
    rng:randn()
    rng:randn()
    assert.are.equal(rng:rand(), s.x)
    assert.are.equal(3, s.rng:state().ordinal)
    s = sd.loop(3, function(q)
      local before = q.rng:clone()
      return { x = q.rng:rand(), rng = before }
    end, { x = 0, rng = sd.rng(4) })
    assert.are.equal(sd.rng(4):rand(), s.x)
    assert.are.equal(0, s.rng:state().ordinal)
  end)

  it("is replayed in derivatives, split or not", function()
    local rng = sd.rng(4)
    for _, split in ipairs { false, true } do
      local function step(s)
        local z = s.rng:randn(3, 1)
        return { x = sd.sin(s.x) % z, rng = split and s.rng:split(1) or s.rng }
      end
      local noise, state = {}, rng:clone() -- the draws of the loop, as constants of the other
      for t = 1, 4 do
        noise[t] = state:randn(3, 1)
        if split then state = state:split(1) end
      end
      local function g(x)
        for t = 1, 4 do x = sd.sin(x) % noise[t] end
        return sd.sum(x)
      end
      local graph = tracing.graph()
      local x, r, v = graph:input(x0), graph:input(rng), graph:input(v0)
      local y = sd.sum(sd.loop(4, step, { x = x, rng = r }).x)
      local bar = graph:reverse({ y }, { 1 }, { x })
      local second = graph:reverse(bar, { v }, { x })
      local mixed = graph:forward({ x }, { v }, bar)
      local plan = tracing.plan(graph, { y, bar[1], second[1], mixed[1] })
      graph:close()
      local out = plan:run { x0, rng, v0 }
      near(out[1], g(x0), TOLERANCE)
      near(out[2], sd.grad(g)(x0), TOLERANCE)
      near(out[3], sd.hvp(g, x0, v0), 10 * TOLERANCE)
      near(out[4], sd.hvp(g, x0, v0), 10 * TOLERANCE)
    end
  end)

  it("gives minibatches by the iteration's number", function()
    local s = sd.loop(4, function(s, t)
      return { b = s.rng:minibatch(20, 5, t) }
    end, { b = sd.zeros(1, 5), rng = sd.rng(4) })
    assert(s.b == sd.rng(4):minibatch(20, 5, 4))
  end)

  it("must be a field of the state", function()
    local rng = sd.rng(1)
    local outside = ": this rng comes from outside the loop; make it a field of the state"
    raises("randn" .. outside, sd.loop, 2, function(s)
      return { x = s.x + rng:randn(3, 1) }
    end, { x = x0 })
    raises("randn" .. outside, sd.loop, 2, function(s)
      return sd.loop(2, function(q) return { x = q.x + s.rng:randn(3, 1) } end, { x = s.x })
    end, { x = x0, rng = rng })
    raises("loop" .. outside, sd.loop, 2, function() return { rng = rng } end, { rng = sd.rng(2) })
    local g <close> = tracing.graph() -- luacheck: ignore
    raises("loop: this rng was captured by a function that is being compiled", sd.loop, 2,
      function(s) return { x = s.rng:rand() } end, { x = 1, rng = rng })
  end)
end)

describe("errors of a loop", function()
  local function keep(s) return s end

  it("say what is wrong with its arguments", function()
    for _, n in ipairs { -1, 2.5, 0 / 0, math.huge, "3" } do
      raises("loop: the number of iterations must be a whole number from 0, got", sd.loop, n, keep,
        { x = 1 })
    end
    raises("loop: argument 2 must be a function, got 3", sd.loop, 2, 3, { x = 1 })
    raises("loop: the state must be a matrix, a number or an rng, got nil", sd.loop, 2, keep)
    raises("loop: the state has no leaves", sd.loop, 2, keep, { name = "x" })
    raises("loop: unknown option 'tap' (did you mean 'tape'?)", sd.loop, 2, keep, { x = 1 },
      { tap = {} })
    raises("loop: the tape names the string \"y\", which is no leaf of the state", sd.loop, 2, keep,
      { x = 1 }, { tape = { "y" } })
    raises("loop: the tape cannot have the rng 'r'", sd.loop, 2, keep, { r = sd.rng(1) },
      { tape = { "r" } })
  end)

  it("say what is wrong with what the function returns", function()
    local function returning(value) return function() return value end end
    local state = { loss = 0, x = x0, net = { W = A, name = "n" } }
    for message, value in pairs {
      ["loop: the function returns state.los, which the state does not have (did you mean " ..
        "state.loss?)"] = { los = 1 },
      ["loop: the function returns state.net.b, which the state does not have"] =
        { net = { b = 1 } },
      ["loop: state.net.name is the string \"n\" and cannot change"] = { net = { name = "m" } },
      ["loop: the function must return a table of changed fields for state.net, got 1"] =
        { net = 1 },
      ["loop: the function must return a table of changed fields for state, got nil"] = false,
      ["loop: the function makes state.x the string \"a\"; a leaf of the state stays one"] =
        { x = "a" },
      ["loop: state.x is a 3x1 f64 matrix, and the function makes it a 3x3 f64 matrix"] =
        { x = A },
      ["loop: state.x is a 3x1 f64 matrix, and the function makes it a 3x1 f32 matrix"] =
        { x = x0:to "f32" },
      ["loop: state.loss is a number, and the function makes it a 1x1 f64 matrix"] =
        { loss = sd.matrix(1) },
      ["loop: state.loss is a number, and the function makes it an rng"] = { loss = sd.rng(1) },
    } do
      if message:find "an rng" then
        message = "loop: this rng comes from outside the loop"
      end
      raises(message, sd.loop, 2, returning(value or nil), state)
    end
  end)

  it("name the iteration when a value is at fault", function()
    local function f(s, t) return { x = s.rng:bernoulli(s.x + 0 * t) + .3 * t } end
    raises("loop: iteration 2: bernoulli: p must be in 0..1, got ", sd.loop, 5, f,
      { x = 1, rng = sd.rng(1) })
    local g = tracing.graph()
    local x, r = g:input(1), g:input(sd.rng(1))
    local plan = tracing.plan(g, { sd.loop(5, f, { x = x, rng = r }).x })
    g:close()
    raises("loop: iteration 2: bernoulli: p must be in 0..1, got ", plan.run, plan,
      { 1, sd.rng(1) })
  end)

  it("come from the function as they are", function()
    raises("my own error", sd.loop, 2, function() error "my own error" end, { x = 1 })
    assert.is_nil(tracing.current())
    assert.are.equal(4, sd.loop(2, function(x) return 2 * x end, 1))
  end)

  it("come from an op of the script in the midst of it", function()
    local half = sd.op { name = "half", run = function(X)
      if X(1) < .2 then error "too small" end
      return X / 2
    end, vjp = function(dY) return dY / 2 end }
    local function f(x) return sd.loop(2, function(s) return { x = half(s.x) } end, { x = x }).x end
    assert(f(v0:col(1) % v0) == v0 % v0 / 4)
    near(sd.grad(function(x) return sd.sum(f(x)) end)(v0), sd.ones(3, 1) / 4, 0)
    raises("too small", f, x0)
    assert(f(v0 % v0) == v0 % v0 / 4)
  end)
end)

describe("a long loop", function()
  local function f(x)
    return sd.loop(1e5, function(s) return { x = s.x - 1e-5 * sd.sin(s.x) } end, { x = x }).x
  end

  it("is fast, and so is its derivative", function()
    local start = os.clock()
    local y, dy = sd.value_and_grad(f)(1.0)
    local seconds = os.clock() - start
    local x, dx = 1.0, 1.0
    for _ = 1, 1e5 do x, dx = x - 1e-5 * math.sin(x), dx * (1 - 1e-5 * math.cos(x)) end
    near(y, x, 1e5 * 2 ^ -52)
    near(dy, dx, 3e5 * 2 ^ -52)
    -- three loops of 1e5 iterations and less than ten operations each; 3 s is a hundred times that
    if not os.getenv "ASAN_OPTIONS" then assert(seconds < 3, seconds) end
  end)
end)

describe("large states", function()
  -- y reads the new x, of which a product could fail: x changes places with its old value, y is
  -- written in place
  local W = sd.rng(3):randn(12, 12) / 12
  local function body(s)
    local x = sd.tanh(s.x + s.y)
    return { x = x, y = s.y - .1 * (W * x) }
  end

  it("are the same op by op, for odd and even numbers of iterations", function()
    local s0 = { x = sd.rng(4):randn(12, 12), y = sd.rng(5):randn(12, 12) }
    for n = 0, 5 do
      local s, e = sd.loop(n, body, s0), s0
      for _ = 1, n do e = body(e) end
      assert.is_true(s.x == e.x and s.y == e.y)
    end
  end)

  it("have derivatives, which read every old state", function()
    local s0 = { x = sd.rng(4):randn(12, 12), y = sd.rng(5):randn(12, 12) }
    local g = sd.grad(function(s) return sd.dot(sd.loop(5, body, s).x, W) end)(s0)
    local h = sd.grad(function(s)
      for _ = 1, 5 do s = body(s) end
      return sd.dot(s.x, W)
    end)(s0)
    for k in pairs(s0) do
      -- 5 layers of products of 12 terms, in another order: 200 roundings of numbers below 1
      assert.is_true(sd.max(sd.abs(g[k] - h[k])) <= 200 * 2 ^ -52)
    end
  end)
end)
