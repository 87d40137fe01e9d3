--- The model of section 4 of the normalised-SGDA paper (S. Jelassi, A. Mensch, G. Gidel, Y. Li:
-- Adam is no better than normalized SGD: dissecting how adaptive methods improve GANs, 2022).
-- Data of two modes, unit vectors u_1 and u_2 of R^d, X = s_1 u_1 + s_2 u_2, s in {0, 1}^2, not 0:
--
--   case 1   <u_1, u_2> = gamma, and X is u_1 or u_2, 1/2 each
--   case 2   u_1 and u_2 are orthogonal; X is u_1 + u_2 with probability gamma, else u_1 or u_2
--
--   G(z) = V z (7)     D(X) = S(f(X)),   f(X) = a sum_i sigma(<w_i, X>) + lambda b (9)
--   L(X, z) = log D(X) + log(1 - D(G(z))): a, b, W ascend, V descends (6)
--
-- S is the logistic function; sigma(u) = u^3 up to |u| = Lam = d^0.2, and its tangents beyond;
-- lambda = 1/sqrt(d polylog). z in {0, 1}^m_G has one 1 or, with probability (m_G - 1)/(2 m_G
-- polylog), two, at uniform places, so that P[z_i = z_j = 1] is as (8) says. "polylog d" is log d
-- unless given.
--
-- Parameters: {D = {a, b, W (m_D x n)}, G = {V (n x m_G)}}. The rows w_i of W and the columns v_j
-- of V are the neurons. At the start (Parametrization 4.1) w_i ~ N(0, I/d), v_j ~ N(0, I/d^2),
-- b = 0, and a is a0 or |N(0, 1/(m_D polylog))|: (a, W) and (-a, -W) are the same f, so that a > 0
-- is no loss.
--
-- **Reduction.** Dynamics that commute with rotations never leave the span of u_1, u_2 and the
-- neurons at the start, which has k = 2 + m_D + m_G dimensions. In a basis of it that begins with
-- those of the u, the neurons at the start are the columns of the R of a QR factorisation of normal
-- columns: N(0, 1) above the diagonal, chi with d - 2, d - 3, ... degrees of freedom on it. So a
-- reduced model (n = k coordinates; full ones have n = d) has the law of the full one, for d up to
-- 1e12, at the price of k; and up to 1e60 nearly, see chi. It refuses dynamics that do not commute:
-- equivariant.lua.
local sd = require "saddle"
local check = require "saddle.check"
local equivariant = require "equivariant"

local two_modes = {}

local Model = {}
Model.__index = Model

-- ---- the law of the data and of z ---------------------------------------------------------------

--- The values of s as columns, and their probabilities as a list.
local function coefficients(case, gamma)
  if case == 1 then return sd.eye(2), { 0.5, 0.5 } end
  return sd.matrix { { 1, 0, 1 }, { 0, 1, 1 } }, { (1 - gamma) / 2, (1 - gamma) / 2, gamma }
end

--- u_1 and u_2 as columns (n x 2): in the plane of the first coordinates, or in one that rng draws.
local function directions(case, gamma, n, rng)
  local U = rng and rng:orthogonal(n, 2) or sd.eye(n, 2)
  if case == 2 then return U end
  return U * sd.matrix { { 1, gamma }, { 0, math.sqrt(1 - gamma ^ 2) } }
end

--- The values of z as columns, m with one 1, then m (m-1)/2 with two, and their probabilities (a
-- row), where a z has two with probability `pair`.
local function latents(m, pair)
  local Z, second = { sd.eye(m) }, sd.eye(m)
  for i = 1, m - 1 do Z[i + 1] = second:col(i) + second:col(i + 1, m) end
  local count = m * (m - 1) // 2
  return sd.hcat(table.unpack(Z)), sd.hcat(sd.full(1, m, (1 - pair) / m),
    sd.full(1, count, pair / math.max(1, count)))
end

-- ---- the start ----------------------------------------------------------------------------------

--- The length of k independent N(0, 1); beyond k = 1e12 of the normal law that it tends to, whose
-- mean and variance are the same up to 1/k. They differ in skewness, k^(-1/2).
local function chi(rng, k)
  if k <= 1e12 then return math.sqrt(rng:chi2(k)) end
  return math.sqrt(k - 0.5) + rng:randn() / math.sqrt(2)
end

--- `count` columns of independent N(0, 1) in d dimensions, seen in n coordinates: all of them, or
-- those of a basis of their span and two fixed vectors (see Reduction).
local function normal_columns(rng, d, n, count)
  local R = rng:randn(n, count)
  if n == d then return R end
  for i = 1, count do
    R:set(2 + i, i, chi(rng, d - 1 - i))
    if i < count then R:block(3 + i, i, n - 2 - i, 1):fill_(0) end
  end
  return R
end

-- ---- the model ----------------------------------------------------------------------------------

--- What `new` takes, as parameters of experiments.
function two_modes.params(more)
  local all = {
    case = sd.param(2, "1: correlated modes, 2: correlated coefficients", { from = 1, to = 2 }),
    gamma = sd.param(0.05, "<u_1, u_2>, or the probability of both", { from = 0, below = 1 }),
    d = sd.param(1000, "dimension", { from = 2 }),
    mD = sd.param(7, "neurons of the discriminator", { from = 1 }),
    mG = sd.param(13, "neurons of the generator", { from = 1 }),
  }
  for name, param in pairs(more) do all[name] = param end
  return all
end

--- f (9) with another sigma, a function of the elements of a matrix.
local function with_sigma(sigma, lambda)
  return { apply = function(D, X)
    return D.a * sd.sum(sigma(D.W * X), { dim = 1 }) + lambda * D.b
  end }
end

