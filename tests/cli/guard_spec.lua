--- The executable: coroutines of its own, memory, and what scripts may not do.
local shell = require "tests.cli.shell"
local run, saddle, script, expect = shell.run, shell.saddle, shell.script, shell.expect

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
