--- The exact steps for which descent-ascent on the game of bilinear.lua is stable, for f with a
-- constant Jacobian J: mode by mode, with x = eta s and s an eigenvalue of J J',
--
--   at once   C = [1, -x; mu, 1 - mu]                       stable iff x < 1 and mu (2 - x) < 4
--   in turn   C = [1 - mu x, -x (1 - mu); mu, 1 - mu]       stable iff mu < 2 and mu x < 2 (2 - mu)
--
-- for mu, x > 0: Jury's conditions, of the characteristic polynomials l^2 - (2 - mu) l + 1 - mu +
-- mu x and l^2 - (2 - mu - mu x) l + 1 - mu. Over-parameterised-GAN paper (Balaji et al., ICLR
-- 2021), whose Lemma A.2 and Theorem A.4 ask for x <= mu/4 and mu/8: these steps are eta <= 1/s and
-- more. On the edges the radius is 1.
--
-- Witnesses: LAPACK's eigenvalues of C at random (mu, x), and those of the step that sd.dynamics
-- takes on a game of several modes, which is stable iff all its modes are.
local sd = require "saddle"
local bilinear = require "bilinear"
local linearised = require "linearised"

--- The step of a mode and how much its conditions leave: positive is stable.
local modes = {
  ["at once"] = {
    step = function(mu, x) return sd.matrix { { 1, -x }, { mu, 1 - mu } } end,
    slack = function(mu, x) return math.min(1 - x, 4 - mu * (2 - x)) end,
    edge = function(mu, k) -- x = 1 for mu up to 4, then mu (2 - x) = 4
      return k % 2 == 0 and mu or 4 / (2 - mu / 4), k % 2 == 0 and 1 or mu / 4
    end,
  },
  ["in turn"] = {
    step = function(mu, x) return sd.matrix { { 1 - mu * x, -x * (1 - mu) }, { mu, 1 - mu } } end,
    slack = function(mu, x) return math.min(2 - mu, 2 * (2 - mu) - mu * x) end,
    edge = function(mu) return mu / 2, 2 * (2 - mu / 2) / (mu / 2) end,
  },
}

--- The radius and the error of the eigenvalues of a step.
local function radius(A)
  local at = sd.stability.step(A)
  return at.radius, sd.max(at.error)
end

--- A radius, and the verdict of the conditions on it.
local function conclude(c, slack, rho)
  if slack > 0 then
    c:conclude("the radius is below 1 inside", rho, "<", 1)
  else
    c:conclude("the radius is above 1 outside", rho, ">", 1)
  end
end

local forms = {}

--- Random modes, and random places on the edge.
function forms.modes(c, p, mode)
  for k = 1, p.draws do
    local mu, x = 4 * c.rng:rand(), 3 * c.rng:rand() ^ 2
    local slack = mode.slack(mu, c.broken == "region" and 0.8 * x or x)
    local rho, err = radius(mode.step(mu, x))
    -- what rounding leaves open is left out: it is a share of some 1e-12 of the square
    if math.abs(rho - 1) > err then conclude(c, slack, rho) end
    local edge_mu, edge_x = mode.edge(mu, k)
    rho, err = radius(mode.step(edge_mu, edge_x))
    c:conclude("the radius is 1 on the edge", rho, "==", 1, { tol = 2 * err })
  end
end

--- The step of the dynamics on a game of m modes.
function forms.game(c, p, mode)
  for _ = 1, p.games do
    local largest, mu = 2 * c.rng:rand(), 0.2 + 2 * c.rng:rand()
    local values = linearised.values(c.rng, p.m, 0.2, 1)
    local J, y = linearised.jacobian(c.rng, values, p.m), c.rng:randn(p.m, 1)
    local function f(theta) return J * theta end
    local o = { eta = largest, mu = mu, ascents = p.dynamics == "in turn" and 1 or nil }
    local gda = bilinear.gda(f, y, o)
    local at = gda.game:stability({ theta = sd.zeros(p.m, 1), d = sd.zeros(p.m, 1) }, gda)
    local slack = math.huge
    for _, sigma in ipairs(values) do
      local x = largest * sigma ^ 2 * (c.broken == "region" and 0.5 or 1)
      slack = math.min(slack, mode.slack(mu, x))
    end
    if at.verdict ~= "marginal" then conclude(c, slack, at.radius) end
  end
end

return sd.claim {
  id = "overparam_gan.stability_region",
  source = "derived, for (8) and (21)",
  statement = "linear descent-ascent is stable iff eta s < 1 and mu (2 - eta s) < 4 at once, iff "
    .. "mu < 2 and mu eta s < 2 (2 - mu) in turn",
  unconditional = true,
  params = { dynamics = { "at once", "in turn" }, seed = sd.seeds(2),
    { form = "modes", draws = 200 },
    { form = "game", m = 4, games = 10 } },
  smoke = { seed = 1 },
  full = { seed = sd.seeds(30) },
  broken = { "region" },
  check = function(c, p) forms[p.form](c, p, modes[p.dynamics]) end,
}
