--- saddle merge OUT IN ...: several stores into one.
local command = require "saddle.command"
local merge = require "saddle.store.merge"
local storage = require "saddle.store"

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
    .. "error, unless --prefer says which counts. The stores IN stay as they are.",
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
    local counts, total = command.guard(with_stores, inputs, function(stores)
      local out <close> = storage.open(path, { mode = "create" })
      return merge(out, stores, options.prefer), out.db:value "SELECT count(*) FROM run"
    end)
    print(("%s: %d points, %d of them new, %d finished, %d replaced, %d kept against others")
      :format(path, total, counts.new, counts.finished, counts.replaced, counts.kept))
  end,
}
