--- Transforms within transforms, checkgrad's judgement, and derivatives at the ends of the range.
local sd = require "saddle"
local support = require "tests.lua.support"
local near = support.near
local grad, inf = sd.grad, math.huge
local EPS = 2 ^ -52

local function push(f) return function(x) return select(2, sd.jvp(f, x, 1)) end end
local function pull(f) return function(x) return (select(2, sd.vjp(f, x)))(1) end end
local modes = { grad, push, pull }

describe("perturbations", function()
  -- Siskind and Pearlmutter, Perturbation confusion and referential transparency, 2005, and the
  -- example with a function that makes functions of Manzyuk and others, 2019
  it("of nested derivatives are not confused", function()
    for _, outer in ipairs(modes) do
      for _, inner in ipairs(modes) do
        local function f(x) return x * inner(function(y) return x + y end)(1) end
        assert.are.equal(1, outer(f)(1))
        local function h(x) return x * inner(function(y) return x * y end)(2) end
        assert.are.equal(2, outer(h)(1))
        local function shifted(u)
          return function(g) return function(x) return g(x + u) end end
        end
        local function slope(g)
          return function(x) return outer(function(u) return shifted(u)(g)(x) end)(0) end
        end
        near(slope(slope(sd.exp))(1), math.exp(1), 4 * EPS)
      end
    end
  end)

  it("stay apart over three levels, in all modes", function()
    -- the innermost is 2 x y^2; then d/dy 2 x^2 y^3 = 6 x^4 at y = x; then d/dx 6 x^5
    for _, a in ipairs(modes) do
      for _, b in ipairs(modes) do
        for _, c in ipairs(modes) do
          local function f(x)
            return x * b(function(y)
              return x * y * c(function(z) return x * y * z ^ 2 end)(y)
            end)(x)
          end
          near(a(f)(2), 480, 480 * 16 * EPS)
        end
      end
    end
  end)

  it("within a loop within another transform agree in both modes", function()
    local function f(x)
      return sd.loop(3, function(s)
        local d = select(2, sd.jvp(function(z) return sd.sin(z) * x end, s.y, 1))
        return { y = s.y + d }
      end, { y = x }).y
    end
    local y, dy = 0.7, 1
    for _ = 1, 3 do -- y + x cos y, and its derivative by x
      y, dy = y + 0.7 * math.cos(y), dy + math.cos(y) - 0.7 * math.sin(y) * dy
    end
    for _, mode in ipairs(modes) do near(mode(f)(0.7), dy, 32 * EPS) end
    near(f(0.7), y, 32 * EPS)
  end)

  it("pass stop_gradient by at all orders", function()
    local function f(x) return x ^ 3 * sd.stop_gradient(x ^ 2) end
    for _, a in ipairs(modes) do
      for _, b in ipairs(modes) do
        for _, c in ipairs(modes) do assert.are.equal(24, a(b(c(f)))(2)) end
        local function g(x) return b(function(y) return y * sd.stop_gradient(y * x) end)(3) end
        assert.are.equal(0, a(g)(2)) -- 3x, stopped
      end
    end
  end)

  it("give symmetric Hessians", function()
    local A, x = sd.rng(1):randn(4, 4), sd.rng(2):randn(4, 1)
    local u, v = sd.rng(3):randn(4, 1), sd.rng(4):randn(4, 1)
    local function f(p) return sd.sum(sd.tanh(A * p) ^ 2 % sd.exp(p)) end
    local H = sd.jacobian(grad(f))(x)
    near(sd.dot(sd.hvp(f, x, u), v), sd.dot(sd.hvp(f, x, v), u),
      64 * EPS * sd.norm(H) * sd.norm(u) * sd.norm(v))
    near(H, H:t(), 64 * EPS * sd.norm(H))
  end)

  it("at a kink are the linear map of the convention", function()
    local _, df = sd.linearize(sd.relu, 0.0)
    assert.are.same({ 1, -1 }, { df(1), df(-1) })
    _, df = sd.linearize(sd.abs, 0.0)
    assert.are.same({ 0, 0 }, { df(1), df(-1) })
  end)

  it("keep f32, numbers and 1x1 matrices what they are", function()
    local x = sd.ones(3, 2, { dtype = "f32" })
    local function f(p) return sd.sum(sd.tanh(p) * 2 + p ^ 3 / 7) end
    assert.are.equal("f32", grad(f)(x).dtype)
    assert.are.equal("f32", sd.hvp(f, x, x).dtype)
    assert.are.equal("number", type((sd.value_and_grad(f)(x))))
    assert.are.equal("number", type(grad(f)(1.5)))
    assert(sd.ismatrix(grad(f)(sd.matrix { 1.5 })))
    -- a sum of f32 is f64: 2^24 + 1 has no f32
    local long = sd.ones(2 ^ 12, 2 ^ 12, { dtype = "f32" })
    assert.are.equal(2 ^ 24 + 1, sd.value_and_grad(function(p) return sd.sum(p) + 1 end)(long))
  end)
end)

