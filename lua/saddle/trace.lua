--- A function of trees called once on symbols, and the values of what comes out: what derive.lua
-- and jacobian.lua have in common.
local core = require "saddle.core"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local trace = {}

local callable = tracing.callable

local function check_function(name, f)
  if not callable(f) then
    fail("%s: argument 1 must be a function, got %s", name, core.show(f))
  end
end

-- Plans of earlier traces by structural key, so that a function that is traced again and again is
-- planned once. They hold no captured matrix between runs. Large ones are not worth keeping: they
-- run long enough.
local plans, oldest = {}, {}
local KEPT <const>, LARGE <const> = 64, 2^20 -- plans; bytes of an arena

--- The values of outs for these inputs of the graph.
local function evaluate(graph, outs, inputs)
  local key = tracing.key(graph, outs)
  local plan = plans[key]
  if not plan or plan:running() then
    plan = tracing.plan(graph, outs)
    if plan:size() > LARGE or plans[key] then return plan:run(inputs) end
    plans[key] = plan:share()
    oldest[#oldest + 1] = key
    if #oldest > KEPT then plans[table.remove(oldest, 1)] = nil end
  end
  return plan:run(inputs, graph)
end

-- ---- leaves -------------------------------------------------------------------------------------

local code = { f64 = 0, f32 = 1 }

local function is_variable(kind) return kind == "number" or kind == "matrix" end

--- The leaf v as a leaf of the type of `like`, or nil when shape or dtype differ.
local function as(v, like)
  local number = tracing.kind(like) == "number"
  if tracing.kind(v) == "number" then
    if number then return v end
    return like.rows == 1 and like.cols == 1 and
      tracing.apply("to", { k = { code[like.dtype], 0 } }, v) or nil
  elseif number then
    return v.rows == 1 and v.cols == 1 and tracing.apply("to", { k = { 0, 1 } }, v) or nil
  end
  return v.rows == like.rows and v.cols == like.cols and v.dtype == like.dtype and v or nil
end

--- The matrix v in this dtype.
local function convert(v, dtype) return v.dtype == dtype and v or v:to(dtype) end

local function zero_like(v)
  if tracing.kind(v) == "number" then return 0.0 end
  return core.zeros(v.rows, v.cols, { dtype = v.dtype })
end

--- How many elements the leaves have.
local function count(list)
  local n = 0
  for _, v in ipairs(list) do n = n + (tracing.kind(v) == "number" and 1 or v.rows * v.cols) end
  return n
end

--- f32 when all matrices are, else f64.
local function common_dtype(...)
  local dtype
  for _, list in ipairs { ... } do
    for _, v in ipairs(list) do
      if tracing.kind(v) == "matrix" and dtype ~= "f64" then dtype = v.dtype end
    end
  end
  return dtype or "f64"
end

--- A tree of spec: the variable leaves from `list`, in order (false: zero), the others from leaves.
local function assemble(spec, leaves, list)
  local out, n = {}, 0
  for k, kind in ipairs(tree.kinds(spec)) do
    if is_variable(kind) then
      n = n + 1
      out[k] = list[n] or zero_like(leaves[k])
    else
      out[k] = leaves[k]
    end
  end
  return tree.unflatten(spec, out)
end

local function variables(spec, leaves)
  local out = {}
  for k, kind in ipairs(tree.kinds(spec)) do
    if is_variable(kind) then out[#out + 1] = leaves[k] end
  end
  return out
end

local function describe(v)
  if tracing.kind(v) == "number" then return "a number" end
  return ("%dx%d %s"):format(v.rows, v.cols, v.dtype)
end

--- The leaves of the tree `given`, which must have the structure and types of the tree of these
-- leaves and spec, 1x1 and numbers standing for each other; and their kinds as given. Frozen leaves
-- are those of the latter. `what` and `as` are what messages call the two.
local function fit(where, what, given, as_what, leaves, spec)
  local list, other = tree.flatten(given, "%s: %s", where, what)
  local at, how = tree.difference(other, spec, what)
  if at then
    how = how:gsub(" in the first", ""):gsub("in the second", "in " .. as_what)
    how = how:gsub("in one", "in it"):gsub("in the other", "in " .. as_what)
    fail("%s: %s is not like %s: %s %s", where, what, as_what, at, how)
  end
  for k, kind in ipairs(tree.kinds(spec)) do
    if kind == "frozen" then
      list[k] = leaves[k]
    elseif kind ~= "rng" then
      local fits = as(list[k], leaves[k])
      if not fits then
        fail("%s: %s is %s, and %s is %s", where, tree.paths(other, what)[k], describe(list[k]),
          tree.paths(spec, as_what)[k], describe(leaves[k]))
      end
      list[k] = fits
    end
  end
  return list, tree.kinds(other)
end

--- The variable leaves of `given`, a tree that fits.
local function directions(where, what, given, as_what, leaves, spec)
  return variables(spec, (fit(where, what, given, as_what, leaves, spec)))
end

-- ---- a trace ------------------------------------------------------------------------------------

-- graph -> how many transforms within its trace are calling their functions now. Values are made of
-- symbols only when there are none: what does not depend on an input may yet depend on an alias.
local busy = setmetatable({}, { __mode = "k" })

--- Calls the function of the transform at `at`.
local function call(at, f)
  local extra = at.extra
  if not at.outer then return f(at.x, table.unpack(extra, 1, extra.n)) end
  local graph = at.graph
  local done <close> = setmetatable({}, { __close = function() -- luacheck: ignore
    busy[graph] = busy[graph] - 1
  end })
  busy[graph] = (busy[graph] or 0) + 1
  return f(at.x, table.unpack(extra, 1, extra.n)) -- no tail call: `done` is closed after it
end

local function is_traced_rng(v)
  if not tracing.isrng then return false end
  local is_rng, traced = tracing.isrng(v)
  return is_rng and traced
end

--- The traced rng that stands for an rng in this trace; draws advance it, and settle the rng
-- itself.
local function enter_rng(at, rng)
  if at.outer or not tracing.isrng or is_traced_rng(rng) then return rng end
  for k, known in ipairs(at.rngs) do
    if rawequal(known, rng) then return at.rng_symbols[k] end
  end
  local traced, n = at.graph:input(rng), #at.rngs + 1
  at.rngs[n], at.rng_symbols[n] = rng, traced
  at.inputs[#at.inputs + 1] = tracing.rng_state(traced) -- the input itself, which does not advance
  at.starts[#at.starts + 1] = rng:clone()
  return traced
end

--- An argument of f besides x: as it is, but for the rngs in it; plain tables and trees with rngs
-- are copied.
local function enter_extra(at, v, seen)
  if tree.kind(v) == "rng" then return enter_rng(at, v) end
  if type(v) ~= "table" or not tree.isplain(v) then return v end
  if seen[v] then return seen[v] end
  seen[v] = v
  local copy
  for key, below in next, v do
    local other = enter_extra(at, below, seen)
    if not rawequal(other, below) then
      if not copy then
        copy = setmetatable({}, getmetatable(v))
        for k, w in next, v do copy[k] = w end
      end
      copy[key] = other
    end
  end
  seen[v] = copy or v
  return seen[v]
end

--- A function that sets the rngs in these arguments back to where they are now: what evaluates a
-- function more than once shows it the same draws each time.
local function rewinder(...)
  local starts, seen = {}, {}
  local function visit(v)
    if tree.kind(v) == "rng" then
      starts[v] = v:clone()
    elseif type(v) == "table" and tree.isplain(v) and not seen[v] then
      seen[v] = true
      for _, below in next, v do visit(below) end
    end
  end
  for k = 1, select("#", ...) do visit((select(k, ...))) end
  return function() for rng, start in next, starts do tracing.rng_assign(rng, start) end end
end

-- Closes its graph, unless that was taken out before.
local closer = { __close = function(t) if t.graph then t.graph:close() end end }

--- The point where f is differentiated: its graph, the symbols of the variable leaves (wrt) and
-- their values, and x and the other arguments as f is called on them. `inputs` are those of the
-- graph: wrt, then rngs; `starts` what they are run with besides the values. `scope` is to be
-- closed when the trace is over.
local function enter(name, x, ...)
  local leaves, spec = tree.flatten(x, name .. ": x")
  local outer = tracing.current()
  local graph = outer or tracing.graph()
  local guard <close> = setmetatable({ graph = not outer and graph or nil }, closer)
  local at = { graph = graph, scope = not outer and graph or nil, outer = outer, leaves = leaves,
    spec = spec, wrt = {}, values = {}, inputs = {}, starts = {}, rngs = {}, rng_symbols = {} }
  local kinds, ins = tree.kinds(spec), {}
  for k, kind in ipairs(kinds) do
    ins[k] = leaves[k]
    if is_variable(kind) then
      ins[k] = outer and graph:alias(leaves[k]) or graph:input(leaves[k])
      at.wrt[#at.wrt + 1], at.values[#at.values + 1] = ins[k], leaves[k]
      at.inputs[#at.inputs + 1] = ins[k]
    end
  end
  for k, kind in ipairs(kinds) do
    if kind == "rng" then ins[k] = enter_rng(at, leaves[k]) end
  end
  at.extra = table.pack(...)
  local seen = {}
  for k = 1, at.extra.n do at.extra[k] = enter_extra(at, at.extra[k], seen) end
  at.x = tree.unflatten(spec, ins)
  guard.graph = nil -- the caller's from here on
  return at
end

local function pick_symbols(list, n)
  local symbols, place = {}, {}
  for k = 1, n or #list do
    if tracing.issymbol(list[k]) or is_traced_rng(list[k]) then
      symbols[#symbols + 1], place[#place + 1] = list[k], k
    end
  end
  return symbols, place
end

--- At top level: a function of values of wrt that gives the values of the symbols. Its first call
-- advances the rngs, as f called on values does.
local function runner(at, symbols)
  local n = #symbols
  local wanted = table.move(symbols, 1, n, 1, {})
  for k, traced in ipairs(at.rng_symbols) do wanted[n + k] = traced end
  local part, outs = at.graph, wanted
  if at.extended then part, outs = at.graph:extract(at.inputs, wanted) end
  local first = true
  return function(values)
    local results = evaluate(part, outs, table.move(at.starts, 1, #at.starts, #values + 1,
      table.move(values, 1, #values, 1, {})))
    for k, rng in ipairs(at.rngs) do
      if first then tracing.rng_assign(rng, results[n + k]) end
      results[n + k] = nil
    end
    first = false
    return results
  end
end

--- list, of n entries, with its symbols replaced by their values; within a trace only where none of
-- them depends on an input, and not where a compiled function is to follow writes to matrices.
local function settle(at, list, n)
  local symbols, place = pick_symbols(list, n)
  local values
  if not at.outer then
    values = (#symbols > 0 or #at.rngs > 0) and runner(at, symbols)(at.values) or {}
  else
    if at.graph:staged() or (busy[at.graph] or 0) > 0 or #symbols == 0 then return list end
    for _, s in ipairs(symbols) do
      if is_traced_rng(s) or at.graph:varies(s) then return list end
    end
    local part, outs = at.graph:extract({}, symbols)
    values = evaluate(part, outs, {})
  end
  for j, k in ipairs(place) do list[k] = values[j] end
  return list
end

trace.callable, trace.check_function = callable, check_function
trace.is_variable, trace.as, trace.zero_like, trace.count = is_variable, as, zero_like, count
trace.common_dtype, trace.convert = common_dtype, convert
trace.assemble, trace.variables, trace.pick_symbols = assemble, variables, pick_symbols
trace.fit, trace.directions = fit, directions
trace.enter, trace.call, trace.runner, trace.settle = enter, call, runner, settle
trace.rewinder = rewinder
return trace
