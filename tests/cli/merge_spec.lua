--- saddle merge: what becomes of points that several stores have, and what is refused.
local core = require "saddle.core"
local filled = require "tests.lua.filled"
local json = require "saddle.json"
local sd = require "saddle"
local shell = require "tests.cli.shell"
local store_merge = require "saddle.store.merge"
local storage = require "saddle.store"
local expect = shell.expect

local dir
before_each(function() dir = shell.directory() end)
after_each(function() shell.remove(dir) end)

local function at(name) return dir .. "/" .. name end

local function merge(words)
  return shell.run(("cd %s && %s merge %s"):format(dir, shell.saddle:sub(1, 1) == "/"
    and shell.saddle or os.getenv "PWD" .. "/" .. shell.saddle, words))
end

local function refused(words, message)
  local out, status, err = merge(words)
  assert.equal("", out)
  assert.equal(1, status)
  assert.equal("saddle merge: " .. message .. "\n", err)
end

--- The same in this process.
local function merged(out, ...)
  local o <close> = storage.open(out, { mode = "create" })
  local inputs = {}
  for k, path in ipairs { ... } do inputs[k] = storage.open(path, { mode = "read" }) end
  local scope <close> = setmetatable({}, { __close = function() -- luacheck: ignore
    for _, st in ipairs(inputs) do st:close() end
  end })
  return store_merge(o, inputs)
end

local function good(p, scale)
  local y = (scale or 1) * (p.k + 0.1)
  return { status = "done", metrics = { y = y, none = 0 / 0, zero = -0.0, whole = p.k, hit = false,
    note = "a\0b" }, arrays = { W = sd.matrix { { y, 2 }, { 0 / 0, -0.0 } } },
    curves = { c = { t = sd.matrix { { 0, 10 } }, data = sd.matrix { { y, p.k } } } } }
end

local function bad() return { status = "failed", error = "no luck" } end

