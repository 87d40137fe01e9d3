--- A sweep whose processes are killed: nothing that was finished is lost, nothing is there twice.
local shell = require "tests.cli.shell"
local core = require "saddle.core"
local process = core.process
local saddle = shell.saddle

local dir
before_each(function() dir = shell.directory() end)
after_each(function() shell.remove(dir) end)

local POINTS <const> = 500

--- Points of 4 ms, each with a curve and a matrix, so that a kill can fall into any part of the
-- work: loading, running, writing.
local SCRIPT <const> = [[
local sd = require "saddle"
return sd.experiment { name = "brittle", sweep = { seed = sd.seeds(%d) },
  run = function(p, log)
    local till = os.clock() + 0.004
    for t = 1, 5 do log(t, { v = p.seed * t }) end
    while os.clock() < till do end
    return { square = p.seed ^ 2, w = sd.full(10, 10, p.seed) }
  end }
]]

local function start()
  local command = ("cd %s && exec %s sweep brittle.lua --jobs 2 2>>log"):format(dir, saddle)
  return process.spawn({ "/bin/sh", "-c", command }, { stdout = "null" })
end

local function wait(seconds) process.wait({}, seconds) end

describe("a sweep", function()
  it("of killed workers and parents ends with every point once", function()
    shell.write(dir .. "/brittle.lua", SCRIPT:format(POINTS))
    -- fixed, so that a failure can be had again; where a kill falls is up to the machine anyhow
    math.randomseed(7)
    local kills, sweep = 0, start()
    while kills < 20 do
      wait(0.03 + 0.09 * math.random())
      if sweep:status() then sweep = start() end
      local workers = shell.children(sweep.pid)
      if math.random() < 0.5 and #workers > 0 then
        shell.run(("kill -9 %s 2>/dev/null"):format(workers[math.random(#workers)]))
        kills = kills + 1
      elseif not sweep:status() then
        sweep:signal "KILL"
        while not sweep:status() do wait(0.001) end
        kills = kills + 1
      end
    end
    if not sweep:status() then
      while not sweep:status() do wait(0.01) end
    end
    local out, status = shell.run(("cd %s && %s sweep brittle.lua --jobs 2 --retry"):format(dir,
      saddle))
    assert.equal(0, status)
    assert.matches(("^%d points in brittle.db: %d done"):format(POINTS, POINTS), out)
    -- by another reader than ours, against sums in closed form
    local sum = POINTS * (POINTS + 1) // 2
    local found = shell.run(([[python3 -c '
import sqlite3, struct, sys
db = sqlite3.connect(sys.argv[1])
one = lambda sql: db.execute(sql).fetchone()
print(one("PRAGMA integrity_check")[0])
print(*one("SELECT count(*), count(DISTINCT params), sum(status = \"done\"), sum(seed) FROM run"))
print(*one("SELECT count(*), sum(value) FROM metric"))
print(*one("SELECT count(*) FROM task"), *one("SELECT count(*) FROM session"))
wrong = 0
for seed, rows, cols, times, data in db.execute("SELECT seed, rows, cols, times, data FROM array "
        "JOIN run ON run.id = run"):
    v = struct.unpack("<%%dd" %% (rows * cols), data)
    want = [seed * t for t in range(1, 6)] if times else [seed] * 100
    wrong += list(v) != want
print(wrong, *one("SELECT count(*) FROM array"))' %s/brittle.db]]):format(dir))
    local n = POINTS
    assert.equal(("ok\n%d %d %d %d\n%d %.1f\n0 0\n0 %d\n"):format(n, n, n, sum, n,
      n * (n + 1) * (2 * n + 1) / 6, 2 * n), found)
    assert.equal("", (shell.run(("ls %s | grep checkpoint"):format(dir))))
  end)

  it("goes on to the same bits from the checkpoint of a killed worker", function()
    shell.write(dir .. "/brittle.lua", [[
local sd = require "saddle"
return sd.experiment { name = "brittle", sweep = { seed = sd.seeds(2) },
  run = function(p, log)
    local file = log:checkpoint()
    local step = sd.compile(function(s) return { x = sd.tanh(s.x + s.rng:randn(20, 20) / 10) } end)
    local s = step:iterate({ x = sd.zeros(20, 20), rng = p.rng }, 40000,
      { checkpoint = file and { file = file, seconds = 0.02 }, every = 1000, log = log,
        record = function(s) return { first = s.x(1), size = sd.norm(s.x) } end })
    return { norm = sd.norm(s.x), x = s.x }
  end }]])
    local undisturbed = {}
    for seed = 1, 2 do
      undisturbed[seed] = shell.run(("cd %s && %s run brittle.lua seed=%d --json"):format(dir,
        saddle, seed)):match '"norm": ([%d.e+-]+)'
    end
    local sweep, kills = start(), 0
    while kills < 4 and not sweep:status() do -- each worker is killed with a checkpoint on the disk
      wait(0.02)
      if #shell.run(("ls %s | grep checkpoint"):format(dir)) > 0 then
        wait(0.03)
        for _, worker in ipairs(shell.children(sweep.pid)) do
          shell.run(("kill -9 %s 2>/dev/null"):format(worker))
        end
        sweep:signal "KILL"
        while not sweep:status() do wait(0.001) end
        kills = kills + 1
        sweep = start()
      end
    end
    assert(kills > 0, "no run was long enough to be killed")
    while not sweep:status() do wait(0.01) end
    local metrics = shell.run(([[python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for row in db.execute("SELECT value, attempts, (SELECT cols FROM array WHERE array.run = run.id "
        "AND name = \"first\") FROM metric JOIN run ON run.id = run ORDER BY seed"):
    print("%%.17g %%d %%d" %% row)' %s/brittle.db]]):format(dir))
    local seed = 0
    for norm, attempts, records in metrics:gmatch "(%S+) (%d+) (%d+)\n" do
      seed = seed + 1
      assert.equal(tonumber(undisturbed[seed]), tonumber(norm))
      assert(tonumber(attempts) > 1)
      assert.equal("41", records) -- 0, 1000, ..., 40000, whatever was killed
    end
    assert.equal(2, seed)
    assert.equal("", (shell.run(("ls %s | grep checkpoint"):format(dir))))
  end)
end)

--- The experiment of 500 points with matrices, some 500 KB of them, and the sum of its squares.
local function brittle() shell.write(dir .. "/brittle.lua", SCRIPT:format(POINTS)) end

describe("a store", function()
  it("that may not grow any further says so, keeps what it has, and is gone on with", function()
    brittle()
    local _, status, err = shell.run(("cd %s && ulimit -f 800 && %s sweep brittle.lua --jobs 2")
      :format(dir, saddle)) -- in blocks of 512 bytes
    assert.equal(1, status)
    shell.expect(err, "store brittle.db: ")
    assert(err:find "disk is full" or err:find "File too large", err)
    local before = tonumber((shell.run(([[python3 -c '
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM run WHERE status = \"done\""
  ).fetchone()[0])' %s/brittle.db]]):format(dir))))
    assert(before > 0 and before < POINTS, before)
    local out = shell.run(("cd %s && %s sweep brittle.lua --jobs 2"):format(dir, saddle))
    assert.equal(("%d points in brittle.db: %d done (%d before), 0 failed\n"):format(POINTS, POINTS,
      before), out)
  end)

  it("that is damaged is refused in words, and left as it is", function()
    brittle()
    shell.run(("cd %s && %s sweep brittle.lua --jobs 2 seed=1..60"):format(dir, saddle))
    shell.run(([[python3 -c '
import random, sys
random.seed(3)
data = bytearray(open(sys.argv[1], "rb").read())
for at in range(4096, len(data), 512):
    data[at:at + 64] = random.randbytes(64)
open(sys.argv[1], "wb").write(data)' %s/brittle.db]]):format(dir))
    local sum = shell.run(("md5sum %s/brittle.db"):format(dir))
    for _, words in ipairs { "sweep brittle.lua", "results brittle.db", "report brittle.db" } do
      local _, status, err = shell.run(("cd %s && %s %s"):format(dir, saddle, words))
      assert.equal(1, status, words)
      shell.expect(err, "store brittle.db: ")
      shell.expect(err, "malformed")
      assert(not err:find "traceback", err)
    end
    assert.equal(sum, (shell.run(("md5sum %s/brittle.db"):format(dir))))
  end)

  it("on a medium for reading can be shown, not added to", function()
    local mount = ("mount -t tmpfs none %s/m"):format(dir)
    shell.run("mkdir " .. dir .. "/m")
    if select(2, shell.run(("unshare -rm %s"):format(mount))) ~= 0 then
      pending "mounts are not allowed here"
      return
    end
    brittle()
    shell.run(("cd %s && %s sweep brittle.lua --jobs 2 seed=1..5"):format(dir, saddle))
    local out, _, err = shell.run(([[cd %s && unshare -rm sh -c '%s && cp brittle.db m/ &&
      mount -o remount,ro m && %s results m/brittle.db --show square;
      %s sweep brittle.lua --store m/brittle.db; echo $?']]):format(dir, mount, saddle, saddle))
    shell.expect(out, "square")
    assert.matches("1\n$", out)
    shell.expect(err, "saddle sweep: store m/brittle.db: ")
    shell.expect(err, "read-only")
  end)
end)
