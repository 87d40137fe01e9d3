--- sd.game: losses, vector field, samples, best responses, and what it refuses.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises

--- min_x max_y x'Ay + b/2 |x|^2 - c/2 |y|^2
local function quadratic(A, b, c)
  return sd.game { min = "x", max = "y", objective = function(p)
    return sd.dot(p.x, A * p.y) + b / 2 * sd.norm(p.x) ^ 2 - c / 2 * sd.norm(p.y) ^ 2
  end }
end

describe("a game with an objective", function()
  local rng = sd.rng(1)
  local A, p = rng:randn(3, 2), { x = rng:randn(3, 1), y = rng:randn(2, 1) }
  local game = quadratic(A, 0.5, 2)

  -- elements are sums of at most 4 terms below 4 in size: 4 * 4 * 2^-53 = 1.8e-15
  it("has the field (Ay + bx, -A'x + cy)", function()
    local F = game:field(p)
    near(F.x, A * p.y + 0.5 * p.x, 2e-15)
    near(F.y, 2 * p.y - A:t() * p.x, 2e-15)
  end)

  it("gives losses a tree with operators, for a value as for a field", function()
    local sum = sd.game { min = "x", max = "y",
      objective = function(own) return sd.norm(2 * own.x) - own.y ^ 2 end }
    local q = { x = { a = 3, b = 4 }, y = 1 }
    assert.equal(9, sum:value(q))
    assert.equal(2, sum:field(q).y)
  end)

  it("has each player's gradient by itself, with the same bits", function()
    local F = game:field(p)
    assert(game:gradient("x", p) == F.x and game:gradient("y", p) == F.y)
  end)

  it("has the value of the objective, for both", function()
    local by_hand = 0
    for i = 1, 3 do
      for j = 1, 2 do by_hand = by_hand + p.x(i) * A(i, j) * p.y(j) end
      by_hand = by_hand + 0.25 * p.x(i) ^ 2
    end
    near(game:value(p), by_hand - p.y(1) ^ 2 - p.y(2) ^ 2, 2e-14)
  end)

  it("moves those that maximise first", function()
    assert.same({ "y", "x" }, game.players)
    local many = sd.game { min = { "d", "b" }, max = { "c", "a" }, objective = function(q)
      return (q.a + 2 * q.b + 3 * q.c) * q.d
    end }
    assert.same({ "c", "a", "d", "b" }, many.players)
    local F = many:field { a = 1, b = 1, c = 1, d = 2 }
    assert.same({ -2.0, 4.0, -6.0, 6.0 }, { F.a, F.b, F.c, F.d })
  end)

  it("leaves frozen leaves as they are, also those that are all of a player", function()
    local W = sd.frozen(sd.ones(2, 2))
    local frozen = sd.game { min = "G", max = "D", objective = function(q)
      return sd.sum(q.G.a * (q.G.W * q.D))
    end }
    local F = frozen:field { G = { a = 3, W = W }, D = sd.frozen(sd.ones(2, 1)) }
    assert(F.G.W == W and F.D == sd.ones(2, 1) and F.G.a == 4)
  end)

  it("is a function like any other: |F|^2/2 has the gradient J'F", function()
    local function half(q) return sd.norm(game:field(q)) ^ 2 / 2 end
    local g, F = sd.grad(half)(p), game:field(p)
    near(g.x, 0.5 * F.x - A * F.y, 1e-14)
    near(g.y, A:t() * F.x + 2 * F.y, 1e-14)
    local compiled = sd.compile(sd.grad(half))(p)
    assert(compiled.x == g.x and compiled.y == g.y)
  end)
end)

describe("a game with losses", function()
  local game = sd.game { loss = {
    c = function(p) return p.a * p.b * p.c end,
    a = function(p) return (p.a - p.b) ^ 2 end,
    b = function(p) return sd.matrix(p.b * p.c) end } }

  it("has the gradient of each player's own", function()
    local p = { a = 2, b = 3, c = 5 }
    local F = game:field(p)
    assert.same({ a = -2.0, b = 5.0, c = 6.0 }, { a = F.a, b = F.b, c = F.c })
    local v = game:value(p)
    assert.same({ 1.0, 15.0, 30.0 }, { v.a, v.b:item(), v.c })
    assert.same({ "a", "b", "c" }, game.players)
  end)
end)

describe("a sample", function()
  local game = sd.game { min = "G", max = "D", sample = function(rng)
    return rng:randn(2, 3), { scale = rng:rand() }
  end, objective = function(p, x, with) return sd.mean(with.scale * (p.D * (p.G * x))) end }
  local p = { G = sd.ones(1, 2), D = 2 }

  it("is what the losses take besides p, drawn once for value and field", function()
    local rng, again = sd.rng(5), sd.rng(5)
    local x, with = game:sample(rng)
    assert(x == again:randn(2, 3) and with.scale == again:rand())
    near(game:value(p, x, with), 2 * with.scale * sd.sum(x) / 3, 1e-15)
    near(game:field(p, x, with).D, -with.scale * sd.sum(x) / 3, 1e-15)
  end)

  it("is nothing in a game without", function()
    assert.equal(0, select("#", sd.game { loss = { a = function(q) return q.a end } }:sample()))
  end)

  it("needs an rng", function()
    raises("game: sample needs an rng, sd.rng(seed), got nil", game.sample, game)
    raises("game: sample needs an rng, sd.rng(seed), got 7", game.sample, game, 7)
  end)
end)

