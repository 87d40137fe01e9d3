--- sd.time: how long a call takes.
local core = require "saddle.core"
local tree = require "saddle.tree"
tree.module()

local ENOUGH <const>, BATCH <const> = 0.1, 0.005 -- seconds

--- The seconds that n calls take.
local function seconds(n, f, ...)
  local start = core.now()
  for _ = 1, n do f(...) end
  return core.now() - start
end

local time = {}

--- sd.time(f, ...) -> seconds of wall time, and what f(...) returned. A call that takes less than
-- 0.1 s is repeated for that long, in batches of at least 5 ms, and counts as the fastest batch's
-- mean: so what the first call loads or compiles is not counted. A longer one runs once.
function time.time(f, ...)
  local meta = debug.getmetatable(f)
  if type(f) ~= "function" and not (type(meta) == "table" and rawget(meta, "__call")) then
    tree.fail("time: argument 1 must be a function, got %s", core.show(f))
  end
  local start = core.now()
  local results = table.pack(f(...))
  local best = core.now() - start
  if best < ENOUGH then
    local total, n = best, 1
    best = math.huge
    while total < ENOUGH do
      local taken = seconds(n, f, ...)
      total = total + taken
      if taken >= BATCH then
        best = math.min(best, taken / n)
      else
        n = 2 * n
      end
    end
    if best == math.huge then best = seconds(n, f, ...) / n end -- the last doubling ended it
  end
  return best, table.unpack(results, 1, results.n)
end

return time
