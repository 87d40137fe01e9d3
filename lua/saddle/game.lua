--- sd.game: several players, one tree of parameters, each player with a loss of its own.
--
--   game = sd.game{min = "G", max = "D", objective = function(p, ...) return number end,
--     sample = function(rng) return ... end, best = {D = function(p, ...) return leaves end}}
--   game = sd.game{loss = {G = function(p, ...) end, D = function(p, ...) end}, sample =, best =}
--
-- A player is a key of the tree p, and chooses what lies below it, a leaf or a tree. With an
-- objective L the loss of those that minimise is L and of those that maximise -L; `min` and `max`
-- are a name each, or lists of names. With `loss` each player has its own. The losses depend on all
-- of p and on what `sample` draws, which they take as further arguments: the draws are no part of
-- the losses, so values and derivatives of any order are those of the same draw.
--
--   game:sample(rng)           what the losses take besides p; nothing without `sample`
--   game:value(p, ...)         L, or with `loss` the table of each player's
--   game:gradient(j, p, ...)   the gradient of player j's loss in its own parameters p[j]
--   game:field(p, ...)         F(p), the tree of these of all players
--   game:respond(j, p, ...)    best[j](p, ...), player j's best choice when the others stay
--   game:spectrum(p, ...)      eigenvalues of dF/dp
--   game:stability(p, dynamics, ...)   eigenvalues of a step of the dynamics at p, and a verdict
--
-- F is what all players descend together, p' = -F(p); it is no gradient but of games that are
-- potentials. An equilibrium is a zero of F. Second derivatives, as of |F|^2, are taken of F as of
-- any function of a tree.
--
-- game.players lists the names in the order in which they move when they take turns: those that
-- maximise first, in the order given, or bytewise those of `loss`.
--
-- The vector field of a game: D. Balduzzi et al., The mechanics of n-player differentiable games,
-- ICML 2018, section 2.
local core = require "saddle.core"
local derive = require "saddle.derive"
local options = require "saddle.options"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local KEYS <const> = { "best", "loss", "max", "min", "objective", "sample" }

local Game = { __name = "game" }
Game.__index = Game

-- ---- what a game is made of ---------------------------------------------------------------------

local function check_function(what, f)
  if tracing.callable(f) then return end
  fail("game: %s must be a function, got %s", what, core.show(f))
end

local function check_name(key, name)
  if type(name) == "string" and not name:find "%c" then return end
  fail("game: '%s' must have names of players, without control characters, got %s", key,
    core.show(name))
end

