--- Linear algebra. Arguments x are normal draws; f makes a well conditioned matrix of them first: a
-- shifted one, a Gram matrix, or one whose eigenvalues or singular values are apart. What LAPACK
-- may choose (signs of vectors) is compared through expressions that do not depend on it.
--
-- Bounds: LAPACK's results are exact for a matrix that is off by p(n) eps |A|, p(n) a small
-- multiple of n, while the harness allows each element eps of its own size times its constant. In
-- the worst case |A| is n max|A| and a typical element is smaller than the largest by 10, of the
-- shifted matrices: condition = 10 n covers both.
local sd = require "saddle"
local tracing = require "saddle.core".tracing
local naive = require "tests.ops.naive.linalg"
local lists = require "tests.ops.naive.lists"
local rows, build, mul, t, add = lists.rows, lists.build, naive.mul, naive.t, naive.add

local cases = {}
local CONDITION = 30

local function case(c)
  c.condition = c.condition or CONDITION
  cases[#cases + 1] = c
end

local function name_of(s) return type(s) == "table" and table.concat(s, "x") or s end

-- ---- matrices from draws ------------------------------------------------------------------------

--- Numbers stay numbers, also traced.
local function is_single(x) return type(x) == "number" or #x == 1 end
local function transpose(x) return is_single(x) and x or tracing.apply("t", {}, x) end

--- f(i, j) laid out over x's shape, of x's dtype.
local function constant(x, f)
  if is_single(x) then return f(1, 1) end
  local C = sd.zeros(x.rows, x.cols, { dtype = x.dtype })
  for i = 1, x.rows do for j = 1, x.cols do C:set(i, j, f(i, j)) end end
  return C
end

local function on_diagonal(v) return function(i, j) return i == j and v(i) or 0 end end
local five = on_diagonal(function() return 5 end)
local ladder = on_diagonal(function(i) return 6 * i end)

local function triangle(x, k) return tracing.apply("triangle", { k = k }, x) end
local LOWER, UPPER = { 2, 2, 0 }, { 0, 2, 2 }

--- How to make each kind of matrix of a draw, on matrices and on lists of rows.
local make = {
  shifted = function(x) return x + constant(x, five) end,
  apart = function(x) return x + constant(x, ladder) end,
  symmetric = function(x) return x + transpose(x) + constant(x, ladder) end,
  posdef = function(x) return x * transpose(x) + constant(x, five) end,
  lower = function(x) return triangle(x + constant(x, five), LOWER) end,
  upper = function(x) return triangle(x + constant(x, five), UPPER) end,
}

local function plus(x, f)
  return build(#x, x[1] and #x[1] or 0, function(i, j) return x[i][j] + f(i, j) end)
end
local function part(x, below, on, above)
  return build(#x, x[1] and #x[1] or 0, function(i, j)
    local factor = i > j and below or i == j and on or above
    return x[i][j] * factor / 2
  end)
end

local plain = {
  shifted = function(x) return plus(rows(x), five) end,
  apart = function(x) return plus(rows(x), ladder) end,
  symmetric = function(x) return plus(add(1, rows(x), 1, t(rows(x))), ladder) end,
  posdef = function(x) return plus(mul(rows(x), t(rows(x))), five) end,
  lower = function(x) return part(plus(rows(x), five), 2, 2, 0) end,
  upper = function(x) return part(plus(rows(x), five), 0, 2, 2) end,
}

local SQUARE = { { 3, 3 }, { 1, 1 }, "number", { 0, 0 } }

--- A case of f(kind(x)) against reference(kind(x)) for each shape.
local function of_matrix(op, kind, shapes, f, reference, more)
  for _, shape in ipairs(shapes) do
    local c = { op = op, name = kind .. " " .. name_of(shape), args = { shape },
      f = function(x) return f(make[kind](x)) end,
      naive = function(x) return reference(plain[kind](x)) end }
    for k, v in pairs(more or {}) do c[k] = v end
    case(c)
  end
end

-- ---- triangle -----------------------------------------------------------------------------------

for _, k in ipairs { { 2, 2, 0 }, { 2, 1, 0 }, { 0, 2, 2 }, { 2, 0, 2 } } do
  for _, shape in ipairs { { 3, 3 }, { 2, 4 }, { 4, 2 }, { 1, 1 }, "number", { 0, 3 } } do
    case { op = "triangle", name = table.concat(k, ",") .. " " .. name_of(shape), args = { shape },
      f = function(x) return triangle(x, k) end,
      naive = function(x) return part(rows(x), table.unpack(k)) end }
  end
end
case { op = "triangle", name = "3x0", args = { { 3, 0 } },
  f = function(x) return triangle(x, LOWER) end, naive = function() return { {}, {}, {} } end }

-- ---- factorisations -----------------------------------------------------------------------------

of_matrix("cholesky", "posdef", SQUARE, sd.cholesky, naive.cholesky)

--- Q and R times the diagonal of R: the signs cancel.
local function unsigned_qr(x)
  local Q, R = sd.qr(x)
  local D = triangle(R, { 0, 2, 0 })
  if D.rows == 0 then return Q, R end
  return Q * D, D * R
end
of_matrix("qr", "shifted", { { 4, 3 }, { 3, 3 }, { 3, 1 }, { 1, 1 }, "number", { 0, 0 } },
  unsigned_qr, function(x)
    local Q, R = naive.qr(x)
    local D = part(R, 0, 2, 0)
    return mul(Q, D), mul(D, R)
  end)
case { op = "qr", name = "3x0", args = { { 3, 0 } }, f = unsigned_qr,
  naive = function() return { {}, {}, {} }, {} end }

-- ---- systems ------------------------------------------------------------------------------------

local kinds = { general = "shifted", symmetric = "symmetric", posdef = "posdef", lower = "lower",
  upper = "upper" }
for assume, kind in pairs(kinds) do
  local shapes = { { { 3, 3 }, { 3, 2 } }, { { 1, 1 }, { 1, 3 } }, { "number", "number" },
    { { 0, 0 }, { 0, 2 } } }
  if assume == "general" then shapes[#shapes + 1] = { "number", { 1, 2 } } end
  for _, s in ipairs(shapes) do
    case { op = "solve", args = s,
      name = ("%s %s, %s"):format(assume, name_of(s[1]), name_of(s[2])),
      -- the condition is an estimate, whose derivative is taken as 0
      f = function(x, b) return (sd.solve(make[kind](x), b, { assume = assume })) end,
      naive = function(x, b) return (naive.solve(plain[kind](x), rows(b))) end }
  end
  case { op = "solve", name = assume .. " 3x3, 3x0", args = { { 3, 3 }, { 3, 0 } },
    f = function(x, b) return (sd.solve(make[kind](x), b, { assume = assume })) end,
    naive = function() return { {}, {}, {} } end }
end

of_matrix("inv", "shifted", SQUARE, sd.inv, naive.inv)
of_matrix("logdet", "shifted", SQUARE, sd.logdet, function(x)
  local _, det = naive.solve(x, x)
  return math.log(math.abs(det)), det < 0 and -1 or 1
end)

-- ---- eigenvalues --------------------------------------------------------------------------------

--- w, and V through what does not depend on signs; g is bounded for the sake of f32.
local function unsigned_eigh(...)
  local w, V = sd.eigh(...)
  return w, V % V, V % transpose(sd.cos(w)) * transpose(V)
end

local function naive_unsigned(w, V)
  local n = #w
  local squares = build(n, n, function(i, j) return V[i][j] ^ 2 end)
  local scaled = build(n, n, function(i, j) return V[i][j] * math.cos(w[j][1]) end)
  return w, squares, mul(scaled, t(V))
end

of_matrix("eigh", "symmetric", SQUARE, unsigned_eigh,
  function(x) return naive_unsigned(naive.eigh(x)) end)
of_matrix("eigvalsh", "symmetric", SQUARE, sd.eigvalsh,
  function(x) return (naive.eigh(x)) end)

--- w and V of the pair (x, y), reduced by the Cholesky factor of y.
local function naive_pair(x, y)
  local L = naive.cholesky(y)
  local half = naive.solve(L, x)
  local w, Y = naive.eigh((naive.solve(L, t(half))))
  return w, (naive.solve(t(L), Y))
end

for _, shape in ipairs(SQUARE) do
  case { op = "eigh", name = "pair " .. name_of(shape), args = { shape, shape },
    f = function(x, y) return unsigned_eigh(make.symmetric(x), make.posdef(y)) end,
    naive = function(x, y)
      return naive_unsigned(naive_pair(plain.symmetric(x), plain.posdef(y)))
    end }
  case { op = "eigvalsh", name = "pair " .. name_of(shape), args = { shape, shape },
    f = function(x, y) return sd.eigvalsh(make.symmetric(x), make.posdef(y)) end,
    naive = function(x, y) return (naive_pair(plain.symmetric(x), plain.posdef(y))) end }
end

-- ---- singular values ----------------------------------------------------------------------------

local ANY = { { 4, 3 }, { 2, 4 }, { 3, 3 }, { 3, 1 }, { 1, 3 }, { 1, 1 }, "number", { 0, 0 } }

of_matrix("svd", "apart", ANY, function(x)
  local U, s, V = sd.svd(x)
  return U % U, s, V % V, U % transpose(sd.cos(s)) * transpose(V)
end, function(x)
  local U, s, V = naive.svd(x)
  local function squares(A)
    return build(#A, #s, function(i, j) return A[i][j] ^ 2 end)
  end
  local scaled = build(#U, #s, function(i, j) return U[i][j] * math.cos(s[j][1]) end)
  return squares(U), s, squares(V), mul(scaled, t(V))
end)
of_matrix("svdvals", "apart", ANY, sd.svdvals, function(x)
  local _, s = naive.svd(x)
  return s
end)
case { op = "svdvals", name = "0x3", args = { { 0, 3 } }, f = sd.svdvals,
  naive = function() return {} end }
of_matrix("cond", "apart", { { 4, 3 }, { 2, 4 }, { 3, 1 }, { 1, 1 }, "number" }, sd.cond,
  function(x)
    local _, s = naive.svd(x)
    return s[1][1] / s[#s][1]
  end)

-- ---- least squares ------------------------------------------------------------------------------

of_matrix("pinv", "apart", ANY, sd.pinv, naive.pinv)
case { op = "pinv", name = "0x3", args = { { 0, 3 } }, f = sd.pinv,
  naive = function() return { {}, {}, {} } end }
case { op = "pinv", name = "of rank 2, 4x3", args = { { 4, 2 }, { 2, 3 } },
  f = function(x, y) return sd.pinv(make.apart(x) * make.apart(y)) end,
  naive = function(x, y) return mul(naive.pinv(plain.apart(y)), naive.pinv(plain.apart(x))) end }

for _, s in ipairs { { { 4, 3 }, { 4, 2 } }, { { 2, 4 }, { 2, 2 } }, { { 3, 3 }, { 3, 1 } },
  { "number", "number" }, { { 1, 1 }, { 1, 2 } } } do
  case { op = "lstsq", name = name_of(s[1]) .. ", " .. name_of(s[2]), args = s,
    f = function(x, b) return sd.lstsq(make.apart(x), b) end,
    naive = function(x, b)
      local A = plain.apart(x)
      local _, values = naive.svd(A)
      return mul(naive.pinv(A), rows(b)), #values, values
    end }
end
case { op = "lstsq", name = "0x3, 0x2", args = { { 0, 3 }, { 0, 2 } }, f = sd.lstsq,
  naive = function() return { { 0, 0 }, { 0, 0 }, { 0, 0 } }, 0, {} end }

-- ---- functions of matrices ----------------------------------------------------------------------

for _, shape in ipairs(SQUARE) do
  case { op = "expm", name = name_of(shape), args = { shape }, f = sd.expm,
    naive = function(x) return naive.expm(rows(x)) end }
end
of_matrix("sqrtm", "shifted", SQUARE, sd.sqrtm, naive.sqrtm)
of_matrix("sqrtm", "posdef", SQUARE, sd.sqrtm, naive.sqrtm)

return cases
