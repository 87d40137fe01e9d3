--- Models of images of patches against the same models written in Lua, of the same ops: compiled,
-- they agree to the bit in values and gradients, in both types. And activations that have rows in
-- the core against those of sd.act.
local sd = require "saddle"
local model = sd.model
local rt = sd.act.smooth_relu { zeta = 0.4 }

--- W_j' Y_j of the patches below row `first`, one below the other.
local function projections(W, Y, first)
  local list, d = {}, W[1].rows
  for j = 1, #W do list[j] = W[j]:t() * Y:row(first + (j - 1) * d + 1, first + j * d) end
  return sd.vcat(list)
end

local function images(o)
  return function(p, z)
    local X, below = {}, nil
    for l, level in ipairs(p) do
      local S = {}
      for j = 1, #level.V do
        local from = z
        if l > 1 then
          local list = {}
          for k, source in ipairs(o.from[l][j]) do list[k] = below[source] end
          from = #list == 1 and list[1] or sd.vcat(list)
        end
        S[j] = o.act(level.V[j] * from - level.b[j])
        X[#X + 1] = (o.shared and level.W or level.W[j]) * S[j]
      end
      below = S
    end
    return sd.vcat(X)
  end
end

--- Positions of the pairs p < q in a matrix of n rows, and C of them for patches of m channels.
local function pairs_of(n, m, within, across)
  local at, C = {}, {}
  for q = 2, n do
    for p = 1, q - 1 do
      at[#at + 1] = p + n * (q - 1)
      C[#C + 1] = (p - 1) // m == (q - 1) // m and within or across
    end
  end
  return sd.matrix(at), sd.matrix(C)
end

local FROM <const> = { [2] = { { 1 }, { 2, 1 }, { 2 } } }

local cases = {
  patch_generator = {
    make = function(dtype)
      return model.patch_generator { 6, 5, patches = { 2, 3 }, channels = { 4, 3 }, from = FROM,
        dtype = dtype }
    end,
    hand = images { from = FROM, act = sd.relu },
  },
  ["patch_generator with shared W"] = {
    make = function(dtype)
      return model.patch_generator { 6, 5, patches = { 2, 3 }, channels = { 4, 3 }, from = FROM,
        shared = true, act = "smooth_leaky_relu", dtype = dtype }
    end,
    hand = images { from = FROM, act = sd.act.smooth_leaky_relu, shared = true },
  },
  gated_linear = {
    make = function(dtype) return model.gated_linear { 5, 3, threshold = 0.2, dtype = dtype } end,
    hand = function(p, Y)
      return sd.sum(sd.ge(p.W:t() * Y, p.b) % (p.V:t() * Y), { dim = 1 })
    end,
    moments = function(p, Y) return (Y * sd.ge(p.W:t() * Y, p.b):t()) * (1 / Y.cols) end,
  },
  threshold_pair = {
    make = function(dtype)
      return model.threshold_pair { 5, 3, K = 3, zeta = 0.4, dtype = dtype }
    end,
    hand = function(p, Y)
      local s, o = p.W:t() * Y, sd.act.bent { left = 1, right = 3 }
      return rt(s - 2 * p.b) % o(p.v) + rt.d(s - p.b) % o(p.w)
    end,
    moments = function(p, Y)
      local s = p.W:t() * Y
      return sd.hcat(sd.mean(rt(s - 2 * p.b), { dim = 2 }), sd.mean(rt.d(s - p.b), { dim = 2 }))
    end,
  },
  product_pair = {
    make = function(dtype)
      return model.product_pair { 3, 5, 2, zeta = 0.4, across = 0.25, dtype = dtype }
    end,
    hand = function(p, Y)
      local own = { dtype = p.plus.dtype }
      local at, C = pairs_of(6, 2, 4, 0.25)
      local a = rt(projections(p.W, Y, 0) - p.b)
      local u = C:to(own.dtype) % (p.plus - p.minus)
      return sd.sum(a % (sd.scatter_add(sd.zeros(6, 6, own), at, u) * a), { dim = 1 })
    end,
    moments = function(p, Y)
      local at, C = pairs_of(6, 2, 4, 0.25)
      local a = rt(projections(p.W, Y, 0) - p.b)
      return C:to(Y.dtype) % ((a * a:t()) * (1 / Y.cols)):reshape(36, 1):row(at)
    end,
  },
  patch_link = {
    make = function(dtype)
      return model.patch_link { 2, 5, 3, 4, zeta = 0.4, width = 0.3, dtype = dtype }
    end,
    hand = function(p, Y)
      local lk = sd.act.smooth_leaky_relu { zeta = 0.4 }
      local h = lk(p.V * lk(projections(p.from, Y, 5)) - p.b)
      return sd.act.dead_zone { width = 0.3, zeta = 0.4 }(p.W:t() * Y:row(1, 5) - h)
    end,
  },
}

local function flat(t) return (sd.ravel(t)) end

for name, case in pairs(cases) do
  describe(name .. " and the same in Lua", function()
    for _, dtype in ipairs { "f64", "f32" } do
      it("agree to the bit in " .. dtype, function()
        local m, rng = case.make(dtype), sd.rng(3)
        local function moved(x) return x + 0.3 * rng:randn(x.rows, x.cols, { dtype = dtype }) end
        local p = sd.map(moved, m.init(rng)) -- from where biases and weights are 0
        local x = rng:randn(m.inputs, 7, { dtype = dtype })
        assert.are.equal(dtype, m.apply(p, x).dtype)
        local by_hand = sd.compile(case.hand)
        assert(m.apply(p, x) == by_hand(p, x), "values differ")
        local function loss(apply)
          return sd.compile(sd.grad(function(q, y) return sd.sum(sd.sin(apply(q, y))) end))
        end
        assert(flat(loss(m.apply)(p, x)) == flat(loss(case.hand)(p, x)), "gradients differ")
        assert(sd.compile(m.apply)(p, x) == by_hand(p, x), "plans differ")
        if case.moments then
          assert(m.moments(p, x) == sd.compile(case.moments)(p, x), "moments differ")
          local function square(f)
            return sd.compile(sd.grad(function(y, q) return sd.sum(f(q, y) ^ 2) end))
          end
          assert(square(m.moments)(x, p) == square(case.moments)(x, p), "slopes of moments differ")
        end
      end)
    end
  end)
end

describe("activations of the core", function()
  for _, name in ipairs { "smooth_relu", "smooth_leaky_relu", "dead_zone" } do
    it("and of sd.act agree to the bit: " .. name, function()
      -- between, on and beyond the places where pieces join (zeta = 0.1, width = 0.5)
      local x = sd.hcat(sd.matrix { { -1e200, -2, -0.6, -0.5, -0.05, -0.0, 0, 0.05, 0.1, 0.5, 0.55,
        0.6, 3, 1e200, 1 / 0, -1 / 0 } }, sd.rng(1):randn(1, 400))
      local m, f = model.glm { 1, act = name }, sd.act[name]
      local p = { theta = sd.ones(1, 1) }
      assert(m.apply(p, x) == f(x))
      local function slopes(of)
        return sd.grad(function(y) return sd.sum(sd.where(sd.lt(sd.abs(y), 9), of(y), 0)) end)(x)
      end
      assert(slopes(function(y) return m.apply(p, y) end) == slopes(f))
    end)
  end
end)
