--- sd.path.recorder: what theories of training say about the way that parameters take, as columns
-- of a history.
--
--   local path = sd.path.recorder{ f = f, y = y, start = p0,
--     fields = { "residual", "distance", "length", "smallest", "flips" } }
--   local s, h = path.iterate(step, { p = p0 }, 1000, { every = 10 })
--   h.residual, h.distance, ...    one column a record, beside h.t
--
-- f(p) is the vector of outputs (a number or a matrix), r = f(p) - y the residual (y = 0 if there
-- is none), p0 = `start` the parameters from which all is measured; norms are Euclidean, over all
-- leaves, but for frozen ones. Fields that are traced with the step:
--
--   loss         |r|^2 / 2, or loss(p) with the option `loss`
--   residual     |r|                          misfit           |r| / |r(p0)|
--   distance     |p - p0|                     relative         |p - p0| / |p0|
--   layers       |p - p0| leaf by leaf        relative_layers  the same over |p0| leaf by leaf
--   gradient     the length of the loss's gradient
--   length       the length of the path: the sum of |p(t+1) - p(t)| over all steps, recorded or not
--
-- and those that are computed in Lua at each record, of the Jacobian J of f with n rows:
--
--   smallest, largest   the extreme singular values of J, min(rows, columns) in number, by
--                       sd.spectrum: a J that would fill more than 256 MB is not formed, and its
--                       smallest value is then told from 0 down to some 1e-8 of the largest only
--   jacobian_change     |J - J(p0)|, spectral
--   ntk_change          |K - K(p0)| / |K(p0)|, Frobenius, K = J J'
--   flips               the share of the switches of f (switches.lua: arguments of relus and the
--                       like) whose sign is not that at p0; 0 counts as positive, as in relu'
--
-- Leaves are in the order of the tree; path.layers has their names. `params` is the function that
-- picks p from the state, by default s.p.
--
-- path.iterate(step, s, n, options) compiles the step and iterates it, with the options of iterate;
-- records and hooks of the caller's own are added to. The parts of it, for other loops:
-- path.init(s) adds the field `travelled` to a state, in which the length is summed up, so that
-- runs in parts, and from checkpoints, give what one run gives; path.step(step) keeps it (without
-- the field `length` neither does anything); path.record and path.hook are iterate's options;
-- path.history(h) is h with the columns of hook in it. Of a run that goes on from a checkpoint
-- these columns are NaN where they were recorded before. path.spectrum is the last spectrum that
-- was looked at: its route and resolution tell what `smallest` is worth.
--
-- Distances, lengths and potentials made of them: S. Oymak and M. Soltanolkotabi, ICML 2019,
-- theorem 2.1 and (6.1); changes of the kernel: L. Chizat et al., On lazy training, NeurIPS 2019.
local check = require "saddle.check"
local compile = require "saddle.compile"
local core = require "saddle.core"
local derive = require "saddle.derive"
local jacobian = require "saddle.jacobian"
local ntk = require "saddle.ntk"
local spectrum = require "saddle.spectrum"
local switches = require "saddle.switches"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local OPTIONS <const> = { "f", "fields", "loss", "params", "start", "y" }
local DEFAULT <const> = { "loss", "residual", "distance", "length" }

-- ---- measures -----------------------------------------------------------------------------------

--- The norm over all leaves.
local function size(p)
  if type(p) == "table" then return tree.norm(p) end
  return tracing.kind(p) == "number" and core.abs(p) or core.norm(p)
end

local function difference(p, q) return tree.map(function(a, b) return a - b end, p, q) end

--- The norms of the leaves but for frozen ones, as a list.
local function sizes(p)
  local leaves, spec = tree.flatten(p)
  local out = trace.variables(spec, leaves)
  for k, leaf in ipairs(out) do out[k] = size(leaf) end
  return out
end

--- a / b with 0 / 0 = 0: what has not moved from 0.
local function ratio(a, b) return b == 0 and a / 1 or a / b end

local function is_finite(J) return core.sum(core.isfinite(J)) == #J end

-- ---- fields that are traced ---------------------------------------------------------------------
-- Each is a function of the recorder's constants c and the state s; what c needs of the start is
-- computed when the recorder is made.

local traced = {}

function traced.loss(c, s) return c.loss(c.params(s)) end
function traced.residual(c, s) return size(c.residual(c.params(s))) end
function traced.misfit(c, s) return traced.residual(c, s) / c.residual0 end
function traced.distance(c, s) return size(difference(c.params(s), c.start)) end
function traced.relative(c, s) return traced.distance(c, s) / size(c.start) end
function traced.layers(c, s) return core.vcat(sizes(difference(c.params(s), c.start))) end

function traced.relative_layers(c, s)
  local moved, from = sizes(difference(c.params(s), c.start)), sizes(c.start)
  for k, v in ipairs(moved) do moved[k] = ratio(v, from[k]) end
  return core.vcat(moved)
end

function traced.gradient(c, s) return size(derive.grad(c.loss)(c.params(s))) end

function traced.length(_, s)
  if s.travelled == nil then
    fail "recorder: the state has no field 'travelled'; path.init(s) makes one"
  end
  return s.travelled
