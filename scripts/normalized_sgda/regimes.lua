--- Who is ahead at the start: App. C of the normalised-SGDA paper (Jelassi et al., 2022). With the
-- largest correlations over all neurons and both modes,
--
--   A = max (1/2) <w_i, u_l>     B = max (1/m_G) <w_i, v_j>     C = max <v_j, u_l>
--
-- D's best correlation grows as x' = 3 a eta_D A x, G's as y' = 3 a eta_G B y (F.1), so rho =
-- eta_G B/(eta_D A) compares the times at which they blow up. Lemma C.1 knows three cases, with a
-- polylog P and a gap delta = 1/polyloglog:
--
--   1   rho < 1/P                            D is too fast
--   2   rho > 1/P and rho (1 + delta) < 1    balanced
--   3   rho (1 - delta) > 1                  G is too fast
--
-- In print A, B and C are of sigma'(x), which for the cube is 3 x^2: then A is about 1/d and not
-- polyloglog(d)/sqrt(d) as the lemma has it. `growth` = "printed" takes that; "linear", with x as
-- the rate of growth, is what the proofs use.
--
-- The correlations of a start of a reduced model have the law of the full one for any d.
local sd = require "saddle"

local regimes = {}

regimes.growth = {}
function regimes.growth.linear(x) return x end
function regimes.growth.printed(x) return 3 * x % sd.abs(x) end

--- The correlations of a start p: <w_i, u_l> (m_D x 2), <w_i, v_j> (m_D x m_G), <v_j, u_l>
-- (m_G x 2).
function regimes.correlations(model, p)
  return p.D.W * model.U, p.D.W * p.G.V, p.G.V:t() * model.U
end

--- A, B and C of a start; growth is one of regimes.growth, "linear" unless given.
function regimes.heads(model, p, growth)
  local f = regimes.growth[growth or "linear"]
  local wu, wv, vu = regimes.correlations(model, p)
  return sd.max(f(wu)) / 2, sd.max(f(wv)) / model.mG, sd.max(f(vu))
end

--- The case of Lemma C.1 for rho: 1, 2, 3, or 0 in the gap between 2 and 3, where 1 <= rho
-- (1 + delta) and rho (1 - delta) <= 1, which the lemma leaves out.
function regimes.case(rho, P, delta)
  if rho <= 1 / P then return 1 end
  if rho * (1 + delta) < 1 then return 2 end
  return rho * (1 - delta) > 1 and 3 or 0
end

--- What a column v of V has learned: the part of it in the plane of u_1 and u_2, the cosine of that
-- with u_1 + u_2 (1 for the mixture, in case 2 of the data 0.71 for a mode), and the largest cosine
-- of v with a neuron w_i of that start.
function regimes.learned(model, start, v)
  local U, W, size = model.U, start.D.W, sd.norm(v)
  local plane = U * sd.solve(U:t() * U, U:t() * v)
  local both, inside = U:col(1) + U:col(2), sd.norm(plane)
  local along = sd.max(W * v / sd.norm(W, { dim = 2 })) / size
  return inside / size, sd.dot(plane, both) / (inside * sd.norm(both)), along
end

--- By how much the largest element of a matrix exceeds the second, relative to the second; infinite
-- where it alone is positive, and below 0 where none is.
function regimes.lead(M)
  local sorted = sd.sort(M:reshape(#M, 1))
  if sorted(-1) > 0 and sorted(-2) <= 0 then return math.huge end
  return sorted(-1) / sorted(-2) - 1
end

--- P(the largest of n independent N(0, 1) is at least 1 + delta times each other), exact: n times
-- the integral of phi(x) Phi(x/(1 + delta))^(n-1) over x > 0, and where the largest is negative it
-- is no such multiple.
function regimes.lead_probability(n, delta)
  local c = n / math.sqrt(2 * math.pi)
  return (sd.integrate(function(x)
    return c * math.exp(-x * x / 2) * sd.normcdf(x / (1 + delta)) ^ (n - 1)
  end, 0, 40, { points = { 2, 4, 8, 16 } }))
end

--- The widths that nSGDA is given, log d and log d loglog d, rounded: m_D, m_G.
function regimes.widths(d)
  local log = math.log(d)
  return math.floor(log + 0.5), math.floor(log * math.log(log) + 0.5)
end

return regimes
