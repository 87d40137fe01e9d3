--- sd.spectrum: the singular values of a matrix, of an operator, or of a function's Jacobian, with
-- what they can be trusted for.
--
-- Routes, and what they resolve, eps being the rounding of the dtype, n the longer side and s1 the
-- largest value:
--
--   svd       of the formed matrix, by LAPACK: values are off by about n eps s1, and below that
--             they cannot be told from 0.
--   qr        of the formed matrix, if it is flat, by Cholesky-QR. As good as svd when its check
--             passes, which is a measurement (include/saddle/spectral.h): a second opinion by
--             products alone. It takes somewhat longer than svd, which reduces a flat matrix block
--             by block (src/core/linalg_tall.c).
--   gram      roots of the eigenvalues of the Gram matrix of the smaller side. Forming it (sums of
--             n products, independent roundings) and decomposing it moves an eigenvalue by about
--             n eps s1^2. A value s that is computed as t is off by n eps s1^2 / (s + t), and below
--             sqrt(n eps) s1 nothing but noise is left. A Jacobian of many parameters is never
--             formed.
--   extremes  the k largest and the smallest by ARPACK over products; each has a residual, and
--             some singular value is within that of it. The smallest one is of the Gram matrix
--             when that is small enough.
local check = require "saddle.check"
local core = require "saddle.core"
local jacobian = require "saddle.jacobian"
local ntk = require "saddle.ntk"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, flat, fail = core.tracing, core.spectral, tree.fail
tree.module()

local spectrum = { BYTES = 256e6 } -- up to which a Jacobian is formed

-- Sides up to which a Gram matrix is decomposed; columns that go through an operator at once.
local GRAM <const>, BLOCK <const> = 5000, 64
local EPS = { f64 = 2 ^ -52, f32 = 2 ^ -23 }
local ROUTES <const> = { "auto", "svd", "qr", "gram", "extremes" }
local NAMES = { "bytes", "k", "maxiter", "route", "seed", "tol" }

-- ---- what has a spectrum ------------------------------------------------------------------------
-- A subject: rows, cols, dtype, name; form() -> the matrix; gram() -> that of the smaller side, and
-- how it was made; map() -> a matrix or operator.

--- map(X), which must have that many rows and X's columns, in f64.
local function product(map, X, rows)
  local Y = map(X)
  if tracing.kind(Y) ~= "matrix" or Y.rows ~= rows or Y.cols ~= X.cols then
    fail("spectrum: a product of the operator must be %dx%d, got %s", rows, X.cols, core.show(Y))
  end
  return Y.dtype == "f64" and Y or Y:to "f64"
end

--- The matrix of the products of map (rows x cols) with columns of the identity.
local function form(map, rows, cols)
  local A = core.zeros(rows, cols)
  for j = 1, cols, BLOCK do
    local wide = math.min(BLOCK, cols - j + 1)
    local E = core.zeros(cols, wide)
    for k = 1, wide do E:set(j + k - 1, k, 1) end
    A:block(1, j, rows, wide):copy_(product(map, E, rows))
  end
  return A
end

-- Up to how much a Gram matrix may fail to be symmetric, and rmatvec to be the transpose of matvec,
-- when products are rounded.
local SYMMETRY = { f64 = 1e-10, f32 = 1e-4 }

--- Raises unless <matvec(v), u> = <v, rmatvec(u)> for random u, v.
local function check_transpose(op, dtype)
  local rng = core.rng(1)
  local u, v = rng:randn(op.rows, 1), rng:randn(op.cols, 1)
  local Av, Au = product(op.matvec, v, op.rows), product(op.rmatvec, u, op.cols)
  local size = core.norm(Av) * core.norm(u) + core.norm(v) * core.norm(Au)
  local miss = math.abs(core.dot(Av, u) - core.dot(v, Au))
  if miss > SYMMETRY[dtype] * size then
    fail("spectrum: rmatvec is not the transpose of matvec: <matvec(v), u> - <v, rmatvec(u)> is "
      .. "%.2g of |matvec(v)| |u| + |v| |rmatvec(u)| for random u, v", miss / size)
  end
end

