--- What an activation is: an object that can be called, with its derivatives, bounds, Hermite
-- coefficients and exponents; and families of such with parameters. lua/saddle/act.lua tells what
-- the fields mean.
local sd = require "saddle"
local core = require "saddle.core"
local exponents = require "saddle.act.exponent"
local gaussian = require "saddle.act.gaussian"
local options = require "saddle.options"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local object = {}

local activation = {}
function activation.__call(self, x) return self.f(x) end
function activation.__tostring(self) return "sd.act." .. self.name end
function activation.__index(_, key)
  fail("act: an activation has no field '%s' (it has d dd slope curvature hermite exponents name)",
    type(key) == "string" and key:gsub("%c", "?") or core.show(key))
end

--- Whether v is an activation.
function object.is(v) return getmetatable(v) == activation end

--- f on matrices as a function of matrices, numbers and symbols.
local function lift(what, f)
  return function(x)
    if type(x) == "number" then return f(sd.matrix(x)):item() end
    if not sd.ismatrix(x) and not core.tracing.issymbol(x) then
      fail("act.%s: argument 1 must be a matrix or a number, got %s", what, core.show(x))
    end
    return f(x)
  end
end

local function check_degree(name, i)
  local n = type(i) == "number" and math.tointeger(i)
  if not n or n < 0 or n > gaussian.highest then
    fail("act.%s.hermite: the degree must be a whole number in 0..%d, got %s", name,
      gaussian.highest, core.show(i))
  end
  return n
end

--- An activation from {name=, f=, d=, dd=, slope=, curvature=[, breaks=][, hermite=]}: f, d and dd
-- of matrices and symbols; breaks lists where f is not analytic, but for whole numbers; hermite
-- gives exact coefficients.
function object.new(t)
  local self = { name = t.name, slope = t.slope, curvature = t.curvature }
  local coefficient = t.hermite or gaussian.coefficients(t.f, t.breaks)
  local r1, r2
  self.f = lift(t.name, t.f)
  self.d = lift(t.name .. ".d", t.d)
  self.dd = lift(t.name .. ".dd", t.dd)
  function self.hermite(i)
    i = check_degree(t.name, i)
    local _ <close> = core.tracing.suspend() -- kept for later: values, never symbols
    return coefficient(i)
  end
  function self.exponents()
    local _ <close> = core.tracing.suspend()
    if not r1 then r1, r2 = exponents(lift(t.name, t.f), self.d) end
    return r1, r2
  end
  return setmetatable(self, activation)
end

--- A family of activations: {name=, make=, entry, ...}, an entry of options.number for each
-- parameter, where make(name, parameters...) gives an activation. The result is the one with the
-- defaults, and called with a table {parameter = value} gives another.
function object.family(family)
  local self = family.make(family.name, table.unpack(options.numbers({}, family)))
  local f = self.f
  function self.f(x)
    if type(x) ~= "table" or getmetatable(x) then return f(x) end
    local values, wrong = options.numbers(x, family)
    if not values then fail("act.%s: %s", family.name, wrong) end
    local said = {}
    for k, v in ipairs(values) do said[k] = ("%s=%.14g"):format(family[k].name, v) end
    return family.make(("%s{%s}"):format(family.name, table.concat(said, ", ")),
      table.unpack(values))
  end
  return self
end

return object
