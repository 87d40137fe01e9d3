--- The average Jacobian along a line, against closed forms of networks with one hidden layer, the
-- midpoint rule, and the identity jbar (x - y) = f(x) - f(y).
--
-- U is 2^-52. The identity holds up to the roundings of f, of J and of the places of the kinks: a
-- kink misplaced by d costs d times the jump of J (x - y), and d is rounded with the switch, which
-- is a sum of `fan` products; with sums over pieces this is at most a few hundred U here.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local U = 2 ^ -52
local MISS = 512 * U

--- The share of t in 0..1 where a + t (b - a) > 0, and the integrals over it of t^0 and t^1.
local function positive_part(a, b)
  local lo, hi = 0, 1
  if a <= 0 and b <= 0 then return 0, 0 end
  if a * b < 0 then
    local root = a / (a - b)
    if a < 0 then lo = root else hi = root end
  end
  return hi - lo, (hi ^ 2 - lo ^ 2) / 2
end

describe("jbar of one hidden layer", function()
  local k, d, n = 7, 3, 4
  for seed = 1, 20 do
    it("is the closed form, seed " .. seed, function()
      local rng = sd.rng(seed)
      local X, moving = rng:randn(d, n), seed % 2 == 0
      local function point() return { W = rng:randn(k, d), v = rng:randn(1, k) } end
      local x, y = point(), point()
      if not moving then x.v = y.v end
      local J, info = sd.jbar(function(p) return p.v * sd.relu(p.W * X) end, x, y)
      local A, B, exact = y.W * X, x.W * X, sd.zeros(n, k * d + k) -- columns: W, then v
      local kinks = 0
      for j = 1, n do
        for i = 1, k do
          local share, moment = positive_part(A(i, j), B(i, j))
          if A(i, j) * B(i, j) < 0 then kinks = kinks + 1 end
          for c = 1, d do
            exact:set(j, i + k * (c - 1),
              (y.v(i) * share + (x.v(i) - y.v(i)) * moment) * X(c, j))
          end
          exact:set(j, k * d + i, A(i, j) * share + (B(i, j) - A(i, j)) * moment)
        end
      end
      near(J, exact, 256 * U * sd.norm(exact))
      assert(info.miss <= MISS, info.miss)
      assert.equal("pieces", info.route)
      assert.equal(kinks + 1, info.pieces)
      assert.equal(info.pieces, info.nodes) -- J is linear in t on a piece: its middle is enough
    end)
  end

  it("sees what the identity does not: weights of what gives nothing", function()
    -- f = w1 w2^4 with w1 = 0 all along: f is 0; w2^4 averages (b^5 - a^5) / (5(b - a))
    local a, b = -0.5, 2
    local J = sd.jbar(function(p) return p[1] * p[2] ^ 4 end, { 0, b }, { 0, a })
    near(J, sd.matrix { { (b ^ 5 - a ^ 5) / (5 * (b - a)), 0 } }, 64 * U * 4)
  end)
end)