local function gram_of_operator(op, dtype)
  check_transpose(op, dtype)
  local first, second, n = op.rmatvec, op.matvec, op.rows
  if op.rows > op.cols then first, second, n = op.matvec, op.rmatvec, op.cols end
  return form(function(E) return second(first(E)) end, n, n), "products"
end

local function of_matrix(A)
  return { rows = A.rows, cols = A.cols, dtype = A.dtype, name = "matrix", formed = true,
    form = function() return A end,
    gram = function() return flat.gram(A), "products" end,
    map = function() return A end }
end

local function of_operator(op)
  local size = {}
  for _, key in ipairs { "rows", "cols" } do
    size[key] = check.whole("spectrum", ("the operator's field '%s'"):format(key), op[key], 0)
  end
  for _, key in ipairs { "matvec", "rmatvec" } do
    check.callable("spectrum", ("the operator's field '%s'"):format(key), op[key])
  end
  local probe = op.cols > 0 and op.matvec(core.zeros(op.cols, 1))
  local dtype = tracing.kind(probe) == "matrix" and probe.dtype or "f64"
  op = { rows = size.rows, cols = size.cols, matvec = op.matvec, rmatvec = op.rmatvec }
  return { rows = op.rows, cols = op.cols, dtype = dtype, name = "operator",
    form = function() return form(op.matvec, op.rows, op.cols) end,
    gram = function() return gram_of_operator(op, dtype) end,
    map = function() return op end }
end

-- How large a Jacobian the routes form.
local function formed_up_to(given)
  if given.route == "auto" then return given.bytes or spectrum.BYTES end
  return (given.route == "svd" or given.route == "qr") and math.huge or -1
end

--- A Jacobian that is formed is so in the trace that tells its shape; the operator is made when it
-- is asked for. All see the same draws of the rngs among the arguments.
local function of_function(given, f, ...)
  local extra, rewind, op = table.pack(...), trace.rewinder(...), nil
  local J, shape = jacobian.within(formed_up_to(given), f, ...)
  local subject = J and of_matrix(J) or shape
  subject.name, subject.formed = "Jacobian", nil
  if J then return subject end
  function subject.map()
    if op then return op end
    rewind()
    op = jacobian.jacobian(f, { lazy = true })(table.unpack(extra, 1, extra.n))
    return op
  end
  function subject.gram()
    if subject.rows > subject.cols then return gram_of_operator(subject.map(), subject.dtype) end
    rewind()
    local K, info = ntk.gram({ bytes = given.bytes }, f, table.unpack(extra, 1, extra.n))
    return K, info.route
  end
  return subject
end

-- ---- routes -------------------------------------------------------------------------------------
-- Each makes a result from the subject and the settings.

local function finite(A, subject)
  if not flat.finite(A) then
    fail("spectrum: the %s has NaN or infinite elements", subject.name)
  end
  return A
end

local function longer(subject) return math.max(subject.rows, subject.cols) end
local function shorter(subject) return math.min(subject.rows, subject.cols) end
local function size(subject) return ("%dx%d"):format(subject.rows, subject.cols) end
local function bytes_of(subject) return 8 * subject.rows * subject.cols end
local function amount(bytes)
  if bytes >= 1e9 then return ("%.3g GB"):format(bytes / 1e9) end
  return ("%.3g MB"):format(bytes / 1e6)
end

local function as_f64(s) return s.dtype == "f64" and s or s:to "f64" end

--- A result of all values, descending.
local function all_values(s, resolution)
  return { values = s, max = s(1), min = s(-1), resolution = resolution, converged = true }
end

local function by_svd(subject)
  local s = as_f64(core.svdvals(finite(subject.form(), subject)))
  return all_values(s, longer(subject) * EPS[subject.dtype] * s(1))
end

local function by_qr(subject)
  local s, defect = flat.values_qr(finite(subject.form(), subject))
  if not s then
    local why = defect and ("|Q'Q - I| is %.2g, above 5/64"):format(defect)
      or "the squares of its elements overflow or underflow"
    fail("spectrum: route 'qr' is refused: %s (condition numbers above some 1e8 need route 'svd')",
      why)
  end
  return all_values(s, longer(subject) * EPS[subject.dtype] * s(1)),
    ("Cholesky-QR passed its check: |Q'Q - I| is %.2g"):format(defect)
