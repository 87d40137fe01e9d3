--- The linearised game of the over-parameterised-GAN paper (Balaji et al., ICLR 2021, (17)-(21)):
-- with a constant Jacobian J, z = (r, d) moves by z+ = A z,
--
--   A = [I, -eta J J'; mu I, (1 - mu) I],
--
-- which in the singular vectors of J falls apart into blocks C = [1, -eta s; mu, 1 - mu], one for
-- each eigenvalue s of J J' (sd.stability.bilinear). With a = eta s / mu and q = (1 - 4 a)^(1/2)
-- the eigenvalues of C are 1 - mu (1 -+ q)/2.
local sd = require "saddle"

local linearised = {}

--- A, for J (m x p).
function linearised.step(J, eta, mu)
  local I = sd.eye(J.rows)
  return sd.vcat(sd.hcat(I, -eta * (J * J:t())), sd.hcat(mu * I, (1 - mu) * I))
end

--- A Jacobian with the given singular values, a list of m numbers, and p columns.
function linearised.jacobian(rng, values, p)
  local m = #values
  return rng:orthogonal(m) * sd.diag(sd.matrix(values)) * rng:orthogonal(p, m):t()
end

--- m singular values between alpha and beta, both of them among these when m > 1.
function linearised.values(rng, m, alpha, beta)
  local list = { beta, alpha }
  for i = 3, m do list[i] = alpha + (beta - alpha) * rng:rand() end
  return table.move(list, 1, m, 1, {})
end

--- The limit of |C^t| / rho^t for 0 < a < 1/4: the norm of the projection onto the eigenvector of
-- the larger eigenvalue, ((1 + q)/2, 1), along the other. Its left eigenvector is (1, -(1 - q)/2),
-- their product is q, and so
--
--   |v| |w| / |w'v| = ((1 - a)^2 + 1)^(1/2) / (1 - 4 a)^(1/2).
--
-- Where both eigenvalues are >= 0 no power is above it: C^t / rho^t is a mean of this projection
-- and of the identity, whose norm is less. At the paper's a <= 1/8 it is 1.8793 at most.
function linearised.gain(a) return math.sqrt(((1 - a) ^ 2 + 1) / (1 - 4 * a)) end

return linearised
