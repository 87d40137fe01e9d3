--- Roots and maxima of functions of one number. All are safeguarded: they end with an answer that
-- is bracketed, or with an error that says what is missing.
--
--   x, y = sd.bisect(f, a, b[, {tol=0}])            halving; any f with a change of sign
--   x, y = sd.brent(f, a, b[, {tol=0}])             secants and parabolas within the bracket
--   x, y = sd.newton(f, x0[, {slope=, lo=, hi=, tol=0, steps=100}])
--   x, y = sd.maximize1d(f, a, b[, {grid=, tol=1e-8}])
--
-- y is f(x). A root is found to tol + 4 eps |x|, by default to the last digits of x.
local check = require "saddle.check"
local core = require "saddle.core"
local derive = require "saddle.derive"
local tree = require "saddle.tree"
local fail, call = tree.fail, check.call
tree.module()

local roots = {}
local EPS <const> = 2^-52

local function width(x, tol) return tol + 4 * EPS * math.abs(x) end

--- a, b, f(a), f(b), tol of a bracket: f(a) and f(b) have different signs, or one is 0.
local function bracket(name, f, a, b, given)
  check.callable(name, "argument 1", f)
  a, b = check.number(name, "a", a), check.number(name, "b", b)
  given = check.options(name, given, { "tol" })
  local tol = check.number(name, "option 'tol'", given.tol, 0, nil, 0.0)
  local fa, fb = call(name, "number", f, a), call(name, "number", f, b)
  if fa ~= 0 and fb ~= 0 and (fa > 0) == (fb > 0) then
    fail("%s: needs a bracket, at whose ends the signs differ: f(%.6g) = %.6g, f(%.6g) = %.6g",
      name, a, fa, b, fb)
  end
  return a, b, fa, fb, tol
end

--- sd.bisect(f, a, b[, {tol=}]) -> x, f(x): halves the bracket a, b until it is narrow; x is the
-- end where |f| is smaller. f may be infinite, and may jump: then x is at the jump.
function roots.bisect(f, a, b, given)
  local fa, fb, tol
  a, b, fa, fb, tol = bracket("bisect", f, a, b, given)
  while fa ~= 0 and fb ~= 0 do
    local x = a / 2 + b / 2
    if math.abs(b - a) <= width(x, tol) or x == a or x == b then break end
    local fx = call("bisect", "number", f, x)
    if (fx > 0) == (fa > 0) and fx ~= 0 then a, fa = x, fx else b, fb = x, fx end
  end
  if math.abs(fa) < math.abs(fb) then return a, fa end
  return b, fb
end

--- sd.brent(f, a, b[, {tol=}]) -> x, f(x): inverse quadratic interpolation and secants, and a
-- halving where these do not make progress. x is the best point, the other end of the bracket is
-- within the tolerance. R. P. Brent, Algorithms for Minimization without Derivatives,
-- Prentice-Hall 1973, chapter 4.
function roots.brent(f, a, b, given)
  local fa, fb, tol
  a, b, fa, fb, tol = bracket("brent", f, a, b, given)
  local c, fc = a, fa -- b is the best point, c on the other side of the root, a the b before
  local step, before = b - a, b - a
  while fb ~= 0 do
    if (fb > 0) == (fc > 0) then
      c, fc, step, before = a, fa, b - a, b - a
    end
    if math.abs(fc) < math.abs(fb) then a, b, c, fa, fb, fc = b, c, b, fb, fc, fb end
    local least, half = width(b, tol) / 2, (c - b) / 2
    if math.abs(half) <= least then break end
    local bisects = math.abs(before) < least or math.abs(fa) <= math.abs(fb)
    if not bisects then
      local p, q
      local s = fb / fa
      if a == c then
        p, q = 2 * half * s, 1 - s
      else
        local r, u = fb / fc, fa / fc
        p, q = s * (2 * half * u * (u - r) - (b - a) * (r - 1)), (u - 1) * (r - 1) * (s - 1)
      end
      if p > 0 then q = -q else p = -p end
      bisects = not (2 * p < math.min(3 * half * q - math.abs(least * q), math.abs(before * q)))
      before, step = step, p / q
    end
    if bisects then step, before = half, half end
    a, fa = b, fb
    b = b + (math.abs(step) > least and step or half > 0 and least or -least)
    if b == a then break end -- least has underflowed
    fb = call("brent", "number", f, b)
  end
  return b, fb
