local sd = require "saddle"
local format = require "saddle.format"
local M = sd.matrix

--- Asserts the exact text of A for a terminal of `width` (80) columns.
local function prints(A, text, width)
  assert.are.equal(text, format.matrix(A, width or 80))
end

describe("tostring", function()
  it("is the formatter", function()
    assert.are.equal("1x2 f64\n1  2", tostring(M{{1, 2}}))
    assert.is_nil(rawget(sd, "printer"))
  end)

  it("prints whole numbers without decimals", function()
    prints(M{{1, -20}, {300, 4}}, "2x2 f64\n  1  -20\n300    4")
    prints(M({5}, { dtype = "f32" }), "1x1 f32\n5")
    prints(M{{999999999999999, 0}}, "1x2 f64\n999999999999999                0")
    prints(M{1e15}, "1x1 f64\n1.0000e+15")
  end)

  it("prints four decimals while they say something", function()
    prints(M{{1, 2.5, -3}, {10, 0, 0 / 0}},
      "2x3 f64\n 1.0000   2.5000  -3.0000\n10.0000   0.0000      nan")
    prints(M{{0.001, 99999.5}}, "1x2 f64\n    0.0010  99999.5000")
  end)

  it("turns scientific where decimals would hide an element", function()
    prints(M{2e-5, 1}, "2x1 f64\n2.0000e-05\n1.0000e+00")
    prints(M{123456.5, -1}, "2x1 f64\n 1.2346e+05\n-1.0000e+00")
    prints(M{5e-324, 0}, "2x1 f64\n4.9407e-324\n 0.0000e+00")
  end)

  it("aligns nan, infinities and -0", function()
    local inf = math.huge
    prints(M{{0 / 0, -(0 / 0)}, {inf, -inf}, {-0.0, 7}},
      "3x2 f64\n nan   nan\n inf  -inf\n  -0     7")
    prints(M{0.5, -inf, -0.0}, "3x1 f64\n 0.5000\n   -inf\n-0.0000")
  end)

  it("prints only the header of an empty matrix", function()
    prints(sd.zeros(0, 3), "0x3 f64")
    prints(sd.zeros(3, 0, { dtype = "f32" }), "3x0 f32")
    prints(sd.zeros(2 ^ 30, 0), "1073741824x0 f64")
  end)

  it("summarises above 1000 elements", function()
    prints(sd.linspace(1, 1, 1001), "1001x1 f64\n  1\n  1\n  1\n...\n  1\n  1\n  1")
    local rows = {}
    for i = 1, 40 do
      rows[i] = {}
      for j = 1, 30 do rows[i][j] = 100 * i + j end
    end
    prints(M(rows), table.concat({
      "40x30 f64",
      " 101   102   103  ...   128   129   130",
      " 201   202   203  ...   228   229   230",
      " 301   302   303  ...   328   329   330",
      " ...   ...   ...  ...   ...   ...   ...",
      "3801  3802  3803  ...  3828  3829  3830",
      "3901  3902  3903  ...  3928  3929  3930",
      "4001  4002  4003  ...  4028  4029  4030" }, "\n"))
    assert.are.equal(1001, select(2, format.matrix(sd.zeros(1000, 1)):gsub("\n", "")) + 1)
  end)

  it("leaves out middle columns that do not fit", function()
    local A = sd.linspace(0.5, 30, 60):reshape(3, 20)
    prints(A, table.concat({
      "3x20 f64",
      " 0.5000   2.0000  ...  27.5000  29.0000",
      " 1.0000   2.5000  ...  28.0000  29.5000",
      " 1.5000   3.0000  ...  28.5000  30.0000" }, "\n"), 40)
    for width = 30, 200, 7 do
      for line in format.matrix(A, width):gmatch("[^\n]+") do
        assert.is_true(#line <= width, #line .. " > " .. width)
      end
    end
    prints(sd.ones(1, 5), "1x5 f64\n1  1  1  1  1", 13)
    prints(sd.ones(1, 6), "1x6 f64\n1  1  ...  1", 13)
  end)

  it("reads no more elements than it could show", function()
    local reads = 0
    local big = setmetatable({ rows = 10 ^ 6, cols = 10 ^ 6, dtype = "f64" },
      { __call = function() reads = reads + 1 return 1.5 end })
    format.matrix(big, 80)
    assert.are.equal(36, reads)
  end)
end)
