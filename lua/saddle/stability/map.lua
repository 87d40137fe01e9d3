--- Stability as a function of two numbers, such as step sizes: a matrix for sd.plot.
local check = require "saddle.check"
local core = require "saddle.core"
local eigen = require "saddle.stability.eigen"
local options = require "saddle.options"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local WHERE <const> = "stability.map"
local SIGN <const> = { stable = -1, marginal = 0, unstable = 1 }

--- The numbers of an axis, a list or a column or row.
local function axis(key, v)
  local list = v
  if tracing.kind(v) == "matrix" and not tracing.issymbol(v) then
    list = eigen.list(v)
  end
  if type(list) ~= "table" or rawlen(list) == 0 then
    fail("%s: option '%s' must be a list or a matrix of numbers, got %s", WHERE, key, core.show(v))
  end
  for i, x in ipairs(list) do
    if type(x) ~= "number" or x - x ~= 0 then
      fail("%s: %s[%d] must be a finite number, got %s", WHERE, key, i, core.show(x))
    end
  end
  return list
end

--- The spectral radius that `of` gave, and the verdict if it gave that.
local function radius_of(r, x, y)
  if tracing.kind(r) == "matrix" then
    eigen.check(WHERE, r)
    return eigen.radius(r)
  end
  local radius, verdict = r, nil
  if type(r) == "table" then radius, verdict = r.radius, r.verdict end
  if type(radius) ~= "number" or not (radius >= 0) then
    fail("%s: of(%g, %g) must give a radius, a table with one, or a square matrix, got %s", WHERE,
      x, y, core.show(r))
  end
  return radius, verdict
end

--- sd.stability.map{x =, y =, of = function(x, y)[, show = "radius"]} -> a matrix with a row for
-- each number of y and a column for each of x, for sd.plot.heat(M, {x =, y =}). of(x, y) gives a
-- step matrix, whose spectral radius is taken, or a radius, or a table with one such as
-- sd.stability.mode and game:stability give. With show = "verdict" the entries are -1 where the
-- step is stable, 1 where it is not, and 0 where that is open: by `verdict` where `of` gives one,
-- else by whether the radius is below, above or 1.
return function(given)
  local wrong = type(given) ~= "table" and "needs a table {x =, y =, of =}"
    or options.wrong(given, { "of", "show", "x", "y" })
  if wrong then fail("%s: %s", WHERE, wrong) end
  local xs, ys, of, show = axis("x", given.x), axis("y", given.y), given.of, given.show
  if not tracing.callable(of) then
    fail("%s: option 'of' must be a function of x and y, got %s", WHERE, core.show(of))
  end
  show = check.word(WHERE, "option 'show'", show, { "radius", "verdict" }, "radius")
  local M = core.zeros(#ys, #xs)
  for j, x in ipairs(xs) do
    for i, y in ipairs(ys) do
      local radius, verdict = radius_of(of(x, y), x, y)
      if show ~= "verdict" then
        M:set(i, j, radius)
      else
        M:set(i, j, SIGN[verdict] or radius < 1 and -1 or radius > 1 and 1 or 0)
      end
    end
  end
  return M
end
