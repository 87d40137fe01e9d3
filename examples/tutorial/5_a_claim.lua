-- 5. A claim of your own: a theorem, its hypotheses, its conclusion, and how it could fail. Here:
-- simultaneous descent-ascent on x'By leaves the equilibrium, no faster than |B| allows.
local sd = require "saddle"

local claim = sd.claim { id = "tutorial.bilinear", source = "textbook",
  statement = "simultaneous descent-ascent on x'By moves |z| by a factor in "
    .. "[sqrt(1 + eta^2 sigma_min^2), sqrt(1 + eta^2 sigma_max^2)] at every step",
  -- Named parameters are a grid: every n with every eta and seed. Rows may expect another verdict.
  params = { n = { 1, 4 }, seed = sd.seeds(3), { eta = { 0.01, 1.0 } },
    { eta = 0.0, expect = "not applicable" } },
  broken = { "alternating" }, -- a twin that must be caught: what if y saw the new x?
  check = function(c, p)
    if not c:assume("eta > 0", p.eta, ">", 0) then return end
    local B = c.rng:randn(p.n, p.n)
    local sigma = sd.svdvals(B)
    local x, y = c.rng:randn(p.n, 1), c.rng:randn(p.n, 1)
    local new_x = x - p.eta * (B * y)
    local new_y = y + p.eta * (B:t() * (c.broken and new_x or x))
    local ratio = sd.norm(sd.vcat(new_x, new_y)) / sd.norm(sd.vcat(x, y))
    local tol = 1e-14 * (1 + p.eta * sigma(1)) * p.n ^ 2 -- rounding, of products of n terms
    c:conclude("not slower", ratio, ">=", math.sqrt(1 + p.eta ^ 2 * sigma(-1) ^ 2), { tol = tol })
    c:conclude("not faster", ratio, "<=", math.sqrt(1 + p.eta ^ 2 * sigma(1) ^ 2), { tol = tol })
  end }
print(claim:check())

-- A file that ends in `return claim` instead is checked by `saddle check FILE`, in parallel, with
-- its failing cases kept for --replay.
-- Next: 6_an_optimiser.lua.
