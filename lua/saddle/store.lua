--- The store of runs: one SQLite file from which processes take points and to which they give
-- results (store/schema.lua has its tables).
--
--   local st = store.open("runs.db", { mode = "create" })
--   local session = st:session { job =, file =, hash =, points = }   which points are to be done
--   local holder = st:holder()                                    who takes them
--   local run = holder:take(session.id)                           {id=, kind=, name=, params=, ...}
--   run = holder:finish(run, outcome, seconds, session.id)        stores it, takes the next
--
-- A point is taken by one holder at a time. A holder has a byte of the file <store>-locks locked,
-- which the operating system releases however its process ends; points at work whose holder has
-- lost its byte are taken back (`reclaim`), and with the third such end in one session a point
-- fails. Results, status and the next point go into one transaction, so a finished run is there
-- once, whole, or not at all.
local core = require "saddle.core"
local points = require "saddle.points"
local schema = require "saddle.store.schema"
local database, process = core.database, core.process
require("saddle.tree").module()

local DEATHS <const> = 3 -- of holders at one point, in one session, before the point fails

local store = {}

local Store, Holder = {}, {}
Store.__index, Holder.__index = Store, Holder
function Store:__close() self:close() end
function Holder:__close() self:close() end

local function fail(path, text, ...)
  error(("store %s: %s"):format(path, text:format(...)), 0)
end

-- ---- opening ------------------------------------------------------------------------------------

--- Whether the database has our tables: false when it is empty, an error when it is another
-- program's or version's.
local function has_schema(db)
  local id, version = db:value "PRAGMA application_id", db:value "PRAGMA user_version"
  if id == 0 and version == 0 and db:value "SELECT count(*) FROM sqlite_schema" == 0 then
    return false
  elseif id ~= schema.ID then
    fail(db.path, "is an SQLite database of another program")
  elseif version ~= schema.VERSION then
    fail(db.path, "is of version %d, this program writes version %d", version, schema.VERSION)
  end
  return true
end

--- f(db) of a database, which is closed if that fails.
local function with(db, f)
  local good, result = pcall(f, db)
  if good then return result end
  db:close()
  error(result, 0)
end

--- Refuses a file that is not ours before anything is changed in it. What cannot be read is left to
-- the opening for writing.
local function look(path)
  local good, db = pcall(database.open, path, { mode = "read" })
  if not good then return end
  with(db, has_schema)
  db:close()
end

local function make_schema(db)
  db:transaction(function()
    if has_schema(db) then return end
    db:exec(schema.SQL)
    db:exec(("PRAGMA application_id = %d; PRAGMA user_version = %d"):format(schema.ID,
      schema.VERSION))
  end)
end

--- store.open(path, {mode = "create", "write" or "read"; full=}) -> a store. With full a finished
-- run outlasts a failure of power too, at the cost of a wait for the disk each; that it outlasts
-- the end of all processes needs no option.
function store.open(path, o)
  if o.mode ~= "read" then look(path) end
  local db = database.open(path, { mode = o.mode, full = o.full })
  with(db, function()
    if o.mode ~= "read" then return make_schema(db) end
    if not has_schema(db) then fail(path, "holds no runs yet") end
  end)
  return setmetatable({ path = path, db = db, mode = o.mode, full = o.full or false,
    own = {} }, Store)
end

function Store:close()
  self.db:close()
  if self.locks then self.locks:close() end
end

--- The lock file, opened when first needed.
local function locks(self)
  self.locks = self.locks or process.locks(self.path .. "-locks")
  return self.locks
end

-- ---- holders ------------------------------------------------------------------------------------

--- This machine, as runs name it.
function store.machine()
  local machine = process.machine()
  return ("%s, %s"):format(machine.host, machine.cpu)
end

--- A new holder of points, for as long as this process lives or until it is closed.
function Store:holder()
  local db = self.db
  local _, id = db:run("INSERT INTO holder(pid, host, started) VALUES(?, ?, ?)", process.pid(),
    process.machine().host, process.time())
  if not locks(self):take(id) then fail(self.path, "byte %d of its lock file is taken", id) end
  self.own[id] = true
  return setmetatable({ store = self, db = db, id = id, last = 0, machine = store.machine() },
    Holder)
end

--- Gives the number back.
function Holder:close()
  if self.closed then return end
  self.closed = true
  self.db:run("DELETE FROM holder WHERE id = ?", self.id)
  locks(self.store):release(self.id)
  self.store.own[self.id] = nil
end

