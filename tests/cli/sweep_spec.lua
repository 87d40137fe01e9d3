--- saddle run and saddle sweep: what they print and keep, what they refuse, that nothing is done
-- twice.
local shell = require "tests.cli.shell"
local process = require("saddle.core").process
local run, expect = shell.run, shell.expect
local saddle = shell.saddle

local dir
before_each(function() dir = shell.directory() end)
after_each(function() shell.remove(dir) end)

local TINY <const> = [[
local sd = require "saddle"
return sd.experiment { name = "tiny", text = "a line",
  params = { k = sd.param(3, "a whole number", { from = 0 }), x = 0.5, word = "a" },
  sweep = { k = { 1, 2, 3 }, seed = sd.seeds(4) }, quick = { k = { 1 } },
  run = function(p, log)
    for t = 1, 3 do log(t, { loss = p.k / t }) end
    if p.word == "fail" then error("no luck with " .. p.k) end
    return { y = p.k * p.x, even = p.k % 2 == 0, none = 0 / 0, w = sd.full(2, 3, p.k), s = "text" }
  end }
]]

--- Runs saddle in the test's folder.
local function saddle_run(words) return run(("cd %s && %s %s"):format(dir, saddle, words)) end

--- What SQLite's own reader finds in a store: a second witness that does not share our code. Lines.
local function query(sql, store)
  local text, status, err = run(([[python3 -c '
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
    print("|".join(repr(v) for v in row))' %s/%s "%s"]]):format(dir, store or "tiny.db", sql))
  assert(status == 0, err)
  return text
end

describe("saddle run", function()
  before_each(function() shell.write(dir .. "/tiny.lua", TINY) end)

  it("runs one point and shows what came of it", function()
    local out, status = saddle_run "run tiny.lua k=4 x=0.25"
    assert.equal(0, status)
    for _, line in ipairs { "  k     4\n", "  x     0.25\n", "  y     1\n", "  even  true\n",
      "  w  2x3 f64\n", "  loss  3 records of 1, t = 1..3\n" } do
      expect(out, line)
    end
  end)

  it("prints JSON with exact numbers", function()
    local out = saddle_run "run tiny.lua k=3 x=0.1 --json"
    expect(out, '"x": 0.1')
    expect(out, '"y": 0.30000000000000004')
    expect(out, '"none": "nan"')
  end)

  it("lists the parameters", function()
    local out, status = saddle_run "run tiny.lua --help"
    assert.equal(0, status)
    expect(out, "tiny: a line")
    expect(out, "a whole number from 0")
    expect(out, "seed of p.rng")
  end)

  it("keeps a run in a store, and takes it from there the next time", function()
    local first = saddle_run "run tiny.lua k=4 --store s.db"
    local again = saddle_run "run tiny.lua k=4 --store s.db"
    assert.equal(first, again) -- the time it took, too
    assert.equal("1\n", query("SELECT count(*) FROM run", "s.db"))
  end)

  it("says what is wrong before anything runs", function()
    for words, why in pairs {
      ["run"] = "saddle run: which script? see --help",
      ["run nothing.lua"] = "saddle run: there is no script 'nothing.lua'",
      ["run tiny.lua kk=3"] = "did you mean 'k'",
      ["run tiny.lua k=2.5"] = "k",
      ["run tiny.lua k=-1"] = "a whole number from 0",
      ["run tiny.lua k"] = "k",
      ["run tiny.lua --stor s.db"] = "there is no option '--stor' (did you mean '--store'?)",
      ["run tiny.lua --store"] = "--store needs a value",
      ["run tiny.lua k=1 --changed maybe"] = "--changed must be keep or redo, got 'maybe'",
      ["runn tiny.lua"] = "cannot open runn",
    } do
      local out, status, err = saddle_run(words)
      assert.equal(1, status, words)
      assert.equal("", out, words)
      expect(err, why)
      assert(not err:find "traceback" or words:find "^runn", err)
    end
    assert.equal("", (run("ls " .. dir .. "/*.db 2>/dev/null")))
  end)

  it("tells scripts that return no experiment from those that do", function()
    shell.write(dir .. "/plain.lua", "print 'hello'")
    local _, status, err = saddle_run "run plain.lua"
    assert.equal(1, status)
    expect(err, "plain.lua does not return an experiment (sd.experiment)")
    shell.write(dir .. "/wrong.lua", "local x = ")
    _, status, err = saddle_run "run wrong.lua"
    assert.equal(1, status)
    expect(err, "wrong.lua:1: unexpected symbol near <eof>")
  end)

  it("shows a run's error with its place, and fails", function()
    local _, status, err = saddle_run "run tiny.lua word=fail"
    assert.equal(1, status)
    expect(err, "tiny.lua:7: no luck with 3")
  end)
end)

describe("saddle sweep", function()
  before_each(function() shell.write(dir .. "/tiny.lua", TINY) end)

  it("does every point once and keeps all that it gave", function()
    local out, status = saddle_run "sweep tiny.lua --jobs 2"
    assert.equal(0, status)
    assert.equal("12 points in tiny.db: 12 done (0 before), 0 failed\n", out)
    assert.equal("12|12|'done'|1\n", query("SELECT count(*), count(DISTINCT params), max(status), "
      .. "max(attempts) FROM run"))
    assert.equal("6.0|3|1|4\n", query([[SELECT
      (SELECT sum(value) FROM metric JOIN run ON run.id = run WHERE name = 'y' AND seed = 1) * 2,
      (SELECT count(*) FROM metric JOIN run ON run.id = run WHERE name = 'none' AND value IS NULL
        AND type = 'number' AND seed = 2),
      (SELECT sum(value) FROM metric JOIN run ON run.id = run WHERE name = 'even' AND seed = 1),
      (SELECT count(*) FROM metric JOIN run ON run.id = run WHERE name = 'even' AND value = 1)]]))
    assert.equal("12|12\n", query([[SELECT
      (SELECT count(*) FROM array WHERE name = 'w' AND rows = 2 AND cols = 3
        AND length(data) = 48 AND times IS NULL),
      (SELECT count(*) FROM array WHERE name = 'loss' AND rows = 1 AND cols = 3
        AND length(times) = 24)]]))
    assert.equal("0|0|0\n", query("SELECT (SELECT count(*) FROM task), "
      .. "(SELECT count(*) FROM session), (SELECT count(*) FROM holder)"))
  end)

  it("does not do again what is done, and adds what is new", function()
    saddle_run "sweep tiny.lua --quick"
    assert.equal("12 points in tiny.db: 12 done (4 before), 0 failed\n",
      (saddle_run "sweep tiny.lua"))
    assert.equal("2 points in tiny.db: 2 done (1 before), 0 failed\n",
      (saddle_run "sweep tiny.lua k=3,4 seed=2"))
    assert.equal("13|13\n", query "SELECT count(*), sum(attempts) FROM run")
  end)

  it("keeps failures with their tracebacks, and runs them again when asked to", function()
    local out, status = saddle_run "sweep tiny.lua k=1,2 seed=1 word=a,fail"
    assert.equal(1, status)
    expect(out, "4 points in tiny.db: 2 done (0 before), 2 failed\n")
    local error_text = query "SELECT error FROM run WHERE status = 'failed' ORDER BY id LIMIT 1"
    expect(error_text, "tiny.lua:7: no luck with 1")
    expect(error_text, "stack traceback")
    out = saddle_run "sweep tiny.lua k=1,2 seed=1 word=a,fail"
    expect(out, "2 done (2 before), 2 failed (--retry runs those of before again)")
    assert.equal("1\n", query "SELECT max(attempts) FROM run")
    saddle_run "sweep tiny.lua k=1,2 seed=1 word=a,fail --retry"
    assert.equal("2|2\n", query "SELECT sum(attempts = 2), sum(status = 'failed') FROM run")
  end)

  it("refuses a changed script unless told what to do", function()
    saddle_run "sweep tiny.lua k=1 seed=1"
    shell.write(dir .. "/tiny.lua", (TINY:gsub("p%.k %* p%.x", "p.k * p.x + 1")))
    local _, status, err = saddle_run "sweep tiny.lua k=1,2 seed=1"
    assert.equal(1, status)
    expect(err, "store tiny.db: has runs of 'tiny' by another version of its script")
    assert.equal("2 points in tiny.db: 2 done (1 before), 0 failed\n",
      (saddle_run "sweep tiny.lua k=1,2 seed=1 --changed keep"))
    assert.equal("2 points in tiny.db: 2 done (1 before), 0 failed\n", -- what keep has added
      (saddle_run "sweep tiny.lua k=1,2 seed=1 --changed redo"))
    assert.equal("0.5\n1.5\n2.0\n",
      query "SELECT value FROM metric WHERE name = 'y' ORDER BY value")
  end)

  it("sees a change in a module beside the script", function()
    shell.write(dir .. "/part.lua", "return 1")
    shell.write(dir .. "/tiny.lua", "local part = require 'part'\n" .. TINY)
    saddle_run "sweep tiny.lua k=1 seed=1"
    shell.write(dir .. "/part.lua", "return 2")
    local _, status, err = saddle_run "sweep tiny.lua k=1 seed=1"
    assert.equal(1, status)
    expect(err, "by another version of its script")
  end)

  it("lists points, and takes shards and random ones", function()
    local out = saddle_run "sweep tiny.lua k=1..3 seed=1 --list --shard 2/3"
    assert.equal('{"k":2,"seed":1,"word":"a","x":0.5}\n', out)
    local one = saddle_run "sweep tiny.lua x=0..1 --random 3 seed=1 --list"
    local _, lines = one:gsub("\n", "\n")
    assert.equal(3, lines)
    assert.equal(one, (saddle_run "sweep tiny.lua x=0..1 --random 3 seed=1 --list"))
    assert.not_equal(one, (saddle_run "sweep tiny.lua x=0..1 --random 3 --seed 2 seed=1 --list"))
    local _, status, err = saddle_run "sweep tiny.lua --shard 4/3"
    assert.equal(1, status)
    expect(err, "--shard must be i/n with i from 1 to n, got '4/3'")
  end)

  it("comes together from the tasks of an array", function()
    local words = "tiny.lua x=0.1,0.3 seed=1..3"
    for task = 3, 1, -1 do
      local out, status, err = run(([[
        script=$PWD/scripts/cluster/slurm.sh; cd %s && SADDLE=%s SHARDS=3 SLURM_ARRAY_TASK_ID=%d \
          SLURM_CPUS_PER_TASK=1 sh "$script" %s]]):format(dir, saddle, task, words))
      assert.equal(0, status, err)
      assert.equal(("6 points in ./runs.%d.db: 6 done (0 before), 0 failed\n"):format(task), out)
    end
    local out = saddle_run "merge runs.db runs.*.db"
    assert.equal("18 runs of runs.db: 18 done. Came in: 18 new\n", out)
    saddle_run(("sweep %s --jobs 1"):format(words))
    for _, part in ipairs { "params, status, attempts FROM run",
      "params, name, type, value FROM metric JOIN run ON run.id = run",
      "params, name, rows, cols, times, data FROM array JOIN run ON run.id = run" } do
      local sql = ("SELECT %s ORDER BY 1, 2"):format(part)
      assert.equal(query(sql), query(sql, "runs.db"))
    end
  end)

  it("refuses stores that are none of ours, or broken, and leaves them alone", function()
    shell.write(dir .. "/text.db", "this is no database, but it is longer than a header of one is, "
      .. ("x"):rep(200))
    run(([[python3 -c '
import sqlite3, sys
c = sqlite3.connect(sys.argv[1]); c.execute("CREATE TABLE t(x)"); c.commit()' %s/other.db]])
      :format(dir))
    run(([[python3 -c '
import sqlite3, sys
c = sqlite3.connect(sys.argv[1]); c.execute("PRAGMA application_id = %d")
c.execute("PRAGMA user_version = 99"); c.commit()' %s/newer.db]]):format(0x5341444C, dir))
    for store, why in pairs { text = "database", other = "of another program",
      newer = "is of version 99" } do
      local before = run(("md5sum < %s/%s.db"):format(dir, store))
      local _, status, err = saddle_run(("sweep tiny.lua --store %s.db"):format(store))
      assert.equal(1, status, store)
      expect(err, ("saddle sweep: store %s.db"):format(store))
      expect(err, why)
      assert.equal(before, (run(("md5sum < %s/%s.db"):format(dir, store))))
    end
    local _, status, err = saddle_run "sweep tiny.lua --store no/such/folder.db"
    assert.equal(1, status)
    expect(err, "folder.db")
  end)

  it("divides the points between two commands at once", function()
    shell.write(dir .. "/slow.lua", [[
      local sd = require "saddle"
      return sd.experiment { name = "slow", params = { k = 1 }, sweep = { seed = sd.seeds(120) },
        run = function(p)
          local till = os.clock() + 0.004
          while os.clock() < till do end
          return { square = p.seed ^ 2 }
        end }]])
    local command = ("cd %s && %s sweep slow.lua --jobs 1"):format(dir, saddle)
    local out, status = run(("(%s; echo $?) >%s/a 2>&1 & %s; echo $?; wait; cat %s/a"):format(
      command, dir, command, dir))
    assert.equal(0, status)
    local _, lines = out:gsub("120 points in slow.db: 120 done", "")
    assert.equal(2, lines, out)
    assert.equal("120|120|120|1|583220.0\n", query([[SELECT count(*), count(DISTINCT params),
      sum(status = 'done'), max(attempts), (SELECT sum(value) FROM metric) FROM run]], "slow.db"))
  end)

  it("puts the points back at Ctrl-C, and goes on later", function()
    shell.write(dir .. "/wait.lua", [[
      local sd = require "saddle"
      return sd.experiment { name = "wait", sweep = { seed = sd.seeds(6) },
        run = function(p)
          local till = os.clock() + 0.3
          while os.clock() < till do end
          return { x = p.seed }
        end }]])
    local command = ("cd %s && exec %s sweep wait.lua --jobs 2 2>err"):format(dir, saddle)
    local sweep = process.spawn({ "/bin/sh", "-c", command }, { stdout = "null" })
    local function finished() return query("SELECT sum(status = 'done') FROM run", "wait.db") end
    repeat
      process.wait({}, 0.05)
      local good, count = pcall(finished) -- there may be no table yet
    until good and count:find "[1-5]"
    sweep:signal "INT"
    while not sweep:status() do process.wait({}, 0.02) end
    local _, status = sweep:status()
    local err = run(("cat %s/err"):format(dir))
    assert.equal(130, status, err)
    expect(err, "saddle sweep: interrupted")
    assert(not err:find "traceback", err)
    assert.equal("0\n", query("SELECT count(*) FROM run WHERE status IN ('running', 'failed')",
      "wait.db"))
    local out = saddle_run "sweep wait.lua --jobs 2"
    expect(out, "6 points in wait.db: 6 done (")
    assert.equal("6|21\n", query("SELECT count(*), sum(value) FROM metric", "wait.db"))
  end)

  it("takes the example", function()
    local out, status = saddle_run(("sweep %s/examples/experiment.lua k=10,20 --jobs 1"):format(
      os.getenv "PWD"))
    assert.equal(0, status)
    assert.equal("18 points in angles.db: 18 done (0 before), 0 failed\n", out)
    expect((saddle_run "results angles.db --by d,k"), "cosine")
  end)

  it("names what to type next so that a shell reads it", function()
    shell.write(dir .. "/tiny.lua", TINY)
    local out = saddle_run [[sweep tiny.lua k=1 seed=1 word=fail --store "it's a.db" --jobs 1]]
    local hint = out:match "all: saddle (results .-)\n"
    expect(out, "1 points in it's a.db: 0 done (0 before), 1 failed")
    local shown, status = saddle_run(hint)
    assert.equal(0, status)
    expect(shown, "no luck with 1")
  end)

  it("fails a point that ends its process three times, and no other", function()
    shell.write(dir .. "/deadly.lua", [[
      local sd = require "saddle"
      return sd.experiment { name = "deadly", sweep = { seed = sd.seeds(8) },
        run = function(p)
          if p.seed == 5 then io.popen("kill -9 $PPID"):read() end
          return { x = p.seed }
        end }]])
    local out, status = saddle_run "sweep deadly.lua --jobs 2"
    assert.equal(1, status)
    expect(out, "8 points in deadly.db: 7 done (0 before), 1 failed")
    assert.equal("'failed'|3\n", query("SELECT status, attempts FROM run WHERE seed = 5",
      "deadly.db"))
    expect(query("SELECT error FROM run WHERE seed = 5", "deadly.db"), "ended 3 times")
  end)
end)
