--- Claims: a theorem, a lemma or a property of a figure as a check that can fail.
--
--   return sd.claim{ id = "paper.lemma_1", source = "Lemma 1, (3)",
--     statement = "the step contracts by 1 - eta",
--     params = { n = { 2, 20 }, seed = sd.seeds(3),
--       { eta = 0.5 }, { eta = 3, expect = "not applicable" } },
--     broken = { "step" },
--     check = function(c, p)
--       if not c:assume("eta < 1", p.eta, "<", 1) then return end
--       local x = c.rng:randn(p.n, 1)
--       local after = x - (c.broken == "step" and -1 or 1) * p.eta * x
--       c:conclude("(3)", sd.norm(after), "<=", (1 - p.eta) * sd.norm(x),
--         { tol = c:roundoff(x, { steps = 1 }) })
--     end }
--
--   id          letters, digits, _ . and -: a paper and a statement of it
--   source      where it stands        statement   what it says, in words
--   params      its cases (claim/cases.lua); smoke, full: other common values for these tiers
--   check       what is assumed and concluded of one case (claim/audit.lua). `p` has the case's
--               parameters and p.seed; it is read only, and a name that it does not have an error
--   broken      names of twins: each is the check with c.broken = its name, in which something is
--               wrong on purpose. All cases that are expected to hold are run with each. A check
--               that cannot fail is no check: a claim has at least one twin, unless a case of it is
--               expected to be "violated"
--   expect      what is expected where an alternative does not say: "holds"
--   surrogate   what was put in place of o(1), polylogarithms and unnamed constants, fixed before
--               running; verdicts are then printed as those of a surrogate
--   level       of the intervals of c:rate, 0.99
--   unconditional=true   there are no hypotheses
--
-- A claim is a job, as an experiment is: job.kind, job.name, job.params, and
--
--   job:points{tier="quick"} -> list of values    the cases, then the twins' (values.broken)
--   job:execute(values[, context]) -> {status=, error=, metrics={verdict=, margin=, which=,
--     detail=}, arrays=}   one of them; detail is JSON: all that was assumed, concluded and noted
--   job:judge(list of {values=, outcome=}) -> report      what they say together (claim/judge.lua)
--   job:expected(values) -> verdict, or nil where that is no case
--
-- and, for the prompt, job:check{tier=} -> report, and job:case{name = value, ...} -> outcome with
-- all statements when it is printed; what is left out is the first value.
local attempt = require "saddle.attempt"
local audit = require "saddle.claim.audit"
local cases = require "saddle.claim.cases"
local check = require "saddle.check"
local core = require "saddle.core"
local json = require "saddle.json"
local judge = require "saddle.claim.judge"
local options = require "saddle.options"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local claim, methods = {}, {}
local FIELDS <const> = { "broken", "check", "expect", "full", "id", "level", "params", "smoke",
  "source", "statement", "surrogate", "unconditional" }
local LEVEL <const> = 0.99

-- ---- making one ---------------------------------------------------------------------------------

