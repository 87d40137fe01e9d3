--- help(x) and `? name` at the prompt: what the reference says (lua/saddle/help.lua), of a user's
-- own function the comment above it in its Lua file, of a user's module the one at its top.
_ENV = require "saddle.env".globals
local core = require "saddle.core"
local reference = require "saddle.help"

local ABOUT <const> = [[
An expression prints its results, unless it ends in `;`; _ is the first of the last ones. Locals
stay. sd is the library.
  ? sd.grad      help on a name, as help(sd.grad); help "word" looks for one
  $ ls           runs a command of the shell
  sd.who()       the variables there are
  sd.time(f)     how long a call takes
  TAB            completes names, methods and files; twice: lists them
  Ctrl-C         drops the line, or stops what runs; Ctrl-D leaves]]

local help = {}

--- On the prompt, and which topics there are.
local function about(width)
  local lines, line = { ABOUT, "Topics, as in ? linalg:" }, " "
  for _, topic in ipairs(reference.topics()) do
    if #line + #topic.name + 1 > width then
      lines[#lines + 1] = line
      line = " "
    end
    line = line .. " " .. topic.name
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local function lines_of(source)
  local file = source:sub(1, 1) == "@" and io.open(source:sub(2))
  if not file then return nil end
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  file:close()
  return lines
end

--- The comment in lines from..to, without its dashes; nil when there is none.
local function comment(lines, from, to)
  local list = {}
  for k = from, to do list[#list + 1] = lines[k]:match "^%s*%-%-+ ?(.*)$" end
  return #list > 0 and table.concat(list, "\n") or nil
end

local function of_function(f)
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return "a function in C" end
  local where = ("a function of %s, line %d"):format(info.short_src, info.linedefined)
  local lines = lines_of(info.source)
  if not lines then return where end
  local first = info.linedefined
  while lines[first - 1] and lines[first - 1]:find "^%s*%-%-" do first = first - 1 end
  return comment(lines, first, info.linedefined - 1) or where
end

local function of_module(module)
  for name, loaded in pairs(package.loaded) do
    local path = loaded == module and type(name) == "string"
      and package.searchpath(name, package.path)
    local lines = path and lines_of("@" .. path)
    if lines then
      local last = 0
      while lines[last + 1] and lines[last + 1]:find "^%-%-" do last = last + 1 end
      return comment(lines, 1, last)
    end
  end
end

--- What there is to say on a value: of the reference, or of the user's own comments; nil when there
-- is nothing.
local function of_value(x, width)
  local said = reference.describe(x, width)
  if said then return said end
  local meta = debug.getmetatable(x)
  local call = type(meta) == "table" and rawget(meta, "__call")
  if type(x) == "function" then return of_function(x) end
  return type(x) == "table" and of_module(x)
    or type(call) == "function" and of_function(call) or nil
end

local function hint(near) return near and (" (did you mean '%s'?)"):format(near) or "" end

--- help.text(x) -> what there is to say on a value, or on the name, topic or path that a string is;
-- with nothing, on the prompt.
function help.text(...)
  local width = math.min(100, (core.terminal()))
  if select("#", ...) == 0 then return about(width) end
  local x = ...
  if type(x) ~= "string" then
    return of_value(x, width) or ("no help on %s"):format(core.show(x))
  end
  local said, near = reference.search(x, width)
  return said or ("no help on '%s'%s"):format(x, hint(near))
end

--- help.of_name(words, value) -> what there is to say on a name at the prompt that has this value;
-- an error when there is nothing of that name.
function help.of_name(words, value)
  local width = math.min(100, (core.terminal()))
  local said = value ~= nil and of_value(value, width)
  local near
  if not said then said, near = reference.search(words, width) end
  if said then return said end
  if value ~= nil then return ("no help on %s"):format(core.show(value)) end
  error(("? %s: nothing has that name%s"):format(words, hint(near)), 0)
end

return help
