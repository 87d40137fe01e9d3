--- The mean of a logged curve over runs, at the times that all of them have.
--
-- The sums of squares are updated run by run: B. P. Welford, Technometrics 4 (1962) 419-420.
local core = require "saddle.core"
local options = require "saddle.options"
local read = require "saddle.store.read"
local stats = require "saddle.stats"
require("saddle.tree").module()

local curve = {}

--- The sentence for a run without the curve.
function curve.missing(source, row, name)
  local names, run = {}, source.rows[row].id
  for _, a in ipairs(read.arrays(source.db, run)) do
    if a.curve ~= 0 then names[#names + 1] = a.name end
  end
  return ("run %d has no curve '%s' (%s)"):format(run, (name:gsub("%c", "?")),
    #names == 0 and "it has none" or options.hint(name, names))
end

--- The column of each time in the curve; of a time that occurs twice, the last.
local function places(t)
  local at = {}
  for j = 1, t.cols do at[t(j)] = j end
  return at
end

--- The times that all runs have, ascending, or nil when they are the same in all; or false and what
-- is wrong.
local function common_times(source, list, name)
  local first, same, counts = nil, true, {}
  for _, row in ipairs(list) do
    local times = read.times(source.db, source.rows[row].id, name)
    if not times then return false, curve.missing(source, row, name) end
    first, same = first or times, same and times == (first or times)
    counts[times] = (counts[times] or 0) + 1
  end
  if same then return nil end
  local shared = {}
  for times, count in pairs(counts) do
    for t in pairs(places(core.frombytes(times, 1, #times // 8))) do
      shared[t] = (shared[t] or 0) + count
    end
  end
  local out = {}
  for t, count in pairs(shared) do if count == #list then out[#out + 1] = t end end
  if #out == 0 then return false, ("the curves '%s' have no time in common"):format(name) end
  table.sort(out)
  return out
end

--- The curve of one run: times, and the values at those times, of one element or of all.
local function values_of(source, row, name, times, element)
  local c = read.array(source.db, source.rows[row].id, name)
  local t, data = c.t, c.data
  if element and element > data.rows then
    return nil, ("the curve '%s' of run %d has %d elements, not %d"):format(name,
      source.rows[row].id, data.rows, element)
  end
  if element then data = data:row(element) end
  if times then
    local at, columns = places(t), {}
    for j, time in ipairs(times) do columns[j] = at[time] end
    t, data = core.matrix(times):t(), data:col(core.matrix(columns))
  end
  return t, data
end

--- The mean over the runs of a list: {t = 1 x n, mean=, sd=, ci95=, lo=, hi = rows x n (1 x n with
-- an element), n = how many runs}; sd, ci95, lo and hi are NaN with one run. Or nil and what is
-- wrong.
function curve.mean(source, list, name, element)
  if #list == 0 then return nil, "there are no runs" end
  local _ <close> = core.tracing.suspend()
  local times, wrong = common_times(source, list, name)
  if times == false then return nil, wrong end
  local t, mean, squares
  for count, row in ipairs(list) do
    local time, data = values_of(source, row, name, times, element)
    if not time then return nil, data end
    if not mean then
      t, mean, squares = time, core.zeros(data.rows, data.cols), core.zeros(data.rows, data.cols)
    end
    if data.rows ~= mean.rows then
      return nil, ("the curves '%s' have %d and %d elements"):format(name, mean.rows, data.rows)
    end
    local before = data - mean
    mean = mean + before / count
    squares = squares + before % (data - mean)
  end
  local n = #list
  local sd = n > 1 and core.sqrt(squares / (n - 1)) or 0 / 0 * squares
  local ci95 = n > 1 and stats.half_width(sd, n, 0.95) or sd
  return { t = t, mean = mean, sd = sd, ci95 = ci95, lo = mean - ci95, hi = mean + ci95, n = n }
end

return curve
