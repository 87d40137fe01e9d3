--- Iterations op by op, on values: what {eager=true} asks for, and what the compiled runner
-- (src/lua/iterate.c) does in C, with the same methods.
--
-- A runner has begin(leaves, from, n, every), run(upto) -> status, t() -> steps done, state() ->
-- leaves, record(), records([first]) -> matrices, times last, recorded() -> columns. Of a run from
-- t > 0 on the record of that t has been made.

local core = require "saddle.core"
local tree = require "saddle.tree"
local changes = require "saddle.iterate.changes"
local record = require "saddle.iterate.record"
tree.module()

local Eager = {}
Eager.__index = Eager

--- A number as the float that it is in a compiled step, the others cloned.
local function copy(leaf) return type(leaf) == "number" and leaf + 0.0 or leaf:clone() end

local function copies(leaves)
  local out = {}
  for k, leaf in ipairs(leaves) do out[k] = copy(leaf) end
  return out
end

local function finite(value)
  if type(value) == "number" then return value - value == 0 end
  return tree.kind(value) == "rng" or core.sum(core.isfinite(value)) == #value
end

local function has_nan(value)
  if type(value) == "number" then return value ~= value end
  return core.sum(core.ne(value, value)) > 0
end

-- self.now = {t=, leaves=} and an entry {t=, values...} of self.kept come into being by one
-- assignment each, so that Ctrl-C at any point leaves state and records of a completed step.
function Eager:begin(leaves, from, n, every)
  self.from, self.n, self.every = from, n, every
  self.now, self.kept, self.watched = { t = from, leaves = copies(leaves) }, {}, {}
  self.index = changes.index(self.spec)
  for k, leaf in ipairs(leaves) do self.watched[k] = finite(leaf) or has_nan(leaf) end
end

function Eager:t() return self.now.t end
function Eager:state() return copies(self.now.leaves) end
function Eager:recorded() return #self.kept end

function Eager:record()
  local now, newest = self.now, self.kept[#self.kept]
  if now.t == (newest and newest.t or self.from > 0 and self.from) then return end
  local entry = { t = now.t }
  if self.o.record then
    local names, values = record.fields(self.o.record(tree.unflatten(self.spec, self:state())))
    for k, v in ipairs(values) do
      entry[k] = type(v) == "number" and core.matrix(v) or v:reshape(#v, 1)
    end
    self.names = names
  end
  self.kept[#self.kept + 1] = entry
end

function Eager:records(first)
  local out, times = {}, {}
  for j = first or 1, #self.kept do
    local entry = self.kept[j]
    times[#times + 1] = entry.t
    for k, column in ipairs(entry) do
      out[k] = out[k] or {}
      out[k][#times] = column
    end
  end
  for k, columns in ipairs(out) do out[k] = core.hcat(columns) end
  out[#out + 1] = #times > 0 and core.matrix { times } or core.zeros(1, 0)
  return out
end

--- Leaves that hold an infinity from the beginning (a best value so far) are not looked at.
function Eager:diverged()
  for k, leaf in ipairs(self.now.leaves) do
    if self.watched[k] and not finite(leaf) then return true end
  end
  for _, column in ipairs(self.kept[#self.kept] or {}) do
    if not finite(column) then return true end
  end
  return false
end

--- The leaves after one more step.
function Eager:step()
  local leaves = self:state()
  local new = changes.of(leaves, self.index, self.f(tree.unflatten(self.spec, leaves)))
  local out = {}
  for k, leaf in ipairs(self.now.leaves) do
    if new[k] ~= nil then out[k] = copy(new[k]) else out[k] = leaf end
  end
  return out
end

--- The order of things at each t is that of iterate.h.
function Eager:run(upto)
  while true do
    local t, every = self.now.t, self.every
    if every > 0 and (t % every == 0 or t == self.n) and (t > self.from or t == 0) then
      self:record()
      if self:diverged() then return "diverged" end
    end
    if self.o.stop then
      if record.scalar(self.o.stop(tree.unflatten(self.spec, self:state()))) ~= 0 then
        return self:diverged() and "diverged" or "stopped"
      end
    end
    if t >= self.n then return self:diverged() and "diverged" or "done" end
    if t >= upto then return "paused" end
    self.now = { t = t + 1, leaves = self:step() }
  end
end

--- A runner for step f on states of this structure; o holds record and stop. The names of the
-- records are known from the first on, or at once where a checkpoint needs them.
return function(f, spec, o, leaves)
  local names = {}
  if o.checkpoint and o.record then
    names = record.fields(o.record(tree.unflatten(spec, copies(leaves))))
  end
  return setmetatable({ f = f, spec = spec, o = o, names = names }, Eager)
end
