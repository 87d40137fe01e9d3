--- sd.progress: how far a long loop is.
--
--   local bar = sd.progress(total[, {label="sweep"}])
--   bar:step()  bar:step(n)  bar:note("2 failed")  bar:done()  bar:clear()
--
-- On a terminal, one line that is redrawn at most ten times a second:
--   sweep [##########----------]  50%  60/120  4.1/s  0:15 left
-- elsewhere a plain line at most every ten seconds, and a last one. The text goes to standard
-- error; the rate is that since the start. For other outputs: write(text), clock() in seconds,
-- width (of a terminal; false for none).
local core = require "saddle.core"
local options = require "saddle.options"

local Progress = {}
Progress.__index = Progress

local function is_count(n)
  return type(n) == "number" and n >= 0 and n < 2^53 and n == math.floor(n)
end

--- Seconds as 0:07, 12:30 or 3:05:00.
local function duration(seconds)
  local s = math.ceil(seconds)
  if s < 3600 then return ("%d:%02d"):format(s // 60, s % 60) end
  return ("%d:%02d:%02d"):format(s // 3600, s // 60 % 60, s % 60)
end

--- The share done in 0..1, and "50%", "60/120", "4.1/s", "0:15 left" (at the end, the time taken).
local function figures(bar, now, last)
  local elapsed = now - bar.start
  local share = bar.total > 0 and math.min(bar.count / bar.total, 1) or 1
  local rate = elapsed > 0 and bar.count / elapsed or 0
  local left = rate > 0 and math.max(bar.total - bar.count, 0) / rate or 1e9
  local time = left < 1e9 and duration(left) .. " left" or "-:-- left"
  return share, ("%.0f%%"):format(math.floor(100 * share)),
    ("%.0f/%.0f"):format(bar.count, bar.total), rate > 0 and ("%.3g/s"):format(rate) or "-/s",
    last and "took " .. duration(elapsed) or time
end

--- The line for a terminal: the bar takes the room there is, up to 40 marks, and none below 10; a
-- label without room goes.
local function terminal_line(bar, now, last)
  local share, percent, count, rate, time = figures(bar, now, last)
  local text = ("%4s  %s  %s  %s%s"):format(percent, count, rate, time, bar.remark)
  local label = bar.label == "" and "" or bar.label .. " "
  local room = bar.width - 1 - #text - (utf8.len(label) or #label)
  if room < 0 then return text:sub(1, bar.width - 1) end
  if room < 13 then return label .. text end
  room = math.min(40, room - 3)
  local full = math.floor(room * share)
  return ("%s[%s%s] %s"):format(label, ("#"):rep(full), ("-"):rep(room - full), text)
end

local function draw(bar, now, last)
  if bar.width then
    local line = terminal_line(bar, now, last)
    bar.write("\r" .. line .. (" "):rep(bar.drawn - #line) .. (last and "\n" or ""))
    bar.drawn, bar.next = #line, now + 0.1
  else
    local _, percent, count, rate, time = figures(bar, now, last)
    local label = bar.label == "" and "" or bar.label .. ": "
    bar.write(("%s%s (%s), %s, %s%s\n"):format(label, count, percent, rate, time, bar.remark))
    bar.next = now + 10
  end
end

--- bar:step([n]) -> bar: n more are done (1 when left out).
function Progress:step(n)
  n = n == nil and 1 or n
  if not is_count(n) then error("progress: step needs a whole number, got " .. core.show(n), 2) end
  if self.finished then error("progress: step after done", 2) end
  self.count = self.count + n
  local now = self.clock()
  if now >= self.next then draw(self, now) end
  return self
end

--- bar:note(text) -> bar: what stands at the end of the line from now on.
function Progress:note(text)
  if type(text) ~= "string" then
    error("progress: note needs a string, got " .. core.show(text), 2)
  end
  self.remark = text == "" and "" or ", " .. text:gsub("%c", " ")
  return self
end

--- bar:done(): the last line, with the count as it is; a second call does nothing.
function Progress:done()
  if not self.finished then draw(self, self.clock(), true) end
  self.finished = true
end

--- bar:clear(): the end without a last line: of a terminal's line nothing is left.
function Progress:clear()
  if not self.finished and self.width then self.write("\r" .. (" "):rep(self.drawn) .. "\r") end
  self.finished = true
end

return function(total, given)
  local wrong = options.wrong(given, { "label", "write", "clock", "width" })
  local o, columns, tty = given or {}, core.stderr_terminal()
  if wrong then error("progress: " .. wrong, 2) end
  if not is_count(total) then
    error("progress: the total must be a whole number from 0, got " .. core.show(total), 2)
  end
  local label, width, clock = o.label or "", o.width, o.clock or core.now
  if type(label) ~= "string" then error("progress: label must be a string", 2) end
  if width == nil then width = tty and columns end
  if width and not (is_count(width) and width >= 1) then
    error("progress: width must be a whole number from 1 or false, got " .. core.show(width), 2)
  end
  for _, name in ipairs { "write", "clock" } do
    if o[name] ~= nil and type(o[name]) ~= "function" then
      error(("progress: %s must be a function, got %s"):format(name, core.show(o[name])), 2)
    end
  end
  local start = clock()
  return setmetatable({ total = total, label = label:gsub("%c", " "), count = 0, drawn = 0,
    remark = "", width = width, clock = clock,
    write = o.write or function(text) io.stderr:write(text) end,
    start = start, next = width and start or start + 10 }, Progress)
end
