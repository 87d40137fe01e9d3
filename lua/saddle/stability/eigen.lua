--- Eigenvalues of a real matrix with how far each of them can be trusted.
--
-- What there is of rounding: the entries of A, mostly derivatives, are off by some eps of their own
-- size, eps being that of their type; and dgeev, which works in f64 on A balanced, B = D^-1 A D,
-- gives the eigenvalues of B + E with |E| a small multiple of eps |B|. So |E| is taken as delta =
-- (4 eps of the type + 4 n eps of f64) |B|_F. To first order an eigenvalue is then off by at most
-- kappa delta, kappa = |x| |y| / |y'x| being its condition for eigenvectors x of B and y of B'
-- (Golub and Van Loan, Matrix computations, 4th ed., 7.2.2), and whatever kappa by (|B| +
-- |B+E|)^(1- 1/n) |E|^(1/n) (L. Elsner, An optimal bound for the spectral variation of two
-- matrices, Linear Algebra Appl. 71, 1985). The smaller of the two is `error`. Where eigenvalues
-- meet without a full set of vectors kappa grows without bound, and what is left is the n-th root.
--
-- Balancing (E. E. Osborne, J. ACM 7, 1960): rows and columns of B have norms as equal as powers of
-- two make them. A state of parameters and optimisers' slots has entries of many sizes.
--
-- A conjugate pair x +- iy of vectors is kept as the columns sqrt2 x, sqrt2 y of a real W: they
-- differ from the pair by a unitary factor, so that norms and conditions are those of the complex
-- vectors.
local core = require "saddle.core"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local EPS <const> = { f64 = 2.0 ^ -52, f32 = 2.0 ^ -23 }

local eigen = {}

--- Raises unless A is a square matrix of finite values; `where` begins the messages.
function eigen.check(where, A)
  if tracing.kind(A) ~= "matrix" or tracing.issymbol(A) then
    fail("%s: needs a square matrix, got %s", where,
      tracing.issymbol(A) and tostring(A) .. " (eigenvalues of a trace have no value yet)"
      or core.show(A))
  elseif A.rows ~= A.cols or A.rows == 0 then
    fail("%s: needs a square matrix, got %dx%d", where, A.rows, A.cols)
  elseif core.min(core.isfinite(A)) == 0 then
    fail("%s: the matrix has NaN or infinite elements", where)
  end
end

local function modulus_of(re, im)
  local a, b = math.abs(re), math.abs(im)
  local large, small = math.max(a, b), math.min(a, b)
  return large > 0 and large * math.sqrt(1 + (small / large) ^ 2) or 0.0
end

--- The elements of A as a list.
function eigen.list(A)
  local out = {}
  for k = 1, #A do out[k] = A(k) end
  return out
end

--- The spectral radius of A, checked by the caller.
function eigen.radius(A)
  local w = core.eig(A, { vectors = false })
  local largest = 0.0
  for i = 1, A.rows do largest = math.max(largest, modulus_of(w.re(i), w.im(i))) end
  return largest
end

-- ---- orders -------------------------------------------------------------------------------------
-- Comparisons of {re, im}. Of a pair, which shares real part and modulus to the bit, the one above
-- the axis comes first.

function eigen.by_real_part(a, b)
  if a.re ~= b.re then return a.re < b.re end
  if math.abs(a.im) ~= math.abs(b.im) then return math.abs(a.im) < math.abs(b.im) end
  return a.im > b.im
end

function eigen.by_modulus(a, b)
  if a.modulus ~= b.modulus then return a.modulus > b.modulus end
  if a.re ~= b.re then return a.re > b.re end
  return a.im > b.im
end

--- Lists re, im in that order, and where each of them was.
function eigen.sorted(re, im, before)
  local list, order = {}, {}
  for i = 1, #re do
    list[i] = { re = re[i], im = im[i], modulus = modulus_of(re[i], im[i]), at = i }
  end
  table.sort(list, before)
  local sorted_re, sorted_im = {}, {}
  for i, z in ipairs(list) do
    sorted_re[i], sorted_im[i], order[i] = z.re, z.im, z.at
  end
  return sorted_re, sorted_im, order, list
end

-- ---- with vectors -------------------------------------------------------------------------------

