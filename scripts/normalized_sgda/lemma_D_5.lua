--- Lemma D.5 of the normalised-SGDA paper (Jelassi et al., 2022), how training ends where the
-- generator dominates: its neurons q_j, of length Lam when this begins, grow along the
-- discriminator's neurons p_i of the start until a = 0, at T. The system is `dominant` of
-- endgame.lua: p_i unit vectors with <p_i, p_i'> about d^-0.5, G and H between 1/C^2 and C^2 (in
-- print the sum over i, j leaves H_ij out, and (40) has two meanings of j). Any Gamma from
-- sqrt(d)/polylog on is allowed. That q grows much before a is 0 needs Lam far below a_0
-- sqrt(Gamma), which for Gamma = d^0.5 means d^0.05 above log d, or d > 1e30: here Gamma is larger.
--
--   ends      within T = O~(sqrt(Gamma)/eta_G), with max |q_{j,T}| = Theta~(sqrt(Gamma)): for one p
--             and one q, a^2 + |q|^2/Gamma is conserved where s is linear. And for all t the sum
--             over i of s(<p_i, q_j>) is of the order of max s'(<p_i, q_j>) |q_j|
--   one p     max <p_i, q_j> >= (1 - C^-0.2) |q_j| for all t, where q_{j,0} is along one p_i and
--             |q_j| stays below C^(1/2) Lam. What is left open, |q|/C, gives the other products y
--             dy/dz = (y/Lam)^2 + 1/C, z that with p_i: y = Lam C^-1/2 tan(z C^-1/2/Lam), small up
--             to there
--   any q     the same without that bound. False: at z = 1.57 C^1/2 Lam at the latest y is Lam,
--             from where s is linear and no p_i gains on the others. With Gamma = d^1.2, d = 1e12,
--             0.3 to 0.5 of |q_j| is left along p_i
--   printed   one p for any q_{j,0} that is a sum of the p_i with weights >= 0. False at t = 0,
--             with equal weights, and for all t: where s is linear, no p_i gains on the others
local sd = require "saddle"
local endgame = require "endgame"

-- ---- the start ----------------------------------------------------------------------------------

--- The p_i as columns: the first mD axes, but for products of about d^-0.5.
local function directions(p, rng)
  local P = sd.eye(p.mD + p.mG, p.mD) + rng:randn(p.mD + p.mG, p.mD) * p.d ^ -0.5 / 2
  return P / sd.norm(P, { dim = 1 })
end

--- q_{j,0} of length Lam: along one of the p_i, or the sum of all, and a part of |q|/C off them.
local function generator(p, P, C, rng)
  local one = p.form == "one p" or p.form == "any q"
  local W = one and sd.eye(p.mD):col(rng:categorical(sd.ones(1, p.mD), 1, p.mG))
    or sd.ones(p.mD, p.mG)
  local Q = P * W
  Q = Q / sd.norm(Q, { dim = 1 })
  return (Q + rng:sphere(p.mD + p.mG) / C) * p.d ^ 0.2
end

--- Numbers between 1/2 and 2, as G and H may be.
local function weights(rng, rows, cols) return 2 ^ (2 * rng:rand(rows, cols) - 1) end

-- ---- what is said of it -------------------------------------------------------------------------

--- The least, over j and along the path, of max <p_i, q_j>/|q_j|, and of sum s over max s' |q|.
local function worst(path, o)
  local purity, power = math.huge, math.huge
  for _, y in ipairs(path.y) do
    local z, size = o.P:t() * y.Q, sd.norm(y.Q, { dim = 1 })
    local s, slope = endgame.cube(z, o.Lam)
    purity = math.min(purity, sd.min(sd.max(z, { dim = 1 }) / size))
    power = math.min(power,
      sd.min(sd.sum(s, { dim = 1 }) / (sd.max(slope, { dim = 1 }) % size)))
  end
  return purity, power
end

local forms = {}

