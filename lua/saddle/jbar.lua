--- sd.jbar: the average of the Jacobian on the line between two points,
--
--   Jbar(x, y) = integral over 0..1 of J(y + t (x - y)) dt,    Jbar (x - y) = f(x) - f(y)
--
-- (S. Oymak and M. Soltanolkotabi, Overparameterized nonlinear learning, ICML 2019, def. 9.1).
--
-- The line is cut where the function goes from one smooth piece to another (switches.lua). On each
-- piece a Gauss-Legendre rule is taken with as many nodes as it needs, which products of the
-- Jacobian with random vectors tell: they cost little, and a rule that misses an element of the
-- average misses them (E |E v|^2 = |E|^2 for v standard normal). So of a network with one hidden
-- layer of relus a piece costs one Jacobian. Where no rule does, a piece is halved; that is also
-- what becomes of kinks that no sign tells (the largest of several), at some 50 Jacobians each.
local blocks = require "saddle.blocks"
local check = require "saddle.check"
local core = require "saddle.core"
local derive = require "saddle.derive"
local jacobian = require "saddle.jacobian"
local switches = require "saddle.switches"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
local column = jacobian.column
tree.module()

local MOST <const> = 20000 -- Jacobians, and twice as many points with probes alone
local LEAST_WIDTH <const> = 2 ^ -45
local ORDERS <const> = { 1, 2, 3, 5, 8, 12, 18 } -- numbers of nodes
-- Halvings because f and its derivative disagree, at most: a kink that no rule has met may be the
-- reason, some 40 halvings each; or f jumps, or its gradient is stopped, and none will help.
local DOUBTS <const>, DOUBTS_UNTOLD <const> = 64, 2000
local PROBES <const> = 2

-- ---- the line -----------------------------------------------------------------------------------

--- The variable leaves of y, which is built like x, the tree of `at`: frozen leaves are the same.
local function variables_like(at, y)
  local leaves, spec = tree.flatten(y, "jbar: y")
  local where, why = tree.difference(at.spec, spec, "y")
  if where then fail("jbar: x and y are built differently: %s %s", where, why) end
  local kinds, paths = tree.kinds(spec), tree.paths(spec, "y")
  for k, kind in ipairs(tree.kinds(at.spec)) do
    local frozen, other = kind == "frozen", kinds[k] == "frozen"
    if frozen ~= other then
      fail("jbar: x and y are built differently: %s is frozen in %s alone", paths[k],
        frozen and "x" or "y")
    elseif frozen and at.leaves[k] ~= leaves[k] then
      fail("jbar: %s is frozen and has another value in x", paths[k])
    end
  end
  return trace.variables(spec, leaves)
end

--- x - y leaf by leaf.
local function differences(X, Y)
  local out = {}
  for k, v in ipairs(X) do
    local u = Y[k]
    local number = tracing.kind(v) == "number"
    if tracing.kind(v) ~= tracing.kind(u) or not number and (v.rows ~= u.rows or v.cols ~= u.cols)
    then
      fail("jbar: x and y differ in shape: %s and %s", core.show(v), core.show(u))
    end
    out[k] = v - u
  end
  return out
end

--- A function of the variables' values that gives J there: from blocks of samples where they pay
-- (blocks.lua), for the trace is open still, or else by sweeps.
local function jacobian_of(at, dtype)
  local of = jacobian.choose_blocks("jbar", at)
  if not of then
    at.across = at.rows <= at.cols
    return function(values)
      at.move(values)
      return jacobian.form(at, 64e6)
    end, at.across
  end
  local J = blocks.jacobian(of, at, dtype)
  if not tracing.issymbol(J) then return function() return J end end
  local run = trace.runner(at, { J })
  return function(values) return run(values)[1] end
end

