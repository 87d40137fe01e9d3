--- core.database: values to the bit, transactions, locks, damage, and what reading may not do. The
-- second witness is Python's sqlite3 (tests/sqlite_exchange.py).
local sd = require "saddle"
local core = require "saddle.core"
local database = core.database
local support = require "tests.lua.support"
local raises = support.raises

local dir, saddle
local function path(name) return dir .. "/" .. name end

local function write_file(name, text)
  local f = assert(io.open(path(name), "wb"))
  f:write(text)
  f:close()
  return path(name)
end

local function read_file(name)
  local f = assert(io.open(path(name), "rb"))
  local text = f:read "a"
  f:close()
  return text
end

--- A new store of that name with a table t(a), and rows of these values.
local function make(name, ...)
  os.execute(("rm -f %s %s-wal %s-shm"):format(path(name), path(name), path(name)))
  local db = database.open(path(name), { mode = "create" })
  db:exec "CREATE TABLE t (a)"
  for _, value in ipairs{ ... } do db:run("INSERT INTO t VALUES (?)", value) end
  return db
end

--- What a script of its own prints (both streams), `arg` being its arguments; `prefix` goes before
-- the command.
local function child(script, arg, prefix)
  local file = write_file("child.lua",
    'local database = require("saddle.core").database\n' .. script)
  local p = io.popen(("%s %s %s %s 2>&1"):format(prefix or "", saddle, file, arg or ""))
  local text = p:read "a"
  p:close()
  return text
end

--- As child, of a script that is sent Ctrl-C half a second after it has begun.
local function interrupted(script, arg)
  os.remove(path "begun")
  write_file("child.lua", 'local database = require("saddle.core").database\n'
    .. "io.open(arg[2], 'w'):close()\n" .. script)
  local command = ("exec %s %s %s %s >%s 2>&1"):format(saddle, path "child.lua", arg, path "begun",
    path "said")
  local p <close> = core.process.spawn { "/bin/sh", "-c", command }
  while not io.open(path "begun") do core.process.wait({}, 0.02) end
  core.process.wait({}, 0.5)
  p:signal "INT"
  while not p:status() do core.process.wait({}, 0.02) end
  return read_file "said"
end

setup(function()
  local p = io.popen "mktemp -d -p /dev/shm 2>/dev/null || mktemp -d"
  dir = p:read "l"
  p:close()
  p = io.popen("realpath " .. support.saddle) -- some children start elsewhere
  saddle = p:read "l"
  p:close()
end)
teardown(function()
  collectgarbage() -- connections that a failed test has left
  os.execute("rm -rf " .. dir)
end)

