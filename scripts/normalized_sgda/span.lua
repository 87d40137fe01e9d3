--- Neurons in the basis that the proofs of the normalised-SGDA paper use (appendix B): with w_i0,
-- v_j0 the neurons at the start,
--
--   w_i = sum_j alpha(w_i, w_j) w_j0/|w_j0| + sum_j alpha(w_i, v_j) v_j0/|v_j0|
--       + sum_l alpha(w_i, u_l) u_l
--
-- and v_j likewise. At the start alpha(w_i, w_i) = |w_i0|, and all else is 0. Plain and normalised
-- descent-ascent stay in the span; what has a rate for each coordinate leaves it.
local sd = require "saddle"

local span = {}

local Span = {}
Span.__index = Span

--- span.new(model, start) -> the basis of that start, for full and reduced models. Rows of
-- coefficients are in the order u_1, u_2, w_1 .. w_mD, v_1 .. v_mG; `first_w` and `first_v` are the
-- rows of w_1 and v_1. Error: more neurons and modes than coordinates.
function span.new(model, start)
  local W, V = start.D.W:t(), start.G.V
  local size = 2 + model.mD + model.mG
  if size > model.n then
    error(("span: %d vectors have no unique coefficients in %d coordinates"):format(size, model.n),
      2)
  end
  local E = sd.hcat(model.U, W / sd.norm(W, { dim = 1 }), V / sd.norm(V, { dim = 1 }))
  -- near-orthogonal columns: the condition of E'E is about 1 + 4 (size/d)^(1/2)
  local self = setmetatable({ E = E, left = sd.solve(E:t() * E, E:t()), first_w = 3,
    first_v = 3 + model.mD }, Span)
  self.W0, self.V0 = self:of(W), self:of(V)
  return self
end

--- The coefficients (size x count) of the columns of A (n x count), the closest there are.
function Span:of(A) return self.left * A end

--- How far each column of A is from the span, in parts of its length (1 x count).
function Span:outside(A)
  return sd.norm(A - self.E * self:of(A), { dim = 1 }) / sd.norm(A, { dim = 1 })
end

return span
