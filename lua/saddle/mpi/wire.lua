--- Values as bytes, and back: what processes send one another. Reading runs no code, and bytes that
-- nobody wrote here are an error, whatever they are.
--
-- A value is a letter and what it says:
--
--   0  nil       t f  true, false       i n  an integer, a float of 8 bytes
--   s  a string: its length in 8 bytes, the bytes
--   m  a matrix: the letter d (f64) or s (f32), rows, columns, the elements column-major
--   z  a frozen one
--   r  an rng: its key and ordinal
--   {  a table (T a tree with operators): the number of entries, then key, value, key, value, ...
--
-- All in the byte order of the machine, which is the same for all processes of a run. A table that
-- occurs twice becomes two, as in trees.
local core = require "saddle.core"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local wire = {}

local DEEP <const> = 100
local TREE <const> = getmetatable(tree.with({}, 1, 0.0)) -- of tables with operators

-- ---- writing ------------------------------------------------------------------------------------

local put -- of any value

--- Strings, booleans and numbers are keys.
local function is_key(v)
  return type(v) == "string" or type(v) == "boolean" or type(v) == "number" and v == v
end

local function put_matrix(out, A, letter)
  out[#out + 1] = ("=c1c1i8i8"):pack(letter, A.dtype == "f64" and "d" or "s", A.rows, A.cols)
  out[#out + 1] = A
end

local function put_table(out, t, fn, depth)
  local meta, n = getmetatable(t), 0
  if meta ~= nil and meta ~= TREE then
    fail("%s: a table with a metatable cannot be sent", fn)
  end
  if depth > DEEP then
    fail("%s: tables are nested more than %d deep (is there a cycle?)", fn, DEEP)
  end
  local head = #out + 1
  out[head] = false
  for key, value in next, t do
    if not is_key(key) then fail("%s: %s as a key cannot be sent", fn, core.show(key)) end
    put(out, key, fn, depth + 1)
    put(out, value, fn, depth + 1)
    n = n + 1
  end
  out[head] = ("=c1i8"):pack(meta and "T" or "{", n)
end

function put(out, v, fn, depth)
  local kind = math.type(v) or type(v)
  if kind == "nil" then
    out[#out + 1] = "0"
  elseif kind == "boolean" then
    out[#out + 1] = v and "t" or "f"
  elseif kind == "integer" then
    out[#out + 1] = ("=c1i8"):pack("i", v)
  elseif kind == "float" then
    out[#out + 1] = ("=c1d"):pack("n", v)
  elseif kind == "string" then
    out[#out + 1] = ("=c1s8"):pack("s", v)
  elseif kind == "table" then
    put_table(out, v, fn, depth)
  elseif core.ismatrix(v) and not tracing.issymbol(v) then
    put_matrix(out, v, tree.kind(v) == "frozen" and "z" or "m")
  elseif tracing.isrng(v) and not select(2, tracing.isrng(v)) then
    local s = v:state()
    out[#out + 1] = ("=c1i8i8"):pack("r", s.key, s.ordinal)
  else
    fail("%s: %s cannot be sent", fn, core.show(v))
  end
end

--- Raises, as function fn, unless the value can be sent.
function wire.check(fn, v) put({}, v, fn, 1) end

--- The bytes of a value; errors are those of the function fn.
function wire.encode(fn, v)
  local out = {}
  put(out, v, fn, 1)
  for k, piece in ipairs(out) do
    if type(piece) ~= "string" then out[k] = core.bytes(piece) end
  end
  return table.concat(out)
end

-- ---- reading ------------------------------------------------------------------------------------

local function damaged(what) fail("mpi: a message is damaged: %s", what) end

--- What string.unpack gives, the last being where it ended.
local function unpack(format, text, at)
  if string.packsize(format) > #text - at + 1 then damaged "it ends too soon" end
  return format:unpack(text, at)
end

local function get_bytes(text, at, n)
  if n < 0 or n > #text - at + 1 then damaged "it ends too soon" end
  return text:sub(at, at + n - 1), at + n
end

local function get_matrix(text, at)
  local letter, rows, cols, size, A
  letter, rows, cols, at = unpack("=c1i8i8", text, at)
  local each = letter == "d" and 8 or letter == "s" and 4 or damaged "a matrix of no dtype"
  if rows < 0 or cols < 0 or rows > 0 and cols > #text // each // rows then
    damaged "a matrix has more elements than bytes"
  end
  size, at = get_bytes(text, at, rows == 0 and 0 or rows * cols * each)
  A = core.frombytes(size, rows, cols, { dtype = letter == "d" and "f64" or "f32" })
  return A, at
end

local get -- any value: value, where it ended

local function get_table(text, at, depth)
  local t = {}
  if depth > DEEP then damaged "tables are nested too deep" end
  local entries, after = unpack("=i8", text, at)
  at = after
  if entries < 0 or entries > #text - at + 1 then damaged "it ends too soon" end
  for _ = 1, entries do
    local key, value
    key, at = get(text, at, depth + 1)
    value, at = get(text, at, depth + 1)
    if not is_key(key) or value == nil then damaged "an entry has no key or no value" end
    t[key] = value
  end
  return t, at
end

local readers = {
  ["0"] = function(_, at) return nil, at end,
  t = function(_, at) return true, at end,
  f = function(_, at) return false, at end,
  i = function(text, at) return unpack("=i8", text, at) end,
  n = function(text, at) return unpack("=d", text, at) end,
  s = function(text, at)
    local n
    n, at = unpack("=i8", text, at)
    return get_bytes(text, at, n)
  end,
  m = get_matrix,
  z = function(text, at)
    local A
    A, at = get_matrix(text, at)
    return tracing.freeze(A), at
  end,
  r = function(text, at)
    local key, ordinal
    key, ordinal, at = unpack("=i8i8", text, at)
    return core.rng { key = key, ordinal = ordinal }, at
  end,
  ["{"] = get_table,
  T = function(text, at, depth)
    local t
    t, at = get_table(text, at, depth)
    return setmetatable(t, TREE), at
  end }

function get(text, at, depth)
  local read = readers[text:sub(at, at)]
  if not read then damaged(at > #text and "it ends too soon" or "no value has this letter") end
  return read(text, at + 1, depth)
end

--- The value that these bytes are; all of them.
function wire.decode(text)
  local v, at = get(text, 1, 1)
  if at ~= #text + 1 then damaged "something follows the value" end
  return v
end

return wire
