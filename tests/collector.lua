--- Sets the mode of the collector for a run of busted:  --helper=tests/collector.lua -Xhelper MODE
-- "restless" starts a cycle as soon as one ends: what is reachable only by luck does not last. It
-- does so for the first CYCLES cycles of each test, and of the code around the tests of a file; a
-- loop that goes on after that would find the same again, and take minutes.
local CYCLES <const> = 200
local mode = assert(arg[1], "the helper needs a mode") -- busted sets arg
if mode ~= "restless" then return collectgarbage(mode) end

local cycles, restless = 0, false
local sentinel = {} -- a cycle finds it dead, and it leaves the next one
function sentinel.__gc()
  cycles = cycles + 1
  setmetatable({}, sentinel)
end
setmetatable({}, sentinel)

local function start()
  cycles = 0
  if restless then return end
  restless = true
  collectgarbage("setpause", 0)
  collectgarbage() -- ends the present pause
end

-- A finaliser cannot set the collector; a hook can.
debug.sethook(function()
  if restless and cycles > CYCLES then
    restless = false
    collectgarbage("setpause", 200)
  end
end, "", 1000)
collectgarbage("incremental")
local busted = require "busted"
busted.subscribe({ "file", "start" }, start)
busted.subscribe({ "test", "start" }, start)
