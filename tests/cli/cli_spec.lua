--- The executable: flags, scripts, the prompt, errors, interrupts, memory, guards.
local shell = require "tests.cli.shell"
local run, saddle = shell.run, shell.saddle

--- Output, status and errors of a script given as text.
local function script(text, arguments, flags)
  local dir = shell.directory()
  shell.write(dir .. "/script.lua", text)
  local out, status, err = run(("%s %s %s/script.lua %s"):format(saddle, flags or "", dir,
    arguments or ""))
  shell.remove(dir)
  return out, status, err
end

local function expect(text, wanted)
  assert(text:find(wanted, 1, true), ("expected to find\n  %s\nin\n%s"):format(wanted, text))
end

describe("flags", function()
  it("-e runs statements in order, with sd as a global", function()
    local out, status = run(saddle .. " -e 'x = 1' -e'x = x + 1' -e 'print(x, sd.eye(2)(2, 2))'")
    assert.equal("2\t1.0\n", out)
    assert.equal(0, status)
  end)
  it("-l requires into a global, by its own or another name", function()
    assert.equal("true\ttable\n", (run(saddle .. " -l saddle -lm=saddle -e 'print(m == saddle, "
      .. "type(m))'")))
    local _, status, err = run(saddle .. " -l no_such_module")
    assert.equal(1, status)
    expect(err, "saddle: module 'no_such_module' not found")
  end)
  it("-v and -h print and leave", function()
    local out, status = run(saddle .. " --version")
    expect(out, "saddle 0.")
    expect(out, "Lua 5.4")
    expect(out, "OpenBLAS")
    expect(out, "kernels for ")
    assert.equal(0, status)
    assert.equal(out, (run(saddle .. " -v")))
    local help, good = run(saddle .. " -h")
    expect(help, "usage: saddle [options] [script [args]]")
    assert.equal(0, good)
    assert.equal(help, (run(saddle .. " --help")))
  end)
  it("refuses what it does not know, and options without their argument", function()
    local _, status, err = run(saddle .. " -x")
    assert.equal(1, status)
    expect(err, "saddle: there is no option '-x'\nusage:")
    _, status, err = run(saddle .. " -e")
    assert.equal(1, status)
    expect(err, "an argument must follow '-e'")
    _, status = run(saddle .. " -l -e 'print(1)'")
    assert.equal(1, status)
  end)
  it("-W turns warnings on", function()
    local _, _, err = run(saddle .. " -e 'warn(\"quiet\")'")
    assert.equal("", err)
    _, _, err = run(saddle .. " -W -e 'warn(\"a\", \"b\")'")
    assert.equal("saddle: warning: ab\n", err)
  end)
  it("SADDLE_INIT takes the place of LUA_INIT; -E ignores both and LUA_PATH", function()
    local print_x = saddle .. " -e 'print(x, package.path:find(\"nowhere\") ~= nil)'"
    assert.equal("1\tfalse\n", (run("LUA_INIT='x = 1' " .. print_x)))
    assert.equal("2\tfalse\n", (run("SADDLE_INIT='x = 2' LUA_INIT='x = 1' " .. print_x)))
    assert.equal("nil\ttrue\n", (run("LUA_PATH='/nowhere/?;;' " .. print_x)))
    assert.equal("nil\tfalse\n", (run("LUA_PATH='/nowhere/?;;' SADDLE_INIT='x = 2' "
      .. print_x:gsub(" %-e", " -E -e", 1))))
    local _, status, err = run("LUA_INIT='error(\"bad\", 0)' " .. print_x)
    assert.equal(1, status)
    expect(err, "saddle: bad")
    _, status, err = run("LUA_INIT=@/no/file " .. print_x)
    assert.equal(1, status)
    expect(err, "cannot open /no/file")
  end)
end)

