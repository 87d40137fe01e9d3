--- Lemmas F.15 and F.16 of the normalised-SGDA paper and what is said of stage 5 (E.1, (118) to
-- (121)), from T_B4 to T_0 (stage_log.lua). With beta = lambda b, tau = lambda^2 the rate of beta,
-- w* = w_i* and S_t = E S(a s(<w*, G>) + beta), where s is the truncated cube,
--
--   F.15  a' = O~(1) S(-beta) - Omega~(Lam^2 d^0.25) S_t
--         b' = lambda (1 +- 1/polylog) S(-beta) - lambda (1 +- 1/polylog) S_t
--   F.16  (101)  sum of eta_D S_t = O~(1/(tau Lam^2 d^0.25)),   (102)  sum of eta_D S(-beta) =
--         O~(1/tau)
--   E.1   w_i moves by d^-0.1 and v_i by d^0.2 at most, |a| = O~(1/(Lam^2 d^0.25)), and <w*, G(z)>
--         = Omega~(d^0.25) for every z
--
-- a relaxes at once to where S_t = S(-beta) E h(X)/h(G), about 1/(Lam^2 d^0.25); it is negative
-- there, so that the generator slowly goes back, until beta has grown to a logarithm. By how much
-- decides whether the lemmas are true:
--
--   tau = (d polylog)^-1/2     as the paper reckons: v_i goes back by d^0.1 polylog of d^0.25. True
--                              from d = 1e48 to 1e60. Up to 1e12 that is too much: neurons with
--                              smaller h(G(z)) fall behind, to half and on to about 0
--   tau = lambda^2 of (9)      1/(d polylog): v_i goes back by all it has, there too. In 9 of 12
--                              starts at d = 1000 a neuron then turned to -w*; with the signs of
--                              h(G) mixed a stays about 0, and where the flow was followed for 2e5
--                              steps the gradient did not fall
--
-- (102) is printed with S(+beta), which tends to 1: that sum is T_0.
local sd = require "saddle"
local exponents = require "exponents"
local flow = require "flow"
local stage_log = require "stage_log"

--- What stage 5 is about in a state, a function of it that gives numbers: S_t with the neuron i for
-- i*, S(-beta), b'/lambda, E h(X) S(-f(X)) and E h(G) S(f(G)), and how far w and v are from T_B4.
local function observed(log, i)
  local model, p4, star = log.model, log.B4.p, log.star
  local wx, wz, game = sd.matrix { model.weights }, model.latent_weights, model:population()
  return sd.compile(function(p)
    local D, GZ = p.D, p.G.V * model.Z
    local beta = model.lambda * D.b
    local real, fake = sd.sigmoid(-model:logit(D, model.X)), sd.sigmoid(model:logit(D, GZ))
    return { S = sd.dot(wz, sd.sigmoid(model:logit(log:alone(p, i), GZ))),
      real = sd.sigmoid(-beta), printed = sd.sigmoid(beta),
      b = -game:field(p).D.b / model.lambda,
      gain = sd.dot(wx % real, flow.sums(model, D.W, model.X)),
      loss = sd.dot(wz % fake, flow.sums(model, D.W, GZ)), a = sd.abs(D.a),
      w = sd.max(sd.norm(D.W - p4.D.W, { dim = 2 })),
      v = sd.max(sd.norm(p.G.V - p4.G.V, { dim = 1 })), least = sd.min(D.W:row(star) * p.G.V) }
  end)
end

--- Rows of what is observed over stage 5, and its times.
local function follow(log, i)
  local stage = log.B5 and "B5" or "T0"
  local t, see, rows = log[stage].path.t, observed(log, i), {}
  for k, p in ipairs(log:states(stage, t.cols)) do
    for name, v in pairs(see(p)) do
      rows[name] = rows[name] or {}
      rows[name][k] = v
    end
  end
  for name, row in pairs(rows) do rows[name] = sd.matrix { row } end
  return rows, t
end

--- The integral of a row over the times, which are 0.2 of beta apart, by the right ends: there a,
-- faster than any step, has relaxed.
local function sum(t, row)
  local m = t.cols
  return sd.dot(t:col(2, m) - t:col(1, m - 1), row:col(2, m))
