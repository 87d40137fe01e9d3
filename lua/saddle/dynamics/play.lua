--- What all dynamics share: the players' optimisers, the state, one player's step.
--
-- A state is {p =, o =, t =, rng =}: parameters with the players as keys, the states of their
-- optimisers likewise, the number of completed steps, and the rng that samples come from. A step
-- returns what it changes, so it may be compiled, iterated or called as it is.
--
-- An optimiser is {init = function(p) -> state, update = function(g, state, p, t) -> step, state};
-- the step is added here. t is 1 in the first step of the dynamics, and the same for all updates
-- within a step: schedules of several players keep together whatever their numbers of inner steps.
-- What an optimiser has to count of its own updates, as Adam has, is a part of its state.
local core = require "saddle.core"
local loop = require "saddle.loop".loop
local options = require "saddle.options"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local UNROLLED <const> = 8 -- inner steps, at most, that are traced one by one

local Play = {}
Play.__index = Play

-- ---- optimisers ---------------------------------------------------------------------------------

local function is_optimiser(o)
  return type(o) == "table" and tracing.callable(o.init) and tracing.callable(o.update)
end

--- The optimiser that `given` is, or names.
local function optimiser(self, what, given)
  if type(given) == "string" then given = require "saddle.optim"(given) end
  if not is_optimiser(given) then
    fail("%s: %s must be an optimiser {init=, update=} or the name of one, got %s", self.name, what,
      core.show(given))
  end
  return given
end

--- {player = optimiser} from one for all or a table of them; players in the set idle need none.
local function optimisers(self, given, idle)
  local all = type(given) == "string" or is_optimiser(given)
  if not all and type(given) ~= "table" then
    fail("%s: option 'optim' must be an optimiser, the name of one, or a table {player = one}, "
      .. "got %s", self.name, core.show(given))
  end
  local shared, found = all and optimiser(self, "option 'optim'", given), {}
  if not all then
    for j in pairs(given) do self.game:check_player(j, self.name .. ": optim") end
  end
  for _, j in ipairs(self.game.players) do
    if not idle[j] then found[j] = shared or optimiser(self, "optim." .. j, given[j]) end
  end
  return found
end

--- How many steps each player takes in its turn, from k = n or k = {player = n}; else `default`.
function Play:counts(k, default)
  local found = {}
  if type(k) == "table" then
    for j in pairs(k) do self.game:check_player(j, self.name .. ": k") end
  end
  for _, j in ipairs(self.game.players) do
    local n = k
    if type(k) == "table" then n = k[j] end
    if n == nil then n = default end
    found[j] = math.tointeger(type(n) == "number" and n or nil)
    if not found[j] or found[j] < 1 then
      fail("%s: %s must be a whole number from 1, got %s", self.name,
        type(k) == "table" and "k." .. j or "option 'k'", core.show(n))
    end
  end
  return found
end

--- The list of players that an option gives: a name or a list of names, none twice.
function Play:listed(option, given)
  local names, seen = given, {}
  if type(names) == "string" then names = { names } end
  if type(names) ~= "table" or rawlen(names) == 0 then
    fail("%s: option '%s' must be a list of players, got %s", self.name, option, core.show(given))
  end
  for _, j in ipairs(names) do
    self.game:check_player(j, ("%s: %s"):format(self.name, option))
    if seen[j] then fail("%s: %s has the player '%s' twice", self.name, option, j) end
    seen[j] = true
  end
  return names, seen
end

-- ---- steps --------------------------------------------------------------------------------------

--- The sample of one gradient evaluation, as table.pack gives it.
function Play:sample(rng) return table.pack(self.game:sample(rng)) end

--- F(p) and F_j(p) with this sample.
function Play:field(p, sample) return self.game:field(p, table.unpack(sample, 1, sample.n)) end
function Play:gradient(j, p, sample)
  return self.game:gradient(j, p, table.unpack(sample, 1, sample.n))
end

