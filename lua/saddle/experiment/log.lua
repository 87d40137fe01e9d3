--- What an experiment's run writes down on its way: the second argument of `run`.
--
--   log(t, {loss=..., best=column})     a record: numbers and columns at time t
--   log:checkpoint([name])              where iterate may keep its state, or nil
--
-- It is what plan:iterate takes as `log=`. Each name becomes a curve: its times and a column for
-- each; the times of a name increase, its columns are of one length, and a record may leave names
-- out. Only values are kept, so that a record costs its own size.
local check = require "saddle.check"
local core = require "saddle.core"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local Log = {}
Log.__index = Log

local CHUNK <const> = 256 -- columns that wait to be put side by side

--- A number or the elements of a column as a new column of f64.
local function column(name, v)
  if type(v) == "number" then return core.matrix(v) end
  if core.tracing.issymbol(v) then
    fail("log: %s has no value here: it is being traced; records are made of values", name)
  end
  if not core.ismatrix(v) or v.cols ~= 1 then
    fail("log: %s must be a number or a column, got %s", name, core.show(v))
  end
  return v.dtype == "f64" and v:clone() or v:to "f64"
end

--- The curve of a name, checked against what comes next.
local function curve_for(log, name, t, new)
  local curve = log.curves[name]
  if not curve then
    curve = { t = {}, parts = {}, waiting = {}, rows = new.rows }
    log.curves[name] = curve
  end
  local last = curve.t[#curve.t]
  if last and not (t > last) then
    fail("log: t must increase: %s has a record at %g, and now one at %g", name, last, t)
  end
  if new.rows ~= curve.rows then
    fail("log: %s has %d rows, its records before have %d", name, new.rows, curve.rows)
  end
  return curve
end

local function gather(curve)
  if #curve.waiting > 0 then curve.parts[#curve.parts + 1] = core.hcat(curve.waiting) end
  curve.waiting = {}
end

--- log(t, record).
function Log:__call(t, record)
  if type(t) ~= "number" or t - t ~= 0 then
    fail("log: t must be a finite number, got %s", core.show(t))
  end
  if type(record) ~= "table" then
    fail("log: a record is a table {name = number or column}, got %s", core.show(record))
  end
  local new = {}
  for name, v in pairs(record) do
    check.name("log", "what a record holds", name)
    new[name] = column(name, v)
    curve_for(self, name, t, new[name])
  end
  for name, v in pairs(new) do
    local curve = self.curves[name]
    curve.t[#curve.t + 1], curve.waiting[#curve.waiting + 1] = t, v
    if #curve.waiting == CHUNK then gather(curve) end
  end
  if self.also then self.also(t, record) end
end

--- log:checkpoint([name]) -> the file for the checkpoint of that name ("state"), or nil where runs
-- keep none.
function Log:checkpoint(name)
  if name ~= nil and not (type(name) == "string" and name:find "^[%w_]+$") then
    fail("log: a checkpoint's name is made of letters, digits and _, got %s", core.show(name))
  end
  return self.file and self.file(name or "state")
end

local log = {}

--- log.new(context) -> an empty log. Each record is passed on to context.log, and
-- context.checkpoint(name) names files; both may be absent.
function log.new(context)
  return setmetatable({ curves = {}, also = context.log, file = context.checkpoint }, Log)
end

--- log.curves(a log) -> {name = {t = row, data = rows x n}}.
function log.curves(self)
  local out = {}
  for name, curve in pairs(self.curves) do
    if #curve.t > 0 then
      gather(curve)
      out[name] = { t = core.matrix { curve.t }, data = core.hcat(curve.parts) }
    end
  end
  return out
end

return log
