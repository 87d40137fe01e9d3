--- core.database and files: media that are full or read-only, damage, links, and what is left open.
local sd = require "saddle"
local database = require("saddle.core").database
local store = require "tests.lua.database_support"
local raises = require("tests.lua.support").raises
local path, write_file, read_file = store.path, store.write_file, store.read_file
local make, child = store.make, store.child

setup(store.open)
teardown(store.close)

--- Runs the shell text in a new mount namespace, where medium in the directory is a file system of
-- 1 MB; nil where that is not allowed.
local function with_medium(shell)
  os.execute(("mkdir -p %s"):format(path "medium"))
  local mount = ("mount -t tmpfs -o size=1m none %s"):format(path "medium")
  if not os.execute(("unshare -rm sh -c '%s' >/dev/null 2>&1"):format(mount)) then return nil end
  local p = io.popen(("unshare -rm sh -c '%s && %s' 2>&1"):format(mount, shell))
  local text = p:read "a"
  p:close()
  return text
end

describe("a medium", function()
  it("that is read-only serves a store whose changes are all in it", function()
    make("closed.db", 5):close()
    make("open.db", 6):close()
    child([[
      database.open(arg[1], { mode = "write" }):run "INSERT INTO t VALUES (7)"
      os.exit(0, false)]], path "open.db") -- leaves its changes in open.db-wal
    write_file("read.lua", [[
      local database = require("saddle.core").database
      local dir = arg[1]
      local function try(name, mode)
        print(select(2, pcall(function()
          return database.open(dir .. "/" .. name, { mode = mode }):value "SELECT a FROM t"
        end)))
      end
      try("closed.db", "read")
      try("closed.db", "write")
      try("open.db", "read")
      try("new.db", "create")
      local db <close> = database.open(dir .. "/closed.db")
      print(db:value "SELECT a FROM t")
      os.execute("cd " .. dir .. " && mount -o remount,rw . && cp -f open.db closed.db")
      print(pcall(db.value, db, "SELECT a FROM t"))]])
    local text = with_medium(("cd %s && cp closed.db open.db open.db-wal medium && cd - >/dev/null "
      .. "&& mount -o remount,ro %s/medium && %s %s/read.lua %s/medium"):format(
      store.dir, store.dir, store.saddle, store.dir, store.dir))
    if text == nil then return pending "no mount namespaces" end
    local at = path "read.lua" .. ":5: store " .. path "medium/"
    local function has(line) assert(text:find(line .. "\n", 1, true), text) end
    assert(text:match "^5\n", text)
    has(at .. "closed.db: is read-only")
    has(at .. "open.db: cannot be read here: its latest changes are in a file beside it (-wal), "
      .. "and the folder is not writable: copy both to one that is")
    has(at .. "new.db: cannot be made: Read-only file system")
    assert(text:find("\n5\nfalse.-closed.db: was written to by another process while it was read "
      .. "without locks: open it again\n"), text)
  end)

  it("that is full is an error that loses nothing", function()
    write_file("fill.lua", [[
      local database = require("saddle.core").database
      local db = database.open(arg[1], { mode = "create" })
      db:exec "CREATE TABLE t (a)"
      local rows, ok, why = 0, nil, nil
      repeat
        ok, why = pcall(db.run, db, "INSERT INTO t VALUES (?)", ("x"):rep(10000))
        if ok then rows = rows + 1 end
      until not ok or rows > 200
      print(why)
      print(rows > 10 and rows == db:value "SELECT count(*) FROM t",
        db:value "PRAGMA integrity_check")]])
    local text = with_medium(("%s %s/fill.lua %s/medium/full.db"):format(store.saddle,
      store.dir, store.dir))
    if text == nil then return pending "no mount namespaces" end
    assert(text:find "full.db: disk is full\ntrue\tok\n", text)
  end)

  it("that takes no larger file is one, too", function()
    local text = child([[
      local db = database.open(arg[1], { mode = "create" })
      db:exec "CREATE TABLE t (a)"
      print(pcall(db.run, db, "INSERT INTO t VALUES (?)", ("x"):rep(1000000)))
      print(db:value "SELECT count(*) FROM t")]], path "limit.db", "trap '' XFSZ; ulimit -f 200;")
    assert(text:find "limit.db: input or output failed: File too large\n0\n", text)
    local db <close> = make "pages.db"
    db:value "PRAGMA max_page_count = 20"
    raises("pages.db: disk is full", db.transaction, db, function()
      for _ = 1, 100 do db:run("INSERT INTO t VALUES (?)", ("x"):rep(1000)) end
    end)
    assert.equal(0, db:value "SELECT count(*) FROM t")
  end)
end)

