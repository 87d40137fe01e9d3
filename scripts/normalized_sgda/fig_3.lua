--- Figure 3 of the normalised-SGDA paper on the two-mode model: layer-wise and global nSGDA are as
-- good as Adam, and SGDA is much worse, on four laws of the data (comparisons.lua). Found, in 2
-- minutes of one core: nSGDA has both modes in 19 or 20 of 20 starts, Adam in 17 to 20, SGDA in 1
-- to 7, on each law; with 6 to 8, 11 to 12 and about 1 of 13 neurons at a mode.
--
--   saddle figure normalized_sgda/fig_3
return require "comparisons".by_law("normalized_sgda.fig_3",
  "nSGDA, Adam and SGDA on four laws of two modes", { mD = 7, mG = 13 })
