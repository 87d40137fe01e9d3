--- Activations made of pieces of polynomials whose slopes join.
--
--   smooth_relu{zeta=}              rt(z): 0 for z < 0, zeta (t^3 - t^4/2) with t = z/zeta up to
--                                   zeta, z - zeta/2 beyond: rt' = 3t^2 - 2t^3 rises from 0 to 1,
--                                   rt'' = 6t(1-t)/zeta is continuous
--   smooth_leaky_relu{zeta=}        zeta z + (1-zeta) rt(z)
--   dead_zone{width=b, zeta=}       rt(z-b) + rt(-z-b): |z| with a flat floor of width 2b
--   cubic{cutoff=c}                 z^3 for |z| <= c, beyond it the tangent 3c^2 z -+ 2c^3
--
-- rt has what Allen-Zhu and Li, Forward super-resolution, section 2, ask for: it is convex, its
-- slopes are in [0,1], rt'' is in [0, O(1/zeta)] and Lipschitz. Its leaky form runs parallel to z
-- beyond zeta, since one that joins z itself there needs a slope above 1. The cubic: Jelassi et
-- al., Adam is no better than normalized SGD, section 4.1.
local sd = require "saddle"
local core = require "saddle.core"
local mix = require "saddle.act.mix"
local object = require "saddle.act.object"
local options = require "saddle.options"
core.tracing.module()

local softened = {}

--- rt, rt' and rt'' for a zeta. t^3 alone would overflow: t is clamped to where the cubic holds.
local function ramp(zeta)
  local function place(z) return sd.clamp(z / zeta, 0, 1) end
  return function(z)
    local t = place(z)
    return sd.where(sd.lt(z, zeta), zeta * (t % t % t % (1 - 0.5 * t)), z - 0.5 * zeta)
  end, function(z)
    local t = place(z)
    return t % t % (3 - 2 * t)
  end, function(z)
    local t = place(z)
    return (6 / zeta) * (t % (1 - t))
  end
end

local function smooth_relu(name, zeta)
  local f, d, dd = ramp(zeta)
  return object.new { name = name, slope = 1, curvature = 1.5 / zeta, breaks = { zeta },
    f = f, d = d, dd = dd }
end

softened.smooth_relu = object.family {
  name = "smooth_relu", options.number("zeta", 0.1, options.POSITIVE), make = smooth_relu,
}

softened.smooth_leaky_relu = object.family {
  name = "smooth_leaky_relu", options.number("zeta", 0.1, options.POSITIVE),
  make = function(name, zeta)
    return mix.named(name, zeta, smooth_relu("smooth_relu", zeta))
  end,
}

softened.dead_zone = object.family {
  name = "dead_zone", options.number("width", 0.5, 0),
  options.number("zeta", 0.1, options.POSITIVE),
  make = function(name, width, zeta) -- the two ramps do not overlap: one of |z|
    local f, d, dd = ramp(zeta)
    return object.new {
      name = name, slope = 1, curvature = 1.5 / zeta,
      breaks = { width, width + zeta, -width, -width - zeta },
      f = function(z) return f(sd.abs(z) - width) end,
      d = function(z) return sd.sign(z) % d(sd.abs(z) - width) end,
      dd = function(z) return dd(sd.abs(z) - width) end,
    }
  end,
}

softened.cubic = object.family {
  name = "cubic", options.number("cutoff", 1, options.POSITIVE),
  make = function(name, c)
    local function inside(z) return sd.clamp(z, -c, c) end
    return object.new {
      name = name, slope = 3 * c * c, curvature = 6 * c, breaks = { -c, c },
      f = function(z)
        local y = inside(z)
        return y % y % (y + 3 * (z - y)) -- no 3c^2 that cancels in the slope of a tiny z
      end,
      d = function(z)
        local y = inside(z)
        return 3 * (y % y)
      end,
      dd = function(z) return sd.where(sd.lt(sd.abs(z), c), 6 * z, 0) end,
    }
  end,
}

return softened
