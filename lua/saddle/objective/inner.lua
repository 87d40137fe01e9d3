--- Maxima in closed form. Each of these tables is a function of the maximising variable, the point
-- where it is largest, and its largest value:
--
--   bilinear  value(d, a, b), best(a, b), max(a, b)
--             <d, E a - E b> - weight |d|^2/2 over all d; |E a - E b|^2 / (2 weight)
--   power     value(V, G, c), best(G, c), max(G, c), log_max(G, c), penalty(V, c)
--             <V, G> - sum_r |v_r|^(1+c); K_c sum_r |g_r|^(1+1/c), K_c = c (1+c)^(-1-1/c)
--   bent      value(v, g, K), best(g, K), max(g, K)
--             sum g o(v) - v^2 with o(v) = K v for v >= 0, v below; sum o(g)^2 / 4
--   simplex   value(u, g), best(g), max(g), entropy(u)
--             <u, g> - sum u log u over u >= 0, sum u = 1; log sum exp g, at u = softmax(g)
--
-- bilinear: Balaji et al., Understanding overparameterization in GANs, (2), (5) and (7). The others
-- are the inner maxima over discriminators 1, 4 and 5 of Allen-Zhu and Li, Forward
-- super-resolution, (B.2), (C.2) and (C.13), the arguments g being differences of moments of the
-- target and of the generator.
local sd = require "saddle"
local core = require "saddle.core"
local bent_line = require("saddle.act.kinked").bent
local check = require "saddle.objective.check"
local options = require "saddle.options"
core.tracing.module()

local inner = {}

-- ---- <d, E a - E b> - weight |d|^2/2 ------------------------------------------------------------

local WEIGHT = { options.number("weight", 1, options.POSITIVE) }

--- E a - E b over the columns: (m,1).
local function difference(where, a, b)
  check.rows(where, "b", b, check.matrix(where, "a", a).rows, " as a")
  return sd.mean(a, { dim = 2 }) - sd.mean(b, { dim = 2 })
end

inner.bilinear = {
  --- d (m,1); a (m,n) and b (m,n') are columns, of which the means count.
  value = function(d, a, b, given)
    local weight = check.options("bilinear.value", given, WEIGHT)
    local gap = difference("bilinear.value", a, b)
    check.same("bilinear.value", "d", d, "a's mean", gap)
    return sd.dot(d, gap) - (0.5 * weight) * sd.dot(d, d)
  end,
  best = function(a, b, given)
    local weight = check.options("bilinear.best", given, WEIGHT)
    return (1 / weight) * difference("bilinear.best", a, b)
  end,
  max = function(a, b, given)
    local weight = check.options("bilinear.max", given, WEIGHT)
    local gap = difference("bilinear.max", a, b)
    return (0.5 / weight) * sd.dot(gap, gap)
  end,
}

-- ---- <V, G> - sum_r |v_r|^(1+c) -----------------------------------------------------------------
-- v_r and g_r are the columns of V and G (d,m), c > 0 a number. With c = 0.001 the maximum is a
-- power 1001 of lengths: below 0.49 or above 2 it is no floating-point number. Its logarithm is,
-- and has the slopes of the maximum divided by the maximum: a descent of one is one of the other.

local EXPONENT <const> = options.number("c", nil, options.POSITIVE)

local function lengths(V) return sd.norm(V, { dim = 1 }) end

local function penalty(V, c) return sd.sum(lengths(V) ^ (1 + c)) end

--- log |g_r| (1,m), -inf for a column of zeros, from where nothing flows back.
local function log_lengths(G)
  local n = lengths(G)
  local some = sd.ne(n, 0) -- NaN is some
  return sd.where(some, sd.log(sd.where(some, n, 1)), -math.huge)
end

local function log_max(where, G, c)
  check.matrix(where, "G", G)
  check.number(where, EXPONENT, c)
  local log_K = math.log(c) - (1 + 1 / c) * sd.log1p(c)
  return log_K + sd.logsumexp((1 + 1 / c) * log_lengths(G))
end

inner.power = {
  penalty = function(V, c)
    check.matrix("power.penalty", "V", V)
    return penalty(V, check.number("power.penalty", EXPONENT, c))
  end,
  value = function(V, G, c)
    check.same("power.value", "V", V, "G", G)
    return sd.dot(V, G) - penalty(V, check.number("power.value", EXPONENT, c))
  end,
  --- -> V, log_length (1,m): the columns of V have the directions of G's and the lengths
  -- (|g_r|/(1+c))^(1/c), whose logarithms come too, as V itself may be 0 or infinite to rounding.
  best = function(G, c)
    check.matrix("power.best", "G", G)
    check.number("power.best", EXPONENT, c)
    local log_length = (1 / c) * (log_lengths(G) - sd.log1p(c))
    local unit = sd.normalize(G, { dim = 1 })
    return sd.where(sd.ne(unit, 0), unit % sd.exp(log_length), 0), log_length
  end,
  log_max = function(G, c) return log_max("power.log_max", G, c) end,
  max = function(G, c) return sd.exp(log_max("power.max", G, c)) end,
}

-- ---- sum g o(v) - v^2 ---------------------------------------------------------------------------
-- o(v) = K v for v >= 0 and v below, K > 0; v and g of one shape. The best v has the sign of g.

local SLOPE <const> = options.number("K", nil, options.POSITIVE)

local function bend(where, x, K)
  return bent_line { left = 1, right = check.number(where, SLOPE, K) }(x)
end

inner.bent = {
  value = function(v, g, K)
    check.same("bent.value", "v", v, "g", g)
    return sd.dot(g, bend("bent.value", v, K)) - sd.dot(v, v)
  end,
  best = function(g, K)
    check.matrix("bent.best", "g", g)
    return 0.5 * bend("bent.best", g, K)
  end,
  max = function(g, K)
    check.matrix("bent.max", "g", g)
    local v = 0.5 * bend("bent.max", g, K)
    return sd.dot(v, v)
  end,
}

-- ---- <u, g> - sum u log u -----------------------------------------------------------------------
-- u and g of one shape. The constraints are the caller's affair: u / sum(u), or a step
-- u e^(eta slope) divided by its sum, keep them.

--- sum u log u, an empty place counting 0; NaN where one is negative.
local function entropy(u)
  local some = sd.ne(u, 0)
  return sd.sum(sd.where(some, u % sd.log(sd.where(some, u, 1)), 0))
end

inner.simplex = {
  entropy = function(u) return entropy(check.matrix("simplex.entropy", "u", u)) end,
  value = function(u, g)
    check.same("simplex.value", "u", u, "g", g)
    return sd.dot(u, g) - entropy(u)
  end,
  best = function(g)
    check.matrix("simplex.best", "g", g)
    return sd.exp(g - sd.logsumexp(g))
  end,
  max = function(g) return sd.logsumexp(check.matrix("simplex.max", "g", g)) end,
}

return inner
