--- Expectations under the normal law: E[f(g) h_i(g)], h_i the i-th normalised probabilists' Hermite
-- polynomial.
--
-- Gauss-Legendre with 16 nodes on panels of length at most 1. Whole numbers are ends of panels, and
-- so is every point where f is not analytic: between such points the rule converges fast. Its
-- weights at +-40 are below 1e-347, further out than any h_i with i <= 200 reaches (the last
-- extremum is near 2 sqrt(i)).
local sd = require "saddle"
local core = require "saddle.core"
local composite = require("saddle.quadrature").composite
core.tracing.module()

local NODES <const>, REACH <const> = 16, 40

local gaussian = { highest = 200 }

--- The ends of the panels: whole numbers and the breaks, ascending, each once.
local function ends(breaks)
  local list, last = {}, nil
  for k = -REACH, REACH do list[#list + 1] = k end
  for _, b in ipairs(breaks) do if math.abs(b) < REACH then list[#list + 1] = b end end
  table.sort(list)
  local out = {}
  for _, b in ipairs(list) do
    if b ~= last then out[#out + 1] = b end
    last = b
  end
  return out
end

--- The rule for functions with these breaks: nodes g (a column), moments[i] = weight h_i(g) phi(g).
local function make_rule(breaks)
  local g, w = composite(ends(breaks), NODES)
  local density = sd.exp(-0.5 * (g % g)) * (1 / math.sqrt(2 * math.pi))
  return { g = g, moments = { [0] = w % density } }
end

local function moment(rule, i)
  local moments = rule.moments
  for k = #moments + 1, i do -- h_k sqrt(k) = g h_{k-1} - sqrt(k-1) h_{k-2}
    local next = rule.g % moments[k - 1]
    if k > 1 then next:sub_(math.sqrt(k - 1) * moments[k - 2]) end
    moments[k] = next:mul_(1 / math.sqrt(k))
  end
  return moments[i]
end

local shared -- the rule without breaks, made when first asked for

--- gaussian.coefficients(f[, breaks]) -> c, c(i) = E[f(g) h_i(g)] for 0 <= i <= gaussian.highest.
-- f takes a column and gives one; breaks lists where it is not analytic, but for whole numbers.
function gaussian.coefficients(f, breaks)
  local known, rule, values = {}, nil, nil
  return function(i)
    if not known[i] then
      if not rule and breaks then
        rule = make_rule(breaks)
      elseif not rule then
        shared = shared or make_rule {}
        rule = shared
      end
      values = values or f(rule.g)
      known[i] = sd.dot(values, moment(rule, i))
    end
    return known[i]
  end
end

return gaussian
