--- GANs between plain networks on mixtures of normal clouds: what the figures of the normalised
-- descent-ascent paper (S. Jelassi, A. Mensch, G. Gidel, Y. Li, 2022) show of ResNets and DCGANs on
-- images, at a size that a processor trains in seconds. Losses:
--
--   wgan-gp   D descends E D(G(z)) - E D(x) + 10 E (|D'(y)| - 1)^2, y = u x + (1 - u) G(z), u
--             uniform on [0, 1], D' the gradient in y; G descends -E D(G(z)) [I. Gulrajani et
--             al., Improved training of Wasserstein GANs, 2017]. This (1) must mean
--   printed   D ascends E D(G(z)) - E D(x) + 10 E (|D'(y)| - 1)^2, and G descends it: (1) as it
--             stands there, where the penalty is maximised. But D' and y are as above: in print
--             D' is a gradient in the weights, and y mixes data with latent points
--   log       D ascends E log s(D(x)) + E log s(-D(G(z))), G descends -E log s(D(G(z))), s the
--             logistic function: a DCGAN has these
--
-- The law of the data has K centres on equal terms, clouds N(centre, deviation^2 I); the deviation
-- is an eighth of the distance between neighbours:
--
--   ring     8 on the unit circle
--   grid     25, at {-1, -1/2, 0, 1/2, 1}^2
--   stack2   10^2 in 4 dimensions: pairs of points of 10 on the unit circle
--   stack3   10^3 in 6 dimensions: triples of these
--
-- How near samples are to it: modes covered, the share of samples within 3 deviations of a centre
-- (root mean square over pairs of coordinates: 3 sqrt(d/2) in all), the reverse KL divergence of
-- the histogram over modes, and the Frechet distance FD, in the space itself (from the exact mean
-- and covariance of the law) and of random features (sd.metrics.random_features: cosines, which see
-- what differs over a length of 0.2), each as a part of the law's variance: 0 is the law, 1 all
-- samples at its mean. FD is no FID, whose features are those of a trained network, and is compared
-- with none.
local sd = require "saddle"
local check = require "saddle.check"
local outcome = require "outcome"
local metrics, objective = sd.metrics, sd.objective

local mixture_gan = {}

local WEIGHT <const> = 10                             -- of the penalty
local FEATURES <const>, LENGTH <const> = 64, 0.2      -- of random features, and their length
local SEED <const>, SAMPLES <const> = 2022, 2048      -- of these; that quality is measured on
local ACCUMULATE <const>, FORGET <const> = 0.5, 0.9   -- beta_1, beta_2 of the paper

-- ---- the law of the data ------------------------------------------------------------------------

local function circle(K)
  local angle = 2 * math.pi / K * sd.linspace(1, K, K):t()
  return sd.vcat(sd.cos(angle), sd.sin(angle))
end

--- The columns of A over those of B, in all pairs.
local function pairs_of(A, B)
  return sd.vcat(sd.kron(A, sd.ones(1, B.cols)), sd.kron(sd.ones(1, A.cols), B))
end

local side = sd.linspace(-1, 1, 5):t()
local centres = {
  ring = circle(8),
  grid = pairs_of(side, side),
  stack2 = pairs_of(circle(10), circle(10)),
  stack3 = pairs_of(circle(10), pairs_of(circle(10), circle(10))),
}
-- Steps of sqrt(10).
mixture_gan.GRID = { 1e-4, 3.2e-4, 1e-3, 3.2e-3, 1e-2, 3.2e-2, 1e-1 }

mixture_gan.LAWS = { "ring", "grid", "stack2", "stack3" }

local Law = {}
Law.__index = Law

--- mixture_gan.law(name) -> law; fields centres (d x K), deviation, radius, mean, covariance,
-- variance.
function mixture_gan.law(name)
  local C = centres[name]
  if not C then check.unknown("mixture_gan.law", "law", name, mixture_gan.LAWS) end
  local mean, deviation = sd.mean(C, { dim = 2 }), sd.norm(C:col(1) - C:col(2)) / 8
  local spread = C - mean
  local law = setmetatable({ centres = C, deviation = deviation, mean = mean,
    radius = 3 * deviation * math.sqrt(C.rows / 2),
    covariance = spread * spread:t() / C.cols + deviation ^ 2 * sd.eye(C.rows) }, Law)
  law.variance = sd.trace(law.covariance)
  return law
end

--- n samples (d x n); the rng may be a symbol.
function Law:draw(rng, n)
  return (sd.data.mixture(rng, n, { centres = self.centres, sd = self.deviation }))
end

--- Mean and covariance of the columns of P.
local function moments(P)
  local mean = sd.mean(P, { dim = 2 })
  local away = P - mean
  local S = away * away:t() / (P.cols - 1)
  return { mean = mean, covariance = 0.5 * (S + S:t()) }
end

--- Features, their moments and variance for the law, from samples of it; computed when first asked
-- for.
local function reference(law)
  if not law.reference then
    local psi = metrics.random_features(sd.rng(SEED, "features"), law.centres.rows,
      { count = FEATURES, act = "cos", length = LENGTH })
    local found = moments(psi(law:draw(sd.rng(SEED, "samples"), 4 * SAMPLES)))
    law.reference = { psi = psi, moments = found, variance = sd.trace(found.covariance) }
  end
  return law.reference
end

--- How near the samples Y (d x n) are to the law: {covered=, share=, kl=, fd=, fd_features=}. Where
-- samples are not finite, or so large that their squares are not, the distances are infinite and
-- nothing is covered; kl is infinite where no sample belongs to a mode.
function mixture_gan.quality(law, Y)
  Y = Y:to "f64"
  if not (sd.norm(Y) < 1e100) then
    return { covered = 0, share = 0, kl = math.huge, fd = math.huge, fd_features = math.huge }
  end
  local found = metrics.modes(Y, { centres = law.centres, radius = law.radius })
  local of = reference(law)
  return { covered = found.covered, share = found.share,
    kl = found.share > 0 and found.kl or math.huge,
    fd = metrics.frechet({ mean = law.mean, covariance = law.covariance }, Y) / law.variance,
    fd_features = metrics.frechet(of.moments, moments(of.psi(Y))) / of.variance }
end

-- ---- optimisers ---------------------------------------------------------------------------------

local function adaptive(name, scope)
  return function(lr) return sd.optim[name] { lr = lr, b1 = ACCUMULATE, b2 = FORGET, scope = scope }
  end
end

local function normalised(scope)
  return function(lr)
    return sd.optim.normalized { lr = lr, momentum = ACCUMULATE, scope = scope }
  end
end

-- All but rmsprop and adagrad have beta_1 = 1/2; Adam is that of Algorithm 1 (sums, no averages).
local optimisers = {
  sgda = function(lr) return sd.optim.sgd { lr = lr, momentum = ACCUMULATE } end,
  ["g-nsgda"] = normalised "global", ["l-nsgda"] = normalised "layer",
  adam = adaptive "adam_raw",
  rmsprop = function(lr) return sd.optim.adam_raw { lr = lr, b1 = 0, b2 = FORGET } end,
  adagrad = function(lr) return sd.optim.adagrad { lr = lr } end,
  ["g-adalr"] = adaptive("adalr", "global"), ["l-adalr"] = adaptive("adalr", "layer"),
  ["g-adadir"] = adaptive("adadir", "global"), ["l-adadir"] = adaptive("adadir", "layer"),
}
mixture_gan.OPTIMISERS = { "sgda", "g-nsgda", "l-nsgda", "adam", "rmsprop", "adagrad", "g-adalr",
  "l-adalr", "g-adadir", "l-adadir" }

--- mixture_gan.optimiser(name, eta[, steps]) -> optimiser; with steps, its rate falls along a line
-- from eta at the first step to 0 after the last.
function mixture_gan.optimiser(name, eta, steps)
  local make = optimisers[name]
  if not make then
    check.unknown("mixture_gan.optimiser", "optimiser", name, mixture_gan.OPTIMISERS)
  end
  return make(steps and sd.optim.linear { from = eta, to = 0, steps = steps + 1 } or eta)
end

-- ---- the losses ---------------------------------------------------------------------------------

--- (1): E D(G(z)) - E D(x) + the penalty.
local function critic_value(score, x, fake, u)
  return objective.gradient_penalty(score, x, fake, u, { weight = WEIGHT })
    - objective.wasserstein(score(x), score(fake))
end

-- What D descends, of its scores, and G, of those of its samples.
local losses = {
  ["wgan-gp"] = { D = critic_value, G = function(scores) return -sd.mean(scores) end },
  printed = { D = function(...) return -critic_value(...) end, G = sd.mean },
  log = { D = function(score, x, fake) return -objective.log_loss(score(x), score(fake)) end,
    G = objective.non_saturating },
}
mixture_gan.LOSSES = { "wgan-gp", "printed", "log" }

-- ---- the game -----------------------------------------------------------------------------------

--- A network of `layers` hidden layers of k neurons from `first` to `last` numbers.
local function network(first, last, o)
  local spec = { act = "leaky_relu", init = "he", dtype = o.dtype or "f32", first }
  for l = 1, o.layers do spec[l + 1] = o.k end
  spec[o.layers + 2] = last
  return sd.model.mlp(spec)
end

local Gan = {}
Gan.__index = Gan

--- mixture_gan.new(law, o) -> gan, with G and D (models), game, dynamics and plan (a compiled
-- step). o = {k = width, layers = hidden layers, latent = 0: d, batch =, optim = {D =, G =},
-- critic = steps of D, each on a batch of its own, before one of G, or 0: both at once, on one
-- batch, as in the paper; loss = "wgan-gp", dtype = "f32"}.
function mixture_gan.new(law, o)
  local dtype, loss = { dtype = o.dtype or "f32" }, losses[o.loss or "wgan-gp"]
  if not loss then
    check.unknown("mixture_gan.new", "loss", o.loss, mixture_gan.LOSSES)
  end
  local d = law.centres.rows
  local latent = o.latent > 0 and o.latent or d
  local G, D = network(latent, d, o), network(d, 1, o)

  local function critic(p, x, z, u)
    local function score(y) return D.apply(p.D, y) end
    return loss.D(score, x, G.apply(p.G, z), u)
  end
  local function generator(p, _, z) return loss.G(D.apply(p.D, G.apply(p.G, z))) end

  local game = sd.game { loss = { D = critic, G = generator }, sample = function(rng)
    return law:draw(rng, o.batch):to(dtype.dtype), rng:randn(latent, o.batch, dtype),
      rng:rand(1, o.batch, dtype)
  end }
  local turns = { optim = o.optim, mode = "simultaneous" }
  if o.critic > 0 then
    turns.mode, turns.order, turns.k = "alternating", { "D", "G" }, { D = o.critic, G = 1 }
  end
  local dynamics = sd.dynamics.gda(game, turns)
  return setmetatable({ law = law, G = G, D = D, latent = latent, dtype = dtype, game = game,
    dynamics = dynamics, plan = sd.compile(dynamics.step) }, Gan)
end

--- The state at the start.
function Gan:init(rng)
  return self.dynamics.init({ G = self.G.init(rng:split "G"), D = self.D.init(rng:split "D") },
    rng:split "training")
end

--- n samples of the generator (d x n).
function Gan:generate(p, n, rng) return self.G.apply(p.G, rng:randn(self.latent, n, self.dtype)) end

--- How near samples of the generator (2048, drawn from a copy of that rng) are to the law.
function Gan:quality(p, rng)
  return mixture_gan.quality(self.law, self:generate(p, SAMPLES, rng:clone()))
end

--- |grad_G| and |grad_D| at p on one batch, the same for one rng, each the sum of the norms of the
-- player's matrices, as Figure 1 has it.
function Gan:slopes(p, rng)
  self.slopes_of = self.slopes_of or sd.compile(function(s)
    local sample, found = table.pack(self.game:sample(s.rng)), {}
    for _, player in ipairs { "G", "D" } do
      found[player] = 0
      for _, layer in ipairs(self.game:gradient(player, s.p, table.unpack(sample))) do
        found[player] = found[player] + sd.norm(layer.W) + sd.norm(layer.b)
      end
    end
    return found
  end)
  return self.slopes_of { p = p, rng = rng:clone() }
end

--- Trains from rng for so many steps -> state, status ("diverged", "stalled", "moving": see
-- outcome.lua). look(t, state), if given, is called at t = 0, then every tenth of the steps.
function Gan:train(rng, steps, look)
  local tenth = math.max(1, steps // 10)
  local before
  local s, h = self.plan:iterate(self:init(rng), steps, { every = tenth,
    record = function(s) return { size = sd.norm(s.p) } end,
    hook = function(s, t)
      if t < steps then before = s.p end
      if look then look(t, s) end
    end })
  return s, outcome.status(h, before, s.p)
end

-- ---- an experiment's run ------------------------------------------------------------------------

--- What a run takes, as parameters of experiments.
function mixture_gan.params(more)
  local all = {
    law = sd.param("ring", table.concat(mixture_gan.LAWS, ", ")),
    optim = sd.param("adam", table.concat(mixture_gan.OPTIMISERS, ", ")),
    eta = sd.param(1e-2, "the step size of the generator", { above = 0 }),
    ratio = sd.param(1.0, "that of the critic, in parts of it", { above = 0 }),
    decay = sd.param(true, "step sizes fall to 0 along a line"),
    k = sd.param(64, "width of the hidden layers of both networks", { from = 1 }),
    layers = sd.param(2, "their number", { from = 1 }),
    latent = sd.param(0, "latent dimension; 0: that of the data", { from = 0 }),
    batch = sd.param(64, "samples of a step", { from = 1 }),
    critic = sd.param(1, "steps of the critic before one of the generator; 0: both at once",
      { from = 0 }),
    loss = sd.param("wgan-gp", table.concat(mixture_gan.LOSSES, ", ")),
    steps = sd.param(2000, "steps of the generator", { from = 10 }),
  }
  for name, param in pairs(more or {}) do all[name] = param end
  return all
end

--- The GAN of a run with these parameters.
function mixture_gan.of(p)
  local function optimiser(eta) return mixture_gan.optimiser(p.optim, eta, p.decay and p.steps) end
  return mixture_gan.new(mixture_gan.law(p.law), { k = p.k, layers = p.layers,
    latent = p.latent, batch = p.batch, critic = p.critic, loss = p.loss,
    optim = { D = optimiser(p.eta * p.ratio), G = optimiser(p.eta) } })
end

--- A run: quality at the end, `ended` (its status), and the curve of fd_features as `along`; and
-- what look(t, state, gan), if given, adds to a record.
function mixture_gan.run(p, log, look)
  local gan, rng = mixture_gan.of(p), p.rng:split "evaluation"
  local result
  local _, status = gan:train(p.rng, p.steps, function(t, s)
    result = gan:quality(s.p, rng)
    local record = look and look(t, s, gan) or {}
    record.along = result.fd_features
    log(t, record)
  end)
  result.ended = status
  return result
end

return mixture_gan
