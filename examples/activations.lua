-- Activations carry what theory asks of them: derivatives, their bounds, Hermite coefficients.
local sd = require "saddle"

print "             f(1)    f'(1)   sup|f'| sup|f''|    c0      c1      c2      c3"
for _, name in ipairs { "relu", "softplus", "tanh", "gelu", "silu" } do
  local f = sd.act[name]
  io.write(("%-10s %7.4f %8.4f %8.4f %8.4f"):format(name, f(1), f.d(1), f.slope, f.curvature))
  for i = 0, 3 do io.write((" %7.4f"):format(f.hermite(i))) end -- E f(g) h_i(g), g normal
  print()
end

-- relu made smoother by half an identity: its Hermite coefficients follow.
local half = sd.act.mix(0.5, sd.act.relu)
print(half.name, half(sd.matrix { { -2, 2 } }), half.hermite(1))
