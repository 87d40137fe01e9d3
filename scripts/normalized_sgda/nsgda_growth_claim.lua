--- How nSGDA learns (normalised-SGDA paper: Jelassi, Mensch, Gidel, Li, 2022, the induction
-- hypotheses of appendix H). With the leaders of the start and the alpha(t), beta(t) and C of
-- nsgda_path.lua, s the path of the discriminator (eta_D t) and r = eta_G/eta_D, that of G being
-- r s:
--
--   domination   coefficients but for those of w_(i_l*) by u_l move by alpha/C at most, those of
--                v_j but for w_(g_j*) by min(alpha/C, beta)
--   (N.1.2)      alpha(w_(i_l*), u_l) is from 1/(3 m_D) to 1 of s, alpha(v_j, w_(g_j*)) from
--                1/(3 m_G^2) to 1 of r s; so beta/alpha is C^-0.6 [log^-5 d, log^5 d]
--   a, b         |a - a_0| <= a_0/2 while alpha <= C^-0.95, |b| <= d^-0.1
--   linear       log alpha over log s has the slope 1, for all of these
--
-- Nothing is said of small s: the lower bounds of (N.1.2), with these constants, hold once s is
-- some d^-1/2 and r s some 1/d, and are looked at from 30 times that on. Domination on u_1 and u_2
-- is that of stage 2, alpha > C^-0.95. It needs what the paper does not say: d^-1/2 C^1.95 small,
-- for all w_i grow by some d^-1/2 before their leader has won; and gamma C small, for X = u_1 + u_2
-- moves w_(i_1*) along u_2, too (so small here that there is none in a run: one step of a run of
-- growing steps is 0.005 s, and more than alpha/C); and gaps of the v_j, which are log^-4 d, above
-- what <w_i, w_j> = O(d^-1/2) does to <v_j, w_i>: d >= 10^12.
--
--   printed a    a <= a_0, as the paper has it: false, as h(X) > 0 soon, and a grows
--   sgda         plain descent-ascent has no such growth: <w_(i_l*), u_l> goes like x' = x^2, and
--                while it grows from 2 to 10 times its start the slope over t is above 2
local sd = require "saddle"
local leaders = require "leaders"
local nsgda = require "nsgda"
local nsgda_path = require "nsgda_path"
local two_modes = require "two_modes"

local FROM <const> = 30 -- times the scale of the start

