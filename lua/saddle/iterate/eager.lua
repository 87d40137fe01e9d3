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

function Eager:begin(leaves, from, n, every)
  self.leaves, self.from, self.n, self.every, self.done = copies(leaves), from, n, every, from
  self.index = changes.index(self.spec)
  self.columns, self.times, self.watched = {}, {}, {}
  for k, leaf in ipairs(leaves) do self.watched[k] = finite(leaf) or has_nan(leaf) end
end

function Eager:t() return self.done end
function Eager:state() return copies(self.leaves) end
function Eager:recorded() return #self.times end

function Eager:record()
  if self.times[#self.times] == self.done then return end
  local names, values = {}, {}
  if self.o.record then
    names, values = record.fields(self.o.record(tree.unflatten(self.spec, copies(self.leaves))))
  end
  self.names = names
  for k in ipairs(names) do
    local v = values[k]
    self.columns[k] = self.columns[k] or {}
    table.insert(self.columns[k], type(v) == "number" and core.matrix(v) or v:reshape(#v, 1))
  end
  table.insert(self.times, self.done)
end

function Eager:records(first)
  local out = {}
  for k, columns in ipairs(self.columns) do
    out[k] = core.hcat(table.move(columns, first or 1, #columns, 1, {}))
  end
  local times = table.move(self.times, first or 1, #self.times, 1, {})
  out[#out + 1] = #times > 0 and core.matrix { times } or core.zeros(1, 0)
  return out
end

--- Leaves that hold an infinity from the beginning (a best value so far) are not looked at.
function Eager:diverged()
  for k, leaf in ipairs(self.leaves) do
    if self.watched[k] and not finite(leaf) then return true end
  end
  for _, columns in ipairs(self.columns) do
    if not finite(columns[#columns]) then return true end
  end
  return false
end

--- The order of things at each t is that of iterate.h.
function Eager:run(upto)
  while true do
    local t, every = self.done, self.every
    if every > 0 and (t % every == 0 or t == self.n) and (t > self.from or t == 0) then
      self:record()
      if self:diverged() then return "diverged" end
    end
    if self.o.stop then
      local state = tree.unflatten(self.spec, copies(self.leaves))
      if record.scalar(self.o.stop(state)) ~= 0 then
        return self:diverged() and "diverged" or "stopped"
      end
    end
    if t >= self.n then return self:diverged() and "diverged" or "done" end
    if t >= upto then return "paused" end
    local leaves = copies(self.leaves) -- an error in the step leaves self.leaves as they are
    local new = changes.of(leaves, self.index, self.f(tree.unflatten(self.spec, leaves)))
    for k in ipairs(leaves) do
      if new[k] ~= nil then self.leaves[k] = copy(new[k]) end
    end
    self.done = t + 1
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
