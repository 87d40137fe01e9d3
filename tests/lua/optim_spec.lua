-- sd.optim: steps against closed forms and against recurrences in plain Lua numbers.
local sd = require "saddle"
local near = require("tests.lua.support").near
local optim = sd.optim

local EPS <const> = 2.0 ^ -52

--- p after n steps of opt on the gradient grad(p, t), the state, the last step.
local function descend(opt, p, grad, n)
  local state, step = opt.init(p), nil
  for t = 1, n do
    step, state = opt.update(grad(p, t), state, p, t)
    p = p + step
  end
  return p, state, step
end

--- The first step from p on gradient g.
local function first(opt, g, p)
  return (opt.update(g, opt.init(p), p, 1))
end

local function numbers(A) -- the elements, as a list
  local list = {}
  for k = 1, #A do list[k] = A(k) end
  return list
end

describe("on a quadratic", function()
  -- f(p) = sum_i h_i p_i^2 / 2, so that each coordinate is a scalar recurrence.
  local h = sd.matrix { 0.5, 2, 3 }
  local start = sd.matrix { 1, -2, 0.25 }
  local function slope(p) return h % p end

  it("sgd contracts each eigenvector by 1 - lr h", function()
    local n <const> = 20
    local p = descend(optim.sgd { lr = 0.1 }, start, slope, n)
    for i = 1, 3 do
      -- a step rounds four times, relative to what is left (at least 0.7) 3 eps: n steps 60 eps
      local exact = (1 - 0.1 * h(i)) ^ n * start(i)
      near(p(i), exact, 3 * n * EPS * math.abs(exact))
    end
  end)

  --- p_n of p_{t+1} = trace p_t - det p_{t-1}, with complex roots: r^t (a cos + b sin)(t theta)
  local function oscillation(trace, det, p0, p1, n)
    local r = math.sqrt(det)
    local theta = math.acos(trace / (2 * r))
    local b = (p1 / r - p0 * math.cos(theta)) / math.sin(theta)
    return r ^ n * (p0 * math.cos(n * theta) + b * math.sin(n * theta))
  end

  -- The companion matrix of (p, M) has eigenvalues below 1 and eigenvectors of condition below 20;
  -- each of 50 steps rounds at most 8 times: 50 * 8 * 20 * eps * |p|.
  local tolerance <const> = 50 * 8 * 20 * EPS * 2
  local lr <const>, mu <const> = 0.1, 0.9

  it("heavy ball has the spectrum with trace 1 + mu - lr h and determinant mu", function()
    local p = descend(optim.momentum { lr = lr, momentum = mu }, start, slope, 50)
    local same = descend(optim.sgd { lr = lr, momentum = mu }, start, slope, 50)
    assert.same(numbers(p), numbers(same))
    for i = 1, 3 do
      local p1 = (1 - lr * h(i)) * start(i)
      near(p(i), oscillation(1 + mu - lr * h(i), mu, start(i), p1, 50), tolerance)
    end
  end)

  it("Nesterov's has trace (1 + mu)(1 - lr h) and determinant mu (1 - lr h)", function()
    local p = descend(optim.sgd { lr = lr, momentum = mu, nesterov = true }, start, slope, 50)
    for i = 1, 3 do
      local q = 1 - lr * h(i)
      local p1 = start(i) - lr * (1 + mu) * h(i) * start(i)
      near(p(i), oscillation((1 + mu) * q, mu * q, start(i), p1, 50), tolerance)
    end
  end)

  it("weight decay of sgd adds to the curvature", function()
    local p = descend(optim.sgd { lr = 0.1, weight_decay = 0.5 }, start, slope, 10)
    for i = 1, 3 do
      local exact = (1 - 0.1 * (h(i) + 0.5)) ^ 10 * start(i)
      near(p(i), exact, 5 * 10 * EPS * math.abs(exact)) -- two roundings more than above
    end
  end)
end)

-- ---- recurrences --------------------------------------------------------------------------------

-- name -> function(h) -> function(g, p, t) -> step of one element; h is a function of t.
local scalar = {}
function scalar.rmsprop(h)
  local v = 0
  return function(g, _, t)
    local c = h(t)
    v = c.b2 * v + (1 - c.b2) * g * g
    return -c.lr * g / (math.sqrt(v) + c.eps)
  end
