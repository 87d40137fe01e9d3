--- Where a function of a segment goes from one smooth piece to another.
--
-- A switch is a value whose sign decides which smooth piece a function is on: the argument of a
-- relu, the difference of the sides of a comparison (sd_graph_switches in saddle/graph.h). Along a
-- segment the zeros of the switches are the ends of pieces.
--
-- On a candidate piece each switch is interpolated by a polynomial of degree 5 and compared with
-- its values at two other places. In the Bernstein form of the interpolant the coefficients bound
-- it: where they have one sign, by more than the error, there is no zero, and a pair of close zeros
-- is not overlooked. Switches of networks whose moving layers are piecewise linear are such
-- polynomials. Others are refined by secant steps on the switch itself; where the interpolant is
-- too poor, the piece is halved. A switch is smooth where all those recorded before it keep their
-- signs, so they are taken in that order, and each cuts the pieces for the next.
--
-- Reference: G. Farin, Curves and Surfaces for CAGD, 5th ed., 2002, chapters 4 and 5 (Bernstein
-- form, subdivision, variation diminishing).
local core = require "saddle.core"
local trace = require "saddle.trace"
require("saddle.tree").module()

local switches = {}

local DEGREE <const> = 5
local LEAST <const> = 2 ^ -44 -- of two ends of pieces as far as this from each other one is dropped
local NARROW <const> = 2 ^ -36 -- pieces below are not searched any more
local NOISE <const> = 64 -- roundings that a switch is trusted to
local MOST <const> = 20000 -- looks at the switches

-- ---- polynomials on 0..1 in Bernstein form, {c_0, ..., c_n} -------------------------------------

--- The two halves of c, cut in the middle.
local function halves(c)
  local n, row, left, right = #c, { table.unpack(c) }, {}, {}
  for k = 1, n do
    left[k], right[n + 1 - k] = row[1], row[n + 1 - k]
    for i = 1, n - k do row[i] = (row[i] + row[i + 1]) / 2 end
  end
  return left, right
end

local function value(c, u)
  local row = { table.unpack(c) }
  for k = #c - 1, 1, -1 do
    for i = 1, k do row[i] = (1 - u) * row[i] + u * row[i + 1] end
  end
  return row[1]
end

--- How often the signs in c change, zeros being passed over; the first and the last that is not 0.
local function variations(c)
  local count, first, last = 0, 0, 0
  for _, v in ipairs(c) do
    if v * last < 0 then count = count + 1 end
    if v ~= 0 then last = v end
    if first == 0 then first = v end
  end
  return count, first, last
end

--- The zero of g between 0 and 1, where it has the values g0 and g1 of different signs (at the ends
-- themselves it may be 0): regula falsi as the Illinois variant has it.
local function only_zero(g, g0, g1)
  local a, b = 0, 1
  for _ = 1, 60 do
    local u = (a * g1 - b * g0) / (g1 - g0)
    local v = g(u)
    if v == 0 or u == a or u == b then return u end
    if v * g1 < 0 then a, g0 = b, g1 else g0 = g0 / 2 end
    if math.abs(b - u) < 2 ^ -52 then return u end
    b, g1 = u, v
  end
  return b
end

