-- svds, eigs, lanczos, norms, densities and traces as a script sees them: matrices and operators,
-- closed forms, options, and what goes wrong in an operator.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises

local eps = 2 ^ -52
-- Backward stable methods: C k eps |A|, with k the longer side and C = 30 as in LAPACK's own tests.
local function bound(k) return 30 * (k + 1) * eps end

-- The second difference on n points as an operator; eigenvalues 2 - 2 cos(j pi / (n+1)).
local function laplacian(n)
  local function product(X)
    local Y = 2 * X
    Y:block(2, 1, n - 1, X.cols):sub_(X:block(1, 1, n - 1, X.cols))
    Y:block(1, 1, n - 1, X.cols):sub_(X:block(2, 1, n - 1, X.cols))
    return Y
  end
  return { rows = n, cols = n, matvec = product, rmatvec = product }
end
local function frequency(n, j) return 2 - 2 * math.cos(j * math.pi / (n + 1)) end

local function of(A)
  return { rows = A.rows, cols = A.cols, matvec = function(X) return A * X end,
    rmatvec = function(X) return A:t() * X end }
end

local function shape(A) return A.rows .. "x" .. A.cols end

describe("svds", function()
  it("agrees with svd, by matrix and by operator", function()
    for _, size in ipairs { { 150, 90 }, { 90, 150 }, { 30, 20 } } do
      local A = sd.rng(1):randn(size[1], size[2])
      local s, norm = sd.svdvals(A), sd.norm(A)
      for _, which in ipairs { "largest", "smallest" } do
        for _, given in ipairs { A, of(A) } do
          local U, t, V, info = sd.svds(given, 3, { which = which })
          assert.are.same({ size[1] .. "x3", "3x1", size[2] .. "x3" },
            { shape(U), shape(t), shape(V) })
          assert.is_true(info.converged)
          assert.are.equal(size[1] == 30 and "dense" or "arpack", info.route)
          assert.are.equal(3, info.found)
          assert.is_true(info.applications > 0)
          for j = 1, 3 do
            local want = which == "largest" and s(j) or s(1 - j - 1)
            near(t(j), want, info.residuals(j) + bound(150) * norm)
            assert.is_true(info.residuals(j) < 1e-8 * norm)
          end
          near(A * V, U * sd.diag(t), 1e-8 * norm)
          near(U:t() * U, sd.eye(3), bound(150))
        end
      end
    end
  end)

  it("takes f32, in matrices and from operators, and gives f64", function()
    local A = sd.rng(2):randn(80, 70, { dtype = "f32" })
    local s = sd.svdvals(A:to "f64")
    local _, t = sd.svds(A, 2)
    assert.are.equal("f64", t.dtype)
    near(t, s:block(1, 1, 2, 1), 1e-8 * s(1)) -- tol 1e-12 of s^2: residuals far below that
    local rough = { rows = 80, cols = 70, matvec = function(X) return A * X:to "f32" end,
      rmatvec = function(X) return A:t() * X:to "f32" end }
    local _, r, _, info = sd.svds(rough, 2)
    assert.is_true(info.converged) -- at what f32 can
    near(r, s:block(1, 1, 2, 1), 100 * 2 ^ -23 * s(1)) -- rounding of sums of 80, and of products
  end)

  it("says when it has not converged, and gives what it has", function()
    local U, s, V, info = sd.svds(laplacian(500), 4, { which = "smallest", maxiter = 1 })
    assert.is_false(info.converged)
    assert.is_true(info.found < 4)
    assert.are.same({ info.found, info.found, info.found, info.found },
      { U.cols, s.rows, V.cols, info.residuals.rows })
  end)

  it("gives the same bits for the same seed", function()
    local A = sd.rng(3):randn(90, 90)
    local _, s = sd.svds(A, 2, { seed = 5 })
    local _, t = sd.svds(A, 2, { seed = 5 })
    assert.is_true(s == t)
  end)

  it("refuses in words", function()
    local A = sd.eye(5)
    raises("svds: argument 1 must be a matrix or an operator {rows=, cols=, matvec=, rmatvec=}, "
      .. "got 3", sd.svds, 3, 1)
    raises("svds: the number of values must be in 1..5, got 6", sd.svds, A, 6)
    raises("svds: the number of values must be a number, got nil", sd.svds, A)
    raises("svds: A is empty and has no such values", sd.svds, sd.zeros(0, 3), 1)
    raises("svds: unknown option 'wich' (did you mean 'which'?)", sd.svds, A, 1, { wich = "x" })
    raises('svds: option \'which\' must be one of "largest", "smallest", got the string "both"',
      sd.svds, A, 1, { which = "both" })
    raises("svds: option 'tol' must be from 0 to below 1, got -1", sd.svds, A, 1, { tol = -1 })
    raises("svds: option 'tol' must be from 0 to below 1, got", sd.svds, A, 1, { tol = 0 / 0 })
    raises("svds: option 'maxiter' must be in 1..1000000000, got 0", sd.svds, A, 1,
      { maxiter = 0 })
    raises("svds: option 'seed' must be a whole number, got 0.5", sd.svds, A, 1, { seed = 0.5 })
    raises("svds: A has NaN or infinite elements", sd.svds, sd.matrix { 1, 0 / 0 }, 1)
    raises("svds: has no traced form", sd.grad(function(X) return sd.svds(X, 1) end), A)
  end)
end)