end

local function gram_values(subject)
  local K, how = subject.gram()
  if not K then
    fail("spectrum: route 'gram' is refused: the squares of the %s's elements overflow or "
      .. "underflow (take route 'svd')", subject.name)
  end
  local w = as_f64(core.eigvalsh(finite(K, subject), { tol = SYMMETRY[subject.dtype] }))
  local s = core.sqrt(core.max(w, 0))
  local eps = math.max(EPS[K.dtype], EPS[subject.dtype])
  return s, math.sqrt(longer(subject) * eps) * s(-1), how
end

local function by_gram(subject)
  local s, resolution, how = gram_values(subject)
  local r = s.rows
  return all_values(core.sort(s, { descending = true }), resolution),
    ("Gram matrix of %dx%d, made by %s"):format(r, r, how)
end

--- The least value and its resolution, or nil; its residual when ARPACK found it.
local function least(subject, map, given, eps, top)
  if shorter(subject) <= GRAM then
    local s, resolution = gram_values(subject)
    return s(1), resolution, nil, "smallest value by the Gram matrix"
  end
  local _, s, _, info = core.svds(map, 1, { which = "smallest", tol = given.tol,
    maxiter = given.maxiter, seed = given.seed })
  if not info.converged then
    return nil, nil, nil, ("the smallest value did not converge in %d restarts")
      :format(info.iterations)
  end
  local residual = info.residuals(1)
  return s(1), math.max(longer(subject) * eps * top, residual), residual,
    "smallest value by ARPACK"
end

local function by_extremes(subject, given)
  local map, k = subject.map(), math.min(given.k, shorter(subject))
  local eps = EPS[subject.dtype]
  local tol = given.tol or math.max(1e-10, eps)
  local settings = { tol = tol, maxiter = given.maxiter, seed = given.seed }
  local _, s, _, info = core.svds(map, k, settings)
  local result = { values = s, residuals = info.residuals, converged = info.converged,
    max = s.rows > 0 and s(1) or nil }
  local how = ("%d of the %d largest by ARPACK"):format(s.rows, k)
  if s.rows == shorter(subject) then
    result.min, result.min_residual = s(-1), info.residuals(-1)
    result.resolution = math.max(longer(subject) * eps * s(1), result.min_residual)
    return result, how
  end
  local why
  result.min, result.resolution, result.min_residual, why =
    least(subject, map, settings, eps, result.max or 0)
  result.converged = result.converged and result.min ~= nil
  return result, how .. "; " .. why
end

local run = { svd = by_svd, qr = by_qr, gram = by_gram, extremes = by_extremes }

--- The route by size, byte budget and cost: result, route, reason.
local function choose(subject, given)
  local bytes = given.bytes or spectrum.BYTES
  if subject.formed or bytes_of(subject) <= bytes then
    return by_svd(subject), "svd", subject.formed and "it is there" or
      ("it takes %s, within %s"):format(amount(bytes_of(subject)), amount(bytes))
  end
  local route = shorter(subject) <= GRAM and "gram" or "extremes"
  local result, how = run[route](subject, given)
  return result, route, ("formed it would take %s, above %s; %s")
    :format(amount(bytes_of(subject)), amount(bytes), how)
end

-- ---- the result ---------------------------------------------------------------------------------

local function number(x) return x and ("%.6g"):format(x) or "not found" end

