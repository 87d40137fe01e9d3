--- sd.normal: probabilities and moments of the standard normal law in one, two and more dimensions.
-- X, Y are standard normal with correlation rho, Q(x) = P(X >= x). The functions of h, k, rho take
-- numbers or f64 matrices of one shape, element by element.
--
--   sf(x) logsf(x) logisf(l)          Q(x), log Q(x), and the x where log Q(x) = l
--   relu(b)                           E (X - b)+
--   orthant(h, k, rho)                P(X >= h, Y >= k), from log_orthant
--   relu_relu(h, k, rho)              E (X - h)+ (Y - k)+, from log_relu_relu
--   step_relu(h, k, rho)              E 1{X >= h} (Y - k)+
--   expect(f, g, rho[, options])      E f(X) g(Y), and an estimate of the error
--   truncated(a, b)                   mass and moments of X given a <= X <= b
--   relu_inverse(mean, probability)   scale a and threshold b from E (aX - b)+ and P(aX > b)
--   orthant_mc(rng, b, S[, options])  P(Z >= b), Z normal with covariance S, by simulation
--
-- Orthants come from an integral of positive terms along the correlation (src/core/orthant.c): the
-- relative error is some (1 + |log P|) 1e-15 in all tails and up to rho = +-1, and the logarithms
-- go on where the probability underflows. step_relu is a difference of terms: its absolute error is
-- some 1e-15 (1 + h^2 + k^2) (phi(h) + phi(k)).
local core = require "saddle.core"
local sd = require "saddle"
local check = require "saddle.check"
local quadrature = require "saddle.quadrature"
local fail = require("saddle.tree").fail
local composite, even_edges = quadrature.composite, quadrature.even_edges
core.tracing.module()

local normal = {}
for name, f in pairs(core.normal) do normal[name] = f end

function normal.sf(x) return sd.exp(normal.logsf(x)) end

function normal.relu(b) return normal.step_relu(-math.huge, b, 0) end

function normal.orthant(h, k, rho) return sd.exp(normal.log_orthant(h, k, rho)) end

function normal.relu_relu(h, k, rho) return sd.exp(normal.log_relu_relu(h, k, rho)) end

--- The scale a and the threshold b of a ReLU from mean = E (aX - b)+ > 0 and probability =
-- P(aX > b) in (0, 1): with Q(u) = probability, a = mean / E (X - u)+ and b = a u.
function normal.relu_inverse(mean, probability)
  check.positive("normal.relu_inverse", "the mean", mean)
  check.positive("normal.relu_inverse", "the probability", probability)
  if probability >= 1 then
    fail("normal.relu_inverse: the probability must be below 1, got %.17g", probability)
  end
  local u = normal.logisf(math.log(probability))
  local a = mean / normal.relu(u)
  return a, a * u
end

local LOG_ROOT_2PI = 0.5 * math.log(2 * math.pi)

local function density(x) return sd.exp(-0.5 * (x % x) - LOG_ROOT_2PI) end

-- ---- one variable ------------------------------------------------------------------------------

--- X given a <= X <= b: {mass=, log_mass=, mean=, variance=, moments={E X, E X^2, E X^3, E X^4}}.
-- The ends may be infinite. By quadrature of the density relative to its largest value in [a, b],
-- so that far tails and narrow intervals keep their digits.
function normal.truncated(a, b)
  local function is_end(v) return type(v) == "number" and v == v end
  if not (is_end(a) and is_end(b) and a < b and a <= 1e7 and b >= -1e7) then
    fail("normal.truncated: needs a < b and a point of [-1e7, 1e7] between them, got [%s, %s]",
      core.show(a), core.show(b))
  end
  local top = math.min(math.max(0, a), b) -- where the density is largest
  -- x^2 - top^2 = (x - top)(x + top) reaches 90 at this distance: e^-45 of the largest value
  local reach = 90 / (math.abs(top) + math.sqrt(top * top + 90))
  local low, high = math.max(a - top, -reach), math.min(b - top, reach)
  local t, w = composite(even_edges(low, high, (high - low) / 16), 16)
  local p = w % sd.exp(-(t % (top + 0.5 * t)))
  local total = sd.sum(p)
  local shift = sd.dot(p, t) / total
  local log_mass = math.log(total) - 0.5 * top * top - LOG_ROOT_2PI
  local moments = {}
  for m = 1, 4 do moments[m] = sd.dot(p, (t + top) ^ m) / total end
  return { mass = math.exp(log_mass), log_mass = log_mass, mean = top + shift,
    variance = sd.dot(p, (t - shift) ^ 2) / total, moments = moments }
end

-- ---- two variables -----------------------------------------------------------------------------

local REACH, INNER = 12, 12 -- phi(12) is 1e-32 of phi(0)

--- Values of a function of the script on x, checked: of x's shape and finite.
local function values(what, f, x)
  local v = f(x)
  if type(v) == "number" then v = sd.full(x.rows, x.cols, v) end
  v = check.matrix("normal.expect", "the result of " .. what, v)
  if v.rows ~= x.rows or v.cols ~= x.cols then
    fail("normal.expect: %s must work element by element: of %dx%d it makes %dx%d", what, x.rows,
      x.cols, v.rows, v.cols)
  end
  return v
end

