--- Figure 6 of the normalised-SGDA paper, which is Figure 3 with another architecture: other widths
-- of the two-mode model (comparisons.lua).
--
--   saddle figure normalized_sgda/fig_6
return require "comparisons".by_law("normalized_sgda.fig_6",
  "nSGDA, Adam and SGDA on four laws of two modes, wider networks", { mD = 12, mG = 24 })
