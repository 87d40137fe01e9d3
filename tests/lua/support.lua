--- Shared by the Lua tests.
local sd = require "saddle"
local support = {}

--- The executable, for tests that start a process of their own: it needs no search paths.
support.saddle = os.getenv "SADDLE" or "build/saddle"

--- The stock interpreter with the module of the same build; nil under a sanitizer, which it cannot
-- load.
local build = support.saddle:match "^(.*)/"
support.stock = not os.getenv "ASAN_OPTIONS" and
  ('LUA_PATH="lua/?.lua;lua/?/init.lua;;" LUA_CPATH="%s/lib/?.so;;" lua5.4'):format(build) or nil

--- The largest |element| of A - B (or of A).
function support.distance(A, B)
  local worst = 0
  for k = 1, #A do
    local d = math.abs(A(k) - (B and B(k) or 0))
    if d ~= d then return d end -- NaN wins: no tolerance covers it
    worst = math.max(worst, d)
  end
  return worst
end

--- Asserts that shapes agree and every element differs by at most tol.
function support.near(A, B, tol)
  if not sd.ismatrix(A) then
    assert(math.abs(A - B) <= tol, ("%.17g is not within %g of %.17g"):format(A, tol, B))
    return
  end
  assert(A.rows == B.rows and A.cols == B.cols,
    ("shapes differ: %dx%d and %dx%d"):format(A.rows, A.cols, B.rows, B.cols))
  local d = support.distance(A, B)
  assert(d <= tol, ("largest difference %g, tolerance %g"):format(d, tol))
end

--- Asserts that f(...) raises an error whose message contains `text` (plain).
function support.raises(text, f, ...)
  local ok, message = pcall(f, ...)
  assert(not ok, "no error was raised; expected: " .. text)
  assert(tostring(message):find(text, 1, true),
    ("the error was:\n  %s\nexpected:\n  %s"):format(message, text))
end

--- What a tree holds, to the bit: a list of lines.
function support.bits(t, path, out)
  path, out = path or "", out or {}
  if sd.ismatrix(t) then
    for k = 1, #t do out[#out + 1] = ("%s(%d) %a"):format(path, k, t(k)) end
  elseif type(t) == "table" then
    local keys = {}
    for key in pairs(t) do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for _, key in ipairs(keys) do support.bits(t[key], path .. "." .. key, out) end
  elseif type(t) == "userdata" then
    local s = t:state()
    out[#out + 1] = ("%s %x %x"):format(path, s.key, s.ordinal)
  else
    out[#out + 1] = path .. (type(t) == "number" and (" %a"):format(t) or " " .. tostring(t))
  end
  return out
end

return support