--- E g(rho x + s Z) for each element of the row x. Between two kinks the integrand is smooth, so
-- that each such segment of Z's range has panels of its own, for each x.
local function smoothed(g, kinks, rho, s, x, order)
  local t, w = composite(even_edges(0, 1, 1 / INNER), order)
  local ends = { sd.full(1, x.cols, -REACH) }
  for _, kink in ipairs(kinks) do
    ends[#ends + 1] = sd.clamp((kink - rho * x) * (1 / s), -REACH, REACH)
  end
  ends[#ends + 1] = sd.full(1, x.cols, REACH)
  local sum = sd.zeros(1, x.cols)
  for k = 1, #ends - 1 do
    local length = ends[k + 1] - ends[k]
    local z = t * length + ends[k]
    sum = sum + (w:t() * (values("g", g, s * z + rho * x) % density(z))) % length
  end
  return sum
end

--- Outer edges: kinks of f, and those of g over rho, about which E g(rho x + s Z) changes on the
-- scale s/|rho|; panels shrink towards them down to that.
local function outer_edges(kinks_f, kinks_g, rho, s)
  local set = {}
  local function add(x) if math.abs(x) < REACH then set[x] = true end end
  for x = -REACH + 1, REACH - 1 do set[x + 0.0] = true end
  set[-REACH + 0.0], set[REACH + 0.0] = true, true
  for _, x in ipairs(kinks_f) do add(x) end
  if rho ~= 0 then
    for _, kink in ipairs(kinks_g) do
      local centre, step = kink / rho, s / math.abs(rho)
      add(centre)
      while step < 1 do
        add(centre - step)
        add(centre + step)
        step = 2 * step
      end
    end
  end
  local edges = {}
  for x in pairs(set) do edges[#edges + 1] = x end
  table.sort(edges)
  return edges
end

local function kink_list(what, list)
  if list == nil then return { 0.0 } end
  if type(list) ~= "table" then
    fail("normal.expect: option '%s' must be a list of numbers, got %s", what, core.show(list))
  end
  local sorted = {}
  for k, v in ipairs(list) do sorted[k] = check.number("normal.expect", what, v) + 0.0 end
  table.sort(sorted)
  return sorted
end

--- sd.normal.expect(f, g, rho[, {kinks_f={0}, kinks_g={0}}]) -> E f(X) g(Y), and the change from a
-- coarser rule, which estimates the error. f and g map matrices element by element and are smooth
-- but for their kinks or jumps, which the options list; the normal law is cut at +-12.
function normal.expect(f, g, rho, given)
  check.callable("normal.expect", "f", f)
  check.callable("normal.expect", "g", g)
  check.number("normal.expect", "rho", rho, -1, 1)
  given = check.options("normal.expect", given, { "kinks_f", "kinks_g" })
  local kinks_f = kink_list("kinks_f", given.kinks_f)
  local kinks_g = kink_list("kinks_g", given.kinks_g)
  local s = math.sqrt((1 - rho) * (1 + rho))
  local edges = outer_edges(kinks_f, kinks_g, rho, s > 0 and s or 1)
  local function rule(order)
    local x, w = composite(edges, order)
    local outer = w % density(x) % values("f", f, x)
    if s == 0 then return sd.dot(outer, values("g", g, rho * x)) end
    return sd.dot(outer, smoothed(g, kinks_g, rho, s, x:t(), order):t())
  end
  local fine = rule(16)
  return fine, math.abs(fine - rule(12))
end

-- ---- more variables ----------------------------------------------------------------------------

--- sd.normal.orthant_mc(rng, b, S[, {samples=10000}]) -> {p=, se=, log=, relative=}: P(Z >= b) for
-- Z normal with mean 0 and covariance S (n x n, positive definite), b n x 1: the estimate, its
-- standard error, the estimate's logarithm, and the relative standard error. With S = L L' the
-- components of the noise are drawn one after the other from their law given that their bound is
-- met, the most demanding first; the product of the probabilities on the way is unbiased (J.
-- Geweke, Econometrica 57 (1989) 1317-1339; V. Hajivassiliou and D. McFadden, 66 (1998) 863-896).
function normal.orthant_mc(rng, b, S, given)
  local fn = "normal.orthant_mc"
  check.rng(fn, "argument 1", rng)
  b, S = check.matrix(fn, "b", b), check.symmetric(fn, "S", S)
  local n = S.rows
  if n == 0 or b.rows ~= n or b.cols ~= 1 then
    fail("%s: b must be a column with a bound for each of the %d rows of S, got %dx%d", fn, n,
      b.rows, b.cols)
  end
  given = check.options(fn, given, { "samples" })
  local samples = check.whole(fn, "option 'samples'", given.samples, 2, nil, 10000)
  local order = {}
  for i = 1, n do order[i] = i end
  table.sort(order, function(i, j)
    local u, v = b(i) / math.sqrt(S(i, i)), b(j) / math.sqrt(S(j, j))
    if u ~= v then return u > v end
    return i < j
  end)
  b, S = b:row(order), S:row(order):col(order)
  local L = sd.cholesky(S)
  local x, weight = sd.zeros(n, samples), sd.zeros(1, samples)
  for j = 1, n do
    local bound = (b(j) - L:row(j) * x) * (1 / L(j, j)) -- x is 0 from row j on
    local tail = normal.logsf(bound)
    weight = weight + tail
    if j < n then x:row(j):copy_(normal.logisf(sd.log(rng:rand(1, samples)) + tail)) end
  end
  local top = sd.max(weight)
  if top == -math.huge then return { p = 0.0, se = 0.0, log = top, relative = 0 / 0 } end
  local w = sd.exp(weight - top)
  local mean = sd.mean(w)
  local relative = sd.std(w) / (mean * math.sqrt(samples))
  local log = top + math.log(mean)
  return { p = math.exp(log), se = math.exp(log) * relative, log = log, relative = relative }
end

return normal
