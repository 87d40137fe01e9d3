--- What the page of this folder (README.md, made by `make papers`) says before its tables.
return {
  title = "Understanding Overparameterization in Generative Adversarial Networks",
  source = "Y. Balaji, M. Sajedi, N. M. Kalibhat, M. Ding, D. Stöger, M. Soltanolkotabi, S. Feizi, "
    .. "ICLR 2021",
  text = "Gradient descent-ascent on a wide one-hidden-layer generator and a linear discriminator "
    .. "reaches a global saddle point at a linear rate: every statement as a claim, every figure "
    .. "of the theory as an experiment.",
}
