--- sd.dynamics: optimisers, samples, turns and inner steps, against recurrences written out in
-- plain Lua; compiled against op by op; and what it refuses.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local dynamics = sd.dynamics

-- ---- optimisers ---------------------------------------------------------------------------------

local function leafwise(f, ...) -- of leaves and trees alike
  local packed = {}
  for k, t in ipairs { ... } do packed[k] = { t } end
  return sd.map(f, table.unpack(packed))[1]
end

--- -lr g; the rate may be a function of t.
local function descent(lr)
  return { init = function() return {} end, update = function(g, state, _, t)
    local rate = type(lr) == "function" and sd.schedule(lr, t) or lr
    return leafwise(function(x) return -rate * x end, g), state
  end }
end

--- m <- beta m + g, step -lr m.
local function momentum(lr, beta)
  return { init = function(p) return { m = leafwise(function(x) return 0 * x end, p) } end,
    update = function(g, state)
      local m = leafwise(function(old, new) return beta * old + new end, state.m, g)
      return leafwise(function(x) return -lr * x end, m), { m = m }
    end }
end

--- -lr g/|g|.
local function normalised(lr)
  return { init = function() return {} end, update = function(g, state)
    local length = sd.norm({ g }) -- a tree, whatever g is
    return leafwise(function(x) return -lr / length * x end, g), state
  end }
end

local function iterate(d, p, n, rng, o)
  return (sd.compile(d.step):iterate(d.init(p, rng), n, o))
end

-- ---- a scalar game -----------------------------------------------------------------------------
-- L = x y + x^2/2 - y^2/4: the field is (y + x, -x + y/2). Recurrences in the order of operations
-- of the optimisers differ from the plan's by rounding alone: a few 2^-53 of numbers below 2 each.

local scalar = sd.game { min = "x", max = "y",
  objective = function(p) return p.x * p.y + p.x ^ 2 / 2 - p.y ^ 2 / 4 end }
local function fx(x, y) return y + x end
local function fy(x, y) return -x + y / 2 end
local x0, y0, steps = 1, -0.5, 25

local function ends_at(d, x, y)
  local p = iterate(d, { x = x0, y = y0 }, steps).p
  near(p.x, x, 1e-13)
  near(p.y, y, 1e-13)
end

