--- What the commands that run points share: loading scripts, sessions of a store, values as text.
local core = require "saddle.core"
local command = require "saddle.command"
local json = require "saddle.json"
local pool = require "saddle.pool"
local post = require "saddle.mpi.post"
local read = require "saddle.store.read"
local script = require "saddle.script"
local storage = require "saddle.store"
require("saddle.tree").module()

local job = {}

-- ---- flags that several commands have -----------------------------------------------------------

job.changed = { "--changed", "keep|redo", "runs by another version of the script: keep, or redo",
  choices = { "keep", "redo" } }
job.retry = { "--retry", nil, "run points again that failed" }
job.jobs = { "--jobs", "N", "workers (default: one a processor)", short = "-j", type = "integer" }
job.sync = { "--sync", nil, "wait for the disk after each run, against failures of power" }

-- ---- scripts ------------------------------------------------------------------------------------

local article = { experiment = "an experiment (sd.experiment)", claim = "a claim (sd.claim)" }
local commands = { experiment = "saddle run", claim = "saddle check" }

--- The script that words[1] names, which is removed; raises unless it returns a job of this kind.
function job.load(words, kind)
  local name = table.remove(words, 1)
  if not name then command.fail("which script? see --help") end
  local loaded, wrong = command.guard(script.load, name)
  if not loaded then command.fail("%s", wrong) end
  if not loaded.job then
    command.fail("%s does not return %s; plain scripts are run by: saddle %s", name, article[kind],
      name)
  end
  if loaded.job.kind ~= kind then
    command.fail("%s is %s: see %s", name, article[loaded.job.kind], commands[loaded.job.kind])
  end
  return loaded
end

--- What `FILE --help` prints: the experiment's parameters and sweep.
function job.help(words) return job.load(words, "experiment").job:help() end

-- ---- sessions -----------------------------------------------------------------------------------

--- What reports show of a job besides its runs.
local function about(j)
  return json.encode { text = j.text, source = j.source, statement = j.statement,
    surrogate = j.surrogate, params = j.params }
end

--- What runs the points of a session: workers that are started here, or those of mpirun.
local function pool_for(options)
  local size = post.reserve().size
  if size == 1 then return pool end
  if options.jobs then
    command.fail("--jobs says how many workers are started, and mpirun has started them: of its %d "
      .. "processes one hands out points, the others run them; leave --jobs out", size)
  end
  return require "saddle.mpi.pool"
end

--- Does the points of a script in workers over a store, and calls finally(st, session, counts)
-- while the session stands -> what that returns.
function job.session(loaded, points, options, finally)
  local path, workers = options.store or loaded.job.name .. ".db", pool_for(options)
  local st <close> = storage.open(path, { mode = "create", full = options.sync })
  local session = st:session { job = loaded.job, file = loaded.file, hash = loaded.hash,
    about = about(loaded.job), points = points, retry = options.retry, changed = options.changed }
  local good, result = pcall(function()
    local counts = workers.run(st, session, { jobs = options.jobs or core.process.cores(),
      label = loaded.job.name })
    return finally(st, session, counts)
  end)
  st:leave(session)
  if not good then error(result, 0) end
  return result
end

--- What there is to say of failed points, as lines: how many, the first one's error, where to look.
function job.failures(st, session, counts)
  local first = st.db:first([[SELECT params, error FROM run JOIN task ON task.run = run.id
    WHERE session = ? AND status = 'failed' ORDER BY run.id LIMIT 1]], session.id)
  return ("%d failed, the first at %s:\n  %s\n"):format(counts.failed, first.params,
      first.error:match "^[^\n]*")
    .. ("all: saddle results %s --where \"status = 'failed'\" --show seed,error --json -"):format(
      command.word(st.path))
end

-- ---- one point ----------------------------------------------------------------------------------

--- One point: in this process, or through the store -> its outcome and the seconds it took.
function job.one(loaded, values, options)
  if options.store then
    return table.unpack(job.session(loaded, { values }, options, function(st, session)
      local outcome, row = read.outcome(st.db, session.runs[1])
      return { outcome, row.seconds }
    end))
  end
  if post.reserve().size > 1 then
    command.fail("one point is run by one process: start it without mpirun, or name a --store")
  end
  local start = core.now()
  local outcome = loaded.job:execute(values, {})
  return outcome, core.now() - start
end

--- A value as tables show it: matrices by shape.
function job.text(value)
  if type(value) == "number" then
    return math.type(value) == "integer" and ("%d"):format(value) or ("%.6g"):format(value)
  elseif core.ismatrix(value) then
    return ("%dx%d %s"):format(value.rows, value.cols, value.dtype)
  elseif type(value) == "table" then -- a curve
    return ("%d records of %d, t = %g..%g"):format(value.data.cols, value.data.rows, value.t(1),
      value.t(-1))
  end
  return (tostring(value):gsub("%c", "?"))
end

return job
