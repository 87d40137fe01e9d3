-- Derivatives through linear algebra against closed forms, what happens at equal eigenvalues and
-- singular values, and what failures say when a plan runs.
local sd = require "saddle"
local tracing = require "saddle.core".tracing
local support = require "tests.lua.support"
local near, raises = support.near, support.raises

local EPS = 2^-52

-- ---- tracing by hand ----------------------------------------------------------------------------

--- The results of build(graph, symbols) at the values.
local function traced(values, build)
  local g <close> = tracing.graph()
  local symbols = {}
  for k, x in ipairs(values) do symbols[k] = g:input(x) end
  return table.unpack(tracing.plan(g, build(g, symbols)):run(values))
end

--- d f / d x_k as a symbol, of f with a number as result; a zero where nothing flows.
local function slope(g, y, x) return g:reverse({ y }, { 1 }, { x })[1] or 0 * x end

--- The gradient of f by its first argument.
local function gradient(f, ...)
  return traced({ ... }, function(g, x) return { slope(g, f(table.unpack(x)), x[1]) } end)
end

--- The derivative of the gradient in direction v.
local function hessian_product(f, x, v)
  return traced({ x, v }, function(g, s)
    return { slope(g, sd.sum(slope(g, f(s[1]), s[1]) % s[2]), s[1]) }
  end)
end

--- The derivative of f(x) in direction v.
local function tangent(f, x, v)
  return traced({ x, v }, function(g, s)
    local y = f(s[1])
    return { g:forward({ s[1] }, { s[2] }, { y })[1] or 0 * y }
  end)
end

local function t(x) return tracing.apply("t", {}, x) end
local function diagonal(x) -- a row
  return sd.sum(tracing.apply("triangle", { k = { 0, 2, 0 } }, x), { dim = 1 })
end

local rng = sd.rng(1, "linalg derivatives")
local function posdef(n)
  local A = rng:randn(n, n)
  return A * A:t() / n + sd.eye(n)
end

--- What n x n linear algebra may lose: a few dozen operations, each off by n eps times the squared
-- condition of what it inverts, relative to the largest element of the result.
local function allowance(result, A)
  return 64 * A.rows * EPS * sd.cond(A) ^ 2 * sd.max(sd.abs(result))
end

-- ---- closed forms -------------------------------------------------------------------------------

