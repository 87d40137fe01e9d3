--- saddle run FILE name=value ...: one point of an experiment.
local command = require "saddle.command"
local job = require "saddle.command.job"
local json = require "saddle.json"
local points = require "saddle.points"
require("saddle.tree").module()

--- Metrics as lines, parameters first.
local function show(values, outcome, seconds)
  local function lines(title, t)
    local names, width = {}, 0
    for name in pairs(t) do
      names[#names + 1], width = name, math.max(width, #name)
    end
    table.sort(names)
    if #names > 0 then print(title) end
    for _, name in ipairs(names) do
      print(("  %-" .. width .. "s  %s"):format(name, job.text(t[name])))
    end
  end
  lines("parameters", values)
  lines("results", outcome.metrics)
  lines("matrices", outcome.arrays)
  lines("curves", outcome.curves)
  print(("%.3g s"):format(seconds))
end

return {
  usage = "run FILE [name=value ...] [options]",
  about = "Runs one point of an experiment, in this process or, with --store, in a worker.\n"
    .. "FILE --help lists the experiment's parameters.",
  helps = job.help,
  flags = {
    { "--store", "DB", "keep the run in this store (and take it from there if it is done)" },
    { "--json", nil, "print parameters and results as JSON" },
    job.changed, job.retry,
  },
  run = function(words, options)
    local loaded = job.load(words, "experiment")
    local values = command.guard(points.one, loaded.job.params, words)
    local outcome, seconds = job.one(loaded, values, options)
    if options.json then
      print(json.encode({ experiment = loaded.job.name, params = values, seconds = seconds,
        status = outcome.status, error = outcome.error, metrics = outcome.metrics },
        { indent = 2 }))
    elseif outcome.status == "done" then
      show(values, outcome, seconds)
    end
    if outcome.status == "done" then return 0 end
    io.stderr:write(("saddle run: %s\n"):format(outcome.error))
    return 1
  end,
}
