--- The best of a grid of step sizes, honestly: a third of the seeds choose the step size `eta`
-- whose median distance is least, and the runs of the other seeds with it are reported. (The least
-- of several medians is less than that of new runs with its step size: who chooses must not
-- report.) A single seed has to do both.
--
-- The least and the largest of n runs have the median of their law between them with probability
-- 1 - 2^(1-n). Distances are infinite where training diverged: medians stand that.
local sd = require "saddle"

local step_search = {}

--- The middle of a list of numbers, the upper of two.
function step_search.median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  return sorted[#sorted // 2 + 1]
end
local median = step_search.median

--- best(runs, metric) -> eta, the runs reported, for runs of one method with several step sizes.
function step_search.best(runs, metric)
  local seeds = runs:values "seed"
  local last = seeds[(#seeds + 2) // 3] -- of those that choose
  local eta, least
  for _, g in ipairs(runs:filter(function(r) return r.seed <= last end):group "eta") do
    local distance = median(g:column(metric))
    if not least or distance < least then eta, least = g.eta, distance end
  end
  return eta, runs:filter(function(r)
    return r.eta == eta and (r.seed > last or #seeds == 1)
  end)
end

--- The medians of a curve over runs: times, values (rows). Runs that diverged end early; from there
-- on they are infinitely far.
function step_search.median_curve(runs, name)
  local times, curves = {}, {}
  for i, r in ipairs(runs) do
    local t, y = r:curve(name)
    curves[i] = y
    if #t > #times then times = t end
  end
  local values = {}
  for k = 1, #times do
    local list = {}
    for i, y in ipairs(curves) do list[i] = k <= #y and y(k) or math.huge end
    values[k] = median(list)
  end
  return times, sd.matrix { values }
end

--- For sd.plot, a line for each optimiser: the medians of a curve at its best step size.
function step_search.lines(runs, metric, name)
  local list = {}
  for k, set in ipairs(runs:group "optim") do
    local _, best = step_search.best(set, metric)
    local t, y = step_search.median_curve(best, name)
    list[k] = { x = t:t(), y = y:t(), label = set.optim }
  end
  return list
end

--- "median [least, largest]" of a metric.
function step_search.text(runs, metric)
  return ("%.3g [%.3g, %.3g]"):format(median(runs:column(metric)), runs.min[metric],
    runs.max[metric])
end

--- How many runs ended so, as text: "2 diverged", or "".
function step_search.ended(runs)
  local count, words = {}, {}
  for _, status in ipairs(runs:column "ended") do count[status] = (count[status] or 0) + 1 end
  for _, status in ipairs { "diverged", "stalled" } do
    if count[status] then words[#words + 1] = ("%d %s"):format(count[status], status) end
  end
  return table.concat(words, ", ")
end

return step_search
