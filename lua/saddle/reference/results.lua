--- Help on the results of runs (the form of entries: lua/saddle/help.lua).
return {
  title = "Results of runs",
  text = "What the runs in a store came to. A store is the SQLite file that `saddle sweep` fills; "
    .. "the examples read the one that `saddle sweep examples/experiment.lua d=10 k=10,20,40 "
    .. "--store runs.db` makes. A name is a parameter or a metric. Nothing here writes.",
  source = "lua/saddle/runs.lua and the files of its directory",
  classes = { R = "runs", run = "run", G = "groups" },
  { "sd.runs(path[, {experiment=, status=\"done\", where=, all=false}]) -> R",
    "The runs of an experiment in a store. Of a point that several versions of the script have "
      .. "run, the newest counts alone, unless all.",
    path = "string", experiment = "string when the store has several",
    status = "string done, failed, pending, running or all",
    where = "string an SQL condition on parameters and metrics", all = "boolean", R = "runs",
    errors = "a file that is no store; names that are not known.",
    example = [[
local R = sd.runs "FOLDER/runs.db"
print(R.n, #sd.runs("FOLDER/runs.db", { where = "k >= 20" })) --> 9 6
]] },
  { { "sd.runs.open(path, options) -> rows", "sd.runs.all(store, name) -> R",
      "sd.runs.of(store, session) -> R" },
    "For commands: the rows that are meant; the finished runs of an experiment, or of a session, "
      .. "in an open store.",
    path = "string", options = "table as of sd.runs", store = "table", name = "string",
    session = "table", rows = "table", R = "runs", errors = "as for runs.",
    example = [[
print(sd.runs.open("FOLDER/runs.db", {}) ~= nil) --> true
]] },
  { { "R.n -> count", "R.mean -> by", "R.sd -> by", "R.min -> by", "R.max -> by", "R.median -> by",
      "R.ci95 -> by" },
    "How many runs; and statistics by name, R.mean.loss: booleans count as 0 and 1, a NaN makes a "
      .. "NaN. ci95 is half the width of Student's interval. R[1] is the first run.",
    R = "runs", count = "integer", by = "table name -> number",
    errors = "a run without the metric (see R:finite).",
    example = [[
local R = sd.runs "FOLDER/runs.db"
print(R.min.k, R.max.k, R.mean.cosine <= R.max.cosine) --> 10.0 40.0 true
]] },
  { { "R:filter(f) -> S", "R:sort(name, ...) -> S", "R:finite(name) -> S, left" },
    "The runs for which f(run) is true; in the order of names, \"-loss\" descending; those with a "
      .. "finite number there, and how many are left out.",
    R = "runs", f = "function of a run", name = "string", S = "runs", left = "integer",
    errors = "names that are not known.",
    example = [[
local R = sd.runs "FOLDER/runs.db"
print(R:filter(function(run) return run.k == 10 end).n, R:sort("-k")[1].k) --> 3 40
]] },
  { { "R:column(name) -> list", "R:values(name) -> list", "R:names() -> names" },
    "The values of a name, run by run; the distinct ones, ascending; and which names there are.",
    R = "runs", name = "string", list = "table", names = "table params, metrics",
    errors = "a run without the name.",
    example = [[
local R = sd.runs "FOLDER/runs.db"
print(table.concat(R:values "k", " "), #R:column "cosine") --> 10 20 40 9
print(R:names().metrics[1])                                --> cosine
]] },
  { "R:mean_curve(name[, element]) -> curve",
  "The mean of a logged curve over the runs, at the times that all have.",
    R = "runs", name = "string", element = "integer of a column",
    curve = "table t, mean, sd, ci95, lo, hi, n", errors = "a run without the curve.",
    example = [[
local good, why = pcall(function() return sd.runs("FOLDER/runs.db"):mean_curve "loss" end)
print(good, why:match "loss") --> false loss
]] },
  { { "R:group(name, ...) -> G", "G.mean -> by" },
    "Sets of runs by the values of names: G[1].k, G[1].mean.loss; G.k and G.mean.loss are lists "
      .. "over the groups, ready to plot.",
    R = "runs", G = "groups", name = "string", by = "table name -> list",
    errors = "names that sets have themselves.",
    example = [[
local G = sd.runs("FOLDER/runs.db"):group "k"
print(#G, G[2].k, G[2].n, #G.mean.cosine) --> 3 20 3 3
]] },
  { { "run:array(name) -> A", "run:curve(name) -> t, data" },
    "A matrix that the run returned, and a curve that it logged; run.k, run.loss, run.status, "
      .. "run.seconds, run.error, run.params, run.metrics are fields.",
    run = "run", name = "string", A = "matrix", t = "matrix 1 x n", data = "matrix rows x n",
    errors = "a name that the run does not have.",
    example = [[
local run = sd.runs("FOLDER/runs.db")[1]
print(run.status, run.d, run.params.k, run.cosine == run.metrics.cosine) --> done 10 10 true
]] },
}