end

-- ---- fields that are computed at records --------------------------------------------------------
-- Functions of c and of a point at = {p = parameters}, which keeps what they share; nil is NaN.

local computed = {}

local function jacobian_at(c, at)
  at.J = at.J or jacobian.jacobian(c.f)(at.p)
  return at.J
end

--- The spectrum of J, nil where J is not finite.
local function spectrum_at(c, at)
  if at.looked then return at.spectrum end
  at.looked = true
  local J = at.J or jacobian.within(spectrum.BYTES, c.f, at.p)
  local seen = J
  if not J then -- in the sums of the rows what is not finite shows
    local op = jacobian.jacobian(c.f, { lazy = true })(at.p)
    seen = op.matvec(core.ones(op.cols, 1))
  end
  if is_finite(seen) then
    at.spectrum = J and spectrum.spectrum(J) or spectrum.spectrum(c.f, at.p)
    c.path.spectrum = at.spectrum
  end
  return at.spectrum
end

function computed.largest(c, at)
  local s = spectrum_at(c, at)
  return s and s.max
end

function computed.smallest(c, at)
  local s = spectrum_at(c, at)
  return s and s.min
end

function computed.jacobian_change(c, at)
  local change = jacobian_at(c, at) - c.jacobian0
  return is_finite(change) and spectrum.spectrum(change).max or nil
end

local function kernel(c, p) return (ntk.gram({}, c.f, p)) end

function computed.ntk_change(c, at)
  return core.norm(kernel(c, at.p) - c.kernel0) / core.norm(c.kernel0)
end

--- The signs of all switches at p.
local function signs(c, p)
  local leaves, spec = tree.flatten(p)
  local found = c.watched.run(trace.variables(spec, leaves))
  return core.ge(core.vcat(found), 0)
end

function computed.flips(c, at) return core.mean(core.ne(signs(c, at.p), c.signs0)) end

-- ---- making one ---------------------------------------------------------------------------------

local NEEDS_F <const> = { loss = true, residual = true, misfit = true, gradient = true }

