--- Checks of what functions written in Lua are given. Each returns what it has checked, or raises
-- "fn: what must be ..., got ..." at the line of the script that called. `fn` is the function's
-- name, `what` says which argument it is: "rho", "argument 1", "option 'tol'". Where a last
-- argument `default` is allowed, it is returned in place of nil.
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local check = {}

local function must(fn, what, demand, v)
  fail("%s: %s must be %s, got %s", fn, what, demand, core.show(v))
end

-- ---- numbers ------------------------------------------------------------------------------------

--- A finite number, in [low, high] where these are given, as a float.
function check.number(fn, what, v, low, high, default)
  if v == nil and default ~= nil then return default end
  local entry = options.number(what, nil, low, high)
  if not options.allows(entry, v) then must(fn, what, options.demand(entry), v) end
  return v + 0.0
end

--- A finite number above 0.
function check.positive(fn, what, v, default)
  return check.number(fn, what, v, options.POSITIVE, nil, default)
end

--- A number strictly between 0 and 1.
function check.fraction(fn, what, v, default)
  if v == nil and default ~= nil then return default end
  if type(v) ~= "number" or not (v > 0 and v < 1) then
    must(fn, what, "above 0 and below 1", v)
  end
  return v
end

--- A whole number from `low` on (to `high`), as an integer.
function check.whole(fn, what, v, low, high, default)
  if v == nil and default ~= nil then return default end
  local n = type(v) == "number" and math.tointeger(v)
  if not n or n < low or high and n > high then
    must(fn, what, ("a whole number from %d"):format(low)
      .. (high and (" to %d"):format(high) or ""), v)
  end
  return n
end

-- ---- texts --------------------------------------------------------------------------------------

--- Whether v can name something in tables, files and JSON: UTF-8 of 1 to 100 bytes, none of them a
-- control character.
function check.is_name(v)
  return type(v) == "string" and #v >= 1 and #v <= 100 and not v:find "%c" and utf8.len(v) ~= nil
end

--- A string that is such a name.
function check.name(fn, what, v)
  if not check.is_name(v) then
    must(fn, what, "a name of at most 100 bytes of UTF-8 without control characters", v)
  end
  return v
end

--- A string of UTF-8 with something to read in it.
function check.text(fn, what, v)
  if type(v) ~= "string" or not v:find "%S" or not utf8.len(v) then
    must(fn, what, "a text of UTF-8", v)
  end
  return v
end

-- ---- matrices and lists -------------------------------------------------------------------------

--- A symbol has no value to work with: `way` says what to do instead.
function check.no_symbol(fn, v, way)
  if tracing.issymbol(v) then fail("%s: has no traced form: %s", fn, way) end
end

--- A matrix of finite values, or a number as 1x1, in f64.
function check.matrix(fn, what, v)
  check.no_symbol(fn, v, "call it on values before")
  if type(v) == "number" then v = core.matrix(v) end
  if not core.ismatrix(v) then must(fn, what, "a matrix", v) end
  if #v > 0 and core.min(core.isfinite(v)) == 0 then
    fail("%s: %s has NaN or infinite elements", fn, what)
  end
  return v.dtype == "f64" and v or v:to "f64"
end

--- As check.matrix, and symmetric to rounding: |A - A'| <= 1e-12 |A| (largest elements).
function check.symmetric(fn, what, v)
  local A = check.matrix(fn, what, v)
  if A.rows ~= A.cols then must(fn, what, "square", A) end
  if #A > 0 and core.max(core.abs(A - A:t())) > 1e-12 * core.max(core.abs(A)) then
    fail("%s: %s must be symmetric", fn, what)
  end
  return A
end

--- The elements of a list or of a row or column, as a new Lua list of at least `least` finite
-- numbers.
function check.list(fn, what, v, least)
  check.no_symbol(fn, v, "it needs values; call it outside the traced function")
  local matrix = core.ismatrix(v)
  if matrix and v.rows ~= 1 and v.cols ~= 1
    or not matrix and not (type(v) == "table" and getmetatable(v) == nil) then
    must(fn, what, "a list, a row or a column", v)
  end
  local out = {}
  for k = 1, #v do
    local x = matrix and v(k) or v[k]
    if type(x) ~= "number" or x - x ~= 0 then
      must(fn, ("element %d of %s"):format(k, what), "a finite number", x)
    end
    out[k] = x
  end
  if #out < least then
    fail("%s: %s must have at least %d elements, it has %d", fn, what, least, #out)
  end
  return out
end

-- ---- functions ----------------------------------------------------------------------------------

--- A function or what is called like one.
function check.callable(fn, what, v)
  if not tracing.callable(v) then must(fn, what, "a function", v) end
  return v
end

--- f(x, ...), a number or the element of a 1x1 matrix: "finite", any "number", or also "NaN".
function check.call(fn, allowed, f, x, ...)
  local v = f(x, ...)
  if core.ismatrix(v) and v.rows == 1 and v.cols == 1 then v = v:item() end
  if type(v) ~= "number" then
    fail("%s: the function must return a number, at %s it returned %s", fn, core.show(x),
      core.show(v))
  end
  if v ~= v and allowed ~= "NaN" or v - v ~= 0 and allowed == "finite" then
    fail("%s: the function is %s at %s", fn, core.show(v),
      type(x) == "number" and ("%.17g"):format(x) or core.show(x))
  end
  return v
end

-- ---- options, names and rngs --------------------------------------------------------------------

--- A table of options with no other keys than names; nil is an empty one.
function check.options(fn, given, names)
  local wrong = options.wrong(given, names)
  if wrong then fail("%s: %s", fn, wrong) end
  return given or {}
end

--- Raises that there is no such thing as `name`, which is not among names; `kind` is what they are.
function check.unknown(fn, kind, name, names)
  fail("%s: no %s %s (%s)", fn, kind, type(name) == "string"
    and ("'%s'"):format(name:gsub("%c", "?")) or "has the name " .. core.show(name),
    options.hint(name, names))
end

--- The table of functions and modules t, which raises for names it does not have.
function check.directory(fn, kind, t)
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return setmetatable(t, { __names = names,
    __index = function(_, name) check.unknown(fn, kind, name, names) end })
end

--- true or false; nil is `default`, or false.
function check.flag(fn, what, v, default)
  if v == nil then return default or false end
  if type(v) ~= "boolean" then must(fn, what, "true or false", v) end
  return v
end

--- One of the words.
function check.word(fn, what, v, words, default)
  if v == nil and default ~= nil then return default end
  for _, word in ipairs(words) do if v == word then return v end end
  local n = #words
  must(fn, what, ("'%s' or '%s'"):format(table.concat(words, "', '", 1, n - 1), words[n]), v)
end

--- An rng with a value; a traced one has none.
function check.rng(fn, what, v)
  local isrng, traced = tracing.isrng(v)
  if not isrng or traced then must(fn, what, traced and "an rng with a value" or "an rng", v) end
  return v
end

return check
