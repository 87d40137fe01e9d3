--- What a claim's cases say together.
--
-- A claim stands where each case has the verdict that is expected of it, and each twin, which is
-- broken on purpose, came out violated in a case whose honest verdict is holds: only then could the
-- check have failed. Its verdict is the first of these that some case has: "holds", "violated" (of
-- a false statement), "not applicable". Where it does not stand, the verdict is the worst that was
-- not expected, "error", "violated", "not applicable", "holds" in this order, or "error" where a
-- twin passed.
local cases = require "saddle.claim.cases"
local json = require "saddle.json"
local margin = require "saddle.claim.margin"

local SHOWN <const> = 5 -- unexpected cases that are listed
local WORST_FIRST <const> = { "error", "violated", "not applicable", "holds" }
local BEST_FIRST <const> = { "holds", "violated", "not applicable" }

--- The verdict of an outcome, whatever became of it.
local function verdict_of(outcome)
  return outcome.status == "done" and outcome.metrics.verdict or "error"
end

--- The first line of why the outcome is what it is.
local function reason_of(outcome)
  if outcome.error then return outcome.error:match "^[^\n]*" end
  return json.decode(outcome.metrics.detail).reason
end

--- Counts the verdicts of the honest cases; gathers those that are not as expected, the least
-- margin, and which cases hold.
local function honest(job, list)
  local found = { counts = {}, unexpected = {}, expected = {}, holds = {} }
  for _, case in ipairs(list) do
    if not case.values.broken then
      local verdict, expect = verdict_of(case.outcome), job:expected(case.values)
      found.counts[verdict] = (found.counts[verdict] or 0) + 1
      if verdict == expect then found.expected[verdict] = true
      else
        found.unexpected[#found.unexpected + 1] = { values = case.values, verdict = verdict,
          expect = expect, reason = reason_of(case.outcome) }
      end
      if verdict == "holds" then
        found.holds[cases.key(case.values)] = true
        local m = case.outcome.metrics
        if not found.worst or m.margin < found.worst.margin then
          found.worst = { margin = m.margin, which = m.which, values = case.values }
        end
      end
    end
  end
  return found
end

--- {name=, caught=, of=, first= (values of the first that is caught), error=} for each twin.
local function twins(job, list, holds)
  local out, by_name = {}, {}
  for k, name in ipairs(job.broken) do
    out[k] = { name = name, caught = 0, of = 0 }
    by_name[name] = out[k]
  end
  for _, case in ipairs(list) do
    local twin = by_name[case.values.broken]
    if twin and holds[cases.key(case.values)] then
      twin.of = twin.of + 1
      local verdict = verdict_of(case.outcome)
      if verdict == "violated" then
        twin.caught, twin.first = twin.caught + 1, twin.first or case.values
      elseif verdict == "error" then
        twin.error = twin.error or reason_of(case.outcome)
      end
    end
  end
  return out
end

--- Why a twin that was never violated is of no use.
local function twin_problem(twin)
  local what = ("the broken twin '%s' "):format(twin.name)
  if twin.of == 0 then return what .. "was run in no case that holds" end
  if twin.error then return what .. "is violated nowhere, and ends in an error: " .. twin.error end
  return what .. "passes: this check cannot fail"
end

local function first_of(words, set)
  for _, word in ipairs(words) do if set[word] then return word end end
end

--- What is wrong, as sentences, and the claim's verdict.
local function conclude(report, found)
  local problems, verdicts = {}, {}
  for _, case in ipairs(found.unexpected) do
    verdicts[case.verdict] = true
    if #problems < SHOWN then
      problems[#problems + 1] = ("%s, %s: %s; %s"):format(case.verdict,
        case.expect and "where it should be " .. case.expect or "in what is no case of the claim",
        cases.text(case.values), case.reason)
    end
  end
  local more = #found.unexpected - #problems
  if more > 0 then problems[#problems + 1] = ("and %d more such cases"):format(more) end
  local verdict = first_of(WORST_FIRST, verdicts)
  for _, twin in ipairs(report.twins) do
    if twin.caught == 0 then
      problems[#problems + 1] = twin_problem(twin)
      verdict = verdict or "error"
    end
  end
  if next(found.counts) == nil then problems, verdict = { "no case was run" }, "error" end
  report.problems, report.ok = problems, #problems == 0
  report.verdict = verdict or first_of(BEST_FIRST, found.expected)
end

--- The report as lines of text.
local function lines_of(job, report)
  local counts = {}
  for _, word in ipairs(WORST_FIRST) do
    if report.counts[word] then
      table.insert(counts, 1, ("%d %s"):format(report.counts[word], job:shown(word)))
    end
  end
  local lines = { ("%-4s %s: %s"):format(report.ok and "ok" or "FAIL", job.name,
    job:shown(report.verdict)), ("     %s: %s"):format(job.source, job.statement),
    "     cases: " .. (#counts > 0 and table.concat(counts, ", ") or "none") }
  if job.surrogate then lines[#lines + 1] = "     surrogate: " .. job.surrogate end
  local worst = report.worst
  if worst then
    lines[#lines + 1] = ("     least margin: %s in %s at %s"):format(margin.text(worst.margin),
      worst.which, cases.text(worst.values))
  end
  for _, twin in ipairs(report.twins) do
    lines[#lines + 1] = ("     twin '%s': violated in %d of %d cases"):format(twin.name,
      twin.caught, twin.of)
  end
  for _, problem in ipairs(report.problems) do lines[#lines + 1] = "   ! " .. problem end
  return lines
end

local meta = { __name = "report", __tostring = function(r) return table.concat(r.lines, "\n") end }

--- judge(job, list of {values=, outcome=}) -> {id=, verdict=, ok=, surrogate=, counts= (verdict ->
-- number), worst= {margin=, which=, values=} or nil, twins= list of {name=, caught=, of=, first=,
-- error=}, problems= and lines= (lists of text)}. Order of the list: any.
return function(job, list)
  local found = honest(job, list)
  local report = { id = job.name, surrogate = job.surrogate, counts = found.counts,
    worst = found.worst, twins = twins(job, list, found.holds) }
  conclude(report, found)
  report.lines = lines_of(job, report)
  return setmetatable(report, meta)
end