--- The names that are asked for, traced ones and computed ones.
local function sort_fields(given)
  if type(given) ~= "table" then
    fail("recorder: option 'fields' must be a list of names, got %s", core.show(given))
  end
  local names, now, later, known = {}, {}, {}, {}
  for name in pairs(traced) do known[#known + 1] = name end
  for name in pairs(computed) do known[#known + 1] = name end
  table.sort(known)
  for _, name in ipairs(given) do
    if type(name) ~= "string" or not traced[name] and not computed[name] then
      check.unknown("recorder", "field", name, known)
    end
    if not names[name] then
      local list = traced[name] and now or later
      list[#list + 1] = name
    end
    names[name] = true
  end
  return names, now, later
end

local function check_options(given)
  if given == nil then fail "recorder: argument 1 must be a table of options, got nothing" end
  check.options("recorder", given, OPTIONS)
  for _, name in ipairs { "f", "loss", "params" } do
    if given[name] ~= nil then
      check.callable("recorder", ("option '%s'"):format(name), given[name])
    end
  end
  if given.start == nil then
    fail "recorder: option 'start' is missing: the parameters that all is measured from"
  end
end

--- Refuses fields that need an f where there is none.
local function check_f(c, names, later)
  if c.f then return end
  for name in pairs(names) do
    if NEEDS_F[name] and not (c.own_loss and (name == "loss" or name == "gradient")) then
      fail("recorder: the field '%s' needs option 'f'", name)
    end
  end
  if later[1] then fail("recorder: the field '%s' needs option 'f'", later[1]) end
end

--- f(p) - y, or an error that says what fits: y is not broadcast.
local function residual_of(f, y)
  if y ~= nil and not tracing.kind(y) then
    fail("recorder: option 'y' must be a matrix or a number, got %s", core.show(y))
  end
  return function(p)
    local out = f(p)
    if tracing.kind(out) ~= "matrix" and tracing.kind(out) ~= "number" then
      fail("recorder: f must return a matrix or a number, got %s", core.show(out))
    end
    if tracing.kind(y) == "matrix" then
      local rows, cols = 1, 1
      if tracing.kind(out) == "matrix" then rows, cols = out.rows, out.cols end
      if y.rows ~= rows or y.cols ~= cols then
        fail("recorder: f gives %dx%d, y is %dx%d", rows, cols, y.rows, y.cols)
      end
    end
    return y == nil and out or out - y
  end
end

--- c.watched, the switches of f, and their signs at the start.
local function watch(c)
  local at = trace.enter("recorder", c.start)
  local scope <close> = at.scope -- luacheck: ignore
  local leaves, spec = tree.flatten(trace.call(at, c.f), "recorder: f's result")
  c.watched = switches.watch(at, trace.variables(spec, leaves))
  if c.watched.untold then
    fail("recorder: the field 'flips' cannot be told: %s has pieces that no sign tells apart",
      c.watched.untold)
  end
  if c.watched.count == 0 then
    fail "recorder: the field 'flips' needs an f with kinks; this one is smooth"
  end
  c.signs0 = signs(c, c.start)
end

--- The constants of a recorder.
local function constants(given, names, later)
  local c = { f = given.f, own_loss = given.loss, length = names.length,
    params = given.params or function(s) return s.p end,
    start = tree.map(function(leaf) return tracing.kind(leaf) == "matrix" and leaf:clone() or leaf
    end, given.start) }
  check_f(c, names, later)
  if c.f then c.residual = residual_of(c.f, given.y) end
  c.loss = given.loss or function(p)
    local r = c.residual(p)
    return 0.5 * (tracing.kind(r) == "number" and r * r or core.sum(r % r))
  end
  if names.misfit then c.residual0 = size(c.residual(c.start)) end
  if names.jacobian_change then c.jacobian0 = jacobian.jacobian(c.f)(c.start) end
  if names.ntk_change then c.kernel0 = kernel(c, c.start) end
  if names.flips then watch(c) end
  return c
end

-- ---- along a run --------------------------------------------------------------------------------

--- The state s with what a step changed.
local function merge(s, changed)
  if type(s) ~= "table" or type(changed) ~= "table" then return changed end
  local out = s
  for key, value in pairs(changed) do out = tree.with(out, key, merge(s[key], value)) end
  return out
end

local function check_state(c, s)
  if type(s) ~= "table" then
    fail("recorder: the state must be a table, got %s", core.show(s))
  end
  local p = c.params(s)
  if p == nil then
    fail "recorder: the state has no field 'p'; option 'params' says where the parameters are"
  end
  local leaves, spec = tree.flatten(c.start)
  trace.fit("recorder", "the state's p", p, "start", leaves, spec)
end

local function init(c, s)
  check_state(c, s)
  if not c.length or s.travelled ~= nil then return s end
  return tree.with(s, "travelled", 0.0)
end

local function step_of(c, step)
  if not c.length then return step end
  return function(s)
    local changed = step(s)
    if type(changed) ~= "table" then
      fail("recorder: the step must return the fields that change, got %s", core.show(changed))
    end
    local moved = difference(c.params(merge(s, changed)), c.params(s))
    return tree.with(changed, "travelled", s.travelled + size(moved))
  end
end

--- The values of the computed fields at a record, appended to c.seen; a run begins at t = 0.
local function look(c, later, s, t)
  if t == 0 then c.seen = {} end
  local at, entry = { p = c.params(s) }, { t = t }
  if c.jacobian0 then jacobian_at(c, at) end
  for _, name in ipairs(later) do entry[name] = computed[name](c, at) or 0 / 0 end
  c.seen[#c.seen + 1] = entry
end

local function history(c, later, h)
  local at, out = {}, {}
  for name, value in pairs(h) do out[name] = value end
  for _, entry in ipairs(c.seen) do at[entry.t] = entry end
  for _, name in ipairs(later) do
    local row = core.zeros(1, h.t.cols)
    for k = 1, h.t.cols do
      local entry = at[h.t(k)]
      row:set(k, entry and entry[name] or 0 / 0)
    end
    out[name] = row
  end
  return out
end

--- The record that has the fields of both; a may be nil.
local function joined(a, b)
  if not a then return b end
  return function(s)
    local out = b(s)
    for name, value in pairs(a(s)) do
      if out[name] ~= nil then fail("recorder: two fields of the record have the name %s", name) end
      out[name] = value
    end
    return out
  end
end

--- One hook after the other; either may be nil.
local function in_turn(a, b)
  if not (a and b) then return a or b end
  return function(...)
    a(...)
    b(...)
  end
end

--- path.iterate, with the plans of steps that were iterated before.
local function iterator(path)
  local plans = setmetatable({}, { __mode = "k" })
  return function(step, s, n, o)
    trace.check_function("recorder", step)
    if o ~= nil and type(o) ~= "table" then
      fail("recorder: options must be a table, got %s", core.show(o))
    end
    plans[step] = plans[step] or compile(path.step(step))
    local own = {}
    for name, value in pairs(o or {}) do own[name] = value end
    own.record, own.hook = joined(own.record, path.record), in_turn(path.hook, own.hook)
    local last, h = plans[step]:iterate(path.init(s), n, own)
    return last, path.history(h)
  end
end

--- sd.path.recorder{f=, y=, start=, params=, loss=, fields=}: see above.
local function recorder(given)
  check_options(given)
  local names, now, later = sort_fields(given.fields or DEFAULT)
  local c = constants(given, names, later)
  local path = {}
  c.seen, c.path = {}, path
  local _, spec = tree.flatten(c.start)
  path.layers = trace.variables(spec, tree.paths(spec, "p"))
  function path.init(s) return init(c, s) end
  function path.step(step) return step_of(c, step) end
  function path.record(s)
    local out = {}
    for _, name in ipairs(now) do out[name] = traced[name](c, s) end
    return out
  end
  path.hook = #later > 0 and function(s, t) look(c, later, s, t) end or nil
  function path.history(h) return history(c, later, h) end
  path.iterate = iterator(path)
  return path
end

return { recorder = recorder }
