--- Jacobian of the n outputs of a one-hidden-layer softplus network with respect to its k x d
-- weights, and its singular values:  f(W)_i = v . softplus(W x_i).
--
-- way=svd takes them of the n x kd Jacobian; way=gram as square roots of the eigenvalues of J J',
-- which costs less and resolves only what lies above 1e-8 of the largest. The program by hand
-- writes J, or J J' = (X'X) % (S'S) with S = diag(v) softplus'(WX), without differentiating.
return {
  title = "Jacobian, singular values",
  cases = {
    { n = 50, d = 50, k = 400, way = "svd" }, { n = 200, d = 50, k = 400, way = "svd" },
    { n = 400, d = 50, k = 400, way = "svd" }, { n = 50, d = 50, k = 400, way = "gram" },
    { n = 200, d = 50, k = 400, way = "gram" }, { n = 400, d = 50, k = 400, way = "gram" } },
  reference = 2, axis = "n", steps = 1,
  data = function(p, rng)
    return { X = rng:randn(p.d, p.n), W = rng:randn(p.k, p.d), v = rng:randn(p.k, 1) / p.k ^ .5 }
  end,
  targets = function(p) return { torch = p.way == "svd" and 4 or 50 } end,
}
