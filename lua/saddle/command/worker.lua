--- saddle worker: a process that pool.lua starts; not for users.
local command = require "saddle.command"
require("saddle.tree").module()

return {
  usage = "worker STORE SESSION",
  about = "Takes points from a store. Started by other commands.",
  flags = { { "--sync", nil, "wait for the disk after each run" } },
  run = function(words, options)
    if #words ~= 2 then command.fail "a store and the number of a session are needed" end
    command.guard(require("saddle.worker").run, words[1], math.tointeger(words[2]), options.sync)
  end,
}
