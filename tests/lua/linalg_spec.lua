-- Linear algebra as a script sees it: shapes, options, closed forms, and every error message.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises

local eps = 2 ^ -52
-- Backward stable methods: C k eps |A|, with k the longer side and C = 30 as in LAPACK's own tests.
local function bound(k) return 30 * (k + 1) * eps end

-- A deterministic m x n matrix with elements in -1..1 (a linear congruence, not sd.rng).
local seed = 1
local function random(m, n, options)
  local A = sd.zeros(m, n, options)
  for k = 1, #A do
    seed = (seed * 1103515245 + 12345) % 2 ^ 31
    A:set(k, seed / 2 ^ 30 - 1)
  end
  return A
end

local function shape(A) return A.rows .. "x" .. A.cols end
local function frobenius(A)
  local t = 0
  for k = 1, #A do t = t + A(k) ^ 2 end
  return math.sqrt(t)
end

local sizes = { { 0, 0 }, { 0, 3 }, { 3, 0 }, { 1, 1 }, { 2, 2 }, { 7, 7 }, { 30, 5 }, { 5, 30 } }

describe("svd", function()
  it("rebuilds A from thin factors of every shape", function()
    for _, size in ipairs(sizes) do
      local m, n = size[1], size[2]
      local A, r = random(m, n), math.min(m, n)
      for _, driver in ipairs { "gesdd", "gesvd" } do
        local U, s, V = sd.svd(A, { driver = driver })
        assert.are.equal(("%dx%d"):format(m, r), shape(U))
        assert.are.equal(("%dx1"):format(r), shape(s))
        assert.are.equal(("%dx%d"):format(n, r), shape(V))
        if r > 0 then
          near(U * sd.diag(s) * V:t(), A, bound(30) * frobenius(A))
          near(U:t() * U, sd.eye(r), bound(30))
          near(sd.svdvals(A, { driver = driver }), s, bound(30) * frobenius(A))
        end
      end
    end
  end)

  it("takes a number as 1x1 and keeps f32", function()
    local U, s, V = sd.svd(-3)
    assert.are.equal(3, s:item())
    assert.are.equal(-1, U:item() * V:item())
    local U32, s32, V32 = sd.svd(random(4, 3, { dtype = "f32" }))
    assert.are.same({ "f32", "f32", "f32" }, { U32.dtype, s32.dtype, V32.dtype })
  end)

  it("reads views and leaves them as they are", function()
    local A = random(8, 8)
    local before, block = A:clone(), A:block(2, 3, 5, 4)
    local copy = block:clone()
    near(sd.svdvals(block), sd.svdvals(copy), 0)
    assert.is_true(A == before)
  end)

  it("refuses bad input in words", function()
    raises("svd: A has NaN or infinite elements", sd.svd, sd.matrix { { 1, 0 / 0 } })
    raises("svd: A has NaN or infinite elements", sd.svd, 1 / 0)
    raises("svdvals: A has NaN or infinite elements", sd.svdvals, sd.matrix { { 1, 1 / 0 } })
    raises("svd: argument 1 must be a matrix or a number, got nil", sd.svd, nil)
    raises("svd: argument 1 must be a matrix or a number, got the string", sd.svd, "1")
    raises("svd: unknown option 'drivr' (did you mean 'driver'?)", sd.svd, 1, { drivr = "gesvd" })
    raises('svd: option \'driver\' must be one of "gesdd", "gesvd"', sd.svd, 1, { driver = "qr" })
    raises("svdvals: the result overflows f32", sd.svdvals,
      sd.full(2, 2, 3e38, { dtype = "f32" }))
  end)
end)

