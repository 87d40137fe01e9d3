--- Figure 4 of the normalised-SGDA paper on the two-mode model: at small batches nSGDA is best; as
-- they grow it gets worse and Adam does not (comparisons.lua, minibatch.lua).
--
--   saddle figure normalized_sgda/fig_4
return require "comparisons".by_batch("normalized_sgda.fig_4",
  "pure-mode neurons against the size of batches: nSGDA, Adam, SGDA", { mD = 7, mG = 13 })
