--- How much room a comparison leaves, free of units, so that margins of unlike statements compare.
--
-- For a <= b the room is (b - a) / max(|a|, |b|): from -2 to 2, and within -1 and 1 where the signs
-- agree, 0 where a = b, 0 = 0 included. Both are divided before they are subtracted: nothing over-
-- or underflows, and the sign is that of the comparison to the last bit (one of the quotients is 1
-- or -1, and the other, correctly rounded, is not unless a and b are equal). An infinite side has
-- the limit: 5 <= inf has room 1, inf <= 5 has -1. Where b - a is NaN, for a NaN or two equal
-- infinities, nothing is known: the comparison is false, with room -inf.
--
--   x <= y   room of x <= y + tol             x >= y   room of y <= x + tol
--   x <  y   the same, but room 0 is false    x >  y   the same, but room 0 is false
--   x == y   room of |x - y| <= tol: 1 where they are equal, 0 where all of tol is used
--
-- The sides are numbers or matrices of one shape, or one of them is a number, as which a 1x1 matrix
-- counts. Of matrices the element with the least room decides, the first of equal ones.
local core = require "saddle.core"
local check = require "saddle.check"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local margin = {}

--- What is true of x, y and tol, by relation: the sides a and b of a <= b, and whether equal ones
-- will do.
local relations = {
  ["<="] = { sides = function(x, y, tol) return x, y + tol end, weak = true },
  [">="] = { sides = function(x, y, tol) return y, x + tol end, weak = true },
  ["<"] = { sides = function(x, y, tol) return x, y + tol end, weak = false },
  [">"] = { sides = function(x, y, tol) return y, x + tol end, weak = false },
  ["=="] = { sides = function(x, y, tol) return math.abs(x - y), tol end, weak = true },
}
margin.RELATIONS = { "<=", ">=", "<", ">", "==" }

--- The room of a <= b.
function margin.room(a, b)
  if a ~= a or b ~= b then return -math.huge end
  if a == b then return a - b == 0 and 0.0 or -math.huge end
  local size = math.max(math.abs(a), math.abs(b))
  if size == math.huge then
    local function unit(v) return v == math.huge and 1.0 or v == -math.huge and -1.0 or 0.0 end
    return unit(b) - unit(a)
  end
  return b / size - a / size
end

--- A side as a function from position to number, and the matrix that it is of, if it is no number.
local function side(fn, name, which, v)
  if tracing.issymbol(v) then
    fail("%s: '%s': the %s side is a symbol, which has no value: record it, and compare what the "
      .. "run has recorded", fn, name, which)
  end
  if core.ismatrix(v) and v.rows * v.cols == 1 then v = v:item() end
  if type(v) == "number" then return function() return v end end
  if not core.ismatrix(v) then
    fail("%s: '%s': the %s side must be a number or a matrix, got %s", fn, name, which,
      core.show(v))
  end
  if #v == 0 then
    fail("%s: '%s': the %s side has no elements (%dx%d): nothing would be compared", fn, name,
      which, v.rows, v.cols)
  end
  return v, v
end

--- margin.compare(fn, name, x, rel, y[, tol]) -> {x=, y=, rel=, tol=, margin=, holds=} of the
-- element that decides; `at` is its {row, column} and `shape` the matrix's, if there is one. `fn`
-- and `name` go into errors.
function margin.compare(fn, name, x, rel, y, tol)
  local relation = relations[rel]
  if not relation then
    fail("%s: '%s': a relation is one of '%s', got %s", fn, name,
      table.concat(margin.RELATIONS, "', '"), core.show(rel))
  end
  tol = check.number(fn, ("the tolerance of '%s'"):format(name), tol, 0, nil, 0.0)
  local left, A = side(fn, name, "left", x)
  local right, B = side(fn, name, "right", y)
  if A and B and (A.rows ~= B.rows or A.cols ~= B.cols) then
    fail("%s: '%s': the shapes differ: the left side is %dx%d, the right side %dx%d", fn, name,
      A.rows, A.cols, B.rows, B.cols)
  end
  local shape = A or B
  local worst, at
  for k = 1, shape and #shape or 1 do
    local room = margin.room(relation.sides(left(k), right(k), tol))
    if not worst or room < worst then worst, at = room, k end
  end
  local found = { x = left(at), y = right(at), rel = rel, tol = tol, margin = worst,
    holds = worst > 0 or relation.weak and worst == 0 }
  if shape then
    found.at = { (at - 1) % shape.rows + 1, (at - 1) // shape.rows + 1 }
    found.shape = { shape.rows, shape.cols }
  end
  return found
end

-- ---- in words -----------------------------------------------------------------------------------

--- A number as messages have it.
function margin.text(v) return v ~= v and "NaN" or ("%.6g"):format(v) end
local text = margin.text

--- Why nothing is known of the comparison, or nil.
local function unknown(s)
  if s.x ~= s.x and s.y ~= s.y then return "both sides are NaN" end
  if s.x ~= s.x then return "the left side is NaN" end
  if s.y ~= s.y then return "the right side is NaN" end
  if s.x - s.y ~= s.x - s.y then return "both sides are infinite" end
end

--- What margin.compare has found, in words.
function margin.words(s)
  local tol = s.tol > 0 and ", tolerance " .. text(s.tol) or ""
  local where = s.at and (" at (%d,%d) of %dx%d"):format(s.at[1], s.at[2], s.shape[1], s.shape[2])
    or ""
  local why = unknown(s)
  return ("%s %s %s%s%s (%s%s)"):format(text(s.x), s.rel, text(s.y), s.holds and "" or " is false",
    where, why or "margin " .. text(s.margin), tol)
end

return margin
