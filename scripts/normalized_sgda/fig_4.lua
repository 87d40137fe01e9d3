--- Figure 4 of the normalised-SGDA paper on the two-mode model: nSGDA gets worse as batches grow,
-- and Adam does so less (comparisons.lua, minibatch.lua). The paper finds nSGDA above SGDA at all
-- sizes, and above Adam at small ones. Here each has its best steps at each size; with these SGDA
-- comes up to nSGDA at batches of 256, and Adam is above both. fig_4_claim.lua keeps the steps of
-- batches of 1.
--
--   saddle figure normalized_sgda/fig_4
return require "comparisons".by_batch("normalized_sgda.fig_4",
  "pure-mode neurons against the size of batches: nSGDA, Adam, SGDA", { mD = 7, mG = 13 })
