-- sd.expm, sd.sqrtm, sd.polar, sd.nnls through the binding: shapes, dtypes, messages. The numbers
-- are tested in tests/c (matfun, sqrtm, nnls).
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local eps = 2^-52

describe("expm", function()
  it("turns by an angle", function()
    local t = 1.25 -- normal, |A| = t: the error is a few eps (1 + t)
    near(sd.expm(sd.matrix { { 0, -t }, { t, 0 } }),
      sd.matrix { { math.cos(t), -math.sin(t) }, { math.sin(t), math.cos(t) } }, 20 * eps)
  end)
  it("takes numbers, f32 and nothing", function()
    near(sd.expm(2)(1), math.exp(2), 2 * eps * math.exp(2))
    local E = sd.expm(sd.eye(3, { dtype = "f32" }))
    assert.are.equal("f32", E.dtype)
    near(E:to "f64", math.exp(1) * sd.eye(3), 2^-24 * math.exp(1))
    assert.are.equal(0, #sd.expm(sd.zeros(0, 0)))
  end)
  it("leaves its argument alone", function()
    local A = sd.matrix { { 1, 2 }, { 3, 4 } }
    sd.expm(A)
    near(A, sd.matrix { { 1, 2 }, { 3, 4 } }, 0)
  end)
  it("says what is wrong", function()
    raises("expm: A must be square, got 2x3", sd.expm, sd.zeros(2, 3))
    raises("expm: argument 1 must be a matrix or a number, got nil", sd.expm, nil)
    raises("expm: A has NaN or infinite elements", sd.expm, sd.matrix { { 1, 0 / 0 }, { 0, 1 } })
    raises("expm: the result has infinite elements: exp(A) passes the largest f64 number", sd.expm,
      1000)
    raises("passes the largest f32 number", sd.expm, sd.full(1, 1, 100, { dtype = "f32" }))
    raises("to determine one digit of exp(A) (its norm passes 1e15)", sd.expm,
      sd.matrix { { 0, 1e20 }, { -1e20, 0 } })
  end)
end)

describe("sqrtm", function()
  it("inverts squaring", function()
    local X = sd.matrix { { 3, 1, 0 }, { -1, 4, 2 }, { 0, 1, 5 } }
    -- the symmetric part of X is at least 2, so |dX| <= |dA| / 4, and |X|^2 < 57
    near(sd.sqrtm(X * X), X, 20 * 3 * eps * 57)
    near(sd.sqrtm(sd.matrix { { 5, 4 }, { 4, 5 } }), sd.matrix { { 2, 1 }, { 1, 2 } }, 40 * eps * 9)
  end)
  it("takes numbers, f32, views and nothing", function()
    near(sd.sqrtm(9)(1), 3, 6 * eps)
    near(sd.sqrtm(0)(1), 0, 0)
    local A = sd.zeros(4, 4, { dtype = "f32" })
    A:set(2, 2, 4)
    A:set(3, 3, 16)
    local X = sd.sqrtm(A:block(2, 2, 2, 2))
    assert.are.equal("f32", X.dtype)
    near(X:to "f64", sd.matrix { { 2, 0 }, { 0, 4 } }, 2^-24 * 4)
    assert.are.equal(0, #sd.sqrtm(sd.zeros(0, 0)))
  end)
  it("says what is wrong", function()
    raises("sqrtm: A has a negative eigenvalue -0.3: no real square root is computed for " ..
      "symmetric A", sd.sqrtm, -0.3)
    raises("sqrtm: the principal square root is not real: A has an eigenvalue near -4 on the " ..
      "negative real axis", sd.sqrtm, sd.matrix { { -4, 1 }, { 0, 1 } })
    raises("sqrtm: A is singular and defective", sd.sqrtm, sd.matrix { { 0, 1 }, { 0, 0 } })
    raises("sqrtm: A must be square, got 1x2", sd.sqrtm, sd.zeros(1, 2))
    raises("sqrtm: A has NaN or infinite elements", sd.sqrtm, 1 / 0)
    raises("sqrtm: argument 1 must be a matrix or a number", sd.sqrtm, "4")
  end)
end)

describe("polar", function()
  it("splits a turned stretch, tall and wide", function()
    local U, P = sd.polar(sd.matrix { { 0, -3 }, { 2, 0 } })
    near(U, sd.matrix { { 0, -1 }, { 1, 0 } }, 40 * eps)
    near(P, sd.matrix { { 2, 0 }, { 0, 3 } }, 120 * eps)
    for _, shape in ipairs { { 3, 2 }, { 2, 3 }, { 1, 1 }, { 4, 1 }, { 1, 4 } } do
      local A = sd.zeros(shape[1], shape[2])
      for k = 1, #A do A:set((k - 1) % A.rows + 1, (k - 1) // A.rows + 1, math.sin(k)) end
      U, P = sd.polar(A)
      near(U * P, A, 10 * 4 * eps * 3) -- |A| < 3
      local small = A.rows >= A.cols and U:t() * U or U * U:t()
      near(small, sd.eye(small.rows), 10 * 4 * eps)
    end
  end)
  it("takes numbers, f32 and nothing", function()
    local U, P = sd.polar(-3)
    near(U(1), -1, 0)
    near(P(1), 3, 6 * eps)
    U, P = sd.polar(sd.zeros(0, 2))
    assert.are.same({ 0, 2, 2, 2 }, { U.rows, U.cols, P.rows, P.cols })
    near(P, sd.zeros(2, 2), 0)
    U, P = sd.polar(sd.eye(2, { dtype = "f32" }))
    assert.are.same({ "f32", "f32" }, { U.dtype, P.dtype })
  end)
  it("says what is wrong", function()
    raises("polar: A has NaN or infinite elements", sd.polar, 0 / 0)
    raises("polar: P has infinite elements: the norm of A passes the largest f64 number", sd.polar,
      sd.matrix { { 1.5e308, -1.5e308 }, { 1.5e308, 1.5e308 } })
    raises("polar: argument 1 must be a matrix or a number, got a table", sd.polar, {})
  end)
end)

describe("nnls", function()
  -- b = A x0 with x0 >= 0, so the least residual is 0, and at x, with duals w = A'(b - A x),
  -- r^2 = (x0 - x)'w <= eps s (s + s0), s = |b| + sum_j x_j |a_j| and s0 = sum_j x0_j |a_j|, where
  -- the duals are down to eps s |a_j|. Twice that leaves room for their rounding.
  it("leaves no more than rounding where columns are nearly dependent", function()
    local n = 40
    local A = sd.exp(-(sd.linspace(0, 5, n) * sd.logspace(-3, 3, n):t())) -- condition above 1e17
    local size = sd.norm(A, { dim = 1 })
    for seed = 1, 8 do
      local x0 = sd.relu(sd.rng(seed):randn(n, 1))
      local b = A * x0
      local x, r = sd.nnls(A, b)
      assert(sd.min(x) >= 0)
      local s, s0 = sd.norm(b) + (size * x):item(), (size * x0):item()
      near(r, 0, math.sqrt(2 * eps * s * (s + s0)))
    end
  end)
  it("gives a number for one right-hand side and a row for several", function()
    -- columns e1 and e2, b = (2, -1, 3): x = (2, 0), and 1 and 3 are left
    local A, b = sd.matrix { { 1, 0 }, { 0, 1 }, { 0, 0 } }, sd.matrix { 2, -1, 3 }
    local x, r = sd.nnls(A, b)
    near(x, sd.matrix { 2, 0 }, 10 * eps)
    near(r, math.sqrt(10), 20 * eps)
    local B = sd.zeros(3, 2)
    B:col(2):copy_(b)
    local X, R = sd.nnls(A, B)
    near(X, sd.matrix { { 0, 2 }, { 0, 0 } }, 10 * eps)
    near(R, sd.matrix { { 0, math.sqrt(10) } }, 20 * eps)
  end)
  it("takes numbers, f32 and nothing", function()
    local x, r = sd.nnls(2, -4)
    near(x(1), 0, 0)
    near(r, 4, 0)
    x, r = sd.nnls(sd.ones(2, 1, { dtype = "f32" }), sd.full(2, 1, 3, { dtype = "f32" }))
    assert.are.equal("f32", x.dtype)
    near(x(1), 3, 2^-22)
    near(r, 0, 2^-40)
    x, r = sd.nnls(sd.zeros(3, 0), sd.ones(3, 1))
    assert.are.same({ 0, 1 }, { x.rows, x.cols })
    near(r, math.sqrt(3), 4 * eps)
    x, r = sd.nnls(sd.zeros(3, 2), sd.zeros(3, 0))
    assert.are.same({ 2, 0, 1, 0 }, { x.rows, x.cols, r.rows, r.cols })
  end)
  it("says what is wrong", function()
    local A, b = sd.eye(2), sd.ones(2, 1)
    raises("nnls: numbers of rows differ: A is 2x2, B is 3x1", sd.nnls, A,
      sd.ones(3, 1))
    raises("nnls: dtypes differ: A is 2x2 f64, B is 2x1 f32", sd.nnls, A, b:to "f32")
    raises("nnls: A has NaN or infinite elements", sd.nnls, A / 0, b)
    raises("nnls: B has NaN or infinite elements", sd.nnls, A, b / 0)
    raises("nnls: unknown option 'tolerance'", sd.nnls, A, b, { tolerance = 1 })
    raises("nnls: unknown option 'maxiter' (did you mean 'maxit'?)", sd.nnls, A, b, { maxiter = 9 })
    raises("nnls: option 'tol' must be from 0 to below 1, got -1", sd.nnls, A, b, { tol = -1 })
    raises("nnls: option 'tol' must be from 0 to below 1", sd.nnls, A, b, { tol = 0 / 0 })
    raises("nnls: option 'maxit' must be a whole number from 1, got 1.5", sd.nnls, A, b,
      { maxit = 1.5 })
    raises("nnls: no solution within 1 iterations for A of 2x2; raise maxit or tol", sd.nnls, A, b,
      { maxit = 1 })
    raises("nnls: the solution passes the largest f64 number", sd.nnls, 1e-300, 1e300)
    raises("nnls: argument 2 must be a matrix or a number, got nothing", sd.nnls, A)
  end)
end)
