--- Elements, blocks, indices and joins of symbols: what is recorded, what is refused and when.
local sd = require "saddle"
local support = require "tests.lua.support"
local tracing = require "saddle.core".tracing
local raises = support.raises
local M = sd.matrix

--- A function of the list of inputs, by tracing f on symbols for `like`; its results as a list.
local function traced(like, f)
  local g <close> = tracing.graph()
  local symbols = {}
  for k, x in ipairs(like) do symbols[k] = g:input(x) end
  local plan = tracing.plan(g, { f(table.unpack(symbols)) })
  return function(...) return table.unpack(plan:run { ... }) end
end

--- The gradient of the number f(x).
local function gradient(x, f)
  local g <close> = tracing.graph()
  local s = g:input(x)
  local bar = g:reverse({ f(s) }, { 1 }, { s })[1]
  return bar and tracing.plan(g, { bar }):run({ x })[1]
end

--- Asserts that f, called on a symbol like x, raises the sentence while it is traced.
local function refuses(text, x, f)
  raises(text, traced, { x }, f)
end

local A = M{{1, 2, 3}, {4, 5, 6}}

describe("fields and methods of a symbol", function()
  it("are those of its matrix", function()
    traced({ A }, function(s)
      assert.are.same({ 2, 3, "f64", 6 }, { s.rows, s.cols, s.dtype, #s })
      local t = s:t()
      assert.are.same({ 3, 2 }, { t.rows, t.cols })
      assert.are.equal("f32", s:to("f32").dtype)
      assert.is_true(rawequal(s, s:clone()))
      assert.is_false(sd.ismatrix(s))
      return s
    end)
  end)

  it("work on number symbols, which count as 1x1", function()
    local f = traced({ 3 }, function(s)
      return s:item(), s(1), s:t(), s:reshape(1, 1), s:col(1), sd.matrix(s)
    end)
    local a, b, t, r, c, m = f(7)
    assert.are.equal(7, a)
    assert.are.equal(7, b)
    for _, x in ipairs { t, r, c, m } do assert.is_true(x == M{7}) end
  end)

  it("give 1 as derivative of each way to write a number as a matrix", function()
    for _, f in ipairs {
      function(s) return s:t():item() end, function(s) return s:reshape(1, 1)(1) end,
      function(s) return sd.sum(s:col(1)) end, function(s) return sd.sum(M(s)) end,
      function(s) return sd.diag(s)(1, 1) end, function(s) return sd.hcat(s)(1) end,
      function(s) return sd.gather(s, 1) end,
    } do assert.are.equal(1, gradient(3, f)) end
  end)

  it("keep the rounding of a constant to f32", function()
    local B = A:to "f32"
    local f = traced({ B }, function(s) return sd.hcat(s:row(1), 0.1)(4) end)
    assert.are.equal(M({ 0.1 }, { dtype = "f32" })(1), f(B))
  end)

  it("are refused where they need values", function()
    refuses("totable: a symbol has no values yet", A, function(s) return s:totable() end)
    refuses("set: a symbol has no elements to write to", A, function(s) return s:set(1, 1, 0) end)
    refuses("symbol: fill_ would write in place", A, function(s) return s:fill_(0) end)
    refuses("set: the value must be a plain number in a traced function, got a number symbol", A,
      function(s) A:set(1, 1, s(1)) end)
    refuses("item: only a 1x1 matrix is a number, this one is 2x3", A,
      function(s) return s:item() end)
    refuses("symbol: no field or method 'foo'", A, function(s) return s.foo end)
  end)

  it("raise what they raise for matrices", function()
    refuses("matrix: position 7 is not an index into 1..6", A, function(s) return s(7) end)
    refuses("matrix: column 4 is not an index into 1..3", A, function(s) return s(1, 4) end)
    refuses("matrix: position must be a number, got nothing", A, function(s) return s() end)
    refuses("col: column 5 is not an index into 1..3", A, function(s) return s:col(5) end)
    refuses("col: the range 3..1 runs backwards", A, function(s) return s:col(3, 1) end)
    refuses("row: row 9 (number 2 of the list) is not an index into 1..2", A,
      function(s) return s:row { 1, 9 } end)
    refuses("block: 3x1 from (1,1) does not fit in 2x3", A,
      function(s) return s:block(1, 1, 3, 1) end)
    refuses("reshape: 2x3 has 6 elements, 4x1 needs 4", A, function(s) return s:reshape(4, 1) end)
    refuses("to: argument 2 must be a dtype", A, function(s) return s:to "f16" end)
    refuses("t: argument 1 must be a matrix, got 5", A, function(s) return s.t(5) end)
    refuses("diag: needs a column (to build) or a square matrix (to extract), got 2x3", A, sd.diag)
    refuses("hcat: argument 2 has 1 rows, those before have 2", A,
      function(s) return sd.hcat(s, A:row(1)) end)
    refuses("vcat: dtypes differ: argument 2 is f32, those before are f64", A,
      function(s) return sd.vcat(s, A:to "f32") end)
    refuses("khatri_rao: numbers of columns differ: A is 2x3, B is 2x1", A,
      function(s) return sd.khatri_rao(s, A:col(1)) end)
    refuses("kron: argument 2 must be a matrix or a number, got nil", A,
      function(s) return sd.kron(s) end)
    refuses("scatter_add: B is 2x3, the indices need 1x1 or a number", A,
      function(s) return sd.scatter_add(s, { 1 }, A) end)
  end)
end)

describe("sizes", function()
  local says = "is a symbol, and sizes must be plain numbers"
  it("are plain numbers", function()
    refuses("zeros: the number of rows " .. says, 2, function(n) return sd.zeros(n, 2) end)
    refuses("ones: the number of columns " .. says, 2, function(n) return sd.ones(2, n) end)
    refuses("eye: the number of rows " .. says, 2, function(n) return sd.eye(n) end)
    refuses("full: the number of rows " .. says, 2, function(n) return sd.full(n, 1, 0) end)
    refuses("reshape: the number of rows " .. says, 2, function(n) return A:reshape(n, 3) end)
    refuses("block: the number of rows " .. says, 2, function(n) return A:block(1, 1, n, 1) end)
    refuses("one_hot: the number of rows " .. says, 2, function(n) return sd.one_hot({ 1 }, n) end)
    refuses("col: a range has plain numbers at its ends", 2, function(n) return A:col(1, n) end)
    refuses("row: a range has plain numbers at its ends", 2, function(n) return A:row(n, 2) end)
    refuses("one_hot: a 9007199254740992x1024 f64 matrix is larger than any memory",
      sd.ones(1, 1024), function(i) return sd.one_hot(i, 2^53) end)
    refuses("kron: a 1099511627776x0 f64 matrix is empty, and its other side is above 2147483647",
      sd.zeros(2^20, 0), function(x) return sd.kron(x, x) end)
    refuses("full: the value must be a plain number in a traced function, got a number symbol", 2,
      function(v) return sd.full(1, 1, v) end)
  end)
end)

describe("indices of a plan", function()
  local single = traced({ 1 }, function(k)
    return A:col(k), A:row(k), A(k), A(k, k), A:block(k, k, 1, 2), sd.one_hot(k, 2), sd.gather(A, k)
  end)

  it("are numbers that it gets when it runs, into a matrix that it captured", function()
    local c, r, x, d, b, h, e = single(2)
    assert.is_true(c == A:col(2))
    assert.is_true(r == A:row(2))
    assert.are.same({ 4, 5, 4 }, { x, d, e })
    assert.is_true(b == A:block(2, 2, 1, 2))
    assert.is_true(h == M{0, 1})
    assert.are.equal(1, (select(3, single(1))))
  end)

  it("are checked when it runs, in the words of an eager call", function()
    raises("col: column 0 is not an index into 1..3", single, 0)
    raises("row: row 3 is not an index into 1..2", single, 3)
    raises("col: column 1.5 is not an index into 1..3", single, 1.5)
    raises("col: column NaN is not an index into 1..3", single, 0 / 0)
    raises("col: column -4 is not an index into 1..3", single, -4)
    local element = traced({ 1, 1 }, function(i, j) return A(i, j) end)
    assert.are.equal(6, element(-1, 3))
    raises("matrix: row 3 is not an index into 1..2", element, 3, 1)
    raises("matrix: column inf is not an index into 1..3", element, 1, math.huge)
    local place = traced({ 1 }, function(k) return A(k) end)
    raises("matrix: position 7 is not an index into 1..6", place, 7)
    local block = traced({ 1, 1 }, function(i, j) return A:block(i, j, 2, 2) end)
    assert.is_true(block(1, -2) == A:block(1, 2, 2, 2))
    raises("block: 2x2 from (1,3) does not fit in 2x3", block, 1, 3)
    raises("block: row 0.5 is not an index into 1..2", block, 0.5, 1)
    raises("block: 3x1 does not fit in 2x3", traced, { 1 },
      function(i) return A:block(i, 1, 3, 1) end)
  end)

  it("come as matrices of any shape", function()
    local idx = M{{1, 3}, {2, -1}}
    local f = traced({ idx }, function(i)
      return A:col(i), sd.gather(A, i), sd.scatter_add(A, i, 10), sd.one_hot(i, 3)
    end)
    local c, e, s, h = f(idx)
    assert.is_true(c == A:col(idx))
    assert.is_true(e == sd.gather(A, idx))
    assert.is_true(s == sd.scatter_add(A, idx, 10))
    assert.is_true(h == sd.one_hot(idx, 3))
    raises("col: column 4 (number 3 of the list) is not an index into 1..3", f, M{{1, 4}, {2, 1}})
    local add = traced({ idx }, function(i) return sd.scatter_add(A, i, 10) end)
    raises("scatter_add: position 7 (number 4 of the list) is not an index into 1..6", add,
      M{{1, 3}, {2, 7}})
    local hot = traced({ idx }, function(i) return sd.one_hot(i, 3) end)
    raises("one_hot: label 2.5 (number 1 of the list) is not an index into 1..3", hot,
      M{{2.5, 3}, {2, 1}})
    refuses("matrix: position must be a number, got a 2x2 symbol", idx, function(i) return A(i) end)
    refuses("block: row must be a number, got a 2x2 symbol", idx,
      function(i) return A:block(i, 1, 1, 1) end)
    refuses("row: entry 2 of the list of indices must be a number, got a 2x2 symbol", idx,
      function(i) return A:row { 1, i } end)
  end)

  it("are checked beyond the first of many, too", function()
    local idx = sd.ones(1, 1000)
    local f = traced({ idx }, function(i) return A:col(i) end)
    assert.is_true(f(idx) == A:col(idx))
    idx:set(900, 4)
    raises("col: column 4 (number 900 of the list) is not an index into 1..3", f, idx)
    raises("col: column 4 (number 900 of the list) is not an index into 1..3", A.col, A, idx)
  end)

  it("that are captured may change between runs", function()
    local idx = M{{1, 2}}
    local f = traced({ A }, function(s) return s:col(idx), s(idx(1)) end)
    assert.is_true(f(A) == A:col(idx))
    idx:set(1, 3)
    assert.is_true(f(A) == A:col(idx))
    idx:set(1, 4)
    raises("col: column 4 (number 1 of the list) is not an index into 1..3", f, A)
    local k = M{2} -- 1x1 acts as a number
    f = traced({ A }, function(s) return s(k) end)
    assert.are.equal(4, f(A))
    k:set(1, 3)
    assert.are.equal(2, f(A))
  end)

  it("carry no derivative, and what they pick gets all of it", function()
    local idx = M{{2, 2, 1}}
    assert.is_true(gradient(A, function(s) return sd.sum(s:col(idx)) end) ==
      M{{1, 2, 0}, {1, 2, 0}})
    assert.is_true(gradient(A, function(s) return s(2, -1) end) == M{{0, 0, 0}, {0, 0, 1}})
    local g <close> = tracing.graph()
    local i = g:input(idx)
    local bar = g:reverse({ sd.sum(A:col(i)) + sd.sum(sd.one_hot(i, 3)) }, { 1 }, { i })[1]
    assert.is_true(not bar or tracing.plan(g, { bar }):run({ idx })[1] == 0 * idx)
  end)

  it("stay constant through stop_gradient", function()
    assert.is_true(gradient(A, function(s) return sd.sum(s % sd.stop_gradient(s)) end) == A)
    assert.is_true(rawequal(A, sd.stop_gradient(A)))
    assert.are.equal(2, sd.stop_gradient(2))
  end)
end)

describe("matrices of symbols", function()
  it("are built from numbers and number symbols", function()
    local f = traced({ 1, A }, function(x, s)
      return M{{x, 2}, {s(3), x * x}}, M{x, 1}, M({ { x } }, { dtype = "f32" })
    end)
    local a, b, c = f(5, A)
    assert.is_true(a == M{{5, 2}, {2, 25}})
    assert.is_true(b == M{5, 1})
    assert.is_true(c == M({5}, { dtype = "f32" }))
    refuses("matrix: element (1,2) must be a number, got a 2x3 symbol", A,
      function(s) return M{{1, s}} end)
    refuses("matrix: element (2,1) must be a number, got the string \"x\"", 1,
      function(x) return M{x, "x"} end)
    refuses("matrix: row 2 has 1 elements, row 1 has 2", 1, function(x) return M{{x, 1}, {2}} end)
  end)

  it("join with matrices and numbers, whose dtype numbers follow", function()
    local B = A:to "f32"
    local f = traced({ B, 1 }, function(s, x) return sd.hcat(s:row(1), x, 2), sd.vcat(B, s, B) end)
    local a, b = f(B, 0.1)
    assert.is_true(a == sd.hcat(B:row(1), 0.1, 2))
    assert.is_true(b == sd.vcat(B, B, B))
    local many = {}
    for k = 1, 40 do many[k] = k % 2 == 0 and A or 0 * A end
    assert.is_true(traced({ A }, function(s)
      local list = { s }
      for k = 1, 40 do list[k + 1] = many[k] end
      return sd.hcat(list)
    end)(A) == sd.hcat(A, table.unpack(many)))
  end)
end)

describe("simpler equals", function()
  it("are recorded where they are exact", function()
    traced({ A }, function(s)
      local function name(x) return tostring(x):match "^symbol (%S+)" end
      assert.are.equal("input", name(s:block(1, 1, 2, 3)))
      assert.are.equal("input", name(s:t():t()))
      assert.are.equal("input", name(s:reshape(3, 2):reshape(2, 3)))
      assert.are.equal("input", name(sd.hcat(A, s):col(4, 6)))
      assert.are.equal("input", name(sd.vcat(s, A):row(1, 2)))
      assert.are.equal("slice", name(sd.hcat(A, s):col(3, 4)))
      assert.are.equal("slice", name(s:col(2)))
      assert.are.equal("slice", name(sd.gather(s, 2)))
      assert.are.equal("slice", name(s(1, 2)))
      return s
    end)
  end)
end)