end

-- ---- Newton's method ----------------------------------------------------------------------------

--- A function of x that gives f and its slope there, from a given slope or by sd.grad. NaN of f is
-- refused unless allowed is "NaN".
local function with_slope(f, slope, allowed)
  if slope then
    return function(x)
      return call("newton", allowed, f, x), call("newton", "NaN", slope, x)
    end
  end
  local both = derive.value_and_grad(f)
  return function(x)
    local y, dy = both(x)
    return call("newton", allowed, function() return y end, x), dy
  end
end

--- Newton's method in the bracket lo..hi; `sign` is that of f at lo. A step that leaves the bracket
-- or is more than half of the one before gives way to a halving.
local function within(at, x, lo, hi, sign, tol, most)
  local before = hi - lo
  for _ = 1, most do
    local y, dy = at(x)
    if y * sign > 0 then lo = x else hi = x end
    local step = -y / dy
    if not (x + step > lo and x + step < hi and math.abs(step) <= before / 2) then
      step = lo / 2 + hi / 2 - x
    end
    if y == 0 or math.abs(step) <= width(x, tol) / 2 then return x, y end
    before, x = math.abs(step), x + step
  end
  fail("newton: no root after %d steps; it is in %.17g..%.17g", most, lo, hi)
end

--- Newton's method from x; a step is halved until |f| falls (and f is a number there).
local function damped(at, x, tol, most)
  local y, dy = at(x)
  for _ = 1, most do
    local step = -y / dy
    local whole, least = math.abs(step), width(x, tol) / 2
    if y == 0 or whole <= least then return x, y end
    if step - step ~= 0 then
      fail("newton: f is %s and its slope %s at %.17g; lo and hi make a bracket", core.show(y),
        core.show(dy), x)
    end
    local next, fy, fdy
    repeat
      next = x + step
      fy, fdy = at(next)
      step = step / 2
      if math.abs(step) < least and not (math.abs(fy) < math.abs(y)) then
        if whole <= tol + 1e-6 * math.abs(x) then return x, y end
        fail("newton: |f| has a minimum near %.17g, where it is %.6g: no root; lo and hi make a "
          .. "bracket", x, math.abs(y))
      end
    until math.abs(fy) < math.abs(y)
    x, y, dy = next, fy, fdy
  end
  fail("newton: no root after %d steps; f(%.17g) = %.6g", most, x, y)
end

--- sd.newton(f, x0[, options]) -> x, f(x): Newton's method from x0. Options: slope, the derivative
-- of f (sd.grad makes it by default); lo and hi, a bracket that x stays in, halved where a step
-- would leave it or the steps do not shrink; tol; steps, 100 at most. Without a bracket steps are
-- halved until |f| falls; where rounding keeps it from falling, x is as good as f allows.
function roots.newton(f, x0, given)
  check.no_symbol("newton", x0, "sd.loop records a fixed number of steps")
  check.callable("newton", "argument 1", f)
  local x = check.number("newton", "x0", x0)
  given = check.options("newton", given, { "slope", "lo", "hi", "tol", "steps" })
  local tol = check.number("newton", "option 'tol'", given.tol, 0, nil, 0.0)
  local most = check.whole("newton", "option 'steps'", given.steps, 1, nil, 100)
  if given.slope ~= nil then check.callable("newton", "option 'slope'", given.slope) end
  if given.lo == nil and given.hi == nil then
    return damped(with_slope(f, given.slope, "NaN"), x, tol, most)
  end
  local lo, hi, flo, fhi = bracket("newton", f, given.lo, given.hi)
  if not (lo < hi and x >= lo and x <= hi) then
    fail("newton: x0 must be between lo and hi, got lo = %g, x0 = %g, hi = %g", lo, x, hi)
  end
  if flo == 0 then return lo, flo end
  if fhi == 0 then return hi, fhi end
  return within(with_slope(f, given.slope, "number"), x, lo, hi, flo > 0 and 1 or -1, tol, most)
