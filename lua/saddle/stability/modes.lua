--- Closed forms: the step maps of dynamics on games of two numbers, into which quadratic games fall
-- apart in the bases of singular vectors.
--
-- The mode. min_x max_y s x y + a x^2/2 - c y^2/2 has the field F = G (x, y), G = [a s; -s c]. With
-- steps eta of x and mu of y, D = diag(eta, mu), and m an eigenvalue of M = D G, one step is
--
--   simultaneous   I - M                       eigenvalues 1 - m
--     momentum b   [I - M, -b D; G, b I]       l^2 - (1 + b - m) l + b = 0: of (p, M), M the slot
--   extragradient  I - M + M^2                 1 - m + m^2
--   optimistic     [I - 2 M, D; G, 0]          l^2 - (1 - 2 m) l - m = 0: of (p, the last field)
--   consensus      I - D (G + gamma G'G)
--   alternating    y moves k times, then x: with p = (1 - mu c)^k and q = mu s (1 + (1 - mu c) +
--                  ... k terms), [1 - eta a - eta s q, -eta s p; q, p]
--
-- (lua/saddle/dynamics has the references.) DiracGAN is the mode s = f'(0): L = f(theta psi) +
-- f(0), theta minimises and psi maximises; a gradient penalty gamma psi^2/2 adds gamma to c;
-- instance noise of variance v on both samples adds 2 f''(0) v psi^2/2 to L, hence -2 f''(0) v to
-- c. L. Mescheder, A. Geiger, S. Nowozin, Which training methods for GANs do actually converge?,
-- ICML 2018, lemmas 2.3 to 4.1; what they call the eigenvalues of the vector field are those of -F.
--
-- The bilinear block. For L = <d, r(theta)> - |d|^2/2 with linear r each eigenvalue s of J J' gives
-- z = (r, d) the step C = [1, -eta s; mu, 1 - mu] or, when theta sees the new d after k ascents,
-- [1 - nu eta s, -eta s (1 - nu); nu, 1 - nu] with nu = 1 - (1 - mu)^k. Stability is Jury's: 1 -
-- det, 1 - tr + det and 1 + tr + det are positive. That is eta s < 1 and mu (2 - eta s) < 4 at
-- once, and 0 < nu < 2 and nu eta s < 2 (2 - nu) in turn. Y. Balaji et al., Understanding
-- overparameterization in GANs, ICLR 2021, lemmas A.1 to A.3.
local check = require "saddle.check"
local core = require "saddle.core"
local eigen = require "saddle.stability.eigen"
local options = require "saddle.options"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local modes = {}

-- ---- eigenvalues --------------------------------------------------------------------------------
-- A complex number is {re, im}.

--- Both eigenvalues of [a b; c d]. Half the difference of the diagonal, not the determinant, enters
-- the root: nothing cancels but what cancels in the matrix itself.
local function eigenvalues(a, b, c, d)
  local middle, half = (a + d) / 2, (a - d) / 2
  local square = half * half + b * c
  local root = math.sqrt(math.abs(square))
  if square >= 0 then return { middle + root, 0.0 }, { middle - root, 0.0 }, square end
  return { middle, root }, { middle, -root }, square
end

local function times(a, b) return { a[1] * b[1] - a[2] * b[2], a[1] * b[2] + a[2] * b[1] } end

--- The square root with a real part from 0.
local function root(a)
  local size = math.sqrt(a[1] * a[1] + a[2] * a[2])
  local re = math.sqrt((size + math.abs(a[1])) / 2)
  if re == 0 then return { 0.0, 0.0 } end
  if a[1] >= 0 then return { re, a[2] / (2 * re) } end
  return { math.abs(a[2]) / (2 * re), a[2] < 0 and -re or re }
end

--- Both roots of l^2 - p l + q = 0, the smaller from their product.
local function roots(p, q)
  local square = times(p, p)
  local r = root { square[1] - 4 * q[1], square[2] - 4 * q[2] }
  if r[1] * p[1] + r[2] * p[2] < 0 then r = { -r[1], -r[2] } end
  local large = { (p[1] + r[1]) / 2, (p[2] + r[2]) / 2 }
  local size = large[1] * large[1] + large[2] * large[2]
  if size == 0 then return large, { 0.0, 0.0 } end
  local small = times(q, { large[1], -large[2] })
  return large, { small[1] / size, small[2] / size }
end

--- The list of complex numbers as columns re, im in the order `before`, and the largest modulus.
local function columns(list, before)
  local re, im = {}, {}
  for i, z in ipairs(list) do
    re[i], im[i] = z[1], z[2]
    if z[1] - z[1] ~= 0 or z[2] - z[2] ~= 0 then
      fail "stability: the eigenvalues overflow: the steps or the game's numbers are too large"
    end
  end
  local sorted_re, sorted_im, _, list_sorted = eigen.sorted(re, im, before)
  return core.matrix(sorted_re), core.matrix(sorted_im), list_sorted[1].modulus
end

--- {A =, re =, im =, radius =}
local function result(A, list)
  local re, im, radius = columns(list, eigen.by_modulus)
  return { A = core.matrix(A), re = re, im = im, radius = radius }
end

-- ---- the mode -----------------------------------------------------------------------------------

local function of_block(a, b, c, d)
  local one, two = eigenvalues(a, b, c, d)
  return result({ { a, b }, { c, d } }, { one, two })
end

--- f on both eigenvalues of M; f gives one complex number or two.
local function of_field(o, A, f)
  local list = {}
  local one, two = eigenvalues(o.eta * o.a, o.eta * o.s, -o.mu * o.s, o.mu * o.c)
  for _, m in ipairs { one, two } do
    for _, l in ipairs { f(m) } do list[#list + 1] = l end
  end
  return result(A, list)
end

local step = {}

function step.simultaneous(o)
  local xx, xy, yx, yy = 1 - o.eta * o.a, -o.eta * o.s, o.mu * o.s, 1 - o.mu * o.c
  local b = o.momentum
  if b == 0 then return of_block(xx, xy, yx, yy) end
  return of_field(o, { { xx, xy, -b * o.eta, 0 }, { yx, yy, 0, -b * o.mu },
    { o.a, o.s, b, 0 }, { -o.s, o.c, 0, b } },
    function(m) return roots({ 1 + b - m[1], -m[2] }, { b, 0.0 }) end)
end

function step.extragradient(o)
  local xx, xy, yx, yy = o.eta * o.a, o.eta * o.s, -o.mu * o.s, o.mu * o.c
  return of_field(o, { { 1 - xx + (xx * xx + xy * yx), -xy + xy * (xx + yy) },
    { -yx + yx * (xx + yy), 1 - yy + (yx * xy + yy * yy) } }, function(m)
      local square = times(m, m)
      return { 1 - m[1] + square[1], square[2] - m[2] }
    end)
end

function step.optimistic(o)
  local xx, xy, yx, yy = o.eta * o.a, o.eta * o.s, -o.mu * o.s, o.mu * o.c
  return of_field(o, { { 1 - 2 * xx, -2 * xy, o.eta, 0 }, { -2 * yx, 1 - 2 * yy, 0, o.mu },
    { o.a, o.s, 0, 0 }, { -o.s, o.c, 0, 0 } },
    function(m) return roots({ 1 - 2 * m[1], -2 * m[2] }, { -m[1], -m[2] }) end)
end

function step.consensus(o)
  local a, c, s, gamma = o.a, o.c, o.s, o.gamma
  local cross = gamma * s * (a - c)
  return of_block(1 - o.eta * (a + gamma * (a * a + s * s)), -o.eta * (s + cross),
    -o.mu * (cross - s), 1 - o.mu * (c + gamma * (s * s + c * c)))
end

function step.alternating(o)
  local p, sum = 1.0, 0.0
  for _ = 1, o.k do p, sum = p * (1 - o.mu * o.c), sum + p end
  local q = o.mu * o.s * sum
  return of_block(1 - o.eta * o.a - o.eta * o.s * q, -o.eta * o.s * p, q, p)
end

local DYNAMICS <const> = { "alternating", "consensus", "extragradient", "optimistic",
  "simultaneous" }

--- The options that one of the dynamics has, for the others.
local OWN <const> = { gamma = "consensus", k = "alternating", momentum = "simultaneous" }

--- The name of the dynamics, one of `known`.
local function dynamics(where, name, known)
  return check.word(where, "option 'dynamics'", name, known, "simultaneous")
end

local function check_table(where, given, keys)
  local wrong = type(given) ~= "table" and "needs a table, got " .. core.show(given)
    or options.wrong(given, keys)
  if wrong then fail("%s: %s", where, wrong) end
end

local SHARED <const> = { "dynamics", "eta", "gamma", "k", "momentum", "mu" }

--- What the dynamics of a mode are: their name and steps.
local function read(where, given)
  local name = dynamics(where, given.dynamics, DYNAMICS)
  for key, owner in pairs(OWN) do
    if given[key] ~= nil and name ~= owner then
      fail("%s: option '%s' is for dynamics = \"%s\", these are \"%s\"", where, key, owner, name)
    end
  end
  local eta = check.number(where, "option 'eta'", given.eta, 0)
  return { name = name, eta = eta, mu = check.number(where, "option 'mu'", given.mu, 0, nil, eta),
    k = check.whole(where, "option 'k'", given.k, 1, nil, 1),
    momentum = check.number(where, "option 'momentum'", given.momentum, 0, nil, 0),
    gamma = name == "consensus" and check.number(where, "option 'gamma'", given.gamma, 0) or 0 }
end

local function with_field(o)
  local r = step[o.name](o)
  local one, two = eigenvalues(o.a, o.s, -o.s, o.c)
  local re, im = columns({ one, two }, eigen.by_real_part)
  r.field = { re = re, im = im }
  return r
end

--- sd.stability.mode{eta =, s =[, mu =, a =, c =, dynamics =, k =, gamma =, momentum =]} -> {A =,
-- re =, im =, radius =, field = {re =, im =}}: the step matrix, 2x2 or 4x4, its eigenvalues by
-- falling modulus, and those of G by rising real part. mu is eta, a and c are 0, k is 1, momentum 0
-- and dynamics "simultaneous" unless given.
function modes.mode(given)
  check_table("stability.mode", given, { "a", "c", "s", table.unpack(SHARED) })
  local o = read("stability.mode", given)
  o.s = check.number("stability.mode", "option 's'", given.s)
  o.a = check.number("stability.mode", "option 'a'", given.a, nil, nil, 0)
  o.c = check.number("stability.mode", "option 'c'", given.c, nil, nil, 0)
  return with_field(o)
end

--- sd.stability.dirac{eta =[, penalty =, noise =, slope =, curvature =, ...]}: DiracGAN as a mode.
-- penalty is gamma of the penalty gamma psi^2/2 (R1 and R2 agree here), noise the standard
-- deviation of instance noise; slope and curvature are f'(0) and f''(0), 1/2 and -1/4 for
-- f(t) = -log(1 + exp(-t)). Dynamics and result as of sd.stability.mode.
function modes.dirac(given)
  local where = "stability.dirac"
  check_table(where, given, { "curvature", "noise", "penalty", "slope", table.unpack(SHARED) })
  local o = read(where, given)
  local noise = check.number(where, "option 'noise'", given.noise, 0, nil, 0)
  o.a, o.s = 0.0, check.number(where, "option 'slope'", given.slope, nil, nil, 0.5)
  o.c = check.number(where, "option 'penalty'", given.penalty, 0, nil, 0)
    - 2 * check.number(where, "option 'curvature'", given.curvature, nil, nil, -0.25) * noise ^ 2
  return with_field(o)
end

-- ---- the bilinear block -------------------------------------------------------------------------

local IN_TURN <const> = { "alternating", "simultaneous" }

--- sd.stability.bilinear{eta =, mu =, s =[, dynamics =, k =]} -> {A =, re =, im =, radius =, slack
-- =, stable =}: the block C of z = (r, d) for the eigenvalue s of J J'. slack is the least of the
-- three expressions of Jury's, each written without cancellation; stable says that it is positive.
function modes.bilinear(given)
  local where = "stability.bilinear"
  check_table(where, given, { "dynamics", "eta", "k", "mu", "s" })
  local turns = dynamics(where, given.dynamics, IN_TURN) == "alternating"
  if given.k ~= nil and not turns then
    fail("%s: option 'k' is for dynamics = \"alternating\"", where)
  end
  local eta, s = check.number(where, "option 'eta'", given.eta, 0),
    check.number(where, "option 's'", given.s, 0)
  local mu, k = check.number(where, "option 'mu'", given.mu, 0),
    check.whole(where, "option 'k'", given.k, 1, nil, 1)
  local x = eta * s
  local r
  if turns then
    local rest = (1 - mu) ^ k -- 1 - nu
    local nu = k == 1 and mu or 1 - rest
    r = of_block(1 - nu * x, -x * rest, nu, rest)
    r.slack = math.min(nu, nu * x, 2 * (2 - nu) - nu * x)
  else
    r = of_block(1.0, -x, mu, 1 - mu)
    r.slack = math.min(mu * (1 - x), mu * x, 4 - mu * (2 - x))
  end
  r.stable = r.slack > 0
  return r
end

--- sd.stability.largest_mu(x[, dynamics]) -> the mu below which the bilinear block is stable at
-- eta s = x > 0: 4/(2 - x) at once, and 0 from x = 1 on; 4/(2 + x) in turn, with k = 1.
function modes.largest_mu(x, name)
  check.positive("stability.largest_mu", "x", x)
  if dynamics("stability.largest_mu", name, IN_TURN) == "alternating" then return 4 / (2 + x) end
  return x < 1 and 4 / (2 - x) or 0.0
end

--- sd.stability.kappa(a) -> the condition of the eigenvectors of the simultaneous block, as columns
-- ((1 +- q)/2, 1) with q = sqrt(1 - 4 a), for mu = 1 and a = eta s / mu in 0 <= a < 1/4: |C^t| <=
-- kappa rho^t, for other mu as well. Lemma A.3 of Balaji et al.
function modes.kappa(a)
  if type(a) ~= "number" or not (a >= 0 and a < 0.25) then
    fail("stability.kappa: a = eta s / mu must be in 0 <= a < 1/4 (the block is defective at 1/4), "
      .. "got %s", core.show(a))
  end
  return (3 - 2 * a + math.sqrt((1 + 2 * a) ^ 2 + 4)) / (2 * math.sqrt(1 - 4 * a))
end

--- sd.stability.gamma{eta =, mu =, s =} -> the largest kappa over the eigenvalues s of J J' (a
-- number, a list or a matrix), and the bound 6 / (2 sqrt(1 - 4 a)) at the largest a.
function modes.gamma(given)
  local where = "stability.gamma"
  check_table(where, given, { "eta", "mu", "s" })
  local eta, mu = check.number(where, "option 'eta'", given.eta, 0),
    check.positive(where, "option 'mu'", given.mu)
  local list = given.s
  if core.ismatrix(list) then list = eigen.list(list) end
  if type(list) == "number" then list = { list } end
  if type(list) ~= "table" or rawlen(list) == 0 then
    fail("%s: option 's' must be a number, a list or a matrix of eigenvalues, got %s", where,
      core.show(given.s))
  end
  local largest = 0.0
  for i = 1, #list do
    largest = math.max(largest, eta * check.number(where, ("s[%d]"):format(i), list[i], 0) / mu)
  end
  return modes.kappa(largest), 3 / math.sqrt(1 - 4 * largest) -- kappa rises with a
end

-- ---- powers -------------------------------------------------------------------------------------

--- (u^t - v^t) / (u - v) for real |u| >= |v|, not both 0, t >= 1; difference is u - v.
local function quotient(u, v, t, difference)
  local q = v / u
  if q < 0.5 then return u ^ (t - 1) * ((1 - q ^ t) / (1 - q)) end
  if difference == 0 then return u ^ (t - 1) * t end
  local fraction = difference / u -- 1 - q, as exact as the root is
  local log = core.log1p(-fraction)
  return u ^ (t - 1) * (-core.expm1(t * log) / fraction)
end

--- g_n = (u^n - v^n) / (u - v), n >= 0, as a function of n, for eigenvalues u, v; `square` is that
-- of (u - v)/2, `size` is |u|.
local function quotients(u, v, square, size)
  if square < 0 then
    local angle = math.atan(u[2], u[1])
    return function(n) return size ^ (n - 1) * math.sin(n * angle) / math.sin(angle) end
  end
  local large, small, difference = u[1], v[1], 2 * math.sqrt(square)
  if math.abs(small) > math.abs(large) then
    large, small, difference = small, large, -difference
  end
  if large == 0 then return function(n) return n == 1 and 1.0 or 0.0 end end
  return function(n) return n == 0 and 0.0 or quotient(large, small, n, difference) end
end

--- sd.stability.power(C, t) -> C^t in f64 for 2x2 C and whole t >= 0, by Cayley and Hamilton: with
-- eigenvalues u, v it is g_t C - u v g_{t-1} I, g_t = (u^t - v^t) / (u - v), which for a pair is
-- |u|^{t-1} sin(t arg u) / sin(arg u), and where they meet t u^{t-1}.
function modes.power(C, t)
  local where = "stability.power"
  eigen.check(where, C)
  if C.rows ~= 2 then fail("%s: needs a 2x2 matrix, got %dx%d", where, C.rows, C.cols) end
  t = check.whole(where, "t", t, 0)
  if t == 0 then return core.eye(2) end
  if C.dtype ~= "f64" then C = C:to "f64" end
  local a, b, c, d = C(1, 1), C(1, 2), C(2, 1), C(2, 2)
  local u, v, square = eigenvalues(a, b, c, d)
  local size = math.sqrt(u[1] * u[1] + u[2] * u[2])
  local g = quotients(u, v, square, size)
  local now, product = g(t), square < 0 and size * size or u[1] * v[1]
  local P = now * C - core.diag(core.full(2, 1, product * g(t - 1)))
  if core.min(core.isfinite(P)) == 0 then
    fail("%s: the power %d overflows: the spectral radius is %g", where, t, size)
  end
  return P
end

--- The spectral radius of a 2x2 matrix by its characteristic polynomial, which is exact to the last
-- bits where eigenvalues meet and dgeev is not.
function modes.radius(C)
  local u, v = eigenvalues(C(1, 1), C(1, 2), C(2, 1), C(2, 2))
  return math.max(math.sqrt(u[1] * u[1] + u[2] * u[2]), math.abs(v[1]))
end

return modes