describe("jbar of deep networks", function()
  local X = sd.rng(77):randn(3, 5)
  local nets = {
    relu = { true, function(p) return p.V * sd.relu(p.T * sd.relu(p.W * X)) end },
    leaky = { true, function(p) return p.V * sd.leaky_relu(p.T * sd.abs(p.W * X), .2) end },
    clamp = { true, function(p) return p.V * sd.clamp(p.T * sd.relu(p.W * X), -1, 1) end },
    max = { true, function(p)
      return p.V * sd.max(p.T * sd.tanh(p.W * X), .3 * p.T * p.W * X)
    end },
    elu = { true, function(p) return p.V * sd.relu(p.T * sd.elu(p.W * X)) end },
    where = { true, function(p)
      local h = p.T * p.W * X
      return p.V * sd.where(sd.gt(h, .1), h ^ 2, .2 * h - .01)
    end },
    tanh = { true, function(p) return p.V * sd.tanh(p.T * sd.tanh(p.W * X)) end },
    largest = { false, function(p)
      return sd.max(p.T * sd.tanh(p.W * X), { dim = 1 }) * p.V(1)
    end },
  }
  local function point(rng)
    return { T = rng:randn(4, 4), V = rng:randn(2, 4), W = rng:randn(4, 3) }
  end
  for name, net in pairs(nets) do
    local told, f = net[1], net[2]
    it("takes differences to differences and is the mean of many: " .. name, function()
      for seed = 1, told and 4 or 1 do
        local rng = sd.rng(seed)
        local x, y = point(rng), point(rng)
        local J, info = sd.jbar(f, x, y)
        -- smooth pieces that are no polynomials have the error aimed at, 1e-12, a piece
        assert(info.miss <= math.max(MISS, 4e-12), info.miss)
        assert.equal(told and "pieces" or "adaptive", info.route)
        if not told then
          assert.equal("max has pieces that no sign tells apart", info.reason)
        end
        if seed == 1 then
          -- the midpoint rule: an interval with a kink is off by at most |jump|/(2N), and by 2 |J|
          -- at worst; all others together by |J''|/(24 N^2), which is less than one such term
          local N, sum, largest = 100, nil, 0
          for i = 1, N do
            local t = (i - .5) / N
            local at = sd.jacobian(f)(sd.map(function(u, v) return v + t * (u - v) end, x, y))
            largest = math.max(largest, sd.norm(at))
            sum = sum and sum:add_(at) or at
          end
          local kinks = told and info.pieces or 2 * info.nodes
          near(J, (1 / N) * sum, (kinks + 1) * largest / N)
        end
      end
    end)
  end

  it("does with a few Jacobians what a kink needs", function()
    local rng = sd.rng(5)
    local _, info = sd.jbar(nets.relu[2], point(rng), point(rng))
    assert(info.nodes <= 2 * info.pieces, info.nodes) -- J is quadratic in t: two nodes
  end)
end)