--- Whether the holder with this number lives. (One's own locks do not show as taken.)
local function alive(self, id) return self.own[id] or locks(self):taken(id) end

--- Takes back the points of holders that are gone -> how many.
function Store:reclaim()
  local db, count = self.db, 0
  for _, row in ipairs(db:all "SELECT DISTINCT holder FROM run WHERE status = 'running'") do
    if not alive(self, row.holder) then
      count = count + db:run([[UPDATE run SET holder = NULL, deaths = deaths + 1,
          status = iif(deaths + 1 < ?2, 'pending', 'failed'),
          error = iif(deaths + 1 < ?2, NULL, ?3)
        WHERE status = 'running' AND holder = ?1]], row.holder, DEATHS,
        ("the process at work on it ended %d times (killed, or out of memory?)"):format(DEATHS))
      db:run("DELETE FROM holder WHERE id = ?", row.holder)
    end
  end
  return count
end

-- ---- sessions -----------------------------------------------------------------------------------

--- Removes the tasks of sessions whose command is gone.
local function tidy(self)
  local db = self.db
  for _, row in ipairs(db:all "SELECT id, holder FROM session") do
    if not alive(self, row.holder) then
      db:run("DELETE FROM task WHERE session = ?", row.id)
      db:run("DELETE FROM session WHERE id = ?", row.id)
      db:run("DELETE FROM holder WHERE id = ?", row.holder)
    end
  end
end

--- Raises that runs of other versions of the script are there, and nothing is said about them.
local function refuse_mixing(self, o)
  fail(self.path, "has runs of '%s' by another version of its script (now %s): "
    .. "--changed keep counts them as done, --changed redo leaves them and runs all again",
    o.job.name, o.hash:sub(1, 12))
end

--- The row of the job, and the others of its name, latest first.
local function job_rows(self, o)
  local db, job = self.db, o.job
  local known = db:all("SELECT id, hash FROM job WHERE kind = ? AND name = ? ORDER BY id DESC",
    job.kind, job.name)
  local id, others = nil, {}
  for _, row in ipairs(known) do
    if row.hash == o.hash then id = row.id else others[#others + 1] = row.id end
  end
  if id == nil then
    if #others > 0 and not o.changed then refuse_mixing(self, o) end
    id = select(2, db:run([[INSERT INTO job(kind, name, hash, file, about, created)
      VALUES(?, ?, ?, ?, ?, ?)]], job.kind, job.name, o.hash, o.file, o.about, process.time()))
  end
  db:run("UPDATE job SET file = ? WHERE id = ?", o.file, id) -- where it lies may change
  return id, o.changed == "redo" and {} or others
end

--- The run of the point with this key: of this job, else one that is done of another version, which
-- o.changed must allow, else a new one.
local function run_of(self, o, job, others, key, seed)
  local db = self.db
  local id = db:value("SELECT id FROM run WHERE job = ? AND params = ?", job, key)
  if id then return id end
  for _, other in ipairs(others) do
    id = db:value("SELECT id FROM run WHERE job = ? AND params = ? AND status = 'done'", other, key)
    if id and not o.changed then refuse_mixing(self, o) end
    if id then return id end
  end
  return select(2, db:run([[INSERT INTO run(job, params, seed, status, created)
    VALUES(?, ?, ?, 'pending', ?)]], job, key, seed, process.time()))
end

--- st:session{job=, file=, hash=, about=, points=, retry=, changed=} -> {id=, runs = list of ids,
-- total=, before= (done already)}. Points that are done stay so; those that failed are done again
-- with retry. `changed` ("keep", "redo") says what of the runs by another version of the script.
function Store:session(o)
  local holder = self:holder()
  local session = { holder = holder, runs = {} }
  self.db:transaction(function()
    local db = self.db
    tidy(self)
    self:reclaim()
    local job, others = job_rows(self, o)
    session.id = select(2, db:run("INSERT INTO session(holder) VALUES(?)", holder.id))
    for k, key in ipairs(points.keys(o.points)) do
      local id = run_of(self, o, job, others, key, o.points[k].seed)
      session.runs[k] = id
      db:run("INSERT OR IGNORE INTO task(session, run) VALUES(?, ?)", session.id, id)
    end
    db:run([[UPDATE run SET deaths = 0 WHERE status = 'pending'
      AND id IN (SELECT run FROM task WHERE session = ?)]], session.id)
    if o.retry then
      db:run([[UPDATE run SET status = 'pending', deaths = 0 WHERE status = 'failed'
        AND id IN (SELECT run FROM task WHERE session = ?)]], session.id)
    end
  end)
  local now = self:progress(session.id)
  session.total, session.before, session.failed_before = now.total, now.done, now.failed
  return session
end

--- How many points of the session have which status: {pending=, running=, done=, failed=, total=}.
function Store:progress(session)
  local counts = { pending = 0, running = 0, done = 0, failed = 0, total = 0 }
  for _, row in ipairs(self.db:all([[SELECT status, count(*) AS n FROM task
      JOIN run ON run.id = task.run WHERE session = ? GROUP BY status]], session)) do
    counts[row.status], counts.total = row.n, counts.total + row.n
  end
  return counts
end

--- The session's end: forgets which points it was about. A store that somebody has removed in the
-- meantime, and with it all that was done, is an error.
function Store:leave(session)
  self.db:transaction(function()
    self.db:run("DELETE FROM task WHERE session = ?", session.id)
    self.db:run("DELETE FROM session WHERE id = ?", session.id)
  end)
  session.holder:close()
  if not pcall(process.realpath, self.path) then
    fail(self.path, "was removed while it was in use: its runs are lost")
  end
end

-- ---- taking and giving --------------------------------------------------------------------------

local TAKE <const> = [[UPDATE run SET status = 'running', holder = ?1, attempts = attempts + 1,
    started = ?2, error = NULL
  WHERE id = (SELECT task.run FROM task JOIN run ON run.id = task.run
    WHERE task.session = ?3 AND task.run > ?4 AND run.status = 'pending' ORDER BY task.run LIMIT 1)
  RETURNING id, job, params]]

--- The next pending point after the last one taken, else the first: the search stays short.
local function take(self, session)
  local row = self.db:first(TAKE, self.id, process.time(), session, self.last)
  if not row and self.last > 0 then
    row = self.db:first(TAKE, self.id, process.time(), session, 0)
  end
  if not row then return nil end
  self.last = row.id
  local job = self.db:first("SELECT kind, name, file, hash FROM job WHERE id = ?", row.job)
  return { id = row.id, kind = job.kind, name = job.name, file = job.file, hash = job.hash,
    params = row.params }
end

--- holder:take(session) -> the next point, or nil when none is pending.
function Holder:take(session)
  return self.db:transaction(function() return take(self, session) end)
end

--- Puts a point back that was not finished.
function Holder:release(run)
  self.db:run([[UPDATE run SET status = 'pending', holder = NULL
    WHERE id = ? AND holder = ? AND status = 'running']], run.id, self.id)
end

local function put_metric(db, run, name, value)
  local kind = type(value) == "string" and "text" or type(value)
  if value ~= value then value = nil end -- SQL has no NaN
  db:run("INSERT INTO metric(run, name, type, value) VALUES(?, ?, ?, ?)", run, name, kind, value)
end

local function put_array(db, run, name, data, times)
  db:run("INSERT INTO array(run, name, rows, cols, times, data) VALUES(?, ?, ?, ?, ?, ?)", run,
    name, data.rows, data.cols, times, data:to "f64")
end

--- Puts metrics and arrays of the outcome in place of those of an attempt that failed.
local function put_results(db, run, outcome)
  db:run("DELETE FROM metric WHERE run = ?", run)
  db:run("DELETE FROM array WHERE run = ?", run)
  for name, value in pairs(outcome.metrics or {}) do put_metric(db, run, name, value) end
  for name, data in pairs(outcome.arrays or {}) do put_array(db, run, name, data) end
  for name, curve in pairs(outcome.curves or {}) do
    put_array(db, run, name, curve.data, curve.t)
  end
end

--- Stores what a run gave, within a transaction.
local function put(self, run, outcome, seconds)
  local db = self.db
  local changed = db:run([[UPDATE run SET status = ?, holder = NULL, finished = ?, seconds = ?,
      error = ?, version = ?, threads = ?, machine = ?
    WHERE id = ? AND holder = ? AND status = 'running']], outcome.status, process.time(), seconds,
    outcome.error, core.version, outcome.threads or core.threads(),
    outcome.machine or self.machine, run.id, self.id)
  if changed ~= 1 then fail(self.store.path, "run %d was taken by another process", run.id) end
  put_results(db, run.id, outcome)
end

--- The outcome of a run whose results the database has refused for their size.
local function unfit(outcome, why)
  local kept = outcome.status == "done" and "its results cannot be kept: " or "what it left: "
  return { status = "failed", error = kept .. why:match "a value is longer.*" }
end

--- holder:finish(run, outcome, seconds[, session]) -> the next point of the session, or nil; and
-- the outcome as it was stored: a run is failed if its results are larger than a database can hold.
-- The outcome says what job:execute says, and where it is from elsewhere, on which machine and with
-- how many threads.
function Holder:finish(run, outcome, seconds, session)
  local function finish(what)
    return self.db:transaction(function()
      put(self, run, what, seconds)
      return session and take(self, session)
    end)
  end
  local good, result = pcall(finish, outcome)
  if good then return result, outcome end
  if not tostring(result):find "a value is longer than" then error(result, 0) end
  outcome = unfit(outcome, result)
  return finish(outcome), outcome
end

-- ---- checkpoints --------------------------------------------------------------------------------

--- The file beside the store of this path in which a run keeps its state under this name; nil where
-- there is no such folder, as seen from another machine.
function store.checkpoint(path, run, name)
  local folder <close> = io.open(path:match "^(.*/)[^/]*$" or ".") -- which opens folders too
  return folder and ("%s-checkpoint-%d-%s-%s.npz"):format(path, run.id, run.hash:sub(1, 12),
    (name or "state"):gsub("[^%w_.-]", "_"))
end

return store
