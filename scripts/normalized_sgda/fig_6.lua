--- Figure 6 of the normalised-SGDA paper, which is Figure 3 with another architecture: other widths
-- of the two-mode model (comparisons.lua). Found, in 4 minutes of one core: nSGDA has both modes in
-- all of 20 starts on each law, Adam in 17 to 20, SGDA in 0 to 6, at steps of which up to 12 starts
-- diverge.
--
--   saddle figure normalized_sgda/fig_6
return require "comparisons".by_law("normalized_sgda.fig_6",
  "nSGDA, Adam and SGDA on four laws of two modes, wider networks", { mD = 12, mG = 24 })
