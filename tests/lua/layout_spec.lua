-- Iterations whose matrices of few rows and many columns live turned: nothing of it shows but in
-- explain() and in the rounding of sums.
local sd = require "saddle"
local support = require "tests.lua.support"
local raises, near = support.raises, support.near

local M <const>, N <const> = 5, 64
local rng = sd.rng(3, "layout")
local A, w, c = rng:randn(M, N), rng:rand(1, N), rng:randn(M, 1)

local function bits(value)
  local out = { value.rows, value.cols, value.dtype }
  for k = 1, #value do out[#out + 1] = ("%a"):format(value(k)) end
  return table.concat(out, " ")
end

local function turned(plan)
  local names = {}
  for name in plan:explain():gmatch "\nturned +(%S+)" do names[#names + 1] = name end
  return table.concat(names, " ")
end

--- x <- x - x % w / 8 + c / 16, y <- y + column sums of x, element by element and line by line.
local function step(s)
  return { x = s.x - s.x % w / 8 + c / 16, y = s.y + sd.sum(s.x, { dim = 1 }) }
end
local function start(dtype)
  return { x = A:to(dtype or "f64"), y = sd.zeros(1, N, { dtype = dtype or "f64" }), n = "static" }
end

describe("a state that lives turned", function()
  it("is said by explain, and seen nowhere else", function()
    local plan = sd.compile(step)
    local s = plan:iterate(start(), 3)
    assert.equal("s.x", turned(plan))
    assert.matches("\nturned     s.x lives as its transpose, 64x5\n", plan:explain(), 1, true)
    assert.same({ M, N, 1, N }, { s.x.rows, s.x.cols, s.y.rows, s.y.cols })
    assert.equal(bits(A), bits(start().x))
  end)

  it("has the bits of a naive loop where no sum is taken", function()
    local plan, t = sd.compile(step), 7
    local s = plan:iterate(start(), t)
    for i = 1, M do
      for j = 1, N do
        local x, y, size = A(i, j), 0, 0
        for _ = 1, t do x = x - x * w(j) / 8 + c(i) / 16 end
        assert.equal(x, s.x(i, j))
        if i == 1 then -- t sums of M terms in another order, each rounded relative to its size
          for r = 1, M do
            x = A(r, j)
            for _ = 1, t do
              y, size = y + x, size + math.abs(x)
              x = x - x * w(j) / 8 + c(r) / 16
            end
          end
          assert(math.abs(y - s.y(j)) <= t * M * 2^-52 * size)
        end
      end
    end
  end)

  it("agrees with {eager=true}, in f32 too", function()
    for dtype, eps in pairs { f64 = 2^-52, f32 = 2^-23 } do
      local plan = sd.compile(function(s)
        local like = { dtype = dtype }
        local row, column = sd.norm(s.x, { dim = 1 }), w:t():to(dtype)
        return { x = s.x / (1 + row) + (s.x * column) * column:t() / N, y = sd.zeros(1, N, like) }
      end)
      local a, b = plan:iterate(start(dtype), 1), plan:iterate(start(dtype), 1, { eager = true })
      assert.equal("s.x", turned(plan))
      assert.equal(dtype, a.x.dtype)
      -- |x| <= 1 + |sum of N terms below 4| / N: sums of N terms err by N eps of their size
      near(a.x, b.x, 8 * N * eps)
    end
  end)

  it("is an ordinary matrix to hooks, records and stops", function()
    local plan, seen = sd.compile(step), {}
    local options = { every = 2, record = function(s)
      return { x = s.x, first = s.x:col(1), total = sd.sum(s.x:row(2)) }
    end, hook = function(s, t) seen[#seen + 1] = ("%d %s"):format(t, bits(s.x)) end,
      stop = function(s) return sd.lt(sd.min(s.x), -100) end }
    local s, h = plan:iterate(start(), 4, options)
    assert.equal("s.x", turned(plan))
    local x = {}
    for t = 0, 4, 2 do
      x[t] = plan:iterate(start(), t).x
      assert.equal(("%d %s"):format(t, bits(x[t])), seen[t // 2 + 1])
      assert.equal(bits(x[t]:reshape(M * N, 1)), bits(h.x:col(t // 2 + 1)))
      assert.equal(bits(x[t]:col(1):clone()), bits(h.first:col(t // 2 + 1)))
      local size = sd.sum(sd.abs(x[t]:row(2)))
      near(sd.sum(x[t]:row(2)), h.total(t // 2 + 1), N * 2^-52 * size)
    end
    assert.equal(bits(x[4]), bits(s.x))
    assert.equal("done", h.status)
    local _, stopped = plan:iterate({ x = A - 1000, y = sd.zeros(1, N) }, 4, options)
    assert.same({ 0, "stopped" }, { stopped.n, stopped.status })
  end)

  it("goes on to the same bits, in parts and from a checkpoint", function()
    local file = os.tmpname()
    os.remove(file)
    file = file .. ".npz"
    local plan = sd.compile(function(s)
      local noise = s.rng:randn(1, N)
      return { x = s.x - s.x % noise / 8, z = s.z + sd.sum(s.x) }
    end)
    local function from() return { x = A, z = 0, rng = sd.rng(5) } end
    local whole = plan:iterate(from(), 9)
    assert.equal("s.x", turned(plan))
    local parts = plan:iterate(plan:iterate(from(), 4), 5)
    plan:iterate(from(), 4, { checkpoint = file })
    local resumed = plan:iterate(from(), 9, { checkpoint = file })
    os.remove(file)
    for _, other in ipairs { parts, resumed } do
      assert.equal(bits(whole.x), bits(other.x))
      assert.equal(whole.z, other.z)
      assert.equal(whole.rng:state().ordinal, other.rng:state().ordinal)
    end
  end)

  it("draws the numbers of an eager run", function()
    local plan = sd.compile(function(s)
      local noise = s.rng:randn(M, N)
      return { x = s.x % w + noise, v = sd.max(s.x % w, { dim = 1 }) }
    end)
    local function from() return { x = A, v = w, rng = sd.rng(8) } end
    local s, e = plan:iterate(from(), 3), plan:iterate(from(), 3, { eager = true })
    assert.equal("s.x", turned(plan))
    assert.equal(bits(e.x), bits(s.x))
    assert.equal(bits(e.v), bits(s.v))
  end)

  it("ends where it diverges", function()
    local plan = sd.compile(function(s) return { x = s.x % s.x % w * 1e30, y = s.y } end)
    local s, h = plan:iterate(start(), 50, { every = 1, record = function() return { z = 0 } end })
    assert.equal("s.x", turned(plan))
    assert.equal("diverged", h.status)
    assert.is_true(sd.sum(sd.isfinite(s.x)) < M * N)
    assert.is_true(h.n < 50)
  end)

  it("sees writes to captured matrices between runs", function()
    local C = A:clone()
    local plan = sd.compile(function(s) return { x = s.x % w + C } end)
    local before = plan:iterate({ x = A }, 1).x
    C:set(2, 3, 100)
    local after = plan:iterate({ x = A }, 1).x
    assert.equal("s.x", turned(plan))
    assert.equal(A(2, 3) * w(3) + 100, after(2, 3))
    assert.equal(before(3, 2), after(3, 2))
  end)

  it("is written to by rows and columns, and says which in errors", function()
    local plan = sd.compile(function(s)
      local x = sd.scatter_add(s.x % w, s.k, s.x:col(s.j), { dim = 2 })
      return { x = x - sd.gather(x, sd.matrix { { 1, 3, 2, 4, 5 } }, { dim = 1 }) / 2 }
    end)
    local function run(j, k, o) return plan:iterate({ x = A, j = j, k = k }, 2, o).x end
    assert.equal(bits(run(3, 60, { eager = true })), bits(run(3, 60)))
    assert.equal("s.x", turned(plan))
    raises("col: column 65 is not an index into 1..64", run, 65, 1)
    raises("scatter_add: column 0 is not an index into 1..64", run, 1, 0)
    plan = sd.compile(function(s) return { x = s.x % w + s.x:row(s.j) } end)
    plan:iterate({ x = A, j = 1 }, 1)
    assert.equal("s.x", turned(plan))
    raises("row: row 6 is not an index into 1..5", plan.iterate, plan, { x = A, j = 6 }, 1)
  end)
end)