describe("gda", function()
  it("reads the old values of all, or takes turns", function()
    local optim = { x = descent(0.1), y = descent(0.3) }
    local x, y = x0, y0
    for _ = 1, steps do x, y = x - 0.1 * fx(x, y), y - 0.3 * fy(x, y) end
    ends_at(dynamics.gda(scalar, { optim = optim }), x, y)
    ends_at(dynamics.gda(scalar, { optim = optim, mode = "simultaneous" }), x, y)

    x, y = x0, y0
    for _ = 1, steps do
      y = y - 0.3 * fy(x, y)
      x = x - 0.1 * fx(x, y)
    end
    ends_at(dynamics.gda(scalar, { optim = optim, mode = "alternating" }), x, y)

    x, y = x0, y0
    for _ = 1, steps do
      x = x - 0.1 * fx(x, y)
      x = x - 0.1 * fx(x, y)
      y = y - 0.3 * fy(x, y)
    end
    ends_at(dynamics.gda(scalar, { optim = optim, mode = "alternating", order = { "x", "y" },
      k = { x = 2 } }), x, y)
  end)

  it("hands gradients to momentum and to normalised descent", function()
    local x, y, m = x0, y0, 0
    for _ = 1, steps do
      m = 0.9 * m + fx(x, y)
      local g = fy(x, y)
      x, y = x - 0.05 * m, y - 0.02 * g / math.abs(g)
    end
    local optim = { x = momentum(0.05, 0.9), y = normalised(0.02) }
    ends_at(dynamics.gda(scalar, { optim = optim }), x, y)
  end)

  it("gives the optimisers t = 1 in the first step, in all inner steps the same", function()
    local rate = function(t) return 0.2 / t end
    for _, k in ipairs { 3, 12 } do
      local x, y = x0, y0
      for t = 1, steps do
        for _ = 1, k do y = y - 0.2 / t * fy(x, y) end
        x = x - 0.2 / t * fx(x, y)
      end
      ends_at(dynamics.gda(scalar, { optim = descent(rate), mode = "alternating", k = { y = k } }),
        x, y)
    end
  end)

  it("moves three players", function()
    local game = sd.game { loss = { a = function(p) return p.a * p.b + p.a ^ 2 end,
      b = function(p) return (p.b - p.c) ^ 2 end, c = function(p) return p.a * p.c ^ 2 end } }
    local lr, a, b, c = 0.05, 1, 2, 3
    for _ = 1, steps do
      a, b, c = a - lr * (b + 2 * a), b - lr * 2 * (b - c), c - lr * 2 * a * c
    end
    local start = { a = 1, b = 2, c = 3 }
    local p = iterate(dynamics.gda(game, { optim = descent(lr) }), start, steps).p
    near(sd.vcat { p.a, p.b, p.c }, sd.vcat { a, b, c }, 1e-13)

    a, b, c = 1, 2, 3
    for _ = 1, steps do
      c = c - lr * 2 * a * c
      for _ = 1, 2 do a = a - lr * (b + 2 * a) end
      b = b - lr * 2 * (b - c)
    end
    p = iterate(dynamics.gda(game, { optim = descent(lr), mode = "alternating", k = { a = 2 },
      order = { "c", "a", "b" } }), start, steps).p
    near(sd.vcat { p.a, p.b, p.c }, sd.vcat { a, b, c }, 1e-13)
  end)
end)

describe("Adam with inner steps", function()
  -- Bias correction by the number of its own updates, while the rate follows the dynamics' t.
  local function rate(t) return 0.2 / t end
  local function textbook(x, slope, t, o)
    local g = slope(x)
    o.n = o.n + 1
    o.m, o.v = 0.9 * o.m + 0.1 * g, 0.999 * o.v + 0.001 * g * g
    local m, v = o.m / (1 - 0.9 ^ o.n), o.v / (1 - 0.999 ^ o.n)
    return x - rate(t) * m / (math.sqrt(v) + 1e-8)
  end
  for _, k in ipairs { 1, 5, 12 } do -- the last in a loop
    it("is corrected by its own updates, k = " .. k, function()
      local d = dynamics.gda(scalar, { optim = sd.optim.adam { lr = rate }, mode = "alternating",
        order = { "y", "x" }, k = { y = k } })
      local x, y, ox, oy = x0, y0, { n = 0, m = 0, v = 0 }, { n = 0, m = 0, v = 0 }
      for t = 1, steps do
        for _ = 1, k do y = textbook(y, function(at) return fy(x, at) end, t, oy) end
        x = textbook(x, function(at) return fx(at, y) end, t, ox)
      end
      -- With u = 2^-53, 1 - 0.999^n is wrong by up to 1000 u/n of itself, an average of ones by
      -- 2 n u; half of both goes into steps of up to rate(t): in all below 1200 u = 1.4e-13.
      local p = iterate(d, { x = x0, y = y0 }, steps).p
      near(p.x, x, 2e-13)
      near(p.y, y, 2e-13)
    end)
  end
end)

describe("best_response", function()
  it("answers in the order of the list, each to the newest choices of the others", function()
    local game = sd.game { loss = { a = function(p) return p.a * p.b * p.c end,
      b = function(p) return (p.b - p.a) ^ 2 end, c = function(p) return (p.c - p.b) ^ 2 end },
      best = { b = function(p) return 2 * p.a end, c = function(p) return p.b + 1 end } }
    local function after(respond)
      local d = dynamics.best_response(game, { optim = { a = descent(0.1) }, respond = respond })
      local p = iterate(d, { a = 1, b = 5, c = 7 }, 1).p
      return { p.a, p.b, p.c }
    end
    assert.same({ 1 - 0.1 * 6, 2.0, 3.0 }, after())
    assert.same({ 1 - 0.1 * 6, 2.0, 3.0 }, after { "b", "c" })
    assert.same({ 1 - 0.1 * 12, 2.0, 6.0 }, after { "c", "b" })
  end)
end)

