--- What an optimiser is, and constructors of them from rules.
--
-- An optimiser is a table {init=function(p) -> state, update=function(g, state, p, t) -> step,
-- state'}; whoever calls adds the step to p. p, g and the step are trees of one structure, and so
-- are a state and the next one. t = 1, 2, ... counts the steps. Frozen leaves (sd.frozen) of p get
-- no step. An update called on values compiles itself; called on symbols it becomes a part of what
-- is being traced.
local core = require "saddle.core"
local options = require "saddle.options"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local rule = {}

local show = core.show

-- ---- trees that are to be alike -----------------------------------------------------------------

--- A tree with operators, and what it is made of: {tree=, leaves=, spec=, kinds=}.
function rule.parts(t, what)
  local leaves, spec = tree.flatten(t, what)
  return { tree = tree.unflatten(spec, leaves), leaves = leaves, spec = spec,
    kinds = tree.kinds(spec) }
end

--- The tree t with the structure and types of the parts `like` (trace.fit).
function rule.like(where, what, t, as, like)
  local leaves, kinds = trace.fit(where, what, t, as, like.leaves, like.spec)
  for k, kind in ipairs(kinds) do
    if kind == "frozen" and like.kinds[k] ~= "frozen" then
      fail("%s: %s is frozen, and in %s it is not", where, tree.paths(like.spec, what)[k], as)
    end
  end
  return tree.unflatten(like.spec, leaves)
end

-- ---- optimisers ---------------------------------------------------------------------------------

local meta = { __name = "optimiser", __tostring = function(o) return o.text end }

--- Whether v is an optimiser, of whatever origin.
function rule.isoptimiser(v)
  return type(v) == "table" and tracing.callable(rawget(v, "init"))
    and tracing.callable(rawget(v, "update"))
end

--- What text calls an optimiser.
function rule.text(v) return getmetatable(v) == meta and v.text or "an optimiser" end

local function check_t(name, t)
  if tracing.issymbol(t) and tracing.kind(t) == "number" then return end
  if type(t) ~= "number" or not (t >= 1) then
    fail("%s: t must be the number of the step, from 1, got %s", name, show(t))
  end
end

local function check_tree(name, what, v)
  if type(v) == "table" or tracing.kind(v) then return end
  fail("%s: %s must be a tree of matrices and numbers, got %s", name, what, show(v))
end

--- An optimiser with checked arguments. `text` is what tostring gives; init(p) and update(g, state,
-- p, t), which is called on symbols, get trees with operators. `open`: the update has symbols of
-- its own, and is a part of the trace they belong to even if its arguments are values.
function rule.optimiser(name, text, init, update, open)
  local function traced(g, state, p, t)
    local P = rule.parts(p, name .. ": p")
    local S = rule.parts(state, name .. ": state")
    local G = rule.like(name, "g", g, "p", P)
    local step, after = update(G, S.tree, P.tree, t)
    return rule.like(name, "step", step, "p", P),
      rule.like(name, "state'", after, "state", S)
  end
  local plan
  local self = { name = name, text = text, open = open or nil }
  function self.init(p)
    check_tree(name, "p", p)
    local state = init(rule.parts(p, name .. ": p").tree)
    return rule.parts(state, name .. ": what init gives").tree
  end
  function self.update(g, state, p, t)
    check_tree(name, "g", g)
    check_tree(name, "state", state)
    check_tree(name, "p", p)
    check_t(name, t)
    local graph = tracing.current()
    if open or graph and graph:staged() then return traced(g, state, p, t) end
    tree.flatten(g, name .. ": g") -- the plan would call it "the arguments[1]"
    tree.flatten(state, name .. ": state")
    tree.flatten(p, name .. ": p")
    plan = plan or require "saddle.compile"(traced)
    return plan(g, state, p, t)
  end
  return setmetatable(self, meta)
end

-- ---- hyper-parameters ---------------------------------------------------------------------------
-- Entries are those of options.lua.

rule.POSITIVE = options.POSITIVE

local function choose(where, entry, v)
  local word, wanted = options.choose(entry, v)
  return word or fail("%s: %s must be %s, got %s", where, entry.name, wanted, show(v))
end

--- A hyper-parameter that is a number: v, or a function of t that checks what v gives.
function rule.value(where, entry, v)
  if tracing.issymbol(v) and tracing.kind(v) == "number" then return v end
  if tracing.callable(v) then
    return function(t)
      local at = v(t)
      if options.allows(entry, at) then return at end
      fail("%s: %s(%s) must be %s, got %s", where, entry.name, show(t), options.demand(entry),
        show(at))
    end
  end
  if options.allows(entry, v) then return v end
  fail("%s: %s must be %s or a function of t, got %s", where, entry.name, options.demand(entry),
    show(v))
end

--- The hyper-parameter at t.
function rule.at(v, t)
  return tracing.callable(v) and core.schedule(v, t) or v
end

--- name -> value, of the entries; `given` has those that are not the default.
local function settle(where, entries, given)
  local names, h, open = {}, {}, false
  for k, entry in ipairs(entries) do names[k] = entry.name end
  local wrong = options.wrong(given, names)
  if wrong then fail("%s: %s", where, (wrong:gsub("option", "hyper-parameter", 1))) end
  for _, entry in ipairs(entries) do
    local v = given and given[entry.name]
    if v == nil then
      h[entry.name] = entry.words and entry.words[1] or entry.default
    elseif entry.words then
      h[entry.name] = choose(where, entry, v)
    else
      h[entry.name] = rule.value(where, entry, v)
      open = open or tracing.issymbol(v)
    end
  end
  return h, open
end

--- "adam{lr=0.001, b1=f(t)}"
local function text_of(name, entries, h)
  local out = {}
  for k, entry in ipairs(entries) do
    local v = h[entry.name]
    out[k] = entry.name .. "=" .. (tracing.callable(v) and "f(t)" or type(v) == "number"
      and ("%.14g"):format(v) or tostring(v))
  end
  return ("%s{%s}"):format(name, table.concat(out, ", "))
end

-- ---- constructors -------------------------------------------------------------------------------

local definitions = setmetatable({}, { __mode = "k" }) -- of constructors

--- The definition that a constructor was made of; nil: the value is none.
function rule.definition(constructor) return definitions[constructor] end

local function evaluated(h, t)
  local now = {}
  for name, v in next, h do now[name] = rule.at(v, t) end
  return now
end

--- A constructor for {name=, entries=, init=, step=} or {name=, entries=, build=}, the functions
-- being those of rule.rule; step gets the hyper-parameters as they were given, too.
function rule.constructor(def)
  local function constructor(given)
    local name = def.name or "rule"
    local h, open = settle(name, def.entries, given)
    local text = text_of(name, def.entries, h)
    if def.build then
      local made = def.build(h)
      if not rule.isoptimiser(made) then
        fail("%s: build must give an optimiser, got %s", name, show(made))
      end
      return setmetatable({ name = name, text = text, init = made.init, update = made.update,
        open = made.open }, meta)
    end
    return rule.optimiser(name, text, function(p) return def.init(p, h) end,
      function(g, state, p, t) return def.step(g, state, p, evaluated(h, t), t, h) end, open)
  end
  definitions[constructor] = def
  return constructor
end

--- The entries of the table `hyper`: name = number, or name = list of words, the first being the
-- default.
local function entries_of(where, hyper)
  local entries = {}
  if hyper ~= nil and type(hyper) ~= "table" then
    fail("%s: hyper must be a table, name = default, got %s", where, show(hyper))
  end
  for name, default in next, hyper or {} do
    if type(name) ~= "string" then
      fail("%s: hyper-parameters have names; there is one without", where)
    end
    local entry = { name = name, default = default, least = -math.huge, most = math.huge }
    if type(default) == "table" then
      entry.words = default
      for k = 1, math.max(rawlen(default), 1) do
        if type(default[k]) ~= "string" then
          fail("%s: the words of %s must be a list of strings", where, name)
        end
      end
    elseif not options.allows(entry, default) then
      fail("%s: the default of %s must be a finite number or a list of words, got %s", where, name,
        show(default))
    end
    entries[#entries + 1] = entry
  end
  table.sort(entries, function(a, b) return tracing.before(a.name, b.name) end)
  return entries
end

local function no_state() return {} end

--- sd.optim.rule{hyper=, init=, step=, name=} -> a constructor of optimisers.
--
--   hyper   {lr = 1e-3, scope = {"global", "layer"}}: names with their defaults; of a list of words
--           the first
--   init    init(p, h) -> state, a tree such as {m = 0*p}; without it the state is {}
--   step    step(g, s, p, h, t) -> step, state'; h.name is a number at t, or the word
--   build   in place of init and step: build(h) -> optimiser, made of others; h.name is what was
--           given, a number or a function of t
--
-- The constructor takes a table of hyper-parameters, or nothing; a number may be a function of t.
function rule.rule(def)
  local wrong = type(def) ~= "table" and "needs a table, got " .. show(def)
    or options.wrong(def, { "hyper", "init", "step", "build", "name" })
  if wrong then fail("optim.rule: %s", wrong) end
  if def.name ~= nil and type(def.name) ~= "string" then
    fail("optim.rule: name must be a string, got %s", show(def.name))
  end
  for _, key in ipairs { "init", "step", "build" } do
    if def[key] ~= nil and not tracing.callable(def[key]) then
      fail("optim.rule: %s must be a function, got %s", key, show(def[key]))
    end
  end
  if not def.step == not def.build or def.build and def.init then
    fail "optim.rule: needs either step, with or without init, or build"
  end
  local step, init = def.step, def.init
  local made = { name = def.name, entries = entries_of("optim.rule", def.hyper),
    build = def.build, init = init or no_state }
  made.step = step and function(g, s, p, h, t)
    local moved, after = step(g, s, p, h, t)
    if after == nil and not init then after = {} end
    check_tree(made.name or "rule", "the step", moved) -- a file names it once it is loaded
    check_tree(made.name or "rule", "the new state", after)
    return moved, after
  end
  return rule.constructor(made)
end

return rule
