--- A barrier that keeps directions apart: sum over the pairs p < q of rows of V (k,d) of
--
--   exp(K (-(1-tau) - s)) + exp(K (-(1-tau) + s)),  s the cosine of rows p and q
--
-- which is about 1 where |s| comes to 1 - tau, and vanishes inside. Allen-Zhu and Li, Forward
-- super-resolution, section C.3, with each pair counted once.
local sd = require "saddle"
local core = require "saddle.core"
local check = require "saddle.objective.check"
local options = require "saddle.options"
local index_pairs = require "saddle.objective.pairs"
local tree = require "saddle.tree"
tree.module()

local OPTIONS <const> = {
  options.number("steepness", nil, options.POSITIVE), options.number("tau", nil, options.POSITIVE),
}

--- barrier(V, {steepness=K, tau=}) -> number.
return function(V, given)
  check.matrix("barrier", "V", V)
  if given == nil then tree.fail("objective.barrier: needs {steepness=, tau=}") end
  local K, tau = check.options("barrier", given, OPTIONS)
  if tau >= 1 then tree.fail("objective.barrier: tau must be below 1, got %s", core.show(tau)) end
  if K * tau > 700 then
    tree.fail("objective.barrier: exp(steepness tau) passes the largest number: %g, %g", K, tau)
  end
  if V.rows < 2 then return 0.0 end
  local unit = sd.normalize(V, { dim = 2 })
  local s = (unit * unit:t()):reshape(V.rows * V.rows, 1):row(index_pairs(V.rows))
  return sd.sum(sd.exp(K * (s - (1 - tau))) + sd.exp(K * (-s - (1 - tau))))
end
