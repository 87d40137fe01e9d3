--- The executable: the prompt, and Ctrl-C.
local shell = require "tests.cli.shell"
local run, saddle, expect = shell.run, shell.saddle, shell.expect

describe("the prompt", function()
  local function prompt(input) return run(saddle .. " -i", input) end

  it("prints expressions, takes statements of several lines, survives errors", function()
    local out, status, err = prompt("x = 2\nx + 1, nil\nfor i = 1, 2 do\nprint('i', i)\nend\n"
      .. "error('oops')\nx =\n3\nx\nsd.version == saddle\n")
    assert.equal(0, status)
    expect(out, "saddle 0.")
    expect(out, "> 3\nnil\n")
    expect(out, ">> >> i\t1\ni\t2\n")
    expect(out, "> >> > 3\n")
    expect(out, "> false\n")
    expect(err, "saddle: prompt:6: oops") -- lines of the session
  end)
  it("shows results through print and tostring, and what fails there", function()
    local out, _, err = prompt("setmetatable({}, {__tostring = function() return 'shown' end})\n"
      .. "setmetatable({}, {__tostring = function() error('in tostring', 0) end})\n1 // 1\n")
    expect(out, "> shown\n")
    expect(out, "> 1\n")
    expect(err, "saddle: in tostring")
  end)
  -- A hook of the statement's goes on behind it, as Ctrl-C does that comes late: in lines of the
  -- prompt's own, of which nobody wants a traceback.
  it("says no more than that it was interrupted when that comes after the statement", function()
    local input = {}
    for steps = 1, 100 do
      input[steps] = ("debug.sethook(function() debug.sethook() error 'interrupted!' end, '', %d)")
        :format(steps)
    end
    local out, status, err = prompt(table.concat(input, "\n") .. "\n6 * 7\n")
    assert.equal(0, status)
    expect(out, "> 42\n")
    expect(err, "\nsaddle: interrupted!\nsaddle: interrupted!\n")
    assert.falsy(err:find("traceback", 1, true), err)
  end)
  it("reports syntax errors once the statement is complete", function()
    local _, status, err = prompt("x = = 1\nlocal t = {\n")
    assert.equal(0, status)
    expect(err, "prompt:1: unexpected symbol near '='")
    expect(err, "prompt:2: unexpected symbol near <eof>")
  end)
  it("prints no result of a statement that ends in `;`, and keeps the last one in _", function()
    local out = prompt("6 * 7;\n_ + 1\n'a' -- ;\n_ .. 'b', 2\n_\nprint(5);\n_\n")
    expect(out, "> > 43\n> \"a\"\n> \"ab\"\n2\n> \"ab\"\n> 5\n> \"ab\"\n> ")
  end)
  it("keeps locals, as variables that all statements share", function()
    local out, _, err = prompt("local n, k <const> = 0, 7\n"
      .. "local function up() n = n + k return n end\nup(), up()\nn = 1\nup()\n"
      .. "local n = 'new'\nup(), n\nk = 1\nrawget(_G, 'n')\n")
    expect(out, "> 7\n14\n> > 8\n> > 15\n\"new\"\n> > nil\n")
    expect(err, "prompt:8: attempt to assign to const variable 'k'")
  end)
  it("keeps the locals that came before an error", function()
    local out = prompt("local a = 1 local b = 2 error('no') local c = 3\na, b, c\n"
      .. "local d = 4 for _ = 1, 1 do error('no') end\nd\n")
    expect(out, "> 1\nnil\nnil\n") -- `b` was declared after the last keyword before the error
    expect(out, "> 4\n")
  end)
  it("shows the user's own lines that led to an error", function()
    local _, _, err = prompt("function f(x)\n  local y = x + 1\n  return y .. nil\nend\nx = f(1)\n"
      .. "function g() return 1 + g() end\ng()\nx = sd.zeros(2, 2) * sd.zeros(3, 3)\n"
      .. "sd.interp1({ 0, 1 }, { 0, 1 }, { method = 'round' })\n") -- a tail call, as it is compiled
    expect(err, "saddle: prompt:3: attempt to concatenate a nil value\n"
      .. "  prompt:3:   return y .. nil\n  prompt:5: x = f(1)\n")
    expect(err, "saddle: interp1: option 'method' must be")
    expect(err, "stack overflow\n  prompt:6: function g() return 1 + g() end (")
    assert.falsy(err:find("traceback", 1, true))
    assert.falsy(err:find("lua/saddle", 1, true), err)
  end)
  it("goes on after errors of any kind", function()
    local out, status, err = prompt("error()\nerror({ code = 3 })\n"
      .. "error(setmetatable({}, { __tostring = function() return 'speaks' end }))\n"
      .. "error(setmetatable({}, { __tostring = function() error 'twice' end }))\n"
      .. "table.unpack({}, 1, 1e8)\ntable.unpack({}, 1, 150)\n('x'):rep(30000)\n6 * 7\n")
    assert.equal(0, status)
    expect(err, "saddle: error object: nil\n")
    expect(err, "saddle: error object: { code = 3 }\n")
    expect(err, "saddle: speaks\n")
    expect(err, "saddle: error object: table\n")
    expect(err, "too many results to unpack")
    expect(out, "nil\n... (50 more results)\n")
    expect(out, "x\n... (10002 more bytes)\n")
    expect(out, "> 42\n")
  end)
  it("goes on whatever the user's globals are called", function()
    local out, status, err = prompt(
      "table, type, next, ipairs, pairs, load, xpcall = 1, 2, 3, 4, 5, 6, 7\n"
      .. "tostring, debug, string, rawget, rawset, print, io, math = 1, 2, 3, 4, 5, 6, 7, 8\n"
      .. "local n = 3\nfor i = 1, 2 do\nn = n + i\nend\nn\nerror('still told')\nsd.ones(1, 2)\n"
      .. "{ n }\n6 * 7\n")
    assert.equal(0, status)
    expect(err, "saddle: prompt:8: still told\n")
    expect(out, "> 6\n> > 1x2 f64\n1  1\n> { 6 }\n> 42\n> ")
  end)
  it("runs a start-up file of the user's, not with -E, and goes on when it fails", function()
    local dir = shell.directory()
    shell.write(dir .. "/saddle/init.lua", "started = sd.version\nerror 'at the start'\n")
    local command = ("XDG_CONFIG_HOME=%s %s -i"):format(dir, saddle)
    local out, status, err = run(command, "started == sd.version\n")
    assert.equal(0, status)
    expect(out, "> true\n")
    expect(err, "saddle/init.lua:2: at the start")
    expect(run(command .. " -E", "started == nil\n"), "> true\n")
    shell.remove(dir)
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
