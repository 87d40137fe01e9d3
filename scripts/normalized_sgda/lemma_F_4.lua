--- Lemma F.4 of the normalised-SGDA paper, (63)-(68): in stages 2 and 3 (stage_log.lua) D moves as
-- if it had the one neuron w* = w_i*: with S the logistic function, in parts of eta_D,
--
--   a   += (1 +- 1/d) S(-a <w*, X>^3 - lambda b) <w*, X>^3 +- O~(d^-1.45) S(lambda b)
--   w_i += 3 (1 +- 1/d) S(-a <w*, X>^3 - lambda b) a <w_i, X>^2 X +- O~(d^-1.45) S(lambda b)
--   b   += lambda (1 +- 1/d) S(-a <w*, X>^3 - lambda b) - lambda (1 +- d^-1.45) S(lambda b)
--
-- Corrected in two places. The paper has b in each S, where f = a h + lambda b of (9) has lambda b:
-- "printed b"; that is another model, f = a h + b with b slower by lambda (or (9) with lambda^(1/2)
-- for lambda). And (65) has <w_i, X> in S for all i, not <w*, X>: "printed w_i". O~ is log(d)^2, of
-- 1/d, too.
--
-- Tested on exact gradients, of all samples, at four states of each stage. The induction hypothesis
-- B.1.0 is assumed, with C = 10: where a second neuron is nearly as early as w* (Lemma C.2), its
-- cube is not of order d^-1.5.
local sd = require "saddle"
local stage_log = require "stage_log"

--- The right sides, up to the errors: {a=, W=, b=}, and S(lambda b) and S(-a <w*, X>^3 - lambda b).
local function one_neuron(log, p, X, form)
  local D, iD, lambda = p.D, log.star, log.model.lambda
  local wX = D.W * X
  local shift = (form == "printed b" and 1 or lambda) * D.b
  local cube = wX(iD) ^ 3
  local own = sd.sigmoid(-D.a * cube - shift)
  local each = form == "printed w_i" and sd.sigmoid(-D.a * wX ^ 3 - shift) or own * sd.ones(#wX, 1)
  local fake = sd.sigmoid(shift)
  return { a = own * cube, W = 3 * D.a * (each % wX ^ 2) * X:t(), b = lambda * (own - fake) }, fake,
    own
end

local function conclude_state(c, log, p, form)
  local model, d = log.model, log.model.d
  local polylog = math.log(d) ^ 2
  for k = 1, model.X.cols do
    local X = model.X:col(k)
    local main, fake, own = one_neuron(log, p, X, form)
    if c.broken == "factor" then main.a = main.a * 1.01 end
    if c.broken == "no fake term" then main.b = main.b + model.lambda * fake end
    local small = polylog * d ^ -1.45 * fake
    for l = 1, model.Z.cols do
      local step = log:one_step(p, X, model.Z:col(l))
      c:conclude("(63)", math.abs(step.a - main.a), "<=", polylog / d * main.a + small)
      c:conclude("(65)", sd.norm(step.W - main.W, { dim = 2 }), "<=",
        polylog / d * sd.norm(main.W, { dim = 2 }) + small)
      c:conclude("(67)", math.abs(step.b - main.b), "<=",
        model.lambda * (polylog / d * own + small))
    end
  end
end

return sd.claim {
  id = "normalized_sgda.lemma_F_4",
  source = "Lemma F.4, (63)-(68)",
  statement = "in stages 2 and 3 the discriminator moves as one neuron, up to d^-1.45",
  surrogate = "O~: log(d)^2",
  params = { rho = 0.1, d = { 1e8, 1e10, 1e12 }, seed = sd.seeds(2),
    { form = "corrected" },
    { form = "printed b", d = 1e8, expect = "violated" },
    { form = "printed w_i", d = 1e8, expect = "violated" },
    { form = "corrected", d = 1e3, seed = 1, expect = "not applicable" },
    { form = "corrected", d = 1e8, seed = { 3, 5 }, tier = "full", expect = "not applicable" } },
  smoke = { seed = 1, d = { 1e8, 1e12 } },
  full = { seed = { 1, 2, 4, 6, 7, 8 }, d = { 1e8, 1e9, 1e10, 1e11, 1e12 } },
  broken = { "factor", "no fake term" },
  check = function(c, p)
    local log = stage_log.new("balanced", c.rng, { d = p.d, rho = p.rho, last = "B3" })
    if not log:assume(c, "B3") then return end
    if not c:assume("T_B2 < T_B3", log.B2.T, "<", log.B3.T) then return end
    c:assume("B.1.0: the other w have stayed within C d^-1/2 of the modes",
      log:changes("B1", "W", function(row, i) return row <= 2 and i ~= log.star end), "<=",
      stage_log.C * p.d ^ -0.5)
    for _, stage in ipairs { "B2", "B3" } do
      for _, state in ipairs(log:states(stage, 4)) do conclude_state(c, log, state, p.form) end
    end
  end,
}
