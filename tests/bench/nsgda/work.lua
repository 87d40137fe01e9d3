--- Stochastic descent-ascent, one sample a step, globally normalised or by another optimiser: the
-- linear generator picks the column j of V, the discriminator has a truncated cubic activation
-- sigma,
--
--   f(x) = a sum_i sigma(w_i . x) + b / sqrt(d)     sigma(z) = z^3, linear beyond |z| = d^0.2
--   L = log S(f(x)) + log(1 - S(f(V_j)))            S the logistic function
--
-- where {a, b, W} ascends L and V descends, each along its gradient divided by its length. x is one
-- of the two columns of U. Here the cost of a step is that of passes over m d numbers, and of all
-- that is not arithmetic. 1e-5 is small enough that millions of steps leave the gradients normal.
--
-- The other ways are plain steps, Adam, and Lion (X. Chen and others, 2023), a rule of this
-- workload's own: the ratio to C is not one of the normalised step alone. Their peer is C.
return {
  title = "normalised SGDA, batch 1",
  cases = {
    { d = 300, m = 5 }, { d = 1000, m = 5 }, { d = 3000, m = 5 }, { d = 1000, m = 3 },
    { d = 1000, m = 13 }, { d = 300, m = 5, way = "sgd" }, { d = 300, m = 5, way = "adam" },
    { d = 300, m = 5, way = "lion" } },
  reference = 2, axis = "d", steps = 20,
  data = function(p, rng)
    return { U = rng:randn(p.d, 2) / p.d ^ .5, W = rng:randn(p.m, p.d) / p.d ^ .5,
      V = rng:randn(p.d, p.m) / p.d ^ .5, x = rng:randint(2, 1, p.steps),
      j = rng:randint(p.m, 1, p.steps) }
  end,
  targets = function() return { torch = 50, numpy = 9, c = 1 / 1.3 } end,
}
