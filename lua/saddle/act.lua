--- sd.act: activations as objects.
--
-- For an activation f = sd.act.<name> (identity relu leaky_relu softplus tanh sigmoid gelu silu elu
-- sin cos erf), x a matrix, a number or, in a traced function, a symbol:
--
--   f(x) f.d(x) f.dd(x)  the function and its first two derivatives, element by element
--   f.slope f.curvature  sup |f'| and sup |f''|; the curvature of a kink is infinite
--   f.hermite(i)         E[f(g) h_i(g)], g standard normal, h_i the i-th normalised probabilists'
--                        Hermite polynomial (1, g, (g^2 - 1)/sqrt 2, ...), 0 <= i <= 200
--   f.name               its name
--
-- At the kink 0 the derivative is that of the right side, relu'(0) = 1. A second derivative is the
-- one almost everywhere, and 0 at a kink: the Dirac mass there (1 for relu, 1 - slope for
-- leaky_relu, 1 - alpha for elu) is left out.
--
-- sd.act.leaky_relu{slope=0.2} and sd.act.elu{alpha=0.5} give activations with other parameters
-- than 0.01 and 1; sd.act.mix(g, f) is g x + (1-g) f(x).
local sd = require "saddle"
local core = require "saddle.core"
local gauss_legendre = require("saddle.quadrature").gauss_legendre
local options = require "saddle.options"
core.tracing.module()

local ROOT_PI = math.sqrt(math.pi)
local act = {}

-- ---- expectations under the normal law ---------------------------------------------------------
-- Gauss-Legendre with 16 nodes on panels of length 1, so that the kink at 0 is an end of panels;
-- the weights of the rule at +-40 are below 1e-347, further out than any h_i with i <= 200 reaches
-- (its last extremum is near 2 sqrt(i)).
local NODES, REACH, HIGHEST = 16, 40, 200

--- The rule, made when first asked for: nodes g (a column) and moments[i] = weight h_i(g) phi(g).
local rule

