-- Touches every family of the API once, with small arguments; tests/c/test_alloc.c runs it with the
-- k-th request for memory failing, for each k. Families that a build lacks are passed over.
local sd = require "saddle.core"

local function have(name) return rawget(sd, name) ~= nil end

-- constructors
local A = sd.matrix{ { 4, 1, 0 }, { 1, 3, 1 }, { 0, 1, 2 } }
local B = sd.ones(3, 3) + sd.eye(3)
local F = sd.full(3, 2, 0.5, { dtype = "f32" })
local x = sd.linspace(0, 1, 3)
local _ = sd.diag(sd.logspace(0, 1, 3))

-- operators, in place too
local C = (A * B - A % B) / 2 + 1
C = -C ^ 2
C:add_(A):mul_(2):fill_(1):copy_(B)
C:add_(C:col(1)) -- overlaps: goes through a copy

-- views, gathers, joins, conversions
local view = A:block(1, 1, 2, 2):col(2)
assert(view.rows == 2)
assert(sd.hcat(A:col{ 1, 3 }, A:row(2):t()).cols == 3)
assert(sd.vcat(A, B:row(sd.matrix{ 1, 2 })).rows == 5)
C = A:t():reshape(1, 9):clone():to("f32")
assert(#C:totable() == 1 and F:to("f64")(1, 1) == 0.5)

-- errors make strings
assert(not pcall(function() return A * sd.zeros(2, 2) end))
assert(not pcall(sd.zeros, 2, 2, { dtyp = "f32" }))

-- functions, reductions, masks
for _, name in ipairs{ "exp", "tanh", "relu", "softmax", "sort", "cumsum" } do
  if have(name) then sd[name](x) end
end
for _, name in ipairs{ "sum", "mean", "max", "norm", "logsumexp" } do
  if have(name) then
    sd[name](A)
    sd[name](A, { dim = 1 })
  end
end
if have("where") and have("lt") then sd.where(sd.lt(A, B), A, B) end

-- linear algebra and functions of matrices
for _, name in ipairs{ "svd", "svdvals", "eigh", "eig", "cholesky", "qr", "pinv", "inv", "logdet",
  "cond", "rank", "sqrtm", "expm", "polar", "det", "trace" } do
  if have(name) then sd[name](A) end
end
for _, name in ipairs{ "solve", "lstsq", "nnls" } do
  if have(name) then sd[name](A, x) end
end
if have("kron") then sd.kron(A, x) end

-- random numbers
if have("rng") then
  local rng = sd.rng(1)
  rng:randn(3, 3)
  rng:permutation(5)
  rng:orthogonal(3)
  rng:split("more")
end

-- files
if have("save") and have("load") then
  local path = os.tmpname()
  local base = path .. ".npz"
  local ok, message = pcall(function()
    sd.save(base, { A = A, x = x })
    return sd.load(base)
  end)
  os.remove(path)
  os.remove(base)
  if not ok then error(message, 0) end
end
return "done"