local OPTIONS <const> = { "a0", "case", "d", "gamma", "lambda", "mD", "mG", "modes", "polylog",
  "reduced", "sigma" }

--- d: whole, and beyond whole numbers, for reduced models, up to where squares of 1/d^2 underflow.
local function dimension(fn, d, reduced)
  if not (reduced and type(d) == "number" and d >= 2 ^ 63) then
    return check.whole(fn, "option 'd'", d, 2)
  end
  return check.number(fn, "option 'd'", d, 2, 1e60)
end

--- The options of two_modes.new, checked, with their defaults: a new table.
local function settle(given)
  local fn <const> = "two_modes.new"
  local o = check.options(fn, given, OPTIONS)
  local m = { d = dimension(fn, o.d, o.reduced),
    mD = check.whole(fn, "option 'mD'", o.mD, 1), mG = check.whole(fn, "option 'mG'", o.mG, 1),
    case = check.whole(fn, "option 'case'", o.case, 1, 2, 2),
    gamma = check.number(fn, "option 'gamma'", o.gamma, 0, 1, 0.05),
    a0 = o.a0 and check.positive(fn, "option 'a0'", o.a0),
    reduced = check.flag(fn, "option 'reduced'", o.reduced) }
  if o.modes then check.rng(fn, "option 'modes'", o.modes) end
  if o.sigma then check.callable(fn, "option 'sigma'", o.sigma) end
  m.polylog = check.positive(fn, "option 'polylog'", o.polylog, math.log(m.d))
  m.lambda = check.positive(fn, "option 'lambda'", o.lambda, 1 / math.sqrt(m.d * m.polylog))
  m.pair = (m.mG - 1) / (2 * m.mG * m.polylog)
  if m.gamma == 1 then error(fn .. ": option 'gamma' must be below 1", 3) end
  if m.pair > 1 then
    error(("%s: option 'polylog' must be at least (mG - 1)/(2 mG) = %g, got %g: z would have two "
      .. "ones with a probability above 1"):format(fn, m.pair * m.polylog, m.polylog), 3)
  end
  if m.reduced and o.modes then
    error(fn .. ": a reduced model has its modes in the plane of the first two coordinates: leave "
      .. "out 'modes' or 'reduced'", 3)
  end
  return m
end

--- two_modes.new{d=, mD=, mG=, case=2, gamma=0.05, polylog=log d, lambda=1/sqrt(d polylog), a0=,
-- reduced=false, modes=rng, sigma=function} -> model. `modes` draws the plane of u_1 and u_2, of a
-- model that is not reduced; `sigma(U)` takes the place of the cube. Fields: the options, and n,
-- Lam, pair, U (n x 2), S and weights (the law of s), X = U S, Z and latent_weights (the law of z).
function two_modes.new(o)
  local m = setmetatable(settle(o), Model)
  m.n = math.tointeger(m.reduced and math.min(m.d, 2 + m.mD + m.mG) or m.d)
  m.Lam = m.d ^ 0.2
  m.U = directions(m.case, m.gamma, m.n, o.modes)
  m.S, m.weights = coefficients(m.case, m.gamma)
  m.X = m.U * m.S
  m.Z, m.latent_weights = latents(m.mG, m.pair)
  m.discriminator = o.sigma and with_sigma(o.sigma, m.lambda)
    or sd.model.cubic { m.n, m.mD, cutoff = m.Lam, tau = m.lambda }
  return m
end

--- The parameters at the start.
function Model:init(rng)
  local a = math.abs(rng:randn()) / math.sqrt(self.mD * self.polylog)
  local R = normal_columns(rng, self.d, self.n, self.mD + self.mG)
  return { D = { a = self.a0 or a, b = 0.0, W = R:col(1, self.mD):t() / self.d ^ 0.5 },
    G = { V = R:col(self.mD + 1, -1) / self.d } }
end

--- f of the columns of X: 1 x batch.
function Model:logit(D, X) return self.discriminator.apply(D, X) end

--- A batch of X (n x batch) and of z (m_G x batch).
function Model:sample(rng, batch)
  return self.X:col(rng:categorical(self.weights, 1, batch)),
    self.Z:col(rng:categorical(self.latent_weights, 1, batch))
end

--- L of the columns of X and of z: 1 x batch.
function Model:gain(p, X, z)
  return sd.log_sigmoid(self:logit(p.D, X)) + sd.log_sigmoid(-self:logit(p.D, p.G.V * z))
end

--- The game (6), each step on a fresh batch.
function Model:game(batch)
  return sd.game { min = "G", max = "D",
    sample = function(rng) return self:sample(rng, batch or 1) end,
    objective = function(p, X, z) return sd.mean(self:gain(p, X, z)) end }
end

--- The game of the expectation of L, exact: sums over the values of X and of z.
function Model:population()
  local wx, wz = sd.matrix { self.weights }, self.latent_weights
  return sd.game { min = "G", max = "D", objective = function(p)
    return sd.dot(wx, sd.log_sigmoid(self:logit(p.D, self.X)))
      + sd.dot(wz, sd.log_sigmoid(-self:logit(p.D, p.G.V * self.Z)))
  end }
end

--- Simultaneous descent-ascent with these optimisers of the players, on a game of this model
-- (default: one sample a step). Error: an optimiser that does not commute with rotations, in a
-- reduced model.
function Model:gda(optim, game)
  local dynamics = sd.dynamics.gda(game or self:game(), { optim = optim })
  if self.reduced then
    for _, player in ipairs { "D", "G" } do
      local o = type(optim) == "table" and optim[player] or optim -- or one for both
      equivariant.check(player, type(o) == "string" and sd.optim(o) or o)
    end
  end
  return dynamics
end

return two_modes