end
function scalar.adagrad(h)
  local v = 0
  return function(g, _, t)
    v = v + g * g
    return -h(t).lr * g / (math.sqrt(v) + h(t).eps)
  end
end
function scalar.adam(h)
  local m, v, past1, past2 = 0, 0, 1, 1
  return function(g, p, t)
    local c = h(t)
    m, v = c.b1 * m + (1 - c.b1) * g, c.b2 * v + (1 - c.b2) * g ^ 2
    past1, past2 = past1 * c.b1, past2 * c.b2 -- the weight of the zeros before the first step
    local mean, square = m / (1 - past1), v / (1 - past2)
    return -c.lr * mean / (math.sqrt(square) + c.eps) - c.lr * c.weight_decay * p
  end
end
function scalar.adam_raw(h) -- by way of averages: sqrt(1-b2)/(1-b1) m / sqrt(v + (1-b2) eps)
  local m, v = 0, 0
  return function(g, _, t)
    local c = h(t)
    m, v = c.b1 * m + (1 - c.b1) * g, c.b2 * v + (1 - c.b2) * g ^ 2
    local A = math.sqrt(1 - c.b2) / (1 - c.b1) * m / math.sqrt(v + (1 - c.b2) * c.eps)
    return -c.lr * A
  end
end
function scalar.sgd(h)
  local m = 0
  return function(g, p, t)
    local c = h(t)
    m = c.momentum * m + g + c.weight_decay * p
    return -c.lr * m
  end
end

describe("50 steps agree with the recurrence in plain numbers:", function()
  local cases = {
    { "rmsprop", { lr = 0.01, b2 = 0.9, eps = 1e-8 } },
    { "rmsprop", { lr = 0.01, b2 = 0, eps = 1e-3 } },
    { "adagrad", { lr = 0.1, eps = 1e-8 } },
    { "adam", { lr = 0.01, b1 = 0.9, b2 = 0.999, eps = 1e-8, weight_decay = 0 } },
    { "adam", { lr = 0.01, b1 = 0.5, b2 = 0.9, eps = 1e-3, weight_decay = 0.1 } },
    { "adam", { lr = function(t) return 0.02 / t end, b1 = 0, b2 = 0.99, eps = 1e-8,
      weight_decay = 0.1 } },
    { "adam", { lr = function(t) return t < 20 and 0.02 or 0.01 end,
      b1 = function(t) return 0.9 - 0.4 / t end, b2 = 0.99, eps = 1e-8,
      weight_decay = function(t) return 0.1 * (t % 2) end } },
    { "adam_raw", { lr = 0.01, b1 = 0.5, b2 = 0.9, eps = 1e-3 } },
    { "adam_raw", { lr = 0.01, b1 = 0, b2 = 0.99, eps = 1e-8 } },
    { "sgd", { lr = 0.05, momentum = function(t) return 0.9 - 0.9 / t end, weight_decay = 0.01 } },
  }
  local start = { W = sd.matrix { { 1, -2 }, { 0.5, 3 } }, a = -1.5 }
  local function slope(x, t) return 0.7 * x + 0.3 + 0.1 * t end
  for k, case in ipairs(cases) do
    local name, hyper = case[1], case[2]
    it(name .. " " .. k, function()
      local function at(t)
        local now = {}
        for key, v in pairs(hyper) do now[key] = type(v) == "function" and v(t) or v end
        return now
      end
      local p = descend(optim[name](hyper), start,
        function(p, t) return sd.map(function(x) return slope(x, t) end, p) end, 50)
      local function alone(x)
        local rule = scalar[name](at)
        for t = 1, 50 do x = x + rule(slope(x, t), x, t) end
        return x
      end
      -- 50 steps of at most 20 roundings, of values up to 8, which later steps at most double
      local tolerance = 50 * 20 * 8 * 2 * EPS
      near(p.a, alone(start.a), tolerance)
      for i = 1, 4 do near(p.W(i), alone(start.W(i)), tolerance) end
    end)
  end
end)

