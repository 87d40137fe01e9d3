--- The stages of the appendix of the normalised-SGDA paper (E.1, E.2), and how far the neurons have
-- moved in each. Times are those of flow.lua, eta_D t. With A = max <w_i0, u_l>/2 and
-- B = max <w_i0, v_j0>/m_G, whose inverses are the times in which D and G take off, the ratio
-- eta_G/eta_D is rho A/B: "balanced" below rho = 1, and G takes off first above it (Lemma C.1).
--
-- Balanced (E.1):            until
--   B1    one <w_i, u_l> is 1/C
--   B2    T_B1 + polylog 2^((log d)^(1/2)): the paper's list has 2^-((log d)^(1/2)), its proof
--         d^o(1); the polylog is 4 C/(3 a_0), the time in which (55) takes 1/C to infinity;
--         or until B3, where that is sooner
--   B3    one <v_j, u_l> is d^-0.49
--   B4    a is 1/(Lam^2 d^0.25)
--   B5    the least <v_j, w_i*> is half of what it was at T_B4: the generator goes back. In the
--         paper it does not, and T_0 comes first
--
-- All end at T_0, "T0", where |grad E L| is d^-2, which at the start is of order a_0/d.
--
-- i*, the neuron that leads at T_B1, is not always the i_D with the largest <w_i0, u_l>: X = u_1 +
-- u_2 helps those whose both products are positive, and gamma is less than the gap of Lemma C.2
-- only when log log d is large. Likewise z of two ones, and the pair that leads at T_G1.
--
-- G dominates (E.2):
--   G1    one <v_j, w_i0/|w_i0|>, about alpha(v_j, w_i), is d^-0.49
--   G2    one is Lam; or until G3, where that is sooner: ratio^(1/2) a_0 is below about Lam
--   G3    a is 0
--   G4    the least <v_j, w_iG0/|w_iG0|> is half of what it was at T_G3, or t is 2 T_G3
local sd = require "saddle"
local flow = require "flow"
local span = require "span"
local two_modes = require "two_modes"

local stage_log = {}

-- "A sufficiently large polylog", whose inverse ends stage 1.
stage_log.C = 10

