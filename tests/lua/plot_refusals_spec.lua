--- sd.plot: every wrong call is refused with a sentence that names what is wrong.
local sd = require "saddle"
local raises = require("tests.lua.support").raises

describe("plot refuses", function()
  local function refuse(text, ...)
    raises(text, sd.plot, ...)
  end

  it("wrong arguments", function()
    refuse "plot: needs a matrix, a list of numbers or a table of series, got nil"
    refuse("plot: needs a matrix, a list of numbers or a table of series, got true", true)
    refuse("plot: nothing to plot", {})
    refuse("plot: too many arguments", { 1 }, { 2 }, {}, 4)
    refuse("plot: a table of series takes its options inside", { { y = 1 } }, { title = "t" })
    refuse("plot: y is given twice", { 1 }, { 2 }, { y = { 3 } })
    refuse("plot: options must be a table, got 5", { 1 }, { 2 }, 5)
    raises("plot.heat: unknown option 'bins'", sd.plot.heat, sd.eye(2), { bins = 3 })
    raises("plot.histogram: options must be a table", sd.plot.histogram, { 1 }, 3)
    raises("plot.heat: needs a matrix or a list of numbers, got nil", sd.plot.heat)
    raises("plot: heat must be a matrix or a list of numbers, got true", sd.plot.heat, true)
    raises("plot.histogram: needs a matrix or a list of numbers, got nil", sd.plot.histogram)
  end)

  it("keys it does not know, with the one that was meant", function()
    refuse("plot: unknown option 'xlable' (did you mean 'xlabel'?)", { { y = 1 }, xlable = "x" })
    refuse("plot: series 2: unknown option 'lable' (did you mean 'label'?)",
      { { y = 1 }, { y = 1, lable = "x" } })
    refuse("plot: unknown option 'titel' (did you mean 'title'?)", { 1, 2 }, { titel = "x" })
    refuse("columns= needs panels=", { { y = 1 }, columns = 2 })
    refuse("plot: y= belongs into the series", { { y = 1 }, y = 2 })
    refuse("zlabel= needs a heat map", { { y = 1 }, zlabel = "z" })
    refuse("plot: panel 2: file= belongs to the figure",
      { panels = { { y = 1 }, { y = 1, file = "a.svg" } } })
  end)

  it("lengths that differ", function()
    refuse("plot: x has 2 values, y has 3 values", { 1, 2 }, { 1, 2, 3 }, { file = "x.svg" })
    refuse("plot: series 2: err has 1 values, y has 2 values",
      { { y = 1 }, { y = { 1, 2 }, err = { 1 } } })
    refuse("lo has 2 columns of 3 values",
      { { y = { 1, 2, 3 }, lo = sd.ones(3, 2), hi = { 1, 2, 3 } } })
    refuse("2 labels for 3 columns", { { y = sd.ones(2, 3), label = { "a", "b" } } })
    raises("plot: x has 3 values, the matrix has 2 there",
      sd.plot.heat, sd.eye(2), { x = { 1, 2, 3 } })
  end)

  it("values that are no numbers, or none", function()
    refuse("plot: y: element 2 must be a number, got the string \"two\"", { 1, "two" })
    refuse("a list of numbers has no key 'label'", { { 1, 2, label = "a" } })
    refuse("plot: y is empty (0x1)", sd.zeros(0, 1))
    refuse("plot: series 1 must be a table", { 5 == 6, { y = 1 } })
    refuse("needs y= (or lo= and hi=, histogram= or heat=)", { { x = { 1, 2 } } })
    refuse("lo= and hi= come together", { { lo = { 1, 2 } } })
    refuse("err[2] is negative (-1)", { { y = { 1, 2 }, err = { 1, -1 } } })
    refuse("no point can be drawn: all 2 are NaN, infinite", { 0 / 0, 1 / 0 })
    refuse("or not positive on a log axis", { -1, 0 }, { ylog = true })
    refuse("no point lies within xrange", { 1, 2 }, { xrange = { 5, 6 } })
    raises("none of the 2 values can be drawn", sd.plot.histogram, { 0 / 0, 1 / 0 })
    raises("bins must be a whole number from 1 to 10000, got 2.5",
      sd.plot.histogram, { 1 }, { bins = 2.5 })
    raises("edge 2 is 1", sd.plot.histogram, { 1, 2 }, { bins = { 3, 1 } })
    raises("must rise or fall throughout", sd.plot.heat, sd.eye(3), { x = { 1, 3, 2 } })
    raises("must be finite and positive; value 1 is 0",
      sd.plot.heat, sd.eye(2), { x = { 0, 1 }, xlog = true })
  end)

  it("options of a wrong kind", function()
    refuse("plot: title must be a string, got a table", { 1 }, { title = {} })
    refuse("plot: xlabel is not valid UTF-8", { 1 }, { xlabel = "\255" })
    refuse("plot: title holds a control character", { 1 }, { title = "a\0b" })
    refuse("plot: ylog must be true or false, got 1", { 1 }, { ylog = 1 })
    refuse("plot: yrange is empty", { 1 }, { yrange = { 2, 2 } })
    refuse("plot: yrange[1] must be positive on a log axis, got 0",
      { 1 }, { ylog = true, yrange = { 0, 2 } })
    refuse("plot: xrange[2] must be a number", { 1 }, { xrange = { 0, 0 / 0 } })
    refuse("plot: style must be one of lines, points", { 1, 2 }, { style = "wiggles" })
    refuse("plot: colour must be", { 1, 2 }, { colour = "red\"; exit" })
    refuse("plot: width must be a number from 0.1 to 20, got -1", { 1, 2 }, { width = -1 })
    refuse("plot: dash must be one of", { 1, 2 }, { dash = 3 })
    refuse("plot: legend must be one of top right", { 1, 2 }, { legend = "middle" })
    refuse("plot: hline must be a number", { 1, 2 }, { hline = "two" })
    refuse("plot: vline must be positive on a log axis", { 1, 2 }, { vline = -1, xlog = true })
    refuse("plot: size[1] must be a whole number from 150 to 10000, got 1",
      { 1 }, { size = { 1, 1 } })
    refuse("plot: size must be {width, height}", { 1 }, { size = 800 })
    refuse("plot: file must be a path", { 1 }, { file = 7 })
    refuse("plot: palette must be one of viridis", { heat = sd.eye(2), palette = "jet" })
    refuse("plot: equal= needs linear axes", { 1, 2 }, { equal = true, xlog = true })
    refuse("plot: panels cannot be drawn as text",
      { panels = { { y = 1 }, { y = 2 } }, file = "x.txt" })
  end)

  it("at the caller's line", function()
    local chunk = load("local sd = ...\n\nsd.plot({1}, {titles = 'x'})\n", "@script.lua")
    raises("script.lua:3: plot: unknown option 'titles' (did you mean 'title'?)", chunk, sd)
  end)
end)
