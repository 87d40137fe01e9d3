--- Steps that move one row, column or element of a matrix (src/graph/op_spike.c): compiled against
-- op by op, which keeps the derivative dense.
local sd = require "saddle"

local picks = {
  { "a column", function(A, k) return A:col(k) end, 4 },
  { "a row", function(A, k) return A:row(k) end, 3 },
  { "an element", function(A, k) return A(k) end, 12 } }

local function state()
  local rng = sd.rng(7)
  return { A = rng:randn(3, 4), c = .7, rng = rng }
end

--- The step A <- rule(A, gradient of |pick|^2 at a random place, c).
local function step_of(pick, limit, rule)
  return function(s)
    local k = s.rng:randint(limit)
    local function f(A)
      local v = pick(A, k)
      return sd.sum(v * 1) ^ 2 + sd.sum(sd.tanh(v))
    end
    return { A = rule(s.A, sd.grad(f)(s.A), s.c) }
  end
end

local rules = {
  { "is scaled", function(A, g, c) return A - c * g end },
  { "is added in front", function(A, g, c) return g * c + A end },
  { "is negated", function(A, g) return A + -g / 8 end },
  { "is normalised", function(A, g, c) return A - c * (g / sd.norm(g)) end } }

describe("a derivative that is zero but for one place", function()
  for _, p in ipairs(picks) do
    for _, r in ipairs(rules) do
      it(("of %s %s"):format(p[1], r[1]), function()
        local step = step_of(p[2], p[3], r[2])
        local plan = sd.compile(step)
        local s = plan:iterate(state(), 20)
        local e = sd.compile(step):iterate(state(), 20, { eager = true })
        assert.is_true(s.A == e.A) -- the same operations on the same numbers
        assert.matches("add_spike%s+3x4%s.-%sstate%s", plan:explain())
      end)
    end

    it(("of %s scaled by what is not finite makes all NaN"):format(p[1]), function()
      for _, c in ipairs { 1 / 0, 0 / 0 } do
        local s = state()
        s.c = c
        local last, h = sd.compile(step_of(p[2], p[3], rules[1][2])):iterate(s, 1)
        assert.equal("diverged", h.status)
        assert.equal(12, sd.sum(sd.ne(last.A, last.A)))
      end
    end)
  end

  it("has the norm of the place, at any scale", function()
    for _, scale in ipairs { 1e-200, 1, 1e200 } do
      local plan = sd.compile(function(s)
        local g = sd.grad(function(A) return sd.dot(A:col(s.k), sd.ones(3, 1)) end)(s.A)
        return { n = sd.norm(g * scale), m = sd.norm(g) }
      end)
      local s = plan:iterate({ A = sd.zeros(3, 4), k = 2, n = 0, m = 0 }, 1)
      assert.near(3 ^ .5, s.n / scale, 1e-15)
      assert.near(3 ^ .5, s.m, 1e-15)
    end
  end)

  it("may be read elsewhere", function()
    local function step(s)
      local g = sd.grad(function(A) return sd.sum(A:col(s.k) ^ 2) end)(s.A)
      return { A = s.A - .1 * g, B = s.B + g % g, k = 5 - s.k }
    end
    local function start() return { A = sd.ones(3, 4), B = sd.zeros(3, 4), k = 1 } end
    local s, e = sd.compile(step):iterate(start(), 5),
      sd.compile(step):iterate(start(), 5, { eager = true })
    assert.is_true(s.A == e.A and s.B == e.B)
  end)

  it("is squared where it is: of second moments only that place is computed", function()
    local powers = { function(g) return g % g end, function(g) return g ^ 2 end }
    for _, p in ipairs(picks) do
      for _, power in ipairs(powers) do
        local function step(s)
          local k = s.rng:randint(p[3])
          local g = sd.grad(function(A) return sd.sum(sd.exp(p[2](A, k) * 1)) end)(s.A) * s.c
          return { A = s.A - .1 * g / (sd.sqrt(s.v) + 1), v = .9 * s.v + .1 * power(g) }
        end
        local function start(c)
          local s = state()
          s.v, s.c = sd.zeros(3, 4), c
          return s
        end
        local plan = sd.compile(step)
        local s, e = plan:iterate(start(.7), 20),
          sd.compile(step):iterate(start(.7), 20, { eager = true })
        assert.is_true(s.A == e.A and s.v == e.v)
        assert.matches("add_spike%s+3x4", plan:explain())
        assert.is_nil(plan:explain():find "scatter_add") -- nor is the dense form made
        local last = plan:iterate(start(1 / 0), 1) -- 0 times infinity
        assert.equal(12, sd.sum(sd.ne(last.v, last.v)))
      end
    end
  end)

  it("has no power that is 0 elsewhere unless the exponent is positive", function()
    local function step(s)
      local g = sd.grad(function(A) return sd.sum(A:col(s.k) ^ 2) end)(s.A)
      return { a = s.A + g ^ 0, b = s.A + 1 / (1 + g ^ -1), A = s.A, k = s.k }
    end
    local function start()
      return { A = sd.ones(3, 4), a = sd.zeros(3, 4), b = sd.zeros(3, 4), k = 2 }
    end
    local s, e = sd.compile(step):iterate(start(), 1),
      sd.compile(step):iterate(start(), 1, { eager = true })
    assert.is_true(s.a == e.a and s.b == e.b)
    assert.is_true(s.a == sd.full(3, 4, 2))
  end)

  it("at no place is an error that changes nothing", function()
    local plan = sd.compile(function(s)
      return { A = sd.scatter_add(s.A, s.k, 1), k = s.k + 1 }
    end)
    assert.error_matches(function() plan:iterate({ A = sd.zeros(2, 2), k = 3 }, 9) end,
      "scatter_add: position 5 is not an index into 1..4")
    local s, h = plan:last()
    assert.equal(5, s.k)
    assert.equal(2, h.n)
    assert.is_true(s.A == sd.matrix { { 0, 1 }, { 0, 1 } })
  end)
end)

