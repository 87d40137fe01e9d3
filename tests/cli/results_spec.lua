--- saddle results: tables of a store on the terminal and in files.
local core = require "saddle.core"
local filled = require "tests.lua.filled"
local json = require "saddle.json"
local sd = require "saddle"
local shell = require "tests.cli.shell"
local expect = shell.expect

local dir, path
setup(function()
  dir = shell.directory()
  path = dir .. "/runs.db"
  filled.write(path, { params = { "k", "width", "optim" },
    points = filled.grid { { "k", 2, 1 }, { "width", 0.1 }, { "optim", "sgd", "adam, slow" },
      { "seed", 1, 2, 3 } },
    outcome = function(p)
      if p.k == 2 and p.optim == "sgd" and p.seed == 3 then
        return { status = "failed", error = "modes.lua:7: no luck\nstack traceback:" }
      end
      return { status = "done", metrics = { loss = p.k * p.seed / 3, none = 0 / 0,
        hit = p.seed > 1, status = "stopped",
        note = p.seed == 1 and "1e5" or 'say "a, b"\nand more',
        far = p.seed == 2 and math.huge or -0.0 } }
    end })
end)
teardown(function() shell.remove(dir) end)

local function results(words, columns)
  return shell.run(("COLUMNS=%d %s results %s %s"):format(columns or 100, shell.saddle, path,
    words))
end

local function refused(words, message)
  local out, status, err = results(words)
  assert.equal("", out)
  assert.equal(1, status)
  assert.equal("saddle results: " .. message .. "\n", err)
end

local function read(name)
  local f <close> = assert(io.open(dir .. "/" .. name))
  return f:read "a"
end

