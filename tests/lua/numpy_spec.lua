--- Exchange with NumPy, bit for bit, in both directions (the other side: tests/numpy_exchange.py).
local sd = require "saddle"
local raises = require "tests.lua.support".raises

--- A python3 that has NumPy, or nil.
local function find_python()
  for _, name in ipairs{ "/usr/bin/python3", "python3" } do
    if os.execute(name .. " -c 'import numpy' >/dev/null 2>&1") then return name end
  end
end

local function element(i, j, name)
  local kind = name:sub(1, 1)
  if kind == "b" then return (i + j) % 2 end
  if kind == "f" then return i - j / 4 end
  return 10 * i + j - (kind == "i" and 40 or 0)
end

describe("NumPy", function()
  local python, dir = find_python(), nil
  local function path(name) return dir .. "/" .. name end

  setup(function()
    local p = io.popen "mktemp -d -p /dev/shm 2>/dev/null || mktemp -d"
    dir = p:read "l"
    p:close()
    local command = "%s tests/numpy_exchange.py write %s"
    if python then assert(os.execute(command:format(python, dir))) end
  end)
  teardown(function() os.execute("rm -r " .. dir) end)

  it("arrays of every dtype and order are read", function()
    if not python then return pending "no python3 with NumPy" end
    local stored, deflated, count = sd.load(path "stored.npz"), sd.load(path "deflated.npz"), 0
    for line in io.lines(path "index") do
      local key, name, m, n, dims = line:match "^(%S+) (%S+) (%d+) (%d+) (%d)$"
      m, n, count = tonumber(m), tonumber(n), count + 1
      local A = sd.load(path(key .. ".npy"))
      assert(A.rows == m and A.cols == n, key)
      assert(A.dtype == ((name == "f4" or name == "f2") and "f32" or "f64"), key)
      for i = 1, m do
        for j = 1, n do assert(A(i, j) == element(i, j, name), key) end
      end
      for _, archive in ipairs{ stored, deflated } do
        if dims == "0" then
          assert(archive[key] == A:item(), key)
        else
          assert(archive[key] == A and archive[key].rows == m and archive[key].cols == n, key)
        end
      end
    end
    assert.equal(12 * 2 * 2 * 7, count)
    assert(sd.load(path "version2.npy") == sd.matrix{ 0, 1, 2 })
  end)

  it("arrays that no matrix can hold are named", function()
    if not python then return pending "no python3 with NumPy" end
    raises("cube.npy: its shape (2, 3, 4) has 3 dimensions", sd.load, path "cube.npy")
    raises("dtype '<c16' (complex", sd.load, path "complex.npy")
    raises("dtype '<U1' (strings)", sd.load, path "text.npy")
    raises("dtype '|O' (Python objects", sd.load, path "object.npy")
    raises("record.npy: it holds records", sd.load, path "record.npy")
  end)

  it("reads what sd.save writes", function()
    if not python then return pending "no python3 with NumPy" end
    local A = sd.matrix{ { 0, -0.0, 5e-324 }, { math.huge, -math.huge, 0.1 } }
    sd.save(path "f64.npy", A)
    sd.save(path "f32.npy", A:to "f32")
    sd.save(path "number.npy", 0.1)
    sd.save(path "empty.npy", sd.zeros(0, 3))
    sd.save(path "tree.npz", { W = A, layers = { A:t(), { b = A:to "f32" } }, lr = 0.1, ["ü"] = A })
    sd.save(path "table.csv", { q = sd.matrix{ 5e-324, -1e300 }, p = sd.matrix{ 0, 1 / 3 } })
    local text, names = sd.load(path "text.csv")
    assert.same({ "x", "y", "z" }, names)
    sd.save(path "copy.npy", text)
    local p = io.popen(("%s tests/numpy_exchange.py read %s 2>&1"):format(python, dir))
    assert.equal("all agree\n", p:read "a")
    assert(p:close())
  end)
end)
