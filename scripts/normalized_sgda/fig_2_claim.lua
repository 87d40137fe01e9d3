--- Figures 2(b) and 2(c) of the normalised-SGDA paper on the two-mode model: |A_t|, the length of
-- Adam's step, of each parameter along a run of AdaLR (magnitude.lua). The paper says that
-- |A_t| / |A_1| barely varies, and is constant after 10 steps, of discriminators and generators.
--
-- Part of that is no finding: |A_t| is at most sqrt(n/(1 - b1^2/b2)) of n elements, always
-- (adam_conventions.lua). The rest is tested as: the mean of |A_t| over each tenth of the run is
-- within a factor of 1.5 of its mean over t = 11, ..., 40. On this model it is so for V and not for
-- the discriminator, of whose neurons some come to have gradients at some samples only.
local sd = require "saddle"
local magnitude = require "magnitude"

local FACTOR <const> = 1.5

--- The means over starts of the rows A and M, for the parameter of that place: two rows, and t.
local function mean_lengths(c, p, place)
  local A, M, t = 0, 0, nil
  for k = 1, p.starts do
    local found = magnitude.follow(p, "adalr", p, c.rng:split(k), 200)
    c:assume("the run does not diverge", found.status == "diverged" and 1 or 0, "==", 0)
    t, A, M = found.t, A + found.A:row(place) / p.starts, M + found.M:row(place) / p.starts
  end
  return A, M, t
end

--- The mean of a row over from <= t <= to.
local function mean_over(row, t, from, to)
  local inside = sd.ge(t, from) % sd.le(t, to)
  return sd.sum(row % inside) / sd.sum(inside)
end

return sd.claim {
  id = "normalized_sgda.fig_2_claim",
  source = "Figures 2(b), 2(c)",
  statement = "the length of Adam's steps is bounded and, of the generator, flat after 10 steps; "
    .. "of the discriminator of the two-mode model it is not flat",
  surrogate = "flat: means over tenths of the run within a factor 1.5 of that over t = 11..40",
  params = { d = 200, mD = 7, mG = 13, case = 2, gamma = 0.05, a0 = 0.3, batch = 1, decay = false,
    b1 = 0.5, b2 = 0.9, eps = 1e-16, eta = 1e-3, ratio = 0.1, early = 60, steps = 6000, starts = 5,
    { parameter = "V" },
    { parameter = { "a", "W" }, expect = "violated" } },
  smoke = { starts = 2, steps = 3000 },
  full = { starts = 20, steps = 12000 },
  broken = { "momentum" },
  check = function(c, p)
    c:assume("b1^2 < b2", p.b1 ^ 2, "<", p.b2)
    local place
    for k, name in ipairs(magnitude.names) do if name == p.parameter then place = k end end
    local A, M, t = mean_lengths(c, p, place)
    local row = c.broken == "momentum" and M or A
    local elements = ({ a = 1, b = 1, W = p.mD * p.d, V = p.mG * p.d })[p.parameter]
    -- each element is off by (3 t + 4) u times its bound (algorithm_1.lua); 4 t from t = 4 on
    local most = math.sqrt(elements / (1 - p.b1 ^ 2 / p.b2))
    c:conclude("|A_t| <= sqrt(n / (1 - b1^2/b2))", A, "<=", most,
      { tol = 4 * p.steps * 2 ^ -53 * most })
    local early = mean_over(row, t, 11, 40)
    for tenth = 1, 10 do
      local from = tenth == 1 and 11 or (tenth - 1) * p.steps / 10
      local late = mean_over(row, t, from, tenth * p.steps / 10)
      c:conclude("not above 1.5 times", late, "<=", FACTOR * early)
      c:conclude("not below 1/1.5", late, ">=", early / FACTOR)
    end
    c:note("mean over t = 11..40", early)
  end,
}
