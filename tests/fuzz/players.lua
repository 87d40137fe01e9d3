--- What fuzz_api.lua calls of optimisers, schedules, games, dynamics and their stability: wrong
-- hyper-parameters, states of something else, losses and answers that are none, functions that
-- raise. Called with the generators of values of fuzz_api.lua; adds its targets.
local sd = require "saddle"

local STEPS <const> = 3 -- of an iteration
local names = { "sgd", "momentum", "rmsprop", "adagrad", "adam", "adam_raw", "normalized", "adalr",
  "adadir" }
local hypers = { "lr", "momentum", "nesterov", "weight_decay", "b1", "b2", "eps", "scope", "length",
  "direction", "ball", "box", "lrr", "lr\0", 1 }
local texts = { "adam", "sgd,lr=0.1", "adam,lr", "normalized,scope=layer", "sgd,lr=0.1,lr=1",
  "adam,,", ",", "../adam", "rule", " sgd , lr = 1e-3 ", "adam\0", "sgd,nesterov=maybe" }

return function(from)
  local pick, chance, random, value = from.pick, from.chance, from.random, from.value
  local matrix, number, rng, options = from.matrix, from.number, from.rng, from.options
  from.load { "optim", "game", "dynamics", "stability" }
  local careful, wrong, mostly, named = from.careful, from.wrong, from.mostly, from.named
  local target = from.target

  local function wrong_function()
    return pick { function() error("own: error", 0) end, function() return value() end,
      function(x) return x end, function() end }
  end
  local function rate()
    return wrong() and wrong_function() or mostly(0.1, 0, function(t) return 1 / t end)
  end
  local function hyper()
    local t = { lr = chance(0.3) and rate() or nil }
    careful()
    for _ = 1, chance(0.5) and random(3) or 0 do
      t[pick(hypers)] = mostly(0.1, 0.5, 0, 1, "layer", "sgd", true, rate())
    end
    return chance(0.9) and t or options()
  end

  local function parameters()
    return pick { matrix(2, 2), 0.5, { W = matrix(2, 3), b = 1 }, sd.frozen(matrix(1, 2)), {},
      value() }
  end
  local function own_rule()
    local o = sd.optim.rule { hyper = { lr = 0.1 }, init = chance(0.5) and wrong_function() or nil,
      step = chance(0.5) and wrong_function() or function(g, _, _, h) return -h.lr * g end }
    return o()
  end
  local function optimiser()
    if wrong() then return value() end
    if wrong() then return own_rule() end
    if wrong() then return { init = wrong_function(), update = wrong_function() } end
    if wrong() then return pick(texts) end
    return sd.optim[pick(names)]()
  end

  for _, name in ipairs(names) do
    target("optim." .. name, function(h) return sd.optim[name](h) end, { hyper })
  end
  local function scope() return chance(0.2) and mostly("global", "layer") or nil end
  target("optim.graft", function(t) return sd.optim.graft(t) end, { function()
    careful()
    return { length = optimiser(), direction = optimiser(), scope = scope() }
  end })
  target("optim.clip", function(...) return sd.optim.clip(...) end, { optimiser, function()
    return { [pick { "norm", "value" }] = rate(), scope = scope() }
  end })
  target("optim.project", function(...) return sd.optim.project(...) end, { optimiser, function()
    return { [pick { "ball", "sphere", "box", "columns", "with" }] = mostly(1, rate(), { -1, 1 }),
      scope = scope() }
  end })
  target("optim.rule", function(t, h) return sd.optim.rule(t)(h) end, { function()
    careful()
    return { hyper = mostly({ lr = 0.1 }, { lr = 0.1, scope = { "global", "layer" } }),
      init = chance(0.5) and wrong_function() or nil, step = wrong_function(),
      build = wrong() and wrong_function() or nil }
  end, hyper })
  target("optim", function(...) return sd.optim(...) end, { optimiser, hyper })
  local function word(v) -- or what is no string at all
    return type(v) == "string" and not v:match "^[%a_]+$" and "gd" or v
  end
  target("optim.field", function(key) return sd.optim[word(key)] end, { function()
    return mostly("adam", "adamm", "rule", "steps", "adalr")
  end })
  target("optimiser", function(o, g, s, p, t)
    o = sd.optim(o)
    return o.update(g or p, s or o.init(p), p, t)
  end, { optimiser, function() return chance(0.3) and value() or nil end,
    function() return chance(0.3) and value() or nil end, parameters, number })
  for name in ("constant linear cosine steps"):gmatch "%S+" do
    target("optim." .. name, function(o, t)
      local f = sd.optim[name](o)
      return type(t) == "number" and f(t)
    end, { function()
      careful()
      if name == "constant" then return number() end
      if name == "steps" then return { from = mostly(1, 2), at = mostly({ 3, 5 }) } end
      return { from = mostly(1, 0.1), to = mostly(0, 0.01), steps = mostly(10, 2),
        warmup = name == "cosine" and chance(0.2) and mostly(3) or nil }
    end, number })
  end

  -- ---- games -----------------------------------------------------------------------------------

  local function loss()
    local f = mostly(function(p) return sd.dot(p.a, p.b) end,
      function(p, x) return sd.dot(p.a, p.b) + (x and sd.sum(x) or 0) end,
      function(p) return sd.norm(p.a) ^ 2 - sd.norm(p.b) ^ 2 end)
    if wrong() then f = pick { wrong_function(), function(p) return p.a end } end
    return type(f) == "function" and named(f) or f
  end
  local function definition()
    careful()
    local d = { sample = chance(0.3) and mostly(function(r) return r:randn(2, 2) end) or nil,
      best = chance(0.3) and { b = mostly(function(p) return p.b end) } or nil }
    if wrong() then d.best = { [pick { "a", "c", 1 }] = wrong_function() } end
    if wrong() then d.sample = wrong_function() end
    if chance(0.5) then
      d.min, d.max, d.objective = mostly("a", { "a" }), mostly("b", { "b" }), loss()
    else
      d.loss = mostly({ a = loss(), b = loss() })
    end
    if wrong() then d[pick(hypers)] = value() end
    return d
  end
  local function tree()
    if wrong() then return { a = parameters(), b = parameters() } end
    return mostly({ a = matrix(2, 2), b = matrix(2, 2) }, { a = 1, b = 2 })
  end
  local function maybe_rng() return not wrong() and rng() or nil end

  target("game", function(d) return sd.game(d) end, { definition })
  for name in ("value field respond gradient sample"):gmatch "%S+" do
    target("game." .. name, function(d, p, j)
      local game = sd.game(d)
      if name == "sample" then return game:sample(j) end
      if name == "value" or name == "field" then return game[name](game, p, j) end
      return game[name](game, j, p, sd.ones(2, 2))
    end, { definition, tree, function()
      return name == "sample" and maybe_rng() or mostly("a", "b")
    end })
  end

  local kinds = { "gda", "extragradient", "optimistic", "consensus", "best_response", "gd" }
  local function how()
    local o = { optim = chance(0.7) and optimiser() or { a = optimiser(), b = optimiser() } }
    if chance(0.2) then o.mode, o.order = mostly("alternating"), mostly({ "b", "a" }) end
    if chance(0.2) then o.k = mostly(1, 2, 9, { a = 2 }) end
    if chance(0.2) then o.gamma = mostly(0.1, 0) end
    if wrong() then o[pick { "gamma", "fresh", "respond", "k" }] = mostly(0.5, true, "b") end
    return o
  end
  target("dynamics", function(name, d, o, p, r, eager)
    local dynamics = sd.dynamics[word(name)](sd.game(d), o)
    return sd.compile(dynamics.step):iterate(dynamics.init(p, r), STEPS, { eager = eager == true })
  end, { function() return pick(kinds) end, definition, how, tree, maybe_rng,
    function() return chance(0.2) end })
  target("game.spectrum", function(d, p) return sd.game(d):spectrum(p, sd.ones(2, 2)) end,
    { definition, tree })
  target("game.stability", function(name, d, o, p)
    local game = sd.game(d)
    return game:stability(p, sd.dynamics[word(name)](game, o), sd.ones(2, 2))
  end, { function() return pick(kinds) end, definition, how, tree })
  target("dynamics.step", function(d, o, s)
    return sd.dynamics.gda(sd.game(d), o).step(s)
  end, { definition, how, function()
    return { p = tree(), o = mostly({ a = {}, b = {} }), t = mostly(0, 1), rng = maybe_rng() }
  end })

  -- ---- stability -------------------------------------------------------------------------------

  local moves = { "alternating", "consensus", "extragradient", "optimistic", "simultaneous" }
  local function steps()
    careful()
    local o = { eta = mostly(0.1, 0.5), mu = mostly(0.1, 1, 3), s = mostly(0, 1, 2) }
    for _ = 1, chance(0.5) and random(3) or 0 do
      o[pick { "a", "c", "k", "gamma", "momentum", "penalty", "noise", "slope", "etta" }] =
        mostly(0, 1, 0.3, 3)
    end
    if chance(0.5) then o.dynamics = mostly(pick(moves)) end
    return o
  end
  for name in ("mode dirac bilinear gamma"):gmatch "%S+" do
    target("stability." .. name, sd.stability[name], { steps })
  end
  local function map()
    return mostly(matrix(2, 2), sd.eye(2), matrix(3, 3), { rows = 2, cols = 2,
      matvec = wrong_function(), rmatvec = wrong_function() })
  end
  for name in ("step radius transient growth power kappa largest_mu"):gmatch "%S+" do
    target("stability." .. name, sd.stability[name], { map, function()
      return name == "transient" and { steps = mostly(20), tol = mostly(0.1) } or mostly(0, 3, 1e9)
    end })
  end
  local function z() return mostly({ r = matrix(2, 1), d = matrix(2, 1) }) end
  local function run() return { eta = mostly(0.1), mu = mostly(1, 0), steps = mostly(1, 5) } end
  target("stability.lti", sd.stability.lti, { map, z, run })
  target("stability.ltv", sd.stability.ltv, { function()
    return mostly({ { map(), map() } }, function() return map(), map() end)
  end, z, run })
  target("stability.along", function(f, path) return sd.stability.along(f, path)(0) end,
    { function() return mostly(sd.tanh, function(p) return p end) end, function()
      return mostly(matrix(2, 3), { matrix(2, 1), matrix(2, 1) })
    end })
  target("stability.map", sd.stability.map, { function()
    return { x = mostly({ 1, 2 }, matrix(3, 1)), y = mostly({ 1 }, matrix(1, 2)),
      of = mostly(function() return map() end, wrong_function()),
      show = chance(0.3) and mostly("verdict", "radius") or nil }
  end })
end
