local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local M = sd.matrix
local nan, inf = 0 / 0, math.huge

describe("sort", function()
  it("sorts columns, or rows, and says where elements were", function()
    local A = M{{3, 1}, {1, 2}, {2, 0}}
    local S, I = sd.sort(A)
    assert.is_true(S == M{{1, 0}, {2, 1}, {3, 2}})
    assert.is_true(I == M{{2, 3}, {3, 1}, {1, 2}})
    S, I = sd.sort(A, { dim = 2, descending = true })
    assert.is_true(S == M{{3, 1}, {2, 1}, {2, 0}})
    assert.is_true(I == M{{1, 2}, {2, 1}, {1, 2}})
  end)

  it("is stable and puts NaN last either way", function()
    local A = M{2, nan, 1, 2, -inf, 2}
    local S, I = sd.sort(A)
    assert.is_true(I == M{5, 3, 1, 4, 6, 2})
    assert.is_true(S(6) ~= S(6))
    assert.is_true(select(2, sd.sort(A, { descending = true })) == M{1, 4, 6, 3, 5, 2})
  end)

  it("gathers to what it sorted, f32 too; numbers and empty matrices pass", function()
    local t = {}
    for k = 1, 500 do t[k] = math.sin(k * k) end
    local A = M(t, { dtype = "f32" })
    local S, I = sd.sort(A)
    assert.are.equal("f32", S.dtype)
    assert.are.equal("f64", I.dtype)
    assert.is_true(sd.gather(A, I) == S)
    assert.are.same({5, 1}, {sd.sort(5)})
    assert.are.equal(3, sd.sort(sd.zeros(0, 3)).cols)
  end)

  it("refuses what it cannot use", function()
    raises("sort: argument 1 must be a matrix or a number, got nil", sd.sort, nil)
    raises("sort: unknown option 'decending' (did you mean 'descending'?)", sd.sort, M{1},
      { decending = true })
    raises("sort: option 'dim' must be 1", sd.sort, M{1}, { dim = 3 })
  end)
end)

describe("quantile", function()
  it("interpolates between order statistics", function()
    local A = M{{1, 10}, {3, 30}, {2, 20}, {4, 40}}
    near(sd.quantile(A:col(1), 0.3), 1.9, 1e-15) -- place 0.9 between 1 and 2, one rounding
    assert.are.equal(2.5, sd.quantile(A:col(1), 0.5))
    assert.is_true(sd.quantile(A, 0.5, { dim = 1 }) == M{{2.5, 25}})
    assert.is_true(sd.quantile(A, 1, { dim = 2 }) == M{10, 30, 20, 40})
    assert.are.equal(40, sd.quantile(A, 1))
    assert.are.equal(7, sd.quantile(7, 0.2))
    local q = sd.quantile(M{1, nan}, 0)
    assert.is_true(q ~= q)
  end)

  it("refuses a q outside and a line without elements", function()
    raises("quantile: q must be in 0..1, got 1.5", sd.quantile, M{1}, 1.5)
    raises("quantile: q must be in 0..1, got ", sd.quantile, M{1}, nan)
    raises("quantile: q must be a number, got the string \"half\"", sd.quantile, M{1}, "half")
    raises("quantile: no elements to take it of, A is 0x3", sd.quantile, sd.zeros(0, 3), 0.5,
      { dim = 1 })
    assert.are.equal(0, sd.quantile(sd.zeros(3, 0), 0.5, { dim = 1 }).cols)
  end)
end)

