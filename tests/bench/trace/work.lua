--- What the first step costs: tracing and planning of a function of so many ops, products and
-- element-wise ones in turn, on 8 x 8 matrices. One run of it is included, and takes some
-- microseconds. The peer is torch.jit.trace.
return {
  title = "trace and plan",
  cases = { { ops = 52 }, { ops = 100 }, { ops = 400 } },
  reference = 2, axis = "ops", steps = 1,
  data = function(_, rng)
    return { W = rng:randn(8, 8) / 8 ^ .5, b = rng:randn(8, 1), x = rng:randn(8, 8) }
  end,
  targets = function(p) return { seconds = p.ops == 100 and 1e-3 or nil } end,
}
