--- What fig_edge.lua shows of the game (2) of the over-parameterised-GAN paper (Balaji et al., ICLR
-- 2021), as a check: descent-ascent at once, eta = ratio / sigma_max(J0)^2.
--
--   linear   the linearised generator goes to 0 for ratio < 1 and away for ratio > 1
--   relu     the generator with relus, past the edge from the same starts, stays within a fixed
--            multiple of |z_0|, which the linear one has left by then
--
-- How far the relus swing no theorem says: the multiple is fixed here. It is a fact on these sizes.
local fig_edge = require "fig_edge"
local sd = require "saddle"

local BOUND <const> = 300

return sd.claim {
  id = "overparam_gan.past_the_edge",
  source = "derived, for (2) and (21)",
  statement = "past eta sigma_max^2 = 1 linear descent-ascent diverges, and that of a generator "
    .. "with relus does not",
  surrogate = ("|z_t| <= %d |z_0| in place of bounded"):format(BOUND),
  params = { k = 100, mu = { 0.5, 1 }, steps = 700, seed = sd.seeds(2),
    { generator = "linear", ratio = { 0.95, 1.05, 1.2 } },
    { generator = "relu", ratio = { 1.05, 1.2 } },
    { generator = "relu", ratio = 0.95, expect = "not applicable" } },
  smoke = { seed = 1, mu = 1 },
  full = { k = { 100, 400 }, steps = 4000, seed = sd.seeds(5) },
  broken = { "generator" },
  check = function(c, p)
    local other = p.generator == "linear" and "relu" or "linear"
    local found = fig_edge:run { k = p.k, steps = p.steps, seed = p.seed, mu = p.mu,
      ratio = p.ratio, generator = c.broken and other or p.generator }
    c:assume("the edge is not met itself", math.abs(p.ratio - 1), ">", 0.01)
    if p.generator == "relu" then
      c:assume("past the edge", p.ratio, ">", 1)
      c:conclude("|z_t| <= bound |z_0|", found.largest, "<=", BOUND)
    else
      c:conclude(p.ratio < 1 and "|z_T| < |z_0|" or "|z_T| > bound |z_0|", found.last,
        p.ratio < 1 and "<" or ">", p.ratio < 1 and 1 or BOUND)
    end
    c:note("growth", found.growth)
  end,
}
