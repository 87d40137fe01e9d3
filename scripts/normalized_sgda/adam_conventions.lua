--- Algorithm 1 of the normalised-SGDA paper and the textbooks' Adam, RMSprop and Adagrad: the paper
-- says that they agree "up to some scaling conventions that can be absorbed into" the schedules of
-- step sizes. With A_t of Algorithm 1 (algorithm_1.lua), exactly:
--
--   averages   A = sqrt(1-b2)/(1-b1) m/sqrt(v + (1-b2) eps) with averages in place of sums, that is
--              Adam without its corrections: the factor is 0.632 at b1 = 0.5, b2 = 0.9
--   adam       A_t = c_t m'/sqrt(v'), the step of Kingma and Ba 2015 with corrections, eps = 0 and
--              c_t = sum b1^k / sqrt(sum b2^k), k < t: 1 at first, then towards the factor
--   rmsprop    b1 = 0, eps = 0: A = sqrt(1-b2) g/sqrt(v)
--   adagrad    b1 = 0, b2 = 1, eps = 0: A is Adagrad's step
--
-- So the conventions are absorbed into a schedule, but no constant does: form "constant" is
-- violated. "printed" has M_2 <- b2 M_2 + g, as Algorithm 1 is printed, against g^2.
--
-- A is at most 1/sqrt(1 - b1^2/b2) by Cauchy and Schwarz, for b1^2 < b2. The library's A is as far
-- off as that by hand, and the other convention's, whose averages and weights are rounded as often,
-- too: two of them differ by twice the bound of algorithm_1.lua, and three times are allowed, for
-- the factors.
local sd = require "saddle"
local algorithm_1 = require "algorithm_1"

--- sqrt(1-b2)/(1-b1), the limit of c_t.
local function factor(p) return math.sqrt(1 - p.b2) / (1 - p.b1) end

--- c_t as a function of t, without the cancellation of 1 - b^t.
local function correction(p)
  local function powers(b, t)
    local sum = 0.0
    for k = 0, t - 1 do sum = sum + b ^ k end
    return sum
  end
  return function(t) return powers(p.b1, t) / math.sqrt(powers(p.b2, t)) end
end

--- The averages m, v by hand: steps of Adam without corrections, eps (1-b2) below the root.
local function averaged(stream, p)
  local m, v, steps = 0 * stream[1], 0 * stream[1], {}
  for t, g in ipairs(stream) do
    m, v = p.b1 * m + (1 - p.b1) * g, p.b2 * v + (1 - p.b2) * g ^ 2
    steps[t] = -factor(p) * m / sd.sqrt(v + (1 - p.b2) * p.eps)
  end
  return steps
end

--- The steps of the other convention, by form.
local others = { averages = averaged }

function others.adam(stream, p)
  return algorithm_1.steps(sd.optim.adam { lr = correction(p), b1 = p.b1, b2 = p.b2, eps = 0 },
    stream)
end

function others.constant(stream, p)
  return algorithm_1.steps(sd.optim.adam { lr = factor(p), b1 = p.b1, b2 = p.b2, eps = 0 }, stream)
end

function others.rmsprop(stream, p)
  return algorithm_1.steps(sd.optim.rmsprop { lr = math.sqrt(1 - p.b2), b2 = p.b2, eps = 0 },
    stream)
end

function others.adagrad(stream)
  return algorithm_1.steps(sd.optim.adagrad { lr = 1, eps = 0 }, stream)
end

others.printed = others.rmsprop

--- |x - y| in parts of the bound on their rounding, element by element; NaN stays NaN.
local function apart(x, y, off) return sd.abs(x - y) / (off + sd.eq(off, 0)) end

return sd.claim {
  id = "normalized_sgda.adam_conventions",
  source = "Algorithm 1; section 2",
  statement = "Algorithm 1 is Adam, RMSprop and Adagrad up to a schedule of step sizes, which is "
    .. "no constant where Adam has its corrections",
  params = { rows = 5, cols = 8, T = 30, stream = { "normal", "scaled", "sparse" },
    { form = "averages", b1 = { 0, 0.5, 0.9 }, b2 = { 0.9, 0.999 }, eps = { 1e-8, 1e-16 } },
    { form = "adam", b1 = { 0, 0.5, 0.9 }, b2 = { 0.9, 0.999 }, eps = 0 },
    { form = "rmsprop", b1 = 0, b2 = { 0.9, 0.99 }, eps = 0 },
    { form = "adagrad", b1 = 0, b2 = 1, eps = 0 },
    { form = "adam", b1 = 0.99, b2 = 0.9, eps = 0, expect = "not applicable" },
    { form = "constant", b1 = 0.5, b2 = 0.9, eps = 0, expect = "violated" },
    { form = "printed", b1 = 0, b2 = 0.9, eps = 0, expect = "violated" } },
  smoke = { T = 10 },
  full = { T = 300 },
  broken = { "factor", "momentum" },
  check = function(c, p)
    if not c:assume("b1^2 < b2", p.b1 ^ 2, "<", p.b2) then return end
    local stream = algorithm_1.streams[p.stream](c.rng, p.rows, p.cols, p.T)
    local b1 = c.broken == "momentum" and p.b1 + 0.05 or p.b1
    local square = p.form == "printed" and function(g) return g end or nil
    local own = algorithm_1.run(stream, { b1 = b1, b2 = p.b2, eps = p.eps }, square)
    local A, off = -sd.hcat(own.A), sd.hcat(own.A_off)
    if p.form ~= "printed" then
      local library = algorithm_1.steps(sd.optim.adam_raw { lr = 1, b1 = p.b1, b2 = p.b2,
        eps = p.eps }, stream)
      c:conclude("adam_raw is Algorithm 1", apart(sd.hcat(library), A, off), "<=", 3)
      c:conclude("|A| <= 1/sqrt(1 - b1^2/b2)", sd.abs(A) - 3 * off, "<=",
        1 / math.sqrt(1 - p.b1 ^ 2 / p.b2))
    end
    local scale = c.broken == "factor" and 1.01 or 1
    c:conclude("and the other convention", apart(scale * sd.hcat(others[p.form](stream, p)), A,
      off), "<=", 3)
  end,
}