describe("instances", function()
  local p, g = sd.matrix { 1, -2, 3 }, function(x, t) return 0.5 * x + t end
  -- five steps of at most 10 roundings each, of values up to 8, neither amplified
  local tolerance <const> = 5 * 10 * 8 * EPS

  it("Adagrad is adam_raw with b1 = 0, b2 = 1", function()
    near(descend(optim.adam_raw { lr = 0.1, b1 = 0, b2 = 1, eps = 0 }, p, g, 5),
      descend(optim.adagrad { lr = 0.1, eps = 0 }, p, g, 5), tolerance)
  end)
  it("RMSprop is adam_raw with b1 = 0 and the step size over sqrt(1 - b2)", function()
    near(descend(optim.adam_raw { lr = 0.1 / math.sqrt(0.2), b1 = 0, b2 = 0.8, eps = 0 }, p, g, 5),
      descend(optim.rmsprop { lr = 0.1, b2 = 0.8, eps = 0 }, p, g, 5), tolerance)
  end)
  it("Adam's first step is -lr sign(g) without eps, and 0 at 0", function()
    local g0 = sd.matrix { 3, -1e-5, 0, 1e7 }
    local step = first(optim.adam { lr = 0.1, eps = 0 }, g0, 0 * g0)
    -- 1 - b1, 1 - b2 and the moments are rounded alike in both factors; a dozen roundings are left
    near(step, sd.matrix { -0.1, 0.1, 0, -0.1 }, 12 * 0.1 * EPS)
    assert.equal(0, step(3))
  end)
  it("a moment of 0 moves nothing, whatever the rule", function()
    for _, name in ipairs { "rmsprop", "adagrad", "adam", "adam_raw", "normalized" } do
      for _, dtype in ipairs { "f64", "f32" } do
        local zero = sd.zeros(2, 2, { dtype = dtype })
        assert.same({ 0, 0, 0, 0 }, numbers(sd.abs(first(optim[name] { eps = 0 }, zero, zero))))
        assert.same({ 0, 0, 0, 0 }, numbers(sd.abs(first(optim[name] { eps = 1e-60 }, zero, zero))))
      end
    end
  end)
end)

-- ---- lengths and directions ---------------------------------------------------------------------

describe("normalized", function()
  local p = { a = 1.0, b = 2.0, W = sd.ones(2, 3) }
  local function gradient(s)
    return { a = 3 * s, b = -s, W = s * sd.linspace(-1, 2, 6):reshape(2, 3) }
  end

  it("steps are as long as lr at any scale of the gradient", function()
    for _, s in ipairs { 1e-300, 1e-200, 1e-154, 1e-8, 1, 1e154, 1e200, 1e300 } do
      for _, lr in ipairs { math.max(1e-12, 1e-305 * s), 0.1, math.min(1e12, 1e307 * s) } do
        local step = first(optim.normalized { lr = lr }, gradient(s), p)
        -- a norm, a division and a product: 8 roundings at most
        near(sd.norm(step), lr, 8 * EPS * lr)
        near(step.a / step.b, -3, 8 * 3 * EPS)
        step = first(optim.normalized { lr = lr, scope = "layer" }, gradient(s), p)
        assert.same({ true, true }, { step.a < 0, step.b > 0 })
        near(math.abs(step.a), lr, 8 * EPS * lr)
        near(sd.norm(step.W), lr, 8 * EPS * lr)
      end
    end
  end)

  it("in f32, too", function()
    local W = sd.matrix({ { 3, -4 } }):to "f32"
    for _, s in ipairs { 1e-36, 1e-20, 1, 1e20, 1e37 } do
      local step = first(optim.normalized { lr = 0.5 }, s * W, W)
      assert.equal("f32", step.dtype)
      near(sd.norm(step), 0.5, 8 * 2 ^ -23)
    end
  end)

  it("a gradient of zeros gives a step of zeros; below the normal numbers it fades out", function()
    for _, scope in ipairs { "global", "layer" } do
      local opt = optim.normalized { lr = 0.1, scope = scope }
      assert.equal(0, sd.norm(first(opt, gradient(0), p)))
      local tiny = sd.norm(first(opt, gradient(2 ^ -1070), p))
      assert(tiny > 0 and tiny < 0.1)
    end
    -- of one leaf alone: the others move
    local step = first(optim.normalized { lr = 0.1, scope = "layer" },
      { a = 0.0, b = 2.0, W = sd.zeros(2, 3) }, p)
    assert.same({ 0, -0.1, 0 }, { math.abs(step.a), step.b, sd.norm(step.W) })
  end)

  it("follows the momentum, and eps adds to the norm", function()
    local opt, g = optim.normalized { lr = 0.1, momentum = 0.5, eps = 2 }, sd.matrix { 3, 4 }
    local step, s = opt.update(g, opt.init(g), g, 1)
    near(step, g * (-0.1 / 7), 8 * EPS)
    assert.same({ 3, 4 }, numbers(s.m))
    step, s = opt.update(sd.matrix { 0, -4 }, s, g, 2)
    assert.same({ 1.5, -2 }, numbers(s.m))
    near(step, s.m * (-0.1 / 4.5), 8 * EPS)
  end)
end)