describe("jbar at awkward places", function()
  local function average(f, x, y)
    local J, info = sd.jbar(f, x, y)
    return J:item(), info
  end

  it("has kinks at the ends, in the middle, in pairs, and where they only touch", function()
    near(average(sd.relu, 1, 0), 1, 0)
    near(average(sd.relu, 0, 1), 1, 0)
    near(average(sd.relu, 0, -1), 0, 0)
    near(average(sd.relu, 0, 0), 1, 0) -- one point: relu'(0) = 1
    near(average(sd.abs, 1, -1), 0, 4 * U)
    near(average(function(x) return sd.relu(x - .5) end, 1, 0), .5, 4 * U)
    -- halved at .5 on the way, where the switch, no polynomial, vanishes
    local kinked, info = average(function(x) return sd.relu(sd.sin(40 * (x - .5))) end, 1, 0)
    near(kinked, sd.relu(math.sin(20)) - sd.relu(math.sin(-20)), 4e-12 * 40)
    assert.equal(1 + 13, info.pieces) -- zeros at .5 + k pi/40, |k| <= 6
    local pair, two = average(function(x) return sd.relu((x - .5) ^ 2 - .16) end, 1, 0)
    near(pair, 0, 4 * U) -- off between .1 and .9
    assert.equal(3, two.pieces)
    -- a pair of zeros 2e-5 apart, of which no sample sees anything
    near(average(function(x) return sd.relu((x - .3) ^ 2 - 1e-10) end, 1, 0), .49 - .09, 64 * U)
    near(average(function(x) return sd.relu((x - .3) ^ 2) end, 1, 0), .49 - .09, 64 * U)
    near(average(function(x) return sd.relu(-(x - .3) ^ 2) end, 1, 0), 0, 0)
  end)

  -- |J| reaches 1e6 and more where its average is about 1: an error compared with the former would
  -- be called rounding. Places t are rounded to 2^-53 |step|, which moves the primitive, of the
  -- size of the root of that at the singularity, by some 1e-8.
  it("measures errors against the average, not the peak", function()
    local function root(x) return sd.sqrt(sd.abs(x)) end
    local J, info = sd.jbar(root, sd.matrix { 3.0 }, sd.matrix { -1.0 })
    local exact = (math.sqrt(3) - 1) / 4
    local wrong = math.abs(J(1) - exact)
    assert.is_true(wrong < 1e-7)
    assert.is_true(info.miss > wrong / 4 and info.miss < 4 * wrong / exact)
    assert.are.equal("adaptive", info.route)
    assert.truthy(info.reason:find("the Jacobian does not settle near t = 0.25", 1, true))
    -- a peak of 1e6 and width 1e-6: of each tanh' the places are rounded by 1e-10 of its width
    J, info = sd.jbar(function(x) return sd.tanh(1e6 * x) end, sd.matrix { 1 }, sd.matrix { -0.9 })
    near(J(1), 2 / 1.9, 1e-9)
    assert.is_true(info.miss > math.abs(J(1) - 2 / 1.9) / 4)
  end)

  it("says where the identity fails: jumps and stopped gradients", function()
    local _, jump = average(function(w) return sd.ge(w, 0) end, 1, -1)
    assert.equal(2, jump.pieces)
    near(jump.miss, 1, 0) -- J is 0: f(x) - f(y) itself
    local _, stopped = average(function(w) return sd.stop_gradient(w) * w end, 2, 1)
    assert(stopped.miss > .5) -- J averages 1.5 and is 2 at most; f changes by 3
    assert.equal("adaptive", stopped.route)
    assert.equal("f and its derivative disagree (a jump, or a stopped gradient)", stopped.reason)
  end)

  it("looks into loops and user's ops no further than is safe", function()
    local function f(x) return sd.loop(3, function(s) return sd.relu(s) - .5 end, x) end
    local J, info = average(f, 2, -1) -- 1 above .5 + .5, where all three are on
    near(J, (f(2) - f(-1)) / 3, 4e-12)
    assert.equal("loop has pieces that no sign tells apart", info.reason)
    local smooth = select(2, average(function(x)
      return sd.loop(3, function(s) return sd.sin(s) end, x)
    end, 2, -1))
    assert.equal("pieces", smooth.route)
  end)

  it("of f32, of numbers, of nothing", function()
    local rng = sd.rng(3)
    local function leaf(m, n) return rng:randn(m, n, { dtype = "f32" }) end
    local X = leaf(3, 4)
    local J, info = sd.jbar(function(p) return p.v * sd.relu(p.W * X) end,
      { W = leaf(5, 3), v = leaf(1, 5) }, { W = leaf(5, 3), v = leaf(1, 5) })
    assert.equal("f32", J.dtype)
    assert(info.miss <= 512 * 2 ^ -23 and info.miss > 0, info.miss)
    near(sd.jbar(function(w) return w ^ 2 end, 3, 1), sd.full(1, 1, 4), 16 * U)
    near(sd.jbar(sd.sin, 1, 1), sd.full(1, 1, math.cos(1)), 16 * U)
    local none = sd.jbar(function() return sd.ones(2, 1) end, {}, {})
    assert.same({ 2, 0 }, { none.rows, none.cols })
  end)

  it("refuses what it cannot use", function()
    raises("jbar: x and y differ in shape: a 2x1 matrix and a 3x1 matrix", sd.jbar, sd.sin,
      sd.ones(2, 1), sd.ones(3, 1))
    raises("jbar: x and y are built differently", sd.jbar, sd.sin, { a = 1 }, { b = 1 })
    local function product(p) return p.a * p.b end
    local a, b = sd.ones(2, 2), sd.ones(2, 1)
    raises("jbar: x and y are built differently: y.b is frozen in y alone", sd.jbar, product,
      { a = a, b = b }, { a = 2 * a, b = sd.frozen(b) })
    raises("jbar: x and y are built differently: y.b is frozen in x alone", sd.jbar, product,
      { a = a, b = sd.frozen(b) }, { a = 2 * a, b = b })
    raises("jbar: y.b is frozen and has another value in x", sd.jbar, product,
      { a = a, b = sd.frozen(b) }, { a = 2 * a, b = sd.frozen(2 * b) })
    raises("jbar: argument 1 must be a function, got 3", sd.jbar, 3, 1, 2)
    raises("jbar: unknown option 'tool' (did you mean 'tol'?)", sd.jbar, sd.sin, 1, 2, { tool = 1 })
    raises("jbar: option 'tol' must be a positive number, got 0",
      sd.jbar, sd.sin, 1, 2, { tol = 0 })
    raises("jbar: the Jacobian is not finite between y and x", sd.jbar, sd.sqrt, 1, -1)
    raises("jbar: chooses its nodes by values", sd.grad(function(x)
      return sd.sum(sd.jbar(sd.sin, x, 2))
    end), 1)
  end)
end)
