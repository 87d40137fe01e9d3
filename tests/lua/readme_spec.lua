--- The README's examples are files of examples/, and their outputs are what these print.
local support = require "tests.lua.support"

local function read(path)
  local f = assert(io.open(path))
  local text = f:read "a"
  f:close()
  return text
end

local blocks = {} -- code and output, in order
for code, output in read "README.md":gmatch "```lua\n(.-)```\n\n```\n(.-)```" do
  blocks[#blocks + 1] = { code = code, output = output }
end

describe("the README", function()
  for k, name in ipairs { "descent_ascent", "tangent_kernel", "claim" } do
    local path = "examples/" .. name .. ".lua"

    it("shows an example as it stands: " .. name, function()
      assert.equal(read(path), blocks[k].code)
    end)

    it("shows what it prints, under both interpreters: " .. name, function()
      for _, interpreter in ipairs { support.saddle, support.stock } do
        local pipe = io.popen(interpreter .. " " .. path .. " 2>&1")
        assert.equal(blocks[k].output, pipe:read "a")
        pipe:close()
        os.remove(name .. ".svg") -- where it draws
      end
    end)
  end

  it("shows no others", function() assert.equal(3, #blocks) end)

  it("shows a session as the prompt gives it", function()
    local session = read "README.md":match "\n```\n(> .-)```\n"
    local typed, shown = {}, {}
    for line in session:gmatch "[^\n]+" do
      local mark, words = line:match "^(>>? )(.*)$"
      if mark then
        typed[#typed + 1] = words
        shown[#shown + 1] = mark -- what is typed into a pipe is not seen
      else
        shown[#shown + 1] = line .. "\n"
      end
    end
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(table.concat(typed, "\n"), "\n")
    file:close()
    local pipe = io.popen(("COLUMNS=100 HOME=/nonexistent %s -i <%s 2>&1"):format(support.saddle,
      path))
    local out = pipe:read "a"
    pipe:close()
    os.remove(path)
    assert.equal(table.concat(shown) .. "> ", (out:gsub("^saddle [^\n]*\n", ""):gsub("\n$", "")))
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
