--- Help on experiments (the form of entries: lua/saddle/help.lua).
return {
  title = "Experiments",
  text = "An experiment is a function of parameters and a seed, with what is needed to run it at "
    .. "many points. A file that returns one is run by `saddle run`, swept by `saddle sweep`, "
    .. "drawn by `saddle figure`. Runs of one seed draw the same numbers whatever their other "
    .. "parameters, so that differences between them are paired.",
  source = "lua/saddle/experiment.lua",
  classes = { job = "experiment", log = "log" },
  { "sd.experiment{name=, text=, params=, sweep=, quick=, run=, summary=, plot=} -> job",
    "An experiment. run(p, log) gets the parameters, with p.seed and p.rng, and returns a table "
      .. "of metrics: numbers, booleans, strings, matrices.",
    name = "string", text = "string what it asks", params = "table name -> default or sd.param",
    sweep = "table name -> list of values", quick = "table values for a look",
    run = "function of p, log", summary = "function of runs that gives a text",
    plot = "function of runs that gives what sd.plot takes", job = "experiment",
    errors = "fields that are missing or not known; defaults that are no values.",
    example = [[
local job = sd.experiment { name = "square", params = { k = 2 }, run = function(p)
  return { y = p.k ^ 2 } end }
print(job:run({ k = 3 }).y) --> 9.0
]] },
  { "sd.param(default[, text, limits]) -> entry",
    "A parameter with its text and limits. Its type is that of the default: 1000 whole, 1000.0 "
      .. "real, a string, a boolean.",
    default = "number|string|boolean", text = "string",
    limits = "table from, to (allowed themselves), above, below (not), choices", entry = "table",
    errors = "a default outside its limits.",
    example = [[
local job = sd.experiment { name = "width", params = { k = sd.param(64, "width", { from = 1 }) },
  run = function(p) return { k = p.k } end }
local good, why = pcall(job.run, job, { k = 0 })
print(good, why:match "k must.*") --> false k must be a whole number from 1, got 0
]] },
  { "sd.seeds(n[, last]) -> list", "{1, ..., n}, or {n, ..., last}.",
    n = "integer", last = "integer", list = "table", errors = "numbers that are not whole.",
    example = [[
print(table.concat(sd.seeds(3), " "), table.concat(sd.seeds(5, 6), " ")) --> 1 2 3 5 6
]] },
  { { "job:run([values]) -> metrics", "job:points([choice]) -> list",
      "job:execute(values[, context]) -> outcome", "job:help() -> text" },
    "One run at the defaults but for these values, errors raised; the points of the sweep; one of "
      .. "them, its errors as part of the outcome; and its parameters in words.",
    job = "experiment", values = "table name -> value",
    choice = "table name -> list in place of the sweep's own", context = "table log, checkpoint",
    metrics = "table", list = "table of values",
    outcome = "table status, error, metrics, arrays, curves", text = "string",
    errors = "values that are not allowed.",
    example = [[
local job = sd.experiment { name = "grid", params = { k = 1, a = 0.5 },
  sweep = { k = { 1, 2, 3 }, seed = sd.seeds(2) }, run = function(p) return { y = p.k * p.a } end }
print(#job:points(), job:execute(job:points()[1]).status) --> 6 done
]] },
  { { "log(t, record)", "log:checkpoint([name]) -> file" },
    "Writes numbers and columns at time t, which become curves of the run; and the file in which "
      .. "plan:iterate may keep its state, so that a run that was killed goes on.",
    log = "log", t = "number ascending", record = "table name -> number or column", name = "string",
    file = "string|nil", errors = "times that do not ascend; columns of another length.",
    example = [[
local job = sd.experiment { name = "curve", params = { n = 3 }, run = function(p, log)
  for t = 1, p.n do log(t, { square = t ^ 2 }) end
  return {}
end }
print(job:execute(job:points()[1]).curves.square.data(3)) --> 9.0
]] },
}
