--- Random programs: a tree of parameters, and instructions (kinds.lua) on registers that start as
-- its leaves; evaluated, listed, shortened.
local sd = require "saddle"
local instructions = require "tests.fuzz.programs.kinds"
local tracing = require("saddle.core").tracing

local program = {}

local LENGTH <const> = 20

-- element-wise instructions are the most frequent, so that chains form
local names = table.move(instructions.names, 1, #instructions.names, 1, {})
for _ = 1, 12 do names[#names + 1] = "map"; names[#names + 1] = "zip" end

-- ---- making ------------------------------------------------------------------------------------

local keys = { "net", "w", 1, 2, "two words", "b", "opt" }

--- Where each of n leaves is in the tree: a list of keys, the last of them the leaf's own.
local function places(random, n)
  local out = {}
  for k = 1, n do
    local path = {}
    for _ = 1, random(4) - 1 do path[#path + 1] = keys[random(#keys)] end
    path[#path + 1] = random(2) == 1 and 10 + k or "leaf" .. k
    out[k] = path
  end
  return out
end

--- random(n) is uniform on 1..n. dtype of matrices: "f64", "f32" or "mixed".
function program.make(random)
  local dtype = ({ "f64", "f64", "f64", "f32", "mixed" })[random(5)]
  local function shape(m, n)
    local own = dtype
    if dtype == "mixed" then own = random(2) == 1 and "f32" or "f64" end
    return { m, n, dtype = own }
  end
  local leaves = { shape(random(3), random(4)), shape(random(4), random(3)), "number",
    shape(random(3), 1), shape(random(3), random(3)), shape(1, random(4)) }
  local registers, code = { table.unpack(leaves) }, {}
  local function pick(fits)
    local found = {}
    for k, s in ipairs(registers) do if fits(s) then found[#found + 1] = k end end
    if #found == 0 then return nil end
    local late = math.max(1, #found - random(#found + 2)) -- later registers are likelier
    local k = found[math.min(#found, late + random(#found - late + 1) - 1)]
    return k, registers[k]
  end
  while #code < LENGTH do
    local made = instructions.kinds[names[random(#names)]](random, pick)
    if made then
      code[#code + 1] = made
      registers[#registers + 1] = made.shape
    end
  end
  return { leaves = leaves, code = code, paths = places(random, #leaves), dtype = dtype,
    frozen = random(#leaves + 3), bare = random(8) == 1 }
end

-- ---- trees -------------------------------------------------------------------------------------

--- The tree of these values: nested, with statics and empty matrices; one leaf may be frozen.
function program.tree(self, values)
  local t = { mode = "gan", flag = self.bare, hollow = {} }
  if self.bare then t = {} end
  local dtype = { dtype = values[1].dtype }
  if not self.bare then t.none, t.hollow.none = sd.zeros(0, 3, dtype), sd.zeros(2, 0, dtype) end
  for k, path in ipairs(self.paths) do
    local at = t
    for i = 1, #path - 1 do
      at[path[i]] = at[path[i]] or {}
      at = at[path[i]]
    end
    local frozen = k == self.frozen and self.leaves[k] ~= "number"
    at[path[#path]] = frozen and sd.frozen(values[k]) or values[k]
  end
  return sd.map(function(x) return x end, t) -- which gives it operators
end

--- The values of a tree, in the order of the leaves.
function program.values(self, t)
  local out = {}
  for k, path in ipairs(self.paths) do
    local at = t
    for i = 1, #path do at = at[path[i]] end
    out[k] = at
  end
  return out
end

-- ---- running -----------------------------------------------------------------------------------

--- The last six registers, each brought to a number: a column of them. with.noise: a factor for
-- each register; with.held: what stop_gradient gives, by instruction; with.hold: the same, to be
-- noted; with.wide: all is f64.
function program.outputs(self, t, with)
  local r = program.values(self, t)
  for i, instruction in ipairs(self.code) do
    local a, b = instruction.operands[1], instruction.operands[2]
    local v
    if instruction.held then
      if with.hold and not tracing.issymbol(r[a]) then with.hold[i] = r[a] end
      v = instruction.f(r[a], with.held and with.held[i])
    elseif instruction.narrows and with.wide then
      v = r[a] * 1 -- a value of its own, as a narrowed one is: no longer a frozen leaf
    elseif b then
      v = instruction.f(r[a], r[b])
    else
      v = instruction.f(r[a])
    end
    r[#r + 1] = with.noise and v * with.noise[i] or v
  end
  local list = {}
  for k = math.max(1, #r - 5), #r do list[#list + 1] = sd.mean(sd.tanh(r[k] / 4)) * (k % 3 + 1) end
  if not self.bare then list[1] = list[1] + sd.sum(sd.exp(t.none)) + sd.sum(t.hollow.none) end
  return sd.vcat(list)
end

-- ---- showing, shortening -----------------------------------------------------------------------

local function show(s) return s == "number" and s or ("%dx%d %s"):format(s[1], s[2], s.dtype) end

function program.listing(self)
  local lines = {}
  for k, s in ipairs(self.leaves) do
    lines[k] = ("  r%d = p.%s: %s%s"):format(k, table.concat(self.paths[k], "."), show(s),
      k == self.frozen and " frozen" or "")
  end
  for i, instruction in ipairs(self.code) do
    lines[#lines + 1] = ("  r%d = %s(r%s): %s"):format(#self.leaves + i, instruction.name,
      table.concat(instruction.operands, ", r"), show(instruction.shape))
  end
  return table.concat(lines, "\n")
end

--- The program without instruction i, whose users take register `instead`; nil when shapes forbid.
local function without(self, i, instead)
  local dropped, code = #self.leaves + i, {}
  for k, instruction in ipairs(self.code) do
    if k ~= i then
      local operands = {}
      for j, o in ipairs(instruction.operands) do
        if o == dropped then
          if not instead then return nil end
          o = instead
        end
        operands[j] = o > dropped and o - 1 or o
      end
      code[#code + 1] = setmetatable({ operands = operands }, { __index = instruction })
    end
  end
  return setmetatable({ code = code }, { __index = self })
end

local function alike(s, t)
  if s == "number" or t == "number" then return s == t end
  return s[1] == t[1] and s[2] == t[2] and s.dtype == t.dtype
end

--- The shortest program found that fails(program): instructions are dropped while the fault stays,
-- their users given an earlier register of the same shape.
function program.shorten(self, fails)
  local shorter = true
  while shorter do
    shorter = false
    for i = #self.code, 1, -1 do
      local registers = { table.unpack(self.leaves) }
      for _, c in ipairs(self.code) do registers[#registers + 1] = c.shape end
      local options = { false }
      for k = 1, #self.leaves + i - 1 do
        if alike(registers[k], self.code[i].shape) then options[#options + 1] = k end
      end
      for _, instead in ipairs(options) do
        local candidate = without(self, i, instead)
        if candidate and fails(candidate) then
          self, shorter = candidate, true
          break
        end
      end
    end
  end
  return self
end

return program
