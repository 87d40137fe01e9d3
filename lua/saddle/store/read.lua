--- What the store has of runs, as Lua values.
local core = require "saddle.core"
local json = require "saddle.json"
local matrix = core.frombytes
require("saddle.tree").module()

local read = {}

--- Raises what is wrong with a store, or with what is asked of it.
function read.fail(st, ...)
  error(("store %s: %s"):format(st.path, (...):format(select(2, ...))), 0)
end

--- A message of the database without the place in these modules that it begins with.
function read.plain(message)
  return tostring(message):match "^[^\n]-:%d+: (store .*)$" or tostring(message)
end

--- A metric's value from its row: a NaN is stored as NULL.
local function value_of(m)
  if m.value == nil then return 0 / 0 end
  if m.type == "boolean" then return m.value ~= 0 end
  return m.value
end

--- Metric name -> value of a run.
function read.metrics(db, run)
  local metrics = {}
  for _, m in ipairs(db:all("SELECT name, type, value FROM metric WHERE run = ?", run)) do
    metrics[m.name] = value_of(m)
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

--- The times of a curve of a run, as they are stored: texts are equal when times are.
function read.times(db, run, name)
  return db:value("SELECT times FROM array WHERE run = ? AND name = ?", run, name)
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

-- ---- of many runs -------------------------------------------------------------------------------
-- `jobs` is a list of numbers of jobs.

local OF_JOBS <const> = "run.job IN (SELECT value FROM json_each(?1))"

local function numbers(list) return json.encode(json.list(list)) end

local function column(rows, name)
  local out = {}
  for k, row in ipairs(rows) do out[k] = row[name] end
  return out
end

--- The jobs of a store: rows {id=, kind=, name=, hash=, about=, runs=}, oldest first.
function read.jobs(db)
  return db:all [[SELECT id, kind, name, hash, about,
    (SELECT count(*) FROM run WHERE run.job = job.id) AS runs FROM job ORDER BY id]]
end

--- The names of their parameters and metrics, sorted: {params=, metrics=}.
function read.names(db, jobs)
  return {
    params = column(db:all([[SELECT DISTINCT key FROM run, json_each(run.params)
      WHERE typeof(key) = 'text' AND ]] .. OF_JOBS .. " ORDER BY key", numbers(jobs)), "key"),
    metrics = column(db:all([[SELECT DISTINCT metric.name AS name FROM run
      CROSS JOIN metric ON metric.run = run.id WHERE ]] .. OF_JOBS .. " ORDER BY 1",
      numbers(jobs)), "name"),
  }
end

--- Calls f(run, value) for each run of the jobs that has the metric.
function read.each_metric(db, jobs, name, f)
  for _, m in ipairs(db:all([[SELECT run, type, value FROM run
      CROSS JOIN metric ON metric.run = run.id AND metric.name = ?2 WHERE ]] .. OF_JOBS,
      numbers(jobs), name)) do
    f(m.run, value_of(m))
  end
end

--- The newest of the runs with the same parameters, of all versions of a script.
local NEWEST <const> = [[ AND NOT EXISTS (SELECT 1 FROM job AS other
    CROSS JOIN run AS newer ON newer.job = other.id AND newer.params = run.params
  WHERE other.kind = job.kind AND other.name = job.name AND other.id <> job.id
    AND (newer.created, newer.id) > (run.created, run.id))]]

--- What follows SELECT for o = {status=, all=, where = SQL}.
local function chosen(o)
  return (" FROM run CROSS JOIN job ON job.id = run.job WHERE " .. OF_JOBS
    .. " AND (?2 IS NULL OR run.status = ?2)" .. (o.all and "" or NEWEST)
    .. (o.where and " AND " .. o.where or ""))
end

local ROW <const> = "SELECT run.id AS id, job, params, status, seconds, error"

--- Rows of runs in the order in which they were made: of the jobs, with the status unless it is
-- nil, the newest of each point alone unless `all`, and only where the SQL over run and job is
-- true.
function read.rows(db, jobs, o)
  return db:all(ROW .. chosen(o) .. " ORDER BY run.id", numbers(jobs), o.status)
end

--- The rows of those runs of a list that are done.
function read.done(db, runs)
  return db:all(ROW .. [[ FROM run WHERE status = 'done'
    AND id IN (SELECT value FROM json_each(?))]], numbers(runs))
end

local function counts_of(rows)
  local counts = {}
  for _, row in ipairs(rows) do counts[row.status] = row.n end
  return counts
end

--- How many of them have which status: {done=, failed=, ...}.
function read.counts(db, jobs, o)
  return counts_of(db:all("SELECT status, count(*) AS n" .. chosen(o) .. " GROUP BY status",
    numbers(jobs), o.status))
end

--- The same of all runs of the store.
function read.all_counts(db)
  return counts_of(db:all "SELECT status, count(*) AS n FROM run GROUP BY status")
end

return read
