--- Facts on numbers in the proof of Theorem A.4 of the over-parameterised-GAN paper (Balaji et al.,
-- ICLR 2021, parts I, III and IV):
--
--   decay   t (1 - x)^(t-1) <= 1 / (e 15 ln(16/15) x) for t >= 0, 0 < x <= 1/16. The maximum over
--           real t, at -1/ln(1 - x), is 1 / (e (1 - x) ln(1/(1 - x))), which at x = 1/16 is the
--           bound: the constant is the best one. Beyond 1/16 it is too small: x = 1/2, t = 1.
--   sum     sum over i = 0..t of i x^i = x (1 + t x^(t+1) - (t + 1) x^t) / (x - 1)^2, x not 1
--   steps   the constants of the steps in between: 4/(e 15 ln(16/15)) + 1 <= 3, (i) of part I; and
--           with q = 1 - x/2, (iii) of part IV: 1 - t q^(t-1) + (t - 1) q^t <= 1
local sd = require "saddle"

local BEST <const> = 15 * math.exp(1) * math.log(16 / 15) -- 2.6315

local facts = {}

function facts.decay(c, p)
  if not c:assume("0 < x", p.x, ">", 0) then return end
  if p.range ~= "any" then c:assume("x <= 1/16", p.x, "<=", 1 / 16) end
  local bound = 1 / ((c.broken == "constant" and 1.01 or 1) * BEST * p.x)
  local peak = -1 / sd.log1p(-p.x)
  -- all t up to 50, and whole t about the peak
  local list = { 0, 50 }
  for t = 1, 50 do list[#list + 1] = t end
  for k = -20, 20 do list[#list + 1] = math.max(0, math.floor(peak + k)) end
  local t = sd.matrix(list)
  -- the power is off by t u, relatively, and t x is about 1 where the term is not small
  local tol = 8 * 2 ^ -53 / p.x ^ 2
  c:conclude("t (1-x)^(t-1)", t % sd.exp((t - 1) * sd.log1p(-p.x)), "<=", bound, { tol = tol })
  local top = peak * math.exp((peak - 1) * sd.log1p(-p.x))
  c:conclude("at the real t where it is largest", top, "<=", bound, { tol = tol })
  if p.x == 1 / 16 then c:conclude("which attains it at 1/16", top, "==", bound, { tol = tol }) end
end

function facts.sum(c, p)
  if not c:assume("x is not 1", math.abs(p.x - 1), ">", 0) then return end
  local total, size, t = 0, 0, p.t
  for i = 0, t do
    total, size = total + i * p.x ^ i, size + i * math.abs(p.x) ^ i
  end
  local shift = c.broken == "constant" and t or t + 1
  local closed = p.x * (1 + t * p.x ^ (t + 1) - shift * p.x ^ t) / (p.x - 1) ^ 2
  -- t + 8 roundings of a sum of that size; the closed form cancels what (x - 1)^2 divides
  local terms = 1 + (2 * t + 1) * math.abs(p.x) ^ t * math.max(1, math.abs(p.x))
  local tol = (t + 8) * 2 ^ -53 * (size + math.abs(p.x) * terms / (p.x - 1) ^ 2)
  c:conclude("sum of i x^i", total, "==", closed, { tol = tol })
end

function facts.steps(c, p)
  c:assume("0 < x <= 1/16", p.x * 16, "<=", 1)
  c:conclude("4/(e 15 ln(16/15)) + 1 <= 3", 4 / (c.broken == "constant" and 1.5 or BEST) + 1, "<=",
    3)
  local q, t = 1 - p.x / 2, sd.linspace(0, 2000, 2001)
  -- t q^(t-1) is at most 1/(1 - q) = 2/x; each term has four roundings
  c:conclude("1 - t q^(t-1) + (t-1) q^t <= 1", 1 - t % q ^ (t - 1) + (t - 1) % q ^ t, "<=", 1,
    { tol = 10 * 2 ^ -53 * 2 / p.x })
end

return sd.claim {
  id = "overparam_gan.scalar_facts",
  source = "proof of Theorem A.4, parts I, III and IV",
  statement = "a decay, a sum and the constants that the proof uses, and where the range is needed",
  params = {
    { fact = "decay", x = { 1e-6, 1e-3, 0.01, 0.05, 1 / 16 }, range = "to 1/16" },
    { fact = "decay", x = { 0.07, 0.5 }, range = "to 1/16", expect = "not applicable" },
    { fact = "decay", x = { 0.07, 0.5 }, range = "any", expect = "violated" },
    { fact = "sum", x = { -2, -0.5, 0.3, 0.9, 0.999, 1.1, 3 }, t = { 0, 1, 5, 40 } },
    { fact = "sum", x = 1, t = 5, expect = "not applicable" },
    { fact = "steps", x = { 1e-3, 1 / 16 } } },
  broken = { "constant" },
  check = function(c, p) facts[p.fact](c, p) end,
}
