--- A contest of optimisers on the two-mode model (two_modes.lua): what stands in for the tables of
-- FID scores of section 3 of the normalised-SGDA paper. An optimiser's result is how many starts
-- end with a generator that has both modes, and how many of its neurons are pure modes.
--
-- Coordinates are the full ones and the plane of u_1 and u_2 a random one of each start: Adam and
-- what is made of it have a rate for each coordinate, so neither the reduced model nor modes along
-- the axes would be fair. Both players have the same optimiser, with the steps eta_D and eta_G =
-- ratio eta_D, constant or decaying linearly to 0.
--
-- Both steps are chosen by a rule, on starts of their own: of the grid those with most starts that
-- end with both modes; of equal ones those with most pure neurons, of these those with the fewest
-- still noise, of these the first. All of the grid is tried on `choice` starts, and the best four
-- of more points on four times as many starts more, which count together. What is reported are
-- other starts (`score`), which had no part in the choice, and which are the same for all
-- optimisers. The grid has both steps because optimisers differ in what they do to a network's
-- scale: at the start V is sqrt(d) times as small as W, and Adam, which moves all coordinates
-- alike, wants a smaller ratio.
--
-- eps of adam_raw, AdaLR and AdaDir is 1e-16: it stands inside the root, and the generator's
-- gradients begin at about 1e-6, which the usual 1e-8 would swallow. Adam's 1e-8 stands outside.
local sd = require "saddle"
local minibatch = require "minibatch"
local outcome = require "outcome"
local two_modes = require "two_modes"

local contest = {}

