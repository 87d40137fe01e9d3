--- apply of a model: on symbols it records, on values it runs a plan of what it records.
local core = require "saddle.core"
local object = require "saddle.model.object"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local KEPT <const> = 8 -- plans that a model keeps, the latest first

local show = core.show

local function any_symbol(leaves)
  for k = 1, #leaves do if tracing.issymbol(leaves[k]) then return true end end
  return false
end

--- A plan for inputs of these types: the leaves of the parameters, then x.
local function plan_for(own, what, values)
  local g <close> = tracing.graph(true)
  local inputs = {}
  for k, value in ipairs(values) do inputs[k] = g:input(value) end
  local x = table.remove(inputs)
  return tracing.plan(g, { tracing.model_apply(own, what, inputs, x) })
end

--- The function (p, x) of the core's model `own`, whose parameters have the spec: its "output",
-- "features" or "moments".
return function(name, own, spec, what)
  local plans = {} -- the latest first
  local fitting -- the last structure that was one of the model's

  --- The plan for these inputs: leaves and x.
  local function recall(inputs)
    for k, plan in ipairs(plans) do
      if plan:fits(inputs) then
        if k > 1 then table.insert(plans, 1, table.remove(plans, k)) end
        return plan
      end
    end
    table.insert(plans, 1, plan_for(own, what, inputs))
    plans[KEPT + 1] = nil
    return plans[1]
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
    if not rawequal(given, fitting) then
      object.check_structure(name, given, spec)
      fitting = given
    end
    local graph = tracing.current()
    if graph and (graph:staged() or tracing.issymbol(x) or any_symbol(leaves)) then
      return tracing.model_apply(own, what, leaves, x)
    end
    leaves[#leaves + 1] = x
    return recall(leaves):run(leaves)[1]
  end
end
