--- What TAB offers at the prompt: the session's locals, globals and keywords; fields after `.` and
-- methods after `:` of what is left of it, a chain such as p.layers[1].W; names of files inside
-- quotes; options of the function in whose call a { is open; two blanks at the start of a line.
--
-- After an expression that has just been printed, as it was typed, its first result counts.
--
-- Nothing is called: values are looked up raw, and through __index only where that is a table. A
-- metatable of saddle's may list under `__names` what its __index function would give.
_ENV = require "saddle.env".globals
local core = require "saddle.core"
local help = require "saddle.help"
local scan = require "saddle.prompt.scan"

local MOST <const> = 200 -- candidates that are listed
local FIELDS <const> = { "cols", "dtype", "rows" } -- of matrices and symbols

local KEYWORDS <const> = { "and", "break", "do", "else", "elseif", "end", "false", "for",
  "function", "goto", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true",
  "until", "while" }

local complete = {}

-- ---- values ------------------------------------------------------------------------------------

--- What a value inherits from: the table under __index or, of userdata, `methods`; or nil.
local function parent(v)
  local meta = debug.getmetatable(v)
  if type(meta) ~= "table" then return nil end
  local index = rawget(meta, "__index")
  if type(index) ~= "table" then index = rawget(meta, "methods") end
  return type(index) == "table" and index or nil
end

--- The names that a table's metatable promises.
local function promised(t)
  local meta = debug.getmetatable(t)
  local names = type(meta) == "table" and rawget(meta, "__names")
  return type(names) == "table" and names or {}
end

--- v[key] without calling anything of the user's.
local function index(v, key)
  for _ = 1, 10 do
    if type(v) == "table" then
      local found = rawget(v, key)
      if found ~= nil then return found end
      for _, name in ipairs(promised(v)) do if name == key then return v[key] end end
    end
    v = parent(v)
    if v == nil then return nil end
  end
end

--- The value of the chain that ends with words[k], and whether there is a chain. `variable` maps
-- names to values.
local function chain(words, k, variable)
  local keys = {}
  while true do
    local word = words[k]
    if not word then return nil, false end
    local before = words[k - 1] and words[k - 1].text
    if word.kind == "name" then
      table.insert(keys, 1, word.text)
      if before ~= "." then
        if before == ":" then return nil, false end
        break
      end
      k = k - 2
    elseif word.text == "]" and words[k - 2] and words[k - 2].text == "[" then
      local inside = words[k - 1]
      local key = inside.kind == "number" and math.tointeger(tonumber(inside.text) or 0)
        or inside.kind == "string" and inside.text:match "^[\"']([^\\]*)[\"']$"
      if not key then return nil, false end
      table.insert(keys, 1, key)
      k = k - 3
    else
      return nil, false
    end
  end
  local v = variable(keys[1])
  for n = 2, #keys do
    if v == nil then return nil, true end
    v = index(v, keys[n])
  end
  return v, true
end

--- complete.value(text, variable) -> the value of a chain such as `sd.tanh`, or nil.
function complete.value(text, variable)
  local words = scan(text)
  local v = chain(words, #words, variable)
  return v
end

-- ---- options ------------------------------------------------------------------------------------

--- The place among the words of the bracket that is open before words[at], or nil.
local function open_bracket(words, at)
  local depth = 0
  for k = at, 1, -1 do
    local text = words[k].kind == "symbol" and words[k].text or ""
    if text == ")" or text == "}" or text == "]" then
      depth = depth + 1
    elseif text == "(" or text == "{" or text == "[" then
      if depth == 0 then return k end
      depth = depth - 1
    end
  end
end

--- The options that may be named behind words[at], `{` or a comma, as a set: those of the function
-- in whose call this brace stands; nil where there is no such call.
local function option_names(words, at, variable)
  local mark = words[at] and words[at].text
  if mark ~= "{" and mark ~= "," then return nil end
  local brace = open_bracket(words, at)
  if not brace or words[brace].text ~= "{" then return nil end
  local callee = brace - 1
  if words[callee] and (words[callee].text == "(" or words[callee].text == ",") then
    local round = open_bracket(words, callee)
    if not round or words[round].text ~= "(" then return nil end
    callee = round - 1
  end
  if not words[callee] or words[callee].kind ~= "name" then return nil end
  local f = chain(words, callee, variable)
  local names = f ~= nil and help.options(f) or {}
  if #names == 0 then return nil end
  local set = {}
  for _, name in ipairs(names) do set[name] = true end
  return set
end

-- ---- candidates ---------------------------------------------------------------------------------

local function callable(v)
  local meta = debug.getmetatable(v)
  return type(v) == "function" or type(meta) == "table" and rawget(meta, "__call") ~= nil
end

--- Adds the names of what v has to a set; of functions alone when `methods`.
local function add_members(set, v, methods)
  local what = core.tracing.kind(v)
  if what == "matrix" and not methods then
    for _, name in ipairs(FIELDS) do set[name] = true end
  end
  for _ = 1, 10 do
    if type(v) == "table" then
      for name, below in next, v do
        if type(name) == "string" and (not methods or callable(below)) then set[name] = true end
      end
      if not methods then for _, name in ipairs(promised(v)) do set[name] = true end end
    end
    v = parent(v)
    if v == nil then return end
  end
end

--- The names in a set that start so and can follow a dot, sorted. Those that start with an
-- underscore must be asked for.
local function starting(set, start)
  local list = {}
  for name in pairs(set) do
    if name:sub(1, #start) == start and name:find "^[%a_][%w_]*$"
      and (start ~= "" or name:sub(1, 1) ~= "_") then
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return list
end

--- Files that the path could mean, folders with a slash at their end, and the part of the path that
-- is the name.
local function files(path)
  local folder, start = path:match "^(.*/)(.*)$"
  folder, start = folder or "", start or path
  local list = {}
  for _, name in ipairs(core.folder(folder == "" and "." or folder) or {}) do
    if name:sub(1, #start) == start and (start ~= "" or name:sub(1, 1) ~= ".")
      and not name:find "[%c\"'\\]" then
      list[#list + 1] = name .. (core.folder(folder .. name) and "/" or "")
    end
  end
  table.sort(list)
  return list, start
end

--- complete.candidates(left, session) -> sorted list, the start of a word that they complete.
-- `left` is the line up to the cursor; session:variable(name) gives values, session:variables() a
-- set of names, session:result_of(words, at) what the latest expression gave if these words are it.
function complete.candidates(left, session)
  local words, open = scan(left)
  local last = words[#words]
  if open == "comment" then return {}, "" end
  if open == "string" then
    local path = last.text:match "^[\"'](.*)$"
    if path then return files(path) end
    return {}, ""
  end
  local at, start = #words, ""
  if last and (last.kind == "name" or last.kind == "keyword")
    and last.at + #last.text - 1 == #left then
    at, start = at - 1, last.text
  end
  local mark = words[at] and words[at].text
  local function variable(name) return session:variable(name) end
  if mark ~= "." and mark ~= ":" then
    local options = option_names(words, at, variable)
    local list = options and starting(options, start) or {}
    if #list > 0 then return list, start end -- else an element may be meant: sd.model.mlp{n, ...}
    local set = session:variables()
    for _, word in ipairs(KEYWORDS) do set[word] = true end
    return starting(set, start), start
  end
  local set, v = {}, (chain(words, at - 1, variable))
  if v == nil then v = session:result_of(words, at) end
  if v ~= nil then add_members(set, v, mark == ":") end
  return starting(set, start), start
end

-- ---- TAB ----------------------------------------------------------------------------------------

local function common(list)
  local shared = list[1]
  for _, name in ipairs(list) do
    while name:sub(1, #shared) ~= shared do shared = shared:sub(1, -2) end
  end
  return shared
end

--- The list in columns, down and then across, for that width.
local function columns(list, width)
  local longest, lines = 0, {}
  for _, name in ipairs(list) do longest = math.max(longest, #name) end
  local across = math.max(1, (width + 1) // (longest + 2))
  local rows = (#list + across - 1) // across
  for r = 1, rows do
    local line = {}
    for k = r, #list, rows do
      line[#line + 1] = list[k] .. (" "):rep(k + rows <= #list and longest + 2 - #list[k] or 0)
    end
    lines[r] = table.concat(line)
  end
  return table.concat(lines, "\n")
end

--- complete.completer(session) -> the function that reading asks at TAB: (text left of the cursor)
-- -> what to insert or nil, what to print or nil. A second TAB in a row prints the candidates.
function complete.completer(session)
  local before
  return function(left)
    if not left:find "%S" then return "  " end
    local list, start = complete.candidates(left, session)
    if #list == 0 then return nil end
    local rest = common(list):sub(#start + 1)
    if #list == 1 and select(2, scan(left)) == "string" and rest:sub(-1) ~= "/" then
      rest = rest .. left:match "[\"'][^\"']*$":sub(1, 1)
    end
    local again = before == left
    before = left .. rest
    if rest ~= "" then return rest end
    if #list == 1 or not again then return nil end
    if #list > MOST then return nil, ("(%d names)"):format(#list) end
    return nil, columns(list, (core.terminal()))
  end
end

return complete
