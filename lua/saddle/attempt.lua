--- What the runs of experiments and claims share: the p that a script's function is given, and a
-- call of it whose errors are results and end nothing else.
local core = require "saddle.core"
local param = require "saddle.param"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local attempt = {}

--- attempt.parameters(values) -> p: reads what `values` has, name -> value; other names are errors
-- that say the nearest one, and so is assigning.
function attempt.parameters(values)
  local names = {}
  for name in pairs(values) do names[#names + 1] = name end
  table.sort(names)
  return setmetatable({}, {
    __index = function(_, name)
      if values[name] == nil then
        fail("p: %s", type(name) == "string" and param.unknown(name, names)
          or "no parameter has the name " .. core.show(name))
      end
      return values[name]
    end,
    __newindex = function(_, name)
      fail("p: %s cannot be set: parameters are fixed in a run; use a local",
        type(name) == "string" and param.quote(name) or core.show(name))
    end,
    __pairs = function() return next, values end,
  })
end

--- How often Ctrl-C has come: scripts may swallow its error, and iterate ends quietly. (lua5.4
-- counts nothing; there the error alone tells.)
local function interrupts() return core.process.interrupts() end

--- Whether an error is what Ctrl-C raises, wherever that was heard.
function attempt.interrupted(err) return tostring(err):find("interrupted!", 1, true) ~= nil end

--- A text that stores, JSON and terminals can take: UTF-8, and no control characters but newlines
-- and tabs.
local function clean(text)
  text = text:gsub("[^%C\n\t]", "?")
  return utf8.len(text) and text or (text:gsub("[\128-\255]", "?"))
end

--- What was raised, in words, and where; the levels above the script are left out.
local function traceback(message)
  local text = message
  if type(message) ~= "string" then
    local meta = type(message) == "table" and getmetatable(message)
    local worded, words = pcall(tostring, message)
    text = meta and worded and words or "the error is " .. core.show(message)
  end
  return clean((debug.traceback(text, 2):gsub("\n\t%[C%]: in function 'xpcall'.*", "")))
end

--- attempt.call(f, ...) -> true, what f returns first; or false and its error with a traceback.
-- Raises nothing but "interrupted!", after Ctrl-C.
function attempt.call(f, ...)
  local before = interrupts()
  local ok, result = xpcall(f, traceback, ...)
  if interrupts() > before or not ok and result:match "^[^\n]*":find "interrupted!$" then
    error("interrupted!", 0)
  end
  return ok, result
end

return attempt
