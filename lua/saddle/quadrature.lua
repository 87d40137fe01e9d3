--- Gauss-Legendre quadrature (Abramowitz and Stegun, 25.4.29).
local quadrature = {}

--- Nodes in (-1, 1) and weights of the n-point rule: Newton's method on the Legendre polynomial.
function quadrature.gauss_legendre(n)
  local x, w = {}, {}
  for k = 1, n do
    local t, slope = math.cos(math.pi * (k - 0.25) / (n + 0.5)), nil
    for _ = 1, 6 do -- from this start Newton is at machine precision after four
      local p0, p1 = 1, t
      for i = 2, n do p0, p1 = p1, ((2 * i - 1) * t * p1 - (i - 1) * p0) / i end
      slope = n * (t * p1 - p0) / (t * t - 1)
      t = t - p1 / slope
    end
    x[k], w[k] = t, 2 / ((1 - t * t) * slope * slope)
  end
  return x, w
end

return quadrature