describe("a best response", function()
  local A = sd.matrix { { 1, 2 }, { 3, 4 } }
  local function with_best(f)
    return sd.game { min = "x", max = "y", best = { y = f },
      objective = function(p) return sd.dot(p.x, A * p.y) - sd.norm(p.y) ^ 2 / 2 end }
  end
  local p = { x = sd.ones(2, 1), y = sd.zeros(2, 1) }

  it("is a zero of the player's gradient", function()
    local game = with_best(function(q) return A:t() * q.x end)
    local y = game:respond("y", p)
    assert(y == sd.matrix { { 4 }, { 6 } })
    assert(game:gradient("y", { x = p.x, y = y }) == sd.zeros(2, 1))
  end)

  it("must be built as the player is", function()
    raises("game: best.y is 1x2 f64, and p.y is 2x1 f64", function()
      with_best(function(q) return q.x:t() end):respond("y", p)
    end)
    raises("game: best.y is not like p.y: best.y is a table in it and a matrix in p.y",
      function() with_best(function(q) return { q.x } end):respond("y", p) end)
    raises("game: there is no best.x", function() with_best(print):respond("x", p) end)
  end)
end)

describe("sd.game refuses", function()
  local function f(p) return p.x * p.y end

  it("definitions that are none, and says why", function()
    for why, definition in pairs {
      ["unknown option 'objektive' (did you mean 'objective'?)"] = { objektive = f },
      ["needs an objective with min and max, or loss = {player = function}, got neither"] = {},
      ["game: objective must be a function, got 3"] = { objective = 3, min = "x", max = "y" },
      ["game: 'max' must be the name of a player or a list of such, got nil"] =
        { objective = f, min = "x" },
      ["game: 'min' must be the name of a player or a list of such, got nil"] =
        { objective = f, max = "x" },
      ["game: 'min' must have names of players, without control characters, got 1"] =
        { objective = f, min = { 1 }, max = "y" },
      ["game: 'max' must have names of players, without control characters, got the string"] =
        { objective = f, min = "x", max = "two\nlines" },
      ["game: 'max' must be the name of a player or a list of such, got a table"] =
        { objective = f, min = "x", max = setmetatable({}, { __len = error }) },
      ["game: the player 'x' is named twice"] = { objective = f, min = { "z", "x" }, max = "x" },
      ["game: give an objective with min and max, or a loss, not both"] =
        { objective = f, min = "x", max = "y", loss = { x = f } },
      ["game: min and max go with an objective"] = { loss = { x = f }, min = "x" },
      ["game: loss.x must be a function, got true"] = { loss = { x = true } },
      ["game: 'loss' must have names of players, without control characters, got 1"] =
        { loss = { f } },
      ["game: loss names no player"] = { loss = {} },
      ["or loss = {player = function}, got the string \"x\""] = { loss = "x" },
      ["game: sample must be a function, got 4"] = { loss = { x = f }, sample = 4 },
      ["game: best must be a table {player = function}, got 1"] = { loss = { x = f }, best = 1 },
      ["game: best.x must be a function, got 1"] = { loss = { x = f }, best = { x = 1 } },
      ["game: best: 'disc' is no player of the game (did you mean 'dist'?)"] =
        { loss = { dist = f }, best = { disc = f } },
    } do
      raises(why, sd.game, definition)
    end
    raises("game: argument 1 must be a table {min=, max=, objective=} or {loss=}, got nil", sd.game)
  end)

  it("parameters that are not the players'", function()
    local game = sd.game { min = "x", max = "y", objective = f }
    raises("game: p lacks the player 'y'", game.field, game, { x = 1 })
    raises("game: p must be a tree with the players as keys, got 3", game.value, game, 3)
    raises("game: p: 'yy' is no player of the game (did you mean 'y'?)", game.field, game,
      { x = 1, y = 2, yy = 3 })
    raises("game: gradient: 'zoo' is no player of the game (players: 'y', 'x')", game.gradient,
      game, "zoo", { x = 1, y = 2 })
  end)

  it("losses that are no numbers, by the name of the field", function()
    local wide = sd.game { min = "x", max = "y", objective = function(p) return p.x * p.y end }
    raises("game: objective must return a number or a 1x1 matrix, got 2x2", wide.field, wide,
      { x = sd.ones(2, 1), y = sd.ones(1, 2) })
    local none = sd.game { loss = { x = function() end, y = function() return "much" end } }
    raises("game: loss.x must return a number or a 1x1 matrix, got nil", none.gradient, none, "x",
      { x = 1, y = 1 })
    raises("game: loss.y must return a number or a 1x1 matrix, got the string \"much\"",
      none.gradient, none, "y", { x = 1, y = 1 })
  end)

  it("methods called as functions", function()
    local game = sd.game { min = "x", max = "y", objective = f }
    for _, name in ipairs { "sample", "value", "gradient", "field", "respond" } do
      raises(("game: call it as game:%s(...)"):format(name), game[name], { x = 1, y = 2 })
    end
  end)

  it("with the place in the script that called it", function()
    local ok, message = pcall(function() return sd.game { loss = { x = 1 } } end)
    assert(not ok and message:find("game_spec.lua:%d+: game: loss.x"), message)
  end)
end)
