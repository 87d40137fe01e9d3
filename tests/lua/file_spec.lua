--- sd.save and sd.load: round trips, names, atomic writes, messages.
local sd = require "saddle"
local support = require "tests.lua.support"
local raises = support.raises

local dir

local function path(name) return dir .. "/" .. name end

local function put(name, text)
  local f = assert(io.open(path(name), "wb"))
  f:write(text)
  f:close()
  return path(name)
end

local function get(name)
  local f = assert(io.open(path(name), "rb"))
  local text = f:read "a"
  f:close()
  return text
end

local function output(command)
  local p = io.popen(command)
  local text = p:read "a"
  return text, p:close()
end

--- The files in the directory, sorted.
local function names() return (output("ls -A " .. dir):gsub("%s+$", ""):gsub("\n", " ")) end

describe("files", function()
  local A = sd.matrix{ { 1, 2.5, -3 }, { 4, 1e-310, 6 } }

  before_each(function()
    dir = output("mktemp -d -p /dev/shm 2>/dev/null || mktemp -d"):gsub("%s+$", "")
  end)
  after_each(function() os.execute("rm -r " .. dir) end)

  it("npy round trips matrices, views, f32, numbers and empty matrices", function()
    local empty, wide = sd.zeros(3, 0), sd.zeros(0, 3)
    for _, X in ipairs{ A, A:to "f32", A:block(1, 2, 2, 2), A:row(2), empty, wide } do
      assert.is_nil(sd.save(path "x.npy", X))
      local Y = sd.load(path "x.npy")
      assert(Y == X and Y.dtype == X.dtype and Y.rows == X.rows and Y.cols == X.cols)
    end
    sd.save(path "x.NPY", 7)
    assert(sd.load(path "x.NPY") == sd.matrix(7))
  end)

  it("npz gives back the tables that it was given", function()
    local t = { W = A, layers = { A:t(), { b = A:to "f32", [-3] = A, s = 2.5 } }, lr = 0.1, n = 3,
      ["01"] = A, ["ü"] = A }
    sd.save(path "t.npz", t)
    local u = sd.load(path "t.npz")
    assert.same({ "01", "W", "layers", "lr", "n", "ü" }, (function()
      local keys = {}
      for k in pairs(u) do keys[#keys + 1] = k end
      table.sort(keys)
      return keys
    end)())
    assert(u.W == A and u.layers[1] == A:t() and u.layers[2].b == A:to "f32")
    assert(u.layers[2][-3] == A and u.layers[2].s == 2.5 and u.lr == 0.1 and u.n == 3)
    assert(u["01"] == A and u["ü"] == A)
    sd.save(path "u.npz", u)
    assert(get "t.npz" == get "u.npz")
    sd.save(path "0.npz", {})
    assert.same({}, sd.load(path "0.npz"))
  end)

  it("npz keeps the same bytes whatever the order of insertion", function()
    local one, two = {}, {}
    for k = 1, 50 do one["k" .. k] = k end
    for k = 50, 1, -1 do two["k" .. k] = k end
    sd.save(path "1.npz", one)
    sd.save(path "2.npz", two)
    assert(get "1.npz" == get "2.npz")
  end)

  it("npz refuses what would not come back", function()
    local cycle = {}
    cycle.inner = cycle
    local cases = {
      { { a = {} }, '"a" is an empty table' }, { { ["a/b"] = 1 }, 'the key "a/b" has a slash' },
      { { ["12"] = 1 }, 'the key "12" would come back as a number: use [12]' },
      { { [""] = 1 }, "a key is the empty string" }, { { [1.5] = 1 }, "one is 1.5" },
      { { [true] = 1 }, "one is boolean" }, { { ["a\0b"] = 1 }, "a key has a zero byte" },
      { { ["\xff"] = 1 }, "is not UTF-8" }, { { a = { b = "x" } }, '"a/b" must be a matrix' },
      { { [("x"):rep(2000)] = 1 }, "is longer than" }, { cycle, "is there a cycle?" },
      { { n = math.maxinteger }, "no f64 holds the integer 9223372036854775807" },
      { A, "holds a table of matrices, such as {A = A}; got a 2x3 matrix" },
      { "x", "got the string \"x\"" },
    }
    for _, case in ipairs(cases) do
      raises(case[2], sd.save, path "x.npz", case[1])
    end
    assert.equal("", names())
  end)

  it("npz refuses archives whose names clash", function()
    sd.save(path "x.npz", { ["a_b"] = 1, a = 2 })
    put("y.npz", (get("x.npz"):gsub("a_b%.npy", "a/b.npy")))
    raises('member "a/b" is in a table whose name an array has', sd.load, path "y.npz")
    sd.save(path "x.npz", { a = 1, b = 2 })
    put("y.npz", (get("x.npz"):gsub("b%.npy", "a.npy")))
    raises('member "a" comes twice', sd.load, path "y.npz")
  end)

  it("csv writes a header and reads it back", function()
    sd.save(path "a.csv", A)
    assert.equal("c1,c2,c3\n1,2.5,-3\n4,9.9999999999999694e-311,6\n", get "a.csv")
    local B, header = sd.load(path "a.csv")
    assert(B == A)
    assert.same({ "c1", "c2", "c3" }, header)
    local odd = { "1", ' a "b", c', "" }
    sd.save(path "a.csv", A, { header = odd })
    B, header = sd.load(path "a.csv")
    assert(B == A)
    assert.same(odd, header)
    sd.save(path "t.csv", { y = A:col(1), B = A:col(2):to "f32", x = sd.matrix{ 0 / 0, -1 / 0 } })
    assert.equal("B,x,y\n2.5,nan,1\n0,-inf,4\n", get "t.csv")
    B, header = sd.load(put("n.csv", "1;2\n3;4\n"))
    assert(B == sd.matrix{ { 1, 2 }, { 3, 4 } } and header == nil)
    sd.save(path "s.csv", 5)
    assert(sd.load(path "s.csv") == sd.matrix(5))
  end)

  it("csv says what is wrong, and where", function()
    local bad = put("points.csv", "x,y\n1,2\n3,abc\n")
    raises("load: " .. bad .. ':3: column 2: "abc" is not a number', sd.load, bad)
    raises("points.csv:2: the line has 1 field, the first line has 2", sd.load,
      put("points.csv", "1,2\n3\n"))
    raises("points.csv: the file is empty", sd.load, put("points.csv", ""))
    local cases = {
      { A, { header = { "x" } }, "the header has 1 names, the matrix has 3 columns" },
      { A, { header = { "x", "y", 3 } }, "name 3 of the header must be a string" },
      { A, { header = "x" }, "option 'header' must be a list of names" },
      { A, { headr = {} }, "header" }, { sd.zeros(3, 0), nil, "at least one column" },
      { { x = A }, nil, '"x" must be one column, it is 2x3' },
      { { x = A:col(1), y = 1 }, nil, 'column "y" has 1 rows, column "x" has 2' },
      { { x = 1 }, { header = { "x" } }, "the keys of the table are the header" },
      { { 1, 2 }, nil, "keys must be strings (the names of the columns)" },
      { { x = { 1 } }, nil, '"x" must be a matrix of one column or a number, got a table' },
      { {}, nil, "at least one column" }, { nil, nil, "must be a matrix or a number" },
    }
    for _, case in ipairs(cases) do
      raises(case[3], sd.save, path "x.csv", case[1], case[2])
    end
    assert.equal("points.csv", names())
  end)

  it("idx gives an image a column, row after row, whatever the file is called", function()
    local pixels = string.char(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 255)
    local text = "\0\0\8\3" .. string.pack(">I4I4I4", 2, 2, 3) .. pixels
    local X = sd.matrix { 1, 2, 3, 4, 5, 6 }
    for _, name in ipairs { "a.idx", "A.IDX", "train-images-idx3-ubyte", "t.idx3-ubyte" } do
      local Y, sides = sd.load(put(name, text))
      assert(Y:col(1) == X and Y(6, 2) == 255 and Y.cols == 2 and Y.dtype == "f64")
      assert.same({ 2, 3 }, sides)
      assert(os.execute("gzip " .. path(name)))
      assert(sd.load(path(name .. ".gz")) == Y)
    end
    local labels, sides = sd.load(put("labels-idx1-ubyte", "\0\0\8\1\0\0\0\3\7\0\9"))
    assert(labels == sd.matrix { { 7, 0, 9 } })
    assert.same({}, sides)
    assert(sd.load(put("f.idx1-float", "\0\0\13\1\0\0\0\1\63\128\0\0")).dtype == "f32")
    for _, name in ipairs { "idx3-ubyte", "aidx3-ubyte", "a-idx9-ubyte", "a.idx3-words",
      "a.csv.gz" } do
      raises(".npy, .npz, .csv or .idx", sd.load, put(name, text))
    end
    raises("save: " .. path "x.idx" .. ": the extension must be .npy, .npz or .csv", sd.save,
      path "x.idx", X)
    raises("x.idx: shape 2x2x3 needs 12 bytes of elements, but 11 follow the header", sd.load,
      put("x.idx", text:sub(1, -2)))
  end)

  it("names the path and the reason", function()
    raises("load: argument 1 must be a path, got nil", sd.load)
    raises("save: argument 1 must be a path, got 1", sd.save, 1, A)
    raises("load: the path has a zero byte", sd.load, "a\0.npy")
    raises("load: a.txt: the extension must be .npy, .npz, .csv or .idx (as "
      .. "train-images-idx3-ubyte, also .gz)", sd.load, "a.txt")
    raises("save: npy: the extension must be .npy, .npz or .csv", sd.save, "npy", A)
    raises("none.npy: No such file or directory", sd.load, path "none.npy")
    raises("none/a.npz: No such file or directory", sd.save, path "none/a.npz", { A = A })
    put("plain", "")
    raises("plain/a.csv: Not a directory", sd.save, path "plain/a.csv", A)
    os.execute("mkdir " .. path "d.npy")
    raises("d.npy: it is a directory", sd.load, path "d.npy")
    raises("d.npy: it is a directory", sd.save, path "d.npy", A)
    os.execute("mkfifo " .. path "f.csv")
    raises("f.csv: it is not a regular file", sd.load, path "f.csv")
    raises("save: " .. path "x.npy" .. ": argument 2 must be a matrix or a number, got nil",
      sd.save, path "x.npy")
    raises("a table goes into an .npz file", sd.save, path "x.npy", { A = A })
    raises("only .csv files take options", sd.save, path "x.npy", A, {})
    raises("it is not an .npy array", sd.load, put("x.npy", "hello, world"))
    raises("it is not a whole zip archive", sd.load, put("x.npz", ("hello"):rep(10)))
  end)

  it("keeps the old file when the disk is full", function()
    put("a.npy", "old")
    local script = put("full.lua", [[
      local sd = require "saddle"
      print(pcall(sd.save, (...), sd.zeros(300, 300)))]])
    local command = "sh -c 'trap \"\" XFSZ; ulimit -f 8; %s %s %s' 2>&1"
    local text = output(command:format(support.saddle, script, path "a.npy"))
    assert(text:find("a.npy: File too large", 1, true), text)
    assert.equal("old", get "a.npy")
    assert.equal("a.npy full.lua", names())
  end)

  it("asks before it takes memory, and closes its files", function()
    local header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3000, 1000)}"
    put("big.npy", "\x93NUMPY\1\0" .. string.pack("<s2", header) .. ("\1"):rep(3000000))
    collectgarbage()
    collectgarbage() -- the first may only have called finalisers
    local used, ceiling = sd.memory()
    sd.memory{ ceiling = used + 20e6 } -- besides what all tests before this one have left
    finally(function() sd.memory{ ceiling = ceiling } end)
    for _ = 1, 5 do
      raises("big.npy: not enough memory for 3000x1000 f64", sd.load, path "big.npy")
    end
    local kept = "ls -l /proc/$PPID/fd | grep -c %s"
    assert.equal("0\n", output(kept:format "big.npy"))
    local open = io.open(path "big.npy")
    assert.equal("1\n", output(kept:format "big.npy")) -- so the count does see open files
    open:close()
    sd.memory{ ceiling = ceiling }
    assert(sd.load(path "big.npy") == sd.ones(3000, 1000))
  end)

  it("reads and writes a point whatever the locale", function()
    local source = put("comma.src",
      'LC_NUMERIC\ndecimal_point ","\nthousands_sep ""\ngrouping -1\nEND LC_NUMERIC\n')
    local build = "localedef -c -f ANSI_X3.4-1968 -i %s %s >%s 2>&1" -- warns: nothing else in it
    os.execute(build:format(source, path "comma", path "log"))
    if not os.execute("test -e " .. path "comma/LC_NUMERIC") then
      return pending "localedef is missing"
    end
    local script = put("comma.lua", [[
      local sd = require "saddle"
      assert(os.setlocale("comma", "numeric"), "no such locale")
      assert(("%.1f"):format(0.5) == "0,5", "the locale has no effect")
      sd.save(..., sd.matrix{ { 1.5, -2.25 } })
      local A = sd.load(...)
      io.write(A(1) == 1.5 and A(2) == -2.25 and "fine" or "wrong")]])
    local command = "LOCPATH=%s %s %s %s 2>&1"
    local text = output(command:format(dir, support.saddle, script, path "l.csv"))
    assert.equal("fine", text)
    assert.equal("c1,c2\n1.5,-2.25\n", get "l.csv")
  end)
end)
