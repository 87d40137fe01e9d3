--- Exponents in the dimension of what the proofs of the normalised-SGDA paper bound by powers of d
-- times polylogarithms: slopes of log-log fits over dimensions that the reduced flow reaches
-- (stage_log.lua), from 1e8 to 1e12. Below, the stages do not come in the paper's order: stage 2
-- takes longer than stage 3. What needs d^0.05 to be above powers of log d, as stage 5 does, is
-- FAR, from 1e48 to 1e60: dimensions that nothing has, but where stage 5 goes as is proved.
--
-- O~, Omega~ and Theta~ hide factors log(d)^+-2 here: over the dimensions these move a slope by at
-- most 2 log(log d_max / log d_min) / log(d_max / d_min), 0.088 up to 1e12 and 0.016 of FAR.
local sd = require "saddle"
local stage_log = require "stage_log"

local exponents = {}

exponents.DIMENSIONS = { 1e8, 1e9, 1e10, 1e11, 1e12 }
exponents.FAR = { 1e48, 1e54, 1e60 }

--- What two logarithms are worth in a slope over the dimensions.
function exponents.slack(ds)
  local low, high = ds[1], ds[#ds]
  return 2 * math.log(math.log(high) / math.log(low)) / math.log(high / low)
end

--- What a claim of exponents says in place of polylogarithms.
exponents.SURROGATE = "O~, Omega~, Theta~: slopes over d = 1e8..1e12 up to 0.088, what log(d)^2 "
  .. "comes to there; C = 10"

--- exponents.of(c, kind, options, measure, dimensions=DIMENSIONS) -> {name = slope}, {name = list
-- of values}: measure(log) gives numbers by name for each dimension, all from one draw of c.rng.
-- Assumes that the last stage, or B4 where that is B5, comes before T_0; nil where it does not, or
-- where measure gives nil.
function exponents.of(c, kind, options, measure, dimensions)
  local ds, values, slopes = dimensions or exponents.DIMENSIONS, {}, {}
  for k, d in ipairs(ds) do
    local o = { d = d }
    for name, v in pairs(options) do o[name] = v end
    local log = stage_log.new(kind, c.rng:split "start", o)
    local there = log:assume(c, log.last == "B5" and "B4" or log.last)
    local numbers = there and measure(log)
    if not numbers then return end
    for name, v in pairs(numbers) do
      values[name] = values[name] or {}
      values[name][k] = v
    end
  end
  for name, list in pairs(values) do
    slopes[name] = sd.fit_loglog(ds, list)
  end
  return slopes, values
end

--- Concludes that a slope over the dimensions is at most ("<="), at least or equal to an exponent,
-- up to their slack.
function exponents.conclude(c, name, slope, rel, exponent, dimensions)
  c:conclude(name, slope, rel, exponent,
    { tol = exponents.slack(dimensions or exponents.DIMENSIONS) })
end

return exponents
