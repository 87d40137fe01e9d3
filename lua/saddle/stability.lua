--- sd.stability: whether the steps of a game come to rest, in closed form and from eigenvalues.
--
--   step(A)                          eigenvalues of a step z -> A z, errors, radius, verdict
--   radius(A)                        the spectral radius alone
--   growth(A, t)                     |A^t| / rho^t                     (stability/transient.lua)
--   transient(A, {steps =, tol =})   its largest value over t, with a bound
--
--   mode{eta =, mu =, s =, ...}      a game of two numbers, any dynamics   (stability/modes.lua)
--   dirac{eta =, penalty =, ...}     DiracGAN and its regularisers
--   bilinear{eta =, mu =, s =}       descent-ascent on <d, r> - |d|^2/2, mode by mode
--   largest_mu(x)  kappa(a)  gamma{eta =, mu =, s =}  power(C, t)   of these blocks
--
--   lti(J, z, {eta =, mu =, steps =})   the linear twin of a run          (stability/linear.lua)
--   ltv(J, z, {eta =, mu =})            with Jacobians that change: the run itself
--   along(r, path)                      these Jacobians, of a path
--
--   map{x =, y =, of =}              over two numbers, for sd.plot.heat      (stability/map.lua)
--
-- The stability of dynamics on a game is game:stability, the field's spectrum game:spectrum.
--
--   local etas, mus = sd.linspace(0.02, 1.2, 60), sd.linspace(0.05, 4, 80)
--   local M = sd.stability.map{x = etas, y = mus, of = function(eta, mu)
--     return sd.stability.bilinear{eta = eta, mu = mu, s = 1} end}
--   sd.plot.heat(M, {x = etas, y = mus})
local check = require "saddle.check"
local eigen = require "saddle.stability.eigen"
local linear = require "saddle.stability.linear"
local modes = require "saddle.stability.modes"
local transient = require "saddle.stability.transient"
require("saddle.tree").module()

local stability = {
  step = require("saddle.stability.verdict").step,
  growth = transient.growth, transient = transient.transient,
  mode = modes.mode, dirac = modes.dirac, bilinear = modes.bilinear,
  largest_mu = modes.largest_mu, kappa = modes.kappa, gamma = modes.gamma, power = modes.power,
  lti = linear.lti, ltv = linear.ltv, along = linear.along,
  map = require "saddle.stability.map",
}

--- sd.stability.radius(A) -> the spectral radius of A (n,n).
function stability.radius(A)
  eigen.check("stability.radius", A)
  return eigen.radius(A)
end

return check.directory("stability", "function", stability)
