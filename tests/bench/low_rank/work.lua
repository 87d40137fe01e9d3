--- Gradient descent on |y - X' vec(T T')|^2 / 2 over d x r matrices T: regression on a low-rank
-- matrix. X (d^2 x n, a sample a column) has n d^2 numbers, and a step reads each twice: memory
-- decides.
return {
  title = "low-rank regression, GD",
  cases = { { d = 50, r = 4, n = 200 }, { d = 100, r = 4, n = 200 }, { d = 200, r = 4, n = 200 } },
  reference = 2, axis = "d", steps = 10,
  data = function(p, rng)
    return { X = rng:randn(p.d * p.d, p.n), y = rng:rademacher(p.n, 1),
      T = 0.1 * rng:randn(p.d, p.r) }
  end,
  targets = function() return { c = 1 / 1.3 } end,
}
