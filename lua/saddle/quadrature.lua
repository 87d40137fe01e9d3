--- sd.integrate: integrals over finite and infinite intervals, by adaptive bisection.
--
--   value, error = sd.integrate(f, a, b[, {tol=1e-10, points={...}, vector=false, panels=1000}])
--
-- Each panel is integrated by the 15-point Kronrod rule; what the 7-point Gauss rule within it
-- differs by gives the estimate of its error, and the panel with the largest one is halved until
-- the sum of the estimates is below tol times the integral of |f| (so that tol means the same for
-- f and 1000 f, and for an integral that cancels to 0). f is never called at an end, where it may
-- be infinite; ends at infinity are brought near by x = a + t/(1-t).
--
-- A rule sees f at its points only: say with `points` where kinks, jumps and narrow peaks are, and
-- over an infinite interval where f is far from 0 unless that is within some units of the finite
-- end (of 0 when both are infinite).
--
-- quadrature.composite, for modules, is a fixed rule on given panels, for integrands whose pieces
-- are known to be smooth.
--
-- R. Piessens, E. de Doncker-Kapenga, C. W. Ueberhuber, D. K. Kahaner, QUADPACK, Springer 1983.
local core = require "saddle.core"
local check = require "saddle.check"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local quadrature = {}

--- Nodes and weights (columns) of the rule that takes n Gauss-Legendre points on each panel between
-- neighbours of the ascending list of edges.
function quadrature.composite(edges, n)
  local x, w = core.gauss_legendre(n)
  local p = #edges - 1
  local half, middle = core.zeros(1, p), core.zeros(1, p)
  for k = 1, p do
    half:set(k, (edges[k + 1] - edges[k]) / 2)
    middle:set(k, edges[k] + half(k))
  end
  return (x * half + middle):reshape(n * p, 1), (w * half):reshape(n * p, 1)
end

--- Edges from a to b, of panels of one width that is at most `widest`.
function quadrature.even_edges(a, b, widest)
  local n, edges = math.max(1, math.ceil((b - a) / widest)), {}
  for k = 0, n do edges[k + 1] = k == n and b or a + (b - a) * k / n end
  return edges
end

-- Nodes in (-1, 1) of the Kronrod rule from the outermost to 0, and their weights; every second
-- node is one of the Gauss rule, with weights GAUSS.
local NODES = { 0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
  0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
  0.586087235467691130294144838258730, 0.405845151377397166906606412076961,
  0.207784955007898467600689403773245, 0 }
local KRONROD = { 0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
  0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
  0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
  0.204432940075298892414161999234649, 0.209482141084727828012999174891714 }
local GAUSS = { 0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
  0.381830050505118944950369775488975, 0.417959183673469387755102040816327 }
local EPS <const> = 2^-52

