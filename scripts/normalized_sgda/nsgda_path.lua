--- What appendix H follows along a run of nSGDA in the reduced model: the coefficients alpha of the
-- neurons in the span of the start (span.lua), and of these
--
--   alpha(t) = max over l of alpha(w_(i_l*), u_l)      beta(t) = max over j of alpha(v_j, w_(g_j*))
--
-- with the leaders of the start (leaders.lua). C = polylog d is what eta_G = eta_D C^-0.6 makes it.
local sd = require "saddle"
local leaders = require "leaders"
local nsgda = require "nsgda"
local span = require "span"
local two_modes = require "two_modes"

local nsgda_path = {}

--- The coefficients of w_(i_l*) by u_l (1 x 2), of v_j by w_(g_j*) (1 x m_G), and the largest
-- change of all others: of W by u_1 and u_2, `onto`, of W by the rest, and of V.
local function measure(model, L, basis, p)
  local A, B = basis:of(p.D.W:t()), basis:of(p.G.V)
  local a, b = sd.zeros(1, 2), sd.zeros(1, model.mG)
  local dA, dB = sd.abs(A - basis.W0), sd.abs(B - basis.V0)
  for l = 1, 2 do
    a:set(l, A(l, L.i[l]))
    dA:set(l, L.i[l], 0)
  end
  for j = 1, model.mG do
    b:set(j, B(2 + L.g[j], j))
    dB:set(2 + L.g[j], j, 0)
  end
  return { a = a, b = b, alpha = sd.max(a), beta = sd.max(b), rest_v = sd.max(dB),
    onto = sd.max(dA:block(1, 1, 2, model.mD)),
    rest_w = sd.max(dA:block(3, 1, dA.rows - 2, model.mD)) }
end

--- nsgda_path.new(p, rng[, rule]) -> {C=, model=, start=, leaders=, trainer=, visit=}, of p.d,
-- p.mD, p.mG, p.gamma, p.a0, p.eta, p.ratio, p.total: a model, a start with the gaps of
-- Lemma H.1, and a trainer with small steps. visit(n, f) runs it and calls f(parameters, path,
-- measured) at n times that are even in the number of steps, which is the logarithm of the path
-- while steps grow.
function nsgda_path.new(p, rng, rule)
  local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, gamma = p.gamma, a0 = p.a0,
    reduced = true }
  local log = math.log(p.d)
  local start, L = leaders.draw(model, rng:split "start", function(found)
    return found.decided and found.gap_i >= math.log(log) ^ -2 and found.gap_g >= log ^ -4
  end)
  local trainer = nsgda.trainer(model, { eta = p.eta, ratio = p.ratio, total = p.total,
    warmup = true, D = rule, G = rule })
  local function visit(n, f)
    local s, basis = trainer.gda.init(start, rng:split "samples"), span.new(model, start)
    for k = 1, n do
      local from, to = (k - 1) * trainer.T // n, k * trainer.T // n
      s = trainer.plan:iterate(s, to - from)
      f(s.p, trainer.path(to), measure(model, L, basis, s.p))
    end
  end
  return { C = p.ratio ^ (-5 / 3), model = model, start = start, leaders = L, trainer = trainer,
    visit = visit }
end

return nsgda_path
