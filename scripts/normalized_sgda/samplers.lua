--- The laws of the data and of z in section 4.1 of the normalised-SGDA paper (S. Jelassi, A.
-- Mensch, G. Gidel, Y. Li, 2022), of the model of two_modes.lua: exactly, from its probabilities,
-- and of what it draws.
--
--   Assumption 1   case 1: <u_1, u_2> = gamma, and X is u_1 or u_2; case 2: orthogonal modes, and
--                  P[s_1 = s_2 = 1] = gamma. In both P[s_l = 1] >= 1/2 and s is not 0. The paper
--                  leaves the rest open: here u_1 and u_2 are equally likely
--   (8)            P[z_i = 1] = Theta(1/m_G), here (1 + q)/m_G with q <= 1/(2 polylog d), and
--                  P[z_i = z_j = 1] = 1/(m_G^2 polylog d); z is not 0
--
-- Two places of appendix F and H say something else:
--
--   printed pair   stage 4 of case 1 (after Lemma F.14) has Pr[z_i = z_j = 1] = 1/polylog(d), in
--                  which m_G is lost: it would agree if polylogarithms may differ, for m_G is one;
--                  as the polylogarithm of (8) it is wrong by m_G^2
--   printed zero   Lemma H.3 speaks of the event X = 0, which Assumption 1 excludes: as positive
--                  probability, false
--
-- Draws are tested from both sides by exact intervals at the level 1 - 1e-4.
local sd = require "saddle"
local two_modes = require "two_modes"

local LEVEL <const> = { level = 0.9999 }

--- sum_k P_k f(column k) over the columns of A.
local function mean(A, P, f)
  local s = 0
  for k = 1, A.cols do s = s + P(k) * f(A:col(k)) end
  return s
end

--- What (8) says of the model, pair after pair.
local function conclude_latents(c, m, pair, noise)
  local tau = 1 / (m.mG ^ 2 * m.polylog)
  local q = tau * m.mG * (m.mG - 1) / 2
  local P = m.latent_weights:t()
  c:conclude("z is not 0", sd.min(sd.sum(m.Z, { dim = 1 })), ">=", 1)
  for i = 1, m.mG do
    local one = mean(m.Z, P, function(z) return z(i) end)
    c:conclude("P[z_i = 1] = (1 + q)/m_G", one, "==", (1 + q) / m.mG, noise)
    for j = i + 1, m.mG do
      c:conclude("P[z_i = z_j = 1]", mean(m.Z, P, function(z) return z(i) * z(j) end), "==", pair,
        noise)
    end
  end
end

--- What Assumption 1 says of the model.
local function conclude_data(c, m, zero, noise)
  local P = sd.matrix(m.weights)
  local both = mean(m.S, P, function(s) return s(1) * s(2) end)
  local inner = (m.U:col(1):t() * m.U:col(2)):item()
  c:conclude("|u_l| = 1", sd.norm(m.U, { dim = 1 }), "==", 1, noise)
  c:conclude("<u_1, u_2>", inner, "==", m.case == 1 and m.gamma or 0, noise)
  c:conclude("P[s_1 = s_2 = 1]", both, "==", m.case == 2 and m.gamma or 0, noise)
  for l = 1, 2 do
    c:conclude("P[s_l = 1] >= 1/2", mean(m.S, P, function(s) return s(l) end), ">=", 0.5, noise)
  end
  local none = mean(m.S, P, function(s) return s(1) + s(2) == 0 and 1 or 0 end)
  if zero then
    c:conclude("P[X = 0] > 0", none, ">", 0)
  else
    c:conclude("P[X = 0] = 0", none, "==", 0)
  end
end

--- hits of n agree with a probability, from both sides; one that is 0 is never hit.
local function agrees(c, name, hits, n, P)
  hits = math.tointeger(hits)
  if P == 0 then
    c:conclude(name .. ", drawn, is 0", hits, "==", 0)
    return
  end
  c:rate(name .. ", drawn, often enough", hits, n, ">=", P, LEVEL)
  c:rate(name .. ", drawn, not too often", hits, n, "<=", P, LEVEL)
end

--- Twins: other laws of z, as columns of zeros and ones.
local twins = {}
twins["one at most"] = function(rng, m, n)
  return sd.eye(m.mG):col(rng:categorical(sd.ones(1, m.mG), 1, n))
end
twins["independent"] = function(rng, m, n) return sd.lt(rng:rand(m.mG, n), 1 / m.mG) end

return sd.claim {
  id = "normalized_sgda.samplers",
  source = "Assumption 1, (8)",
  statement = "the data and z have the laws of Assumption 1 and of (8)",
  surrogate = "polylog d is log d, gamma is given; the unnamed probabilities are equal",
  params = { draws = 20000, d = 1000, gamma = { 0.05, 0.2 }, case = { 1, 2 },
    { form = "ours", mG = { 2, 5, 13 } },
    { form = "printed pair", mG = 5, expect = "violated" },
    { form = "printed zero", mG = 5, expect = "violated" } },
  smoke = { gamma = 0.05 },
  full = { draws = 400000 },
  unconditional = true,
  broken = { "one at most", "independent" },
  check = function(c, p)
    local m = two_modes.new { d = p.d, mD = 1, mG = p.mG, case = p.case, gamma = p.gamma,
      modes = c.rng:split "plane" }
    local pair = 1 / ((p.form == "printed pair" and 1 or p.mG ^ 2) * m.polylog)
    -- sums of at most 91 + 1000 terms of size 1 at most
    local noise = { tol = 2000 * 0x1p-53 }
    conclude_latents(c, m, pair, noise)
    conclude_data(c, m, p.form == "printed zero", noise)

    -- a reduced model draws the same X in few coordinates, the first two having s
    local small = two_modes.new { d = p.d, mD = 1, mG = p.mG, case = p.case, gamma = p.gamma,
      reduced = true }
    local X, z = small:sample(c.rng:split "draws", p.draws)
    if c.broken then z = twins[c.broken](c.rng:split "draws", m, p.draws) end
    local s = sd.solve(small.U:block(1, 1, 2, 2), X:block(1, 1, 2, p.draws))
    local q = (p.mG - 1) / (2 * p.mG * m.polylog)
    agrees(c, "s_1 = 1", sd.sum(sd.gt(s:row(1), 0.5)), p.draws,
      p.case == 1 and 0.5 or (1 + p.gamma) / 2)
    agrees(c, "s_1 = s_2 = 1", sd.sum(sd.gt(s:row(1), 0.5) % sd.gt(s:row(2), 0.5)), p.draws,
      p.case == 1 and 0 or p.gamma)
    agrees(c, "z_1 = 1", sd.sum(z:row(1)), p.draws, (1 + q) / p.mG)
    agrees(c, "z_1 = z_2 = 1", sd.sum(z:row(1) % z:row(2)), p.draws,
      1 / (p.mG ^ 2 * m.polylog))
  end,
}