function forms.ends(c, p, o, path)
  local size = sd.max(sd.norm(path.last.Q, { dim = 1 }))
  local width = math.log(p.d)
  local root = math.sqrt(o.Gamma)
  local _, power = worst(path, o)
  c:conclude("eta_G T <= sqrt(Gamma) polylog", o.Gamma * path.reached, "<=", root * width)
  c:conclude("max |q_{j,T}| >= sqrt(Gamma)/polylog", size, ">=",
    root / (width * p.mD * p.mG))
  c:conclude("max |q_{j,T}| <= sqrt(Gamma) polylog", size, "<=", root * width)
  c:conclude("sum s(<p_i, q_j>) >= max s' |q_j| / 10", power, ">=", 0.1)
  c:note("max |q_T| / sqrt(Gamma)", size / root)
end

local function one_direction(c, _, o, path, C)
  local purity = worst(path, o)
  c:conclude("max <p_i, q_j> >= (1 - C^-0.2) |q_j|", purity, ">=", 1 - C ^ -0.2)
end
forms["any q"], forms.printed = one_direction, one_direction

forms["one p"] = function(c, p, o, path, C)
  c:assume("|q_{j,T}| <= C^(1/2) Lam", sd.norm(path.last.Q, { dim = 1 }), "<=", C ^ 0.5 * o.Lam)
  one_direction(c, p, o, path, C)
end

return sd.claim {
  id = "normalized_sgda.lemma_D_5",
  source = "Lemma D.5, (38)-(42)",
  statement = "where the generator dominates, its neurons grow to sqrt(Gamma) before a is 0; along "
    .. "one neuron of the discriminator only where they began so, and until a second reaches Lam",
  surrogate = "C = m_D log d, a_0 = 1/log d, Omega is 1/10 and polylogs are log d, "
    .. "and m_D m_G log d below; G and H are in [1/2, 2]",
  params = { d = { 1e6, 1e12 }, mD = 13, mG = 5, power = { 0.8, 1 }, far = 1, seed = sd.seeds(2),
    { form = "ends" },
    { form = "one p", d = 1e6 },
    { form = "one p", d = 1e12, power = 0.8 },
    { form = "one p", d = 1e12, power = 1, expect = "not applicable" },
    { form = "one p", far = 30, d = 1e6, expect = "not applicable" },
    { form = "any q", d = 1e12, power = 1.2, expect = "violated" },
    { form = "printed", expect = "violated" } },
  smoke = { seed = 1 },
  full = { seed = sd.seeds(10), mD = { 7, 28 } },
  broken = { "push", "a" },
  check = function(c, p)
    local C = p.mD * math.log(p.d)
    local o = { Lam = p.d ^ 0.2, Gamma = p.d ^ p.power, a = 1 / math.log(p.d) }
    o.P = directions(p, c.rng)
    o.Q = generator(p, o.P, C / p.far, c.rng)
    o.G, o.H = weights(c.rng, 1, p.mG), weights(c.rng, p.mD, p.mG)
    o.push = c.rng:randn(p.mD + p.mG, p.mG)
    o.push = o.push / sd.norm(o.push, { dim = 1 }) / C
    if c.broken == "push" then o.push = 3 * sd.vcat(sd.zeros(p.mD, p.mG), sd.eye(p.mG)) end
    if c.broken == "a" then o.H = o.H * 1e-5 end

    local gram = sd.abs(o.P:t() * o.P - sd.eye(p.mD))
    c:assume("<p_i, p_i'> <= d^-0.5 log d", sd.max(gram), "<=", p.d ^ -0.5 * math.log(p.d))
    local rest = o.Q - o.P * sd.lstsq(o.P, o.Q)
    if not c:assume("q_{j,0} is a sum of the p_i up to |q_j|/C",
      sd.norm(rest, { dim = 1 }) / sd.norm(o.Q, { dim = 1 }), "<=", 1 / C) then return end
    forms[p.form](c, p, o, endgame.dominant(o), C)
  end,
}
