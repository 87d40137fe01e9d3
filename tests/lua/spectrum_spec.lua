-- sd.spectrum: which route resolves what, which one is taken, what it says, and wrong calls.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises

local eps = 2 ^ -52
-- Backward stable methods: C k eps |A|, with k the longer side and C = 30 as in LAPACK's own tests.
local function bound(k) return 30 * (k + 1) * eps end

--- X diag(s) Y' with orthonormal X, Y: its singular values are s up to bound(m + n).
local function with_values(m, n, s)
  local rng = sd.rng(m + n)
  return rng:orthogonal(m, s.rows) * sd.diag(s) * rng:orthogonal(n, s.rows):t()
end

local function log_spaced(n, last) return sd.logspace(0, last, n):reshape(n, 1) end

local function of(A)
  return { rows = A.rows, cols = A.cols, matvec = function(X) return A * X end,
    rmatvec = function(X) return A:t() * X end }
end

describe("an operator", function()
  it("may give its size as a float", function()
    local A = sd.rng(2):randn(4, 6)
    local op = of(A)
    op.rows, op.cols = 4.0, 12 / 2
    for _, route in ipairs { "svd", "gram", "extremes" } do
      -- of the three, extremes ask for the least: residuals of 1e-10, relative
      near(sd.spectrum { route = route, k = 4 } (op).values, sd.svdvals(A), 1e-9 * sd.norm(A))
    end
  end)
end)

describe("routes", function()
  local s = log_spaced(20, -12)

  it("svd resolves 1e-12", function()
    for _, A in ipairs { with_values(20, 60, s), with_values(60, 20, s) } do
      local found = sd.spectrum { route = "svd" } (A)
      near(found.values, s, 2 * bound(80))
      assert.are.equal(60 * eps * found.max, found.resolution)
      assert.is_true(found.resolved)
      assert.are.same({ 0, "svd", "matrix" }, { found.below, found.route, found.of })
      assert.are.equal(found.max / found.min, found.cond)
      assert.are.same({ found.values(1), found.values(20) }, { found.max, found.min })
    end
  end)

  it("gram says where its resolution ends, and errs by no more than it states", function()
    for _, A in ipairs { with_values(20, 60, s), with_values(60, 20, s) } do
      for _, given in ipairs { A, of(A) } do
        local found = sd.spectrum { route = "gram" } (given)
        assert.are.equal(math.sqrt(60 * eps) * found.max, found.resolution)
        assert.is_false(found.resolved)
        assert.is_true(found.below >= 6 and found.below <= 9) -- of 1e-12 .. 1 those below 1e-7
        for j = 1, 20 do -- |t^2 - s^2| <= n eps s1^2, as the module says
          assert.is_true(math.abs(found.values(j) ^ 2 - s(j) ^ 2) <= 60 * eps)
          if j <= 20 - found.below then
            near(found.values(j), s(j), 60 * eps / (s(j) + found.values(j)) + 2 * bound(80))
          end
        end
        assert.are.equal(found.max / found.resolution, found.cond)
        assert.truthy(tostring(found):find("cond at least", 1, true))
        assert.truthy(tostring(found):find("at or below the resolution", 1, true))
      end
    end
  end)

  it("qr is as good as svd, or refuses", function()
    local mild = log_spaced(20, -6)
    for _, A in ipairs { with_values(20, 300, mild), with_values(300, 20, mild) } do
      local found = sd.spectrum { route = "qr" } (A)
      near(found.values, mild, 2 * bound(320))
      assert.is_true(found.resolved)
      assert.truthy(found.reason:find("passed its check", 1, true))
    end
    raises("spectrum: route 'qr' is refused: |Q'Q - I| is ",
      sd.spectrum { route = "qr" }, with_values(20, 60, s))
    raises("spectrum: route 'qr' is refused: the squares of its elements overflow or underflow",
      sd.spectrum { route = "qr" }, sd.full(3, 2, 1e200))
    raises("spectrum: route 'gram' is refused: the squares of the matrix's elements overflow",
      sd.spectrum { route = "gram" }, sd.full(3, 2, 1e-200))
  end)

  it("extremes have residuals; the smallest is of the Gram matrix while that is small", function()
    local t = log_spaced(100, -2)
    local A = with_values(100, 150, t)
    for _, given in ipairs { A, of(A) } do
      local found = sd.spectrum { route = "extremes", k = 3 } (given)
      assert.are.same({ 3, 3, true }, { found.values.rows, found.residuals.rows, found.converged })
      for j = 1, 3 do near(found.values(j), t(j), found.residuals(j) + 2 * bound(250)) end
      assert.is_true(sd.max(found.residuals) < 1e-8)
      near(found.min, t(-1), 150 * eps / (2 * t(-1)) + 2 * bound(250))
      assert.is_true(found.resolved)
      assert.is_nil(found.min_residual)
    end
    local all = sd.spectrum { route = "extremes", k = 9 } (sd.matrix { { 3, 0 }, { 0, 4 } })
    near(all.values, sd.matrix { 4, 3 }, bound(2) * 4)
    near(all.min, 3, bound(2) * 4)
  end)

  it("of a large operator are its extremes, by products alone", function()
    local n = 6000
    local d = sd.linspace(1, 2, n):reshape(n, 1)
    d:set(1, 0.1):set(2, 4):set(3, 5)
    local product = function(X) return d % X end
    local op = { rows = n, cols = n, matvec = product, rmatvec = product }
    local found = sd.spectrum { k = 2 } (op)
    assert.are.equal("extremes", found.route)
    assert.is_true(found.converged and found.resolved)
    near(found.values, sd.matrix { 5, 4 }, sd.max(found.residuals))
    near(found.min, 0.1, found.min_residual)
    assert.is_true(found.min_residual < 1e-8)
    assert.truthy(found.reason:find("smallest value by ARPACK", 1, true))
    d:copy_(sd.linspace(1, 2, n):reshape(n, 1)) -- gaps of 1/6000: no end in sight
    local short = sd.spectrum { k = 2, maxiter = 1 } (op)
    assert.is_false(short.converged)
    assert.are.same({ nil, nil, false }, { short.min, short.cond, short.resolved })
    assert.truthy(tostring(short):find("min not found, cond unknown", 1, true))
    assert.truthy(tostring(short):find("not converged", 1, true))
  end)
end)

