--- Derivatives of functions of trees, against closed forms, differences and one another.
--
-- Closed forms hold to a few roundings: U is 2^-52, and tolerances are counts of it times the size
-- of the terms. Differences are central with step h = 2^-17 (about U^(1/3)): truncation h^2 f'''/6
-- and rounding U |f| / h are both near 1e-10 for terms of size 1.
local sd = require "saddle"
local tracing = require "saddle.core".tracing
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local U, H = 2 ^ -52, 2 ^ -17

local function ones_like(A) return sd.ones(A.rows, A.cols) end

describe("grad", function()
  it("of powers, to the fourth order", function()
    local f = function(x) return x ^ 5 end
    for order, exact in ipairs { 5 * 16, 20 * 8, 60 * 4, 120 * 2 } do
      f = sd.grad(f)
      near(f(2), exact, 8 * order * U * exact)
    end
  end)

  it("is a tree like x: numbers stay numbers, f32 f32, statics, frozen leaves and rngs as they are",
    function()
      local rng, F = sd.rng(1), sd.frozen(sd.ones(2, 2))
      local p = { W = sd.ones(2, 2, { dtype = "f32" }), a = 3, n = { 2 }, act = "relu", F = F,
        rng = rng, unused = sd.zeros(0, 2), idle = 1 }
      local g = sd.grad(function(q)
        return sd.sum(q.W) * q.a + sd.sum(q.F) * q.n[1] ^ 2
      end)(p)
      near(g.W, sd.full(2, 2, 3), 0)
      assert.equal("f32", g.W.dtype)
      assert.equal(4, g.a)
      assert.equal(16, g.n[1])
      assert.equal("relu", g.act)
      assert(rawequal(g.F, F) and rawequal(g.rng, rng))
      assert.equal(0, g.unused.rows)
      assert.equal(0, g.idle)
      near((p - .5 * g).W, sd.full(2, 2, -.5), 0) -- by the operators of g
    end)

  it("passes on what f returns besides, and arguments", function()
    local X = sd.matrix { 1, 2 }
    local v, g, extra, word, none, last = sd.value_and_grad(function(p, A, n, s)
      return sd.sum(p % A) * n, { sum = p + A, k = n }, s, nil, p
    end)(sd.matrix { 3, 4 }, X, 2, "word")
    assert.equal(22, v)
    near(g, 2 * X, 0)
    near(extra.sum, sd.matrix { 4, 6 }, 0)
    assert.equal(2, extra.k)
    assert(word == "word" and none == nil)
    near(last, sd.matrix { 3, 4 }, 0)
    assert.equal(2, select("#", sd.grad(function(x) return x, 7 end)(1)))
    assert.equal(7, select(2, sd.grad(function(x) return x, 7 end)(1)))
  end)

  it("of a 1x1 result, and zeros of a constant one", function()
    near(sd.grad(function(x) return x ^ 2 end)(sd.full(1, 1, 3)), sd.full(1, 1, 6), 0)
    local v, g = sd.value_and_grad(function() return 5 end)({ a = 1, W = sd.ones(2, 1) })
    assert.equal(5, v)
    near(g.W, sd.zeros(2, 1), 0)
    assert.equal(0, g.a)
  end)

  it("says what f must return, and what it cannot do", function()
    raises("grad: the function must return a number or a 1x1 matrix, got 2x1 (sd.jacobian",
      sd.grad(function(x) return x end), sd.ones(2, 1))
    raises("grad: the function must return a number, got nil", sd.grad(function() end), 1)
    raises("grad: the function must return a number, got a table",
      sd.grad(function(x) return { x } end), 1)
    raises("grad: argument 1 must be a function, got nil", sd.grad, nil)
    raises("grad: x.a must be a matrix, a number or an rng, got a function",
      sd.grad(function() return 1 end), { a = print })
  end)

  it("sees captured matrices as they are now", function()
    local A = sd.ones(2, 1)
    local g = sd.grad(function(x) return sd.sum(A % x) end)
    near(g(sd.ones(2, 1)), A, 0)
    A:fill_(7)
    near(g(sd.ones(2, 1)), sd.full(2, 1, 7), 0)
  end)

  it("adds the way out to Lua's own messages, and keeps line and traceback", function()
    local way = "a traced value has no value yet"
    raises(way, sd.grad(function(x) for _ = 1, x do x = x * x end return x end), 2)
    raises(way, sd.grad(function(x) return "x is " .. x end), 2)
    raises(way, sd.grad(function(x) return math.floor(x) end), 2)
    local f = sd.grad(function(x) for _ = 1, x do end return x end)
    local _, trace = xpcall(f, debug.traceback, 2)
    assert(trace:find("derive_spec.lua:%d+: bad 'for' limit") and
      select(2, trace:gsub("derive_spec%.lua", "")) >= 2, trace)
    raises("derive_spec.lua", sd.grad(function(x) return x < 1 end), 2)
    assert(tracing.current() == nil) -- errors close their graphs
  end)
end)

describe("nested", function()
  it("keeps inner and outer variables apart", function()
    near(sd.grad(function(x)
      return x * sd.grad(function(y) return x + y end)(1)
    end)(3), 1, 0)
    near(sd.grad(function(x)
      return sd.grad(function(y) return x * y ^ 2 end)(x) -- 2 x^2
    end)(3), 12, 0)
    near(sd.grad(function(x)
      return sd.grad(function(y) return sd.grad(function(z) return x * y * z ^ 2 end)(y) end)(x)
    end)(2), 16, 0) -- d/dz at y: 2 x y^2; d/dy at x: 4 x^2; d/dx: 8 x
  end)

  it("gives values within a trace where nothing depends on its inputs", function()
    local seen
    local outer = sd.grad(function(t)
      seen = sd.grad(sd.grad(function(x) return x ^ 3 end))(2)
      return t * seen
    end)(1)
    assert.equal("number", type(seen))
    near(seen, 12, 16 * U * 12)
    near(outer, 12, 16 * U * 12)
    sd.grad(function(t)
      local y, pull = sd.vjp(function(x) return x ^ 2 end, sd.matrix { 1, 2 })
      near(y, sd.matrix { 1, 4 }, 0)
      near(pull(sd.matrix { 1, 1 }), sd.matrix { 2, 4 }, 8 * U)
      assert(tracing.issymbol(pull(t * sd.matrix { 1, 1 })))
      return t
    end)(1)
  end)

  it("forward over reverse, reverse over forward, both twice", function()
    local f = function(x) return sd.sin(x) * x end
    local third = function(x) return -3 * math.sin(x) - x * math.cos(x) end -- (x sin x)'''
    local forward = function(g) return function(x) return select(2, sd.jvp(g, x, 1)) end end
    for _, chain in ipairs { { 0, 0, 0 }, { 0, 0, 1 }, { 0, 1, 0 }, { 1, 0, 0 }, { 1, 1, 0 },
      { 1, 0, 1 }, { 0, 1, 1 }, { 1, 1, 1 } } do
      local g = f
      for _, way in ipairs(chain) do g = way == 0 and sd.grad(g) or forward(g) end
      near(g(.7), third(.7), 64 * U)
    end
  end)

  it("a WGAN-GP penalty against differences", function()
    local rng = sd.rng(3)
    local x = rng:randn(2, 5)
    local p = { W = rng:randn(4, 2), b = rng:randn(4, 1), v = rng:randn(1, 4) }
    local function penalty(q)
      local slope = sd.grad(function(z) return sd.sum(q.v * sd.tanh(q.W * z + q.b)) end)(x)
      local norms = sd.sqrt(sd.sum(slope ^ 2, { dim = 1 }))
      return sd.mean((norms - 1) ^ 2)
    end
    local g = sd.grad(penalty)(p)
    for name, A in pairs(p) do
      for i = 1, #A do
        local at = A(i)
        A:set(i, at + H)
        local above = penalty(p)
        A:set(i, at - H)
        local below = penalty(p)
        A:set(i, at)
        near(g[name](i), (above - below) / (2 * H), 1e-8)
      end
    end
    assert(sd.checkgrad(penalty, p).ok)
  end)