describe("scripts", function()
  it("get arg and ..., and modules beside them", function()
    local dir = shell.directory()
    shell.write(dir .. "/near.lua", "return 'near'")
    shell.write(dir .. "/main.lua", "print(require 'near', #arg, arg[1], arg[0]:match('[^/]*$'), "
      .. "arg[-2] ~= nil, select('#', ...), (...))")
    local out = run(("%s -W %s/main.lua a 'b c'"):format(saddle, dir))
    assert.equal("near\t2\ta\tmain.lua\ttrue\t2\ta\n", out)
    shell.remove(dir)
  end)
  it("come from standard input with - or when that is no terminal", function()
    assert.equal("a\n", (run(saddle .. " - a b", "print((...))")))
    assert.equal("7\n", (run(saddle, "print(7)")))
    assert.equal("", (run(saddle .. " -e ''", "print(7)")))
  end)
  it("may return a value, which is ignored", function()
    local out, status = script("return { name = 'experiment' }")
    assert.equal("", out)
    assert.equal(0, status)
  end)
  it("that are missing or wrong are errors", function()
    local _, status, err = run(saddle .. " /no/such/script.lua")
    assert.equal(1, status)
    expect(err, "saddle: cannot open /no/such/script.lua")
    _, status, err = script("x = = 1")
    assert.equal(1, status)
    expect(err, "script.lua:1: unexpected symbol near '='")
  end)
  it("run with the generational collector", function()
    assert.equal("generational\n", (script("print(collectgarbage('incremental'))")))
  end)
  it("after -- may have names with a dash", function()
    local _, status, err = run(saddle .. " -- -x")
    assert.equal(1, status)
    expect(err, "cannot open -x")
  end)
end)

describe("errors", function()
  it("come with position and traceback", function()
    local out, status, err = script("print('first')\nlocal function f() error('broken') end\nf()")
    assert.equal("first\n", out)
    assert.equal(1, status)
    expect(err, "script.lua:2: broken")
    expect(err, "stack traceback:")
    assert.equal("saddle: ", err:sub(1, 8))
  end)
  it("may be any object", function()
    local _, status, err = script("error({})")
    assert.equal(1, status)
    expect(err, "saddle: (error object is a table value)")
    _, status, err = script("error(nil)")
    assert.equal(1, status)
    expect(err, "saddle: (error object is a nil value)")
    _, status, err = script("error(setmetatable({}, { __tostring = function() return 'own' end }))")
    assert.equal(1, status)
    assert.equal("saddle: own\n", err)
  end)
  it("of deep recursion are Lua errors", function()
    assert.equal("false\ttrue\n", (script([[
      local function f() return 1 + f() end
      local ok, message = pcall(f)
      print(ok, message:find("stack overflow") ~= nil)]])))
    assert.equal("true\ttrue\n", (script([[
      local ok = load(("("):rep(100000))
      local deep = pcall(string.find, ("a"):rep(300000), ("a?"):rep(10000) .. "b")
      local t = setmetatable({}, { __index = function(t, k) return t[k .. 1] end })
      print(ok == nil and not deep, not pcall(function() return t.x end))]])))
  end)
end)

describe("output", function()
  it("that could not be written is an error", function()
    local _, status, err = run(saddle .. " -e 'print(1)' >/dev/full")
    assert.equal(1, status)
    expect(err, "saddle: cannot write all of the standard output")
    _, status = run(saddle .. " -e 'x = 1' >&-")
    assert.equal(0, status)
  end)
end)

describe("os.exit", function()
  it("gives the status and closes the state", function()
    local out, status = script([[
      setmetatable({}, { __gc = function() print("closed") end })
      os.exit(3)]])
    assert.equal("closed\n", out)
    assert.equal(3, status)
    out, status = script("setmetatable({}, {__gc = function() print(1) end}) os.exit(true, false)")
    assert.equal("", out)
    assert.equal(0, status)
    out, status = script("coroutine.wrap(function() os.exit(false) end)() print(1)")
    assert.equal("", out)
    assert.equal(1, status)
  end)
end)

