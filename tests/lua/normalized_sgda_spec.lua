--- scripts/normalized_sgda: the two-mode model, which optimisers its reduction allows, what a run
-- came to. Tolerances are counts of roundings; where chance decides, a right program fails with the
-- probability that is said there (the seeds are fixed, so that it never does by chance alone).
package.path = "scripts/normalized_sgda/?.lua;" .. package.path
local sd = require "saddle"
local support = require "tests.lua.support"
local equivariant = require "equivariant"
local learning = require "learning"
local outcome = require "outcome"
local two_modes = require "two_modes"
local near, raises = support.near, support.raises

local function model(o)
  local all = { d = 9, mD = 3, mG = 4, case = 2, gamma = 0.2 }
  for name, v in pairs(o or {}) do all[name] = v end
  return two_modes.new(all)
end

--- Parameters of size 1, some arguments of sigma beyond the cut-off (9^0.2 = 1.55).
local function parameters(m, seed)
  local rng = sd.rng(seed, "normalized_sgda_spec")
  return { D = { a = 0.7, b = -0.4, W = rng:randn(m.mD, m.n) }, G = { V = rng:randn(m.n, m.mG) } }
end

local function inner(x, y)
  local s = 0
  for k = 1, #x do s = s + x(k) * y(k) end
  return s
end

-- (9) by cases, and its slope
local function sigma(u, L)
  if math.abs(u) <= L then return u ^ 3 end
  return u > L and 3 * L ^ 2 * u - 2 * L ^ 3 or 3 * L ^ 2 * u + 2 * L ^ 3
end

local function slope(u, L) return 3 * math.min(u * u, L * L) end

local function row(W, i) return W:row(i):t() end

--- f of one column, by loops.
local function f(m, D, x)
  local h = 0
  for i = 1, m.mD do h = h + sigma(inner(row(D.W, i), x), m.Lam) end
  return D.a * h + m.lambda * D.b, h
end

local function logistic(x) return 1 / (1 + math.exp(-x)) end

--- The gradient of L at one X and one z, by hand: section 4.1 with (9), the signs those of L.
local function by_hand(m, p, X, z)
  local D, G = p.D, sd.zeros(m.n, 1)
  for j = 1, m.mG do
    if z(j) == 1 then G = G + p.G.V:col(j) end
  end
  local fX, hX = f(m, D, X)
  local fG, hG = f(m, D, G)
  local P, Q = logistic(-fX), logistic(fG)
  local W, back = sd.zeros(m.mD, m.n), sd.zeros(m.n, 1)
  for i = 1, m.mD do
    local w = row(D.W, i)
    local sX, sG = slope(inner(w, X), m.Lam), slope(inner(w, G), m.Lam)
    local g = D.a * (P * sX * X - Q * sG * G)
    for k = 1, m.n do W:set(i, k, g(k)) end
    back = back - Q * D.a * sG * w
  end
  local V = sd.zeros(m.n, m.mG)
  for j = 1, m.mG do
    if z(j) == 1 then V:col(j):copy_(back) end
  end
  return { D = { a = P * hX - Q * hG, b = m.lambda * (P - Q), W = W }, G = { V = V } }
end

local function gradient(m, p, X, z)
  return sd.grad(function(q) return sd.sum(m:gain(q, X, z)) end)(p)
end

--- That two trees of parameters agree.
local function agree(g, h, tol)
  near(g.D.a, h.D.a, tol)
  near(g.D.b, h.D.b, tol)
  near(g.D.W, h.D.W, tol)
  near(g.G.V, h.G.V, tol)
end

describe("the law of the data", function()
  it("of case 1 has two unit vectors with the inner product gamma, 1/2 each", function()
    local m = model { case = 1, modes = sd.rng(1) }
    near(m.U:t() * m.U, sd.matrix { { 1, 0.2 }, { 0.2, 1 } }, 1e-14) -- sums of 9 products
    near(m.X, m.U, 0)
    near(sd.matrix(m.weights), sd.matrix { 0.5, 0.5 }, 0)
  end)

  it("of case 2 has orthonormal modes, and both at once with probability gamma", function()
    local m = model { modes = sd.rng(2) }
    near(m.U:t() * m.U, sd.eye(2), 1e-14)
    local P = { first = 0, second = 0, both = 0, any = 0 }
    for k, w in ipairs(m.weights) do
      local s1, s2 = m.S(1, k), m.S(2, k)
      near(m.X:col(k), s1 * m.U:col(1) + s2 * m.U:col(2), 1e-15)
      P.first, P.second = P.first + w * s1, P.second + w * s2
      P.both, P.any = P.both + w * s1 * s2, P.any + w
    end
    near(P.first, (1 + 0.2) / 2, 1e-15)
    near(P.second, (1 + 0.2) / 2, 1e-15)
    near(P.both, 0.2, 0)
    near(P.any, 1, 1e-15)
  end)
end)