describe("operators", function()
  it("are checked when they come in", function()
    local op = laplacian(80)
    local function with(key, value)
      local copy = {}
      for k, v in pairs(op) do copy[k] = v end
      copy[key] = value
      return copy
    end
    raises("svds: unknown option 'matvek' (did you mean 'matvec'?)", sd.svds, with("matvek", 1), 1)
    raises("svds: the operator's field 'rows' must be a number, got nil", sd.svds,
      { cols = 3, matvec = print }, 1)
    raises("svds: the operator's field 'cols' must be a whole number, got 2.5", sd.svds,
      with("cols", 2.5), 1)
    raises("svds: the operator's field 'matvec' must be a function, got 4", sd.svds,
      with("matvec", 4), 1)
    raises("svds: the operator has no 'rmatvec'", sd.svds,
      { rows = 80, cols = 80, matvec = op.matvec }, 1)
    assert.are.equal(1, sd.eigs({ rows = 80, cols = 80, matvec = op.matvec }, 1).rows)
  end)

  it("are checked in what they give", function()
    local function giving(f) return { rows = 70, cols = 70, matvec = f, rmatvec = f } end
    local solve = function(f) return function() return sd.eigs(giving(f), 1) end end
    raises("eigs: matvec gave 70x2 for a matrix of 70x1, expected 70x1",
      solve(function() return sd.ones(70, 2) end))
    raises("eigs: matvec must give a matrix, got nil", solve(function() end))
    raises("eigs: matvec gave NaN or infinite elements",
      solve(function(X) return X * (1 / 0) end))
    raises("svds: rmatvec is not the transpose of matvec: <matvec(v), u> - <v, rmatvec(u)> is",
      sd.svds, { rows = 70, cols = 70, matvec = function(X) return X end,
        rmatvec = function(X) return 1.001 * X end }, 1)
    raises("lanczos: the operator is not symmetric: <A*v, u> - <v, A*u> is", sd.lanczos,
      of(sd.rng(1):randn(9, 9)), 2)
    raises("lanczos: A is not symmetric: |A(1,2) - A(2,1)| is 1", sd.lanczos,
      sd.matrix { { 1, 2 }, { 1, 1 } }, 2)
    raises("hutchinson: A must be square, got 2x3", sd.hutchinson, sd.ones(2, 3))
  end)

  it("may raise, collect garbage and be changed; the next solve is not harmed", function()
    local op, calls = laplacian(100), 0
    local broken = { rows = 100, cols = 100, matvec = function(X)
      calls = calls + 1
      if calls > 15 then error "enough" end
      return op.matvec(X)
    end }
    raises("enough", sd.eigs, broken, 2)
    local busy = { rows = 100, cols = 100 }
    function busy.matvec(X)
      busy.matvec = nil -- what was given at the call is what is used
      collectgarbage()
      return op.matvec(X)
    end
    local w = sd.eigs(busy, 2, { which = "smallest" })
    near(w(1), frequency(100, 1), 12e-12) -- 3 tol |A|
  end)

  it("cannot yield, nor solve by ARPACK inside a solve", function()
    local op = laplacian(100)
    local co = coroutine.wrap(function()
      return sd.eigs({ rows = 100, cols = 100, matvec = function(X)
        coroutine.yield()
        return op.matvec(X)
      end }, 1)
    end)
    raises("attempt to yield across a C-call boundary", co)
    raises("svds: another solve is under way", sd.eigs, { rows = 100, cols = 100,
      matvec = function(X)
        sd.svds(op, 1)
        return op.matvec(X)
      end }, 1)
    -- others may run inside, and so may small solves, which LAPACK does
    local calls = 0
    local w = sd.eigs({ rows = 100, cols = 100, matvec = function(X)
      calls = calls + 1
      if calls < 9 then
        assert(sd.spectral_norm(op, { tol = 1e-2 }) <= 4)
        assert(sd.eigs(sd.eye(3), 1)(1) == 1)
      end
      return op.matvec(X)
    end }, 1)
    near(w(1), frequency(100, 100), 4e-12) -- tol |w|
  end)
end)

