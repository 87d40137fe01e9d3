--- What the Jacobian J of a function does over a ball |u - x| <= radius (Euclidean, over all
-- leaves): how fast it changes, how far, and between which bounds its singular values lie. All are
-- estimates from one side, by points that were found: no search proves that there is no worse
-- point. info.bound says from which side.
--
--   L, info = sd.lipschitz(f, x, radius[, options])
--
-- L <= sup |J(u) - J(v)| / |u - v|, spectral norm above. It is the largest of two estimates, and
-- info.from says which:
--   "climb"  For smooth f the supremum is that of |D^2 f(q)[a, h]| over points q of the ball and
--            unit vectors a, h. At a point alternating maximisation over a, h and the direction c
--            of the result (power iteration of a tensor) finds T = <c, D^2 f(q)[a, h]>; then q
--            goes uphill along the gradient of T.
--   "pair"   Random pairs, for what the climb does not see: where f has kinks (info.kinks) J jumps
--            between points, and no constant may exist.
-- info.at is the point q (or u), info.direction the unit vector h (or v - u over its length).
--
--   info = sd.ball_extremes(f, x, radius[, options])
--
-- info.largest and info.smallest, the extreme singular values of J over the ball, min(rows,
-- columns) in number, and info.change, the largest |J(u) - J(x)|; info.at.largest and so on are the
-- points. With the singular vectors c, a of a value its gradient in u is that of <c, J(u) a>:
-- points go uphill along it, first to the end of the ball in its direction (a power step, exact
-- where J is affine in u), else by shorter steps.
--
-- Options of both: samples (32 random pairs, or points), starts (4 points to climb from: x, the
-- best of the samples, and random ones), steps (50 uphill steps at most from each), rng
-- (sd.rng(1)).
--
-- Constants of this kind: S. Oymak and M. Soltanolkotabi, ICML 2019, assumptions 1 and 2.
-- Alternating maximisation of multilinear forms: L. De Lathauwer et al., SIAM J. Matrix Anal. Appl.
-- 21 (2000) 1324-1342.
local check = require "saddle.check"
local compile = require "saddle.compile"
local core = require "saddle.core"
local derive = require "saddle.derive"
local jacobian = require("saddle.jacobian").jacobian
local switches = require "saddle.switches"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local OPTIONS <const> = { "rng", "samples", "starts", "steps" }
local ROUNDS <const> = 500 -- of a power iteration
local SETTLED <const> = 1e-13 -- relative gain of a round, or of a step, that is the last
local HALVINGS <const> = 20 -- of an uphill step

-- ---- the ball -----------------------------------------------------------------------------------

--- f as a function F of one column, the ball around `centre` and how it is searched.
local function ball_of(name, f, x, radius, given)
  trace.check_function(name, f)
  if tracing.current() then
    fail("%s: searches by values, which a traced function does not have yet", name)
  end
  given = check.options(name, given, OPTIONS)
  check.positive(name, "the radius", radius)
  local rng = given.rng
  if rng == nil then rng = core.rng(1) end
  check.rng(name, "option 'rng'", rng)
  local centre, unravel = tree.ravel(x)
  if #centre == 0 then fail("%s: x has no elements that vary", name) end
  return { name = name, centre = centre, radius = radius, unravel = unravel, rng = rng,
    F = function(q) return (tree.ravel(f(unravel(q)))) end,
    samples = check.whole(name, "option 'samples'", given.samples, 0, nil, 32),
    starts = check.whole(name, "option 'starts'", given.starts, 1, nil, 4),
    steps = check.whole(name, "option 'steps'", given.steps, 0, nil, 50) }
end

--- A point uniform in the ball.
local function draw(ball)
  local p = #ball.centre
  local length = ball.radius * ball.rng:rand() ^ (1 / p)
  return ball.centre + length * ball.rng:sphere(p):to(ball.centre.dtype)
end

--- The point of the ball that is nearest to q.
local function project(ball, q)
  local away = q - ball.centre
  local length = core.norm(away)
  return length <= ball.radius and q or ball.centre + (ball.radius / length) * away
end

--- v over its length, or v itself where that is 0; the length.
local function unit(v)
  local length = core.norm(v)
  return length > 0 and (1 / length) * v or v, length
end

-- ---- uphill -------------------------------------------------------------------------------------

--- What evaluate(q, before) finds at the best point of an ascent from q: it gives {q=, value=,
-- slope = a function that gives the gradient of value in q, ...}; `before` is what it gave last.
local function climb(ball, q, evaluate)
  local best = evaluate(q)
  for _ = 1, ball.steps do
    local direction, length = unit(best.slope())
    local next
    if not (length > 0) then break end
    for k = 0, HALVINGS do
      local to = k == 0 and ball.centre + ball.radius * direction
        or project(ball, best.q + (ball.radius * 2 ^ (1 - k)) * direction)
      next = evaluate(to, best)
      if next.value > best.value then break end
    end
    if not (next.value > best.value) then break end
    local gain = next.value - best.value
    best = next
    if gain <= SETTLED * math.abs(best.value) then break end
  end
  return best
end

--- The best ascent from x, from the best of the sampled points and from random ones.
local function search(ball, sampled, evaluate)
  local best
  for k = 1, ball.starts do
    local from = k == 1 and ball.centre or k == 2 and sampled or draw(ball)
    local top = climb(ball, from, evaluate)
    if not best or top.value > best.value then best = top end
  end
  return best
end

