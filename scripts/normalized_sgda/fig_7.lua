--- Figure 7 of the normalised-SGDA paper, which is Figure 4 with another architecture: other widths
-- of the two-mode model (comparisons.lua). Found, in 20 minutes of one core, of 24 neurons at a
-- mode with batches of 1 and of 256: nSGDA 14 and 2.5, Adam 23.5 at all sizes, SGDA 0.5 and 2.5.
--
--   saddle figure normalized_sgda/fig_7
return require "comparisons".by_batch("normalized_sgda.fig_7",
  "pure-mode neurons against the size of batches, wider networks", { mD = 12, mG = 24 })
