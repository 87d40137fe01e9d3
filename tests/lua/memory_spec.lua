--- Memory: temporaries are collected in time, and too large a wish is an error, not the end. Each
-- case runs in a process of its own, so that its peak is its own.
local support = require "tests.lua.support"

local function run(script, environment)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(script)
  file:close()
  local pipe = assert(io.popen(("%s %s %s 2>&1"):format(environment or "", support.saddle, path)))
  local output = pipe:read "a"
  local ok = pipe:close()
  os.remove(path)
  return output, ok
end

local free = tonumber(io.open("/proc/meminfo"):read("a"):match "MemAvailable:%s*(%d+)") -- kB
local sanitized = os.getenv "ASAN_OPTIONS" -- a sanitizer's shadow memory hides the peak

describe("memory", function()
  it("a loop of 8 MB temporaries peaks below 300 MB", function()
    if sanitized then return pending "not under a sanitizer" end
    local output = run [[
      local sd = require "saddle"
      local tables = {}
      for k = 1, 300000 do tables[k] = {} end -- a heap that makes collections slow
      local A = sd.ones(1000, 1000)
      for _ = 1, 150 do local B = (A + A) + (A + A); assert(B(7) == 4) end
      print("peak " .. io.open("/proc/self/status"):read("a"):match("VmHWM:%s*(%d+)"))]]
    local peak = tonumber(output:match "peak (%d+)")
    assert(peak, output)
    assert(peak < 300 * 1024, ("the peak was %d kB"):format(peak))
  end)

  it("a long iteration takes its state, its arena, its records and the results", function()
    if sanitized then return pending "not under a sanitizer" end
    local output = run [[
      local sd = require "saddle"
      local x, W = sd.rng(1):randn(20000, 50), sd.rng(2):randn(50, 50) / 50
      local y = x * W -- which stays, and so do the buffers of BLAS
      sd.compile(function(s) return { x = -s.x } end):iterate({ x = 1 }, 1) -- modules are loaded
      local function status(name)
        return tonumber(io.open("/proc/self/status"):read("a"):match(name .. ":%s*(%d+)"))
      end
      for _, step in ipairs {
        function(s) return { x = sd.tanh(s.x + .1) } end, -- in place
        function(s) return { x = sd.tanh(s.x * W) } end } do -- the product lies in the arena
        collectgarbage() collectgarbage()
        local reset = assert(io.open("/proc/self/clear_refs", "w"))
        reset:write("5"):close() -- the peak so far is forgotten
        local before = status "VmRSS"
        local s, h = sd.compile(step):iterate({ x = x }, 100, { every = 1,
          record = function(s) return { mean = s.x:block(1, 1, 1000, 1) } end })
        print(status "VmHWM" - before, #y)
      end]]
    local in_place, with_arena = output:match "^(%d+)%s+1000000%s+(%d+)"
    assert(in_place, output)
    -- kB: the state and the result, the records and h; half a MB is for the trace and the heap
    local matrix, records = 8e6 / 1024, 2 * 101 * 8e3 / 1024
    for k, extra in ipairs { tonumber(in_place), tonumber(with_arena) } do
      local expected = (k + 1) * matrix + records
      assert(math.abs(extra - expected) < 512, ("%.0f kB, expected %.0f"):format(extra, expected))
    end
  end)

  it("a matrix of 10^12 elements is a Lua error", function()
    local output, ok = run [[
      local sd = require "saddle"
      local A = sd.ones(3, 3)
      local fine, message = pcall(sd.zeros, 1e6, 1e6)
      print(fine, message)
      print(pcall(sd.zeros, 1e12, 1e12))
      print("goes on: " .. (A * A)(3, 3))]]
    assert(ok, output)
    assert(output:find("false\tzeros: not enough memory for 1000000x1000000 f64: it needs 8 TB", 1,
      true), output)
    assert(output:find("1000000000000x1000000000000 f64 matrix is larger than any memory", 1, true),
      output)
    assert(output:find("goes on: 3.0", 1, true), output)
  end)

  it("ten matrices of 4 GB in a row meet the ceiling and the session goes on", function()
    if sanitized then return pending "not under a sanitizer" end
    if free < 6e6 then return pending "needs 6 GB of free memory" end
    local output, ok = run([[
      local sd = require "saddle"
      local kept, refused = {}, 0
      for k = 1, 10 do
        local fine, message = pcall(sd.zeros, 5e8, 1)
        if fine then kept[#kept + 1] = message
        else
          refused = refused + 1
          assert(message:find("not enough memory for 500000000x1 f64", 1, true), message)
        end
      end
      print(#kept .. " kept, " .. refused .. " refused")
      kept = nil -- garbage counts only until it is collected
      print("again: " .. #sd.zeros(5e8, 1))]], "SADDLE_MEMORY=5G")
    assert(ok, output)
    assert(output:find("1 kept, 9 refused", 1, true), output)
    assert(output:find("again: 500000000", 1, true), output)
  end)

  it("the ceiling can be read and set", function()
    local output = run [[
      local sd = require "saddle"
      local held, ceiling = sd.memory()
      assert(held > 0 and ceiling > held)
      sd.memory { ceiling = 50e6 }
      print(pcall(sd.zeros, 1000, 10000))
      print(#sd.zeros(1000, 1000))]]
    assert(output:find("and the ceiling is 50 MB", 1, true), output)
    assert(output:find("1000000", 1, true), output)
  end)
end)
