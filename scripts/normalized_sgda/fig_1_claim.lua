--- Figure 1 of the normalised-SGDA paper on the two-mode model, under Adam: what eta_D / eta_G does
-- to quality and to convergence. The paper says, of DCGAN on CIFAR-10: near 1 the quality is best,
-- and training does not converge, R_t staying near 1; far above 1 it converges, and quality is low.
--
--   window     quality at 33 is at least that at 333, training converges at neither, and R_0 = 2
--   near 1     quality at 1 is at least that at 33: here it is not. Adam moves each coordinate of V
--              as far as one of W, and V begins sqrt(d) times smaller: "balanced" is not near 1
--   converges  at 333 R_t / 2 ends below 1: here it does not, with steps that stay constant and a
--              start at which the gradients are small
--
-- Starts are the same for both ratios. Quality is at least the other's where there are not fewer
-- pure-mode neurons, in at least half of the starts.
local sd = require "saddle"
local gradient_ratio = require "gradient_ratio"

local OPTIM <const> = "adam,b1=0.5,b2=0.9"

--- In how many starts the first ratio has at least the modes of the second, how many of each end
-- with R_t / 2 >= 1, and the largest |R_0 - 2|.
local function compare(c, p, first, second)
  local better, open, off = 0, { 0, 0 }, 0
  for k = 1, p.trials do
    local found = {}
    for j, apart in ipairs { first, second } do
      found[j] = gradient_ratio.follow(p, OPTIM, { eta = p.eta, ratio = 1 / apart },
        c.rng:split(k), 40)
      c:assume("no run diverges", found[j].diverged and 1 or 0, "==", 0)
      if found[j].late >= 1 then open[j] = open[j] + 1 end
      off = math.max(off, math.abs(2 * found[j].half(1) - 2))
    end
    if found[1].modes >= found[2].modes then better = better + 1 end
  end
  return better, open, off
end

return sd.claim {
  id = "normalized_sgda.fig_1_claim",
  source = "Figure 1",
  statement = "under Adam quality is best in a window of eta_D / eta_G, which on the two-mode "
    .. "model is not near 1, and no ratio makes training converge",
  surrogate = "near 1 is 1, far above is 333, between them 33; at least half of the starts; "
    .. "converged is R_t / 2 < 1",
  params = { d = 200, mD = 7, mG = 13, case = 2, gamma = 0.05, a0 = 0.3, batch = 1, decay = false,
    eta = 3e-3, steps = 6000, trials = 8,
    { form = "window" },
    { form = "near 1", expect = "violated", tier = "quick" },
    { form = "converges", expect = "violated", tier = "quick" } },
  smoke = { steps = 3000 },
  full = { trials = 30, steps = 12000 },
  broken = { "exchanged" },
  check = function(c, p)
    local first, second = 33, 333
    if p.form == "near 1" then first, second = 1, 33 end
    if c.broken == "exchanged" then first, second = second, first end
    local better, open, off = compare(c, p, first, second)
    if p.form ~= "converges" then
      c:rate(("quality at %d against %d"):format(first, second), better, p.trials, ">=", 0.5)
    else
      c:rate("at 333 R_t / 2 ends below 1", p.trials - open[2], p.trials, ">=", 0.5)
    end
    if p.form == "window" then
      c:conclude("R_0 = 2", off, "==", 0, { tol = 2 ^ -51 })
      c:rate("R_t / 2 does not end below 1", open[1], p.trials, ">=", 0.5)
      c:rate("nor at the other ratio", open[2], p.trials, ">=", 0.5)
    end
  end,
}
