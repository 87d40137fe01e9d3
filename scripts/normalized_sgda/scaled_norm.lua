--- The length of a normalised step (normalised-SGDA paper: Jelassi, Mensch, Gidel, Li, 2022, (4)):
-- it is the step size, whatever the length of the gradient. The discriminator's advantage f makes
-- the generator's gradient proportional to 1/(1 + exp(-f(G(z)))), which falls below any number: at
-- f = -400 the squares of its elements are below the least number there is, their sum is 0, and a
-- naive g/|g| is infinite or NaN. The norms of sd.optim are scaled (saddle/optim.h). Where the
-- gradient itself is 0, beyond f = -745, there is no direction, and the step is 0.
--
--   alone   of a gradient times 10^-power: the length and the direction
--   game    a step of G in the model of section 4, where lambda b = f
local sd = require "saddle"
local two_modes = require "two_modes"

-- A norm of n elements is off by n + 4 roundings at most, the step by two more: here n < 300.
local TOLERANCE <const> = 310 * 0x1p-53
local LEAST <const> = -745 -- exp of less is 0

--- g/|g| with the sum of squares as it is written.
local naive = sd.optim.rule {
  hyper = { lr = 1e-2 },
  step = function(g, _, _, h) return { V = -h.lr * g.V / sd.sum(g.V % g.V) ^ 0.5 }, {} end }

local forms = {}

function forms.alone(c, p, o)
  local G = c.rng:randn(p.mG, p.n)
  local g, at = { V = G * 10.0 ^ -p.power }, { V = sd.zeros(p.mG, p.n) }
  c:assume("the gradient is of normal numbers", 1e-4 * 10.0 ^ -p.power, ">", 0x1p-1022)
  local step = o.update(g, o.init(at), at, 1).V
  c:conclude("|step| = eta", sd.norm(step) / p.eta, "==", 1, { tol = TOLERANCE })
  c:conclude("along -g", sd.norm(step / p.eta + G / sd.norm(G)), "<=", TOLERANCE)
end

function forms.game(c, p, o)
  local model = two_modes.new { d = 1000, mD = 7, mG = p.mG, reduced = true }
  local start = model:init(c.rng)
  start.D.b = p.f / model.lambda
  local gda = model:gda { D = sd.optim.normalized { lr = p.eta }, G = o }
  local s = sd.compile(gda.step):iterate(gda.init(start, c.rng), 1)
  local moved = sd.norm(s.p.G.V - start.G.V)
  c:assume("b is finite", math.abs(start.D.b), "<", math.huge)
  -- V has length 0.1: where it moves by eta = 0.01, some ten roundings more
  c:conclude("G moves by", moved / p.eta, "==", p.f > LEAST and 1 or 0, { tol = 10 * TOLERANCE })
end

return sd.claim {
  id = "normalized_sgda.scaled_norm",
  source = "Section 2, (4)",
  statement = "a normalised step has the length of its step size, however small the gradient",
  params = { mG = 13, eta = 0.01, seed = sd.seeds(2),
    { form = "alone", n = 22, power = { 0, 100, 150, 160, 200, 300 } },
    { form = "game", f = { 0, -100, -350, -400, -600, -800 } } },
  full = { seed = sd.seeds(20) },
  broken = { "naive" },
  check = function(c, p)
    local rule = c.broken == "naive" and naive or sd.optim.normalized
    forms[p.form](c, p, rule { lr = p.eta })
  end,
}
