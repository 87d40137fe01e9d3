--- Lemma F.6 of the normalised-SGDA paper: from T_B2 to T_B3 (stage_log.lua) the leading neuron
-- w_i* of D holds both modes alike,
--
--   alpha(w_i*, u_1) = alpha(w_i*, u_2) (1 +- 1/polyloglog d),   alpha(w_i*, u_1) >= log(d)^0.1
--
-- (in print alpha(w_i*, u_1) stands on both sides). It is why the mixture is all that G can learn.
-- What is T_B2? The list of stages (E.1) has T_B1 + 2^-((log d)^(1/2))/eta_D, the proof (F.4)
-- T_B1 + d^o(1)/eta_D. With the first the lemma is false: nothing has happened by then, alpha is
-- still 1/C. With 2^((log d)^(1/2)) times a polylog it holds.
--
-- The limit is not a start: gamma decides how far apart the two are at T_B1, and by Lemma D.7 they
-- approach from any distance.
local sd = require "saddle"
local stage_log = require "stage_log"

--- alpha(w_i*, u_1) and alpha(w_i*, u_2) (2 x times) along stages 2 and 3, from t on.
local function both_modes(log, t)
  local parts = {}
  for _, stage in ipairs { "B2", "B3" } do
    local path, m = log[stage].path, log.model.mD
    local alpha = log.span:of(path.W)
    for k = 1, path.t.cols do
      if path.t(k) >= t then
        parts[#parts + 1] = alpha:block(1, (k - 1) * m + log.star, 2, 1)
      end
    end
  end
  return sd.hcat(parts)
end

return sd.claim {
  id = "normalized_sgda.lemma_F_6",
  source = "Lemma F.6; E.1, T_B2",
  statement = "after stage 2 the leading neuron of D holds both modes alike",
  surrogate = "1/polyloglog d: 1/log log d; the polylog of T_B2: 4 C/(3 a_0), C = 10",
  params = { rho = 0.1, d = { 1e8, 1e10, 1e12 }, gamma = { 0.01, 0.1 }, seed = sd.seeds(2),
    { T_B2 = "corrected" },
    { T_B2 = "printed", d = 1e12, expect = "violated" },
    { T_B2 = "corrected", d = 1e3, seed = 1, expect = "not applicable" } },
  smoke = { seed = 1, gamma = 0.01, d = { 1e8, 1e12 } },
  full = { seed = sd.seeds(8) },
  broken = { "no mixed samples", "half" },
  check = function(c, p)
    c:assume("gamma > 0", p.gamma, ">", 0)
    local log = stage_log.new("balanced", c.rng, { d = p.d, rho = p.rho, last = "B3",
      gamma = c.broken == "no mixed samples" and 0 or p.gamma })
    if not log:assume(c, "B3") then return end
    if not c:assume("T_B2 < T_B3", log.B2.T, "<", log.B3.T) then return end
    local from = log.B1.T + 2 ^ -math.log(p.d) ^ 0.5
    local alpha = both_modes(log, p.T_B2 == "printed" and from or log.B2.T)
    if c.broken == "half" then alpha = alpha / 2 end
    c:conclude("alpha(u_1) = alpha(u_2)", sd.abs(alpha:row(1) / alpha:row(2) - 1), "<=",
      1 / math.log(math.log(p.d)))
    c:conclude("alpha(u_l) >= log(d)^0.1", alpha, ">=", math.log(p.d) ^ 0.1)
    c:note("alpha at T_B3", alpha(1, -1))
  end,
}