end

-- ---- maxima -------------------------------------------------------------------------------------

local GOLDEN <const> = (3 - math.sqrt(5)) / 2

--- The maximum of f in a..b by golden sections and parabolas (Brent 1973, chapter 5).
local function climb(f, a, b, tol)
  local x = a + GOLDEN * (b - a)
  local w, v, fx = x, x, f(x) -- the best, the second best, the w before
  local fw, fv, step, before = fx, fx, 0, 0
  while true do
    local middle, least = a / 2 + b / 2, tol * math.abs(x) + 1e-3 * tol * (b - a) + 1e-300
    if math.abs(x - middle) <= 2 * least - (b - a) / 2 then return x, fx end
    local parabola = false
    if math.abs(before) > least then
      local r, q = (x - w) * (fv - fx), (x - v) * (fw - fx)
      local p = (x - v) * q - (x - w) * r
      q = 2 * (q - r)
      if q > 0 then p = -p else q = -q end
      if math.abs(p) < math.abs(0.5 * q * before) and p > q * (a - x) and p < q * (b - x) then
        before, step, parabola = step, p / q, true
        local u = x + step
        if u - a < 2 * least or b - u < 2 * least then step = x < middle and least or -least end
      end
    end
    if not parabola then
      before = x < middle and b - x or a - x
      step = GOLDEN * before
    end
    local u = x + (math.abs(step) >= least and step or step > 0 and least or -least)
    local fu = f(u)
    if fu >= fx then
      if u < x then b = x else a = x end
      v, fv, w, fw, x, fx = w, fw, x, fx, u, fu
    else
      if u < x then a = u else b = u end
      if fu >= fw or w == x then
        v, fv, w, fw = w, fw, u, fu
      elseif fu >= fv or v == x or v == w then
        v, fv = u, fu
      end
    end
  end
end

--- sd.maximize1d(f, a, b[, {tol=1e-8, grid=n}]) -> x, f(x): a local maximum of f in a..b, ends
-- included; the only one if f rises and then falls. With grid=n the search is around the best of
-- n+1 equally spaced points: global up to peaks narrower than (b-a)/n. x is known to about
-- tol |x|; below 1e-8, the root of eps, values of f do not tell points apart.
function roots.maximize1d(f, a, b, given)
  check.callable("maximize1d", "argument 1", f)
  a, b = check.number("maximize1d", "a", a), check.number("maximize1d", "b", b)
  if not (a < b) then fail("maximize1d: a must be below b, got a = %g, b = %g", a, b) end
  given = check.options("maximize1d", given, { "tol", "grid" })
  local tol = check.fraction("maximize1d", "option 'tol'", given.tol, 1e-8)
  local n = check.whole("maximize1d", "option 'grid'", given.grid, 1, 2^24, 1)
  local function value(x) return call("maximize1d", "finite", f, x) end
  local function point(k) return k == n and b or a + (b - a) * (k / n) end
  local best, fbest, at = a, value(a), 0
  for k = 1, n do
    local x = point(k)
    local y = value(x)
    if y > fbest then best, fbest, at = x, y, k end
  end
  local x, y = climb(value, point(math.max(at - 1, 0)), point(math.min(at + 1, n)), tol)
  if y > fbest then return x, y end
  return best, fbest
end

return roots
