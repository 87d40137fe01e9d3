--- Lemma F.12 of the normalised-SGDA paper: at T_B3 (stage_log.lua), when the first <v_j, u_l> is
-- d^-0.49, all of them are Omega~(d^-0.49). A z with two ones drags along the neurons that would
-- not have learnt yet, (98): P(z_i = z_j = 1) is 1/polylog, and so is their share. Without such z
-- the others stay at 1/d, and the lemma is false: the twin. It supposes what the proof of F.9 says
-- of T_B2, max <v_i, u_1 + u_2> > 0; else v follows some other neuron of D, that is noise.
local sd = require "saddle"
local exponents = require "exponents"

return sd.claim {
  id = "normalized_sgda.lemma_F_12",
  source = "Lemma F.12, (97)",
  statement = "when one of the generator's neurons has learnt the mixture, all have, up to "
    .. "1/polylog",
  surrogate = exponents.SURROGATE,
  params = { rho = 0.1, mG = { 3, 5, 8 }, seed = sd.seeds(2),
    { rule = "pairs" },
    { rule = "pairs", rho = 4, mG = 5, expect = "not applicable" },
    { rule = "pairs", mG = 3, seed = 6, tier = "full", expect = "not applicable" } },
  smoke = { seed = 1, mG = 5 },
  full = { seed = sd.seeds(5) },
  broken = { "no pairs" },
  check = function(c, p)
    if not c:assume("case 2 of Lemma C.1: rho < 1 - 1/C", p.rho, "<", 0.9) then return end
    local slopes, values = exponents.of(c, "balanced", { rho = p.rho, mG = p.mG, last = "B3",
      polylog = c.broken == "no pairs" and 1e12 or nil }, function(log)
      local model = log.model
      c:assume("T_B2 < T_B3", log.B2.T, "<", log.B3.T)
      c:assume("F.9: max <v_i, u_1 + u_2> > 0 at T_B2",
        sd.max(sd.sum(model.U:t() * log.B2.p.G.V, { dim = 1 })), ">", 0)
      local along = model.U:t() * log.B3.p.G.V
      return { least = math.max(sd.min(along), 1 / model.d) }
    end)
    if not slopes then return end
    exponents.conclude(c, "(97): the least <v_i, u_l> is of order d^-0.49", slopes.least, ">=",
      -0.49)
    c:note("least <v_i, u_l> d^0.49 at d = 1e12", values.least[5] * 1e12 ^ 0.49)
  end,
}