describe("with momentum", function()
  it("extragradient forgets what the look ahead did to it", function()
    local x, y, mx, my = x0, y0, 0, 0
    for _ = 1, steps do
      local qx, qy = x - 0.1 * (0.5 * mx + fx(x, y)), y - 0.1 * (0.5 * my + fy(x, y))
      mx, my = 0.5 * mx + fx(qx, qy), 0.5 * my + fy(qx, qy)
      x, y = x - 0.1 * mx, y - 0.1 * my
    end
    ends_at(dynamics.extragradient(scalar, { optim = momentum(0.1, 0.5) }), x, y)
  end)

  it("the optimistic one feeds it 2 g - g', the first time g", function()
    local x, y, mx, my = x0, y0, 0, 0
    local hx, hy = fx(x, y), fy(x, y)
    for _ = 1, steps do
      local gx, gy = fx(x, y), fy(x, y)
      mx, my = 0.5 * mx + 2 * gx - hx, 0.5 * my + 2 * gy - hy
      x, y, hx, hy = x - 0.1 * mx, y - 0.1 * my, gx, gy
    end
    ends_at(dynamics.optimistic(scalar, { optim = momentum(0.1, 0.5) }), x, y)
  end)

  it("consensus feeds it F + gamma J'F, J = [[1, 1], [-1, 1/2]]", function()
    local x, y, mx, my = x0, y0, 0, 0
    for _ = 1, steps do
      local gx, gy = fx(x, y), fy(x, y)
      mx, my = 0.5 * mx + gx + 0.3 * (gx - gy), 0.5 * my + gy + 0.3 * (gx + gy / 2)
      x, y = x - 0.1 * mx, y - 0.1 * my
    end
    ends_at(dynamics.consensus(scalar, { optim = momentum(0.1, 0.5), gamma = 0.3 }), x, y)
  end)

  it("a response by steps keeps it from one to the next", function()
    local x, y, m = x0, y0, 0
    for _ = 1, steps do
      for _ = 1, 3 do
        m = 0.5 * m + fy(x, y)
        y = y - 0.1 * m
      end
      x = x - 0.1 * fx(x, y)
    end
    ends_at(dynamics.best_response(scalar, { k = { y = 3 }, respond = { "y" },
      optim = { x = descent(0.1), y = momentum(0.1, 0.5) } }), x, y)
  end)
end)

-- ---- samples -----------------------------------------------------------------------------------

local function model()
  local game = sd.game { min = "G", max = "D",
    sample = function(rng) return rng:randn(2, 4), rng:randn(3, 4) end,
    objective = function(p, x, z)
      local function f(v) return sd.sum(p.D.a * sd.tanh(p.D.W * v), { dim = 1 }) + p.D.b end
      return sd.mean(sd.log_sigmoid(f(x)) + sd.log_sigmoid(-f(p.G.U * (p.G.V * z))))
    end }
  local rng = sd.rng(4)
  return game, { D = { a = 0.5, b = 0, W = rng:randn(3, 2) },
    G = { V = rng:randn(2, 3), U = sd.frozen(rng:randn(2, 2)) } }
end

