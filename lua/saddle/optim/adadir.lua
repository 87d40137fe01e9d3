--- AdaDir: the direction of adam_raw's step, the length of the momentum, each layer's own unless
-- scope says otherwise: -|lr M| A / |A|  [Jelassi et al., Adam is no better than normalized SGD,
-- eq. (3)].
return sd.optim.rule {
  hyper = { lr = 1e-3, b1 = .5, b2 = .9, eps = 1e-8, scope = { "layer", "global" } },
  build = function(h)
    return sd.optim.graft { scope = h.scope,
      length = sd.optim.sgd { lr = h.lr, momentum = h.b1 },
      direction = sd.optim.adam_raw { lr = 1, b1 = h.b1, b2 = h.b2, eps = h.eps } }
  end }
