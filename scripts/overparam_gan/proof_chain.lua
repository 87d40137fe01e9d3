--- The constants in the proofs of Theorems 2.1 and 2.2 of the over-parameterised-GAN paper (Balaji
-- et al., ICLR 2021, sections A.6 and A.7), and the inequalities that they have to satisfy. Sizes
-- are p = {m=, d=, k=, n=, sigma_v=, sigma_w=, sigma_z=, xbar= |xbar|, mu=, etabar=}; k may be any
-- number.
--
-- S = sigma_v sigma_z sqrt((d + (n-1)/pi)/(2n)). With delta = 1/2, eta = 1/3 in Lemmas A.7, A.8,
-- A.10:
--
--   alpha = (sqrt(k-9)/2 - 2 sqrt m) S <= sigma_min(J0)     zeta = 3/2 (sqrt k + 2 sqrt m) S >=
--   |J0| beta = 2 zeta     gamma = 5     eps = alpha^2/(4 gamma beta)
--   r0 = 2/3 sigma_v sigma_w sigma_z sqrt(k d m) + |xbar| >= |f(W0) - xbar|
--   (35)  |J - J0| <= 5/4 sigma_v sigma_z sqrt d (2 sqrt m + sqrt(2 s log(k/s))) on a ball of
--         radius R, s = 3 (2 k R/sigma_w)^(2/3)
--
-- Theorem 2.1 needs (35) to be eps at most, for R = 2 gamma beta^2/alpha^3 r0 + 18 eps beta^2
-- gamma^2/alpha^4 r0 (24). The proof has each half of (35) below half of sigma_v sigma_z
-- sqrt k/42000 <= eps; of the second half it makes R <= Rmax, by x log(d/x) <= 1/(2 105000^2) with
-- x = 3 d (2R/(sigma_w sqrt k))^(2/3). Theorem 2.2 has alpha/2 for the alpha of Theorem A.11, and
-- needs (35) to be alpha/6 at most, for R = 6 r0/alpha.
--
-- The steps of the theorems are mu/eta = 8 beta^2 and eta = 1/(3 beta^2) at etabar = 1, with
-- beta <= 9 sqrt k S, which holds for m <= k.
local proof = {}

local GAMMA <const> = 5

--- (d + (n-1)/pi)/(2n); S of p.
local function spread(p) return (p.d + (p.n - 1) / math.pi) / (2 * p.n) end
function proof.scale(p) return p.sigma_v * p.sigma_z * math.sqrt(spread(p)) end

--- eta of Theorem 2.1: etabar mu/(324 k (d + (n-1)/pi)/n sigma_v^2 sigma_z^2).
function proof.ascent_step(p) return p.etabar * p.mu / (648 * p.k * proof.scale(p) ^ 2) end

--- eta of Theorem 2.2: 2 etabar/(243 k (d + (n-1)/pi)/n sigma_v^2 sigma_z^2).
function proof.descent_step(p) return p.etabar / (243 * p.k * proof.scale(p) ^ 2) end

--- The side of (35), infinite where the lemma says nothing (s > k/e).
function proof.perturbation(p, R)
  local s = 3 * (2 * p.k * R / p.sigma_w) ^ (2 / 3)
  if not (s <= p.k / math.exp(1)) then return math.huge end
  return 5 / 4 * p.sigma_v * p.sigma_z * math.sqrt(p.d)
    * (2 * math.sqrt(p.m) + math.sqrt(2 * s * math.log(p.k / s)))
end

--- The largest x below d/e with x log(d/x) <= 1/(2 105000^2); the left side grows there.
function proof.largest_x(d)
  local low, high = 0, d / math.exp(1)
  for _ = 1, 2000 do
    local x = (low + high) / 2
    if x <= low or x >= high then break end
    if x * math.log(d / x) <= 1 / (2 * 105000 ^ 2) then low = x else high = x end
  end
  return low
end

--- The constants, by name. Where alpha <= 0 those that come of it are infinite.
function proof.constants(p)
  local c, root = { S = proof.scale(p), gamma = GAMMA }, math.sqrt(p.k)
  c.alpha = (math.sqrt(math.max(0, p.k - 9)) / 2 - 2 * math.sqrt(p.m)) * c.S
  c.zeta = 3 / 2 * (root + 2 * math.sqrt(p.m)) * c.S
  c.beta = 2 * c.zeta
  c.r0 = 2 / 3 * p.sigma_v * p.sigma_w * p.sigma_z * math.sqrt(p.k * p.d * p.m) + p.xbar
  c.largest_x = proof.largest_x(p.d)
  c.R_max = p.sigma_w * root / 2 * (c.largest_x / (3 * p.d)) ^ (3 / 2)
  c.eta, c.eta_descent = proof.ascent_step(p), proof.descent_step(p)
  local proper = c.alpha > 0
  c.eps = proper and c.alpha ^ 2 / (4 * GAMMA * c.beta) or 0
  c.R = not proper and math.huge or (2 * GAMMA * c.beta ^ 2 / c.alpha ^ 3
    + 18 * c.eps * c.beta ^ 2 * GAMMA ^ 2 / c.alpha ^ 4) * c.r0
  c.R_descent = proper and 6 * c.r0 / c.alpha or math.huge
  c.change, c.change_descent = proof.perturbation(p, c.R), proof.perturbation(p, c.R_descent)
  -- the terms of the probability whose constants are named
  c.doubt = (p.n + 5) * math.exp(-p.m / 1500) + (2 * p.k + 2) * math.exp(-p.d / 216)
  return c