--- own, state -> own + step, state: player j's optimiser at its parameters `own`, for gradient g.
function Play:apply(j, g, own, state, t)
  local what = "optim." .. j .. ".update's step"
  local step, after = self.optim[j].update(g, state, own, t)
  if step == nil or after == nil then
    fail("%s: optim.%s.update must return a step and a state, got %s and %s", self.name, j,
      core.show(step), core.show(after))
  end
  local leaves, spec = tree.flatten(own, "p." .. j)
  local list = trace.directions(self.name, what, step, "p." .. j, leaves, spec)
  for k, leaf in ipairs(trace.variables(spec, leaves)) do list[k] = leaf + list[k] end
  return trace.assemble(spec, leaves, list), after
end

--- All players at once, for the tree of gradients F: parameters and optimisers' states after.
function Play:move(F, p, o, t)
  local moved, after = {}, {}
  for _, j in ipairs(self.game.players) do
    moved[j], after[j] = self:apply(j, F[j], p[j], o[j], t)
  end
  return moved, after
end

--- k steps of player j alone, each with a fresh sample from the rng, or all with `sample`: p[j],
-- o[j] and the rng after.
function Play:turn(j, k, p, o, t, rng, sample)
  local function once(own, state, source)
    local g = self:gradient(j, tree.with(p, j, own), sample or self:sample(source))
    return self:apply(j, g, own, state, t)
  end
  local own, state = p[j], o[j]
  if k <= UNROLLED then
    for _ = 1, k do own, state = once(own, state, rng) end
    return own, state, rng
  end
  local last = loop(k, function(s)
    local moved, after = once(s.p, s.o, s.rng)
    return { p = moved, o = after }
  end, { p = own, o = state, rng = rng })
  return last.p, last.o, last.rng
end

-- ---- a dynamics ---------------------------------------------------------------------------------

--- The state before the first step.
local function init(self, p, rng)
  self.game:check_parameters(p)
  if rng ~= nil and not tracing.isrng(rng) then
    fail("%s: init's argument 2 must be an rng, sd.rng(seed), got %s", self.name, core.show(rng))
  end
  if self.game.draw and rng == nil then
    fail("%s: the game has a sample: init(p, rng) needs an rng, sd.rng(seed)", self.name)
  end
  local o = {}
  for _, j in ipairs(self.game.players) do
    local optim = self.optim[j]
    o[j] = optim and optim.init(p[j])
    if optim and type(o[j]) ~= "table" and not tree.kind(o[j]) then
      fail("%s: optim.%s.init must return a state, got %s", self.name, j, core.show(o[j]))
    end
  end
  return { p = p, o = o, t = 0, rng = rng }
end

--- {game =, init =, step =} from rule(p, o, t, rng, s) -> p, o[, rng[, other changed fields]],
-- where t counts this step. `more(p)`, if given, are fields that the state has besides.
function Play:dynamics(rule, more)
  return {
    game = self.game,
    init = function(p, rng)
      local s = init(self, p, rng)
      for name, value in pairs(more and more(p) or {}) do s[name] = value end
      return s
    end,
    step = function(s)
      if type(s) ~= "table" or type(s.p) ~= "table" or type(s.o) ~= "table"
        or tree.kind(s.t) ~= "number" then
        fail("%s: step takes a state {p=, o=, t=, rng=}, as init gives it, got %s", self.name,
          core.show(s))
      end
      local p, o, rng, other = rule(s.p, s.o, s.t + 1, s.rng, s)
      local changed = { p = p, o = o, t = s.t + 1, rng = rng or s.rng }
      for name, value in pairs(other or {}) do changed[name] = value end
      return changed
    end,
  }
end

local play = {}

--- What the dynamics `name` knows of a game and of its options, whose names are in `keys`;
-- idle(self, options), if given, is the set of players that need no optimiser.
function play.new(name, game, given, keys, idle)
  local meta = getmetatable(game)
  if type(meta) ~= "table" or meta.__name ~= "game" then
    fail("%s: argument 1 must be a game, sd.game{...}, got %s", name, core.show(game))
  end
  given = given or {}
  local wrong = options.wrong(given, keys)
  if wrong then fail("%s: %s", name, wrong) end
  local self = setmetatable({ name = name, game = game }, Play)
  self.optim = optimisers(self, given.optim, idle and idle(self, given) or {})
  return self
end

return play