describe("derivatives through linear algebra", function()
  it("give the score of a normal distribution by its covariance", function()
    local C, X = posdef(4), rng:randn(4, 7)
    local function loglikelihood(c)
      local L = sd.cholesky(c)
      local Y = sd.solve(L, X, { assume = "lower" })
      return -7 * sd.sum(sd.log(diagonal(L))) - 0.5 * sd.sum(Y % Y)
    end
    local inverse = sd.inv(C)
    local score = 0.5 * (inverse * X * X:t() * inverse - 7 * inverse)
    near(gradient(loglikelihood, C), score, allowance(score, C))
  end)

  it("are symmetric where the symmetric part is used", function()
    local A, B = posdef(3), rng:randn(3, 2)
    local functions = {
      function(a) return sd.sum(sd.cholesky(a)) end,
      function(a) return sd.sum(sd.eigvalsh(a) ^ 3) end,
      function(a) return sd.sum((sd.solve(a, B, { assume = "posdef" }))) end,
      function(a) return sd.sum((sd.solve(a, B, { assume = "symmetric" }))) end,
    }
    for _, f in ipairs(functions) do
      local G = gradient(f, A)
      near(G, G:t(), 0)
    end
    local x = sd.solve(A, sd.ones(3, 2)) * sd.solve(A, B):t()
    near(gradient(functions[3], A), -0.5 * (x + x:t()), allowance(x, A))
  end)

  it("of logdet are the transposed inverse and its derivative", function()
    local A, V = rng:randn(4, 4) + 5 * sd.eye(4), rng:randn(4, 4)
    local inverse = sd.inv(A):t()
    local function f(a) return (sd.logdet(a)) end
    near(gradient(f, A), inverse, allowance(inverse, A))
    local second = -inverse * V:t() * inverse
    near(hessian_product(f, A, V), second, allowance(second, A))
    near(gradient(f, -A), -inverse, allowance(inverse, A)) -- of log|det A|
  end)

  it("are right to the third order through solve", function()
    local A, b = posdef(4), rng:randn(4, 1)
    local function resolvent(x) return sd.sum(b % (sd.solve(A + x * sd.eye(4), b))) end
    local third = traced({ 0.5 }, function(g, s)
      local first = slope(g, resolvent(s[1]), s[1])
      return { slope(g, slope(g, first, s[1]), s[1]) }
    end)
    local y = b
    for _ = 1, 4 do y = sd.solve(A + 0.5 * sd.eye(4), y) end
    near(third, -6 * sd.sum(b % y), allowance(sd.matrix { third }, A))
  end)

  it("of expm and sqrtm at equal eigenvalues are those of the power series", function()
    -- A = I + N with N^2 = 0: d exp = e (dA + (N dA + dA N)/2 + N dA N/6)
    local N, E = sd.zeros(2, 2):set(1, 2, 1), rng:randn(2, 2)
    local exact = math.exp(1) * (E + (N * E + E * N) / 2 + N * E * N / 6)
    near(tangent(sd.expm, sd.eye(2) + N, E), exact, allowance(exact, sd.eye(2)))
    near(tangent(sd.sqrtm, 4 * sd.eye(3), sd.ones(3, 3)), sd.ones(3, 3) / 4, 16 * EPS)
  end)

  it("of expm do not lose digits to a large direction", function()
    near(tangent(sd.expm, sd.eye(2), 1e20 * sd.eye(2)) / 1e20, math.exp(1) * sd.eye(2), 32 * EPS)
    near(tangent(sd.expm, sd.eye(2), sd.zeros(2, 2)), sd.zeros(2, 2), 0)
  end)

  it("are zero through rcond, sign and rank", function()
    local A, b = posdef(3), rng:randn(3, 1)
    for _, f in ipairs { function(a) return (select(2, sd.solve(a, b))) end,
      function(a) return (select(2, sd.logdet(a))) end,
      function(a) return (select(2, sd.lstsq(a, b))) end } do
      near(gradient(f, A), sd.zeros(3, 3), 0)
    end
  end)

  it("of the singular values of lstsq are those of svdvals", function()
    local A, b = rng:randn(4, 3), rng:randn(4, 1)
    local G = gradient(function(a) return sd.sum(sd.svdvals(a) ^ 3) end, A)
    near(gradient(function(a) return sd.sum(select(3, sd.lstsq(a, b)) ^ 3) end, A), G,
      allowance(G, A))
  end)
end)

-- ---- equal values -------------------------------------------------------------------------------

