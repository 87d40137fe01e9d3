--- What a saddle program of a benchmark needs; bench.py and bench.h are the same for its peers.
--
-- The driver (run.lua) starts a program with words name=value: the numbers and words of the case,
-- data= (a directory with the matrices of the case), seconds= (of a block) and steps=. It does
-- `steps` steps from the data and makes one number of what came out, which must be that of its
-- peers; then it times steps in blocks, and prints
--
--   who <tab> seconds of one step <tab> the number
--
-- Time is the processor's, which is wall time of one thread on an idle machine, and little more on
-- a busy one. With seconds=0 nothing is timed.
local sd = require "saddle"

local bench = { p = {} } -- p: the words

for _, word in ipairs(arg) do
  local name, value = word:match "^(%w+)=(.*)$"
  bench.p[name] = math.tointeger(value) or tonumber(value) or value
end

--- The matrix of that name, f64.
function bench.load(name) return sd.load(bench.p.data .. "/" .. name .. ".npy") end

--- sum_k sin(k) x_k over the elements of all matrices and numbers given, in column-major order and
-- k counting on: no two elements can be exchanged unseen.
function bench.fingerprint(...)
  local sum, k = 0, 0
  for _, x in ipairs { ... } do
    if type(x) == "number" then x = sd.full(1, 1, x) end
    local n = x.rows * x.cols
    sum = sum + sd.dot(x:reshape(n, 1), sd.sin(sd.linspace(k + 1, k + n, n)))
    k = k + n
  end
  return sum
end

local BLOCKS <const> = 3

--- Seconds of one step, the median of blocks: run(n) does n steps. A block is made long enough for
-- the clock; steps that are themselves long are a block each, and need not be repeated.
local function measure(run)
  local function block(n)
    local start = os.clock()
    run(n)
    return os.clock() - start
  end
  local n, least = 1, bench.p.seconds
  local time = block(n)
  while time < least do
    n = math.ceil(n * math.min(math.max(1.2 * least / (time + 1e-9), 2), 100))
    time = block(n)
  end
  local times, total = { time }, time
  while #times < BLOCKS and total < 2 * BLOCKS * least do
    times[#times + 1] = block(n)
    total = total + times[#times]
  end
  table.sort(times)
  return times[(#times + 1) // 2] / n
end

--- Prints the result of a contestant; of a compiled step the plan is written to plan= (a file).
function bench.report(who, value, run, plan)
  local seconds = bench.p.seconds > 0 and measure(run) or 0
  if plan and bench.p.plan and who == "saddle" then
    local f = assert(io.open(bench.p.plan, "w"))
    f:write(plan:explain())
    f:close()
  end
  print(("%s\t%.17g\t%.17g"):format(who, seconds, value))
end

return bench