describe("the law of z", function()
  it("is (8): P[z_i = 1] = (1 + q)/m, P[z_i = z_j = 1] = 1/(m^2 polylog)", function()
    for _, m in ipairs { 1, 2, 5, 13 } do
      local M = model { mG = m, d = 1000 }
      local q = (m - 1) / (2 * m * math.log(1000))
      near(sd.sum(M.latent_weights), 1, 1e-14)
      for i = 1, m do
        for j = i, m do
          local P = 0
          for k = 1, M.Z.cols do P = P + M.Z(i, k) * M.Z(j, k) * M.latent_weights(k) end
          near(P, i == j and (1 + q) / m or 1 / (m ^ 2 * math.log(1000)), 1e-15)
        end
      end
    end
  end)

  -- each count lies outside its interval with a probability below 1e-6
  it("is what is drawn, and what the library's generator draws", function()
    local n, M = 40000, model { mG = 3, d = 100, polylog = 1 }
    local X, z = M:sample(sd.rng(3), n)
    local library = sd.model.sparse_generator { 3, 100, polylog = 1 }.sample(sd.rng(4), n)
    local function agrees(hits, P)
      local low, high = sd.clopper_pearson(math.tointeger(hits), n, 1 - 1e-6)
      assert(low <= P and P <= high, ("%g of %g, where P is %g"):format(hits, n, P))
    end
    for _, drawn in ipairs { z, library } do
      agrees(sd.sum(drawn:row(2)), (1 + 1 / 3) / 3)
      agrees(sd.sum(drawn:row(1) % drawn:row(3)), 1 / 9)
    end
    agrees(sd.sum(X:row(1) % X:row(2)), 0.2) -- u_1 and u_2 are the first coordinates
    agrees(sd.sum(X:row(1)), 0.6)
  end)
end)

describe("the discriminator", function()
  -- chains of 9 products of size up to 10, cubed: 1e3 * 30 roundings of 1e-16
  it("is (9)", function()
    local m = model()
    local p, X = parameters(m, 1), sd.rng(5):randn(m.n, 6) * 2
    local y, beyond = m:logit(p.D, X), 0
    for k = 1, 6 do near(y(k), f(m, p.D, X:col(k)), 1e-11) end
    for _, u in ipairs { sd.max(p.D.W * X), -sd.min(p.D.W * X) } do
      beyond = beyond + (u > m.Lam and 1 or 0)
    end
    assert(beyond == 2, "both tangents are to be seen")
  end)

  it("is odd but for lambda b, to the bit", function()
    local m = model()
    local p, X = parameters(m, 2), sd.rng(6):randn(m.n, 6)
    p.D.b = 0.0
    near(m:logit(p.D, -X), -m:logit(p.D, X), 0)
  end)
end)

describe("the gradient", function()
  it("is the one that one writes by hand", function()
    for _, case in ipairs { 1, 2 } do
      local m = model { case = case, modes = sd.rng(7) }
      local p = parameters(m, 3)
      for k = 1, m.X.cols do
        for _, l in ipairs { 1, m.mG + 2 } do -- a z with one 1, and one with two
          local X, z = m.X:col(k), m.Z:col(l)
          agree(gradient(m, p, X, z), by_hand(m, p, X, z), 1e-12) -- sums of 30 terms up to 50
        end
      end
    end
  end)

  -- h^2 f'''/6 and 2^-53 f/h, with f''' about 6 * 3 and h = 1e-5: 3e-10 and 1e-10
  it("is what finite differences give", function()
    local m, step = model(), 1e-5
    local p, X, z = parameters(m, 4), m.X:col(3), m.Z:col(2)
    local g, direction = gradient(m, p, X, z), parameters(m, 5)
    local function at(t)
      return sd.sum(m:gain({ D = { a = p.D.a + t * direction.D.a, b = p.D.b + t * direction.D.b,
        W = p.D.W + t * direction.D.W }, G = { V = p.G.V + t * direction.G.V } }, X, z))
    end
    local slope_along = g.D.a * direction.D.a + g.D.b * direction.D.b
      + sd.dot(g.D.W, direction.D.W) + sd.dot(g.G.V, direction.G.V)
    near((at(step) - at(-step)) / (2 * step), slope_along, 1e-7)
  end)

  it("of the population is the mean over all X and z", function()
    for _, case in ipairs { 1, 2 } do
      local m = model { case = case, modes = sd.rng(8) }
      local p = parameters(m, 6)
      local mean = { D = { a = 0, b = 0, W = sd.zeros(m.mD, m.n) },
        G = { V = sd.zeros(m.n, m.mG) } }
      for k, w in ipairs(m.weights) do
        for l = 1, m.Z.cols do
          local g, P = by_hand(m, p, m.X:col(k), m.Z:col(l)), w * m.latent_weights(l)
          mean.D.a, mean.D.b = mean.D.a + P * g.D.a, mean.D.b + P * g.D.b
          mean.D.W, mean.G.V = mean.D.W + P * g.D.W, mean.G.V + P * g.G.V
        end
      end
      local game = m:population()
      local D, G = game:gradient("D", p), game:gradient("G", p)
      -- the game's losses are minimised: D's is -L
      agree({ D = { a = -D.a, b = -D.b, W = -D.W }, G = G }, mean, 1e-12)
    end
  end)
end)

