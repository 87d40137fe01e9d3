--- Lemma F.2 of the normalised-SGDA paper (Jelassi et al., 2022): in stage 1 the generator hardly
-- moves. zeta = max <v_i, w_j0> and Upsilon = max <w_j, u_l> follow, but for factors near 1,
--
--   (55) Upsilon += eta_D a_0 3/4 Upsilon^2        (56) zeta += eta_G a_0 3/(2 m_G) zeta^2
--
-- and until T_B1, when Upsilon >= 1/C, sum eta_G zeta^2 <= O(m_G polyloglog(d)/(a_0 d)) (60). By
-- (56) the sum is 2 m_G (zeta_T - zeta_0)/(3 a_0), and by Lemma D.1 zeta_T <= zeta_0/(1 - r), where
--
--   r = 2 eta_G zeta_0/(m_G eta_D Upsilon_0)
--
-- is the share of zeta's own blow-up: below 1 where the discriminator is first, the balanced case
-- of Lemma C.1. (The paper refers to Lemma D.4 for this.) With r >= 1 the generator is first, and
-- nothing holds.
local sd = require "saddle"

--- The recursions until upsilon >= level: sum eta_G zeta^2, zeta_T, T. Each step has factors within
-- 1 +- jitter.
local function run(rng, p, o, zeta, upsilon)
  local sum, T, first = 0, 0, zeta
  while upsilon < o.level do
    sum = sum + o.etaG * zeta ^ 2
    local up = 1 + p.jitter * (2 * rng:rand() - 1)
    zeta = zeta + o.etaG * o.a0 * 1.5 / p.mG * zeta ^ 2 * (1 + p.jitter * (2 * rng:rand() - 1))
    upsilon = upsilon + o.etaD * o.a0 * 0.75 * upsilon ^ 2 * up
    T = T + 1
    if zeta > 1e6 * first then break end
  end
  return sum, zeta, T
end

return sd.claim {
  id = "normalized_sgda.lemma_F_2",
  source = "Lemma F.2, (55), (56) and (60)",
  statement = "while the discriminator takes its first steps the generator's sum of eta_G zeta^2 "
    .. "stays O(m_G polyloglog(d)/(a_0 d)), where the discriminator is first",
  surrogate = "zeta_0 = log log d/d, Upsilon_0 = (log log d/d)^(1/2), 1/C = 1/log d; polyloglog is "
    .. "log log d/(1 - r)",
  params = { d = { 1e3, 1e5 }, mG = { 5, 13 }, jitter = { 0, 0.02 }, seed = 1,
    { r = { 0.1, 0.5, 0.9 } }, { r = 1.2, jitter = 0, expect = "not applicable" } },
  smoke = { mG = 5 },
  full = { seed = sd.seeds(5), d = { 1e3, 1e6, 1e8 } },
  broken = { "rate of zeta" },
  check = function(c, p)
    local o, LL = { a0 = 1 / math.log(p.d), level = 1 / math.log(p.d) }, math.log(math.log(p.d))
    local zeta, upsilon = LL / p.d, math.sqrt(LL / p.d)
    -- steps such that Upsilon grows by 1/300 of itself at the end: the e of Lemma D.1
    local e = 1 / 300
    o.etaD = e / (0.75 * o.a0 * o.level)
    o.etaG = p.r * p.mG * o.etaD * upsilon / (2 * zeta)
    -- factors within 1 +- jitter, and steps, change r by that much
    local r = p.r * (1 + p.jitter) * (1 + e) / (1 - p.jitter)
    if not c:assume("the discriminator is first: r < 1", r, "<", 1) then return end
    if c.broken == "rate of zeta" then o.etaG = o.etaG * 1.5 / p.r end
    local sum, last, T = run(c.rng, p, o, zeta, upsilon)
    c:conclude("zeta_T <= zeta_0/(1 - r)", last, "<=", zeta / (1 - r))
    c:conclude("(60)", sum, "<=", 2 * p.mG / (3 * o.a0 * (1 - p.jitter)) * LL / (p.d * (1 - r)))
    local exact = 2 * p.mG / (3 * o.a0) * (last - zeta)
    -- four roundings a step, and a factor within 1 +- jitter on each term
    local share = (p.jitter / (1 - p.jitter) + 8 * T * 2 ^ -53) * (exact + zeta / o.a0)
    c:conclude("sum eta_G zeta^2 = 2 m_G (zeta_T - zeta_0)/(3 a_0)", sum, "==", exact,
      { tol = share })
    c:note("zeta_T / zeta_0", last / zeta)
  end,
}
