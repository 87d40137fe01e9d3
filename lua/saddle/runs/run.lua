--- One run of a set, as scripts see it: run.k, run.loss, run:array("W"), run:curve("loss").
local core = require "saddle.core"
local curve = require "saddle.runs.curve"
local options = require "saddle.options"
local order = require "saddle.runs.order"
local read = require "saddle.store.read"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local SOURCE <const>, ROW <const> = {}, {} -- keys that no script has

local method, meta = {}, { __metatable = "saddle.run" }

local function name_of(fn, name)
  if type(name) ~= "string" then fail("%s: needs a name, got %s", fn, core.show(name)) end
  return name
end

--- run:array(name) -> the matrix that the run returned under this name, from the store.
function method.array(self, name)
  local db, id = self[SOURCE].db, self.id
  local a = read.array(db, id, name_of("run:array", name))
  if core.ismatrix(a) then return a end
  if a then fail("run:array: '%s' is a curve: run:curve('%s')", name, name) end
  local names = {}
  for _, other in ipairs(read.arrays(db, id)) do
    if other.curve == 0 then names[#names + 1] = other.name end
  end
  fail("run:array: run %d has no matrix '%s' (%s)", id, (name:gsub("%c", "?")),
    #names == 0 and "it has none" or options.hint(name, names))
end

--- run:curve(name) -> t (1 x n), data (rows x n) that the run logged, from the store.
function method.curve(self, name)
  local source, row = self[SOURCE], self[ROW]
  local c = read.array(source.db, self.id, name_of("run:curve", name))
  if c and not core.ismatrix(c) then return c.t, c.data end
  fail("run:curve: %s", curve.missing(source, row, name))
end

--- Tables of all that a run has, made anew when asked for.
local whole = {
  params = function(source, row) return source:params(row) end,
  metrics = function(source, row) return read.metrics(source.db, source.rows[row].id) end,
}

--- A column that has been read is at hand; else a parameter is looked up in the run alone.
function meta.__index(self, name)
  if method[name] then return method[name] end
  local source, row = rawget(self, SOURCE), rawget(self, ROW)
  if whole[name] then return whole[name](source, row) end
  local at_hand = source.columns[name]
  if at_hand then return at_hand[row] end
  if source.rows[row][name] == nil and type(name) == "string" then
    local value = source:param(row, name)
    if value ~= nil then return value end
  end
  local column, wrong = source:column(name)
  if not column then fail("run: %s", wrong) end
  return column[row]
end

function meta.__newindex() fail "run: a run that is stored cannot be changed" end

function meta.__tostring(self)
  local source, row = self[SOURCE], self[ROW]
  local words = { ("run %d of %s, %s:"):format(self.id, source.name, self.status) }
  for name, value in order.pairs(source:params(row)) do
    words[#words + 1] = ("%s=%s"):format(name, tostring(value))
  end
  return table.concat(words, " ")
end

--- The run in a row of a source; the same object each time.
return function(source, row)
  local run = source.runs[row]
  if not run then
    run = setmetatable({ [SOURCE] = source, [ROW] = row }, meta)
    source.runs[row] = run
  end
  return run
end
