--- Checks of what numerical functions are given, and their sentences. `name` is the function's;
-- all of them raise at the place of the script that called it.
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local numbers = {}

--- v as messages show it.
local function show(v)
  if type(v) == "number" then return ("%.6g"):format(v):gsub("%-?nan", "NaN") end
  return tracing.issymbol(v) and tostring(v) or core.show(v)
end
numbers.show = show

--- Raises for a table of options (or nil) with keys that are not among names; returns a table.
function numbers.options(name, given, names)
  local wrong = options.wrong(given, names)
  if wrong then fail("%s: %s", name, wrong) end
  return given or {}
end

--- A symbol has no value to work with: `way` says what to do instead.
function numbers.no_symbol(name, v, way)
  if tracing.issymbol(v) then fail("%s: has no traced form: %s", name, way) end
end

--- v, a finite number.
function numbers.finite(name, what, v)
  if type(v) ~= "number" or v - v ~= 0 then
    fail("%s: %s must be a finite number, got %s", name, what, show(v))
  end
  return v + 0.0
end

--- v, or `default` when it is nil: a finite number above 0 (from 0 when `zero`).
function numbers.positive(name, what, v, default, zero)
  if v == nil then return default end
  numbers.finite(name, what, v)
  if v < 0 or v == 0 and not zero then
    fail("%s: %s must be %s, got %s", name, what, zero and "at least 0" or "above 0", show(v))
  end
  return v + 0.0
end

--- v, or `default` when it is nil: a number strictly between 0 and 1.
function numbers.fraction(name, what, v, default)
  if v == nil then return default end
  if type(v) ~= "number" or not (v > 0 and v < 1) then
    fail("%s: %s must be above 0 and below 1, got %s", name, what, show(v))
  end
  return v
end

--- v, or `default` when it is nil: a whole number from `least` on (to `most`), as an integer.
function numbers.whole(name, what, v, least, default, most)
  if v == nil and default then return default end
  local n = math.tointeger(type(v) == "number" and v or nil)
  if not n or n < least or most and n > most then
    fail("%s: %s must be a whole number %s, got %s", name, what,
      most and ("in %d..%d"):format(least, most) or "from " .. least, show(v))
  end
  return n
end

--- Raises unless f can be called.
function numbers.callable(name, what, f)
  if not tracing.callable(f) then fail("%s: %s must be a function, got %s", name, what, show(f)) end
end

--- The elements of a list or of a row or column, as a new Lua list of at least `least` finite
-- numbers.
function numbers.list(name, what, v, least)
  numbers.no_symbol(name, v, "it needs values; call it outside the traced function")
  local out = {}
  if core.ismatrix(v) then
    if v.rows ~= 1 and v.cols ~= 1 then
      fail("%s: %s must be a list, a row or a column, got %s", name, what, show(v))
    end
    for k = 1, #v do out[k] = v(k) end
  elseif type(v) == "table" and getmetatable(v) == nil then
    for k = 1, #v do out[k] = v[k] end
  else
    fail("%s: %s must be a list, a row or a column, got %s", name, what, show(v))
  end
  for k, x in ipairs(out) do
    if type(x) ~= "number" or x - x ~= 0 then
      fail("%s: element %d of %s must be a finite number, got %s", name, k, what, show(x))
    end
  end
  if #out < least then
    fail("%s: %s must have at least %d elements, it has %d", name, what, least, #out)
  end
  return out
end

--- f(x, ...), a number or the element of a 1x1 matrix: "finite", any "number", or also "NaN".
function numbers.call(name, allowed, f, x, ...)
  local v = f(x, ...)
  if core.ismatrix(v) and v.rows == 1 and v.cols == 1 then v = v:item() end
  if type(v) ~= "number" then
    fail("%s: the function must return a number, at %s it returned %s", name, show(x), show(v))
  end
  if v ~= v and allowed ~= "NaN" or v - v ~= 0 and allowed == "finite" then
    fail("%s: the function is %s at %s", name, show(v),
      type(x) == "number" and ("%.17g"):format(x) or show(x))
  end
  return v
end

return numbers
