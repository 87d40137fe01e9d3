--- Errors at the prompt: the message, then the user's own lines that led there, innermost first.
--
--   saddle: prompt:2: attempt to perform arithmetic on a nil value (global 'y')
--     prompt:2:   return x + y
--     prompt:4: f(3)
--
-- Frames of C functions, of saddle's modules and of the prompt are left out; a frame that repeats
-- is counted. An error that could only repeat the line just typed shows none.
_ENV = require "saddle.env".globals
local show = require "saddle.prompt.show"

local NAME <const>, LEVELS <const>, FRAMES <const> = "prompt", 100, 8
local LIBRARY <const> = debug.getinfo(1, "S").source:match "^@.*/saddle/" or "@"

local failure = {}
failure.NAME = NAME

--- The message of any error object.
local function text_of(object)
  if type(object) == "string" then return object end
  local good, text = pcall(show.value, object)
  local meta = debug.getmetatable(object)
  if good and type(meta) == "table" and rawget(meta, "__tostring") then return text end
  return ("error object: %s"):format(good and text or type(object))
end

--- The user's frames above the prompt's own function `base`, as "name:line" with counts.
local function frames_of(base)
  local list = {}
  for level = 3, LEVELS do
    local frame = debug.getinfo(level, "Slnf")
    if not frame or frame.func == base then return list end
    if frame.what ~= "C" and frame.source:sub(1, #LIBRARY) ~= LIBRARY then
      local last = list[#list]
      if last and last.source == frame.source and last.line == frame.currentline then
        last.count = last.count + 1
      elseif #list == FRAMES then
        list.more = true
        return list
      else
        list[#list + 1] = { source = frame.source, short = frame.short_src, count = 1,
          line = frame.currentline, name = frame.name }
      end
    end
  end
  list.more = true
  return list
end

--- failure.catcher(base) -> a message handler for xpcall: a table { text =, frames = } of the error
-- and of the calls above the function `base`, which calls xpcall.
function failure.catcher(base)
  return function(object) return { text = text_of(object), frames = frames_of(base) } end
end

--- Whether what a catcher made is Ctrl-C.
function failure.interrupted(caught)
  return type(caught) == "table" and caught.text:find "interrupted!?$" ~= nil
end

--- The place that a message of the compiler names, as a list of frames.
function failure.place(message)
  local line = math.tointeger(message:match("^" .. NAME .. ":(%d+):"))
  return line and { { source = "=" .. NAME, short = NAME, line = line, count = 1 } } or {}
end

--- Whether there is more to say than the one line that was typed last, line `first`.
local function tells(frames, lines, first)
  local frame = frames[1]
  return #frames > 1 or frame
    and not (frame.short == NAME and frame.line == first and first == #lines)
end

--- Prints on standard error what a catcher made (or Lua's own message, when there was no room for
-- one). `lines` are those of the session, the statement starts at line `first`.
function failure.report(caught, lines, first, colours)
  local text = type(caught) == "table" and caught.text or tostring(caught)
  local frames = type(caught) == "table" and caught.frames or {}
  local out = { colours and "\27[31msaddle:\27[m " or "saddle: ", text, "\n" }
  if tells(frames, lines, first) then
    for _, frame in ipairs(frames) do
      local line = frame.source == "=" .. NAME and lines[frame.line]
      out[#out + 1] = ("  %s:%d:%s%s\n"):format(frame.short, frame.line,
        line and " " .. line or frame.name and (" in '%s'"):format(frame.name) or "",
        frame.count > 1 and (" (%d times)"):format(frame.count) or "")
    end
    if frames.more then out[#out + 1] = "  ...\n" end
  end
  io.stdout:flush()
  io.stderr:write(table.concat(out))
  io.stderr:flush()
end

return failure
