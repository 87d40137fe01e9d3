--- plan:iterate: a step run n times over a state (lua/saddle/compile.lua describes it).
--
-- A runner, compiled (src/lua/iterate.c) or eager (iterate/eager.lua), does steps, records and the
-- stopping rule; here is what goes on around it: pauses for hook, log and checkpoint, the history.
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()
local changes = require "saddle.iterate.changes"
local record = require "saddle.iterate.record"

local OPTIONS <const> = { "checkpoint", "eager", "every", "hook", "log", "record", "stop" }
local CLOCK_STEPS <const> = 4096 -- at most, between looks at the clock of a run with a checkpoint

local iterate = {}

--- Loaded by runs that have one.
local function checkpoint() return require "saddle.iterate.checkpoint" end

-- ---- options -----------------------------------------------------------------------------------

local function check_options(n, o)
  local wrong = options.wrong(o, OPTIONS)
  if wrong then fail("iterate: %s", wrong) end
  if math.type(n) ~= "integer" then
    local whole = type(n) == "number" and math.tointeger(n)
    if not whole then
      fail("iterate: the number of steps must be a whole number, got %s", core.show(n))
    end
    n = whole
  end
  if n < 0 then fail("iterate: the number of steps must not be negative, got %d", n) end
  if n > 2 ^ 53 then fail("iterate: the number of steps must be at most 2^53, got %d", n) end
  for _, name in ipairs { "record", "stop", "hook", "log" } do
    local f = o[name]
    if f ~= nil and not tracing.callable(f) then
      fail("iterate: option '%s' must be a function, got %s", name, core.show(f))
    end
  end
  local every = o.every
  if every ~= nil then
    every = type(every) == "number" and math.tointeger(every)
    if not every or every < 1 then
      fail("iterate: option 'every' must be a whole number from 1, got %s", core.show(o.every))
    end
  end
  if (o.hook or o.log or o.record) and not every then every = math.maxinteger end
  return n, every or 0
end

-- ---- tracing -----------------------------------------------------------------------------------

local function explain(entry) return entry.it:explain(entry.paths) end