--- Two or three lines: what and how; the extremes; what is not resolved.
local function show(s)
  local lines = { ("spectrum of a %dx%d %s by %s: %s"):format(s.rows, s.cols, s.of, s.route,
    s.reason) }
  local cond = s.cond and (s.resolved and "" or "at least ") .. number(s.cond) or "unknown"
  lines[2] = ("max %s, min %s, cond %s; %d value%s, resolution %s"):format(number(s.max),
    number(s.min), cond, s.values.rows, s.values.rows == 1 and "" or "s", number(s.resolution))
  if not s.converged then lines[#lines + 1] = "not converged: values are missing" end
  if s.below > 0 then
    lines[#lines + 1] = ("%d value%s at or below the resolution: noise, known to be small only")
      :format(s.below, s.below == 1 and "" or "s")
  end
  return table.concat(lines, "\n")
end

local meta = { __name = "saddle.spectrum", __tostring = show }

--- Fills in what follows from the values.
local function finish(result, subject, route, reason)
  result.of, result.rows, result.cols = subject.name, subject.rows, subject.cols
  result.route, result.reason = route, reason
  result.resolved = result.min ~= nil and result.min > result.resolution
  if result.max and result.min then
    result.cond = result.max / (result.resolved and result.min or result.resolution)
    if result.max == 0 then result.cond = math.huge end
  end
  result.below = 0
  for k = result.values.rows, 1, -1 do
    if not result.resolution or result.values(k) > result.resolution then break end
    result.below = result.below + 1
  end
  return setmetatable(result, meta)
end

-- ---- sd.spectrum --------------------------------------------------------------------------------

--- The options with their defaults; tol, maxiter and seed are checked where they are used.
local function settings_of(first)
  local given = {}
  for key, value in pairs(check.options("spectrum", first, NAMES)) do given[key] = value end
  given.route = check.word("spectrum", "option 'route'", given.route, ROUTES, "auto")
  if given.bytes ~= nil then check.number("spectrum", "option 'bytes'", given.bytes, 0) end
  given.k = check.whole("spectrum", "option 'k'", given.k, 1, nil, 6)
  return given
end

local function subject_of(given, A, ...)
  if tracing.current() then
    fail "spectrum: needs values, which a traced function does not have yet"
  end
  if type(A) == "function" or (trace.callable(A) and tracing.kind(A) ~= "matrix") then
    if select("#", ...) == 0 then fail "spectrum: argument 2 must be the parameters" end
    return of_function(given, A, ...)
  end
  if tracing.kind(A) ~= "matrix" and type(A) ~= "table" then
    fail("spectrum: argument 1 must be a function, a matrix or an operator, got %s", core.show(A))
  end
  if select("#", ...) > 0 then
    fail "spectrum: a matrix or an operator is the only argument; options are given first, as in \z
      sd.spectrum{route=\"gram\"}(A)"
  end
  if type(A) == "table" then return of_operator(A) end
  return of_matrix(A)
end

local function compute(given, ...)
  local subject = subject_of(given, ...)
  if shorter(subject) == 0 then
    fail("spectrum: the %s is %s and has no singular values", subject.name, size(subject))
  end
  local route = given.route
  if route == "auto" then
    local result, chosen, reason = choose(subject, given)
    return finish(result, subject, chosen, reason)
  end
  local result, how = run[route](subject, given)
  return finish(result, subject, route, how and "asked for; " .. how or "asked for")
end

--- sd.spectrum(f, params, ...) -> the singular values of the Jacobian of f(params, ...) by params
-- (rows: elements of the result, columns: those of the parameters); sd.spectrum(A) -> those of a
-- matrix or of an operator {rows=, cols=, matvec=, rmatvec=}. sd.spectrum{...}, options alone,
-- gives the function with these options:
--   route    "svd", "qr", "gram", "extremes" (at the head of this file), or "auto", the default:
--            formed, by svd, while it fits in `bytes`, else by gram while the smaller side is at
--            most 5000, else extremes
--   bytes    what the formed matrix may take, 256e6
--   k, tol, maxiter, seed   of extremes: how many of the largest (6), the rest as in sd.svds (tol
--            1e-10)
-- The result prints, and has
--   values       (r,1) descending; of extremes the largest that were found
--   max, min     the ends; min nil when it was not found
--   cond         max / min, and when min is not resolved max / resolution, which it is at least
--   resolution   up to here a value cannot be told from 0
--   resolved     min > resolution;   below   how many of the values are not
--   residuals, min_residual   of ARPACK's: some singular value is within that of it
--   converged, rows, cols, of ("matrix", "operator", "Jacobian"), route, reason (a sentence)
function spectrum.spectrum(first, ...)
  if type(first) == "table" and not trace.callable(first) and first.matvec == nil
    and first.rows == nil and select("#", ...) == 0 then
    local given = settings_of(first)
    return function(...) return compute(given, ...) end
  end
  return compute(settings_of {}, first, ...)
end

return spectrum
