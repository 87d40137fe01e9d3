--- Simultaneous descent-ascent of the generator G(z) = V relu(W z) against a linear discriminator
-- delta with a quadratic penalty, over n latent points Z:
--
--   L = delta . (xbar - f(W)) - |delta|^2 / 2     f(W) = V mean_i relu(W z_i)
--
-- (Balaji et al., ICLR 2021). Two products of k n q operations, and two passes over k x n numbers.
return {
  title = "GDA, one hidden layer",
  cases = {
    { k = 128, q = 10, m = 5, n = 100 }, { k = 512, q = 10, m = 5, n = 100 },
    { k = 2048, q = 10, m = 5, n = 100 } },
  reference = 2, axis = "k", steps = 10,
  data = function(p, rng)
    return { Z = rng:randn(p.q, p.n), V = rng:randn(p.m, p.k) / p.k ^ .5, W = rng:randn(p.k, p.q),
      xbar = rng:randn(p.m, 1) }
  end,
  targets = function() return { torch = 3.5, c = 1 / 1.3 } end,
}
