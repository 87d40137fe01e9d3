--- Jacobians and kernels by blocks of samples: against Jacobians row by row and column by column,
-- closed forms, and refusals that name what stands in the way.
local sd = require "saddle"

local rng = sd.rng(5, "blocks")
local d, k, m, n = 3, 5, 2, 6
local X, X2 = rng:randn(d, n), rng:randn(d, 4)
local M = rng:randn(k, k)
local function random(high) return math.tointeger(rng:randint(high)) end

local function draw(...)
  local p = {}
  for name, s in pairs(...) do p[name] = s == 0 and rng:randn() or rng:randn(s[1], s[2]) end
  return p
end

-- Functions of (p, X) and the shapes of their parameters; 0 is a number.
local nets = {
  linear = { function(p, x) return p.W * x end, { W = { m, d } } },
  ["a matrix held transposed"] = { function(p, x) return p.W:t() * x end, { W = { d, m } } },
  ["one hidden layer, biases"] = { function(p, x) return p.V * sd.tanh(p.W * x + p.b) + p.c end,
    { W = { k, d }, b = { k, 1 }, V = { m, k }, c = { m, 1 } } },
  ["biases by one number"] = { function(p, x) return p.V * sd.softplus(p.a * (p.W * x) - p.b) / p.a
    end, { W = { k, d }, V = { m, k }, a = 0, b = 0 } },
  ["three layers"] = { function(p, x)
    return p.A * sd.gelu(p.B * sd.sin(p.C * x))
  end, { A = { m, k }, B = { k, k }, C = { k, d } } },
  ["one layer used twice"] = { function(p, x) return sd.tanh(p.W * sd.tanh(p.W * x)) end,
    { W = { d, d } } },
  ["a layer and its transpose"] = { function(p, x) return p.W:t() * sd.relu(p.W * x) end,
    { W = { k, d } } },
  ["scaled weights"] = { function(p, x) return p.W / math.sqrt(d) * x - 3 * p.W * x end,
    { W = { m, d } } },
  ["weights by a parameter"] = { function(p, x) return (p.s * p.W) * x + (p.W / p.s) * x end,
    { W = { m, d }, s = 0 } },
  ["functions of weights"] = { function(p, x)
    return (sd.exp(p.W) % p.U) * x + (p.W / (1 + p.U ^ 2)) * x
  end, { W = { m, d }, U = { m, d } } },
  ["products of weights"] = { function(p, x) return p.A * (p.B * p.C) * x end,
    { A = { m, k }, B = { k, k }, C = { k, d } } },
  ["products of transposes"] = { function(p, x) return (p.A:t() * p.B:t()) * x end,
    { A = { k, m }, B = { d, k } } },
  ["sums of weights"] = { function(p, x) return (p.A - p.B + M:block(1, 1, m, d)) * sd.cos(x) end,
    { A = { m, d }, B = { m, d } } },
  ["a theta that is cut up"] = { function(p, x)
    local W, V = p.theta:block(1, 1, k * d, 1), p.theta:block(k * d + 1, 1, m * k, 1)
    return V:reshape(m, k) * sd.silu(W:reshape(k, d) * x)
  end, { theta = { k * d + m * k, 1 } } },
  ["elements of a column by number"] = { function(p, x)
    local w = p.theta:row(sd.matrix { 2, 4, 4 }) % p.theta:row(sd.matrix { 1, 2, 3 })
    return sd.vcat(w:reshape(1, 3) * x, p.theta(2) * sd.sin(x:row(1)),
      sd.gather(p.theta, sd.matrix { { 1, 2, 4 } }) * x)
  end, { theta = { 4, 1 } } },
  ["lines of a column"] = { function(p, x)
    local h = sd.softmax(p.W * x, { dim = 1 })
    return sd.vcat(sd.sum(h ^ 2, { dim = 1 }), sd.norm(p.W * x, { dim = 1 }),
      sd.logsumexp(h, { dim = 1 }), sd.max(h, { dim = 1 }))
  end, { W = { k, d } } },
  ["layer normalisation"] = { function(p, x)
    local h = p.W * x
    local c = h - sd.mean(h, { dim = 1 })
    return p.V * sd.relu(p.gain % (c / (sd.norm(c, { dim = 1 }) + 1)) + p.shift)
  end, { W = { k, d }, V = { m, k }, gain = { k, 1 }, shift = { k, 1 } } },
  ["masks and choices"] = { function(p, x)
    local h = p.W * x
    return p.V * sd.where(sd.gt(h, p.b), h ^ 2, p.b % h) + sd.max(p.V * h, p.c)
  end, { W = { k, d }, V = { m, k }, b = { k, 1 }, c = { m, 1 } } },
  ["rows of the data"] = { function(p, x) return p.W * x:t():t() + p.V * x:row(2) end,
    { W = { m, d }, V = { m, 1 } } },
  ["data in rows"] = { function(p) return p.W * X2:t() end, { W = { m, 4 } } },
  ["a residual connection"] = { function(p, x)
    local h = p.W * x
    h = h + sd.tanh(p.U * h)
    return p.V * (h + sd.tanh(p.U * h))
  end, { W = { k, d }, U = { k, k }, V = { m, k } } },
  ["a parameter that nothing uses"] = { function(p, x) return p.W * x end,
    { W = { m, d }, idle = { 2, 2 } } },
  ["low rank"] = { function(p, x) return sd.sum((p.U * p.U:t() * x) % x, { dim = 1 }) end,
    { U = { d, 2 } } },
}