describe("the start", function()
  it("of the full model has b = 0, a > 0, and the scales 1/sqrt(d) and 1/d", function()
    local m = model { d = 4000, mD = 5, mG = 6 }
    local p = m:init(sd.rng(9))
    assert(p.D.b == 0 and p.D.a > 0 and p.D.W.rows == 5 and p.G.V.cols == 6)
    near(model { a0 = 0.25 }:init(sd.rng(9)).D.a, 0.25, 0)
    -- chi-squares with 20000 and 24000 degrees of freedom: 6 deviations
    near(sd.norm(p.D.W) ^ 2 / 5, 1, 6 * math.sqrt(2 / 20000))
    near(sd.norm(p.G.V) ^ 2 * 4000 / 6, 1, 6 * math.sqrt(2 / 24000))
  end)

  it("of the reduced one is triangular, and has no more coordinates than the full one", function()
    local m = model { d = 1000, reduced = true }
    local p = m:init(sd.rng(10))
    assert(m.n == 9 and p.D.W.cols == 9 and p.G.V.rows == 9)
    local R = sd.hcat(p.D.W:t(), p.G.V)
    for j = 1, 7 do
      assert(R(2 + j, j) > 0)
      for k = 3 + j, 9 do assert(R(k, j) == 0) end
    end
    assert(model { d = 5, reduced = true }.n == 5)
  end)

  -- Kolmogorov-Smirnov: right laws are rejected with a probability of 1e-5 each. The length of a
  -- column squared is chi-square with d degrees of freedom, its product with another, over the
  -- length of that, is normal, and so are its products with u_1 and u_2.
  it("of the reduced one has the Gram matrix of normal columns in d dimensions", function()
    local d, n = 40, 400
    local m = model { d = d, reduced = true }
    local length, product, along = {}, {}, {}
    for k = 1, n do
      local p = m:init(sd.rng(k, "gram"))
      local w, v = row(p.D.W, 3) * math.sqrt(d), p.G.V:col(4) * d
      length[k], product[k] = inner(v, v), inner(v, w) / math.sqrt(inner(w, w))
      along[k] = inner(v, m.U:col(2))
    end
    local function chi2(x) return sd.gammainc(d / 2, x / 2) end
    local function normal(x) return 0.5 * (1 + sd.erf(x / math.sqrt(2))) end
    for law, sample in pairs { [chi2] = { length }, [normal] = { product, along } } do
      for _, list in ipairs(sample) do
        local _, probability = sd.ks_test(sd.matrix(list), law)
        assert(probability > 1e-5, ("p = %g"):format(probability))
      end
    end
  end)

  -- The length of a normal column is (d - 1/2)^(1/2) + N(0, 1/2) up to a skewness of d^(-1/2), on
  -- both sides of 1e12, where chi-squares end.
  it("of the reduced one has columns of that length where d is large", function()
    local function normal(x) return 0.5 * (1 + sd.erf(x / math.sqrt(2))) end
    for _, d in ipairs { 1e11, 1e13 } do
      local list = {}
      for k = 1, 400 do
        local w = row(model { d = d, reduced = true }:init(sd.rng(k, "chi")).D.W, 1)
        list[k] = math.sqrt(2) * (math.sqrt(inner(w, w) * d) - math.sqrt(d - 0.5))
      end
      local _, probability = sd.ks_test(sd.matrix(list), normal)
      assert(probability > 1e-5, ("p = %g at d = %g"):format(probability, d))
    end
  end)

  it("of the reduced one is there for d = 1e60", function()
    local m = model { d = 1e60, reduced = true }
    local W = m:init(sd.rng(1)).D.W
    -- rows of length 1, with products that are N(0, 1)/sqrt(d)
    near(W * W:t(), sd.eye(m.mD), 1e-15)
    local along = W * m.U * 1e30
    assert(sd.max(sd.abs(along)) > 0.1 and sd.max(sd.abs(along)) < 6)
  end)
end)

