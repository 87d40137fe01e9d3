--- One product of n x n matrices, the new matrix included: what a call costs over its BLAS.
return {
  title = "matrix product",
  cases = { { n = 50 }, { n = 500 }, { n = 1000 } },
  reference = 2, axis = "n", steps = 1,
  data = function(p, rng) return { A = rng:randn(p.n, p.n), B = rng:randn(p.n, p.n) } end,
  targets = function() return { c = 1 / 1.3 } end,
}
