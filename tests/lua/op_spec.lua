-- sd.op: kernels and rules written in Lua, eager, differentiated, compiled, iterated.
local sd = require "saddle"
local raises = require("tests.lua.support").raises

local function cube(X) return X % X % X end
local function slope(X) return 3 * (X % X) end
local both = sd.op { name = "cube", run = cube, vjp = function(dY, _, X) return dY % slope(X) end,
  jvp = function(d, _, X) return d[1] % slope(X) end }
local by_vjp = sd.op { name = "cube_v", run = cube,
  vjp = function(dY, _, X) return dY % slope(X) end }
local by_jvp = sd.op { name = "cube_j", run = cube,
  jvp = function(d, _, X) return d[1] % slope(X) end }
local without = sd.op { name = "cube_n", run = cube }

local X, V = sd.rng(1):randn(3, 2), sd.rng(2):randn(3, 2)
local EPS <const> = 2 ^ -52

--- Equal but for rounding: the formulas compared have at most 8 operations with values below 100.
local function close(A, B)
  if type(A) == "number" then return assert(math.abs(A - B) <= 800 * EPS) end
  assert.same({ A.rows, A.cols, A.dtype }, { B.rows, B.cols, B.dtype })
  assert(sd.max(sd.abs(A - B)) <= 800 * EPS)
end

