-- Calls every function of the core, with small arguments; tests/c/test_alloc.c runs it with the
-- k-th request for memory failing, for each k.
local sd = require "saddle.core"

-- constructors
local A = sd.matrix { { 4, 1, 0 }, { 1, 3, 1 }, { 0, 1, 2 } }
local B = sd.ones(3, 3) + sd.eye(3)
local F = sd.full(3, 2, 0.5, { dtype = "f32" })
local x = sd.linspace(0, 1, 3)
sd.diag(sd.logspace(0, 1, 3))

-- operators, in place too
local C = (A * B - A % B) / 2 + 1
C = -C ^ 2
C:add_(A):mul_(2):sub_(1):div_(2):pow_(2):fill_(1):copy_(B)
C:add_(C:col(1)) -- overlaps: goes through a copy

-- views, gathers, joins, conversions
local view = A:block(1, 1, 2, 2):col(2)
assert(view.rows == 2)
assert(sd.hcat(A:col { 1, 3 }, A:row(2):t()).cols == 3)
assert(sd.vcat(A, B:row(sd.matrix { 1, 2 })).rows == 5)
C = A:t():reshape(1, 9):clone():to "f32"
assert(#C:totable() == 1 and F:to "f64"(1, 1) == 0.5)

-- errors make strings
assert(not pcall(function() return A * sd.zeros(2, 2) end))
assert(not pcall(sd.zeros, 2, 2, { dtyp = "f32" }))
assert(not pcall(sd.cholesky, -A))

-- functions, masks, reductions, arrangements
for _, name in ipairs { "abs", "sign", "sqrt", "floor", "exp", "expm1", "log", "log1p", "sin",
  "cos", "tanh", "sigmoid", "log_sigmoid", "relu", "leaky_relu", "softplus", "gelu", "silu", "elu",
  "erf", "erfc", "erfinv", "normcdf", "normppf", "lgamma", "digamma", "isfinite", "stop_gradient",
  "softmax", "sort", "cumsum", "cumprod", "diff", "normalize" } do
  sd[name](x)
end
for _, name in ipairs { "sum", "mean", "var", "std", "max", "min", "argmax", "argmin", "norm",
  "logsumexp" } do
  sd[name](A)
  sd[name](A, { dim = 1 })
  sd[name](A, { dim = 2 })
end
for _, name in ipairs { "lt", "le", "gt", "ge", "eq", "ne", "max", "min", "kron", "khatri_rao",
  "dot" } do
  sd[name](A, B)
end
sd.where(sd.lt(A, B), A, 0)
sd.clamp(A, 0, 1)
A:clone():exp_()
sd.quantile(A, 0.5, { dim = 2 })
sd.one_hot({ 1, 2 }, 3)
sd.scatter_add(A, { 1, 2 }, sd.gather(A, { 1, 2 }))
sd.trace(A)

-- linear algebra and functions of matrices
for _, name in ipairs { "svd", "svdvals", "eigh", "eigvalsh", "eig", "cholesky", "qr", "pinv",
  "inv", "logdet", "cond", "rank", "sqrtm", "expm", "polar" } do
  sd[name](A)
end
sd.svd(A, { driver = "gesvd" })
sd.eigh(A, A)
sd.qr(A, { pivot = true })
for _, name in ipairs { "solve", "lstsq", "nnls" } do sd[name](A, x) end
for _, kind in ipairs { 1, 2, "nuc", "inf", "2inf" } do sd.norm(A, kind) end

-- numerics
sd.gauss_legendre(5, 0, 1)
sd.gauss_hermite(5)
sd.gammaincinv(2, sd.gammainc(2, 1), { upper = true })
sd.betaincinv(2, 3, sd.betainc(2, 3, 0.5))
sd.hungarian(A)

-- spectra by products
local product = function(X) return A * X + A:t() * X end
local op = { rows = A.rows, cols = A.rows, matvec = product, rmatvec = product }
sd.svds(op, 1)
sd.eigs(op, 1)
sd.eigs(A, 1, { symmetric = false })
sd.lanczos(op, 2)
sd.spectral_norm(op)
sd.spectral_density(op, { steps = 2, probes = 2, points = 3 })
sd.hutchinson(op, { probes = 2 })
sd.hutchpp(op, { probes = 6 })

-- random numbers
local rng = sd.rng(1, "stream"):split "more"
for _, name in ipairs { "randn", "rand", "rademacher" } do rng[name](rng, 3, 3) end
rng:randint(5, 3, 3)
rng:categorical({ 1, 2 }, 3, 3)
rng:bernoulli(A / 4)
rng:gamma(2, 3, 3)
rng:chi2(2)
rng:truncated_normal(0, 1, 3, 3)
rng:sphere(3, 2)
rng:orthogonal(3)
rng:permutation(5)
rng:choice(9, 2)
rng:minibatch(9, 2, 1)
sd.rng(rng:clone():state())

-- files, a database
local path = os.tmpname()
local ok, message = pcall(function()
  for _, extension in ipairs { ".npy", ".npz", ".csv" } do
    sd.save(path .. extension, extension == ".npz" and { A = A, x = x } or A)
    sd.load(path .. extension)
  end
  local db <close> = sd.database.open(path, { mode = "create" })
  db:exec "CREATE TABLE t (a, b)"
  db:transaction(function() db:run("INSERT INTO t VALUES (?, ?)", A:block(1, 1, 2, 2), "x") end)
  assert(#db:all "SELECT * FROM t" == 1 and db:first("SELECT b FROM t").b == "x")
  sd.frombytes(db:value "SELECT a FROM t", 2, 2)
end)
for _, extension in ipairs { "", "-wal", "-shm", ".npy", ".npz", ".csv" } do
  os.remove(path .. extension)
end
if not ok then error(message, 0) end
return "done"
