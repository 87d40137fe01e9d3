--- saddle check [FILE|PATTERN ...]: the verdicts on claims.
local attempt = require "saddle.attempt"
local command = require "saddle.command"
local core = require "saddle.core"
local job = require "saddle.command.job"
local json = require "saddle.json"
local library = require "saddle.claim.library"
local margin = require "saddle.claim.margin"
local page = require "saddle.claim.page"
local read = require "saddle.store.read"
local write_file = require "saddle.write_file"
require("saddle.tree").module()

local KEPT <const> = "saddle-check.json" -- cases of a check that is not as expected

-- ---- running ------------------------------------------------------------------------------------

--- A store that is gone at the end of its scope.
local function temporary()
  local path = os.tmpname()
  return setmetatable({ path = path }, { __close = function()
    for _, ending in ipairs { "", "-wal", "-shm", "-journal", "-locks" } do
      os.remove(path .. ending)
    end
  end })
end

--- Puts the verdict beside the runs, where reports find it.
local function note(st, session, tier, report)
  local value = json.encode { tier = tier, verdict = report.verdict, ok = report.ok,
    counts = report.counts, worst = report.worst, twins = json.list(report.twins),
    problems = json.list(report.problems), lines = report.lines }
  st.db:run([[INSERT OR REPLACE INTO note(job, name, value, created)
    SELECT job, 'verdict', ?, ? FROM run WHERE id = ?]], value, core.process.time(),
    session.runs[1])
end

--- All cases of a claim in workers -> its report, and the list of {values=, outcome=}.
local function check(loaded, tier, options)
  local scope <close> = options.store and setmetatable({}, { __close = function() end })
    or temporary()
  local points = loaded.job:points { tier = tier }
  local given = { store = options.store or scope.path, jobs = options.jobs, sync = options.sync,
    retry = options.retry, changed = options.changed }
  return table.unpack(job.session(loaded, points, given, function(st, session)
    local list = {}
    for k, values in ipairs(points) do
      list[k] = { values = values, outcome = read.outcome(st.db, session.runs[k]) }
    end
    local report = loaded.job:judge(list)
    if options.store then note(st, session, tier, report) end
    return { report, list }
  end))
end

-- ---- what is said and kept ----------------------------------------------------------------------

--- One line a claim, and what is wrong below it.
local function show(claim, report, seconds)
  local worst = report.worst
  print(("%-4s %-40s %-20s %s%.1f s"):format(report.ok and "ok" or "FAIL", claim.name,
    claim:shown(report.verdict), worst and ("least margin %s in %s, "):format(
      margin.text(worst.margin), worst.which) or "", seconds))
  for _, problem in ipairs(report.problems) do print("   ! " .. problem) end
end

--- What the file of --json has of a claim.
local function entry_of(loaded, report, list, seconds)
  local claim, cases = loaded.job, json.list {}
  for k, case in ipairs(list) do
    local m = case.outcome.metrics
    cases[k] = { values = case.values, verdict = m.verdict or "error", margin = m.margin,
      which = m.which, expect = not case.values.broken and claim:expected(case.values) or nil,
      error = case.outcome.error, detail = m.detail and json.decode(m.detail) }
  end
  return { id = claim.name, file = loaded.file, hash = loaded.hash, source = claim.source,
    statement = claim.statement, surrogate = claim.surrogate, verdict = report.verdict,
    ok = report.ok, counts = report.counts, worst = report.worst,
    twins = json.list(report.twins), problems = json.list(report.problems), cases = cases,
    seconds = seconds }
end

local function write(path, text)
  local good, wrong = write_file(path, text)
  if not good then command.fail("cannot write %s: %s", path, wrong) end
end

-- ---- replaying ----------------------------------------------------------------------------------

--- Whether a value has the shape of what --json writes, as far as it is read here.
local function is_report(value)
  if type(value) ~= "table" or type(value.claims) ~= "table" then return false end
  for _, entry in ipairs(value.claims) do
    if type(entry) ~= "table" or type(entry.file) ~= "string" or type(entry.cases) ~= "table"
      or type(entry.problems) ~= "table" then
      return false
    end
    for _, case in ipairs(entry.cases) do
      if type(case) ~= "table" or type(case.values) ~= "table" then return false end
    end
  end
  return true
end

--- The table in a file that --json has written.
local function read_json(path)
  local file <close>, wrong = io.open(path, "rb")
  if not file then command.fail("%s", wrong) end
  local value = command.guard(json.decode, file:read "a" or "")
  if not is_report(value) then
    command.fail("%s was not written by saddle check --json", path)
  end
  return value