describe("the prompt", function()
  local function prompt(input) return run(saddle .. " -i", input) end

  --- Types on a terminal and waits for an answer each time: { keys, answer, keys, answer, ... };
  -- then Ctrl-D. The status is that of the prompt, or 99 when an answer did not come.
  local function terminal(dialogue)
    local words = {}
    for i, word in ipairs(dialogue) do words[i] = "'" .. word .. "'" end
    return run(([[
      python3 -c '
import os, pty, select, sys, time
pid, tty = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:2])
words, shown, seen = sys.argv[2:], "", 0
for keys, answer in zip(words[::2], words[1::2]):
    if keys[-1:] in ("\3", "\4"): time.sleep(0.2) # for the read to begin
    os.write(tty, keys.encode())
    while answer not in shown[seen:]:
        if not select.select([tty], [], [], 20)[0]:
            print(shown, "[no answer to %%r]" %% keys)
            os.kill(pid, 9)
            sys.exit(99)
        shown += os.read(tty, 4096).decode()
    seen = shown.index(answer, seen) + len(answer)
os.write(tty, b"\4")
code = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(code) if os.WIFEXITED(code) else 98)' %s %s]]):format(saddle,
      table.concat(words, " ")))
  end

  it("prints expressions, takes statements of several lines, survives errors", function()
    local out, status, err = prompt("x = 2\nx + 1, nil\nfor i = 1, 2 do\nprint('i', i)\nend\n"
      .. "error('oops')\nx =\n3\nx\nsd.version == saddle\n")
    assert.equal(0, status)
    expect(out, "saddle 0.")
    expect(out, "> 3\tnil\n")
    expect(out, ">> >> i\t1\ni\t2\n")
    expect(out, "> >> > 3\n")
    expect(out, "> false\n")
    expect(err, "saddle: prompt:1: oops")
  end)
  it("shows results through print and tostring, and what fails there", function()
    local out, _, err = prompt("setmetatable({}, {__tostring = function() return 'shown' end})\n"
      .. "setmetatable({}, {__tostring = function() error('in tostring', 0) end})\n1 // 1\n")
    expect(out, "> shown\n")
    expect(out, "> 1\n")
    expect(err, "saddle: in tostring")
  end)
  it("reports syntax errors once the statement is complete", function()
    local _, status, err = prompt("x = = 1\nlocal t = {\n")
    assert.equal(0, status)
    expect(err, "prompt:1: unexpected symbol near '='")
    expect(err, "prompt:1: unexpected symbol near <eof>")
  end)
  it("on a terminal goes on after Ctrl-C, and after a script that read to the end", function()
    if not os.execute("python3 -c 'import pty; pty.openpty()' 2>/dev/null") then
      return pending "no pseudo-terminal can be had here"
    end
    local out, status = terminal{
      "", "> ",
      "(20 + 1) * 2\n", "42\r\n> ",
      "dropped\3", "> ", -- a line, half typed
      "for i = 1, 2 do\n", ">> ", "\3", "> ",
      "print(20 + 3) while true do end\n", "23", "\3", "interrupted!",
      "", "\n> ",
      "print(20 + 4) return io.read()\n", "24", "\3", "interrupted!", -- leaves stdin in error
      "", "\n> ",
      "print(20 + 5) return io.read()\n", "25", "\4", "nil\r\n> ", -- leaves it at its end
      "t = {\n", ">> ", "\4", "near <eof>",
      "", "\n> ",
      "dropped\n", "nil\r\n> " }
    assert.equal(0, status, out)
  end)
  it("comes after a script with -i, whose globals it sees", function()
    local dir = shell.directory()
    shell.write(dir .. "/set.lua", "y = 41")
    expect(run(("%s -i %s/set.lua"):format(saddle, dir), "y + 1\n"), "> 42\n")
    shell.remove(dir)
  end)
end)

