--- sd.model.threshold_pair{d, m}: the discriminators of norms and biases on the first level, D^(4)
-- (section 2.2 of the paper that patches.lua names), one for each channel r:
--
--   D_r(Y) = rt(s_r - 2b) o(v_r) + rt'(s_r - b) o(w_r),   s = W'Y,  o(v) = K v for v >= 0, v below
--
-- of patches Y (d,batch): apply gives (m,batch). rt is sd.act.smooth_relu{zeta=}. Trained are v and
-- w (m,1), 0 at the start; W (d,m), with orthonormal columns at the start, and the threshold b are
-- frozen. Options: threshold=0.1 (b), K=2, zeta=0.1. What is two-sided makes a channel that is too
-- quiet cost K^2 times one that is too loud, so that none dies.
--
-- moments(p, Y) -> (m,2) of E rt(s_r - 2b), E rt'(s_r - b): E D_r = moments . (o(v), o(w)), and the
-- largest sum over r of E D_r(Y*) - E D_r(Y) - v^2 - w^2 is
-- sd.objective.bent.max(moments* - moments, K).
local sd = require "saddle"
local core = require "saddle.core"
local hand = require "saddle.model.hand"
local options = require "saddle.options"
core.tracing.module()

local NAME <const> = "threshold_pair"
local NUMBERS <const> = {
  options.number("threshold", 0.1, 0), options.number("K", 2, options.POSITIVE),
  options.number("zeta", 0.1, options.POSITIVE),
}

return function(given)
  local sizes, named = hand.sizes(NAME, { "d", "m" }, given, { "K", "dtype", "threshold", "zeta" })
  local d, m = sizes[1], sizes[2]
  local threshold, K, zeta = hand.numbers(NAME, named, NUMBERS)
  local own = { dtype = hand.dtype(NAME, named.dtype) }
  local ramp, o = sd.act.smooth_relu { zeta = zeta }, sd.act.bent { left = 1, right = K }
  hand.check_columns(NAME, d, m)
  local function both(p, Y)
    local s = p.W:t() * Y
    return ramp(s - 2 * p.b), ramp.d(s - p.b)
  end
  return hand.new({ name = NAME, formula = "rt(s - 2b) o(v) + rt'(s - b) o(w)", sizes = sizes,
    inputs = d, text = ("%s %d x %d, threshold %.14g, K %.14g, zeta %.14g"):format(NAME, d, m,
      threshold, K, zeta) },
    function(rng)
      return { v = sd.zeros(m, 1, own), w = sd.zeros(m, 1, own),
        W = sd.frozen(rng:orthogonal(d, m, own)), b = sd.frozen(sd.full(1, 1, threshold, own)) }
    end, {
      apply = function(p, Y)
        local value, slope = both(p, Y)
        return value % o(p.v) + slope % o(p.w)
      end,
      moments = function(p, Y)
        local value, slope = both(p, Y)
        return sd.hcat(sd.mean(value, { dim = 2 }), sd.mean(slope, { dim = 2 }))
      end,
    })
end
