--- Jacobians and kernels of all models: by blocks of samples, if the model has them, against row by
-- row and column by column.
local sd = require "saddle"
local model = sd.model

local made = {
  linear = model.linear { 3, 2, bias = true }, glm = model.glm { 4, act = "softplus" },
  low_rank = model.low_rank { 3, 2 }, one_hidden = model.one_hidden { 3, 5, 2, bias = true },
  ["one_hidden, first"] = model.one_hidden { 3, 5, 1, act = "gelu", train = "first" },
  ["one_hidden, last"] = model.one_hidden { 3, 5, 2, train = "last" },
  mlp = model.mlp { 3, 5, 4, 2, act = "tanh" }, deep = model.deep { 3, 5, 4, 2, act = "silu" },
  random_feature = model.random_feature { 3, 5, 4 },
  linear_discriminator = model.linear_discriminator { 3 },
  sparse_generator = model.sparse_generator { 4, 3 }, cubic = model.cubic { 3, 4 },
  patch_generator = model.patch_generator { 3, 4, patches = { 2, 4 }, channels = { 2, 2 } },
  gated_linear = model.gated_linear { 4, 3 }, threshold_pair = model.threshold_pair { 4, 3 },
  product_pair = model.product_pair { 2, 4, 2 }, patch_link = model.patch_link { 2, 4, 3, 2 },
}
-- Theta Theta' is one matrix that all samples share, but what they make of it is no outer product.
local no_blocks = { low_rank = "multiplies parameters whose blocks are no outer products" }

--- Sums of fewer than 100 products, through at most three layers of gains below 10.
local function near(a, b)
  local off, scale = sd.max(sd.abs(a - b)), sd.max(sd.abs(b))
  assert(off <= 1e3 * 100 * 2 ^ -53 * scale, ("off by %g of %g"):format(off, scale))
end

describe("the Jacobian of a model", function()
  for name, m in pairs(made) do
    it("is the same by all routes: " .. name, function()
      local rng = sd.rng(7, name)
      local p, x = m.init(rng), rng:randn(m.inputs, 6)
      p = sd.map(function(v) return v + 0.1 end, p) -- where biases and zeros are not
      local J, info = sd.jacobian(m.apply, { info = true })(p, x)
      local rows = sd.jacobian(m.apply, { route = "reverse" })(p, x)
      near(J, rows)
      near(sd.jacobian(m.apply, { route = "forward" })(p, x), rows)
      near(sd.ntk(m.apply, p, x), rows * rows:t())
      if no_blocks[name] then
        assert(info.reason:find(no_blocks[name], 1, true), info.reason)
      else
        assert.equal("columns", info.route)
      end
    end)
  end
end)
