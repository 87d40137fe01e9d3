--- Checkpoints of iterations: an .npz file with the leaves of the state, the records so far, t, and
-- the signature of the state, by which another run is told apart.
local core = require "saddle.core"
local tree = require "saddle.tree"
local options = require "saddle.options"
local fail = tree.fail
tree.module()

local checkpoint = {}
local LOW <const> = 0xffffffff -- an rng's words are kept in halves, which doubles hold

--- Every leaf and record under a name, as matrices.
local function pack(signature, leaves, t, records)
  local letters = {}
  for k = 1, #signature do letters[k] = signature:byte(k) end
  local items = { signature = core.matrix { letters }, t = core.matrix(t) }
  for k, leaf in ipairs(leaves) do
    if tree.kind(leaf) == "rng" then
      local s = leaf:state()
      leaf = core.matrix { s.key >> 32, s.key & LOW, s.ordinal >> 32, s.ordinal & LOW }
    elseif type(leaf) == "number" then
      leaf = core.matrix(leaf)
    end
    items["leaf" .. k] = leaf
  end
  for k, m in ipairs(records) do items["record" .. k] = m end
  return items
end

--- The bytes that a matrix holds, or nil when it holds other things.
local function text_of(m)
  local letters = {}
  for k = 1, #m do
    local byte = math.tointeger(m(k))
    if not byte or byte < 0 or byte > 255 then return nil end
    letters[k] = string.char(byte)
  end
  return table.concat(letters)
end

--- Raises unless the file is what write makes of it.
local function demand(good, path, what)
  if good then return good end
  fail("iterate: the checkpoint %s is damaged (%s); remove it or name another file", path, what)
end

--- The rng of four halves of words.
local function rng_of(m, path, what)
  local words = {}
  for k = 1, 4 do
    local half = math.tointeger(m(k))
    words[k] = demand(half and half >= 0 and half <= LOW and half, path, what)
  end
  return core.rng { key = words[1] << 32 | words[2], ordinal = words[3] << 32 | words[4] }
end

--- The leaf that a matrix was made of, of the type of `like`.
local function leaf_of(m, like, path, what)
  local kind = tree.kind(like)
  local rows, cols, dtype = kind == "rng" and 4 or 1, 1, "f64"
  if kind == "matrix" or kind == "frozen" then
    rows, cols, dtype = like.rows, like.cols, like.dtype
  end
  demand(core.ismatrix(m) and m.rows == rows and m.cols == cols and m.dtype == dtype, path, what)
  if kind == "rng" then return rng_of(m, path, what) end
  return kind == "number" and m:item() or m
end

--- The records, so many, times last: as many columns each as there are ascending times up to t.
local function records_of(items, count, t, path)
  local records = {}
  while items["record" .. #records + 1] do
    local name = "record" .. #records + 1
    records[#records + 1] = demand(core.ismatrix(items[name]) and items[name], path, name)
  end
  local times, last = records[count], -1
  demand(#records == count and times.rows == 1 and times.dtype == "f64", path,
    "the times of records")
  for k, m in ipairs(records) do demand(m.cols == times.cols, path, "record" .. k) end
  for k = 1, times.cols do
    local at = math.tointeger(times(k))
    last = demand(at and at > last and at <= t and at, path, "the times of records")
  end
  return records
end

--- Writes the state at t and the records to it, all or nothing.
function checkpoint.write(path, signature, leaves, t, records)
  core.save(path, pack(signature, leaves, t, records))
end

--- What a checkpoint holds, or nil when there is no file: leaves, of the types of those in `like`,
-- t and the records so far, of which there are `count` with the times.
function checkpoint.read(path, signature, like, count)
  local file = io.open(path, "rb")
  if not file then return nil end
  file:close()
  local items = core.load(path)
  for _, m in pairs(items) do demand(core.ismatrix(m) or type(m) == "number", path, "a name") end
  if not core.ismatrix(items.signature) or text_of(items.signature) ~= signature then
    fail("iterate: the checkpoint %s is of another state or other records; %s", path,
      "remove it or name another file")
  end
  local leaves = {}
  for k, leaf in ipairs(like) do
    leaves[k] = leaf_of(items["leaf" .. k], leaf, path, "leaf" .. k)
  end
  local t = core.ismatrix(items.t) and #items.t == 1 and math.tointeger(items.t(1))
  demand(t and t >= 0, path, "t")
  return leaves, t, records_of(items, count, t, path)
end

--- {file=, seconds=} from the option, or nil.
function checkpoint.check(c)
  if c == nil then return nil end
  if type(c) == "string" then c = { file = c } end
  local wrong = options.wrong(c, { "file", "seconds" })
  if type(c) == "table" and wrong then fail("iterate: checkpoint: %s", wrong) end
  if wrong or type(c.file) ~= "string" or not c.file:find "%.npz$"
    or c.seconds ~= nil and not (type(c.seconds) == "number" and c.seconds >= 0) then
    fail "iterate: checkpoint must be the name of an .npz file, or {file=, seconds= from 0}"
  end
  return { file = c.file, seconds = c.seconds or 5 }
end

return checkpoint
