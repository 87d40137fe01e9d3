--- sd.act: activations as objects.
--
-- For an activation f = sd.act.<name>, x a matrix, a number or, in a traced function, a symbol:
--
--   f(x) f.d(x) f.dd(x)  the function and its first two derivatives, element by element
--   f.slope f.curvature  sup |f'| and sup |f''|; the curvature of a kink is infinite
--   f.hermite(i)         E[f(g) h_i(g)], g standard normal, h_i the i-th normalised probabilists'
--                        Hermite polynomial (1, g, (g^2 - 1)/sqrt 2, ...), 0 <= i <= 200
--   f.exponents()        r1, r2: sup and inf of a f'(a)/f(a), which bound f between powers
--   f.name               its name
--
-- Smooth (act/smooth.lua): identity softplus centred_softplus tanh sigmoid centred_sigmoid gelu
-- gelu_tanh silu sin cos erf. With a kink at 0 (act/kinked.lua): relu leaky_relu{slope=0.01}
-- bent{left=1, right=1} elu{alpha=1}. Of pieces that join smoothly (act/softened.lua):
-- smooth_relu{zeta=0.1} smooth_leaky_relu{zeta=0.1} dead_zone{width=0.5, zeta=0.1}
-- cubic{cutoff=1}. Those with parameters may be used without, with these values:
-- sd.act.leaky_relu{slope=0.2}(x), sd.act.leaky_relu(x).
-- sd.act.mix(g, f) is g x + (1-g) f(x).
--
-- At a kink the derivative is that of the right side, relu'(0) = 1. A second derivative is the one
-- almost everywhere, and 0 at a kink: the Dirac mass there (1 for relu, 1 - slope for leaky_relu,
-- right - left for bent, 1 - alpha for elu) is left out.
local check = require "saddle.check"
require("saddle.tree").module()

local act = { mix = require("saddle.act.mix").mix }
for _, part in ipairs { "smooth", "kinked", "softened" } do
  for name, f in pairs(require("saddle.act." .. part)) do
    act[name] = f
  end
end

return check.directory("act", "activation", act)