end)

describe("vjp and jvp", function()
  local rng = sd.rng(5)
  local p = { W = rng:randn(3, 2), a = 1.5, act = "x" }
  local function f(q, x) return { y = sd.tanh(q.W * x) * q.a, n = sd.sum(q.W), k = "static" } end
  local x = rng:randn(2, 4)

  it("are adjoint", function()
    local v = { W = rng:randn(3, 2), a = rng:randn(), act = "x" }
    local u = { y = rng:randn(3, 4), n = rng:randn(), k = "static" }
    local y, dy = sd.jvp(f, p, v, x)
    local y2, pull = sd.vjp(f, p, x)
    near(y.y, f(p, x).y, 8 * U)
    near(y2.y, y.y, 0)
    near(sd.dot(dy, u), sd.dot(pull(u), v), 64 * U * 12)
    local _, df = sd.linearize(f, p, x)
    near(df(v).y, dy.y, 8 * U)
    near(df(2 * dy.n * sd.map(function(a) return a end, v)).n, 2 * dy.n ^ 2, 64 * U * dy.n ^ 2)
  end)

  it("hold the point: later writes do not move it", function()
    local q = { W = p.W:clone(), a = 1.5, act = "x" }
    local z = x:clone()
    local _, pull = sd.vjp(f, q, z)
    local u = { y = sd.ones(3, 4), n = 1, k = "static" }
    local before = pull(u).W
    q.W:fill_(9)
    z:fill_(9)
    near(pull(u).W, before, 0)
  end)

  it("their closures take symbols in a later trace", function()
    local g = function(w) return sd.sin(w) end
    local w = sd.matrix { 1, 2 }
    local _, df = sd.linearize(g, w)
    local _, pull = sd.vjp(g, w)
    local exact = math.cos(1) + math.cos(2)
    near(sd.grad(function(t) return sd.sum(df(t * ones_like(w))) ^ 2 end)(.5), exact ^ 2, 16 * U)
    near(sd.grad(function(t) return sd.sum(pull(t * ones_like(w))) ^ 2 end)(.5), exact ^ 2, 16 * U)
    assert.equal("number", type(sd.grad(function(t)
      assert(not tracing.issymbol(df(ones_like(w)))) -- values stay values
      return t
    end)(1)))
  end)

  it("check shapes, dtypes and structure, by path", function()
    local _, pull = sd.vjp(f, p, x)
    raises("pullback: cotangent.y is 3x3 f64, and y.y is 3x4 f64", pull,
      { y = sd.ones(3, 3), n = 1, k = "static" })
    raises("pullback: cotangent is not like y: cotangent.n is missing", pull,
      { y = sd.ones(3, 4), k = "static" })
    raises("jvp: v is 2x1 f32, and x is 2x1 f64", sd.jvp, sd.sin, sd.ones(2, 1),
      sd.ones(2, 1, { dtype = "f32" }))
    near(select(2, sd.jvp(sd.exp, 0, sd.ones(1, 1))), 1, 0) -- 1x1 acts as a number
    near(select(2, sd.jvp(sd.exp, sd.zeros(1, 1), 1)), sd.ones(1, 1), 0)
  end)

  it("a closure of a trace ends with it", function()
    local kept
    sd.grad(function(t)
      kept = select(2, sd.vjp(function(z) return z * t end, t))
      return t
    end)(1)
    raises("vjp: the function around it has been traced", kept, 1)
  end)

  it("refuse symbols of functions that have been traced", function()
    local kept
    sd.grad(function(t) kept = t return t end)(1)
    local _, pull = sd.vjp(sd.sin, 1)
    raises("a symbol of a function that has been traced", pull, kept)
    raises("a symbol of another function's trace; pass it as an argument", sd.grad(function()
      return kept
    end), 1)
    raises("a symbol of another function's trace; pass it as an argument", sd.grad(function()
      return pull(kept)
    end), 1)
  end)

  it("survive errors that are caught within a trace", function()
    near(sd.grad(function(z)
      assert(not pcall(sd.grad(function() error "boom" end), z))
      return z * sd.grad(function(y) return y ^ 2 end)(1)
    end)(3), 2, 0)
  end)

  it("of a constant result are zero", function()
    local y, pull = sd.vjp(function() return sd.ones(2, 1) end, { a = 1, W = sd.ones(1, 2) })
    near(y, sd.ones(2, 1), 0)
    near(pull(sd.ones(2, 1)).W, sd.zeros(1, 2), 0)
    near(select(2, sd.jvp(function() return sd.ones(2, 1) end, 1, 1)), sd.zeros(2, 1), 0)
  end)
end)

