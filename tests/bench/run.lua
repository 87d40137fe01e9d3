--- Times saddle against its peers:  build/saddle tests/bench/run.lua [only=NAME] [rounds=5]
--
-- A workload is a directory here: work.lua says what it is, its cases and targets, and makes their
-- data; every other program in it is run: .lua by saddle, .py by Python, .c compiled by make
-- (bench.lua says how programs and driver speak). One workload more is one directory more.
--
-- work.lua returns a table:
--   title=, axis=   of its panel in the figure, and what varies there (no axis: no panel)
--   cases=          a list of tables of numbers, with way= a word where there are several ways
--   reference=      which case, and it by its other ways, the targets are meant for; the others
--                   tell whether it is alone
--   steps=          done before values are compared
--   data=           function(case, rng) -> {name = matrix}
--   targets=        function(case) -> {who = how many times faster than it saddle should be,
--                   seconds = how long saddle may take}
--
-- Programs run in alternating rounds and on one thread; medians over the rounds are compared. All
-- programs of a case must first get the same number out of the same data, else there is no ratio.
-- Results go to the terminal and, in the directory of the build, to bench.jsonl (every time that
-- was measured), bench.md (the medians), bench.svg and bench.png; of one workload to
-- bench_NAME.jsonl and so on. The plans of saddle's steps, as plan:explain() tells them, are in
-- bench_NAME_1.txt and so on, by case.
-- quick=true does the first case of each way, compares, and times nothing.
local sd = require "saddle"
local report = require "tests.bench.report"

-- The programs do the same arithmetic in different orders. After some steps from data of order 1
-- a sum over the changes carries a few thousand roundings of 1.1e-16, against changes no smaller
-- than 1e-5 of the data (the least learning rate): 1e-9 leaves room, and any other formula is
-- farther off by orders.
local TOLERANCE <const> = 1e-9

local p = sd.args(arg, {
  { "only", "", "one workload (empty: all)" },
  { "rounds", 5, "rounds of all programs", whole = true, from = 1 },
  { "seconds", 0.2, "length of a timed block", above = 0 },
  { "quick", false, "compare the first cases, time nothing" },
  { "build", "build", "directory of the build" },
  { "from", "tests/bench", "directory of the workloads" } })

local scratch -- a directory for the data of a case, this run's own

local function clean() if scratch then os.execute(("rm -rf '%s'"):format(scratch)) end end

local function fail(...)
  clean()
  io.stderr:write("bench: ", string.format(...), "\n")
  os.exit(1, true)
end