describe("checkgrad", function()
  --- A function of a 3x3 matrix, put together at random from smooth ones.
  local function random_function(rng)
    local function pick(list) return list[1 + math.floor(#list * rng:rand())] end
    local unary = { sd.tanh, sd.sin, sd.cos, sd.sigmoid, sd.softplus, sd.erf, sd.gelu, sd.silu,
      sd.expm1, function(x) return sd.exp(sd.sin(x)) end, function(x) return sd.log1p(x ^ 2) end,
      function(x) return sd.sqrt(1 + x ^ 2) end, function(x) return x ^ 3 / 10 end,
      function(x) return 1 / (1 + x ^ 2) end,
      function(x) return sd.softmax(x, { dim = 1 }) end }
    local binary = { function(a, b) return a + b end, function(a, b) return a % b end,
      function(a, b) return a - 2 * b end, function(a, b) return a / (2 + sd.cos(b)) end,
      function(a, b) return a * b end, function(a, b) return sd.exp(sd.tanh(a)) ^ sd.sin(b) end }
    local last = { sd.sum, sd.mean, sd.var, sd.logsumexp, function(x) return x(2, 3) end,
      function(x) return sd.norm(x + 3) end,
      function(x) return (sd.logdet(8 * sd.eye(3) + sd.tanh(x))) end,
      function(x) return sd.sum((sd.solve(8 * sd.eye(3) + sd.tanh(x), sd.ones(3, 2)))) end }
    local steps, finish = {}, pick(last)
    for k = 1, 4 do
      steps[k] = { f = pick(unary), g = pick(binary), from = 1 + math.floor(k * rng:rand()),
        with = 1 + math.floor(k * rng:rand()) }
    end
    return function(x)
      local values = { x }
      for k, s in ipairs(steps) do values[k + 1] = s.g(s.f(values[s.from]), values[s.with]) end
      return finish(values[5])
    end
  end

  it("does not cry wolf on 200 random smooth functions", function()
    local rng = sd.rng(7, "checkgrad")
    for k = 1, 200 do
      local report = sd.checkgrad(random_function(rng), rng:randn(3, 3))
      assert(report.ok, ("function %d: %g"):format(k, report.worst))
    end
  end)

  it("finds rules that are wrong by a factor, a sign, an element or an order", function()
    local X = sd.rng(8):randn(3, 2)
    local function cube(rule)
      return sd.op { name = "cube", run = function(x) return x ^ 3 end, vjp = rule }
    end
    local rules = {
      [function(d, _, x) return 3 * d % x ^ 2 end] = true,
      [function(d, _, x) return 3.001 * d % x ^ 2 end] = false,
      [function(d, _, x) return -3 * d % x ^ 2 end] = false,
      [function(d, _, x) return 2 * d % x ^ 3 end] = false,
      [function(d, _, x)
        return 3 * d % x ^ 2 % sd.matrix { { 1, 1 }, { 1, 1 }, { 1, 0 } }
      end] = false,
    }
    for rule, right in pairs(rules) do
      assert.are.equal(right, sd.checkgrad(function(x) return sd.sum(sd.sin(cube(rule)(x))) end,
        X).ok)
    end
  end)
end)

describe("at the ends of the range", function()
  it("logistic functions keep their relative accuracy", function()
    for _, x in ipairs { 30, 100, 700 } do
      local e = math.exp(-x) -- sigmoid(-x) is e (1 - e + ..), where e^2 is below eps
      for _, f in ipairs { sd.sigmoid, sd.softplus } do
        near(grad(f)(-x) / e, 1, 16 * EPS + 2 * e)
        near(grad(grad(f))(-x) / e, 1, 16 * EPS + 4 * e)
      end
      near(grad(sd.log_sigmoid)(x) / e, 1, 16 * EPS + 2 * e)
      near(grad(grad(sd.log_sigmoid))(x) / -e, 1, 16 * EPS + 4 * e)
    end
    for _, x in ipairs { 800, inf } do
      assert.are.same({ 0, 1, 1, 0 }, { grad(sd.softplus)(-x), grad(sd.softplus)(x),
        grad(sd.log_sigmoid)(-x), grad(sd.log_sigmoid)(x) })
      assert.are.same({ 0, 0 }, { grad(grad(sd.softplus))(x), grad(grad(sd.log_sigmoid))(-x) })
    end
  end)

  it("norms neither overflow nor underflow", function()
    for _, scale in ipairs { 1e200, 1e-200, 1e-300 } do
      local x = scale * sd.matrix { 3, 4 }
      for _, kind in ipairs { "fro", 2, "nuc" } do
        near(grad(function(p) return sd.norm(p, kind) end)(x), sd.matrix { 0.6, 0.8 }, 16 * EPS)
      end
      -- (I - y y')/|x| times x scaled: 0.64/5, -0.48/5
      near(sd.hvp(sd.norm, x, sd.matrix { scale, 0 }), sd.matrix { 0.128, -0.096 }, 16 * EPS)
      near(grad(sd.std)(x), sd.matrix { -0.5, 0.5 }, 16 * EPS)
    end
  end)

  it("spread does not see an offset", function()
    local x = sd.matrix { 1, 2, 3, 4 } + 1e8 -- exact, and so is what is centred
    near(grad(sd.var)(x), sd.matrix { -0.75, -0.25, 0.25, 0.75 }, 4 * EPS)
    near(sd.hvp(sd.var, x, sd.matrix { 1, 0, 0, 0 }), sd.matrix { .375, -.125, -.125, -.125 },
      4 * EPS)
    near(grad(sd.std)(x), sd.matrix { -.75, -.25, .25, .75 } / (2 * math.sqrt(1.25)), 8 * EPS)
  end)

  it("logsumexp and softmax bear any spread", function()
    local x, p = sd.matrix { 1000, 0, -1000, 999 }, 1 / (1 + math.exp(-1))
    near(grad(sd.logsumexp)(x), sd.matrix { p, 0, 0, 1 - p }, 8 * EPS)
    near(sd.hvp(sd.logsumexp, x, sd.matrix { 1, 0, 0, 0 }),
      sd.matrix { p * (1 - p), 0, 0, -p * (1 - p) }, 8 * EPS)
    near(grad(sd.logsumexp)(sd.matrix { 1e308, -1e308, -inf }), sd.matrix { 1, 0, 0 }, 0)
  end)

  it("inverse error functions lose what their own rounding costs", function()
    -- by mpmath, 50 digits: slope and second derivative; y^2 passes y's 4 ulp on times 2 y^2
    for x, want in pairs { [0.5] = { 1.1125848189719498, 1.1807463499934000 },
      [1 - 2 ^ -53] = { 757347920544973.98, 6.7264214794661888e30 } } do
      local loss = 8 * EPS * (2 + 2 * sd.erfinv(x) ^ 2)
      near(grad(sd.erfinv)(x) / want[1], 1, loss)
      near(grad(grad(sd.erfinv))(x) / want[2], 1, 2 * loss)
    end
  end)
end)
