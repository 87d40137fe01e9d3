--- Which starts recover both modes under nSGDA (Theorem 4.2 of the normalised-SGDA paper: Jelassi,
-- Mensch, Gidel, Li, 2022). The proof (appendix H) follows the leaders i_l* and g_j* of the start
-- (leaders.lua). Starts are drawn until one is of the kind:
--
--   decided       i_1* and i_2* differ, and each is some g_j*: both modes are found
--   one leader    i_1* = i_2*: a neuron of the discriminator cannot be of both modes; G finds at
--                 most one
--   no follower   i_1* and i_2* differ, but one of them is no g_j*. The proof finds no neuron of G
--                 for that mode, and would give "at most one": false, most recover. A v_j whose
--                 g_j* is of no mode grows along w_(g_j*) at first, the discriminator unlearns
--                 w_(g_j*) there, and v_j turns to what has grown meanwhile: a mode
--
-- So the share of starts that recover lies between P(decided) and P(i_1* and i_2* differ).
--
-- All that is of small steps (nsgda.lua, `warmup`). sigma' is even: a step that is large against
-- <w_i, u_l> takes a negative one past 0, and it grows from there. "stays" says that i_l* is the
-- neuron that ends as the largest along u_l: for small steps with leaders by value, for large ones
-- by absolute value.
local sd = require "saddle"
local leaders = require "leaders"
local nsgda = require "nsgda"
local two_modes = require "two_modes"

local kinds = {}
function kinds.decided(L) return L.decided end
kinds["one leader"] = function(L) return not L.distinct end
kinds["no follower"] = function(L) return L.distinct and not L.decided end

--- Runs of all trials -> how many recover, and in how many i_1* leads at the end.
local function play(c, p, model, trainer)
  local recovered, stayed = 0, 0
  local size = p.steps == "large" and sd.abs or nil
  if c.broken == "other sign" then size = not size and sd.abs or nil end
  for trial = 1, p.trials do
    local rng = c.rng:split(trial)
    local start, L = leaders.draw(model, rng, kinds[p.kind], size)
    local last = nsgda.run(trainer, start, rng)
    local final = leaders.of(model, last)
    recovered = recovered + (nsgda.both(model, last.G.V) and 1 or 0)
    stayed = stayed + (final.i[1] == L.i[1] and 1 or 0)
  end
  return recovered, stayed
end

return sd.claim {
  id = "normalized_sgda.theorem_4_2_start",
  source = "Theorem 4.2, Lemma H.1",
  statement = "the start decides: both modes are found if their leaders differ and lead neurons of "
    .. "G, and only if they differ",
  surrogate = "with probability 1 - o(1) is in 80 % at least, with probability o(1) in 20 % at "
    .. "most; i_l* stays in 70 %; a step is small that is at most a fifth of d^-1/2, large if it "
    .. "is at least 5 times that",
  params = { mD = 7, mG = 13, trials = 24,
    { kind = "decided", steps = "small", d = 1e6, tier = "full" },
    { kind = "decided", steps = "small", d = 1e12 },
    { kind = "one leader", steps = "small", d = 1e6 },
    { kind = "no follower", steps = "small", d = 1e6, expect = "violated", tier = "quick" },
    { kind = "decided", steps = "large", d = 1e9, tier = "quick" },
    { kind = "decided", steps = "large", d = 1000, expect = "not applicable" } },
  smoke = { trials = 10 },
  full = { trials = 100 },
  broken = { "other sign", "plain generator" },
  check = function(c, p)
    local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, reduced = true }
    local trainer = nsgda.trainer(model, { eta = 5e-3, ratio = 0.3, total = 60,
      warmup = p.steps == "small", G = c.broken == "plain generator" and "sgda" or "nsgda" })
    local scale = trainer.first * p.d ^ 0.5
    local right = p.steps == "small" and c:assume("the first step is small", scale, "<=", 0.2)
      or p.steps == "large" and c:assume("the first step is large", scale, ">=", 5)
    if not right then return end
    local recovered, stayed = play(c, p, model, trainer)
    c:note("starts that recover", recovered / p.trials)
    c:note("starts where i_1* stays", stayed / p.trials)
    if p.kind ~= "decided" then
      c:rate("at most one mode is found", recovered, p.trials, "<=", 0.2)
      return
    end
    if p.steps == "small" then
      c:rate("both modes are found", recovered, p.trials, ">=", 0.8)
    end
    c:rate("i_1* stays", stayed, p.trials, ">=", 0.7)
  end,
}
