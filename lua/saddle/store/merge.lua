--- Stores made one: the shards of a cluster come together.
--
--   local counts = merge(out, inputs, prefer)     out, inputs: open stores (store.lua)
--   counts.new, counts.finished, counts.replaced, counts.same
--
-- Runs are the same point when kind, name, hash of the script and parameters are equal. A point
-- that is new is added; one that is done takes the place of one that is not, one that failed that
-- of a pending one. Two that are done must have the same metrics and arrays to the bit: else it is
-- an error, unless `prefer` says whose stays, "first" (out, then the inputs in order) or "last".
-- Points at work in an input come as pending; in out there must be none. One transaction: after an
-- error out is as it was. Inputs are read in one state each, and nothing of them changes.
local core = require "saddle.core"
local json = require "saddle.json"
local read = require "saddle.store.read"
require("saddle.tree").module()
local fail, matrix = read.fail, core.frombytes

local RANK <const> = { pending = 0, running = 0, failed = 1, done = 2 }

-- ---- comparing ----------------------------------------------------------------------------------

--- Whether two values of the database are equal to the bit.
local function same(a, b)
  if math.type(a) ~= math.type(b) then return false end
  if math.type(a) == "float" then return ("d"):pack(a) == ("d"):pack(b) end
  return a == b
end

local function show(v)
  if v == nil then return "nan" end
  if type(v) == "number" then return json.number(v) end
  return core.show(v)
end

--- The first difference between rows by name, in a sentence, or nil. differ(a, b) says how two of a
-- name differ.
local function compare(what, a, b, differ)
  local other = {}
  for _, row in ipairs(b) do other[row.name] = row end
  for _, row in ipairs(a) do
    local twin = other[row.name]
    if not twin then return ("%s '%s' is in one only"):format(what, row.name) end
    local difference = differ(row, twin)
    if difference then return ("%s '%s' is %s"):format(what, row.name, difference) end
    other[row.name] = nil
  end
  local name = next(other)
  return name and ("%s '%s' is in one only"):format(what, name)
end

local function metrics_of(st, run)
  return st.db:all("SELECT name, type, value FROM metric WHERE run = ? ORDER BY name", run)
end

local function arrays_of(st, run)
  return st.db:all([[SELECT name, rows, cols, times, data FROM array
    WHERE run = ? ORDER BY name]], run)
end

local function metric_differs(a, b)
  if a.type ~= b.type then return ("a %s and a %s"):format(a.type, b.type) end
  if not same(a.value, b.value) then return ("%s and %s"):format(show(a.value), show(b.value)) end
end

local function array_differs(a, b)
  if a.rows ~= b.rows or a.cols ~= b.cols then
    return ("%dx%d and %dx%d"):format(a.rows, a.cols, b.rows, b.cols)
  end
  if a.times ~= b.times then return "of other times" end
  if a.data ~= b.data then return "not the same in all elements" end
end

--- How the results of two runs differ, in a sentence; nil when they do not.
local function difference(out, run, input, other)
  return compare("metric", metrics_of(out, run), metrics_of(input, other), metric_differs)
    or compare("array", arrays_of(out, run), arrays_of(input, other), array_differs)
end

-- ---- copying ------------------------------------------------------------------------------------

--- The number of the job in out, made when it is new; and whether it is.
local function job_in(out, job)
  local db = out.db
  local old = db:value("SELECT id FROM job WHERE kind = ? AND name = ? AND hash = ?", job.kind,
    job.name, job.hash)
  if old then return old, false end
  local _, id = db:run([[INSERT INTO job(kind, name, hash, file, about, created)
    VALUES(?, ?, ?, ?, ?, ?)]], job.kind, job.name, job.hash, job.file, job.about, job.created)
  return id, true
end

--- A blob of an input as a row of 64-bit floats, which it must be.
local function blob(input, run, name, bytes, count)
  if #bytes ~= 8 * count then fail(input, "array '%s' of run %d is damaged", name, run) end
  return matrix(bytes, 1, count)
