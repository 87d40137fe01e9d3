--- Lemma A.3 of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): how far the powers of
-- a mode C of the linearised game rise above its radius rho, against the constants that bound them.
--
--   saddle figure overparam_gan/fig_kappa
--
-- Left, over a = eta s / mu: the largest |C^t| / rho^t over t, measured; kappa, the condition of
-- the eigenvectors; the paper's bound of it, 6/(2 (1 - 4a)^(1/2)), and its 5, for a <= 1/8; the
-- limit ((1 - a)^2 + 1)^(1/2) / (1 - 4a)^(1/2) of |C^t| / rho^t, which is its least upper bound
-- where mu is at most 1; and what one finds at mu = 1.9, where an eigenvalue is negative. Right:
-- |C^t| / rho^t over t; at a = 1/4, where C is defective, there is no bound, and Lemma A.1 fails.
local sd = require "saddle"
local linearised = require "linearised"

local function mode(a, mu) return sd.stability.bilinear { eta = a * mu, mu = mu, s = 1 }.A end

--- max over t of |C^t| / rho^t up to p.steps, for each a.
local function peaks(as, mu, steps)
  local out = {}
  for k = 1, #as do
    out[k] = sd.stability.transient(mode(as(k), mu), { steps = steps, tol = 1e-9 }).peak
  end
  return sd.matrix(out)
end

local function apply(f, as)
  local out = {}
  for k = 1, #as do out[k] = f(as(k)) end
  return sd.matrix(out)
end

local SHOWN <const> = { 0.01, 0.125, 0.2, 0.24, 0.25 } -- a of the right panel

local function run(p)
  local as = sd.linspace(0.002, 0.245, p.points)
  local times, growth = {}, {}
  for t = 0, p.horizon do times[t + 1] = t end
  for k, a in ipairs(SHOWN) do growth[k] = sd.stability.growth(mode(a, 1), times) end
  local limit, peak = apply(linearised.gain, as), peaks(as, 1, p.steps)
  local eighth = 1 / 8
  return { a = as, peak = peak, peak_large = peaks(as, 1.9, p.steps), limit = limit,
    kappa = apply(sd.stability.kappa, as), growth = sd.hcat(growth), t = sd.matrix(times),
    above_limit = sd.max(peak / limit), kappa_eighth = sd.stability.kappa(eighth),
    paper_eighth = 3 / math.sqrt(1 - 4 * eighth), limit_eighth = linearised.gain(eighth),
    peak_eighth = peaks(sd.matrix { eighth }, 1, p.steps)(1), defective = growth[#growth](-1) }
end

local function summary(runs)
  local r = runs[1]
  return table.concat({
    ("at a = 1/8:  measured %.4f   limit %.4f   kappa %.4f   6/(2 sqrt(1-4a)) %.4f   the paper 5")
      :format(r.peak_eighth, r.limit_eighth, r.kappa_eighth, r.paper_eighth),
    ("largest measured / limit over all a, mu = 1: %.6f"):format(r.above_limit),
    ("at a = 1/4, where C is defective, |C^t| / rho^t reaches %.1f at t = %d"):format(r.defective,
      r.horizon) }, "\n")
end

local function constants(r)
  local a = r:array "a"
  return {
    { x = a, y = 3 / (1 - 4 * a) ^ 0.5, label = "6/(2 sqrt(1-4a))", dash = "dotted" },
    { x = a, y = r:array "kappa", label = "kappa" },
    { x = a, y = r:array "peak_large", label = "measured, mu = 1.9", dash = "dashed" },
    { x = a, y = r:array "limit", label = "limit" },
    { x = a, y = r:array "peak", label = "measured, mu = 1", style = "points" },
    hline = { 5, label = "5" }, vline = { 1 / 8, label = "a = 1/8" },
    title = "largest |C^t| / rho^t, and its bounds", xlabel = "a = eta s / mu", ylog = true,
    yrange = { 1, 20 }, xrange = { 0, 0.25 }, legend = "top left",
  }
end

local function plot(runs)
  local r = runs[1]
  local t, growth = r:array "t", r:array "growth"
  local right = { title = "|C^t| / rho^t over t, mu = 1", xlabel = "t", ylog = true,
    legend = "top left", hline = { 5, label = "5" } }
  for k, a in ipairs(SHOWN) do
    right[k] = { x = t, y = growth:col(k), label = ("a = %g"):format(a) }
  end
  return { columns = 2, size = { 1100, 460 }, panels = { constants(r), right } }
end

return sd.experiment {
  name = "overparam_gan.fig_kappa",
  text = "how far linear descent-ascent overshoots its rate, against Lemma A.3's constants",
  params = {
    points = sd.param(60, "values of a", { from = 2 }),
    steps = sd.param(2000, "powers looked at, at most", { from = 1 }),
    horizon = sd.param(40, "t of the right panel", { from = 1 }),
  },
  quick = { points = 25 },
  run = run, summary = summary, plot = plot,
}
