--- Checks of arguments for modules written in Lua. Each returns what it has checked, or raises
-- "fn: <what> must be ..., got ..." under the script's line.
local core = require "saddle.core"
local options = require "saddle.options"
local fail = require("saddle.tree").fail
core.tracing.module()

local check = {}

local function between(low, high)
  if low and high then return (" from %.14g to %.14g"):format(low, high) end
  return low and (" from %.14g"):format(low) or high and (" up to %.14g"):format(high) or ""
end

--- A finite number, in [low, high] where given.
function check.number(fn, what, v, low, high)
  if type(v) ~= "number" or v - v ~= 0 or low and v < low or high and v > high then
    fail("%s: %s must be a finite number%s, got %s", fn, what, between(low, high), core.show(v))
  end
  return v
end

--- A finite number above 0.
function check.positive(fn, what, v)
  if type(v) ~= "number" or not (v > 0 and v < math.huge) then
    fail("%s: %s must be a number above 0, got %s", fn, what, core.show(v))
  end
  return v
end

--- A whole number in [low, high]; high may be left out.
function check.whole(fn, what, v, low, high)
  local n = type(v) == "number" and math.tointeger(v)
  if not n or n < low or high and n > high then
    fail("%s: %s must be a whole number%s, got %s", fn, what, between(low, high), core.show(v))
  end
  return n
end

--- A matrix of finite values, or a number as 1x1, in f64.
function check.matrix(fn, what, v)
  if core.tracing.issymbol(v) then
    fail("%s: has no traced form: call it on values before", fn)
  end
  if type(v) == "number" then v = core.matrix(v) end
  if not core.ismatrix(v) then fail("%s: %s must be a matrix, got %s", fn, what, core.show(v)) end
  if #v > 0 and core.min(core.isfinite(v)) == 0 then
    fail("%s: there are NaN or infinite elements in %s", fn, what)
  end
  return v.dtype == "f64" and v or v:to "f64"
end

--- As check.matrix, and symmetric to rounding: |A - A'| <= 1e-12 |A| (largest elements).
function check.symmetric(fn, what, v)
  local A = check.matrix(fn, what, v)
  if A.rows ~= A.cols then
    fail("%s: %s must be square, got %dx%d", fn, what, A.rows, A.cols)
  end
  if #A > 0 and core.max(core.abs(A - A:t())) > 1e-12 * core.max(core.abs(A)) then
    fail("%s: %s must be symmetric", fn, what)
  end
  return A
end

--- An rng with a value.
function check.rng(fn, what, v)
  if type(v) ~= "userdata" or getmetatable(v) ~= "saddle.rng" then
    fail("%s: %s must be an rng, got %s", fn, what, core.show(v))
  end
  return v
end

--- A function or what is called like one.
function check.callable(fn, what, v)
  local meta = type(v) == "table" and getmetatable(v)
  if type(v) ~= "function" and not (type(meta) == "table" and meta.__call) then
    fail("%s: %s must be a function, got %s", fn, what, core.show(v))
  end
  return v
end

--- A table of options with no other keys than names; nil is an empty one.
function check.options(fn, given, names)
  local wrong = options.wrong(given, names)
  if wrong then fail("%s: %s", fn, wrong) end
  return given or {}
end

return check
