--- The practical GANs of the over-parameterised-GAN paper (Balaji et al., ICLR 2021, section 3 and
-- appendix D) without convolutions: Wasserstein GANs with gradient penalty whose generator and
-- critic are networks of two hidden layers of width k.
--
--   min over G, max over D   E D(x) - E D(G(z)) - 10 E (|D'(u x + (1-u) G(z))| - 1)^2
--
-- with z normal and u uniform on [0, 1]; 5 steps of the critic, each on a batch of its own, before
-- one of the generator; Adam with averages (0.5, 0.999) for both. The paper names the weight 10,
-- the 5 steps and the averages; the loss is that of I. Gulrajani et al., Improved training of
-- Wasserstein GANs, 2017, which these belong to. All in f32.
--
-- Samples are compared by the Frechet distance of normal laws with the means and covariances of
-- random features, the same for all runs (sd.metrics.random_features). It is no FID, whose features
-- are those of a trained network, and is compared with none.
local sd = require "saddle"
local metrics, objective = sd.metrics, sd.objective

local wgan_gp = {}

local WEIGHT <const>, CRITIC_STEPS <const> = 10, 5
local FEATURES <const>, FEATURE_SEED <const> = 64, 2021

--- wgan_gp.new(X, o) -> {generate = function(p, z), game =, dynamics = how it is played, init =
-- function(rng) -> state}, where p.G and p.D of the state's p are the networks. X (m,n) holds the
-- data as columns; o = {k=, latent=, batch=, lr=, last = activation of the generator's output}.
function wgan_gp.new(X, o)
  local f32 = { dtype = "f32" }
  X = X:to "f32"
  local G = sd.model.mlp { o.latent, o.k, o.k, X.rows, act = "leaky_relu", last_act = o.last,
    init = "he", dtype = "f32" }
  local D = sd.model.mlp { X.rows, o.k, o.k, 1, act = "leaky_relu", init = "he", dtype = "f32" }

  local function critic(p, x, z, u)
    local fake = G.apply(p.G, z)
    local function score(y) return D.apply(p.D, y) end
    return objective.gradient_penalty(score, x, fake, u, { weight = WEIGHT })
      - objective.wasserstein(score(x), score(fake))
  end
  local function generator(p, _, z) return -sd.mean(D.apply(p.D, G.apply(p.G, z))) end

  local game = sd.game { loss = { D = critic, G = generator }, sample = function(rng)
    return X:col(rng:randint(X.cols, 1, o.batch)), rng:randn(o.latent, o.batch, f32),
      rng:rand(1, o.batch, f32)
  end }
  local dynamics = sd.dynamics.gda(game, { mode = "alternating", order = { "D", "G" },
    k = { D = CRITIC_STEPS }, optim = sd.optim.adam { lr = o.lr, b1 = 0.5, b2 = 0.999 } })
  return { generate = G.apply, game = game, dynamics = dynamics, init = function(rng)
    return dynamics.init({ G = G.init(rng:split "G"), D = D.init(rng:split "D") },
      rng:split "training")
  end }
end

--- wgan_gp.features(X) -> (64,n): psi of the columns of X (m,n), in f64.
function wgan_gp.features(X)
  local rng = sd.rng(FEATURE_SEED, "features")
  return metrics.random_features(rng, X.rows, { count = FEATURES })(X:to "f64")
end

--- wgan_gp.distance(P, Q) -> the Frechet distance of features Q (64,n') from features P (64,n), as
-- a part of the variance of P: 0 for equal laws, 1 for all of Q at the mean of P.
function wgan_gp.distance(P, Q)
  local spread = sd.norm(P - sd.mean(P, { dim = 2 })) ^ 2 / (P.cols - 1)
  return metrics.frechet(P, Q) / spread
end

return wgan_gp
