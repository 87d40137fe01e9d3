--- Sets of runs (R) and lists of sets (G), which sd.runs describes.
local core = require "saddle.core"
local check = require "saddle.check"
local curve = require "saddle.runs.curve"
local order = require "saddle.runs.order"
local run_of = require "saddle.runs.run"
local statistic = require "saddle.runs.statistic"
local tabulate = require "saddle.runs.tabulate"
local tree = require "saddle.tree"
local view = require "saddle.runs.view"
local fail = tree.fail
tree.module()

local new_set, new_groups

-- A set has its source, its rows and, in a list of groups, its keys (name -> value) under keys that
-- no script has.
local SOURCE <const>, ROWS <const>, KEYS <const> = {}, {}, {}

local method, set = {}, { __metatable = "saddle.runs" }

local function name_of(fn, name)
  if type(name) ~= "string" then fail("runs:%s: needs a name, got %s", fn, core.show(name)) end
  return name
end

--- The values, or what is wrong raised under the name of the method.
local function need(fn, value, wrong)
  if value == nil then fail("runs:%s: %s", fn, wrong) end
  return value
end

--- R:filter(f) -> the runs for which f(run) is true.
function method.filter(self, f)
  check.callable("runs:filter", "argument 1", f)
  local kept = {}
  for _, row in ipairs(self[ROWS]) do
    if f(run_of(self[SOURCE], row)) then kept[#kept + 1] = row end
  end
  return new_set(self[SOURCE], kept)
end

--- R:sort(name, ...) -> the runs in that order, "-name" for descending; equal ones stay in theirs.
function method.sort(self, ...)
  local columns = {}
  for c, word in ipairs { ... } do
    local down, name = name_of("sort", word):match "^(%-?)(.*)$"
    columns[c] = { values = need("sort", self[SOURCE]:column(name)), down = down == "-" }
  end
  if #columns == 0 then fail "runs:sort: by which names?" end
  return new_set(self[SOURCE], order.sort(self[ROWS], columns))
end

--- R:column(name) -> the values as a list; all runs must have one.
function method.column(self, name)
  return need("column", self[SOURCE]:values(self[ROWS], name_of("column", name)))
end

--- R:values(name) -> the distinct values, ascending, of the runs that have one.
function method.values(self, name)
  local column, out = need("values", self[SOURCE]:column(name_of("values", name))), {}
  for _, row in ipairs(self[ROWS]) do out[#out + 1] = column[row] end
  return order.distinct(out)
end

--- R:names() -> {params=, metrics=}: the names that any of the runs has, parameters in the order of
-- the script. One that something else hides stands as "metrics.status".
function method.names(self)
  local names, out = tabulate.names(self[SOURCE]), {}
  for _, kind in ipairs { "params", "metrics" } do
    out[kind] = {}
    for _, name in ipairs(names[kind]) do
      local column = self[SOURCE]:column(name) or {}
      for _, row in ipairs(self[ROWS]) do
        if column[row] ~= nil then
          table.insert(out[kind], name)
          break
        end
      end
    end
  end
  return out
end

--- R:finite(name) -> the runs with a finite number there, how many are left out.
function method.finite(self, name)
  local column = need("finite", self[SOURCE]:column(name_of("finite", name)))
  local kept = {}
  for _, row in ipairs(self[ROWS]) do
    local v = column[row]
    if type(v) == "boolean" or type(v) == "number" and v - v == 0 then kept[#kept + 1] = row end
  end
  return new_set(self[SOURCE], kept), #self[ROWS] - #kept
end

--- R:mean_curve(name[, element]): runs/curve.lua.
function method.mean_curve(self, name, element)
  name_of("mean_curve", name)
  element = element ~= nil and check.whole("runs:mean_curve", "the element", element, 1) or nil
  return need("mean_curve", curve.mean(self[SOURCE], self[ROWS], name, element))
end

--- R:group(name, ...) -> a list of sets in the order of these, each with them as fields.
function method.group(self, ...)
  local names, columns, source = { ... }, {}, self[SOURCE]
  if #names == 0 then fail "runs:group: by which names?" end
  for c, name in ipairs(names) do
    if set.reserved[name_of("group", name)] then
      fail("runs:group: '%s' is a name that sets of runs have themselves", name)
    end
    columns[c] = need("group", source:values(self[ROWS], name))
  end
  local groups = {}
  for g, group in ipairs(order.split(self[ROWS], columns)) do
    local keys = {}
    for c, name in ipairs(names) do keys[name] = group.values[c] end
    groups[g] = new_set(source, group.rows, keys)
  end
  return new_groups(source, self[ROWS], names, groups)
end

-- ---- fields -------------------------------------------------------------------------------------

local is_statistic = {}
for _, name in ipairs(statistic.names) do is_statistic[name] = true end

set.reserved = {} -- what cannot be a key; "n" can, and is the key then
for name in pairs(method) do set.reserved[name] = true end
for name in pairs(is_statistic) do set.reserved[name] = true end

local function read_only() fail "runs: a set of runs cannot be changed; see R:filter" end

--- What R.mean is: R.mean.loss is f("loss").
local function by_name(f)
  return setmetatable({}, { __metatable = "saddle.runs", __newindex = read_only,
    __index = function(_, name) return f(name) end })
end

local function unknown(what, name, keys)
  local names = { "n" }
  for known in pairs(set.reserved) do names[#names + 1] = known end
  for key in pairs(keys or {}) do names[#names + 1] = key end
  table.sort(names)
  check.unknown("runs", what, name, names)
end

function set.__index(self, name)
  local rows = rawget(self, ROWS)
  if math.type(name) then
    local row = rows[name]
    return row and run_of(rawget(self, SOURCE), row)
  end
  if method[name] then return method[name] end
  local keys = rawget(self, KEYS)
  if keys and keys[name] ~= nil then return keys[name] end
  if name == "n" then return #rows end
  if is_statistic[name] then
    return by_name(function(of)
      local value, wrong = statistic.value(self[SOURCE], rows, name, name_of(name, of))
      return value or fail("runs: %s", wrong)
    end)
  end
  unknown("field", name, keys)
end

function set.__len(self) return #rawget(self, ROWS) end
set.__newindex = read_only
function set.__tostring(self)
  return view.text(self[SOURCE], self[ROWS], { limit = 10, width = core.terminal() })
end

-- ---- lists of sets ------------------------------------------------------------------------------

local list = { __metatable = "saddle.runs.groups", __newindex = read_only }

local GROUPS <const>, NAMES <const> = {}, {}

function list.__index(self, name)
  local groups = rawget(self, GROUPS)
  if math.type(name) then return groups[name] end
  --- A list of what the sets have.
  local function each(f)
    local out = {}
    for g, group in ipairs(groups) do out[g] = f(group) end
    return out
  end
  local keys = {}
  for _, key in ipairs(rawget(self, NAMES)) do keys[key] = true end
  if keys[name] or name == "n" then return each(function(group) return group[name] end) end
  if is_statistic[name] then
    return by_name(function(of) return each(function(group) return group[name][of] end) end)
  end
  unknown("field", name, keys)
end

function list.__len(self) return #rawget(self, GROUPS) end
function list.__tostring(self)
  return view.grouped(self[SOURCE], self[ROWS], { by = rawget(self, NAMES), limit = 10,
    width = core.terminal() })
end

function new_set(source, rows, keys)
  return setmetatable({ [SOURCE] = source, [ROWS] = rows, [KEYS] = keys }, set)
end

function new_groups(source, rows, names, groups)
  return setmetatable({ [SOURCE] = source, [ROWS] = rows, [NAMES] = names, [GROUPS] = groups },
    list)
end

return new_set