describe("graft", function()
  local p = { a = 1.0, W = sd.matrix { { 1, 2 }, { 3, 4 } } }
  local g = { a = 0.5, W = sd.matrix { { -1, 2 }, { 0.25, 3 } } }
  local far, along = optim.sgd { lr = 0.3 }, optim.adam { lr = 7 }
  local l, d = first(far, g, p), first(along, g, p)

  it("takes the length of one and the direction of the other, over all leaves", function()
    local step = first(optim.graft { length = far, direction = along }, g, p)
    near(sd.norm(step), sd.norm(l), 16 * EPS * sd.norm(l)) -- two norms, a division, two products
    local cosine = sd.dot(step, d) / sd.norm(step) / sd.norm(d)
    near(cosine, 1, 16 * EPS)
  end)

  it("or leaf by leaf", function()
    local step = first(optim.graft { length = far, direction = along, scope = "layer" }, g, p)
    near(step.a, -math.abs(l.a), 16 * EPS * math.abs(l.a))
    near(step.W, d.W * (sd.norm(l.W) / sd.norm(d.W)), 16 * EPS * sd.norm(l.W))
  end)

  it("stands still where there is no direction", function()
    local none = { init = function() return {} end, update = function(x) return 0 * x, {} end }
    for _, scope in ipairs { "global", "layer" } do
      local opt = optim.graft { length = "sgd,lr=2", direction = none, scope = scope }
      assert.equal(0, sd.norm(first(opt, g, p)))
    end
  end)

  it("adalr and adadir are equations (2) and (3)", function()
    local h = { lr = 0.1, b1 = 0.5, b2 = 0.9, eps = 1e-3 }
    local lr_opt, dir_opt = optim.adalr(h), optim.adadir(h)
    local s1, s2 = lr_opt.init(g.W), dir_opt.init(g.W)
    local m1, m2 = 0 * g.W, 0 * g.W
    for t = 1, 5 do
      local gradient = g.W * t + 1
      m1, m2 = h.b1 * m1 + gradient, h.b2 * m2 + gradient ^ 2
      local A = m1 / sd.sqrt(m2 + h.eps)
      local one, after1 = lr_opt.update(gradient, s1, p.W, t)
      local two, after2 = dir_opt.update(gradient, s2, p.W, t)
      s1, s2 = after1, after2
      near(one, (-h.lr * sd.norm(A) / sd.norm(m1)) * m1, 40 * EPS) -- of a length below 1
      near(two, (-h.lr * sd.norm(m1) / sd.norm(A)) * A, 40 * EPS * sd.norm(m1))
    end
  end)
end)

describe("clip", function()
  local g = { a = 3.0, W = sd.matrix { { 4, 0 } } } -- of length 5
  local function clipped(given) -- sgd with lr = -1 gives back the gradient that it sees
    return first(optim.clip(optim.sgd { lr = -1 }, given), g, g)
  end

  it("leaves short gradients as they are, to the bit", function()
    for _, given in ipairs { { norm = 5 }, { norm = 1e300 }, { norm = 4, scope = "layer" },
      { value = 4 } } do
      local seen = clipped(given)
      assert.same({ 3, 4, 0 }, { seen.a, seen.W(1), seen.W(2) })
    end
  end)

  it("shortens long ones, over all leaves or each", function()
    local seen = clipped { norm = 1 }
    near(seen.a, 0.6, 4 * EPS)
    near(seen.W, sd.matrix { { 0.8, 0 } }, 4 * EPS)
    seen = clipped { norm = 3.5, scope = "layer" }
    assert.same({ 3, 3.5 }, { seen.a, seen.W(1) })
  end)

  it("cuts elements, by a bound that may change", function()
    local opt = optim.clip("sgd,lr=-1", { value = function(t) return t end })
    for t = 1, 5 do
      local seen = opt.update({ a = -3, W = sd.matrix { { 4, 0 } } }, {}, g, t)
      assert.same({ -math.min(t, 3), math.min(t, 4), 0 }, { seen.a, seen.W(1), seen.W(2) })
    end
  end)
end)

