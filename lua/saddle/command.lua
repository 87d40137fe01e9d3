--- The commands of the executable: `saddle run FILE ...` and its like.
--
-- Each is a module saddle.command.NAME: {usage=, about=, flags=, helps=, run=function(words,
-- options)}; run returns the exit status (nil is 0), helps(words), where there is one, what --help
-- prints after a script's name. What a user did wrong is raised by command.fail and shown as
-- one line; any other error is shown with its traceback.
local attempt = require "saddle.attempt"
local core = require "saddle.core"
require("saddle.tree").module()

local command = {}

command.names = { "run", "sweep", "check", "figure", "results", "report", "merge", "worker" }

--- Whether a word names a command.
function command.known(word)
  for _, name in ipairs(command.names) do if word == name then return true end end
  return false
end

local Failure = { __tostring = function(self) return self.text end }

--- Raises what a user can act on.
function command.fail(text, ...)
  error(setmetatable({ text = select("#", ...) > 0 and text:format(...) or text }, Failure), 0)
end

--- f(...), its errors that are texts without a place in a script raised by command.fail: those of
-- the store, of parameters and of scripts speak for themselves.
function command.guard(f, ...)
  local results = table.pack(pcall(f, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  if type(results[2]) == "string" then command.fail(results[2]) end
  error(results[2], 0)
end

--- A file's name as a word that a shell reads as it is.
function command.word(name)
  return name:find "^[%w_./-]+$" and name or "'" .. name:gsub("'", "'\\''") .. "'"
end

-- ---- options ------------------------------------------------------------------------------------
-- A flag is {"--jobs", "N", "workers", type = "integer"}: the option, what follows it (nil:
-- nothing), a text, and how the value is read: "integer" (from `from`) or as it is. `short` is a
-- second name; `choices` lists the values allowed.

local function usage(module)
  local lines = { "usage: saddle " .. module.usage, "", module.about, "" }
  for _, flag in ipairs(module.flags) do
    local word = flag.short and flag.short .. ", " .. flag[1] or flag[1]
    lines[#lines + 1] = ("  %-20s %s"):format(word .. (flag[2] and " " .. flag[2] or ""), flag[3])
  end
  lines[#lines + 1] = ("  %-20s %s"):format("-h, --help", "show this text")
  return table.concat(lines, "\n")
end

local function flag_of(module, word)
  local known = {}
  for _, flag in ipairs(module.flags) do
    if word == flag[1] or word == flag.short then return flag end
    known[#known + 1] = flag[1]
  end
  local near = core.nearest(word, known)
  command.fail("there is no option '%s'%s", word,
    near and (" (did you mean '%s'?)"):format(near) or "; see --help")
end

local function value_of(flag, text)
  if text == nil then command.fail("%s needs a value: %s %s", flag[1], flag[1], flag[2]) end
  if flag.type == "integer" then
    local n = math.tointeger(tonumber(text))
    if not n or n < (flag.from or 1) then
      command.fail("%s must be a whole number from %d, got '%s'", flag[1], flag.from or 1, text)
    end
    return n
  end
  if flag.choices then
    for _, choice in ipairs(flag.choices) do if text == choice then return text end end
    command.fail("%s must be %s, got '%s'", flag[1], table.concat(flag.choices, " or "), text)
  end
  return text
end

--- The words that are no options, and the options by name without dashes. Options may stand
-- anywhere, as --jobs 2 or --jobs=2; after -- all words are words.
function command.parse(module, words)
  local rest, options, k = {}, {}, 1
  while k <= #words do
    local word = words[k]
    if word == "--" then
      table.move(words, k + 1, #words, #rest + 1, rest)
      break
    elseif word == "-h" or word == "--help" then
      options.help = true
    elseif word:sub(1, 1) == "-" and #word > 1 then
      local name, text = word:match "^(%-%-[^=]+)=(.*)$"
      local flag = flag_of(module, name or word)
      if flag[2] and not name then
        k = k + 1
        text = words[k]
      elseif name and not flag[2] then
        command.fail("%s takes no value", name)
      end
      options[flag[1]:sub(3):gsub("-", "_")] = not flag[2] or value_of(flag, text)
    else
      rest[#rest + 1] = word
    end
    k = k + 1
  end
  return rest, options
end

-- ---- running ------------------------------------------------------------------------------------

--- Under mpirun the process of rank 0 is the command; the others run points for it and come back
-- from here when it has ended: true.
local function serve()
  local team = require("saddle.mpi.post").reserve()
  if team.rank > 0 then require("saddle.mpi.worker").run(team) end
  return team.rank > 0
end

--- os.exit, in scripts that a command runs: their end would be the command's, with their status.
local function no_exit()
  error("os.exit: a script does not end the command that runs it: return, or raise an error", 2)
end

--- Runs words[1] with the other words: the exit status.
function command.main(words)
  local name = words[1]
  os.exit = no_exit -- luacheck: ignore
  local results = table.pack(xpcall(function()
    if command.guard(serve) then return 0 end
    local module = require("saddle.command." .. name)
    local rest, options = command.parse(module, { table.unpack(words, 2) })
    if options.help then
      print(module.helps and #rest > 0 and module.helps(rest) or usage(module))
      return 0
    end
    return module.run(rest, options) or 0
  end, function(err)
    if getmetatable(err) == Failure or attempt.interrupted(err) then return err end
    return debug.traceback(tostring(err), 2)
  end))
  if results[1] then return results[2] end
  io.stdout:flush()
  local interrupted = attempt.interrupted(results[2])
  io.stderr:write(("saddle %s: %s\n"):format(name, interrupted and "interrupted" or
    tostring(results[2])))
  return interrupted and 130 or 1
end

return command