describe("scans", function()
  it("run down columns or along rows", function()
    local A = M{{1, 2, 3}, {4, 5, 6}}
    assert.is_true(sd.cumsum(A) == M{{1, 2, 3}, {5, 7, 9}})
    assert.is_true(sd.cumsum(A, { dim = 2 }) == M{{1, 3, 6}, {4, 9, 15}})
    assert.is_true(sd.cumprod(A) == M{{1, 2, 3}, {4, 10, 18}})
    assert.is_true(sd.cumprod(A, { dim = 2 }) == M{{1, 2, 6}, {4, 20, 120}})
    assert.is_true(sd.diff(A) == M{{3, 3, 3}})
    assert.is_true(sd.diff(A, { dim = 2 }) == M{{1, 1}, {1, 1}})
  end)

  it("take numbers and empty matrices", function()
    assert.are.equal(3, sd.cumsum(3))
    assert.are.equal(3, sd.cumprod(3, { dim = 2 }))
    local D = sd.diff(sd.zeros(1, 4))
    assert.are.same({0, 4}, {D.rows, D.cols})
    D = sd.diff(sd.zeros(0, 4))
    assert.are.same({0, 4}, {D.rows, D.cols})
    assert.are.equal(0, #sd.diff(1))
    assert.are.equal(5, sd.cumsum(sd.zeros(0, 5)).cols)
    raises("cumsum: unknown option 'axis'", sd.cumsum, M{1}, { axis = 1 })
    raises("diff: argument 1 must be a matrix or a number, got the string \"1\"", sd.diff, "1")
  end)

  it("accumulate f32 in f64", function()
    local A = sd.full(1, 100000, 0.1, { dtype = "f32" })
    -- the f32 nearest to 0.1, times 100000, is exact to one f32 rounding
    local want = M(A(1) * 100000, { dtype = "f32" })(1)
    assert.are.equal(want, sd.cumsum(A, { dim = 2 })(-1))
  end)
end)

describe("indexing", function()
  local A = M{{1, 4, 7}, {2, 5, 8}, {3, 6, 9}}

  it("one_hot marks a row in each column", function()
    assert.is_true(sd.one_hot({2, 1, 2}, 3) == M{{0, 1, 0}, {1, 0, 1}, {0, 0, 0}})
    assert.is_true(sd.one_hot(2, 2) == M{0, 1})
    assert.are.equal("f32", sd.one_hot(M{{1, 2}}, 2, { dtype = "f32" }).dtype)
    assert.are.same({4, 0}, {sd.one_hot({}, 4).rows, sd.one_hot({}, 4).cols})
    raises("one_hot: label 4 (number 2 of the list) is not an index into 1..3", sd.one_hot,
      {1, 4}, 3)
    raises("one_hot: the number of rows must not be negative", sd.one_hot, {1}, -1)
    raises("one_hot: label 1.5", sd.one_hot, 1.5, 3)
  end)

  it("gather takes positions, columns or rows", function()
    assert.is_true(sd.gather(A, {1, -1, 5}) == M{1, 9, 5})
    assert.is_true(sd.gather(A, M{{1, 2}, {3, 4}}) == M{{1, 2}, {3, 4}})
    assert.is_true(sd.gather(A, {3, 1}, { dim = 2 }) == A:col{3, 1})
    assert.is_true(sd.gather(A, {3, 1, 3}, { dim = 1 }) == A:row{3, 1, 3})
    assert.is_true(sd.gather(A:block(2, 2, 2, 2), {2, 3}) == M{6, 8})
    assert.are.equal(4, sd.gather(A, 4))
    assert.is_true(sd.gather(5, {1, 1}) == M{5, 5})
    raises("gather: position 10 (number 1 of the list) is not an index into 1..9", sd.gather, A,
      {10})
    raises("gather: column 0 (number 1 of the list) is not an index into 1..3", sd.gather, A,
      {0}, { dim = 2 })
    raises("gather: argument 2 must be an index, a matrix of indices", sd.gather, A, "x")
  end)

  it("scatter_add accumulates and leaves A as it was", function()
    local Z = sd.zeros(2, 2)
    assert.is_true(sd.scatter_add(Z, {1, 4, 1}, M{1, 2, 3}) == M{{4, 0}, {0, 2}})
    assert.is_true(sd.scatter_add(Z, {2, 2}, 1.5) == M{{0, 0}, {3, 0}})
    assert.is_true(sd.scatter_add(Z, 3, 2) == M{{0, 2}, {0, 0}})
    assert.is_true(sd.scatter_add(Z, {2, 2}, M{{1, 3}, {2, 4}}, { dim = 2 }) == M{{0, 4}, {0, 6}})
    assert.is_true(sd.scatter_add(Z, {1, 1}, M{{1, 2}, {3, 4}}, { dim = 1 }) == M{{4, 6}, {0, 0}})
    assert.is_true(Z == sd.zeros(2, 2))
    local F = sd.scatter_add(sd.zeros(2, 1, { dtype = "f32" }), 1, 0.5)
    assert.are.equal("f32", F.dtype)
    assert.are.equal(0.5, F(1))
    raises("scatter_add: B is 2x1, the indices need 3x1 or a number", sd.scatter_add, Z, {1, 2, 3},
      M{1, 2})
    raises("scatter_add: B is 1x2, the indices need 2x2 or a number", sd.scatter_add, Z, {1, 2},
      M{{1, 2}}, { dim = 2 })
    raises("scatter_add: dtypes differ", sd.scatter_add, Z, {1}, M({1}, { dtype = "f32" }))
  end)
end)

describe("products", function()
  it("kron and khatri_rao", function()
    local A, B = M{{1, 2}, {3, 4}}, M{{0, 5}}
    assert.is_true(sd.kron(A, B) == M{{0, 5, 0, 10}, {0, 15, 0, 20}})
    assert.is_true(sd.khatri_rao(A, B) == M{{0, 10}, {0, 20}})
    assert.are.equal(6, sd.kron(2, 3))
    assert.is_true(sd.kron(2, A) == 2 * A)
    -- (A kron B)(C kron D) = AC kron BD, exact on small whole numbers
    local C, D = M{{1, -1}, {2, 0}}, M{3, 1}
    assert.is_true(sd.kron(A, B) * sd.kron(C, D) == sd.kron(A * C, B * D))
    raises("khatri_rao: numbers of columns differ: A is 2x2, B is 1x3", sd.khatri_rao, A,
      M{{1, 2, 3}})
    raises("kron: dtypes differ", sd.kron, A, A:to "f32")
    raises("its other side is above 2147483647", sd.kron, sd.zeros(2 ^ 20, 0), sd.zeros(2 ^ 20, 0))
  end)

  it("dot and trace", function()
    local A = M{{1, 2}, {3, 4}}
    assert.are.equal(30, sd.dot(A, A))
    assert.are.equal(6, sd.dot(2, 3))
    assert.are.equal(0, sd.dot(sd.zeros(0, 2), sd.zeros(0, 2)))
    assert.are.equal(5, sd.trace(A))
    assert.are.equal(2, sd.trace(2))
    assert.are.equal(sd.trace(A:t() * A), sd.dot(A, A))
    raises("dot: shapes differ: A is 2x2, B is 2x1", sd.dot, A, M{1, 2})
    raises("trace: A must be square, got 2x1", sd.trace, M{1, 2})
  end)

  it("stop_gradient is the value itself", function()
    local A = M{1, 2}
    assert.is_true(rawequal(A, sd.stop_gradient(A)))
    assert.are.equal(3, sd.stop_gradient(3))
    raises("stop_gradient: argument 1", sd.stop_gradient, "x")
  end)
end)

describe("softmax", function()
  it("sums to one without overflow", function()
    local A = M{{1000, 0}, {1000, -2000}}
    assert.is_true(sd.softmax(A) == M{{0.5, 1}, {0.5, 0}})
    local R = sd.softmax(M{{0, math.log(3)}}, { dim = 2 })
    near(R, M{{0.25, 0.75}}, 4 * 2 ^ -53) -- log, exp, sum and quotient round once each
    assert.are.equal(1, sd.softmax(-5))
    assert.are.equal(2, sd.softmax(sd.zeros(0, 2)).cols)
    local N = sd.softmax(M{-inf, -inf})
    assert.is_true(N(1) ~= N(1) and N(2) ~= N(2))
  end)
end)

describe("normalize", function()
  it("divides by the norm of all, columns or rows", function()
    local A = M{{3, 0}, {4, 0}}
    local unit = 2 * 2 ^ -53 -- root and quotient
    near(sd.normalize(A), M{{0.6, 0}, {0.8, 0}}, unit)
    near(sd.normalize(A, { dim = 1 }), M{{0.6, 0}, {0.8, 0}}, unit)
    assert.is_true(sd.normalize(A, { dim = 2 }) == M{{1, 0}, {1, 0}})
    assert.is_true(sd.normalize(sd.zeros(3, 2)) == sd.zeros(3, 2))
    near(sd.normalize(M{3e300, 4e300}), M{0.6, 0.8}, unit)
    near(sd.normalize(M{3e-300, 4e-300}), M{0.6, 0.8}, unit)
    assert.are.equal(-1, sd.normalize(-7))
  end)
end)