describe("saddle results", function()
  it("shows what varies, and what came of it", function()
    local out, status = results "--where 'k = 1' --show optim,seed,loss,hit"
    assert.equal(0, status)
    assert.equal([[
6 runs of modes: 6 done
k = 1  width = 0.1

optim       seed      loss    hit
sgd            1  0.333333  false
sgd            2  0.666667   true
sgd            3         1   true
adam, slow     1  0.333333  false
adam, slow     2  0.666667   true
adam, slow     3         1   true
]], out)
  end)

  it("counts the runs of each status, and shows the finished ones", function()
    local out = results ""
    expect(out, "12 runs of modes: 11 done, 1 failed\nwidth = 0.1\n\nk  optim       seed")
    expect(out, 'say "a, b"  stopped')
    assert.equal(4 + 11, select(2, out:gsub("\n", "")))
  end)

  it("leaves out what does not fit, and says so", function()
    local out = results("", 50)
    for line in out:gmatch "[^\n]+" do assert(utf8.len(line) <= 50, line) end
    expect(out, "without room:")
    expect(out, "metrics.status")
  end)

  it("shows failures with their first line", function()
    local out = results [[--where "status = 'failed'" --show k,error]]
    assert.equal("1 run of modes: 1 failed\nwidth = 0.1  optim = sgd  seed = 3\n\n"
      .. "k  error\n2  modes.lua:7: no luck\n", out)
  end)

  it("groups: mean and the half width of the interval", function()
    local out = results "--by k --show loss,hit"
    local function half(...)
      local n = select("#", ...)
      return ("%.2g"):format(sd.student_t.quantile(0.975, n - 1)
        * sd.std(sd.matrix { ... }, { ddof = 1 }) / math.sqrt(n))
    end
    assert.equal(([[
12 runs of modes: 11 done, 1 failed
width = 0.1
mean ± half the width of its 95 %% interval

k  runs           loss            hit
1     6  0.6667 ± %s  0.6667 ± %s
2     5     1.2 ± %s     0.6 ± %s
]]):format(half(1 / 3, 2 / 3, 1, 1 / 3, 2 / 3, 1), half(0, 1, 1, 0, 1, 1),
      half(2 / 3, 4 / 3, 2 / 3, 4 / 3, 2), half(0, 1, 0, 1, 1)), out)
    out = results "--by k,optim --stats min,max --show loss"
    expect(out, "k  optim       runs  loss min  loss max\n"
      .. "1  adam, slow     3  0.333333         1\n")
  end)

  it("sorts, and shows so many rows", function()
    local out = results "--sort -loss,seed --limit 2 --show loss,k,seed"
    expect(out, "   loss  k  seed\n      2  2     3\n1.33333  2     2\n... and 9 more\n")
  end)

  it("writes CSV: all columns, exact, quoted where they must be", function()
    local out, status = results("--csv " .. dir .. "/a.csv")
    assert.equal(0, status)
    expect(out, "11 done")
    local text = read "a.csv"
    expect(text, "id,status,seconds,error,script,k,width,optim,seed,far,hit,loss,none,note,"
      .. "metrics.status\n1,done,0.25,,abc123,2,0.10000000000000001,sgd,1,-0,false,"
      .. '0.66666666666666663,nan,"1e5",stopped\n')
    expect(text, 'inf,true,1.3333333333333333,nan,"say ""a, b""\nand more",stopped\n')
    expect(text, ',"adam, slow",')
  end)

  it("writes CSV that sd.load reads to the same bits", function()
    results("--show loss,far,none --csv " .. dir .. "/b.csv")
    local A, R = sd.load(dir .. "/b.csv"), sd.runs(path)
    assert.equal(sd.matrix(R:column "loss"), A:col(1):clone())
    assert.equal(-math.huge, 1 / A(1, 2))
    assert.equal(math.huge, A(2, 2))
    assert(A(1, 3) ~= A(1, 3))
  end)

  it("writes CSV that Python reads, too", function()
    results("--csv " .. dir .. "/c.csv")
    local out = shell.run(([[python3 -c '
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
row = rows[1]
print(len(rows), float(row["loss"]) == 4 / 3, repr(row["note"]), rows[-1]["optim"])' %s/c.csv]])
      :format(dir))
    assert.equal([[11 True 'say "a, b"\nand more' adam, slow]] .. "\n", out)
  end)

  it("writes groups, and to the standard output", function()
    local out = results "--by k --show loss --stats mean,max --csv -"
    assert.equal(("k,runs,loss mean,loss max\n1,6,%.17g,1\n2,5,%.17g,2\n")
      :format(sd.runs(path):group("k").mean.loss[1], sd.runs(path):group("k").mean.loss[2]), out)
  end)

  it("writes JSON", function()
    local list = json.decode((results "--json - --where 'seed = 2'"))
    assert.equal(4, #list)
    assert.equal("adam, slow", list[2].optim)
    assert.equal(4 / 3, list[1].loss)
    assert.equal("nan", list[1].none)
    assert.equal("inf", list[1].far)
    assert.equal(true, list[1].hit)
    assert.is_nil(list[1].error)
  end)

  it("changes nothing in the store", function()
    local before = shell.run("cksum " .. path)
    results "--where 'k = 1'"
    results "--by k"
    assert.equal(before, shell.run("cksum " .. path))
  end)

  it("refuses what it cannot do, in one line", function()
    refused("--show lss", "no run has a parameter or metric 'lss' (did you mean 'loss'?)")
    refused("--by kk", "no run has a parameter or metric 'kk' (did you mean 'k'?)")
    refused("--by k --show note", "mean: 'note' is a text")
    refused("--stats mean", "--stats is of groups: say --by NAMES, too")
    refused("--by k --sort k", "groups stand in the order of --by: no --sort")
    refused("--by k --stats men", "--stats takes mean, sd, min, max, median, ci95, got 'men'")
    refused("--where 'kk = 1'", "where kk = 1: there is no 'kk' (did you mean 'k'?)")
    refused("--where 'k = 1) or (1'",
      "where k = 1) or (1: a bracket is closed that was not opened")
    refused("--experiment mods", ("store %s: has no runs of 'mods' (did you mean 'modes'?)")
      :format(path))
    refused("--limit -1", "--limit must be a whole number from 0, got '-1'")
    refused("--csv /nowhere/x.csv", "cannot write /nowhere/x.csv: No such file or directory")
    refused("again.db", "one store is needed: saddle results STORE")
  end)

  it("tells in one line that a store is damaged", function()
    local copy = dir .. "/copy.db"
    for sql, message in pairs { ["UPDATE run SET params = '{{' WHERE id = 2"] = "malformed JSON",
      ["DROP TABLE metric"] = "no such table: metric" } do
      os.remove(copy)
      shell.run(("cp %s %s"):format(path, copy))
      do
        local db <close> = core.database.open(copy, { mode = "write" })
        db:exec(sql)
      end
      local _, status, err = shell.run(("%s results %s"):format(shell.saddle, copy))
      assert.equal(1, status)
      expect(err, ("saddle results: store %s: %s"):format(copy, message))
      assert.equal(1, select(2, err:gsub("\n", "")))
    end
  end)

  it("refuses what is no store", function()
    shell.write(dir .. "/text.db", "no database at all, but long enough to have a header, whatever")
    for name, message in pairs { ["none.db"] = "does not exist",
      ["text.db"] = "is no SQLite database" } do
      local _, status, err = shell.run(("%s results %s/%s"):format(shell.saddle, dir, name))
      assert.equal(1, status)
      assert.equal(("saddle results: store %s/%s: %s\n"):format(dir, name, message), err)
    end
  end)
end)
