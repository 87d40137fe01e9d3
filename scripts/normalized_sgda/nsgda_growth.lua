--- How neurons grow under nSGDA and under plain descent-ascent (normalised-SGDA paper: Jelassi,
-- Mensch, Gidel, Li, 2022, appendix H against appendix E), from one start.
--
--   saddle figure normalized_sgda/nsgda_growth
--
-- Left: nSGDA at d = 10^9. Coefficients of the leaders, alpha(w_(i_l*), u_l) and the largest and
-- least alpha(v_j, w_(g_j*)), over the path of the discriminator, eta_D t, in which they are
-- linear; the largest other coefficient of W and of V; a. Right: plain steps at d = 1000,
-- a_0 = 0.3: <w_(i_l*), u_l> hardly grows, and then within a small part of the time (x' = x^2) to
-- order 1, when the generator has not moved at all. nsgda_growth_claim.lua has this in numbers.
local sd = require "saddle"
local leaders = require "leaders"
local nsgda = require "nsgda"
local nsgda_path = require "nsgda_path"
local two_modes = require "two_modes"

--- Curves of nSGDA, over the path; the slope of log alpha(w_(i_1*), u_1) over that of the path.
local function normalised(p, log)
  local path = nsgda_path.new({ d = 1e9, mD = p.mD, mG = p.mG, gamma = p.gamma, eta = 5e-3,
    ratio = p.ratio, total = 2 }, p.rng)
  local late, alpha, k = {}, {}, 0
  path.visit(p.looks, function(q, s, at)
    local least = sd.min(at.b)
    k = k + 1
    log(k, { path = s, first = at.a(1), second = at.a(2), v_most = at.beta,
      v_least = least > 0 and least or 0 / 0, rest_w = math.max(at.rest_w, at.onto),
      rest_v = at.rest_v, a = q.D.a })
    if s > 1e-3 and s < 0.3 then late[#late + 1], alpha[#alpha + 1] = s, at.a(1) end
  end)
  return (sd.fit_loglog(late, alpha))
end

--- Curves of plain descent-ascent, over eta_D t, and when <w, u> passes twice its start and 1.
local function plain(p, log)
  local model = two_modes.new { d = 1000, mD = p.mD, mG = p.mG, gamma = p.gamma, a0 = 0.3,
    reduced = true }
  local start, L = leaders.draw(model, p.rng:split "plain", function(found)
    return found.distinct
  end)
  local trainer = nsgda.trainer(model, { eta = 5e-3, ratio = 1, total = p.plain, D = "sgda",
    G = "sgda" })
  local every = math.max(1, trainer.T // 400)
  local _, h = nsgda.run(trainer, start, p.rng, { every = every, record = function(s)
    local onto = s.p.D.W * model.U
    return { first = onto:row(L.i[1]):col(1), second = onto:row(L.i[2]):col(2),
      v = sd.max(sd.abs(model.U:t() * s.p.G.V)) }
  end })
  local passed, reached = math.huge, math.huge
  for k = 1, #h.t do
    local t, x = 5e-3 * h.t(k), math.max(h.first(k), h.second(k))
    log(k, { plain_time = t, plain_first = h.first(k), plain_second = h.second(k),
      plain_v = h.v(k) })
    if x >= 2 * math.max(h.first(1), h.second(1)) then passed = math.min(passed, t) end
    if x >= 1 then reached = math.min(reached, t) end
  end
  return passed, reached
end

local function run(p, log)
  local slope = normalised(p, log)
  local passed, reached = plain(p, log)
  return { slope = slope, doubles = passed, reaches_1 = reached }
end

local function summary(runs)
  local lines = { "seed   slope of log alpha(w, u_1), nSGDA   plain: eta_D t at 2 x_0    at 1" }
  for _, r in ipairs(runs) do
    lines[#lines + 1] = ("%4d %29.3f %28.1f %11.1f"):format(r.seed, r.slope, r.doubles, r.reaches_1)
  end
  return table.concat(lines, "\n")
end

local function curve(r, x, name, label, more)
  local _, s = r:curve(x)
  local _, y = r:curve(name)
  local line = { x = s:t(), y = y:t(), label = label }
  for key, v in pairs(more or {}) do line[key] = v end
  return line
end

local function plot(runs)
  local r = runs[1]
  local left = { title = "nSGDA: linear", xlabel = "path of D, eta_D t", xlog = true, ylog = true,
    yrange = { 1e-12, 10 }, legend = "below" }
  for k, item in ipairs {
    { "first", "alpha(w, u_1)", 1 }, { "second", "alpha(w, u_2)", 2 },
    { "v_most", "alpha(v, w), largest", 3 }, { "v_least", "alpha(v, w), least", 4 },
    { "rest_w", "all else of W", 1, "dotted" }, { "rest_v", "all else of V", 3, "dotted" },
    { "a", "a", 7, "dashed" } } do
    left[k] = curve(r, "path", item[1], item[2], { colour = item[3], dash = item[4] })
  end
  return { columns = 2, size = { 1150, 560 }, panels = { left,
    { title = "plain steps: quadratic", xlabel = "eta_D t", ylog = true, legend = "below",
      yrange = { 1e-4, 10 },
      curve(r, "plain_time", "plain_first", "<w, u_1>", { colour = 1 }),
      curve(r, "plain_time", "plain_second", "<w, u_2>", { colour = 2 }),
      curve(r, "plain_time", "plain_v", "largest |<v, u>|", { colour = 3 }) } } }
end

return sd.experiment {
  name = "normalized_sgda.nsgda_growth",
  text = "growth of neurons: linear under nSGDA, quadratic under plain descent-ascent",
  params = {
    mD = sd.param(7, "neurons of the discriminator", { from = 1 }),
    mG = sd.param(13, "neurons of the generator", { from = 1 }),
    gamma = sd.param(0.01, "probability of X = u_1 + u_2", { from = 0, below = 1 }),
    ratio = sd.param(0.1, "eta_G / eta_D", { above = 0 }),
    looks = sd.param(120, "points of the curves", { from = 10 }),
    plain = sd.param(100.0, "eta_D t of the plain run", { above = 0 }),
  },
  sweep = { seed = sd.seeds(3) },
  quick = { seed = sd.seeds(2), looks = 60 },
  run = run, summary = summary, plot = plot,
}
