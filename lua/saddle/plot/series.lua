--- Series: what a user wrote, checked and turned into curves, which are plain Lua lists.
-- A curve is {kind, x, y, lo, hi, n, style, label, colour, width, dash}; kind is "line" (y against
-- x), "bars" (y between lo and hi), "band" (lo to hi filled) or "boxes" (x..x2 by lo..hi).
--
-- Three kinds of value cannot be drawn. NaN is a gap. Infinities (from 1e300 on) and values that
-- are not positive on a log axis are gaps too, but are counted, and the picture says how many.
local check = require "saddle.plot.check"
local axis = require "saddle.plot.axis"
local fail, nan = check.fail, 0 / 0
local series = {}

local function set(words)
  local out = {}
  for word in words:gmatch "%S+" do out[word] = true end
  return out
end

series.keys = {
  line = set "x y lo hi err style label colour width dash",
  histogram = set "histogram bins density label colour",
  heat = set "heat x y",
}
series.all = {}
for _, keys in pairs(series.keys) do
  for key in pairs(keys) do series.all[key] = true end
end

--- Okabe and Ito's colours ("Color universal design", 2008), which all kinds of colour vision tell
-- apart, the yellow left out: it is too pale for a line on white.
series.colours = { "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000" }

local styles = { "lines", "points", "linespoints", "dots", "steps" }
local dashes = { "solid", "dashed", "dotted" }

--- v as drawn on an axis, or NaN; counts into p.dropped what is neither drawable nor a gap.
local function drawable(v, log)
  if v ~= v then return nan, false end
  if math.abs(v) > axis.limit or (log and v < 1 / axis.limit) then return nan, true end
  return v, false
end