--- The optimisers of the table with first-moment parameter b1, by their names for sd.optim.
function contest.lineup(b1)
  local moments = (",b1=%g,b2=0.9"):format(b1)
  local raw = moments .. ",eps=1e-16"
  local list = { b1 == 0 and "sgd" or ("momentum,momentum=%g"):format(b1),
    ("normalized,momentum=%g"):format(b1), ("normalized,scope=layer,momentum=%g"):format(b1),
    "adam" .. moments, "adam_raw" .. raw, "adalr" .. raw, "adalr,scope=global" .. raw,
    "adadir" .. raw, "adadir,scope=global" .. raw }
  if b1 == 0 then
    table.move({ "rmsprop,b2=0.9", "adagrad" }, 1, 2, #list + 1, list)
  end
  return list
end

--- What experiments of contests have for parameters, and these more.
function contest.params(more)
  local own = {
    d = sd.param(200, "dimension", { from = 2 }),
    a0 = sd.param(0.3, "a at the start", { above = 0 }),
    steps = sd.param(12000, "steps of training", { from = 10 }),
    batch = sd.param(1, "samples a step", { from = 1 }),
    low = sd.param(3.1622776601683795e-4, "the smallest eta_D of the grid", { above = 0 }),
    high = sd.param(0.1, "the largest", { above = 0 }),
    points = sd.param(6, "eta_D in the grid, equally far apart in logarithm", { from = 1 }),
    ratio = sd.param(1.0, "the largest eta_G / eta_D of the grid", { above = 0 }),
    ratios = sd.param(4, "eta_G / eta_D in the grid, each 10^(1/2) times the next", { from = 1 }),
    decay = sd.param(false, "steps that fall to 0 linearly"),
    choice = sd.param(2, "starts on which all steps are tried", { from = 1 }),
    score = sd.param(20, "starts that are reported", { from = 1 }),
  }
  for name, param in pairs(more or {}) do own[name] = param end
  return two_modes.params(own)
end

--- The grid: a list of {eta = eta_D, ratio =}.
function contest.grid(p)
  local etas = p.points > 1
    and sd.logspace(math.log(p.low, 10), math.log(p.high, 10), p.points):t() or sd.full(1, 1, p.low)
  local list = {}
  for j = 1, p.ratios do
    for k = 1, p.points do
      list[#list + 1] = { eta = etas(k), ratio = p.ratio * 10 ^ ((1 - j) / 2) }
    end
  end
  return list
end

-- ---- training -----------------------------------------------------------------------------------

--- One start: {model=, players=, gda=, plan=, state=}, for the steps at = {eta=, ratio=}. p = {d=,
-- mD=, mG=, case=, gamma=, a0=, batch=, decay=, steps=}. Of a start of one rng all optimisers see
-- the same modes, neurons and samples.
function contest.start(p, optim, at, rng)
  local function player(lr)
    if p.decay then lr = sd.optim.linear { from = lr, to = 0, steps = p.steps } end
    return sd.optim(optim, { lr = lr })
  end
  local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
    a0 = p.a0, modes = rng:split "plane" }
  local players = { D = player(at.eta), G = player(at.ratio * at.eta) }
  local gda = model:gda(players, p.batch > 1 and minibatch.game(model, p.batch) or nil)
  return { model = model, players = players, gda = gda, plan = sd.compile(gda.step),
    state = gda.init(model:init(rng:split "neurons"), rng:split "samples") }
end

--- What a start comes to: the classes of outcome.lua, and `status`. One that diverged has no modes.
function contest.train(p, optim, at, rng)
  local run = contest.start(p, optim, at, rng)
  local last = p.steps // 10
  local before, history = run.plan:iterate(run.state, p.steps - last)
  local after = before
  if history.status ~= "diverged" then after, history = run.plan:iterate(before, last) end
  local status = outcome.status(history, before.p, after.p)
  if status == "diverged" then
    return { mode = 0, mix = 0, noise = p.mG, other = 0, both = false, status = status }
  end
  local found = outcome.classes(run.model, after.p.G.V)
  found.status = status
  return found
end

--- What `count` starts came to: {both = how many ended with both modes, modes = their numbers of
-- pure neurons (a row), noise = that of neurons near no mode, diverged=, stalled= how many}.
function contest.many(p, optim, at, rng, count)
  local all = { both = 0, diverged = 0, stalled = 0, moving = 0, noise = 0,
    modes = sd.zeros(1, count) }
  for k = 1, count do
    local found = contest.train(p, optim, at, rng:split(k))
    if found.both then all.both = all.both + 1 end
    all[found.status], all.noise = all[found.status] + 1, all.noise + found.noise
    all.modes:set(1, k, found.mode)
  end
  return all
end

-- ---- the rule -----------------------------------------------------------------------------------

local FINALISTS <const>, MORE <const> = 4, 4

--- Whether the candidate `a` is better than `b`, for the rule that opens this file.
local function better(a, b)
  if a.both ~= b.both then return a.both > b.both end
  if a.total ~= b.total then return a.total > b.total end
  if a.noise ~= b.noise then return a.noise < b.noise end
  return a.place < b.place
end

--- Adds what contest.many found to a candidate's counts.
local function count(candidate, found)
  for _, name in ipairs { "both", "noise", "diverged" } do
    candidate[name] = candidate[name] + found[name]
  end
  candidate.total = candidate.total + sd.sum(found.modes)
end

--- The steps {eta=, ratio=} of the grid that the rule chooses, and what each came to on the first
-- starts (5 x points: eta, ratio, share with both modes, pure neurons a start, share diverged).
function contest.choose(p, optim, rng)
  local candidates, each = {}, nil
  for k, at in ipairs(contest.grid(p)) do
    local one = { at = at, place = k, both = 0, total = 0, noise = 0, diverged = 0 }
    count(one, contest.many(p, optim, at, rng:split "all", p.choice))
    local column = sd.matrix { at.eta, at.ratio, one.both / p.choice, one.total / p.choice,
      one.diverged / p.choice }
    candidates[k], each = one, each and sd.hcat(each, column) or column
  end
  table.sort(candidates, better)
  local finalists = table.move(candidates, 1, math.min(FINALISTS, #candidates), 1, {})
  if #candidates > FINALISTS then
    for _, one in ipairs(finalists) do
      count(one, contest.many(p, optim, one.at, rng:split "finals", MORE * p.choice))
    end
  end
  table.sort(finalists, better)
  return finalists[1].at, each
end

--- Whether x is an end of a list of more than one.
local function at_the_end(x, list) return #list > 1 and (x == sd.min(list) or x == sd.max(list)) end

--- The contest of one optimiser, as metrics of an experiment: the steps chosen, and the score of
-- other starts with exact (Clopper and Pearson) and Student intervals of 95%.
function contest.run(p, optim)
  local at, grid = contest.choose(p, optim, p.rng:split "choice")
  local found = contest.many(p, optim, at, p.rng:split "score", p.score)
  local low, high = sd.clopper_pearson(found.both, p.score, 0.95)
  local mean, half = sd.mean(found.modes), 0 / 0
  if p.score > 1 then half = select(3, sd.mean_ci(found.modes, 0.95)) - mean end
  return { eta = at.eta, step_ratio = at.ratio,
    eta_at_end = p.points > 1 and at_the_end(at.eta, grid:row(1)),
    ratio_at_end = p.ratios > 1 and at_the_end(at.ratio, grid:row(2)),
    both = found.both, share = found.both / p.score, share_low = low, share_high = high,
    modes = mean, modes_ci = half, diverged = found.diverged, stalled = found.stalled, grid = grid,
    each = found.modes }
end

-- ---- tables and pictures ------------------------------------------------------------------------

contest.HEADER = "  eta_D   ratio   both  95%            modes +- 95%     div. stalled"
contest.FOOTER = "ratio: eta_G / eta_D; !: it is at an end of the grid"

--- A line of the table of runs that contest.run made.
function contest.line(r)
  return ("%7.2g%s %6.2g%s %2d/%-2d  [%.2f, %.2f] %7.2f +- %-5.2f %6d %7d"):format(r.eta,
    r.eta_at_end and "!" or " ", r.step_ratio, r.ratio_at_end and "!" or " ", r.both, r.score,
    r.share_low, r.share_high, r.modes, r.modes_ci, r.diverged, r.stalled)
end

--- A series of sd.plot: the share of starts with both modes of runs that contest.run made, at these
-- places, with their exact intervals.
function contest.shares(at, runs, label, colour)
  local y, lo, hi = {}, {}, {}
  for k = 1, #at do y[k], lo[k], hi[k] = runs[k].share, runs[k].share_low, runs[k].share_high end
  return { x = at, y = y, lo = lo, hi = hi, style = "points", label = label, colour = colour }
end

--- The pure-mode neurons of the same, with Student's intervals.
function contest.modes(at, runs, label, colour)
  local y, err = {}, {}
  for k = 1, #at do y[k], err[k] = runs[k].modes, runs[k].modes_ci end
  return { x = at, y = y, err = err, style = "points", label = label, colour = colour }
end

--- A figure of both, for a list of {at=, runs=, label=}; `more` are keys of both panels.
function contest.figure(list, mG, more, figure)
  local both = { title = "starts that end with both modes, 95%", ylabel = "share",
    yrange = { -0.03, 1.03 } }
  local modes = { title = "pure-mode neurons a start, 95%", ylabel = ("of %d"):format(mG),
    yrange = { -0.5, mG + 1 } }
  for k, one in ipairs(list) do
    local colour = (k - 1) % 7 + 1
    both[k] = contest.shares(one.at, one.runs, one.label, colour)
    modes[k] = contest.modes(one.at, one.runs, one.label, colour)
  end
  for key, v in pairs(more) do both[key], modes[key] = v, v end
  figure.panels = { both, modes }
  return figure
end

return contest
