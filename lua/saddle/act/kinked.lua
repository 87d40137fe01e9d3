--- Activations with a kink at 0, where the derivative is that of the right side and the Dirac mass
-- of the second derivative is left out.
--
--   relu                     max(x, 0)
--   leaky_relu{slope=}       x for x >= 0, slope x below
--   bent{left=, right=}      right x for x >= 0, left x below: right relu(x) - left relu(-x)
--   elu{alpha=}              x for x >= 0, alpha (e^x - 1) below
local sd = require "saddle"
local core = require "saddle.core"
local object = require "saddle.act.object"
local options = require "saddle.options"
core.tracing.module()

local kinked = {}

local function zero(x) return sd.where(1, 0, x) end

kinked.relu = object.new {
  name = "relu", slope = 1, curvature = math.huge,
  f = function(x) return sd.relu(x) end,
  d = function(x) return sd.ge(x, 0) end,
  dd = zero,
}

kinked.leaky_relu = object.family {
  name = "leaky_relu", options.number("slope", 0.01),
  make = function(name, slope)
    return object.new {
      name = name, slope = math.max(1, math.abs(slope)),
      curvature = slope == 1 and 0 or math.huge,
      f = function(x) return sd.leaky_relu(x, slope) end,
      d = function(x) return sd.where(sd.ge(x, 0), 1, slope) end,
      dd = zero,
    }
  end,
}

--- s x, and 0 where s is 0, at infinity too.
local function times(s, x) return s == 0 and 0 or s * x end

kinked.bent = object.family {
  name = "bent", options.number("left", 1), options.number("right", 1),
  make = function(name, left, right)
    return object.new {
      name = name, slope = math.max(math.abs(left), math.abs(right)),
      curvature = left == right and 0 or math.huge,
      f = function(x) return sd.where(sd.ge(x, 0), times(right, x), times(left, x)) end,
      d = function(x) return sd.where(sd.ge(x, 0), right, left) end,
      dd = zero,
    }
  end,
}

-- where alpha = 1 there is no kink and elu'' jumps
kinked.elu = object.family {
  name = "elu", options.number("alpha", 1),
  make = function(name, alpha)
    return object.new {
      name = name, slope = math.max(1, math.abs(alpha)),
      curvature = alpha == 1 and 1 or math.huge,
      f = function(x) return sd.elu(x, alpha) end,
      d = function(x) return sd.where(sd.ge(x, 0), 1, alpha * sd.exp(x)) end,
      dd = function(x) return sd.where(sd.ge(x, 0), 0, alpha * sd.exp(x)) end,
    }
  end,
}

return kinked
