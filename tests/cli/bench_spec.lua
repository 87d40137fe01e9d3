--- The benchmark: the programs of each workload compute the same thing. Nothing is timed here.
local shell = require "tests.cli.shell"

local build = shell.saddle:match "^(.*)/[^/]*$"
local function bench(words)
  return shell.run(("%s tests/bench/run.lua quick=true build=%s %s"):format(shell.saddle, build,
    words))
end

describe("the programs of the workload agree:", function()
  local pipe = assert(io.popen "cd tests/bench && ls */work.lua")
  for path in pipe:lines() do
    local work = path:match "^[^/]*"
    local by_hand = io.open(("tests/bench/%s/by_hand.c"):format(work))
    if by_hand then by_hand:close() end
    it(work, function()
      local out, status, err = bench("only=" .. work)
      assert.equal("", err)
      assert.equal(0, status)
      shell.expect(out, work)
      shell.expect(out, "saddle")
      if by_hand then assert(out:find "[: ]c ", out) end
    end)
  end
  pipe:close()
end)

describe("tests/bench/run.lua", function()
  local dir
  before_each(function()
    dir = shell.directory()
    shell.write(dir .. "/work/work.lua", [[
return { title = "a test", cases = { { n = 3 } }, reference = 1, steps = 1,
  data = function(case, rng) return { A = rng:randn(case.n, 1) } end,
  targets = function() return {} end }]])
    shell.write(dir .. "/work/one.lua", [[
local bench = require "tests.bench.bench"
bench.report("saddle", bench.fingerprint(bench.load "A"), function() end)]])
  end)
  after_each(function() shell.remove(dir) end)
  local function two(text)
    shell.write(dir .. "/work/two.lua", text)
    return bench("from=" .. dir)
  end

  it("takes a directory as a workload", function()
    local out, status = two [[
local sd, bench = require "saddle", require "tests.bench.bench"
local A = bench.load "A"
bench.report("two", math.sin(1) * A(1) + math.sin(2) * A(2) + math.sin(3) * A(3))]]
    assert.equal(0, status)
    shell.expect(out, "work n=3: saddle two agree to ")
  end)
  it("tells who computes something else, and fails", function()
    local out, status = two [[
local bench = require "tests.bench.bench"
bench.report("two", bench.fingerprint(bench.load "A" * (1 + 1e-8)))]]
    assert.equal(1, status)
    shell.expect(out, "DISAGREES: two")
  end)
  it("goes on without a library that is not there", function()
    shell.write(dir .. "/work/with_nothing_such.py", "import nothing_such")
    local out, status = bench("from=" .. dir)
    assert.equal(0, status)
    shell.expect(out, "work n=3: saddle agree to 0.0e+00\nnothing_such: not installed")
  end)
  it("names a program that fails", function()
    local _, status, err = two "error 'no'"
    assert.equal(1, status)
    shell.expect(err, "bench: this failed: OPENBLAS_NUM_THREADS=1")
    shell.expect(err, dir .. "/work/two.lua")
  end)
  it("refuses a program that prints something else, NaN too", function()
    for _, line in ipairs { "hello", "two\\t1\\tnan" } do
      local _, status, err = two("print '" .. line .. "'")
      assert.equal(1, status)
      shell.expect(err, "bench: not a result: '" .. line:gsub("\\t", "\t") .. "' of ")
    end
  end)
  it("names the workloads when asked for another", function()
    local _, status, err = bench "only=sgd"
    assert.equal(1, status)
    shell.expect(err, "bench: only=sgd is no workload; there are: adam gda jacobian low_rank")
  end)
end)
