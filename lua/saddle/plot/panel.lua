--- A panel: one pair of axes with its series, read from the user's table and laid out.
local check = require "saddle.plot.check"
local axis = require "saddle.plot.axis"
local series = require "saddle.plot.series"
local layout = require "saddle.plot.layout"
local fail = check.fail
local panel = {}

panel.keys = {
  title = true, xlabel = true, ylabel = true, xlog = true, ylog = true, xrange = true,
  yrange = true, legend = true, hline = true, vline = true, equal = true, zlabel = true,
  zlog = true, zrange = true, palette = true,
}

local corners = { "top right", "top left", "bottom right", "bottom left", "outside", "below" }

--- Reference lines: a number, {number, label=}, or a list of these. -> list of {at, label}
local function references(where, v, log)
  if v == nil then return {} end
  if type(v) == "number" then v = { v } end
  if type(v) ~= "table" then
    fail("%s must be a number, {number, label=} or a list of these, got %s", where, check.show(v))
  end
  if v.label ~= nil then v = { v } end
  check.keys(where, v, { label = true }, true)
  local out = {}
  for k, e in ipairs(v) do
    local here = #v > 1 and ("%s[%d]"):format(where, k) or where
    if type(e) == "number" then e = { e } end
    if type(e) ~= "table" then fail("%s must be a number, got %s", here, check.show(e)) end
    check.keys(here, e, { label = true, [1] = true })
    check.number(here, e[1], -axis.limit, axis.limit)
    if log and e[1] < 1 / axis.limit then
      fail("%s must be positive on a log axis, got %g", here, e[1])
    end
    out[k] = { at = e[1], label = e.label and check.text(here .. ": label", e.label) }
  end
  return out
end

local function read_options(where, spec)
  local p = { dropped = 0, colours = 0, legend = spec.legend }
  for _, key in ipairs { "title", "xlabel", "ylabel", "zlabel" } do
    p[key] = spec[key] ~= nil and check.text(where .. ": " .. key, spec[key]) or nil
  end
  for _, key in ipairs { "xlog", "ylog", "zlog", "equal" } do
    p[key] = check.flag(where .. ": " .. key, spec[key])
  end
  for _, a in ipairs { "x", "y", "z" } do
    p[a .. "range"] = check.range(where .. ": " .. a .. "range", spec[a .. "range"], p[a .. "log"])
  end
  p.vline = references(where .. ": vline", spec.vline, p.xlog)
  p.hline = references(where .. ": hline", spec.hline, p.ylog)
  if p.equal and (p.xlog or p.ylog) then fail("%s: equal= needs linear axes", where) end
  if p.legend ~= nil and p.legend ~= false then
    check.word(where .. ": legend", p.legend, corners)
  end
  local names = { "viridis", "diverging", "grey" }
  p.palette = check.word(where .. ": palette", spec.palette or "viridis", names)
  return p
end

local function include(r, v)
  if v < r.lo then r.lo = v end
  if v > r.hi then r.hi = v end
end

--- A reference line beyond the data stands a little off the frame, or it could not be seen.
local function include_line(r, v, log)
  local off = log and 1.1 or 0.03 * math.max(r.hi - v, v - r.lo)
  if v <= r.lo then r.lo = log and v / off or v - off end
  if v >= r.hi then r.hi = log and v * off or v + off end
end

local function within(v, range)
  local lo, hi = range[1] or -math.huge, range[2] or math.huge
  if range[1] and range[2] and lo > hi then lo, hi = hi, lo end
  return v >= lo and v <= hi
end

--- Extends x and y by the drawable points of c (y by those within xrange); -> how many there are.
local function extend(p, c, x, y)
  local seen = 0
  for k = 1, c.n do
    local v = c.x[k]
    if v == v then
      include(x, v)
      if c.x2 then include(x, c.x2[k]) end
      if within(v, p.xrange) or (c.x2 and within(c.x2[k], p.xrange)) then
        seen = seen + 1
        if c.y then include(y, c.y[k]) end
        if c.hi and (c.hi[k] > 0 or not p.ylog) then include(y, c.hi[k]) end
        if c.lo and (c.lo[k] > 0 or not p.ylog) then include(y, c.lo[k]) end
        if c.kind == "boxes" and p.ylog and c.hi[k] > 0 then include(y, c.hi[k] / 2) end
      end
    end
  end
  return seen
end

local function extents(where, p)
  local x, y = { lo = math.huge, hi = -math.huge }, { lo = math.huge, hi = -math.huge }
  local seen, all = 0, 0
  for _, c in ipairs(p.curves) do
    local n = extend(p, c, x, y)
    seen, all = seen + n, all + c.n
  end
  if p.heat then
    for _, e in ipairs(p.heat.xe) do include(x, e) end
    for _, e in ipairs(p.heat.ye) do include(y, e) end
  elseif x.lo > x.hi then
    fail("%s: no point can be drawn: all %d are NaN, infinite%s", where, all,
      (p.xlog or p.ylog) and " or not positive on a log axis" or "")
  elseif seen == 0 then
    fail("%s: no point lies within xrange", where)
  end
  for _, r in ipairs(p.vline) do include_line(x, r.at, p.xlog) end
  for _, r in ipairs(p.hline) do include_line(y, r.at, p.ylog) end
  return x, y
