--- Help on plots (the form of entries: lua/saddle/help.lua).
return {
  title = "Plots",
  text = "Figures through gnuplot, without a display: into a .svg, .png, .pdf or .txt file, or "
    .. "drawn in the terminal. Without file= and without a terminal the figure is saved as "
    .. "plot.svg, and where is said. NaN is a gap; what cannot be drawn is counted below the "
    .. "title.",
  source = "lua/saddle/plot.lua",
  { { "sd.plot(y[, {title=, file=, xlog=, ylog=}]) -> path",
      "sd.plot(x, y[, {title=, file=, xlog=, ylog=}]) -> path",
      "sd.plot{panels=, columns=, file=, size=, title=, xlabel=, ylabel=, xlog=, ylog=, xrange=, "
        .. "yrange=, legend=, hline=, vline=, equal=, label=, style=, colour=, width=, dash=, x=, "
        .. "y=, lo=, hi=, err=, histogram=, heat=} -> path" },
    "Lines of one or several columns; or a table of series {x=, y=, label=, style=}, bands {lo=, "
      .. "hi=} (error bars where style is \"points\"), error bars {err=}, histograms and heat "
      .. "maps, in one panel or several.",
    x = "matrix|table|number", y = "matrix|table|number a line for each column", title = "string",
    file = "string its ending says the format", size = "table {width, height} in pixels",
    xlabel = "string", ylabel = "string", xlog = "boolean", ylog = "boolean",
    xrange = "table {lo, hi}", yrange = "table {lo, hi}",
    legend = "string|boolean a corner, \"outside\", \"below\" or false",
    hline = "number|table with labels", vline = "number|table",
    equal = "boolean one scale for both axes", panels = "table list of such tables",
    columns = "integer of panels", label = "string|table",
    style = "string lines, points, linespoints, dots or steps",
    colour = "string|integer \"#rrggbb\", or 1 .. 7", width = "number",
    dash = "string solid, dashed or dotted", lo = "matrix|table", hi = "matrix|table",
    err = "matrix|table", histogram = "matrix", heat = "matrix", path = "string|nil of the file",
    errors = "unknown keys, columns of different lengths, a format that is not known; gnuplot "
      .. "that is missing.",
    example = [[
local x = sd.linspace(1, 100, 50)
local path = sd.plot(x, sd.hcat(x, x ^ 2),
  { xlog = true, ylog = true, file = "FOLDER/powers.svg" })
print(path:match "powers.svg") --> powers.svg
]] },
  { "sd.plot.histogram(A[, {bins=, density=false, title=, file=, size=}]) -> path",
  "A histogram of the elements.",
    A = "matrix|table", bins = "integer|table how many, or edges", density = "boolean area 1",
    title = "string", file = "string", size = "table", path = "string|nil", errors = "as for plot.",
    example = [[
print(sd.plot.histogram(sd.rng(1):randn(100, 1), { file = "FOLDER/h.svg" }):match "h.svg") --> h.svg
]] },
  { "sd.plot.heat(A[, {x=, y=, xlog=, ylog=, zlog=, zlabel=, zrange=, palette=\"viridis\", "
    .. "title=, file=, size=}]) -> path",
    "A matrix as coloured cells: as it is printed, or with y on an ordinary axis.",
    A = "matrix m x n", x = "matrix|table n coordinates", y = "matrix|table m coordinates",
    xlog = "boolean", ylog = "boolean", zlog = "boolean", zlabel = "string",
    zrange = "table {lo, hi}", palette = "string viridis, diverging or grey", title = "string",
    file = "string", size = "table", path = "string|nil", errors = "as for plot.",
    example = [[
print(sd.plot.heat(sd.eye(3), { file = "FOLDER/eye.svg" }):match "eye.svg") --> eye.svg
]] },
  { "sd.plot.kind(path) -> word",
  "The format that a file's name asks for; an early error for one that file= would refuse.",
    path = "string", word = "string svg, png, pdf or txt", errors = "another ending.",
    example = [[
print(sd.plot.kind "figure.pdf") --> pdf
]] },
}
