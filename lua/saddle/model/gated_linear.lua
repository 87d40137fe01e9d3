--- sd.model.gated_linear{d, m}: the discriminator of output layers, D^(1) (section 2.2 of the paper
-- that patches.lua names):
--
--   D(Y) = sum_r 1{<w_r, Y> >= b} <Y, v_r>,  v_r the columns of V (d,m)
--
-- of patches Y (d,batch), one hidden layer. Only V is trained, 0 at the start; W (d,m), with
-- orthonormal columns at the start, and b, the option threshold (0), are frozen, and no slope goes
-- through the indicator.
--
-- moments(p, Y) -> R (d,m), columns r = E 1{<w_r, Y> >= b} Y: E D is <V, R>, and the largest
-- E D(Y*) - E D(Y) - sum_r |v_r|^(1+c) is sd.objective.power.max(R* - R, c).
local sd = require "saddle"
local core = require "saddle.core"
local hand = require "saddle.model.hand"
local options = require "saddle.options"
core.tracing.module()

local NAME <const> = "gated_linear"
local THRESHOLD <const> = options.number("threshold", 0)

local function gates(p, Y) return sd.ge(p.W:t() * Y, p.b) end

return function(given)
  local sizes, named = hand.sizes(NAME, { "d", "m" }, given, { "dtype", "threshold" })
  local d, m = sizes[1], sizes[2]
  local threshold = hand.numbers(NAME, named, { THRESHOLD })
  local own = { dtype = hand.dtype(NAME, named.dtype) }
  hand.check_columns(NAME, d, m)
  return hand.new({ name = NAME, formula = "sum_r 1{<w_r, Y> >= b} <Y, v_r>", sizes = sizes,
    inputs = d, text = ("%s %d x %d, threshold %.14g"):format(NAME, d, m, threshold) },
    function(rng)
      return { V = sd.zeros(d, m, own), W = sd.frozen(rng:orthogonal(d, m, own)),
        b = sd.frozen(sd.full(1, 1, threshold, own)) }
    end, {
      apply = function(p, Y) return sd.sum(gates(p, Y) % (p.V:t() * Y), { dim = 1 }) end,
      moments = function(p, Y) return (Y * gates(p, Y):t()) * (1 / Y.cols) end,
    })
end