describe("equal eigenvalues", function()
  local Q = sd.qr(rng:randn(4, 4))
  local A = Q * sd.diag(sd.matrix { 1, 1, 1, 3 }) * Q:t()
  local weights = sd.matrix { 1, 1, 1, 0 }
  -- of clusters one gap of 2 apart: n eps times the norm of A over the gap, a few times
  local tol = 64 * 4 * EPS

  it("keep derivatives of sums over whole clusters", function()
    local P = Q:col(1, 3) * Q:col(1, 3):t()
    near(gradient(function(a) return sd.sum(sd.eigvalsh(a) % weights) end, A), P, tol)
    near(gradient(function(a) return sd.sum(sd.eigvalsh(a) ^ 2) end, A), 2 * A, tol)
    near(gradient(function(a) return sd.sum(sd.eigvalsh(a) ^ 2) end, sd.eye(3)), 2 * sd.eye(3), tol)
  end)

  it("beside an eigenvalue leave it its derivatives, also of the second order", function()
    local V, C = rng:randn(4, 4), rng:randn(4, 1)
    V = V + V:t()
    local P, R = Q:col(1, 3) * Q:col(1, 3):t(), Q:col(4) * Q:col(4):t()
    local dR = (P * V * R + R * V * P) / 2 -- the gap is 2
    local scale = tol * sd.max(sd.abs(V))
    near(hessian_product(function(a) return sd.eigvalsh(a)(4) end, A, V), dR, scale)
    near(hessian_product(function(a) return sd.norm(a, 2) end, A, V), dR, scale)
    local function projector(a)
      local _, U = sd.eigh(a)
      return U:col(4) * t(U:col(4))
    end
    near(tangent(projector, A, V), dR, scale)
    -- <C C', u u'> has the gradient (P C C' R + R C C' P)/2
    local CC = C * C:t()
    near(gradient(function(a) return sd.sum(CC % projector(a)) end, A),
      (P * CC * R + R * CC * P) / 2, tol * sd.max(sd.abs(CC)))
  end)

  it("have no derivative of their vectors: NaN, not what g(w) lacks", function()
    local function reconstruct(g)
      return function(a)
        local w, U = sd.eigh(a)
        return U % t(g(w)) * t(U)
      end
    end
    local E = sd.ones(4, 4)
    for _, at in ipairs { A, sd.eye(4), sd.zeros(4, 4) } do
      -- at the identity log(w) is 0, so that cotangents vanish where derivatives do not
      for _, g in ipairs { sd.exp, sd.log1p, function(w) return (w - 1) % (w - 1) end,
        function(w) return sd.log1p(w - 1) end } do
        local f = reconstruct(g)
        if at(1) == 1 or g ~= sd.log1p then
          assert(sd.isfinite(tangent(f, at, E)) == sd.zeros(4, 4))
          assert(sd.isfinite(gradient(function(a) return sd.sum(f(a)) end, at)) == sd.zeros(4, 4))
        end
      end
    end
  end)

  it("have no second derivative of what treats them one by one", function()
    local function squares(a) return sd.sum((sd.eigvalsh(a) - 1) ^ 2) end
    near(gradient(squares, A), 2 * (A - sd.eye(4)), tol)
    for _, at in ipairs { A, sd.eye(4) } do
      assert(sd.isfinite(hessian_product(squares, at, sd.ones(4, 4))) == sd.zeros(4, 4))
      local mixed = traced({ at, sd.ones(4, 4) }, function(g, s)
        return { g:forward({ s[1] }, { s[2] }, { slope(g, squares(s[1]), s[1]) })[1] }
      end)
      assert(sd.isfinite(mixed) == sd.zeros(4, 4))
    end
  end)

  it("apart keep V'BV = I of a pair", function()
    local B, D = posdef(3), sd.diag(sd.matrix { 1, 2, 4 })
    local dB = rng:randn(3, 3)
    dB = dB + dB:t()
    local function gram(b)
      local _, V = sd.eigh(D, b)
      return t(V) * b * V
    end
    near(tangent(gram, B, dB), sd.zeros(3, 3), allowance(dB, B))
    assert(sd.isfinite(tangent(function(b) return select(2, sd.eigh(b, b)) end, B, dB))
      == sd.zeros(3, 3))
  end)
end)

