--- Shared by these tests: runs commands of the shell and gives what they printed.
local shell = {}

shell.saddle = os.getenv("SADDLE") or "build/saddle"

local function read_all(path)
  local f = assert(io.open(path))
  local text = f:read("a")
  f:close()
  return text
end

--- shell.run(command[, input]) -> output, exit status, errors. The command is given to sh; input
-- (default: none) is its standard input. A signal counts as 128 + its number.
function shell.run(command, input)
  local into, out, err = os.tmpname(), os.tmpname(), os.tmpname()
  local f = assert(io.open(into, "w"))
  f:write(input or "")
  f:close()
  local _, kind, code = os.execute(("{ %s\n} <%s >%s 2>%s"):format(command, into, out, err))
  local output, errors = read_all(out), read_all(err)
  for _, path in ipairs{ into, out, err } do os.remove(path) end
  return output, kind == "signal" and 128 + code or code, errors
end

--- A new directory; shell.remove takes it away with all that is in it.
function shell.directory()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("l")
  pipe:close()
  return path
end

function shell.remove(path) os.execute("rm -rf '" .. path .. "'") end

function shell.write(path, text)
  os.execute(("mkdir -p \"$(dirname '%s')\""):format(path))
  local f = assert(io.open(path, "w"))
  f:write(text)
  f:close()
end

--- Output, status and errors of a script given as text.
function shell.script(text, arguments, flags)
  local dir = shell.directory()
  shell.write(dir .. "/script.lua", text)
  local command = ("%s %s %s/script.lua %s"):format(shell.saddle, flags or "", dir, arguments or "")
  local out, status, err = shell.run(command)
  shell.remove(dir)
  return out, status, err
end

--- Runs the script `body` with `arguments`; once it has called announce(), by itself at the start
-- unless it names it, sends it `signals` SIGINTs.
function shell.interrupted(body, signals, arguments)
  local dir = shell.directory()
  local announce = "local function announce() print('ready') io.stdout:flush() end "
  if not body:find("announce()", 1, true) then announce = announce .. "announce()" end
  shell.write(dir .. "/loop.lua", announce .. "\n" .. body)
  local out, status, err = shell.run(([[
    exec 3<&0
    python3 -c '
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
p = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE)
before = b""
for line in p.stdout:
    if line == b"ready\n":
        break
    before += line
for i in range(int(sys.argv[1])):
    time.sleep(0.2)
    p.send_signal(signal.SIGINT)
out = (before + p.stdout.read()).decode()
sys.stdout.write(out)
code = p.wait(30)
sys.exit(128 - code if code < 0 else code)' %d %s %s/loop.lua %s]]):format(signals, shell.saddle,
    dir, arguments or ""))
  shell.remove(dir)
  return out, status, err
end

--- The process ids, as text, of the children of a process; not every system has pgrep.
function shell.children(pid)
  local out = shell.run(("grep -lE '^PPid:[[:space:]]%d$' /proc/[0-9]*/status"):format(pid))
  local list = {}
  for id in out:gmatch "/proc/(%d+)/" do list[#list + 1] = id end
  return list
end

function shell.expect(text, wanted)
  assert(text:find(wanted, 1, true), ("expected to find\n  %s\nin\n%s"):format(wanted, text))
end

return shell
