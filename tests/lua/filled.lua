--- Shared by tests of stores: writes stores with runs whose outcomes are known.
local json = require "saddle.json"
local storage = require "saddle.store"

local filled = {}

--- filled.open(path, {name=, hash=, kind=, params = list of names, points=, outcome=function(values),
-- take = how many points are run}) -> the store, its session; `outcome` gives what a run came to.
function filled.open(path, o)
  local st = storage.open(path, { mode = "create" })
  local params = {}
  for k, name in ipairs(o.params or {}) do params[k] = { name = name } end
  local session = st:session { job = { kind = o.kind or "experiment", name = o.name or "modes" },
    file = "/nowhere/modes.lua", hash = o.hash or "abc123", about = json.encode { params = params },
    points = o.points, changed = o.changed, retry = o.retry }
  local holder <close> = st:holder()
  local left = o.take or math.huge
  local run = left > 0 and holder:take(session.id)
  while run do
    left = left - 1
    run = holder:finish(run, o.outcome(json.decode(run.params)), 0.25, left > 0 and session.id)
  end
  return st, session
end

--- The same, closed again.
function filled.write(path, o)
  local st <close>, session = filled.open(path, o)
  st:leave(session)
end

--- The points of a grid: filled.grid({{"k", 1, 2}, {"seed", 1, 2, 3}}), the last runs fastest.
function filled.grid(axes)
  local points = { {} }
  for _, axis in ipairs(axes) do
    local longer = {}
    for _, point in ipairs(points) do
      for j = 2, #axis do
        local copy = { [axis[1]] = axis[j] }
        for name, value in pairs(point) do copy[name] = value end
        longer[#longer + 1] = copy
      end
    end
    points = longer
  end
  return points
end

return filled
