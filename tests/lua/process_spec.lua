-- core.process: children, locks, the machine. Children are the executable and /bin/sh.
local sd = require "saddle"
local support = require "tests.lua.support"
local process = require("saddle.core").process
local now = require("saddle.core").now
local raises = support.raises

--- A child that runs the chunk, with `process` as a local.
local function lua(chunk, options)
  return process.spawn({ support.saddle, "-e",
    'local process = require("saddle.core").process ' .. chunk }, options)
end

local function shell(text, options) return process.spawn({ "/bin/sh", "-c", text }, options) end

--- What the child reports until its end; then its status.
local function finish(child)
  local texts, start = {}, now()
  while true do
    assert(process.wait({ child }, 20) and now() - start < 20, "the child hangs")
    local text = child:read()
    if not text then break end
    texts[#texts + 1] = text
  end
  while not child:status() do assert(process.wait({ child }, 20), "the child hangs") end
  return table.concat(texts), child:status()
end

--- Waits for the child's next report.
local function next_report(child)
  assert(process.wait({ child }, 20), "the child hangs")
  return child:read()
end

local scratch = os.tmpname()
teardown(function() os.remove(scratch) end)

--- What a child wrote to the file `scratch`.
local function written()
  local f <close> = assert(io.open(scratch))
  return f:read "a"
end

describe("a child", function()
  it("gets words as they are, and what is written to its input", function()
    local child = lua [[
      local text = io.read("a")
      process.report(arg[1] .. " " .. #text .. " " .. text:sub(-1)) ]]
    child:write(("x"):rep(300000))
    child:write ""
    child:write "\0"
    child:close()
    child:close()
    raises(("process: cannot write to child %d: its input has been closed"):format(child.pid),
      child.write, child, "more")
    local text, how, code = finish(child)
    assert.are.same({ "-e 300001 \0", "exit", 0 }, { text, how, code })
    local echo = process.spawn({ "/bin/sh", "-c", 'printf "%s|" "$@" >&3', "sh", "a b", "$HOME", "",
      "'\"\n*" })
    assert.are.equal("a b|$HOME||'\"\n*|", (finish(echo)))
  end)
  it("is found along PATH", function()
    assert.are.equal("found", (finish(process.spawn { "sh", "-c", "printf found >&3" })))
  end)
  it("tells how it ended, again and again", function()
    local child = shell "exit 3"
    local _, how, code = finish(child)
    assert.are.same({ "exit", 3, "exit", 3 }, { how, code, child:status() })
    assert.is_nil(child:read())
    raises(("process: child %d has ended"):format(child.pid), child.signal, child, "TERM")
    raises(("cannot write to child %d: Broken pipe"):format(child.pid), child.write, child, "x")
  end)
  it("is sent signals", function()
    for name, number in pairs { INT = 2, TERM = 15, KILL = 9 } do
      local child = process.spawn { "sleep", "60" }
      child:signal(name)
      assert.are.same({ "", "signal", number }, { finish(child) })
    end
    local child = lua "process.report 'up' io.read() process.report 'down'"
    assert.are.equal("up", next_report(child))
    child:signal "STOP"
    child:write "\n"
    assert.is_false(process.wait({ child }, 0.1))
    assert.is_nil((child:status()))
    assert.are.equal("", child:read())
    child:signal "CONT"
    assert.are.equal("down", (finish(child)))
  end)
  it("reports texts of any length and bytes, in order", function()
    local child = lua [[
      for k = 1, 200 do process.report(k .. "\0\n") end
      process.report(("y"):rep(300000)) ]]
    local expected = {}
    for k = 1, 200 do expected[k] = k .. "\0\n" end
    local text, _, code = finish(child)
    assert.are.equal(0, code)
    assert.are.equal(table.concat(expected) .. ("y"):rep(300000), text)
  end)
  it("has our environment, with changes", function()
    local text = finish(shell('printf "%s|%s|%s" "$PATH" "$HOME" "$SADDLE_TEST" >&3',
      { env = { HOME = "/else where", SADDLE_TEST = "a=b" } }))
    assert.are.equal(os.getenv "PATH" .. "|/else where|a=b", text)
    assert.is_nil(os.getenv "SADDLE_TEST")
  end)
  it("prints where it is told", function()
    -- the outer shell's standard output and error go to one file; three children print by the
    -- three options, and what goes to "null" is not seen
    for option, expected in pairs { inherit = "out", stderr = "err", null = "" } do
      local outer = ([[
        local c = process.spawn({ %q, "-e", "io.write 'text'" }, { stdout = %q })
        while not c:status() do process.wait({ c }, 20) end ]]):format(support.saddle, option)
      local child = process.spawn { "/bin/sh", "-c", '"$1" -e "$2" >"$3.out" 2>"$3.err"', "sh",
        support.saddle, 'local process = require("saddle.core").process ' .. outer, scratch }
      local _, how, code = finish(child)
      assert.are.same({ "exit", 0 }, { how, code })
      for _, stream in ipairs { "out", "err" } do
        local f <close> = assert(io.open(scratch .. "." .. stream))
        assert.are.equal(stream == expected and "text" or "", f:read "a")
        os.remove(scratch .. "." .. stream)
      end
    end
  end)
  it("learns of our end, and that nobody started it to report", function()
    local child = lua [[
      process.report(tostring(process.orphaned()))
      while not process.orphaned() do process.wait({}, 0.001) end
      process.report "orphan" ]]
    assert.are.equal("false", next_report(child))
    child:close()
    assert.are.equal("orphan", (finish(child)))
    -- with what is written and not yet read its input is not at its end
    local go = scratch .. ".go"
    child = lua(([[
      while not io.open(%q) do process.wait({}, 0.001) end
      process.report(tostring(process.orphaned()) .. io.read(1) .. tostring(process.orphaned())) ]])
      :format(go))
    child:write "x"
    child:close()
    io.open(go, "w"):close()
    assert.are.equal("falsextrue", (finish(child)))
    os.remove(go)
    for _, third in ipairs { "3>&-", '3>>"$3"' } do -- no descriptor, and one that is a file
      finish(process.spawn { "/bin/sh", "-c", '"$1" -e "$2" 2>"$3" ' .. third, "sh",
        support.saddle, 'require("saddle.core").process.report "text"', scratch })
      assert.is_truthy(written():find(
        "process: cannot report: this process was not started to report to another", 1, true))
      assert.is_nil(written():find("^text"))
    end
  end)
  it("goes on without its handle, its input ended", function()
    local pid
    do
      local child <close> = shell(('cat; echo done >"%s"'):format(scratch))
      pid = child.pid
      assert.are.equal("child " .. pid, tostring(child))
    end
    local start = now()
    repeat process.wait({}, 0.005) until written() == "done\n" or now() - start > 20
    assert.are.equal("done\n", written())
    local there -- until it has ended and the next child that is started reaps it
    repeat
      finish(shell "exit 0")
      there = io.open(("/proc/%d/stat"):format(pid))
      if there then there:close() end
    until not there or now() - start > 20
    assert.is_nil(there)
  end)
  it("is reaped by the collector", function()
    local function files()
      local n = 0
      local list <close> = io.popen(("ls /proc/%d/fd"):format(process.pid()))
      for _ in list:lines() do n = n + 1 end
      return n
    end
    collectgarbage()
    local before = files()
    for _ = 1, 100 do shell "exit 0" end
    collectgarbage()
    collectgarbage()
    assert.is_true(files() < before + 100) -- uncollected, they would have two pipes each
  end)
end)

describe("wait", function()
  it("returns with the first report, end or time", function()
    local quiet, loud = shell "read x", shell "read x; echo hi >&3; read x"
    local start = now()
    assert.is_false(process.wait({ quiet, loud }, 0.15))
    assert.is_true(now() - start >= 0.15)
    assert.is_false(process.wait({ quiet, loud }, 0))
    loud:write "\n"
    assert.is_true(process.wait({ quiet, loud }, 20))
    assert.are.same({ "", "hi\n" }, { quiet:read(), loud:read() })
    assert.is_false(process.wait({ quiet, loud }, 0))
    quiet:close()
    assert.is_true(process.wait({ loud, quiet }, math.huge))
    assert.are.equal("exit", (select(2, finish(quiet))))
    assert.is_true(process.wait({ quiet }, 0))
    loud:close()
    finish(loud)
  end)
  it("returns at once when something comes", function()
    local child = shell "while read x; do echo $x >&3; done"
    next_report((function() child:write "first\n" return child end)())
    local best = math.huge
    for _ = 1, 50 do
      local start = now()
      child:write "x\n"
      assert.is_true(process.wait({ child }, 20))
      best = math.min(best, now() - start)
      child:read()
    end
    assert.is_true(best < 0.02, best) -- between two looks at the interrupt flag lie 0.1 s
    child:close()
    finish(child)
  end)
  it("sees the end of a child whose own children keep its pipe", function()
    local child = shell "sleep 60 & echo $! >&3; exit 2"
    local text, how, code = finish(child)
    os.execute("kill " .. text)
    assert.are.same({ "exit", 2 }, { how, code })
  end)
  it("sees the end of a child that has closed its pipe before", function()
    local child = shell "exec 3>&-; read x; exit 6"
    assert.is_nil(next_report(child))
    assert.is_false(process.wait({ child }, 0.02))
    child:write "\n"
    assert.are.same({ "", "exit", 6 }, { finish(child) })
  end)
end)

describe("Ctrl-C", function()
  --- A child that calls `call` with a stopped grandchild `c`, is interrupted, and reports the error
  -- and how many interrupts it has had, before and after.
  local function interrupted(call)
    local child = lua(([[
      local c <close> = process.spawn { "/bin/sh", "-c", "kill -STOP $$" }
      local before = process.interrupts()
      local ok, message = pcall(function() process.report "ready" %s end)
      process.report(tostring(ok) .. tostring(message) .. before .. process.interrupts())
      c:signal "KILL" ]]):format(call))
    assert.are.equal("ready", next_report(child))
    process.wait({}, 0.05)
    local start = now()
    child:signal "INT"
    local text, how, code = finish(child)
    assert.are.same({ "exit", 0 }, { how, code })
    return text, now() - start
  end
  it("ends a wait and a write to a child that does not read", function()
    for _, call in ipairs { "process.wait({ c }, math.huge)", "process.wait({}, 60)",
      'c:write(("x"):rep(1000000))' } do
      local text = interrupted(call)
      assert.is_truthy(text:find "^false.*interrupted!01$", text)
    end
  end)
  it("is counted, and never forgotten", function()
    local child = lua [[
      for k = 1, 200 do
        pcall(function()
          process.report "+"
          process.wait({}, 60)
        end)
      end
      process.report(tostring(process.interrupts())) ]]
    for _ = 1, 200 do
      assert.are.equal("+", next_report(child))
      child:signal "INT"
    end
    assert.are.equal("200", (finish(child)))
  end)
end)

describe("locks", function()
  local path = scratch .. ".lock"
  teardown(function() os.remove(path) end)

  it("exclude two openings of one process", function()
    local a <close> = process.locks(path)
    local b <close> = process.locks(path)
    assert.is_true(a:take(7))
    assert.is_true(a:take(7))
    assert.is_false(b:take(7))
    assert.are.same({ false, true }, { a:taken(7), b:taken(7) })
    assert.is_true(b:take(8) and b:take(0) and b:take(2 ^ 40))
    assert.is_false(a:take(1 << 40))
    assert.is_true(a:take((1 << 40) - 1) and a:take((1 << 40) + 1))
    assert.is_true(b:take(math.maxinteger - 1))
    assert.is_true(a:taken(math.maxinteger - 1))
    b:release(7) -- not b's: nothing happens
    assert.is_true(b:taken(7))
    a:release(7)
    assert.is_true(b:take(7))
    b:close()
    b:close()
    assert.is_true(a:take(7) and a:take(0))
    local f <close> = assert(io.open(path))
    assert.are.equal(0, f:seek "end") -- locks need no bytes
  end)
  it("are released by the collector", function()
    local a <close> = process.locks(path)
    process.locks(path):take(1)
    collectgarbage()
    assert.is_true(a:take(1))
  end)
  it("end with a holder that is killed, and do not go to its children", function()
    local a <close> = process.locks(path)
    local child = lua(([[
      local l = process.locks(%q)
      process.report(tostring(l:take(5)))
      local sleeper = process.spawn { "sleep", "60" }
      process.report(" " .. sleeper.pid)
      process.wait({}, 60) ]]):format(path))
    local text = ""
    repeat text = text .. next_report(child) until text:match "^true %d+$"
    assert.is_false(a:take(5))
    assert.is_true(a:taken(5))
    child:signal "KILL"
    while not child:status() do process.wait({ child }, 20) end
    assert.is_false(a:taken(5))
    assert.is_true(a:take(5))
    os.execute("kill " .. text:match "%d+")
  end)
  it("say what is wrong", function()
    raises("process: locks /no/such/file: No such file or directory", process.locks,
      "/no/such/file")
    raises("process: locks /: Is a directory", process.locks, "/")
    raises("process: locks /dev/null: it is not a regular file", process.locks, "/dev/null")
    raises("process.locks: the path has a zero byte", process.locks, "a\0b")
    raises("process.locks: argument 1 must be a string, got nothing", process.locks)
    local a = process.locks(path)
    raises("take: the number of a lock must be in 0..9223372036854775806, got -1", a.take, a, -1)
    raises("take: the number of a lock must be in 0..9223372036854775806", a.take, a,
      math.maxinteger)
    raises("taken: the number of a lock must be a whole number, got 1.5", a.taken, a, 1.5)
    raises("release: the number of a lock must be a number, got nothing", a.release, a)
    raises("process: call it as locks:take(...)", a.take, 3)
    a:close()
    raises("process: take: these locks have been closed", a.take, a, 1)
  end)
end)

describe("wrong calls of spawn", function()
  local spawn = process.spawn
  it("name the word", function()
    raises("process: cannot start /no/such: No such file or directory", spawn, { "/no/such" })
    raises("process: cannot start no_such_program: No such file or directory", spawn,
      { "no_such_program" })
    raises("process: cannot start /: Permission denied", spawn, { "/" })
    raises("process: cannot start : No such file or directory", spawn, { "" })
    raises("process.spawn: argument 1 must be a list of words, got the string \"ls\"", spawn, "ls")
    raises("process.spawn: argument 1 must be a list of words, the program first", spawn, {})
    raises("process.spawn: argument 1 must be a list of words, the program first", spawn,
      { "ls", stdout = "null" })
    raises("process.spawn: word 2 must be a string, got 3", spawn, { "ls", 3 })
    raises("process.spawn: word 3 has a zero byte", spawn, { "ls", "a", "b\0c" })
    local many = {}
    for k = 1, 1000000 do many[k] = "/bin/true" end
    raises("process: cannot start /bin/true: Argument list too long", spawn, many)
    raises("process: cannot start " .. ("x"):rep(180) .. ": File name too long", spawn,
      { ("x"):rep(100000) })
  end)
  it("name the option", function()
    raises("process.spawn: unknown option 'stdot' (did you mean 'stdout'?)", spawn, { "ls" },
      { stdot = "null" })
    raises([[process.spawn: option 'stdout' must be one of "inherit", "stderr", "null", got ]],
      spawn, { "ls" }, { stdout = "file" })
    raises("process.spawn: option 'env' must be a table", spawn, { "ls" }, { env = "A=1" })
    raises("process.spawn: a value of the option 'env' must be a string, got 3", spawn, { "ls" },
      { env = { A = 3 } })
    raises("process.spawn: a name in the option 'env' must be a string, got 1", spawn, { "ls" },
      { env = { "A" } })
    raises("process.spawn: a value of the option 'env' has a zero byte", spawn, { "ls" },
      { env = { A = "\0" } })
    raises("process.spawn: the option 'env' has the name \"A=B\"", spawn, { "ls" },
      { env = { ["A=B"] = "" } })
  end)
end)

describe("wrong calls of children", function()
  it("name the method and the argument", function()
    local child = shell "read x"
    raises('child:signal: argument 2 must be one of "INT", "TERM", "KILL", "STOP", "CONT", ' ..
      'got the string "HUP"', child.signal, child, "HUP")
    raises("child:write: argument 2 must be a string, got 3", child.write, child, 3)
    raises("process: call it as child:read(...)", child.read)
    raises("process.wait: argument 1 must be a list of children, got userdata",
      process.wait, child, 1)
    raises("process.wait: entry 2 of the list must be a child, got 3", process.wait,
      { child, 3 }, 1)
    raises("process.wait: the number of seconds must not be negative, got -1", process.wait, {},
      -1)
    raises("process.wait: the number of seconds must not be negative, got NaN", process.wait, {},
      0 / 0)
    raises("process.wait: the number of seconds must be a number, got nothing", process.wait,
      { child })
    raises("process.wait: without children there must be a limit", process.wait, {}, math.huge)
    raises("process.report: argument 1 must be a string, got nothing", process.report)
    assert.is_nil(child.nothing)
    getmetatable(child).__close(child)
    raises("process: read: the handle of this child has been closed", child.read, child)
    raises("process.wait: entry 1 of the list must be a child, got one whose handle has been " ..
      "closed", process.wait, { child }, 1)
    assert.are.equal("child (closed)", tostring(child))
  end)
end)

describe("the process", function()
  it("knows itself and its machine", function()
    local text = finish(process.spawn { "/bin/sh", "-c", [[
      { readlink /proc/$PPID/exe; echo $PPID; uname -n; uname -srm; getconf _NPROCESSORS_ONLN
        getconf _PHYS_PAGES; getconf PAGESIZE; } >&3 ]] })
    local exe, pid, host, system, cores, pages, page =
      text:match "^(.-)\n(%d+)\n(.-)\n(.-)\n(%d+)\n(%d+)\n(%d+)\n$"
    local machine = process.machine()
    assert.are.equal(exe, process.executable())
    assert.are.equal(pid, tostring(process.pid()))
    assert.are.same({ host = host, system = system, cores = math.tointeger(cores),
      cpu = machine.cpu, memory = math.tointeger(pages) * math.tointeger(page) }, machine)
    assert.is_true(type(machine.cpu) == "string" and not machine.cpu:find "[\n:]")
    assert.is_true(math.abs(process.time() - os.time()) < 2)
    assert.is_true(process.interrupts() >= 0)
  end)
  it("counts the cores that it may use", function()
    local one = process.spawn { "taskset", "-c", "0", support.saddle, "-e",
      [[local p = require("saddle.core").process p.report(tostring(p.cores()))]] }
    assert.are.equal("1", (finish(one)))
    assert.is_true(process.cores() >= 1 and process.cores() <= process.machine().cores)
  end)
  it("does not name a program that has been replaced", function()
    local copy = scratch .. ".exe"
    local child = shell(('cp "%s" "%s"; exec "%s" -'):format(support.saddle, copy, copy))
    child:write(([[
      os.remove(%q)
      local process = require("saddle.core").process
      process.report(select(2, pcall(process.executable))) ]]):format(copy))
    child:close()
    assert.are.equal(copy .. " has been replaced or removed since it was started",
      (finish(child):gsub("^.-: ", "", 1)))
  end)
  it("gives the path of a file from the root, without links, or says why not", function()
    local pipe = io.popen "pwd -P"
    local here = pipe:read "l"
    pipe:close()
    assert.are.equal(here, process.realpath ".")
    assert.are.equal(here .. "/lua", process.realpath "tests/../lua")
    os.execute(("ln -sfn '%s' '%s.link'"):format(here, scratch))
    assert.are.equal(here .. "/lua", process.realpath(scratch .. ".link/lua"))
    os.remove(scratch .. ".link")
    raises("process: cannot find /no/such: No such file or directory", process.realpath,
      "/no/such")
  end)
  it("is a service for the modules alone", function()
    assert.is_nil(rawget(sd, "process"))
  end)
end)
