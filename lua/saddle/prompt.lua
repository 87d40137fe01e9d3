--- The prompt: what `saddle` does without a script.
--
--   > local W = sd.rng(1):randn(2, 2);       -- a `;` at the end: nothing is printed
--   > W * W, sd.norm(W)                      -- results print one below the other, _ is the first
--
-- The executable (src/cli/prompt.c) calls what start() returns to read a statement, and then what
-- that returns to run it. A line that is no complete statement asks for more; a block that was
-- pasted runs as a whole, or else by the longest runs of lines that are statements. Lines are
-- counted through the session, so that prompt:17 in a message is the 17th line typed. The parts:
-- prompt/scan (words), locals, show (results), failure (errors), complete, history, help.
_ENV = require "saddle.env".globals
local complete = require "saddle.prompt.complete"
local core = require "saddle.core"
core.tracing.module() -- an error in a tail call, `sd.f(...)` typed as it is, has no other place
local failure = require "saddle.prompt.failure"
local help = require "saddle.prompt.help"
local history = require "saddle.prompt.history"
local locals = require "saddle.prompt.locals"
local scan = require "saddle.prompt.scan"
local show = require "saddle.prompt.show"
local who = require "saddle.who"

local Session = {}
Session.__index = Session

-- ---- variables, for completion and sd.who -------------------------------------------------------

function Session:variable(name)
  if self.locals:has(name) then return self.locals:value(name) end
  return rawget(_G, name)
end

--- The first result of the latest expression, if that is what the words before words[at] are.
function Session:result_of(words, at)
  local latest = self.latest
  if not latest then return nil end
  local n = #latest.words
  if latest.words[n].text == ";" then n = n - 1 end
  for k = 1, n do
    local word = words[at - n + k - 1]
    if not word or word.text ~= latest.words[k].text then return nil end
  end
  local before = words[at - n - 1]
  if before and (before.text == "." or before.text == ":") then return nil end
  return latest.value
end

--- A new set of the names of all variables.
function Session:variables()
  local set = {}
  for name in next, _G do set[name] = true end
  for _, name in ipairs(self.locals:names()) do set[name] = true end
  return set
end

-- ---- running ------------------------------------------------------------------------------------

--- Calls f(...), for the statement at line `first`; an error is printed, and what is left of a
-- pasted block is dropped.
local function attempt(self, first, f, ...)
  local results
  local function base(...) results = table.pack(xpcall(f, self.catch, ...)) end
  self.catch = failure.catcher(base)
  base(...)
  if results[1] then return results end
  self.rest = nil
  if self.editor.editing and failure.interrupted(results[2]) then print() end -- after its ^C
  failure.report(results[2], self.lines, first, self.colours)
end

