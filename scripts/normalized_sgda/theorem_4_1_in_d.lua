--- Theorem 4.1 of the normalised-SGDA paper (Jelassi et al., 2022) as d grows, at the balanced
-- ratio eta_G = eta_D sqrt(d)/log d: what the o(1) in it are. Of columns
-- v_j = alpha_j (u_1 + u_2) + xi_j where a <= 0 ends the proof, medians over seeds:
--
--   the longest     the column that has fooled D. |<xi, u_l>|/|xi| falls about as d^(-1/2).
--                   |xi|/|alpha| falls, too, but as slowly as 1/polylog(d): the column follows
--                   w_i*, of which a part of length 1 has been noise from the start and stays,
--                   while <w_i*, u_l> grows past it like a power of log d
--   all             "|xi| = o(alpha)" for every column, at a factor of 1. True for the flow: with
--                   the exact gradient of E L (batch 0) all columns come to the mixture together.
--                   With single samples it needs steps far shorter than those that give the longest
--                   column: at the end it grows so fast that it alone turns a, before the other
--                   z_i are drawn often enough, and the rest is noise as at the start
local sd = require "saddle"
local descent = require "descent"
local outcome = require "outcome"
local two_modes = require "two_modes"

--- The times t eta_D until a <= 0 are about 3 sqrt(d), and less than TIME sqrt(d).
local TIME <const> = 30

--- nSGDA needs eta well below d^(-1/2), the size of <w_i, u_l> at the start.
local function settings(c, p, d)
  if c.broken == "normalised" then
    return { method = "nsgda", eta_D = 0.3 / d ^ 0.5, ratio = 0.3, steps = 60 * d ^ 0.5 // 0.3 }
  end
  return { eta_D = p.eta_D, ratio = d ^ 0.5 / math.log(d), batch = p.batch,
    steps = TIME * d ^ 0.5 // p.eta_D }
end

--- Medians of that of the longest columns, and how many columns have |xi| < |alpha|.
local function measure(c, p, d)
  local model = two_modes.new { d = d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
    a0 = p.a0, reduced = true }
  local go, along, size, learned = descent.new(model, settings(c, p, d)), {}, {}, 0
  for seed = 1, p.seeds do
    local run = go(c.rng:split(("%g %d"):format(d, seed)))
    if not c.broken then
      c:assume("a <= 0 is reached", run.zero and 1 or 0, ">=", 1)
    end
    local V = run.p.G.V
    local alpha, xi, inner = outcome.mixture(model, V, sd.eye(p.mG))
    local longest = sd.argmax(sd.norm(V, { dim = 1 }))
    along[seed], size[seed] = sd.max(inner:col(longest)), xi(longest) / math.abs(alpha(longest))
    learned = learned + sd.sum(sd.lt(xi, sd.abs(alpha)))
  end
  local function median(list) return sd.quantile(sd.matrix(list), 0.5) end
  return { along = median(along), size = median(size), learned = learned }
end

return sd.claim {
  id = "normalized_sgda.theorem_4_1_in_d",
  source = "Theorem 4.1, o(1)",
  statement = "the column that fools the discriminator becomes an even mixture as d grows",
  surrogate = "o(1) for |<xi, u_l>|/|xi| is a half for 100 times d, for |xi|/|alpha| to fall and "
    .. "be below 1; for all columns |xi| < |alpha| in 9 of 10",
  params = { mD = 5, mG = 5, gamma = 0.05, a0 = 0.3, eta_D = 0.01, from = 1000, to = 100000,
    seeds = 8, case = { 1, 2 },
    { columns = "longest", batch = 1 },
    { columns = "all", batch = 0, case = 2, to = 10000 },
    { columns = "all", batch = 1, case = 2, to = 10000, expect = "violated" } },
  smoke = { case = 2, to = 10000, seeds = 6 },
  full = { to = 1000000, seeds = 20, eta_D = 0.004 },
  broken = { "normalised" },
  check = function(c, p)
    c:assume("gamma <= 1/log d", p.gamma, "<=", 1 / math.log(p.to))
    local last = measure(c, p, p.to)
    if p.columns == "all" then
      c:rate("|xi| < |alpha| for a column", last.learned, p.seeds * p.mG, ">=", 0.9)
    else
      local first = measure(c, p, p.from)
      c:conclude("|<xi, u_l>|/|xi| falls to a half", last.along, "<=",
        first.along * (p.to / p.from) ^ (-math.log(2) / math.log(100)))
      c:conclude("|xi|/|alpha| falls", last.size, "<", first.size)
      c:conclude("|xi| < |alpha|", last.size, "<", 1)
      c:note("|<xi, u_l>|/|xi|", sd.matrix { first.along, last.along })
      c:note("|xi|/|alpha|", sd.matrix { first.size, last.size })
    end
    c:note("share of columns with |xi| < |alpha|", last.learned / (p.seeds * p.mG))
  end,
}
