--- Induction hypotheses G.1 and G.2 of the normalised-SGDA paper (E.2), where the generator
-- dominates: rho = eta_G B/(eta_D A) > 1 (stage_log.lua), on the flow of the population gradient.
-- Its neurons align with the random w_iG that they are nearest to, and drive a to 0 before D has
-- learnt anything. C = 2^((log d)^(1/2)).
--
-- While G drives a down the X term is negligible, and then, for each step of the flow,
--
--   a da = -eta_D a E q h(G),   d |V|^2/2 = eta_G a E q sum_i s'(z_i) z_i = -ratio d |W|^2/2,
--
-- z_i = <w_i, G>, and h <= s'(z) z <= 3 h for z > 0, with h of the cubic and of its tangent. So
--
--   a_0^2 <= |V|^2/ratio <= 3 a_0^2   and   a_0^2 <= |W_0|^2 - |W|^2 <= 3 a_0^2   when a = 0.
--
-- The first is |v| = Theta((eta_G/eta_D)^(1/2)) with its constants. The second contradicts (G.2.1):
-- w_iG loses at least a_0^2/2 of its length, a_0 = 1/polylog, which is not at most 1/C.
--
--   a gap below 1/10   not applicable: a runner-up of the leading pair <w_i0, v_j0> grows with it
--   G.1.2, printed     "for every t": false at first, when all alpha(v, w) grow from 0 at rates of
--                      one order; true with alpha(T_G1) for alpha(t)
--   G.2.1, printed     true until T_G2; at T_G3 false, for a_0 = 0.3 from d = 1e8 on, but true of
--                      a_0 = 0.1 up to d = 1e12: 2^((log d)^(1/2)) outgrows polylogs late
--   G.2.2, printed     alpha(v_j, w_iG) >= d^-0.49 for all j, at the time when the largest is: true
--                      of that one alone; Omega~(d^-0.49) is true of all
--   stage 4, printed   neurons move by |v|/C at most: false where <v_j, w_iG> is still below Lam at
--                      T_G3, as it is of all but one at these d, by a factor 1/polylog: a < 0, of
--                      which h(G) of these z does not make the sigmoid small, takes them back
local sd = require "saddle"
local exponents = require "exponents"

local function measured(log)
  local model = log.model
  local row, C = log:row_of("W", log.pair[1]), 2 ^ math.log(model.d) ^ 0.5
  local function off(other) return other ~= row end
  local function v_or_u(other) return other <= 2 or other > 2 + model.mD end
  local function length(stage) return sd.norm(log[stage].path.V, { dim = 1 }) end
  return { C = C, row = row, off = off, v_or_u = v_or_u, length = length,
    -- alpha(v_j, w_iG) along a stage
    leading = function(stage) return log.span:of(log[stage].path.V):row(row) end }
end

--- How far the runner-up of the leading pair is behind at the start, in parts of it.
local function gap(log)
  local all, pair = log.start.D.W * log.start.G.V, log.pair
  local lead = all(pair[1], pair[2])
  return 1 - sd.max(all:set(pair[1], pair[2], -lead)) / lead
end

