--- The README's example is examples/descent_ascent.lua, and its output is what that prints.
local support = require "tests.lua.support"

local function read(path)
  local f = assert(io.open(path))
  local text = f:read "a"
  f:close()
  return text
end

describe("the README", function()
  local code, output = read "README.md":match "```lua\n(.-)```\n\n```\n(.-)```"

  it("shows the example as it stands", function()
    assert.equal(read "examples/descent_ascent.lua", code)
  end)

  it("shows what the example prints, under both interpreters", function()
    for _, interpreter in ipairs { support.saddle, support.stock } do
      local pipe = io.popen(interpreter .. " examples/descent_ascent.lua 2>&1")
      assert.equal(output, pipe:read "a")
      pipe:close()
    end
  end)
end)

describe("src/README.md", function()
  it("shows the plan of the function it follows", function()
    local text = read "src/README.md"
    local code, shown = text:match "```lua\n(.-)```\n", text:match "four steps:\n\n```\n(.-)```"
    local out = {}
    local env = setmetatable({ print = function(line) out[#out + 1] = line .. "\n" end },
      { __index = _G })
    assert(load(code, "@walk.lua", "t", env))()
    assert.equal(shown, (table.concat(out):gsub("\n+$", "\n")))
  end)
end)
