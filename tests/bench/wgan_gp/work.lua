--- A step of the Wasserstein GAN with gradient penalty (Gulrajani et al., 2017) on vectors of 784
-- pixels, batch 64: generator 64-k-k-784 and critic 784-k-k-1 with leaky ReLU and no biases, Adam
-- for both (1e-4, 0.5, 0.9). The critic steps first. Timed in f32; compared in f64, where different
-- orders of summation do not show. The peer leaves nothing undone that its users do: it works on
-- the same sizes, in rows.
return {
  title = "MLP WGAN-GP, batch 64, f32",
  cases = { { k = 64 }, { k = 256 }, { k = 512 } },
  reference = 2, axis = "k", steps = 3,
  data = function(p, rng)
    local function layer(m, n) return rng:randn(m, n) / n ^ .5 end
    return { G1 = layer(p.k, 64), G2 = layer(p.k, p.k), G3 = layer(784, p.k),
      D1 = layer(p.k, 784), D2 = layer(p.k, p.k), D3 = layer(1, p.k), X = rng:randn(784, 64),
      z = rng:randn(64, 64 * 2 * p.steps), e = rng:rand(1, 64 * p.steps) }
  end,
  targets = function() return { torch = 1.5 } end,
}
