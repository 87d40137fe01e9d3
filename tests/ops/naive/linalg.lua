--- Linear algebra in plain loops, on lists of rows: what the ops are compared with. Methods are
-- those of a first course.
local build = require "tests.ops.naive.lists".build
local naive = {}

local function cols(A) return A[1] and #A[1] or 0 end

function naive.mul(A, B)
  return build(#A, cols(B), function(i, j)
    local sum = 0
    for k = 1, #B do sum = sum + A[i][k] * B[k][j] end
    return sum
  end)
end

function naive.t(A) return build(cols(A), #A, function(i, j) return A[j][i] end) end

--- a A + b B
function naive.add(a, A, b, B)
  return build(#A, cols(A), function(i, j) return a * A[i][j] + b * B[i][j] end)
end

function naive.eye(n) return build(n, n, function(i, j) return i == j and 1 or 0 end) end

--- X with A X = B and det A, by Gaussian elimination with partial pivoting.
function naive.solve(A, B)
  local n, det = #A, 1
  local W = build(n, n + cols(B), function(i, j) return j <= n and A[i][j] or B[i][j - n] end)
  for k = 1, n do
    local best = k
    for i = k + 1, n do if math.abs(W[i][k]) > math.abs(W[best][k]) then best = i end end
    if best ~= k then W[k], W[best], det = W[best], W[k], -det end
    det = det * W[k][k]
    for i = 1, n do
      local factor = i ~= k and W[i][k] / W[k][k] or 0
      for j = k, i ~= k and #W[k] or 0 do W[i][j] = W[i][j] - factor * W[k][j] end
    end
  end
  return build(n, cols(B), function(i, j) return W[i][n + j] / W[i][i] end), det
end

function naive.inv(A) return (naive.solve(A, naive.eye(#A))) end

function naive.cholesky(A)
  local L = build(#A, #A, function() return 0 end)
  for j = 1, #A do
    for i = j, #A do
      local sum = A[i][j]
      for k = 1, j - 1 do sum = sum - L[i][k] * L[j][k] end
      L[i][j] = i == j and math.sqrt(sum) or sum / L[j][j]
    end
  end
  return L
end

--- Q and R with a positive diagonal, by modified Gram-Schmidt.
function naive.qr(A)
  local m, n = #A, cols(A)
  local Q, R = build(m, n, function(i, j) return A[i][j] end), naive.eye(n)
  for j = 1, n do
    for k = 1, j do
      local dot = 0
      for i = 1, m do dot = dot + Q[i][k] * Q[i][j] end
      R[k][j] = k == j and math.sqrt(dot) or dot
      for i = 1, m do Q[i][j] = k == j and Q[i][j] / R[j][j] or Q[i][j] - dot * Q[i][k] end
    end
  end
  return Q, R
end

--- Columns p and q of A turned by the angle with cosine c and sine s.
local function turn(A, p, q, c, s)
  for i = 1, #A do
    A[i][p], A[i][q] = c * A[i][p] - s * A[i][q], s * A[i][p] + c * A[i][q]
  end
end

--- The columns of the matrices in the order of `values`, which is sorted by `before`.
local function sort_columns(values, before, ...)
  local order, out = {}, {}
  for k = 1, #values do order[k] = k end
  table.sort(order, function(a, b) return before(values[a], values[b]) end)
  for _, A in ipairs { ... } do
    out[#out + 1] = build(#A, #values, function(i, j) return A[i][order[j]] end)
  end
  local w = build(#values, 1, function(i) return values[order[i]] end)
  return w, table.unpack(out)
end

--- U, s, V of A, by one-sided Jacobi rotations (Hestenes) until the columns are orthogonal.
function naive.svd(A)
  if #A < cols(A) then
    local V, s, U = naive.svd(naive.t(A))
    return U, s, V
  end
  local n, values = cols(A), {}
  local U, V = naive.add(1, A, 0, A), naive.eye(n)
  for _ = 1, 30 do
    for p = 1, n - 1 do
      for q = p + 1, n do
        local a, b, dot = 0, 0, 0
        for i = 1, #A do
          a, b, dot = a + U[i][p] ^ 2, b + U[i][q] ^ 2, dot + U[i][p] * U[i][q]
        end
        local angle = dot == 0 and 0 or 0.5 * math.atan(2 * dot, b - a)
        turn(U, p, q, math.cos(angle), math.sin(angle))
        turn(V, p, q, math.cos(angle), math.sin(angle))
      end
    end
  end
  for j = 1, n do
    local sum = 0
    for i = 1, #A do sum = sum + U[i][j] ^ 2 end
    values[j] = math.sqrt(sum)
    for i = 1, #A do U[i][j] = U[i][j] / values[j] end
  end
  local s, left, right = sort_columns(values, function(a, b) return a > b end, U, V)
  return left, s, right
end

--- w ascending and V of a symmetric A, by two-sided Jacobi rotations.
function naive.eigh(A)
  local n, values = #A, {}
  local W, V = naive.add(1, A, 0, A), naive.eye(n)
  for _ = 1, 30 do
    for p = 1, n - 1 do
      for q = p + 1, n do
        local angle = W[p][q] == 0 and 0 or 0.5 * math.atan(2 * W[p][q], W[q][q] - W[p][p])
        local c, s = math.cos(angle), math.sin(angle)
        turn(W, p, q, c, s)
        W = naive.t(W)
        turn(W, p, q, c, s)
        turn(V, p, q, c, s)
      end
    end
  end
  for j = 1, n do values[j] = W[j][j] end
  return sort_columns(values, function(a, b) return a < b end, V)
end

--- exp(A): the Taylor series of A/64, squared six times.
function naive.expm(A)
  local sum, term = naive.eye(#A), naive.eye(#A)
  for k = 1, 20 do
    term = naive.mul(term, A)
    term = naive.add(1 / (64 * k), term, 0, term)
    sum = naive.add(1, sum, 1, term)
  end
  for _ = 1, 6 do sum = naive.mul(sum, sum) end
  return sum
end

--- The principal square root, by the iteration of Denman and Beavers.
function naive.sqrtm(A)
  local Y, Z = A, naive.eye(#A)
  for _ = 1, 30 do
    Y, Z = naive.add(0.5, Y, 0.5, naive.inv(Z)), naive.add(0.5, Z, 0.5, naive.inv(Y))
  end
  return Y
end

--- A^+ of a matrix of full rank, by normal equations.
function naive.pinv(A)
  local At = naive.t(A)
  if #A >= cols(A) then return (naive.solve(naive.mul(At, A), At)) end
  return naive.mul(At, naive.inv(naive.mul(A, At)))
end

return naive
