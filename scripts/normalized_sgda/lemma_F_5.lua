--- Lemma F.5 of the normalised-SGDA paper (Jelassi et al., 2022): through stages 2 and 3 three
-- numbers a_t, alpha_t, b_t (scalar_systems.lua with c = d) say what the discriminator does, up to
-- 1/polylog d; and a <= 0.819 alpha at T_B3, which is what Lemma D.4 needs.
--
--   network   a, <w_i*, u_1> and Sigmoid(b) of the reduced network (one_neuron.lua, which has T_B2
--             and T_B3) against the scalars that start with it at T_B2. That there is one neuron,
--             and T_B3, is measured
--   0.819     a_T <= 0.819 alpha_T on the network. Since a^2 - 2/3 alpha^2 = I is conserved, and
--             was a_0^2 (nearly) at the start, it asks for I <= (0.819^2 - 2/3) alpha^2, which is
--             0.0041 alpha^2, and alpha ~ 2 grows like log(t)^(1/4): right for a_0 <= 0.1,
--             "1/polylog d"; false for a_0 = 0.3 and any d that fits a computer
--   scalar    that equivalence, on the scalars alone
--
-- f has lambda b for b, and it is lambda b that is followed, at the rate tau_b = lambda^2: the
-- paper has b itself inside Sigmoid. lambda b stays about 0, and Sigmoid(lambda b) about 1/2.
-- Lemma D.4 needs less: a_0 <= 0.819 |p_0|, where |p_0| >= 2^(1/2) alpha.
local sd = require "saddle"
local one_neuron = require "one_neuron"
local scalar_systems = require "scalar_systems"

local BOUND <const> = 0.819

local function network(c, p)
  local run = one_neuron.run { d = p.d, mD = p.m, mG = p.m, a0 = p.a0, gamma = p.gamma,
    ratio = p.ratio, eta = p.eta, steps = p.steps, every = 200, seed = p.seed }
  local L = math.log(p.d)
  if not c:assume("T_B3 is reached", run.third or 0, ">", 0) then return end
  c:assume("T_B2 comes before", run.second or math.huge, "<", run.third)
  c:assume("one neuron has learnt: the others are below 1/log d", run.others, "<=", 1 / L)
  return run
end

local forms = {}

function forms.network(c, p)
  local run = network(c, p)
  if not run then return end
  local L = math.log(p.d)
  local times, y0, tail = one_neuron.from(run, run.second)
  local y = scalar_systems.solve({ a = y0.a, c = y0.c, d = y0.c, b = y0.b }, times,
    { tau_b = (c.broken == "scalars" and -30 or 1) * run.model.lambda ^ 2 })
  if c.broken == "scalars" then y.a = 1.1 * y.a end
  c:conclude("a_t", tail(run.a) / y.a, "==", 1, { tol = 1 / L })
  c:conclude("alpha_t", tail(run.c) / y.c, "==", 1, { tol = 1 / L })
  c:conclude("Sigmoid(b_t)", sd.sigmoid(tail(run.b)) / sd.sigmoid(y.b), "==", 1, { tol = 1 / L })
  c:note("a_T / alpha_T", run.a(-1) / run.c(-1))
end

forms["0.819"] = function(c, p)
  local run = network(c, p)
  if not run then return end
  c:conclude("a_T <= 0.819 alpha_T", run.a(-1) * (c.broken == "scalars" and 1.1 or 1), "<=",
    BOUND * run.c(-1))
end

function forms.scalar(c, p)
  c:assume("a_0, alpha_0 > 0", math.min(p.a0, p.alpha0), ">", 0)
  local y0 = { a = p.a0, c = p.alpha0, d = p.alpha0, b = 0.0 }
  local times = 10 ^ sd.linspace(3, 6, 10):t()
  local y = scalar_systems.solve(y0, times, {})
  local I = scalar_systems.invariant(y0) * (c.broken == "scalars" and 1.5 or 1)
  c:conclude("a^2 - 2/3 alpha^2 is conserved", y.a ^ 2 - 2 / 3 * y.c ^ 2, "==", I, { tol = 1e-6 })
  local share = (BOUND ^ 2 - 2 / 3) * y.c ^ 2
  for k = 1, #times do
    c:conclude("a <= 0.819 alpha just where I <= 0.0041 alpha^2",
      (BOUND * y.c(k) - y.a(k)) * (share(k) - I), ">=", 0)
  end
  c:note("a / alpha at eta t = 1e6", y.a(-1) / y.c(-1))
end

return sd.claim {
  id = "normalized_sgda.lemma_F_5",
  source = "Lemma F.5, (69)-(79)",
  statement = "through stages 2 and 3 the scalars (a, alpha, b) follow the network, and a <= 0.819 "
    .. "alpha at the end, for small a_0",
  surrogate = "1/polylog d is 1/log d; T_B1 is where some <w, u_l> is 1, T_B2 = T_B1 + "
    .. "log^2 d/eta_D",
  params = { d = 1e6, m = 5, gamma = 0.05, ratio = 30, eta = 0.05, steps = 200000, alpha0 = 0.1,
    seed = 1,
    { form = "network", a0 = 0.3, seed = 1 },
    { form = "network", a0 = 0.3, seed = { 3, 4 }, tier = "quick" },
    { form = "network", a0 = 0.3, steps = 20000, expect = "not applicable" },
    { form = "0.819", a0 = 0.3, seed = 1, expect = "violated" },
    { form = "0.819", a0 = 0.1, steps = 600000, tier = "quick" },
    { form = "scalar", a0 = { 0.05, 0.1, 0.13, 0.2, 0.3 } } },
  smoke = { seed = 1 },
  broken = { "scalars" },
  check = function(c, p) forms[p.form](c, p) end,
}
