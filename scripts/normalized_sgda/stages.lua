--- The stages of the appendix of the normalised-SGDA paper (E.1, E.2; stage_log.lua), drawn.
--
--   saddle figure normalized_sgda/stages
--
-- Above, the balanced case: D's leading neuron w_i* learns one mode, at once the other, too (B1),
-- then saturates, and only its logarithm grows (B2); the generator's neurons take off for the
-- mixture that it holds (B3) and drive a to 0 (B4). Below, the generator dominates: v_jG takes off
-- for the random w_iG (G1), passes Lam (G2) and drives a to 0 (G3), and no mode has been learnt.
-- Left, over the steps of the flow (flow.lua), which resolve all of it; right, over eta_D times the
-- number of steps of descent-ascent, since T_B1, and until T_G3. The table has the times, the first
-- in d^(1/2), the others as lengths of stages, means over seeds with their 95% intervals of
-- Student. |v| at the end is in (a_0^2 ratio)^(1/2).
local sd = require "saddle"
local stage_log = require "stage_log"

local LAST <const> = { balanced = "B4", generator = "G3" }
local STAGES <const> = { balanced = { "B1", "B2", "B3", "B4" }, generator = { "G1", "G2", "G3" } }

--- max over neurons of |coefficient| in the given rows (1 x times) of a path's player.
local function largest(log, A, m, row, last)
  local part = sd.max(sd.abs(log.span:of(A):row(row, last or row)), { dim = 1 })
  return sd.max(part:reshape(m, #part // m), { dim = 1 })
end

--- What is drawn of a stage: a matrix with a column for each time. `steps` were taken before it.
local function curves(log, path, steps)
  local mD, mG = log.model.mD, log.model.mG
  local function of_w(row) return largest(log, path.W, mD, row) end
  local star = log:row_of("W", log.star or log.pair[1])
  return sd.vcat(path.t, path.steps + steps, sd.abs(path.a), of_w(1), of_w(2),
    largest(log, path.V, mG, 1, 2), largest(log, path.V, mG, star))
end

local NAMES <const> = { "a", "w on u_1", "w on u_2", "v on the modes", "v on w" }

local function run(p)
  local kind = p.rho < 1 and "balanced" or "generator"
  local log = stage_log.new(kind, p.rng:split "start", { d = p.d, rho = p.rho, a0 = p.a0,
    mD = p.mD, mG = p.mG, gamma = p.gamma, last = LAST[kind] })
  if not log[LAST[kind]] then error("the gradient vanished before the last stage", 0) end
  local parts, out, before, steps = {}, { kind = kind, length4 = 0 }, 0, 0
  for k, name in ipairs(STAGES[kind]) do
    local stage = log[name]
    parts[k] = curves(log, stage.path, steps)
    steps = steps + stage.path.n
    out["T" .. k], out["length" .. k], out["steps" .. k] = stage.T, stage.T - before, steps
    before = stage.T
  end
  local last = log[LAST[kind]].p
  out.curves, out.first = sd.hcat(parts), out.T1 / p.d ^ 0.5
  out.size = sd.norm(last.G.V) / (p.a0 * log.ratio ^ 0.5)
  out.modes = sd.max(log.model.U:t() * last.G.V / sd.norm(last.G.V, { dim = 1 }))
  return out
end

local function summary(runs)
  local lines = { "   rho       d  seeds   T_1/d^(1/2)        lengths of stages 2, 3, 4"
    .. "                   |v| at the end   largest cos(v, u)" }
  for _, g in ipairs(runs:group("rho", "d")) do
    local m = g.mean
    lines[#lines + 1] = ("%6g %7.0e %6d %6.2f +- %-6.2f %9.3g %9.3g %9.3g %12.3f +- %-8.3f %8.3f")
      :format(g.rho, g.d, g.n, m.first, g.ci95.first, m.length2, m.length3, m.length4,
        m.size, g.ci95.size, m.modes)
  end
  return table.concat(lines, "\n")
end

--- A panel of one run, over the elements of x (a row) that are above 0: from the first to the last.
local function panel(r, title, x, spec)
  local from, to = 1, x.cols
  while x(from) <= 0 do from = from + 1 end
  while x(to) <= 0 do to = to - 1 end
  local A, along = r:array("curves"):col(from, to), x:col(from, to)
  spec.title, spec.ylog, spec.yrange = title, true, { 1e-20, 1e4 }
  for k, name in ipairs(NAMES) do spec[k] = { x = along, y = A:row(k + 2), label = name } end
  return spec
end

--- The two panels of a run.
local function panels_of(r, panels)
  local balanced, A = r.kind == "balanced", r:array "curves"
  local t, steps, marks, times = A:row(1), A:row(2), {}, {}
  for k, name in ipairs(STAGES[r.kind]) do
    marks[k] = { r["steps" .. k], label = name }
    times[k - 1] = { balanced and r["T" .. k] - r.T1 or r.T3 - r["T" .. k], label = name }
  end
  if not balanced then times = { { r.T3 - r.T1, label = "G1" }, times[1] } end
  times[0] = nil
  panels[#panels + 1] = panel(r, ("%s, d = %.0e"):format(balanced and "balanced"
    or "the generator dominates", r.d), steps,
    { vline = marks, xlabel = "steps of the flow, 1% each", legend = "bottom right" })
  local x = balanced and t - r.T1 or r.T3 - t
  panels[#panels + 1] = panel(r, balanced and "balanced, from T_B1 on"
    or "the generator dominates, up to T_G3", x, { vline = times, xlog = true, legend = false,
    xlabel = balanced and "eta_D (t - T_B1)" or "eta_D (T_G3 - t): from right to left" })
end

local function plot(runs)
  local panels, most = {}, 0
  for _, g in ipairs(runs:group "d") do most = math.max(most, g.d) end
  for _, g in ipairs(runs:filter(function(r) return r.d == most end):group "rho") do
    panels_of(g[1], panels)
  end
  return { columns = 2, size = { 1200, 420 * (#panels // 2) }, panels = panels }
end

return sd.experiment {
  name = "normalized_sgda.stages",
  text = "the stages of learning of plain descent-ascent, and their times",
  params = {
    d = sd.param(1e10, "dimension", { from = 1e3, to = 1e12 }),
    rho = sd.param(0.1, "eta_G B/(eta_D A): below 1 balanced", { above = 0 }),
    a0 = sd.param(0.3, "a at the start", { above = 0 }),
    gamma = sd.param(0.05, "the probability of X = u_1 + u_2", { above = 0, below = 1 }),
    mD = sd.param(5, "neurons of the discriminator", { from = 1 }),
    mG = sd.param(5, "neurons of the generator", { from = 2 }),
  },
  sweep = { d = { 1e8, 1e10, 1e12 }, rho = { 0.1, 4 }, seed = sd.seeds(20) },
  quick = { seed = sd.seeds(4) },
  run = run, summary = summary, plot = plot,
}
