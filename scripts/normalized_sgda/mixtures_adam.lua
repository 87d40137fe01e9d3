--- Figure 2 of the normalised-SGDA paper (S. Jelassi et al., 2022) on mixtures of normal clouds:
-- is it the length or the direction of Adam's steps that helps? The paper says: AdaLR (Adam's
-- lengths, the momentum's directions) does slightly better than Adam, AdaDir (the reverse) very
-- badly (2a); and Adam's lengths hardly change after the first 10 steps (2b, c).
--
--   saddle figure normalized_sgda/mixtures_adam --jobs 2
--   saddle figure normalized_sgda/mixtures_adam --quick law=grid
--
-- Above: the distance along runs at the best step size, which some seeds choose and others report
-- (step_search.lua). Below: the lengths of the first seed's runs of l-AdaLR, in parts of that of
-- the first step (adam_lengths.lua), with what a constant gradient and gradients without memory
-- would give. What is trained: mixture_gan.lua.
--
-- Found on the ring, in 5 minutes of one core: FD 0.11 with Adam, 0.14 with l-AdaLR, 0.44 with
-- g-AdaLR, and 1.0 and 1.3 with the two AdaDir, which end no nearer than they start. AdaLR is close
-- to Adam, not better. Lengths fall to 0.4 in ten steps and then swing, mostly between 0.1 and 0.7.
local sd = require "saddle"
local adam_lengths = require "adam_lengths"
local mixture_gan = require "mixture_gan"
local step_search = require "step_search"

local METRIC <const>, FOLLOWED <const> = "fd_features", "l-adalr"

local function run(p, log)
  local result = mixture_gan.run(p, log)
  if p.optim == FOLLOWED then
    local found = adam_lengths.follow(mixture_gan.of(p), p.rng, p.steps)
    result.D_lengths, result.G_lengths = found.D, found.G
  end
  return result
end

local function summary(runs)
  local lines = { "law     optimiser   eta     seeds  FD of features         modes  within" }
  for _, set in ipairs(runs:group("law", "optim")) do
    local eta, best = step_search.best(set, METRIC)
    lines[#lines + 1] = ("%-7s %-10s %-8.3g %4d  %-22s %5.4g %6.1f%%  %s"):format(set.law,
      set.optim, eta, #best, step_search.text(best, METRIC),
      step_search.median(best:column "covered"), 100 * step_search.median(best:column "share"),
      step_search.ended(best))
  end
  lines[#lines + 1] = "medians [least, largest]; eta is chosen by other seeds"
  return table.concat(lines, "\n")
end

local function along(runs)
  local panel = step_search.lines(runs, METRIC, "along")
  panel.title, panel.legend = "(a) distance at the best step size", "outside"
  panel.xlabel, panel.ylabel, panel.ylog = "steps", "FD of features", true
  return panel
end

local function lengths(shown, player, title)
  local L = shown:array(player .. "_lengths")
  local panel = { title = title, xlabel = "step", xlog = true, ylabel = "|A_t| / |A_1|",
    yrange = { 0, 1.2 }, legend = "outside",
    hline = { { 2 / math.sqrt(10), label = "constant gradient" },
      { math.sqrt(4 / 30), label = "no memory" } } }
  for l = 1, L.rows do
    panel[l] = { x = sd.linspace(1, L.cols, L.cols), y = L:row(l):t(),
      label = ("layer %d"):format(l) }
  end
  return panel
end

local function plot(runs)
  local panels = { along(runs) }
  local followed = runs:filter(function(r) return r.optim == FOLLOWED end)
  if #followed > 0 then
    local eta = step_search.best(followed, METRIC)
    local shown = followed:filter(function(r) return r.eta == eta end)[1]
    panels[2] = lengths(shown, "D", "(b) length of Adam's step, critic")
    panels[3] = lengths(shown, "G", "(c) length of Adam's step, generator")
  end
  return { columns = 1, size = { 760, 400 * #panels }, panels = panels }
end

return sd.experiment {
  name = "normalized_sgda.mixtures_adam",
  text = "GANs on mixtures of clouds: lengths and directions of Adam's steps",
  params = mixture_gan.params(),
  sweep = { optim = { "adam", "l-adalr", "g-adalr", "l-adadir", "g-adadir" },
    eta = mixture_gan.GRID, seed = sd.seeds(9) },
  quick = { optim = { "adam", "l-adalr", "l-adadir" }, eta = { 1e-3, 3.2e-3, 1e-2 },
    seed = sd.seeds(5), k = { 32 }, batch = { 32 }, steps = { 1500 } },
  run = run, summary = summary, plot = plot,
}
