--- Leaves that a step writes over, and what reads them through views: compiled against eager, to
-- the bit.
local sd = require "saddle"

describe("a scaled leaf to which a column is added", function()
  local rng = sd.rng(5)
  local start = { V = rng:randn(200, 5), W = rng:randn(200, 5), k = 2, z = 0 }

  --- What the report says of places of 200x5, of a step that does odd and even numbers of steps as
  -- eager calls do.
  local function places(step)
    local plan = sd.compile(step)
    for n = 6, 7 do
      local a, b = plan:iterate(start, n), sd.compile(step):iterate(start, n, { eager = true })
      for key in pairs(start) do assert.is_true(a[key] == b[key], key) end
    end
    local list = {}
    for op, place in plan:explain():gmatch "(%l[%w_]*) +200x5 [^\n]-(%w+)  %S+\n" do
      list[#list + 1] = op .. " " .. place
    end
    return table.concat(list, ", ")
  end
  local function spike(X, B, k) return sd.scatter_add(X, k, B, { dim = 2 }) end

  it("is scaled in its place when all have read it", function()
    assert.equal("sub state, mul state, scatter_add state", places(function(s)
      return { V = spike(0.9 * s.V, sd.cos(s.V:col(6 - s.k)), s.k), k = 6 - s.k,
        W = s.W - s.V }
    end))
  end)

  it("is scaled where the sum is made when the sum is read", function()
    assert.equal("mul swaps, scatter_add swaps, sub state", places(function(s)
      local m = spike(0.9 * s.V, sd.cos(s.W:col(s.k)), s.k)
      return { V = m, k = 6 - s.k, W = s.W - m }
    end))
  end)

  it("commits nothing that the sum reads when the sum does not commit", function()
    local report = places(function(s) -- W is written by the loop that scales
      local t = sd.tanh(s.V)
      local m = spike(0.9 * t, sd.cos(s.W:col(6 - s.k)), s.k)
      return { V = m, k = 6 - s.k, W = s.W + t, z = s.z + sd.sum(m) }
    end)
    assert.is_nil(report:find("state", 1, true), report)
  end)

  it("is scaled elsewhere when the sum reads its column where it lies", function()
    assert.equal("mul swaps, scatter_add swaps", places(function(s)
      return { V = spike(0.9 * s.V, s.V:col(6 - s.k), s.k), k = 6 - s.k }
    end))
  end)
end)

describe("a column that is named in the run", function()
  local rng = sd.rng(4)
  local V, U = rng:randn(200, 6), rng:randn(200, 3)
  local function same(step, s, n)
    local plan = sd.compile(step)
    local a = plan:iterate(s, n or 7)
    local b = sd.compile(step):iterate(s, n or 7, { eager = true })
    for key, v in pairs(b) do
      if key ~= "rng" then assert.equal(0, sd.norm(a[key] - v)) end
    end
    return plan:explain()
  end
  local function moves(report) return select(2, report:gsub(" leaf ", "")) end

  it("is read where it lies", function()
    local report = same(function(s)
      local x, y = U:col(s.rng:randint(3)), s.V:col(s.k)
      return { V = s.V + 0.1 * sd.sin(y + x), k = 7 - s.k, rng = s.rng,
        z = 0.5 * s.z + sd.dot(x, y) + sd.norm(x) }
    end, { V = V, k = 1, rng = sd.rng(1), z = 0 })
    assert.equal(2, moves(report))
  end)

  it("has its old values where the leaf is written over", function()
    assert.equal(1, moves(same(function(s)
      local y = s.V:col(s.k)
      return { V = 0.5 * s.V + 1, k = 7 - s.k, y = 0.5 * s.y + sd.tanh(y) }
    end, { V = V, k = 2, y = sd.zeros(200, 1) })))
    same(function(s) -- whose memory changes places with another's
      return { V = s.V * s.A, A = s.A, y = s.y + s.V:col(s.k) % s.V:col(7 - s.k), k = 7 - s.k }
    end, { V = V, A = rng:orthogonal(6), k = 2, y = sd.zeros(200, 1) })
  end)

  it("is copied where a view lies in it, or it is a result, or it is small", function()
    assert.equal(0, moves(same(function(s)
      local y = s.V:col(s.k):block(3, 1, 50, 1)
      return { V = 0.5 * s.V, k = 7 - s.k, y = s.y + y:reshape(50, 1) }
    end, { V = V, k = 2, y = sd.zeros(50, 1) })))
    assert.equal(0, moves(same(function(s)
      return { V = 0.5 * s.V, k = 7 - s.k, y = s.V:col(s.k) }
    end, { V = V, k = 2, y = sd.zeros(200, 1) })))
    assert.equal(0, moves(same(function(s)
      return { W = 0.5 * s.W, k = 7 - s.k, y = s.y + s.W:col(s.k) }
    end, { W = rng:randn(5, 6), k = 2, y = sd.zeros(5, 1) })))
  end)

  it("must be there", function()
    local step = sd.compile(function(s)
      return { V = s.V, k = s.k + 1, z = s.z + sd.sum(s.V:col(s.k)) }
    end)
    local s = { V = V, k = 5, z = 0 }
    local ok, message = pcall(step.iterate, step, s, 4)
    assert.is_false(ok)
    assert(message:find("column 7 is not an index into 1..6", 1, true), message)
  end)

  it("is that of the leaf of each run, and of captures that are written to", function()
    local W = rng:randn(200, 3)
    local step = sd.compile(function(s)
      return { k = 5 - s.k, z = s.z + sd.dot(W:col(s.k), s.x), x = s.x }
    end)
    local x = rng:randn(200, 1)
    for _ = 1, 3 do
      W:copy_(rng:randn(200, 3))
      local s = step:iterate({ k = 2, z = 0, x = x }, 2)
      local expected = sd.dot(W:col(2), x) + sd.dot(W:col(3), x)
      assert(math.abs(s.z - expected) <= 1e-12 * 200)
    end
  end)
end)

describe("a leaf that is written over in place", function()
  local rng = sd.rng(3)
  local W, v = rng:randn(30, 40), rng:randn(40, 1)
  local reads = { -- of what may turn out to lie in the leaf
    reshaped = function(w) return sd.sin(w:reshape(40, 30)) end,
    ["reshaped twice"] = function(w) return w:reshape(40, 30):reshape(1200, 1) * 0.5 end,
    ["a block of columns"] = function(w) return w:block(1, 3, 30, 5) * 2 end,
    ["a block of a reshaped one"] = function(w) return w:reshape(60, 20):block(1, 2, 60, 3) + 1 end,
    ["reshaped, in a product"] = function(w) return w:reshape(30, 40) * v end,
    ["itself reshaped"] = function(w) return w:reshape(1200, 1) end,
  }
  for name, read in pairs(reads) do
    it("has its old values for what reads it " .. name, function()
      local function step(s) return { W = 0.5 * s.W + 1, y = 0.5 * s.y + read(s.W) } end
      local function last(s) return { W = 0.5 * s.W + 1, y = read(s.W) } end
      local s = { W = W, y = 0 * read(W) }
      for _, f in ipairs { step, last } do
        local a, b = sd.compile(f):iterate(s, 5), sd.compile(f):iterate(s, 5, { eager = true })
        assert.equal(0, sd.norm(a.y - b.y))
        assert.equal(0, sd.norm(a.W - b.W))
      end
    end)
  end
end)
