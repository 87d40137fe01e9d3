--- Lemma F.11 of the normalised-SGDA paper, on sums of sigmoids over stages 2 and 3
-- (stage_log.lua). With beta = lambda b, which is what the logit (9) has and the paper writes as b
-- (lemma_F_4.lua):
--
--   (95)  sum over (T_B1, T_B3] of eta_D S(-f(X)) = O~(1), for every X
--   (96)  sum of eta_D lambda S(beta) = O~(1)
--
-- (95) is printed with S(+a <w*, X>^3 + b): false, that is about 1, so that the sum is T_B3 - T_B1,
-- of order d^(1/2). In (96) the S is missing in print.
local sd = require "saddle"
local exponents = require "exponents"

--- The integral over stages 2 and 3 of f(path, k), by trapezia.
local function sum(log, f)
  local total = 0
  for _, stage in ipairs { "B2", "B3" } do
    local path = log[stage].path
    for k = 2, path.t.cols do
      total = total + (path.t(k) - path.t(k - 1)) * (f(path, k) + f(path, k - 1)) / 2
    end
  end
  return total
end

--- S(sign f(X)) of one neuron at a time of the path, X being column `which` of the data.
local function sigmoid(log, sign, which)
  local model, m = log.model, log.model.mD
  return function(path, k)
    local w = path.W:col((k - 1) * m + log.star)
    local f = path.a(k) * sd.dot(w, model.X:col(which)) ^ 3 + model.lambda * path.b(k)
    return sd.sigmoid(sign * f)
  end
end

return sd.claim {
  id = "normalized_sgda.lemma_F_11",
  source = "Lemma F.11, (95), (96)",
  statement = "until the generator has learnt, sigmoids of real samples and lambda times those of "
    .. "fake ones add up to O~(1)",
  surrogate = exponents.SURROGATE,
  params = { rho = { 0.1, 0.3 }, seed = { 1, 2 },
    { sign = -1 },
    { sign = 1, rho = 0.1, expect = "violated" },
    { sign = -1, rho = 4, expect = "not applicable" } },
  smoke = { seed = 1, rho = 0.1 },
  full = { seed = sd.seeds(8) },
  broken = { "the printed sign" },
  check = function(c, p)
    if not c:assume("case 2 of Lemma C.1: rho < 1 - 1/C", p.rho, "<", 0.9) then return end
    local own = c.broken and 1 or p.sign
    local slopes = exponents.of(c, "balanced", { rho = p.rho, last = "B3" }, function(log)
      local lambda = log.model.lambda
      c:assume("T_B1 < T_B3", log.B1.T, "<", log.B3.T)
      return { first = sum(log, sigmoid(log, own, 1)), second = sum(log, sigmoid(log, own, 2)),
        both = sum(log, sigmoid(log, own, 3)), fake = sum(log, function(path, k)
          return lambda * sd.sigmoid(lambda * path.b(k))
        end) }
    end)
    if not slopes then return end
    for name, text in pairs { first = "X = u_1", second = "X = u_2", both = "X = u_1 + u_2" } do
      exponents.conclude(c, "(95), " .. text, slopes[name], "<=", 0)
    end
    exponents.conclude(c, "(96)", slopes.fake, "<=", 0)
  end,
}
