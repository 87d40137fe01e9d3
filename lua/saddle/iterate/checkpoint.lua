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
local function pack(key, leaves, t, records)
  local items = { signature = core.matrix { { key:byte(1, -1) } }, t = core.matrix(t) }
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

local function text_of(m)
  local letters = {}
  for k = 1, #m do letters[k] = string.char(m(k)) end
  return table.concat(letters)
end

--- Writes the state at t and the records to it, all or nothing.
function checkpoint.write(path, key, leaves, t, records)
  core.save(path, pack(key, leaves, t, records))
end

--- What a checkpoint holds, or nil when there is no file: leaves, t and the records so far.
function checkpoint.read(path, key, like)
  local file = io.open(path, "rb")
  if not file then return nil end
  file:close()
  local items = core.load(path)
  if type(items) ~= "table" or not items.signature or text_of(items.signature) ~= key then
    fail("iterate: the checkpoint %s is of another state or step; remove it or name another file",
      path)
  end
  local leaves, records = {}, {}
  for k, leaf in ipairs(like) do
    local m = items["leaf" .. k]
    if tree.kind(leaf) == "rng" then
      local function word(i) return math.tointeger(m(i)) << 32 | math.tointeger(m(i + 1)) end
      leaves[k] = core.rng { key = word(1), ordinal = word(3) }
    else
      leaves[k] = type(leaf) == "number" and m:item() or m
    end
  end
  for k = 1, math.huge do
    records[k] = items["record" .. k]
    if not records[k] then break end
  end
  return leaves, math.tointeger(items.t:item()), records
end

--- {file=, seconds=} from the option, or nil.
function checkpoint.check(c)
  if c == nil then return nil end
  if type(c) == "string" then c = { file = c } end
  local wrong = options.wrong(c, { "file", "seconds" })
  if wrong or type(c.file) ~= "string" or not c.file:find "%.npz$"
    or c.seconds ~= nil and type(c.seconds) ~= "number" then
    fail("iterate: checkpoint must be the name of an .npz file, or {file=, seconds=}%s",
      wrong and ": " .. wrong or "")
  end
  return { file = c.file, seconds = c.seconds or 5 }
end

return checkpoint
