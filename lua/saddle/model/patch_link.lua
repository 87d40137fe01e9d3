--- sd.model.patch_link{patches, d, below, m}: the discriminators of super-resolution, D^(2)
-- (section 2.2 of the paper that patches.lua names), one for each channel r of a patch:
--
--   D_r = z(s_r - h_r),   s = W'Y_1,   h = lk(sum_j V_j lk(W_j' Y_2j) - b)
--
-- Does a patch Y_1 follow from the patches Y_2j, `patches` in number, that it hangs on? Input is
-- (d (1 + patches), batch), Y_1 above the Y_2j; apply gives (m,batch). lk is
-- sd.act.smooth_leaky_relu{zeta=} and z is sd.act.dead_zone{width=, zeta=}, |.| with a flat floor.
-- Trained are V (m, patches below), the V_j side by side, and b (m,1); at the start V is the
-- identity in V_1 and 0 elsewhere, b is 0. W (d,m) and `from`, the list of W_j (d,below), with
-- orthonormal columns at the start, are frozen. Options: zeta=0.1, width=0.1.
--
-- link(p, Y) -> s, h: both (m,batch).
local sd = require "saddle"
local core = require "saddle.core"
local hand = require "saddle.model.hand"
local options = require "saddle.options"
core.tracing.module()

local NAME <const> = "patch_link"
local NUMBERS <const> = {
  options.number("zeta", 0.1, options.POSITIVE), options.number("width", 0.1, 0),
}

return function(given)
  local sizes, named = hand.sizes(NAME, { "patches", "d", "below", "m" }, given,
    { "dtype", "width", "zeta" })
  local patches, d, below, m = table.unpack(sizes)
  local zeta, width = hand.numbers(NAME, named, NUMBERS)
  local own = { dtype = hand.dtype(NAME, named.dtype) }
  local leaky = sd.act.smooth_leaky_relu { zeta = zeta }
  local floored = sd.act.dead_zone { width = width, zeta = zeta }
  hand.check_columns(NAME, d, math.max(m, below))

  local function link(p, Y)
    local list = {}
    for j = 1, patches do list[j] = p.from[j]:t() * Y:row(j * d + 1, (j + 1) * d) end
    local coarse = patches == 1 and list[1] or sd.vcat(list)
    return p.W:t() * Y:row(1, d), leaky(p.V * leaky(coarse) - p.b)
  end

  return hand.new({ name = NAME, formula = "z(W'Y_1 - lk(V lk(W'Y_2) - b))", sizes = sizes,
    inputs = d * (1 + patches), text = ("%s %d x %d, %d -> %d, zeta %.14g, width %.14g"):format(
      NAME, patches, d, below, m, zeta, width) },
    function(rng)
      local from = {}
      for j = 1, patches do from[j] = sd.frozen(rng:orthogonal(d, below, own)) end
      local V = sd.zeros(m, patches * below, own)
      for r = 1, math.min(m, below) do V:set(r, r, 1) end
      return { V = V, b = sd.zeros(m, 1, own), W = sd.frozen(rng:orthogonal(d, m, own)),
        from = from }
    end, {
      apply = function(p, Y)
        local s, h = link(p, Y)
        return floored(s - h)
      end,
      link = link,
    })
end
