--- The numbers that stand for the discriminator in the proof of Theorem 4.1 of the normalised-SGDA
-- paper (Jelassi et al., 2022), for small steps, in units of eta_D t: a, c = <w_i*, u_1>, d =
-- <w_i*, u_2> and b, with S the logistic function (Lemma D.7; with c = d = alpha Lemma F.5, in
-- which the paper prints eta_G for eta_D):
--
--   a' = (S_c c^3 + S_d d^3)/2   c' = 3/2 S_c c^2 a   d' = 3/2 S_d d^2 a   b' = -tau_b S(b)
--   S_x = S(-a x^3 - b)
--
-- a^2 - (c^2 + d^2)/3 is conserved. What the generator gets of it (Lemma F.9) is v' = eta_G/eta_D
-- (6/m_G) a c^3 S(b) v^2: v = 1/(1/v_0 - 6 eta_G/(m_G eta_D) pull), pull' = a c^3 S(b). The
-- paper prints 3 c^2 S(b) for 6 a c^3 S(b): `printed` is the integral of c^2 S(b). Two more of the
-- same kind: `hold` of a S(b), `tie` of a c^2 S(b).
local sd = require "saddle"

local scalar_systems = {}

local function S(x) return x > 0 and 1 / (1 + math.exp(-x)) or math.exp(x) / (1 + math.exp(x)) end
scalar_systems.sigmoid = S

--- a^2 - (c^2 + d^2)/3.
function scalar_systems.invariant(y) return y.a ^ 2 - (y.c ^ 2 + y.d ^ 2) / 3 end

--- scalar_systems.solve({a=, c=, d=, b=}, times, {tau_b=0, bias=, factor=}) -> {a=, c=, d=, b=,
-- pull=, printed=, hold=, tie=}, rows with a column for each time (in units of eta_D t, from 0).
-- bias(y) is put in the place of b; factor(t, k), about 1, multiplies S_c in a' (k = 1), S_d there
-- (2), c' (3) and d' (4). The state moves like a power of log t: it is integrated in log(1 + t).
function scalar_systems.solve(y0, times, o)
  local tau, bias = o.tau_b or 0, o.bias
  local factor = o.factor or function() return 1 end
  local function f(s, y)
    local t = math.exp(s) - 1
    local b = bias and bias(y) or y.b
    local Sc, Sd, stretch = S(-y.a * y.c ^ 3 - b), S(-y.a * y.d ^ 3 - b), t + 1
    return {
      a = stretch * (factor(t, 1) * Sc * y.c ^ 3 + factor(t, 2) * Sd * y.d ^ 3) / 2,
      c = stretch * factor(t, 3) * 1.5 * Sc * y.c ^ 2 * y.a,
      d = stretch * factor(t, 4) * 1.5 * Sd * y.d ^ 2 * y.a,
      b = stretch * -tau * S(b), pull = stretch * y.a * y.c ^ 3 * S(b),
      printed = stretch * y.c ^ 2 * S(b), hold = stretch * y.a * S(b),
      tie = stretch * y.a * y.c ^ 2 * S(b),
    }
  end
  local at = {}
  for k = 1, #times do at[k] = sd.log1p(times(k)) end
  local sol = sd.ode(f, 0, { a = y0.a, c = y0.c, d = y0.d, b = y0.b, pull = 0.0, printed = 0.0,
    hold = 0.0, tie = 0.0 }, at[#at], { at = at, rtol = 1e-9, atol = 1e-12 })
  local out = {}
  for name in pairs(sol.y[1]) do
    local row = {}
    for k, y in ipairs(sol.y) do row[k] = y[name] end
    out[name] = sd.matrix { row }
  end
  return out
end

--- v of Lemma F.9 from v0, where `gain` is 6 pull, or 3 printed, times eta_G/(m_G eta_D):
-- infinite from where it has blown up.
function scalar_systems.generator(v0, gain)
  local v = sd.zeros(1, #gain)
  for k = 1, #gain do
    local rest = 1 / v0 - gain(k)
    v:set(1, k, rest > 0 and 1 / rest or math.huge)
  end
  return v
end

return scalar_systems
