--- Lemma F.3 of the normalised-SGDA paper (Jelassi et al., 2022): when the discriminator's first
-- neuron has learnt one mode, at T_B1, it has learnt 1/polylog d of the other. By (52), with x =
-- <w_i*, u_1> the larger and y = <w_i*, u_2>, in units of eta_D a_0 3/2:
--
--   case 1   x += (x^2 + gamma y^2)/2, y += (y^2 + gamma x^2)/2
--   case 2   x += (1-gamma)/2 x^2 + gamma (x+y)^2, and likewise y
--
-- While x >= y >= 0 a step of y is at least the share k of that of x, k = gamma in case 1 and
-- 2 gamma/(1 + gamma) in case 2. So y_T >= y_0 + k (x_T - x_0): with gamma = 1/polylog d the
-- lemma. A y_0 between -x_0 and 0 never falls, and from x_2 on, the first x above 2 x_0, (x + y)^2
-- >= x^2/4, which gives y_T >= -x_0 + k' (x_T - x_2), k' = gamma in case 1, gamma/(2 - gamma) in
-- case 2. Without correlation, gamma = 0, y does not follow.
local sd = require "saddle"

local cases = {}
cases[1] = { share = function(g) return g end, late = function(g) return g end,
  step = function(x, y, g) return (x ^ 2 + g * y ^ 2) / 2, (y ^ 2 + g * x ^ 2) / 2 end }
cases[2] = { share = function(g) return 2 * g / (1 + g) end,
  late = function(g) return g / (2 - g) end,
  step = function(x, y, g)
    local both = g * (x + y) ^ 2
    return (1 - g) / 2 * x ^ 2 + both, (1 - g) / 2 * y ^ 2 + both
  end }

return sd.claim {
  id = "normalized_sgda.lemma_F_3",
  source = "Lemma F.3, (52)",
  statement = "when a neuron of the discriminator has learnt one mode it has learnt a share of "
    .. "about gamma of the other",
  surrogate = "1/C is 1/log d at the end of stage 1; 1/polylog d is gamma/(4 log d), "
    .. "and 0.01/(4 log d) where gamma is 0",
  params = { d = { 1e3, 1e5 }, case = { 1, 2 }, gamma = { 0.01, 0.05, 0.2 },
    start = { 0, 0.7, 1, -0.5, -1 }, eta = 0.05,
    {}, { gamma = 0, start = 0, expect = "violated" }, { start = -2, expect = "not applicable" } },
  smoke = { d = 1e3 },
  full = { d = { 1e3, 1e6, 1e8 } },
  broken = { "coupling" },
  check = function(c, p)
    local law = cases[p.case]
    local x0 = math.sqrt(2 * math.log(math.log(p.d)) / p.d)
    local x, y, level = x0, p.start * x0, 1 / math.log(p.d)
    c:assume("|y_0| <= x_0", math.abs(p.start), "<=", 1)
    local played = c.broken == "coupling" and -p.gamma or p.gamma
    local eta, at_two, T = p.eta / level, nil, 0
    while x < level do
      local dx, dy = law.step(x, y, played)
      x, y, T = x + eta * dx, y + eta * dy, T + 1
      if x >= 2 * x0 then at_two = at_two or x end
      if T > 1e5 then break end -- a twin may never come there
    end
    -- four roundings a step of y, which the sum has T of
    local noise = { tol = 4 * T * 2 ^ -53 * level }
    if p.start >= 0 then
      c:conclude("y_T >= y_0 + k (x_T - x_0)", y, ">=",
        p.start * x0 + law.share(p.gamma) * (x - x0), noise)
    else
      c:conclude("y_T >= -x_0 + k' (x_T - x_2)", y, ">=", -x0 + law.late(p.gamma) * (x - at_two),
        noise)
    end
    if p.start >= 0 then
      c:conclude("<w_i*, u_2> >= 1/polylog d", y, ">=", math.max(p.gamma, 0.01) / 4 * level)
    end
    c:note("y_T / x_T", y / x)
  end,
}
