--- Help on compiled functions and runs (the form of entries: lua/saddle/help.lua).
return {
  title = "Compiled functions and runs",
  text = "A compiled function is traced once for each signature (names, shapes, dtypes) and then "
    .. "runs without Lua: equal terms are shared, chains of element-wise functions fused, memory "
    .. "laid out once. Numbers of the state and the arguments are inputs; numbers that the "
    .. "function captures are constants; matrices it captures are read when it runs. "
    .. "`plan:iterate` runs a step many times over a state.",
  source = "lua/saddle/compile.lua; src/README.md follows one function from Lua to kernels",
  classes = { plan = "plan", h = "history" },
  { "sd.compile(step) -> plan",
    "A compiled function. Called, it gives what the function gives; a step, which takes a state "
      .. "and returns the fields that change, can be iterated.",
    step = "function of a tree, or several, that returns trees", plan = "plan",
    errors = "what is no function; what cannot be traced, at the first call.",
    example = [[
local plan = sd.compile(function(x, y) return x % y + 1 end)
print(plan(sd.matrix { 1, 2 }, 3)(2)) --> 7.0
]] },
  { "plan:iterate(s, n[, {every=, record=, stop=, hook=, log=, checkpoint=, eager=false}]) -> "
    .. "state, h",
    "n steps. The fields that the step returns are assigned at once, after all are computed; the "
      .. "others persist; an rng of the state that was drawn from has moved on. Runs of a and b "
      .. "steps have the bits of one of a + b. After an error or Ctrl-C plan:last() has the last "
      .. "completed step.",
    plan = "plan", s = "tree the state: matrices, numbers, rngs", n = "integer steps",
    every = "integer records at 0, every, 2 every, ..., and at the end",
    record = "function of the state that gives a table of numbers and matrices, traced with the "
      .. "step",
    stop = "function of the state that gives a number, not 0 to end; traced",
    hook = "function of state, t, record, called with values", log = "function of t, record",
    checkpoint = "string|table a file, or {file=, seconds=5}: what is saved there is gone on from",
    eager = "boolean op by op, to see where an error is",
    state = "tree the state after the last step", h = "history",
    errors = "fields that the state does not have, or of another shape; n that is no whole number.",
    example = [[
local plan = sd.compile(function(s) return { x = 0.5 * s.x } end)
local s, h = plan:iterate({ x = 1, name = "half" }, 10,
  { every = 5, record = function(s) return { x = s.x } end })
print(s.x == 2 ^ -10, h.status, h.n, h.x(2)) --> true done 10 0.03125
]] },
  { { "h.t -> times", "h.n -> steps", "h.status -> word" },
    "What a run was: the times of its records (a row; h.name of each recorded name has a column "
      .. "for each), how many steps were made, and how it ended: \"done\", \"stopped\" (by stop), "
      .. "\"diverged\" (NaN or infinity in the state or a record) or \"interrupted\" (Ctrl-C).",
    h = "history", times = "matrix 1 x records", steps = "integer", word = "string",
    errors = "none of its own.",
    example = [[
local plan = sd.compile(function(s) return { x = s.x ^ 2 } end)
local _, h = plan:iterate({ x = 3.0 }, 100, { every = 1 })
print(h.status) --> diverged
]] },
  { "plan:last() -> state, h",
    "State and history of the last iteration up to its last completed step, also when it ended in "
      .. "an error.",
    plan = "plan", state = "tree", h = "history", errors = "nothing has been iterated.",
    example = [[
local plan = sd.compile(function(s) return { x = s.x + 1 } end)
pcall(plan.iterate, plan, { x = 0 }, 10, { every = 4, hook = function(_, t)
  if t == 8 then error "enough" end
end })
print(plan:last().x) --> 8.0
]] },
  { "plan:explain() -> text",
    "What was made of the last call or iteration: steps in order with shapes, operations counted, "
      .. "bytes moved, memory, captured matrices and constants, and the line of the script that "
      .. "each came from.",
    plan = "plan", text = "string", errors = "nothing has been run.",
    example = [[
local plan = sd.compile(function(x) return sd.exp(2 * x) + 1 end)
plan(sd.ones(3, 1))
print(plan:explain():match "loop of %d" ~= nil) --> true
]] },
  { "sd.loop(n, f, state[, {tape=}]) -> state2, tape2",
    "A function applied n times as one op with derivatives of its own, for inner loops too long "
      .. "to unroll. f(state, t) returns the changed fields. The tape has named leaves after each "
      .. "iteration.",
    n = "integer", f = "function of state and t = 1 .. n", state = "tree",
    tape = "table names of leaves", state2 = "tree the last state",
    tape2 = "table|nil name -> a column for each iteration",
    errors = "a field that changes its shape, or is not in the state.",
    example = [[
local function root(a) -- Newton's method
  return sd.loop(20, function(s) return { x = (s.x + a / s.x) / 2 } end, { x = a }).x
end
print(("%.6f %.6f"):format(root(2), sd.grad(root)(4))) --> 1.414214 0.250000
]] },
  { "sd.schedule(f, t) -> value",
    "A Lua function of the step number in a compiled step: f is called with plain numbers, ahead "
      .. "of the steps, and the plan reads a table.",
    f = "function of a number that gives a number", t = "number the symbol of a field that counts",
    value = "number",
    errors = "f gives no number.",
    example = [[
local function even(t) return t % 2 == 0 and 1 or 0 end
local plan = sd.compile(function(s)
  return { sum = s.sum + sd.schedule(even, s.t), t = s.t + 1 }
end)
print(plan:iterate({ sum = 0, t = 1 }, 10).sum) --> 5.0
]] },
  { "sd.op{name=, run=, shape=, vjp=, jvp=} -> op",
    "A function of one's own, whose value is computed in Lua, and which works on matrices and "
      .. "symbols, under all transforms and in plans. Its rule is written in functions of sd, so "
      .. "second derivatives follow; either of vjp and jvp follows from the other.",
    name = "string for messages", run = "function of matrices that gives a matrix",
    shape = "function of {rows=, cols=, dtype=} of each argument that gives rows, cols; by "
      .. "default those of the first",
    vjp = "function of dY, Y, A, ... that gives dA, ...",
    jvp = "function of {dA, ...}, Y, A, ... that gives dY", op = "function",
    errors = "a run whose result has another shape; a derivative without a rule.",
    example = [[
local cube = sd.op { name = "cube", run = function(x) return x ^ 3 end,
  vjp = function(dy, _, x) return 3 * dy % x ^ 2 end }
print(sd.grad(function(x) return sd.sum(cube(x)) end)(sd.matrix { 2 })(1)) --> 12.0
]] },
}