--- {it=, names=, paths=, explain=}: the iteration for states of this signature.
local function trace(f, spec, leaves, o)
  local g <close> = tracing.graph(true)
  local inputs = {}
  for k, leaf in ipairs(leaves) do inputs[k] = g:input(leaf) end
  local for_record, for_stop = record.with_own_rngs(inputs), record.with_own_rngs(inputs)
  local new = changes.of(inputs, (changes.index(spec)),
    f(tree.unflatten(spec, inputs)))
  local outs, at = {}, {}
  for k = 1, #leaves do
    if new[k] ~= nil then
      at[#at + 1] = k
      outs[#outs + 1] = tree.kind(new[k]) == "rng" and tracing.rng_state(new[k]) or new[k]
    end
  end
  local names, records, stop = {}, {}, nil
  if o.record then names, records = record.fields(o.record(tree.unflatten(spec, for_record))) end
  if o.stop then stop = { record.scalar(o.stop(tree.unflatten(spec, for_stop))) } end
  return { it = tracing.iteration(g, outs, at, records, stop), names = names, busy = false,
    paths = tree.paths(spec, "s"), explain = explain }
end

--- The traced iteration for a signature; a run within a run of the same gets one of its own.
local function entry_for(self, key, spec, leaves, o)
  local entry = self.recall(self.iterations, function(e)
    return e.key == key and e.record == o.record and e.stop == o.stop and not e.busy
  end, function()
    local made = trace(self.f, spec, leaves, o)
    made.key, made.record, made.stop = key, o.record, o.stop
    return made
  end)
  self.latest = entry
  return entry
end

-- ---- running -----------------------------------------------------------------------------------

--- How many records the checkpoint holds; and without the last one if that was made because the run
-- ended there.
local function before(run)
  local times = run.before and run.before[#run.before]
  local count = times and times.cols or 0
  local off = count > 0 and times(count) % run.every ~= 0
  return count, off and count - 1 or count
end

--- How many of them count: not one of an end, when the run has gone on.
local function kept(run)
  local all, due = before(run)
  return run.runner:t() > run.start and due or all
end

--- The records, those of a checkpoint before those made since.
local function records(run)
  local since, made, count = run.runner:records(), run.before, kept(run)
  if count == 0 then return since end
  if #since ~= #made then return made end -- eager, and nothing recorded yet
  local out = {}
  for k, m in ipairs(since) do
    if made[k].rows ~= m.rows or made[k].dtype ~= m.dtype then
      fail("iterate: records of %dx1 %s follow such of %dx1 %s in the checkpoint %s", m.rows,
        m.dtype, made[k].rows, made[k].dtype, run.checkpoint.file)
    end
    out[k] = core.hcat(made[k]:col(1, count), m)
  end
  return out
end

local function history(names, matrices, n, status)
  local h = { t = matrices[#matrices], n = n, status = status }
  for k, name in ipairs(names) do h[name] = matrices[k] end
  return h
end

--- Where a run must pause next after t: at the next record when somebody looks at it.
local function next_pause(run, t)
  local to = run.n
  if run.every > 0 and run.looks then to = (t // run.every + 1) * run.every end
  return math.min(run.checkpoint and math.min(to, t + run.stride) or to, run.n)
end

--- Shows the newest record, if it has not been shown, to log and hook.
local function look(run)
  local count = run.looks and run.runner:recorded() or 0
  if count == 0 or count == run.seen then return end
  run.seen = count
  local t, newest = run.runner:t(), record.column(run.names(), run.runner:records(count), 1)
  if run.o.log then run.o.log(t, newest) end
  if run.o.hook then run.o.hook(tree.unflatten(run.spec, run.runner:state()), t, newest) end
end

--- Shows the checkpoint's records up to this one to log, which may be of another process than the
-- log that has seen them.
local function replay(run, upto)
  for k = run.replayed + 1, run.o.log and upto or 0 do
    run.replayed = k
    run.o.log(math.tointeger(run.before[#run.before](k)),
      record.column(run.names(), run.before, k))
  end
end

local function save(run)
  checkpoint().write(run.checkpoint.file, run.signature, run.runner:state(), run.runner:t(),
    records(run))
  run.saved = core.now()
end

--- Saves when it is time to, and sets how many steps may pass between looks at the clock.
local function save_in_time(run)
  local now = core.now()
  local passed, seconds = now - run.looked, run.checkpoint.seconds
  run.looked = now
  if passed < seconds / 8 then run.stride = math.min(2 * run.stride, CLOCK_STEPS) end
  if passed > seconds / 2 then run.stride = math.max(run.stride // 2, 1) end
  if now - run.saved >= seconds then save(run) end
end

--- Saves a run that an error has ended, unless a record failed that a run from here on would lack.
local function save_failed(run)
  local made, t = records(run), run.runner:t()
  local times = made[#made]
  local due = run.every > 0 and t > 0 and (t % run.every == 0 or t == run.n or run.stopped)
  if not due or times.cols > 0 and times(times.cols) == t then save(run) end
end

--- State and history so far.
local function result(run)
  local status = run.status ~= "paused" and run.status or "failed"
  return tree.unflatten(run.spec, run.runner:state()),
    history(run.names(), records(run), run.runner:t(), status)
end

local function drive(run)
  local looks = run.every > 0 and run.looks and run.start == 0
  replay(run, (select(2, before(run))))
  repeat
    local status = run.runner:run(looks and 0 or next_pause(run, run.runner:t()))
    looks, run.stopped = false, status == "stopped"
    if status ~= "paused" and status ~= "done" and run.every > 0 then run.runner:record() end
    look(run)
    if run.checkpoint and status == "paused" then save_in_time(run) end
    run.status = status
  until status ~= "paused"
  replay(run, kept(run))
  if run.checkpoint then save(run) end
end

--- The run's leaves: those of the checkpoint, when there is one.
local function resume(run, leaves)
  local every = run.every
  run.signature = ("%s %d %s"):format(run.key, every, table.concat(run.names(), " "))
  local at, t, made = checkpoint().read(run.checkpoint.file, run.signature, leaves,
    #run.names() + 1)
  if not at or t == 0 then return at or leaves end
  if t > run.n then
    fail("iterate: the checkpoint %s is at step %d, beyond %d", run.checkpoint.file, t, run.n)
  end
  run.start, run.before = t, made
  return at
end

--- From begin to the end, whatever ends it; self.run is the run that began or ended last.
local function complete(self, run, entry, leaves)
  local begun = false
  local scope <close> = setmetatable({}, { __close = function(_, err) -- luacheck: ignore
    entry.busy = false
    if not begun then return end
    self.run = run
    if err ~= nil and run.checkpoint then pcall(save_failed, run) end -- the error is what counts
  end })
  entry.busy, self.run = true, nil
  run.runner:begin(leaves, run.start, run.n, run.every)
  begun, self.run = true, run
  drive(run)
end

--- s, h = plan:iterate(s, n[, options]): see above.
function iterate.iterate(self, s, n, o)
  o = o or {}
  local every
  n, every = check_options(n, o)
  local leaves, spec = tree.flatten(s, "iterate: s")
  for _, leaf in ipairs(leaves) do
    if tracing.issymbol(leaf) then
      fail "iterate: the state must hold values; within a traced function use sd.loop"
    end
  end
  local key = tree.key(spec, leaves)
  local file = o.checkpoint ~= nil and checkpoint().check(o.checkpoint) or nil
  local entry = o.eager and { it = require "saddle.iterate.eager"(self.f, spec, o, leaves) }
    or entry_for(self, key, spec, leaves, o)
  local now = core.now()
  local run = { runner = entry.it, spec = spec, key = key, n = n, every = every, o = o, start = 0,
    saved = now, looked = now, stride = 1, checkpoint = file, looks = o.hook or o.log,
    replayed = 0 }
  function run.names() return entry.names or entry.it.names end
  if run.checkpoint then leaves = resume(run, leaves) end
  complete(self, run, entry, leaves)
  return result(run)
end

--- s, h = plan:last(): state and history of the last iteration, also of one that an error ended.
function iterate.last(self)
  if not self.run then fail "last: nothing has been iterated" end
  return result(self.run)
end

return iterate
