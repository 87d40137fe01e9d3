--- saddle results STORE: tables of what a store holds.
local core = require "saddle.core"
local command = require "saddle.command"
local export = require "saddle.runs.export"
local order = require "saddle.runs.order"
local runs = require "saddle.runs"
local statistic = require "saddle.runs.statistic"
local tabulate = require "saddle.runs.tabulate"
local view = require "saddle.runs.view"
local write_file = require "saddle.write_file"
require("saddle.tree").module()

local LIMIT <const> = 50

--- The names in "k,eta"; nil for nil.
local function list_of(text)
  if not text then return nil end
  local names = {}
  for name in text:gmatch "[^,]+" do names[#names + 1] = name:match "^%s*(.-)%s*$" end
  if #names == 0 then command.fail("a list of names is needed, as a,b, got '%s'", text) end
  return names
end

local function statistics(text)
  local names, known = list_of(text), {}
  for _, name in ipairs(statistic.names) do known[name] = true end
  for _, name in ipairs(names or {}) do
    if not known[name] then
      command.fail("--stats takes %s, got '%s'", table.concat(statistic.names, ", "), name)
    end
  end
  return names
end

--- The value, or its sentence as the command's error.
local function need(value, wrong)
  if value == nil then command.fail("%s", wrong) end
  return value
end

local function sorted(source, rows, text)
  local columns = {}
  for c, word in ipairs(list_of(text) or {}) do
    local down, name = word:match "^(%-?)(.*)$"
    columns[c] = { values = need(source:column(name)), down = down == "-" }
  end
  return #columns > 0 and order.sort(rows, columns) or rows
end

--- The table that goes to files: all columns and statistics, unless told otherwise.
local function table_of(source, rows, o)
  if o.by then
    return need(tabulate.groups(source, rows, o.by, o.show or tabulate.numeric(source, rows),
      o.stats or statistic.names))
  end
  local names = tabulate.names(source)
  local all = table.move(names.own, 1, #names.own, 1, {})
  table.move(names.params, 1, #names.params, #all + 1, all)
  table.move(names.metrics, 1, #names.metrics, #all + 1, all)
  return need(tabulate.runs(source, rows, o.show or all))
end

local function write(path, text)
  local good, wrong = write_file(path, text)
  if not good then command.fail("cannot write %s: %s", path, wrong) end
end

local function run(words, options)
  if #words ~= 1 then command.fail("one store is needed: saddle results STORE") end
  local source, rows, counts = runs.open(words[1], { where = options.where,
    experiment = options.experiment, all = options.all })
  local o = { by = list_of(options.by), show = list_of(options.show),
    stats = statistics(options.stats), counts = counts, width = core.terminal(),
    limit = options.limit ~= 0 and (options.limit or LIMIT) or nil }
  if o.stats and not o.by then command.fail("--stats is of groups: say --by NAMES, too") end
  if o.by and options.sort then command.fail "groups stand in the order of --by: no --sort" end
  rows = sorted(source, rows, options.sort)
  if options.csv then write(options.csv, export.csv(table_of(source, rows, o))) end
  if options.json then write(options.json, export.json(table_of(source, rows, o))) end
  if options.csv ~= "-" and options.json ~= "-" then
    print(need((o.by and view.grouped or view.text)(source, rows, o)))
  end
end

return {
  usage = "results STORE [options]",
  about = "Shows the finished runs of a store: the parameters that vary, then the results; or,\n"
    .. "with --by, groups of them: mean and half the width of its 95 % interval. An expression\n"
    .. "such as \"k >= 32 and loss < 1e-3\" picks runs: names are parameters, results, and id\n"
    .. "status seconds error script. A boolean is 1 or 0, and a NaN is null. Where it\n"
    .. "speaks of status or error, runs of each status are looked at.",
  flags = {
    { "--experiment", "NAME", "which, where the store has several" },
    { "--where", "SQL", "only runs for which this expression is true" },
    { "--by", "NAMES", "one row for each value of these, as k,eta" },
    { "--show", "NAMES", "the columns, or results of groups (default: all that fit)" },
    { "--stats", "NAMES", "of groups: " .. table.concat(statistic.names, " ") },
    { "--sort", "NAMES", "order of the runs; -NAME for descending" },
    { "--limit", "N", ("rows at most (default %d; 0: all)"):format(LIMIT), type = "integer",
      from = 0 },
    { "--all", nil, "runs by earlier versions of the script, too" },
    { "--csv", "FILE", "write all columns to a file (-: standard output)" },
    { "--json", "FILE", "the same as JSON" },
  },
  run = function(words, options) command.guard(run, words, options) end,
}
