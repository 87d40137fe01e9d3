--- Descent-ascent on the expectation of L, with steps as long as the state allows:
--
--   D += h grad_D E L,   V -= h ratio grad_V E L,   ratio = eta_G / eta_D
--
-- that is (5) of the normalised-SGDA paper with population gradients (two_modes.lua) and eta_D = h
-- chosen along the way. Time is t = sum of h, so that t = eta_D times the number of steps of a run
-- with one eta_D; stages that take d^(1/2)/eta_D steps cost no more at d = 1e16 than at 1e3. h is
-- such that no step changes by more than RESOLUTION
--
--   the largest <w_i, u_l>, the largest <w_i, v_j>, and |V|, in parts of themselves,
--   a, in parts of |a| + 1/max |h(x)|, over all X and G(z),
--   lambda b, in parts of 1.
--
-- a is stiff at the end, where h(G) is of order Lam^2 d^0.25: it relaxes at the rate
-- J = E S(f)(1 - S(f)) h^2, the slope of -dE L/da. Its steps are linearly implicit,
-- a += h/(1 + h J) dE L/da, so that h may be far above 1/J.
local sd = require "saddle"

local flow = {}

local RESOLUTION <const>, MOST <const> = 0.01, 200000

local Flow = {}
Flow.__index = Flow

--- The largest ratio of changes to sizes, each a matrix.
local function relative(change, size) return sd.max(sd.abs(change)) / sd.max(sd.abs(size)) end

--- h(x) = sum_i sigma(<w_i, x>) of the columns of A: the logit with a = 1 and b = 0.
function flow.sums(model, W, A) return model:logit({ a = 1.0, b = 0.0, W = W }, A) end

--- J, and 1/max |h(x)|, in the state p.
local function stiffness(model, p)
  local D = p.D
  local hX, hG = flow.sums(model, D.W, model.X), flow.sums(model, D.W, p.G.V * model.Z)
  local function swing(weights, h)
    local f = D.a * h + model.lambda * D.b
    return sd.dot(weights, sd.exp(sd.log_sigmoid(f) + sd.log_sigmoid(-f)) % h ^ 2)
  end
  return swing(sd.matrix { model.weights }, hX) + swing(model.latent_weights, hG),
    1 / sd.max(sd.max(sd.abs(hX)), sd.max(sd.abs(hG)))
end

--- 1/h without RESOLUTION: how fast the state p changes where F is its field. With h this long a
-- changes by |F_a|/(1/h + J), hence the -J.
local function speed(model, p, F, ratio, J, unit)
  local D, V = p.D, p.G.V
  local rates = { relative(F.D.W * model.U, D.W * model.U),
    ratio * relative(D.W * F.G.V, D.W * V), ratio * sd.norm(F.G.V) / sd.norm(V),
    sd.abs(F.D.a) / (sd.abs(D.a) + unit) - RESOLUTION * J, model.lambda * sd.abs(F.D.b) }
  local fastest = rates[1]
  for k = 2, #rates do fastest = sd.max(fastest, rates[k]) end
  return fastest
end

--- flow.new(model, start, ratio) -> a run at t = 0: {model=, start=, ratio=, p=, t=}, and
-- `converged` from where |grad E L| was d^-2.
function flow.new(model, start, ratio)
  local game = model:population()
  local function step(s)
    local p, F = s.p, game:field(s.p)
    local J, unit = stiffness(model, p)
    local h = RESOLUTION / speed(model, p, F, s.ratio, J, unit)
    return { t = s.t + h, gradient = sd.norm(F), p = {
      D = { a = p.D.a - h / (1 + h * J) * F.D.a, b = p.D.b - h * F.D.b, W = p.D.W - h * F.D.W },
      G = { V = p.G.V - h * s.ratio * F.G.V } } }
  end
  return setmetatable({ model = model, start = start, ratio = ratio, p = start, t = 0.0,
    plan = sd.compile(step) }, Flow)
end

--- Goes on until the number reached(p, t) of symbols is at least 0, or the gradient has vanished.
-- Returns the path: rows t, steps, a, b, the neurons of all times side by side, W (n x m_D count)
-- and V (n x m_G count), and n, the number of steps. `every` steps are a column. Error: not within
-- MOST steps.
function Flow:to(reached, every)
  local least = self.model.d ^ -2
  local s, h = self.plan:iterate({ p = self.p, t = self.t, ratio = self.ratio, gradient = 1.0 },
    MOST, { every = every or 20,
      stop = function(s) return sd.ge(sd.max(reached(s.p, s.t), least - s.gradient), 0) end,
      record = function(s)
        return { time = s.t, a = s.p.D.a, b = s.p.D.b, W = s.p.D.W:t():reshape(#s.p.D.W, 1),
          V = s.p.G.V:reshape(#s.p.G.V, 1) }
      end })
  if h.status ~= "stopped" then
    error(("flow: %s after %d steps, at t = %g"):format(h.status, h.n, s.t), 2)
  end
  self.p, self.t, self.converged = s.p, s.t, s.gradient <= least
  local n, count = self.model.n, h.a.cols
  return { t = h.time, steps = h.t, a = h.a, b = h.b, W = h.W:reshape(n, self.model.mD * count),
    V = h.V:reshape(n, self.model.mG * count), n = h.n }
end

return flow
