--- Runs of a store as columns that are read when they are first named, each once. A set of runs is
-- a list of row numbers of a source (runs/set.lua).
--
-- Parameters stay the texts that they are in the store (points.key: JSON without spaces), of which
-- one is read at a time: of a hundred thousand runs a script mostly asks one or two.
-- Functions here return nil and a sentence for what is wrong; who calls them knows what to blame.
local json = require "saddle.json"
local options = require "saddle.options"
local order = require "saddle.runs.order"
local read = require "saddle.store.read"

local Source = {}
Source.__index = Source

--- What a run has besides parameters and metrics, which stands before these of the same name.
Source.own = { "id", "status", "seconds", "error", "script" }

local is_own = {}
for _, name in ipairs(Source.own) do is_own[name] = true end

--- A source of chosen rows (store/choose.lua: {rows=, jobs=, name=}) of an open store.
local function new(st, choice)
  local at = {}
  for k, row in ipairs(choice.rows) do
    at[row.id] = k
    row.script = choice.jobs[row.job].hash
  end
  return setmetatable({ store = st, db = st.db, rows = choice.rows, jobs = choice.jobs,
    name = choice.name, at = at, columns = {}, readers = {}, fetched = {}, runs = {} }, Source)
end

--- A function from the text of an object to its value under a name. In strings quotes are escaped,
-- so that a quote after a comma or bracket begins a key or a value; only keys stand before colons.
local function reader(name)
  if not utf8.len(name) then return function() end end -- JSON has no such key
  local plain, known = json.encode(name) .. ":", {}
  local key = plain:gsub("%p", "%%%0")
  local number, quoted = "[{,]" .. key .. "([^,}%[{\"]+)[,}]", "[{,]" .. key .. '("[^"\\]*")[,}]'
  return function(text)
    if not text:find(plain, 1, true) then return nil end
    local piece = text:match(number) or text:match(quoted)
    if not piece then -- not there, or a string with escapes
      return json.decode(text)[name]
    end
    local value = known[piece]
    if value == nil then
      value = json.decode(piece)
      known[piece] = value
    end
    return value
  end
end

--- The parameter of a row; nil when it has none of that name.
function Source:param(row, name)
  local read_one = self.readers[name]
  if not read_one then
    read_one = reader(name)
    self.readers[name] = read_one
  end
  return read_one(self.rows[row].params)
end

--- All parameters of a row, in a new table.
function Source:params(row) return json.decode(self.rows[row].params) end

local function job_ids(self)
  local ids = {}
  for id in pairs(self.jobs) do ids[#ids + 1] = id end
  return ids
end

-- ---- columns ------------------------------------------------------------------------------------

local load = {}

function load.own(self, name)
  local column = {}
  for k, row in ipairs(self.rows) do column[k] = row[name] end
  return column
end

--- nil when no run has it, as below.
function load.params(self, name)
  local column = {}
  for k in ipairs(self.rows) do column[k] = self:param(k, name) end
  return next(column) ~= nil and column or nil
end

function load.metrics(self, name)
  local column = {}
  read.each_metric(self.db, job_ids(self), name, function(run, value)
    local k = self.at[run]
    if k then column[k] = value end
  end)
  return next(column) ~= nil and column or nil
end

local function find(self, name)
  if is_own[name] then return load.own(self, name) end
  local of, rest = name:match "^(%a+)%.(.+)$"
  if of == "params" or of == "metrics" then
    local column = load[of](self, rest)
    if column then return column end
  end
  return load.params(self, name) or load.metrics(self, name)
end

--- The column of a name: a table from row numbers to values, without those runs that have none; a
-- name is one of the run's own, a parameter or a metric, in this order; params.NAME and
-- metrics.NAME say which.
function Source:column(name)
  if type(name) ~= "string" then return nil, "names of columns are strings" end
  local column = self.columns[name]
  if column == nil then
    column = find(self, name) or false
    self.columns[name] = column
  end
  if column then return column end
  return nil, ("no run has a parameter or metric '%s' (%s)"):format((name:gsub("%c", "?")),
    options.hint(name, self:all_names()))
end

--- The value that the column of a name has in a row, when little else of the column is of interest.
function Source:peek(row, name)
  if self.columns[name] or is_own[name] then return self:column(name)[row] end
  local of, rest = name:match "^(%a+)%.(.+)$"
  local value
  if of ~= "params" and of ~= "metrics" then of, rest = nil, name end
  if of ~= "metrics" then value = self:param(row, rest) end
  if value ~= nil or of == "params" then return value end
  return self:metrics(row)[rest]
end

--- All metrics of a row, which are kept.
function Source:metrics(row)
  self.fetched[row] = self.fetched[row] or read.metrics(self.db, self.rows[row].id)
  return self.fetched[row]
end

--- The values of a column in the rows of a list, all of which must have it.
function Source:values(list, name)
  local column, wrong = self:column(name)
  if not column then return nil, wrong end
  local out, missing = {}, 0
  for j, k in ipairs(list) do
    out[j] = column[k]
    if column[k] == nil then missing = missing + 1 end
  end
  if missing > 0 then
    return nil, ("%d of %d runs have no '%s'"):format(missing, #list, name)
  end
  return out
end

-- ---- names --------------------------------------------------------------------------------------

--- The names of parameters in the order in which the script gives them, those of metrics sorted:
-- {params=, metrics=}.
function Source:names()
  if self.listed then return self.listed end
  local names, seen, params = read.names(self.db, job_ids(self)), {}, {}
  local exists = {}
  for _, name in ipairs(names.params) do exists[name] = true end
  local function add(name)
    if exists[name] and not seen[name] then params[#params + 1], seen[name] = name, true end
  end
  for _, job in order.pairs(self.jobs) do
    local good, about = pcall(json.decode, job.about)
    for _, entry in ipairs(good and type(about) == "table" and about.params or {}) do
      add(type(entry) == "table" and entry.name)
    end
  end
  for _, name in ipairs(names.params) do add(name) end
  self.listed = { params = params, metrics = names.metrics }
  return self.listed
end

--- All names that a column may have.
function Source:all_names()
  local list, names = { table.unpack(Source.own) }, self:names()
  for _, name in ipairs(names.params) do list[#list + 1] = name end
  for _, name in ipairs(names.metrics) do list[#list + 1] = name end
  return list
end

return new
