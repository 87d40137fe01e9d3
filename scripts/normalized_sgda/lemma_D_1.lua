--- Lemma D.1 of the normalised-SGDA paper (Jelassi et al., 2022), the comparison of tensor powers:
-- of two sequences that grow by their squares, for S_t in [0, C] and x_0 > (1 + 10 delta) y_0,
--
--   x_{t+1} >= x_t + eta S_t x_t^2        y_{t+1} <= y_t + eta S_t (1 + delta) y_t^2
--
-- y has hardly grown when x passes tau, at T: y_T <= y_0/poly(delta); and where S_t >= H,
-- T = O(1/(eta H x_0)). (In print the left side of the second is y_t.) The reason is that 1/x falls
-- by eta S_t or, with e = eta C tau, by eta S_t/(1 + e) at least, and 1/y by eta (1 + delta) S_t at
-- most. So, with e <= delta in place of "eta < 1/poly(C/delta)",
--
--   explicit   y_T/y_0 <= 1/(1 - (1 + delta)(1 + e)/(1 + 10 delta)), which is
--              (1 + 10 delta)/(9 delta) as eta goes to 0
--              T <= 1 + (1 + e) (1 - x_0/tau)/(eta H x_0)
--   tight      for x_0 = (1 + 10 delta) y_0, S_t = C and equality throughout:
--              y_T/y_0 >= 1/(1 - (1 + delta)/(1 + r) (1 - x_0/x_T)/(1 + 10 delta)), r = eta (1 +
--              delta) C y_T, and T >= (1 - x_0/tau)/(eta C x_0)
--   printed    nothing there makes eta small against 1/x_0: false where x_0 is large, as one step
--              may then carry y as far as it likes. The unnamed polynomial is 1/delta^4 here.
local sd = require "saddle"

-- ---- S_t ----------------------------------------------------------------------------------------

--- S_t as a function of the rng, in [H, C].
local laws = {}
function laws.constant(_, _, C) return C end
function laws.uniform(rng, H, C) return H + (C - H) * rng:rand() end
function laws.sparse(rng, H, C) return rng:rand() < 0.1 and C or H end

--- Both sequences until x > tau: the ratio y_T/y_0, T, and x_T. `slack` is the share by which x may
-- grow more, and y less, than the recursions say.
local function grow(p, rng, x, y, delta)
  local law, y0, t = laws[p.law], y, 0
  while x <= p.tau do
    local S, more, less = law(rng, p.H, p.C), 1 + p.slack * rng:rand(), 1 - p.slack * rng:rand()
    x, y = x + p.eta * S * x * x * more, y + p.eta * S * (1 + delta) * y * y * less
    t = t + 1
  end
  return y / y0, t, x
end

return sd.claim {
  id = "normalized_sgda.lemma_D_1",
  source = "Lemma D.1",
  statement = "of two sequences that grow by their squares, that with the larger start leaves the "
    .. "other behind, which grows by (1 + 10 delta)/(9 delta) at most",
  surrogate = "1/poly(delta) of the printed form is 1/delta^4, 1/poly(C/delta) is (delta/C)^4",
  params = { C = 20, seed = sd.seeds(3), slack = 0, H = 0,
    { form = "explicit", delta = { 0.01, 0.09 }, tau = 10, e = { 1, 0.5 }, slack = { 0, 1 },
      law = { "uniform", "sparse" } },
    { form = "explicit", delta = 0.05, tau = 30, e = 0.5, H = 5, law = { "uniform", "sparse" } },
    { form = "explicit", delta = 0.05, tau = 30, e = 20, H = 5, law = "sparse",
      expect = "not applicable" },
    { form = "tight", delta = { 0.01, 0.09 }, tau = 100, e = 0.5, law = "constant", seed = 1 },
    { form = "printed", delta = 0.05, tau = 1e30, start = 1e12, law = "constant", seed = 1,
      expect = "violated" } },
  smoke = { seed = 1 },
  full = { seed = sd.seeds(20) },
  broken = { "rate" },
  check = function(c, p)
    local delta = p.delta
    local printed = p.form == "printed"
    local e = not printed and p.e * delta or nil
    local q = { law = p.law, tau = p.tau, H = p.form == "tight" and p.C or p.H, C = p.C,
      slack = p.slack, eta = printed and (delta / p.C) ^ 4 or e / (p.C * p.tau) }
    local y0 = printed and p.start or 1.0
    local x0 = (1 + 10 * delta) * y0 * (1 + 0x1p-40)
    c:assume("delta in (0, 0.1)", delta, "<", 0.1)
    c:assume("C > 10", p.C, ">", 10)
    c:assume("x_0 > (1 + 10 delta) y_0", x0, ">", (1 + 10 * delta) * y0)
    if not printed and not c:assume("eta C tau <= delta", e, "<=", delta) then return end

    local ratio, T, x = grow(q, c.rng, x0, y0, (c.broken == "rate" and 20 or 1) * delta)
    c:note("y_T / y_0", ratio)
    c:note("T", T)
    if printed then
      c:conclude("y_T <= y_0/poly(delta)", ratio, "<=", delta ^ -4)
      return
    end
    local room = 1 - (1 + delta) * (1 + e) / (1 + 10 * delta)
    -- T steps of 4 roundings each, seen in 1/y_0 - 1/y_T, which `room` divides
    local tol = 8 * T * 2 ^ -53 / room ^ 2
    c:conclude("y_T / y_0", ratio, "<=", 1 / room, { tol = tol })
    if q.H > 0 then
      c:conclude("T", T, "<=", 1 + (1 + e) * (1 - x0 / p.tau) / (q.eta * q.H * x0))
    end
    if p.form == "tight" then
      local r = q.eta * (1 + delta) * p.C * ratio
      c:conclude("y_T / y_0 from below", ratio, ">=",
        1 / (1 - (1 + delta) / (1 + r) * (1 - x0 / x) / (1 + 10 * delta)), { tol = tol })
      c:conclude("T from below", T, ">=", (1 - x0 / p.tau) / (q.eta * p.C * x0))
      c:note("(1 + 10 delta)/(9 delta)", (1 + 10 * delta) / (9 * delta))
    end
  end,
}
