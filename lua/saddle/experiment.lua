--- Experiments: a function of parameters and a seed, with what is needed to run it at many points.
--
--   return sd.experiment { name = "widths", text = "does width help?",
--     params = { k = sd.param(64, "hidden width", { from = 1 }), eta = 1e-3 },
--     sweep = { k = { 16, 32, 64 }, seed = sd.seeds(20) }, quick = { seed = sd.seeds(2) },
--     run = function(p, log) ... return { loss = ..., ok = true } end,
--     summary = function(runs) ... return text end, plot = function(runs) ... return figure end }
--
-- run gets the parameters p, which cannot be written to, with p.seed and p.rng = sd.rng(p.seed,
-- name): runs of one seed draw the same numbers whatever their other parameters, so that
-- differences between them are paired. What it returns are metrics: numbers, booleans, strings of
-- UTF-8, matrices. log(t, {name = number or column}) makes curves, and log:checkpoint() says where
-- plan:iterate may keep its state (lua/saddle/experiment/log.lua). `sweep` is what `saddle sweep`
-- takes unless told otherwise, `quick` what it takes instead of these lists for a look
-- (lua/saddle/points.lua has what lists are).
--
-- `saddle figure` does a sweep, prints what summary makes of its runs (sd.runs), and draws the
-- figure that plot returns, which is what sd.plot takes.
--
-- The result is a job: kind, name, text, params (entries of lua/saddle/param.lua), sweep, quick,
-- plot, and the methods points, execute, help; claims are jobs, too. e:run{k=16} runs it at once.
local attempt = require "saddle.attempt"
local check = require "saddle.check"
local core = require "saddle.core"
local log = require "saddle.experiment.log"
local param = require "saddle.param"
local points = require "saddle.points"
local options = require "saddle.options"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local experiment = {}

local Experiment = {}
Experiment.__index = Experiment

local KEYS <const> = { "name", "params", "plot", "quick", "run", "summary", "sweep",
  "text" }