--- What is said of one moment; appends it to the rows from which slopes are made.
local function look(c, p, path, rows, q, s, at)
  local C, log, d = path.C, math.log(p.d), p.d
  if at.alpha <= C ^ -0.95 then
    if p.form == "printed a" then
      c:conclude("a <= a_0", q.D.a, "<=", path.start.D.a)
    else
      c:conclude("a", math.abs(q.D.a - path.start.D.a), "<=", path.start.D.a / 2)
    end
  end
  if p.form == "printed a" then return end
  c:conclude("b", math.abs(q.D.b), "<=", d ^ -0.1)
  if s < FROM * math.max(d ^ -0.5, 1 / (d * p.ratio)) then return end
  rows[#rows + 1] = { s = s, at = at }
  c:conclude("(N.1.2): w, from below", at.a, ">=", s / (3 * p.mD))
  c:conclude("(N.1.2): w, from above", at.a, "<=", s)
  c:conclude("(N.1.2): v, from below", at.b, ">=", p.ratio * s / (3 * p.mG ^ 2))
  c:conclude("(N.1.2): v, from above", at.b, "<=", p.ratio * s)
  c:conclude("beta/alpha, from below", at.beta / at.alpha, ">=", C ^ -0.6 * log ^ -5)
  c:conclude("beta/alpha, from above", at.beta / at.alpha, "<=", C ^ -0.6 * log ^ 5)
  c:conclude("domination: W", at.rest_w, "<=", at.alpha / C)
  c:conclude("domination: V", at.rest_v, "<=", math.min(at.alpha / C, at.beta))
  if at.alpha > C ^ -0.95 then c:conclude("domination: W on u", at.onto, "<=", at.alpha / C) end
end

--- The slopes of the rows, for each leader.
local function conclude_linear(c, rows)
  local s = {}
  for k, row in ipairs(rows) do s[k] = row.s end
  for _, name in ipairs { "a", "b" } do
    for i = 1, #rows[1].at[name] do
      local y = {}
      for k, row in ipairs(rows) do y[k] = row.at[name](i) end
      local slope = sd.fit_loglog(s, y)
      if name == "a" then c:conclude("linear: w", math.abs(slope - 1), "<=", 0.1) end
      if name == "b" then c:conclude("linear: v", math.abs(slope - 1), "<=", 0.2) end
    end
  end
end

--- The slope of <w_(i_l*), u_l> over t in plain descent-ascent, of the first that grows 10-fold.
local function conclude_quadratic(c, p)
  local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, gamma = p.gamma, a0 = p.a0,
    reduced = true }
  local start = leaders.draw(model, c.rng:split "start", function(L) return L.distinct end)
  local rule = c.broken == "plain" and "nsgda" or "sgda"
  local trainer = nsgda.trainer(model, { eta = p.eta, ratio = p.ratio, total = p.total,
    D = rule, G = rule })
  local _, h = nsgda.run(trainer, start, c.rng, { every = 10,
    record = function(s) return { x = sd.max(model.U:t() * s.p.D.W:t()) } end })
  local x0, t, x = h.x(1), {}, {}
  for k = 1, #h.t do
    if h.x(k) >= 2 * x0 and h.x(k) <= 10 * x0 then t[#t + 1], x[#x + 1] = h.t(k), h.x(k) end
  end
  if not c:assume("it grows 10-fold", sd.max(h.x), ">=", 10 * x0) or #t < 3 then return end
  c:conclude("slope over t", (sd.fit_loglog(t, x)), ">=", 2)
end

return sd.claim {
  id = "normalized_sgda.nsgda_growth_claim",
  source = "Appendix H.1, (N.1.2)",
  statement = "under nSGDA the leaders grow linearly and nothing else grows; under plain "
    .. "descent-ascent growth is quadratic",
  surrogate = "C is (eta_D/eta_G)^(5/3); Omega(x) is x/3; a slope is 1 that is so "
    .. "to 0.1, of v_j to 0.2: v_j moves some 200/m_G times while the path grows e-fold, which "
    .. "gives its slope over 5 such times a deviation of 0.05",
  params = { mD = 7, mG = 13, eta = 5e-3, a0 = 0.3, seed = sd.seeds(2),
    { form = "stated", d = 1e12, ratio = 0.03, gamma = 1e-6, total = 0.3 },
    { form = "stated", d = 1e12, ratio = 0.05, gamma = 1e-6, total = 0.3, tier = "quick" },
    { form = "stated", d = 1e9, ratio = 0.1, gamma = 1e-6, total = 0.3,
      expect = "not applicable" },
    { form = "stated", d = 1e12, ratio = 0.03, gamma = 0.05, total = 0.3,
      expect = "not applicable" },
    { form = "stated", d = 1e6, ratio = 0.03, gamma = 1e-6, total = 0.3,
      expect = "not applicable" },
    { form = "printed a", d = 1e12, ratio = 0.03, gamma = 1e-6, total = 0.3, expect = "violated" },
    { form = "sgda", d = 10000, ratio = 1, gamma = 0.05, total = 800 } },
  smoke = { seed = 1 },
  full = { seed = sd.seeds(10) },
  broken = { "plain", "other leaders" },
  check = function(c, p)
    if p.form == "sgda" then
      c:assume("eta < d^-1/2", p.eta, "<", p.d ^ -0.5)
      return conclude_quadratic(c, p)
    end
    local C = p.ratio ^ (-5 / 3)
    local rare = c:assume("gamma C <= 1/100", p.gamma * C, "<=", 0.01)
    local far = c:assume("d^-1/2 C^1.95 <= 1/10", p.d ^ -0.5 * C ^ 1.95, "<=", 0.1)
    local wide = c:assume("d^-1/2 <= log^-4 d, the gap of the v_j", p.d ^ -0.5, "<=",
      math.log(p.d) ^ -4)
    local large = c:assume("a_0 >= C^-0.95", p.a0, ">=", C ^ -0.95)
    if not (rare and far and wide and large) then return end
    local path = nsgda_path.new(p, c.rng, c.broken == "plain" and "sgda" or nil)
    if c.broken == "other leaders" then
      local o = path.leaders
      o.i[1], o.i[2] = o.i[2], o.i[1]
    end
    local rows = {}
    path.visit(30, function(q, s, at) look(c, p, path, rows, q, s, at) end)
    if p.form == "stated" and not c.broken then conclude_linear(c, rows) end
    c:note("alpha at the end", rows[1] and rows[#rows].at.alpha or 0)
  end,
}
