--- What the page of this folder (README.md, made by `make papers`) says before its tables.
return {
  title = "Adam is no better than normalized SGD: dissecting how adaptive methods improve GANs "
    .. "performance",
  source = "S. Jelassi, A. Mensch, G. Gidel, Y. Li, 2022",
  text = "Which part of Adam makes GANs work? The paper's answer is the length of its steps: "
    .. "descent-ascent with normalised gradients recovers both modes of the data, where plain "
    .. "descent-ascent collapses onto their mixture. Every statement is a claim, every figure an "
    .. "experiment, on the paper's own model and on mixtures that a processor trains in seconds; "
    .. "where they come out otherwise, the verdicts and the heads of the files say so.",
}