-- Steps of random nets: each makes a batch of a batch h, with parameters from new(rows, cols) that
-- are small enough for h to stay near 1.
local steps = {
  function(h, new) return new(3, h.rows) * h end,
  function(h, new) return new(h.rows, 2):t() * h end,
  function(h, new) return new(2, 3) * new(3, h.rows) * h end,
  function(h, new) return sd.tanh(new(3, h.rows)) * h end,
  function(h, new)
    local W = new(3, h.rows)
    return (W / (1 + sd.abs(new(1, 1))) - 0.1 * W % new(3, h.rows)) * h
  end,
  function(h, new) return h + new(h.rows, 1) end,
  function(h, new) return new(h.rows, 1) % h - new(1, 1) end,
  function(h, new) return sd.where(sd.gt(h, 0), new(h.rows, 1), h) end,
  function(h, new) return sd.max(h, new(h.rows, 1)) end,
  function(h, new) return new(4 * h.rows, 1):reshape(4, h.rows) * h end,
  function(h, new) return h + sd.tanh(new(h.rows, h.rows) * h) end,
  function(h, new) return sd.vcat(sd.sum(h, { dim = 1 }), new(2, h.rows) * h) end,
  function(h) return sd.softmax(h, { dim = 1 }) end,
  function(h) return sd.cumsum(h, { dim = 1 }) / h.rows end,
  function(h) return sd.vcat(h:row(1), sd.norm(h, { dim = 1 })) end,
  function(h) return sd.khatri_rao(sd.tanh(h), h:row(h.rows)) end,
  function(h) return (sd.sort(h, { dim = 1 })) end,
  function(h) return sd.relu(h) end,
  function(h) return sd.gelu(h):block(1, 1, math.min(3, h.rows), h.cols) end,
}

--- Both routes add the same products in other orders: each element is off by at most a few times
-- the roundings of its longest sum (below 100 terms), relative to the largest element, which passes
-- through at most 3 layers of gains below 10.
local function near(a, b, what)
  local scale = sd.max(sd.abs(b))
  local off = sd.max(sd.abs(a - b))
  assert(off <= 1e3 * 100 * 2 ^ -53 * scale, ("%s: off by %g of %g"):format(what, off, scale))
end

