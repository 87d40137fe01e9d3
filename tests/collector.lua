--- Sets the mode of the collector for a run of busted:  --helper=tests/collector.lua -Xhelper MODE
-- "restless" starts a cycle as soon as one ends: what is reachable only by luck does not last.
local mode = assert(arg[1], "the helper needs a mode") -- busted sets arg
if mode == "restless" then
  collectgarbage("incremental")
  collectgarbage("setpause", 0)
else
  collectgarbage(mode)
end
