--- sd.plot: figures through gnuplot, into a file or the terminal. No display is needed.
--
--   sd.plot(y)  sd.plot(x, y)  sd.plot(x, Y, {title="...", file="out.svg"})
--   sd.plot{ {x=t, y=a, label="GDA"}, {x=t, y=b, lo=low, hi=high, label="mean"}, ylog=true }
--   sd.plot.histogram(A, {bins=30, density=true})
--   sd.plot.heat(A, {x=etas, y=ratios, xlog=true, zlabel="error"})
--   sd.plot{ panels={spec, spec}, columns=2, file="both.pdf" }
--   sd.plot.kind("both.pdf")   "pdf"; fails early for a name that file= would refuse
--
-- A column is a matrix (a 1xn row counts as one), a list of numbers or a number; y with several
-- columns is one line each. A series is one of
--   {x=, y=}            x defaults to 1..n; style= lines points linespoints dots steps
--   {x=, lo=, hi=}      a band; with y= also its line, or error bars where style="points"
--   {x=, y=, err=}      error bars y-err .. y+err
--   {histogram=A}       bins= a number or a list of edges, density=true
--   {heat=A, x=, y=}    see plot/heat.lua; without y= the first row is on top
-- with label= (a list for several columns), colour= "#rrggbb" or 1..7, width=, dash= solid dashed
-- dotted.
--
-- A panel takes title xlabel ylabel xlog ylog xrange={lo,hi} yrange equal hline vline (a number,
-- {number, label=} or a list of these), legend ("top right" and the other corners, "outside",
-- "below", false; by default a corner that no curve enters), and for heat maps zlabel zlog zrange
-- palette ("viridis" "diverging" "grey"). A figure takes file and size={width, height}: pixels, for
-- .txt characters.
--
-- file= ends in svg, png, pdf or txt; the path is returned. Without it the plot is drawn in the
-- terminal; when output is no terminal, or the figure is beyond one (panels, curves over a heat
-- map, a size), it is saved as plot.svg, plot-2.svg ..., whichever is free: said and returned.
--
-- NaN is a gap. Infinite values, and values not positive on a log axis, are left out and counted
-- below the title. Lines of more than 20000 points are thinned without losing a peak.
local core = require "saddle.core"
local check = require "saddle.plot.check"
local panel = require "saddle.plot.panel"
local series = require "saddle.plot.series"
local heat = require "saddle.plot.heat"
local script = require "saddle.plot.script"
local run = require "saddle.plot.run"
local fail = check.fail

local figure_keys = { file = true, size = true, panels = true, columns = true }
local known = {}
for _, keys in ipairs { figure_keys, panel.keys, series.all } do
  for key in pairs(keys) do known[key] = true end
end

local kinds = { svg = true, png = true, pdf = true, txt = true }

local function file_kind(file)
  if type(file) ~= "string" or file == "" then
    fail("plot: file must be a path such as \"loss.svg\", got %s", check.show(file))
  end
  if file:find "%z" then fail("plot: file holds a zero byte") end
  local kind = file:match "[^/]%.(%w+)$"
  kind = kind and kind:lower()
  if not kinds[kind] then
    fail("plot: file must end in .svg, .png, .pdf or .txt, got %s", check.show(file))
  end
  return kind
end

