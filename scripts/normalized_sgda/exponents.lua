--- Exponents in the dimension of what the proofs of the normalised-SGDA paper bound by powers of d
-- times polylogarithms: slopes of log-log fits over dimensions from 1e8 to 1e12, which the reduced
-- flow reaches (stage_log.lua). Below, the stages do not come in the paper's order: stage 2 takes
-- longer than stage 3.
--
-- O~, Omega~ and Theta~ hide factors log(d)^+-2 here: over the dimensions these move a slope by at
-- most 2 log(log d_max / log d_min) / log(d_max / d_min) = 0.088.
local sd = require "saddle"
local stage_log = require "stage_log"

local exponents = {}

exponents.DIMENSIONS = { 1e8, 1e9, 1e10, 1e11, 1e12 }

--- What two logarithms are worth in a slope.
local function slack(ds)
  local low, high = ds[1], ds[#ds]
  return 2 * math.log(math.log(high) / math.log(low)) / math.log(high / low)
end

exponents.SLACK = slack(exponents.DIMENSIONS)

--- What a claim of exponents says in place of polylogarithms.
exponents.SURROGATE = "O~, Omega~, Theta~: slopes over d = 1e8..1e12 up to 0.088, what log(d)^2 "
  .. "comes to there; C = 10"

--- exponents.of(kind, rng, options, measure) -> {name = slope}, {name = list of values}, logs:
-- measure(log) gives numbers by name for each dimension, all from one draw of rng.
function exponents.of(kind, rng, options, measure)
  local values, slopes, logs = {}, {}, {}
  for k, d in ipairs(exponents.DIMENSIONS) do
    local o = { d = d }
    for name, v in pairs(options) do o[name] = v end
    logs[k] = stage_log.new(kind, rng:split "start", o)
    for name, v in pairs(measure(logs[k])) do
      values[name] = values[name] or {}
      values[name][k] = v
    end
  end
  for name, list in pairs(values) do
    slopes[name] = sd.fit_loglog(exponents.DIMENSIONS, list)
  end
  return slopes, values, logs
end

--- Concludes that the slope of that name is at most ("<="), at least or equal to an exponent, up to
-- SLACK.
function exponents.conclude(c, name, slope, rel, exponent)
  c:conclude(name, slope, rel, exponent, { tol = exponents.SLACK })
end

return exponents
