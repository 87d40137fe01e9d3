--- The pool of a command that mpirun has started: this process, of rank 0, takes points from the
-- store, sends them to the others (mpi/worker.lua) and keeps what comes back. The store is open
-- here alone, for SQLite's locks do not reach from one machine to another.
--
-- A message to a rank is {run = point, store = path}, or {}: nothing more for now. The answer to
-- the first is {outcome=, seconds=}, {error = text} when the script cannot be loaded, or
-- {interrupted = true}; to the second {}, when the checkpoints of finished points are gone.
--
-- All points at work belong to the holder of the session. So when mpirun ends, however that comes
-- about, the same command goes on later. With many processes this one costs a little of a core: it
-- looks for answers, as all who wait do (post.lua), once a millisecond.
local core = require "saddle.core"
local tally_of = require("saddle.pool").tally
local wire = require "saddle.mpi.wire"
local post = require("saddle.mpi.post").reserve()
require("saddle.tree").module()

local pool = {}

local POLL <const> = 0.25 -- seconds between looks at the store while others have our points

local function send(message, to) post:send(post.POINTS, wire.encode("mpi", message), to) end

local function give(state, run, to)
  state.at_work[to], state.busy = run, state.busy + 1
  send({ run = run, store = state.path }, to)
end

--- Points for the ranks that have none, and those of processes that are gone among them.
local function offer(state)
  if state.busy == post.size - 1 then return end
  state.st:reclaim()
  for to = 1, post.size - 1 do
    local run = not state.at_work[to] and state.holder:take(state.session)
    if run then give(state, run, to) end
  end
end

--- Stores what a rank has found and gives it the next point.
local function accept(state, answer, from)
  if answer.interrupted then error("interrupted!", 0) end
  if answer.error then error(("process %d: %s"):format(from, answer.error), 0) end
  local run = state.holder:finish(state.at_work[from], answer.outcome, answer.seconds,
    state.session)
  state.at_work[from], state.busy = nil, state.busy - 1
  state.tally.add(answer.outcome.status)
  if run then give(state, run, from) end
end

--- The next answer and its rank; nil when none comes for a while.
local function listen()
  local text, from = post:receive(post.POINTS, nil, POLL)
  if text == nil then error("the other processes of mpirun have ended", 0) end
  if text then return wire.decode(text), from end
end

--- Waits until all ranks have tidied up.
local function dismiss()
  for to = 1, post.size - 1 do send({}, to) end
  local waiting = post.size - 1
  while waiting > 0 do
    local answer = listen()
    if answer and answer.interrupted then error("interrupted!", 0) end
    if answer then waiting = waiting - 1 end
  end
end

--- pool.run(st, session, {label=}): that of saddle.pool, with the processes of mpirun as workers.
function pool.run(st, session, o)
  local now = st:progress(session.id)
  if now.pending + now.running == 0 then return now end
  local state = { st = st, holder = session.holder, session = session.id,
    path = core.process.realpath(st.path), at_work = {}, busy = 0,
    tally = tally_of(now.pending + now.running, o.label) }
  local scope <close> = setmetatable({}, { __close = function() -- luacheck: ignore
    for _, run in pairs(state.at_work) do pcall(state.holder.release, state.holder, run) end
  end })
  while now.pending + now.running > 0 do
    offer(state)
    repeat
      local answer, from = listen()
      if answer then accept(state, answer, from) end
    until not answer or state.busy == 0
    if state.busy == 0 then now = st:progress(session.id) end
  end
  dismiss()
  state.tally.done()
  return now
end

return pool
