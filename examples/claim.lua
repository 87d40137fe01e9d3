-- A theorem as a claim: gradient descent on a quadratic |x|_H^2/2, mu <= eigenvalues of H <= L.
local sd = require "saddle"
local claim = sd.claim { id = "descent.rate", source = "textbook",
  statement = "|x_t| <= (1 - eta mu)^t |x_0| for steps eta of at most 1/L",
  params = { n = { 2, 20 }, T = 50, mu = 0.1, L = 1.0, seed = sd.seeds(5),
    { eta = { 0.1, 1.0 } }, { eta = 2.5, expect = "not applicable" } },
  broken = { "step" },                                  -- a twin that must come out violated
  check = function(c, p)
    if not c:assume("eta <= 1/L", p.eta, "<=", 1 / p.L) then return end
    local U = c.rng:orthogonal(p.n)
    local H = U * sd.diag(sd.linspace(p.mu, p.L, p.n)) * U:t()
    local eta = c.broken == "step" and 2.5 / p.L or p.eta
    local x0 = c.rng:randn(p.n, 1)
    local _, h = sd.compile(function(s) return { x = s.x - eta * (H * s.x) } end):iterate(
      { x = x0 }, p.T, { every = 1, record = function(s) return { size = sd.norm(s.x) } end })
    c:conclude("rate", h.size, "<=", (1 - p.eta * p.mu) ^ h.t * sd.norm(x0),
      { tol = c:roundoff(x0, { steps = p.T }) })
  end }
print(claim:check())