describe("project", function()
  local p = { a = 3.0, W = sd.matrix { { 2, 0, 1 }, { 1, 0, -2 } } }
  local g = { a = 1.0, W = sd.ones(2, 3) }
  local function moved(given, from, gradient)
    return from + first(optim.project("sgd,lr=0.5", given), gradient or g, from)
  end
  -- |P(p + step) - p| + p rounds twice more than P, each relative to values up to 4
  local tolerance <const> = 4 * 8 * EPS
  local feasible = {
    { { ball = 1 }, function(q) near(sd.norm(q), 1, tolerance) end },
    { { ball = 1, scope = "layer" }, function(q)
      near(q.a, 1, tolerance)
      near(sd.norm(q.W), 1, tolerance)
    end },
    { { sphere = 2 }, function(q) near(sd.norm(q), 2, tolerance) end },
    { { sphere = 2, scope = "layer" }, function(q)
      near(q.a, 2, tolerance)
      near(sd.norm(q.W), 2, tolerance)
    end },
    { { box = 0.5 }, function(q)
      assert(q.a <= 0.5 + tolerance and sd.max(sd.abs(q.W)) <= 0.5 + tolerance)
    end },
    { { box = { -1, 0.25 } }, function(q)
      near(q.a, 0.25, tolerance)
      near(q.W, sd.matrix { { 0.25, -0.5, 0.25 }, { 0.25, -0.5, -1 } }, tolerance)
    end },
    { { columns = 1 }, function(q)
      near(q.a, 1, tolerance)
      for j = 1, 3 do near(sd.norm(q.W:col(j)), 1, tolerance) end
    end },
    { { with = function(x) return sd.map(sd.relu, x) end }, function(q)
      assert(sd.min(q.W) >= -tolerance)
    end },
  }
  for k, case in ipairs(feasible) do
    it("is feasible, and what is feasible stays: case " .. k, function()
      local q = moved(case[1], p)
      case[2](q)
      local again = moved(case[1], q, 0 * q)
      near(again.a, q.a, tolerance)
      near(again.W, q.W, tolerance)
    end)
  end

  it("leaves the inside of a ball alone", function()
    local q = moved({ ball = 100 }, p)
    assert.same({ 2.5, 1.5 }, { q.a, q.W(1) })
  end)

  it("with a radius that changes", function()
    local opt = optim.project("sgd,lr=0", { ball = function(t) return 1 / t end })
    near(5 + opt.update(1, {}, 5.0, 4), 0.25, tolerance)
  end)
end)

describe("schedules", function()
  it("begin and end where they say", function()
    local f = optim.linear { from = 0.3, to = 0.1, steps = 7 }
    assert.same({ 0.3, 0.1, 0.1 }, { f(1), f(7), f(100) })
    near(f(4), 0.2, EPS)
    f = optim.cosine { from = 0.3, to = 0.1, steps = 9 }
    assert.same({ 0.3, 0.1, 0.1 }, { f(1), f(9), f(100) })
    near(f(5), 0.2, EPS)
    near(f(3), 0.2 + 0.1 * math.cos(math.pi / 4), 2 * EPS)
    f = optim.cosine { from = 0.5, steps = 20, warmup = 4 }
    assert.same({ 0.125, 0.25, 0.375, 0.5, 0.0 }, { f(1), f(2), f(3), f(4), f(20) })
    f = optim.steps { from = 1, by = 0.5, at = { 3, 5 } }
    assert.same({ 1, 1, 0.5, 0.5, 0.25, 0.25 }, { f(1), f(2), f(3), f(4), f(5), f(6) })
    assert.same({ 2.5, 2.5 }, { optim.constant(2.5)(1), optim.constant(2.5)(9) })
  end)

  it("are hyper-parameters", function()
    local p = descend(optim.sgd { lr = optim.linear { from = 1, to = 3, steps = 3 } }, 10.0,
      function() return 1.0 end, 4)
    assert.equal(10.0 - 1 - 2 - 3 - 3, p)
  end)
end)
