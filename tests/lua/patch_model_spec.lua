--- Images of patches: formulas by naive loops, laws.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises, check_slopes = support.near, support.raises, support.check_slopes
local naive = require "tests.lua.ramp"
local U = 2 ^ -53
local model = sd.model

--- A V - b with V (m,n), x (n,1) and b (m,1), by loops.
local function affine(V, x, b)
  local y = sd.zeros(V.rows, 1)
  for i = 1, V.rows do
    local sum = 0
    for k = 1, V.cols do sum = sum + V(i, k) * x(k) end
    y:set(i, 1, sum - (b and b(i) or 0))
  end
  return y
end

local function elementwise(f, x)
  local y = sd.zeros(x.rows, x.cols)
  for i = 1, x.rows do
    for j = 1, x.cols do y:set(i, j, (f(x(i, j)))) end
  end
  return y
end

--- Random biases, so that nothing hides behind zeros.
local function with_biases(p, rng)
  for _, level in ipairs(p) do
    for j, b in ipairs(level.b) do level.b[j] = 0.3 * rng:randn(b.rows, 1) end
  end
  return p
end

describe("patch_generator", function()
  local rng = sd.rng(7)
  local from = { [2] = { { 1 }, { 2, 1 }, { 2 } } }
  local function make(options)
    options[1], options[2] = 6, 5
    options.patches, options.channels = { 2, 3 }, { 4, 3 }
    return model.patch_generator(options)
  end

  it("is its formula, patch by patch", function()
    for _, shared in ipairs { false, true } do
      for _, act in ipairs { "relu", sd.act.smooth_leaky_relu { zeta = 0.2 } } do
        local G = make { from = from, shared = shared, act = act }
        local p, z = with_biases(G.init(rng), rng), rng:randn(6, 3)
        local f = act == "relu" and function(v) return math.max(v, 0) end
          or function(v) return naive.leaky(v, 0.2) end
        local X, S = G.apply(p, z), G.hidden(p, z)
        assert.are.same({ 25, 3, 25 }, { X.rows, X.cols, G.outputs })
        for i = 1, 3 do
          local before
          for l = 1, 2 do
            local now = {}
            for j = 1, l == 1 and 2 or 3 do
              local below = l == 1 and z:col(i)
              if l == 2 then
                local list = {}
                for k, source in ipairs(from[2][j]) do list[k] = before[source] end
                below = sd.vcat(list)
              end
              now[j] = elementwise(f, affine(p[l].V[j], below, p[l].b[j]))
              -- sums of at most 8 terms of size below 4, twice
              near(S[l][j]:col(i), now[j], 512 * U)
              local W = shared and p[l].W or p[l].W[j]
              near(G.patch(X, l, j):col(i), affine(W, now[j]), 1024 * U)
            end
            before = now
          end
        end
      end
    end
  end)

  it("hangs each patch on the one that it lies in, unless told", function()
    local G = model.patch_generator { 4, 6, patches = { 2, 4, 3 }, channels = { 3, 3, 2 } }
    assert.are.same({ { 1 }, { 1 }, { 2 }, { 2 } }, G.from[2])
    assert.are.same({ { 1 }, { 2 }, { 3 } }, G.from[3])
    assert.are.same({ 13, 36 }, { G.rows(2) })
    assert.are.same({ 43, 48 }, { G.rows(3, 2) })
    assert.are.equal("patch_generator 4 -> 2 of 3 -> 4 of 3 -> 3 of 2, patches of 6, relu",
      tostring(G))
    raises("patch_generator: level 2 has patches 1..4, got 5", G.rows, 2, 5)
    raises("patch_generator: there is no level 4", G.rows, 4)
    raises("patch_generator.patch: argument 1 must be images, columns of 54 elements, got 3",
      G.patch, 3, 1, 1)
  end)

  it("has slopes, and is compiled what it is eagerly, in both types", function()
    local G = make { from = from, act = sd.act.smooth_leaky_relu { zeta = 0.5 } }
    local p, z = with_biases(G.init(rng), rng), rng:randn(6, 4)
    check_slopes(function(q) return sd.sum(sd.sin(G.apply(q, z))) end, p, 6)
    check_slopes(function(y) return sd.sum(sd.sin(G.apply(p, y))) end, z)
    local compiled = sd.compile(G.apply)(p, z)
    near(compiled, G.apply(p, z), 64 * U * sd.max(sd.abs(compiled))) -- chains may sum elsewhere
    local H = make { from = from, act = sd.act.smooth_leaky_relu { zeta = 0.5 }, dtype = "f32" }
    local single = sd.map(function(x) return x:to "f32" end, p)
    local X = H.apply(single, z:to "f32")
    assert.are.equal("f32", X.dtype)
    assert.are.equal("f32", H.init(sd.rng(1))[1].V[1].dtype)
    near(X:to "f64", G.apply(p, z), 2 ^ -24 * 256)
  end)

  it("starts with orthonormal columns of W and normal V", function()
    local G = model.patch_generator { 50, 20, patches = { 4 }, channels = { 20 } }
    local p = G.init(sd.rng(2))
    local sum = 0
    for j = 1, 4 do
      near(p[1].W[j]:t() * p[1].W[j], sd.eye(20), 64 * U)
      sum = sum + sd.dot(p[1].V[j], p[1].V[j])
      near(p[1].b[j], sd.zeros(20, 1), 0)
    end
    -- 50 times the sum of squares is chi squared with 4000 degrees: 6 deviations, 2e-9
    near(sum * 50 / 4000, 1, 6 * math.sqrt(2 / 4000))
    assert.are.same(support.bits(G.init(sd.rng(3))), support.bits(sd.compile(G.init)(sd.rng(3))))
  end)

  describe("as a target with disjoint supports", function()
    local q, a, n = 0.2, 1.5, 40000
    local G = model.patch_generator { 20, 8, patches = { 2, 3 }, channels = { 8, 4 },
      init = { disjoint = q, scale = a } }
    local p = G.init(sd.rng(4))

    it("has rows that share no element, of the length asked for", function()
      for j = 1, 2 do
        near(sd.norm(p[1].V[j], { dim = 2 }), sd.full(8, 1, a), 8 * U)
        near(p[1].b[j], sd.full(8, 1, -a * sd.normppf(q)), 8 * U)
        assert.are.equal(2, sd.max(sd.sum(sd.ne(p[1].V[j], 0), { dim = 2 })))
        assert.are.equal(1, sd.max(sd.sum(sd.ne(p[1].V[j], 0), { dim = 1 })))
      end
      -- which elements they are is drawn for each patch: 20!/2^10 ways, or 8!/2^4 above
      assert.is_false(sd.ne(p[1].V[1], 0) == sd.ne(p[1].V[2], 0))
      assert.is_false(p[2].V[1] == p[2].V[2])
      for j = 1, 3 do
        near(sd.sum(p[2].V[j], { dim = 2 }), sd.full(4, 1, 2), 0)
        near(sd.sum(p[2].V[j], { dim = 1 }), sd.ones(1, 8), 0)
      end
    end)

    it("is as active as its law says, channels of a patch independently", function()
      local S = G.hidden(p, sd.rng(5):randn(20, n))
      near(G.law.activity[1], q, 0)
      near(G.law.activity[2], 1 - (1 - q) ^ 2, U)
      local function frequency(mask, chance) -- 6 deviations: false alarms 2e-9 each, 96 of them
        near(sd.mean(mask), chance, 6 * math.sqrt(chance * (1 - chance) / n))
      end
      for l = 1, 2 do
        for j = 1, l + 1 do
          local active, chance = sd.gt(S[l][j], 0), G.law.activity[l]
          for r = 1, active.rows do
            frequency(active:row(r), chance)
            if r > 1 then frequency(active:row(r) % active:row(r - 1), chance ^ 2) end
            -- E S^2 is at most 2 a^2 q on level 1 and four times that above
            near(sd.mean(S[l][j]:row(r)), G.law.mean[l], 6 * math.sqrt(2 * a * a * q * l * l / n))
          end
        end
      end
    end)

    it("has the mean of a cut normal variable", function()
      -- E (g - u)+ by the trapezoidal rule on [u, u + 12], step 1e-3: error h^2/12 phi(u) < 3e-8
      local u, sum, h = -sd.normppf(q), 0, 1e-3
      for k = 1, 12000 do
        sum = sum + h * k * h * math.exp(-(u + k * h) ^ 2 / 2) / math.sqrt(2 * math.pi)
      end
      near(G.law.mean[1], a * sum, 3e-8 * a)
      near(G.law.threshold, a * u, 0)
    end)
  end)

  it("with aligned rows starts as the identity", function()
    local G = model.patch_generator { 9, 5, patches = { 2, 2 }, channels = { 4, 3 },
      from = { [2] = { { 2, 1 }, { 1 } } }, init = { aligned = 0.1, scale = 3 } }
    local p, z = G.init(sd.rng(1)), sd.rng(2):randn(9, 6)
    local S = G.hidden(p, z)
    for j = 1, 2 do
      near(S[1][j], sd.relu(3 * z:row(4 * j - 3, 4 * j) - G.law.threshold), 16 * U)
      near(S[2][j], S[1][3 - j]:row(1, 3), 0)
    end
    near(G.law.activity[2], 0.1, U)
    assert.are.equal(G.law.mean[1], G.law.mean[2])
  end)

  it("says what does not fit", function()
    local function wrong(text, o)
      o[1], o[2] = o[1] or 6, o[2] or 5
      o.patches, o.channels = o.patches or { 2, 4 }, o.channels or { 4, 3 }
      raises("patch_generator: " .. text, model.patch_generator, o)
    end
    raises("patch_generator: needs sizes {z, d}, got 1", model.patch_generator, { 3 })
    raises("patch_generator: patches must be a list of sizes, one for each level, got nil",
      model.patch_generator, { 6, 5 })
    wrong("channels[2] must be a whole number from 1, got 0", { channels = { 4, 0 } })
    wrong("patches are of 2 levels, channels of 1", { channels = { 4 } })
    wrong("6 channels: orthonormal columns of 5 elements are 5 at most", { channels = { 6, 3 } })
    wrong("unknown option 'chanels' (did you mean 'channels'?)", { chanels = {} })
    wrong("from has an entry 1, the levels with connections are 2..2", { from = { { { 1 } } } })
    wrong("from[2] must have a list for each of 4 patches", { from = { [2] = { { 1 } } } })
    wrong("from[2][1][2] must be a patch in 1..2 that is not there yet, got 3",
      { from = { [2] = { { 1, 3 }, { 1 }, { 1 }, { 1 } } } })
    wrong("from[2][2][2] must be a patch in 1..2 that is not there yet, got 1",
      { from = { [2] = { { 1 }, { 1, 1 }, { 1 }, { 1 } } } })
    wrong([[init must be "lecun", {disjoint=, scale=} or {aligned=, scale=}, got the string "he"]],
      { init = "he" })
    wrong("init: disjoint must be a probability between 0 and 1, got 1",
      { init = { disjoint = 1 } })
    wrong("init: aligned or disjoint, not both", { init = { disjoint = 0.1, aligned = 0.1 } })
    wrong("init: aligned needs 8 elements of z at least, got 6", { init = { aligned = 0.1 } })
    wrong("init: disjoint needs no more channels than below, level 2 has 4, level 1 3",
      { init = { disjoint = 0.1 }, channels = { 3, 4 } })
    wrong("init: disjoint needs a single patch below each, from[2][1] has 2",
      { init = { disjoint = 0.1 }, from = { [2] = { { 1, 2 }, { 1 }, { 1 }, { 1 } } } })
    wrong("scale must be a positive number, got -1", { init = { disjoint = 0.1, scale = -1 } })
    wrong("shared must be true or false, got 1", { shared = 1 })
    wrong("dtype must be 'f64' or 'f32', got the string \"f16\"", { dtype = "f16" })
    raises("act: no activation 'rellu' (did you mean 'relu'?)", model.patch_generator,
      { 6, 5, patches = { 2 }, channels = { 2 }, act = "rellu" })
    local G = model.patch_generator { 6, 5, patches = { 1 }, channels = { 2 } }
    local p = G.init(sd.rng(1))
    raises("patch_generator.apply: x must have 6 rows (its columns are samples), got 5x1", G.apply,
      p, sd.ones(5, 1))
    raises("patch_generator.apply: p must be a table of parameters, got nil", G.apply, nil,
      sd.ones(6, 1))
    raises("patch_generator.hidden: p[1].W is missing", G.hidden, { { V = p[1].V, b = p[1].b } },
      sd.ones(6, 1))
    raises("patch_generator.apply: p[1].V[1] must be 2x6, got 6x2", G.apply,
      { { V = { sd.ones(6, 2) }, W = p[1].W, b = p[1].b } }, sd.ones(6, 1))
    raises("patch_generator.apply: p[1].b[1] must be 2x1, got 1x1", G.apply,
      { { V = p[1].V, W = p[1].W, b = { 0.5 } } }, sd.ones(6, 1))
    raises("patch_generator.init: argument 1 must be an rng, got 1", G.init, 1)
    raises("model: patch_generator 6 -> 1 of 2, patches of 5, relu has no field 'law'",
      function() return G.law end)
  end)
end)
