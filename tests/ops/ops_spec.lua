--- Every op of the table, in six ways (see harness.lua), and its column rule (columns.lua); an op
-- without a case fails.
local sd = require "saddle"
local core = require "saddle.core"
local columns = require "tests.ops.columns"
local harness = require "tests.ops.harness"

local families, covered = {}, {}
local list = assert(io.popen "ls tests/ops/*.lua")
for path in list:lines() do
  local name = path:match "([%w_]+)%.lua$"
  if name ~= "harness" and name ~= "ops_spec" and name ~= "columns" then
    families[#families + 1] = { name = name, cases = dofile(path) }
  end
end
list:close()

for _, family in ipairs(families) do
  describe("ops: " .. family.name, function()
    for _, case in ipairs(family.cases) do
      local ops = type(case.op) == "table" and case.op or { case.op }
      for _, op in ipairs(ops) do covered[op] = true end
      it(table.concat(ops, "+") .. " " .. (case.name or ""), function()
        for seed = 1, 2 do harness.run(case, seed) end
      end)
    end
  end)
end

describe("the op table", function()
  it("has a case for every op", function()
    local missing = {}
    for _, name in ipairs(core.tracing.ops()) do
      if not covered[name] then missing[#missing + 1] = name end
    end
    assert(#missing == 0, "no case for: " .. table.concat(missing, " "))
  end)
end)

describe("column rules", function()
  it("hold of all ops", function()
    local seen = {}
    for _, family in ipairs(families) do
      for _, case in ipairs(family.cases) do
        columns.check(case.f, harness.arguments(case, sd.rng(1, "ops")), seen)
      end
    end
    for _, op in ipairs { "add", "where", "matmul", "solve", "gather", "cumsum", "max" } do
      assert(seen[op] and seen[op] > 0, op)
    end
  end)

  it("that are wrong are found", function()
    local A, B = sd.rng(1):randn(3, 3), sd.rng(2):randn(3, 3)
    local function product(a, b) return a * b end
    local function transpose(a) return core.tracing.apply("t", {}, a) end
    columns.check(product, { A, B }, {})
    assert(not pcall(columns.check, product, { A, B }, {}, "aligned"))
    assert(not pcall(columns.check, product, { A, B }, {}, "shared"))
    assert(not pcall(columns.check, transpose, { A }, {}, "aligned"))
    assert(not pcall(columns.check, function(a) return sd.cumsum(a, { dim = 2 }) end, { A }, {},
      "aligned"))
  end)
end)
