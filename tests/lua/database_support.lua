--- What the specs of core.database have in common: a directory, files in it, stores with a table,
-- and scripts in processes of their own.
local core = require "saddle.core"
local support = require "tests.lua.support"
local database = core.database

local M = {}

--- Makes the directory `dir`, and finds the executable `saddle`: for setup.
function M.open()
  local p = io.popen "mktemp -d -p /dev/shm 2>/dev/null || mktemp -d"
  M.dir = p:read "l"
  p:close()
  p = io.popen("realpath " .. support.saddle) -- some children start elsewhere
  M.saddle = p:read "l"
  p:close()
end

--- Removes it: for teardown.
function M.close()
  collectgarbage() -- connections that a failed test has left
  os.execute("rm -rf " .. M.dir)
end

function M.path(name) return M.dir .. "/" .. name end
local path = M.path

function M.write_file(name, text)
  local f = assert(io.open(path(name), "wb"))
  f:write(text)
  f:close()
  return path(name)
end
local write_file = M.write_file

function M.read_file(name)
  local f = assert(io.open(path(name), "rb"))
  local text = f:read "a"
  f:close()
  return text
end
local read_file = M.read_file

--- A new store of that name with a table t(a), and rows of these values.
function M.make(name, ...)
  os.execute(("rm -f %s %s-wal %s-shm"):format(path(name), path(name), path(name)))
  local db = database.open(path(name), { mode = "create" })
  db:exec "CREATE TABLE t (a)"
  for _, value in ipairs{ ... } do db:run("INSERT INTO t VALUES (?)", value) end
  return db
end

--- What a script of its own prints (both streams), `arg` being its arguments; `prefix` goes before
-- the command.
function M.child(script, arg, prefix)
  local file = write_file("child.lua",
    'local database = require("saddle.core").database\n' .. script)
  local p = io.popen(("%s %s %s %s 2>&1"):format(prefix or "", M.saddle, file, arg or ""))
  local text = p:read "a"
  p:close()
  return text
end

--- As child, of a script that is sent Ctrl-C half a second after it has begun.
function M.interrupted(script, arg)
  os.remove(path "begun")
  write_file("child.lua", 'local database = require("saddle.core").database\n'
    .. "io.open(arg[2], 'w'):close()\n" .. script)
  local command = ("exec %s %s %s %s >%s 2>&1"):format(M.saddle, path "child.lua", arg,
    path "begun", path "said")
  local p <close> = core.process.spawn { "/bin/sh", "-c", command }
  while not io.open(path "begun") do core.process.wait({}, 0.02) end
  core.process.wait({}, 0.5)
  p:signal "INT"
  while not p:status() do core.process.wait({}, 0.02) end
  return read_file "said"
end

return M
