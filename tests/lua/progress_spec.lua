-- sd.progress with its own clock and writer: what is written, and how often.
local sd = require "saddle"
local raises = require("tests.lua.support").raises

--- A bar whose clock is `at.time` and whose text collects in the list `out`.
local function bar_of(total, width, label)
  local at, out = { time = 100 }, {}
  local bar = sd.progress(total, { label = label, width = width,
    clock = function() return at.time end, write = function(text) out[#out + 1] = text end })
  return bar, at, out
end

describe("progress on a terminal", function()
  it("draws label, bar, share, count, rate and time left", function()
    local bar, at, out = bar_of(120, 70, "sweep")
    at.time = 115
    bar:step(60)
    -- of 70 columns 6 are label, 28 text, 3 brackets and blank, 1 is kept free: 32 for the bar
    local half = 16
    assert.are.equal("\rsweep [" .. ("#"):rep(half) .. ("-"):rep(half) ..
      "]  50%  60/120  4/s  0:15 left", out[1])
    assert.are.equal(69, #out[1] - 1)
  end)
  it("redraws at most ten times a second and blanks what was longer", function()
    local bar, at, out = bar_of(1000, 80)
    for k = 1, 1000 do
      at.time = 100 + k / 1000
      bar:step()
    end
    assert.is_true(#out >= 9 and #out <= 11, #out)
    local before = #out[#out]
    bar:done()
    local last = out[#out]
    assert.are.equal("\n", last:sub(-1))
    assert.is_true(#last - 1 >= before)
    assert.is_truthy(last:find("100%  1000/1000  1e+03/s  took 0:01", 1, true))
  end)
  it("gives up the bar, then the label, when there is no room", function()
    local bar, at, out = bar_of(10, 45, "label")
    at.time = 101
    bar:step(5)
    assert.are.equal("\rlabel  50%  5/10  5/s  0:01 left", out[1])
    bar, at, out = bar_of(10, 20, ("long "):rep(5))
    at.time = 101
    bar:step(5)
    assert.are.equal("\r 50%  5/10  5/s  0:", out[1])
  end)
  it("keeps every line within the width, whatever the label", function()
    for width = 20, 120 do
      local bar, at, out = bar_of(9, width, "Größe\n" .. ("é"):rep(width % 7))
      at.time = 3700
      bar:step(4)
      assert.is_true(utf8.len(out[1]) - 1 < width)
      assert.is_nil(out[1]:find "\n")
    end
  end)
end)

describe("progress elsewhere", function()
  it("writes a plain line every ten seconds and a last one", function()
    local bar, at, out = bar_of(100, false, "fig")
    for k = 1, 50 do
      at.time = 100 + k / 2
      bar:step(2)
    end
    bar:done()
    assert.are.same({ "fig: 40/100 (40%), 4/s, 0:15 left\n", "fig: 80/100 (80%), 4/s, 0:05 left\n",
      "fig: 100/100 (100%), 4/s, took 0:25\n" }, out)
  end)
  it("leaves nothing when it is cleared", function()
    local bar, at, out = bar_of(10, 20, "a")
    at.time = 101
    bar:step(5):note "1 failed"
    bar:clear()
    bar:clear()
    assert.are.equal(2, #out)
    assert.are.equal(out[1]:gsub("[^\r]", " ") .. "\r", out[2])
    local plain, _, lines = bar_of(10, false)
    plain:step(10):clear()
    assert.are.same({}, lines)
  end)
  it("shows a note at the end of the line", function()
    local bar, at, out = bar_of(10, false, "a")
    bar:note "2\nfailed"
    at.time = 110
    bar:step(5)
    assert.are.same({ "a: 5/10 (50%), 0.5/s, 0:10 left, 2 failed\n" }, out)
    raises("progress: note needs a string, got 5", bar.note, bar, 5)
  end)
  it("takes a total of 0, more steps than the total, and a loop cut short", function()
    local bar, _, out = bar_of(0, false)
    local at
    bar:done()
    bar:done()
    assert.are.same({ "0/0 (100%), -/s, took 0:00\n" }, out)
    bar, at, out = bar_of(2, false)
    at.time = 110
    bar:step(3)
    bar:done()
    assert.are.equal("3/2 (100%), 0.3/s, took 0:10\n", out[2])
    bar, at, out = bar_of(7200, false)
    at.time = 110
    bar:step(0)
    at.time = 120
    bar:step(20)
    assert.are.same({ "0/7200 (0%), -/s, -:-- left\n", "20/7200 (0%), 1/s, 1:59:40 left\n" }, out)
  end)
  it("never rounds up to 100%", function()
    local bar, _, out = bar_of(1000, false)
    bar:step(999):done()
    assert.is_truthy(out[1]:find("(99%)", 1, true))
  end)
end)

describe("progress", function()
  it("has a clock that only goes forward, and knows of terminals", function()
    local a, core = 0, require "saddle.core"
    for _ = 1, 100 do
      local b = core.now()
      assert.is_true(b >= a)
      a = b
    end
    local width, tty = core.stderr_terminal()
    assert.is_true(width >= 20 and type(tty) == "boolean")
  end)
  it("says what is wrong", function()
    raises("progress: the total must be a whole number from 0, got -1", sd.progress, -1)
    raises("progress: the total must be a whole number from 0, got nil", sd.progress)
    raises("progress: the total must be a whole number from 0, got 1.5", sd.progress, 1.5)
    raises("progress: unknown option 'lable' (did you mean 'label'?)", sd.progress, 1,
      { lable = "" })
    raises("progress: label must be a string", sd.progress, 1, { label = 3 })
    raises("progress: options must be a table, got the string \"x\"", sd.progress, 1, "x")
    local bar = bar_of(3, false)
    raises("progress: step needs a whole number, got -1", bar.step, bar, -1)
    raises("progress: step needs a whole number, got 0.5", bar.step, bar, 0.5)
    bar:done()
    raises("progress: step after done", bar.step, bar)
  end)
end)