local function conclude_1(c, log, m, form)
  local d = log.model.d
  c:conclude("G.1.1: |change of alpha(w, *)| <= C/d^(1/2)", log:changes("G1", "W"), "<=",
    m.C / d ^ 0.5)
  local moved = log:changes("G1", "V", m.off)
  c:conclude("G.1.2: |change of alpha(v, *)| <= C/d^(1/2) alpha(T_G1)", moved, "<=",
    m.C * d ^ -0.99)
  if form ~= "G.1.2" then return end
  local count = log.model.mG
  local alpha = m.leading "G1"
  alpha = alpha:reshape(count, #alpha // count):row(log.pair[2]):col(2, -1) -- it is 0 at t = 0
  c:conclude("G.1.2, printed: <= C/d^(1/2) alpha(t)", moved:col(count + 1, -1), "<=",
    sd.kron(m.C / d ^ 0.5 * alpha, sd.ones(moved.rows, count)))
end

local function conclude_2_and_3(c, log, m, form)
  local d = log.model.d
  c:conclude("G.2.1 in stage 2", log:changes("G2", "W"), "<=", 1 / m.C)
  c:conclude("stage 2: |change of alpha(v, *)| <= 2/C alpha(v, w_iG)",
    log:changes("G2", "V", m.off) / m.leading "G2", "<=", 2 / m.C)
  c:conclude("stage 3: |change of alpha(v, *)| <= 2/C |v|, * = v or u",
    log:changes("G3", "V", m.v_or_u) / m.length "G3", "<=", 2 / m.C)
  if form == "G.2.1" then
    c:conclude("G.2.1, printed: in stage 3, too", log:changes("G3", "W"), "<=", 1 / m.C)
  elseif form == "G.2.2" then
    c:conclude("G.2.2, printed: alpha(v, w_iG) >= d^-0.49", m.leading "G2", ">=", d ^ -0.49)
  elseif form == "stage 4" then
    local moved = sd.abs(log.p4 - log.p3)
    c:conclude("stage 4, printed: <= |v(T_G3)|/C", moved, "<=",
      sd.kron(sd.ones(moved.rows, 1), sd.norm(log.G3.p.G.V, { dim = 1 })) / m.C)
  end
end

--- The invariants of the head, with what |V_0|^2 and the resolution of the flow come to: steps by
-- 1% of a quantity each make a sum of squares off by 1% at most.
local function conclude_lengths(c, log)
  local p, a0 = log.G3.p, log.model.a0
  local v = (sd.norm(p.G.V) ^ 2 - sd.norm(log.start.G.V) ^ 2) / log.ratio / a0 ^ 2
  local w = (sd.norm(log.start.D.W) ^ 2 - sd.norm(p.D.W) ^ 2) / a0 ^ 2
  c:conclude("|V|^2 >= a_0^2 ratio", v, ">=", 1, { tol = 0.01 })
  c:conclude("|V|^2 <= 3 a_0^2 ratio", v, "<=", 3, { tol = 0.03 })
  c:conclude("|W|^2 falls by a_0^2 at least", w, ">=", 1, { tol = 0.01 })
  c:conclude("|W|^2 falls by 3 a_0^2 at most", w, "<=", 3, { tol = 0.03 })
end

return sd.claim {
  id = "normalized_sgda.stages_generator",
  source = "E.2, hypotheses G.1 and G.2; G",
  statement = "where G dominates, its neurons align with random w and grow as "
    .. "(eta_G/eta_D)^(1/2), and D learns nothing",
  surrogate = exponents.SURROGATE .. "; C = 2^((log d)^(1/2)) as printed",
  params = { rho = { 4, 64 }, a0 = 0.3, seed = { 1, 2 },
    { form = "corrected" },
    { form = "G.2.1", a0 = 0.1, rho = 64, tier = "quick", seed = 1 },
    { form = "G.1.2", rho = 4, seed = 1, expect = "violated" },
    { form = "G.2.1", rho = 4, seed = 1, tier = "quick", expect = "violated" },
    { form = "G.2.2", rho = 4, seed = 1, tier = "quick", expect = "violated" },
    { form = "stage 4", rho = 4, seed = 1, tier = "quick", expect = "violated" },
    { form = "corrected", rho = 0.5, seed = 1, expect = "not applicable" },
    { form = "corrected", rho = 4, seed = { 4, 8 }, tier = "full", expect = "not applicable" } },
  smoke = { seed = 1, rho = 4 },
  full = { seed = { 1, 2, 3, 5, 6, 7 } },
  broken = { "eta_G" },
  check = function(c, p)
    if not c:assume("case 3 of Lemma C.1: rho > 1 + 1/10", p.rho, ">", 1.1) then return end
    local slopes = exponents.of(c, "generator", { rho = p.rho, a0 = p.a0,
      last = p.form == "stage 4" and "G4" or "G3",
      eta_G = c.broken == "eta_G" and 4 or 1 }, function(log)
      c:assume("Lemma C.2: the gap is at least 1/10", gap(log), ">=", 0.1)
      local m = measured(log)
      if log.G4 then log.p3, log.p4 = log:at_end("G3", "V"), log:at_end("G4", "V") end
      conclude_1(c, log, m, p.form)
      conclude_2_and_3(c, log, m, p.form)
      conclude_lengths(c, log)
      return { T = log.G1.T, least = sd.min(log:at_end("G1", "V"):row(m.row)),
        size = sd.norm(log.G3.p.G.V) / log.ratio ^ 0.5,
        learnt = sd.max(log.G3.p.D.W * log.model.U) }
    end)
    if not slopes then return end
    exponents.conclude(c, "T_G1 is of order d^(1/2)", slopes.T, "==", 0.5)
    exponents.conclude(c, "G.2.2: all alpha(v, w_iG) are of order d^-0.49", slopes.least, ">=",
      -0.49)
    exponents.conclude(c, "|V| is of order (eta_G/eta_D)^(1/2)", slopes.size, "==", 0)
    exponents.conclude(c, "D has learnt nothing: <w, u> <= d^-1/2", slopes.learnt, "<=", -0.5)
  end,
}
