--- Records of a state on its way, and the number that stops a run: what their functions return.
local core = require "saddle.core"
local tree = require "saddle.tree"
local describe = require "saddle.iterate.changes".describe
local fail = tree.fail
tree.module()

local record = {}
local RESERVED <const> = { t = true, n = true, status = true } -- fields of a history

--- The names of a record in order, and their values.
function record.fields(given)
  if type(given) ~= "table" then
    fail("iterate: record must return a table {name = number or matrix}, got %s",
      describe(given))
  end
  local names, values = {}, {}
  for name in pairs(given) do
    if type(name) ~= "string" then
      fail("iterate: the names of records are strings, got %s", core.show(name))
    end
    if RESERVED[name] then
      fail("iterate: a record cannot have the name '%s': h.%s is a field of every history", name,
        name)
    end
    names[#names + 1] = name
  end
  table.sort(names)
  for k, name in ipairs(names) do
    values[k] = given[name]
    if not tree.kind(values[k]) or tree.kind(values[k]) == "rng" then
      fail("iterate: the record's %s must be a number or a matrix, got %s", name,
        describe(values[k]))
    end
  end
  return names, values
end

--- Column j of the records as {name = number or column}.
function record.column(names, matrices, j)
  local out = {}
  for k, name in ipairs(names) do
    local column = matrices[k]:col(j)
    out[name] = #column == 1 and column(1) or column:clone()
  end
  return out
end

--- Copies of the leaves to draw from, so that a record's or stop's draws do not move the state's.
function record.with_own_rngs(leaves)
  local out = {}
  for k, leaf in ipairs(leaves) do out[k] = tree.kind(leaf) == "rng" and leaf:clone() or leaf end
  return out
end

--- The number that stop returned.
function record.scalar(value)
  local what = describe(value)
  if what:find "^1x1 " then return value:item() end
  if what ~= "a number" then fail("iterate: stop must return a number, got %s", what) end
  return value
end

return record