end

local function make_axes(p, x, y, canvas)
  local pad, row_tics = p.equal and 0.02 or nil, nil
  local xwhole = p.xwhole
  for _, c in ipairs(p.curves) do
    if c.style and c.style ~= "lines" and c.style ~= "steps" then pad = 0.02 end
    xwhole = xwhole or c.counted
  end
  if p.yback and not (p.yrange[1] or p.yrange[2]) then row_tics = { y.hi, y.lo } end
  local w, h = canvas.cols * 0.8, canvas.rows * 0.8 * 2
  if p.heat then w = w * 0.8 end
  p.x = axis.new(x.lo, x.hi, {
    log = p.xlog, range = p.xrange, room = w, tight = p.tight, pad = pad, plain = canvas.text,
    whole = xwhole })
  p.y = axis.new(y.lo, y.hi, {
    log = p.ylog, range = row_tics or p.yrange, room = h, vertical = true, tight = p.heat,
    plain = canvas.text, whole = p.ywhole })
  if p.heat then
    local lo, hi = p.heat.lo, p.heat.hi
    if p.palette == "diverging" and not p.zlog and not (p.zrange[1] or p.zrange[2]) then
      hi = math.max(math.abs(lo), math.abs(hi))
      lo = -hi
    end
    p.z = axis.new(lo, hi, {
      log = p.zlog, range = p.zrange, room = h, vertical = true, tight = true,
      plain = canvas.text })
  end
end

local function text_size(text, canvas)
  local widest, lines = 0, 0
  for line in (text .. "\n"):gmatch "(.-)\n" do
    widest, lines = math.max(widest, utf8.len(line)), lines + 1
  end
  return widest / (canvas.cols * 0.84), lines * 1.25 / (canvas.rows * 0.8), lines
end

--- Places for the labels of reference lines, then for the legend.
local function place(p, canvas)
  local room = layout.new(p)
  for _, c in ipairs(p.curves) do room:add(c) end
  for _, r in ipairs(p.vline) do room:rule(axis.share(p.x, r.at), true) end
  for _, r in ipairs(p.hline) do room:rule(axis.share(p.y, r.at), false) end
  for _, line in ipairs { { p.vline, p.x, true }, { p.hline, p.y, false } } do
    for _, r in ipairs(line[1]) do
      r.share = axis.share(line[2], r.at)
      if r.label and r.share >= 0 and r.share <= 1 then
        local w, h = text_size(r.label, canvas)
        r.place = room:beside(r.share, line[3], w, h, canvas)
      end
    end
  end
  local w, h, n = 0, 0, 0
  p.label_lines = 1
  for _, c in ipairs(p.curves) do
    if c.label then
      local cw, ch, lines = text_size(c.label, canvas)
      w, h, n = math.max(w, cw), h + ch * 1.15, n + 1
      p.label_lines = math.max(p.label_lines, lines)
    end
  end
  -- as a part of the axes, which have 0.7 of a panel: a line of the legend takes 1.5 rows
  p.legend_height = 1.5 * n * p.label_lines / (0.7 * canvas.rows)
  if n == 0 then p.legend = false end
  if p.legend == nil then
    local corner = room:corner(w + 5 / (canvas.cols * 0.84), h)
    p.legend = corner or (w > (canvas.text and 0.15 or 0.3) and "below" or "outside")
  end
end

--- One line that says what is missing from the picture, or nil.
local function note(p)
  if p.dropped == 0 then return nil end
  local log = (p.xlog or p.ylog or p.zlog) and " or not positive on a log axis" or ""
  local hist = p.binned and ", outside the bins" or ""
  return ("(%d value%s not drawn: not finite%s%s)"):format(p.dropped, p.dropped > 1 and "s" or "",
    hist, log)
end

--- Reads a panel from the user's table. canvas = {cols, rows, text}: its size in characters, and
-- whether it is drawn with them.
function panel.read(where, spec, canvas)
  local p = read_options(where, spec)
  p.curves = {}
  for k = 1, #spec do
    series.read(#spec > 1 and ("%s: series %d"):format(where, k) or where, spec[k], p, p.curves)
  end
  if p.heat and #p.curves > 0 then
    for _, c in ipairs(p.curves) do
      if c.kind == "boxes" then fail("%s: a heat map and a histogram share no axes", where) end
    end
  end
  for _, key in ipairs { "zlabel", "zlog", "zrange", "palette" } do
    if spec[key] ~= nil and not p.heat then fail("%s: %s= needs a heat map", where, key) end
  end
  if p.binned and not p.ylabel then p.ylabel = p.density and "density" or "count" end
  local x, y = extents(where, p)
  make_axes(p, x, y, canvas)
  local order = {} -- filled areas go below lines
  for _, filled in ipairs { true, false } do
    for _, c in ipairs(p.curves) do
      if (c.kind == "band" or c.kind == "boxes") == filled then
        order[#order + 1] = series.thin(c, p.x)
      end
    end
  end
  p.curves = order
  place(p, canvas)
  p.note = note(p)
  return p
end

return panel
