--- The table of optimisers on the two-mode model of the normalised-SGDA paper: which of them
-- recover both modes, each at its best steps of a grid (contest.lua has the rule).
--
--   saddle figure normalized_sgda/optimisers
--   saddle figure normalized_sgda/optimisers optim=adam,lion,'normalized,scope=layer'
--   saddle figure normalized_sgda/optimisers decay=true score=40
--
-- Found, in 5 minutes of one core: with b1 = 0 AdaLR, Adagrad, Adam, RMSprop and both kinds of
-- nSGDA end with both modes in 18 to 20 of 20 starts and with 9 to 13 of 13 neurons at a mode; SGDA
-- in 11, with one or two neurons, at steps of which 3 starts diverge; AdaDir in none. With b1 = 0.5
-- AdaLR, Adam and nSGDA do in 17 to 20, with 7 to 13 neurons; SGDA and AdaDir in 4 to 6, with about
-- one. Without the choice of eta_G / eta_D it looks otherwise: at 0.3 Adam is behind nSGDA.
--
-- `optim` is any name that sd.optim knows, hyper-parameters but the step size included. One of
-- one's own is a file saddle/optim/<name>.lua on LUA_PATH; examples/saddle/optim/half_sign.lua is
-- one:
--
--   LUA_PATH="examples/?.lua;;" saddle figure normalized_sgda/optimisers optim=half_sign,adam
local sd = require "saddle"
local contest = require "contest"

local function by_share(runs) return runs:sort("-share", "-modes") end

local function summary(runs)
  local lines = { ("%-42s"):format "optimiser" .. contest.HEADER }
  local sorted = by_share(runs)
  for k = 1, #sorted do
    lines[#lines + 1] = ("%-42s"):format(sorted[k].optim) .. contest.line(sorted[k])
  end
  lines[#lines + 1] = contest.FOOTER
  return table.concat(lines, "\n")
end

--- A point with its interval for each optimiser, in the order of the table.
local function plot(runs)
  local sorted, list = by_share(runs), {}
  for k = 1, #sorted do
    list[k] = { at = { k }, runs = { sorted[k] }, label = ("%d %s"):format(k, sorted[k].optim) }
  end
  return contest.figure(list, sorted[1].mG, { legend = "outside", xlabel = "place",
    xrange = { 0, #sorted + 1 } }, { columns = 1, size = { 1200, 1200 } })
end

local everyone = contest.lineup(0)
table.move(contest.lineup(0.5), 1, #contest.lineup(0.5), #everyone + 1, everyone)

return sd.experiment {
  name = "normalized_sgda.optimisers",
  text = "which optimisers recover both modes, each at its best steps",
  params = contest.params { optim = sd.param("normalized", "a name for sd.optim") },
  sweep = { optim = everyone, seed = 1 },
  quick = { optim = contest.lineup(0), points = 2, low = 1e-3, high = 1e-2,
    ratio = 0.3, ratios = 2, choice = 1, score = 2, steps = 6000 },
  run = function(p) return contest.run(p, p.optim) end,
  summary = summary, plot = plot,
}