end

--- The names of the constants in the order in which the proof meets them.
proof.NAMES = { "S", "alpha", "zeta", "beta", "gamma", "r0", "eps", "R", "largest_x", "R_max",
  "change", "eta", "R_descent", "change_descent", "eta_descent", "doubt" }

local function inequality(name, x, rel, y)
  local holds = rel == ">" and x > y or rel == ">=" and x >= y or rel == "<=" and x <= y
  return { name = name, x = x, rel = rel, y = y, holds = holds or rel == "<" and x < y }
end

--- What both theorems ask for first.
local function common(p, c)
  local log = p.d >= 2 and p.m * p.d ^ (5 / 2) * math.log(p.d) ^ (3 / 2) or 0
  return { inequality("d >= 2", p.d, ">=", 2),
    inequality("sigmas >= |xbar|/(m d^2.5 log(d)^1.5)",
      p.sigma_v * p.sigma_w * p.sigma_z * log, ">=", p.xbar),
    inequality("alpha > 0: k > 16 m + 9", p.k, ">", 16 * p.m + 9),
    inequality("alpha >= sqrt(k) S/8", c.alpha, ">=", math.sqrt(p.k) * c.S / 8) }
end

--- What Theorem 2.1 needs, in the order of its proof: a list of {name=, x=, rel=, y=, holds=}.
function proof.ascent(p, c)
  c = c or proof.constants(p)
  local list, root = common(p, c), math.sqrt(p.k)
  local half = p.sigma_v * p.sigma_z * root
  for _, row in ipairs {
    { "beta <= 9 sqrt(k) S", c.beta, "<=", 9 * root * c.S },
    { "eps >= sigma_v sigma_z sqrt(k)/42000", c.eps, ">=", half / 42000 },
    { "k >= 210000^2 m d: (35), first half", p.k, ">=", 210000 ^ 2 * p.m * p.d },
    { "R <= R_max: (35), second half, (36)", c.R, "<=", c.R_max },
    { "(35) at R <= eps", c.change, "<=", c.eps },
    { "mu/eta >= 8 beta^2", p.mu / c.eta, ">=", 8 * c.beta ^ 2 },
    { "eta alpha^2/2 >= 1e-5 etabar mu", c.eta * math.max(0, c.alpha) ^ 2 / 2, ">=",
      1e-5 * p.etabar * p.mu },
    { "probability > 0", c.doubt, "<", 1 },
  } do list[#list + 1] = inequality(table.unpack(row)) end
  return list
end

--- What Theorem 2.2 needs.
function proof.descent(p, c)
  c = c or proof.constants(p)
  local list = common(p, c)
  for _, row in ipairs {
    { "beta <= 9 sqrt(k) S", c.beta, "<=", 9 * math.sqrt(p.k) * c.S },
    { "(35) at 6 r0/alpha <= alpha/6", c.change_descent, "<=", c.alpha / 6 },
    { "eta <= 1/(3 beta^2)", c.eta_descent, "<=", 1 / (3 * c.beta ^ 2) },
    { "eta alpha^2/4 >= 4e-6 etabar", c.eta_descent * math.max(0, c.alpha) ^ 2 / 4, ">=",
      4e-6 * p.etabar },
    { "probability > 0", c.doubt, "<", 1 },
  } do list[#list + 1] = inequality(table.unpack(row)) end
  return list
end

--- The first of the list that fails, or nil.
function proof.first_failing(list)
  for _, row in ipairs(list) do if not row.holds then return row end end
end

--- The least width from which on that inequality holds, of list(p) = proof.ascent or proof.descent;
-- nil where it fails at 1e80. Not for what k makes worse (the probability).
function proof.least_width(p, list, name)
  local function holds(log_k)
    local q = setmetatable({ k = math.exp(log_k) }, { __index = p })
    for _, row in ipairs(list(q)) do if row.name == name then return row.holds end end
    error(("least_width: no inequality '%s'"):format(name))
  end
  local low, high = 0, 80 * math.log(10)
  if not holds(high) then return nil end
  for _ = 1, 100 do
    local middle = (low + high) / 2
    if holds(middle) then high = middle else low = middle end
  end
  return math.exp(high)
end

return proof
