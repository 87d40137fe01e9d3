-- Traces, transforms, plans, iterations, loops and ops of scripts, small; tests/c/test_alloc.c runs
-- it with the k-th request for memory failing, for each k.
local sd = require "saddle.core"
local tracing = sd.tracing

local A, x = sd.matrix { { 2, 1 }, { 1, 3 } }, sd.ones(2, 1)

local cube = sd.op { name = "cube", run = function(X) return X % X % X end,
  vjp = function(dY, _, X) return dY % (3 * X % X) end,
  shape = function(X) return X.rows, X.cols end }
local wave = sd.op { name = "wave", run = function(X) return sd.sin(X) end,
  jvp = function(d, _, X) return d[1] % sd.cos(X) end }

local function first_iteration() -- f(x) = sum(cube(A x) + wave(x))
  local g <close> = tracing.graph()
  local s, t = g:input(x), g:input(0)
  local y = sd.sum(cube(A * s) + wave(s))
  local bar = g:reverse({ y }, { 1 }, { s })
  local tan = g:forward({ s }, { x }, { y })
  local plan = tracing.plan(g, { y, bar[1], tan[1], s, A })
  assert(#tracing.key(g, { y }) == 16)
  local out = plan:run { x, 1 }
  assert(math.abs(sd.sum(out[2]) - out[3]) < 1e-9) -- the derivative along ones, twice
  plan:run({ x, 1 }, g)
  assert(#plan:explain() > 0)
  assert(not pcall(plan.run, plan, { A, 1 }))
  assert(not pcall(function() return s + sd.ones(3, 3) end))
  local step = s - 0.01 * bar[1] + sd.schedule(function(at) return at end, t)
  return tracing.iteration(g, { step, t + 1 }, { 1, 2 }, { y }, { sd.gt(t, 5) })
end
local it = first_iteration()
it:begin({ x, 0 }, 0, 3, 1)
assert(it:run(3) == "done")
assert(it:records()[1].cols == 4 and it:state()[2] == 3)

do -- a leaf that lives turned
  local g <close> = tracing.graph()
  local s = g:input(sd.ones(2, 3))
  local it2 = tracing.iteration(g, { s * 0.5 }, { 1 }, { s }, nil, true)
  it2:begin({ sd.ones(2, 3) }, 0, 2, 1)
  assert(it2:run(2) == "done" and it2:state()[1](2, 3) == 0.25)
  assert(it2:explain({ "s" }):find("turned     s lives as its transpose, 3x2", 1, true))
end

local function looped()
  local g <close> = tracing.graph()
  local s, rng = g:input(x), g:input(sd.rng(1))
  local body <close> = tracing.body()
  local k, u, r = body:input(1), body:input(s), body:input(rng)
  local v = cube(u) * 0.1 + A * x + k + r:randn(2, 1)
  local outs = { v, tracing.rng_state(r), v }
  body:close()
  local last = tracing.loop(body, 2, { s, rng }, { "u", "r" }, outs)
  local y = sd.sum(last[1]) + sd.sum(last[3])
  local bar, tan = g:reverse({ y }, { 1 }, { s }), g:forward({ s }, { x }, { y })
  local part, linear = g:extract({ s, rng }, { y, bar[1], tan[1] })
  return tracing.plan(part, linear)
end
local out = looped():run { x, sd.rng(1) }
assert(math.abs(sd.sum(out[2]) - out[3]) < 1e-9 * math.abs(out[3]))

local co = coroutine.wrap(function()
  local g <close> = tracing.graph()
  coroutine.yield(g:input(x) + 1)
end)
assert(co().rows == 2 and tracing.current() == nil)

do
  local g <close> = tracing.graph()
  local failing = sd.op { name = "failing", run = function() error {} end }
  local y = failing(g:input(x))
  assert(not pcall(tracing.plan(g, { y }).run, tracing.plan(g, { y }), { x }))
end
assert(tracing.current() == nil)
return "done"
