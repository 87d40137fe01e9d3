--- Lemma C.1 of the normalised-SGDA paper (Jelassi et al., 2022): with high probability A is
-- polyloglog(d)/sqrt(d) and B is polyloglog(d)/(d m_G), and for every ratio of the steps one and
-- only one of three cases holds: D too fast, balanced, G too fast (regimes.lua).
--
--   sizes    where the modes are orthogonal, 2 sqrt(d) A is the largest of 2 m_D independent
--            N(0, 1): its law is Phi^(2 m_D), and so it grows like sqrt(2 log(2 m_D)). True with x
--            as the rate of growth, false with sigma'(x) = 3 x^2 as printed: then A is about 1/d
--   square   "case 2 implies eta_G = ~Theta(sqrt(d)) eta_D": A/B is sqrt(d) times a number whose
--            law hardly depends on d. The exponent is fitted, for fixed widths
--   cases    at a ratio far from A/B one of the cases holds. At the ratio A/B itself (its median),
--            there is the gap around rho = 1. rho varies by parts of about 1/loglog d, so the gap
--            is seldom met only if it is narrower than that: with delta = 1/(loglog d)^4 it is, at
--            d = 1e10, with 1/(loglog d)^2 it is not at any d up to there
--
-- The widths are those of nSGDA, log d and log d loglog d.
local sd = require "saddle"
local regimes = require "regimes"
local two_modes = require "two_modes"

--- Lists of A and B of p.trials starts. The twin has v of the size of w.
local function draw(c, p, d, widths)
  local mD, mG = regimes.widths(widths or d)
  local model = two_modes.new { d = d, mD = mD, mG = mG, reduced = true }
  local rng, A, B = c.rng:split(("%g"):format(d)), {}, {}
  for trial = 1, p.trials do
    local start = model:init(rng)
    if c.broken == "size of v" then start.G.V = start.G.V * d ^ 0.5 end
    A[trial], B[trial] = regimes.heads(model, start, p.growth)
  end
  return sd.matrix(A), sd.matrix(B), model
end

local parts = {}

--- That a size is between 1/(loglog d)^2 and (loglog d)^2 in 9 of 10 starts.
local function is_polyloglog(c, name, size, d)
  local most = math.log(math.log(d)) ^ 2
  local inside = sd.sum(sd.ge(size, 1 / most) % sd.le(size, most))
  c:rate(name .. " is polyloglog(d)", inside, #size, ">=", 0.9)
end

function parts.sizes(c, p)
  local A, B, model = draw(c, p, p.d)
  is_polyloglog(c, "A sqrt(d)", A * p.d ^ 0.5, p.d)
  is_polyloglog(c, "B d m_G", B * p.d * model.mG, p.d)
  if p.growth == "linear" then
    local n = (c.broken == "one mode" and 1 or 2) * model.mD
    local _, probability = sd.ks_test(2 * p.d ^ 0.5 * A, function(x) return sd.normcdf(x) ^ n end)
    c:conclude("2 sqrt(d) A has the law Phi^(2 m_D): p of the test", probability, ">=", 1e-4)
  end
end

function parts.square(c, p)
  local ds, ratio, error = { 1e4, 1e6, 1e8, 1e10 }, {}, 0
  for k, d in ipairs(ds) do
    local A, B = draw(c, p, d, 1e4)
    local log = sd.log(A / B)
    ratio[k] = math.exp(sd.quantile(log, 0.5))
    -- a median of n normals has a deviation of sqrt(pi/2)/sqrt(n) of theirs
    error = math.max(error, math.sqrt(math.pi / 2 / p.trials) * sd.std(log))
  end
  local slope = sd.fit_loglog(ds, ratio)
  -- sum of squares of log d around their mean: 5 log(100)^2; four deviations
  c:conclude("the exponent of A/B in d", slope, "==", 0.5,
    { tol = 4 * error / (math.sqrt(5) * math.log(100)) })
end

function parts.cases(c, p)
  local A, B = draw(c, p, p.d)
  local half = p.trials // 2 -- the first half gives the median, the second is counted
  local edge = sd.quantile((A / B):block(1, 1, half, 1), 0.5)
  local P, delta = math.log(p.d), 1 / math.log(math.log(p.d)) ^ p.power
  local one = 0
  for trial = half + 1, p.trials do
    local rho = p.ratio * edge * B(trial) / A(trial)
    one = one + (regimes.case(rho, P, delta) > 0 and 1 or 0)
  end
  c:rate("one and only one case holds", one, p.trials - half, ">=", 0.9)
  c:note("delta", delta)
end

return sd.claim {
  id = "normalized_sgda.lemma_C_1",
  source = "Lemma C.1",
  statement = "at the start D's best correlation is polyloglog(d)/sqrt(d), G's 1/sqrt(d) of that, "
    .. "and their ratio puts each run into one of three cases",
  surrogate = "polyloglog(d) in sizes is (loglog d)^2, polylog(d) is log d, 1 - o(1) is 9 of 10, "
    .. "1/polyloglog(d) is (loglog d)^-power",
  params = { trials = 600, growth = "linear", d = { 1e4, 1e7, 1e10 },
    { part = "sizes" },
    { part = "sizes", growth = "printed", expect = "violated" },
    { part = "square", d = 1e4 },
    { part = "cases", ratio = { 0.001, 0.1, 10 }, power = 2 },
    { part = "cases", ratio = 1, power = 4, d = 1e10 },
    { part = "cases", ratio = 1, power = 2, expect = "violated" },
    { part = "sizes", d = 2, expect = "not applicable" } },
  smoke = { trials = 250, d = 1e7 },
  full = { trials = 4000 },
  broken = { "size of v", "one mode" },
  check = function(c, p)
    if not c:assume("d is large: loglog d > 1", p.d, ">", math.exp(math.exp(1))) then return end
    parts[p.part](c, p)
  end,
}
