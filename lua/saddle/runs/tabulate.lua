--- Runs, or groups of them, as a table of values for people (runs/view.lua) and other programs
-- (runs/export.lua): {titles=, columns = lists of values (nil: none), n = how many rows}.
--
-- Functions return nil and a sentence for what is wrong with their names.
local order = require "saddle.runs.order"
local statistic = require "saddle.runs.statistic"
require("saddle.tree").module()

local tabulate = {}

tabulate.LONG = 32 -- characters of a text

--- The names of all columns as they must be asked for: one that a run's own or a parameter hides
-- stands with its kind before it. {own=, params=, metrics=}
function tabulate.names(source)
  local taken, names = {}, { own = source.own, params = {}, metrics = {} }
  for _, name in ipairs(source.own) do taken[name] = true end
  local all = source:names()
  for _, kind in ipairs { "params", "metrics" } do
    for k, name in ipairs(all[kind]) do
      names[kind][k] = taken[name] and ("%s.%s"):format(kind, name) or name
      taken[name] = true
    end
  end
  return names
end

--- The value that all rows have in common in a column, or nil.
local function constant(column, rows)
  local first = column[rows[1]]
  for _, row in ipairs(rows) do
    if column[row] ~= first then return nil end
  end
  return first
end

--- What a table of runs shows by itself: names of the parameters that vary, the status when it
-- does, and the metrics that any of its first `limit` rows has, long texts last; and a list of
-- {name, value} of the parameters that do not vary.
function tabulate.interesting(source, rows, limit)
  local names, shown, constants, long = tabulate.names(source), {}, {}, {}
  for _, name in ipairs(names.params) do
    local value = constant(source:column(name), rows)
    if value == nil then
      shown[#shown + 1] = name
    else
      constants[#constants + 1] = { name, value }
    end
  end
  local statuses = source:column "status"
  if #rows > 0 and constant(statuses, rows) == nil then shown[#shown + 1] = "status" end
  for _, name in ipairs(names.metrics) do
    for j = 1, math.min(#rows, limit or #rows) do
      local value = source:peek(rows[j], name)
      if value ~= nil then
        local list = type(value) == "string" and #value > tabulate.LONG and long or shown
        list[#list + 1] = name
        break
      end
    end
  end
  return table.move(long, 1, #long, #shown + 1, shown), constants
end

--- The metrics of which statistics can be taken over all rows.
function tabulate.numeric(source, rows)
  local names = {}
  for _, name in ipairs(tabulate.names(source).metrics) do
    if statistic.numbers(source, rows, name) then names[#names + 1] = name end
  end
  return names
end

--- One row for each run, one column for each name; values of the first `limit` runs alone when it
-- is given.
function tabulate.runs(source, rows, names, limit)
  local t = { titles = names, columns = {}, n = #rows }
  for c, name in ipairs(names) do
    local values = {}
    for j = 1, limit and math.min(limit, #rows) or 0 do values[j] = source:peek(rows[j], name) end
    if next(values) == nil then
      local column, wrong = source:column(name)
      if not column then return nil, wrong end
      for j, row in ipairs(rows) do values[j] = column[row] end
    end
    t.columns[c] = values
  end
  return t
end

--- One row for each group: the names `by`, how many runs, then for each name its statistics.
function tabulate.groups(source, rows, by, names, which)
  local t, keys = { titles = {}, columns = {} }, {}
  for c, name in ipairs(by) do
    local values, wrong = source:values(rows, name)
    if not values then return nil, wrong end
    keys[c] = values
  end
  local groups = order.split(rows, keys)
  t.n = #groups
  local function add(title, f)
    local values = {}
    for g, group in ipairs(groups) do
      local value, wrong = f(group)
      if value == nil then return nil, wrong end
      values[g] = value
    end
    t.titles[#t.titles + 1], t.columns[#t.columns + 1] = title, values
    return true
  end
  for c, name in ipairs(by) do add(name, function(group) return group.values[c] end) end
  add("runs", function(group) return #group.rows end)
  for _, name in ipairs(names) do
    for _, stat in ipairs(which) do
      local good, wrong = add(("%s %s"):format(name, stat), function(group)
        return statistic.value(source, group.rows, stat, name)
      end)
      if not good then return nil, wrong end
    end
  end
  return t
end

return tabulate