local every = {
  { "gda", { optim = descent(0.1) } },
  { "gda", { optim = normalised(0.1), mode = "alternating", k = { D = 3 } } },
  { "gda", { optim = { D = momentum(0.1, 0.5), G = descent(0.1) }, mode = "alternating", k = 9 } },
  { "extragradient", { optim = momentum(0.1, 0.5) } },
  { "extragradient", { optim = momentum(0.1, 0.5), fresh = true } },
  { "optimistic", { optim = descent(0.1) } },
  { "consensus", { optim = descent(0.1), gamma = 0.5 } },
  { "best_response", { optim = descent(0.1), respond = "D", k = 4 } },
  { "best_response", { optim = descent(0.1), respond = { "D" }, k = { D = 10 } } },
}

--- Asserts that two states have the same bits.
local function same(s, other)
  local leaves, _ = sd.ravel({ s.p, s.o, s.t })
  assert(leaves == (sd.ravel({ other.p, other.o, other.t })))
  assert.same(s.rng:state(), other.rng:state())
end

describe("every dynamics", function()
  for number, entry in ipairs(every) do
    local name, o = table.unpack(entry)
    it(("compiled is what it is op by op, with the same draws (%s, %d)"):format(name, number),
      function()
        local game, p = model()
        local d = dynamics[name](game, o)
        local compiled = iterate(d, p, 7, sd.rng(8))
        same(compiled, iterate(d, p, 7, sd.rng(8), { eager = true }))
        local plan = sd.compile(d.step)
        same(compiled, (plan:iterate((plan:iterate(d.init(p, sd.rng(8)), 3)), 4)))
        assert(compiled.t == 7 and compiled.p.G.U == p.G.U and compiled.p.G.V ~= p.G.V)
      end)
  end

  it("takes optimisers by name, one for all or one for each", function()
    local game, p = model()
    for _, o in ipairs { { optim = "normalized,scope=layer" },
      { optim = { G = "adam", D = sd.optim.sgd { lr = 0.1, momentum = 0.5 } } } } do
      local d = dynamics.gda(game, o)
      same(iterate(d, p, 5, sd.rng(8)), iterate(d, p, 5, sd.rng(8), { eager = true }))
    end
    raises("optim: no optimiser has the name 'adamm'", dynamics.gda, game, { optim = "adamm" })
  end)

  it("moves parameters in f32", function()
    local game = sd.game { min = "x", max = "y",
      objective = function(p) return sd.dot(p.x, p.y) end }
    local p = { x = sd.ones(2, 1, { dtype = "f32" }), y = sd.ones(2, 1, { dtype = "f32" }) }
    for _, name in ipairs { "gda", "extragradient", "optimistic" } do
      local s = iterate(dynamics[name](game, { optim = descent(0.5) }), p, 3)
      assert(s.p.x.dtype == "f32" and s.p.x ~= p.x)
    end
  end)
end)