--- A store of points k = from..to.
local function shard(name, from, to, outcome, o)
  local points = {}
  for k = from, to do points[#points + 1] = { k = k, seed = 1 } end
  o = o or {}
  filled.write(at(name), { points = points, outcome = outcome or good, take = o.take,
    hash = o.hash, name = o.name })
end

local CONTENTS <const> = {
  [[SELECT kind, name, hash, file, about, params, seed, status, attempts, run.created, started,
    finished, seconds, error, version, threads, machine FROM run JOIN job ON job.id = job]],
  [[SELECT job.name AS job, params, metric.name, type, typeof(value), hex(value) FROM metric
    JOIN run ON run.id = run JOIN job ON job.id = job]],
  [[SELECT job.name AS job, params, array.name, rows, cols, hex(times), hex(data) FROM array
    JOIN run ON run.id = run JOIN job ON job.id = job]],
  "PRAGMA integrity_check", "PRAGMA foreign_key_check" }

--- All that a store holds of runs, without numbers of rows: sorted lines.
local function contents(name)
  local db <close> = core.database.open(at(name), { mode = "read" })
  local lines = {}
  for _, sql in ipairs(CONTENTS) do
    for _, row in ipairs(db:all(sql)) do lines[#lines + 1] = json.encode(row) end
  end
  table.sort(lines)
  assert(#lines > 3)
  return table.concat(lines, "\n")
end

describe("saddle merge", function()
  it("unites shards to what one store would have", function()
    shard("a.db", 1, 3)
    shard("b.db", 4, 5)
    local a, b = contents "a.db", contents "b.db"
    local out, status = merge "out.db a.db b.db"
    assert.equal(0, status)
    assert.equal("5 runs of out.db: 5 done. Came in: 5 new\n", out)
    local lines = {}
    for line in (a .. "\n" .. b):gmatch "[^\n]+" do lines[line] = true end
    for line in contents("out.db"):gmatch "[^\n]+" do
      assert(lines[line], line)
      lines[line] = nil
    end
    assert.is_nil(next(lines))
    assert.equal(a, contents "a.db")
    assert.equal(b, contents "b.db")
    local R = sd.runs(at "out.db")
    assert.same({ 1.1, 2.1, 3.1, 4.1, 5.1 }, R:column "y")
    assert(R[1].none ~= R[1].none and 1 / R[1].zero < 0 and R[1].hit == false)
    assert.equal("a\0b", R[1].note)
    assert.equal("integer", math.type(R[1].whole))
    assert.equal(5.1, select(2, R[5]:curve "c")(1))
    assert.equal(-math.huge, 1 / R[5]:array "W"(2, 2))
  end)

  it("keeps equal points once, and may be done again", function()
    shard("a.db", 1, 3)
    shard("b.db", 2, 4)
    assert.equal("4 runs of out.db: 4 done. Came in: 4 new, 2 same\n", (merge "out.db a.db b.db"))
    local before = contents "out.db"
    assert.equal("4 runs of out.db: 4 done. Came in: 6 same\n", (merge "out.db a.db b.db"))
    assert.equal(before, contents "out.db")
  end)

  it("takes what is done over what failed, and what failed over what is pending", function()
    shard("done.db", 1, 1)
    shard("failed.db", 1, 2, bad)
    shard("pending.db", 1, 3, good, { take = 0 })
    for _, order in ipairs { "done.db failed.db pending.db", "pending.db failed.db done.db",
      "failed.db done.db pending.db" } do
      os.remove(at "out.db")
      expect(merge("out.db " .. order), "3 runs of out.db: 1 done, 1 failed, 1 pending. ")
      local R = sd.runs(at "out.db", { status = "all" }):sort "k"
      assert.same({ "done", "failed", "pending" }, R:column "status")
      assert.equal("no luck", R[2].error)
      assert.equal(1.1, R[1].y)
      assert.equal(1, #sd.runs(at "out.db", { where = "y is not null", status = "all" }))
    end
  end)

  it("takes points at work as pending", function()
    local st <close>, session = filled.open(at "a.db", { points = { { k = 1 }, { k = 2 } },
      outcome = good, take = 1 })
    local holder <close> = st:holder()
    assert(holder:take(session.id))
    expect(merge "out.db a.db", "2 runs of out.db: 1 done, 1 pending.")
    local count = st.db:value "SELECT count(*) FROM run WHERE status = 'running'"
    assert.equal(1, count)
    refused("a.db out.db", "store a.db: has 1 points at work: wait for their command")
  end)

  it("keeps versions of a script and experiments apart", function()
    shard("a.db", 1, 1)
    shard("b.db", 1, 1, nil, { hash = "other" })
    shard("c.db", 1, 1, nil, { name = "widths" })
    assert.equal("3 runs of out.db: 3 done. Came in: 3 new\n", (merge "out.db a.db b.db c.db"))
    assert.equal(2, #sd.runs(at "out.db", { experiment = "modes", all = true }))
  end)

  describe("with points that differ", function()
    local conflict = 'store b.db: modes {"k":1,"seed":1}: %s, in %s and here: '
      .. "--prefer first or last decides"
    before_each(function() shard("a.db", 1, 1) end)

    it("refuses, and names the first difference", function()
      local function differs(change, what)
        os.execute("rm -f " .. at "b.db" .. "*")
        shard("b.db", 1, 1, function(p)
          local outcome = good(p)
          change(outcome)
          return outcome
        end)
        local taken, err = pcall(merged, at "out.db", at "a.db", at "b.db")
        assert.is_false(taken)
        expect(err, ('{"k":1,"seed":1}: %s, in %s and here: '):format(what, at "a.db"))
      end
      differs(function(o) o.metrics.y = 1.1 + 2 ^ -51 end,
        "metric 'y' is 1.1 and 1.1000000000000005")
      differs(function(o) o.metrics.zero = 0.0 end, "metric 'zero' is -0.0 and 0.0")
      differs(function(o) o.metrics.none = 1.5 end, "metric 'none' is nan and 1.5")
      differs(function(o) o.metrics.whole = 1.0 end, "metric 'whole' is 1 and 1.0")
      differs(function(o) o.metrics.hit = 0 end, "metric 'hit' is a boolean and a number")
      differs(function(o) o.metrics.more = 1 end, "metric 'more' is in one only")
      differs(function(o) o.metrics.y = nil end, "metric 'y' is in one only")
      differs(function(o) o.arrays.W = sd.zeros(1, 4) end, "array 'W' is 2x2 and 1x4")
      differs(function(o) o.arrays.W:set(2, 2, 0.0) end,
        "array 'W' is not the same in all elements")
      differs(function(o) o.curves.c.t:set(1, 2, 11) end, "array 'c' is of other times")
    end)

    it("changes nothing then, not even what was merged before", function()
      shard("out.db", 7, 7)
      shard("b.db", 1, 2, function(p) return good(p, 2) end)
      local before = contents "out.db"
      assert.equal(1, select(2, merge "out.db a.db b.db"))
      assert.equal(before, contents "out.db")
    end)

    it("names the store that has the other", function()
      shard("out.db", 1, 1)
      shard("b.db", 1, 1, function(p) return good(p, 2) end)
      refused("out.db a.db b.db", conflict:format(
        "metric 'y' is 1.1 and 2.2", "out.db"))
    end)

    it("takes the first or the last when told", function()
      shard("b.db", 1, 2, function(p) return good(p, 2) end)
      assert.equal("2 runs of out.db: 2 done. Came in: 2 new, 1 kept\n",
        (merge "out.db a.db b.db --prefer first"))
      assert.same({ 1.1, 4.2 }, sd.runs(at "out.db"):column "y")
      assert.equal("2 runs of out.db: 2 done. Came in: 1 replaced, 1 same\n",
        (merge "out.db b.db --prefer last"))
      local R = sd.runs(at "out.db")
      assert.same({ 2.2, 4.2 }, R:column "y")
      assert.equal(2.2, R[1]:array "W"(1, 1))
    end)
  end)

  it("refuses what is no store of ours", function()
    shard("a.db", 1, 1)
    shell.write(at "text.db", "no database at all, but long enough to have a header, whatever")
    shard("newer.db", 1, 1)
    for name, sql in pairs { ["other.db"] = "CREATE TABLE t(a)",
      ["newer.db"] = "PRAGMA user_version = 9" } do
      local db <close> = core.database.open(at(name), { mode = "create" })
      db:exec(sql)
    end
    for name, message in pairs { ["none.db"] = "does not exist",
      ["text.db"] = "is no SQLite database",
      ["other.db"] = "is an SQLite database of another program",
      ["newer.db"] = "is of version 9, this program writes version 1" } do
      refused("out.db a.db " .. name, ("store %s: %s"):format(name, message))
      assert.is_nil(io.open(at "out.db"))
    end
    refused("text.db a.db", "store text.db: is no SQLite database")
    refused("newer.db a.db", "store newer.db: is of version 9, this program writes version 1")
    refused("a.db a.db", "a.db is OUT and IN")
    refused("a.db", "two stores at least: saddle merge OUT IN ...")
    refused("out.db a.db --prefer both", "--prefer must be first or last, got 'both'")
  end)

  it("refuses a damaged array, and names it", function()
    shard("a.db", 1, 1)
    do
      local db <close> = core.database.open(at "a.db", { mode = "write" })
      db:exec "UPDATE array SET rows = 1000000000000 WHERE name = 'W'"
    end
    refused("out.db a.db", "store a.db: array 'W' of run 1 is damaged")
  end)

  it("does not hurt a store that is given as both by another name", function()
    shard("a.db", 1, 2)
    local before = contents "a.db"
    assert.equal("2 runs of a.db: 2 done. Came in: 2 same\n", (merge "a.db ./a.db"))
    assert.equal(before, contents "a.db")
    local st <close> = storage.open(at "a.db", { mode = "write" })
    assert.equal(2, st.db:value "SELECT count(*) FROM run")
  end)
end)
