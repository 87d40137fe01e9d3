--- Packings: points of a ball no two of which are nearer than eps, as the anchors of a covering
-- argument are.
local core = require "saddle.core"
local sd = require "saddle"
local check = require "saddle.check"
local fail = require("saddle.tree").fail
core.tracing.module()

local packing = {}

--- The least distance of two columns of P; infinity for fewer than two.
local function least_distance(P)
  local least = math.huge
  for j = 2, P.cols do
    local d = sd.norm(P:col(1, j - 1) - P:col(j), { dim = 1 })
    least = math.min(least, sd.min(d))
  end
  return least
end

--- Bases (columns) of lattices with least distance 1: the integers, the hexagonal lattice, D_3 and
-- D_4, each the densest of its dimension.
local h, r = math.sqrt(3) / 2, math.sqrt(0.5)
local bases = {
  { { 1 } },
  { { 1, 0.5 }, { 0, h } },
  { { r, r, 0 }, { -r, r, r }, { 0, 0, -r } },
  { { r, r, 0, 0 }, { -r, r, r, 0 }, { 0, 0, -r, r }, { 0, 0, 0, -r } },
}

--- The points of the lattice in the ball, nearest to the centre first (ties in the order of their
-- coordinates), at most `count`.
local function lattice(dim, radius, eps, count)
  local B = sd.matrix(bases[dim])
  -- coordinates of a point x are B^-1 x, so none exceeds |B^-1|_2 radius / eps
  local most = math.floor(radius / eps * sd.norm(sd.inv(B), 2) + 1e-9)
  if (2 * most + 1) ^ dim > 5e5 then
    fail("packing: the lattice has %.3g points to look at for radius %g and eps %g; place points "
      .. "at random (give an rng and a count)", (2 * most + 1) ^ dim, radius, eps)
  end
  local found, digits = {}, {}
  local function extend(k)
    if k > dim then
      local x, square = {}, 0
      for i = 1, dim do
        x[i] = 0
        for j = 1, dim do x[i] = x[i] + bases[dim][i][j] * digits[j] end
        x[i] = x[i] * eps * (1 + 2 ^ -50) -- so that rounding leaves no distance below eps
        square = square + x[i] * x[i]
      end
      if math.sqrt(square) <= radius then found[#found + 1] = { square, #found, x } end
      return
    end
    for v = -most, most do
      digits[k] = v
      extend(k + 1)
    end
  end
  extend(1)
  table.sort(found, function(a, b)
    if math.abs(a[1] - b[1]) > 1e-9 * eps * eps then return a[1] < b[1] end
    return a[2] < b[2]
  end)
  if count and #found < count then
    fail("packing: the lattice has %d points in the ball, not %d", #found, count)
  end
  local P = sd.zeros(dim, count or #found)
  for j = 1, P.cols do P:col(j):copy_(sd.matrix(found[j][3])) end
  return P, P.cols
end

--- Uniform points of the ball, each kept when it is eps away from all before.
local function place(rng, dim, radius, eps, count, tries)
  local P, placed, proposals = sd.zeros(dim, count), 0, 0
  while placed < count do
    if proposals == tries then
      fail("packing: %d proposals placed %d of %d points; make eps or the count smaller, the "
        .. "radius or 'tries' larger", tries, placed, count)
    end
    proposals = proposals + 1
    local g = rng:randn(dim, 1)
    local x = g * (radius * rng:rand() ^ (1 / dim) / sd.norm(g))
    local near = placed > 0 and sd.min(sd.norm(P:col(1, placed) - x, { dim = 1 })) or math.huge
    if near >= eps and sd.norm(x) <= radius then
      placed = placed + 1
      P:col(placed):copy_(x)
    end
  end
  return P, proposals
end

--- sd.packing{dim=, radius=, eps=, count=, rng=, tries=} -> P (dim x count), info. Points of the
-- ball around 0 with all distances >= eps. With an rng: `count` uniform points with rejection, at
-- most `tries` proposals (1000 + 100 count). Without one, dim <= 4: the points of the densest
-- lattice, all of them or the `count` nearest to 0. info = {distance=, radius=, proposals=}: the
-- least distance and the largest length, as measured on P.
function packing.packing(given)
  local fn = "packing"
  given = check.options(fn, given, { "dim", "radius", "eps", "count", "rng", "tries" })
  local dim = check.whole(fn, "option 'dim'", given.dim, 1)
  local radius = check.positive(fn, "option 'radius'", given.radius)
  local eps = check.positive(fn, "option 'eps'", given.eps)
  local count = given.count and check.whole(fn, "option 'count'", given.count, 1)
  local P, proposals
  if given.rng ~= nil then
    check.rng(fn, "option 'rng'", given.rng)
    if not count then fail("packing: random placement needs option 'count'") end
    local tries = check.whole(fn, "option 'tries'", given.tries or 1000 + 100 * count, count)
    P, proposals = place(given.rng, dim, radius, eps, count, tries)
  elseif dim > 4 then
    fail("packing: the fixed construction is for dimensions up to 4, not %d; give an rng and a "
      .. "count", dim)
  else
    P, proposals = lattice(dim, radius, eps, count)
  end
  return P, { distance = least_distance(P), radius = sd.max(sd.norm(P, { dim = 1 })),
    proposals = proposals }
end

return packing