describe("a Jacobian by columns", function()
  for name, net in pairs(nets) do
    it("agrees with the other routes: " .. name, function()
      local f, p = net[1], draw(net[2])
      local J, info = sd.jacobian(f, { route = "columns", info = true })(p, X)
      assert.same({ route = "columns", reason = "asked for" }, info)
      near(J, sd.jacobian(f, { route = "reverse" })(p, X), "reverse")
      near(J, sd.jacobian(f, { route = "forward" })(p, X), "forward")
    end)
    it("gives a kernel without Jacobians: " .. name, function()
      local f, p = net[1], draw(net[2])
      local J = sd.jacobian(f, { route = "reverse" })(p, X)
      local L = sd.jacobian(f, { route = "reverse" })(p, X2)
      for _, route in ipairs { "columns", "jacobian", "products" } do
        near(sd.ntk { route = route }(f, p, X), J * J:t(), route)
        near(sd.ntk { route = route }(f, p, X, X2), J * L:t(), route .. " of two")
      end
    end)
  end

  it("agrees with the other routes on random nets", function()
    for net = 1, 150 do
      local chosen, params, at = {}, nil, nil
      for i = 1, 6 do chosen[i] = steps[random(#steps)] end
      local function f(p, x)
        at = 0
        for _, step in ipairs(chosen) do
          x = step(x, function(rows, cols)
            at = at + 1
            params[at] = params[at] or sd.rng(net, "W" .. at):randn(rows, cols) / math.sqrt(cols)
            return p[at] or params[at]
          end)
        end
        return x
      end
      params = {}
      f({}, X)
      if #params > 0 then
        local J, info = sd.jacobian(f, { info = true })(params, X)
        local few = info.reason:find "fewer parameters"
        assert(info.route == "columns" or few, info.reason)
        local K = sd.jacobian(f, { route = "reverse" })(params, X)
        near(J, K, ("net %d, %s"):format(net, info.route))
        near(sd.ntk { route = "columns" }(f, params, X, X2),
          K * sd.jacobian(f, { route = "forward" })(params, X2):t(), "kernel of net " .. net)
      end
    end
  end)

  it("is the closed form of a one-hidden-layer net", function()
    -- V relu(W X): row (i, j) of the part of W is (V_i' % mask_j) x_j', of V e_i h_j'
    local V, W = rng:randn(m, k), rng:randn(k, d)
    local J = sd.jacobian(function(p) return p.V * sd.relu(p.W * X) end)({ V = V, W = W })
    local H = W * X
    for j = 1, n do
      for i = 1, m do
        local row = J:row(i + m * (j - 1))
        for l = 1, k do
          assert.equal(0, row(i + m * (l - 1)) - math.max(H(l, j), 0))
          assert.equal(0, row((3 - i) + m * (l - 1)))
          for c = 1, d do
            local expected = H(l, j) >= 0 and V(i, l) * X(c, j) or 0
            assert.equal(expected, row(m * k + l + k * (c - 1)))
          end
        end
      end
    end
  end)

  it("is that of f32 nets to their precision", function()
    local f, p = table.unpack(nets["one hidden layer, biases"])
    p = draw(p)
    local narrow = sd.map(function(v) return v:to "f32" end, p)
    local J = sd.jacobian(f, { route = "columns" })(narrow, X:to "f32")
    assert.equal("f32", J.dtype)
    local wide = sd.jacobian(f)(p, X)
    assert(sd.max(sd.abs(J:to "f64" - wide)) <= 1e3 * 2 ^ -24 * sd.max(sd.abs(wide)))
    local K = sd.ntk { route = "columns" }(f, narrow, X:to "f32")
    assert(sd.norm(K:to "f64" - wide * wide:t()) <= 1e3 * 2 ^ -24 * sd.norm(wide * wide:t()))
  end)

  it("is what a compiled function and a gradient see", function()
    local f, p = nets["three layers"][1], draw(nets["three layers"][2])
    local function trace(q) return sd.trace(sd.ntk(f, q, X)) end
    local function slow(q) return sd.norm(sd.jacobian(f, { route = "reverse" })(q, X)) ^ 2 end
    local g, h = sd.grad(trace)(p), sd.grad(slow)(p)
    for _, key in ipairs { "A", "B", "C" } do near(g[key], h[key], key) end
    local step = sd.compile(function(s) return { k = trace(s.p) } end)
    local got = step({ p = p, k = 0 }).k
    assert(math.abs(got - slow(p)) <= 1e-12 * got)
    local compiled = sd.compile(function(s) return { J = sd.jacobian(f)(s.p, X) } end)
    local J = sd.jacobian(f)(p, X)
    near(compiled({ p = p, J = 0 * J }).J, J, "compiled")
  end)
end)

describe("the choice of a route", function()
  local function chosen(f, p, ...) return select(2, sd.jacobian(f, { info = true })(p, ...)) end
  local W = rng:randn(m, d)

  it("takes columns where samples share the parameters", function()
    assert.same({ route = "columns", reason = "6 samples share the parameters" },
      chosen(function(w) return w * X end, W))
  end)

  local refused = {
    ["mean mixes the columns"] = function(w)
      local h = w * X
      return h - sd.mean(h, { dim = 2 })
    end,
    ["matmul mixes the columns"] = function(w) return (w * X):t() * (w * X) end,
    ["mixes the columns"] = function(w) return (w * X):t() end,
    ["the result is a number"] = function(w) return sd.sum(w) end,
    ["the result has one column"] = function(w) return w * X:col(1) end,
    ["the result is not one matrix"] = function(w) return { w * X, w * X } end,
    ["takes parameters a column at a time"] = function(w) return sd.exp(w) end,
    ["is a parameter itself"] = function(w) return w end,
    ["has no rule"] = function(w) return sd.inv(w * w:t()) * X:block(1, 1, m, n) end,
    ["more than 64 rows"] = function(w) return sd.ones(65, m) * w * X end,
    ["does not depend"] = function() return X end,
  }
  for words, f in pairs(refused) do
    it("says what stands in the way: " .. words, function()
      local info = chosen(f, W)
      assert(info.route ~= "columns", info.route)
      assert(info.reason:find(words, 1, true), info.reason)
      local ok, message = pcall(sd.jacobian(f, { route = "columns" }), W)
      assert.is_false(ok)
      assert(message:find("jacobian: route 'columns': ", 1, true), message)
      assert(message:find(words, 1, true), message)
    end)
  end

  it("names the line", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local info = chosen(function(w) return sd.cumsum(w * X, { dim = 2 }) end, W)
    assert(info.reason:find(("blocks_spec.lua:%d)"):format(line), 1, true), info.reason)
  end)

  it("counts the parameters", function()
    local info = chosen(function(a) return a * sd.ones(3, 4) end, 2.0)
    assert.equal("forward", info.route)
    assert.equal("there are fewer parameters than rows of the result", info.reason)
  end)

  it("takes kernels by Jacobians, and by products where these are too large", function()
    local function f(w) return sd.cumsum(w * X, { dim = 2 }) end
    local K, info = sd.ntk { info = true }(f, W)
    assert.equal("jacobian", info.route)
    local L, other = sd.ntk { info = true, bytes = 100 }(f, W)
    assert.equal("products", other.route)
    assert(other.reason:find "cumsum mixes the columns.*Jacobians take 576 bytes", other.reason)
    near(K, L, "products")
  end)

  it("refuses what it does not know", function()
    local function f(w) return w * X end
    for _, case in ipairs {
      { function() sd.jacobian(f, { route = "gram" }) end,
        "jacobian: option 'route' must be 'columns', 'reverse' or 'forward', got "
          .. 'the string "gram"' },
      { function() sd.jacobian(f, { info = 1 }) end,
        "jacobian: option 'info' must be true or false, got 1" },
      { function() sd.ntk { rout = "columns" }(f, W) end,
        "ntk: unknown option 'rout' (did you mean 'route'?)" },
      { function() sd.ntk { route = "reverse" }(f, W) end,
        "ntk: option 'route' must be 'columns', 'jacobian' or 'products', got "
          .. 'the string "reverse"' },
      { function() sd.ntk { bytes = -1 }(f, W) end,
        "ntk: option 'bytes' must be a finite number from 0, got -1" },
      { function() sd.ntk(3, W) end, "ntk: argument 1 must be a function, got 3" },
    } do
      local ok, message = pcall(case[1])
      assert.is_false(ok)
      assert(message:find(case[2], 1, true), message)
    end
  end)
end)

describe("memory and time", function()
  it("needs no Jacobian for a kernel", function()
    -- the Jacobian of 200 outputs in 4e6 parameters would fill 6.4 GB
    local V, W, Z = rng:randn(1, 20000) / 100, rng:randn(20000, 200), rng:randn(200, 200)
    local K, info = sd.ntk { info = true }(function(w) return V * sd.relu(w * Z) end, W)
    assert.equal("columns", info.route)
    local H = sd.ge(W * Z, 0)
    for _, ij in ipairs { { 1, 1 }, { 3, 200 }, { 77, 12 } } do
      local i, j = ij[1], ij[2]
      local expected = sd.dot(Z:col(i), Z:col(j)) * sd.sum(V:t() ^ 2 % H:col(i) % H:col(j))
      assert(math.abs(K(i, j) - expected) <= 1e-12 * K(i, i))
    end
  end)
end)
