--- Lemmas F.7 and F.8 of the normalised-SGDA paper: how the generator's neurons move in stage 3
-- (stage_log.lua). With alpha(t) = max <v_j, u_l>, beta = lambda b (in print b, lemma_F_4.lua) and
-- w* = w_i*,
--
--   (80)  w_j = w_j0 +- C^2 d^-0.5 for other neurons of D
--   (81)  w* = w*_0 + alpha(w*, u_1) u_1 + alpha(w*, u_2) u_2 +- C d^-0.9
--   (82)  E[<w_j, G>^2 | z_i = 1] = (1 +- 1/polylog)(<w_j0, v_i> +- C^2 d^-0.5 alpha(t))^2
--         +- alpha(t)^2/polylog for other neurons of D
--   (83)  E[<w*, G>^2 | z_i = 1] = alpha(w*, u_1)^2 (<u_1 + u_2, v_i>^2 +- alpha(t)^2/polyloglog)
--         S(f(G)) = (1 +- O~(d^-1.45)) S(beta)
--   (89)  v_i = v_i(T_B2) + sum_l alpha_il u_l + sum_j beta_ij w_j0 +- xi_i, alpha_il, beta_ij > 0,
--         alpha_i1 = (1 +- o(1)) alpha_i2, |xi_i|^2 <= O~(1/d) (sum alpha_il^2 + beta_ij^2)
--
-- For v_i with <u_1 + u_2, v_i> far below alpha(t), (83) says only that the mean is small. It
-- leaves out w*_0, whose share of <w*, G> is about 1/alpha(w*, u_1) = log(d)^-0.1 at T_B2 and gone
-- at T_B3: with log log d for polyloglog d it holds at T_B3, and not from T_B2 on for every start.
-- The common factor of (80) and (81), <w_j, G>^2, is left out on both sides.
local sd = require "saddle"
local exponents = require "exponents"
local stage_log = require "stage_log"

local C <const> = stage_log.C

--- E[<w, G>^2 | z_i = 1], a row over i.
local function second_moment(model, w, V)
  local mass = model.Z % model.latent_weights
  return ((w * V * model.Z) ^ 2 * mass:t()) / sd.sum(mass, { dim = 2 }):t()
end

--- (82) in one state, of w_j and the start of neuron k.
local function conclude_82(c, log, p, j, k)
  local model, polylog = log.model, 4 * log.model.pair
  local first = sd.abs(log.start.D.W:row(k) * p.G.V)
  local top = sd.max(model.U:t() * p.G.V)
  local drift = C ^ 2 * model.d ^ -0.5 * top
  c:conclude("(82)", sd.abs(second_moment(model, p.D.W:row(j), p.G.V) - first ^ 2), "<=",
    polylog * (first ^ 2 + top ^ 2) + (1 + polylog) * (2 * first * drift + drift ^ 2))
end

--- (83) in one state; alpha(w*, u_1) may be scaled.
local function conclude_83(c, log, p, scale)
  local model, w = log.model, p.D.W:row(log.star)
  local alpha = log.span:of((w - log.start.D.W:row(log.star)):t())(1)
  local mixture = (model.U:col(1) + model.U:col(2)):t() * p.G.V
  local top = sd.max(model.U:t() * p.G.V)
  local square, polyloglog = (scale * alpha) ^ 2, math.log(math.log(model.d))
  c:conclude("(83)", sd.abs(second_moment(model, w, p.G.V) - square * mixture ^ 2), "<=",
    square * ((1 / polyloglog + 4 * model.pair) * top ^ 2 + mixture ^ 2 / polyloglog))
end

--- The rest of F.7 in one state.
local function conclude_7(c, log, p)
  local model, iD, d = log.model, log.star, log.model.d
  local moved = p.D.W - log.start.D.W
  local star = moved:row(iD)
  local along = log.span:of(star:t())
  for i = 1, model.mD do
    if i ~= iD then
      c:conclude("(80)", sd.norm(moved:row(i)), "<=", C ^ 2 * d ^ -0.5)
      conclude_82(c, log, p, i, c.broken == "other neuron" and i % model.mD + 1 or i)
    end
  end
  c:conclude("(81)", sd.norm(star:t() - model.U * along:row(1, 2)), "<=", C * d ^ -0.9)
  local S = sd.sigmoid(model:logit(p.D, p.G.V * model.Z))
  local off_S = sd.max(sd.abs(S / sd.sigmoid(model.lambda * p.D.b) - 1))
  c:conclude("S(f(G)) = (1 +- O~(d^-1.45)) S(beta)", off_S, "<=", math.log(d) ^ 2 * d ^ -1.45)
end

--- F.8 at T_B3; returns |xi|/|(alpha, beta)|, the largest.
local function conclude_8(c, log)
  local model = log.model
  local moved = log.span:of(log.B3.p.G.V - log.B2.p.G.V)
  local u, w, v = moved:row(1, 2), moved:row(3, 2 + model.mD), moved:row(3 + model.mD, -1)
  c:conclude("(89): alpha > 0", u, ">", 0)
  c:conclude("(89): alpha_i1 = alpha_i2", sd.abs(u:row(1) / u:row(2) - 1), "<=",
    1 / math.log(math.log(model.d)))
  c:conclude("(89): beta > 0", w, ">", 0)
  local size = sd.norm(sd.vcat(u, w), { dim = 1 })
  return sd.max(sd.norm(v, { dim = 1 }) / size)
end

return sd.claim {
  id = "normalized_sgda.lemma_F_7",
  source = "Lemmas F.7 and F.8, (80)-(84), (89)",
  statement = "in stage 3 the generator's neurons move along u_1 + u_2 and the neurons of D",
  surrogate = exponents.SURROGATE .. "; polyloglog: log log d and 4 P(two ones), which is the "
    .. "1/polylog of (82)",
  params = { rho = 0.1, gamma = 0.05, seed = sd.seeds(3),
    { at = "T_B3" },
    { at = "T_B2 .. T_B3", seed = 2, expect = "violated" },
    { at = "T_B3", rho = 4, seed = 1, expect = "not applicable" } },
  smoke = { seed = 1 },
  full = { seed = sd.seeds(8), gamma = { 0.01, 0.1 } },
  broken = { "alpha", "other basis", "other neuron" },
  check = function(c, p)
    if not c:assume("case 2 of Lemma C.1: rho < 1 - 1/C", p.rho, "<", 1 - 1 / C) then return end
    local slopes = exponents.of(c, "balanced", { rho = p.rho, gamma = p.gamma, last = "B3" },
      function(log)
        c:assume("T_B2 < T_B3", log.B2.T, "<", log.B3.T)
        if c.broken == "other basis" then log.span.left = log.span.E:t() end
        local states, scale = log:states("B3", 5), c.broken == "alpha" and 1.5 or 1
        for k, state in ipairs(states) do
          conclude_7(c, log, state)
          if k == #states or p.at ~= "T_B3" then conclude_83(c, log, state, scale) end
        end
        return { xi = conclude_8(c, log) }
      end)
    if not slopes then return end
    exponents.conclude(c, "(89): |xi| <= d^-1/2", slopes.xi, "<=", -0.5)
    c:note("slope of |xi|", slopes.xi)
  end,
}
