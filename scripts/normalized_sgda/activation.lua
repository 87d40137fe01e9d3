--- The activation of the discriminator, (9) of the normalised-SGDA paper (S. Jelassi, A. Mensch,
-- G. Gidel, Y. Li, 2022): sigma(z) = z^3 for |z| <= Lam, 3 Lam^2 z - 2 Lam^3 above, 3 Lam^2 z +
-- 2 Lam^3 below, Lam = d^0.2. It is odd, once continuously differentiable, with sigma'(z) = 3
-- min(z^2, Lam^2), and so Lipschitz with 3 Lam^2, which is what the tangents are for.
local sd = require "saddle"
local two_modes = require "two_modes"

--- (9) at a row of arguments.
local function printed(u, L)
  local inside = sd.le(sd.abs(u), L)
  return sd.where(inside, u ^ 3, 3 * L ^ 2 * u - 2 * L ^ 3 * sd.sign(u))
end

--- sigma at a row, by the model: one neuron along the first coordinate, a = 1, b = 0.
local function of_model(m)
  local W = sd.eye(1, m.n)
  return function(u)
    return m:logit({ a = 1.0, b = 0.0, W = W }, sd.eye(m.n, 1) * u)
  end
end

local twins = {
  ["a cube"] = function(u) return u ^ 3 end,
  ["cut off"] = function(u, L) return sd.clamp(u, -L, L) ^ 3 end,
}

return sd.claim {
  id = "normalized_sgda.activation",
  source = "(9)",
  statement = "sigma is odd, C^1 and Lipschitz with 3 Lam^2, and sigma' = 3 min(z^2, Lam^2)",
  params = { d = { 2, 100, 1e6 } },
  unconditional = true,
  broken = { "a cube", "cut off" },
  check = function(c, p)
    local m = two_modes.new { d = p.d, mD = 1, mG = 1, reduced = true }
    local L = p.d ^ 0.2
    local sigma = of_model(m)
    if c.broken then sigma = function(u) return twins[c.broken](u, L) end end
    -- both sides of both kinks to the last bit, and points between and beyond
    local at = { 0 }
    for _, x in ipairs { 1e-3, 0.5, 1 - 0x1p-53, 1, 1 + 0x1p-52, 1.5, 10 } do
      at[#at + 1], at[#at + 2] = x * L, -x * L
    end
    local u = sd.matrix { at }
    local slope = sd.grad(function(x) return sd.sum(sigma(x)) end)(u)
    -- less than ten roundings each, of terms up to 3 Lam^2 |u| and 3 Lam^2
    local most = sd.max(sd.abs(u))
    local tol, slope_tol = 10 * 0x1p-53 * 3 * L ^ 2 * most, 10 * 0x1p-53 * 3 * L ^ 2
    c:conclude("(9)", sigma(u), "==", printed(u, L), { tol = tol })
    c:conclude("odd, to the bit", sigma(-u), "==", -sigma(u))
    c:conclude("sigma' = 3 min(z^2, Lam^2)", slope, "==", 3 * sd.min(u % u, L ^ 2),
      { tol = slope_tol })
    c:conclude("|sigma'| <= 3 Lam^2", sd.abs(slope), "<=", 3 * L ^ 2, { tol = slope_tol })
    -- a jump of sigma' by J at Lam would leave one-sided quotients J apart; those of a C^1 function
    -- whose second derivative is at most 6 Lam are 6 Lam h apart, rounding 2^-50 sigma / h
    local h = 1e-5 * L
    local three = sigma(sd.matrix { { L - h, L, L + h } })
    c:conclude("no corner at Lam", math.abs(three(3) - 2 * three(2) + three(1)) / h, "<=",
      6 * L * h + 0x1p-50 * L ^ 3 / h)
  end,
}
