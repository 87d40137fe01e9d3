--- Figure 7 of the normalised-SGDA paper, which is Figure 4 with another architecture: other widths
-- of the two-mode model (comparisons.lua).
--
--   saddle figure normalized_sgda/fig_7
return require "comparisons".by_batch("normalized_sgda.fig_7",
  "pure-mode neurons against the size of batches, wider networks", { mD = 12, mG = 24 })
