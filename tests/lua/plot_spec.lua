--- sd.plot: the pictures are read back (SVG as text, PNG and PDF by their headers).
local sd = require "saddle"
local support = require "tests.lua.support"
local raises = support.raises

local dir

--- Runs a shell command; -> its output, whether it succeeded.
local function sh(command)
  local pipe = assert(io.popen(command .. " 2>&1", "r"))
  local out = pipe:read "a"
  return out, pipe:close()
end

local function read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "a"
  f:close()
  return text
end

local function exists(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

local function count(text, pattern)
  local _, n = text:gsub(pattern, "")
  return n
end

--- The text elements of an SVG, entities undone, as a set of strings.
local function texts(svg)
  local out = {}
  for body in svg:gmatch "<text.->(.-)</text>" do
    body = body:gsub("<[^>]*>", ""):gsub("&lt;", "<"):gsub("&gt;", ">"):gsub("&amp;", "&")
    out[body] = (out[body] or 0) + 1
  end
  return out
end

local function svg(spec)
  spec.file = dir .. "/t.svg"
  assert(sd.plot(spec) == spec.file)
  return read(spec.file)
end

--- The vertices of the curves in colour `rgb`: "M" and "L" commands of their paths.
local function vertices(picture, rgb)
  local moves, lines = 0, 0
  for d in picture:gmatch("<path stroke='rgb%(" .. rgb .. "%)'%s+d='(.-)'/>") do
    moves, lines = moves + count(d, "M"), lines + count(d, "L")
  end
  return moves, lines
end
local blue, vermilion = "%s*0,%s*114,%s*178", "%s*213,%s*94,%s*0"

--- Every line and path command of the first curve, in order, as y coordinates.
local function heights(picture)
  local body = picture:match '<g id="gnuplot_plot_1".->(.-)</g>%s*\n\t</g>'
    or picture:match '<g id="gnuplot_plot_1".->(.+)'
  local d = body:match "<path stroke='rgb%([^)]*%)'%s+d='(.-)'/>"
  local out = {}
  for y in d:gmatch "[ML]%s*[%d.]+,([%d.]+)" do out[#out + 1] = tonumber(y) end
  return out
end

--- Runs Lua source in a child process with stdin closed, in the test's directory.
local function child(source, environment)
  local script = dir .. "/child.lua"
  local f = assert(io.open(script, "w"))
  f:write(source)
  f:close()
  local saddle = support.saddle:sub(1, 1) == "/" and support.saddle
    or sh("pwd"):gsub("\n", "") .. "/" .. support.saddle
  return sh(("cd '%s' && env %s %s child.lua </dev/null"):format(dir, environment or "", saddle))
end

describe("plot", function()
  setup(function()
    dir = os.tmpname()
    os.remove(dir)
    assert(os.execute("mkdir '" .. dir .. "'"))
  end)

  teardown(function()
    os.execute("rm -rf '" .. dir .. "'")
  end)

  describe("draws", function()
    it("labels, title and one curve per series", function()
      local s = svg { { y = { 1, 3, 2 }, label = "one" }, { y = { 2, 1, 4 }, label = "two" },
        title = "The title", xlabel = "step", ylabel = "loss" }
      local t = texts(s)
      for _, word in ipairs { "one", "two", "The title", "step", "loss" } do
        assert(t[word] == 1, word)
      end
      -- three points are one move and two lines; the legend's sample adds one move and one line
      for _, rgb in ipairs { blue, vermilion } do
        local moves, lines = vertices(s, rgb)
        assert(moves == 2 and lines == 3, ("%d moves, %d lines"):format(moves, lines))
      end
    end)

    it("points where the axis says they are", function()
      -- equal steps in y (linear) and equal ratios (log) stand at equal distances in the picture
      for _, case in ipairs { { { 0, 1, 2, 3 }, false }, { { 1, 10, 100, 1000 }, true } } do
        local h = heights(svg { { y = case[1] }, ylog = case[2], legend = false })
        assert(#h == 4)
        -- coordinates are printed with two decimals: a difference is off by 0.01 at most
        for k = 2, 3 do
          assert(math.abs((h[k] - h[k + 1]) - (h[1] - h[2])) <= 0.021, table.concat(h, " "))
        end
        assert(h[1] > h[2])
      end
    end)

    it("one line per column of y, with a list of labels", function()
      local t = texts(svg { { y = sd.matrix { { 1, 4 }, { 2, 5 } }, label = { "a", "b" } } })
      assert(t.a == 1 and t.b == 1)
      t = texts(svg { { y = sd.matrix { { 1, 4 }, { 2, 5 } }, label = "run" } })
      assert(t["run 1"] == 1 and t["run 2"] == 1)
    end)

    it("a row, a column, a list and an f32 matrix alike", function()
      local pictures = {}
      for _, y in ipairs { { 1, 2, 4 }, sd.matrix { 1, 2, 4 }, sd.matrix { { 1, 2, 4 } },
        sd.matrix({ 1, 2, 4 }, { dtype = "f32" }) } do
        pictures[#pictures + 1] = svg { { y = y } }
      end
      for k = 2, #pictures do assert(pictures[k] == pictures[1]) end
    end)

    it("the same picture for the same call", function()
      local function one()
        return svg { { y = { 1, 3 }, lo = { 0, 2 }, hi = { 2, 4 }, label = "m" }, hline = 1 }
      end
      assert(one() == one())
    end)

    it("NaN as a gap", function()
      local nan = 0 / 0
      local moves, lines = vertices(svg { { y = { 1, 2, nan, 3, 4 } }, legend = false }, blue)
      assert(moves == 2 and lines == 2, ("%d moves, %d lines"):format(moves, lines))
      assert(not read(dir .. "/t.svg"):find "not drawn")
    end)

    it("without the points a log axis or infinity leaves out, and says how many", function()
      local s = svg { { y = { 1, 0, 10, -1, math.huge, 5 } }, ylog = true }
      assert(s:find("(3 values not drawn: not finite or not positive on a log axis)", 1, true))
      assert(svg { { y = { 1, 2, 1 / 0 } } }:find("(1 value not drawn: not finite)", 1, true))
    end)

    it("powers of ten on log axes", function()
      local t = texts(svg { { y = { 1e-3, 1, 1e3 } }, ylog = true })
      assert(t["10-3"] and t["100"] and t["103"])
    end)

    it("bands, error bars, steps, dots, points", function()
      local s = svg { { lo = { 0, 1, 0 }, hi = { 2, 3, 4 }, label = "band" },
        { y = { 1, 2, 3 }, err = { 0.1, 0.2, 0.3 }, label = "bars" },
        { y = { 1, 2, 3 }, style = "steps" }, { y = { 1, 2, 3 }, style = "dots" },
        { y = { 3, 2, 1 }, style = "linespoints", colour = "#123456", dash = "dashed", width = 3 } }
      assert(count(s, "<polygon fill = 'rgb%(" .. blue .. "%)'") >= 1)
      assert(s:find "18,%s*52,%s*86")
      assert(count(s, 'id="gnuplot_plot_%d"') == 5)
    end)

    -- else gnuplot goes on in further columns, over the curves
    it("a long legend beside the panel in one column", function()
      for _, lines in ipairs { 5, 20, 25 } do
        local spec, places, found = { legend = "outside", size = { 900, 500 } }, {}, 0
        for k = 1, lines do spec[k] = { y = { k, k + 1 }, label = ("series %d"):format(k) } end
        for x in svg(spec):gmatch 'translate%(([%d.]+),[%d.]+%)"[^>]*>%s*<text>series %d+</text>' do
          places[x], found = true, found + 1
        end
        assert(found == lines and next(places, next(places)) == nil, ("%d lines"):format(lines))
      end
    end)

    it("points between lo and hi with error bars, not a band", function()
      local series = require "saddle.plot.series"
      local p, curves = { dropped = 0, colours = 0 }, {}
      series.read("plot", { y = { 1, 2 }, lo = { 0, 1.5 }, hi = { 3, 4 }, style = "points" }, p,
        curves)
      assert(#curves == 1 and curves[1].kind == "bars")
      assert.are.same({ { 0.0, 1.5 }, { 3.0, 4.0 } }, { curves[1].lo, curves[1].hi })
      curves = {}
      series.read("plot", { y = { 1, 2 }, lo = { 0, 1.5 }, hi = { 3, 4 } }, p, curves)
      assert(#curves == 2 and curves[1].kind == "band" and curves[2].kind == "line")
    end)

    it("error bars and bands that reach zero on a log axis", function()
      local bars, band = { y = { 1, 2 }, err = { 1.5, 0.1 } }, { lo = { -1, 1 }, hi = { 2, 3 } }
      local s = svg { bars, band, ylog = true }
      assert(not s:find "not drawn" and not s:find "nan")
    end)

    it("reference lines with labels", function()
      local s = svg { { y = { 1, 2, 3 } }, hline = { { 1.5, label = "floor" }, 2 },
        vline = { 2, label = "switch" } }
      local t = texts(s)
      assert(t.floor == 1 and t.switch == 1)
      local d = s:match "<path stroke='rgb%(%s*96,%s*96,%s*96%)'[^>]*%sd='(.-)'"
      assert(count(d, "M") == 3 and count(d, "L") == 3, d) -- three straight lines
    end)

    it("a histogram whose bars count every value", function()
      -- edges 0 1 2 3; the last bin is closed, 5 is outside
      local h = require "saddle.plot.series"
      local p, curves = { dropped = 0, colours = 0 }, {}
      h.read("plot", { histogram = { 0, 0.5, 1, 2, 2.5, 3, 5 }, bins = { 0, 1, 2, 3 } }, p, curves)
      assert.are.same({ 2.0, 1.0, 3.0 }, curves[1].hi)
      assert(p.dropped == 1)
      p, curves = { dropped = 0, colours = 0 }, {}
      h.read("plot", { histogram = { 1, 2, 3, 4, 9 }, bins = 4, density = true }, p, curves)
      local area = 0
      for k = 1, 4 do area = area + curves[1].hi[k] * (curves[1].x2[k] - curves[1].x[k]) end
      assert(math.abs(area - 1) <= 8 * 2 ^ -52) -- four products and sums, each rounded once
      assert(sd.plot.histogram({ 1, 2, 2, 3 }, { bins = 3, file = dir .. "/h.svg" }))
      assert(texts(read(dir .. "/h.svg")).count == 1)
      assert(sd.plot.histogram({ 7, 7 }, { file = dir .. "/h.svg" }))
    end)

    it("a heat map: one cell each, none where the matrix is NaN, first row on top", function()
      local A = sd.matrix { { 1, 2, 3 }, { 4, 5, 0 / 0 } }
      sd.plot.heat(A, { file = dir .. "/h.svg", zlabel = "value" })
      local s = read(dir .. "/h.svg")
      local body = s:match '<g id="gnuplot_plot_1".->(.-)\n</g>\n'
      assert(count(s:match '<g id="gnuplot_plot_1".*', "<polygon fill =[^>]*points = '") >= 5)
      assert(body and texts(s).value == 1)
      -- the tic 1 of the rows stands above (smaller y) the tic 2
      local y = {}
      local tic = 'translate%([%d.]+,([%d.]+)%)"[^>]*text%-anchor="end">%s*<text>(.-)</text>'
      for at, label in s:gmatch(tic) do
        y[label:gsub("<[^>]*>", ""):gsub("%s", "")] = tonumber(at)
      end
      assert(y["1"] and y["2"] and y["1"] < y["2"])
    end)

    it("heat maps of a number, a row, uneven and log grids, and a large image", function()
      local file = dir .. "/h.svg"
      assert(sd.plot.heat(3, { file = file }))
      assert(sd.plot.heat(sd.ones(1, 4), { file = file }))
      local grid = { x = { 1, 10, 100 }, y = { 5, 1 }, xlog = true, file = file }
      assert(sd.plot.heat(sd.ones(2, 3), grid))
      assert(sd.plot.heat(sd.eye(101), { file = file, palette = "grey" }))
      assert(read(file):find("data:image/png;base64", 1, true))
    end)

    it("several panels", function()
      local t = texts(svg { panels = { { { y = { 1, 2 } }, title = "left" },
        { histogram = { 1, 2, 3 }, title = "right" } }, columns = 2, title = "both" })
      assert(t.left == 1 and t.right == 1 and t.both == 1)
      t = texts(svg { panels = { { { y = { 1, 2 } }, title = "inner" } }, title = "outer" })
      assert(t.inner == 1 and t.outer == 1)
    end)

    it("axes that hold all the data, with tics in order and within them", function()
      local axis = require "saddle.plot.axis"
      local seed = 1
      local function uniform() -- Lehmer's generator: the same cases on every machine
        seed = seed * 48271 % 2147483647
        return seed / 2147483647
      end
      for k = 1, 2000 do
        local scale = 10.0 ^ (math.floor(uniform() * 30) - 15)
        local a, b = math.floor(uniform() * 20 - 10) / 2 * scale, uniform() * scale * (k % 3)
        local lo, hi, log = math.min(a, b), math.max(a, b), k % 2 == 0
        if log then lo, hi = math.abs(lo) + scale / 9, math.abs(lo) + scale / 9 + hi - lo end
        local x = axis.new(lo, hi, {
          log = log, range = {}, room = 20 + k % 60, vertical = k % 4 < 2, tight = k % 5 == 0 })
        assert(x.lo <= lo and hi <= x.hi and x.lo < x.hi, ("%g %g"):format(lo, hi))
        local slack, before, labels = 1e-5 * (x.hi - x.lo), -math.huge, 0
        for _, t in ipairs(x.tics) do
          assert(t.at > before and t.at >= x.lo - slack and t.at <= x.hi + slack)
          before, labels = t.at, labels + (t.label and 1 or 0)
        end
        assert(labels >= 1 and labels <= 20, ("%d labels on %g..%g"):format(labels, x.lo, x.hi))
      end
    end)

    it("long lines thinned, with every peak", function()
      local series = require "saddle.plot.series"
      local x, y, n = {}, {}, 100000
      for k = 1, n do x[k], y[k] = k + 0.0, math.sin(k) end
      y[40000], y[70001], y[500] = 50.0, -60.0, 0 / 0
      x[500] = 0 / 0
      local c = series.thin({ kind = "line", style = "lines", x = x, y = y, n = n },
        { lo = 0, hi = n })
      -- 4000 strips of at most 4 points, and 2 more where the gap splits a strip, and the gap
      assert(c.n <= 4 * 4001 + 5 and c.n < n)
      local low, high, gaps = 0, 0, 0
      for k = 1, c.n do
        local v = c.y[k]
        if v ~= v then gaps = gaps + 1 else low, high = math.min(low, v), math.max(high, v) end
      end
      assert(low == -60 and high == 50 and gaps == 1)
      assert(c.x[1] == 1 and c.x[c.n] == n)
    end)

    it("degenerate data: one point, constants, huge, tiny, narrow ranges, turned axes", function()
      for _, y in ipairs { { 5 }, { 2, 2, 2 }, { 0, 0 }, { 1e299, -1e299 }, { 1e-310, 0 },
        { 1, 1 + 2 ^ -52 }, { 1e9, 1e9 + 1e-6 }, { -3, -3 } } do
        assert(#svg { { y = y } } > 1000)
        if y[1] > 1e-300 and (y[2] or 1) > 0 then assert(#svg { { y = y }, ylog = true } > 1000) end
      end
      assert(#svg { { y = { 1, 2, 3 } }, xrange = { 3, 1 }, yrange = { nil, 2.5 } } > 1000)
      assert(#svg { { y = { 1, 2, 3 } }, yrange = { 10 } } > 1000)
      assert(#svg { { y = { 1, 2, 3 } }, yrange = { 1, 1 + 2 ^ -52 } } > 1000)
    end)
  end)

  describe("shows text as typed", function()
    local nasty = {
      [["; system("touch pwned")]],
      [[`touch pwned` $(touch pwned) '; !touch pwned]],
      [[a\b \n \101 %d %s $x @y {/Bold z} ^2 _3 & < > 'q' "r" #c 1\2 (3)]],
      "é 日本 ‖z‖",
    }

    it("wherever text goes, and runs nothing", function()
      for _, word in ipairs(nasty) do
        local lines = { { y = { 1, 2 }, label = word }, title = word, xlabel = word,
          ylabel = word, hline = { 1.5, label = word }, vline = { 1.5, label = word } }
        local map = { { heat = sd.eye(2) }, zlabel = word }
        local t = texts(svg { panels = { lines, map }, title = word })
        assert(t[word] == 8, word .. ": " .. tostring(t[word]))
      end
      assert(not exists "pwned" and not exists(dir .. "/pwned"))
    end)

    it("with newlines, in several lines", function()
      local t = texts(svg { { y = { 1, 2 }, label = "up\ndown" }, title = "first\nsecond" })
      assert(t.up and t.down and t.first and t.second)
    end)

    it("in any locale", function()
      local source = [[require "saddle".plot({1, 2}, {title = "é ‖", file = "l.svg"})]]
      local out = child(source, "LC_ALL=C")
      assert(out == "", out)
      assert(texts(read(dir .. "/l.svg"))["é ‖"] == 1)
    end)
  end)

  describe("writes files", function()
    it("PNG of the size asked for", function()
      local file = dir .. "/p.PNG"
      sd.plot { { y = { 1, 2 } }, file = file, size = { 640, 360 } }
      local head = read(file)
      assert(head:sub(1, 8) == "\137PNG\r\n\26\n")
      local w, h = (">I4I4"):unpack(head, 17)
      assert(w == 640 and h == 360)
    end)

    it("PDF", function()
      sd.plot { { y = { 1, 2 } }, file = dir .. "/p.pdf" }
      local body = read(dir .. "/p.pdf")
      assert(body:sub(1, 5) == "%PDF-" and body:find("%%EOF", 1, true))
    end)

    it("text, lines as wide as asked", function()
      sd.plot({ 1, 2, 3 }, { title = "Rise", file = dir .. "/p.txt", size = { 60, 20 } })
      local body = read(dir .. "/p.txt")
      assert(body:find "^ +Rise\n" and body:find "%*%*" and not body:find " \n")
      for line in body:gmatch "[^\n]+" do assert(utf8.len(line) <= 60) end
    end)

    it("heat maps as text, first row on top", function()
      sd.plot.heat(sd.matrix { { 0, 9 }, { 0 / 0, 0 } }, { file = dir .. "/p.txt" })
      local body = read(dir .. "/p.txt")
      assert(body:find("|    @@@@|\n|????    |", 1, true), body)
      assert(body:find("from 0 to 9", 1, true))
    end)

    it("of any name", function()
      local names = { "a b.svg", "-dash.svg", "q'u\"o`te`.svg", "$HOME;x|y&.svg", "é.svg" }
      local source = { "local sd = require 'saddle'" }
      for _, name in ipairs(names) do
        source[#source + 1] = ("sd.plot({1, 2}, {file = %q})"):format(name)
      end
      assert(child(table.concat(source, "\n")) == "")
      for _, name in ipairs(names) do
        assert(read(dir .. "/" .. name):find "</svg>", name)
      end
    end)

    it("and never over an unnamed one; says where", function()
      local source = [[local sd = require "saddle"
        sd.plot({1, 2})
        assert(sd.plot({1, 2}) == "plot-2.svg")]]
      assert(child(source) == "plot: wrote plot.svg\nplot: wrote plot-2.svg\n")
      assert(exists(dir .. "/plot.svg") and exists(dir .. "/plot-2.svg"))
    end)

    it("whole or not at all, leaving nothing behind", function()
      local file = dir .. "/keep.svg"
      sd.plot({ 1, 2 }, { file = file })
      local before = read(file)
      raises("plot: file must end in .svg, .png, .pdf or .txt",
        sd.plot, { 1, 2 }, { file = dir .. "/x.bmp" })
      local out = child([[print(pcall(require "saddle".plot, {1, 2}, {file = "keep.svg"}))]],
        "PATH=/nonexistent")
      assert(out:find "false" and read(file) == before)
      assert(sh("ls -A '" .. dir .. "' | grep -c tmp"):match "^0")
    end)

    it("or says why it cannot", function()
      raises("plot: cannot write \"/nonexistent/a.svg\": No such file or directory", sd.plot,
        { 1, 2 }, { file = "/nonexistent/a.svg" })
      assert(os.execute("mkdir '" .. dir .. "/d.svg'"))
      raises("Is a directory", sd.plot, { 1, 2 }, { file = dir .. "/d.svg" })
      assert(sh("ls -A '" .. dir .. "' | grep -c tmp"):match "^0")
    end)

    it("but not without gnuplot", function()
      local out = child([[print(pcall(require "saddle".plot, {1, 2}, {file = "no.svg"}))]],
        "PATH=/nonexistent")
      assert(out:find("plot: gnuplot is not installed (apt-get install gnuplot-nox) or not on PATH",
        1, true), out)
      assert(not exists(dir .. "/no.svg"))
    end)

    it("and reports what gnuplot itself says", function()
      local function stand_in(body)
        local f = assert(io.open(dir .. "/bin/gnuplot", "w"))
        f:write("#!/bin/sh\n", body, "\n")
        f:close()
        assert(os.execute(("chmod +x '%s/bin/gnuplot'"):format(dir)))
      end
      assert(os.execute(("mkdir '%s/bin'"):format(dir)))
      stand_in "echo boom >&2; exit 1"
      local source = [[print(pcall(require "saddle".plot, {1, 2}, {file = "no.svg"}))]]
      assert(child(source, "PATH=" .. dir .. "/bin"):find("plot: gnuplot failed: boom", 1, true))
      stand_in "exit 0"
      assert(child(source, "PATH=" .. dir .. "/bin"):find("plot: gnuplot drew nothing", 1, true))
      assert(not exists(dir .. "/no.svg"))
    end)
  end)
end)