local function make_rule()
  local x, w = gauss_legendre(NODES)
  local nodes, weights = {}, {}
  for panel = -REACH, REACH - 1 do
    for k = 1, NODES do
      local g = panel + 0.5 + 0.5 * x[k]
      nodes[#nodes + 1] = g
      weights[#weights + 1] = 0.5 * w[k] * math.exp(-g * g / 2) / math.sqrt(2 * math.pi)
    end
  end
  rule = { g = sd.matrix(nodes), moments = { [0] = sd.matrix(weights) } }
end

local function moment(i)
  if not rule then make_rule() end
  local moments = rule.moments
  for k = #moments + 1, i do -- h_k sqrt(k) = g h_{k-1} - sqrt(k-1) h_{k-2}
    local next = rule.g % moments[k - 1]
    if k > 1 then next:sub_(math.sqrt(k - 1) * moments[k - 2]) end
    moments[k] = next:mul_(1 / math.sqrt(k))
  end
  return moments[i]
end

local function check_degree(name, i)
  local n = type(i) == "number" and math.tointeger(i)
  if not n or n < 0 or n > HIGHEST then
    error(("act.%s.hermite: the degree must be a whole number in 0..%d, got %s")
      :format(name, HIGHEST, core.show(i)), 3)
  end
  return n
end

-- ---- objects -----------------------------------------------------------------------------------

--- f on matrices as a function of matrices, numbers and symbols.
local function lift(what, f)
  return function(x)
    if type(x) == "number" then return f(sd.matrix(x)):item() end
    if not sd.ismatrix(x) and not core.tracing.issymbol(x) then
      error(("act.%s: argument 1 must be a matrix or a number, got %s")
        :format(what, core.show(x)), 2)
    end
    return f(x)
  end
end

local activation = {}
function activation.__call(self, x) return self.f(x) end
function activation.__tostring(self) return "sd.act." .. self.name end
function activation.__index(_, key)
  error(("act: an activation has no field '%s' (it has d dd slope curvature hermite name)")
    :format(type(key) == "string" and key:gsub("%c", "?") or core.show(key)), 2)
end

--- An activation from {name, f, d, dd, slope, curvature[, hermite]}.
local function new(t)
  local f, known, values = t.f, {}, nil
  local exact = t.hermite
  local self = { name = t.name, slope = t.slope, curvature = t.curvature }
  self.f = lift(t.name, f)
  self.d = lift(t.name .. ".d", t.d)
  self.dd = lift(t.name .. ".dd", t.dd)
  function self.hermite(i)
    local _ <close> = core.tracing.suspend() -- kept for later: values, never symbols
    i = check_degree(t.name, i)
    if exact then return exact(i) end
    if not known[i] then
      local weighted = moment(i)
      values = values or f(rule.g)
      known[i] = sd.dot(values, weighted)
    end
    return known[i]
  end
  return setmetatable(self, activation)
end

--- v everywhere, as x is.
local function constant(x, v) return sd.where(1, v, x) end
local function zero(x) return constant(x, 0) end

-- ---- the smooth ones ---------------------------------------------------------------------------
-- 1 - tanh^2, 1 - sigmoid and the like are written as products, which keep their digits in the
-- tails. Factors that grow beside one that has underflowed are clamped where it is 0 already, so
-- that an infinite argument gives the limit.

--- sigmoid'(x) = sigmoid(x) sigmoid(-x)
local function logistic_density(x) return sd.sigmoid(x) % sd.sigmoid(-x) end

local function normal_density(x) return sd.exp(-0.5 * (x % x)) * (1 / math.sqrt(2 * math.pi)) end

act.identity = new {
  name = "identity", slope = 1, curvature = 0,
  f = function(x) return 1 * x end, -- a new matrix, as from every function
  d = function(x) return constant(x, 1) end,
  dd = zero,
}

act.softplus = new {
  name = "softplus", slope = 1, curvature = 1 / 4,
  f = sd.softplus,
  d = sd.sigmoid,
  dd = logistic_density,
}

-- tanh' = 4 sigmoid'(2x); |tanh''| is largest where tanh^2 = 1/3
local function sech2(x) return 4 * logistic_density(2 * x) end

act.tanh = new {
  name = "tanh", slope = 1, curvature = 4 / (3 * math.sqrt(3)),
  f = sd.tanh,
  d = sech2,
  dd = function(x) return -2 * (sd.tanh(x) % sech2(x)) end,
}

-- 1 - 2 sigmoid(x) = -tanh(x/2)
act.sigmoid = new {
  name = "sigmoid", slope = 1 / 4, curvature = 1 / (6 * math.sqrt(3)),
  f = sd.sigmoid,
  d = logistic_density,
  dd = function(x) return -sd.tanh(0.5 * x) % logistic_density(x) end,
}

-- x Phi(x). gelu'' = phi(x) (2 - x^2) vanishes at sqrt 2, where
-- gelu' = (1 + erf 1)/2 + 1/(e sqrt pi), and is largest at 0. phi(40) underflows.
act.gelu = new {
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

-- x sigmoid(x). silu'' = sigmoid'(x) (2 - x tanh(x/2)) vanishes at r = 2.3993572805154677, where
-- silu' = 1/2 + r/4, and is largest at 0. sigmoid(-800) underflows.
act.silu = new {
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

act.sin = new {
  name = "sin", slope = 1, curvature = 1,
  f = sd.sin,
  d = sd.cos,
  dd = function(x) return -sd.sin(x) end,
}

act.cos = new {
  name = "cos", slope = 1, curvature = 1,
  f = sd.cos,
  d = function(x) return -sd.sin(x) end,
  dd = function(x) return -sd.cos(x) end,
}

-- |erf''| is largest at 1/sqrt 2; exp(-30^2) underflows
local function erf_slope(x) return (2 / ROOT_PI) * sd.exp(-(x % x)) end

act.erf = new {
  name = "erf", slope = 2 / ROOT_PI, curvature = math.sqrt(8 / (math.pi * math.exp(1))),
  f = sd.erf,
  d = erf_slope,
  dd = function(x)
    local c = sd.clamp(x, -30, 30)
    return -2 * (c % erf_slope(c))
  end,
}

-- ---- the kinked ones ---------------------------------------------------------------------------

act.relu = new {
  name = "relu", slope = 1, curvature = math.huge,
  f = sd.relu,
  d = function(x) return sd.ge(x, 0) end,
  dd = zero,
}

local function leaky_relu(slope, name)
  return new {
    name = name, slope = math.max(1, math.abs(slope)),
    curvature = slope == 1 and 0 or math.huge,
    f = function(x) return sd.leaky_relu(x, slope) end,
    d = function(x) return sd.where(sd.ge(x, 0), 1, slope) end,
    dd = zero,
  }
end

-- elu is x for x >= 0 and alpha (e^x - 1) below; where alpha = 1 there is no kink and elu'' jumps
local function elu(alpha, name)
  return new {
    name = name, slope = math.max(1, math.abs(alpha)),
    curvature = alpha == 1 and 1 or math.huge,
    f = function(x) return sd.elu(x, alpha) end,
    d = function(x) return sd.where(sd.ge(x, 0), 1, alpha * sd.exp(x)) end,
    dd = function(x) return sd.where(sd.ge(x, 0), 0, alpha * sd.exp(x)) end,
  }
end

local function is_finite(v) return type(v) == "number" and v - v == 0 end

--- The default object of `make(value, name)`, callable with {key=value} as well.
local function with_option(name, key, make, default)
  local self = make(default, name)
  local f = self.f
  function self.f(x)
    if type(x) ~= "table" or getmetatable(x) then return f(x) end
    local wrong = options.wrong(x, { key })
    if wrong then error(("act.%s: %s"):format(name, wrong), 3) end
    local value = x[key]
    if value == nil then value = default end
    if not is_finite(value) then
      error(("act.%s: option '%s' must be a finite number, got %s")
        :format(name, key, core.show(value)), 3)
    end
    return make(value, ("%s{%s=%.14g}"):format(name, key, value))
  end
  return self
end

act.leaky_relu = with_option("leaky_relu", "slope", leaky_relu, 0.01)
act.elu = with_option("elu", "alpha", elu, 1)

-- ---- mixtures ----------------------------------------------------------------------------------

--- sd.act.mix(g, f): g x + (1-g) f(x). Its slope is an upper bound, |g| + |1-g| f.slope; its
-- curvature and Hermite coefficients are exact.
function act.mix(g, f)
  if not is_finite(g) then
    error("act.mix: the weight must be a finite number, got " .. core.show(g), 2)
  end
  if getmetatable(f) ~= activation then
    error("act.mix: argument 2 must be an activation of sd.act, got " .. core.show(f), 2)
  end
  local h = 1 - g
  return new {
    name = ("mix(%.14g, %s)"):format(g, f.name),
    slope = math.abs(g) + math.abs(h) * f.slope,
    curvature = h == 0 and 0 or math.abs(h) * f.curvature,
    f = function(x) return g * x + h * f(x) end,
    d = function(x) return g + h * f.d(x) end,
    dd = function(x) return h * f.dd(x) end,
    hermite = function(i) return (i == 1 and g or 0) + h * f.hermite(i) end,
  }
end

-- ---- the table ---------------------------------------------------------------------------------

local names = {}
for name in pairs(act) do names[#names + 1] = name end
table.sort(names)

return setmetatable(act, { __index = function(_, name)
  name = type(name) == "string" and name:gsub("%c", "?") or core.show(name)
  local near = core.nearest(name, names)
  error(("act: no activation '%s'%s"):format(name,
    near and (" (did you mean '%s'?)"):format(near) or ""), 2)
end })