describe("Ctrl-C", function()
  --- Runs a script that prints "ready" and then `body`; sends it `signals` SIGINTs.
  local function interrupted(body, signals)
    local dir = shell.directory()
    shell.write(dir .. "/loop.lua", "print('ready') io.stdout:flush()\n" .. body)
    local out, status, err = run(([[
      exec 3<&0
      python3 -c '
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
p = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE)
p.stdout.readline()
for i in range(int(sys.argv[1])):
    time.sleep(0.2)
    p.send_signal(signal.SIGINT)
out = p.stdout.read().decode()
sys.stdout.write(out)
code = p.wait(30)
sys.exit(128 - code if code < 0 else code)' %d %s %s/loop.lua]]):format(signals, saddle, dir))
    shell.remove(dir)
    return out, status, err
  end

  it("ends a script with an error", function()
    local _, status, err = interrupted("while true do end", 1)
    assert.equal(1, status)
    expect(err, "interrupted!")
    expect(err, "loop.lua:2")
  end)
  it("is an error that pcall can hold, more than once", function()
    local out, status = interrupted("for _ = 1, 2 do "
      .. "print(pcall(function() while true do end end)) io.stdout:flush() end", 2)
    assert.equal(0, status)
    local _, count = out:gsub("interrupted!", "")
    assert.equal(2, count)
  end)
  it("reaches a coroutine, and leaves its resumer alone", function()
    local out, status = interrupted([[
      local function forever() while true do end end
      print(pcall(coroutine.wrap(forever)))
      io.stdout:flush()
      local co = coroutine.create(forever)
      print(coroutine.resume(co))
      for _ = 1, 1000 do coroutine.resume(co) end
      print(coroutine.status(co))]], 2)
    assert.equal(0, status)
    assert.equal("false\tinterrupted!\nfalse\tinterrupted!\ndead\n",
      (out:gsub("\t[^\n]*loop.lua:%d+: ", "\t")))
    local _, other = interrupted("local co = coroutine.wrap(function() while true do "
      .. "coroutine.yield() end end) while true do co() end", 1)
    assert.equal(1, other)
  end)
  it("that a loop of the core heard is one error, not two", function()
    local out, status = interrupted([[
      local sd = require "saddle"
      local rng, good, message = sd.rng(1), true, nil
      while good do good, message = pcall(rng.gamma, rng, 0.01, 4000, 4000) end
      for _ = 1, 1000 do good = not good end
      print(message)]], 1)
    assert.equal(0, status)
    expect(out, "interrupted")
  end)
  it("exits with 130 when the first was not heard", function()
    -- one call of a C function that looks at no flag
    local _, status = interrupted("local s = ('').rep('', 1 << 60)", 2)
    assert.equal(130, status)
  end)
end)

describe("coroutines", function()
  it("are as under lua5.4", function()
    local text = [[
      local print, pcall, unpack = print, pcall, table.unpack
      local wrap, create, resume = coroutine.wrap, coroutine.create, coroutine.resume
      print(pcall(resume, 1))
      print(pcall(wrap, 1))
      print(resume(coroutine.running()))
      local co = create(function(...) return ... end)
      print(resume(co, 1, nil, 3))
      print(resume(co))
      local f = wrap(function(a) error(coroutine.yield(a + 1)) end)
      print(f(1))
      print(pcall(f, "why"))
      print(pcall(f))
      print(select(2, pcall(wrap(function() error({ 7 }) end)))[1])
      local again
      again = wrap(function() return again() end)
      print(pcall(again))
      local closing = setmetatable({}, { __close = function() error("closing") end })
      print(pcall(wrap(function() local _ <close> = closing error("body") end)))
      local function deep(n) return wrap(function() return n == 0 or deep(n - 1) end)() end
      print(deep(100))
      print((select(2, pcall(deep, 1000)):gsub(".*:%d+: ", "")))
      print(pcall(resume, create(print), unpack({}, 1, 999000)))
      print(select("#", resume(create(function() return unpack({}, 1, 999000) end))))]]
    local dir = shell.directory()
    shell.write(dir .. "/script.lua", text)
    local ours, theirs = run(saddle .. " " .. dir .. "/script.lua"),
      run("lua5.4 " .. dir .. "/script.lua")
    shell.remove(dir)
    assert.equal(theirs, ours)
    expect(ours, "cannot resume non-suspended coroutine")
  end)
end)

describe("memory", function()
  it("is an error when it is short, and the session goes on", function()
    local out, status = run("SADDLE_MEMORY=100M " .. saddle .. " -e '" .. [[
      local ok, message = pcall(string.rep, "x", 2 ^ 30 // 1 | 0)
      print(ok, message)
      local t = {}
      print(pcall(function() for i = 1, math.huge do t[i] = {} end end))
      t = nil
      collectgarbage() -- buffers of the string library ask for memory without collecting
      print(#string.rep("x", 20e6 // 1 | 0))]] .. "'")
    assert.equal("false\tnot enough memory\nfalse\tnot enough memory\n20000000\n", out)
    assert.equal(0, status)
  end)
  it("is named when a matrix does not fit", function()
    local out, status = run("SADDLE_MEMORY=100M " .. saddle
      .. " -e 'print(pcall(sd.zeros, 1e4, 1e4)) print(sd.zeros(10, 10)(1, 1))'")
    assert.equal(0, status)
    expect(out, "zeros: not enough memory for 10000x10000 f64")
    expect(out, "\n0.0\n")
  end)
  it("too small to start is an error", function()
    local _, status, err = run("SADDLE_MEMORY=10K " .. saddle .. " -e ''")
    assert.equal(1, status)
    expect(err, "not enough memory")
  end)
end)

describe("guards", function()
  it("refuse binary chunks everywhere", function()
    local dir = shell.directory()
    shell.write(dir .. "/make.lua", ([[
      local f = assert(io.open("%s/chunk.lua", "wb"))
      f:write(string.dump(function() return 1 end))
      f:close()]]):format(dir))
    run(("%s %s/make.lua"):format(saddle, dir))
    local out = run(("cd %s && %s -e '%s'"):format(dir, saddle:sub(1, 1) == "/" and saddle
      or "$OLDPWD/" .. saddle, [[
      local chunk = string.dump(function() end)
      print(load(chunk))
      print(load(chunk, "x", "b"))
      print(load(chunk, "x", "bt", {}))
      print(load("return 1", "x", "b"))
      print(loadfile("chunk.lua"))
      print(pcall(dofile, "chunk.lua"))
      print(pcall(require, "chunk"))]]))
    local _, binary = out:gsub("attempt to load a binary chunk", "")
    assert.equal(6, binary)
    expect(out, "attempt to load a text chunk (mode is 'none')")
    local _, status, err = run(("%s %s/chunk.lua"):format(saddle, dir))
    assert.equal(1, status)
    expect(err, "attempt to load a binary chunk")
    shell.remove(dir)
  end)
  it("leave load, loadfile, dofile and require as they are otherwise", function()
    local dir = shell.directory()
    shell.write(dir .. "/m.lua", "x = (x or 0) + 1 return x, ...")
    local out = script(([[
      print(load("return x, ...", "c", "t", { x = 5 })(6))
      print(load(function() return nil end))
      print(load("x ="))
      print(pcall(load, "return 1", "n", 5))
      print(loadfile("%s/m.lua", "t", { x = 1 })())
      print(dofile("%s/m.lua"))
      print(pcall(dofile, "/no/file"))
      package.path = "%s/?.lua"
      print(require("m"))
      print(coroutine.wrap(function() return coroutine.yield(1) end)())
      print(select("#", pcall(require, "nowhere")))]]):format(dir, dir, dir))
    shell.remove(dir)
    expect(out, "5\t6\nfunction")
    expect(out, "nil\t[string \"x =\"]:1: unexpected symbol near <eof>")
    expect(out, "\n2\n1\n")
    expect(out, "false\tcannot open /no/file")
    expect(out, "\n2\t" .. dir .. "/m.lua\n1\n2\n")
  end)
  it("keep the debug library from breaking memory safety", function()
    local out = script([[
      local sd = require "saddle"
      local A = sd.ones(2, 2)
      print(pcall(debug.setmetatable, io.stdout, debug.getmetatable(A)))
      print(pcall(debug.setuservalue, A:col(1), 1, 1))
      print(pcall(debug.getregistry))
      print(pcall(debug.setupvalue, debug.getmetatable(A).__index, 1, 5))
      print(pcall(function() for i = 1, 2 do debug.setlocal(1, 1, "x") end end))
      print(pcall(table.sort, { 2, 1 }, function() debug.setlocal(2, 1, nil) end))
      print(pcall(debug.setlocal, 1000, 1, 1))]])
    expect(out, "the metatable of a userdata cannot be changed")
    expect(out, "debug.setuservalue is not available")
    expect(out, "debug.getregistry is not available")
    expect(out, "upvalues of a C function cannot be changed")
    expect(out, "(for state) is internal and cannot be changed")
    expect(out, "values of a C function cannot be changed")
    expect(out, "level out of range")
  end)
  it("cannot be got round by what they replaced", function()
    local out = script([[
      local chunk, sd = string.dump(function() end), require "saddle"
      local guarded = { load = load, loadfile = loadfile, dofile = dofile,
        set = debug.setmetatable }
      for name, f in pairs(guarded) do assert(not debug.getupvalue(f, 1), name) end
      local found = 0
      local function try(level) -- is there a function on the stack that does what is refused?
        local info = debug.getinfo(level + 1, "f")
        if not info or debug.getinfo(info.func, "S").what ~= "C" then return end
        found = found + 1
        debug.sethook()
        local ok, loaded = pcall(info.func, chunk)
        assert(not (ok and type(loaded) == "function"), "a binary chunk was loaded")
        local view = sd.eye(2):col(1)
        pcall(info.func, view, nil)
        assert(debug.getmetatable(view), "the metatable of a matrix is gone")
      end
      load(function() try(2) end) -- the reader's caller
      debug.sethook(function() try(2) end, "c") -- whatever is called
      debug.setmetatable(1, nil)
      debug.sethook(function() try(2) end, "c")
      load("return 1")
      debug.sethook()
      print(found >= 3)]])
    assert.equal("true\n", out)
  end)
  it("show nothing of C functions to a finaliser that runs in one", function()
    local out = script([[
      local sd = require "saddle"
      local path, A, runs, seen = os.tmpname() .. ".npz", sd.eye(3), 0, 0
      local function meddle()
        for level = 2, 3 do
          for k = 1, 12 do
            if debug.getinfo(level, "S").what == "C" then
              local _, v = debug.getlocal(level, k)
              runs = runs + 1
              if v ~= nil then seen = seen + 1 end
            end
          end
        end
      end
      for k = 1, 400 do
        for j = 1, 50 do setmetatable({}, { __gc = meddle }) end
        sd.save(path, { a = A, b = { 1, 2, x = { A } } })
      end
      os.remove(path)
      print(runs > 0, seen)]])
    assert.equal("true\t0\n", out)
  end)
  it("leave the debug library as it is otherwise", function()
    assert.equal("a\t5\nx\t7\nnil\nt\t3\ntrue\na\t5\nt\t3\nx\t7\np\n", (script([[
      local a = 1
      print(debug.setlocal(1, 1, 5), a)
      local x = 1
      local function f() return x end
      print(debug.setupvalue(f, 1, 7), f())
      print(debug.setlocal(1, 99, 1))
      local co = coroutine.create(function() local t = 1 coroutine.yield() return t end)
      coroutine.resume(co)
      print(debug.setlocal(co, 1, 1, 3), select(2, coroutine.resume(co)))
      print(debug.setmetatable(1, { __index = math }) == 1 and (4):sqrt() == 2)
      print(debug.getlocal(1, 1))
      local again = coroutine.create(function() local t = 3 coroutine.yield(t) end)
      coroutine.resume(again)
      print(debug.getlocal(again, 1, 1))
      print(debug.getupvalue(f, 1))
      print(debug.getlocal(function(p) return p end, 1))]])))
  end)
end)

describe("an installed tree", function()
  it("works, also after it was moved, and goes away", function()
    local dir = shell.directory()
    local make = ("make -s B=%s DESTDIR=%s/a PREFIX='/opt/s t' "):format(
      saddle:match("^(.*)/[^/]*$"), dir)
    local _, status, err = run(make .. "-o $(dirname " .. saddle .. ")/flags install")
    assert.equal(0, status, err)
    os.execute(("mv %s/a %s/b"):format(dir, dir))
    local prefix = dir .. "/b/opt/s t"
    local out = run(("cd / && env -i \"%s/bin/saddle\" -e 'print(package.searchpath(\"saddle\", "
      .. "package.path), sd.eye(2)(1, 1))'"):format(prefix))
    assert.equal(prefix .. "/bin/../share/lua/5.4/saddle/init.lua\t1.0\n", out)
    os.execute(("mv %s/b %s/a"):format(dir, dir))
    run(make .. "uninstall")
    assert.equal("", (run(("find %s/a -type f"):format(dir))))
    shell.remove(dir)
  end)
end)
