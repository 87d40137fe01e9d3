--- Construction, elements, views, gathers, operators and broadcasting.
local sd = require "saddle"
local support = require "tests.lua.support"
local raises = support.raises

local function counted(m, n, options) -- 1, 2, 3, ... down the columns
  local A = sd.zeros(m, n, options)
  for k = 1, m * n do A:set(k, k) end
  return A
end

describe("constructors", function()
  it("take rows as written", function()
    local A = sd.matrix { { 1, 2, 3 }, { 4, 5, 6 } }
    assert.same({ 2, 3, "f64", 6 }, { A.rows, A.cols, A.dtype, #A })
    assert.same({ { 1, 2, 3 }, { 4, 5, 6 } }, A:totable())
    assert.equal(4, A(2, 1))
    assert.equal(4, A(2)) -- column-major
    assert.equal(6, A(-1))
    assert.equal(3, A(-2, -1))
  end)
  it("make columns of lists, 1x1 of numbers, copies of matrices", function()
    assert.same({ 3, 1 }, { sd.matrix { 1, 2, 3 }.rows, sd.matrix { 1, 2, 3 }.cols })
    assert.equal(7, sd.matrix(7):item())
    local A = sd.ones(2, 2)
    local B = sd.matrix(A):set(1, 1, 5)
    assert.equal(1, A(1, 1))
    assert.equal(5, B(1, 1))
    assert.equal("f32", sd.matrix({ 1 }, { dtype = "f32" }).dtype)
  end)
  it("give empty matrices their shapes", function()
    assert.same({ 0, 0 }, { sd.matrix({}).rows, sd.matrix({}).cols })
    assert.same({ 1, 0 }, { sd.matrix({ {} }).rows, sd.matrix({ {} }).cols })
    assert.same({ 3, 0 }, { sd.zeros(0, 3):t().rows, sd.zeros(0, 3):t().cols })
    assert.is_true(sd.zeros(2, 0) * sd.zeros(0, 3) == sd.zeros(2, 3)) -- empty sums
  end)
  it("space points with exact ends", function()
    local x = sd.linspace(0.1, 0.7, 7)
    assert.equal(0.1, x(1))
    assert.equal(0.7, x(7))
    for k = 1, 7 do support.near(x(k), k / 10, 2e-16) end
    assert.equal(1e-3, sd.logspace(-3, 2, 6)(1))
    assert.equal(100, sd.logspace(-3, 2, 6)(6))
    assert.equal(0, #sd.linspace(0, 1, 0))
    assert.equal(5, sd.linspace(5, 9, 1)(1))
    assert.equal(1e308, sd.linspace(-1e308, 1e308, 3)(3)) -- no overflow on the way
    assert.equal(0, sd.linspace(-1e308, 1e308, 3)(2))
  end)
  it("build and take diagonals", function()
    assert.is_true(sd.diag(sd.matrix { 1, 2 }) == sd.matrix { { 1, 0 }, { 0, 2 } })
    assert.is_true(sd.diag(sd.matrix { { 1, 9 }, { 9, 2 } }) == sd.matrix { 1, 2 })
    assert.is_true(sd.eye(2, 3) == sd.matrix { { 1, 0, 0 }, { 0, 1, 0 } })
  end)
end)

describe("views", function()
  it("alias their owner", function()
    local A = counted(3, 4)
    A:col(2):fill_(0)
    assert.equal(0, A(3, 2))
    A:row(1):add_(100)
    assert.same({ 101, 100, 107, 110 }, A:row(1):totable()[1])
    local B = A:block(2, 3, 2, 2)
    A:set(2, 3, -1)
    assert.equal(-1, B(1, 1))
    assert.is_true(A:col(2, 3):row(2, 3) == A:block(2, 2, 2, 2))
    assert.is_true(A:col(-1) == A:col(4))
    assert.same({ 3, 0 }, { A:col(3, 2).rows, A:col(3, 2).cols })
  end)
  it("keep their owner alive", function()
    local view = counted(100, 100):block(2, 2, 50, 50):col(3)
    for _ = 1, 3 do collectgarbage() end
    for _ = 1, 200 do sd.full(100, 100, -7) end -- would land where a freed owner was
    for i = 1, 50 do assert.equal(i + 1 + 3 * 100, view(i)) end -- column 4 of the owner
  end)
  it("are copied by clone, t, reshape, to and gathers", function()
    local A = counted(3, 3)
    for _, B in ipairs { A:col(2):clone(), A:t(), A:reshape(9, 1), A:to "f64", A:col { 1, 3 },
      A:row { 2 }, A:col(sd.matrix { { 1 } }) } do
      B:fill_(-1)
    end
    assert.is_true(A == counted(3, 3))
  end)
end)

describe("gathers", function()
  it("take lists, matrices and negative positions, with repeats", function()
    local A = counted(2, 4)
    assert.same({ { 3, 3, 7 }, { 4, 4, 8 } }, A:col { 2, 2, -1 }:totable())
    assert.same({ { 3, 3, 7 }, { 4, 4, 8 } }, A:col(sd.matrix { { 2, 2, -1 } }):totable())
    assert.same({ { 2, 4, 6, 8 }, { 1, 3, 5, 7 } }, A:row { 2, 1 }:totable())
    assert.equal(0, A:col({}).cols)
  end)
end)

describe("operators", function()
  it("multiply as a naive triple loop does", function()
    for _, shape in ipairs { { 1, 1, 1 }, { 3, 4, 5 }, { 1, 7, 2 }, { 6, 2, 1 }, { 5, 1, 5 } } do
      local m, k, n = table.unpack(shape)
      for _, dtype in ipairs { "f64", "f32" } do
        local A, B = counted(m, k, { dtype = dtype }), counted(k, n, { dtype = dtype })
        local C = sd.zeros(m, n)
        for i = 1, m do
          for j = 1, n do
            local s = 0
            for l = 1, k do s = s + A(i, l) * B(l, j) end
            C:set(i, j, s)
          end
        end
        assert.is_true((A * B):to "f64" == C) -- small integers: exact
      end
    end
  end)
  it("multiply views with a leading dimension", function()
    local A = counted(6, 6)
    local block, row, col = A:block(2, 2, 3, 2), A:row(2), A:col(3)
    assert.is_true(block * block:t() == block:clone() * block:clone():t())
    assert.is_true(row * A == row:clone() * A)
    assert.is_true(row * col == row:clone() * col:clone())
    assert.is_true(col * row == col:clone() * row:clone())
  end)
  it("broadcast columns, rows, numbers and 1x1", function()
    local A, c, r = counted(2, 3), sd.matrix { 10, 20 }, sd.matrix { { 1, 2, 3 } }
    assert.same({ { 11, 13, 15 }, { 22, 24, 26 } }, (A + c):totable())
    assert.same({ { 11, 13, 15 }, { 22, 24, 26 } }, (c + A):totable())
    assert.same({ { 0, 1, 2 }, { 1, 2, 3 } }, (A - r):totable())
    assert.same({ { 0, -1, -2 }, { -1, -2, -3 } }, (r - A):totable())
    assert.same({ { 1, 6, 15 }, { 2, 8, 18 } }, (A % r):totable())
    assert.same({ { 1, 9, 25 }, { 4, 16, 36 } }, (A ^ 2):totable())
    assert.same({ { 2, 8, 32 }, { 4, 16, 64 } }, (2 ^ A):totable())
    assert.same({ { .5, 1.5, 2.5 }, { 1, 2, 3 } }, (A / 2):totable())
    assert.same({ { 2, 4, 6 }, { 3, 5, 7 } }, (A + sd.matrix(1)):totable())
    assert.same({ { 2, 6, 10 }, { 4, 8, 12 } }, (sd.matrix(2) * A):totable())
    assert.same({ { -1, -3, -5 }, { -2, -4, -6 } }, (-A):totable())
    assert.same({ 0, 3 }, { (sd.zeros(0, 3) + r).rows, (sd.zeros(0, 3) + r).cols })
    assert.equal("f32", (A:to "f32" + 1).dtype)
  end)
  it("compare by value with ==", function()
    assert.is_true(counted(2, 2) == counted(2, 2))
    assert.is_false(counted(2, 2) == counted(4, 1))
    assert.is_false(counted(2, 2) == counted(2, 2, { dtype = "f32" }))
    assert.is_false(sd.full(1, 1, 0 / 0) == sd.full(1, 1, 0 / 0))
  end)
end)

describe("in-place forms", function()
  it("change their matrix and return it", function()
    local A = counted(2, 2)
    assert.is_true(rawequal(A, A:add_(1):sub_(1):mul_(2):div_(2):pow_(1)))
    assert.is_true(A == counted(2, 2))
    assert.equal(9, A:copy_(sd.full(2, 2, 9))(2, 1))
  end)
  it("are right when operands overlap", function()
    local A = counted(3, 4)
    A:sub_(A:row(1):clone())
    local B = counted(3, 4)
    B:sub_(B:row(1)) -- the row is read while it is written
    assert.is_true(A == B)
    local C, D = counted(3, 4), counted(3, 4)
    C:col(2, 4):copy_(C:col(1, 3))
    D:col(2, 4):copy_(D:col(1, 3):clone())
    assert.is_true(C == D)
    local E = counted(3, 3)
    E:add_(E)
    assert.is_true(E == 2 * counted(3, 3))
    local F, G = counted(4, 4), counted(4, 4)
    F:block(1, 1, 3, 3):mul_(F:block(2, 2, 3, 3))
    G:block(1, 1, 3, 3):mul_(G:block(2, 2, 3, 3):clone())
    assert.is_true(F == G)
  end)
  it("do not grow their matrix by broadcasting", function()
    local A = sd.ones(3, 1)
    raises("add_: shapes do not fit: A is 3x1, B is 3x2", A.add_, A, sd.ones(3, 2))
  end)
end)

describe("conversions", function()
  it("round to f32 and back", function()
    local A = sd.matrix { 0.1, 1e300, -1e-50 }:to "f32"
    assert.equal(string.unpack("f", string.pack("f", 0.1)), A(1))
    assert.equal(math.huge, A(2))
    assert.equal(0, A(3))
    assert.equal("f64", A:to("f64").dtype)
  end)
  it("reshape in column-major order, blocks too", function()
    assert.is_true(counted(2, 6):reshape(3, 4) == counted(3, 4))
    local B = counted(4, 4):block(2, 2, 2, 2)
    assert.same({ { 6, 7, 10, 11 } }, B:reshape(1, 4):totable())
  end)
end)
