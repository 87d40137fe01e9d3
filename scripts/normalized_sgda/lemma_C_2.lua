--- Lemma C.2 of the normalised-SGDA paper (Jelassi et al., 2022): with probability 1 - o(1) the
-- neuron and mode that lead at the start lead by a factor of 1 + 1/polyloglog(d), in A and in B,
-- and A = Theta(sqrt(loglog d))/sqrt(d), B and C = Theta(sqrt(loglog d))/d.
--
--   printed     the inequality stands reversed: the others >= (1 + 1/polyloglog) times the largest
--   corrected   the largest >= (1 + delta) times each other. Of n independent normal numbers its
--               probability is an integral (regimes.lead_probability), which the starts meet, for A
--               with n = 2 m_D exactly, for B with n = m_D m_G up to correlations of order
--               d^(-1/2). It is about 1 - 2 delta log n, so 1 - o(1) needs delta well below
--               1/loglog d: with (loglog d)^-4 it rises to 1 (limit)
--   sizes       B has a factor 1/m_G, as Lemma C.1 has it: B d = Theta(sqrt(loglog d)) is false,
--               B d m_G = Theta(sqrt(loglog d)) true
--
-- All with x as the rate of growth, as in regimes.lua, and the widths of nSGDA.
local sd = require "saddle"
local regimes = require "regimes"
local two_modes = require "two_modes"

local LEVEL <const> = 0.9999 -- of "=", tested from both sides

--- f(model, start) for each of p.trials starts, as a list; the twin's w are all nearly the same.
local function each(c, p, f)
  local mD, mG = regimes.widths(p.d)
  local model, out = two_modes.new { d = p.d, mD = mD, mG = mG, reduced = true }, {}
  for trial = 1, p.trials do
    local start = model:init(c.rng)
    if c.broken == "dependent" then
      start.D.W = start.D.W:row(1) + 0.1 * start.D.W
    end
    out[trial] = f(model, start)
  end
  return out, model
end

local function gap(d) return math.log(math.log(d)) ^ -4 end

local parts = {}

function parts.corrected(c, p)
  local delta, ahead = gap(p.d), { A = 0, B = 0 }
  local _, model = each(c, p, function(model, start)
    local wu, wv = regimes.correlations(model, start)
    ahead.A = ahead.A + (regimes.lead(wu) >= delta and 1 or 0)
    ahead.B = ahead.B + (regimes.lead(wv) >= delta and 1 or 0)
    return true
  end)
  for name, n in pairs { A = 2 * model.mD, B = model.mD * model.mG } do
    local exact = regimes.lead_probability(n, delta)
    c:rate(name .. " leads often enough", ahead[name], p.trials, ">=", exact, { level = LEVEL })
    c:rate(name .. " and not too often", ahead[name], p.trials, "<=", exact, { level = LEVEL })
    c:note("exact probability of " .. name, exact)
  end
end

function parts.printed(c, p)
  local others = 0
  each(c, p, function(model, start)
    local wu = regimes.correlations(model, start)
    local least = sd.min(wu)
    others = others + (least >= sd.max(wu) * (1 + gap(p.d)) and 1 or 0)
    return true
  end)
  c:rate("the others are larger than the largest", others, p.trials, ">=", 0.9)
end

--- The exact probability for log d up to that of the largest numbers there are.
function parts.limit(c, p)
  local logs, chance = { 10, 30, 100, 300, 700 }, {}
  for k, log in ipairs(logs) do
    local delta = math.log(log) ^ (c.broken == "dependent" and -1 or -4)
    chance[k] = regimes.lead_probability(2 * log, delta)
  end
  local column = sd.matrix(chance)
  c:conclude("the probability rises with d", sd.diff(column), ">", 0)
  c:conclude("and passes 0.99", chance[#chance], ">=", 0.99)
  c:note("probability at log d = 10 30 100 300 700", column)
  c:note("d", p.d)
end

function parts.sizes(c, p)
  local B, C = {}, {}
  local A, model = each(c, p, function(model, start)
    local a, b, head = regimes.heads(model, start)
    B[#B + 1], C[#C + 1] = b, head
    return a
  end)
  local scale = math.log(math.log(p.d)) ^ 0.5
  local function theta(name, list, factor)
    local size = sd.quantile(sd.matrix(list), 0.5) * factor / scale
    c:conclude(name .. " = Theta(sqrt(loglog d)): at most", size, "<=", 3)
    c:conclude(name .. " = Theta(sqrt(loglog d)): at least", size, ">=", 1 / 3)
  end
  theta("A sqrt(d)", A, p.d ^ 0.5)
  theta("C d", C, p.d)
  if p.B == "printed" then theta("B d", B, p.d) else theta("B d m_G", B, p.d * model.mG) end
end

return sd.claim {
  id = "normalized_sgda.lemma_C_2",
  source = "Lemma C.2",
  statement = "the largest correlations at the start lead by a factor, and have the sizes of "
    .. "maxima of normal numbers",
  surrogate = "1/polyloglog(d) is (loglog d)^-4, 1 - o(1) is 9 of 10, Theta is within a factor 3",
  params = { trials = 600, d = { 1e4, 1e7, 1e10 },
    { part = "corrected" },
    { part = "printed", expect = "violated" },
    { part = "limit", d = 1e10 },
    { part = "sizes", B = "corrected" },
    { part = "sizes", B = "printed", expect = "violated" },
    { part = "corrected", d = 2, expect = "not applicable" } },
  smoke = { trials = 250 },
  full = { trials = 4000 },
  broken = { "dependent" },
  check = function(c, p)
    if not c:assume("d is large: loglog d > 1", p.d, ">", math.exp(math.exp(1))) then return end
    parts[p.part](c, p)
  end,
}