describe("equal and zero singular values", function()
  local function nuclear(a) return sd.sum(sd.svdvals(a)) end

  it("keep the gradient of the nuclear norm", function()
    local A = rng:randn(5, 3)
    local U, _, V = sd.svd(A)
    near(gradient(nuclear, A), U * V:t(), 16 * 5 * EPS)
    local Q = sd.qr(A)
    near(gradient(nuclear, 2 * Q), Q, 16 * 5 * EPS) -- all equal: U V' is the polar factor
  end)

  it("give a subgradient of the nuclear norm at zero", function()
    local x, y = rng:randn(4, 1), rng:randn(3, 1)
    local G = gradient(nuclear, x * y:t())
    near(sd.sum(G % (x * y:t())), sd.norm(x) * sd.norm(y), 64 * EPS * sd.norm(x) * sd.norm(y))
    assert(sd.svdvals(G)(1) <= 1 + 64 * EPS)
  end)

  it("leave the first singular values and vectors theirs", function()
    -- rank 2 of 5x4: the two others are 0, and equal
    local U, V = sd.qr(rng:randn(5, 2)), sd.qr(rng:randn(4, 2))
    local A, dA = U * sd.diag(sd.matrix { 3, 1 }) * V:t(), rng:randn(5, 4)
    local function truncated(a)
      local u, s, v = sd.svd(a)
      return u:col(1, 2) % t(s:block(1, 1, 2, 1)) * t(v:col(1, 2))
    end
    -- of rank 2, A is its own truncation; d is the projection of dA on the tangent space
    local P, R = U * U:t(), V * V:t()
    local exact = P * dA + dA * R - P * dA * R
    -- singular values 3 and 1, a gap of 1 from zero: 64 n eps |A| / gap
    near(tangent(truncated, A, dA), exact, 64 * 5 * 3 * EPS * sd.norm(dA))
    local C = rng:randn(5, 4)
    near(gradient(function(a) return sd.sum(C % truncated(a)) end, A), P * C + C * R - P * C * R,
      64 * 5 * 3 * EPS * sd.norm(C))
    local function spectral(a) return sd.norm(a, 2) end
    local H = hessian_product(spectral, A, dA)
    local h = 2 ^ -13
    local around = (gradient(spectral, A + h * dA) - gradient(spectral, A - h * dA)) / (2 * h)
    -- central differences: h^2/6 times a third derivative, of size |dA|^3 over the gap of 2 squared
    near(H, around, h * h * sd.norm(dA) ^ 3)
  end)

  it("have no derivative of their vectors", function()
    for _, A in ipairs { sd.eye(3), sd.zeros(3, 2), sd.ones(4, 3) } do
      local U, _, V = sd.svd(A)
      local CU, CV = rng:randn(U.rows, U.cols), rng:randn(V.rows, V.cols)
      for _, of in ipairs { function(u) return sd.sum(CU % u) end,
        function(_, _, v) return sd.sum(CV % v) end } do
        local G = gradient(function(a) return of(sd.svd(a)) end, A)
        assert(sd.sum(sd.isfinite(G)) == 0)
      end
      local E = rng:randn(A.rows, A.cols)
      assert(sd.sum(sd.isfinite(tangent(function(a) return (sd.svd(a)) end, A, E)(1))) == 0
        or A.rows == 4) -- of ones the first singular vectors are determined
    end
    -- square, with one zero singular value: vectors that are apart
    local D = sd.diag(sd.matrix { 2, 1, 0 })
    assert(sd.isfinite(tangent(function(a) return (sd.svd(a)) end, D, sd.ones(3, 3)))
      == sd.ones(3, 3))
    assert(sd.isfinite(tangent(function(a) return (sd.svd(a)) end, sd.vcat(D, sd.zeros(1, 3)),
      sd.ones(4, 3))):col(3) == sd.zeros(4, 1))
  end)

  it("share the derivative of cond", function()
    near(gradient(sd.cond, sd.eye(3)), sd.zeros(3, 3), 0)
    near(gradient(sd.cond, sd.diag(sd.matrix { 6, 3, 2 })),
      sd.diag(sd.matrix { 1 / 2, 0, -3 / 2 }), 16 * EPS)
  end)
end)

-- ---- what is refused ----------------------------------------------------------------------------

