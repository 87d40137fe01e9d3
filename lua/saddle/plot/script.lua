--- From panels to a gnuplot script (5.4).
-- Nothing a user typed reaches gnuplot as code: text is written byte by byte as octal escapes and
-- shown with `noenhanced`; numbers go to a binary file beside the script. Tics carry labels made
-- here, so no format is interpreted either.
local heat = require "saddle.plot.heat"
local script = {}

--- Digits are escaped as well: gnuplot would read one after an escape as part of it.
local function quote(text)
  return '"' .. text:gsub("[^%a ]", function(c) return ("\\%03o"):format(c:byte()) end) .. '"'
end

local function number(v) return ("%.17g"):format(v) end

-- ---- data ------------------------------------------------------------------------------------

local data = {}
data.__index = data

--- The binary file that holds the numbers of all series, one after the other.
function script.data(path)
  return setmetatable({ path = path, bytes = 0, pieces = {} }, data)
end

--- Appends the rows of `columns` and returns gnuplot's words for reading them.
function data:add(columns)
  local width, n = #columns, #columns[1]
  local form, row = "=" .. ("d"):rep(width), {}
  local at = self.bytes
  for k = 1, n do
    for j = 1, width do row[j] = columns[j][k] end
    self.pieces[#self.pieces + 1] = form:pack(table.unpack(row, 1, width))
  end
  self.bytes = at + 8 * width * n
  local using = {}
  for j = 1, width do using[j] = j end
  return ("%s binary skip=%d record=%d format='%s' using %s"):format(quote(self.path), at, n,
    ("%float64"):rep(width), table.concat(using, ":"))
end

-- ---- terminals -------------------------------------------------------------------------------

--- figure = {kind, width, height}: pixels, or characters for "txt"; a PDF has 100 pixels an inch.
function script.terminal(figure)
  local w, h = figure.width, figure.height
  local form = {
    svg = 'svg size %d,%d font "sans-serif,14" enhanced background rgb "white"',
    png = 'pngcairo size %d,%d font "sans,11" enhanced background rgb "white"',
    pdf = 'pdfcairo size %.2fin,%.2fin font "sans,8" fontscale 1 lw 1.25 enhanced background '
      .. 'rgb "white"',
    txt = "dumb size %d,%d enhanced mono",
  }
  if figure.kind == "pdf" then w, h = w / 100, h / 100 end
  return "set encoding utf8\nset terminal " .. form[figure.kind]:format(w, h)
end

-- ---- axes and decoration ---------------------------------------------------------------------

local function tics(name, a, text)
  local list = {}
  for _, t in ipairs(a.tics) do
    list[#list + 1] = ('"%s" %s %d'):format(t.label or "", number(t.at), t.label and 0 or 1)
  end
  local look = name == "cb" and "scale 0.5" or "out nomirror scale 0.7"
  if text then look = "nomirror" end
  return ("set %stics %s (%s)"):format(name, look, table.concat(list, ", "))
end

local function set_axis(out, name, a, canvas)
  out[#out + 1] = ("set %srange [%s:%s] noextend"):format(name, number(a.lo), number(a.hi))
  if a.log then out[#out + 1] = "set logscale " .. name end
  out[#out + 1] = tics(name, a, canvas.text)
end

--- A font size at which the longest line of `text` is at most `room` characters of size `size`.
local function fitted(text, size, room)
  local longest = 1
  for line in text:gmatch "[^\n]+" do longest = math.max(longest, utf8.len(line)) end
  return math.max(6, math.min(size, math.floor(size * room / longest)))
end

local function caption(out, name, text, size, room)
  out[#out + 1] = ('set %s %s noenhanced font ",%d"'):format(name, quote(text),
    fitted(text, size, room))
end

local function captions(out, p, canvas)
  local title = p.title
  if p.note then title = (title and title .. "\n" or "") .. p.note end
  local base = canvas.points
  if title then caption(out, "title", title, base + 1, canvas.cols * base / (base + 1)) end
  if p.xlabel then caption(out, "xlabel", p.xlabel, base, canvas.cols * 0.9) end
  if p.ylabel then caption(out, "ylabel", p.ylabel, base, canvas.rows * 1.9) end
  if p.zlabel then
    caption(out, "cblabel", p.zlabel, base, canvas.rows * 1.7)
    out[#out + 1] = "set cblabel offset 1.2" -- clear of tic labels with exponents
  end
end

local function legend(out, p, canvas)
  if not p.legend then
    out[#out + 1] = "unset key"
    return
  end
  local at = "inside " .. p.legend
  if p.legend == "outside" then at = "outside right top" end
  if p.legend == "below" then at = "outside bottom center horizontal" end
  out[#out + 1] = ("set key %s Left reverse samplen %g spacing %g noenhanced noautotitle"):format(
    at, canvas.text and 3 or 2, canvas.text and 1 or 1.15 * p.label_lines)
  -- A legend beside a panel and taller than it would go on in further columns, over the curves.
  if p.legend == "outside" and p.legend_height > 1 then
    out[#out + 1] = ('set key font ",%d"'):format(math.max(6, canvas.points // p.legend_height))
  end
end

local function reference(out, r, vertical, canvas)
  if r.share < 0 or r.share > 1 then return end
  local from, to = ("graph 0, graph %.6f"):format(r.share), ("graph 1, graph %.6f"):format(r.share)
  if vertical then
    from, to = ("graph %.6f, graph 0"):format(r.share), ("graph %.6f, graph 1"):format(r.share)
  end
  out[#out + 1] = ('set arrow from %s to %s nohead back dt %s lw 1.5 lc rgb "#606060"'):format(from,
    to, canvas.text and "3" or "(8,5)")
  if not r.label then return end
  local x0, y0, x1, y1 = table.unpack(r.place, 1, 4)
  local left = not vertical and x0 < 0.5 or vertical and x0 >= r.share
  local _, breaks = r.label:gsub("\n", "")
  local line = (y1 - y0) / (breaks + 1)
  out[#out + 1] = ('set label %s at graph %.6f, graph %.6f %s front noenhanced tc rgb "#404040"')
    :format(quote(r.label), left and x0 or x1, y1 - line / 2, left and "left" or "right")
end

-- ---- plotting --------------------------------------------------------------------------------

local dash = { solid = "solid", dashed = "(12,6)", dotted = "(2,4)" }
local marks = { 7, 5, 9, 13, 11, 6, 4, 8, 12, 10 }

--- The points in the data units of the axis' lower end, where log axes have no zero.
local function floored(list, a)
  if not a.log then return list end
  local floor, out = math.min(a.lo, a.hi), {}
  for k, v in ipairs(list) do out[k] = v < floor and floor or v end
  return out
end

local function line_words(c, rank, canvas)
  local mark = marks[(rank - 1) % #marks + 1]
  local look = ('lt %d lc rgb "%s" lw %g dt %s'):format(rank, c.colour, c.width, dash[c.dash])
  local points = ("pt %d ps %g"):format(mark, canvas.text and 1 or 0.75)
  if canvas.text then look, points = "lt " .. rank, "pt " .. rank end
  if c.kind == "bars" then
    local bars = c.style == "points" and "yerrorbars" or "yerrorlines"
    return ("with %s %s %s"):format(bars, look, points)
  end
  if c.style == "dots" then -- many as pixels: circles take 3 times as long
    if c.n > 20000 then return ('with dots lc rgb "%s"'):format(c.colour) end
    return canvas.text and "with dots" or ('with points pt 7 ps 0.2 lc rgb "%s"'):format(c.colour)
  end
  if c.style == "linespoints" and c.n > 24 then points = points .. " pi " .. c.n // 12 end
  if c.style == "lines" or c.style == "steps" then points = "" end
  return ("with %s %s %s"):format(c.style, look, points)
end

--- The clause of `plot` that draws c.
local function clause(c, rank, p, store, canvas)
  local title = c.label and p.legend and "title " .. quote(c.label) or "notitle"
  local columns, words
  if c.kind == "band" then
    columns = { c.x, floored(c.lo, p.y), c.hi }
    words = ('with filledcurves fs transparent solid 0.25 noborder lc rgb "%s"'):format(c.colour)
  elseif c.kind == "boxes" then
    local mid, floor = {}, math.min(p.y.lo, p.y.hi)
    local lo, hi = floored(c.lo, p.y), floored(c.hi, p.y)
    for k = 1, c.n do mid[k] = (c.x[k] + c.x2[k]) / 2 end
    if p.ylog then
      for k = 1, c.n do hi[k] = c.hi[k] > 0 and hi[k] or floor end
    end
    columns = { mid, hi, c.x, c.x2, lo, hi }
    words = ('with boxxyerror lc rgb "%s" lw 1 fs transparent solid 0.4 border'):format(c.colour)
  elseif c.kind == "bars" then
    columns, words = { c.x, c.y, floored(c.lo, p.y), c.hi }, line_words(c, rank, canvas)
  else
    columns, words = { c.x, c.y }, line_words(c, rank, canvas)
  end
  return ("%s %s %s"):format(store:add(columns), title, words)
end

local function heat_clause(p, store, canvas)
  local image = heat.image(p, canvas.kind)
  if image then return store:add(image) .. " notitle with image" end
  return store:add(heat.boxes(p)) .. " notitle with boxxyerror fs solid noborder lw 0 lc palette"
end

local function colours(out, p, canvas)
  local stops = {}
  for k, colour in ipairs(heat.palettes[p.palette]) do
    stops[k] = ('%d "%s"'):format(k - 1, colour)
  end
  out[#out + 1] = "set palette defined (" .. table.concat(stops, ", ") .. ")"
  set_axis(out, "cb", p.z, canvas)
end

--- The commands that draw panel p; its numbers go to `store`.
function script.panel(p, store, canvas)
  local out = { "reset" }
  out[#out + 1] = ('set border %d lw 1 lc rgb "#404040"'):format(p.heat and 15 or 3)
  if canvas.text then out[2] = "set border 3" end
  set_axis(out, "x", p.x, canvas)
  set_axis(out, "y", p.y, canvas)
  if p.equal then out[#out + 1] = "set size ratio -1" end
  if p.heat then
    colours(out, p, canvas)
  elseif not canvas.text then
    out[#out + 1] = 'set grid back xtics ytics lt 1 lw 0.6 dt solid lc rgb "#E2E2E2"'
  end
  captions(out, p, canvas)
  legend(out, p, canvas)
  for _, r in ipairs(p.vline) do reference(out, r, true, canvas) end
  for _, r in ipairs(p.hline) do reference(out, r, false, canvas) end
  local clauses = {}
  if p.heat then clauses[1] = heat_clause(p, store, canvas) end
  for rank, c in ipairs(p.curves) do
    clauses[#clauses + 1] = clause(c, rank, p, store, canvas)
  end
  out[#out + 1] = "plot " .. table.concat(clauses, ", \\\n  ")
  return table.concat(out, "\n")
end

--- The whole script: one panel, or several in `columns` columns under a common title.
function script.figure(figure, panels, store)
  local out = { script.terminal(figure) }
  if figure.multiple then
    local title = figure.title and (' title %s noenhanced font ",%d"'):format(
      quote(figure.title), figure.canvas.points + 2) or ""
    out[2] = ("set multiplot layout %d,%d%s"):format(-(-#panels // figure.columns), figure.columns,
      title)
  end
  for _, p in ipairs(panels) do out[#out + 1] = script.panel(p, store, figure.canvas) end
  if figure.multiple then out[#out + 1] = "unset multiplot" end
  return table.concat(out, "\n") .. "\n"
end

return script
