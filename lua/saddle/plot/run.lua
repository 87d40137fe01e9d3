--- Runs gnuplot as a child process: script and data in temporary files, standard input closed,
-- the picture written beside its destination and renamed onto it once it is complete.
local check = require "saddle.plot.check"
local fail = check.fail
local run = {}

--- Fails with the reason that `why`, a message of io or os, ends with.
local function cannot_write(path, why)
  fail("plot: cannot write \"%s\": %s", (path:gsub("%c", "?")), why:match ": ([^:]*)$" or why)
end

--- One word of the shell, whatever it holds.
local function shell(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

local function temporary()
  local ok, name = pcall(os.tmpname)
  if not ok then fail("plot: cannot create a temporary file: is /tmp there and not full?") end
  return name
end

local function write(path, pieces)
  local f, why = io.open(path, "wb")
  if not f then return nil, why end
  local ok = true
  for k = 1, #pieces, 4096 do
    ok, why = f:write(table.concat(pieces, "", k, math.min(k + 4095, #pieces)))
    if not ok then break end
  end
  local closed, late = f:close()
  if ok and closed then return true end
  return nil, why or late
end

local function read(path)
  local f = io.open(path, "rb")
  if not f then return "" end
  local text = f:read "a" or ""
  f:close()
  return text
end

--- The part of gnuplot's complaint that says what is wrong.
local function complaint(text)
  local found
  for line in text:gmatch "[^\n]+" do
    found = line:match 'line %d+: (.*)' or found or (line:find "%S" and line)
  end
  return found or "it gave no reason"
end

--- Runs the script at `paths.script`, output to paths.picture; fails unless there is a picture.
local function gnuplot(paths)
  local command = ("{ gnuplot -d %s </dev/null >%s; } 2>%s"):format(shell(paths.script),
    shell(paths.picture), shell(paths.log))
  local ok, how, code = os.execute(command)
  if how == "signal" or (how == "exit" and code > 128) then
    fail("plot: gnuplot was interrupted (signal %d)", code > 128 and code - 128 or code)
  elseif code == 127 then
    fail("plot: gnuplot is not installed (apt-get install gnuplot-nox) or not on PATH")
  elseif not ok then
    fail("plot: gnuplot failed: %s", complaint(read(paths.log)))
  end
  local f = io.open(paths.picture, "rb")
  local size = f and f:seek "end" or 0
  if f then f:close() end
  if size == 0 then fail("plot: gnuplot drew nothing: %s", complaint(read(paths.log))) end
end

--- A new name in the directory of `path`, taken from that of the (unique) temporary file `seed`.
local function beside(path, seed)
  return (path:match "^(.*/)" or "") .. "." .. seed:match "[^/]*$" .. ".tmp"
end

--- Draws what build(data_path) -> script, data pieces describes. With `path` the picture lands
-- there, whole or not at all; without it its text is returned.
function run.draw(build, path)
  local paths = { script = temporary(), data = temporary(), log = temporary() }
  if path then
    local picture = beside(path, paths.script)
    local ok, why = write(picture, {})
    if ok then
      paths.picture = picture
    else
      for _, name in pairs(paths) do os.remove(name) end
      cannot_write(path, why)
    end
  else
    paths.picture = temporary()
  end
  local ok, result = pcall(function()
    local text, pieces = build(paths.data)
    local good, why = write(paths.data, pieces)
    if good then good, why = write(paths.script, { text }) end
    if not good then fail("plot: cannot write a temporary file: %s", why) end
    gnuplot(paths)
    if not path then return read(paths.picture) end
    good, why = os.rename(paths.picture, path)
    if not good then
      cannot_write(path, why)
    end
    return path
  end)
  for _, name in pairs(paths) do os.remove(name) end -- the picture has left its place by now
  if not ok then error(result, 0) end
  return result
end

--- Writes text to path, whole or not at all; returns the path.
function run.save(path, text)
  local seed = temporary()
  local unfinished = beside(path, seed)
  local ok, why = write(unfinished, { text })
  if ok then ok, why = os.rename(unfinished, path) end
  os.remove(seed)
  if ok then return path end
  os.remove(unfinished)
  cannot_write(path, why)
end

return run
