--- The moments that the proofs of the over-parameterised-GAN paper use (Balaji et al., ICLR 2021,
-- appendix B), by quadrature and not by draws:
--
--   B.1, B.4   E relu(g) = sigma/sqrt(2 pi),  E relu(g)^2 = sigma^2/2,  g ~ N(0, sigma^2)
--              E[z relu'(w . z)] = sigma/sqrt(2 pi) w/|w|,  z ~ N(0, sigma^2 I)
--   B.2        Var phi(g) <= L^2 for phi that is L-Lipschitz and g standard normal (Poincare);
--              lines attain it
--
-- z has a part along w, which is normal of one dimension, and parts across, which are independent
-- of it with mean 0: two dimensions show the vector.
local sd = require "saddle"

--- E f(g), g standard normal, for an f that is smooth but at 0.
local function mean(f)
  return sd.integrate(function(x) return f(x) * math.exp(-x * x / 2) / math.sqrt(2 * math.pi) end,
    -12, 12, { tol = 1e-13, points = { 0 } })
end

local function relu(x) return math.max(x, 0) end

--- Functions with their Lipschitz constants.
local lipschitz = {
  line = { function(x) return 3 * x end, 3 },
  relu = { relu, 1 },
  sine = { function(x) return math.sin(2 * x) end, 2 },
  length = { function(x) return math.sqrt(1 + x * x) end, 1 },
  softplus = { function(x) return 2 * math.log(1 + math.exp(x)) end, 2 },
}

return sd.claim {
  id = "overparam_gan.moments",
  source = "Sections B.1, B.2, B.4",
  statement = "moments of relu of normal numbers, and Poincare's inequality",
  params = { sigma = { 0.5, 3 }, angle = { 0, 2.5 } },
  broken = { "slope" },
  check = function(c, p)
    c:assume("sigma > 0", p.sigma, ">", 0)
    -- the quadrature is asked for 1e-13 of E|f|, and what is beyond 12 deviations is below 1e-30
    local tol = { tol = 1e-12 * (1 + p.sigma) ^ 2 }
    local s, low = p.sigma, c.broken == "slope" and 0.1 or 0 -- the twin is a leaky relu
    local function act(x) return x > 0 and x or low * x end
    c:conclude("E relu", mean(function(x) return act(s * x) end), "==",
      s / math.sqrt(2 * math.pi), tol)
    c:conclude("E relu^2", mean(function(x) return act(s * x) ^ 2 end), "==", s ^ 2 / 2, tol)

    -- z is s (x, y), turned so that x is along w
    local w = { math.cos(p.angle), math.sin(p.angle) }
    local function coordinate(j)
      return mean(function(x)
        local total = 0
        for _, y in ipairs { -1, 1 } do -- Gauss's rule of two points, exact for lines
          local z = j == 1 and s * (x * w[1] - y * w[2]) or s * (x * w[2] + y * w[1])
          total = total + (x >= 0 and 1 or low) * z / 2
        end
        return total
      end)
    end
    for j = 1, 2 do
      c:conclude("E[z relu'(w . z)]", coordinate(j), "==", s / math.sqrt(2 * math.pi) * w[j], tol)
    end

    for name, row in pairs(lipschitz) do
      local f, L = table.unpack(row)
      local first = mean(f)
      c:conclude("Var phi <= L^2: " .. name, mean(function(x) return (f(x) - first) ^ 2 end), "<=",
        L ^ 2, tol)
    end
  end,
}
