--- Optimisers made of optimisers; each of these is a name ("adam,lr=0.01"), an optimiser, or a
-- constructor's result.
--
--   graft{length=, direction=, scope="global"}   the steps of `direction`, as long as those of
--                                                `length`: |step_l| step_d / |step_d|
--   clip(opt, {norm=c, scope="global"})          opt on gradients no longer than c
--   clip(opt, {value=c})                         opt on gradients with elements in [-c, c]
--   project(opt, {ball=r, scope="global"})       p + step is moved to the nearest point with
--   project(opt, {sphere=r, scope="global"})     |p| <= r, with |p| = r,
--   project(opt, {box={lo, hi}})                 with elements in [lo, hi]; box=c is {-c, c},
--   project(opt, {columns=r})                    with columns of length r,
--   project(opt, {with=f})                       or to f(p)
--
-- Norms are joint ones over all leaves, or with scope "layer" each leaf's own. c, r, lo and hi may
-- be functions of t. A point without direction (0 on a sphere) stays. Frozen leaves take no part.
local core = require "saddle.core"
local options = require "saddle.options"
local rule = require "saddle.optim.rule"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local graft = {}

local function optimiser(where, what, v)
  if type(v) ~= "string" and not rule.isoptimiser(v) then
    fail("optim.%s: %s must be an optimiser or its name, got %s", where, what, core.show(v))
  end
  return require "saddle.optim"(v)
end

local function scope_of(where, scope)
  if scope == nil or scope == "global" or scope == "layer" then return scope or "global" end
  fail("optim.%s: scope must be 'global' or 'layer', got %s", where, core.show(scope))
end

--- The tree `a` reshaped by the core (sd_optim_reshape in saddle/optim.h).
local function reshape(how, scope, a, b, p, q)
  local leaves, spec = tree.flatten(a)
  local list = tracing.optim_reshape(how, scope, trace.variables(spec, leaves),
    b and trace.variables(spec, (tree.flatten(b))), p, q)
  return trace.assemble(spec, leaves, list)
end

--- An entry of rule.value for a radius or a bound.
local function bound(name, least) return { name = name, least = least, most = math.huge } end

local function check(where, given, names)
  local wrong = given == nil and "needs a table" or options.wrong(given, names)
  if wrong then fail("optim.%s: %s", where, wrong) end
  return scope_of(where, given.scope)
end

--- The one of the names that `given` has.
local function only(where, given, names)
  local found
  for _, name in ipairs(names) do
    if given[name] ~= nil then
      if found then fail("optim.%s: '%s' and '%s' exclude each other", where, found, name) end
      found = name
    end
  end
  if not found then fail("optim.%s: needs one of '%s'", where, table.concat(names, "', '")) end
  return found
end

function graft.graft(given)
  local scope = check("graft", given, { "length", "direction", "scope" })
  local length = optimiser("graft", "length", given.length)
  local direction = optimiser("graft", "direction", given.direction)
  local text = ("graft{length=%s, direction=%s, scope=%s}"):format(rule.text(length),
    rule.text(direction), scope)
  return rule.optimiser("graft", text, function(p)
    return { length = length.init(p), direction = direction.init(p) }
  end, function(g, state, p, t)
    local P = rule.parts(p, "p")
    local far, after_l = length.update(g, state.length, p, t)
    local along, after_d = direction.update(g, state.direction, p, t)
    far = rule.like("graft", "length's step", far, "p", P)
    along = rule.like("graft", "direction's step", along, "p", P)
    return reshape("graft", scope, along, far), { length = after_l, direction = after_d }
  end, length.open or direction.open)
end

function graft.clip(opt, given)
  local scope = check("clip", given, { "norm", "value", "scope" })
  local how = only("clip", given, { "norm", "value" })
  local inner = optimiser("clip", "argument 1", opt)
  local most = rule.value("optim.clip", bound(how, rule.POSITIVE), given[how])
  local text = ("clip(%s, {%s=%s, scope=%s})"):format(rule.text(inner), how,
    tracing.callable(most) and "f(t)" or tostring(most), scope)
  return rule.optimiser("clip", text, inner.init, function(g, state, p, t)
    local c = rule.at(most, t)
    g = how == "norm" and reshape("shorten", scope, g, nil, c)
      or reshape("clamp", scope, g, nil, -c, c)
    return inner.update(g, state, p, t)
  end, tracing.issymbol(most) or inner.open)
end

-- name -> function(value given, scope) -> function(q, t), the projection of q
local projections = {}

local function by_radius(name, how)
  projections[name] = function(v, scope)
    local radius = rule.value("optim.project", bound(name, rule.POSITIVE), v)
    return function(q, t) return reshape(how, scope, q, nil, rule.at(radius, t)) end
  end
end
by_radius("ball", "shorten")
by_radius("sphere", "resize")
by_radius("columns", "columns")

function projections.box(v, scope)
  local lo, hi
  if type(v) == "table" then
    if #v ~= 2 then fail "optim.project: box must be a number or {lo, hi}" end
    lo = rule.value("optim.project", bound("box[1]", -math.huge), v[1])
    hi = rule.value("optim.project", bound("box[2]", -math.huge), v[2])
    if type(lo) == "number" and type(hi) == "number" and lo > hi then
      fail("optim.project: box must be {lo, hi} with lo <= hi, got {%g, %g}", lo, hi)
    end
  else
    hi = rule.value("optim.project", bound("box", 0), v)
  end
  return function(q, t)
    local most = rule.at(hi, t)
    return reshape("clamp", scope, q, nil, lo and rule.at(lo, t) or -most, most)
  end
end

projections.with = function(f)
  if not tracing.callable(f) then
    fail("optim.project: with must be a function of p, got %s", core.show(f))
  end
  return function(q) return f(q) end
end

function graft.project(opt, given)
  local names = { "ball", "sphere", "box", "columns", "with" }
  local scope = check("project", given, { "ball", "sphere", "box", "columns", "with", "scope" })
  local how = only("project", given, names)
  local inner = optimiser("project", "argument 1", opt)
  local projection = projections[how](given[how], scope)
  local text = ("project(%s, {%s=%s, scope=%s})"):format(rule.text(inner), how,
    type(given[how]) == "number" and tostring(given[how]) or "...", scope)
  return rule.optimiser("project", text, inner.init, function(g, state, p, t)
    local step, after = inner.update(g, state, p, t)
    local moved = projection(p + step, t)
    return rule.like("project", "the projection", moved, "p", rule.parts(p, "p")) - p, after
  end, tracing.issymbol(given[how]) or inner.open)
end

return graft
