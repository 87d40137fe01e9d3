--- sd.optim: optimisers. An optimiser is a table {init=, update=} (saddle/optim/rule.lua):
--
--   local adam = sd.optim.adam{lr = 1e-3}
--   local state = adam.init(p)
--   step, state = adam.update(g, state, p, t)     -- p = p + step; t = 1, 2, ...
--
-- Those of the core, with their hyper-parameters (formulas: include/saddle/optim.h):
--
--   sgd         lr=.01 momentum=0 nesterov=false weight_decay=0
--   momentum    the same, momentum=.9
--   rmsprop     lr=.001 b2=.9 eps=1e-8
--   adagrad     lr=.01 eps=1e-8
--   adam        lr=.001 b1=.9 b2=.999 eps=1e-8 weight_decay=0
--   adam_raw    lr=.001 b1=.5 b2=.9 eps=1e-8
--   normalized  lr=.01 momentum=0 eps=0 scope="global" or "layer"
--
-- A hyper-parameter that is a number may be a function f(t) of plain numbers; saddle/schedules.lua
-- has some: sd.optim.constant, linear, cosine, steps. What is made of optimisers is in
-- saddle/optim/graft.lua: graft, clip, project; adalr and adadir are grafts. sd.optim.rule makes
-- a constructor from Lua functions. A file saddle/optim/<name>.lua on package.path that returns
-- such a constructor is sd.optim.<name>; `sd` is known in it without `require`.
--
-- By name: sd.optim("normalized,scope=layer,lr=0.1", {lr = 0.01}); the table overrides the text.
-- sd.optim(optimiser) is the optimiser.
local core = require "saddle.core"
local options = require "saddle.options"
local rule = require "saddle.optim.rule"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local optim = { rule = rule.rule }
local part_of = { -- functions of modules that are loaded when one is first named
  graft = "saddle.optim.graft", clip = "saddle.optim.graft", project = "saddle.optim.graft",
  constant = "saddle.schedules", linear = "saddle.schedules", cosine = "saddle.schedules",
  steps = "saddle.schedules" }

-- ---- the optimisers of the core -----------------------------------------------------------------

--- The slots that are kept, of a row with these hyper-parameters.
local function kept(row, h)
  local list = {}
  for k, slot in ipairs(row.slots) do list[k] = not (slot.unless and h[slot.unless] == 0) end
  return list
end

local function init_of(row)
  return function(p, h)
    local leaves, spec = tree.flatten(p)
    local state, keep = {}, kept(row, h)
    for k, slot in ipairs(row.slots) do
      if keep[k] then
        state[slot.name] = slot.number and 0.0 or trace.assemble(spec, leaves, {})
      end
    end
    return state
  end
end

--- A list of the number v, which is that field of a state.
local function number_of(row, name, v)
  local number = tracing.kind(v) and trace.as(v, 0.0)
  if not number then
    fail("%s: state.%s must be a number, got %s", row.name, name,
      core.show(v))
  end
  return { number }
end

--- slots[j]: the variable leaves of slot j, or its number, or false; raises unless the state is one
-- of the row.
local function slots_of(row, state, spec, leaves, keep)
  local slots, known = {}, 0
  local like = { leaves = leaves, spec = spec, kinds = tree.kinds(spec) }
  local function refuse(what)
    fail("%s: the state %s; it must be what init(p) gives", row.name, what)
  end
  if type(state) ~= "table" or tracing.kind(state) then refuse "is no table" end
  for j, slot in ipairs(row.slots) do
    slots[j] = false
    if keep[j] then
      if state[slot.name] == nil then refuse(("has no '%s'"):format(slot.name)) end
      known = known + 1
      slots[j] = slot.number and number_of(row, slot.name, state[slot.name])
        or trace.variables(spec, (tree.flatten(rule.like(row.name, "state." .. slot.name,
          state[slot.name], "p", like))))
    end
  end
  for _ in next, state do known = known - 1 end
  if known ~= 0 then refuse "has fields of something else" end
  return slots
end

