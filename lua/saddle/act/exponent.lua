--- The exponents of a function f of one variable: r1 = sup r(a), r2 = inf r(a) over the a /= 0 with
-- f(a) /= 0, where r(a) = a f'(a) / f(a) is the slope of log|f| over log|a|.
--
-- They bound f between powers, t^r1 |f(a)| <= |f(ta)| <= t^r2 |f(a)| for 0 < t < 1 [Song et al.,
-- Subquadratic overparameterization for shallow neural networks, theorem 3]: log|f(a)| - log|f(ta)|
-- is the integral of r(s) / s over s from ta to a.
--
-- r is looked at on a grid in log|a|, 16 points an octave, |a| from 2^-100 to 2^100, where what
-- functions have of limits at 0 and at infinity has been reached to rounding; an extremum inside is
-- then refined between its neighbours. At a zero of f, r has a pole; where f falls below 1e-290, it
-- falls faster than every power: an extremum beside such a place is infinite.
local sd = require "saddle"

local OCTAVES <const>, DENSITY <const>, VANISHES <const> = 100, 16, 1e-290

local function finite(v) return v - v == 0 end

--- The largest value of h between l and u, where it has one maximum: golden section. At a maximum h
-- is flat: 1e-9 in its argument is below rounding in its value.
local function maximum(h, l, u)
  local golden = (math.sqrt(5) - 1) / 2
  local p, q = u - golden * (u - l), l + golden * (u - l)
  local hp, hq = h(p), h(q)
  while u - l > 1e-9 do
    if hp > hq then
      u, q, hq = q, p, hp
      p = u - golden * (u - l)
      hp = h(p)
    else
      l, p, hp = p, q, hq
      q = l + golden * (u - l)
      hq = h(q)
    end
  end
  return math.max(hp, hq)
end

--- The values sign * r at the points side * 2^x of the grid, false where f vanishes; and whether f
-- changes its sign between two neighbours.
local function scan(f, d, side, x)
  local a = side * 2 ^ x
  local y, slope, r, crosses = f(a), d(a), {}, false
  for k = 1, #a do
    local v, s = y(k), slope(k)
    r[k] = finite(v) and finite(s) and math.abs(v) > VANISHES and a(k) * s / v
    crosses = crosses or k > 1 and v * y(k - 1) < 0
  end
  return r, crosses
end

--- sup of sign * r on one side; nil where f vanishes all over it.
local function side_supremum(f, d, side, sign, x)
  local r, crosses = scan(f, d, side, x)
  if crosses then return math.huge end
  local best
  for k = 1, #r do
    if r[k] and (not best or sign * r[k] > sign * r[best]) then best = k end
  end
  if not best then return nil end
  if r[best - 1] == false or r[best + 1] == false then return math.huge end
  if best == 1 or best == #r then return sign * r[best] end
  local function h(at)
    local a = side * 2 ^ at
    return sign * a * d(a) / f(a)
  end
  return math.max(sign * r[best], maximum(h, x(best - 1), x(best + 1)))
end

--- exponents(f, d) -> r1, r2. f and its derivative d take matrices and numbers. A function that is
-- 0 everywhere has none: it gives -inf, inf, the bounds over nothing.
return function(f, d)
  local x = sd.linspace(-OCTAVES, OCTAVES, 2 * OCTAVES * DENSITY + 1)
  local r1, minus_r2 = -math.huge, -math.huge
  for _, side in ipairs { -1, 1 } do
    r1 = math.max(r1, side_supremum(f, d, side, 1, x) or -math.huge)
    minus_r2 = math.max(minus_r2, side_supremum(f, d, side, -1, x) or -math.huge)
  end
  return r1, -minus_r2
end
