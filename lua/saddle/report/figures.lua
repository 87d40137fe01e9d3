--- The pictures of an experiment's report, drawn from the store alone: each metric against the
-- parameter that varies most, each logged curve over its time, with mean and spread over seeds.
local core = require "saddle.core"
local html = require "saddle.report.html"
local plot = require "saddle.plot"
require("saddle.tree").module()

local figures = {}

local LINES <const> = 7    -- in one picture: as many as there are colours
local ELEMENTS <const> = 4 -- of a curve of columns
local WIDTH <const>, HEIGHT <const>, ENTRY <const> = 560, 340, 24 -- pixels; a legend's line

--- The picture of a plot as SVG.
local function draw(spec)
  local file = os.tmpname()
  os.remove(file)
  file = file .. ".svg"
  spec.file, spec.legend = file, #spec > 1 and "below" or nil
  spec.size = { WIDTH, HEIGHT + (#spec > 1 and ENTRY * #spec or 0) }
  local good, wrong = pcall(plot, spec)
  local handle = good and io.open(file, "rb")
  local svg = handle and handle:read "a"
  if handle then handle:close() end
  os.remove(file)
  if not svg then error(wrong, 0) end
  return svg
end

--- Whether an axis with these values shows more when logarithmic.
local function spans_decades(values)
  local least, most = math.huge, -math.huge
  for _, v in ipairs(values) do
    if not (v > 0 and v < math.huge) then return false end
    least, most = math.min(least, v), math.max(most, v)
  end
  return most >= 20 * least
end

--- "k=16 eta=0.1", of the keys of a group.
local function label(group, names)
  local words = {}
  for k, name in ipairs(names) do words[k] = name .. "=" .. html.value(group[name]) end
  return table.concat(words, " ")
end

--- One line a group of R by `names`, the first LINES of them; how many were left out.
local function groups_of(R, names)
  if #names == 0 then return { R }, 0 end
  local groups = R:group(table.unpack(names))
  return table.move(groups, 1, math.min(#groups, LINES), 1, {}), math.max(#groups - LINES, 0)
end

local function note(left)
  return left > 0 and (" (%d more combinations of parameters are in the table)"):format(left) or ""
end

--- The metric against the parameter x, a line for each combination of the other parameters: mean
-- and one standard deviation over seeds. nil when there is nothing to draw.
function figures.metric(R, metric, x, others)
  local finite, dropped = R:finite(metric)
  if #finite == 0 then return nil end
  local groups, left = groups_of(finite, others)
  local spec, ys = { xlabel = x, ylabel = metric }, {}
  for _, group in ipairs(groups) do
    local G = group:group(x)
    local mean, sd, lo, hi = G.mean[metric], {}, {}, {}
    for k, g in ipairs(G) do
      sd[k] = #g > 1 and g.sd[metric] or 0
      lo[k], hi[k] = mean[k] - sd[k], mean[k] + sd[k]
      ys[#ys + 1] = lo[k]
    end
    spec[#spec + 1] = { x = G[x], y = mean, lo = lo, hi = hi, style = "linespoints",
      label = #others > 0 and label(group, others) or nil }
  end
  spec.xlog = spans_decades(R:values(x))
  spec.ylog = spans_decades(ys)
  return html.picture(draw(spec), ("%s against %s: mean and standard deviation over seeds%s%s")
    :format(metric, x, dropped > 0 and (", %d runs without a finite value left out"):format(dropped)
      or "", note(left)))
end

--- The pictures of a logged curve: one for each of its elements, a line for each combination of
-- the parameters that vary.
function figures.curve(R, name, varying)
  local out = {}
  local _, data = R[1]:curve(name)
  local groups, left = groups_of(R, varying)
  for element = 1, math.min(data.rows, ELEMENTS) do
    local spec, ys = { xlabel = "t", ylabel = name }, {}
    for _, group in ipairs(groups) do
      local c = group:mean_curve(name, element)
      if core.min(core.isfinite(c.mean)) == 1 then
        local one = c.n == 1
        spec[#spec + 1] = { x = c.t, y = c.mean, lo = not one and c.mean - c.sd or nil,
          hi = not one and c.mean + c.sd or nil,
          label = #varying > 0 and label(group, varying) or nil }
        ys[#ys + 1] = core.min(one and c.mean or c.mean - c.sd)
        ys[#ys + 1] = core.max(c.mean)
      end
    end
    spec.ylog = spans_decades(ys)
    local which = data.rows > 1 and ("%s(%d)"):format(name, element) or name
    if #spec > 0 then
      out[#out + 1] = html.picture(draw(spec),
        ("%s over time: mean and standard deviation over seeds%s"):format(which, note(left)))
    end
  end
  return table.concat(out)
end

return figures
