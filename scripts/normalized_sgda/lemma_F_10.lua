--- Lemma F.10 of the normalised-SGDA paper, and what case 1 of Lemma C.1 comes to (appendix G): D
-- saturates while the generator has not yet learnt, and lambda b falls (stage_log.lua). Either
--
--   case 1   T_B3 >= T_0: the gradient vanishes first, and the generator never learns; or
--   case 2   T_B3 < T_0, and S(lambda b) >= 1/polylog at T_B3: it learns before lambda b has fallen
--
-- Between T_B2 and T_0 S(lambda b) adds up to log(d)/tau, tau the rate of lambda b, and the
-- generator takes off when eta_G/eta_D times that is about d. So the border is a ratio of d tau,
-- up to logarithms:
--
--   tau = (d polylog)^-1/2     as the paper reckons: d^(1/2)/polylog, which is in the balanced case
--   tau = lambda^2 of (9)      1/polylog: in all of the balanced case it is case 2
--
-- Near the border, over a factor log(d)/log log d of ratios and the spread of starts, it is
-- neither: T_B3 comes before T_0, but S(lambda b) is a power of 1/d. The lemma has "with
-- probability 1 - o(1)", which for those ratios is not so.
local sd = require "saddle"
local stage_log = require "stage_log"

--- A ratio on the other side of the border.
local function other_side(case, d) return case == "1" and 0.1 or 1e-7 * d ^ -0.5 end

return sd.claim {
  id = "normalized_sgda.lemma_F_10",
  source = "Lemma F.10; G, case 1",
  statement = "either D saturates before the generator has learnt, or the sigmoids of its samples "
    .. "are then still 1/polylog; not between",
  surrogate = "1/polylog: 1/log d; 1/poly(d) of T_0: d^-2",
  params = { d = { 1e8, 1e12 }, seed = { 1, 2 },
    { case = "1", lambda = "as reckoned", rho = { 1e-7, 1e-6 } },
    { case = "2", lambda = "as reckoned", rho = { 0.1, 0.5 } },
    { case = "2", lambda = "(9)", rho = { 1e-3, 0.1 } },
    { case = "1", lambda = "(9)", rho = 1e-6, d = 1e12, expect = "violated" },
    { case = "1 or 2", lambda = "as reckoned", rho = 1e-4, d = 1e12, expect = "violated" },
    { case = "2", lambda = "(9)", rho = 4, d = 1e12, seed = 1, expect = "not applicable" } },
  smoke = { seed = 1, d = 1e12 },
  full = { seed = sd.seeds(10), d = { 1e8, 1e10, 1e12 } },
  broken = { "b stands still", "other side" },
  check = function(c, p)
    if not c:assume("not case 3 of Lemma C.1: rho < 1 - 1/C", p.rho, "<", 1 - 1 / stage_log.C) then
      return
    end
    local log = stage_log.new("balanced", c.rng, { d = p.d, last = "B3",
      rho = c.broken == "other side" and other_side(p.case, p.d) or p.rho,
      lambda = c.broken == "b stands still" and 1e-300 or p.lambda })
    if p.case == "1" then
      c:conclude("T_0 <= T_B3", log:time "T0", "<=", log:time "B3")
      return
    end
    if p.case == "2" then c:conclude("T_B3 < T_0", log:time "B3", "<", log:time "T0") end
    c:conclude("S(lambda b) >= 1/log d at T_B3, if it comes", log.B3
      and sd.sigmoid(log.model.lambda * log.B3.p.D.b) or 1, ">=", 1 / math.log(p.d))
  end,
}