describe("samples", function()
  --- How many samples a step draws: each is one draw here.
  local function draws(name, o)
    local game = sd.game { min = "x", max = "y", sample = function(rng) return rng:randn() end,
      objective = function(p, e) return (p.x * p.y + e * p.x) end }
    local d = dynamics[name](game, o)
    return iterate(d, { x = 1, y = 1 }, 2, sd.rng(1)).rng:state().ordinal / 2
  end

  it("are one for each gradient evaluation", function()
    local optim = descent(0.1)
    assert.equal(1, draws("gda", { optim = optim }))
    assert.equal(2, draws("gda", { optim = optim, mode = "alternating" }))
    assert.equal(6, draws("gda", { optim = optim, mode = "alternating", k = { y = 5 } }))
    assert.equal(31, draws("gda", { optim = optim, mode = "alternating", k = { y = 30 } }))
    assert.equal(1, draws("extragradient", { optim = optim }))
    assert.equal(2, draws("extragradient", { optim = optim, fresh = true }))
    assert.equal(1, draws("optimistic", { optim = optim }))
    assert.equal(1, draws("consensus", { optim = optim, gamma = 1 }))
    assert.equal(1, draws("best_response", { optim = optim, respond = "y", k = 20 }))
  end)

  -- The loss of y is |y - e|^2/2 with e from the sample: steps of 1 end at the last e drawn.
  it("are fresh for each inner step", function()
    local game = sd.game { loss = { x = function(p) return p.x end,
      y = function(p, e) return (p.y - e) ^ 2 / 2 end },
      sample = function(rng) return rng:randn() end }
    for _, k in ipairs { 4, 15 } do
      local d = dynamics.gda(game, { optim = descent(1), mode = "alternating", order = { "x", "y" },
        k = { y = k } })
      local rng, e = sd.rng(2), nil
      for _ = 1, 1 + k do e = rng:randn() end
      near(iterate(d, { x = 0, y = 0 }, 1, sd.rng(2)).p.y, e, 1e-15) -- y - (y - e), |e| < 2
    end
  end)

  -- With the same sample all steps of 1/2 go towards its e, and x descends e, too.
  it("are one for a response and the step that follows it", function()
    local game = sd.game { loss = { x = function(p, e) return p.x * (e + p.y) end,
      y = function(p, e) return (p.y - e) ^ 2 / 2 end },
      sample = function(rng) return rng:randn() end }
    for _, k in ipairs { 4, 15 } do
      local d = dynamics.best_response(game, { optim = { x = descent(1), y = descent(0.5) },
        respond = "y", k = k })
      local p, e = iterate(d, { x = 0, y = 0 }, 1, sd.rng(2)).p, sd.rng(2):randn()
      near(p.y, e * (1 - 0.5 ^ k), 1e-14) -- k roundings of numbers below 2
      near(p.x, -(e + p.y), 1e-14)
    end
  end)

  it("of a loop are those of steps written one by one", function()
    local game, p = model()
    local optim = momentum(0.1, 0.5)
    local function by_hand(s)
      local own, state = s.p.D, s.o.D
      for _ = 1, 9 do
        local at = { D = own, G = s.p.G }
        local step
        step, state = optim.update(game:gradient("D", at, game:sample(s.rng)), state, own, 1)
        own = own + step
      end
      return { p = { D = own }, o = { D = state } }
    end
    local inner = dynamics.best_response(game, { optim = optim, respond = "D", k = 9 })
    local turns = dynamics.gda(game, { optim = optim, mode = "alternating", order = { "D", "G" },
      k = { D = 9 } })
    local s0 = turns.init(p, sd.rng(3))
    local s = sd.compile(turns.step):iterate(s0, 1)
    local h = sd.compile(by_hand):iterate(s0, 1)
    assert((sd.ravel { s.p.D, s.o.D }) == (sd.ravel { h.p.D, h.o.D }))
    local fixed = sd.compile(inner.step):iterate(s0, 1) -- one sample for all
    assert((sd.ravel(fixed.p.D)) ~= (sd.ravel(h.p.D)))
  end)
end)

-- ---- errors ------------------------------------------------------------------------------------