describe("cond, rank, pinv", function()
  it("follow the singular values", function()
    local A = sd.diag(sd.matrix { 4, 2, 1 })
    near(sd.cond(A), 4, bound(3) * 16)
    assert.are.equal(3, sd.rank(A))
    assert.are.equal(2, sd.rank(A, { rcond = 0.3 }))
    assert.are.equal("integer", math.type(sd.rank(A)))
    assert.are.equal(math.huge, sd.cond(sd.zeros(2, 2)))
    assert.are.equal(0, sd.rank(sd.zeros(0, 3)))
    near(sd.pinv(A), sd.diag(sd.matrix { 0.25, 0.5, 1 }), bound(3) * 4)
    near(sd.pinv(A, { rcond = 0.3 }), sd.diag(sd.matrix { 0.25, 0.5, 0 }), bound(3) * 4)
    -- s1 = 2^1024 is no f64, but the inverse is one: rounding, and half the spacing 2^-1074
    near(sd.pinv(sd.full(2, 2, 2^1023)), sd.full(2, 2, 2^-1025), bound(2) * 2^-1025 + 2^-1074)
    assert.are.equal("3x0", shape(sd.pinv(sd.zeros(0, 3))))
    near(sd.pinv(sd.zeros(2, 3)), sd.zeros(3, 2), 0)
    assert.are.equal(0.25, sd.pinv(4):item())
  end)

  it("measure f32 data by the precision of f32", function()
    local x = random(20, 2, { dtype = "f32" })
    local A = x * random(2, 10, { dtype = "f32" }) -- rank 2, but for rounding to f32
    assert.are.equal(2, sd.rank(A))
    assert.are.equal(10, sd.rank(A, { rcond = 1e-14 }))
  end)

  it("refuse bad input in words", function()
    raises("cond: an empty matrix has no condition number (A is 0x3)", sd.cond, sd.zeros(0, 3))
    raises("cond: A has NaN or infinite elements", sd.cond, 0 / 0)
    raises("rank: A has NaN or infinite elements", sd.rank, 0 / 0)
    raises("pinv: A has NaN or infinite elements", sd.pinv, 1 / 0)
    raises("pinv: option 'rcond' must be in 0..1, got -1", sd.pinv, 1, { rcond = -1 })
    raises("rank: option 'rcond' must be in 0..1, got 2", sd.rank, 1, { rcond = 2 })
    raises("rank: unknown option 'tol'", sd.rank, 1, { tol = 2 })
  end)
end)

describe("eigh", function()
  it("gives ascending values and orthonormal vectors", function()
    local M = random(9, 9)
    local A = M + M:t()
    local w, V = sd.eigh(A)
    assert.are.equal("9x1 9x9", shape(w) .. " " .. shape(V))
    near(A * V, V * sd.diag(w), bound(9) * frobenius(A))
    near(V:t() * V, sd.eye(9), bound(9))
    near(sd.eigvalsh(A), w, 2 * bound(9) * frobenius(A))
    for k = 2, 9 do assert.is_true(w(k) >= w(k - 1)) end
  end)

  it("solves A v = w B v", function()
    local A = sd.matrix { { 1, 2 }, { 2, -3 } }
    local w, V = sd.eigh(A, sd.diag(sd.matrix { 4, 9 }))
    -- with D = diag(2,3): the eigenvalues of D^-1 A D^-1 = [1/4 1/3; 1/3 -1/3]
    local half, root = -1 / 24, math.sqrt((7 / 24) ^ 2 + 1 / 9)
    near(w, sd.matrix { half - root, half + root }, bound(2) * 4)
    near(V:t() * sd.diag(sd.matrix { 4, 9 }) * V, sd.eye(2), bound(2) * 4)
    near(sd.eigvalsh(A, sd.diag(sd.matrix { 4, 9 })), w, bound(2) * 4)
    near(sd.eigvalsh(6, 2), sd.matrix { 3 }, bound(1) * 3)
  end)

  it("is strict about symmetry, within tol", function()
    local A = sd.eye(3):set(1, 3, 0.5)
    raises("eigh: A is not symmetric: |A(1,3) - A(3,1)| is 0.5", sd.eigh, A)
    raises("eigh: B is not symmetric: |B(1,3) - B(3,1)| is 0.5", sd.eigh, sd.eye(3), A)
    raises("eigvalsh: A is not symmetric", sd.eigvalsh, A, { tol = 0.4 })
    near(sd.eigvalsh(A, { tol = 0.5 }), sd.matrix { 0.75, 1, 1.25 }, bound(3) * 2)
    assert.has_no.errors(function() sd.eigh(sd.eye(3):set(1, 3, 1e-11)) end)
    raises("eigh: option 'tol' must be at least 0, got -1", sd.eigh, A, { tol = -1 })
  end)

  it("refuses bad input in words", function()
    raises("eigh: A must be square, got 3x2", sd.eigh, sd.zeros(3, 2))
    raises("eigh: shapes differ: A is 2x2, B is 3x3", sd.eigh, sd.eye(2), sd.eye(3))
    raises("eigh: 2x2 matrix B is not positive definite (leading minor 2)", sd.eigh, sd.eye(2),
      sd.diag(sd.matrix { 1, -1 }))
    raises("eigh: B has NaN or infinite elements", sd.eigh, sd.eye(1), 0 / 0)
    raises("eigh: dtypes differ: A is 2x2 f64, B is 2x2 f32", sd.eigh, sd.eye(2),
      sd.eye(2):to("f32"))
    raises("eigh: the result overflows f64", sd.eigh, 1, 1e-310)
    raises("eigh: argument 2 must be a matrix or a number, got the string", sd.eigh, 1, "B")
    assert.are.equal("0x0", shape(select(2, sd.eigh(sd.zeros(0, 0)))))
  end)
end)

