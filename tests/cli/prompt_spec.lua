--- The executable: the prompt, and Ctrl-C.
local shell = require "tests.cli.shell"
local run, saddle, expect = shell.run, shell.saddle, shell.expect

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
  local interrupted = shell.interrupted

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
  it("is heard by sd.loop between two iterations", function()
    local out, status = interrupted([[
      local sd = require "saddle"
      print(pcall(sd.loop, 1e12, function(s) return { x = s.x + 1 } end, { x = 0 }))
      print(sd.loop(3, function(x) return x + 1 end, 1))]], 1)
    assert.equal(0, status)
    expect(out, "loop: interrupted")
    expect(out, "4.0")
  end)
  it("exits with 130 when the first was not heard", function()
    -- one call of a C function that looks at no flag
    local _, status = interrupted("local s = ('').rep('', 1 << 60)", 2)
    assert.equal(130, status)
  end)
end)