describe("eigs", function()
  it("finds the ends of a Laplacian", function()
    local n = 70 -- just above what is formed
    local op = laplacian(n)
    local expected = { largest = { n, n - 1, n - 2 }, smallest = { 1, 2, 3 },
      both = { n, n - 1, 1 }, magnitude = { n, n - 1, n - 2 } }
    for which, list in pairs(expected) do
      local w, V, info = sd.eigs(op, 3, { which = which })
      assert.is_true(info.symmetric and info.converged)
      for j, k in ipairs(list) do near(w(j), frequency(n, k), info.residuals(j) + bound(n) * 4) end
      near(op.matvec(V), V * sd.diag(w), 12e-12)
      assert.is_true(sd.max(info.residuals) < 12e-12)
    end
  end)

  it("takes general maps, whole pairs", function()
    -- Q B Q' with blocks (j, j/2; -j/2, j): j (1 +- i/2), j = 1 .. 40. It is normal, so that an
    -- eigenvalue is off by the residual at most.
    local n = 80
    local B, Q = sd.zeros(n, n), sd.rng(8):orthogonal(n, n)
    for j = 1, n // 2 do
      B:set(2 * j - 1, 2 * j - 1, j):set(2 * j, 2 * j, j)
      B:set(2 * j - 1, 2 * j, j / 2):set(2 * j, 2 * j - 1, -j / 2)
    end
    local A = Q * B * Q:t()
    for _, given in ipairs { A, { rows = n, cols = n, matvec = function(X) return A * X end } } do
      for _, which in ipairs { "real", "magnitude" } do
        local w, V, info = sd.eigs(given, 3, { which = which })
        assert.is_true(info.converged and not info.symmetric)
        assert.are.equal(4, info.found)
        for j = 1, 4 do
          local slack = info.residuals(j) + bound(n) * n
          near(w.re(j), 40 - (j - 1) // 2, slack)
          near(w.im(j), (j % 2 == 1 and 0.5 or -0.5) * (40 - (j - 1) // 2), slack)
          assert.is_true(info.residuals(j) < 1e-9)
        end
        assert.are.equal(n .. "x4", shape(V.re))
        near(A * V.re, V.re * sd.diag(w.re) - V.im * sd.diag(w.im), 1e-9)
      end
    end
    assert.are.equal(-1, sd.eigs(sd.matrix { { 0, 1 }, { -1, 0 } }, 1).im(2))
  end)

  it("refuses what does not fit together", function()
    local A = sd.matrix { { 1, 2 }, { 0, 1 } }
    raises('eigs: which = "largest" needs a symmetric map; take "magnitude" or "real"', sd.eigs, A,
      1, { which = "largest" })
    raises('eigs: which = "real" is for general maps; of a symmetric one take "largest"', sd.eigs,
      sd.eye(2), 1, { which = "real", symmetric = true })
    raises("eigs: A is not symmetric: |A(1,2) - A(2,1)| is 2", sd.eigs, A, 1, { symmetric = true })
    raises("eigs: A must be square, got 2x3", sd.eigs, sd.ones(2, 3), 1)
  end)
end)

describe("lanczos", function()
  it("gives T and Q with A Q = Q T + a rest in the last column", function()
    local A = sd.rng(4):randn(40, 40)
    A = A + A:t()
    local alpha, beta, Q = sd.lanczos(A, 12, { basis = true })
    local T = sd.diag(alpha)
    for j = 1, 11 do T:set(j, j + 1, beta(j)):set(j + 1, j, beta(j)) end
    near(Q:t() * Q, sd.eye(12), bound(40))
    local rest = A * Q - Q * T
    near(rest:block(1, 1, 40, 11), sd.zeros(40, 11), bound(40) * sd.norm(A))
    near(sd.norm(rest:col(12)), beta(12), bound(40) * sd.norm(A))
  end)

  it("starts where it is told and stops where the space closes", function()
    local e = sd.zeros(6, 1):set(2, 3)
    local alpha, beta, Q = sd.lanczos(sd.diag(sd.matrix { 1, 2, 3, 4, 5, 6 }), 6,
      { start = e, basis = true })
    assert.are.same({ 2, 0, "6x1" }, { alpha:item(), beta:item(), shape(Q) })
    assert.are.equal(0, sd.lanczos(sd.eye(3), 0).rows)
    raises("lanczos: option 'start' must be a 6x1 matrix, got a 2x1 matrix", sd.lanczos,
      sd.eye(6), 2, { start = sd.ones(2, 1) })
    raises("lanczos: option 'start' is zero", sd.lanczos, sd.eye(6), 2, { start = 0 * e })
    raises("lanczos: option 'start' is not finite", sd.lanczos, sd.eye(6), 2, { start = e / 0 })
    raises("lanczos: the number of steps must be in 0..6, got 7", sd.lanczos, sd.eye(6), 7)
  end)
end)

describe("spectral_norm", function()
  it("is within its residual of the norm, from below", function()
    local A = sd.rng(5):randn(200, 60)
    for _, given in ipairs { A, A:t(), of(A) } do
      local value, info = sd.spectral_norm(given, { tol = 1e-6 })
      assert.is_true(info.converged and info.residual <= 1e-6 * value)
      near(value, sd.norm(A, 2), info.residual + bound(200) * value)
      assert.is_true(value <= sd.norm(A, 2) * (1 + bound(200)))
    end
    local value, info = sd.spectral_norm(laplacian(2000), { tol = 1e-12, maxiter = 32 })
    assert.is_false(info.converged)
    assert.is_true(info.residual > 0 and value < 4)
    assert.are.equal(0, (sd.spectral_norm(sd.zeros(3, 0))))
  end)
end)

describe("spectral_density", function()
  it("has the moments of the matrix, and a smooth density", function()
    local n = 64
    local A = laplacian(n).matvec(sd.eye(n))
    local d = sd.spectral_density(A, { probes = 40, rng = sd.rng(1) })
    near(sd.sum(d.weights), 1, bound(n))
    -- Of Rademacher probes z'A^j z / n has the variance 2/n^2 times the squares off the diagonal of
    -- A^j; five standard errors of a mean of 40.
    local power = sd.eye(n)
    for j = 1, 4 do
      power = power * A
      local off = sd.norm(power) ^ 2 - sd.norm(sd.diag(power)) ^ 2
      near(sd.sum(d.weights % d.nodes ^ j), sd.trace(power) / n,
        5 * math.sqrt(2 * off / 40) / n + bound(n) * 4 ^ j)
    end
    local step = d.grid(2) - d.grid(1)
    -- the trapezoidal rule of a smooth function that ends below 3e-5 on both sides
    near(sd.sum(d.density) * step, 1, 1e-3)
    near(d.cumulative(-1), 1, 1e-4)
    assert.are.equal("200x1", shape(d.density))
  end)

  it("draws from the rng that it is given, which advances", function()
    local A, rng = sd.diag(sd.matrix { 1, 2, 3, 5 }), sd.rng(9)
    local options = { rng = rng, kind = "gaussian", steps = 2, probes = 3, points = 5, width = 0.5 }
    local one, two = sd.spectral_density(A, options), sd.spectral_density(A, options)
    assert.is_false(one.nodes == two.nodes)
    options.rng = sd.rng(9)
    assert.is_true(one.nodes == sd.spectral_density(A, options).nodes)
    assert.are.same({ 0.5, 5, 6 }, { one.width, one.grid.rows, one.nodes.rows })
    raises("spectral_density: option 'rng' must be an rng, got 3", sd.spectral_density, A,
      { rng = 3 })
    raises("spectral_density: option 'width' must be a number above 0, got 0", sd.spectral_density,
      A, { width = 0 })
    raises("spectral_density: A is empty and has no density", sd.spectral_density, sd.zeros(0, 0))
    raises("spectral_density: option 'steps' must be in 1..4, got 5", sd.spectral_density, A,
      { steps = 5 })
  end)
end)

describe("hutchinson, hutchpp", function()
  it("are within five standard errors, which hutchpp makes small", function()
    local A = sd.rng(6):randn(100, 3)
    A = A * A:t() + 0.01 * laplacian(100).matvec(sd.eye(100))
    local plain, wide = sd.hutchinson(A, { probes = 90, rng = sd.rng(1) })
    local better, narrow = sd.hutchpp(A, { probes = 90, rng = sd.rng(1) })
    near(plain, sd.trace(A), 5 * wide)
    near(better, sd.trace(A), 5 * narrow)
    assert.is_true(narrow < wide / 100) -- three large values are in the sketch
    near((sd.hutchinson(of(A), { probes = 90, rng = sd.rng(1) })), plain, bound(100) * 1e4)
    assert.are.equal(0, (sd.hutchinson(sd.zeros(0, 0))))
  end)

  it("refuse in words", function()
    raises("hutchinson: option 'probes' must be in 2..1000000000, got 1", sd.hutchinson, sd.eye(3),
      { probes = 1 })
    raises("hutchpp: unknown option 'probe' (did you mean 'probes'?)", sd.hutchpp, sd.eye(3),
      { probe = 9 })
  end)
end)