--- The line from y (t = 0) to x (t = 1) with f's trace: what is needed along it, as functions of t.
local function line_of(f, x, y)
  local at = derive.trace_at("jbar", f, x)
  local scope <close> = at.scope -- luacheck: ignore
  local X, Y = at.values, variables_like(at, y)
  local line = { step = differences(X, Y), dtype = trace.common_dtype(X, at.outs),
    watched = switches.watch(at, at.outs), rows = at.rows, cols = at.cols }
  line.eps = line.dtype == "f32" and 2 ^ -23 or 2 ^ -52
  line.length = core.norm(column(line.step, line.step, "f64"))
  local J, pull = jacobian_of(at, line.dtype)
  derive.linearise_at("jbar", at, { push = true, pull = pull })
  local results = trace.variables(at.yspec, at.yleaves)
  local function point(t)
    local values = {}
    for k, v in ipairs(Y) do values[k] = t == 1 and X[k] or v + t * line.step[k] end
    return values
  end
  function line.jacobian(t) return J(point(t)) end
  function line.switches(t) return (line.watched.run(point(t))) end
  function line.value(t)
    local _, values = line.watched.run(point(t))
    return column(values, results, "f64")
  end
  function line.push(t, list) -- J times each of the directions, as columns
    at.move(point(t))
    local columns = {}
    for k, v in ipairs(list) do columns[k] = column(at.push(v), results, "f64") end
    return core.hcat(columns)
  end
  return line
end

-- ---- how many nodes a piece needs ---------------------------------------------------------------

local rules = {}

--- n nodes in 0..1 and weights that sum to 1: columns.
local function rule_of(n)
  if not rules[n] then rules[n] = table.pack(core.gauss_legendre(n, 0, 1)) end
  return table.unpack(rules[n])
end

--- Directions to probe with: the line's own, of length 1, then standard normal ones.
local function directions(line)
  local rng, out = core.rng(1), { {} }
  for k, v in ipairs(line.step) do
    out[1][k] = line.length > 0 and v / line.length or v
  end
  for p = 2, 1 + PROBES do
    out[p] = {}
    for k, v in ipairs(line.step) do
      out[p][k] = type(v) == "number" and rng:randn()
        or rng:randn(v.rows, v.cols, { dtype = v.dtype })
    end
  end
  return out
end

--- The n-point average of J times the directions between a and b, a column each; that of its size,
-- and how much this varies.
local function probe(line, a, b, n)
  local nodes, weights = rule_of(n)
  local sum, average, least, most = nil, 0, math.huge, 0
  line.probed = line.probed + n
  for i = 1, n do
    local term = line.push(a + (b - a) * nodes(i), line.probes)
    local size = core.norm(term) / math.sqrt(1 + PROBES)
    average, least, most = average + weights(i) * size, math.min(least, size), math.max(most, size)
    term = weights(i) * term
    sum = sum and sum:add_(term) or term
  end
  return sum, average, most - least
end

--- Whether the average on a piece agrees with f at its ends. These are approached from within: f
-- may jump there; what J, of that size, adds up to in between is not counted.
local function agrees(line, a, b, q, bound, size)
  local inset = math.min(64 * line.eps, (b - a) / 8)
  local fa, fb = line.value(a + inset), line.value(b - inset)
  local wrong = core.norm(fb - fa - (b - a - 2 * inset) * line.length * q:col(1))
  local rounding = 64 * line.eps * (core.norm(fa) + core.norm(fb))
  return wrong <= (bound + 4 * inset * size) * line.length + rounding
end

local function give_up(line)
  fail("jbar: %d Jacobians do not settle the average to %g (give a larger option 'tol')", MOST,
    line.tol)
end

--- How many nodes a piece needs, or nil when it is to be halved. `piece` has the average `last` by
-- the first rule, and `share`, what it adds to line.scale.
local function nodes_for(line, a, b, piece)
  local width, last = b - a, piece.last
  for k = 1, #ORDERS - 1 do
    if line.probed > 2 * MOST + 4 * line.nodes then give_up(line) end
    local next, size, spread = probe(line, a, b, ORDERS[k + 1])
    local wrong = core.norm(next - last)
    if wrong ~= wrong then fail "jbar: the Jacobian is not finite between y and x" end
    line.scale, piece.share = line.scale - piece.share + size * width, size * width
    local bound = line.tol * line.scale
    if width < LEAST_WIDTH then
      if wrong * width > bound then line.unsettled = a end
      return 1
    end
    -- J and the places where it is taken are rounded: no rule does better
    local rounding = line.eps * (32 * size + 4 * spread / width)
    -- a share of the error that goes with the length, but what is short may be as far off as 2^-10
    if 4 * wrong * width <= bound * math.max(width, 2 ^ -10) or wrong <= rounding then
      if line.doubts >= line.patience or agrees(line, a, b, last, bound, size) then
        if wrong * width > bound then line.unsettled = a end
        return ORDERS[k]
      end
      line.doubts = line.doubts + 1
      return nil
    end
    last = next
  end
end