--- Appends to `out` the places in `from` to `from + width` where c changes its sign. Pairs that are
-- closer than LEAST vanish.
local function zeros(c, from, width, out)
  local count, first, last = variations(c)
  if count == 0 then return out end
  if count == 1 then
    out[#out + 1] = from + width * only_zero(function(u) return value(c, u) end, first, last)
    return out
  end
  if width < LEAST then
    if first * last < 0 then out[#out + 1] = from + width / 2 end
    return out
  end
  local left, right = halves(c)
  zeros(left, from, width / 2, out)
  if right[1] == 0 and left[DEGREE] * right[2] < 0 then out[#out + 1] = from + width / 2 end
  return zeros(right, from + width / 2, width / 2, out)
end

-- ---- interpolation ------------------------------------------------------------------------------

--- Nodes in 0..1 (Chebyshev's, then two places to check at), the matrix that takes the values at
-- the nodes (a row) to the coefficients, and the one that takes them to the values at the two.
local rule

local function bernstein(u)
  local row, choose = {}, 1
  for k = 0, DEGREE do
    row[k + 1] = choose * u ^ k * (1 - u) ^ (DEGREE - k)
    choose = choose * (DEGREE - k) / (k + 1)
  end
  return row
end

local function make_rule()
  local nodes, at_nodes, at_checks = {}, {}, {}
  for k = 1, DEGREE + 1 do
    nodes[k] = (1 - math.cos(math.pi * (2 * k - 1) / (2 * DEGREE + 2))) / 2
    at_nodes[k] = bernstein(nodes[k])
  end
  for k, u in ipairs { 0.0777, 0.6180 } do -- no nodes, and in no ratio that a script might use
    nodes[DEGREE + 1 + k] = u
    at_checks[k] = bernstein(u)
  end
  local coefficients = core.inv(core.matrix(at_nodes)):t()
  rule = { nodes = nodes, coefficients = coefficients,
    checks = coefficients * core.matrix(at_checks):t() }
end

--- Of the values of a group of switches at the nodes: the coefficients {row, ...}, their error and
-- noise, of those switches whose sign is not certain.
local function uncertain(values, eps)
  local V = core.hcat(table.move(values, 1, DEGREE + 1, 1, {}))
  local at_checks = core.hcat(values[DEGREE + 2], values[DEGREE + 3])
  local noise = NOISE * eps * core.max(core.abs(V))
  local C = V * rule.coefficients
  local wrong = 4 * core.max(core.abs(V * rule.checks - at_checks), { dim = 2 }) + noise
  local low, high = core.min(C, { dim = 2 }), core.max(C, { dim = 2 })
  local clear = core.max(core.gt(low, wrong), core.lt(high, -wrong))
  clear = core.max(clear, core.le(core.max(-low, high), noise)) -- zero everywhere
  local list = {}
  if core.sum(clear) == #clear then return list end
  for i = 1, #clear do
    if clear(i) == 0 then
      local c = {}
      for k = 1, DEGREE + 1 do c[k] = C(i, k) end
      list[#list + 1] = { index = i, c = c, wrong = wrong(i), noise = noise }
    end
  end
  return list
end

-- ---- one switch on a piece ----------------------------------------------------------------------

--- The zero of switch `index` of a group near t, from its values by secant steps; nil when they
-- lead further than `reach` away from the piece or do not settle.
local function polish(search, group, index, t, slope, piece, reach)
  local function at(u) return search.look(u)[group](index) end
  local v = at(t)
  for _ = 1, 10 do
    local step = -v / slope
    if math.abs(step) <= LEAST then return t + step end
    local u = t + step
    if not (u >= piece.a - reach and u <= piece.b + reach) then return nil end
    local w = at(u)
    if w == v then return nil end
    slope, t, v = (w - v) / step, u, w
  end
end

--- Whether a function of coefficients c, up to `wrong`, rises all the way or falls all the way.
local function is_monotone(c, wrong)
  local sign = c[2] > c[1] and 1 or -1
  for k = 1, DEGREE do
    if not (sign * (c[k + 1] - c[k]) > 2 * wrong) then return false end
  end
  return true
end

--- The zeros of an uncertain switch on a piece, as a list; nil when the interpolant is too poor to
-- tell.
local function zeros_of(search, group, one, piece)
  local width, c = piece.b - piece.a, one.c
  if one.wrong <= 16 * one.noise then
    local places = zeros(c, 0, 1, {})
    for k, u in ipairs(places) do places[k] = piece.a + width * u end
    return places
  end
  if not is_monotone(c, one.wrong) then return nil end
  local slope, u = (c[#c] - c[1]) / width, c[1] / (c[1] - c[#c])
  local t = polish(search, group, one.index, piece.a + width * math.min(math.max(u, 0), 1), slope,
    piece, width / 4)
  return t and { t } or nil
end

--- How far the noise of a switch may have moved its zero at t.
local function blur_at(t, one, piece)
  local width, h = piece.b - piece.a, 2 ^ -10
  local u = math.min(math.max((t - piece.a) / width, h), 1 - h)
  local slope = math.abs(value(one.c, u + h) - value(one.c, u - h)) / (2 * h * width)
  return math.min(math.max(LEAST, 4 * one.noise / slope), width / 64)
end

--- Appends to `found` the zeros that lie within the piece. One at an end is that end, unless the
-- piece was halved there: then it makes the end one.
local function sort_out(search, places, one, piece, found)
  for _, t in ipairs(places) do
    local blur = blur_at(t, one, piece)
    if piece.halved_a and math.abs(t - piece.a) <= blur then
      search.ends[#search.ends + 1] = piece.a
    elseif piece.halved_b and math.abs(t - piece.b) <= blur then
      search.ends[#search.ends + 1] = piece.b
    elseif t > piece.a + blur and t < piece.b - blur then
      found[#found + 1] = t
    end
  end
end

-- ---- all switches on all pieces -----------------------------------------------------------------

--- The values of all groups at the nodes: [group][node].
local function sample(search, piece)
  local values = {}
  for k, u in ipairs(rule.nodes) do
    for g, m in ipairs(search.look(piece.a + (piece.b - piece.a) * u)) do
      values[g] = values[g] or {}
      values[g][k] = m
    end
  end
  return values
end

--- The zeros of a group within the piece, or nil.
local function zeros_of_group(search, g, values, piece)
  local found = {}
  for _, one in ipairs(uncertain(values, search.eps)) do
    local places = zeros_of(search, g, one, piece)
    if not places then return nil end
    sort_out(search, places, one, piece, found)
  end
  return found
end

--- Appends to search.ends the zeros of the groups from `first` on.
local function visit(search, piece, first)
  if first > search.groups or piece.b - piece.a < NARROW or search.looks > MOST then return end
  local values = sample(search, piece)
  for g = first, search.groups do
    local found = zeros_of_group(search, g, values[g], piece)
    if not found then
      local middle = (piece.a + piece.b) / 2
      visit(search, { a = piece.a, b = middle, halved_a = piece.halved_a, halved_b = true }, g)
      return visit(search, { a = middle, b = piece.b, halved_a = true, halved_b = piece.halved_b },
        g)
    end
    if #found > 0 then
      table.sort(found)
      table.move(found, 1, #found, #search.ends + 1, search.ends)
      found[#found + 1] = piece.b
      local a, halved = piece.a, piece.halved_a
      for k, b in ipairs(found) do
        local halved_b = k == #found and piece.halved_b
        visit(search, { a = a, b = b, halved_a = halved, halved_b = halved_b }, g + 1)
        a, halved = b, false
      end
      return
    end
  end
end

--- switches.pieces(look, groups, eps) -> 0, the places between 0 and 1 where a switch changes its
-- sign, and 1, ascending; how often it looked; whether it saw to the end. look(t) gives a list of
-- `groups` columns of f64, in the order in which they were recorded; eps is their relative
-- rounding.
function switches.pieces(look, groups, eps)
  if not rule then make_rule() end
  local search = { groups = groups, eps = eps, looks = 0, ends = {} }
  function search.look(t)
    search.looks = search.looks + 1
    return look(t)
  end
  visit(search, { a = 0, b = 1 }, 1)
  table.sort(search.ends)
  local out = { 0 }
  for _, t in ipairs(search.ends) do
    if t - out[#out] > LEAST and 1 - t > LEAST then out[#out + 1] = t end
  end
  out[#out + 1] = 1
  return out, search.looks, search.looks <= MOST
end

-- ---- of a traced function -----------------------------------------------------------------------

--- switches.watch(at, outs) -> {run = f(values of the variables) -> switches (a list of f64
-- columns), values of outs (false where they are constant); count, untold = the name of an op whose
-- pieces no sign tells apart}, for a trace that is open.
function switches.watch(at, outs)
  local symbols, place = trace.pick_symbols(outs)
  local list, untold = at.graph:switches(at.wrt, symbols)
  local count = #list
  at.extended = true -- by differences
  local run = trace.runner(at, table.move(symbols, 1, #symbols, count + 1, list))
  return { count = count, untold = untold, run = function(values)
    local results, values_of, found = run(values), {}, {}
    for k = 1, count do
      local v = results[k]
      if type(v) == "number" then v = core.matrix(v) end
      found[k] = v:to("f64"):reshape(v.rows * v.cols, 1)
    end
    for k = 1, #outs do values_of[k] = false end
    for j, k in ipairs(place) do values_of[k] = results[count + j] end
    return found, values_of
  end }
end

return switches