-- The 15 points from left to right: node, Kronrod weight, Gauss weight.
local RULE = {}
for k = 1, 15 do
  local j = k <= 8 and k or 16 - k
  RULE[k] = { k < 8 and -NODES[j] or NODES[j], KRONROD[j], j % 2 == 0 and GAUSS[j // 2] or 0 }
end

--- The maps of a segment's t to x, and their slopes: t is x where both ends are finite, and runs
-- from 0 to 1 towards an infinite end.
local function finite(t) return t, 1 end
local function rightwards(from)
  return function(t) return from + t / (1 - t), 1 / (1 - t)^2 end
end
local function leftwards(from)
  return function(t) return from - t / (1 - t), 1 / (1 - t)^2 end
end

--- The values of f, times the slope of the map, at the points of the panel lo..hi.
local function sample(f, vector, map, lo, hi)
  local centre, half, x, y = lo / 2 + hi / 2, hi / 2 - lo / 2, {}, {}
  local slope = {}
  for k = 1, 15 do x[k], slope[k] = map(centre + half * RULE[k][1]) end
  local row
  if vector then
    row = f(core.matrix { x })
    if not core.ismatrix(row) or row.rows ~= 1 or row.cols ~= 15 then
      fail("integrate: with vector=true the function gets a row and must return one, of 1x15 it "
        .. "made %s", core.show(row))
    end
  end
  for k = 1, 15 do
    local at = row and function() return row(k) end or f
    y[k] = check.call("integrate", "finite", at, x[k]) * slope[k]
  end
  return y, half
end

--- The panel lo..hi of a segment: its integral, that of |f|, and the estimate of the error, which
-- is QUADPACK's: the difference of the rules, made smaller where both are good already.
local function panel(f, vector, map, lo, hi)
  local y, half = sample(f, vector, map, lo, hi)
  local kronrod, gauss, size, spread = 0, 0, 0, 0
  for k = 1, 15 do
    kronrod = kronrod + RULE[k][2] * y[k]
    gauss = gauss + RULE[k][3] * y[k]
    size = size + RULE[k][2] * math.abs(y[k])
  end
  for k = 1, 15 do spread = spread + RULE[k][2] * math.abs(y[k] - kronrod / 2) end
  local off, range = math.abs(kronrod - gauss) * half, spread * half
  if off > 0 and range > 0 then off = range * math.min(1, (200 * off / range)^1.5) end
  return { lo = lo, hi = hi, map = map, value = kronrod * half, size = size * half, off = off }
end

--- The segments between a < b and the points in between, a panel each.
local function start(f, vector, a, b, points)
  local ends, panels = { a }, {}
  for _, x in ipairs(points) do ends[#ends + 1] = x end
  ends[#ends + 1] = b
  for k = 2, #ends do
    local lo, hi = ends[k - 1], ends[k]
    if lo == -math.huge then
      panels[#panels + 1] = panel(f, vector, leftwards(hi), 0.0, 1.0)
    elseif hi == math.huge then
      panels[#panels + 1] = panel(f, vector, rightwards(lo), 0.0, 1.0)
    else
      panels[#panels + 1] = panel(f, vector, finite, lo, hi)
    end
  end
  return panels
end

local function check_end(what, v)
  if type(v) ~= "number" or v ~= v then
    fail("integrate: %s must be a number, got %s", what, core.show(v))
  end
  return v + 0.0
end

local function check_points(given, a, b)
  if given == nil then return a == -math.huge and b == math.huge and { 0.0 } or {} end
  local points = check.list("integrate", "points", given, 1)
  table.sort(points)
  for k, x in ipairs(points) do
    if not (x > a and x < b) or x == points[k - 1] then
      fail("integrate: points must be different and between the ends, got %g", x)
    end
  end
  return points
end

--- Halves the worst panel until the errors are small beside the sizes; -> value, error.
local function refine(f, vector, panels, tol, most)
  while true do
    local value, size, off, worst = 0, 0, 0, 1
    for k, p in ipairs(panels) do
      value, size, off = value + p.value, size + p.size, off + p.off
      if p.off > panels[worst].off then worst = k end
    end
    if off <= tol * size then return value, off + 4 * EPS * size end
    local p = panels[worst]
    local middle, far = p.lo / 2 + p.hi / 2, math.max(math.abs(p.lo), math.abs(p.hi))
    if #panels >= most or not (middle - p.lo > 8 * EPS * far) then
      fail("integrate: no convergence to %g of the integral of |f|: %d panels give %.10g with an "
        .. "error of about %.2g, most of it near %.10g", tol, #panels, value, off, (p.map(middle)))
    end
    panels[worst] = panel(f, vector, p.map, p.lo, middle)
    panels[#panels + 1] = panel(f, vector, p.map, middle, p.hi)
  end
end

--- sd.integrate(f, a, b[, options]) -> the integral of f from a to b (-inf and inf are allowed; a >
-- b changes the sign), an estimate of its error, from above as a rule. Options: tol (1e-10, from
-- 1e-13), points (where to split), panels (1000 at most), vector (f takes a row of points and
-- gives the row of values). f returns numbers. No convergence is an error.
function quadrature.integrate(f, a, b, given)
  local _ <close> = core.tracing.suspend()
  check.callable("integrate", "argument 1", f)
  a, b = check_end("a", a), check_end("b", b)
  given = check.options("integrate", given, { "tol", "points", "vector", "panels" })
  local tol = check.fraction("integrate", "option 'tol'", given.tol, 1e-10)
  if tol < 1e-13 then
    fail("integrate: option 'tol' must be from 1e-13, below it is rounding: got %g", tol)
  end
  local most = check.whole("integrate", "option 'panels'", given.panels, 1, 2^20, 1000)
  local vector = check.flag("integrate", "option 'vector'", given.vector)
  if a == b then return 0.0, 0.0 end
  local lo, hi = math.min(a, b), math.max(a, b)
  local panels = start(f, vector, lo, hi, check_points(given.points, lo, hi))
  local value, off = refine(f, vector, panels, tol, most)
  return a < b and value or -value, off
end

return quadrature
