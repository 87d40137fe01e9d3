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
local checkpoint = require "saddle.iterate.checkpoint"
local eager = require "saddle.iterate.eager"
local record = require "saddle.iterate.record"

local OPTIONS <const> = { "checkpoint", "eager", "every", "hook", "log", "record", "stop" }
local CLOCK_STEPS <const> = 1024 -- between two looks at the clock of a run with a checkpoint

local iterate = {}

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
  for _, name in ipairs { "record", "stop", "hook", "log" } do
    local f = o[name]
    local meta = f ~= nil and type(f) ~= "function" and getmetatable(f)
    if f ~= nil and type(f) ~= "function" and not (type(meta) == "table" and meta.__call) then
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
  if (o.hook or o.log or o.record) and not every then every = math.max(n, 1) end
  return n, every or 0
end

-- ---- tracing -----------------------------------------------------------------------------------

--- {it=, names=}: the iteration for states of this signature.
local function trace(f, spec, leaves, o)
  local g <close> = tracing.graph()
  local inputs = {}
  for k, leaf in ipairs(leaves) do inputs[k] = g:input(leaf) end
  local for_record, for_stop = record.with_own_rngs(inputs), record.with_own_rngs(inputs)
  local new = changes.of(inputs, changes.index(spec, #leaves),
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
  return { it = tracing.iteration(g, outs, at, records, stop), names = names, busy = false }
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
  self.latest = entry.it
  return entry
end

-- ---- running -----------------------------------------------------------------------------------

--- Joins the records of a checkpoint and those made since.
local function joined(before, since)
  if not before then return since end
  local out = {}
  for k, m in ipairs(since) do
    out[k] = before[k] and #before[k] > 0 and core.hcat(before[k], m) or m
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
  return math.min(run.checkpoint and math.min(to, t + CLOCK_STEPS) or to, run.n)
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

local function save(run, force)
  local c, now = run.checkpoint, core.now()
  if not c or not force and now - run.saved < c.seconds then return end
  run.saved = now
  checkpoint.write(c.file, run.key, run.runner:state(), run.runner:t(),
    joined(run.before, run.runner:records()))
end

--- State and history so far.
local function result(run, status)
  return tree.unflatten(run.spec, run.runner:state()),
    history(run.names(), joined(run.before, run.runner:records()), run.runner:t(), status)
end

local function drive(run)
  local status = "paused"
  if run.every > 0 and run.looks and run.start == 0 then
    status = run.runner:run(0)
    look(run)
  end
  while status == "paused" do
    status = run.runner:run(next_pause(run, run.runner:t()))
    if status ~= "paused" and status ~= "done" and run.every > 0 then run.runner:record() end
    look(run)
    save(run, status ~= "paused")
  end
  run.status = status
  return status
end

--- What a checkpoint says of the run: leaves, first step, records before it.
local function resume(run, leaves)
  local at, t, before = checkpoint.read(run.checkpoint.file, run.key, leaves)
  if not at then return leaves end
  if t > run.n then
    fail("iterate: the checkpoint %s is at step %d, beyond %d", run.checkpoint.file, t, run.n)
  end
  local last = before[#before]
  if #last > 0 and last(#last) == t and t % run.every ~= 0 then -- of an end that is none any more
    for k, m in ipairs(before) do before[k] = m:col(1, m.cols - 1) end
  end
  run.start, run.before = t, before
  return at
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
  local entry = o.eager and { it = eager(self.f, spec, o) }
    or entry_for(self, key, spec, leaves, o)
  local run = { runner = entry.it, spec = spec, key = key, n = n, every = every, o = o, start = 0,
    saved = core.now(), checkpoint = checkpoint.check(o.checkpoint), looks = o.hook or o.log }
  function run.names() return entry.names or entry.it.names end
  if run.checkpoint then leaves = resume(run, leaves) end
  self.run, entry.busy = run, true
  run.runner:begin(leaves, run.start, n, every)
  local status = drive(run)
  entry.busy = false
  return result(run, status)
end

--- s, h = plan:last(): state and history of the last iteration, also of one that an error ended.
function iterate.last(self)
  if not self.run then fail "last: nothing has been iterated" end
  return result(self.run, self.run.status or "failed")
end

return iterate
