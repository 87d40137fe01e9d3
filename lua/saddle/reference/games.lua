--- Help on games and dynamics (the form of entries: lua/saddle/help.lua).
return {
  title = "Games and dynamics",
  text = "A game has players, keys of one tree of parameters, each with a loss of its own; with "
    .. "one objective some minimise and some maximise it. Dynamics say how they move: each gives "
    .. "{init=, step=} for sd.compile and iterate, on a state {p=, o=, t=, rng=}. `optim` is an "
    .. "optimiser, or its name, for all players, or a table with one for each.",
  source = "D. Balduzzi and others, The mechanics of n-player differentiable games, ICML 2018",
  classes = { game = "game", dyn = "dynamics" },
  { "sd.game{min=, max=, objective=, loss=, sample=, best=} -> game",
    "A game from an objective, or from a loss for each player. What `sample` draws is passed to "
      .. "the losses after p. `best` gives closed forms of best answers.",
    min = "string|table names of players that minimise",
    max = "string|table names of players that maximise",
    objective = "function of p, ... that gives a number", loss = "table player -> function",
    sample = "function of an rng",
    best = "table player -> function of p, ... that gives its best choice", game = "game",
    errors = "players named twice; objective and loss together.",
    example = [[
local game = sd.game { min = "x", max = "y", objective = function(p) return p.x * p.y end }
local F = game:field { x = 2, y = 3 }
print(F.x, F.y) --> 3.0 -2.0
]] },
  { { "game:value(p, ...) -> value", "game:gradient(j, p, ...) -> g", "game:field(p, ...) -> F",
      "game:sample(rng) -> ..." },
    "The objective, or the table of losses; the gradient of player j's loss in its own "
      .. "parameters; that of all players, which they descend; and a draw of what the losses take "
      .. "besides.",
    game = "game", p = "tree", j = "string player", rng = "rng", value = "number|table",
    g = "tree like p[j]", F = "tree like p", errors = "p without a player, or with what is none.",
    example = [[
local game = sd.game { loss = { a = function(p) return p.a ^ 2 end,
  b = function(p) return p.a * p.b end } }
print(game:gradient("a", { a = 3, b = 5 }), game:value({ a = 3, b = 5 }).b) --> 6.0 15
]] },
  { "game:respond(j, p, ...) -> q",
  "The best choice of player j, when the others stay, by the game's closed form.",
    game = "game", j = "string player", p = "tree", q = "tree like p[j]",
    errors = "a player without closed form.",
    example = [[
local game = sd.game { min = "x", max = "y",
  objective = function(p) return p.x * p.y - p.y ^ 2 / 2 end,
  best = { y = function(p) return p.x end } }
print(game:respond("y", { x = 7, y = 0 })) --> 7
]] },
  { "game:spectrum(p, ...) -> spectrum",
    "Eigenvalues of the Jacobian of the field at p, by rising real part, with what rounding may "
      .. "have moved them by; blocks by players; symmetric and antisymmetric parts.",
    game = "game", p = "tree",
    spectrum = "result J, re, im, error, abscissa, condition, blocks, symmetric, antisymmetric",
    errors = "a field that has no derivative at p.",
    example = [[
local game = sd.game { min = "x", max = "y", objective = function(p) return 2 * p.x * p.y end }
local s = game:spectrum { x = 0, y = 0 }
print(s.im(1), s.im(2), s.symmetric) --> 2.0 -2.0 0.0
]] },
  { "game:stability(p, dyn, ...) -> verdict",
    "A step of the dynamics differentiated at p, with the optimisers' slots: eigenvalues with "
      .. "errors, the spectral radius, a verdict, and how far the step moves the state (0 at an "
      .. "equilibrium).",
    game = "game", p = "tree parameters, or a state", dyn = "dynamics",
    verdict = "result A, re, im, error, radius, margin, verdict, period, condition, drift",
    errors = "a step without a derivative at p, as a normalised one at an equilibrium.",
    example = [[
local game = sd.game { min = "x", max = "y", objective = function(p) return p.x * p.y end }
local gda = sd.dynamics.gda(game, { optim = sd.optim.sgd { lr = 0.1 } })
local s = game:stability({ x = 0, y = 0 }, gda)
print(("%.6f"):format(s.radius ^ 2), s.verdict) --> 1.010000 unstable
]] },
  -- ---- dynamics
  { { "dyn.init(p[, rng]) -> s", "dyn.step(s) -> changed" },
    "The state before the first step; and the fields that a step changes, for sd.compile.",
    dyn = "dynamics", p = "tree", rng = "rng that samples come from", s = "table p, o, t, rng",
    changed = "table", errors = "p that does not have the players.",
    example = [[
local game = sd.game { loss = { a = function(p) return p.a ^ 2 / 2 end } }
local gd = sd.dynamics.gda(game, { optim = sd.optim.sgd { lr = 0.5 } })
print(sd.compile(gd.step):iterate(gd.init { a = 8 }, 3).p.a) --> 1.0
]] },
  { "sd.dynamics.gda(game, {optim=, mode=\"simultaneous\", order=, k=1}) -> dyn",
    "Descent-ascent: all players at once, or alternating, in the order given, k steps each, each "
      .. "step at the newest parameters and with a sample of its own.",
    game = "game", optim = "optimiser|string|table",
    mode = "string \"simultaneous\" or \"alternating\"",
    order = "table players; those that maximise first unless given",
    k = "integer|table steps of each", dyn = "dynamics",
    errors = "order or k without mode=\"alternating\"; a player without optimiser.",
    source = "I. Goodfellow and others, NeurIPS 2014, algorithm 1",
    example = [[
local game = sd.game { min = "x", max = "y", objective = function(p) return p.x * p.y end }
local gda = sd.dynamics.gda(game, { optim = "sgd,lr=0.1" })
local s = sd.compile(gda.step):iterate(gda.init { x = 1, y = 0 }, 100)
print(("%.6f"):format((s.p.x ^ 2 + s.p.y ^ 2) / 1.01 ^ 100)) --> 1.000000
]] },
  { { "sd.dynamics.extragradient(game, {optim=, fresh=false}) -> dyn",
      "sd.dynamics.optimistic(game, {optim=}) -> dyn",
      "sd.dynamics.consensus(game, {optim=, gamma=}) -> dyn" },
    "A look ahead, then the step from there; a step along twice the gradient less the last one; "
      .. "descent on the field's squared length besides.",
    game = "game", optim = "optimiser|string|table",
    fresh = "boolean a new sample for the second half", gamma = "number weight from 0",
    dyn = "dynamics", errors = "a player without optimiser.",
    source = "G. Korpelevich, 1976; L. Popov, 1980; L. Mescheder, S. Nowozin and A. Geiger, "
      .. "NeurIPS 2017",
    example = [[
local game = sd.game { min = "x", max = "y", objective = function(p) return p.x * p.y end }
local eg = sd.dynamics.extragradient(game, { optim = "sgd,lr=0.1" })
print(("%.6f"):format(game:stability({ x = 0, y = 0 }, eg).radius ^ 2)) -- (1 - 0.01)^2 + 0.01
--> 0.990100
]] },
  { "sd.dynamics.best_response(game, {optim=, respond=, k=}) -> dyn",
    "Some players answer what the others chose, in closed form or by k steps of their own; the "
      .. "others then descend.",
    game = "game", optim = "optimiser|string|table",
    respond = "string|table players; those with a closed form unless given",
    k = "integer|table steps of those without", dyn = "dynamics", errors = "nobody who responds.",
    source = "J. Danskin, The theory of max-min, 1967; Y. Balaji and others, ICLR 2021, section 2",
    example = [[
local game = sd.game { min = "x", max = "y",
  objective = function(p) return p.x * p.y - p.y ^ 2 / 2 end,
  best = { y = function(p) return p.x end } } -- x then descends x^2/2
local br = sd.dynamics.best_response(game, { optim = { x = sd.optim.sgd { lr = 0.5 } } })
print(sd.compile(br.step):iterate(br.init { x = 1, y = 0 }, 3).p.x) --> 0.125
]] },
}
