--- What the checks of Theorems 2.1 and 2.2 of the over-parameterised-GAN paper (Balaji et al., ICLR
-- 2021) share: the start, the audit of hypotheses, and a run that records the error.
--
-- The theorems want k >= C m d^4 log(d)^3 for a C that is not named. With constants = "proof" the
-- hypotheses are those that the proof needs (proof_chain.lua), none of which a computer reaches.
-- With constants = "surrogate" there is SURROGATE m in their place, and the probability is set
-- aside: every run has to obey.
--
-- xbar is near (data = "near": at r0 from f(W0), so near that no neuron can change sides on the
-- way, which makes the dynamics linear for all t and the rate exact) or anywhere ("far").
local sd = require "saddle"
local flips = require "flips"
local one_hidden = require "one_hidden"
local random = require "random_jacobian"

local theorem = {}

local SURROGATE <const> = 100
local GAMMA <const> = 5 -- of Lemma A.3

--- p as the other modules want it.
local function sizes(p, xbar)
  return setmetatable({ xbar = xbar }, { __index = p })
end

--- A random start of case p -> {net=, W=, xbar=, V=, Z=, s= singular values of J(W)}.
function theorem.start(rng, p)
  local V, Z, W = random.draw(rng, p)
  local net = one_hidden.new(V, Z)
  local xbar = p.r0 * rng:sphere(p.m)
  if p.data == "near" then xbar = xbar + net.f(W) end
  return { net = net, W = W, xbar = xbar, V = V, Z = Z, s = net.singular_values(W) }
end

--- Audits the hypotheses; returns whether all hold. `needs` is proof.ascent or proof.descent.
function theorem.audit(c, p, start, needs)
  local xbar = sd.norm(start.xbar)
  c:assume("etabar <= 1", p.etabar, "<=", 1)
  if p.constants == "proof" then
    local all = true
    for _, row in ipairs(needs(sizes(p, xbar))) do
      all = c:assume(row.name, row.x, row.rel, row.y) and all
    end
    return all
  end
  local unit = p.m * p.d ^ (5 / 2) * math.log(p.d) ^ (3 / 2)
  local fit = c:assume("d >= 2", p.d, ">=", 2)
    and c:assume("the sigmas", p.sigma_v * p.sigma_w * p.sigma_z * unit, ">=", xbar)
    and c:assume(("k >= %d m, a surrogate"):format(SURROGATE), p.k, ">=", SURROGATE * p.m)
  if not fit or p.data == "far" then return fit end
  -- the linear system has |z_t| <= gamma rho^t |z_0|, so that W moves by this in all
  local way = GAMMA * start.s(1) / start.s(-1) ^ 2 * p.r0
  return c:assume("no neuron changes sides on the way", way, "<", flips.free(start.W, start.Z))
end

--- T steps from state -> |f(W) - xbar| at t = 0, ..., T.
function theorem.run(start, step, state, T)
  local _, h = sd.compile(step):iterate(state, T, { every = 1, record = function(s)
    return { size = sd.norm(start.net.f(s.W) - start.xbar) }
  end })
  return h.size, h.t
end

--- Concludes that the error falls, near the end of a run in a linear piece, by a factor a step that
-- lies between those of the extreme singular values: `factor(s)` is the slow mode's.
function theorem.late(c, p, start, size, factor)
  local last = size:col(p.T // 2, p.T + 1) -- by now the fast modes have gone
  local ratio = last:col(2, last.cols) / last:col(1, last.cols - 1)
  -- an error of f, sums of k n products, is one of |f - xbar|
  local noise = { tol = 2 * c:roundoff(start.V:row(1), { steps = p.n }) * sd.norm(start.xbar)
    / sd.min(last) }
  c:conclude("late rate, from sigma_min", ratio, "<=", factor(start.s(-1)), noise)
  c:conclude("late rate, from sigma_max", ratio, ">=", factor(start.s(1)), noise)
end

--- The factor a step over the last tenth of a run.
function theorem.fitted(size)
  local from = size.cols - size.cols // 10
  return (size(-1) / size(from)) ^ (1 / (size.cols - from))
end

return theorem
