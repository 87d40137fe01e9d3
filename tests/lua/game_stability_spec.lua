--- game:spectrum and game:stability: real games through sd.dynamics against closed forms.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local stability, dynamics = sd.stability, sd.dynamics
local EPS <const> = 2.0 ^ -52

--- Asserts that every eigenvalue of `found` has a partner of its own in the list of {re, im},
-- within its error; closed forms are off by as much (stability_spec).
local function has_eigenvalues(found, list)
  assert.equal(#list, #found.re)
  local used = {}
  for i = 1, #found.re do
    local best, at = math.huge, nil
    for k, z in ipairs(list) do
      local d = math.sqrt((found.re(i) - z[1]) ^ 2 + (found.im(i) - z[2]) ^ 2)
      if not used[k] and d < best then best, at = d, k end
    end
    used[at] = true
    assert(best <= 2 * found.error(i), ("off by %g, error %g"):format(best, found.error(i)))
  end
end

--- The eigenvalues of modes with these s, and options o, as a list.
local function modes(s, o)
  local list = {}
  for k = 1, #s do
    o.s = s(k)
    local r = stability.mode(o)
    for i = 1, #r.re do list[#list + 1] = { r.re(i), r.im(i) } end
  end
  return list
end

local n, a, c, eta, mu = 3, 0.3, 0.8, 0.2, 0.35
local rng = sd.rng(2)
local A = rng:randn(n, n)
local s = sd.svdvals(A)
local game = sd.game { min = "x", max = "y", objective = function(p)
  return sd.dot(p.x, A * p.y) + a / 2 * sd.dot(p.x, p.x) - c / 2 * sd.dot(p.y, p.y)
end }
local origin = { x = sd.zeros(n, 1), y = sd.zeros(n, 1) }
local function sgd(more) -- of each player, with `more` hyper-parameters
  return { x = sd.optim.sgd { lr = eta, momentum = more }, y = sd.optim.sgd { lr = mu,
    momentum = more } }
end

describe("game:stability of a quadratic game", function()
  local function check(name, options, o)
    options.optim = options.optim or sgd()
    o.eta, o.mu, o.a, o.c, o.dynamics = eta, mu, a, c, o.dynamics or name
    local r = game:stability(origin, dynamics[name](game, options))
    local list = modes(s, o)
    has_eigenvalues(r, list)
    assert.equal(0, r.drift)
    local largest = 0
    for _, z in ipairs(list) do largest = math.max(largest, math.sqrt(z[1] ^ 2 + z[2] ^ 2)) end
    near(r.radius, largest, 2 * r.error(1))
    near(r.margin, 1 - largest, 2 * r.error(1))
    assert.equal(largest < 1 and "stable" or "unstable", r.verdict)
  end

  it("at once, and with momentum", function()
    check("gda", {}, { dynamics = "simultaneous" })
    check("gda", { optim = sgd(0.4) }, { dynamics = "simultaneous", momentum = 0.4 })
  end)

  it("in turn, with few and with many inner steps", function()
    check("gda", { mode = "alternating" }, { dynamics = "alternating" })
    check("gda", { mode = "alternating", k = { y = 3 } }, { dynamics = "alternating", k = 3 })
    check("gda", { mode = "alternating", k = { y = 12 } }, { dynamics = "alternating", k = 12 })
  end)

  it("looking ahead, back, or for consensus", function()
    check("extragradient", {}, {})
    check("optimistic", {}, {})
    check("consensus", { gamma = 0.3 }, { gamma = 0.3 })
  end)

  it("with a best answer: descent on the rest", function()
    local answering = sd.game { min = "x", max = "y", objective = function(p)
      return sd.dot(p.x, A * p.y) - c / 2 * sd.dot(p.y, p.y)
    end, best = { y = function(p) return A:t() * p.x / c end } }
    local list = {}
    for k = 1, n do
      list[k], list[n + k] = { 1 - eta * s(k) ^ 2 / c, 0 }, { 0, 0 }
    end
    has_eigenvalues(answering:stability(origin, dynamics.best_response(answering,
      { optim = { x = sd.optim.sgd { lr = eta } } })), list)
  end)

  it("is the same wherever a linear field is looked at, and says how far it moves", function()
    local d = dynamics.gda(game, { optim = sgd() })
    local here = { x = rng:randn(n, 1), y = rng:randn(n, 1) }
    local r = game:stability(here, d)
    near(r.A, game:stability(origin, d).A, 8 * EPS)
    local F = game:field(here)
    near(r.drift, sd.norm { eta * F.x, mu * F.y }, 16 * EPS * r.drift)
  end)
end)

describe("the state that game:stability differentiates", function()
  it("has slots that standing still has settled", function()
    -- w is 0 at first and tends to 1; only then are these steps those of descent
    local counting = sd.optim.rule { hyper = { lr = eta }, init = function() return { w = 0 } end,
      step = function(g, q, _, h)
        local w = 0.9 * q.w + 0.1
        return -h.lr * w * g, { w = w }
      end }
    local r = game:stability(origin, dynamics.gda(game, { optim = counting() }))
    local list = modes(s, { eta = eta, a = a, c = c })
    list[#list + 1], list[#list + 2] = { 0.9, 0 }, { 0.9, 0 }
    has_eigenvalues(r, list)
    assert(r.drift <= 2 * 2 * 4 * EPS / 0.1) -- each w ends where a step moves it by 4 eps
  end)

  it("may be given: with what a run has left in it", function()
    local d = dynamics.gda(game, { optim = "adam,lr=0.01" })
    local state = sd.compile(d.step):iterate(d.init { x = sd.ones(n, 1), y = sd.ones(n, 1) }, 5)
    local r = game:stability(state, d)
    assert.equal(2 * (3 * n + 2), r.A.rows) -- m and v of each leaf, and each player's two weights
    local after = d.step(state)
    assert(r.drift > 0.01 * math.sqrt(2 * n) * 0.5)
    local h = 1e-6 -- and A is the derivative of the step: errors of h^2 and eps/h, of slopes to 100
    local moved = sd.map(function(x) return x end, state.p)
    moved.x = moved.x + h * sd.matrix { 1, 0, 0 }
    local plus = d.step { p = moved, o = state.o, t = state.t }.p.x
    near((plus - after.p.x) / h, r.A:block(1, 1, n, 1), 1e-4)
  end)

  it("has the clock of the state, for schedules", function()
    local d = dynamics.gda(game, { optim = sd.optim.sgd { lr = function(t) return 1 / t end } })
    local state = d.init(origin)
    state.t = 9
    has_eigenvalues(game:stability(state, d), modes(s, { eta = 0.1, a = a, c = c }))
  end)

  it("leaves frozen leaves out, and holds the sample that is given", function()
    local drawn = sd.game { min = "G", max = "D", objective = function(p, X)
      return sd.dot(p.G.w, X * p.D) + p.G.b * sd.sum(p.D) - c / 2 * sd.dot(p.D, p.D)
    end, sample = function(r) return r:randn(n, n) end }
    local p = { G = { w = sd.zeros(n, 1), b = sd.frozen(0) }, D = sd.zeros(n, 1) }
    local X = drawn:sample(sd.rng(1))
    local list = modes(sd.svdvals(X), { eta = 0.1, c = c })
    local d = dynamics.gda(drawn, { optim = "sgd,lr=0.1" })
    has_eigenvalues(drawn:stability(p, d, X), list)
    raises("the game has a sample; give the one to hold", drawn.stability, drawn, p, d)
    raises("dot", drawn.stability, drawn, p, d, sd.ones(2, n)) -- a sample that does not fit
    assert(drawn:sample(sd.rng(1)) == X) -- whatever happened, it draws as before
    list = modes(sd.svdvals(X), { eta = 0.1, c = c, dynamics = "alternating", k = 10 })
    has_eigenvalues(drawn:stability(p, dynamics.gda(drawn, { optim = "sgd,lr=0.1",
      mode = "alternating", k = { D = 10 } }), X), list)
  end)
end)

describe("game:stability refuses", function()
  local function refused(text, optim, p)
    raises(text, game.stability, game, p or origin, dynamics.gda(game, { optim = optim }))
  end

  it("steps that have no derivative", function()
    refused("game: stability: the step has no derivative at p", "normalized,lr=0.1")
    local lion = sd.optim.rule { hyper = { lr = 0.1 },
      step = function(g, _, _, h) return -h.lr * sd.sign(g) end }
    refused("game: stability: the step has no derivative at p", lion())
    refused("the derivative of the step at p is not finite (adaptive optimisers", "adam")
    local smooth = { x = sd.ones(n, 1), y = sd.ones(n, 1) } -- away from the equilibrium they have
    local r = game:stability(smooth, dynamics.gda(game, { optim = "normalized,lr=0.1" }))
    near(r.drift, 0.1 * math.sqrt(2), 1e-9) -- each player a step of 0.1
  end)

  it("slots that do not settle", function()
    refused("game: stability: the optimisers' slots do not settle while the players stand at p",
      "adagrad", { x = sd.ones(n, 1), y = sd.ones(n, 1) })
  end)

  it("what are no dynamics of this game", function()
    raises("game: stability: argument 2 must be dynamics {init=, step=}", game.stability, game,
      origin, 3)
    local other = sd.game { loss = { x = function(p) return sd.dot(p.x, p.x) end } }
    raises("game: stability: these dynamics are of another game", other.stability, other,
      { x = 1 }, dynamics.gda(game, { optim = sgd() }))
    raises("game: p lacks the player 'y'", game.stability, game, { x = origin.x },
      dynamics.gda(game, { optim = sgd() }))
    raises("game: call it as game:stability(...)", game.stability, origin)
    raises("game: stability: all of p is frozen", game.stability, game, sd.frozen(origin),
      dynamics.gda(game, { optim = sgd() }))
  end)
end)

describe("game:spectrum", function()
  it("has the Jacobian of the field, its blocks and what they say", function()
    local r = game:spectrum(origin)
    local J = sd.vcat { sd.hcat { a * sd.eye(n), A }, sd.hcat { -A:t(), c * sd.eye(n) } }
    near(r.J, J, 8 * EPS)
    near(r.blocks.x.y, A, 8 * EPS)
    near(r.blocks.y.x, -A:t(), 8 * EPS)
    near(r.symmetric, math.sqrt(n * (a ^ 2 + c ^ 2)), 16 * EPS)
    near(r.antisymmetric, math.sqrt(2) * sd.norm(A), 64 * EPS)
    local list = {}
    for k = 1, n do
      local f = stability.mode { eta = 1, s = s(k), a = a, c = c }.field
      for i = 1, 2 do list[#list + 1] = { f.re(i), f.im(i) } end
    end
    has_eigenvalues(r, list)
    for i = 2, 2 * n do assert(r.re(i) >= r.re(i - 1)) end
    assert.equal(-r.re(1), r.abscissa)
  end)

  it("is that of DiracGAN with its regularisers", function()
    local function f(t) return sd.log_sigmoid(t) end
    local zero = { theta = 0, psi = 0 }
    local function spectrum(extra)
      return sd.game { min = "theta", max = "psi", objective = function(p)
        return f(p.theta * p.psi) + extra(p)
      end }:spectrum(zero)
    end
    local function compare(r, o)
      o.eta = 1
      local field, list = stability.dirac(o).field, {}
      for i = 1, 2 do list[i] = { field.re(i), field.im(i) } end
      has_eigenvalues(r, list)
      near(r.abscissa, -field.re(1), 2 * r.error(1))
    end
    compare(spectrum(function() return 0 end), {})
    for _, gamma in ipairs { 0.3, 1.7 } do
      compare(spectrum(function(p) return -gamma / 2 * p.psi ^ 2 end), { penalty = gamma })
    end
    -- noise +-v on both samples has the variance v^2, which is all that counts at the equilibrium
    local v = 0.8
    compare(sd.game { min = "theta", max = "psi", objective = function(p)
      return sd.expect({ 0.5, 0.5 }, function(k)
        local e = k == 1 and v or -v
        return f((p.theta + e) * p.psi) + f(e * p.psi)
      end)
    end }:spectrum(zero), { noise = v })
  end)

  it("of losses that make a potential is symmetric", function()
    local function potential(p) return sd.sum(sd.tanh(p.u)) * p.v + p.v ^ 3 end
    local r = sd.game { loss = { u = potential, v = potential } }:spectrum {
      u = sd.matrix { 0.1, -0.4 }, v = 0.7 }
    assert(r.antisymmetric <= 8 * EPS and r.symmetric > 1)
    assert(r.im == sd.zeros(3, 1))
    near(r.condition, 1, 1e-13)
  end)

  it("leaves frozen leaves out, takes a sample, and may have empty blocks", function()
    local drawn = sd.game { min = "G", max = "D", objective = function(p, X)
      return sd.dot(p.G.w, X * p.D) + sd.sum(p.G.b)
    end, sample = function(r) return r:randn(2, 2) end }
    local X = sd.matrix { { 1, 2 }, { 3, 4 } }
    local p = { G = { w = sd.ones(2, 1), b = sd.frozen(sd.ones(5, 1)) }, D = sd.ones(2, 1) }
    local r = drawn:spectrum(p, X)
    assert(r.blocks.G.D == X and r.J.rows == 4)
    p.G.w = sd.frozen(p.G.w)
    r = drawn:spectrum(p, X)
    assert(r.blocks.G.D.rows == 0 and r.blocks.G.D.cols == 2 and r.J == sd.zeros(2, 2))
  end)

  it("refuses fields that have no derivative", function()
    local lengths = sd.game { min = "x", max = "y", objective = function(p)
      return sd.dot(p.x, p.y) - sd.norm(p.y) ^ 2
    end }
    raises("game: spectrum: the field has no derivative at p", lengths.spectrum, lengths, origin)
    raises("for |x|^2 write sd.dot(x, x)", lengths.spectrum, lengths, origin)
    raises("game: spectrum: all of p is frozen", game.spectrum, game, sd.frozen(origin))
    raises("game: spectrum: the matrix has NaN or infinite elements", game.spectrum, sd.game {
      min = "x", max = "y", objective = function(p) return sd.sqrt(p.x) * p.y end },
      { x = 0, y = 1 })
    raises("game: p lacks the player 'y'", game.spectrum, game, { x = 1 })
  end)
end)
