--- sd.compile: functions that run without Lua.
--
--   local plan = sd.compile(step)
--   plan(s, ...)                        step's results, compiled
--   s, h = plan:iterate(s, n, options)  n steps
--   plan:explain()                      what was made of the last call or iteration
--
-- A step takes a state, a tree (saddle.tree) of matrices, numbers and rngs, and returns the fields
-- of it that change, as a tree with the same names; the others persist. All are assigned at once,
-- after all are computed. An rng of the state that was drawn from has moved on, returned or not. A
-- compiled function is traced once for each signature (names, shapes, dtypes, strings, booleans):
-- numbers of the state are inputs; numbers that the function captures are constants; matrices it
-- captures are read when it runs, and what it computes of these alone is computed again after a
-- write to them. Within iterate, matrices of few rows and many columns may be stored as their
-- transposes where that is faster (explain names these leaves): sums and products of them may then
-- be rounded otherwise than by plan(s), all else is the same.
--
-- Options of iterate:
--   every=k          records at t = 0, k, 2k, ... and at the end, t counting completed steps
--   record=f         f(s) -> {name = number or matrix, ...}, traced with the step: h.name has
--                    one column a record, the elements in column-major order
--   stop=f           f(s) -> number, traced: not 0 ends the run; looked at before each step
--   hook=f           f(s, t, record), called at records with values, not at a checkpoint's
--   log=f            f(t, record), called at records; where a run goes on from a checkpoint, first
--                    at those that the checkpoint holds, so that it sees all records of h
--   checkpoint=path or {file=path, seconds=5}   state and records are saved there at most that
--                    often, and when the run ends, by an error too; if the file is there, the run
--                    goes on from it: the numbers of the state are those saved
--   eager=true       op by op, in Lua: slow, and an error shows where
-- h.t is the row of times, h.n the number of steps done, h.status is "done", "stopped", "diverged"
-- (NaN or infinity in the state or a record, looked for at records and at the end) or "interrupted"
-- (Ctrl-C). Without `every` there are records at 0 and at the end. An error in a step, or Ctrl-C in
-- Lua code (a hook, eager steps), is raised; plan:last() gives state and records up to it.
local core = require "saddle.core"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local compiled = {}

-- Loaded when something is iterated.
function compiled.iterate(...) return require "saddle.iterate".iterate(...) end
function compiled.last(...) return require "saddle.iterate".last(...) end

local KEPT <const> = 16 -- traces a function keeps, the latest first

--- The entry of the list that `fits`, moved to its front; else what `make` gives, put there.
function compiled.recall(list, fits, make)
  local entry
  for k, known in ipairs(list) do
    if fits(known) then entry = table.remove(list, k) break end
  end
  entry = entry or make()
  table.insert(list, 1, entry)
  list[KEPT + 1] = nil
  return entry
end

--- first[k]: where the rng that is leaf k occurs first: it draws on from there. And the same as
-- text, a part of the signature.
local function twins(leaves)
  local first, seen, text = {}, {}, {}
  for k, leaf in ipairs(leaves) do
    if tree.kind(leaf) == "rng" then
      first[k] = seen[leaf] or k
      seen[leaf] = first[k]
      if first[k] ~= k then text[#text + 1] = ("%d=%d"):format(k, first[k]) end
    end
  end
  return first, table.concat(text, " ")
end

--- The traced call of n arguments for a signature.
local function trace_call(f, n, spec, leaves, first)
  local g <close> = tracing.graph(true)
  local inputs, outs, rngs = {}, {}, {}
  for k, leaf in ipairs(leaves) do
    inputs[k] = g:input(leaf)
    if first[k] then inputs[k] = inputs[first[k]] end
  end
  local results = table.pack(f(table.unpack(tree.unflatten(spec, inputs), 1, n)))
  local given, shape = tree.flatten({ table.unpack(results, 1, results.n) }, "compile: the results")
  for k, value in ipairs(given) do
    outs[k] = tree.kind(value) == "rng" and tracing.rng_state(value) or value
  end
  for k, leaf in ipairs(inputs) do
    if first[k] == k then
      outs[#outs + 1] = tracing.rng_state(leaf)
      rngs[#rngs + 1] = k
    end
  end
  return { plan = tracing.plan(g, outs), shape = shape, count = #given, rngs = rngs,
    n = results.n }
end

--- Whether a symbol or a traced rng is among the leaves: the call is within a trace, of f too.
local function is_traced(leaves)
  local captured = false
  for _, leaf in ipairs(leaves) do
    local isrng, traced = tracing.isrng(leaf)
    if traced or tracing.issymbol(leaf) then return true end
    captured = captured or isrng
  end
  if captured and tracing.current() then
    fail("plan: this rng was captured by a function that is being compiled; %s",
      "pass it as an argument")
  end
  return false
end

--- plan(...): f's results for trees of values; with a symbol among them f itself is traced.
local function call(self, ...)
  local n = select("#", ...)
  local leaves, spec = tree.flatten({ ... }, "compile: the arguments")
  if is_traced(leaves) then return self.f(...) end
  local first, pattern = twins(leaves)
  local key = n .. tree.key(spec, leaves) .. pattern
  local entry = self.recall(self.calls, function(e) return e.key == key end, function()
    local made = trace_call(self.f, n, spec, leaves, first)
    made.key = key
    return made
  end)
  self.latest = entry.plan
  local values = entry.plan:run(leaves)
  for j, k in ipairs(entry.rngs) do tracing.rng_assign(leaves[k], values[entry.count + j]) end
  local results = tree.unflatten(entry.shape, values)
  return table.unpack(results, 1, entry.n)
end

--- plan:explain() -> text: the steps of the last call or iteration, costs, memory, constants.
function compiled:explain()
  if not self.latest then fail "explain: call the plan, or iterate it, first" end
  return self.latest:explain()
end

local meta = { __index = compiled, __call = call, __name = "compiled function" }

--- sd.compile(f) -> plan.
return function(f)
  if not tracing.callable(f) then
    fail("compile: argument 1 must be a function, got %s", core.show(f))
  end
  return setmetatable({ f = f, iterations = {}, calls = {} }, meta)
end
