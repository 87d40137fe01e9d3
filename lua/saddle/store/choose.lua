--- Which runs of a store are meant: those of one experiment or claim, with a status, where a
-- condition holds (store/where.lua).
--
--   local choice = choose.matching(st, { experiment=, status=, where=, all= })
--   choice.rows, choice.jobs (number -> row), choice.name, choice.counts (status -> how many)
--
-- The status is "done" when none is given, but "all" where the condition speaks of status or error.
-- Of a point that several versions of the script have run, the newest run alone is meant, unless
-- `all`; when that is not finished yet, the point is not done.
local attempt = require "saddle.attempt"
local options = require "saddle.options"
local read = require "saddle.store.read"
local where = require "saddle.store.where"
require("saddle.tree").module()

local fail, choose = read.fail, {}

--- The rows of the jobs of that name, or of the only name there is.
local function jobs_of(st, wanted)
  local rows, names = read.jobs(st.db), {}
  for _, row in ipairs(rows) do
    if not names[row.name] then names[#names + 1], names[row.name] = row.name, {} end
    table.insert(names[row.name], row)
  end
  if wanted == nil and #names == 1 then wanted = names[1] end
  if wanted and names[wanted] then return names[wanted] end
  if #names == 0 then fail(st, "has no runs") end
  if wanted then fail(st, "has no runs of '%s' (%s)", wanted, options.hint(wanted, names)) end
  fail(st, "has runs of several experiments: say which, '%s'", table.concat(names, "', '"))
end

--- The condition as SQL, tried on no run, so that what SQLite says of it is told as such.
local function condition(st, jobs, text)
  if not text then return nil, {} end
  local names = read.names(st.db, jobs)
  local sql, used = where.sql(text, names)
  local good, wrong = pcall(st.db.first, st.db,
    "SELECT 1 FROM run JOIN job ON job.id = run.job WHERE " .. sql .. " LIMIT 0")
  if not good then
    if attempt.interrupted(wrong) then error(wrong, 0) end
    wrong = read.plain(wrong):gsub("^store .-: ", ""):gsub(", in: .*$", "")
    where.fail(text, ("%s (%s)"):format(wrong, where.hint(names)))
  end
  return sql, used
end

local function matching(st, o)
  local rows = jobs_of(st, o.experiment)
  local jobs, by_id = {}, {}
  for k, row in ipairs(rows) do jobs[k], by_id[row.id] = row.id, row end
  local sql, used = condition(st, jobs, o.where)
  local status = o.status or (used.status or used.error) and "all" or "done"
  if status == "all" then status = nil end
  local chosen = { status = status, all = o.all, where = sql }
  return { jobs = by_id, name = rows[1].name, rows = read.rows(st.db, jobs, chosen),
    counts = read.counts(st.db, jobs, { all = o.all, where = sql }) }
end

--- The runs that o asks for: see above. All is read in one state of the store.
function choose.matching(st, o)
  return st.db:transaction(function() return matching(st, o) end)
end

--- Those of a list of runs' numbers that are done.
function choose.listed(st, ids)
  local rows, by_id, name = read.done(st.db, ids), {}, nil
  for _, job in ipairs(read.jobs(st.db)) do by_id[job.id] = job end
  local jobs = {}
  for _, row in ipairs(rows) do
    jobs[row.job], name = by_id[row.job], by_id[row.job].name
  end
  return { jobs = jobs, name = name or "no experiment", rows = rows }
end

return choose