describe("eig", function()
  it("gives conjugate pairs, positive imaginary part first", function()
    local w, V = sd.eig(sd.matrix { { 0, -2 }, { 2, 0 } })
    near(w.re, sd.zeros(2, 1), bound(2) * 3)
    near(w.im, sd.matrix { 2, -2 }, bound(2) * 3)
    for j = 1, 2 do
      near(frobenius(V.re:col(j)) ^ 2 + frobenius(V.im:col(j)) ^ 2, 1, bound(2))
    end
    local values, none = sd.eig(sd.matrix { { 0, -2 }, { 2, 0 } }, { vectors = false })
    assert.is_nil(none)
    near(values.im, w.im, bound(2) * 3)
    near(sd.eig(-4).re, sd.matrix { -4 }, 0)
    assert.are.equal("0x1", shape(sd.eig(sd.zeros(0, 0)).im))
  end)

  it("refuses bad input in words", function()
    raises("eig: A must be square, got 1x2", sd.eig, sd.zeros(1, 2))
    raises("eig: A has NaN or infinite elements", sd.eig, 0 / 0)
    raises("eig: option 'vectors' must be true or false, got 1", sd.eig, 1, { vectors = 1 })
  end)
end)

describe("cholesky and qr", function()
  it("rebuild A", function()
    local L = sd.cholesky(sd.matrix { { 4, 2 }, { 2, 10 } })
    near(L, sd.matrix { { 2, 0 }, { 1, 3 } }, bound(2) * 12)
    assert.are.equal(3, sd.cholesky(9):item())
    assert.are.equal("0x0", shape(sd.cholesky(sd.zeros(0, 0))))
    for _, size in ipairs(sizes) do
      local m, n = size[1], size[2]
      local A = random(m, n)
      local Q, R = sd.qr(A)
      assert.are.equal(("%dx%d"):format(m, math.min(m, n)), shape(Q))
      assert.are.equal(("%dx%d"):format(math.min(m, n), n), shape(R))
      local Qp, Rp, p = sd.qr(A, { pivot = true })
      assert.are.equal(("1x%d"):format(n), shape(p))
      if math.min(m, n) > 0 then
        near(Q * R, A, bound(30) * frobenius(A))
        near(Qp * Rp, A:col(p), bound(30) * frobenius(A))
      end
    end
  end)

  it("refuse bad input in words", function()
    local A = sd.eye(5):set(2, 2, -1)
    raises("cholesky: 5x5 matrix is not positive definite (leading minor 2)", sd.cholesky, A)
    raises("cholesky: 2x2 matrix is not positive definite (leading minor 1)", sd.cholesky,
      sd.zeros(2, 2))
    raises("cholesky: A is not symmetric: |A(1,2) - A(2,1)| is 3", sd.cholesky,
      sd.matrix { { 1, 3 }, { 0, 1 } })
    raises("cholesky: A must be square, got 2x1", sd.cholesky, sd.zeros(2, 1))
    raises("cholesky: A has NaN or infinite elements", sd.cholesky, 0 / 0)
    raises("qr: A has NaN or infinite elements", sd.qr, 1 / 0)
    raises("qr: unknown option 'pivots' (did you mean 'pivot'?)", sd.qr, 1, { pivots = true })
  end)
end)

