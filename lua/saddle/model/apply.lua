--- apply of a model: on symbols it records, on values it runs a plan of what it records.
local core = require "saddle.core"
local object = require "saddle.model.object"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local KEPT <const> = 8 -- plans that a model keeps, the latest first

local function show(v) return tracing.issymbol(v) and tostring(v) or core.show(v) end

local function any_symbol(leaves)
  for k = 1, #leaves do if tracing.issymbol(leaves[k]) then return true end end
  return false
end

--- A plan for leaves and an x of these types.
local function plan_for(own, features, leaves, x)
  local g <close> = tracing.graph(true)
  local inputs = {}
  for k, leaf in ipairs(leaves) do inputs[k] = g:input(leaf) end
  return tracing.plan(g, { tracing.model_apply(own, features, inputs, g:input(x)) })
end

--- apply(p, x), or features(p, x), of the core's model `own`, whose parameters have the spec.
return function(name, own, spec, features)
  local plans, keys = {}, {} -- key -> plan; the keys, the oldest first

  local function recall(leaves, x)
    local key = tracing.model_check(own, leaves, x)
    local plan = plans[key]
    if not plan then
      plan = plan_for(own, features, leaves, x)
      plans[key], keys[#keys + 1] = plan, key
      if #keys > KEPT then plans[table.remove(keys, 1)] = nil end
    end
    return plan
  end

  return function(p, x)
    local kind = tracing.kind(x)
    if kind ~= "matrix" and kind ~= "number" then
      fail("%s: x must be a matrix whose columns are samples, got %s", name, show(x))
    end
    if type(p) ~= "table" then
      fail("%s: p must be a table of parameters, got %s", name, show(p))
    end
    local leaves, given = tree.flatten(p, name .. ": p")
    object.check_structure(name, given, spec)
    local graph = tracing.current()
    if graph and (graph:staged() or tracing.issymbol(x) or any_symbol(leaves)) then
      return tracing.model_apply(own, features, leaves, x)
    end
    local plan = recall(leaves, x)
    leaves[#leaves + 1] = x
    return plan:run(leaves)[1]
  end
end