--- Adds the names of `given`, a string or a list of strings, to the players.
local function add_players(players, key, given)
  local names = given
  if type(names) == "string" then names = { names } end
  if type(names) ~= "table" or rawlen(names) == 0 then
    fail("game: '%s' must be the name of a player or a list of such, got %s", key, core.show(given))
  end
  for _, name in ipairs(names) do
    check_name(key, name)
    if players[name] then fail("game: the player '%s' is named twice", name) end
    players[name] = true
    players[#players + 1] = name
  end
  return names
end

--- What is wrong with a key that is no player's, in parentheses.
local function known_players(self, name)
  local near = type(name) == "string" and core.nearest(name, self.players)
  return near and ("(did you mean '%s'?)"):format(near)
    or ("(players: '%s')"):format(table.concat(self.players, "', '"))
end

--- Raises unless the name is a player's; `what` says where it stands.
function Game:check_player(name, what)
  for _, known in ipairs(self.players) do if known == name then return end end
  fail("%s: %s is no player of the game %s", what,
    type(name) == "string" and "'" .. name:gsub("%c", "?") .. "'" or core.show(name),
    known_players(self, name))
end

--- Players and losses of min, max, objective.
local function with_objective(self, given)
  if given.loss ~= nil then fail "game: give an objective with min and max, or a loss, not both" end
  check_function("objective", given.objective)
  local players = {}
  self.maximise = add_players(players, "max", given.max)
  add_players(players, "min", given.min)
  self.players, self.objective, self.losses = table.move(players, 1, #players, 1, {}), nil, {}
  function self.objective(p, ...) return self.scalar("objective", given.objective(p, ...)) end
  for _, j in ipairs(self.players) do self.losses[j] = self.objective end
  for _, j in ipairs(self.maximise) do
    self.losses[j] = function(p, ...) return -self.objective(p, ...) end
  end
end

--- Players and losses of loss.
local function with_losses(self, given)
  if given.min ~= nil or given.max ~= nil then
    fail "game: min and max go with an objective; with a loss each player descends its own"
  end
  if type(given.loss) ~= "table" then
    fail("game: needs an objective with min and max, or loss = {player = function}, got %s",
      given.loss == nil and "neither" or core.show(given.loss))
  end
  self.players, self.losses = {}, {}
  for j, f in pairs(given.loss) do
    check_name("loss", j)
    check_function("loss." .. j, f)
    self.players[#self.players + 1] = j
    self.losses[j] = function(p, ...) return self.scalar("loss." .. j, f(p, ...)) end
  end
  if #self.players == 0 then fail "game: loss names no player" end
  table.sort(self.players, tracing.before)
end

local function check_best(self, best)
  if best == nil then return {} end
  if type(best) ~= "table" then
    fail("game: best must be a table {player = function}, got %s", core.show(best))
  end
  local known = {}
  for j, f in pairs(best) do
    self:check_player(j, "game: best")
    check_function("best." .. j, f)
    known[j] = f
  end
  return known
end

-- ---- its methods --------------------------------------------------------------------------------

--- y, which must be a number or 1x1: what a loss of that name returned.
function Game.scalar(what, y)
  local kind = tracing.kind(y)
  if kind ~= "number" and not (kind == "matrix" and y.rows == 1 and y.cols == 1) then
    fail("game: %s must return a number or a 1x1 matrix, got %s", what,
      kind and ("%dx%d"):format(y.rows, y.cols) or core.show(y))
  end
  return y
end

local function check_self(self, method)
  if getmetatable(self) ~= Game then fail("game: call it as game:%s(...)", method) end
end

--- Raises unless p has every player and nothing else.
function Game:check_parameters(p)
  if type(p) ~= "table" then
    fail("game: p must be a tree with the players as keys, got %s", core.show(p))
  end
  for _, j in ipairs(self.players) do
    if rawget(p, j) == nil then fail("game: p lacks the player '%s'", j) end
  end
  for j in next, p do self:check_player(j, "game: p") end
end

--- game:sample(rng) -> what the losses take besides p. rng advances.
function Game:sample(rng)
  check_self(self, "sample")
  if not self.draw then return end
  if not tracing.isrng(rng) then
    fail("game: sample needs an rng, sd.rng(seed), got %s", core.show(rng))
  end
  return self.draw(rng)
end

--- game:value(p, ...) -> the objective, a number or 1x1; with `loss` {player = its loss}.
function Game:value(p, ...)
  check_self(self, "value")
  self:check_parameters(p)
  local leaves, spec = tree.flatten(p, "game: p")
  p = tree.unflatten(spec, leaves) -- with operators, as the losses get it elsewhere
  if self.objective then return self.objective(p, ...) end
  local values = {}
  for _, j in ipairs(self.players) do values[j] = self.losses[j](p, ...) end
  return values
end

--- game:gradient(j, p, ...) -> a leaf or tree like p[j]; frozen leaves are in it unchanged.
function Game:gradient(j, p, ...)
  check_self(self, "gradient")
  self:check_player(j, "game: gradient")
  self:check_parameters(p)
  local function loss(own, ...) return self.losses[j](tree.with(p, j, own), ...) end
  return (derive.grad(loss)(p[j], ...))
end

local function minus(x) return -x end

--- game:field(p, ...) -> F(p), a tree like p. With an objective it is one reverse sweep for all.
function Game:field(p, ...)
  check_self(self, "field")
  self:check_parameters(p)
  if not self.objective then
    local F = p
    for _, j in ipairs(self.players) do F = tree.with(F, j, self:gradient(j, p, ...)) end
    return F
  end
  local F, up = (derive.grad(self.objective)(p, ...)), {}
  for _, j in ipairs(self.maximise) do up[j] = F[j] end
  for j, g in next, tree.map(minus, up) do F[j] = g end -- a map leaves what is frozen as it is
  return F
end

--- game:respond(j, p, ...) -> the best choice of player j, a leaf or tree like p[j].
function Game:respond(j, p, ...)
  check_self(self, "respond")
  self:check_player(j, "game: respond")
  self:check_parameters(p)
  if not self.best[j] then fail("game: there is no best.%s", j) end
  local leaves, spec = tree.flatten(p[j], "game: p." .. j)
  local best = self.best[j](p, ...)
  return tree.unflatten(spec, (trace.fit("game", "best." .. j, best, "p." .. j, leaves, spec)))
end

--- game:spectrum(p, ...) -> {J =, re =, im =, error =, abscissa =, condition =, blocks =, symmetric
-- =, antisymmetric =}: J = dF/dp at p (n,n), players bytewise, frozen leaves left out; its
-- eigenvalues (n,1) by rising real part, with what rounding may have moved each of them by (first
-- order); the abscissa, the largest real part of the flow p' = -F, below 0 where that is stable;
-- the condition of the unit eigenvectors; blocks[i][j] = dF_i/dp_j; the Frobenius norms of (J +
-- J')/2 and (J - J')/2. The first vanishes in zero-sum games that are bilinear, the second in
-- potential games.
function Game:spectrum(p, ...)
  check_self(self, "spectrum")
  return require("saddle.stability.game").spectrum(self, p, ...)
end

--- game:stability(p, dynamics, ...) -> {A =, re =, im =, error =, radius =, margin =, verdict =,
-- period =, condition =, drift =}: the step of the dynamics (sd.dynamics, or {init =, step =} like
-- them) differentiated at p, with what sd.stability.step says of A. The state is p with the slots
-- of optimisers and dynamics, so that momentum makes it larger; slots are those that the players'
-- standing at p leads to. In place of p a state of the dynamics may be given, for its slots and its
-- t, as schedules need. `...` is the sample that all gradients see. drift is how far the step moves
-- the state: eigenvalues decide on stability where that is 0, up to rounding. Steps without a
-- derivative at p, as normalised ones at an equilibrium, are refused.
function Game:stability(p, dynamics, ...)
  check_self(self, "stability")
  return require("saddle.stability.game").stability(self, p, dynamics, ...)
end

--- sd.game(definition) -> game.
return function(given)
  if type(given) ~= "table" then
    fail("game: argument 1 must be a table {min=, max=, objective=} or {loss=}, got %s",
      core.show(given))
  end
  local wrong = options.wrong(given, KEYS)
  if wrong then fail("game: %s", wrong) end
  local self = setmetatable({}, Game)
  if given.objective ~= nil then
    with_objective(self, given)
  else
    with_losses(self, given)
  end
  if given.sample ~= nil then check_function("sample", given.sample) end
  self.draw, self.best = given.sample, check_best(self, given.best)
  return self
end
