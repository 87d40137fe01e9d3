-- How long a way does gradient flow take to the zeros of h(u, v) = (u v - 1)^2 / 2, compared with
-- the distance to the nearest one? The flow keeps u^2 - v^2, which says where it ends.
local sd = require "saddle"

local function h(p) return (p.u * p.v - 1) ^ 2 / 2 end

print "  start          length   distance   ratio   |u^2 - v^2| moved"
for _, start in ipairs { { 2, 0.1 }, { 0.5, 0.1 }, { 3, -0.2 }, { 0.1, 0.1 } } do
  local u, v = start[1], start[2]
  local flow = sd.gradient_flow(h, { u = u, v = v }, 100, { rtol = 1e-9, atol = 1e-12,
    events = { { function(_, p) return h(p) - 1e-16 end, terminal = true } } })

  -- the nearest point (x, 1/x) of the hyperbola's branch
  local _, closeness = sd.maximize1d(function(x) return -((x - u) ^ 2 + (1 / x - v) ^ 2) end,
    0.05, 5, { grid = 100 })
  local length, distance, last = flow.length(-1), math.sqrt(-closeness), flow.last
  print(("  (%4.1f, %4.1f)   %8.4f   %8.4f  %6.3f   %.1e"):format(u, v, length, distance,
    length / distance, math.abs(last.u ^ 2 - last.v ^ 2 - u ^ 2 + v ^ 2)))
end
