--- help(x) and `? name` at the prompt: the comment above a function in its Lua file, or at the top
-- of a module's.
_ENV = require "saddle.env".globals
local core = require "saddle.core"

local ABOUT <const> = [[
An expression prints its results, unless it ends in `;`; _ is the first of the last ones. Locals
stay. sd is the library.
  ? sd.grad      help on a name, as help(sd.grad)
  $ ls           runs a command of the shell
  sd.who()       the variables there are
  sd.time(f)     how long a call takes
  TAB            completes names, methods and files; twice: lists them
  Ctrl-C         drops the line, or stops what runs; Ctrl-D leaves]]

local help = {}

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
  if info.what == "C" then
    return "a function in C: README.md and include/saddle of the source tree describe it"
  end
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

--- help.text(x) -> what there is to say on a value; with nothing, on the prompt.
function help.text(...)
  if select("#", ...) == 0 then return ABOUT end
  local x = ...
  local meta = debug.getmetatable(x)
  local call = type(meta) == "table" and rawget(meta, "__call")
  if type(x) == "function" then return of_function(x) end
  return type(x) == "table" and of_module(x) or type(call) == "function" and of_function(call)
    or ("no help on %s"):format(core.show(x))
end

return help