--- Replaces what cannot be drawn by gaps, in place; a point lacking one coordinate goes as a whole.
local function clean(c, p)
  local x, lo, lists = c.x, c.lo, {}
  for _, key in ipairs { "y", "hi" } do lists[#lists + 1] = c[key] end
  for k = 1, c.n do
    local bad, out
    x[k], out = drawable(x[k], p.xlog)
    bad = x[k] ~= x[k]
    for _, list in ipairs(lists) do
      local v, dropped = drawable(list[k], p.ylog)
      bad, out = bad or v ~= v, out or dropped
    end
    if lo then
      local gap, far = lo[k] ~= lo[k], lo[k] < -axis.limit or lo[k] > axis.limit
      bad, out = bad or gap or far, out or far
      if p.ylog and lo[k] < 1 / axis.limit then lo[k] = 0.0 end -- reaches down to the axis
    end
    if bad then
      x[k] = nan
      for _, list in ipairs(lists) do list[k] = nan end
      if lo then lo[k] = nan end
    end
    if out then p.dropped = p.dropped + 1 end
  end
end

local function counts(columns)
  return #columns == 1 and ("%d values"):format(#columns[1])
    or ("%d columns of %d values"):format(#columns, #columns[1])
end

--- Column j of `columns` (the only one serves all), copied, after checking that sizes agree.
local function matching(where, key, columns, main_key, main, j)
  if #columns[1] ~= #main[1] or (#columns ~= 1 and #columns ~= #main) then
    fail("%s: %s has %s, %s has %s", where, key, counts(columns), main_key, counts(main))
  end
  return table.move(columns[#columns == 1 and 1 or j], 1, #main[1], 1, {})
end

--- The label of column j of n: a list gives one each, a string is numbered.
local function label_of(where, label, j, n)
  if type(label) == "table" then
    if #label ~= n then fail("%s: %d labels for %d columns", where, #label, n) end
    return check.text(("%s: label[%d]"):format(where, j), label[j])
  end
  if label == nil then return n > 1 and n <= 7 and tostring(j) or nil end
  local text = check.text(where .. ": label", label)
  if n == 1 then return text end
  return n <= 10 and ("%s %d"):format(text, j) or (j == 1 and text or nil)
end

local function colour_of(where, v, p)
  if v == nil then
    p.colours = p.colours + 1
    return series.colours[(p.colours - 1) % #series.colours + 1]
  end
  if math.type(v) == "integer" and series.colours[v] then return series.colours[v] end
  if type(v) == "string" and v:match "^#%x%x%x%x%x%x$" then return v end
  fail("%s: colour must be \"#rrggbb\" or 1 to %d, got %s", where, #series.colours, check.show(v))
end

--- Colours, label, width; once the colours are used up, lines are told apart by dashes.
local function look(where, s, p, j, n)
  local dash = dashes[p.colours // #series.colours % #dashes + 1]
  return {
    label = label_of(where, s.label, j, n),
    colour = colour_of(where, s.colour, p),
    width = s.width and check.number(where .. ": width", s.width, 0.1, 20) or 2,
    dash = s.dash and check.word(where .. ": dash", s.dash, dashes) or dash,
    where = where,
  }
end

local function copy(t)
  local out = {}
  for key, v in pairs(t) do out[key] = v end
  return out
end

--- y +- err as lo and hi; where err is NaN there is no bar.
local function spread(where, y, err)
  local lo, hi = {}, {}
  for k, e in ipairs(err) do
    if e < 0 then fail("%s: err[%d] is negative (%g)", where, k, e) end
    if e ~= e then e = 0 end
    lo[k], hi[k] = y[k] - e, y[k] + e
  end
  return lo, hi
end

--- Appends what c stands for: its band, which goes below, and its line with or without bars.
local function add(c, p, curves)
  local bars = c.err or c.y and c.lo and c.style == "points"
  if c.lo and not bars then
    local band = copy(c)
    band.kind, band.y, band.x = "band", nil, table.move(c.x, 1, c.n, 1, {})
    if c.y then band.label = nil end
    clean(band, p)
    table.insert(curves, band)
    c.lo, c.hi = nil, nil
  end
  if c.err then c.lo, c.hi = spread(c.where, c.y, c.err) end
  c.kind = bars and "bars" or "line"
  if c.y then
    clean(c, p)
    table.insert(curves, c)
  end
end

--- Lines, points, bands and error bars: {x=, y=, lo=, hi=, err=}.
local function read_line(where, s, p, curves)
  check.keys(where, s, series.keys.line)
  if (s.lo == nil) ~= (s.hi == nil) then fail("%s: lo= and hi= come together", where) end
  if s.err and s.lo then fail("%s: err= or lo= and hi=, not both", where) end
  if s.err and s.y == nil then fail("%s: err= needs y=", where) end
  local main_key = s.y ~= nil and "y" or "lo"
  local data = {}
  for _, key in ipairs { "x", "y", "lo", "hi", "err" } do
    if s[key] ~= nil then data[key] = check.columns(where .. ": " .. key, s[key]) end
  end
  local main = data[main_key]
  local style = s.style and check.word(where .. ": style", s.style, styles)
  for j = 1, #main do
    local c = look(where, s, p, j, #main)
    c.n = #main[1]
    for key, columns in pairs(data) do c[key] = matching(where, key, columns, main_key, main, j) end
    if not c.x then
      c.x = {}
      for k = 1, c.n do c.x[k] = k + 0.0 end
      c.counted = true
    end
    c.style = style or (s.err and "points") or (c.n == 1 and "points") or "lines"
    add(c, p, curves)
  end
end

-- ---- histograms ------------------------------------------------------------------------------

--- Freedman and Diaconis' bin width 2 IQR n^(-1/3) ("On the histogram as a density estimator",
-- 1981), at most 200 bins; Sturges' rule when the quartiles coincide. v is sorted.
local function default_bins(v)
  local n = #v
  local iqr = v[math.ceil(0.75 * n)] - v[math.ceil(0.25 * n)]
  local bins = math.log(n, 2) + 1
  if iqr > 0 then bins = (v[n] - v[1]) / (2 * iqr * n ^ (-1 / 3)) end
  return math.ceil(math.max(1, math.min(200, bins)))
end

local function given_edges(where, list, p)
  local edges = check.columns(where, list)[1]
  if #edges < 2 then fail("%s needs at least two edges", where) end
  for k, e in ipairs(edges) do
    local _, bad = drawable(e, p.xlog)
    if bad or not (k == 1 or e > edges[k - 1]) then
      fail("%s: edges must be finite%s and increase; edge %d is %g", where,
        p.xlog and ", positive" or "", k, e)
    end
  end
  return edges
end

--- n + 1 edges over the sorted v, evenly spaced as the axis shows them.
local function even_edges(v, n, p)
  local lo, hi, edges = v[1], v[#v], {}
  if lo == hi then
    if p.xlog then
      lo, hi = lo / 2, hi * 2
    else
      local pad = math.max(0.5, 1e-9 * math.abs(lo))
      lo, hi = lo - pad, hi + pad
    end
  end
  for k = 0, n do
    local t = k / n
    edges[k + 1] = p.xlog and lo ^ (1 - t) * hi ^ t or lo * (1 - t) + hi * t
  end
  edges[1], edges[n + 1] = lo, hi
  return edges
end

--- How many of the sorted v fall in each [edge k, edge k+1), the last bin closed; and in all.
local function tally(v, edges)
  local n, inside, bin, total = {}, #edges - 1, 1, 0
  for k = 1, inside do n[k] = 0 end
  for _, e in ipairs(v) do
    while bin < inside and e >= edges[bin + 1] do bin = bin + 1 end
    if e >= edges[1] and e <= edges[#edges] then
      n[bin], total = n[bin] + 1, total + 1
    end
  end
  return n, total
end

--- All elements of a matrix as one sample: {histogram=A, bins=n or edges, density=true}.
local function read_histogram(where, s, p, curves)
  check.keys(where, s, series.keys.histogram)
  local density = check.flag(where .. ": density", s.density)
  local v, all = {}, 0
  for _, column in ipairs(check.columns(where .. ": histogram", s.histogram)) do
    all = all + #column
    for _, e in ipairs(column) do
      e = drawable(e, p.xlog)
      if e == e then v[#v + 1] = e end
    end
  end
  if #v == 0 then fail("%s: none of the %d values can be drawn", where, all) end
  table.sort(v)
  local edges
  if s.bins == nil or type(s.bins) == "number" then
    local bins = s.bins and check.number(where .. ": bins", s.bins, 1, 10000, true)
    edges = even_edges(v, bins or default_bins(v), p)
  else
    edges = given_edges(where .. ": bins", s.bins, p)
  end
  local n, total = tally(v, edges)
  if total == 0 then fail("%s: no value lies between the edges", where) end
  p.dropped = p.dropped + all - total
  local c = look(where, s, p, 1, 1)
  c.kind, c.n, c.x, c.x2, c.lo, c.hi = "boxes", #n, {}, {}, {}, {}
  for k = 1, #n do
    c.x[k], c.x2[k], c.lo[k] = edges[k], edges[k + 1], 0.0
    c.hi[k] = density and n[k] / total / (edges[k + 1] - edges[k]) or n[k] + 0.0
  end
  p.tight, p.binned, p.density = true, true, density
  table.insert(curves, c)
end

--- Appends the curves of s, one entry of a panel, to `curves`. p is the panel being read.
function series.read(where, s, p, curves)
  if check.columnlike(s) then s = { y = s } end
  if type(s) ~= "table" then
    fail("%s must be a table such as {x=, y=, label=}, a matrix or a list, got %s", where,
      check.show(s))
  end
  if s.histogram ~= nil then return read_histogram(where, s, p, curves) end
  if s.heat ~= nil then
    return require("saddle.plot.heat").read(where, s, p, series.keys.heat)
  end
  check.keys(where, s, series.all)
  if s.y == nil and s.lo == nil then
    fail("%s needs y= (or lo= and hi=, histogram= or heat=)", where)
  end
  return read_line(where, s, p, curves)
end

--- The most points of a line that are drawn as they are.
series.most = 20000

--- A line of more points, x never falling, is thinned to what the eye gets: each of 4000 strips of
-- the x axis keeps its first, lowest, highest and last point, so no peak is lost. Gaps stay.
function series.thin(c, a)
  local x, y, n = c.x, c.y, c.n
  if n <= series.most or c.kind ~= "line" or not (c.style == "lines" or c.style == "steps") then
    return c
  end
  local before = -math.huge
  for k = 1, n do
    if x[k] < before then return c end
    if x[k] == x[k] then before = x[k] end
  end
  local strips, keep, strip, first, low, high = 4000, {}, nil, nil, nil, nil
  local function flush(last)
    if not first then return end
    local at = { first, low, high, last }
    table.sort(at)
    for i, k in ipairs(at) do
      if k ~= at[i - 1] then keep[#keep + 1] = k end
    end
    first = nil
  end
  for k = 1, n do
    local gap = x[k] ~= x[k]
    local s = not gap and math.floor(math.max(-1, math.min(strips, axis.share(a, x[k]) * strips)))
    if gap or s ~= strip then flush(k - 1) end
    if gap then
      keep[#keep + 1] = k
    elseif not first then
      strip, first, low, high = s, k, k, k
    elseif y[k] < y[low] then
      low = k
    elseif y[k] > y[high] then
      high = k
    end
  end
  flush(n)
  local thin = copy(c)
  thin.n, thin.x, thin.y = #keep, {}, {}
  for i, k in ipairs(keep) do thin.x[i], thin.y[i] = x[k], y[k] end
  return thin
end

return series