describe("rngs", function()
  -- Draws are constants; the rng given is afterwards where the call on values would leave it.
  local function f(p, rng, s)
    return sd.sum(p.W % rng:randn(2, 2)) + s.rng:randn() * p.a, { rng = rng }
  end
  local p = { W = sd.ones(2, 2), a = 2 }
  local function ordinal(rng) return rng:state().ordinal end

  it("advance as in a call on values, and draw the same", function()
    local r, q, r2, q2 = sd.rng(1), sd.rng(2), sd.rng(1), sd.rng(2)
    local v, g, extra = sd.value_and_grad(f)(p, r, { rng = q })
    near(v, f(p, r2, { rng = q2 }), 16 * U)
    near(g.a, sd.rng(2):randn(), 0)
    near(g.W, sd.rng(1):randn(2, 2), 0)
    assert.same({ 1, 1, 1 }, { ordinal(r), ordinal(q), ordinal(extra.rng) })
    local y, pull = sd.vjp(f, p, r, { rng = q })
    near(y, f(p, r2, { rng = q2 }), 16 * U)
    near(pull(2).a, 2 * pull(1).a, 0) -- replayed
    sd.jacobian(f)(p, r, { rng = q })
    sd.hvp(function(x, rng) return x ^ 3 * rng:rand() end, 2, 1, q)
    assert.same({ 3, 4 }, { ordinal(r), ordinal(q) })
  end)

  it("may be leaves of x", function()
    local r = sd.rng(1)
    local g = sd.grad(function(s) return sd.sum(s.x * s.rng:randn(2, 2)) end) { x = 1, rng = r }
    near(g.x, sd.sum(sd.rng(1):randn(2, 2)), 16 * U)
    assert(rawequal(g.rng, r))
    assert.equal(1, ordinal(r))
  end)

  it("stay put, and are the same, in transforms within", function()
    local r = sd.rng(1)
    local u = sd.rng(1):rand()
    near(sd.grad(function(x, rng)
      return sd.grad(function(y, inner) return y ^ 3 * inner:rand() end)(x, rng)
    end)(2, r), 12 * u, 64 * U)
    assert.equal(1, ordinal(r))
  end)
end)

