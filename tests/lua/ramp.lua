--- The softened ReLU of the patch models by its cases, a witness for several tests.
local naive = {}

--- The ramp at z and its first two derivatives.
function naive.ramp(z, zeta)
  if z < 0 then return 0, 0, 0 end
  if z >= zeta then return z - zeta / 2, 1, 0 end
  local t = z / zeta
  return zeta * (t ^ 3 - t ^ 4 / 2), 3 * t ^ 2 - 2 * t ^ 3, 6 * t * (1 - t) / zeta
end

function naive.leaky(z, zeta) return zeta * z + (1 - zeta) * naive.ramp(z, zeta) end

return naive
