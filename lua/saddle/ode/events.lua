--- Events of sd.ode: zeros of functions along the solution.
local check = require "saddle.check"
local core = require "saddle.core"
local roots = require "saddle.roots"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local KEYS <const> = { "terminal", "direction" }

--- The k-th entry of the option: a function, or a table that begins with one.
local function read(k, entry)
  if tracing.callable(entry) then return { g = entry } end
  local g, given = type(entry) == "table" and entry[1], {}
  if not tracing.callable(g) then
    fail("ode: event %d must be a function or a table that begins with one, got %s", k,
      core.show(entry))
  end
  for key, value in next, entry do if key ~= 1 then given[key] = value end end
  local where = ("ode: event %d"):format(k)
  check.options(where, given, KEYS)
  local way = given.direction
  if way ~= nil then check.word(where, "option 'direction'", way, { "up", "down" }) end
  return { g = g, terminal = check.flag(where, "option 'terminal'", given.terminal),
    way = way == "up" and 1 or way == "down" and -1 or 0 }
end

local watch = {}
watch.__index = watch

--- g of an event at a column of the state.
function watch:value(event, t, y)
  return check.call("ode", "finite", function(time)
    return event.g(time, self.shape.read(y), self.shape.length and y(-1) or nil)
  end, t)
end

function watch:start(run)
  for _, event in ipairs(self) do event.value = self:value(event, run.t, run.y) end
end

--- Where in the last step the event's zero is, 0 < s <= 1, when there is one that counts.
function watch:locate(event, run)
  local old, new = event.value, self:value(event, run.t, run.y)
  event.value = new
  if old == 0 or (new > 0) == (old > 0) and new ~= 0 then return nil end
  if event.way and event.way ~= 0 and event.way * old > 0 then return nil end
  if new == 0 then return 1 end
  local h = run.t - run.before
  return (roots.brent(function(s)
    if s == 0 then return old elseif s == 1 then return new end
    return self:value(event, run.before + s * h, run:inside(s))
  end, 0, 1, { tol = 1e-15 }))
end

--- Appends the events of the last step to `list`, up to the first terminal one, which is returned.
function watch:look(run, list)
  local found = {}
  for k, event in ipairs(self) do
    local s = self:locate(event, run)
    if s then found[#found + 1] = { event = k, s = s } end
  end
  table.sort(found, function(a, b) return a.s < b.s or a.s == b.s and a.event < b.event end)
  for _, zero in ipairs(found) do
    local point = zero.s == 1 and run.y or run:inside(zero.s)
    local entry = { event = zero.event, y = self.shape.read(point), point = point,
      t = zero.s == 1 and run.t or run.before + zero.s * (run.t - run.before),
      length = self.shape.length and point(-1) or nil }
    list[#list + 1] = entry
    if self[zero.event].terminal then return entry end
  end
end

--- events(option, shape) -> watch: start(run), look(run, list).
return function(given, shape)
  local self = setmetatable({ shape = shape }, watch)
  if given == nil then return self end
  if type(given) ~= "table" or tracing.callable(given) then
    fail("ode: events must be a list, got %s", core.show(given))
  end
  for k, entry in ipairs(given) do self[k] = read(k, entry) end
  for key in next, given do
    if math.type(key) ~= "integer" or not self[key] then
      fail("ode: events must be a list, it has the key %s", core.show(key))
    end
  end
  return self
end