end

--- Runs the cases of the file again that were not as expected, in this process, and shows all that
-- they assume and conclude, or what else was wrong with their claim -> the exit status.
local function replay(path)
  local count, again = 0, 0
  for _, entry in ipairs(read_json(path).claims) do
    local loaded
    local before = count
    for _, case in ipairs(entry.cases) do
      if case.expect and case.expect ~= case.verdict then
        loaded = loaded or command.guard(library.load, entry.file)
        if loaded.hash ~= entry.hash then print(entry.file .. " has changed since then") end
        local outcome = command.guard(loaded.job.case, loaded.job, case.values)
        print(tostring(outcome))
        count = count + 1
        again = again + (outcome.metrics.verdict ~= case.expect and 1 or 0)
        entry.hash = loaded.hash -- which is said once
      end
    end
    if count == before then
      for _, problem in ipairs(entry.problems) do
        print(("%s: %s"):format(entry.id or entry.file, problem))
      end
    end
  end
  print(("%d of the cases were not as expected, %d of them are not now"):format(count, again))
  return again > 0 and 1 or 0
end

--- Writes the page of the folder that all the claims lie in.
local function write_page(entries, tier)
  local folder
  for _, entry in ipairs(entries) do
    local own = entry.file:match "^(.*)/[^/]*$"
    if folder and own ~= folder then command.fail("--page is about the claims of one folder") end
    folder = own
  end
  write(folder .. "/README.md", page(folder, entries, tier))
  print(("page: %s/README.md"):format(folder))
end

-- ---- the command --------------------------------------------------------------------------------

local function count_of(n, what) return ("%d %s%s"):format(n, what, n == 1 and "" or "s") end

--- Checks the claim of one file and shows its verdict -> its entry in the file of --json.
local function check_file(file, tier, options, alone)
  local good, loaded = pcall(library.load, file)
  if not good then
    if attempt.interrupted(loaded) then error(loaded, 0) end
    print(("FAIL %s\n   ! %s"):format(file, loaded))
    return { file = file, ok = false, problems = { loaded }, verdict = "error",
      cases = json.list {} }
  end
  local start = core.now()
  local report, list = command.guard(check, loaded, tier, options)
  local seconds = core.now() - start
  if alone then print(report) else show(loaded.job, report, seconds) end
  return entry_of(loaded, report, list, seconds)
end

return {
  usage = "check [FILE|PATTERN ...] [options]",
  about = "Checks claims: scripts that return sd.claim{...}. A pattern is a part of the names of\n"
    .. "those that come with saddle, as overparam_gan/theorem; without one all are checked.\n"
    .. "The status is 1 when a verdict is not the expected one or a broken twin passes; the\n"
    .. "cases are kept then, in " .. KEPT .. " where --json names no file.",
  flags = {
    { "--smoke", nil, "few and small cases" },
    { "--quick", nil, "the cases that a claim is made for (default)" },
    { "--full", nil, "many and large cases" },
    job.jobs,
    { "--json", "FILE", "write verdicts and all cases to this file" },
    { "--replay", "FILE", "show the cases of such a file again that were not as expected" },
    { "--store", "DB", "keep the cases in this store (and take from there what is done)" },
    { "--page", nil, "write the verdicts as README.md beside the claims, all of one folder" },
    { "--list", nil, "print the names of the claims and check none" },
    job.retry, job.changed, job.sync,
  },
  run = function(words, options)
    if options.replay then return replay(options.replay) end
    local tier = options.smoke and "smoke" or options.full and "full" or "quick"
    local files = command.guard(library.files, words)
    if options.list then
      for _, file in ipairs(files) do print(file) end
      return 0
    end
    local entries, bad, start = json.list {}, 0, core.now()
    for k, file in ipairs(files) do
      entries[k] = check_file(file, tier, options, #files == 1)
      bad = bad + (entries[k].ok and 0 or 1)
    end
    print(("%s (%s), %d not as expected; %.1f s"):format(count_of(#files, "claim"), tier, bad,
      core.now() - start))
    local file = options.json or bad > 0 and KEPT
    if file then
      write(file, json.encode({ tier = tier, ok = bad == 0, version = core.version,
        claims = entries }, { indent = 2 }) .. "\n")
    end
    if options.page then write_page(entries, tier) end
    if bad > 0 then
      print(("see the cases by: saddle check --replay %s"):format(command.word(file)))
    end
    return bad > 0 and 1 or 0
  end,
}