describe("the reduction", function()
  it("takes what commutes with rotations", function()
    for _, o in ipairs { sd.optim.sgd { lr = 0.1 }, sd.optim.momentum { lr = 0.1 },
      sd.optim.normalized { lr = 0.1 }, sd.optim.normalized { lr = 0.1, scope = "layer" } } do
      assert(equivariant.defect(o) < 1e-14, tostring(o)) -- some ulps
      model { reduced = true }:gda { D = o, G = o }
    end
  end)

  it("refuses what does not, by name or as the user's own rule", function()
    local m, sgd = model { reduced = true }, sd.optim.sgd { lr = 0.1 }
    local signs = sd.optim.rule { name = "signs", hyper = { lr = 0.1 },
      step = function(g, s, _, h)
        return sd.map(function(x) return -h.lr * sd.sign(x) end, g), s
      end }
    for _, o in ipairs { sd.optim.adam { lr = 0.1 }, sd.optim.adalr { lr = 0.1 }, signs() } do
      assert(equivariant.defect(o) > 1e-3)
      raises("the optimiser of G, ", m.gda, m, { D = sgd, G = o })
      raises("does not (it is off by ", m.gda, m, { D = sgd, G = o })
      model():gda { D = sgd, G = o } -- the full model takes it
    end
    raises("use the full model", m.gda, m, "adam")
    raises("optim.G must be an optimiser", m.gda, m, { D = sgd })
  end)
end)

describe("two_modes.new", function()
  it("says what is wrong with its options", function()
    local function says(text, o) raises("two_modes.new: " .. text, model, o) end
    raises("two_modes.new: option 'd' must be a whole number from 2, got nil", two_modes.new, {})
    raises("two_modes.new: options must be a table, got 3", two_modes.new, 3)
    says("unknown option 'gama' (did you mean 'gamma'?)", { gama = 0.1 })
    says("option 'd' must be a whole number from 2, got 1", { d = 1 })
    says("option 'd' must be a whole number from 2, got NaN", { d = 0 / 0 })
    says("option 'd' must be a whole number from 2, got 1e+30", { d = 1e30 })
    says("option 'd' must be a number in [2, 1e+60], got 1e+61", { d = 1e61, reduced = true })
    says("option 'lambda' must be a positive number, got 0", { lambda = 0 })
    says("option 'mD' must be a whole number from 1, got 0", { mD = 0 })
    says("option 'mG' must be a whole number from 1, got 2.5", { mG = 2.5 })
    says("option 'case' must be a whole number from 1 to 2, got 3", { case = 3 })
    says("option 'gamma' must be a number in [0, 1], got -0.1", { gamma = -0.1 })
    says("option 'gamma' must be below 1", { gamma = 1 })
    says("option 'a0' must be a positive number, got -1", { a0 = -1 })
    says("option 'polylog' must be at least (mG - 1)/(2 mG) = 0.375, got 0.1", { polylog = 0.1 })
    says("option 'reduced' must be true or false, got 1", { reduced = 1 })
    says("option 'modes' must be an rng, got 3", { modes = 3 })
    says("a reduced model has its modes in the plane of the first two coordinates",
      { reduced = true, modes = sd.rng(1) })
  end)
end)

