--- What scripts do to the command that runs them: its end, its store and its status are its own.
local sd = require "saddle"
local shell = require "tests.cli.shell"
local store = require "saddle.store"
local run, expect, saddle = shell.run, shell.expect, shell.saddle

local dir
before_each(function() dir = shell.directory() end)
after_each(function() shell.remove(dir) end)

--- Writes a script in the test's folder: lines before it returns an experiment, its name, and the
-- body of its run.
local function script(file, before, name, body)
  shell.write(("%s/%s.lua"):format(dir, file), ([[
local sd = require "saddle"
%s
return sd.experiment { name = %s, sweep = { seed = sd.seeds(4) }, run = function(p) %s end }]])
    :format(before, name, body))
end

--- Runs saddle in the test's folder.
local function saddle_run(words) return run(("cd %s && %s %s"):format(dir, saddle, words)) end

describe("a script", function()
  it("cannot end the command that loads or runs it", function()
    script("load", "os.exit(0)", "'load'", "return {}")
    script("late", "", "'late'", "if p.seed == 2 then os.exit(0) end return { x = 1 }")
    for words, place in pairs { ["sweep load.lua"] = "load.lua:2",
      ["check load.lua"] = "load.lua:2", ["run late.lua seed=2"] = "late.lua:3" } do
      local out, status, err = saddle_run(words)
      assert.equal(1, status, words)
      expect(out .. err, place .. ": os.exit: a script does not end the command that runs it")
    end
    local out, status = saddle_run "sweep late.lua --jobs 2"
    assert.equal(1, status)
    expect(out, "4 points in late.db: 3 done (0 before), 1 failed")
    expect(out, "late.lua:3: os.exit")
  end)

  it("may end its workers at every point: each point fails, and the sweep ends", function()
    script("deadly", "", "'deadly'", [[io.popen("kill -9 $PPID"):read()]])
    local out, status, err = saddle_run "sweep deadly.lua --jobs 2"
    assert.equal(1, status, err)
    expect(out, "4 points in deadly.db: 0 done (0 before), 4 failed")
    expect(out, "the process at work on it ended 3 times")
  end)

  it("must return the same job when workers load it", function()
    script("fickle", [[
      local first = not io.open("seen")
      if first then io.open("seen", "w"):close() end]], "first and 'a' or 'b'", "return {}")
    local _, status, err = saddle_run "sweep fickle.lua --jobs 1"
    assert.equal(1, status)
    expect(err, "gave the experiment 'a' when this command began, and now the experiment 'b': "
      .. "what it returns must not change")
    assert(not err:find("traceback", 1, true), err)
  end)

  it("is told by what it raises, whatever that is", function()
    shell.write(dir .. "/list.lua", "error { 1 }")
    local _, status, err = saddle_run "sweep list.lua"
    assert.equal(1, status)
    expect(err, "saddle sweep: the error is a table\nstack traceback:\n")
    expect(err, "list.lua:1: in main chunk")
    assert(not err:find("xpcall", 1, true), err) -- nor what called the script
  end)

  it("that lets no interrupt through is killed when Ctrl-C is pressed twice", function()
    script("deaf", "", "'deaf'", [[io.open("at work", "w"):close()
      while true do pcall(function() while true do end end) end]])
    local out, status, err = run(([[cd %s && python3 -c '
import os, signal, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], "sweep", "deaf.lua", "--jobs", "1"], start_new_session=True,
    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
while not os.path.exists("at work"): time.sleep(0.01)
os.killpg(p.pid, signal.SIGINT)
time.sleep(0.2)
os.killpg(p.pid, signal.SIGINT)
sys.exit(p.wait(8))' %s]]):format(dir, saddle)) -- which would take 12 seconds otherwise
    assert.equal(130, status, out .. err)
    expect(err, "saddle sweep: interrupted")
    local st <close> = store.open(dir .. "/deaf.db", { mode = "read" })
    assert.equal(0, st.db:value "SELECT count(*) FROM run WHERE status <> 'pending'")
  end)
end)

describe("a store", function()
  it("that was removed while it was in use is missed", function()
    script("gone", "", "'gone'", [[if p.seed == 3 then os.remove "gone.db" end return {}]])
    local _, status, err = saddle_run "sweep gone.lua --jobs 1"
    assert.equal(1, status)
    expect(err, "saddle sweep: store gone.db: was removed while it was in use: its runs are lost")
  end)

  it("never counts a run of another version of a script as done without being told", function()
    script("a", "", "'same'", "return { x = 1 }")
    script("b", "", "'same'", "return { x = 2 }")
    local refusal = "has runs of 'same' by another version of its script"
    for _, step in ipairs {
      { "a.lua seed=1..3", "3 done (0 before)" }, { "b.lua seed=1..2", refusal },
      { "b.lua seed=1..2 --changed redo", "2 done (0 before)" },
      { "b.lua seed=1..2", "2 done (2 before)" }, -- all are its own
      { "b.lua seed=1..3", refusal },             -- 3 would be that of a.lua
      { "b.lua seed=1..3 --changed redo", "3 done (2 before)" },
      { "a.lua seed=1..3", "3 done (3 before)" },
      { "a.lua seed=1..4 --changed keep", "4 done (3 before)" },
      { "b.lua seed=1..4 --changed keep", "4 done (4 before)" },
    } do
      local out, _, err = saddle_run("sweep " .. step[1])
      expect(out .. err, step[2])
    end
  end)

  it("fails a run whose results no database can hold", function()
    local st <close> = store.open(dir .. "/big.db", { mode = "create" })
    local job = { kind = "experiment", name = "big" }
    local session = st:session { job = job, file = "big.lua", hash = "0", about = "{}",
      points = { { seed = 1 }, { seed = 2 } } }
    local holder, db = st:holder(), st.db
    --- The database, with a lower limit than the gigabyte that it would take to meet the real one.
    holder.db = setmetatable({}, { __index = function(_, name)
      return function(_, sql, ...)
        if name == "run" and sql:find "INSERT INTO array" then
          error "store big.db: a value is longer than 10 bytes"
        end
        return db[name](db, sql, ...)
      end
    end })
    local first = holder:take(session.id)
    local second, outcome = holder:finish(first, { status = "done", metrics = { x = 1 },
      arrays = { w = sd.eye(2) } }, 0.1, session.id)
    assert.equal("failed", outcome.status)
    assert.equal(2, second.id)
    assert.same({ status = "failed", error = "its results cannot be kept: a value is longer than "
      .. "10 bytes" }, db:first("SELECT status, error FROM run WHERE id = ?", first.id))
    assert.equal(0, db:value "SELECT count(*) FROM metric") -- all of it or nothing
  end)
end)
