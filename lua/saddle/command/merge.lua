--- saddle merge OUT IN ...: several stores into one.
local command = require "saddle.command"
local merge = require "saddle.store.merge"
local read = require "saddle.store.read"
local storage = require "saddle.store"
local view = require "saddle.runs.view"

--- f(stores), which are open while it runs; they are opened before anything is written.
local function with_stores(paths, f)
  local stores = {}
  local scope <close> = setmetatable({}, { __close = function() -- luacheck: ignore
    for _, st in ipairs(stores) do st:close() end
  end })
  for k, path in ipairs(paths) do stores[k] = storage.open(path, { mode = "read" }) end
  return f(stores)
end

return {
  usage = "merge OUT IN ... [--prefer first|last]",
  about = "Puts the runs of the stores IN into the store OUT, which may exist. A point that is\n"
    .. "done beats one that failed or is pending; where two are done with other results it is an\n"
    .. "error, unless --prefer says which counts. The stores IN stay as they are. What came in\n"
    .. "is new to OUT, or has finished a point of it, or replaced its run (--prefer last), or was\n"
    .. "put aside for it (kept: --prefer first), or was the same or less.",
  flags = {
    { "--prefer", "first|last", "which of two done runs of a point stays; OUT is the first",
      choices = { "first", "last" } },
  },
  run = function(words, options)
    if #words < 2 then command.fail("two stores at least: saddle merge OUT IN ...") end
    local path, inputs = words[1], table.move(words, 2, #words, 1, {})
    for _, input in ipairs(inputs) do
      if input == path then command.fail("%s is OUT and IN", path) end
    end
    local counts, now = command.guard(with_stores, inputs, function(stores)
      local out <close> = storage.open(path, { mode = "create" })
      return merge(out, stores, options.prefer), read.all_counts(out.db)
    end)
    local words = {}
    for _, word in ipairs { "new", "finished", "replaced", "kept", "same" } do
      if counts[word] > 0 then words[#words + 1] = ("%d %s"):format(counts[word], word) end
    end
    print(("%s. Came in: %s"):format(view.summary(path, now), #words > 0
      and table.concat(words, ", ") or "nothing"))
  end,
}
