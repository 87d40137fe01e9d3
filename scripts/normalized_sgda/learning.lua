--- Who learns what, and when: runs of the two-mode model (two_modes.lua) along which the cosines of
-- all neurons with u_1 and u_2 are kept, and how far each player has gone in parts of its length.
-- What Figure 5 of the paper draws, and the events by which section 4.3 explains it.
--
-- The relative update speed of a player Y = D or G is eta |g_Y| / |Y|, all its parameters joined
-- (under normalised steps eta / |Y|). Of single steps it jumps by orders of magnitude with the
-- sample; so it is added up along the run, and a speed is the mean over the steps between two
-- records.
local sd = require "saddle"
local outcome = require "outcome"

local learning = {}

local rules = { sgda = sd.optim.sgd, nsgda = sd.optim.normalized }

--- |after - before| / |before| of one player's parameters.
local function relative(before, after)
  local moved, size = 0, 0
  for name, v in pairs(before) do
    moved = moved + sd.sum((after[name] - v) ^ 2)
    size = size + sd.sum(v ^ 2)
  end
  return sd.sqrt(moved / size)
end

--- learning.plan(model, {rule = "sgda" or "nsgda", eta_D=, eta_G=}) -> a function of (rng, T,
-- every, last) that plays T steps from a start that rng draws, up to the first with a <= 0 where
-- `last` is true, and returns the last parameters and h, with a column for each of the times h.t:
--
--   w_1, w_2        the cosines of D's neurons with u_1 and with u_2, a row for each neuron
--   v_1, v_2        those of G's
--   a               the discriminator's factor
--   gone_D, gone_G  the sum of the relative lengths of all steps so far
function learning.plan(model, o)
  local rule = rules[o.rule]
  local gda = model:gda { D = rule { lr = o.eta_D }, G = rule { lr = o.eta_G } }
  local plan = sd.compile(function(s)
    local after = gda.step(s.run)
    local gone = {}
    for player, far in pairs(s.gone) do
      gone[player] = far + relative(s.run.p[player], after.p[player])
    end
    return { run = after, gone = gone }
  end)
  local function record(s)
    local p = s.run.p
    local w, v = outcome.of_discriminator(model, p.D.W), outcome.cosines(model, p.G.V)
    return { w_1 = w:row(1), w_2 = w:row(2), v_1 = v:row(1), v_2 = v:row(2), a = p.D.a,
      gone_D = s.gone.D, gone_G = s.gone.G }
  end
  local function ended(s) return sd.le(s.run.p.D.a, 0) end
  return function(rng, T, every, last)
    local start = { run = gda.init(model:init(rng), rng), gone = { D = 0.0, G = 0.0 } }
    local s, h = plan:iterate(start, T, { every = every, record = record,
      stop = last and ended or nil })
    return s.run.p, h
  end
end

--- The mean speed of a player ("D" or "G") between records: t (the middle) and speed, as rows.
function learning.speed(h, player)
  local gone, n = h["gone_" .. player], h.t.cols
  local from, to = h.t:col(1, n - 1), h.t:col(2, n)
  return (from + to) / 2, (gone:col(2, n) - gone:col(1, n - 1)) / (to - from)
end

--- A cosine from which on a direction is learned: as of the class "mix" in outcome.lua.
learning.KNOWN = 0.4

--- The first column of a row that is above KNOWN, or nil.
local function first(row)
  for k = 1, row.cols do
    if row(k) > learning.KNOWN then return k end
  end
end

--- The events of a run, as indices of records, or nil for what has not happened; `who` is "w" or
-- "v":
--
--   one    a neuron knows a mode: it has a cosine above KNOWN
--   both   a neuron knows both: it is a mixture
--   alone  whether, at `one`, the other cosine of that neuron is less than half of KNOWN
--   purest the largest cosine of the run
function learning.events(h, who)
  local first_mode, second_mode = h[who .. "_1"], h[who .. "_2"]
  local high, low = sd.max(first_mode, second_mode), sd.min(first_mode, second_mode)
  local best = sd.max(high, { dim = 1 })
  local found = { one = first(best), both = first(sd.max(low, { dim = 1 })), purest = sd.max(best) }
  if found.one then
    local at = high:col(found.one)
    found.alone = low(sd.argmax(at), found.one) < learning.KNOWN / 2
  end
  return found
end

return learning
