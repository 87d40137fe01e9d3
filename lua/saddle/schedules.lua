--- Schedules: functions of the step number t = 1, 2, ... that hyper-parameters may be. They are
-- plain functions of plain numbers; any other such function serves as well.
--
--   constant(v)                            v
--   linear{from=, to=, steps=}             from at 1 to `to` at `steps`, and `to` afterwards
--   cosine{from=, to=0, steps=, warmup=0}  half a cosine from `from` to `to` at `steps`, after a
--                                          linear rise to `from` at t = warmup
--   steps{from=, by=.1, at={100, 200}}     from, multiplied by `by` when t reaches each of `at`
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local schedules = {}

local function number(where, what, v)
  if type(v) ~= "number" or v - v ~= 0 then
    fail("optim.%s: %s must be a finite number, got %s", where, what, core.show(v))
  end
  return v
end

local function whole(where, what, v, least)
  local n = math.tointeger(type(v) == "number" and v or nil)
  if not n or n < least then
    fail("optim.%s: %s must be a whole number from %d, got %s", where, what, least, core.show(v))
  end
  return n
end

local function check(where, given, names)
  local wrong = given == nil and "needs a table" or options.wrong(given, names)
  if wrong then fail("optim.%s: %s", where, wrong) end
  return given
end

--- from at u = 0, to at u = 1, exactly.
local function between(from, to, u) return (1 - u) * from + u * to end

--- How far t is on its way from first to last, in [0, 1].
local function progress(t, first, last)
  return math.min(math.max((t - first) / (last - first), 0), 1)
end

function schedules.constant(v)
  number("constant", "argument 1", v)
  return function() return v end
end

function schedules.linear(given)
  check("linear", given, { "from", "to", "steps" })
  local from, to = number("linear", "from", given.from), number("linear", "to", given.to)
  local last = whole("linear", "steps", given.steps, 2)
  return function(t) return between(from, to, progress(t, 1, last)) end
end

function schedules.cosine(given)
  check("cosine", given, { "from", "to", "steps", "warmup" })
  local from = number("cosine", "from", given.from)
  local to = given.to == nil and 0.0 or number("cosine", "to", given.to)
  local warmup = given.warmup == nil and 0 or whole("cosine", "warmup", given.warmup, 0)
  local first = math.max(warmup, 1)
  local last = whole("cosine", "steps", given.steps, first + 1)
  return function(t)
    if t < warmup then return from * t / warmup end
    return between(from, to, (1 - math.cos(math.pi * progress(t, first, last))) / 2)
  end
end

function schedules.steps(given)
  check("steps", given, { "from", "by", "at" })
  local from = number("steps", "from", given.from)
  local by = given.by == nil and 0.1 or number("steps", "by", given.by)
  if type(given.at) ~= "table" then
    fail("optim.steps: at must be a list of step numbers, got %s", core.show(given.at))
  end
  local at = {}
  for k, v in ipairs(given.at) do
    at[k] = whole("steps", ("at[%d]"):format(k), v, k == 1 and 1 or at[k - 1] + 1)
  end
  return function(t)
    local v = from
    for _, when in ipairs(at) do if t >= when then v = v * by end end
    return v
  end
end

return schedules
