--- Every op of the table, in five ways (see harness.lua); an op without a case fails.
local core = require "saddle.core"
local harness = require "tests.ops.harness"

local families, covered = {}, {}
local list = assert(io.popen "ls tests/ops/*.lua")
for path in list:lines() do
  local name = path:match "([%w_]+)%.lua$"
  if name ~= "harness" and name ~= "ops_spec" then
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
