--- Runs of descent-ascent on the model of two_modes.lua, and where they end.
--
--   T_0     the first step at which the gradient of E L, exact, has a length of at most tol
--           (Parametrization 4.1; 1/poly(d) there). At the start the length is of order a/d, hence
--           tol has to be below that, else T_0 is 0 and nothing is said
--   zero    the first step at which a <= 0. Here the last stages of the proofs end (T_{B,4},
--           T_{G,3}): D no longer tells data from samples. At finite d the gradient is not small
--           there, and what G does afterwards is beyond the proofs
local sd = require "saddle"
local outcome = require "outcome"

local descent = {}

local methods = {}
function methods.sgda(lr) return sd.optim.sgd { lr = lr } end
function methods.nsgda(lr) return sd.optim.normalized { lr = lr } end

--- The points of a history, without those that are not finite, after those there are.
local function add(points, h, start, model)
  for k = 1, #h.t do
    local V = h.V:col(k):reshape(model.n, model.mG)
    if sd.norm(V) < math.huge then
      points[#points + 1] = { t = start + h.t(k), a = h.a(k), gradient = h.gradient(k), V = V }
    end
  end
end

--- descent.new(model, {eta_D=, ratio=, steps=, method="sgda" or "nsgda", batch=1, beyond=false,
-- records=100}) -> function(rng) -> run: one run from a fresh start. eta_G = ratio eta_D; a batch
-- of 0 means the exact gradient of E L. A run ends at `zero` unless `beyond`. It has
--
--   points   list of {t=, a=, gradient= (length of that of E L), V=}, steps / records apart
--   zero     {t=, p=} where a <= 0 was reached, or nil
--   t, p     the end, and status "done", "stopped" (at `zero`) or "diverged" (blown up)
function descent.new(model, o)
  local optimiser, population = methods[o.method or "sgda"], model:population()
  local gda = model:gda({ D = optimiser(o.eta_D), G = optimiser(o.eta_D * o.ratio) },
    o.batch == 0 and population or model:game(o.batch))
  local plan, every = sd.compile(gda.step), math.max(1, o.steps // (o.records or 100))
  local function record(s)
    return { a = s.p.D.a, gradient = sd.norm(population:field(s.p)),
      V = s.p.G.V:reshape(model.n * model.mG, 1) }
  end
  local function fooled(s) return sd.le(s.p.D.a, 0) end
  return function(rng)
    local run = { points = {} }
    local s, h = plan:iterate(gda.init(model:init(rng), rng), o.steps,
      { every = every, record = record, stop = fooled })
    add(run.points, h, 0, model)
    run.t = h.n
    if h.status == "stopped" then
      run.zero = { t = h.n, p = s.p }
      if o.beyond and h.n < o.steps then
        s, h = plan:iterate(s, o.steps - h.n, { every = every, record = record })
        add(run.points, h, run.t, model)
        run.t = run.t + h.n
      end
    end
    run.p, run.status = s.p, h.status
    return run
  end
end

--- The points up to T_0, and T_0, or nil where it is not reached.
function descent.up_to_T0(points, tol)
  local list = {}
  for k, point in ipairs(points) do
    list[k] = point
    if point.gradient <= tol then return list, point.t end
  end
  return list, nil
end

--- The points up to `zero`, of a run.
function descent.up_to_zero(run)
  local list = {}
  for k, point in ipairs(run.points) do
    if run.zero and point.t > run.zero.t then break end
    list[k] = point
  end
  return list
end

--- The largest <G(z), u_l>/|G(z)| over all z, both l and the points: how close to a pure mode.
function descent.purest(model, points)
  local best = -1
  for _, point in ipairs(points) do
    best = math.max(best, sd.max(outcome.cosines(model, point.V * model.Z)))
  end
  return best
end

return descent
