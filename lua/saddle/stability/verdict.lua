--- What the eigenvalues of a step say about its stability.
local eigen = require "saddle.stability.eigen"
local tree = require "saddle.tree"
tree.module()

local verdict = {}

--- sd.stability.step(A) -> {A =, re =, im =, error =, radius =, margin =, verdict =, period =,
-- condition =} of the linear step z -> A z, A (n,n): eigenvalues (n,1) by falling modulus and what
-- each may be off by through rounding (stability/eigen.lua); the spectral radius; margin = 1 -
-- radius; "stable" when all eigenvalues are inside the unit circle by more than their errors,
-- "unstable" when one is outside by more, else "marginal"; the period in steps of the leading
-- eigenvalue, 2 pi / |arg|, infinite where it is positive; the condition of the unit eigenvectors.
function verdict.step(A)
  eigen.check("stability.step", A)
  local at = eigen.of(A, eigen.by_modulus)
  local word = "stable"
  for i, modulus in ipairs(at.modulus) do
    if modulus - at.error(i) > 1 then
      word = "unstable"
    elseif modulus + at.error(i) >= 1 and word == "stable" then
      word = "marginal"
    end
  end
  local angle = math.abs(math.atan(at.im(1), at.re(1)))
  return { A = A, re = at.re, im = at.im, error = at.error, radius = at.modulus[1],
    margin = 1 - at.modulus[1], verdict = word, condition = at.condition,
    period = angle > 0 and 2 * math.pi / angle or math.huge }
end

return verdict