describe("auto", function()
  it("takes svd of what is formed", function()
    local rng = sd.rng(1)
    assert.are.equal("svd", sd.spectrum(rng:randn(20, 30)).route)
    assert.are.equal("svd", sd.spectrum(rng:randn(10, 200)).route)
    local low = sd.spectrum(rng:randn(50, 2) * rng:randn(2, 5))
    assert.are.same({ "svd", 3, false }, { low.route, low.below, low.resolved })
    assert.are.equal("it is there", low.reason)
    assert.are.equal("svd", sd.spectrum(sd.full(30, 2, 1e200)).route)
    near(sd.spectrum(sd.full(30, 2, 1e200)).max / 1e200, math.sqrt(60), bound(30) * math.sqrt(60))
    local zero = sd.spectrum(sd.zeros(4, 3))
    assert.are.same({ 0, 0, math.huge, false, 3 },
      { zero.max, zero.min, zero.cond, zero.resolved, zero.below })
    near(sd.spectrum(sd.matrix { 3, 4 }).max, 5, bound(2) * 5)
  end)

  it("keeps to its budget, and says so", function()
    local A = of(sd.rng(2):randn(30, 40))
    local within, above = sd.spectrum(A), sd.spectrum { bytes = 1000 } (A)
    assert.are.same({ "svd", "gram" }, { within.route, above.route })
    assert.truthy(within.reason:find("it takes 0.0096 MB, within 256 MB", 1, true))
    assert.truthy(above.reason:find("0.0096 MB, above 0.001 MB; Gram matrix of 30x30", 1, true))
    near(above.values, within.values, above.resolution ^ 2 / (2 * within.min))
  end)
end)

