--- What the start of nSGDA says of its end (appendix H): the leaders
--
--   i_l* = argmax_i <w_i, u_l>        g_j* = argmax_i <v_j, w_i>
--
-- i_l* is to learn u_l, and v_j to learn what w_(g_j*) learns: G gets both modes where i_1* and
-- i_2* differ and each is some g_j*.
--
-- <w_i, u_l>, over i, are independent normal numbers of one law, and so are <v_j, w_i>, given the
-- v_j and up to O(d^-1/2) of the lengths of w_i. So i_1*, i_2* (of orthogonal modes) and all g_j*
-- are uniform and independent, which gives the probabilities below.
local sd = require "saddle"

local leaders = {}

--- The place of the largest element of a row or column; its value; the largest of the others.
function leaders.largest(v)
  local at, best, second = nil, -math.huge, -math.huge
  for k = 1, #v do
    local x = v(k)
    if x > best then
      at, best, second = k, x, best
    elseif x > second then
      second = x
    end
  end
  return at, best, second
end

--- By how much the largest element, if it is above 0, exceeds all others, in parts of these;
-- infinite if no other is above 0.
local function gap_of(best, second)
  if not (best > 0) then return 0 end
  return second > 0 and best / second - 1 or math.huge
end

--- Of parameters: {i = {i_1*, i_2*}, g = {g_1*, ...}, distinct =, hit = {whether i_l* is some
-- g_j*}, decided = distinct and both hit, gap_i =, gap_g = the least gaps}. With `size` = sd.abs
-- leaders are those of largest absolute values.
function leaders.of(model, p, size)
  size = size or function(v) return v end
  local onto, along = size(model.U:t() * p.D.W:t()), size(p.D.W * p.G.V)
  local found = { i = {}, g = {}, hit = { false, false }, gap_i = math.huge, gap_g = math.huge }
  local best, second
  for l = 1, 2 do
    found.i[l], best, second = leaders.largest(onto:row(l))
    found.gap_i = math.min(found.gap_i, gap_of(best, second))
  end
  for j = 1, model.mG do
    found.g[j], best, second = leaders.largest(along:col(j))
    found.gap_g = math.min(found.gap_g, gap_of(best, second))
    for l = 1, 2 do found.hit[l] = found.hit[l] or found.g[j] == found.i[l] end
  end
  found.distinct = found.i[1] ~= found.i[2]
  found.decided = found.distinct and found.hit[1] and found.hit[2]
  return found
end

--- Parameters of the first start that is as `is` wants its leaders, and these.
function leaders.draw(model, rng, is, size)
  for attempt = 1, 10000 do
    local p = model:init(rng:split(attempt))
    local found = leaders.of(model, p, size)
    if is(found) then return p, found end
  end
  error "none of 10000 starts is of that kind"
end

--- P(two given neurons of m are both some g_j*) for n columns v_j.
function leaders.both_hit(m, n) return 1 - 2 * (1 - 1 / m) ^ n + (1 - 2 / m) ^ n end

--- P({g_j*} is all of m) for n columns: the coupon collector's, by inclusion and exclusion. Terms
-- alternate and reach (m choose k) exp(-k n/m): for n >= m log m they are at most 1/k!.
function leaders.all_hit(m, n)
  local p, choose = 0, 1
  for k = 0, m do
    p = p + (k % 2 == 0 and choose or -choose) * (1 - k / m) ^ n
    choose = choose * (m - k) / (k + 1)
  end
  return p
end

--- P(the largest of m independent N(0, 1) is above 0 and at least 1 + gap times all others): the
-- integral of m phi(x) Phi(x/(1 + gap))^(m-1), in the variable s = Phi(x)^m where it is smooth.
function leaders.gap_probability(m, gap)
  local least = 0.5 ^ m -- s where x = 0
  return (sd.integrate(function(s)
    local x = sd.normppf(s ^ (1 / m))
    return (sd.normcdf(x / (1 + gap)) / sd.normcdf(x)) ^ (m - 1)
  end, least, 1))
end

return leaders