end

--- Concludes what is said of b' in one dimension; what is bounded by powers of it.
local function measure(c, log)
  local other = c.broken == "other neuron"
  local rows, t = follow(log, other and log.star % log.model.mD + 1 or log.star)
  local fake = c.broken == "no fake term" and 0 * rows.S or rows.S
  c:conclude("F.15: b' = lambda (1 +- 1/log d)(S(-beta) - S_t)",
    sd.abs(rows.b - rows.real + fake), "<=", (rows.real + fake) / math.log(log.model.d))
  return { gain = sd.max(rows.gain / rows.real), loss = sd.min(rows.loss / rows.S),
    S = sum(t, rows.S), real = sum(t, rows.real), printed = sum(t, rows.printed),
    w = sd.max(rows.w), v = sd.max(rows.v), a = sd.max(rows.a), least = sd.min(rows.least) }
end

--- What is said of slopes, tau being that of tau: name, what was measured, relation, exponent.
local function said(tau)
  return {
    { "F.15: O~(1) of S(-beta) in a'", "gain", "<=", 0 },
    { "F.15: Omega~(Lam^2 d^0.25) of S_t in a'", "loss", ">=", 0.65 },
    { "(101)", "S", "<=", -tau - 0.65 },
    { "(102)", "real", "<=", -tau },
    { "E.1: w moves by d^-0.1", "w", "<=", -0.1 },
    { "E.1: v moves by d^0.2", "v", "<=", 0.2 },
    { "E.1: |a| is of order 1/(Lam^2 d^0.25)", "a", "<=", -0.65 },
    { "E.1: <w*, G(z)> is of order d^0.25", "least", ">=", 0.25 },
  }
end

return sd.claim {
  id = "normalized_sgda.lemma_F_15",
  source = "Lemmas F.15 and F.16, (101), (102), (118)-(121); E.1, stage 5",
  statement = "in stage 5 b saturates before the generator has gone back: true where lambda b "
    .. "moves as fast as the paper reckons, and d is astronomic",
  surrogate = "O~, Omega~: slopes over d = 1e48..1e60 up to 0.016, what log(d)^2 comes to; "
    .. "1/polylog: 1/log d; 1/poly(d) of T_0: d^-2",
  params = { rho = 0.1, m = 5, form = "corrected", seed = { 1, 2 },
    { lambda = "as reckoned", d = "1e48 .. 1e60" },
    { lambda = "as reckoned", d = "1e48 .. 1e60", form = "printed (102)", seed = 1,
      expect = "violated" },
    { lambda = "(9)", d = "1e48 .. 1e60", seed = 1, expect = "violated" },
    { lambda = "as reckoned", d = "1e8 .. 1e12", seed = 1, expect = "violated" },
    { lambda = "as reckoned", d = "1e48 .. 1e60", rho = 4, seed = 1, expect = "not applicable" } },
  smoke = { seed = 1 },
  full = { seed = sd.seeds(8), m = { 5, 8 } },
  broken = { "no fake term", "other neuron" },
  check = function(c, p)
    if not c:assume("case 2 of Lemma C.1: rho < 1 - 1/C", p.rho, "<", 1 - 1 / stage_log.C) then
      return
    end
    local ds = p.d == "1e8 .. 1e12" and exponents.DIMENSIONS or exponents.FAR
    local slopes = exponents.of(c, "balanced", { rho = p.rho, mD = p.m, mG = p.m, last = "B5",
      lambda = p.lambda }, function(log)
      c:conclude("there is a T_0, and no neuron of G is halved before", log:time "T0", "<",
        log:time "B5")
      return measure(c, log)
    end, ds)
    if not slopes then return end
    for _, e in ipairs(said(p.lambda == "(9)" and -1 or -0.5)) do
      exponents.conclude(c, e[1], slopes[e[2]], e[3], e[4], ds)
      c:note(e[1], slopes[e[2]])
    end
    if p.form == "printed (102)" then
      exponents.conclude(c, "(102) as printed", slopes.printed, "<=", 0.5, ds)
    end
  end,
}
