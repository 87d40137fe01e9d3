--- The steps of sd.ode: explicit Runge-Kutta methods from their tableaus.
--
-- A step from (t, y) by h computes k_i = f(t + c_i h, y + h sum_j a_ij k_j), the last of them at
-- the new point itself, y + h sum_i b_i k_i, so that it is the next step's first. The error of the
-- step is estimated by h sum_i e_i k_i. At t + s h the solution is y + h sum_i b_i(s) k_i,
--
--   b_i(s) = s^2 (3-2s) b_i + s (1-s)^2 [first] - s^2 (1-s) [last] + s^2 (1-s)^2 d_i,
--
-- Hermite's cubic, which the last term lifts to order 4 where the method has d. Sources: J. R.
-- Dormand, P. J. Prince, J. Comput. Appl. Math. 6 (1980) 19-26; E. Hairer, S. P. Norsett, G.
-- Wanner, Solving Ordinary Differential Equations I, Springer 1993, II.4 (choice of steps, the
-- first one, equation 4.14) and II.6 (dense output); stiffness: volume II, IV.2 (equation 2.6).
local core = require "saddle.core"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local EPS <const> = 2^-52

local tableaus = {
  rk4 = {
    c = { 0, 1 / 2, 1 / 2, 1 },
    a = { {}, { 1 / 2 }, { 0, 1 / 2 }, { 0, 0, 1 } },
    b = { 1 / 6, 1 / 3, 1 / 3, 1 / 6, 0 },
    d = { 0, 0, 0, 0, 0 },
  },
  rk45 = {
    c = { 0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1 },
    a = { {}, { 1 / 5 }, { 3 / 40, 9 / 40 }, { 44 / 45, -56 / 15, 32 / 9 },
      { 19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729 },
      { 9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656 } },
    b = { 35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0 },
    e = { 71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40 },
    d = { -12715105075 / 11282082432, 0, 87487479700 / 32700410799, -10690763975 / 1880347072,
      701980252875 / 199316789632, -1453857185 / 822651844, 69997945 / 29380423 },
  },
}

-- Weights as columns, made when first used: a[i] of stage i, b and e.
local known = {}
local function weights_of(name)
  local method = tableaus[name]
  if not known[name] then
    local stages = {}
    for i = 2, #method.a do stages[i] = core.matrix(method.a[i]) end
    known[name] = { a = stages, b = core.matrix(method.b),
      e = method.e and core.matrix(method.e) }
  end
  return known[name]
end

local stepper = {}
stepper.__index = stepper

--- Column j of K <- f(t, y), for the state in column y.
function stepper:evaluate(t, y, j)
  self.calls = self.calls + 1
  self.shape.write(self.f(t, self.shape.read(y)), self.K, j)
end

--- y + h K w for a column w of weights of K's first columns.
local function advance(y, K, h, w)
  return y + K:block(1, 1, K.rows, w.rows) * (h * w)
end

