--- What the processes of a command under mpirun do that are not of rank 0: they run the points that
-- rank 0 sends (mpi/pool.lua has the messages) until it ends.
--
-- What a run prints goes to the standard error, as with workers without mpirun. Where the number of
-- BLAS threads is not given by OPENBLAS_NUM_THREADS, each process gets its share of the processors.
local core = require "saddle.core"
local execute = require("saddle.worker").executor()
local interrupted = require("saddle.attempt").interrupted
local storage = require "saddle.store"
local wire = require "saddle.mpi.wire"
require("saddle.tree").module()

local worker = {}

local function settle(team)
  team.library.hush()
  if not os.getenv "OPENBLAS_NUM_THREADS" then
    local here = math.tointeger(os.getenv "OMPI_COMM_WORLD_LOCAL_SIZE") or team.size
    core.threads(math.max(core.process.cores() // here, 1))
  end
end

--- Runs a point: the answer, and a function for when it has been stored.
local function answer_to(order, machine)
  local good, outcome, seconds, tidy = pcall(execute, order.store, order.run)
  if not good then return { error = tostring(outcome) } end
  if not outcome then error("interrupted!", 0) end
  outcome.machine, outcome.threads = machine, core.threads()
  return { outcome = outcome, seconds = seconds }, outcome.status == "done" and tidy or nil
end

--- Answers until rank 0 ends.
local function serve(team)
  local machine, tidy = storage.machine(), nil
  while true do
    local text = team:receive(team.POINTS, 0)
    if not text then return end
    if tidy then tidy() end -- rank 0 has stored the outcome before it sends the next message
    local order, answer = wire.decode(text), {}
    tidy = nil
    if order.run then answer, tidy = answer_to(order, machine) end
    team:send(team.POINTS, wire.encode("mpi", answer), 0)
  end
end

--- worker.run(team): see above. After Ctrl-C, which mpirun passes on to all, the end is left to
-- rank 0, which first puts the points back.
function worker.run(team)
  settle(team)
  local good, wrong = pcall(serve, team)
  if good then return end
  if not interrupted(wrong) then error(wrong, 0) end
  team:send(team.POINTS, wire.encode("mpi", { interrupted = true }), 0)
  while team:receive(team.POINTS, 0) do end -- luacheck: ignore
end

return worker
