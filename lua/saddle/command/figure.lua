--- saddle figure PAPER/FIGURE: the sweep of an experiment, and the picture it makes of the runs.
local command = require "saddle.command"
local job = require "saddle.command.job"
local plot = require "saddle.plot"
local sweep = require "saddle.command.sweep"
local runs = require "saddle.runs"
require("saddle.tree").module()

return {
  usage = "figure PAPER/FIGURE|FILE [name=values ...] [options]",
  about = "Runs what an experiment's figure needs and is not in the store yet, then draws it.",
  helps = job.help,
  flags = {
    { "--output", "FILE", "the picture: .svg, .png or .pdf (default: the name with .svg)",
      short = "-o" },
    { "--store", "DB", "the store (default: the experiment's name with .db)" },
    job.jobs,
    { "--quick", nil, "the experiment's quick sweep" },
    job.retry, job.changed, job.sync,
  },
  run = function(words, options)
    local loaded = job.load(words, "experiment")
    local experiment = loaded.job
    if not experiment.plot then
      command.fail("%s has no plot function", experiment.name)
    end
    local file = options.output or experiment.name .. ".svg"
    command.guard(plot.kind, file) -- a name that cannot be drawn to fails now, not after the runs
    local list = command.guard(sweep.choose, experiment, words, options)
    return command.guard(job.session, loaded, list, options, function(st, session, counts)
      if counts.failed > 0 then io.stderr:write(job.failures(st, session, counts), "\n") end
      if counts.done == 0 then command.fail("there is nothing to draw") end
      local R = runs.of(st, session)
      if experiment.summary then print(experiment.summary(R)) end
      local picture = experiment.plot(R)
      if type(picture) == "table" then
        picture.file = file
        print("figure: " .. plot(picture))
      end
      return counts.failed > 0 and 1 or 0
    end)
  end,
}
