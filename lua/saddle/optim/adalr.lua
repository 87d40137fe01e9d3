--- AdaLR: the direction of the momentum, the length of adam_raw's step, each layer's own unless
-- scope says otherwise: -|lr A| M / |M|  [Jelassi et al., Adam is no better than normalized SGD,
-- eq. (2)].
return sd.optim.rule {
  hyper = { lr = 1e-3, b1 = .5, b2 = .9, eps = 1e-8, scope = { "layer", "global" } },
  build = function(h)
    return sd.optim.graft { scope = h.scope,
      length = sd.optim.adam_raw { lr = h.lr, b1 = h.b1, b2 = h.b2, eps = h.eps },
      direction = sd.optim.sgd { lr = 1, momentum = h.b1 } }
  end }
