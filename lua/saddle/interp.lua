--- sd.interp1: a function through points.
--
--   g = sd.interp1(x, y[, {method="linear", outside="error"}])
--   g(q)    of a number, or of each element of a matrix
--
-- method "linear" joins the points by lines, "cubic" by cubics with one slope at each point, chosen
-- so that g rises and falls with the points and has no bumps between them (F. N. Fritsch, J.
-- Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300-304: the slope is a weighted harmonic mean of
-- those of the two lines, and 0 where they differ in sign). x ascends. Outside the first and last
-- x: "error", "clamp" (the value at the end) or "extend" (the line, or cubic, goes on).
local core = require "saddle.core"
local check = require "saddle.check"
local piece_of = require "saddle.piece"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local METHODS <const>, OUTSIDE <const> = { "linear", "cubic" }, { "error", "clamp", "extend" }
local interp = {}

--- The slope at an end from those of the first two lines and their lengths: the parabola's, cut to
-- what keeps the first piece monotone.
local function end_slope(h, k, s, t)
  local d = ((2 * h + k) * s - h * t) / (h + k)
  if d * s <= 0 then return 0 end
  return s * t < 0 and math.abs(d) > 3 * math.abs(s) and 3 * s or d
end

local function monotone_slopes(x, y)
  local n, h, s, d = #x, {}, {}, {}
  for k = 1, n - 1 do
    h[k] = x[k + 1] - x[k]
    s[k] = (y[k + 1] - y[k]) / h[k]
  end
  if n == 2 then return { s[1], s[1] } end
  d[1] = end_slope(h[1], h[2], s[1], s[2])
  d[n] = end_slope(h[n - 1], h[n - 2], s[n - 1], s[n - 2])
  for k = 2, n - 1 do
    local a, b = 2 * h[k] + h[k - 1], h[k] + 2 * h[k - 1]
    d[k] = s[k - 1] * s[k] > 0 and (a + b) / (a / s[k - 1] + b / s[k]) or 0
  end
  return d
end

--- The function of a number.
local function through(xs, ys, slopes, outside)
  local first, last = xs[1], xs[#xs]
  return function(x)
    if type(x) ~= "number" or x ~= x then
      fail("interp1: needs a number or a matrix, got %s", core.show(x))
    end
    if not (x >= first and x <= last) then
      if outside == "error" then
        fail("interp1: %.17g is outside %.17g..%.17g; outside=\"clamp\" or \"extend\" allows it", x,
          first, last)
      elseif outside == "clamp" then
        return x < first and ys[1] or ys[#ys]
      end
    end
    local k = piece_of(xs, x)
    local h = xs[k + 1] - xs[k]
    local t = (x - xs[k]) / h
    if not slopes then return (1 - t) * ys[k] + t * ys[k + 1] end
    local r = 1 - t
    return r^2 * ((1 + 2 * t) * ys[k] + h * t * slopes[k])
      + t^2 * ((3 - 2 * t) * ys[k + 1] - h * r * slopes[k + 1])
  end
end

--- sd.interp1(x, y[, options]) -> g. x and y are rows, columns or lists of one length, at least 2.
function interp.interp1(x, y, given)
  local xs = check.list("interp1", "x", x, 2)
  local ys = check.list("interp1", "y", y, 2)
  if #xs ~= #ys then
    fail("interp1: x and y must have as many elements, x has %d, y %d", #xs, #ys)
  end
  for k = 2, #xs do
    if not (xs[k] > xs[k - 1]) then
      fail("interp1: x must ascend, element %d is %g after %g", k, xs[k], xs[k - 1])
    end
  end
  given = check.options("interp1", given, { "method", "outside" })
  local method = check.word("interp1", "option 'method'", given.method, METHODS, "linear")
  local outside = check.word("interp1", "option 'outside'", given.outside, OUTSIDE, "error")
  local at = through(xs, ys, method == "cubic" and monotone_slopes(xs, ys) or nil, outside)
  return function(q)
    check.no_symbol("interp1", q, "evaluate it outside the traced function, or make an op of it "
      .. "with sd.op")
    if not core.ismatrix(q) then return at(q) end
    local out = core.zeros(q.rows, q.cols, { dtype = q.dtype })
    for k = 1, #q do out:set(k, at(q(k))) end
    return out
  end
end

return interp