--- The pieces as nodes_for takes them. line.scale is the average size of J, to which errors are
-- compared (its largest value would hide them where J has a peak or no bound), as far as known: the
-- sum of the shares.
local function look_over(line, ends)
  local pieces = {}
  for k = 1, #ends - 1 do
    local last, size = probe(line, ends[k], ends[k + 1], ORDERS[1])
    pieces[k] = { last = last, share = (ends[k + 1] - ends[k]) * size }
    line.scale = line.scale + pieces[k].share
  end
  return pieces
end

--- Appends pieces {a, b, n} to `plan`.
local function settle(line, a, b, piece, plan)
  local n = nodes_for(line, a, b, piece)
  if not n then
    local middle, half = (a + b) / 2, piece.share / 2
    for _, ends in ipairs { { a, middle }, { middle, b } } do
      local last = probe(line, ends[1], ends[2], ORDERS[1])
      settle(line, ends[1], ends[2], { last = last, share = half }, plan)
    end
    return
  end
  line.nodes = line.nodes + n
  if line.nodes > MOST then give_up(line) end
  plan[#plan + 1] = { a, b, n }
end

-- ---- the average --------------------------------------------------------------------------------

local function average(line, plan)
  local J
  for _, piece in ipairs(plan) do
    local a, b, n = table.unpack(piece)
    local nodes, weights = rule_of(n)
    for i = 1, n do
      local term = (weights(i) * (b - a)) * line.jacobian(a + (b - a) * nodes(i))
      J = J and J:add_(term) or term
    end
  end
  return J
end

--- |J (x - y) - (f(x) - f(y))| relative to |x - y| and the size of the Jacobian on the line: the
-- average itself may be small because it cancels.
local function miss_of(line, J)
  local step = column(line.step, line.step, "f64")
  local wrong = core.norm(trace.convert(J, "f64") * step - (line.value(1) - line.value(0)))
  local size = math.max(core.norm(J), line.scale) * line.length
  return size > 0 and wrong / size or wrong
end

local function route_of(line, complete)
  if line.watched.untold then
    return "adaptive", ("%s has pieces that no sign tells apart"):format(line.watched.untold)
  elseif not complete then
    return "adaptive", "the switches change their signs too often to be followed"
  elseif line.unsettled then
    return "adaptive", ("the Jacobian does not settle near t = %.6g: it has no bound there, or "
      .. "changes within rounding"):format(line.unsettled)
  elseif line.doubts > 0 then
    return "adaptive", "f and its derivative disagree (a jump, or a stopped gradient)"
  end
  return "pieces"
end

--- sd.jbar(f, x, y[, options]) -> the average of the Jacobian on the line from y to x, info. Option
-- tol: the error aimed at, relative to the Frobenius norm (1e-12; 1e-5 in f32). info:
--   miss    |jbar (x - y) - (f(x) - f(y))| relative to |x - y| and the average size of J: 0 up
--           to rounding, unless f has jumps, stopped gradients or an unbounded derivative
--   pieces  smooth pieces that the line was cut into;  nodes  Jacobians formed;  looks  evaluations
--           of the switches alone
--   route   "pieces" when the switches of f tell all its pieces; else "adaptive", and reason says
--           why: the error is then what halving finds, not a property of the rule
local function jbar(f, x, y, given)
  trace.check_function("jbar", f)
  if tracing.current() then
    fail "jbar: chooses its nodes by values, which a traced function does not have yet"
  end
  given = check.options("jbar", given, { "tol" })
  local line = line_of(f, x, y)
  local default = line.dtype == "f32" and 1e-5 or 1e-12
  line.tol = check.positive("jbar", "option 'tol'", given.tol, default)
  if line.rows == 0 or line.cols == 0 then
    return line.jacobian(0), { miss = 0, pieces = 0, nodes = 0, looks = 0, route = "pieces" }
  end
  local ends, looks, complete = switches.pieces(line.switches, line.watched.count, line.eps)
  line.probes, line.scale = directions(line), 0
  line.probed, line.nodes, line.doubts = 0, 0, 0
  line.patience = line.watched.untold and DOUBTS_UNTOLD or DOUBTS
  local plan, pieces = {}, look_over(line, ends)
  for k, piece in ipairs(pieces) do settle(line, ends[k], ends[k + 1], piece, plan) end
  local J = average(line, plan)
  local route, reason = route_of(line, complete)
  return J, { miss = miss_of(line, J), pieces = #ends - 1, nodes = line.nodes, looks = looks,
    route = route, reason = reason }
end

return { jbar = jbar }
