--- The reference (lua/saddle/reference/): what is public has an entry, entries are of what there
-- is, all names in them are described, and their examples print what they say.
local sd = require "saddle"
local support = require "tests.lua.support"
local help = require "saddle.help"
local types = require "saddle.reference.types"

local is_type = {}
for _, name in ipairs(types.basic) do is_type[name] = true end
for name in pairs(types) do is_type[name] = true end

-- ---- what is public -----------------------------------------------------------------------------

--- The names of a table of the library: those it has, and those it would load.
local function names_of(t)
  local list, seen = {}, {}
  local function add(name)
    if type(name) == "string" and not seen[name] then list[#list + 1] = name end
    seen[name] = true
  end
  for name in next, t do add(name) end
  local meta = debug.getmetatable(t)
  for _, name in ipairs(meta and rawget(meta, "__names") or {}) do add(name) end
  table.sort(list)
  return list
end

--- The methods of a value.
local function methods_of(v)
  local meta = debug.getmetatable(v)
  local methods = rawget(meta, "methods") or rawget(meta, "__index")
  local list = {}
  for name, f in next, methods do
    if type(f) == "function" and name:sub(1, 2) ~= "__" then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

-- Methods that only the library's own modules call.
local internal = { plan = { recall = true },
  game = { check_parameters = true, check_player = true, scalar = true } }

-- What the methods of a class are seen on: name -> an object of it.
local objects = {
  matrix = function() return sd.eye(1) end,
  rng = function() return sd.rng(1) end,
  plan = function() return sd.compile(function(x) return x end) end,
  game = function() return sd.game { loss = { a = function(p) return p.a ^ 2 end } } end,
}

-- ---- the entries --------------------------------------------------------------------------------

local known, members = {}, {} -- paths of functions; class -> names
for signature, _, topic in help.each() do
  if signature.receiver then
    local class = topic.classes[signature.receiver]
    if class then
      members[class] = members[class] or {}
      members[class][signature.name] = true
    end
  else
    known[signature.path] = true
  end
end

--- The value of a path, whatever has to be loaded for it.
local function value_of(path)
  local v = sd
  for name in path:gmatch "[^.]+" do
    if name ~= "sd" or v ~= sd then v = v[name] end
  end
  return v
end

--- What an example prints, and what its comments `-->` say: texts with single blanks.
local function printed(example)
  local out, said = {}, {}
  local environment = setmetatable({ sd = sd, print = function(...)
    local list = table.pack(...)
    for k = 1, list.n do list[k] = tostring(list[k]) end
    out[#out + 1] = table.concat(list, " ")
  end }, { __index = _G })
  for line in example:gmatch "[^\n]+" do said[#said + 1] = line:match "%-%-> ?(.*)$" end
  local chunk = assert(load(example, "=example", "t", environment))
  chunk()
  local function plain(list)
    return (table.concat(list, " "):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
  end
  return plain(out), plain(said)
end

describe("the reference", function()
  local folder = os.tmpname()
  setup(function()
    os.remove(folder)
    assert(os.execute("mkdir " .. folder))
    assert(os.execute(("%s sweep examples/experiment.lua d=10 k=10,20,40 --jobs 1 "
      .. "--store %s/runs.db >%s/out 2>&1"):format(support.saddle, folder, folder)))
  end)
  teardown(function() os.execute("rm -r " .. folder) end)

  it("has an entry for every public name", function()
    local missing = {}
    local function want(path)
      if not known[path] then missing[#missing + 1] = path end
    end
    for _, name in ipairs(names_of(sd)) do
      local v = sd[name]
      if type(v) == "table" then
        for _, below in ipairs(names_of(v)) do
          if type(v[below]) == "table" and not getmetatable(v[below]) then -- sd.bounds.width
            for _, last in ipairs(names_of(v[below])) do
              want(("sd.%s.%s.%s"):format(name, below, last))
            end
          else
            want(("sd.%s.%s"):format(name, below))
          end
        end
        local meta = getmetatable(v)
        if type(meta) == "table" and rawget(meta, "__call") then want("sd." .. name) end
      else
        want("sd." .. name)
      end
    end
    assert.are.equal("", table.concat(missing, " "))
  end)

  for class, object in pairs(objects) do
    it("has an entry for every method of a " .. class, function()
      local missing = {}
      for _, name in ipairs(methods_of(object())) do
        if not (members[class] or {})[name] and not (internal[class] or {})[name] then
          missing[#missing + 1] = name
        end
      end
      assert.are.equal("", table.concat(missing, " "))
    end)
  end

  it("has no entry of what does not exist", function()
    for path in pairs(known) do
      assert.is_true(value_of(path) ~= nil, path)
    end
    for class, object in pairs(objects) do
      local has = {}
      for _, name in ipairs(methods_of(object())) do has[name] = true end
      for signature, _, topic in help.each() do
        if signature.kind == "method" and topic.classes[signature.receiver] == class then
          assert.is_true(has[signature.name], signature.text)
        end
      end
    end
  end)

  it("is what lua/reference and lua/types show (make docs)", function()
    for path, text in pairs(require "saddle.help.pages"()) do
      local file = io.open("lua/" .. path)
      assert.is_true(file ~= nil and file:read "a" == text, path .. " is older than its source")
      file:close()
    end
  end)

  it("has annotations that an editor can read", function()
    local text = require "saddle.help.annotations"()
    assert(load(text, "=saddle.lua")) -- it is Lua
    local classes, used, counts = {}, {}, {}
    for name in text:gmatch "%-%-%-@class ([%w_.]+)\n" do classes[name] = true end
    for _, name in ipairs(types.basic) do classes[name] = true end
    --- Notes the types in a text such as table|sd.matrix|any[].
    local function note(words)
      for word in words:gmatch "[^|]+" do used[word:gsub("%[%]$", "")] = true end
    end
    local forms = { -- after the tag; the first capture that is no name is the type
      meta = function(rest) return rest == "saddle" end,
      class = function(rest) return rest:find "^sd[%w_.]+$" or rest == "saddle" end,
      field = function(rest)
        local kind = rest:match "^[%a_][%w_]*%?? ([%w_.|%[%]]+)"
          or rest:match "^%[%w+%] ([%w_.|%[%]]+)"
        if kind then note(kind) end
        return kind
      end,
      param = function(rest)
        local kind = rest:match "^[%a_][%w_]*%?? ([%w_.|%[%]]+)" or rest:match "^%.%.%. (any)"
        if kind then note(kind) end
        return kind
      end,
      type = function(rest)
        note(rest)
        return rest:find "^[%w_.|%[%]]+$"
      end,
      operator = function(rest)
        local argument, result = rest:match "^%l+%(?([%w_.|%[%]]*)%)?: ([%w_.|%[%]]+)$"
        if result then note(argument .. "|" .. result) end
        return result
      end,
      overload = function(rest)
        local inner = rest:match "^fun%((.*)%)$" or rest:match "^fun%((.*)%): [%w_.|%[%], ]+$"
        for kind in (inner or ""):gmatch ": ([%w_.|%[%]]+)" do note(kind) end
        return inner
      end }
    forms["return"] = function(rest)
      local kind = rest:match "^([%w_.|%[%]]+) [%a_.][%w_.]*"
      if kind then note(kind) end
      return kind
    end
    for line in text:gmatch "[^\n]+" do
      local tag, rest = line:match "^%-%-%-@(%l+) (.*)$"
      if tag then
        counts[tag] = (counts[tag] or 0) + 1
        assert.is_truthy(forms[tag] and forms[tag](rest), line)
      else
        assert.is_true(not line:find "^%-%-%-@", line)
      end
    end
    for name in pairs(used) do assert.is_true(classes[name] ~= nil, name .. " is no class") end
    assert.is_true(counts.param > 500 and counts["return"] > 300 and counts.operator >= 8)
  end)

  for _, topic in ipairs(help.topics()) do
    it("says what " .. topic.name .. " are", function()
      assert.is_true(#topic.text > 20 and #topic > 0)
      for letter, class in pairs(topic.classes) do assert.is_true(is_type[class], letter) end
    end)
    for _, entry in ipairs(topic) do
      local first = entry.signatures[1]
      it(("describes %s: %s"):format(topic.name, first.text), function()
        assert.is_true(type(entry.text) == "string" and #entry.text > 10, "no text")
        assert.is_true(type(entry.errors) == "string" and #entry.errors > 5, "no errors")
        assert.is_true(type(entry.source) == "string" and #entry.source > 2, "no source")
        local named = {}
        for _, signature in ipairs(entry.signatures) do
          if signature.receiver then
            assert.is_true(topic.classes[signature.receiver] ~= nil,
              signature.receiver .. " is of no class")
            named[signature.receiver] = true
          end
          local right = signature.text:match "^%a%w* [-+*%%/^] (%a%w*)"
          if right then named[right] = true end
          local function want(name)
            named[name] = true
            assert.is_true(name == "..." or entry.about[name] ~= nil, name .. " is not described")
          end
          for _, arg in ipairs(signature.args or {}) do
            if not arg.options then want(arg.name) end
            for _, option in ipairs(arg.options or {}) do want(option.name) end
          end
          for _, name in ipairs(signature.results) do want(name) end
        end
        for name, about in pairs(entry.about) do
          assert.is_true(named[name], name .. " is in no signature")
          for word in about.type:gmatch "[^|]+" do
            assert.is_true(is_type[word], ("%s: '%s' is no type"):format(name, word))
          end
        end
      end)
      it(("shows %s: %s"):format(topic.name, first.text), function()
        assert.is_true(type(entry.example) == "string", "no example")
        local out, said = printed((entry.script:gsub("FOLDER", folder)))
        assert.are.equal(said, out)
        assert.is_true(out ~= "", "it prints nothing")
      end)
    end
  end
end)