describe("files", function()
  it("that are no store, or not there, are named", function()
    local function refused(text, name, mode)
      raises(("store %s: %s"):format(path(name), text), database.open, path(name), { mode = mode })
    end
    for _, mode in ipairs{ "read", "write" } do
      refused("does not exist", "absent.db", mode)
      write_file("empty.db", "")
      refused("is an empty file, no SQLite database", "empty.db", mode)
      refused("is a directory", "", mode)
      refused("is no SQLite database", "child.lua", mode)
    end
    refused("is no SQLite database", "child.lua", "create")
    refused("cannot be made: its folder does not exist", "no/where.db", "create")
    refused("is a directory", ".", "create")
    raises("store /dev/null: is not a regular file", database.open, "/dev/null", { mode = "write" })
    raises("store : is an empty name", database.open, "", { mode = "create" })
    raises("the path is too long", database.open, ("x/"):rep(3000) .. "a", { mode = "create" })
    raises("a path has a zero byte", database.open, "a\0b")
    raises("argument 1 must be a path, got 1", database.open, 1)
    raises("option 'mode' must be one of \"read\", \"write\", \"create\", got the string \"w\"",
      database.open, "x.db", { mode = "w" })
    raises("unknown option 'mod' (did you mean 'mode'?)", database.open, "x.db", { mod = "read" })
    raises("option 'wait' must be seconds from 0", database.open, "x.db", { wait = -1 })
    database.open(path "empty.db", { mode = "create" }):close() -- an empty file becomes one
    assert.equal("SQLite format 3\0", read_file("empty.db"):sub(1, 16))
  end)

  it("are names, never URIs or memory", function()
    for _, name in ipairs{ ":memory:", "file:x?mode=memory", "per%20cent #1?.db" } do
      local text = child([[
        local db = database.open(arg[1], { mode = "create" })
        db:exec "CREATE TABLE t (a)"
        db:close()
        print(database.open(arg[1]):value "SELECT count(*) FROM t")]], "'" .. name .. "'",
        "cd " .. store.dir .. " &&")
      assert.equal("0\n", text)
      assert(io.open(path(name))):close()
    end
  end)

  it("that are damaged give an error, or the rows that are not", function()
    local db = make "whole.db"
    for k = 1, 400 do db:run("INSERT INTO t VALUES (?)", ("%06d"):format(k):rep(60)) end
    db:close()
    local whole = read_file "whole.db"
    local function try(bytes)
      write_file("damaged.db", bytes)
      return pcall(function()
        local damaged <close> = database.open(path "damaged.db", { mode = "write" })
        return #damaged:all "SELECT * FROM t ORDER BY rowid"
      end)
    end
    assert.same({ true, 400 }, { try(whole) })
    local ok, why = try(whole:sub(1, #whole // 2))
    assert(not ok and why:find("damaged.db: is malformed: ", 1, true), why)
    ok, why = try(whole:sub(1, 50))
    assert(not ok and why:find("damaged.db: is malformed: ", 1, true), why)
    local page = 4096 -- the fourth is met on the way
    ok, why = try(whole:sub(1, 3 * page) .. ("\xa5"):rep(page) .. whole:sub(4 * page + 1))
    assert(not ok)
    assert(why:find("is malformed: a page of the file does not hold what it must", 1, true), why)
    local rng, refused = sd.rng(3), 0
    for _ = 1, 150 do
      local at, byte, count = rng:randint(#whole), rng:randint(256) - 1, rng:randint(40)
      ok, why = try(whole:sub(1, at - 1) .. string.char(byte):rep(count) .. whole:sub(at + 40))
      if not ok then
        refused = refused + 1
        assert(why:find("store " .. path "damaged.db: ", 1, true), why)
      end
    end
    assert(refused > 0)
  end)
end)

describe("connections", function()
  it("are closed by the collector when the script forgets them", function()
    local pid = io.open "/proc/self/stat"
    if not pid then return pending "no /proc" end
    local number = pid:read "n"
    pid:close()
    local function open_files()
      collectgarbage()
      collectgarbage()
      local p = io.popen(("ls -l /proc/%d/fd | grep -c forgotten"):format(number))
      local n = p:read "n"
      p:close()
      return n
    end
    make("forgotten.db", 1):close()
    do
      local kept = {}
      for k = 1, 5 do
        kept[k] = database.open(path "forgotten.db", { mode = "write" })
        kept[k]:value "SELECT a FROM t"
      end
      assert(open_files() >= 10)
      assert.equal(5, #kept)
    end
    assert.equal(0, open_files())
  end)

  it("are closed once and for all", function()
    local db = make("once.db", 1)
    db:close()
    db:close()
    for _, method in ipairs{ "exec", "run", "all", "first", "value", "transaction" } do
      raises("once.db: has been closed", db[method], db, "SELECT 1")
    end
    assert.equal(path "once.db", db.path)
    assert.is_nil(io.open(path "once.db-wal")) -- the last to close puts all in one file
  end)

  it("sync every commit when asked to", function()
    local db <close> = make "sync.db"
    assert.equal(1, db:value "PRAGMA synchronous")
    assert.equal("wal", db:value "PRAGMA journal_mode")
    assert.equal(1, db:value "PRAGMA foreign_keys")
    local full <close> = database.open(db.path, { mode = "write", full = true })
    assert.equal(2, full:value "PRAGMA synchronous")
  end)

  it("are no part of sd", function()
    raises("sd.database: no such function", function() return sd.database end)
  end)
end)
