--- Runs of nSGDA on the model of two_modes.lua, and of what it is contrasted with.
--
-- A step moves each player by exactly its step size: sums of step sizes are lengths of paths, and
-- `total` = T eta_D is that of the discriminator. Theorem 4.2 wants step sizes that are small
-- against the start, where <w_i, u_l> is some d^-1/2 and <v_j, w_i> some 1/d; steps of one size
-- that small would need d steps and more. `warmup` gives them where they matter: step sizes begin
-- at EARLY of these lengths and grow by 1 + GROWTH a step until they are eta, so that at each
-- moment they are small against the path so far. As far as steps are small, the dynamics do not
-- change by that: time is measured in path. (Steps of a fifth of these lengths are not small:
-- sigma' is even, and they take some negative <v_j, w_i> past 0, from where it grows.)
local sd = require "saddle"
local outcome = require "outcome"

local nsgda = {}

local EARLY <const>, GROWTH <const> = 0.01, 0.005
nsgda.RADIUS = 0.3 -- in place of o(1): |G(z)/|G(z)| - u_l|, a cosine of 0.955

--- The step sizes of a model and {eta=, ratio=, total=, warmup=} as a function of t; the path after
-- t steps, as another; and the number of steps.
local function sizes(model, o)
  local eta = o.eta
  if not o.warmup then
    return function() return eta end, function(t) return eta * t end, math.ceil(o.total / eta)
  end
  local first = math.min(eta, EARLY / math.sqrt(model.d), EARLY / (model.d * o.ratio))
  local by = 1 + GROWTH
  local rise = math.ceil(math.log(eta / first) / math.log(by))
  local function rising(t) return first * (by ^ t - 1) / GROWTH end
  local function size(t) return t > rise and eta or first * by ^ (t - 1) end
  local function path(t) return t > rise and rising(rise) + (t - rise) * eta or rising(t) end
  local left = o.total - rising(rise)
  local T = left > 0 and rise + left / eta
    or math.log(1 + o.total * GROWTH / first) / math.log(by)
  return size, path, math.ceil(T)
end

local rules = {}

function rules.nsgda(size, o)
  return sd.optim.normalized { lr = size, scope = o.scope or "global" }
end

function rules.sgda(size) return sd.optim.sgd { lr = size } end

--- nsgda.trainer(model, {eta=, ratio=, total=, scope="global", warmup=false, D="nsgda",
-- G="nsgda"}) -> {T=, first=, path=, gda=, plan=}: T steps for a path `total` of D, the first of
-- size `first`; path(t) is the path after t steps. D and G name rules: "nsgda" or "sgda", whose
-- step sizes are eta and ratio eta.
function nsgda.trainer(model, o)
  local size, path, T = sizes(model, o)
  local function times(factor)
    return o.warmup and function(t) return factor * size(t) end or factor * o.eta
  end
  local gda = model:gda { D = rules[o.D or "nsgda"](times(1), o),
    G = rules[o.G or "nsgda"](times(o.ratio), o) }
  return { T = T, first = size(1), path = path, gda = gda, plan = sd.compile(gda.step) }
end

--- One run from the parameters p -> parameters, history. `more` goes to iterate.
function nsgda.run(trainer, p, rng, more)
  local s, h = trainer.plan:iterate(trainer.gda.init(p, rng), trainer.T, more)
  return s.p, h
end

local function has_gone(s) return sd.ge(s.path, s.far) end

--- The same until G's path is `far` long, or for `most` steps -> parameters, that path, history:
-- what compares rules whose steps have no known length.
function nsgda.run_far(trainer, p, rng, far, most)
  trainer.measured = trainer.measured or sd.compile(function(s)
    local run = trainer.gda.step(s.run)
    return { run = run, path = s.path + sd.norm(run.p.G.V - s.run.p.G.V) }
  end)
  local s, h = trainer.measured:iterate(
    { run = trainer.gda.init(p, rng), path = 0.0, far = far }, most, { stop = has_gone })
  return s.run.p, s.path, h
end

--- Whether G has both modes in the sense of (10): each of them with a probability of at least
-- 1/(2 m_G), which is that of one z with a single 1.
function nsgda.both(model, V)
  local first, second = outcome.hits(model, V, nsgda.RADIUS)
  return math.min(first, second) >= 0.5 / model.mG, first, second
end

--- How many neurons of G are modes.
function nsgda.pure(model, V) return outcome.classes(model, V).mode end

return nsgda