--- The list of twins, of a claim with that grid.
local function read_broken(id, broken, grid)
  if broken == nil then broken = {} end
  if type(broken) ~= "table" or getmetatable(broken) ~= nil then
    fail("claim %s: 'broken' must be a list of names, got %s", id, core.show(broken))
  end
  local seen, holds, violated = {}, false, false
  for k, name in ipairs(broken) do
    if not check.is_name(name) or seen[name] then
      fail("claim %s: twin %d must have a name of its own, got %s", id, k, core.show(name))
    end
    seen[name] = true
  end
  for _, row in ipairs(grid.rows) do
    if row.tier == 1 then
      holds, violated = holds or row.expect == "holds", violated or row.expect == "violated"
    end
  end
  if #broken == 0 and not violated then
    fail("claim %s: a check that cannot fail is no check: name at least one twin in 'broken'", id)
  end
  if #broken > 0 and not holds then
    fail("claim %s: a twin must fail where a case holds, and none is expected to in each tier", id)
  end
  return table.move(broken, 1, #broken, 1, {})
end

--- sd.claim{id=, ...} -> job, as above.
function claim.claim(given)
  local wrong = given == nil and "needs a table" or options.wrong(given, FIELDS)
  if wrong then fail("claim: %s", wrong) end
  local id = given.id
  if type(id) ~= "string" or not id:match "^%w[%w_.-]*$" or #id > 100 then
    fail("claim: 'id' must be of letters, digits, _ . and - (100 at most), got %s", core.show(id))
  end
  local what = "claim " .. id
  local expect = cases.word(id, "'expect'", given.expect, cases.VERDICTS, "holds")
  local grid = cases.read(id, given.params == nil and {} or given.params, given, expect)
  local job = { kind = "claim", name = id, params = grid.entries, grid = grid,
    source = check.text(what, "'source'", given.source),
    statement = check.text(what, "'statement'", given.statement),
    surrogate = given.surrogate and check.text(what, "'surrogate'", given.surrogate),
    run = check.callable(what, "'check'", given.check),
    broken = read_broken(id, given.broken, grid),
    level = check.fraction(what, "'level'", given.level, LEVEL),
    unconditional = check.flag(what, "'unconditional'", given.unconditional) }
  return setmetatable(job, { __index = methods, __name = "claim",
    __tostring = function()
      return ("claim %s: %s (%s)"):format(id, job.statement, job.source)
    end })
end

-- ---- points -------------------------------------------------------------------------------------

--- job:points{tier=} -> list of values, those of the twins last.
function methods:points(choice)
  choice = check.options("points", choice, { "tier" })
  local tier = check.word("points", "option 'tier'", choice.tier, cases.TIERS, "quick")
  local list, all = {}, cases.expand(self.grid, tier)
  for k, case in ipairs(all) do list[k] = case.values end
  for _, name in ipairs(self.broken) do
    for _, case in ipairs(all) do
      if case.row.expect == "holds" then
        local twin = { broken = name }
        for field, v in pairs(case.values) do twin[field] = v end
        list[#list + 1] = twin
      end
    end
  end
  return list
end

function methods:expected(values) return cases.expected(self.grid, values) end

-- ---- running one --------------------------------------------------------------------------------

local function outcome_of(state, verdict, reason, deciding)
  return { status = verdict == "error" and "failed" or "done",
    error = verdict == "error" and reason or nil, arrays = state.arrays,
    metrics = { verdict = verdict, margin = deciding and deciding.margin,
      which = deciding and deciding.name, detail = audit.detail(state, reason) } }
end

--- job:execute(values) -> outcome. Raises nothing but "interrupted!".
function methods:execute(values)
  local c, state = audit.new { rng = core.rng(values.seed or 1, self.name),
    broken = values.broken, level = self.level, unconditional = self.unconditional }
  local twin = values.broken
  if twin ~= nil and not cases.index_of(self.broken, twin) then
    return outcome_of(state, "error", "there is no twin " .. core.show(twin))
  end
  local ok, why = attempt.call(self.run, c, attempt.parameters(cases.honest(values)))
  if not ok then return outcome_of(state, "error", why) end
  return outcome_of(state, audit.verdict(state))
end

-- ---- judging ------------------------------------------------------------------------------------

--- A verdict as it is printed: what was fixed in place of unnamed constants goes with it.
function methods:shown(verdict)
  local decided = verdict == "holds" or verdict == "violated"
  return verdict .. (self.surrogate and decided and " (surrogate)" or "")
end

function methods:judge(list) return judge(self, list) end

--- job:check{tier=} -> report.
function methods:check(choice)
  local list = {}
  for k, values in ipairs(self:points(choice)) do
    list[k] = { values = values, outcome = self:execute(values) }
  end
  return self:judge(list)
end

-- ---- at the prompt ------------------------------------------------------------------------------

local function lines_of_case(job, values, outcome)
  local detail, verdict = json.decode(outcome.metrics.detail), outcome.metrics.verdict
  local expect = not values.broken and job:expected(values) or verdict
  local lines = { ("%s, %s: %s%s"):format(job.name, cases.text(values), job:shown(verdict),
    expect ~= verdict and ", where it should be " .. expect or "") }
  for _, kind in ipairs { "hypotheses", "conclusions" } do
    if #detail[kind] > 0 then lines[#lines + 1] = "  " .. kind end
    for _, s in ipairs(detail[kind]) do
      lines[#lines + 1] = ("  %s %s"):format(s.holds and "  " or " !", s.text)
    end
  end
  local notes = {}
  for name, v in pairs(detail.notes) do
    notes[#notes + 1] = ("  note %s: %s"):format(name, tostring(v))
  end
  table.sort(notes)
  table.move(notes, 1, #notes, #lines + 1, lines)
  if outcome.error then lines[#lines + 1] = outcome.error end
  return lines
end

--- job:case{name = value, ...} -> outcome, which prints as all that was assumed and concluded.
-- `broken` plays a twin.
function methods:case(given)
  if given == nil then given = {} end
  if type(given) ~= "table" then
    fail("case: needs a table of parameters, got %s", core.show(given))
  end
  local values = cases.complete(self.grid, given)
  if values.broken ~= nil then check.word("case", "'broken'", values.broken, self.broken) end
  local outcome = self:execute(values)
  outcome.values = values
  return setmetatable(outcome, { __name = "outcome", __tostring = function()
    return table.concat(lines_of_case(self, values, outcome), "\n")
  end })
end

return claim
