--- Statistics of a column over runs. Booleans count as 0 and 1. A NaN is not dropped: the result is
-- NaN, too. With one run sd and ci95 are NaN.
--
--   mean; sd (with n - 1); min, max; median; ci95: half the width of Student's interval of 95 % for
--   the mean (sd.mean_ci), which is exact for normal samples.
local core = require "saddle.core"
local stats = require "saddle.stats"

local statistic = {}

statistic.names = { "mean", "sd", "min", "max", "median", "ci95" }

local of = {
  mean = core.mean,
  sd = function(A) return core.std(A, { ddof = 1 }) end,
  min = core.min,
  max = core.max,
  median = function(A) return core.quantile(A, 0.5) end,
  ci95 = function(A) return stats.half_width(core.std(A, { ddof = 1 }), #A, 0.95) end,
}

--- The numbers of a column in the rows of a list, as a Lua list; or nil and what is wrong.
function statistic.numbers(source, list, name)
  if #list == 0 then return nil, "there are no runs" end
  local values, wrong = source:values(list, name)
  if not values then return nil, wrong end
  for j, v in ipairs(values) do
    if type(v) == "boolean" then
      values[j] = v and 1 or 0
    elseif type(v) ~= "number" then
      return nil, ("'%s' is a text"):format(name)
    end
  end
  return values
end

--- The statistic `which` of a column over the rows of a list; or nil and what is wrong.
function statistic.value(source, list, which, name)
  local values, wrong = statistic.numbers(source, list, name)
  if not values then return nil, ("%s: %s"):format(which, wrong) end
  local _ <close> = core.tracing.suspend()
  if #values == 1 and (which == "sd" or which == "ci95") then return 0 / 0 end
  return of[which](core.matrix(values))
end

return statistic