end

--- Results of a run of an input become those of a run of out.
local function copy_results(out, run, input, other)
  local db = out.db
  db:run("DELETE FROM metric WHERE run = ?", run)
  db:run("DELETE FROM array WHERE run = ?", run)
  for _, m in ipairs(metrics_of(input, other)) do
    db:run("INSERT INTO metric(run, name, type, value) VALUES(?, ?, ?, ?)", run, m.name, m.type,
      m.value)
  end
  for _, a in ipairs(arrays_of(input, other)) do
    db:run("INSERT INTO array(run, name, rows, cols, times, data) VALUES(?, ?, ?, ?, ?, ?)", run,
      a.name, a.rows, a.cols, a.times and blob(input, other, a.name, a.times, a.cols) or nil,
      blob(input, other, a.name, a.data, a.rows * a.cols))
  end
end

--- A row of out <- that of a run of an input, with its results.
local function copy(out, id, input, run)
  local pending = RANK[run.status] == 0
  out.db:run([[UPDATE run SET status = ?, attempts = ?, started = ?, finished = ?, seconds = ?,
      error = ?, version = ?, threads = ?, machine = ? WHERE id = ?]],
    pending and "pending" or run.status, run.attempts, not pending and run.started or nil,
    run.finished, run.seconds, run.error, run.version, run.threads, run.machine, id)
  copy_results(out, id, input, run.id)
end

local function add(out, job, input, run)
  local _, id = out.db:run([[INSERT INTO run(job, params, seed, status, created)
    VALUES(?, ?, ?, 'pending', ?)]], job, run.params, run.seed, run.created)
  copy(out, id, input, run)
  return id
end

-- ---- merging ------------------------------------------------------------------------------------

--- What becomes of a point that out has, too: the name of a count, and whether it is to be copied.
local function decide(state, job, have, input, run)
  if RANK[run.status] ~= RANK[have.status] then
    return RANK[run.status] == 2 and "finished" or "same", RANK[run.status] > RANK[have.status]
  end
  if run.status ~= "done" then return "same", false end
  local differs = difference(state.out, have.id, input, run.id)
  if not differs then return "same", false end
  if state.prefer then
    local last = state.prefer == "last"
    return last and "replaced" or "kept", last
  end
  fail(input, "%s %s: %s, in %s and here: --prefer first or last decides", job.name, run.params,
    differs, (state.from[have.id] or state.out).path)
end

local function take(state, input)
  local db, out, counts = input.db, state.out, state.counts
  for _, job in ipairs(db:all "SELECT * FROM job ORDER BY id") do
    local id, new = job_in(out, job)
    for _, run in ipairs(db:all("SELECT * FROM run WHERE job = ? ORDER BY id", job.id)) do
      local have = not new
        and out.db:first("SELECT id, status FROM run WHERE job = ? AND params = ?", id, run.params)
      local count, better = "new", true
      if have then count, better = decide(state, job, have, input, run) end
      counts[count] = counts[count] + 1
      if not have then
        state.from[add(out, id, input, run)] = input
      elseif better then
        copy(out, have.id, input, run)
        state.from[have.id] = input
      end
    end
  end
end

--- merge(out, inputs, prefer) -> counts {new=, finished=, replaced=, kept=, same=} of points.
return function(out, inputs, prefer)
  local state = { out = out, prefer = prefer, from = {},
    counts = { new = 0, finished = 0, replaced = 0, kept = 0, same = 0 } }
  out.db:transaction(function()
    out:reclaim()
    local at_work = out.db:value "SELECT count(*) FROM run WHERE status = 'running'"
    if at_work > 0 then fail(out, "has %d points at work: wait for their command", at_work) end
    for _, input in ipairs(inputs) do
      input.db:transaction(function() take(state, input) end)
    end
  end)
  return state.counts
end
