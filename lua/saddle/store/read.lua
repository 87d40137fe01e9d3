--- What the store has of runs, as Lua values.
local core = require "saddle.core"
local matrix = core.database.matrix

local read = {}

--- Metric name -> value of a run.
function read.metrics(db, run)
  local metrics = {}
  for _, m in ipairs(db:all("SELECT name, type, value FROM metric WHERE run = ?", run)) do
    local value = m.value
    if m.type == "boolean" then value = value ~= 0 end
    if value == nil then value = 0 / 0 end
    metrics[m.name] = value
  end
  return metrics
end

--- One array of a run: a matrix, or {t=, data=} for a curve; nil when there is none.
function read.array(db, run, name)
  local a = db:first("SELECT rows, cols, times, data FROM array WHERE run = ? AND name = ?", run,
    name)
  if not a then return nil end
  local data = matrix(a.data, a.rows, a.cols)
  return a.times and { t = matrix(a.times, 1, a.cols), data = data } or data
end

--- The names of a run's arrays, and whether each is a curve: a list of {name=, curve=}.
function read.arrays(db, run)
  return db:all("SELECT name, times IS NOT NULL AS curve FROM array WHERE run = ? ORDER BY name",
    run)
end

--- The outcome of a run as job:execute gave it, and its row.
function read.outcome(db, run)
  local row = db:first("SELECT * FROM run WHERE id = ?", run)
  local outcome = { status = row.status, error = row.error, metrics = read.metrics(db, run),
    arrays = {}, curves = {} }
  for _, a in ipairs(read.arrays(db, run)) do
    local of = a.curve ~= 0 and outcome.curves or outcome.arrays
    of[a.name] = read.array(db, run, a.name)
  end
  return outcome, row
end

return read