--- The derivatives of F that searches need, compiled: second(q, a, h) = D^2 F(q)[a, h], back(q, c,
-- a) the gradient of <c, J(q) a> in q, third(q, c, a, h) that of <c, D^2 F(q)[a, h]>.
local function derivatives(F)
  local function first(p, a) return (select(2, derive.jvp(F, p, a))) end
  local function second(p, a, h)
    return (select(2, derive.jvp(function(w) return first(w, a) end, p, h)))
  end
  return {
    second = compile(second),
    back = compile(function(q, c, a)
      return (derive.grad(function(p) return core.dot(c, first(p, a)) end)(q))
    end),
    third = compile(function(q, c, a, h)
      return (derive.grad(function(p) return core.dot(c, second(p, a, h)) end)(q))
    end) }
end

--- The Jacobian of f as a function of points of the ball.
local function jacobian_at(ball, f)
  local J = jacobian(f)
  return function(q)
    local A = J(ball.unravel(q))
    if core.sum(core.isfinite(A)) < #A then
      fail("%s: the Jacobian is not finite in the ball", ball.name)
    end
    return A
  end
end

--- Whether f has pieces, between which J may jump.
local function has_kinks(name, f, x)
  local at = derive.trace_at(name, f, x)
  local scope <close> = at.scope -- luacheck: ignore
  local watched = switches.watch(at, at.outs)
  return watched.count > 0 or watched.untold ~= nil
end

-- ---- how fast the Jacobian changes --------------------------------------------------------------

--- evaluate for climb: the largest T that alternating maximisation finds at q.
local function steepest(ball, D)
  return function(q, before)
    local p, dtype = #q, q.dtype
    local a = before and before.a or ball.rng:sphere(p):to(dtype)
    local h = before and before.h or ball.rng:sphere(p):to(dtype)
    local c, value = nil, 0
    for _ = 1, ROUNDS do
      local last = value
      c = unit(D.second(q, a, h))
      a = unit(D.back(q, c, h))
      h, value = unit(D.back(q, c, a))
      if not (value > last * (1 + SETTLED)) then break end
    end
    if value ~= value then fail "lipschitz: a second derivative is not finite in the ball" end
    return { q = q, value = value, a = a, h = h, slope = function() return D.third(q, c, a, h) end }
  end
end

--- The fastest change between random pairs: {value=, q=, h=}.
local function fastest_pair(ball, J)
  local best = { value = 0, q = ball.centre, h = core.zeros(#ball.centre, 1) }
  for _ = 1, ball.samples do
    local u, v = draw(ball), draw(ball)
    local h, length = unit(v - u)
    local value = core.svdvals(J(u) - J(v))(1) / length
    if value > best.value then best = { value = value, q = u, h = h } end
  end
  return best
end

--- sd.lipschitz(f, x, radius[, options]) -> L, {bound = "lower", from=, at=, direction=, kinks=}:
-- see above.
local function lipschitz(f, x, radius, given)
  local ball = ball_of("lipschitz", f, x, radius, given)
  local J, kinks = jacobian_at(ball, f), has_kinks("lipschitz", f, x)
  if #J(ball.centre) == 0 then fail "lipschitz: f has no outputs" end
  local pair = fastest_pair(ball, J)
  local top = search(ball, pair.q, steepest(ball, derivatives(ball.F)))
  local best = top.value >= pair.value and top or pair
  return best.value, { bound = "lower", from = best == top and "climb" or "pair", kinks = kinks,
    at = ball.unravel(best.q), direction = ball.unravel(best.h) }
end

-- ---- between which bounds singular values lie ---------------------------------------------------

--- evaluate for climb: sign times the k-th singular value of J(q) - J0 (k = 0: the last).
local function singular(J, D, k, sign, J0)
  return function(q)
    local A = J(q)
    if J0 then A = A - J0 end
    local U, S, V = core.svd(A)
    local at = k == 0 and #S or k
    return { q = q, value = sign * S(at), slope = function()
      return sign * D.back(q, U:col(at), V:col(at))
    end }
  end
end

--- The best of the sampled points for one of the three, and the others: {largest=, ...} of points.
local function best_samples(ball, J, J0)
  local best, points = {}, {}
  for _ = 1, ball.samples do
    local q = draw(ball)
    local values = core.svdvals(J(q))
    local found = { largest = values(1), smallest = -values(#values),
      change = core.svdvals(J(q) - J0)(1) }
    for name, value in pairs(found) do
      if not best[name] or value > best[name] then best[name], points[name] = value, q end
    end
  end
  return points
end

--- sd.ball_extremes(f, x, radius[, options]) -> {largest=, smallest=, change=, at=, bound=}: see
-- above.
local function ball_extremes(f, x, radius, given)
  local ball = ball_of("ball_extremes", f, x, radius, given)
  local J = jacobian_at(ball, f)
  local J0, D = J(ball.centre), derivatives(ball.F)
  if #J0 == 0 then fail "ball_extremes: f has no outputs" end
  local points = best_samples(ball, J, J0)
  local out = { kinks = has_kinks("ball_extremes", f, x), at = {},
    bound = { largest = "lower", smallest = "upper", change = "lower" } }
  local function find(name, evaluate)
    local top = search(ball, points[name] or ball.centre, evaluate)
    out[name], out.at[name] = math.abs(top.value), ball.unravel(top.q)
  end
  find("largest", singular(J, D, 1, 1))
  find("smallest", singular(J, D, 0, -1))
  find("change", singular(J, D, 1, 1, J0))
  return out
end

return { lipschitz = lipschitz, ball_extremes = ball_extremes }
