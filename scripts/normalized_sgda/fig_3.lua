--- Figure 3 of the normalised-SGDA paper on the two-mode model: layer-wise and global nSGDA are as
-- good as Adam, and SGDA is much worse, on four laws of the data (comparisons.lua).
--
--   saddle figure normalized_sgda/fig_3
return require "comparisons".by_law("normalized_sgda.fig_3",
  "nSGDA, Adam and SGDA on four laws of two modes", { mD = 7, mG = 13 })
