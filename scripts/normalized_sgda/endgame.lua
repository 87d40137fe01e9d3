--- How training ends in the proof of Theorem 4.1 of the normalised-SGDA paper (Jelassi et al.,
-- 2022): the systems of Lemmas D.4 and D.5 for small steps, in units of eta_D t, until a = 0.
--
--   balanced   p' = -a sum_i G_i s'(<p, q_i>) q_i        a' = -sum_i G_i s(<p, q_i>)
--              q_i' = Gamma a (H_i (s'(<p, q_i>) + g_i sum_j s'(<p, q_j>)) p + e_i)
--   dominant   a' = -sum_ij H_ij s(<p_i, q_j>)
--              q_j' = Gamma a G_j sum_i s'(<p_i, q_j>) (p_i + e_j),   the p_i fixed
--
-- where s is the cube up to Lam and its tangents beyond, Gamma = eta_G/eta_D, g_i the coupling, and
-- e_i what the lemmas leave open. Vectors are columns; p of D.4 is the discriminator's neuron that
-- has learnt both modes, q_i are neurons of the generator. In D.5 the p_i are the discriminator's
-- neurons at the start, which have learnt nothing.
local sd = require "saddle"

local endgame = {}

--- s and s' of each element.
function endgame.cube(z, Lam)
  local near = sd.clamp(z, -Lam, Lam)
  local square = near % near
  return 3 * square % z - 2 * square % near, 3 * square
end

local TIME <const> = 1e12 -- a is 0 long before
local ACCURACY <const> = { rtol = 1e-8, atol = 1e-12 }

--- The path of `f` from the tree y0, in which a is a number, until a = 0: as sd.ode returns it.
local function until_zero(f, y0)
  return sd.ode(f, 0, y0, TIME, { rtol = ACCURACY.rtol, atol = ACCURACY.atol,
    events = { { function(_, y) return y.a end, terminal = true, direction = "down" } } })
end

--- endgame.balanced{p= (n x 1), Q= (n x m), a=, Lam=, Gamma=, G=, H=, coupling= (1 x m each, or
-- numbers)[, push=function(Q) -> n x m, rate=1]} -> path: path.y is a list of {a=, p=, Q=}. push
-- gives the e_i; rate multiplies p'.
function endgame.balanced(o)
  local ones, rate = sd.ones(1, o.Q.cols), o.rate or 1
  return until_zero(function(_, y)
    local s, slope = endgame.cube(y.p:t() * y.Q, o.Lam)
    local pull = ones % o.H % (slope + o.coupling * sd.sum(slope))
    local dQ = o.Gamma * y.a * (y.p * pull)
    if o.push then dQ = dQ + o.Gamma * math.abs(y.a) * o.push(y.Q) end
    local weights = ones % o.G
    return { a = -sd.dot(weights, s), p = -rate * y.a * (y.Q * (weights % slope):t()), Q = dQ }
  end, { a = o.a, p = o.p, Q = o.Q })
end

--- endgame.dominant{P= (n x mD), Q= (n x mG), a=, Lam=, Gamma=, G= (1 x mG), H= (mD x mG)
-- [, push= (n x mG)]} -> path: path.y is a list of {a=, Q=}. push has the e_j for columns.
function endgame.dominant(o)
  return until_zero(function(_, y)
    local s, slope = endgame.cube(o.P:t() * y.Q, o.Lam)
    local pull = o.P * slope
    if o.push then pull = pull + o.push % sd.sum(slope, { dim = 1 }) end
    return { a = -sd.dot(o.H, s), Q = o.Gamma * y.a * (pull % o.G) }
  end, { a = o.a, Q = o.Q })
end

return endgame
