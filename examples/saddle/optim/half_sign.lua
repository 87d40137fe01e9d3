--- An optimiser of no paper: half way between the direction of the momentum and that of its signs,
-- each of length 1, layer by layer: -lr (M/|M| + sign(M)/|sign(M)|)/2, M <- b1 M + g.
--
-- It is found by its name in every script and command once its folder is on the path, and runs in
-- the compiled loop as the built-in ones do:
--
--   LUA_PATH="examples/?.lua;;" saddle figure normalized_sgda/optimisers optim=half_sign,adam
local sd = require "saddle"

local function unit(A) return A / sd.max(sd.norm(A), 1e-300) end -- 0 stays 0

return sd.optim.rule {
  hyper = { lr = 1e-2, b1 = 0 },
  init = function(p) return { m = 0 * p } end,
  step = function(g, s, _, h)
    local m = h.b1 * s.m + g
    return sd.map(function(M) return -0.5 * h.lr * (unit(M) + unit(sd.sign(M))) end, m), { m = m }
  end,
}