describe("sd.dynamics refuses", function()
  local optim = descent(0.1)

  it("names and games that it does not know", function()
    raises("dynamics: no dynamics 'optimist' (did you mean 'optimistic'?)",
      function() return dynamics.optimist end)
    raises("dynamics: no dynamics has the name a table",
      function() return dynamics[setmetatable({}, { __tostring = error })] end)
    raises("gda: argument 1 must be a game, sd.game{...}, got nil", dynamics.gda)
    raises("consensus: argument 1 must be a game, sd.game{...}, got a table", dynamics.consensus,
      {})
  end)

  it("options that are none, by name", function()
    local turns = "alternating"
    for _, case in ipairs {
      { "gda", nil, "gda: option 'optim' must be an optimiser, the name of one, or a table" },
      { "gda", { optim = { x = optim } }, "gda: optim.y must be an optimiser {init=, update=}" },
      { "gda", { optim = { x = optim, y = 3 } }, "or the name of one, got 3" },
      { "gda", { optim = { x = optim, z = optim } }, "gda: optim: 'z' is no player of the game" },
      { "gda", { optim = optim, node = 1 }, "gda: unknown option 'node' (did you mean 'mode'?)" },
      { "gda", { optim = optim, mode = "alternate" },
        "option 'mode' must be \"simultaneous\" or \"alternating\", got the string \"alternate\"" },
      { "gda", { optim = optim, k = 2 }, "gda: option 'k' is for mode = \"alternating\"" },
      { "gda", { optim = optim, order = { "x" } }, "gda: option 'order' is for mode" },
      { "gda", { optim = optim, mode = turns, order = { "x" } }, "order lacks the player 'y'" },
      { "gda", { optim = optim, mode = turns, order = { "x", "x" } }, "has the player 'x' twice" },
      { "gda", { optim = optim, mode = turns, order = 3 }, "must be a list of players, got 3" },
      { "gda", { optim = optim, mode = turns, order = { "x", "G" } }, "order: 'G' is no player" },
      { "gda", { optim = optim, mode = turns, k = 0 }, "option 'k' must be a whole number from 1" },
      { "gda", { optim = optim, mode = turns, k = { y = 1.5 } }, "k.y must be a whole number" },
      { "gda", { optim = optim, mode = turns, k = { z = 2 } }, "gda: k: 'z' is no player" },
      { "consensus", { optim = optim }, "option 'gamma' must be a finite number from 0, got nil" },
      { "consensus", { optim = optim, gamma = 0 / 0 }, "a finite number from 0, got" },
      { "consensus", { optim = optim, gamma = -1 }, "a finite number from 0, got -1" },
      { "extragradient", { optim = optim, fresh = 1 }, "'fresh' must be true or false, got 1" },
      { "optimistic", { optim = optim, gamma = 1 }, "optimistic: unknown option 'gamma'" },
      { "best_response", { optim = optim }, "the game has no `best`: name in `respond` who" },
      { "best_response", { optim = optim, respond = "y" }, "'y' has no closed form and responds" },
      { "best_response", { optim = optim, respond = "y", k = { x = 1 } }, "say how many in k" },
      { "best_response", { optim = optim, respond = {} }, "'respond' must be a list of players" },
    } do
      raises(case[3], dynamics[case[1]], scalar, case[2])
    end
  end)

  it("starts that lack something", function()
    local game = model()
    local d = dynamics.gda(game, { optim = optim })
    raises("game: p lacks the player 'D'", d.init, { G = 1 })
    raises("gda: the game has a sample: init(p, rng) needs an rng", d.init, { D = 1, G = 1 })
    raises("gda: init's argument 2 must be an rng, sd.rng(seed), got 5", d.init, { D = 1, G = 1 },
      5)
    raises("gda: step takes a state {p=, o=, t=, rng=}, as init gives it", d.step, { D = 1, G = 1 })
    raises("gda: step takes a state {p=, o=, t=, rng=}, as init gives it", d.step, { t = 0, p = 1 })
  end)

  it("starts that a state of an optimiser is missing from", function()
    local d = dynamics.gda(scalar, { optim = { init = function() end, update = print } })
    raises("gda: optim.y.init must return a state, got nil", d.init, { x = 1, y = 2 })
  end)

  it("optimisers that give no step, no state, or a step of another shape", function()
    local function with(update)
      local d = dynamics.gda(scalar, { optim = { init = function() return {} end,
        update = update } })
      return function() return d.step(d.init { x = 1, y = 2 }) end
    end
    raises("gda: optim.y.update must return a step and a state, got 1 and nil",
      with(function() return 1 end))
    raises("gda: optim.y.update's step is 2x1 f64, and p.y is a number",
      with(function(_, state) return sd.ones(2, 1), state end))
    raises("gda: optim.y.update's step is not like p.y: ",
      with(function(_, state) return { 1 }, state end))
  end)
end)
