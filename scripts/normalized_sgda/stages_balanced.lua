--- Induction hypotheses B.1 .. B.4 of the normalised-SGDA paper (E.1), balanced case: how far the
-- neurons have moved in each of the first four stages (stage_log.lua), on the flow of the
-- population gradient. In words: D's leading neuron w_i* learns first one mode, then both, the
-- generator's neurons then learn the mixture it holds, and all else stays where it was up to powers
-- of d.
--
-- Polylogarithms are slopes over d (exponents.lua); bounds without them, d^-0.9, 1/d and 1/C, are
-- tested as they stand. rho = 0.1 is the paper's balance: eta_G B is above eta_D A/log d.
--
--   from d = 1e8       hold, for the slopes; a -> 0 ends stage 4 with sum |v_j|^2 of order d^(1/2)
--   at d = 1000        not applicable: a polylog of (1/C, 2^((log d)^(1/2))) exceeds stage 3
--   B.3.3, printed     "for every X": false of X = u_1 + u_2, where the sigmoid is about the eighth
--                      power of that at u_1
--
-- Stage 5: lemma_F_15.lua.
local sd = require "saddle"
local exponents = require "exponents"
local stage_log = require "stage_log"

local C <const> = stage_log.C

--- B.1.0 .. B.1.3 at the end of stage 1 and until it.
local function stage_1(c, log, out)
  local iD, d, B1 = log.star, log.model.d, log.B1
  c:conclude("B.1.0, B.1.2: |change of alpha(w, *)| <= d^-0.9 off the modes",
    log:changes("B1", "W", function(row) return row > 2 end), "<=", d ^ -0.9)
  c:conclude("B.1.1: |alpha(v, u)| <= 1/d",
    log:changes("B1", "V", function(row) return row <= 2 end), "<=", 1 / d)
  c:conclude("B.1.3: a is within 1/C of a_0", sd.abs(B1.path.a / log.model.a0 - 1), "<=", 1 / C)
  c:conclude("B.1.3: |b| <= 1/C", sd.abs(B1.path.b), "<=", 1 / C)
  out.T1 = B1.T
  out.w_others = sd.max(log:changes("B1", "W", function(row, i) return row <= 2 and i ~= iD end))
  out.v_first = sd.max(log:changes("B1", "V"))
end

--- B.2.1 and B.3: `sigmoid` has S(-f(X)) / S(lambda b) at X = u_1 and u_2.
local function stages_2_and_3(c, log, out)
  local model, iD, p = log.model, log.star, log.B3.p
  local w = log:at_end("B2", "W"):col(iD)
  out.a2, out.first, out.second = log.B2.p.D.a, w(1), w(2)
  local row_of = log:row_of("W", iD)
  local moved = log:changes("B3", "V", function(row) return row > 2 and row ~= row_of end)
  out.v_off = sd.max(moved / sd.norm(log.B3.path.V, { dim = 1 }))
  c:conclude("B.3.2: alpha(v, u) >= -1/d", log.span:of(log.B3.path.V):row(1, 2), ">=",
    -1 / model.d)
  c:conclude("B.1.0 in stage 3", log:changes("B3", "W", function(row) return row > 2 end), "<=",
    model.d ^ -0.9)
  local sigmoid = sd.sigmoid(-model:logit(p.D, model.X)) / sd.sigmoid(model.lambda * p.D.b)
  out.sigmoid, out.both = sigmoid(1), sigmoid(3)
  c:conclude("B.3.3: the sigmoids are small", sigmoid, "<=", 1 / C)
  c:conclude("B.3.3: they are equal", sd.abs(sigmoid(1) / sigmoid(2) - 1), "<=",
    1 / math.log(math.log(model.d)))
end