describe("outcome", function()
  --- A generator with neurons of known cosines with u_1 and u_2, and lengths that do not matter.
  local function planted(m, cosines)
    local V = sd.zeros(m.n, #cosines)
    for j, c in ipairs(cosines) do
      local rest = math.sqrt(1 - c[1] ^ 2 - c[2] ^ 2)
      V:col(j):copy_(j * (c[1] * m.U:col(1) + c[2] * m.U:col(2) + rest * sd.eye(m.n):col(5)))
    end
    return V
  end

  it("counts the classes of neurons", function()
    local m = model { mG = 6 }
    local V = planted(m, { { 0.97, 0.1 }, { 0.1, 0.96 }, { 0.7, 0.7 }, { 0.2, -0.2 },
      { 0.9, 0.35 }, { -0.97, 0.1 } })
    local found = outcome.classes(m, V)
    near(sd.matrix { found.mode, found.first, found.second, found.mix, found.noise, found.other },
      sd.matrix { 2, 1, 1, 1, 1, 2 }, 0)
    assert(found.both == true)
    assert(outcome.classes(m, V:col(1, 1)).both == false)
    near(outcome.cosines(m, sd.zeros(m.n, 1)), sd.zeros(2, 1), 0) -- no direction, no NaN
  end)

  it("has the probabilities of (10), by a loop over z", function()
    local m = model { mG = 5, modes = sd.rng(11) }
    local V = planted(m, { { 0.99, 0.05 }, { 0.96, 0.1 }, { 0.1, 0.98 }, { 0.6, 0.6 },
      { 0.1, 0.1 } })
    local P = { 0, 0 }
    for l = 1, m.Z.cols do
      local G = V * m.Z:col(l)
      for mode = 1, 2 do
        if sd.norm(G / sd.norm(G) - m.U:col(mode)) <= 0.3 then
          P[mode] = P[mode] + m.latent_weights(l)
        end
      end
    end
    local first, second = outcome.hits(m, V, 0.3)
    assert(P[1] > 0.2 and P[2] > 0.1)
    near(first, P[1], 1e-15)
    near(second, P[2], 1e-15)
  end)

  it("splits G(z) into a multiple of u_1 + u_2 and what is orthogonal to it", function()
    local m = model { case = 1, modes = sd.rng(12) }
    local V = sd.rng(13):randn(m.n, m.mG)
    local alpha, size, share = outcome.mixture(m, V)
    local both = m.U:col(1) + m.U:col(2)
    for l = 1, m.Z.cols do
      local G = V * m.Z:col(l)
      local xi = G - alpha(l) * both
      near(inner(xi, both), 0, 1e-13)
      near(size(l), sd.norm(xi), 1e-13)
      for mode = 1, 2 do
        near(share(mode, l), math.abs(inner(xi, m.U:col(mode))) / sd.norm(xi), 1e-13)
      end
    end
  end)

  it("names how a run ended", function()
    local p = { D = sd.ones(2, 1), G = sd.ones(3, 1) }
    local function after(by) return { D = p.D, G = p.G * (1 + by) } end
    assert(outcome.status({ status = "diverged" }, p, p) == "diverged")
    assert(outcome.status({ status = "done" }, p, after(1e-8)) == "stalled")
    assert(outcome.status({ status = "done" }, p, after(1e-5)) == "moving")
  end)
end)

describe("learning", function()
  it("adds up how far the players go, in parts of their lengths", function()
    local m = model { d = 50 }
    local o = { rule = "sgda", eta_D = 0.01, eta_G = 0.02 }
    local _, h = learning.plan(m, o)(sd.rng(14), 6, 2)
    local rng = sd.rng(14)
    local gda = m:gda { D = sd.optim.sgd { lr = 0.01 }, G = sd.optim.sgd { lr = 0.02 } }
    local s = gda.init(m:init(rng), rng)
    local function length(D) return math.sqrt(D.a ^ 2 + D.b ^ 2 + sd.norm(D.W) ^ 2) end
    local gone = { D = 0, G = 0 }
    for _ = 1, 6 do
      local D, V = s.p.D, s.p.G.V
      s = gda.step(s)
      gone.D = gone.D + length { a = s.p.D.a - D.a, b = s.p.D.b - D.b, W = s.p.D.W - D.W }
        / length(D)
      gone.G = gone.G + sd.norm(s.p.G.V - V) / sd.norm(V)
    end
    near(h.gone_D(-1), gone.D, 1e-14)
    near(h.gone_G(-1), gone.G, 1e-14)
    local t, speed = learning.speed(h, "D")
    near(t, sd.matrix { 1, 3, 5 }:t(), 0)
    near(sd.sum(speed) * 2, gone.D, 1e-14)
  end)

  it("finds when a direction is first known", function()
    local h = { t = sd.matrix { { 0, 10, 20, 30 } },
      w_1 = sd.matrix { { 0.1, 0.5, 0.6, 0.7 }, { 0.2, 0.3, 0.3, 0.3 } },
      w_2 = sd.matrix { { 0.0, 0.1, 0.45, 0.7 }, { 0.0, 0.0, 0.0, 0.0 } } }
    local found = learning.events(h, "w")
    assert(found.one == 2 and found.both == 3 and found.alone == true and found.purest == 0.7)
    h.w_2:set(1, 2, 0.3)
    assert(learning.events(h, "w").alone == false)
    h.w_1 = h.w_1 / 10
    h.w_2 = h.w_2 / 10
    local none = learning.events(h, "w")
    assert(none.one == nil and none.both == nil and none.alone == nil)
  end)
end)