--- The lines that a shell command prints, and whether it succeeded.
local function lines(command)
  local list, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do list[#list + 1] = line end
  return list, pipe:close() or false
end

-- ---- what there is ------------------------------------------------------------------------------

local python = {} -- module -> what imports it, "" when nothing does

--- A Python that can import the module: $PYTHON, Debian's (packages of Debian serve no other), the
-- first on the path. Empty when there is none.
local function find_python(module)
  for _, program in ipairs { os.getenv "PYTHON" or "", "/usr/bin/python3", "python3" } do
    local try = ("%s -c 'import importlib.util as u, sys; sys.exit(u.find_spec(\"%s\") is None)'")
    if program ~= "" and os.execute(try:format(program, module) .. " 2>/dev/null") then
      return program
    end
  end
  return ""
end
local function python_with(module)
  python[module] = python[module] or find_python(module)
  return python[module]
end

--- The command of a program, or nil and who cannot take part.
local function command_of(work, file)
  local name, kind = file:match "^(.*)%.(%w+)$"
  local path = ("%s/%s/%s"):format(p.from, work.name, file)
  if kind == "lua" then return p.build .. "/saddle " .. path end
  if kind == "c" then return ("%s/bench/%s/%s"):format(p.build, work.name, name) end
  local module = name:match "^with_([%w_]+)$" or fail("%s: not named with_MODULE.py", path)
  local interpreter = python_with(module)
  if interpreter == "" then return nil, module end
  return ("PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/bench %s %s"):format(interpreter, path)
end

--- The workload with its programs; a quick run leaves torch, whose import takes a second, out where
-- another peer can be compared with.
local function load_work(name)
  local work = assert(loadfile(("%s/%s/work.lua"):format(p.from, name)))()
  work.name, work.programs, work.absent = name, {}, {}
  local files = lines(("ls %s/%s"):format(p.from, name))
  for _, file in ipairs(files) do
    local spared = p.quick and file == "with_torch.py" and #files > 3
    if file ~= "work.lua" and file:find "%.%l+$" and not spared then
      local command, absent = command_of(work, file)
      table.insert(command and work.programs or work.absent, command or absent)
    end
  end
  return work
end

local function works()
  local list, names = {}, {}
  for _, path in ipairs(lines(("ls %s/*/work.lua"):format(p.from))) do
    local name = path:match "([^/]*)/work%.lua$"
    names[#names + 1] = name
    if p.only == "" or p.only == name then list[#list + 1] = load_work(name) end
  end
  if #list == 0 then
    fail("only=%s is no workload; there are: %s", p.only, table.concat(names, " "))
  end
  return list
end

-- ---- one case -----------------------------------------------------------------------------------

--- Runs a program of the case; adds what it says to results: who -> {seconds = {...}, value=}.
local function run(command, words, results)
  command = ("OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 %s %s"):format(command, words)
  local said, good = lines(command)
  if not good then fail("this failed: %s", command) end
  for _, line in ipairs(said) do
    local who, seconds, value = line:match "^([^\t]+)\t([^\t]+)\t([^\t]+)$"
    seconds, value = tonumber(seconds), tonumber(value) -- nil for nan and inf
    if not (seconds and value) then fail("not a result: '%s' of %s", line, command) end
    if not results[who] then
      results[who] = { who = who, seconds = {}, value = value }
      table.insert(results, results[who])
    end
    table.insert(results[who].seconds, seconds)
  end
end

--- Marks who disagrees with saddle; returns the largest relative difference of the values.
local function compare(results)
  local ours, worst = results.saddle, 0
  if not ours then fail("no program of this workload is saddle's") end
  for _, r in ipairs(results) do
    local off = r.value == ours.value and 0
      or math.abs(r.value - ours.value) / math.max(math.abs(ours.value), math.abs(r.value))
    r.agrees = off <= TOLERANCE
    worst = math.max(worst, off)
  end
  return worst
end

--- Runs a case: the results, with .worst, the largest difference.
local function run_case(work, k)
  local case = work.cases[k]
  local sized = setmetatable({ steps = work.steps }, { __index = case })
  for name, A in pairs(work.data(sized, sd.rng(1))) do
    sd.save(("%s/%s.npy"):format(scratch, name), A)
  end
  local words = ("data=%s seconds=%s steps=%d build=%s python=%s %s"):format(scratch,
    p.quick and 0 or p.seconds, work.steps, p.build,
    p.quick and python_with "numpy" or python_with "torch", report.label(case))
  local results = { plan = ("%s/bench_%s_%d.txt"):format(p.build, work.name, k) }
  if not p.quick then words = words .. " plan=" .. results.plan end
  for _ = 1, p.quick and 1 or p.rounds do
    for _, command in ipairs(work.programs) do run(command, words, results) end
  end
  results.work, results.case, results.worst = work, case, compare(results)
  return results
end

-- ---- all ----------------------------------------------------------------------------------------

local all, agreed, chosen = {}, true, works()
scratch = lines("mktemp -d")[1] or fail("mktemp cannot make a directory")
if not p.quick then report.heading(p) end
for _, work in ipairs(chosen) do
  local seen = {} -- ways
  for k, case in ipairs(work.cases) do
    if not (p.quick and seen[case.way or ""]) then
      seen[case.way or ""] = true
      local results = run_case(work, k)
      results.reference = report.resembles(work, case)
      all[#all + 1] = results
      for _, r in ipairs(results) do agreed = agreed and r.agrees end
      if p.quick then report.agreement(results) else report.case(results) end
    end
  end
end
clean()
if not p.quick then
  report.summary(all)
  local path = p.build .. "/bench" .. (p.only == "" and "" or "_" .. p.only)
  report.records(path .. ".jsonl", all, p)
  report.page(path .. ".md", all)
  report.figure(path, all)
end
os.exit(agreed, true)
