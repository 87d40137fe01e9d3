--- "With linear or quadratic activations, the generator can fool the discriminator by only matching
-- the first and second moments" (section 4.1 of the normalised-SGDA paper, Jelassi et al., 2022):
-- the reason for the cube. degree.lua has the argument, which is exact for (6) too, where E L is
-- concave in what D of degree 1 or 2 can be:
--
--   E L(D, G) <= -2 log 2   for all D of degree k, if G has the k-th moments of the data
--
-- and such G need have no mode: for k = 1 all columns are along u_1 + u_2, for k = 2 along
-- u_1 + u_2 and u_1 - u_2. Tried on random D with a of several sizes and both signs, each also
-- after ascent. With the cube (degree 3) the same G fool nobody, nor does the mean fool a D of
-- degree 2.
local sd = require "saddle"
local degree = require "degree"
local outcome = require "outcome"

--- E L of D where it is, and after some steps of ascent with V as it is.
local function gains(model, D, V, steps)
  local population = model:population()
  local function climb(s)
    local gradient = population:gradient("D", { D = s.D, G = { V = V } })
    return { D = s.D - 0.05 * gradient } -- of D's loss, which is -E L
  end
  local after = sd.compile(climb):iterate({ D = D }, steps)
  local function value(at) return population:value { D = at, G = { V = V } } end
  return value(D), value(after.D), after.D
end

return sd.claim {
  id = "normalized_sgda.degree_claim",
  source = "Section 4.1, activation",
  statement = "a generator with the data's first (second) moments, and without a mode, fools every "
    .. "discriminator of degree 1 (2), and none of degree 3",
  params = { d = 1000, mD = 5, mG = 6, gamma = 0.05, case = { 1, 2 }, trials = 5, steps = 200,
    size = 1,
    { degree = 1, match = 1 },
    { degree = 2, match = 2 },
    { degree = { 2, 3 }, match = 1, expect = "violated" },
    { degree = 3, match = 2, expect = "violated" },
    { degree = 2, match = 2, size = 100, expect = "not applicable" } },
  smoke = { case = 2, trials = 3 },
  full = { trials = 30 },
  broken = { "length" },
  check = function(c, p)
    local model = degree.model({ d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
      reduced = true }, p.degree)
    local V = p.match == 1 and degree.matching_mean(model) or degree.matching_second(model)
    if c.broken == "length" then V = 1.2 * V end
    for trial = 1, p.trials do
      for _, a in ipairs { -1, -0.1, 0.1, 1 } do
        local W = p.size * c.rng:split(trial):randn(p.mD, model.n) / model.n ^ 0.5
        local at, after, D = gains(model, { a = a, b = 0.0, W = W }, V, p.steps)
        for _, M in ipairs { W, D.W } do
          c:assume("|<w_i, X>| and |<w_i, G>| are below Lam, where sigma is a polynomial",
            sd.max(sd.abs(sd.hcat(M * model.X, M * (V * model.Z)))), "<=", model.Lam)
        end
        local tol = c:roundoff(W, { steps = 10 })
        c:conclude("E L <= -2 log 2", at, "<=", -2 * math.log(2), { tol = tol })
        c:conclude("E L <= -2 log 2 after ascent", after, "<=", -2 * math.log(2), { tol = tol })
      end
    end
    c:conclude("no column of V is a mode: its cosine", sd.max(outcome.cosines(model, V)), "<=",
      0.95)
  end,
}
