--- Lemma D.7 of the normalised-SGDA paper (Jelassi et al., 2022): the numbers a, c, d of
-- scalar_systems.lua, from starts of 1/polylog d, with |b| <= min(a c^3, a d^3, O(log d)) and
-- factors 1 +- 1/polylog d on each term, come to a = (2/3)^(1/2) c (46) and c = d (47), up to
-- 1/polylog d, for t from polylog(d)/eta to poly(d)/eta.
--
--   statement   on the differential equation, up to eta t = 1e6. Behind it: a^2 - (c^2 + d^2)/3
--               stays what it is, I, so that (a/c)^2 = (1 + (d/c)^2)/3 + I/c^2; and c grows only
--               like log(t)^(1/4), so that the approach is as slow as log(t)^(-1/2). Where b is as
--               large as it may be, t = log^3(d)/eta is not enough: c/d is 1.076 then, d = 1e6
--   steps       the same of the recursion (43)-(45) itself, eta = 0.02, up to eta t = 1000
--   large a     a_0 = 1, which is no 1/polylog d: at eta t = 1e6 a/c is still 0.94, not 0.816
--
-- The proof uses Lemma D.6 for c^3 and c^2, where a c^3 >= 2 and a c^3 >= 4/3 is needed, not 1.
local sd = require "saddle"
local scalar_systems = require "scalar_systems"

local LIMIT <const> = math.sqrt(2 / 3)
local D <const> = 1e6 -- d; poly(d)/eta is d/eta

--- Steps of (43)-(45) -> {a=, c=, d=}; b = share min(a c^3, a d^3, log d).
local function recursion(y0, eta, steps, share, slow)
  local L = math.log(D)
  return (sd.compile(function(y)
    local hc, hd = y.a * y.c ^ 3, y.a * y.d ^ 3
    local b = share * sd.min(sd.min(hc, hd), L)
    local Sc, Sd = sd.sigmoid(-hc - b), sd.sigmoid(-hd - b)
    return { a = y.a + slow * eta / 2 * (Sc * y.c ^ 3 + Sd * y.d ^ 3),
      c = y.c + eta * 1.5 * Sc * y.c ^ 2 * y.a, d = y.d + eta * 1.5 * Sd * y.d ^ 2 * y.a }
  end):iterate(y0, steps))
end

return sd.claim {
  id = "normalized_sgda.lemma_D_7",
  source = "Lemma D.7, (43)-(47)",
  statement = "the discriminator's a, <w, u_1> and <w, u_2> come to a = sqrt(2/3) <w, u_1> and "
    .. "<w, u_1> = <w, u_2>",
  surrogate = "d = 1e6; starts are within [1, 3]/log d, factors within 1/log^2 d of 1, times from "
    .. "log^4 d/eta to d/eta; (46) and (47) up to 1/log d",
  params = { a = 1, c = 1, d = 1, share = { -0.9, 0, 1 }, jitter = { 0, 1 },
    { form = "statement", a = { 1, 3 } }, { form = "statement", c = 1.5, d = { 1, 3 } },
    { form = "statement", a = 14, c = 1.4, d = 2, expect = "not applicable" },
    { form = "steps", c = 2, d = 1.5, jitter = 0 },
    { form = "large a", a = 14, c = 1.4, d = 2, share = 0, jitter = 0, expect = "violated" } },
  smoke = { share = 0 },
  broken = { "slow a" },
  check = function(c, p)
    local L = math.log(D)
    local y0 = { a = p.a / L, c = p.c / L, d = p.d / L, b = 0.0 }
    if p.form ~= "large a" then
      local largest = math.max(p.a, p.c, p.d)
      if not c:assume("a_0, c_0, d_0 are 1/polylog d", largest, "<=", 3) then return end
    end
    c:assume("|b| <= min(a c^3, a d^3)", math.abs(p.share), "<=", 1)
    local slow = c.broken == "slow a" and 0.5 or 1
    local y
    if p.form == "steps" then
      local last = recursion({ a = y0.a, c = y0.c, d = y0.d }, 0.02, 50000, p.share, slow)
      y = { a = sd.matrix { last.a }, c = sd.matrix { last.c }, d = sd.matrix { last.d } }
    else
      local times = 10 ^ sd.linspace(math.log(L ^ 4, 10), 6, 13):t()
      local phase = 2 * math.pi * c.rng:rand(4, 1)
      y = scalar_systems.solve(y0, times, {
        bias = function(s) return p.share * math.min(s.a * s.c ^ 3, s.a * s.d ^ 3, L) end,
        factor = function(t, k)
          return (k <= 2 and slow or 1) * (1 + p.jitter / L ^ 2 * math.cos(math.log(1 + t)
            + phase(k)))
        end })
    end
    local ratio = y.a / y.c
    c:conclude("(46) a = sqrt(2/3) c", ratio / LIMIT, "==", 1, { tol = 1 / L })
    c:conclude("(47) c = d", y.c / y.d, "==", 1, { tol = 1 / L })
    c:note("a/c at the end", ratio(-1))
    c:note("c/d at the end", y.c(-1) / y.d(-1))
    if p.jitter == 0 and p.form ~= "steps" then
      local I = scalar_systems.invariant(y0)
      -- some hundred steps of 1e-9 each, and c is above 1
      c:conclude("(a/c)^2 = (1 + (d/c)^2)/3 + I/c^2", ratio ^ 2, "==",
        (1 + (y.d / y.c) ^ 2) / 3 + I / y.c ^ 2, { tol = 1e-6 })
    end
  end,
}