--- The row and the column of the largest element.
local function place(A)
  local k = math.tointeger(sd.argmax(A:reshape(#A, 1))) - 1
  return k % A.rows + 1, k // A.rows + 1
end

local stages = {}

function stages.balanced(log, model)
  local length = 4 * stage_log.C / (3 * model.a0) * 2 ^ math.log(model.d) ^ 0.5
  local function learnt(p) return sd.max(model.U:t() * p.G.V) - model.d ^ -0.49 end
  local function least(p) return sd.min(p.D.W:row(log.star) * p.G.V) end
  return {
    { "B1", function(p) return sd.max(p.D.W * model.U) - 1 / stage_log.C end },
    { "B2", function(p, t) return sd.max(t - log.B1.T - length, learnt(p)) end },
    { "B3", learnt },
    { "B4", function(p) return model.Lam ^ -2 * model.d ^ -0.25 - p.D.a end },
    { "B5", function(p) return least(log.B4.p) / 2 - least(p) end },
  }
end

function stages.generator(log, model)
  local W = log.start.D.W
  W = W / sd.norm(W, { dim = 2 })
  local function leading(p) return sd.max(W * p.G.V) end
  local function least(p) return sd.min(W:row(log.pair[1]) * p.G.V) end
  return {
    { "G1", function(p) return leading(p) - model.d ^ -0.49 end },
    { "G2", function(p) return sd.max(leading(p) - model.Lam, -p.D.a) end },
    { "G3", function(p) return -p.D.a end },
    { "G4", function(p, t)
      return sd.max(least(log.G3.p) / 2 - least(p), t - 2 * log.G3.T)
    end },
  }
end

local Log = {}
Log.__index = Log

-- Where it ends unless told.
local LAST <const> = { balanced = "B4", generator = "G4" }

--- The model's lambda; nil: that of (9), 1/(d polylog)^(1/2). lambda b moves with lambda^2. The
-- proofs reckon as if it moved with the lambda of (9): with the root of it for lambda, it does.
local function lambda_of(o)
  if o.lambda == "as reckoned" then return (o.d * (o.polylog or math.log(o.d))) ^ -0.25 end
  if o.lambda ~= "(9)" then return o.lambda end
end

--- stage_log.new(kind, rng, {d=, rho= or ratio=, a0=0.3, mD=5, mG=5, gamma=0.05, case=2, polylog=,
-- lambda="(9)", last="B4" or "G4", eta_G=1}) -> log, of kind "balanced" or "generator",
-- up to the stage `last`, or to T_0 where that comes first. lambda may be "as reckoned" in the
-- proofs, or a number. Fields: model, start, ratio, span; `star`, i* of the balanced case; `pair`,
-- {i_G, j_G} where G dominates; and for each stage, by name, its end T, its state p there and its
-- path (flow.lua). A stage that T_0 ends is not there. eta_G multiplies the ratio: 1 but for what
-- is to go wrong.
function stage_log.new(kind, rng, o)
  local model = two_modes.new { d = o.d, mD = o.mD or 5, mG = o.mG or 5, a0 = o.a0 or 0.3,
    gamma = o.gamma, case = o.case, polylog = o.polylog, reduced = true,
    lambda = lambda_of(o) }
  local start = model:init(rng)
  local W = start.D.W
  local A, B = sd.max(W * model.U) / 2, sd.max(W * start.G.V) / model.mG
  local log = setmetatable({ model = model, start = start, last = o.last or LAST[kind],
    ratio = o.ratio or o.rho * A / B, span = span.new(model, start) }, Log)
  local run = flow.new(model, start, log.ratio * (o.eta_G or 1))
  for _, stage in ipairs(stages[kind](log, model)) do
    local name, reached = table.unpack(stage)
    local path = run:to(reached)
    if run.converged then name = "T0" end
    log[name] = { T = run.t, p = run.p, path = path }
    if name == "B1" then log.star = place(run.p.D.W * model.U) end
    if name == "G1" then log.pair = { place(start.D.W * run.p.G.V) } end
    if name == log.last or run.converged then break end
  end
  return log
end

--- T of a stage by name, or infinity where it is not there.
function Log:time(stage) return self[stage] and self[stage].T or math.huge end

--- The neurons of a player at the start: columns.
local function at_start(log, which) return which == "W" and log.start.D.W:t() or log.start.G.V end

--- Assumes for a claim that a stage is there: T_0 did not come before its end.
function Log:assume(c, stage)
  return c:assume(("T_%s < T_0"):format(stage), self:time(stage), "<", self:time "T0")
end

--- |alpha(x_i, *, t) - alpha(x_i, *, 0)| along a stage, for x = w ("W") or v ("V"): a row for each
-- *, as in span.lua, a column for each neuron and time, neurons fastest. 0 where keep(row, neuron)
-- is false.
function Log:changes(stage, which, keep)
  local A, first = self[stage].path[which], at_start(self, which)
  local m = first.cols
  local times = sd.ones(1, A.cols // m)
  local moved = sd.abs(self.span:of(A - sd.kron(times, first)))
  local mask = sd.ones(moved.rows, m)
  for row = 1, keep and moved.rows or 0 do
    for i = 1, m do mask:set(row, i, keep(row, i) and 1 or 0) end
  end
  return moved % sd.kron(times, mask)
end

--- alpha(x_i, *) at the end of a stage: coefficients by neurons.
function Log:at_end(stage, which)
  local p = self[stage].p
  return self.span:of(which == "W" and p.D.W:t() or p.G.V)
end

--- `count` states of a stage, evenly spread over its steps, the last one its end.
function Log:states(stage, count)
  local path, list = self[stage].path, {}
  local mD, mG, all = self.model.mD, self.model.mG, path.a.cols
  for k = 1, count do
    local at = math.max(1, all * k // count)
    list[k] = { D = { a = path.a(at), b = path.b(at),
      W = path.W:col((at - 1) * mD + 1, at * mD):t() },
      G = { V = path.V:col((at - 1) * mG + 1, at * mG) } }
  end
  return list
end

--- D of the state p with the one neuron w_i, of 0 for the others.
function Log:alone(p, i)
  local others = sd.zeros(self.model.mD - 1, self.model.n)
  return { a = p.D.a, b = p.D.b, W = sd.vcat(p.D.W:row(i), others) }
end

--- The row of w_i, or of v_j, among the coefficients.
function Log:row_of(which, i) return (which == "W" and 2 or 2 + self.model.mD) + i end

--- What one sample adds to the parameters, in parts of eta_D and eta_G: (5) with the columns X, z.
function Log:one_step(p, X, z)
  local g = sd.grad(function(q) return sd.sum(self.model:gain(q, X, z)) end)(p)
  return { a = g.D.a, b = g.D.b, W = g.D.W, V = -g.G.V }
end

return stage_log
