--- Lemma F.9 of the normalised-SGDA paper (Jelassi et al., 2022): through stages 2 and 3 the
-- largest beta_t = <v_i, u_1 + u_2> lies between two solutions of one scalar recursion, which start
-- at (1 -+ 1/polyloglog d) beta at T_B2.
--
--   modes          v' = eta_G (6/m_G) a alpha^3 Sigmoid(b) v^2, a and alpha those of Lemma F.5: the
--                  mean of eta_G 1[z_i = 1] Sigmoid(f) a s'(<w, v>) <w, u_1 + u_2>, for w = alpha
--                  (u_1 + u_2). The constant of the paper is another; with this one it depends on
--                  the start: w has also what it began with, w_0 of length 1, and <w_0, v_i> and
--                  alpha beta are both about 1/d. (87) drops it, and can do so for alpha >> 1 only
--   whole neuron   x = max <v_i, w>: x' = eta_G (3/m_G) a (|w_0|^2 + 2 alpha^2) Sigmoid(b) x^2
--   printed        v' = (3/m_G) Sigmoid(b) alpha^2 v^2, with eta_G to make sense of it: beta passes
--                  the upper solution long before T_B3, since 2 a alpha is about 6
--
-- The network is that of one_neuron.lua, which has the stages.
local sd = require "saddle"
local one_neuron = require "one_neuron"
local scalar_systems = require "scalar_systems"

return sd.claim {
  id = "normalized_sgda.lemma_F_9",
  source = "Lemma F.9, (90)-(94)",
  statement = "until T_B3 the generator's largest <v_i, w_i*> lies between two solutions of one "
    .. "scalar equation; the largest <v_i, u_1 + u_2> not always",
  surrogate = "1/polyloglog d is 1/log log d, which is 0.38",
  params = { d = 1e6, m = 5, gamma = 0.05, ratio = 30, eta = 0.05, steps = 200000, a0 = 0.3,
    seed = { 1, 3 },
    { form = "whole neuron" },
    { form = "whole neuron", steps = 20000, seed = 1, expect = "not applicable" },
    { form = "modes", seed = 1 },
    { form = "modes", seed = 3, expect = "violated" },
    { form = "printed", expect = "violated" } },
  smoke = { seed = 3 },
  full = { seed = { 1, 3, 4, 6, 7 } },
  broken = { "twice" },
  check = function(c, p)
    local run = one_neuron.run { d = p.d, mD = p.m, mG = p.m, a0 = p.a0, gamma = p.gamma,
      ratio = p.ratio, eta = p.eta, steps = p.steps, every = 200, seed = p.seed }
    local L = math.log(p.d)
    if not c:assume("T_B3 is reached", run.third or 0, ">", 0) then return end
    c:assume("T_B2 comes before", run.second or math.huge, "<", run.third)
    c:assume("one neuron has learnt: the others are below 1/log d", run.others, "<=", 1 / L)

    local times, y0, tail = one_neuron.from(run, run.second)
    local y = scalar_systems.solve({ a = y0.a, c = y0.c, d = y0.c, b = y0.b }, times,
      { tau_b = run.model.lambda ^ 2 })
    local k = run.second
    local gains = { modes = 6 * y.pull, printed = 3 * y.printed, ["whole neuron"] =
      3 * ((run.square(k) - run.c(k) ^ 2 - run.d(k) ^ 2) * y.hold + 2 * y.tie) }
    local gain = p.ratio / p.m * gains[p.form]
    if c.broken == "twice" then gain = 2 * gain end
    local beta, slack = tail(p.form == "whole neuron" and run.meet or run.beta), 1 / math.log(L)
    local above = scalar_systems.generator(beta(1) * (1 + slack), gain)
    local below = scalar_systems.generator(beta(1) * (1 - slack), gain)
    c:conclude("(90) below the upper solution", 1 / beta, ">=", 1 / above)
    c:conclude("(91) above the lower solution", 1 / beta, "<=", 1 / below)
    c:note("at T_B2", beta(1))
    c:note("at T_B3", beta(-1))
    c:note("the start that ends there, in parts of that at T_B2",
      1 / (beta(1) * (1 / beta(-1) + gain(-1))))
  end,
}
