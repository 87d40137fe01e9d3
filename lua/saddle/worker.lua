--- A worker: takes points of a session from the store, runs them, gives the results back. It is a
-- process of its own (`saddle worker STORE SESSION`, started by pool.lua), so that what a script
-- does to its process ends no other run.
--
-- It ends when no point is pending, when its standard input ends (the process that started it is
-- gone; the point at work is finished first), or at Ctrl-C (the point at work is put back).
local core = require "saddle.core"
local json = require "saddle.json"
local script = require "saddle.script"
local storage = require "saddle.store"
local process = core.process
require("saddle.tree").module()

local worker = {}

--- The job of a point, from its script file; the one loaded last is kept.
local function loader()
  local file, loaded
  return function(run)
    if file ~= run.file then
      local wrong
      loaded, wrong = script.load(run.file)
      if not loaded then error(wrong, 0) end
      file = run.file
    end
    local job = loaded.job
    if loaded.hash ~= run.hash then
      error(("the script %s has changed since this command began"):format(run.file), 0)
    elseif not job or job.kind ~= run.kind or job.name ~= run.name then
      error(("the script %s gave the %s '%s' when this command began, and now %s: what it returns "
        .. "must not change"):format(run.file, run.kind, run.name,
        job and ("the %s '%s'"):format(job.kind, job.name) or "none"), 0)
    end
    return job
  end
end

--- Names the files beside the store in which a point keeps its state: the context of job:execute,
-- and a function that removes them.
local function context_of(path, run)
  local files = {}
  local function checkpoint(name)
    local file = storage.checkpoint(path, run, name)
    if file then files[file] = true end
    return file
  end
  return { checkpoint = checkpoint }, function()
    for file in pairs(files) do os.remove(file) end
  end
end

--- worker.executor() -> execute. execute(path, run) runs a point of the store of that path: its
-- outcome, the seconds it took, and a function that removes its checkpoints, for when it is
-- stored as done; nil when Ctrl-C ended it. Raises what is wrong with the script.
function worker.executor()
  local job_of = loader()
  return function(path, run)
    local job, context, tidy = job_of(run), context_of(path, run)
    local interrupts, start = process.interrupts(), core.now()
    local good, outcome = pcall(job.execute, job, json.decode(run.params), context)
    if process.interrupts() > interrupts then return nil end
    if not good then error(outcome, 0) end
    return outcome, core.now() - start, tidy
  end
end

--- worker.run(path, session): see above. Each finished point is reported as "done 17" or
-- "failed 17", a line each.
function worker.run(path, session, full)
  local st <close> = storage.open(path, { mode = "write", full = full })
  local holder <close> = st:holder()
  local execute = worker.executor()
  local run = holder:take(session)
  while run do
    local at <const> = run
    local good, outcome, seconds, tidy = pcall(execute, path, at)
    if not good or not outcome then holder:release(at) end
    if not good then error(outcome, 0) end
    if not outcome then return end
    run, outcome = holder:finish(at, outcome, seconds, not process.orphaned() and session or nil)
    if outcome.status == "done" then tidy() end
    process.report(("%s %d\n"):format(outcome.status, at.id))
  end
end

return worker