--- sd.seeds(n) -> {1, ..., n}; sd.seeds(a, b) -> {a, ..., b}.
function experiment.seeds(a, b)
  local from, to = b and a or 1, b or a
  for _, v in ipairs { from, to or false } do
    if type(v) ~= "number" or not math.tointeger(v) or v < 0 then
      fail("seeds: seeds are whole numbers from 0, got %s", core.show(v or nil))
    end
  end
  from, to = math.tointeger(from), math.tointeger(to)
  if to < from then fail("seeds: there are none from %d to %d", from, to) end
  if to - from >= 1000000 then fail("seeds: %d are more than 1000000", to - from + 1) end
  local list = {}
  for seed = from, to do list[#list + 1] = seed end
  return list
end

-- ---- making one ---------------------------------------------------------------------------------

--- Raises unless the table of sd.experiment is what it says above.
local function check_given(given)
  if type(given) ~= "table" then
    fail("experiment: needs a table {name=, run=, ...}, got %s", core.show(given))
  end
  local wrong = options.wrong(given, KEYS)
  if wrong then fail("experiment: %s", wrong) end
  local name = given.name
  if type(name) ~= "string" or not name:find "^[%w_][%w_.-]*$" or #name > 100 then
    fail("experiment: 'name' must be letters, digits, _ . - (it names files), got %s",
      core.show(name))
  end
  if given.text ~= nil then check.text("experiment " .. name, "'text'", given.text) end
  for key, needed in pairs { run = true, plot = false, summary = false } do
    local f = given[key]
    if (needed or f ~= nil) and not core.tracing.callable(f) then
      fail("experiment %s: '%s' must be a function, got %s", name, key, core.show(f))
    end
  end
end

--- sd.experiment{name=, run=[, params=, sweep=, quick=, summary=, plot=,
-- text=]} -> job.
function experiment.experiment(given)
  check_given(given)
  local where = "experiment " .. given.name
  local entries, wrong = param.entries(given.params or {})
  if not entries then fail("%s: %s", where, wrong) end
  local job = { kind = "experiment", name = given.name, text = given.text, params = entries,
    plot = given.plot, summary = given.summary, body = given.run }
  for _, key in ipairs { "sweep", "quick" } do
    job[key] = param.at_script(where .. ": " .. key, points.lists, entries, given[key])
  end
  return setmetatable(job, Experiment)
end

-- ---- points -------------------------------------------------------------------------------------

--- job:points([choice[, {quick=, random=n, search=seed}]]) -> list of values: the grid of the
-- sweep, with the lists of choice (points.choice, or a table such as `sweep`) in place of its own;
-- with quick, those of `quick` come between; with random, n points drawn instead, by the search's
-- seed (1).
function Experiment:points(choice, given)
  local where = "experiment " .. self.name
  local wrong = options.wrong(given, { "quick", "random", "search" })
  if wrong then fail("%s: points: %s", where, wrong) end
  local o, lists = given or {}, {}
  for name, list in pairs(self.sweep) do lists[name] = list end
  if o.quick then
    for name, list in pairs(self.quick) do lists[name] = list end
  end
  if o.random then
    return param.at_script(where, points.random, self.params, lists, choice, o.random, o.search)
  end
  return param.at_script(where, points.grid, self.params, lists, choice)
end

-- ---- running ------------------------------------------------------------------------------------

--- What p of a run has: the values and the rng.
local function parameters(job, values)
  local all = { rng = core.rng(values.seed, job.name) }
  for name, v in pairs(values) do all[name] = v end
  return attempt.parameters(all)
end

--- Puts what run returned into metrics and arrays of the outcome; returns a sentence when it is
-- nothing that can be kept.
local function keep(job, outcome, result)
  if result == nil then return nil end
  if type(result) ~= "table" then
    return "run must return a table of metrics or nothing, got " .. core.show(result)
  end
  for name, v in next, result do
    if type(name) ~= "string" then return "metrics have names, not " .. core.show(name) end
    local shown = "the metric " .. param.quote(name)
    if not check.is_name(name) then
      return shown .. " needs a name of at most 100 bytes of UTF-8 without control characters"
    end
    if param.find(job.params, name) then return shown .. " has the name of a parameter" end
    if core.tracing.issymbol(v) then return shown .. " has no value: it was traced" end
    if type(v) == "string" and not utf8.len(v) then
      return shown .. " is a string that is not UTF-8"
    end
    if core.ismatrix(v) and #v == 1 then v = v:item() end
    if core.ismatrix(v) then
      if outcome.curves[name] then return shown .. " is a matrix, and a curve of log, too" end
      outcome.arrays[name] = v.dtype == "f64" and v:clone() or v:to "f64"
    elseif type(v) == "number" or type(v) == "boolean" or type(v) == "string" then
      outcome.metrics[name] = v
    else
      return shown .. " must be a number, a boolean, a string or a matrix, got " .. core.show(v)
    end
  end
end

--- job:execute(values[, {log=, checkpoint=}]) -> {status = "done" or "failed", error = text with a
-- traceback, metrics =, arrays =, curves = {name = {t = row, data = rows x n}}}. `values` is one of
-- job:points. Raises nothing but "interrupted!", after Ctrl-C.
function Experiment:execute(values, context)
  local outcome = { status = "failed", metrics = {}, arrays = {}, curves = {} }
  local good, all = pcall(points.values, self.params, values)
  if not good then
    outcome.error = all
    return outcome
  end
  local record = log.new(context or {})
  local ok, result = attempt.call(self.body, parameters(self, all), record)
  outcome.curves = log.curves(record)
  if ok then
    outcome.error = keep(self, outcome, result)
    outcome.status = outcome.error and "failed" or "done"
  else
    outcome.error = result
  end
  if outcome.error then outcome.metrics, outcome.arrays = {}, {} end
  return outcome
end

--- e:run([{name = value}]) -> metrics and arrays in one table, outcome: one run, at the defaults
-- but for these. A run that failed raises its error.
function Experiment:run(given)
  local where = "experiment " .. self.name
  if given ~= nil and type(given) ~= "table" then
    fail("%s: run takes a table {name = value}, got %s", where, core.show(given))
  end
  local outcome = self:execute(param.at_script(where, points.values, self.params, given or {}))
  if outcome.error then error(("%s: %s"):format(where, outcome.error), 0) end
  local metrics = {}
  for _, part in ipairs { outcome.metrics, outcome.arrays } do
    for name, v in pairs(part) do metrics[name] = v end
  end
  return metrics, outcome
end

-- ---- texts --------------------------------------------------------------------------------------

--- The lists as words, in the order of parameters.
local function words(job, lists)
  local out = {}
  for _, entry in ipairs(job.params) do
    local list = lists[entry.name]
    if list then out[#out + 1] = "  " .. entry.name .. "=" .. points.text(entry, list) end
  end
  return out
end

--- job:help() -> text: what it is, its parameters, its sweep.
function Experiment:help()
  local lines = { self.name .. (self.text and ": " .. self.text or ""), "",
    "parameters, as name=value:" }
  table.move(param.table(self.params), 1, #self.params, #lines + 1, lines)
  for _, part in ipairs { { self.sweep, "a sweep takes:" },
    { self.quick, "a quick one takes instead:" } } do
    local list = words(self, part[1])
    if #list > 0 then
      lines[#lines + 1], lines[#lines + 2] = "", part[2]
      table.move(list, 1, #list, #lines + 1, lines)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- How a prompt shows it.
function Experiment:__tostring() return ("experiment %s"):format(self.name) end

return experiment
