--- saddle sweep FILE name=values ...: many points of an experiment, by workers, into a store.
local command = require "saddle.command"
local job = require "saddle.command.job"
local points = require "saddle.points"
require("saddle.tree").module()

--- Every n-th point from the i-th on, of "i/n".
local function shard(list, text)
  local i, n = text:match "^(%d+)/(%d+)$"
  i, n = math.tointeger(i), math.tointeger(n)
  if not i or i < 1 or i > n then
    command.fail("--shard must be i/n with i from 1 to n, got '%s'", text)
  end
  local out = {}
  for k = i, #list, n do out[#out + 1] = list[k] end
  return out
end

--- The points that the words and options ask for.
local function choose(experiment, words, options)
  local list = experiment:points(points.choice(experiment.params, words), { quick = options.quick,
    random = options.random, search = options.seed })
  return options.shard and shard(list, options.shard) or list
end

local function report(st, session, counts)
  print(("%d points in %s: %d done (%d before), %d failed%s"):format(counts.total, st.path,
    counts.done, session.before, counts.failed,
    session.failed_before > 0 and " (--retry runs those of before again)" or ""))
  if counts.failed > 0 then print(job.failures(st, session, counts)) end
  return counts.failed > 0 and 1 or 0
end

return {
  usage = "sweep FILE [name=values ...] [options]",
  about = "Runs an experiment at many points: those of its sweep, where a word says nothing else.\n"
    .. "Values: k=16,32,64  seed=1..20  x=0..1:5 (evenly)  eta=1e-4..1e-1:7log. Points that the\n"
    .. "store has are not run again, so the same command goes on where it was stopped.\n"
    .. "Under mpirun one process keeps the store, and the others are the workers.",
  helps = job.help,
  flags = {
    { "--store", "DB", "the store (default: the experiment's name with .db)" },
    job.jobs,
    { "--quick", nil, "the experiment's quick sweep" },
    { "--random", "N", "N points drawn from the lists and ranges", type = "integer" },
    { "--seed", "S", "seed of these draws (default 1)", type = "integer", from = 0 },
    { "--shard", "i/n", "only every n-th point from the i-th on" },
    { "--list", nil, "print the points and run none" },
    job.retry, job.changed, job.sync,
  },
  choose = choose,
  run = function(words, options)
    local loaded = job.load(words, "experiment")
    local experiment = loaded.job
    local list = command.guard(choose, experiment, words, options)
    if options.list then
      for _, values in ipairs(list) do print(points.key(values)) end
      return 0
    end
    return command.guard(job.session, loaded, list, options, report)
  end,
}