local function exists(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

--- plot.svg, or the first plot-N.svg that is not there yet.
local function free_name()
  local name, n = "plot.svg", 1
  while exists(name) do
    n = n + 1
    name = ("plot-%d.svg"):format(n)
  end
  return name
end

local function default_size(kind, columns, rows)
  if kind ~= "txt" then return math.max(800, 480 * columns), math.max(500, 360 * rows) end
  return math.min(120, (core.terminal())), 24 * rows
end

local function size_of(spec, kind, columns, rows)
  if spec.size == nil then return default_size(kind, columns, rows) end
  local lo, hi = 150, 10000
  if kind == "txt" then lo, hi = 20, 1000 end
  if type(spec.size) ~= "table" then
    fail("plot: size must be {width, height}, got %s", check.show(spec.size))
  end
  check.keys("plot: size", spec.size, { [1] = true, [2] = true, width = false })
  return check.number("plot: size[1]", spec.size[1], lo, hi, true),
    check.number("plot: size[2]", spec.size[2], kind == "txt" and 10 or lo, hi, true)
end

--- A panel's size in characters of the terminal's font.
local function canvas_of(figure, columns, rows)
  local w, h = figure.width / columns, figure.height / rows
  local points = ({ svg = 14, png = 11, pdf = 8, txt = 1 })[figure.kind]
  if figure.kind == "txt" then return { cols = w, rows = h, points = 1, text = true } end
  return { cols = w / 8.4, rows = h / 16, points = points, kind = figure.kind }
end

--- The user's tables of the panels, each without keys it does not know.
local function panel_specs(spec)
  if spec.panels == nil then
    check.keys("plot", spec, known, true)
    if spec.columns ~= nil then fail("plot: columns= needs panels=") end
    return { spec }, 1
  end
  local allowed = { title = true }
  for key in pairs(figure_keys) do allowed[key] = true end
  check.keys("plot", spec, allowed)
  local list = spec.panels
  if type(list) ~= "table" or #list == 0 then
    fail("plot: panels must be a list of figures, got %s", check.show(list))
  end
  check.keys("plot: panels", list, {}, true)
  local columns = spec.columns or math.ceil(math.sqrt(#list))
  return list, check.number("plot: columns", columns, 1, #list, true)
end

--- Series keys beside panel keys make one series: sd.plot{y=A, title="loss"}.
local function normalise(where, spec)
  if type(spec) ~= "table" then fail("%s must be a table, got %s", where, check.show(spec)) end
  check.keys(where, spec, known, true)
  local out, single = {}, nil
  for key, v in pairs(spec) do
    if series.all[key] then
      single = single or {}
      single[key] = v
    else
      out[key] = v
    end
  end
  if single then
    if #spec > 0 then
      fail("%s: %s= belongs into the series {...} it is meant for", where, (next(single)))
    end
    out[1] = single
  end
  if #out == 0 then fail("%s: nothing to plot: give at least one series such as {y=A}", where) end
  return out
end

local function read_panels(figure, specs, columns)
  local rows = -(-#specs // columns)
  local canvas, panels = canvas_of(figure, columns, rows), {}
  figure.canvas, figure.columns = canvas, columns
  for k, spec in ipairs(specs) do
    local where = figure.multiple and ("plot: panel %d"):format(k) or "plot"
    if figure.multiple and type(spec) == "table" then
      for key in pairs(figure_keys) do
        if spec[key] ~= nil then fail("%s: %s= belongs to the figure", where, key) end
      end
    end
    panels[k] = panel.read(where, normalise(where, spec), canvas)
  end
  return panels
end

--- What gnuplot's text terminal cannot draw.
local function beyond_text(figure, panels)
  if figure.multiple then return "panels" end
  if panels[1].heat and #panels[1].curves > 0 then return "a heat map with curves" end
end

--- gnuplot's text without its form feed, blanks at the ends of lines and blank lines around it.
local function trim(text)
  return (text:gsub("\f", ""):gsub(" +\n", "\n"):gsub("^\n+", ""):gsub("\n+$", "\n"))
end

local function draw(spec)
  local specs, columns = panel_specs(spec)
  local _, tty = core.terminal()
  local figure = { title = spec.title ~= nil and check.text("plot: title", spec.title) or nil }
  figure.multiple = spec.panels ~= nil
  figure.kind = tty and spec.size == nil and "txt" or "svg"
  if spec.file ~= nil then figure.kind = file_kind(spec.file) end
  local function read()
    figure.width, figure.height = size_of(spec, figure.kind, columns, -(-#specs // columns))
    return read_panels(figure, specs, columns)
  end
  local panels = read()
  local obstacle = figure.kind == "txt" and beyond_text(figure, panels)
  if obstacle and spec.file then fail("plot: %s cannot be drawn as text", obstacle) end
  if obstacle then
    figure.kind = "svg"
    panels = read()
  end
  local path = spec.file or (figure.kind ~= "txt" and free_name()) or nil
  local function build(data_path)
    local store = script.data(data_path)
    return script.figure(figure, panels, store), store.pieces
  end
  if figure.kind ~= "txt" then
    run.draw(build, path)
    if not spec.file then io.stdout:write("plot: wrote ", path, "\n") end
    return path
  end
  local p = panels[1]
  local text = p.heat and heat.text(p, figure.width - 2, figure.height - 4) or trim(run.draw(build))
  if path then return run.save(path, text) end
  io.stdout:write(text)
  return nil
end

--- Options of a call: a table of known keys, or nil; copied into spec.
local function options(where, o, spec, series_keys)
  if o == nil then return spec end
  if type(o) ~= "table" then fail("%s: options must be a table, got %s", where, check.show(o)) end
  for key, v in pairs(o) do
    if not (panel.keys[key] or series_keys[key] or key == "file" or key == "size") then
      check.unknown(where, key, known)
    end
    if spec[key] ~= nil then fail("%s: %s is given twice", where, key) end
    spec[key] = v
  end
  return spec
end

local function plot_call(a, b, c, ...)
  if select("#", ...) > 0 then fail("plot: too many arguments: plot(x, y, {options})") end
  if check.columnlike(a) or type(a) == "number" then
    local spec = { y = a }
    if b ~= nil and (check.columnlike(b) or type(b) == "number") then
      spec.x, spec.y = a, b
    elseif c ~= nil then
      fail("plot: y must be a matrix or a list of numbers, got %s", check.show(b))
    else
      c = b
    end
    return draw(options("plot", c, spec, series.keys.line))
  end
  if type(a) ~= "table" then
    fail("plot: needs a matrix, a list of numbers or a table of series, got %s", check.show(a))
  end
  if b ~= nil or c ~= nil then fail("plot: a table of series takes its options inside") end
  return draw(a)
end

local function histogram_call(A, o)
  if A == nil then fail("plot.histogram: needs a matrix or a list of numbers, got nil") end
  return draw(options("plot.histogram", o, { histogram = A }, series.keys.histogram))
end

local function heat_call(A, o)
  if A == nil then fail("plot.heat: needs a matrix or a list of numbers, got nil") end
  return draw(options("plot.heat", o, { heat = A }, series.keys.heat))
end

--- f with its errors placed at the line that called it.
local function public(f)
  return function(...)
    local ok, result = pcall(f, ...)
    if not ok then error(result, type(result) == "string" and 2 or 0) end
    if result ~= nil then return result end -- drawn in the terminal: at the prompt, no nil below
  end
end

local draw_plot = public(plot_call)
return setmetatable({
  histogram = public(histogram_call), -- sd.plot.histogram(A [, {bins=, density=, ...}]) -> path
  heat = public(heat_call),           -- sd.plot.heat(A [, {x=, y=, ...}]) -> path
  kind = public(file_kind),           -- sd.plot.kind(path) -> its kind, or the error of its name
}, {
  __call = function(_, ...) return draw_plot(...) end, -- sd.plot(x, y [, {...}]), sd.plot{...}
})
