--- Smooth activations.
--
--   identity softplus tanh sigmoid sin cos erf   what they are called
--   gelu            x Phi(x), Phi the normal distribution function
--   gelu_tanh       x (1 + tanh(a (x + b x^3)))/2, a = sqrt(2/pi), b = 0.044715
--                                        [Hendrycks and Gimpel, Gaussian error linear units, 2016]
--   silu            x sigmoid(x)
--   centred_softplus, centred_sigmoid    softplus(x) - log 2 and sigmoid(x) - 1/2, which are 0 at 0
--                                        and keep their digits there
--
-- 1 - tanh^2, 1 - sigmoid and the like are written as products, which keep their digits in the
-- tails. Factors that grow beside one that has underflowed are clamped where it is 0 already, so
-- that an infinite argument gives the limit.
local sd = require "saddle"
local core = require "saddle.core"
local object = require "saddle.act.object"
core.tracing.module()

local ROOT_PI <const> = math.sqrt(math.pi)
local smooth = {}

--- v everywhere, as x is.
local function constant(x, v) return sd.where(1, v, x) end
local function zero(x) return constant(x, 0) end

--- sigmoid'(x) = sigmoid(x) sigmoid(-x)
local function logistic_density(x) return sd.sigmoid(x) % sd.sigmoid(-x) end

local function normal_density(x) return sd.exp(-0.5 * (x % x)) * (1 / math.sqrt(2 * math.pi)) end

smooth.identity = object.new {
  name = "identity", slope = 1, curvature = 0,
  f = function(x) return 1 * x end, -- a new matrix, as from every function
  d = function(x) return constant(x, 1) end,
  dd = zero,
}

smooth.softplus = object.new {
  name = "softplus", slope = 1, curvature = 1 / 4,
  f = sd.softplus,
  d = sd.sigmoid,
  dd = logistic_density,
}

-- max(x, 0) + log(1 + (e^-|x| - 1)/2); -|x| is written so that its slope at 0 is that of -x
smooth.centred_softplus = object.new {
  name = "centred_softplus", slope = 1, curvature = 1 / 4,
  f = function(x)
    return sd.relu(x) + sd.log1p(0.5 * sd.expm1(sd.where(sd.lt(x, 0), x, -x)))
  end,
  d = sd.sigmoid,
  dd = logistic_density,
}

-- tanh' = 4 sigmoid'(2x); |tanh''| is largest where tanh^2 = 1/3
local function sech2(x) return 4 * logistic_density(2 * x) end

smooth.tanh = object.new {
  name = "tanh", slope = 1, curvature = 4 / (3 * math.sqrt(3)),
  f = sd.tanh,
  d = sech2,
  dd = function(x) return -2 * (sd.tanh(x) % sech2(x)) end,
}

-- 1 - 2 sigmoid(x) = -tanh(x/2)
smooth.sigmoid = object.new {
  name = "sigmoid", slope = 1 / 4, curvature = 1 / (6 * math.sqrt(3)),
  f = sd.sigmoid,
  d = logistic_density,
  dd = function(x) return -sd.tanh(0.5 * x) % logistic_density(x) end,
}

-- tanh(x/2)/2
smooth.centred_sigmoid = object.new {
  name = "centred_sigmoid", slope = 1 / 4, curvature = 1 / (6 * math.sqrt(3)),
  f = function(x) return 0.5 * sd.tanh(0.5 * x) end,
  d = logistic_density,
  dd = smooth.sigmoid.dd,
}

-- x Phi(x). gelu'' = phi(x) (2 - x^2) vanishes at sqrt 2, where
-- gelu' = (1 + erf 1)/2 + 1/(e sqrt pi), and is largest at 0. phi(40) underflows.
smooth.gelu = object.new {
  name = "gelu", slope = 1.1289041451851548, curvature = math.sqrt(2 / math.pi),
  f = sd.gelu,
  d = function(x)
    local c = sd.clamp(x, -40, 40)
    return sd.normcdf(x) + c % normal_density(c)
  end,
  dd = function(x)
    local c = sd.clamp(x, -40, 40)
    return (2 - c % c) % normal_density(c)
  end,
}

-- x sigmoid(v), v = 2a (x + b x^3). The second derivative vanishes at 1.4185040087908284, where
-- the first has the value below, and is largest at 0, where it is a. sigmoid(v(-40)) underflows.
local A <const>, B <const> = math.sqrt(2 / math.pi), 0.044715
local function gelu_argument(c) return (2 * A) * (c + B * (c % c % c)) end
local function gelu_argument_slope(c) return (2 * A) * (1 + (3 * B) * (c % c)) end

smooth.gelu_tanh = object.new {
  name = "gelu_tanh", slope = 1.1289930686587718, curvature = A,
  f = function(x)
    return sd.max(x, -40) % sd.sigmoid(gelu_argument(sd.clamp(x, -40, 40)))
  end,
  d = function(x)
    local c = sd.clamp(x, -40, 40)
    local v = gelu_argument(c)
    return sd.sigmoid(v) % (1 + c % gelu_argument_slope(c) % sd.sigmoid(-v))
  end,
  dd = function(x) -- s'(v) (2v' + x v'' - x v'^2 tanh(v/2)), s' the logistic density
    local c = sd.clamp(x, -40, 40)
    local v, slope = gelu_argument(c), gelu_argument_slope(c)
    return logistic_density(v)
      % (2 * slope + (12 * A * B) * (c % c) - c % slope % slope % sd.tanh(0.5 * v))
  end,
}

-- x sigmoid(x). silu'' = sigmoid'(x) (2 - x tanh(x/2)) vanishes at r = 2.3993572805154677, where
-- silu' = 1/2 + r/4, and is largest at 0. sigmoid(-800) underflows.
smooth.silu = object.new {
  name = "silu", slope = 0.5 + 2.3993572805154677 / 4, curvature = 1 / 2,
  f = sd.silu,
  d = function(x)
    local c = sd.clamp(x, -800, 800)
    return sd.sigmoid(c) % (1 + c % sd.sigmoid(-c))
  end,
  dd = function(x)
    local c = sd.clamp(x, -800, 800)
    return logistic_density(c) % (2 - c % sd.tanh(0.5 * c))
  end,
}

smooth.sin = object.new {
  name = "sin", slope = 1, curvature = 1,
  f = sd.sin,
  d = sd.cos,
  dd = function(x) return -sd.sin(x) end,
}

smooth.cos = object.new {
  name = "cos", slope = 1, curvature = 1,
  f = sd.cos,
  d = function(x) return -sd.sin(x) end,
  dd = function(x) return -sd.cos(x) end,
}

-- |erf''| is largest at 1/sqrt 2; exp(-30^2) underflows
local function erf_slope(x) return (2 / ROOT_PI) * sd.exp(-(x % x)) end

smooth.erf = object.new {
  name = "erf", slope = 2 / ROOT_PI, curvature = math.sqrt(8 / (math.pi * math.exp(1))),
  f = sd.erf,
  d = erf_slope,
  dd = function(x)
    local c = sd.clamp(x, -30, 30)
    return -2 * (c % erf_slope(c))
  end,
}

return smooth