--- The new state for a step h, and the state of the last stage before it.
function stepper:stages(h)
  local method, weights, y = self.method, self.weights, self.y
  for i = 2, #method.c do
    y = advance(self.y, self.K, h, weights.a[i])
    self:evaluate(self.t + method.c[i] * h, y, i)
  end
  local new = advance(self.y, self.K, h, weights.b)
  self:evaluate(self.t + h, new, #method.b)
  return new, y
end

--- The solution at t + s h of the last step, s in 0..1.
function stepper:inside(s)
  local method, w, r = self.method, {}, 1 - s
  for i, b in ipairs(method.b) do w[i] = s^2 * (3 - 2 * s) * b + s^2 * r^2 * method.d[i] end
  w[1], w[#w] = w[1] + s * r^2, w[#w] - s^2 * r
  return advance(self.start, self.K, self.t - self.before, core.matrix(w))
end

-- ---- the choice of steps -----------------------------------------------------------------------

--- How large v is beside the tolerances at states y and z: at most 1 is wanted. The path length
-- counts as much as all of the state.
function stepper:size(v, y, z)
  local set, n = self.set, self.shape.size
  local ratio = v / (set.rtol * core.max(core.abs(y), core.abs(z)) + math.max(set.atol, 1e-300))
  local size = core.norm(self.shape.values(ratio)) / math.sqrt(n)
  return self.shape.length and math.max(size, math.abs(ratio(-1))) or size
end

--- The first step: one that an Euler step shows to be right for order 5.
function stepper:first_step()
  local y, set = self.y, self.set
  local k = self.K:col(1):clone()
  local d0, d1 = self:size(y, y, y), self:size(k, y, y)
  local h = d0 > 1e-5 and d1 > 1e-5 and 0.01 * d0 / d1 or 1e-6
  h = math.min(h, set.hmax, math.abs(set.to - set.from))
  self:evaluate(self.t + set.way * h, y + set.way * h * k, 2)
  local d2 = self:size(self.K:col(2) - k, y, y) / h
  if d2 - d2 ~= 0 then return h / 100 end
  local steep = math.max(d1, d2)
  local longer = steep > 1e-15 and (0.01 / steep)^0.2 or math.max(1e-6, h / 1000)
  return math.min(100 * h, longer, set.hmax)
end

--- Whether steps are near the border of stability, |h slope| = 3.3 on the negative axis: the slope
-- is from the two evaluations at t + h, at different states; 2.5 must be passed 15 times without 6
-- in between where it is not. (Errors that the method keeps up hold steps a little below the
-- border.)
function stepper:test_stiffness(h, new, last)
  local moved = core.norm(new - last)
  local slope = core.norm(self.K:col(7) - self.K:col(6)) / moved
  if moved > 0 and math.abs(h) * slope > 2.5 then
    self.bordering, self.clear = self.bordering + 1, 0
    if self.bordering == 15 then self.stiff = true end
  else
    self.clear = self.clear + 1
    if self.clear == 6 then self.bordering = 0 end
  end
end

local function finite(v)
  local size = core.norm(v)
  return size - size == 0
end

--- The remaining way when a step h would end at most 1% short of it, else h, with the sign.
function stepper:fit(h)
  local left = math.abs(self.set.to - self.t)
  if h * 1.01 >= left then return self.set.to - self.t, true end
  return self.set.way * h, false
end

function stepper:accept(h, last, new)
  self.before, self.start = self.t, self.y
  self.t, self.y = last and self.set.to or self.t + h, new
  self.steps = self.steps + 1
end

--- One step of rk4: the rest of the way in equal ones.
function stepper:step_fixed()
  local left = math.abs(self.set.to - self.t)
  local count = math.ceil(left / self.set.h * (1 - 1e-12))
  local new = self:stages(self.set.way * left / count)
  if not finite(new) then
    fail("ode: the state is not finite after the step from t = %.10g by %.3g", self.t, left / count)
  end
  self:accept(self.set.way * left / count, count == 1, new)
end

--- One accepted step of rk45.
function stepper:step_adaptive()
  local most = 10 -- times longer may the next step be; 1 after a rejection
  while true do
    local h, last = self:fit(self.h)
    if not (math.abs(h) > 16 * EPS * math.abs(self.t)) then
      fail("ode: the step is down to %.2g at t = %.10g: the solution, or f, is singular there",
        math.abs(h), self.t)
    end
    local new, stage = self:stages(h)
    local size = self:size(self.K * (h * self.weights.e), self.y, new)
    if not finite(new) then size = 0 / 0 end
    local factor = size == size and math.min(math.max(0.9 * size^-0.2, 0.2), most) or 0.1
    if size <= 1 then
      self:test_stiffness(h, new, stage)
      self:accept(h, last, new)
      self.h = math.min(math.abs(h) * factor, self.set.hmax)
      return
    end
    self.rejected, most = self.rejected + 1, 1
    self.h = math.abs(h) * math.min(factor, 1)
  end
end

--- One step on: t, y, and before, start: where it began.
function stepper:step()
  local set = self.set
  if self.steps + self.rejected >= set.most then
    fail("ode: %d steps lead from t = %g to %.10g only, of %g%s", set.most, set.from, self.t,
      set.to, self.stiff and "; the problem is stiff, which explicit methods are slow at" or
      "; raise steps, or the tolerances")
  end
  self.K:col(1):copy_(self.K:col(-1))
  if set.method == "rk4" then self:step_fixed() else self:step_adaptive() end
end

--- stepper(f, shape, set) -> run, with fields t, y (a column of the shape), steps, rejected, calls,
-- stiff, way and the methods step and inside.
return function(f, shape, set)
  local method = tableaus[set.method]
  local run = setmetatable({ f = f, shape = shape, set = set, method = method,
    weights = weights_of(set.method), way = set.way,
    t = set.from, y = shape.start, before = set.from, start = shape.start,
    steps = 0, rejected = 0, calls = 0, stiff = false, bordering = 0, clear = 0 }, stepper)
  run.K = core.zeros(shape.start.rows, #method.b)
  run:evaluate(run.t, run.y, #method.b)
  if not finite(run.K:col(-1)) then
    fail("ode: the function is not finite at the start, t = %g", run.t)
  end
  if set.method == "rk45" then
    run.K:col(1):copy_(run.K:col(-1))
    run.h = set.h or run:first_step()
  end
  return run
end
