--- Commands under mpirun: the same results as without it, also after processes were killed.
local mpirun = require "tests.cli.mpirun"
local shell = require "tests.cli.shell"
local process = require("saddle.core").process
local expect, test = shell.expect, mpirun.missing and pending or it

local dir
before_each(function() dir = shell.directory() end)
after_each(function() shell.remove(dir) end)

--- All that a store has of its runs, but for times, by another reader than ours: bits of numbers
-- and, of matrices, digests of their bytes.
local function dump(store)
  local text, status, err = shell.run(([[python3 -c '
import hashlib, sqlite3, sys
def show(v):
    if isinstance(v, bytes): return hashlib.sha256(v).hexdigest()
    return v.hex() if isinstance(v, float) else repr(v)
db = sqlite3.connect(sys.argv[1])
for sql in ("SELECT params, status, error, attempts, threads, machine, version FROM run",
            "SELECT params, name, type, value FROM metric JOIN run ON run.id = run",
            "SELECT params, name, rows, cols, times, data FROM array JOIN run ON run.id = run"):
    for row in db.execute(sql + " ORDER BY 1, 2"):
        print(*map(show, row))' %s/%s]]):format(dir, store))
  assert(status == 0, err)
  return text
end

local function query(sql, store)
  return (shell.run(([[python3 -c '
import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())' %s/%s "%s"]]):format(dir,
    store, sql)))
end

-- Metrics of each type, matrices and a curve with bits of their own, prints, an error; and what
-- sd.mpi says, for a run is by itself.
local TINY <const> = [[
local sd = require "saddle"
assert(sd.mpi.size() == 1)
return sd.experiment { name = "tiny", params = { k = 3 },
  sweep = { k = { 0, 1, 50 }, seed = sd.seeds(4) },
  run = function(p, log)
    print "a run prints"
    for t = 1, 3 do log(t / 3, { loss = p.rng:randn(2, 1) / t }) end
    if p.k == 0 then error("no luck with " .. p.seed) end
    local A = p.rng:randn(p.k, 40)
    return { norm = sd.norm(A), even = p.seed % 2 == 0, none = 0 / 0, G = A * A:t(), s = "a\0b",
      ranks = ("%d of %d"):format(sd.mpi.rank(), sd.mpi.size()) }
  end,
  plot = function(R) return { { x = R:column "seed", y = R:column "norm" } } end }
]]

describe("a command under mpirun", function()
  -- Workers without mpirun have one BLAS thread here, as many as there are processors.
  test("gives what it gives without, to the bit", function()
    shell.write(dir .. "/tiny.lua", TINY)
    local summary = "12 points in %s.db: 8 done (0 before), 4 failed\n"
    local out = shell.run(("cd %s && %s sweep tiny.lua --store a.db"):format(dir, mpirun.saddle))
    expect(out, summary:format "a")
    local alone = dump "a.db"
    expect(alone, "no luck with 4")
    local status, err
    out, status, err = mpirun.run(2, dir, "sweep tiny.lua --store b.db")
    assert.equal(1, status) -- for some have failed
    assert.equal(1, select(2, out:gsub(summary:format "b":gsub("%p", "%%%0"), "")))
    assert(not out:find "prints", out)
    assert.equal(12, select(2, err:gsub("a run prints\n", "")))
    assert.equal(alone, dump "b.db")
    out = mpirun.run(3, dir, "figure tiny.lua --store c.db")
    assert.equal("figure: tiny.svg\n", out)
    assert.equal(alone, dump "c.db")
  end)

  test("fails a run that would end its process, and goes on", function()
    shell.write(dir .. "/deadly.lua", [[
      local sd = require "saddle"
      return sd.experiment { name = "deadly", sweep = { seed = sd.seeds(5) },
        run = function(p)
          if p.seed == 3 then os.exit(7) end
          return { x = p.seed }
        end }]])
    local out = mpirun.run(2, dir, "sweep deadly.lua")
    expect(out, "5 points in deadly.db: 4 done (0 before), 1 failed\n")
    expect(query("SELECT error FROM run WHERE seed = 3", "deadly.db"),
      "deadly.lua:4: os.exit: a script does not end the command that runs it")
  end)

  test("ends when another process cannot load the script", function()
    shell.write(dir .. "/there.lua", [[
      local sd = require "saddle"
      if os.getenv "OMPI_COMM_WORLD_RANK" == "1" then error "not here" end
      return sd.experiment { name = "there", run = function() end }]])
    local _, status, err = mpirun.run(2, dir, "sweep there.lua")
    assert.equal(1, status)
    expect(err, "saddle sweep: process 1: ")
    expect(err, "there.lua:2: not here")
    assert.equal("pending\n", query("SELECT status FROM run", "there.db"))
    _, status, err = mpirun.run(2, dir, "sweep there.lua --jobs 2")
    assert.equal(1, status)
    expect(err, "--jobs says how many workers are started, and mpirun has started them: of its 2 "
      .. "processes one hands out points, the others run them; leave --jobs out")
  end)
end)

describe("a sweep under mpirun", function()
  local POINTS <const> = 8

  --- mpirun with three processes, once the fifth point is at work. Ctrl-C is heard, however these
  -- tests were started.
  local function start()
    local sweep = process.spawn({ "/bin/sh", "-c", ([[cd %s && exec env %s python3 -c '
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' mpirun -n 3 %s sweep slow.lua 2>>log]]):format(dir,
      mpirun.settings, mpirun.saddle) }, { stdout = "null" })
    local deadline = process.time() + 20
    while shell.run(("ls %s | grep -e -checkpoint-5-"):format(dir)) == "" do
      assert(process.time() < deadline, "no point is at work")
      process.wait({}, 0.02)
    end
    return sweep
  end

  --- Sends the process of this rank a signal; status of mpirun.
  local function signal(sweep, name, rank)
    shell.run(([[for p in %s; do
      tr '\0' '\n' </proc/$p/environ | grep -qx OMPI_COMM_WORLD_RANK=%d && kill -%s $p
    done]]):format(table.concat(shell.children(sweep.pid), " "), rank, name))
    while true do
      local kind, status = sweep:status()
      if kind then return status end
      process.wait({}, 0.01)
    end
  end

  test("that is killed goes on later, and puts back what it can", function()
    shell.write(dir .. "/slow.lua", ([[
      local sd, process = require "saddle", require("saddle.core").process
      return sd.experiment { name = "slow", sweep = { seed = sd.seeds(%d) },
        run = function(p, log)
          io.open(log:checkpoint(), "w"):close()
          while p.seed > 4 and not io.open "go" do process.wait({}, 0.01) end
          return { x = p.seed }
        end }]]):format(POINTS))
    assert.equal(130, signal(start(), "TERM", 0))
    expect(shell.run(("cat %s/log"):format(dir)), "saddle sweep: interrupted\n")
    -- of the first four one at most was still at work when the fifth began
    assert.equal("0 0 1\n", query(
      "SELECT sum(status = 'running'), sum(status = 'failed'), sum(status = 'done') > 2 FROM run",
      "slow.db"))
    shell.run(("rm -f %s/*checkpoint*"):format(dir))
    assert.not_equal(0, signal(start(), "KILL", 1))
    shell.write(dir .. "/go", "")
    local out, status = mpirun.run(2, dir, "sweep slow.lua")
    assert.equal(0, status)
    expect(out, ("%d points in slow.db: %d done ("):format(POINTS, POINTS))
    assert.equal(("%d %d\n"):format(POINTS, POINTS * (POINTS + 1) // 2),
      query("SELECT count(*), sum(CAST(value AS INTEGER)) FROM metric", "slow.db"))
    assert.equal("3\n", query("SELECT attempts FROM run WHERE seed = 5", "slow.db"))
    assert.equal("", (shell.run(("ls %s | grep checkpoint"):format(dir))))
  end)
end)
