--- How little a wide generator has to move: a picture that the over-parameterised-GAN paper (Balaji
-- et al., ICLR 2021) does not have, of what its proofs rest on.
--
--   saddle figure overparam_gan/fig_lazy
--   saddle figure overparam_gan/fig_lazy k=50,200,800 m=3 mu=0.5
--
-- Descent-ascent from random V, W0, z_i and d = 0 with eta = mu/(8 sigma_max(J0)^2) comes to |f(W)
-- - xbar| <= tol. The initial misfit grows like sqrt k and so do the singular values of J0, so that
-- W moves by about |J0^+ r0|, which does not depend on k, while |W0| is about sqrt(k d): the
-- relative movement falls like k^(-1/2). The share of relu's (w_l . z_i) that change sides falls
-- with the movement of a single w_l, and thus like k^(-1/2) as well.
--
-- Theorem A.4 wants 4 gamma beta eps <= alpha^2, gamma = 5, where |J| <= beta and |J - J0| <= eps
-- on a ball. Here both are the largest values along the way itself, which is the least that any
-- ball has: 20 beta eps/alpha^2 above 1 says that the theorem cannot apply, below 1 that it might.
-- J - J0 has the singular values of V E/n, E_l = |sum_i z_i (relu'(w_l . z_i) - relu'(w0_l .
-- z_i))|, as J has those of V D/n (34).
local sd = require "saddle"
local one_hidden = require "one_hidden"

local GAMMA <const> = 5

--- Descent-ascent that records |J| and |J - J0| at each step -> W, |f(W) - xbar|, steps, and the
-- largest of both.
local function way(p, V, Z, W0, xbar, eta)
  local net = one_hidden.new(V, Z)
  local function active(W) return sd.ge(W * Z, 0) end
  local function norm(mask) -- of V diag(|sum_i z_i mask_li|)/n
    return sd.norm(V % sd.norm(mask * Z:t(), { dim = 2 }):t(), 2) / p.n
  end
  local before = active(W0)
  local function loss(q) return sd.dot(q.d, xbar - net.f(q.W)) - sd.dot(q.d, q.d) / 2 end
  local function size(s) return sd.norm(xbar - net.f(s.W)) end
  local s, h = sd.compile(function(s)
    local g = sd.grad(loss)(s)
    return { W = s.W - eta * g.W, d = s.d + p.mu * g.d }
  end):iterate({ W = W0, d = sd.zeros(p.m, 1) }, p.steps, {
    every = p.every,
    record = function(s)
      local now = active(s.W)
      return { J = norm(now), change = norm(now - before) }
    end,
    stop = function(s) return sd.le(size(s), p.tol) end })
  return s.W, size(s), h.n, sd.max(h.J), sd.max(h.change)
end

local function run(p)
  local draws = p.rng:split("width " .. p.k)
  local V, Z, W0 = draws:randn(p.m, p.k), draws:randn(p.d, p.n), draws:randn(p.k, p.d)
  local xbar = p.rng:split "data":randn(p.m, 1)
  local net = one_hidden.new(V, Z)
  local sv = net.singular_values(W0)
  local alpha, length = sv(-1), sd.norm(W0)
  local eta = p.mu / (8 * sv(1) ^ 2)
  local W, error, steps, beta, eps = way(p, V, Z, W0, xbar, eta)
  -- |J0^+ r| = |(J0 J0')^(-1/2) r|, and (J0 J0') = B B' with B = V D/n
  local B = V % sd.norm(sd.ge(W0 * Z, 0) * Z:t(), { dim = 2 }):t() / p.n
  local least = sd.norm(sd.pinv(B) * (net.f(W0) - xbar))
  return { movement = sd.norm(W - W0) / length, predicted = least / length,
    flips = sd.mean(sd.abs(sd.ge(W * Z, 0) - sd.ge(W0 * Z, 0))),
    condition = 4 * GAMMA * beta * eps / alpha ^ 2, error = error, taken = steps,
    converged = error <= p.tol }
end

--- The exponent with which a metric falls over the widths, from the means over seeds, and its
-- error.
local function exponent(groups, name)
  if #groups < 2 then return 0 / 0, 0 / 0 end
  local slope, _, doubt = sd.fit_loglog(groups.k, groups.mean[name])
  return slope, doubt
end

local function summary(runs)
  local groups = runs:group "k"
  local lines = { "      k seeds  moved/|W0|  |J0^+ r0|/|W0|  flipped  20 beta eps/alpha^2"
    .. "  converged  steps" }
  for _, g in ipairs(groups) do
    local mean = g.mean
    lines[#lines + 1] = ("%7d %5d %11.4f %15.4f %8.4f %20.3f %9.0f%% %6.0f"):format(g.k, g.n,
      mean.movement, mean.predicted, mean.flips, mean.condition, 100 * mean.converged, mean.taken)
  end
  for _, name in ipairs { "movement", "flips", "condition" } do
    lines[#lines + 1] = ("%s falls like k^(%.3f +- %.3f)"):format(name, exponent(groups, name))
  end
  return table.concat(lines, "\n")
end

local function plot(runs)
  local G = runs:group "k"
  local function points(name, label)
    return { x = G.k, y = G.mean[name], lo = G.min[name], hi = G.max[name], style = "linespoints",
      label = label }
  end
  local function slope(name) return ("k^(%.2f)"):format((exponent(G, name))) end
  return { columns = 2, size = { 1000, 480 }, panels = {
    { points("movement", "|W - W0|/|W0|, about " .. slope "movement"),
      { x = G.k, y = G.mean.predicted, label = "|J0^+ r0|/|W0|", dash = "dashed" },
      points("flips", "share of relu's flipped, about " .. slope "flips"),
      title = "movement until |f(W) - xbar| <= tol", xlabel = "hidden width k", xlog = true,
      ylog = true, legend = "below" },
    { points("condition", "20 beta eps/alpha^2 along the way, about " .. slope "condition"),
      title = "Theorem A.4 might apply below 1", xlabel = "hidden width k", xlog = true,
      ylog = true, hline = 1, legend = "below" } } }
end

return sd.experiment {
  name = "overparam_gan.fig_lazy",
  text = "how far a generator moves, and how many neurons change sides, against its width",
  params = {
    k = sd.param(800, "hidden width", { from = 1 }),
    m = sd.param(5, "data dimension", { from = 1 }),
    d = sd.param(5, "latent dimension", { from = 1 }),
    n = sd.param(50, "latent points", { from = 1 }),
    mu = sd.param(1.0, "the discriminator's step size", { above = 0, to = 1 }),
    steps = sd.param(6000, "the largest number of steps", { from = 0 }),
    every = sd.param(5, "steps between looks at the Jacobian", { from = 1 }),
    tol = sd.param(1e-8, "stop once |f(W) - xbar| is below this", { from = 0 }),
  },
  sweep = { k = { 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600 }, seed = sd.seeds(8) },
  quick = { k = { 50, 200, 800, 3200 }, seed = sd.seeds(3) },
  run = run, summary = summary, plot = plot,
}