--- What runs a statement, which starts at line `first` of the session: the chunk, then its results,
-- unless it ends in `;`.
local function running(self, chunk, first)
  local words = scan(table.concat(self.lines, "\n", first))
  return function()
    local results = attempt(self, first, chunk)
    if not results or results.n == 1 then return end
    rawset(_G, "_", results[2])
    self.latest = { words = words, value = results[2] }
    local last = words[#words]
    if not last or last.text ~= ";" then
      attempt(self, first, show.results, table.move(results, 2, results.n, 1, {}), results.n - 1)
    end
  end
end

--- `$ command`, `? name`: what does it, or nil for a line of Lua.
local function command(self, line)
  local mark, words = line:match "^%s*([$?])%s*(.-)%s*$"
  if mark == "$" then
    return function()
      io.stdout:flush()
      local good, how, code = os.execute(words)
      if not good then print(how == "exit" and "exit status " .. code or "signal " .. code) end
    end
  elseif mark == "?" then
    return function()
      attempt(self, #self.lines, function()
        if words == "" then return print(help.text()) end
        print(help.of_name(words,
          complete.value(words, function(name) return self:variable(name) end)))
      end)
    end
  end
end

-- ---- reading ------------------------------------------------------------------------------------

--- The first n lines as a chunk: the function, or nil and the message. If they are an expression,
-- or the last of them is one, the chunk returns its values.
local function compile(self, lines, n)
  local text, before = table.concat(lines, "\n", 1, n), table.concat(lines, "\n", 1, n - 1)
  local last = "return " .. lines[n]
  local choices = { "return " .. text }
  if n > 1 and load(last) then choices[2] = before .. "\n" .. last end
  for _, choice in ipairs(choices) do
    local chunk = self.locals:compile(choice, failure.NAME, #self.lines)
    if chunk then return chunk end
  end
  return self.locals:compile(text, failure.NAME, #self.lines)
end

--- The first n lines are done with: they are the session's, and the others wait.
local function take(self, lines, n)
  table.move(lines, 1, n, #self.lines + 1, self.lines)
  self.rest = n < #lines and table.move(lines, n + 1, #lines, 1, {}) or nil
end

--- What runs the first statement of the lines; nil when they need more.
local function statement(self, lines, final)
  local special = command(self, lines[1])
  if special then
    take(self, lines, 1)
    return special
  end
  local n = #lines
  local chunk, wrong = compile(self, lines, n)
  local why = wrong
  while not chunk and n > 1 do -- the longest run of lines that is one, above the one in error
    local line = tonumber(why:match ":(%d+):")
    n = math.max(1, math.min(n, line and line - #self.lines or n) - 1)
    chunk, why = compile(self, lines, n)
  end
  if not chunk and not final and wrong:find "<eof>$" then return nil end
  if not chunk then n = #lines end
  local first = #self.lines + 1
  take(self, lines, n)
  if chunk then return running(self, chunk, first) end
  return function()
    self.rest = nil
    failure.report({ text = wrong, frames = failure.place(wrong) }, self.lines, first, self.colours)
  end
end

local function split(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
  return lines
end

local function remember(self, lines)
  local wrong = self.history and self.history:add(table.concat(lines, "\n"))
  if wrong then io.stderr:write("saddle: ", wrong, "\n") end
end

--- Reads until there is a statement: what runs it, or nil at the end of input.
local function read(self)
  local lines = self.rest
  local fresh = not lines
  while true do
    local act = lines and statement(self, lines)
    if act then
      if fresh then remember(self, lines) end
      return act
    end
    fresh = true
    local text = self.editor.read(lines and self.more or self.prompt, self.completer)
    if text == false then
      lines, self.rest = nil, nil
    elseif text == nil then
      return lines and statement(self, lines, true)
    else
      lines = lines or {}
      table.move(split(text), 1, #split(text), #lines + 1, lines)
    end
  end
end

-- ---- ------------------------------------------------------------------------------------------

--- What runs the user's start-up file; nil when there is none.
local function start_up(self)
  local folder = history.folder("XDG_CONFIG_HOME", ".config")
  local path = folder and folder .. "/init.lua"
  local file = path and io.open(path)
  if not file then return nil end
  file:close()
  return function()
    attempt(self, 0, function() assert(loadfile(path))() end)
  end
end

--- "> " in colour, for libedit: what does not print stands between bytes 1.
local function coloured(text) return ("\1\27[36m\1%s\1\27[m\1 "):format(text) end

local prompt = { HISTORY = history.KEEP }

--- prompt.start(editor, environment) -> a function that reads a statement: what runs it, or nil at
-- the end of input. `editor` has read, add, append and editing (src/cli/edit.c). The start-up file
-- is the first statement, if `environment` lets it.
function prompt.start(editor, environment)
  local self = setmetatable({ editor = editor, locals = locals.new(), lines = {} }, Session)
  local off = os.getenv "NO_COLOR"
  local colours = editor.editing and (off == nil or off == "")
  self.colours = colours and select(2, core.stderr_terminal())
  self.prompt = colours and coloured ">" or "> "
  self.more = colours and coloured ">>" or ">> "
  self.completer = complete.completer(self)
  self.history = editor.editing and history.open(editor) or nil
  function who.locals()
    local values = {}
    for _, name in ipairs(self.locals:names()) do values[name] = self.locals:value(name) end
    return values
  end
  if rawget(_G, "help") == nil then
    rawset(_G, "help", function(...) print(help.text(...)) end)
  end
  local first = environment and start_up(self)
  return function()
    if first then
      local act = first
      first = nil
      return act
    end
    return read(self)
  end
end

return prompt