local function step_of(row)
  return function(g, state, p, h, t, given)
    local leaves, spec = tree.flatten(p)
    local keep, hypers = kept(row, given), {}
    local slots = slots_of(row, state, spec, leaves, keep)
    for _, entry in ipairs(row.hyper) do
      local v = h[entry.name]
      hypers[entry.name] = v
      for k, word in ipairs(entry.words or {}) do
        if v == word then hypers[entry.name] = k - 1 end
      end
    end
    local steps, after = tracing.optim_step(row.name, hypers, t,
      trace.variables(spec, (tree.flatten(g))), trace.variables(spec, leaves), slots)
    local new = {}
    for j, slot in ipairs(row.slots) do
      if keep[j] then
        new[slot.name] = slot.number and after[j][1] or trace.assemble(spec, leaves, after[j])
      end
    end
    return trace.assemble(spec, leaves, steps), new
  end
end

for _, row in ipairs(tracing.optimisers()) do
  optim[row.name] = rule.constructor { name = row.name, entries = row.hyper, init = init_of(row),
    step = step_of(row) }
end

-- ---- by name ------------------------------------------------------------------------------------

local loading = {}

--- The constructor in the file saddle/optim/<name>.lua, or nil when there is no such file.
local function load_file(name)
  if part_of[name] or not name:match "^[%a_][%w_]*$" then return nil end
  local path = package.searchpath("saddle.optim." .. name, package.path)
  if not path then return nil end
  if loading[name] then fail("optim.%s: %s names itself while it is being loaded", name, path) end
  local env = setmetatable({ sd = require "saddle" }, { __index = _G, __newindex = _G })
  local chunk, message = loadfile(path, "t", env)
  if not chunk then error(("optim.%s: %s"):format(name, message), 0) end
  loading[name] = true
  local done <close> = setmetatable({}, { __close = function() -- luacheck: ignore
    loading[name] = nil
  end })
  local constructor = chunk()
  local def = rule.definition(constructor)
  if not def then
    fail("optim.%s: %s must return what sd.optim.rule returns, got %s", name, path,
      core.show(constructor))
  end
  def.name = def.name or name
  return constructor
end

--- The names of optimisers that need no file of the user's, and of those that have been loaded;
-- with `functions` of what else is here, too.
local function names(functions)
  local list = {}
  for _, name in ipairs { "adadir", "adalr" } do
    if not rawget(optim, name) then list[#list + 1] = name end
  end
  for name, f in next, optim do
    if functions or rule.definition(f) then list[#list + 1] = name end
  end
  for name in next, functions and part_of or {} do
    if not rawget(optim, name) then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

local function unknown(what, list)
  return (what:gsub("%c", "?")), options.hint(what, list)
end

local function lookup(_, name)
  if type(name) ~= "string" then fail("optim: no optimiser has the name %s", core.show(name)) end
  local found = part_of[name] and require(part_of[name])[name] or load_file(name)
  if not found then
    fail("optim.%s: no such optimiser or function, and no file saddle/optim/ of that name on "
      .. "package.path (%s)", unknown(name, names(true)))
  end
  rawset(optim, name, found)
  return found
end

--- "name,key=value,..." -> name, table
local function parse(text)
  local given, name = {}, text:match "^%s*([^,]*)":gsub("%s+$", "")
  for item in text:gmatch ",([^,]*)" do
    local key, value = item:match "^%s*([%w_]+)%s*=%s*(.-)%s*$"
    if not key then
      fail("optim: '%s' is not of the form name,key=value: '%s'", text:gsub("%c", "?"),
        (item:gsub("%c", "?")))
    end
    if given[key] then fail("optim: '%s' says %s twice", text:gsub("%c", "?"), key) end
    given[key] = tonumber(value) or value
  end
  return name, given
end

--- sd.optim(text[, hyper-parameters]) -> optimiser; sd.optim(optimiser) -> the same.
local function by_name(_, what, given)
  if rule.isoptimiser(what) then
    if given ~= nil then fail "optim: an optimiser has its hyper-parameters already" end
    return what
  end
  if type(what) ~= "string" then
    fail("optim: argument 1 must be a name such as \"adam,lr=0.01\" or an optimiser, got %s",
      core.show(what))
  end
  local name, all = parse(what)
  local constructor = rawget(optim, name) or load_file(name)
  if not rule.definition(constructor) then
    fail("optim: no optimiser has the name '%s' (%s)", unknown(name, names()))
  end
  if given ~= nil and (type(given) ~= "table" or getmetatable(given)) then
    fail("optim: argument 2 must be a plain table of hyper-parameters, got %s", core.show(given))
  end
  for key, value in next, given or {} do all[key] = value end
  return constructor(all)
end

return setmetatable(optim, { __names = names(true), __index = lookup, __call = by_name })