describe("solve", function()
  it("solves under each assumption", function()
    local B = sd.matrix { { 1, 2 }, { 3, 4 } }
    for assume, A in pairs {
      general = sd.matrix { { 1, 2 }, { 3, 4 } }, symmetric = sd.matrix { { 1, 2 }, { 2, -3 } },
      posdef = sd.matrix { { 2, 1 }, { 1, 2 } }, lower = sd.matrix { { 1, 0 }, { 3, 4 } },
      upper = sd.matrix { { 1, 2 }, { 0, 4 } },
    } do
      local X, rcond = sd.solve(A, B, { assume = assume })
      near(A * X, B, bound(2) * frobenius(A) * frobenius(X))
      assert.is_true(rcond > 0.01 and rcond <= 1)
    end
    assert.are.equal(2, sd.solve(4, 8):item())
    assert.are.equal("f32", sd.solve(sd.eye(2):to("f32"), sd.ones(2, 1):to("f32")).dtype)
    assert.are.equal("f32", sd.solve(2, sd.ones(1, 3):to("f32")).dtype)
    assert.are.equal("3x0", shape(sd.solve(sd.eye(3), sd.zeros(3, 0))))
    assert.are.equal("0x2", shape(sd.solve(sd.zeros(0, 0), sd.zeros(0, 2))))
  end)

  it("names what is wrong with A", function()
    local b = sd.ones(3, 1)
    local hilbert = sd.zeros(20, 20)
    for i = 1, 20 do for j = 1, 20 do hilbert:set(i, j, 1 / (i + j - 1)) end end
    raises("solve: A (3x3) is singular: pivot 3 is zero", sd.solve,
      sd.diag(sd.matrix { 1, 1, 0 }), b)
    raises("solve: A (20x20) is singular to working precision: rcond ", sd.solve, hilbert,
      sd.ones(20, 1))
    raises("(sd.lstsq gives the least-squares solution)", sd.solve, hilbert, sd.ones(20, 1))
    raises("inv: A (20x20) is singular to working precision", sd.inv, hilbert)
    raises("(sd.pinv gives the least-squares inverse)", sd.inv, hilbert)
    raises("inv: A (2x2) is singular: pivot 1 is zero", sd.inv, sd.zeros(2, 2))
    raises("solve: 2x2 matrix is not positive definite (leading minor 2)", sd.solve,
      sd.diag(sd.matrix { 1, -1 }), sd.ones(2, 1), { assume = "posdef" })
    raises("solve: A is not symmetric: |A(1,2) - A(2,1)| is 1", sd.solve,
      sd.matrix { { 1, 1 }, { 0, 1 } }, sd.ones(2, 1), { assume = "symmetric" })
    raises("solve: A is not lower triangular: A(1,2) is 1", sd.solve,
      sd.matrix { { 1, 1 }, { 0, 1 } }, sd.ones(2, 1), { assume = "lower" })
    raises("solve: A is not upper triangular: A(2,1) is 7", sd.solve,
      sd.matrix { { 1, 1 }, { 7, 1 } }, sd.ones(2, 1), { assume = "upper" })
  end)

  it("refuses bad input in words", function()
    raises("solve: A must be square, got 3x2", sd.solve, sd.ones(3, 2), sd.ones(3, 1))
    raises("solve: numbers of rows differ: A is 3x3, B is 2x1", sd.solve, sd.eye(3), sd.ones(2, 1))
    raises("solve: B has NaN or infinite elements", sd.solve, 1, 0 / 0)
    raises("solve: A has NaN or infinite elements", sd.solve, 0 / 0, 1)
    raises("solve: dtypes differ", sd.solve, sd.eye(2), sd.ones(2, 1):to("f32"))
    raises("solve: the result overflows f64", sd.solve, 1e-300, 1e300)
    raises("solve: option 'assume' must be one of", sd.solve, 1, 1, { assume = "diagonal" })
    raises("solve: argument 2 must be a matrix or a number, got nothing", sd.solve, 1)
    raises("inv: A must be square, got 3x2", sd.inv, sd.ones(3, 2))
    raises("inv: A has NaN or infinite elements", sd.inv, 0 / 0)
  end)
end)

describe("inv and logdet", function()
  it("agree with closed forms", function()
    near(sd.inv(sd.matrix { { 4, 7 }, { 2, 6 } }), sd.matrix { { 0.6, -0.7 }, { -0.2, 0.4 } },
      bound(2) * 20) -- cond < 12, |inverse| < 1.1
    assert.are.equal(0.5, sd.inv(2):item())
    local logabs, sign = sd.logdet(sd.matrix { { 0, 2 }, { 3, 0 } })
    near(logabs, math.log(6), bound(2))
    assert.are.equal(-1, sign)
    assert.are.same({ -math.huge, 0 }, { sd.logdet(sd.ones(2, 2)) })
    assert.are.same({ 0, 1 }, { sd.logdet(sd.zeros(0, 0)) })
    assert.are.same({ 0, -1 }, { sd.logdet(-1) })
    raises("logdet: A must be square, got 3x2", sd.logdet, sd.ones(3, 2))
    raises("logdet: A has NaN or infinite elements", sd.logdet, 0 / 0)
  end)
end)

