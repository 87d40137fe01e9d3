--- One self-contained HTML page about a store: what was run, with which parameters, what came of
-- it, which claims hold, on what machine. It is made from the store alone; no script runs.
--
--   require("saddle.report").write("runs.db", "report.html", {title = "..."})
local core = require "saddle.core"
local claims = require "saddle.report.claims"
local figures = require "saddle.report.figures"
local html = require "saddle.report.html"
local json = require "saddle.json"
local read = require "saddle.store.read"
local runs = require "saddle.runs"
local storage = require "saddle.store"
local write_file = require "saddle.write_file"
require("saddle.tree").module()

local report = {}

local ROWS <const> = 300    -- of a table, at most
local PICTURES <const> = 24 -- of an experiment

local text, tag = html.text, html.tag

local function date(seconds) return os.date("!%Y-%m-%d %H:%M UTC", math.floor(seconds)) end

--- "0.5 s", "3.2 min", "1.4 h"
local function duration(s)
  if s < 120 then return ("%.3g s"):format(s) end
  return s < 7200 and ("%.1f min"):format(s / 60) or ("%.1f h"):format(s / 3600)
end

-- ---- what was run -------------------------------------------------------------------------------

--- The distinct values of a parameter in words: at most eight, or the ends of the range.
local function values_text(values)
  if #values > 8 and type(values[1]) == "number" then
    return ("%d values, %s to %s"):format(#values, html.value(values[1]),
      html.value(values[#values]))
  end
  local words = {}
  for k = 1, math.min(#values, 8) do words[k] = html.value(values[k]) end
  return table.concat(words, ", ") .. (#values > 8 and (", ... %d in all"):format(#values) or "")
end

local function parameters_table(R, about, names)
  local texts, rows = {}, {}
  for _, entry in ipairs(about.params or {}) do texts[entry.name] = entry.text end
  for k, name in ipairs(names) do
    rows[k] = { name, values_text(R:values(name)), texts[name] or "" }
  end
  return html.table({ "parameter", "values", "" }, rows)
end

--- The parameters other than the seed that have several values, and of these the numeric one with
-- most: the axis of pictures.
local function varying(R, names)
  local list, axis, most = {}, nil, 2
  for _, name in ipairs(names) do
    local values = R:values(name)
    if name ~= "seed" and #values > 1 then
      list[#list + 1] = name
      if math.type(values[1]) and #values > most then axis, most = name, #values end
    end
  end
  return list, axis
end

local function without(list, name)
  local out = {}
  for _, other in ipairs(list) do if other ~= name then out[#out + 1] = other end end
  return out
end

-- ---- what came of it ----------------------------------------------------------------------------

--- The metrics of a set whose values are numbers or booleans in all its runs, and the others.
local function metrics_of(R, names)
  local numeric, other = {}, {}
  for _, name in ipairs(names) do
    local good = pcall(function() return R.mean[name] end)
    local list = good and numeric or other
    list[#list + 1] = name
  end
  return numeric, other
end

local function results_table(R, by, metrics)
  local groups = #by > 0 and R:group(table.unpack(by)) or { R }
  local heads, rows = { table.unpack(by) }, {}
  heads[#heads + 1] = "runs"
  for _, name in ipairs(metrics) do heads[#heads + 1] = name end
  for g = 1, math.min(#groups, ROWS) do
    local group, row = groups[g], {}
    for k, name in ipairs(by) do row[k] = group[name] end
    row[#row + 1] = #group
    for _, name in ipairs(metrics) do
      local mean, sd = html.value(group.mean[name]), #group > 1 and group.sd[name] or 0
      row[#row + 1] = { n = sd ~= 0 and ("%s ± %s"):format(mean, html.value(sd)) or mean }
    end
    rows[g] = row
  end
  local caption = "mean ± standard deviation over "
    .. (#by > 0 and "the runs of each row" or "all runs")
  if #groups > ROWS then
    caption = caption .. (", the first %d of %d rows"):format(ROWS, #groups)
  end
  return html.table(heads, rows, caption)
end

local function failures(db, job)
  local list = db:all([[SELECT params, error FROM run WHERE job = ? AND status = 'failed'
    ORDER BY id LIMIT ?]], job.id, ROWS)
  if #list == 0 then return "" end
  local pieces = {}
  for k, run in ipairs(list) do
    pieces[k] = tag("p", tag("code", text(run.params))) .. tag("pre", text(run.error or ""))
  end
  return html.details(("%d failed runs"):format(#list), table.concat(pieces))
end

local function pictures(R, by, axis, metrics, db)
  local out = {}
  for _, metric in ipairs(axis and metrics or {}) do
    if #out < PICTURES then out[#out + 1] = figures.metric(R, metric, axis, without(by, axis)) end
  end
  for _, array in ipairs(read.arrays(db, R[1].id)) do
    if array.curve ~= 0 and #out < PICTURES then
      out[#out + 1] = figures.curve(R, array.name, by)
    end
  end
  return #out > 0 and ('<div class="figures">%s</div>\n'):format(table.concat(out)) or ""
end

local function experiment_part(st, job)
  local about = json.decode(job.about)
  local R = runs.all(st, job.name)
  local pieces = { tag("h2", text(job.name)) }
  if about.text then pieces[#pieces + 1] = tag("p", text(about.text)) end
  local counts = {}
  for _, row in ipairs(st.db:all([[SELECT status, count(*) AS n FROM run WHERE job = ?
      GROUP BY status]], job.id)) do
    counts[#counts + 1] = ("%d %s"):format(row.n, row.status)
  end
  pieces[#pieces + 1] = tag('p class="quiet"', text(("runs: %s; script %s, version %s"):format(
    table.concat(counts, ", "), job.file:match "[^/]*$", job.hash:sub(1, 12))))
  if #R > 0 then
    local names = R:names()
    local by, axis = varying(R, names.params)
    local numeric, other = metrics_of(R, names.metrics)
    pieces[#pieces + 1] = tag("h3", "Parameters") .. parameters_table(R, about, names.params)
    pieces[#pieces + 1] = tag("h3", "Results") .. results_table(R, by, numeric)
    if #other > 0 then
      pieces[#pieces + 1] = tag('p class="quiet"', text("not in the table, being texts or not "
        .. "there in all runs: " .. table.concat(other, ", ")))
    end
    pieces[#pieces + 1] = pictures(R, by, axis, numeric, st.db)
  end
  pieces[#pieces + 1] = failures(st.db, job)
  return table.concat(pieces)
end

-- ---- where --------------------------------------------------------------------------------------

local function environment(db)
  local rows = {}
  for _, row in ipairs(db:all [[SELECT machine, version, threads, count(*) AS n,
      sum(seconds) AS seconds, min(started) AS first, max(finished) AS last
      FROM run WHERE finished IS NOT NULL GROUP BY machine, version, threads ORDER BY first]]) do
    rows[#rows + 1] = { row.machine or "", row.version or "", row.threads or "", row.n,
      duration(row.seconds or 0), date(row.first), date(row.last) }
  end
  return tag("h2", "Environment") .. html.table({ "machine", "saddle", "BLAS threads", "runs",
    "time in runs", "from", "to" }, rows)
end

--- report.page(st, title) -> the page about an open store, as text.
function report.page(st, title)
  local db = st.db
  local pieces = { tag("h1", text(title)) }
  local total = db:first "SELECT count(*) AS n, sum(status = 'done') AS done FROM run"
  pieces[#pieces + 1] = tag('p class="quiet"', text(("%d runs, %d done; written %s by saddle %s")
    :format(total.n, total.done or 0, date(core.process.time()), core.version)))
  pieces[#pieces + 1] = claims.part(db)
  -- of a script that has changed, the newest version that has runs
  for _, job in ipairs(db:all [[SELECT * FROM job WHERE kind = 'experiment' AND id IN
      (SELECT max(job.id) FROM job JOIN run ON run.job = job.id GROUP BY kind, name)
      ORDER BY name]]) do
    pieces[#pieces + 1] = experiment_part(st, job)
  end
  pieces[#pieces + 1] = environment(db)
  return html.page(title, pieces)
end

--- report.write(path, file, {title=}): the page about the store at path, written to file whole or
-- not at all.
function report.write(path, file, o)
  local st <close> = storage.open(path, { mode = "read" })
  local good, wrong = write_file(file, report.page(st, o.title or path:match "[^/]*$"))
  if not good then error(("report: cannot write %s: %s"):format(file, wrong), 0) end
end

return report