describe("hvp", function()
  it("is the Hessian times v, by differences and by the closed form", function()
    local rng = sd.rng(6)
    local p, v = { w = rng:randn(3, 1), a = .5 }, { w = rng:randn(3, 1), a = 1 }
    local f = function(q) return sd.sum(sd.exp(q.w % q.w) * q.a) + q.a ^ 3 end
    local h = sd.hvp(f, p, v)
    local function gradient(t)
      return sd.grad(f) { w = p.w + t * v.w, a = p.a + t * v.a }
    end
    local difference = (gradient(H) - gradient(-H)) / (2 * H)
    local size = sd.norm(h) -- f''' relative to f'' is a few times the size of w
    near(h.w, difference.w, 1e-7 * size)
    near(h.a, difference.a, 1e-7 * size)
    near(sd.hvp(function(w) return sd.sum(w ^ 3) end, sd.matrix { 1, 2 }, sd.matrix { 1, 1 }),
      sd.matrix { 6, 12 }, 64 * U)
  end)
end)

describe("jacobian", function()
  local rng = sd.rng(7)
  local p = { W = rng:randn(3, 2), a = 2 }

  it("has columns in the order of x and rows in that of the result", function()
    local J = sd.jacobian(function(q) return { b = q.a ^ 2, a = q.W * q.a } end)(p)
    assert.equal(7, J.rows)
    near(J:block(1, 1, 6, 6), 2 * sd.eye(6), 0)
    near(J:block(1, 7, 6, 1), p.W:reshape(6, 1), 0)
    near(J(7, 7), 4, 0)
    near(J:block(7, 1, 1, 6), sd.zeros(1, 6), 0)
  end)

  it("is the same from both sides, in blocks of any size, and as an operator", function()
    local B, C = rng:randn(5, 3), rng:randn(2, 3)
    for _, A in ipairs { B, C } do -- 10 and 4 rows, 7 columns: forward, reverse
      local f = function(q) return sd.tanh(A * q.W) * q.a end
      local J = sd.jacobian(f)(p)
      for _, bytes in ipairs { 1, 2 * 7 * 8, 1e6 } do
        near(sd.jacobian(f, { bytes = bytes })(p), J, 0)
      end
      local op = sd.jacobian(f, { lazy = true })(p)
      assert.same({ J.rows, J.cols }, { op.rows, op.cols })
      near(op.matvec(sd.eye(J.cols)), J, 8 * U) -- one side forward
      near(op.rmatvec(sd.eye(J.rows)), J:t(), 8 * U) -- the other reverse
      assert.equal(0, op.matvec(sd.zeros(J.cols, 0)).cols)
      raises("matvec: needs a matrix of 7 rows, got a 6x1 matrix", op.matvec, sd.ones(6, 1))
    end
  end)

  it("of a gradient is the Hessian", function()
    near(sd.jacobian(sd.grad(function(x) return sd.sum(x ^ 3) end))(sd.matrix { 1, 2 }),
      sd.diag(sd.matrix { 6, 12 }), 64 * U)
  end)

  it("of nothing is empty; f32 stays f32; options are checked", function()
    assert.same({ 2, 0 }, { sd.jacobian(function() return sd.ones(2, 1) end) {}.rows,
      sd.jacobian(function() return sd.ones(2, 1) end) {}.cols })
    assert.equal("f32", sd.jacobian(sd.sin)(sd.ones(2, 1, { dtype = "f32" })).dtype)
    raises("jacobian: unknown option 'lasy' (did you mean 'lazy'?)", sd.jacobian, sd.sin,
      { lasy = true })
    raises("jacobian: option 'bytes' must be a positive number, got 0", sd.jacobian, sd.sin,
      { bytes = 0 })
  end)
end)

describe("checkgrad", function()
  local rng = sd.rng(9)
  it("passes right gradients and names where wrong ones are", function()
    local p = { W = rng:randn(3, 3), a = 2 }
    local function f(q) return sd.sum(sd.sin(q.W) * q.a) + sd.sum(q.W) ^ 2 end
    local report = sd.checkgrad(f, p)
    assert(report.ok and report.worst < 1 and #report.leaves == 2)
    assert(sd.checkgrad(sd.tanh, rng:randn(2, 2)).ok)
    assert(sd.checkgrad(sd.tanh, rng:randn(2, 2, { dtype = "f32" })).ok)
    local wrong = sd.checkgrad(function(q) -- on values not what it is on symbols
      return sd.sum(q.W) + (tracing.issymbol(q.a) and q.a or 1.001 * q.a)
    end, p)
    assert(not wrong.ok and wrong.path == "x.a" and wrong.worst > 1)
    assert.equal(2, #wrong.leaves)
    assert(wrong.leaves[1].ok and not wrong.leaves[2].ok)
    raises("checkgrad: option 'elements' must be a whole number above 0, got 1.5", sd.checkgrad, f,
      p, { elements = 1.5 })
  end)
end)

describe("expect", function()
  it("enumerates", function()
    near(sd.expect({ .5, .25, .25 }, function(k) return k end), 1.75, 0)
    near(sd.expect(sd.matrix { .5, 0, .5 }, function(k)
      assert(k ~= 2)
      return { W = sd.full(1, 2, k) }
    end).W, sd.full(1, 2, 2), 0)
    near(sd.grad(function(w)
      return sd.expect({ w, 1 - w }, function(k) return k * 10 end)
    end)(.3), -10, 0)
    raises("expect: there is no weight other than 0", sd.expect, { 0 }, function() return 1 end)
    raises("expect: weight 1 must be a number", sd.expect, { "x" }, function() return 1 end)
    raises("expect: argument 2 must be a function", sd.expect, { 1 }, nil)
  end)
end)
