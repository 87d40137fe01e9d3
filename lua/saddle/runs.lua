--- sd.runs: what the runs in a store came to (`saddle sweep` fills it).
--
--   local R = sd.runs("runs.db")                        all finished runs of its only experiment
--   local R = sd.runs("runs.db", {experiment="modes", status="failed", where="k >= 32", all=false})
--
-- status is "done" (default), "failed", "pending", "running" or "all"; `where` is an SQL expression
-- over parameters and metrics by name (store/where.lua; where it speaks of status or error, all are
-- looked at). When a changed script has run a point again, its newest run counts alone, unless all.
--
--   R.n  #R  R[1]  R[1].k  R[1].loss  R[1].seed  R[1].status  R[1].seconds  R[1].error  R[1].script
--   R[1]:array("W")   t, data = R[1]:curve("loss")   R[1].params   R[1].metrics
--   R:filter(function(run) return run.loss < 1 end)   R:sort("k", "-loss")   R:finite("loss")
--   R:column("loss")   R:values("k")                  lists; of distinct values, ascending
--   R:names()                                         {params = list, metrics = list}
--   R.mean.loss  R.sd.loss  R.min.loss  R.max.loss  R.median.loss  R.ci95.loss
--   R:mean_curve("loss"[, element])                   {t=, mean=, sd=, ci95=, lo=, hi=, n=}
--   local G = R:group("k", "eta")                     G[1].k  G[1].eta  G[1].mean.loss
--   sd.plot{ x = G.k, y = G.mean.loss, err = G.ci95.loss, xlog = true }
--
-- A name is one of the run's own, else a parameter, else a metric; R:column("metrics.status") says
-- which. In groups a key called n stands for itself, and #g is how many runs there are. Booleans
-- count as 0 and 1; a NaN makes a mean NaN, and a run without the metric is an error: R:finite
-- leaves both out and counts them. Parameters and metrics are read when first asked for, arrays
-- each time; nothing here can write.
local attempt = require "saddle.attempt"
local core = require "saddle.core"
local check = require "saddle.check"
local choose = require "saddle.store.choose"
local new_set = require "saddle.runs.set"
local new_source = require "saddle.runs.source"
local read = require "saddle.store.read"
local storage = require "saddle.store"
local tree = require "saddle.tree"
tree.module()

local runs = {}

local KEYS <const> = { "experiment", "status", "where", "all" }
local STATUSES <const> = { "done", "failed", "pending", "running", "all" }

--- All rows of a source, as a list.
local function all_rows(source)
  local rows = {}
  for k = 1, #source.rows do rows[k] = k end
  return rows
end

--- runs.open(path, options) -> a source of the runs that are meant, its rows, how many there are of
-- each status. Errors have no place.
function runs.open(path, o)
  local opened, st = pcall(storage.open, path, { mode = "read" })
  if not opened then error(read.plain(st), 0) end
  local good, choice = pcall(choose.matching, st, o)
  if not good then
    st:close()
    error(read.plain(choice), 0)
  end
  local source = new_source(st, choice)
  return source, all_rows(source), choice.counts
end

--- runs.all(st, name) -> the finished runs of an experiment or claim in an open store.
function runs.all(st, name)
  local source = new_source(st, choose.matching(st, { experiment = name }))
  return new_set(source, all_rows(source))
end

--- runs.of(st, session) -> the runs of the session that are done, in its order.
function runs.of(st, session)
  local order, rows = {}, {}
  local choice = choose.listed(st, session.runs)
  for k, row in ipairs(choice.rows) do order[row.id] = k end
  for _, id in ipairs(session.runs) do
    if order[id] then rows[#rows + 1], order[id] = order[id], nil end
  end
  return new_set(new_source(st, choice), rows)
end

local function text(what, v)
  if v ~= nil and type(v) ~= "string" then
    tree.fail("runs: %s must be a string, got %s", what, core.show(v))
  end
  return v
end

return setmetatable(runs, { __call = function(_, path, given)
  if type(path) ~= "string" then
    tree.fail("runs: the store's path must be a string, got %s", core.show(path))
  end
  local o = check.options("runs", given, KEYS)
  local good, source, rows = pcall(runs.open, path, {
    experiment = text("option 'experiment'", o.experiment),
    where = text("option 'where'", o.where),
    status = o.status ~= nil and check.word("runs", "option 'status'", o.status, STATUSES) or nil,
    all = check.flag("runs", "option 'all'", o.all) })
  if good then return new_set(source, rows) end
  if attempt.interrupted(source) then error(source, 0) end
  tree.fail("runs: %s", source)
end })
