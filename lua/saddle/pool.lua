--- A pool of workers for a session of a store (store.lua, worker.lua).
--
-- Workers take their points from the store themselves; here they are started, counted and, when
-- one ends before its time, replaced, its point taken back. Each gets its share of the processors
-- as BLAS threads.
local core = require "saddle.core"
local progress = require "saddle.progress"
local process = core.process
require("saddle.tree").module()

local pool = {}

local POLL <const> = 0.25 -- seconds between looks at the store while others have our points
local STILLBORN <const> = 3 -- workers that end without a finished point, one after the other

local function start(st, session, o)
  local words = { process.executable(), "worker", st.path, ("%d"):format(session.id) }
  if st.full then words[#words + 1] = "--sync" end
  return { child = process.spawn(words, { stdout = "stderr",
    env = { OPENBLAS_NUM_THREADS = ("%d"):format(o.threads) } }), text = "", finished = 0 }
end

--- Counts finished points and shows how far they are: tally.add("done" or "failed"), tally.done().
function pool.tally(total, label)
  local bar, failed = progress(total, { label = label }), 0
  return { add = function(status)
    if status == "failed" then
      failed = failed + 1
      bar:note(("%d failed"):format(failed))
    end
    bar:step()
  end, done = function() bar:clear() end }
end

--- Counts what a worker has reported.
local function read(w, tally)
  local text = w.child:read()
  if not text or text == "" then return end
  w.text = w.text .. text
  local lines, rest = w.text:match "^(.*\n)(.*)$"
  if not lines then return end
  w.text = rest
  for status in lines:gmatch "(%a+) %d+\n" do
    w.finished = w.finished + 1
    tally.add(status)
  end
end

--- Waits until the workers have ended, so many seconds at most, and not after Ctrl-C -> whether it
-- came.
local function await(workers, patience)
  local deadline = core.now() + patience
  for _, w in ipairs(workers) do
    while not w.child:status() and core.now() < deadline do
      if not pcall(process.wait, { w.child }, deadline - core.now()) then return true end
      w.child:read()
    end
  end
  return false
end

--- Ends the workers: they finish their points, or are interrupted, or, when that takes long or
-- Ctrl-C is pressed again, killed.
local function stop(workers)
  for _, w in ipairs(workers) do w.child:close() end
  local hurry = false
  for _, round in ipairs { { 2, "INT" }, { 10, "KILL" } } do
    local patience, signal = table.unpack(round)
    hurry = hurry or await(workers, patience)
    for _, w in ipairs(workers) do
      if not w.child:status() then w.child:signal(hurry and "KILL" or signal) end
    end
  end
  await(workers, 2) -- for their locks to be free
end

--- What a worker that ended badly says of itself.
local function ending(kind, number)
  if kind == "signal" then return ("was ended by signal %d"):format(number) end
  return ("ended with status %d"):format(number)
end

--- The workers that go on; points of those that have ended are taken back. One that ended badly
-- with no point in hand is stillborn: a point that ends its process is the point's failure.
local function sweep_up(st, workers, state)
  local alive = {}
  for _, w in ipairs(workers) do
    local kind, number = w.child:status()
    if not kind then
      alive[#alive + 1] = w
    elseif st:reclaim() == 0 and w.finished == 0 and (kind ~= "exit" or number ~= 0) then
      state.stillborn, state.ending = state.stillborn + 1, ending(kind, number)
    else
      state.stillborn = 0
    end
  end
  return alive
end

--- pool.run(st, session, {jobs=, label=}) -> {done=, failed=} of all points of the session, or an
-- error. Ctrl-C raises "interrupted!" when the workers have ended; their points are pending again.
function pool.run(st, session, o)
  local now = st:progress(session.id)
  if now.pending + now.running == 0 then return now end
  local tally = pool.tally(now.pending + now.running, o.label)
  local state, workers = { stillborn = 0 }, {}
  local unattended = now.pending -- points for which a worker may have to be started
  local threads = math.max(process.cores() // o.jobs, 1)
  local scope <close> = setmetatable({}, { __close = function() -- luacheck: ignore
    stop(workers)
    pcall(st.reclaim, st)
  end })
  while now.pending + now.running > 0 do
    for _ = 1, math.min(o.jobs - #workers, unattended) do
      workers[#workers + 1] = start(st, session, { threads = threads })
    end
    unattended = 0
    local children = {}
    for k, w in ipairs(workers) do children[k] = w.child end
    process.wait(children, POLL)
    local before = #workers
    for _, w in ipairs(workers) do read(w, tally) end
    workers = sweep_up(st, workers, state)
    if state.stillborn >= STILLBORN then
      error(("a worker %s before it had finished a point, %d times; its message is above")
        :format(state.ending, STILLBORN), 0)
    end
    if #workers < before or #workers == 0 then
      if #workers == 0 then st:reclaim() end -- of other commands' workers too
      now = st:progress(session.id)
      unattended = now.pending
    end
  end
  tally.done()
  return st:progress(session.id)
end

return pool
