--- Cases of draws. An rng cannot be an argument of a case, which takes matrices and numbers: each
-- runs a small graph of its own on a fixed rng, and adds the draw to the argument. A draw is a
-- constant for derivatives, so the argument's own are all there is. The naive function makes the
-- same draw eagerly, element by element where the draw has one number for each.
local sd = require "saddle"
local tracing = require "saddle.core".tracing

local function rng() return sd.rng(11, "draws") end

--- draw(rng) planned: its value, an ordinary matrix or number.
local function planned(draw)
  local g <close> = tracing.graph()
  local plan = tracing.plan(g, { draw(g:input(rng())) })
  return plan:run { rng() }[1]
end

--- The same numbers eagerly. Values made here go into the traces of the harness as constants, so
-- they are made before any of these begins.
local function eager(draw)
  local value = draw(rng())
  return type(value) == "number" and value or value:totable()
end

local function add(x, v)
  if type(x) == "number" then return x + v end
  local out = {}
  for i, row in ipairs(x) do
    out[i] = {}
    for j, value in ipairs(row) do out[i][j] = value + (type(v) == "number" and v or v[i][j]) end
  end
  return out
end

local cases = {}

local function case(op, name, draw, shape, options)
  local value, expected = planned(draw), eager(draw)
  local c = {
    op = op, name = name, args = { shape },
    f = function(x)
      local v = value
      if sd.ismatrix(v) and x.dtype == "f32" then v = v:to "f32" end
      return x + v
    end,
    naive = function(x) return add(x, expected) end,
  }
  for k, v in pairs(options or {}) do c[k] = v end
  cases[#cases + 1] = c
end

local laws = {
  rand = {}, randn = {}, rademacher = {}, randint = { 6 }, bernoulli = { .25 },
  categorical = { { 1, 0, 3 } }, gamma = { 2.5 }, chi2 = { 3 }, truncated_normal = { -1, .5 },
}
local names = {}
for op in pairs(laws) do names[#names + 1] = op end
table.sort(names)
for _, op in ipairs(names) do
  local parameters = laws[op]
  local function of(...)
    local sizes, arguments = { ... }, { table.unpack(parameters) }
    for _, v in ipairs(sizes) do arguments[#arguments + 1] = v end
    return function(r) return r[op](r, table.unpack(arguments)) end
  end
  case(op, "3x4", of(3, 4), { 3, 4 })
  case(op, "1x1", of(1, 1), { 1, 1 })
  case(op, "row", of(1, 5), { 1, 5 })
  case(op, "column", of(5, 1), { 5, 1 })
  case(op, "0x3", of(0, 3), { 0, 3 })
  case(op, "number", of(), "number")
end

case("bernoulli", "matrix", function(r) return r:bernoulli(sd.matrix { { 0, .5 }, { 1, .5 } }) end,
  { 2, 2 })
case("sphere", "4x3", function(r) return r:sphere(4, 3) end, { 4, 3 })
case("sphere", "0x3", function(r) return r:sphere(0, 3) end, { 0, 3 })
case("orthogonal", "4x3", function(r) return r:orthogonal(4, 3) end, { 4, 3 })
case("orthogonal", "3x0", function(r) return r:orthogonal(3, 0) end, { 3, 0 })
case("permutation", "5", function(r) return r:permutation(5) end, { 1, 5 })
case("permutation", "0", function(r) return r:permutation(0) end, { 1, 0 })
case("choice", "9, 4", function(r) return r:choice(9, 4) end, { 1, 4 })
case("choice", "9, 0", function(r) return r:choice(9, 0) end, { 1, 0 })
case("minibatch", "9, 4, 3", function(r) return r:minibatch(9, 4, 3) end, { 1, 4 })
case("rng_advance", "2", function(r)
  r:rand()
  r:rand()
  local now = select(2, tracing.isrng(r)) and tracing.rng_state(r) or r
  return now:randn(2, 2)
end, { 2, 2 })
case("rng_child", "name", function(r) return r:split("a"):randn(2, 2) end, { 2, 2 })

return cases
