--- The gradients of the two-mode model, appendix B of the normalised-SGDA paper (S. Jelassi, A.
-- Mensch, G. Gidel, Y. Li, 2022), against those that differentiation gives of L = log D(X) +
-- log(1 - D(G(z))), section 4.1, where D ascends and G descends. With p = S(-f(X)), q = S(f(G)),
-- G = V z, h(x) = sum_i sigma(<w_i, x>) and f = a h + lambda b they are
--
--   dL/da   = p h(X) - q h(G)              dL/db = lambda (p - q)
--   dL/dw_i = a (p sigma'(<w_i, X>) X - q sigma'(<w_i, G>) G)
--   dL/dv_i = -1[z_i = 1] q a sum_j sigma'(<w_j, G>) w_j
--
-- which are the forms "ours" below. In print:
--
--   printed D     the gradients for a, b and w_i are those of -L, though the one for v_i is that of
--                 L: taken as one gradient of L, as they are written, half have the wrong sign
--   printed b     without lambda (the paper itself has it in Lemmas F.4 and F.15), the sign mended
--   printed v     the sum over j has sigma'(<w_i, G>) w_j, with the i of v_i
--
-- Each is compared for all its parameters; arguments lie on both sides of the cut-off of sigma.
local sd = require "saddle"
local two_modes = require "two_modes"

--- sigma', of a matrix of arguments.
local function slope(u, cutoff) return 3 * sd.min(u % u, cutoff ^ 2) end

--- The gradient of L at one X and one z by these formulas.
local function ours(m, p, X, z)
  local D, G = p.D, p.G.V * z
  local function h(x) return m:logit({ a = 1.0, b = 0.0, W = D.W }, x):item() end
  local P = 1 / (1 + math.exp(D.a * h(X) + m.lambda * D.b))
  local Q = 1 / (1 + math.exp(-D.a * h(G) - m.lambda * D.b))
  local toX, toG = slope(D.W * X, m.Lam), slope(D.W * G, m.Lam)
  return { a = P * h(X) - Q * h(G), b = m.lambda * (P - Q),
    W = D.a * (P * toX * X:t() - Q * toG * G:t()), V = -Q * D.a * (D.W:t() * toG) * z:t() },
    { toG = toG, factor = Q * D.a }
end

--- What each form makes of ours; `with` has what the formula of v needs.
local forms = {}
function forms.ours(g) return g end

forms["printed D"] = function(g) return { a = -g.a, b = -g.b, W = -g.W, V = g.V } end

forms["printed b"] = function(g, m) return { a = g.a, b = g.b / m.lambda, W = g.W, V = g.V } end

forms["printed v"] = function(g, m, p, z, with)
  local all = p.D.W:t() * sd.ones(m.mD, 1)
  local first = with.toG:block(1, 1, m.mG, 1) -- sigma'(<w_i, G>), needs m_D >= m_G
  return { a = g.a, b = g.b, W = g.W, V = -with.factor * all * (first % z):t() }
end

return sd.claim {
  id = "normalized_sgda.gradients",
  source = "Appendix B, the gradients",
  statement = "the gradients of L are those of appendix B with the signs of D's reversed, lambda "
    .. "in that of b, and sigma'(<w_j, G>) in that of v_i",
  params = { d = { 10, 200 }, mD = 6, mG = 4, case = { 1, 2 }, seed = sd.seeds(3),
    { form = "ours" },
    { form = "printed D", expect = "violated" },
    { form = "printed b", expect = "violated" },
    { form = "printed v", expect = "violated" } },
  smoke = { seed = 1 },
  full = { mD = { 4, 20 }, seed = sd.seeds(10) },
  unconditional = true,
  broken = { "a cube without tangents", "one neuron less" },
  check = function(c, p)
    local m = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = 0.1,
      modes = c.rng }
    local at = { D = { a = 0.7, b = -0.4, W = 2 * m.Lam * c.rng:randn(p.mD, p.d) / 3 },
      G = { V = c.rng:randn(p.d, p.mG) / math.sqrt(p.d) } }
    local truth = m
    if c.broken == "a cube without tangents" then
      truth = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, case = p.case }
      truth.discriminator = sd.model.cubic { p.d, p.mD, cutoff = 1e3, tau = m.lambda }
    end
    for k = 1, m.X.cols do
      for l = p.mG - 1, p.mG + 1 do -- two z with one 1, and one with two
        local X, z = m.X:col(k), m.Z:col(l)
        local exact = sd.grad(function(q) return sd.sum(truth:gain(q, X, z)) end)(at)
        local g, with = ours(m, at, X, z)
        g = forms[p.form](g, m, at, z, with)
        if c.broken == "one neuron less" then g.W:row(1):fill_(0) end
        local noise = { tol = c:roundoff(at.D.W, at.G.V, X, g.W, g.V, { steps = 1 }) }
        c:conclude("dL/da", exact.D.a, "==", g.a, noise)
        c:conclude("dL/db", exact.D.b, "==", g.b, noise)
        c:conclude("dL/dW", exact.D.W, "==", g.W, noise)
        c:conclude("dL/dV", exact.G.V, "==", g.V, noise)
      end
    end
    c:note("arguments beyond the cut-off", sd.sum(sd.gt(sd.abs(at.D.W * m.X), m.Lam)))
  end,
}
