--- Lemma H.2 of the normalised-SGDA paper (Jelassi, Mensch, Gidel, Li, 2022): a step of nSGDA while
-- alpha(t) <= C^-0.95 (stage 1), with C = (eta_D/eta_G)^(5/3), alpha and beta of nsgda_path.lua:
--
--   (124)   dw_i = eta_D (1 +- 1/polylog d) (sigma'(<w_i, X>) X +- eps_t) / N(X) for X = u_l, with
--           N(X)^2 = sum_j sigma'(<w_j, X>)^2 |X|^2 and
--           eps_t = (alpha + d^-1/2)^2 C^-1.5 + C^0.5 (alpha + d^-1/2)^3
--   (125)   E d<w_i, u_l> = eta_D (1 +- 1/polylog d) (sigma'(<w_i, u_l>) +- eps_t) / (2 N(u_l))
--           +- eta_D gamma
--   (126)   dv_i = eta_G (1 +- 1/polylog d) (S +- delta_t) / |S| for z = e_i, with
--           S = sum_j sigma'(<v_i, w_j0>) w_j0, delta_t = O(C^-0.94 (beta + 1/d)^2)
--   (144)   (125) as the proof uses it, without the 1/2: false
--
-- Steps are those of the optimiser on the gradients of the game; expectations are exact sums.
--
-- (125) as it stands takes the probability of X = u_l to be 1/2; in case 2 it is (1 - gamma)/2, and
-- X = u_1 + u_2 gives at most gamma more: within its +- eta_D gamma.
local sd = require "saddle"
local nsgda_path = require "nsgda_path"
local one_step = require "one_step"

local function slope(u) return 3 * (u % u) end

local function conclude_w(c, path, p, eps, near)
  local model = path.model
  for l = 1, 2 do
    local X = model.U:col(l)
    local s = slope(p.D.W * X)
    for j = 1, model.mG do
      local W = one_step.of(model, p, X, model.Z:col(j))
      if c.broken == "own norms" then W = W / sd.norm(W, { dim = 2 }) end
      c:conclude("(124)", one_step.off(W:t() * sd.norm(s), X * s:t(), near), "<=", (1 + near) * eps)
    end
  end
end

local function conclude_v(c, path, p, beta, near)
  local model, W0 = path.model, path.start.D.W
  local delta = path.C ^ -0.94 * slope(sd.full(1, 1, beta + 1 / model.d)):item()
  for j = 1, model.mG do
    local _, V = one_step.of(model, p, model.U:col(1), model.Z:col(j))
    local S = W0:t() * slope(W0 * p.G.V:col(j))
    c:conclude("(126)", one_step.off(V:col(j) * sd.norm(S), S, near), "<=", (1 + near) * delta)
  end
end

local function conclude_mean(c, path, p, eps, near, half)
  local model = path.model
  local W = one_step.expected(model, p)
  for l = 1, 2 do
    local s = slope(p.D.W * model.U:col(l))
    local N = sd.norm(s)
    c:conclude(half == 0.5 and "(125)" or "(144)", sd.abs(W * model.U:col(l) - half * s / N), "<=",
      half * (near * s + (1 + near) * eps) / N + model.gamma)
  end
end

return sd.claim {
  id = "normalized_sgda.lemma_H_2",
  source = "Lemma H.2, (124)-(126), (144)",
  statement = "in its first stage a normalised step moves w_i along X by its share of sigma', and "
    .. "v_i along the w_j by theirs",
  surrogate = "polylog d is log d in 1/polylog d; O(x^2) in delta_t is sigma'(x) = 3 x^2, for "
    .. "S alone changes by alpha sigma' where g_i* = i_l*",
  params = { mD = 7, mG = 13, eta = 5e-3, looks = 3, seed = 1,
    { form = "stated", d = 1e12, ratio = { 0.03, 0.01 }, gamma = 1e-4 },
    { form = "stated", d = 1e6, ratio = 0.03, gamma = 1e-4, expect = "not applicable" },
    { form = "(144)", d = 1e12, ratio = 0.03, gamma = 1e-4, expect = "violated" },
    { form = "stated", d = 1e12, ratio = 0.9, gamma = 1e-4, expect = "not applicable" } },
  smoke = { looks = 1, seed = 1 },
  full = { looks = 20, seed = sd.seeds(5) },
  broken = { "own norms", "later" },
  check = function(c, p)
    local C = p.ratio ^ (-5 / 3)
    local some = c:assume("C >= log d / 2, as some polylog d", C, ">=", 0.5 * math.log(p.d))
    local far = c:assume("(129): C^0.6 d^-1/2 <= C^-0.94", C ^ 1.54, "<=", p.d ^ 0.5)
    if not (some and far) then return end
    local given = { total = 1.5 * C ^ -0.95 * (c.broken == "later" and 200 or 1) }
    for name, v in pairs(p) do given[name] = v end
    local path = nsgda_path.new(given, c.rng)
    local near = 1 / math.log(p.d)
    path.visit(p.looks, function(q, _, at)
      if c.broken ~= "later" and at.alpha > C ^ -0.95 then return end
      local eps = (at.alpha + p.d ^ -0.5) ^ 2 * C ^ -1.5 + C ^ 0.5 * (at.alpha + p.d ^ -0.5) ^ 3
      if p.form == "(144)" then return conclude_mean(c, path, q, eps, near, 1) end
      conclude_w(c, path, q, eps, near)
      conclude_v(c, path, q, at.beta, near)
      conclude_mean(c, path, q, eps, near, 0.5)
    end)
  end,
}