local function stage_4(c, log, out)
  local iD, p = log.star, log.B4.p
  local own = log:row_of("W", iD)
  local function off(row, i) return row > 2 and not (i == iD and row == own) end
  out.w_last = sd.max(log:changes("B4", "W", off))
  local before, after = log:at_end("B3", "W"), log:at_end("B4", "W")
  for _, row in ipairs { 1, 2, own } do
    c:conclude("B.4.1: alpha(w_i*, *) on u_1, u_2, w_i* stays within a factor 2",
      math.abs(math.log(after(row, iD) / before(row, iD))), "<=", math.log(2))
  end
  local size = sd.norm(p.G.V, { dim = 1 })
  out.v_last, out.v_comparable = sd.max(size), sd.min(size) / sd.max(size)
  c:conclude("|a|, |b| <= log d", math.max(sd.max(sd.abs(log.B4.path.a)),
    sd.max(sd.abs(log.B4.path.b))), "<=", math.log(log.model.d))
end

--- The exponents: name, what was measured, relation, exponent.
local EXPONENTS <const> = {
  { "(110): T_B1 is of order d^(1/2)", "T1", "==", 0.5 },
  { "B.1.0: other w move by d^-1/2 along the modes", "w_others", "<=", -0.5 },
  { "B.1.1: v move by 1/d", "v_first", "<=", -1 },
  { "B.2.1: a is of order 1", "a2", "==", 0 },
  { "B.2.1: alpha(w_i*, u_1) is of order 1", "first", "==", 0 },
  { "B.2.1: alpha(w_i*, u_2) is of order 1", "second", "==", 0 },
  { "B.3.2: v move by d^-1/2 |v| off w_i* and the modes", "v_off", "<=", -0.5 },
  { "B.3.3: the sigmoid is above d^-1/2", "sigmoid", ">=", -0.5 },
  { "B.4.1: w move by d^-1/2", "w_last", "<=", -0.5 },
  { "stage 4: |v| is of order d^(1/4)", "v_last", "==", 0.25 },
  { "stage 4: all |v_j| are comparable", "v_comparable", ">=", 0 },
}

return sd.claim {
  id = "normalized_sgda.stages_balanced",
  source = "E.1, hypotheses B.1 to B.4; (110)",
  statement = "in the balanced case neurons move by the powers of d that stages 1 to 4 allow",
  surrogate = exponents.SURROGATE .. "; Theta: a factor 2; 1/polylog: 1/C, 1/log log d",
  params = { rho = 0.1, a0 = 0.3, gamma = 0.05, mD = 5, mG = 5, seed = sd.seeds(3),
    { form = "slopes" },
    { form = "slopes", mD = 3, mG = 8, tier = "full" },
    { form = "every X", expect = "violated" },
    { form = "one dimension", d = 1000, seed = 1, expect = "not applicable" } },
  smoke = { seed = 1 },
  full = { seed = sd.seeds(8) },
  broken = { "inner products", "no mixed samples" },
  check = function(c, p)
    c:assume("gamma > 0", p.gamma, ">", 0)
    local o = { rho = p.rho, a0 = p.a0, mD = p.mD, mG = p.mG,
      gamma = c.broken == "no mixed samples" and 0 or p.gamma }
    if p.form == "one dimension" then
      o.d = p.d
      local log = stage_log.new("balanced", c.rng:split "start", o)
      if log:assume(c, "B3") then c:assume("T_B2 < T_B3", log.B2.T, "<", log.B3.T) end
      return
    end
    local slopes, values = exponents.of(c, "balanced", o, function(log)
      c:assume("case 2 of Lemma C.1: rho > 1/log d", p.rho, ">", 1 / math.log(log.model.d))
      c:assume("case 2 of Lemma C.1: rho < 1 - 1/C", p.rho, "<", 1 - 1 / C)
      c:assume("T_B2 < T_B3", log.B2.T, "<", log.B3.T)
      if c.broken == "inner products" then log.span.left = log.span.E:t() end
      local out = {}
      stage_1(c, log, out)
      stages_2_and_3(c, log, out)
      stage_4(c, log, out)
      return out
    end)
    if not slopes then return end
    for _, e in ipairs(EXPONENTS) do
      exponents.conclude(c, e[1], slopes[e[2]], e[3], e[4])
      c:note(e[1], slopes[e[2]])
    end
    if p.form == "every X" then
      exponents.conclude(c, "B.3.3, printed: of X = u_1 + u_2, too", slopes.both, ">=", -0.5)
    end
    c:note("least |v_j| / largest |v_j| at T_B4, d = 1e12", values.v_comparable[5])
  end,
}
