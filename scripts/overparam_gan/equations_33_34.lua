--- Equations (33) and (34) of the over-parameterised-GAN paper (Balaji et al., ICLR 2021): the
-- Jacobian of f(W) = (1/n) sum_i V relu(W z_i), with the elements of W in the order of its rows, is
--
--   (33)  J = (1/n) sum_i (V diag relu'(W z_i)) (x) z_i'
--   (34)  J J' = V D^2 V' / n^2,   D_l = |sum_i z_i relu'(w_l . z_i)|
--
-- which follows from (A (x) B)' = A' (x) B' and (A (x) B)(C (x) D) = AC (x) BD. The witness of J is
-- what differentiation gives; sd.jacobian orders the elements of W by columns.
--
-- relu has no derivative at 0: no w_l . z_i may be 0.
local sd = require "saddle"
local one_hidden = require "one_hidden"

--- (33); the twin has the elements of W by columns, the Kronecker product the other way round.
local function kronecker_sum(V, W, Z, twin)
  local J = sd.zeros(V.rows, #W)
  for i = 1, Z.cols do
    local z = Z:col(i)
    local active = V % sd.ge(W * z, 0):t()
    J = J + (twin == "order" and sd.kron(z:t(), active) or sd.kron(active, z:t())) / Z.cols
  end
  return J
end

--- The columns of J, which are for W by columns, for W by rows.
local function by_rows(J, k, d)
  local order = sd.zeros(1, k * d)
  for l = 1, k do
    for a = 1, d do order:set(1, (l - 1) * d + a, (a - 1) * k + l) end
  end
  return J:col(order)
end

return sd.claim {
  id = "overparam_gan.equations_33_34",
  source = "Section A.4, (33), (34)",
  statement = "the Jacobian is a sum of Kronecker products, and J J' = V D^2 V' / n^2",
  params = { m = { 1, 4 }, k = { 1, 9 }, d = { 2, 5 }, n = { 1, 12 }, seed = sd.seeds(2) },
  smoke = { k = 9, n = 12, seed = 1 },
  broken = { "order", "diagonal" },
  check = function(c, p)
    local V, W = c.rng:randn(p.m, p.k), c.rng:randn(p.k, p.d)
    local Z = c.rng:randn(p.d, p.n)
    c:assume("no w_l . z_i is 0", sd.min(sd.abs(W * Z)), ">", 0)
    local net = one_hidden.new(V, Z)
    local J = by_rows(sd.jacobian(net.f)(W), p.k, p.d)
    -- sums of n (m k d) products of such numbers
    local noise = { tol = c:roundoff(V, W, Z, J, { steps = p.n }) * (1 + sd.norm(J)) }
    c:conclude("(33)", kronecker_sum(V, W, Z, c.broken), "==", J, noise)

    local sums = sd.ge(W * Z, 0) * Z:t()
    -- the twin adds the squares of the z_i, not the vectors
    local D2 = c.broken == "diagonal" and sd.ge(W * Z, 0) * sd.sum(Z ^ 2, { dim = 1 }):t()
      or sd.sum(sums ^ 2, { dim = 2 })
    c:conclude("(34)", V * sd.diag(D2) * V:t() / p.n ^ 2, "==", J * J:t(), noise)
    local s = sd.svdvals(J)
    c:conclude("(34), singular values", net.singular_values(W), "==", s:row(1, math.min(p.m, p.k)),
      noise)

    local A, B, C, D = W, Z, c.rng:randn(p.d, 2), c.rng:randn(p.n, 3)
    local both = { tol = c:roundoff(A, B, C, D, { steps = 1 }) * (1 + sd.norm(A) * sd.norm(B)) }
    c:conclude("(A (x) B)' = A' (x) B'", sd.kron(A, B):t(), "==", sd.kron(A:t(), B:t()), both)
    c:conclude("(A (x) B)(C (x) D) = AC (x) BD", sd.kron(A, B) * sd.kron(C, D), "==",
      sd.kron(A * C, B * D), both)
  end,
}