describe("a plan", function()
  --- Runs the plan of f, traced on a value that it serves, on another one.
  local function planned(f, good, bad)
    local g <close> = tracing.graph()
    local plan = tracing.plan(g, { (f(g:input(good))) })
    return function() return plan:run { bad } end
  end

  it("says what an eager call says, and where", function()
    local I, ones = sd.eye(2), sd.ones(2, 1)
    local indefinite, skewed = sd.diag(sd.matrix { 1, -1 }), sd.matrix { { 1, 2 }, { 0, 1 } }
    local zero, nan = sd.zeros(2, 2), sd.full(2, 2, 0 / 0)
    local function assume(kind)
      return function(a) return (sd.solve(a, ones, { assume = kind })) end
    end
    for _, row in ipairs {
      { sd.cholesky, indefinite,
        "cholesky: 2x2 matrix is not positive definite (leading minor 2)" },
      { sd.cholesky, skewed, "cholesky: A is not symmetric: |A(1,2) - A(2,1)| is 2" },
      { sd.cholesky, nan, "cholesky: A has NaN or infinite elements" },
      { sd.eigvalsh, skewed, "eigvalsh: A is not symmetric: |A(1,2) - A(2,1)| is 2" },
      { function(a) return sd.eigvalsh(I, a) end, indefinite,
        "eigvalsh: 2x2 matrix B is not positive definite (leading minor 2)" },
      { function(a) return sd.eigvalsh(I, a) end, skewed, "eigvalsh: B is not symmetric" },
      { assume "general", zero, "solve: A (2x2) is singular: pivot 1 is zero" },
      { assume "general", sd.matrix { { 1, 1 }, { 1, 1 + EPS } },
        "solve: A (2x2) is singular to working precision: rcond " },
      { assume "posdef", indefinite,
        "solve: 2x2 matrix is not positive definite (leading minor 2)" },
      { assume "symmetric", skewed, "solve: A is not symmetric: |A(1,2) - A(2,1)| is 2" },
      { assume "lower", skewed, "solve: A is not lower triangular: A(1,2) is 2" },
      { sd.inv, zero, "inv: A (2x2) is singular: pivot 1 is zero" },
      { sd.inv, sd.matrix { { 1, 1 }, { 1, 1 + EPS } },
        "(sd.pinv gives the least-squares inverse)" },
      { sd.logdet, nan, "logdet: A has NaN or infinite elements" },
      { sd.svdvals, nan, "svdvals: A has NaN or infinite elements" },
      { sd.cond, nan, "cond: A has NaN or infinite elements" },
      { sd.pinv, nan, "pinv: A has NaN or infinite elements" },
      { sd.qr, nan, "qr: A has NaN or infinite elements" },
      { function(b) return (sd.lstsq(I, b)) end, nan, "lstsq: B has NaN or infinite elements" },
      { sd.expm, sd.full(2, 2, 1e6),
        "expm: the result has infinite elements: exp(A) passes the largest f64 number" },
      { sd.sqrtm, indefinite, "sqrtm: A has a negative eigenvalue -1" },
    } do
      local f, bad, message = table.unpack(row)
      local run = planned(f, I, bad)
      raises(message, run)
      raises("(at tests/lua/linalg_derivative_spec.lua:", run)
    end
  end)

  it("says it of what a derivative needs, too", function()
    local g <close> = tracing.graph()
    local a = g:input(sd.eye(2))
    local plan = tracing.plan(g, { slope(g, (sd.logdet(a)), a) })
    raises("inv: A (2x2) is singular: pivot 1 is zero", plan.run, plan, { sd.zeros(2, 2) })
  end)
end)

describe("a symbol", function()
  local g, a, wide, tall
  before_each(function()
    g = tracing.graph()
    a, wide, tall = g:input(sd.eye(2)), g:input(sd.ones(2, 3)), g:input(sd.ones(3, 2))
  end)
  after_each(function() g:close() end)

  it("meets the shape rules of matrices", function()
    raises("cholesky: A must be square, got 2x3", sd.cholesky, wide)
    raises("inv: A must be square, got 2x3", sd.inv, wide)
    raises("solve: numbers of rows differ: A is 2x2, B is 3x2", sd.solve, a, tall)
    raises("eigh: shapes differ: A is 2x2, B is 3x2", sd.eigh, a, tall)
    raises("lstsq: numbers of rows differ: A is 2x3, B is 3x2", sd.lstsq, wide, tall)
    raises("cond: an empty matrix has no condition number (A is 0x3)", sd.cond,
      g:input(sd.zeros(0, 3)))
    raises("sqrtm: A must be square, got 3x2", sd.sqrtm, tall)
    raises("solve: argument 2 must be a matrix or a number, got nothing", sd.solve, a)
    raises("eigh: option 'tol' must be at least 0, got -1", sd.eigh, a, { tol = -1 })
    raises("pinv: option 'rcond' must be in 0..1, got 2", sd.pinv, a, { rcond = 2 })
  end)

  it("is refused, with a way out, where there is no traced form", function()
    raises("eig: has no traced form: sd.eigh and sd.eigvalsh", sd.eig, a)
    raises("rank: has no traced form: a rank is a whole number that jumps", sd.rank, a)
    raises("polar: has no traced form: of full column rank P is sd.sqrtm(A:t()*A)", sd.polar, a)
    raises("nnls: has no traced form: call it on values", sd.nnls, sd.eye(2), a)
    raises("qr: has no traced form: with pivot=true", sd.qr, a, { pivot = true })
  end)

  it("has no derivative of a wide QR", function()
    local Q, R = sd.qr(wide)
    near(table.pack(table.unpack(tracing.plan(g, { Q * R }):run { sd.eye(2), sd.ones(2, 3),
      sd.ones(3, 2) }))[1], sd.ones(2, 3), 16 * EPS)
    raises("qr: the factors of a wide matrix (A is 2x3) have no derivative here; factor " ..
      "A:col(1, 2)", g.reverse, g, { sd.sum(R) }, { 1 }, { wide })
  end)
end)
