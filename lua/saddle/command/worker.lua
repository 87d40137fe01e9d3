--- saddle worker: a process that pool.lua starts; not for users.
require("saddle.tree").module()
return {
  usage = "worker STORE SESSION",
  about = "Takes points from a store. Started by other commands.",
  flags = { { "--sync", nil, "wait for the disk after each run" } },
  run = function(words, options)
    require "saddle.worker".run(words[1], math.tointeger(words[2]), options.sync)
  end,
}
