--- What gradient flow conserves in the model of the normalised-SGDA paper (Jelassi et al., 2022),
-- section 4, where the cube is not cut off: a sum <w_i, X>^3 is of degree 1 in a and 3 in W, and
-- a sum <w_i, V z>^3 also in V. On the population gradient, with steps eta_D and eta_G:
--
--   D alone   the generator fixed:     a^2 - 1/3 sum |w_i|^2
--   no X      log D(X) left out:       3 a^2/eta_D + sum |v_j|^2/eta_G, and
--                                      sum |w_i|^2/eta_D + sum |v_j|^2/eta_G
--
-- A step of length eta changes them by terms of second order only, the same quadratic form of the
-- step: over a time T = eta t the drift is O(eta). Halving eta halves it, nearly: with drift = k_1
-- eta + k_2 eta^2 the quotient is off 2 by half as much when eta is halved again (or both are 2 to
-- a thousandth, where k_2 is about 0 and further terms count).
--
-- These are behind a = (2/3)^(1/2) alpha of Lemma D.7 (two modes in one neuron: a^2 = |w|^2/3 = 2/3
-- alpha^2) and sqrt(Gamma) in Lemma D.4.
local sd = require "saddle"
local two_modes = require "two_modes"

-- ---- the games, and what they conserve ----------------------------------------------------------

local function square(A) return sd.norm(A) ^ 2 end

--- For each form the objective of p, whether the generator moves, and the conserved quantities, as
-- quadratic forms Q(D, V) of parameters or of steps.
local forms = {}

forms["D alone"] = { moves = false, game = function(model) return model:population() end,
  conserved = { ["a^2 - sum |w_i|^2/3"] = function(D) return D.a ^ 2 - square(D.W) / 3 end } }

forms["no X"] = { moves = true,
  game = function(model)
    return sd.game { min = "G", max = "D", objective = function(p)
      return sd.dot(model.latent_weights,
        sd.log_sigmoid(-model:logit(p.D, p.G.V * model.Z)))
    end }
  end,
  conserved = {
    ["3 a^2/eta_D + sum |v_j|^2/eta_G"] = function(D, V, ratio)
      return 3 * D.a ^ 2 + square(V) / ratio
    end,
    ["sum |w_i|^2/eta_D + sum |v_j|^2/eta_G"] = function(D, V, ratio)
      return square(D.W) + square(V) / ratio
    end } }

--- Steps of eta_D = eta up to eta t = T -> the drifts by name, the quadratic forms of the steps
-- summed, and the largest |<w_i, X>| and |<w_i, G(z)>| met.
local function run(form, model, p0, o)
  local moves = form.moves and 1 or 0
  local gda = sd.dynamics.gda(form.game(model), { optim = { D = sd.optim.sgd { lr = o.eta },
    G = sd.optim.sgd { lr = o.eta * o.ratio * moves } } })
  local function step(s)
    local new = gda.step(s.inner)
    local dD = { a = new.p.D.a - s.inner.p.D.a,
      W = (new.p.D.W - s.inner.p.D.W) * (o.broken and 1.1 or 1) }
    local dV, W = new.p.G.V - s.inner.p.G.V, s.inner.p.D.W
    local second = {}
    for name, Q in pairs(form.conserved) do second[name] = s.second[name] + Q(dD, dV, o.ratio) end
    new.p.D.W = W + dD.W
    local reach = sd.max(sd.abs(sd.hcat(W * model.X, W * (s.inner.p.G.V * model.Z))))
    return { inner = new, second = second, reach = sd.max(s.reach, reach) }
  end
  local zero = {}
  for name in pairs(form.conserved) do zero[name] = 0.0 end
  local s = sd.compile(step):iterate({ inner = gda.init(p0, sd.rng(1)), second = zero,
    reach = 0.0 }, math.tointeger(o.T // o.eta))
  local drift = {}
  for name, Q in pairs(form.conserved) do
    drift[name] = Q(s.inner.p.D, s.inner.p.G.V, o.ratio) - Q(p0.D, p0.G.V, o.ratio)
  end
  return drift, s.second, s.reach, s.inner.p
end

return sd.claim {
  id = "normalized_sgda.balance",
  source = "section 4.1, (7)-(9); behind Lemmas D.4 and D.7",
  statement = "where the cube is not cut off, the flow keeps a^2 - sum |w_i|^2/3 with the "
    .. "generator fixed, and 3 a^2/eta_D + sum |v_j|^2/eta_G without data; steps drift by O(eta)",
  params = { d = 1000, m = 5, case = { 1, 2 }, gamma = 0.05, a0 = 0.3, eta = 0.02, ratio = 2,
    lift = 1, seed = sd.seeds(2),
    { form = "D alone", T = 80 },
    { form = "D alone", T = 80, lift = 1000, expect = "not applicable" },
    { form = "no X", T = 10, lift = 3 } },
  smoke = { seed = 1 },
  full = { seed = sd.seeds(10), m = { 5, 13 } },
  broken = { "step" },
  check = function(c, p)
    local form = forms[p.form]
    local model = two_modes.new { d = p.d, mD = p.m, mG = p.m, case = p.case, gamma = p.gamma,
      a0 = p.a0, reduced = true }
    -- longer neurons, so that something happens within T
    local p0 = model:init(c.rng)
    p0.D.W, p0.G.V = p0.D.W * p.lift, p0.G.V * (form.moves and 10 or 1)
    local drifts = {}
    for k = 1, 3 do
      local drift, second, reach, last = run(form, model, p0, { eta = p.eta / 2 ^ (k - 1),
        T = p.T, ratio = p.ratio, broken = c.broken == "step" })
      if not c:assume("the cube is not cut off", reach, "<=", model.Lam) then return end
      for name, value in pairs(drift) do
        local size = form.conserved[name](p0.D, p0.G.V, p.ratio)
        -- a step rounds each of its n elements some times; sums of squares grow by a step's form
        local noise = c:roundoff(last.D.W, last.G.V, { steps = p.T // p.eta * 2 ^ k })
        c:conclude(name .. " drifts by the form of its steps", value, "==", second[name],
          { tol = noise * (1 + math.abs(size)) })
        drifts[name] = drifts[name] or {}
        drifts[name][k] = value
      end
    end
    for name, e in pairs(drifts) do
      local first, then_ = e[1] / e[2], e[2] / e[3]
      c:conclude(name .. ": halving eta halves the drift", math.abs(then_ - 2), "<=",
        math.max(0.75 * math.abs(first - 2), 1e-3))
      c:note("drift of " .. name, e[1])
      c:note("quotients of drifts of " .. name, sd.matrix { { first, then_ } })
    end
  end,
}
