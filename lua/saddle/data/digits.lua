--- sd.data.digits: drawn digits, for who needs images and has no file of them.
--
-- A digit is a few strokes of a round pen, arcs and lines in a box of [-1, 1] x [-1, 1], y
-- downwards. Each image draws, all uniform: the width of its pen in [0.16, 0.4], its size in
-- [0.85, 1.1] times 0.72 of the image, a shift in [-shift, shift] of both coordinates (the image is
-- [-1, 1] wide and high) and a shear x + a y with a in [-shear, shear], which bends the pen as
-- well. A pixel is
--
--   clamp(1/2 + (w/2 - distance to the strokes) / side of a pixel, 0, 1)
--
-- with lengths as the pen sees them: the part of the pixel that the pen covers, had its edge been
-- straight and level. Then normal noise is added and what leaves [0, 1] is cut off.
local sd = require "saddle"
local check = require "saddle.check"
local core = require "saddle.core"
local tree = require "saddle.tree"
tree.module()

local OPTIONS <const> = { "noise", "shear", "shift", "side" }
local FILLED <const> = 0.72 -- part of the image that a digit of size 1 is high

-- ---- the strokes --------------------------------------------------------------------------------

--- Points of an arc of an ellipse, from angle a to b in degrees, counter-clockwise for b > a.
local function arc(x, y, rx, ry, a, b)
  local points, n = {}, math.ceil(math.abs(b - a) / 30)
  for k = 0, n do
    local angle = math.rad(a + (b - a) * k / n)
    points[k + 1] = { x + rx * math.cos(angle), y - ry * math.sin(angle) }
  end
  return points
end

--- Lists of points, one after the other.
local function path(...)
  local points = {}
  for _, part in ipairs { ... } do table.move(part, 1, #part, #points + 1, points) end
  return points
end

--- The strokes of digit c are strokes[c + 1]: lists of points that lines connect.
local strokes <const> = {
  { arc(0, 0, 0.55, 0.95, 0, 360) },
  { { { -0.3, -0.6 }, { 0.05, -0.95 }, { 0.05, 0.95 } } },
  { path(arc(0, -0.45, 0.5, 0.5, 170, -30), { { -0.5, 0.95 }, { 0.55, 0.95 } }) },
  { path(arc(0, -0.47, 0.48, 0.48, 150, -90), arc(0, 0.48, 0.52, 0.47, 90, -150)) },
  { { { 0.25, 0.95 }, { 0.25, -0.95 }, { -0.55, 0.4 }, { 0.6, 0.4 } } },
  { path({ { 0.5, -0.95 }, { -0.4, -0.95 } }, arc(-0.02, 0.35, 0.52, 0.6, 140, -140)) },
  { path(arc(0.35, 0.35, 0.85, 1.3, 90, 180), arc(0, 0.4, 0.5, 0.55, 180, -180)) },
  { { { -0.5, -0.95 }, { 0.55, -0.95 }, { -0.1, 0.95 } } },
  { arc(0, -0.48, 0.42, 0.47, 0, 360), arc(0, 0.47, 0.52, 0.48, 0, 360) },
  { path(arc(0, -0.4, 0.5, 0.55, 0, 360), { { 0.5, -0.4 }, { 0.3, 0.95 } }) },
}

--- The squared distance of points (x, y), matrices of one shape, from the strokes of a digit.
local function squared_distance(x, y, digit)
  local best
  for _, points in ipairs(strokes[digit + 1]) do
    for k = 2, #points do
      local a, b = points[k - 1], points[k]
      local dx, dy = b[1] - a[1], b[2] - a[2]
      local length = dx * dx + dy * dy
      if length > 0 then
        local u, v = x - a[1], y - a[2]
        local t = sd.clamp((dx / length) * u + (dy / length) * v, 0, 1)
        local d = (u - dx * t) ^ 2 + (v - dy * t) ^ 2
        best = best and sd.min(best, d) or d
      end
    end
  end
  return best
end

-- ---- images -------------------------------------------------------------------------------------

--- Images of one digit without noise, a column for each column of U (5,n), uniform on [0, 1).
local function draw(digit, U, o)
  local function between(row, low, high) return low + (high - low) * U:row(row) end
  local width, size = between(1, 0.16, 0.4), FILLED * between(2, 0.85, 1.1)
  local centre = 2 / o.side * (sd.linspace(1, o.side, o.side) - 0.5) - 1
  local ones = sd.ones(o.side, 1)
  local images = sd.zeros(o.side * o.side, U.cols)
  local x = images + sd.kron(ones, centre) - between(3, -o.shift, o.shift)
  local y = images + sd.kron(centre, ones) - between(4, -o.shift, o.shift)
  x = (x - y % between(5, -o.shear, o.shear)) / size
  local distance = sd.sqrt(squared_distance(x, y / size, digit))
  return sd.clamp(0.5 + (0.5 * width - distance) % (o.side / 2 * size), 0, 1)
end

--- sd.data.digits(rng, n[, {side=16, noise=0.05, shift=0.1, shear=0.25}]) -> X (side^2, n) in
-- [0, 1], a column an image, row of pixels after row, 1 where there is ink; labels (1,n), the
-- digits 0, 1, ..., 9, 0, ... in turn. Takes two draws of the rng: the first n images are the same
-- for every larger n. The rng may be a symbol.
return function(rng, n, given)
  local fn = "data.digits"
  if not core.tracing.isrng(rng) then
    tree.fail("%s: argument 1 must be an rng, got %s", fn, core.show(rng))
  end
  n = check.whole(fn, "the number of images", n, 0)
  given = check.options(fn, given, OPTIONS)
  local o = { side = check.whole(fn, "option 'side'", given.side, 1, 1024, 16) }
  for name, default in pairs { noise = 0.05, shift = 0.1, shear = 0.25 } do
    o[name] = check.number(fn, ("option '%s'"):format(name), given[name], 0, nil, default)
  end
  local U, noise = rng:rand(5, n), rng:randn(o.side * o.side, n)
  if n == 0 then return noise, sd.zeros(1, 0) end
  local blocks, place, labels, at = {}, sd.zeros(1, n), sd.zeros(1, n), 0
  for digit = 0, math.min(9, n - 1) do
    local columns = {}
    for j = digit + 1, n, 10 do
      at = at + 1
      columns[#columns + 1] = j
      place:set(1, j, at) -- of image j among the blocks
      labels:set(1, j, digit)
    end
    blocks[#blocks + 1] = draw(digit, U:col(sd.matrix(columns)), o)
  end
  local X = sd.hcat(table.unpack(blocks)):col(place)
  return sd.clamp(X + o.noise * noise, 0, 1), labels
end
