--- Help on the session (the form of entries: lua/saddle/help.lua).
return {
  title = "The session",
  text = "What a script or the prompt may ask of the process it runs in: the variables there are, "
    .. "how long things take, threads, memory, parameters of the command line.",
  source = "src/lua/system.c",
  classes = { bar = "progress" },
  { "sd.who() -> list",
    "The variables of the prompt and the globals that are not the library's, with kinds, shapes "
      .. "and bytes; it prints as a table.",
    list = "table of {name=, kind=, shape=, bytes=}, by name", errors = "none of its own.",
    example = [[
print(type(sd.who())) --> table
]] },
  { "sd.time(f, ...) -> seconds, ...",
    "How long a call takes, and what it returned. One of less than 0.1 s is repeated for that "
      .. "long, and the fastest batch's mean counts: what the first call loads or compiles does "
      .. "not.",
    f = "function called with the further arguments", seconds = "number of wall time",
    errors = "what f raises.",
    example = [[
local seconds, y = sd.time(math.sqrt, 16)
print(seconds < 1e-3, y) --> true 4.0
]] },
  { "sd.threads([n]) -> count",
    "The number of threads that BLAS uses; n sets it. One seed and one number of threads give the "
      .. "same bits every time.",
    n = "integer 1 .. 1024", count = "integer", errors = "n out of range.",
    example = [[
local before = sd.threads()
print(sd.threads(1), sd.threads(before) == before) --> 1 true
]] },
  { "sd.memory([{ceiling=}]) -> used, ceiling",
    "Bytes that Lua, matrices and plans use, and their ceiling, at which allocating is an error "
      .. "of the script and the process goes on.",
    ceiling = "number bytes; by default a share of what the machine, or its cgroup, has",
    used = "integer bytes",
    errors = "a ceiling that is not positive.",
    example = [[
collectgarbage()
local before = sd.memory()
local A = sd.zeros(1000, 1000)
print(sd.memory() - before > 7.9e6, #A) --> true 1000000
]] },
  { "sd.isa() -> name", "The instruction set of the kernels. SADDLE_ISA chooses a lower one.",
  name = "string \"base\", \"avx2\" or \"avx512\"",
    errors = "none of its own.",
    example = [[
print(sd.isa():match "^[abv][%w]+$" ~= nil) --> true
]] },
  { "sd.version -> text", "The version of the library.", text = "string", errors = "no call: it "
    .. "is a field.",
    example = [[
print(sd.version:match "^%d+%.%d+" ~= nil) --> true
]] },
  { "sd.args(arg, parameters) -> p",
    "Parameters of a plain script from its command line, as name=value, with types and limits "
      .. "from their defaults; --help prints them. A script that is run at many points is better "
      .. "an experiment.",
    arg = "table Lua's global of that name", parameters = "table of {name, default, text[, "
      .. "whole=, from=, above=, to=, below=, choices=]}", p = "table name -> value",
    errors = "an unknown name, a value out of range: a line that says what is known, and the "
      .. "script ends.",
    example = [[
local p = sd.args({ "k=3" }, { { "k", 5, "width", whole = true, from = 1 },
  { "eta", 0.1, "step" } })
print(p.k, p.eta) --> 3 0.1
]] },
  { "sd.progress(total[, {label=, write=, clock=, width=}]) -> bar",
    "A bar for a long loop: on a terminal a line that is redrawn, elsewhere a plain line now and "
      .. "then, on standard error.",
    total = "integer steps", label = "string",
    write = "function of a text, in place of standard error", clock = "function that gives seconds",
    width = "integer|boolean columns; false: no terminal",
    bar = "progress", errors = "a total that is no whole number from 0.",
    example = [[
local out = {}
local bar = sd.progress(2, { label = "sweep", width = false,
  write = function(s) out[#out + 1] = s end })
bar:step(2)
bar:done()
print(table.concat(out):match "sweep" ~= nil) --> true
]] },
  { { "bar:step([n])", "bar:note(text)", "bar:clear()", "bar:done()" },
    "n steps more (1 unless given); a text behind the bar; the bar off the screen; the last line.",
    bar = "progress", n = "integer", text = "string", errors = "n that is no whole number from 0.",
    example = [[
local bar = sd.progress(1, { width = false, write = function() end })
bar:step()
bar:note "nearly"
bar:clear()
bar:done()
print "done" --> done
]] },
}
