--- The spectrum of a game's field, and the stability of a dynamics on it (the methods of
-- lua/saddle/game.lua).
--
-- Frozen leaves and rngs are no part of any matrix here; the order of what is left is that of the
-- tree (lua/saddle/tree.lua), matrices column-major.
local core = require "saddle.core"
local compile = require "saddle.compile"
local eigen = require "saddle.stability.eigen"
local jacobian = require "saddle.jacobian"
local smooth = require "saddle.stability.smooth"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local verdict = require "saddle.stability.verdict"
local tracing, fail = core.tracing, tree.fail
tree.module()

local difference = smooth.difference

local game_spectra = {}

--- Raises unless f follows its derivative at p.
local function check_smooth(what, f, p, ...)
  local moved, changed, expected = smooth.misses(f, p, ...)
  if moved then
    fail("game: %s has no derivative at p: from p to %.2g away it changes by %.3g, where a "
      .. "derivative would make it %.3g (sd.norm, signs, normalised and clipped steps turn or jump "
      .. "where what they are of vanishes; for |x|^2 write sd.dot(x, x))", what, moved, changed,
      expected)
  end
end

-- ---- the field ----------------------------------------------------------------------------------

--- {player = {player = the block of J}}, and each player's number of elements.
local function blocks(self, J, p)
  local names, sizes, at = table.move(self.players, 1, #self.players, 1, {}), {}, {}
  table.sort(names, tracing.before)
  local next_at = 1
  for _, j in ipairs(names) do
    local leaves, spec = tree.flatten(p[j], "game: p." .. j)
    sizes[j], at[j] = trace.count(trace.variables(spec, leaves)), next_at
    next_at = next_at + sizes[j]
  end
  local out = {}
  for _, i in ipairs(names) do
    out[i] = {}
    for _, j in ipairs(names) do
      if sizes[i] > 0 and sizes[j] > 0 then
        out[i][j] = J:block(at[i], at[j], sizes[i], sizes[j])
      else
        out[i][j] = core.zeros(sizes[i], sizes[j])
      end
    end
  end
  return out
end

--- What game:spectrum gives.
function game_spectra.spectrum(self, p, ...)
  self:check_parameters(p)
  local function field(q, ...) return self:field(q, ...) end
  local J = jacobian.jacobian(field)(p, ...)
  if tracing.kind(J) == "matrix" and J.rows == 0 then
    fail "game: spectrum: all of p is frozen"
  end
  eigen.check("game: spectrum", J)
  check_smooth("spectrum: the field", field, p, ...)
  local at = eigen.of(J, eigen.by_real_part)
  return { J = J, re = at.re, im = at.im, error = at.error, abscissa = 0.0 - at.re(1),
    condition = at.condition, blocks = blocks(self, J, p),
    symmetric = core.norm(J + J:t()) / 2, antisymmetric = core.norm(J - J:t()) / 2 }
end

-- ---- a step of the dynamics ---------------------------------------------------------------------
-- A state is {p =, t =, rng =} and what optimisers and dynamics keep besides: the slots. A step is
-- differentiated in p and the slots; t, rng and the sample are constants.

local SETTLING <const> = 100000 -- steps, at most, with the players held

local function count(t)
  local leaves, spec = tree.flatten(t, "game: stability: the state")
  return trace.count(trace.variables(spec, leaves))
end

--- The slots of s.
local function slots_of(s)
  local slots = {}
  for name, value in next, s do
    if name ~= "p" and name ~= "t" and name ~= "rng" then slots[name] = value end
  end
  return slots
end

--- One step from these parameters and slots at the time t: those after it.
local function stepper(dynamics, t)
  return function(p, slots, rng)
    local s = { p = p, t = t, rng = rng }
    for name, value in next, slots do s[name] = value end
    local after, moved = dynamics.step(s), {}
    for name, value in next, slots do
      moved[name] = after[name] == nil and value or after[name]
    end
    return after.p == nil and p or after.p, moved
  end
end

--- The slots after so many steps with the players held that they do not change any more.
local function settle(step, s)
  local slots = slots_of(s)
  if count(slots) == 0 then return slots end
  local plan = compile(function(q)
    local _, after = step(s.p, q.slots, q.rng)
    local change = tree.norm(difference(after, q.slots))
    return { slots = after, change = change / (tree.norm(after) + 2.0 ^ -1000) }
  end)
  local enough = 4 * smooth.epsilon(slots)
  local q, h = plan:iterate({ slots = slots, rng = s.rng, change = 1.0 }, SETTLING,
    { stop = function(q) return core.le(q.change, enough) end })
  if h.status == "interrupted" then fail "game: stability: interrupted" end
  if h.status ~= "stopped" then
    fail("game: stability: the optimisers' slots do not settle while the players stand at p (after "
      .. "%d steps they change by %.2g of their size in each); give a state of the dynamics in "
      .. "place of p", h.n, q.change)
  end
  return q.slots
end

--- p or a state -> {p =, slots =, t =, rng =}. Of p alone the step is the second one, the first
-- that is like all others: optimistic descent has no last gradient before.
local function state_at(self, given, dynamics)
  local isstate = type(given) == "table" and type(given.p) == "table" and given.o ~= nil
    and tree.kind(given.t) == "number"
  for _, j in ipairs(isstate and self.players or {}) do
    if given[j] ~= nil then isstate = false end
  end
  self:check_parameters(isstate and given.p or given)
  if isstate then
    return { p = given.p, slots = slots_of(given), t = given.t, rng = given.rng },
      stepper(dynamics, given.t)
  end
  local s = dynamics.init(given, self.draw and core.rng(0) or nil)
  local step = stepper(dynamics, 1)
  return { p = s.p, slots = settle(step, s), t = 1, rng = s.rng }, step
end

--- Makes the game draw this sample until the value it gives is closed.
local function hold(self, sample)
  local draw = self.draw
  if sample.n > 0 then
    self.draw = function() return table.unpack(sample, 1, sample.n) end
  elseif draw then
    fail "game: stability: the game has a sample; give the one to hold, such as game:sample(rng)"
  end
  return setmetatable({}, { __close = function() self.draw = draw end })
end

local function check_dynamics(self, dynamics)
  if type(dynamics) ~= "table" or not tracing.callable(dynamics.init)
    or not tracing.callable(dynamics.step) then
    fail("game: stability: argument 2 must be dynamics {init=, step=}, such as "
      .. "sd.dynamics.gda(game, {optim=}), got %s", core.show(dynamics))
  elseif dynamics.game ~= nil and dynamics.game ~= self then
    fail "game: stability: these dynamics are of another game"
  elseif tracing.current() then
    fail "game: stability: needs values, and a trace has none yet"
  end
end

--- What game:stability gives.
function game_spectra.stability(self, given, dynamics, ...)
  check_dynamics(self, dynamics)
  local held <close> = hold(self, table.pack(...)) -- luacheck: ignore
  local s, step = state_at(self, given, dynamics)
  local A = jacobian.jacobian(function(x)
    local p, slots = step(x.p, x.slots, x.rng)
    return { p = p, slots = slots }
  end)({ p = s.p, slots = s.slots, rng = s.rng })
  if A.rows == 0 then fail "game: stability: all of p is frozen" end
  if core.min(core.isfinite(A)) == 0 then
    fail("game: stability: the derivative of the step at p is not finite (adaptive optimisers take "
      .. "roots of averages that are 0 at an equilibrium)")
  end
  check_smooth("stability: the step", function(p, slots, rng)
    return difference(step(p, slots, rng), p) -- the part that any optimiser leaves alone is no step
  end, s.p, s.slots, s.rng)
  local p, slots = step(s.p, s.slots, s.rng)
  local found = verdict.step(A)
  found.drift = tree.norm { difference(p, s.p), difference(slots, s.slots) }
  return found
end

return game_spectra