describe("an op from Lua", function()
  for name, op in pairs{ both = both, vjp = by_vjp, jvp = by_jvp } do
    it("has all derivatives, given " .. name, function()
      local function f(x) return sd.sum(op(x)) end
      local function plain(x) return sd.sum(x % x % x) end
      close(op(X), cube(X))
      close(sd.grad(f)(X), slope(X))
      local y, pull = sd.vjp(op, X)
      close(y, cube(X))
      close(pull(V), V % slope(X))
      close(select(2, sd.jvp(op, X, V)), V % slope(X))
      close(sd.hvp(f, X, V), 6 * (X % V))
      close(sd.jacobian(op)(X), sd.diag(slope(X):reshape(6, 1)))
      local function third(g)
        return sd.grad(function(x) return sd.dot(V, sd.hvp(g, x, V)) end)(X)
      end
      close(third(f), third(plain))
      local function both_ways(g) -- forward over reverse over forward
        return select(2, sd.jvp(sd.grad(function(x)
          return sd.sum(select(2, sd.jvp(g, x, V)))
        end), X, V))
      end
      close(both_ways(op), both_ways(cube))
      assert.is_true(sd.checkgrad(f, X) and true)
    end)

    it("runs in plans, iterations and loops, given " .. name, function()
      local plan = sd.compile(function(s)
        return { x = s.x - 0.01 * sd.grad(function(x) return sd.sum(op(x) % op(x)) end)(s.x) }
      end)
      local x = X
      for _ = 1, 3 do x = x - 0.01 * (6 * x ^ 5) end
      close((plan:iterate({ x = X }, 3)).x, x)
      close((plan:iterate({ x = X }, 3, { eager = true })).x, x)
      local function looped(z) return sd.sum(sd.loop(2, function(s) return 0.5 * op(s) end, z)) end
      close(looped(X), sd.sum(0.5 * cube(0.5 * cube(X))))
      close(sd.grad(looped)(X), 9 / 16 * X ^ 8)
      close((sd.compile(looped))(X), looped(X))
    end)

    it("works in f32 and on numbers, given " .. name, function()
      local F = X:to "f32"
      local g = sd.grad(function(x) return sd.sum(op(x)) end)(F)
      assert.equal("f32", op(F).dtype)
      assert.equal("f32", g.dtype)
      assert(sd.max(sd.abs(g:to "f64" - slope(F:to "f64"))) <= 800 * 2 ^ -23)
      assert.equal(8.0, op(2))
      assert.equal(12.0, sd.grad(op)(2))
      assert.equal(12.0, (sd.compile(function(x) return sd.grad(op)(x) end)(2)))
    end)
  end

  it("may have no derivative, until one is asked for", function()
    close(sd.compile(function(x) return without(x) end)(X), cube(X))
    local message = "cube_n: the op has no derivative; give sd.op a vjp or a jvp"
    raises(message, sd.grad(function(x) return sd.sum(without(x)) end), X)
    raises(message, sd.jvp, without, X, V)
    close(sd.grad(function(x) return sd.sum(x) + sd.sum(without(sd.stop_gradient(x))) end)(X),
      sd.ones(3, 2))
  end)

  it("takes several arguments and a shape", function()
    local outer = sd.op { name = "outer", shape = function(a, b) return a.rows, b.rows end,
      run = function(a, b) return a * b:t() end,
      vjp = function(dY, _, a, b) return dY * b, dY:t() * a end }
    local dot = sd.op { name = "inner", shape = function() return 1, 1 end,
      run = function(a, b) return sd.sum(a % b) end,
      jvp = function(d, _, a, b) return sd.sum(d[1] % b) + sd.sum(a % d[2]) end }
    local a, b = sd.matrix{ 1, 2 }, sd.matrix{ 3, 4, 5 }
    assert.same({ 2, 3 }, { outer(a, b).rows, outer(a, b).cols })
    local function f(p) return sd.sum(outer(p[1], p[2]) ^ 2) end
    local function plain(p) return sd.sum((p[1] * p[2]:t()) ^ 2) end
    for k = 1, 2 do close(sd.grad(f)({ a, b })[k], sd.grad(plain)({ a, b })[k]) end
    local second, wanted = sd.hvp(f, { a, b }, { a, b }), sd.hvp(plain, { a, b }, { a, b })
    for k = 1, 2 do close(second[k], wanted[k]) end
    close(sd.grad(function(x) return sd.sum(dot(x, sd.sin(x))) end)(b), sd.sin(b) + b % sd.cos(b))
    close(sd.grad(function(x) return sd.sum(dot(x, a)) end)(a), a) -- one argument constant
    local many = sd.op { name = "many", run = function(x, ...)
      for k = 1, select("#", ...) do x = x + select(k, ...) end
      return x
    end, vjp = function(dY, _, ...)
      local out = {}
      for k = 1, select("#", ...) do out[k] = dY end
      return table.unpack(out)
    end }
    local list = {}
    for k = 1, 60 do list[k] = k end
    local g = sd.grad(function(p) return many(table.unpack(p, 1, 60)) end)(list)
    assert.equal(1.0, g[60])
    assert.equal(1.0, select(2, sd.jvp(function(p) return many(table.unpack(p, 1, 60)) end, list,
      sd.map(function() return 1 / 60 end, list))) // 0.999)
  end)

  it("is told what does not fit", function()
    local function op(o)
      o.name, o.run = "my", o.run or cube
      return sd.op(o)
    end
    local function refused(message, o, transform)
      local f = op(o)
      raises(message, function()
        if transform == "jvp" then return sd.jvp(f, X, V) end
        if transform then return sd.grad(function(x) return sd.sum(f(x)) end)(X) end
        return f(X)
      end)
      if not transform then raises(message, function() sd.compile(f)(X) end) end
    end
    refused("my: run returned 2x3 f64, its shape says 3x2 f64",
      { run = function(x) return x:t() end })
    refused("my: run returned 3x2 f32, its shape says 3x2 f64",
      { run = function(x) return x:to "f32" end })
    refused("my: run must return a matrix or a number, got nil", { run = function() end })
    refused("the number of rows that shape gives", { shape = function() return -1, 2 end })
    refused("the number of columns that shape gives", { shape = function() return 1, 2.5 end })
    refused("the number of rows that shape gives", { shape = function() end })
    refused("my: what vjp gives for argument 1 is 2x3, it must be 3x2",
      { vjp = function(dY) return dY:t() end }, "vjp")
    refused("my: what vjp gives", { vjp = function() return "text" end }, "vjp")
    refused("my: what jvp gives is 2x3, it must be 3x2",
      { jvp = function(d) return d[1]:t() end }, "jvp")
    refused("my: what jvp gives", { jvp = function() return {} end }, "jvp")
    raises("my: needs at least one argument", op{})
    raises("argument 1 must be a matrix or a number", op{}, "text")
    for _, bad in ipairs{ 3, {}, { name = "x" }, { name = 3, run = cube },
      { name = "x", run = cube, vjp = 3 }, { name = ("x"):rep(64), run = cube },
      { name = "x", run = cube, vpj = cube } } do
      raises("op: ", sd.op, bad)
    end
  end)

  it("raises the script's own errors, with a traceback", function()
    local function boom() error "boom here" end
    local function shows(f)
      local ok, message = pcall(f)
      assert.is_false(ok)
      assert.matches("op_spec.lua:%d+: boom here\nstack traceback:", message)
    end
    local function loss(o)
      o.name, o.run = "bad", o.run or cube
      local op = sd.op(o)
      return function(x) return sd.sum(op(x)) end
    end
    shows(function() loss{ run = boom }(X) end)
    shows(function() sd.compile(loss{ run = boom })(X) end)
    shows(function() sd.compile(function(s) return { x = loss{ run = boom }(s.x) } end)
      :iterate({ x = 1 }, 3) end)
    shows(function() loss{ shape = boom }(X) end)
    shows(function() sd.compile(loss{ shape = boom })(X) end)
    shows(function() sd.grad(loss{ vjp = boom })(X) end)
    shows(function() sd.jvp(loss{ jvp = boom }, X, V) end)
    shows(function() sd.jvp(loss{ vjp = boom }, X, V) end)
    shows(function() sd.grad(loss{ jvp = boom })(X) end)
    local object = setmetatable({}, {})
    local ok, caught = pcall(loss{ run = function() error(object) end }, X)
    assert.is_false(ok)
    assert.is_true(rawequal(object, caught)) -- error objects pass as they are
  end)

  it("that fails in mid-step leaves the last state, and the plan usable", function()
    local fuse
    local op = sd.op { name = "fuse", run = function(x)
      if fuse and x(1) >= fuse then error "burnt" end
      return x
    end }
    local plan = sd.compile(function(s) return { y = s.y * 2, x = op(s.x) + 1 } end)
    fuse = 5
    raises("burnt", plan.iterate, plan, { x = 0, y = 1 }, 10)
    local s, h = plan:last()
    assert.same({ 5.0, 32.0, 5, "failed" }, { s.x, s.y, h.n, h.status })
    fuse = nil
    local t = plan:iterate(s, 5)
    assert.same({ 10.0, 1024.0 }, { t.x, t.y })
  end)

  it("gets copies, and gives them", function()
    local kept
    local op = sd.op { name = "keep", run = function(x)
      kept = x
      x:set(1, 1, 99)
      return x
    end }
    local plan = sd.compile(function(x) return op(x) end)
    local A = sd.zeros(2, 1)
    local y = plan(A)
    assert.same({ 0, 99 }, { A(1), y(1) })
    kept:set(2, 1, 5)
    assert.same({ 0, 0 }, { A(2), y(2) })
  end)

  it("cannot be entered while it runs, nor can its plan, nor can it yield", function()
    local op, plan, try
    op = sd.op { name = "self", run = function(x) return try(x) end }
    local message = "self: the op is running already; it cannot call itself"
    function try(x) return op(x) end
    raises(message, op, X)
    function try(x) return coroutine.wrap(function() return op(x) end)() end
    raises(message, op, X)
    plan = sd.compile(function(x) return op(x) end)
    function try(x) return plan(x) end
    raises("plan: it is running already", plan, X)
    function try(x) return (plan:iterate(x, 1)) end
    raises(message, plan.iterate, plan, X, 1)
    function try(x) plan:last() return x end
    raises("iterate: the iteration is running already", plan.iterate, plan, X, 1)
    function try(x)
      coroutine.yield(x)
      return x
    end
    raises("attempt to yield", coroutine.wrap(function() return op(X) end))
    raises("attempt to yield", coroutine.wrap(function() return plan(X) end))
    function try(x) return x end
    close(plan(X), X)
    close((plan:iterate(X, 2)), X)
    local shaped
    shaped = sd.op { name = "shaped", run = cube, shape = function(a)
      local y = shaped(sd.zeros(a.rows, a.cols))
      return y.rows, y.cols
    end }
    raises("", shaped, X)
    close(op(X), X)
  end)

  it("runs in the coroutine that calls, after others have ended", function()
    local seen
    local op = sd.op { name = "where", run = function(x)
      seen = coroutine.running()
      return x
    end, vjp = function(dY) return dY end }
    local plan = sd.compile(function(x) return op(x) end)
    coroutine.wrap(function() return plan(X), op(X) end)()
    collectgarbage()
    plan(X)
    assert.is_true(rawequal(coroutine.running(), seen))
    local grad = sd.grad(function(x) return sd.sum(op(x)) end)
    local g = coroutine.wrap(function() return grad(X) end)()
    close(g, sd.ones(3, 2))
    collectgarbage()
    close(sd.jacobian(op)(X), sd.eye(6))
  end)

  it("is a function wherever one is taken, and a matrix is none", function()
    local last = sd.op { name = "last", run = function(x) return x:row(-1) end,
      shape = function(a) return 1, a.cols end }
    assert.equal(1.0, (sd.compile(both):iterate(sd.ones(1, 1), 3, { stop = last }))(1))
    assert.equal(8.0, (sd.loop(1, both, 2)))
    assert.same({ 8.0 }, { sd.map(both, { 2 })[1] })
    assert.equal(8.0, sd.schedule(both, 2))
    for _, f in ipairs{ sd.compile, sd.grad, sd.jacobian } do
      raises("argument 1 must be a function, got a 3x2 matrix", f, X)
    end
    raises("schedule: argument 1 must be a function", sd.schedule, X, 1)
    raises("argument 2 must be a function", sd.loop, 1, X, 1)
  end)

  it("lives as long as plans need it, and no longer", function()
    local alive = setmetatable({}, { __mode = "k" })
    local function make()
      local two = sd.full(1, 1, 2)
      local op = sd.op { name = "short", run = function(x) return x * two end,
        vjp = function(dY) return 2 * dY end }
      alive[op] = true
      return sd.compile(function(x) return sd.grad(function(y) return sd.sum(op(y) ^ 2) end)(x) end)
    end
    local plan = make()
    local step = sd.compile(function(s) return { x = plan(s.x) / 8 } end)
    close(plan(X), 8 * X)
    close((step:iterate({ x = X }, 2)).x, X)
    collectgarbage() collectgarbage()
    assert.is_not_nil(next(alive))
    close(plan(X), 8 * X)
    close((step:iterate({ x = X }, 2)).x, X)
    for _ = 1, 50 do close(make()(X), 8 * X) end
    plan, step = nil, nil -- luacheck: ignore
    collectgarbage() collectgarbage()
    assert.is_nil(next(alive))
  end)
end)
