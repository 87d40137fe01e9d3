--- Lemma B.1 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021), and what is made of it
-- for the Jacobian. Let A (k x m) be standard normal, D = diag(d), b_k = E |D g| for g standard
-- normal in R^k, and T a set in R^m with the Gaussian width omega(T) = E sup <g, u> and the radius
-- sigma(T). Then for all u in T
--
--   | |D A u| - b_k |u| | <= |d|_inf omega(T) + eta
--
-- with a probability of at least 1 - 6 exp(-eta^2/(8 |d|_inf^2 sigma(T)^2)). (In print the outer
-- bars are missing, and omega is not defined; with one of the two sides alone 3 is for 6.) Moreover
--
--   sqrt(|d|^2 - |d|_inf^2) <= b_k <= |d|,   omega(sphere) <= sqrt m
--   (41)  sigma_min(V D) >= sigma_v (sqrt(|d|^2 - |d|_inf^2) - |d|_inf sqrt m - eta)
--
-- the latter with a probability of at least 1 - 3 exp(-eta^2/(8 |d|_inf^2)).
local sd = require "saddle"

--- Sets, by their width, their radius, and the least and largest of |D A u| - b |u| over u in T.
local sets = {}

--- All directions: the singular values of D A, m of them, are what |D A u| ranges over.
function sets.sphere(p)
  return { width = sd.bounds.width.sphere(p.m), radius = 1, range = function(DA, b)
    local s = sd.svdvals(DA)
    return s(-1) - b, s(1) - b
  end }
end

--- Orthogonal vectors of one length.
function sets.frame(p)
  local length = 3
  return { width = length * sd.bounds.width.simplex(p.m), radius = length, range = function(DA, b)
    local sizes = length * (sd.norm(DA, { dim = 1 }) - b)
    return sd.min(sizes), sd.max(sizes)
  end }
end

--- d with elements of unlike sizes.
local function weights(rng, p)
  return p.shape == "flat" and sd.ones(p.k, 1) or 0.5 + 1.5 * rng:rand(p.k, 1)
end

return sd.claim {
  id = "overparam_gan.lemma_B_1",
  source = "Lemma B.1, (41)",
  statement = "|D A u| is b_k |u| for all u in T, but for |d|_inf omega(T) + eta",
  params = { sigma_v = 0.7, trials = 100, set = { "sphere", "frame" }, shape = { "flat", "mixed" },
    { m = 5, k = 300, eta = { 4.5, 6 } },
    { m = 50, k = 1000, eta = 5, tier = "full" },
    { m = 5, k = 300, eta = 3, shape = "flat", set = "frame", expect = "not applicable" } },
  smoke = { trials = 20, shape = "mixed" },
  full = { trials = 400, seed = sd.seeds(3) },
  broken = { "scale" },
  check = function(c, p)
    local d = weights(c.rng, p)
    local most = sd.max(d)
    local set = sets[p.set](p)
    local eta = p.eta * most * set.radius -- in the units of the lemma's exponent
    local chance = math.exp(-p.eta ^ 2 / 8)
    if not c:assume("the probability says something", 1 - 6 * chance, ">", 0) then return end
    local b, low, high = sd.bounds.norm_mean(d)
    local noise = { tol = c:roundoff(d, { steps = 1 }) }
    c:conclude("sqrt(|d|^2 - |d|_inf^2) <= b_k", low, "<=", b, noise)
    c:conclude("b_k <= |d|", b, "<=", high, noise)
    c:conclude("omega(sphere) <= sqrt m", sd.bounds.width.sphere(p.m), "<=", math.sqrt(p.m))

    local room = most * set.width + eta
    local near, well = 0, 0
    for _ = 1, p.trials do
      local A = c.rng:randn(p.k, p.m) * (c.broken == "scale" and 1 / 3 or 1)
      local least, largest = set.range(A % d, b)
      near = near + (math.max(-least, largest) <= room and 1 or 0)
      local smallest = p.sigma_v * sd.svdvals(A % d)(-1)
      local bound = p.sigma_v * (low - most * math.sqrt(p.m) - p.eta * most)
      well = well + (smallest >= bound and 1 or 0)
    end
    c:rate("| |D A u| - b_k |u| |", near, p.trials, ">=", 1 - 6 * chance)
    c:rate("(41)", well, p.trials, ">=", 1 - 3 * chance)
  end,
}