describe("of a function", function()
  local rng = sd.rng(3)
  local X = rng:randn(4, 6)
  local function net(p, X_, scale) return (scale or 1) * (p.V * sd.tanh(p.W * X_)) end

  it("are those of its Jacobian, on all routes and both ways round", function()
    for _, width in ipairs { 1, 30 } do -- 12 outputs, 6 and 180 parameters
      local p = { W = rng:randn(width, 4), V = rng:randn(2, width) }
      local J = sd.jacobian(net)(p, X)
      local s = sd.svdvals(J)
      for _, route in ipairs { "auto", "svd", "qr", "gram", "extremes" } do
        local found = sd.spectrum { route = route } (net, p, X)
        assert.are.same({ J.rows, J.cols, "Jacobian" }, { found.rows, found.cols, found.of })
        local k = found.values.rows
        assert.is_true(k == s.rows or route == "extremes")
        local slack = route == "gram" and found.resolution ^ 2 / s(-1) or 2 * bound(200) * s(1)
        near(found.values, s:block(1, 1, k, 1), slack)
        near(found.min, s(-1), found.resolution ^ 2 / s(-1) + slack)
        assert.is_true(found.resolved)
      end
    end
  end)

  it("passes further arguments on, and takes parameters alone", function()
    local p = { W = rng:randn(3, 4), V = rng:randn(2, 3) }
    local one, two = sd.spectrum(net, p, X), sd.spectrum(net, p, X, 2)
    near(two.values, 2 * one.values, 2 * bound(20) * two.max)
    near(sd.spectrum(function(x) return x ^ 2 end, sd.matrix { 1, 3 }).values,
      sd.matrix { 6, 2 }, bound(2) * 6)
  end)

  it("is that of one draw of an rng, on all routes, which advances as by one call", function()
    local function f(p, x, draws) return p.V * sd.tanh(p.W * x % draws.rng:rand(p.W.rows, 6)) end
    for _, width in ipairs { 1, 3 } do -- taller than wide, and wider than tall
      local p = { W = rng:randn(width, 4), V = rng:randn(2, width) }
      local own = sd.rng(7)
      local s = sd.svdvals(sd.jacobian(f)(p, X, { rng = own }))
      for _, route in ipairs { "svd", "gram", "extremes" } do
        local draws = sd.rng(7)
        local found = sd.spectrum { route = route, k = #s } (f, p, X, { rng = draws })
        near(found.values, s, 1e-9 * s(1)) -- residuals of extremes are 1e-10 of the largest
        near(found.min, s(-1), 1e-6 * s(1)) -- the root of what Gram matrices resolve
        assert.are.equal(own:clone():rand(), draws:rand())
      end
    end
  end)

  it("of f32 parameters resolves what f32 can", function()
    local p = { W = rng:randn(3, 4):to "f32", V = rng:randn(2, 3):to "f32" }
    local found = sd.spectrum(net, p, X:to "f32")
    assert.are.equal(18 * 2 ^ -23 * found.max, found.resolution)
    local gram = sd.spectrum { route = "gram" } (net, p, X:to "f32")
    assert.are.equal(math.sqrt(18 * 2 ^ -23) * gram.max, gram.resolution)
    assert.are.equal("f64", found.values.dtype)
  end)

  it("refuses Jacobians that are not finite, on every route", function()
    local function root(x) return sd.sqrt(x) end
    for _, route in ipairs { "auto", "svd", "qr", "gram", "extremes" } do
      raises(route == "extremes" and "gave NaN or infinite elements"
        or "spectrum: the Jacobian has NaN or infinite elements",
        sd.spectrum { route = route }, root, sd.matrix { 0, 1, 2 })
    end
  end)
end)

describe("wrong calls", function()
  it("are refused in words", function()
    local A = sd.eye(2)
    raises("spectrum: unknown option 'rout' (did you mean 'route'?)", sd.spectrum, { rout = "svd" })
    raises("spectrum: option 'route' must be 'auto', 'svd', 'qr', 'gram' or 'extremes', got the "
      .. "string \"lu\"", sd.spectrum, { route = "lu" })
    raises("spectrum: option 'bytes' must be a finite number from 0, got -1", sd.spectrum,
      { bytes = -1 })
    raises("spectrum: option 'k' must be a whole number from 1, got 0.5", sd.spectrum, { k = 0.5 })
    raises("spectrum: argument 1 must be a function, a matrix or an operator, got 3", sd.spectrum,
      3)
    raises("spectrum: argument 2 must be the parameters", sd.spectrum, print)
    raises("options are given first, as in sd.spectrum{route=\"gram\"}(A)", sd.spectrum, A,
      { route = "svd" })
    raises("spectrum: the matrix is 0x2 and has no singular values", sd.spectrum, sd.zeros(0, 2))
    raises("spectrum: the matrix has NaN or infinite elements", sd.spectrum, A / 0)
    raises("spectrum: the operator's field 'rmatvec' must be a function, got nil", sd.spectrum,
      { rows = 2, cols = 2, matvec = print })
    -- the second makes a symmetric Gram matrix
    for _, wrong in ipairs { sd.matrix { { 1, 1 }, { 0, 1 } }, 2 * sd.eye(2) } do
      raises("spectrum: rmatvec is not the transpose of matvec: <matvec(v), u> - <v, rmatvec(u)> ",
        sd.spectrum { route = "gram" }, { rows = 2, cols = 2, matvec = function(X) return X end,
          rmatvec = function(X) return wrong * X end })
    end
    raises("spectrum: the operator's field 'rows' must be a whole number from 0, got 2.5",
      sd.spectrum, { rows = 2.5, cols = 2, matvec = print, rmatvec = print })
    raises("spectrum: a product of the operator must be 2x2, got a 1x1 matrix", sd.spectrum,
      { rows = 2, cols = 2, matvec = function() return sd.eye(1) end, rmatvec = print })
    raises("spectrum: needs values, which a traced function does not have yet", sd.grad(function(X)
      return sd.spectrum(X).max
    end), A)
  end)
end)