describe("the norm of an outer product", function()
  it("is that of its factors, and the product is not made for it", function()
    local rng = sd.rng(5)
    for _, scale in ipairs { 1e-150, 1, 1e150 } do
      local a, b = scale * rng:randn(40, 1), rng:randn(30, 1)
      local plan = sd.compile(function(s) return { n = sd.norm(s.a * s.b:t()) } end)
      local s = plan:iterate({ a = a, b = b, n = 0 }, 1)
      -- two norms of at most 40 terms, one product: 50 roundings either way
      local exact = sd.norm(a * b:t())
      assert.near(exact, s.n, 50 * 2 ^ -52 * exact)
      assert.is_nil(plan:explain():find "40x30")
    end
    local plan = sd.compile(function(s) return { n = sd.norm(s.a * s.b:t()) } end)
    assert.equal(0, plan:iterate({ a = sd.zeros(3, 1), b = sd.ones(2, 1), n = 1 }, 1).n)
  end)
end)

describe("a sign", function()
  it("goes into the number that scales, the other sum, or nowhere, with the same bits", function()
    local function step(s)
      local x = -(s.A % s.B)
      return { A = s.A + -s.B, B = s.B - x, C = s.c * x + -s.A, D = x / s.c - -s.A, n = sd.norm(x) }
    end
    local function start()
      local rng = sd.rng(3)
      local s = { c = .3, n = 0 }
      for _, k in ipairs { "A", "B", "C", "D" } do s[k] = rng:randn(7, 5) end
      return s
    end
    local plan = sd.compile(step)
    local s, e = plan:iterate(start(), 5), plan:iterate(start(), 5, { eager = true })
    for k, v in pairs(s) do assert.is_true(v == e[k]) end
    assert.is_nil(plan:explain():find "neg%*?:%d") -- in no loop
  end)
end)
