--- core.database: values to the bit, transactions, locks, and what reading may not do. The second
-- witness is Python's sqlite3 (tests/sqlite_exchange.py).
local sd = require "saddle"
local core = require "saddle.core"
local database = core.database
local store = require "tests.lua.database_support"
local raises = require("tests.lua.support").raises
local path, write_file, read_file = store.path, store.write_file, store.read_file
local make, child, interrupted = store.make, store.child, store.interrupted

setup(store.open)
teardown(store.close)

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
        store.saddle, path "worker.lua", path "crowd.db", k))
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
