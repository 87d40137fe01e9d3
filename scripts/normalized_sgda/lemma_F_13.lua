--- Lemmas F.13 and F.14 of the normalised-SGDA paper. F.13, (100): in stage 4 (stage_log.lua) the
-- mean step of each neuron of the generator is along w* = w_i* but for O~(|v|^2/d); in parts of
-- eta_G, with s' the slope of the truncated cube, S_i = E[S(f(G)) | z_i = 1] and w_i for w* in
-- print,
--
--   E dv_i = Theta~(1) a S_i ((s'(<w*, v_i>) + sum_j gamma_ij s'(<w*, v_j>)) w* +- O~(|v|^2/d)),
--
-- gamma_ij > 0. Theta~(1) is between P(z_i = z_j = 1)/log d, that probability being the 1/polylog
-- of the lemma, and log(d)^2. |v| is max |v_j| here, which is |v_i| up to a polylog. F.14: from
-- T_B4 on S(-f(X)) = (1 +- 1/polylog) S(-beta), beta = lambda b, since a is at most 1/(Lam^2
-- d^0.25), and S(f(G)) depends on the one neuron w*.
local sd = require "saddle"
local exponents = require "exponents"

--- E dv_i in parts of eta_G (n x m_G), S_i (a row), and s'(<w*, v_i>) (a row).
local function mean_step(log, p)
  local model, V = log.model, p.G.V
  local F = model:population():field(p)
  local mass = model.Z % model.latent_weights
  local S = sd.sigmoid(model:logit(p.D, V * model.Z)) * mass:t()
  local inner = p.D.W:row(log.star) * V
  return -F.G.V, S / sd.sum(mass, { dim = 2 }):t(),
    3 * sd.min(inner ^ 2, sd.full(1, V.cols, model.Lam ^ 2))
end

local function conclude_13(c, log, p)
  local model, d, w = log.model, log.model.d, p.D.W:row(log.star):t()
  local dV, S, slope = mean_step(log, p)
  local length = sd.norm(w)
  local along = w:t() * dV / length ^ 2
  local scale = p.D.a * S
  local polylog = math.log(d) ^ 2
  local both = 2 * model.pair / (model.mG * (model.mG - 1)) -- P(z_i = z_j = 1)
  c:conclude("(100): off w*", sd.norm(dV - w * along, { dim = 1 }) / scale, "<=",
    polylog * sd.max(sd.norm(p.G.V, { dim = 1 })) ^ 2 / d)
  local drive = c.broken == "square" and slope ^ 2 or slope
  c:conclude("(100): along w*, from below", along / scale, ">=",
    both * sd.sum(drive) / math.log(d))
  c:conclude("(100): along w*, from above", along / scale, "<=", polylog * sd.sum(drive))
end

local function conclude_14(c, log, p)
  local model, f = log.model, log.model.lambda * p.D.b
  local G = p.G.V * model.Z
  local alone = model:logit(log:alone(p, log.star), G)
  c:conclude("F.14: S(-f(X)) = (1 +- 1/log d) S(-beta)",
    sd.abs(sd.sigmoid(-model:logit(p.D, model.X)) / sd.sigmoid(-f) - 1), "<=",
    1 / math.log(model.d))
  c:conclude("F.14: S(f(G)) is that of w*",
    sd.abs(sd.sigmoid(model:logit(p.D, G)) / sd.sigmoid(alone) - 1), "<=", 1 / math.log(model.d))
  return sd.max(sd.abs(model:logit(p.D, model.X) - f))
end

return sd.claim {
  id = "normalized_sgda.lemma_F_13",
  source = "Lemmas F.13 and F.14, (100)",
  statement = "in stage 4 all of the generator moves along one neuron of D, and at its end the "
    .. "logit of real samples has vanished",
  surrogate = exponents.SURROGATE .. "; O~ of (100): log(d)^2; Theta~: from P(z_i = z_j = 1)/log d",
  params = { rho = { 0.1, 0.3 }, seed = { 1, 2 },
    { steps = 8 },
    { steps = 8, rho = 4, expect = "not applicable" } },
  smoke = { seed = 1, rho = 0.1 },
  full = { seed = sd.seeds(8) },
  broken = { "square", "a at T_B3" },
  check = function(c, p)
    if not c:assume("case 2 of Lemma C.1: rho < 1 - 1/C", p.rho, "<", 0.9) then return end
    local slopes = exponents.of(c, "balanced", { rho = p.rho }, function(log)
      c:assume("T_B1 < T_B3", log.B1.T, "<", log.B3.T)
      for k, state in ipairs(log:states("B4", p.steps)) do
        if k < p.steps then conclude_13(c, log, state) end
      end
      return { f = conclude_14(c, log, c.broken == "a at T_B3" and log.B3.p or log.B4.p) }
    end)
    if not slopes then return end
    exponents.conclude(c, "F.14: |f(X)| is of order 1/(Lam^2 d^0.25)", slopes.f, "==", -0.65)
  end,
}