describe("values", function()
  local function same(x, y)
    return math.type(x) == math.type(y) and
      (math.type(x) == "float" and string.pack("d", x) == string.pack("d", y) or x == y)
  end

  it("come back bit for bit from a column without a type", function()
    local db <close> = make "values.db"
    local values = { 0, -1, math.maxinteger, math.mininteger, 0.0, -0.0, 3.0, 0.1, 5e-324, -5e-324,
      2.2250738585072009e-308, 1.7976931348623157e308, math.huge, -math.huge, 2.0 ^ 53, 2.0 ^ 63,
      "", "text", "a\0b\0", "\0", "\xff\xfe not UTF-8", ("x\0"):rep(500000), "12", "1e5" }
    local rng = sd.rng(1)
    for _ = 1, 500 do -- any bits that are no NaN
      local low, high = rng:randint(2 ^ 32) - 1, rng:randint(2 ^ 32) - 1
      local x = string.unpack("d", string.pack("I4I4", low, high))
      if x == x then values[#values + 1] = x end
    end
    for _, value in ipairs(values) do
      db:run("DELETE FROM t")
      db:run("INSERT INTO t VALUES (?)", value)
      assert(same(value, db:value "SELECT a FROM t"), tostring(value))
    end
    assert.equal(1, db:value("SELECT ?", true))
    assert.equal(0, db:value("SELECT ?", false))
    assert.is_nil(db:value("SELECT ?", nil))
  end)

  it("change by the type of a column as database.h says", function()
    local db <close> = make "types.db"
    db:exec "CREATE TABLE typed (r REAL, i INTEGER); CREATE TABLE strict (a ANY) STRICT"
    db:run("INSERT INTO typed VALUES (?, ?)", -0.0, 3.0)
    assert(same(0.0, db:value "SELECT r FROM typed"))
    assert(same(3, db:value "SELECT i FROM typed"))
    db:run("INSERT INTO strict VALUES (?)", -0.0)
    assert(same(-0.0, db:value "SELECT a FROM strict"))
  end)

  it("of matrices are blobs, column by column", function()
    local db <close> = make "blob.db"
    local A = sd.rng(2):randn(4, 3)
    for _, M in ipairs{ A, A:block(2, 1, 2, 3), A:col(2), A:row(3), sd.zeros(0, 2) } do
      local blob = db:value("SELECT ?", M)
      local bytes = {}
      for k = 1, #M do bytes[k] = string.pack("d", M(k)) end
      assert.equal(table.concat(bytes), blob)
      assert(core.frombytes(blob, M.rows, M.cols) == M)
    end
    assert.equal("blob", db:value("SELECT typeof(?)", A))
    assert.equal("blob", db:value("SELECT typeof(?)", sd.zeros(0, 2)))
  end)

  it("that cannot be kept are refused", function()
    local db <close> = make "refused.db"
    local insert = "INSERT INTO t VALUES (?)"
    raises("refused.db: parameter 1 is NaN, which would be kept as NULL", db.run, db, insert, 0 / 0)
    raises("parameter 1 must be nil, a number, a boolean, a string or a matrix, got a table",
      db.run, db, insert, {})
    raises("parameter 1 is f32, and a BLOB holds f64", db.run, db, insert,
      sd.ones(2, 2, { dtype = "f32" }))
    raises("the SQL has 1 parameters, 0 values were given: " .. insert, db.run, db, insert)
    raises("the SQL has 1 parameters, 2 values were given", db.run, db, insert, 1, nil)
    assert.equal(0, db:value "SELECT count(*) FROM t")
  end)

  it("are what Python's sqlite3 reads and writes", function()
    local db = make("python.db", 1, -0.0, 5e-324, math.huge, "a\0\xc3\xbc", math.mininteger,
      sd.matrix{ { 1, 2 }, { 3, -0.0 } })
    db:close()
    local p = io.popen("python3 tests/sqlite_exchange.py " .. path "python.db" .. " 2>&1")
    local text = p:read "a"
    p:close()
    if text:find "not found" or text:find "No module named" then
      return pending "no python3 with sqlite3"
    end
    assert.equal("all agree\n", text)
    db = database.open(path "python.db")
    local rows = db:all "SELECT a FROM back ORDER BY rowid"
    db:close()
    local expected = { -7, -0.0, 5e-324, -math.huge, "b\0\xc3\xbc", string.pack("ddd", 1, 2, 3) }
    for k, value in ipairs(expected) do assert(same(value, rows[k].a), k) end
  end)
end)

describe("statements", function()
  it("give rows, the first row, its first value, and what changed", function()
    local db <close> = make("rows.db", 10, 20, 30)
    local rows = db:all("SELECT a, a + ? AS b, NULL AS c FROM t ORDER BY a", 1)
    assert.same({ { a = 10, b = 11 }, { a = 20, b = 21 }, { a = 30, b = 31 } }, rows)
    assert.same({ a = 30 }, db:first "SELECT a FROM t ORDER BY a DESC")
    assert.equal(60, db:value "SELECT sum(a) FROM t")
    assert.same({}, db:all "SELECT a FROM t WHERE a > 99")
    assert.is_nil(db:first "SELECT a FROM t WHERE a > 99")
    assert.is_nil(db:value "SELECT a FROM t WHERE a > 99")
    assert.is_nil(db:value "DELETE FROM t WHERE a > 99")
    local changes, id = db:run("INSERT INTO t VALUES (?), (?)", 40, 50)
    assert(changes == 2 and id == 5)
    assert.equal(5, (db:run "UPDATE t SET a = a + 1"))
    assert.equal(0, (db:run "SELECT a FROM t"))
    assert.equal(0, (db:run "CREATE TABLE u (a)"))
    assert.equal(0, (db:run "DELETE FROM t WHERE a = 0"))
    -- a statement that writes is over when its first row has been given
    assert.same({ a = 60 }, db:first "INSERT INTO t VALUES (60) RETURNING a")
    assert.equal(11, db:value "UPDATE t SET a = a RETURNING a")
    local other <close> = database.open(db.path)
    assert.equal(6, other:value "SELECT count(*) FROM t")
    assert.equal(path "rows.db", db.path)
  end)

  it("are forgotten past a number of them, and work again", function()
    local db <close> = make("many.db", 1)
    for round = 1, 2 do
      for k = 1, 600 do assert.equal(k, db:value("SELECT " .. k .. " FROM t"), round) end
    end
    db:exec "ALTER TABLE t ADD COLUMN b DEFAULT 2"
    assert.same({ a = 1, b = 2 }, db:first "SELECT * FROM t")
    db:exec "ALTER TABLE t ADD COLUMN c DEFAULT 3" -- the same text meets other columns
    assert.same({ a = 1, b = 2, c = 3 }, db:first "SELECT * FROM t")
  end)

  it("give their locks back after an error", function()
    local db <close> = make("locks.db", 1, 2, 3)
    raises("two columns have the name 'a': name one with AS", db.all, db, "SELECT a, a FROM t")
    db:exec "DROP TABLE t" -- refused while a statement reads the table
  end)

  it("of a finaliser run in the middle of others", function()
    local db <close> = make "finaliser.db"
    local sql, met, closed = "SELECT a FROM t ORDER BY a", 0, nil
    db:run [[WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 500)
      INSERT INTO t SELECT x FROM c]]
    local within = false
    local meta = { __gc = function()
      if not within or #db:all(sql) ~= 500 then return end
      met, closed = met + 1, closed or pcall(db.close, db)
    end }
    local rounds = 0
    repeat -- until three have run while rows were collected
      rounds = rounds + 1
      setmetatable({}, meta)
      db:transaction(function()
        within = true
        local rows = db:all(sql)
        within = false
        assert(#rows == 500 and rows[1].a == 1 and rows[500].a == 500)
      end)
    until met >= 3 or rounds == 2000
    assert(met >= 3 and closed == false)
  end)

  it("meet a finaliser that closes the store", function()
    local ended = 0
    for _ = 1, 2000 do -- a few do, unless the collector is at other things
      local db = make "finaliser.db"
      setmetatable({}, { __gc = function() pcall(db.close, db) end })
      local ok, why = true, nil
      for k = 1, 300 do
        ok, why = pcall(db.transaction, db, function() return db:all("SELECT " .. k) end)
        if not ok then break end
      end
      assert(ok or why:find("finaliser.db: has been closed", 1, true), why)
      ended = ended + (ok and 0 or 1)
      db:close()
      if ended == 2 then break end
    end
    assert(ended > 0)
  end)

  it("that are wrong are named", function()
    local db <close> = make("wrong.db", 1)
    local function wrong(text, sql)
      raises("store " .. path "wrong.db: " .. text, db.all, db, sql)
    end
    wrong('near "FORM": syntax error, in: DELETE FORM t', "DELETE FORM t")
    wrong("no such table: u, in: SELECT 1 FROM u", "SELECT 1 FROM u")
    wrong("no such column: hello", 'SELECT "hello"')
    wrong("the SQL has more than one statement: db:exec runs several", "SELECT 1; SELECT 2")
    wrong("the SQL has more than one statement", "SELECT 1; nonsense")
    wrong("the SQL has no statement in it", " -- nothing\n")
    wrong("SQL has a zero byte", "SELECT 1\0")
    raises("argument 2 must be SQL, got 7", db.run, db, 7)
    raises("exec takes no values: use db:run", db.exec, db, "SELECT ?", 1)
    assert.equal(3, (db:value "SELECT 3; -- a comment may follow"))
    db:exec [[CREATE TABLE k (a UNIQUE NOT NULL, b REFERENCES k (a)); ;
      INSERT INTO k VALUES (1, NULL)]]
    raises("UNIQUE constraint failed: k.a", db.run, db, "INSERT INTO k VALUES (1, NULL)")
    raises("FOREIGN KEY constraint failed", db.run, db, "INSERT INTO k VALUES (2, 99)")
    raises("database: no method 'frist' (did you mean 'first'?)", function() return db.frist end)
    raises("methods are called db:run(sql)", db.run, "SELECT 1")
    raises("a value is longer than 1000000000 bytes", db.value, db,
      "SELECT zeroblob(1000000001)")
  end)
end)

describe("transactions", function()
  it("are committed with the function's results, or undone with its error", function()
    local db <close> = make "transaction.db"
    local other <close> = database.open(db.path)
    local function count() return other:value "SELECT count(*) FROM t" end
    local results = table.pack(db:transaction(function()
      db:run "INSERT INTO t VALUES (1)"
      assert.equal(0, count())
      return 1, nil, "x", nil
    end))
    assert(results.n == 4 and results[1] == 1 and results[3] == "x")
    assert.equal(1, count())
    local thrown, trace = {}, nil
    local function fails()
      db:run "INSERT INTO t VALUES (2)"
      error(thrown)
    end
    local ok, got = xpcall(db.transaction, function(e)
      trace = debug.traceback()
      return e
    end, db, fails)
    assert(not ok and got == thrown)
    assert(trace:find("database_spec", 1, true)) -- the handler sees where it happened
    assert.equal(1, db:value "SELECT count(*) FROM t")
    raises("transactions do not nest", db.transaction, db, function() db:transaction(print) end)
    raises("cannot be closed in the middle of a transaction", db.transaction, db,
      function() db:close() end)
    raises("argument 2 must be a function, got nil", db.transaction, db)
    raises("attempt to yield", coroutine.wrap(function() db:transaction(coroutine.yield) end))
    db:transaction(function() db:run "INSERT INTO t VALUES (3)" end)
    assert.equal(2, count())
  end)

  it("that SQLite has ended by itself take no more statements", function()
    local db <close> = make "lost.db"
    db:exec "CREATE UNIQUE INDEX once ON t (a)"
    raises("the transaction was rolled back by an earlier error", db.transaction, db, function()
      db:run "INSERT INTO t VALUES (1)"
      raises("UNIQUE constraint failed", db.run, db, "INSERT OR ROLLBACK INTO t VALUES (1)")
      raises("the transaction was rolled back", db.run, db, "INSERT INTO t VALUES (2)")
      raises("the transaction was rolled back", db.exec, db, "INSERT INTO t VALUES (2)")
    end)
    assert.equal(0, db:value "SELECT count(*) FROM t")
    db:exec [[CREATE TABLE p (a UNIQUE);
      CREATE TABLE c (a REFERENCES p (a) DEFERRABLE INITIALLY DEFERRED)]]
    raises("FOREIGN KEY constraint failed", db.transaction, db, function() -- at the commit
      db:run "INSERT INTO c VALUES (1)"
    end)
    assert.equal(0, db:value "SELECT count(*) FROM c")
  end)

  it("wait for each other, and say so when it takes too long", function()
    local db <close> = make "busy.db"
    local other <close> = database.open(db.path, { mode = "write", wait = 0.05 })
    db:transaction(function()
      local start = core.now()
      raises("busy.db: is locked by another process, for more than 0.05 s", other.transaction,
        other, print)
      assert(core.now() - start >= 0.05)
      raises("is locked by another process", other.run, other, "DELETE FROM t")
      assert.equal(0, other:value "SELECT count(*) FROM t") -- who reads waits for nobody
    end)
    other:run "INSERT INTO t VALUES (1)"
    local reader <close> = database.open(db.path)
    reader:transaction(function() -- one state for all its statements
      assert.equal(1, reader:value "SELECT count(*) FROM t")
      db:run "INSERT INTO t VALUES (2)"
      assert.equal(1, reader:value "SELECT count(*) FROM t")
    end)
    assert.equal(2, reader:value "SELECT count(*) FROM t")
  end)

  it("of several processes lose nothing, from the making of the file on", function()
    write_file("worker.lua", [[
      local database = require("saddle.core").database
      local db <close> = database.open(arg[1], { mode = "create" })
      db:exec "CREATE TABLE IF NOT EXISTS t (a); CREATE TABLE IF NOT EXISTS log (who, k)"
      for k = 1, 100 do
        db:transaction(function()
          local before = db:value "SELECT max(a) FROM t" or 0
          db:run("INSERT INTO t VALUES (?)", before + 1)
          db:run("INSERT INTO log VALUES (?, ?)", arg[2], k)
        end)
      end
      print "done"]])
    local workers = {}
    for k = 1, 4 do
      workers[k] = io.popen(("%s %s %s %d 2>&1"):format(
        saddle, path "worker.lua", path "crowd.db", k))
    end
    for k = 1, 4 do
      assert.equal("done\n", workers[k]:read "a")
      workers[k]:close()
    end
    local db <close> = database.open(path "crowd.db")
    assert.equal(400, db:value "SELECT count(*) FROM log")
    assert.equal(400, db:value "SELECT count(DISTINCT a) FROM t") -- each saw what was before it
    assert.equal(400, db:value "SELECT max(a) FROM t")
  end)

  it("survive kill -9 when they are committed, and are undone when not", function()
    make("killed.db"):close()
    child([[
      local db = database.open(arg[1], { mode = "write" })
      db:transaction(function() for k = 1, 100 do db:run("INSERT INTO t VALUES (?)", k) end end)
      db:transaction(function()
        for k = 101, 6000 do db:run("INSERT INTO t VALUES (?)", ("x"):rep(500)) end
        os.execute "kill -9 $PPID"
      end)]], path "killed.db")
    local reader <close> = database.open(path "killed.db")
    assert.equal(100, reader:value "SELECT count(*) FROM t")
    local db <close> = database.open(path "killed.db", { mode = "write" })
    assert.equal(100, db:value "SELECT count(*) FROM t")
    assert.equal("ok", db:value "PRAGMA integrity_check")
    db:run "INSERT INTO t VALUES (0)" -- the lock went with the process
  end)
end)

describe("reading", function()
  it("runs no SQL that would change anything", function()
    make("guard.db", 1, 2):close()
    local db <close> = database.open(path "guard.db")
    local before = read_file "guard.db"
    for _, sql in ipairs{ "DELETE FROM t", "INSERT INTO t VALUES (1)", "UPDATE t SET a = 1",
      "DROP TABLE t", "CREATE TABLE u (a)", "CREATE TEMP TABLE u (a)",
      "CREATE VIRTUAL TABLE v USING fts5(a)", "ATTACH '" .. path "other.db" .. "' AS o",
      "VACUUM INTO '" .. path "other.db" .. "'", "VACUUM", "BEGIN", "SAVEPOINT s",
      "PRAGMA user_version = 3", "PRAGMA writable_schema = on", "PRAGMA journal_mode = delete",
      "PRAGMA wal_checkpoint", "PRAGMA query_only = off", "ANALYZE",
      "ALTER TABLE t ADD COLUMN b", "WITH x AS (SELECT 1) DELETE FROM t" } do
      raises("is open for reading, where SQL may but select: ", db.all, db, sql)
      raises("is open for reading, where SQL may but select: ", db.exec, db, "SELECT 1; " .. sql)
    end
    raises("not authorized to use function: load_extension", db.all, db,
      "SELECT load_extension('x')")
    raises("may not be modified", db.all, db, "UPDATE sqlite_master SET sql = ''")
    raises("pattern too complex", db.value, db, "SELECT 'a' LIKE '" .. ("%a"):rep(200) .. "'")
    raises("the SQL is longer than 1000000 bytes", db.value, db,
      "SELECT 1" .. (" "):rep(1000000))
    assert.equal(before, read_file "guard.db")
    assert.is_nil(io.open(path "other.db"))
    -- and all that asks
    assert.equal(2, #db:all "SELECT value FROM json_each('[3,4]')")
    assert.equal("a", db:value "SELECT name FROM pragma_table_info('t')")
    assert.equal("a", db:first("PRAGMA table_info(t)").name)
    assert.equal(0, db:value "PRAGMA user_version")
    assert.equal("ok", db:value "PRAGMA integrity_check")
    assert.equal(5, db:value [[WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c
      LIMIT 5) SELECT max(x) FROM c]])
  end)

  it("ends with Ctrl-C, however long the query", function()
    make("long.db"):close()
    local text = interrupted([[
      local db <close> = database.open(arg[1])
      print(pcall(db.value, db, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
        .. "SELECT count(*) FROM c"))
      print(db:value "SELECT 7")]], path "long.db")
    assert(text:find("long.db: interrupted\n7\n", 1, true), text)
  end)

  it("and waiting for a lock end with Ctrl-C", function()
    local db <close> = make "long.db"
    db:transaction(function()
      local text = interrupted([[
        local db <close> = database.open(arg[1], { mode = "write" })
        print(pcall(db.transaction, db, print))
        print(db:value "SELECT 7")]], path "long.db")
      assert(text:find("long.db: interrupted\n7\n", 1, true), text)
    end)
  end)

  it("takes no more memory than the ceiling", function()
    make("memory.db"):close()
    local text = child([[
      local db <close> = database.open(arg[1])
      print(pcall(db.value, db, "SELECT zeroblob(900000000)"))
      print(db:value "SELECT 7")]], path "memory.db", "SADDLE_MEMORY=200M")
    assert(text:find("memory.db: not enough memory\n7\n", 1, true), text)
  end)
end)

--- Runs the shell text in a new mount namespace, where `dir`/medium is a file system of 1 MB; nil
-- where that is not allowed.
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
      dir, dir, saddle, dir, dir))
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
    local text = with_medium(("%s %s/fill.lua %s/medium/full.db"):format(saddle, dir, dir))
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
        "cd " .. dir .. " &&")
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
