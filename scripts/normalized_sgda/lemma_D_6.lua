--- Lemma D.6 of the normalised-SGDA paper (Jelassi et al., 2022): how x^s S(-gx - b) depends on x,
-- S the logistic function; printed with s = 1. With y = gx > 0 its logarithm has the slope
-- (s - y S(y + b))/x, and y S(y + b) grows with y: so there is one maximum, where y = s (1 +
-- e^-(y+b)), at
--
--   y* = s + W(s e^(-s-b)),   W the inverse of w e^w
--
--   printed     s = 1: decreasing as soon as gx > 1 and gx + b > 0. False: it increases up to
--               gx = y*, which is 1.2785 at b = 0, 1.564 at b = -0.99 and 1.090 at b = 1.32
--   corrected   decreasing where y S(y + b) > s, that is beyond y*, and nowhere before; y >= 2s and
--               y + b > 0 suffice
--   sharp       for each bound below 2s some b with y* + b > 0 has a larger y*: y* is 2s at b = -2s
--
-- The proofs of Lemmas D.7 and F.5 use s = 1 (c^3 in the place of x) and s = 2/3 (c^2): there
-- gx >= 2 and gx >= 4/3 is what they need.
local sd = require "saddle"

--- y* from the closed form, W by Newton's method.
local function peak(s, b)
  local target = s * math.exp(-s - b)
  return s + (sd.newton(function(w) return w * sd.exp(w) - target end, math.min(1, target),
    { lo = 0, hi = 1 + target }))
end

--- log(x^s S(-gx - b)) at y = gx, but for s log g.
local function height(s, b)
  return function(y) return s * sd.log(y) + sd.log_sigmoid(-y - b) end
end

--- The differences of `f` from point to point of a grid of y.
local function differences(f, from, to)
  local h = f(sd.linspace(from, to, 400))
  return h:block(2, 1, #h - 1, 1) - h:block(1, 1, #h - 1, 1)
end

local forms = {}

function forms.printed(c, p, f)
  c:conclude("it decreases where gx > 1 and gx + b > 0",
    differences(f, math.max(1, -p.b) + 1e-6, 10), "<", 0)
  c:note("y*", peak(p.s, p.b))
end

function forms.corrected(c, p, f)
  local found = sd.maximize1d(f, 1e-3, 50 + 4 * p.s, { tol = 1e-10 })
  local closed = peak(p.s, p.b) * (c.broken == "peak" and 0.97 or 1)
  -- Where f is flat to rounding, |f(y) - f(y*)| <= 8 u max|f|, the search cannot see: f'' at the
  -- maximum is -(s/y*^2 + S S'), at least s/y*^2 in size.
  local blind = math.sqrt(2 * 8 * 2 ^ -53 * (1 + math.abs(f(closed))) * closed ^ 2 / p.s)
  c:conclude("the maximum is at s + W(s e^(-s-b))", found, "==", closed, { tol = blind + 1e-9 })
  c:conclude("y S(y + b) is s there", closed * sd.sigmoid(closed + p.b), "==", p.s,
    { tol = 1e-13 * (1 + closed) })
  c:conclude("it decreases beyond", differences(f, closed * (1 + 1e-6), closed + 10), "<", 0)
  c:conclude("and increases before", differences(f, closed / 100, closed * (1 - 1e-6)), ">", 0)
  local from = math.max(2 * p.s, -p.b + 1e-9)
  c:conclude("it decreases where y >= 2s and y + b > 0", differences(f, from, from + 10), "<", 0)
end

function forms.sharp(c, p)
  local b = -2 * p.s + 1e-6
  local y = peak(p.s, b) - (c.broken == "peak" and 0.03 or 0)
  c:conclude("y* + b > 0", y + b, ">", 0)
  c:conclude("y* is 2s in the limit", y, ">=", 2 * p.s - 1e-6)
end

return sd.claim {
  id = "normalized_sgda.lemma_D_6",
  source = "Lemma D.6",
  statement = "x Sigmoid(-gx - b) decreases in x where gx Sigmoid(gx + b) > 1, for which gx >= 2 "
    .. "and gx + b > 0 are enough, and gx > 1 is not",
  params = { g = 1,
    { form = "printed", s = 1, b = { 0, -0.99, 1.32 }, expect = "violated" },
    { form = "corrected", s = { 1, 2 / 3 }, b = { -3, -0.99, 0, 1.32, 6 }, g = { 0.1, 1, 7 } },
    { form = "sharp", s = { 1, 2 / 3 }, b = 0 } },
  broken = { "peak" },
  check = function(c, p)
    c:assume("g > 0", p.g, ">", 0)
    local in_y = height(p.s, p.b)
    forms[p.form](c, p, in_y)
    -- g only sets the unit of x
    local x = 1.7 / p.g
    c:conclude("a function of gx alone", p.s * math.log(x) + sd.log_sigmoid(-p.g * x - p.b), "==",
      in_y(1.7) - p.s * math.log(p.g), { tol = 1e-14 * (1 + math.abs(math.log(p.g))) })
  end,
}