--- W and, for each of its columns, whether it is the first or second of a pair.
local function real_vectors(V, im)
  local columns, pair, n = {}, {}, #im
  local j = 1
  while j <= n do
    if im[j] == 0 then
      columns[j], pair[j] = V.re:col(j), 0
      j = j + 1
    else
      columns[j], columns[j + 1] = math.sqrt(2) * V.re:col(j), math.sqrt(2) * V.im:col(j)
      pair[j], pair[j + 1] = 1, 2
      j = j + 2
    end
  end
  return core.hcat(columns), pair
end

--- The inverse of W = U diag(s) V'. A singular value of 0 counts as the least positive number: what
-- it touches is as good as infinite, and the rest is left alone.
local function inverse(U, s, V)
  local t = core.where(core.gt(s, 0), s, 2.0 ^ -500)
  return (V / t:t()) * U:t()
end

--- The conditions of the eigenvalues from the rows of the inverse of W.
local function conditions(Z, pair)
  local rows, out = core.sum(Z % Z, { dim = 2 }), {}
  for j, which in ipairs(pair) do
    if which == 0 then out[j] = math.sqrt(rows(j)) end
    if which == 1 then
      out[j] = math.sqrt((rows(j) + rows(j + 1)) / 2)
      out[j + 1] = out[j]
    end
  end
  return out
end

-- ---- balance ------------------------------------------------------------------------------------

local SWEEPS <const> = 12

--- d (n,1), powers of two: diag(1/d) A diag(d) is balanced. All entries of log d move at once, by
-- half of what would balance each alone: two that face each other then meet in one sweep.
local function scales(A)
  local n, size = A.rows, core.max(core.abs(A))
  local d = core.ones(n, 1)
  if size == 0 then return d end
  local off = (A / size) % (1 - core.eye(n))
  for _ = 1, SWEEPS do
    local B = off / d % d:t()
    local rows, columns = core.sum(B % B, { dim = 2 }), core.sum(B % B, { dim = 1 }):t()
    local both = core.gt(core.where(core.lt(rows, columns), rows, columns), 0)
    d = core.clamp(d % core.where(both, (rows / columns) ^ 0.125, 1), 2.0 ^ -200, 2.0 ^ 200)
  end
  return 2 ^ core.floor(core.log(d) / math.log(2) + 0.5)
end

-- ---- all of it ----------------------------------------------------------------------------------

--- The condition of the vectors of A, each of length 1, from W of A.
local function condition_of(W, pair)
  local squares, lengths = core.sum(W % W, { dim = 1 }), {}
  for j, which in ipairs(pair) do
    if which == 0 then lengths[j] = math.sqrt(squares(j)) end
    if which == 1 then
      lengths[j] = math.sqrt((squares(j) + squares(j + 1)) / 2)
      lengths[j + 1] = lengths[j]
    end
  end
  return core.cond(W / core.matrix(lengths):t())
end

--- What is known of A (n,n), finite, in an order of eigen.by_*:
--   re, im, error (n,1)   eigenvalues and what they may be off by
--   modulus               a list
--   condition             of the matrix of unit eigenvectors, from 1 to infinity
--   W, Z                  real vectors and the inverse of W, in the order of `from`, with `from[i]`
--                         the place of the i-th eigenvalue there
function eigen.of(A, before)
  local n, eps = A.rows, EPS[A.dtype]
  A = A.dtype == "f64" and A or A:to("f64")
  local d = scales(A)
  local B = A / d % d:t()
  local w, V = core.eig(B)
  local parts = eigen.list(w.im)
  local re, im, order, list = eigen.sorted(eigen.list(w.re), parts, before)
  local W, pair = real_vectors(V, parts)
  local U, s, Q = core.svd(W)
  local Z = inverse(U, s, Q)
  local kappa, size, error, modulus = conditions(Z, pair), core.norm(B), {}, {}
  local delta = 4 * (eps + n * EPS.f64) * size
  local elsner = (2 * size + delta) ^ (1 - 1 / n) * delta ^ (1 / n)
  for i, at in ipairs(order) do
    error[i], modulus[i] = math.min(kappa[at] * delta, elsner), list[i].modulus
  end
  local condition = s(n) > 0 and s(1) / s(n) or math.huge
  if core.min(d) < core.max(d) then
    W, Z = W % d, Z / d:t()
    condition = condition_of(W, pair)
  end
  return { re = core.matrix(re), im = core.matrix(im), error = core.matrix(error),
    modulus = modulus, condition = condition, W = W, Z = Z, from = order }
end

return eigen