describe("lstsq", function()
  it("fits, and gives the shortest of many solutions", function()
    local A = sd.matrix { { 1, 0 }, { 1, 1 }, { 1, 2 }, { 1, 3 } }
    local X, rank, s = sd.lstsq(A, sd.matrix { -1, 0.2, 0.9, 2.1 })
    near(X, sd.matrix { -0.95, 1 }, 100 * bound(4))
    assert.are.equal(2, rank)
    near(s, sd.svdvals(A), 2 * bound(4) * frobenius(A))
    local shortest, one = sd.lstsq(sd.matrix { { 1, 1 }, { 2, 2 } }, sd.matrix { 2, 4 })
    near(shortest, sd.matrix { 1, 1 }, 10 * bound(2))
    assert.are.equal(1, one)
    assert.are.equal(1, select(2, sd.lstsq(sd.diag(sd.matrix { 1, 1e-3 }), sd.ones(2, 1),
      { rcond = 1e-2 })))
    near(sd.lstsq(sd.zeros(0, 3), sd.zeros(0, 2)), sd.zeros(3, 2), 0)
    assert.are.equal("0x2", shape(sd.lstsq(sd.zeros(3, 0), sd.ones(3, 2))))
    assert.are.equal("2x0", shape(sd.lstsq(A, sd.zeros(4, 0))))
  end)

  it("refuses bad input in words", function()
    raises("lstsq: numbers of rows differ: A is 3x2, B is 2x1", sd.lstsq, sd.ones(3, 2),
      sd.ones(2, 1))
    raises("lstsq: B has NaN or infinite elements", sd.lstsq, 1, 0 / 0)
    raises("lstsq: option 'rcond' must be in 0..1, got nan", sd.lstsq, 1, 1,
      { rcond = math.abs(0 / 0) })
  end)
end)

describe("norm", function()
  local A = sd.matrix { { 1, -2 }, { 3, -4 } }

  it("has the closed forms of every kind", function()
    near(sd.norm(A), math.sqrt(30), bound(2) * 6)
    near(sd.norm(A, "fro"), math.sqrt(30), bound(2) * 6)
    near(sd.norm(A, 2), math.sqrt(15 + math.sqrt(221)), bound(2) * 6)
    near(sd.norm(A, "nuc"), math.sqrt(15 + math.sqrt(221)) + math.sqrt(15 - math.sqrt(221)),
      bound(2) * 12)
    near(sd.norm(A, "2inf"), 5, bound(2) * 6)
    assert.are.equal(6, sd.norm(A, 1))
    assert.are.equal(7, sd.norm(A, "inf"))
    assert.are.equal(3, sd.norm(-3))
    assert.are.equal(4e200, sd.norm(sd.matrix { 3e200, 4e200 }, "inf"))
    near(sd.norm(sd.matrix { 3e200, 4e200 }) / 1e200, 5, 8 * eps)
    near(sd.norm(sd.matrix({ 3e30, 4e30 }, { dtype = "f32" })) / 1e30, 5, 8 * 2 ^ -23)
  end)

  it("goes down columns and along rows", function()
    near(sd.norm(A, { dim = 1 }), sd.matrix { { math.sqrt(10), math.sqrt(20) } }, 8 * eps * 5)
    near(sd.norm(A, { dim = 2 }), sd.matrix { math.sqrt(5), 5 }, 8 * eps * 5)
    near(sd.norm(A, {}), sd.norm(A), 0)
    assert.are.equal("f32", sd.norm(A:to("f32"), { dim = 1 }).dtype)
    assert.are.equal("1x0", shape(sd.norm(sd.zeros(3, 0), { dim = 1 })))
    near(sd.norm(sd.zeros(0, 2), { dim = 1 }), sd.zeros(1, 2), 0)
  end)

  it("treats empty, NaN and unknown kinds as documented", function()
    for _, kind in ipairs { 1, 2, "inf", "fro", "nuc", "2inf" } do
      assert.are.equal(0, sd.norm(sd.zeros(0, 3), kind))
    end
    local x = sd.norm(sd.matrix { 1, 0 / 0 })
    assert.is_true(x ~= x)
    assert.are.equal(math.huge, sd.norm(sd.matrix { 1, 1 / 0 }, 1))
    raises("norm: A has NaN or infinite elements", sd.norm, sd.matrix { 1, 1 / 0 }, 2)
    raises("norm: A has NaN or infinite elements", sd.norm, sd.matrix { 1, 0 / 0 }, "nuc")
    raises('norm: argument 2 must be 1, 2, "fro", "nuc", "inf", "2inf" or {dim=}, got 3', sd.norm,
      A, 3)
    raises("norm: argument 2 must be", sd.norm, A, "max")
    raises("norm: option 'dim' must be 1", sd.norm, A, { dim = 3 })
    raises("norm: unknown option 'axis'", sd.norm, A, { axis = 1 })
  end)
end)
