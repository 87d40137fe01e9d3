--- Lemma D.3 of the normalised-SGDA paper (Jelassi et al., 2022): a and b, positive and at most 1
-- at the start, grow by c_t = eta_D C_t and by c_t times something in [1/C, 1]. When a passes 2C
-- first, at T, b_T is in [1, 2C + 1].
--
-- b_T >= b_0 + (a_T - a_0)/C > 2 - 1/C and b_T <= b_0 + a_T - a_0 <= 1 + 2C + c_{T-1} - a_0. So the
-- lower end needs C >= 1, without which [1/C, 1] is empty; and the upper end that the last step
-- does not overshoot by more than a_0: c_t <= a_0, which the paper does not say. With steps of any
-- size, as printed, it is false.
local sd = require "saddle"

--- The place in [1/C, 1] of what b gets.
local shares = {}
function shares.least() return 0 end
function shares.most() return 1 end
function shares.random(rng) return rng:rand() end

--- a, b when a >= 2C first, in steps of up to h.
local function run(rng, p, a, b, least)
  local share, steps = shares[p.share], 0
  while a < 2 * p.C do
    local step = p.h * rng:rand()
    local part = share(rng)
    a, b = a + step, b + (least + part * (1 - least)) * step
    steps = steps + 1
  end
  return a, b, steps
end

return sd.claim {
  id = "normalized_sgda.lemma_D_3",
  source = "Lemma D.3, (12) and (13)",
  statement = "of two sums with comparable increments, one is at least 1 and at most 2C + 1 when "
    .. "the other passes 2C, where no step is larger than a_0",
  params = { C = { 1, 3, 20 }, b0 = { 1e-3, 1 }, share = "random", seed = sd.seeds(3),
    { form = "small steps", a0 = { 0.01, 1 }, h = 0.01 },
    { form = "small steps", a0 = { 0.01, 1 }, h = 0.01, share = { "least", "most" } },
    { form = "small steps", a0 = 0.01, h = 3, expect = "not applicable" },
    { form = "printed", a0 = 0.01, b0 = 1, h = 3, share = "most", C = 1, seed = 1,
      expect = "violated" } },
  smoke = { seed = 1, C = { 1, 3 } },
  full = { seed = sd.seeds(10) },
  broken = { "share" },
  check = function(c, p)
    c:assume("a_0, b_0 <= 1", math.max(p.a0, p.b0), "<=", 1)
    c:assume("C >= 1: [1/C, 1] is not empty", p.C, ">=", 1)
    if p.form == "small steps" then
      c:assume("no step is larger than a_0", p.h, "<=", p.a0)
    end
    local least = c.broken == "share" and -1 / p.C or 1 / p.C
    local a, b, steps = run(c.rng, p, p.a0, p.b0, least)
    -- three roundings a step, of numbers up to 2C + 1
    local noise = { tol = 3 * steps * 2 ^ -53 * (2 * p.C + 1) }
    c:conclude("b_T >= 1", b, ">=", 1, noise)
    c:conclude("b_T <= 2C + 1", b, "<=", 2 * p.C + 1, noise)
    c:note("a_T", a)
  end,
}
