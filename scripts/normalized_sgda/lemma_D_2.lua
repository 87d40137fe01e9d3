--- Lemma D.2 of the normalised-SGDA paper (Jelassi et al., 2022): a goes to 0 before it has taken
-- half of b. With c_t = eta_D C_t, k = 1.0000001 and r = a_0/b_0 < 0.82, let
--
--   a_{t+1} <= a_t - c_t b_t        b_{t+1} >= b_t - k c_t a_t
--
-- until a_T <= 0. Then sum c_t a_t <= 0.49 b_0; and <= 10 b_0/C where a_0 < b_0/C, C > 100. With
-- equality V = b^2 - k a^2 falls by k c_t^2 of itself a step, so that for small steps
--
--   sum c_t a_t = (b_0 - b_T)/k = b_0 (1 - sqrt(1 - r^2))
--
-- which is 0.4276 b_0 at r = 0.82, and b_0/(2 C^2) at r = 1/C, far below what is claimed.
--
--   printed   0.49 b_0, and 10 b_0/C. With equality the sum is the value above, which the paper
--             does not give. c_t <= h makes "eta_D <= 1/poly(d)" a number
--   edge      0.49 b_0 is right up to r = sqrt(1 - 0.51^2) = 0.8602, and not beyond ("past")
--   theta     a_t = a_0 - Theta(sum c_s): holds with equality, with 1 - 0.49 and 1 as constants in
--             parts of b_0; as printed, with a_{t+1} <= alone, a may fall as fast as it likes
local sd = require "saddle"

local K <const> = 1.0000001
local EDGE <const> = math.sqrt(1 - 0.51 ^ 2)

--- The sequences from a_0 = r, b_0 = 1 until a <= 0, with c_t in (0, h): a falls by up to 1 + slack
-- of what it must, b by 1 - slack at least of what it may.
local function run(rng, r, h, slack, k)
  local a, b, s = r, 1.0, { sum = 0, C = 0, T = 0 }
  repeat
    local c = h * (1 - rng:rand())
    s.sum, s.C, s.T = s.sum + c * a, s.C + c, s.T + 1
    a, b = a - c * b * (1 + slack * rng:rand()), b - k * c * a * (1 - slack * rng:rand())
  until a <= 0
  s.a, s.b = a, b
  s.last = math.abs(a) * h -- what |a_T c_T| adds where the sum goes on to t = T
  return s
end

--- How far the sum may be from its value for small steps, for c_t <= h, a_0 = r and b_0 = 1: V
-- falls by k sum c^2 <= k h sum c of itself, sum c <= (r + h)/b_T, and a sum of steps of h is off
-- by h r at most.
local function discrete(r, h)
  local b = math.sqrt(1 - K * r ^ 2)
  return h * (r + h) / b * (1 + 1 / b)
end

return sd.claim {
  id = "normalized_sgda.lemma_D_2",
  source = "Lemma D.2",
  statement = "while a falls to 0 at the rate b, it takes less than 0.49 of b where a_0 < 0.82 b_0",
  params = { h = 1e-3, slack = 0, seed = sd.seeds(3),
    { form = "printed", r = { 0.3, 0.8, 0.8199 }, slack = { 0, 0.5 } },
    { form = "printed", r = { 0.009, 0.001 }, h = 1e-5, slack = { 0, 0.5 } },
    { form = "printed", r = 0.83, expect = "not applicable" },
    { form = "edge", r = { 0.83, 0.86 }, h = 1e-4, seed = 1 },
    { form = "past", r = { 0.8605, 0.95 }, h = 1e-4, seed = 1, expect = "violated" },
    { form = "theta", r = { 0.3, 0.8199 } },
    { form = "theta", r = 0.8, slack = 50, expect = "violated" } },
  smoke = { seed = 1 },
  full = { seed = sd.seeds(20), h = { 1e-3, 1e-5 } },
  broken = { "factor" },
  check = function(c, p)
    c:assume("c_t = eta_D C_t is small", p.h, "<=", 1e-3)
    if p.form == "edge" then
      c:assume("r <= sqrt(1 - 0.51^2)", p.r, "<=", EDGE)
    elseif p.form ~= "past" then
      c:assume("a_0 < 0.82 b_0", p.r, "<", 0.82)
    end
    local s = run(c.rng, p.r, p.h, p.slack, (c.broken == "factor" and 1.3 or 1) * K)
    c:note("T", s.T)
    c:note("sum c_t a_t / b_0", s.sum)
    if p.form == "theta" then
      c:conclude("a_0 - a_T >= 0.51 b_0 sum c_t", p.r - s.a, ">=", 0.51 * s.C)
      c:conclude("a_0 - a_T <= b_0 sum c_t", p.r - s.a, "<=", s.C, { tol = 4 * s.T * 2 ^ -53 })
      return
    end
    c:conclude("sum |a_t c_t| <= 0.49 b_0", s.sum + s.last, "<=", 0.49)
    if p.r < 0.01 then
      c:conclude("sum |a_t c_t| <= 10 b_0/C", s.sum + s.last, "<=", 10 * p.r)
    end
    if p.slack == 0 then
      c:conclude("sum c_t a_t = b_0 (1 - sqrt(1 - r^2))", s.sum, "==",
        (1 - math.sqrt(1 - K * p.r ^ 2)) / K, { tol = discrete(p.r, p.h) })
    end
  end,
}
