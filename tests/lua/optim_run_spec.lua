-- sd.optim: trees of all kinds, traces, compiled runs, derivatives of steps.
local sd = require "saddle"
local near = require("tests.lua.support").near
local optim = sd.optim

local constructors = {
  sgd = function() return optim.sgd { lr = 0.1, weight_decay = 0.1 } end,
  nesterov = function() return optim.momentum { nesterov = 1 } end,
  rmsprop = optim.rmsprop, adagrad = optim.adagrad, adam_raw = optim.adam_raw,
  adam = function()
    return optim.adam { lr = function(t) return 0.1 / t end, weight_decay = 0.1 }
  end,
  normalized = optim.normalized, adalr = optim.adalr, adadir = optim.adadir,
  layer = function() return optim.normalized { scope = "layer", momentum = 0.5 } end,
  clip = function() return optim.clip("adam", { norm = 0.5 }) end,
  project = function() return optim.project("momentum", { columns = 1, scope = "layer" }) end,
  rule = optim.rule { hyper = { lr = 0.1, b = 0.5 }, init = function(p) return { m = 0 * p } end,
    step = function(g, s, _, h, t)
      local m = h.b * s.m + g
      return -h.lr / t * sd.tanh(m), { m = m }
    end },
}

local p0 = { a = 1.5, W = sd.rng(1):randn(3, 2), layer = { sd.rng(2):randn(2, 1), name = "out" } }
local function loss(p) return sd.sum(p.W ^ 2) + p.a ^ 4 + sd.sum(sd.exp(p.layer[1])) end

--- One step of a run: what the dynamics of a game do, for one player.
local function stepper(opt)
  return function(s)
    local step, o = opt.update(sd.grad(loss)(s.p), s.o, s.p, s.t)
    return { p = s.p + step, o = o, t = s.t + 1 }
  end
end

for name, make in pairs(constructors) do
  describe(name, function()
    local opt = make()

    it("gives the same bits eagerly, compiled, and in two runs instead of one", function()
      local step = stepper(opt)
      local s = { p = p0, o = opt.init(p0), t = 1 }
      local plan = sd.compile(step)
      local whole, parts = plan:iterate(s, 7), plan:iterate(plan:iterate(s, 3), 4)
      for _ = 1, 7 do
        local new = step(s)
        s = { p = new.p, o = new.o, t = new.t }
      end
      assert(sd.ravel(s) == sd.ravel(whole), "eager and compiled differ")
      assert(sd.ravel(parts) == sd.ravel(whole), "one run and two differ")
      assert.equal("out", whole.p.layer.name)
    end)

    it("takes a matrix, a number, a 1x1 matrix or an f32 one as p", function()
      for _, p in ipairs { 2.0, 2, sd.full(1, 1, 2), sd.full(2, 2, 2),
        sd.full(2, 1, 2):to "f32" } do
        local step = opt.update(p, opt.init(p), p, 1)
        assert.equal(sd.ismatrix(p), sd.ismatrix(step))
        if sd.ismatrix(p) then
          assert.same({ p.rows, p.cols, p.dtype }, { step.rows, step.cols, step.dtype })
        end
      end
    end)

    it("leaves frozen leaves alone", function()
      local p = { W = sd.ones(2, 2), f = sd.frozen(sd.ones(3, 1)), s = "text", b = true }
      local g = { W = sd.ones(2, 2), f = sd.ones(3, 1), s = "text", b = true }
      local _, state = opt.update(g, opt.init(p), p, 1)
      local step = opt.update(g, state, p, 2)
      assert(step.f == p.f and (p + step).f == p.f)
      assert.same({ "text", true }, { step.s, step.b })
      local alone = opt.update(g.W, select(2, opt.update(g.W, opt.init(p.W), p.W, 1)), p.W, 2)
      assert(step.W == alone, "the frozen leaf has had an effect")
      local only = { f = p.f }
      assert(opt.update(only, opt.init(only), only, 1).f == p.f)
    end)
  end)
end

describe("an update", function()
  it("has derivatives: of a loss after two steps by the step size", function()
    -- p2 = p (1 - lr h)^2 for the gradient h p: dp2^2/dlr = -4 h p^2 (1 - lr h)^3
    local h <const>, p <const> = 3.0, 2.0
    local function after(lr)
      local opt, q = optim.sgd { lr = lr }, p
      for t = 1, 2 do q = q + opt.update(h * q, {}, q, t) end
      return q ^ 2
    end
    near(sd.grad(after)(0.1), -4 * h * p ^ 2 * 0.7 ^ 3, 1e-13) -- 30 roundings of values up to 16
  end)

  it("is a part of sd.loop", function()
    local opt = optim.momentum { lr = 0.1 }
    local start = { p = sd.ones(2, 1), o = opt.init(sd.ones(2, 1)) }
    local function step(s, t)
      local d, o = opt.update(3 * s.p, s.o, s.p, t)
      return { p = s.p + d, o = o }
    end
    local s = start
    for t = 1, 5 do s = step(s, t) end
    assert(sd.loop(5, step, start).p == s.p)
  end)

  it("evaluates a schedule once a step, with plain numbers", function()
    local calls = {}
    local opt = optim.adam { lr = function(t)
      calls[#calls + 1] = t
      return 0.1
    end }
    local p = { a = 1.0, b = sd.ones(2, 2) }
    opt.update(p, opt.init(p), p, 3)
    assert.same({ 3 }, calls)
  end)

  it("written in Lua makes the plan of the built-in one", function()
    local mine = optim.rule { hyper = { lr = 0.01, b = 0.9 },
      init = function(p) return { m = 0 * p } end,
      step = function(g, s, _, h)
        local m = h.b * s.m + g
        return -h.lr * m, { m = m }
      end }
    local function steps(opt)
      local plan = sd.compile(stepper(opt))
      plan:iterate({ p = p0, o = opt.init(p0), t = 1 }, 1)
      return plan:explain():match "\n(%d+ steps.-nodes)"
    end
    assert.equal(steps(optim.momentum()), steps(mine()))
  end)
end)
