--- sd.hungarian (its algorithm is tested in tests/c/test_numerics.c) and sd.procrustes.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local EPS = 2 ^ -52

describe("hungarian", function()
  --- The least cost over all permutations of 1..n that extend p.
  local function brute(C, p, used)
    local i = #p + 1
    if i > C.rows then
      local sum = 0
      for row, column in ipairs(p) do sum = sum + C(row, column) end
      return sum
    end
    local best = math.huge
    for j = 1, C.cols do
      if not used[j] then
        used[j], p[i] = true, j
        best = math.min(best, brute(C, p, used))
        used[j], p[i] = nil, nil
      end
    end
    return best
  end

  it("finds the least cost, with a dual that proves it", function()
    local rng = sd.rng(11)
    for n = 1, 6 do
      for m = 1, n do
        local C = rng:randn(m, n)
        local columns, cost, dual = sd.hungarian(C)
        -- sums of at most 6 numbers below 5; each dual is made of at most 12 roundings
        near(cost, brute(C, {}, {}), 60 * EPS)
        near(sd.sum(dual.u) + sd.sum(dual.v), cost, 60 * EPS * n)
        assert.is_true(sd.min(C - dual.u - dual.v:t()) >= -60 * EPS)
        local sum = 0
        for i = 1, m do sum = sum + C(i, columns(i)) end
        near(cost, sum, 60 * EPS)
      end
    end
  end)

  it("leaves rows without a column when there are more of them", function()
    local columns, cost = sd.hungarian(sd.matrix { 5, 2, 4 })
    assert.are.same({ { 0 }, { 1 }, { 0 } }, columns:totable())
    assert.are.equal(2, cost)
    assert.are.equal(3, select(2, sd.hungarian(3)))
  end)

  it("matches points that were mixed", function()
    local X, rng = sd.rng(1):randn(3, 40), sd.rng(2)
    local order = rng:permutation(40)
    local Y = X:col(order) + 1e-3 * rng:randn(3, 40)
    local columns = sd.hungarian(sd.sum(Y ^ 2, { dim = 1 }) - 2 * (X:t() * Y)) -- less |x|^2
    for k = 1, 40 do assert.are.equal(k, columns(order(k))) end
  end)

  it("says what is wrong", function()
    raises("hungarian: A has NaN", sd.hungarian, sd.full(2, 2, 0 / 0))
    raises("hungarian: argument 1 must be a matrix or a number, got nil", sd.hungarian, nil)
    raises("hungarian: has no traced form: an assignment jumps", function()
      sd.grad(function(C) return select(2, sd.hungarian(C)) end)(sd.ones(2, 2))
    end)
    raises("hungarian: the cost passes the largest number; C is 2x2", sd.hungarian,
      sd.full(2, 2, 1e308))
  end)
end)

describe("procrustes", function()
  local A = sd.rng(3):randn(4, 30)
  local Q = sd.rng(4):orthogonal(4)

  it("recovers an orthogonal map, a factor and a shift", function()
    -- B A' has singular values of about 30 and a condition below 10: some 100 eps
    local R, fit = sd.procrustes(A, Q * A)
    near(R, Q, 200 * EPS)
    near(fit.residual, 0, 2000 * EPS)
    assert.are.equal(1, fit.scale)
    local shift = sd.matrix { 1, -2, 3, 0 }
    R, fit = sd.procrustes(A, 2.5 * Q * A + shift, { scale = true, translate = true })
    near(R, Q, 200 * EPS)
    near(fit.scale, 2.5, 200 * EPS)
    near(fit.shift, shift, 1000 * EPS)
    near(fit.residual, 0, 5000 * EPS)
  end)

  it("is better than any other, and stationary", function()
    local B = Q * A + sd.rng(5):randn(4, 30)
    local R, fit = sd.procrustes(A, B)
    near(R * R:t(), sd.eye(4), 20 * EPS)
    near(fit.residual, sd.norm(R * A - B), 1e-12)
    local rng = sd.rng(6)
    for _ = 1, 50 do
      local K = rng:randn(4, 4)
      local near_by = sd.expm(0.05 * (K - K:t())) * R
      assert.is_true(sd.norm(near_by * A - B) > fit.residual)
    end
    local S = R * A * B:t() -- symmetric at a stationary point, and positive semi-definite
    near(S, S:t(), 1e-12)
    assert.is_true(sd.eigvalsh(S)(1) > 0)
  end)

  it("gives a rotation when asked, the best one", function()
    local flip = sd.diag(sd.matrix { 1, 1, 1, -1 })
    local B = flip * A
    local R, fit = sd.procrustes(A, B)
    near(R, flip, 200 * EPS)
    local best, worse = sd.procrustes(A, B, { rotation = true })
    local _, det = sd.logdet(best)
    assert.are.equal(1, det)
    assert.is_true(worse.residual > fit.residual)
    -- |RA - B|^2 = |A|^2 + |B|^2 - 2 (s1 + s2 + s3 - s4)
    local s = worse.values
    near(worse.residual ^ 2, 2 * sd.norm(A) ^ 2 - 2 * (s(1) + s(2) + s(3) - s(4)), 1e-11)
    near(sd.procrustes(A, A, { rotation = true }), sd.eye(4), 200 * EPS)
  end)

  it("says what is wrong", function()
    raises("procrustes: shapes differ: A is 4x30, B is 4x29", sd.procrustes, A, A:col(1, 29))
    raises("procrustes: B must be a matrix whose columns are points, got 3", sd.procrustes, A, 3)
    raises("procrustes: A has NaN or infinite elements", sd.procrustes, sd.full(2, 2, 0 / 0),
      sd.ones(2, 2))
    raises("procrustes: unknown option 'scal' (did you mean 'scale'?)", sd.procrustes, A, A,
      { scal = true })
    raises("procrustes: option 'scale' must be true or false, got 2",
      sd.procrustes, A, A, { scale = 2 })
    raises("procrustes: all points of A are equal, nothing to scale", sd.procrustes, sd.ones(2, 3),
      sd.ones(2, 3), { scale = true, translate = true })
    raises("procrustes: has no traced form: of full rank R is the factor U of sd.polar", function()
      sd.grad(function(X) return sd.sum((sd.procrustes(X, A))) end)(A)
    end)
  end)
end)
